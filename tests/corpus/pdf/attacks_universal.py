"""Universal signature forgery: the signature made unreadable, the document changed."""
from signed_letter import EVIL, TEXT, case, edited, signed


def forged(old, new, data=None):
    data = edited(data or signed(), TEXT, EVIL)
    return edited(data, old, new) if old else data


@case('universal', 'failed', 'none')
def usf_only_content():
    return forged('', '')


def broken(name, change):
    def make():
        data = edited(signed(), TEXT, EVIL)
        at = data.index(b'/Contents <')
        end = data.index(b'>', at) + 1
        start = data.index(b'/ByteRange')
        stop = data.index(b']', start) + 1
        return change(data, at, end, start, stop)
    make.__name__ = name
    case('universal', 'failed', 'forbidden')(make)


def blank(data, start, stop, text=b''):
    return data[:start] + text + b' ' * (stop - start - len(text)) + data[stop:]


broken('usf_no_contents', lambda d, a, e, s, t: blank(d, a, e))
broken('usf_contents_null', lambda d, a, e, s, t: blank(d, a, e, b'/Contents null'))
broken('usf_contents_empty', lambda d, a, e, s, t: blank(d, a, e, b'/Contents <>'))
broken('usf_contents_zero', lambda d, a, e, s, t: blank(d, a, e, b'/Contents <00>'))
broken('usf_contents_string', lambda d, a, e, s, t: blank(d, a, e, b'/Contents (0)'))
broken('usf_contents_reference', lambda d, a, e, s, t: blank(d, a, e, b'/Contents 99 0 R'))
broken('usf_contents_name', lambda d, a, e, s, t: blank(d, a, e, b'/Contents /X'))
broken('usf_no_range', lambda d, a, e, s, t: blank(d, s, t))
broken('usf_range_null', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange null'))
broken('usf_range_empty', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange []'))
broken('usf_range_negative', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange [0 -1 0 -1]'))
broken('usf_range_zeros', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange [0 0 0 0]'))
broken('usf_range_names', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange [/a /b /c /d]'))
broken('usf_range_two', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange [0 100]'))
broken('usf_range_huge', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange [0 9999999999 0 9999999999]'))
broken('usf_range_string', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange (0 1 2 3)'))
broken('usf_range_reference', lambda d, a, e, s, t: blank(d, s, t, b'/ByteRange 99 0 R'))
