"""What is appended looks like a harmless update, and holds the forged page where readers find it that look for objects by themselves: PDFium (Chromium) when a table's
lines have 19 bytes, pdf.js (Firefox) when a comment stands behind startxref. Either shows 900 dong."""
import re

from make_corpus import b, close, last_startxref, stream, table
from signed_letter import EVIL, case, letter, signed

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
