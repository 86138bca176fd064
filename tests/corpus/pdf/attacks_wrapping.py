"""Signature wrapping: the signed bytes moved aside."""
from make_corpus import body, close, last_startxref, stream, table
from signed_letter import EVIL, case, wrap, write_range


@case('wrapping', 'failed', 'forbidden')
def swa_moved():
    """The second signed part copied to the end, another one in its place."""
    def move(d, at, hole, after):
        rest = d[after:]
        data, places = body({4: stream(EVIL)}, len(d))
        evil = d + data + table(places) + close(len(d) + len(data), '/Size 60 /Root 1 0 R /Prev %d' % last_startxref(d))
        out = evil + rest
        return write_range(out, at, (0, hole, len(evil), len(rest)))
    return wrap(move)


@case('wrapping', 'failed', 'forbidden')
def swa_wide_hole():
    """The hole is wider than /Contents: what stands there is not signed."""
    def move(d, at, hole, after):
        evil = b'/Reason (900 dong) /Location (x) '
        out = d[:after] + evil + d[after:]
        return write_range(out, at, (0, hole, after + len(evil), len(d) - after))
    return wrap(move)


@case('wrapping', 'failed', 'forbidden')
def swa_two_contents():
    """A second /Contents for the reader, the first for the range."""
    def move(d, at, hole, after):
        evil = b' /Contents <3003>'
        out = d[:after] + evil + d[after:]
        return write_range(out, at, (0, hole, after + len(evil), len(d) - after))
    return wrap(move)
