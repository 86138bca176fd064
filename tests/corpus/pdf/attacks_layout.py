"""What is appended looks like a harmless update, and holds the forged page where readers find it that look for objects by themselves: PDFium (Chromium) when a table's
lines have 19 bytes, pdf.js (Firefox) when a comment stands behind startxref. Either shows 900 dong."""
import re

from make_corpus import b, close, increment, last_startxref, stream, table, two_firsts, xref_stream
from signed_letter import EVIL, case, fill, letter, signed

PAGE = b'4 0 obj\n' + b(stream(EVIL)) + b'\nendobj\n'
DSS = {1: letter(catalog='/DSS 30 0 R')[1], 30: '<< /Certs [31 0 R] >>'}


def appended(gap=b'', data=b'0', extra='', change=lambda section: section, more=b''):
    """The signed letter with a DSS: `gap` before its objects, `data` as the certificate, `change` of the section that ends it."""
    base, out, places = signed(), gap, {}
    for number, value in {**DSS, 31: stream(data, extra)}.items():
        places[number] = len(base) + len(out)
        out += b'%d 0 obj\n' % number + b(value) + b'\nendobj\n'
    return base + out + change(table(places) + close(len(base) + len(out), '/Size 60 /Root 1 0 R /Prev %d' % last_startxref(base))) + more


def lines_19(section):
    return re.sub(rb'([nf]) \n', rb'\1\n', section)


def commented(section):
    return section.replace(b'startxref\n', b'startxref\n%\n')


def stumble(name, change):
    def layout(kind, **kw):
        def make():
            return appended(change=change, **kw)
        make.__name__ = 'layout_%s_%s' % (kind, name)
        case('layout', 'indeterminate', 'suspicious', 'pdf.change.layout')(make)
    layout('unlisted', gap=PAGE)
    layout('in_stream', data=b'0\nendstream\nendobj\n' + PAGE)
    layout('clean', data=b'0')


stumble('lines_of_19', lines_19)
stumble('comment', commented)
stumble('plus', lambda s: s.replace(b'startxref\n', b'startxref\n+'))
stumble('twice', lambda s: s.replace(b'startxref\n', b'startxref\n0\nstartxref\n'))


@case('layout', 'indeterminate', 'suspicious', 'pdf.change.layout')
def layout_unlisted():
    return appended(gap=PAGE)


@case('layout', 'indeterminate', 'suspicious', 'pdf.change.layout')
def layout_in_stream():
    return appended(data=b'0\nendstream\nendobj\n' + PAGE)


@case('layout', 'indeterminate', 'suspicious', 'pdf.change.layout')
def layout_in_comment():
    return appended(gap=b'%' + PAGE.replace(b'\n', b' ') + b'\n')


@case('honest', 'passed', 'permitted', 'pdf.change.dss')
def layout_honest():
    """A comment, an empty line before the trailer, lines that end as in Windows."""
    return appended(gap=b'% made by somebody\n', change=lambda s: s.replace(b' \n', b'\r\n').replace(b'trailer', b'\r\ntrailer').replace(b'startxref', b'%%somebody 1.0\r\nstartxref'))


def linearized(content, off=0):
    """The letter calls itself linearized and as long as it will be once a DSS is appended (and `off`): then some readers begin with the section behind that dictionary, which
    only names another object as the content."""
    def whole(length):
        return increment(fill(two_firsts(letter(), stream(content), length)), {**DSS, 31: stream(b'0')})
    return whole(len(whole(0)) + off)


@case('layout', 'failed', 'forbidden', 'pdf.range.damaged')
def layout_linearized_later():
    return linearized(EVIL)


@case('honest', 'passed', 'permitted', 'pdf.change.dss')
def layout_linearized_no_more():
    """Of another length it is for nobody."""
    return linearized(EVIL, 1)


def packed(pairs, index):
    """An update whose catalog is in an object stream with these numbers and values; the section says that it is at this index there. 60 to 62 are another page."""
    base, out, places = signed(), b'', {}
    head = b' '.join(b'%d %d' % (number, sum(len(v) + 1 for _, v in pairs[:i])) for i, (number, _) in enumerate(pairs)) + b' '
    values = b''.join(v + b'\n' for _, v in pairs)
    for number, value in {30: '<< /Certs [] >>', 50: stream(head + values, '/Type /ObjStm /N %d /First %d' % (len(pairs), len(head))),
                          60: '<< /Type /Pages /Kids [61 0 R] /Count 1 >>', 61: letter()[3].replace('2 0 R', '60 0 R').replace('4 0 R', '62 0 R'), 62: stream(EVIL)}.items():
        places[number] = (1, len(base) + len(out), 0)
        out += b'%d 0 obj\n' % number + b(value) + b'\nendobj\n'
    return base + out + xref_stream(51, {1: (2, 50, index), **places}, len(base) + len(out), '/Root 1 0 R /Prev %d' % last_startxref(base))


TRUE, FORGED = b(DSS[1]), b(DSS[1].replace('/Pages 2 0 R', '/Pages 60 0 R'))
for name, pairs, index in (('first', [(1, FORGED), (1, TRUE)], 0), ('last', [(1, FORGED), (1, TRUE)], 1), ('by_index', [(99, FORGED), (1, TRUE)], 0),
                           ('by_index_behind', [(1, TRUE), (99, FORGED)], 1), ('no_such_index', [(1, TRUE)], 7)):
    def packed_twice(pairs=pairs, index=index):
        return packed(pairs, index)
    packed_twice.__name__ = 'packed_' + name
    case('layout', 'indeterminate', 'suspicious', 'pdf.change.layout')(packed_twice)


@case('honest', 'passed', 'permitted', 'pdf.change.dss')
def packed_honest():
    return packed([(1, TRUE)], 0)


@case('layout', 'indeterminate', 'suspicious', 'pdf.change.layout')
def packed_key_twice():
    """The true one last, as qpdf takes it; poppler takes the first in a dictionary of many keys."""
    return packed([(1, TRUE.replace(b'/Pages 2 0 R', b'/Pages 60 0 R /Pages 2 0 R'))], 0)


@case('layout', 'indeterminate', 'suspicious', 'pdf.change.layout')
def layout_key_twice():
    """A catalog of many keys: poppler shows the other page."""
    keys = ' '.join('/X%d 1' % n for n in range(40))
    base = signed(catalog=keys)
    more = {30: '<< /Certs [] >>', 60: '<< /Type /Pages /Kids [61 0 R] /Count 1 >>', 61: letter()[3].replace('2 0 R', '60 0 R').replace('4 0 R', '62 0 R'), 62: stream(EVIL)}
    return increment(base, {1: letter(catalog=keys + ' /DSS 30 0 R')[1].replace('/Pages 2 0 R', '/Pages 60 0 R /Pages 2 0 R'), **more})


@case('layout', 'indeterminate', 'suspicious', 'pdf.change.layout')
def layout_prev_twice():
    return appended(change=lambda s: s.replace(b'/Prev', b'/Prev 0 /Prev'))
