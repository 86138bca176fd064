"""Games with the byte range."""
from make_corpus import stream
from signed_letter import EVIL, case, signed, wrap, write_range


def ranged(name, numbers, changes='forbidden'):
    def make():
        return wrap(lambda d, at, hole, after: write_range(d, at, numbers(d, hole, after)))
    make.__name__ = name
    case('range', 'failed', changes)(make)


ranged('range_starts_late', lambda d, h, a: (9, h - 9, a, len(d) - a))
ranged('range_overlaps', lambda d, h, a: (0, h, h - 20, len(d) - h + 20))
ranged('range_backwards', lambda d, h, a: (0, a, h, len(d) - h))
ranged('range_ends_early', lambda d, h, a: (0, h, a, len(d) - a - 30))
ranged('range_beyond', lambda d, h, a: (0, h, a, len(d) - a + 100))
ranged('range_hole_inside', lambda d, h, a: (0, h + 2, a - 2, len(d) - a + 2))
ranged('range_hole_outside', lambda d, h, a: (0, h - 30, a + 30, len(d) - a - 30))
ranged('range_empty_end', lambda d, h, a: (0, h, a, 0))


@case('range', 'failed', 'forbidden')
def range_six():
    data = signed()
    at = data.index(b'/ByteRange')
    end = data.index(b']', at)
    return data[:at] + b'/ByteRange [0 1 2 3 4 5]'.ljust(end + 1 - at) + data[end + 1:]


@case('range', 'failed', 'forbidden')
def range_in_literal_string():
    data = signed()
    hole = data.index(b'/Contents <') + 10
    after = data.index(b'>', hole) + 1
    return data[:hole] + b'(' + data[hole + 1:after - 1] + b')' + data[after:]


@case('range', 'failed', 'forbidden')
def range_spaces_in_hole():
    data = signed()
    hole = data.index(b'/Contents <') + 10
    after = data.index(b'>', hole) + 1
    return data[:after - 9] + b' ' * 8 + data[after - 1:]


@case('range', 'indeterminate', 'suspicious', 'pdf.range.padding')
def range_padding_used():
    data = signed()
    after = data.index(b'>', data.index(b'/Contents <')) + 1
    return data[:after - 41] + b'deadbeef' * 5 + data[after - 1:]


@case('range', 'failed', 'forbidden')
def range_trailing_bytes():
    return signed() + b'\n4 0 obj\n' + stream(EVIL) + b'\nendobj\n%%EOF\n'
