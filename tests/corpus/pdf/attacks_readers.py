"""What a reader takes for the object: generations, doubles, hybrid files."""
import struct

from make_corpus import body, close, increment, last_startxref, object_stream, stream, table, xref_stream
from signed_letter import BOX, COVER, EVIL, OTHER_FONT, again, case, certified, fill, fill_field, form, letter, second, signed, value


@case('readers-differ', 'failed', 'forbidden', 'pdf.change.object')
def generation_content():
    """The same content with another generation: what names generation 0 finds nothing."""
    return again({4: letter()[4]}, gens={4: 1})


@case('readers-differ', 'failed', 'forbidden', 'pdf.change.object')
def generation_field():
    """Readers that do not look at generations show the new field, those that do the old one."""
    return again({10: (BOX % ('so', '/V (900)')).replace('300 700 400 720', '72 690 372 720')}, gens={10: 1})


@case('readers-differ', 'failed', 'forbidden', 'pdf.change.object')
def number_twice():
    """The update writes one number twice, first as it was."""
    base = signed()
    first, a = body({4: letter()[4]}, len(base))
    second_, c = body({4: stream(EVIL)}, len(base) + len(first))
    at = len(base) + len(first) + len(second_)
    rows = b'4 1\n%010d 00000 n \n4 1\n%010d 00000 n \n' % (a[4], c[4])
    return base + first + second_ + b'xref\n' + rows + close(at, '/Size 60 /Root 1 0 R /Prev %d' % last_startxref(base))


@case('readers-differ', 'failed', 'forbidden')
def generation_large():
    """A generation that no reader has (65536), which is 0 when cut to 16 bits."""
    base = signed()
    piece = b'4 0 obj\n' + letter()[4] + b'\nendobj\n'
    at = len(base) + len(piece)
    rows = struct.pack('>BII', 1, len(base), 65536) + struct.pack('>BII', 1, at, 0)
    extra = '/Type /XRef /W [1 4 4] /Size 60 /Index [4 1 50 1] /Root 1 0 R /Prev %d' % last_startxref(base)
    return base + piece + b'50 0 obj\n' + stream(rows, extra) + b'\nendobj\nstartxref\n%d\n%%%%EOF\n' % at


@case('readers-differ', 'failed', 'forbidden', 'pdf.change.object')
def size_shrunk():
    """The update says that the file has five objects: what is above is no object (ISO 32000-1 7.5.5), for readers that believe it."""
    return increment(signed(), {4: letter()[4]}, size=5)


def hybrid_letter():
    """One section with a table and a stream: page, font and form are only in the stream, the table calls them free."""
    objs = letter()
    hidden = {n: objs.pop(n) for n in (3, 5, 6)}
    objs[40] = object_stream(hidden)
    header = b'%PDF-1.4\n%\xe2\xe3\xcf\xd3\n'
    data, offsets = body(objs, len(header))
    at = len(header) + len(data)
    rows = xref_stream(41, {n: (2, 40, i) for i, n in enumerate(sorted(hidden))}, at, '').split(b'startxref')[0]
    offsets.update({n: None for n in hidden})
    return fill(header + data + rows + table(offsets) + close(at + len(rows), '/Size 60 /Root 1 0 R /XRefStm %d' % at))


@case('honest', 'passed', 'permitted', 'pdf.change.filled')
def honest_hybrid():
    return fill_field(hybrid_letter())


@case('readers-differ', 'failed', 'forbidden', 'pdf.change.object')
def hybrid_hidden_font():
    return increment(hybrid_letter(), {5: OTHER_FONT})


@case('docmdp', 'failed', 'forbidden', 'pdf.change.signature-added')
def docmdp1_signature_called_timestamp():
    """A signature with a picture that calls itself a timestamp in /Type only."""
    later = value().replace(b'/Type /Sig', b'/Type /DocTimeStamp')
    return second(certified(1), rect='60 690 360 720', extra='/AP << /N 15 0 R >>', more={15: form(COVER, bbox='0 0 300 30'), 22: later})
