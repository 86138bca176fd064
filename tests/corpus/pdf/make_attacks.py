#!/usr/bin/python3
"""make_attacks.py OUT PKI: signed PDFs as forgers change them, one file for each way (pdf-insecurity.org: universal signature forgery,
incremental saving, signature wrapping, shadow hide / replace / hide-and-replace, evil annotation, sneaky signature; page count, ByteRange
games, DocMDP and FieldMDP violations, validation data misused), and a few honest ones beside them. Nothing here uses our own writer:
the files are put together by make_corpus.py's helpers and signed by `openssl cms`.

OUT/expect has a line for each: NAME CLASS FIELD INDICATION CHANGES CODE, where FIELD is the signature that was attacked, INDICATION is
passed, indeterminate or failed, CHANGES none, permitted, suspicious or forbidden, and CODE a finding of its change list, or -. Of the classes
"removed" and "flagged" CODE is a warning about the whole file, and FIELD - says that no signature is left.
"""
import hashlib
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_corpus import b, increment, plain_pdf, stream, body, table, close, last_startxref, object_stream, stream_pdf, xref_stream  # noqa: E402

PKI, ROOM = '', 4096
HOLE = b'0' * (2 * ROOM)
RANGE = b'/ByteRange [0 ********** ********** **********]'
FONT = '<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>'
OTHER_FONT = ('<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding << /Type /Encoding /Differences [49 /nine] >> >>')
TEXT = 'BT /F1 14 Tf 72 700 Td (Chi 100 dong) Tj ET'
EVIL = 'BT /F1 14 Tf 72 700 Td (Chi 900 dong) Tj ET'
CASES = []


def case(kind, indication, changes, code='-', field='ky'):
    def keep(f):
        CASES.append((f.__name__, kind, field, indication, changes, code, f))
        return f
    return keep


def cms(data, who='leader1', inside=False):
    with tempfile.TemporaryDirectory() as d:
        with open(d + '/in', 'wb') as f:
            f.write(data)
        key = 'bad/p256' if who == 'bad/foreign' else who
        subprocess.run(['openssl', 'cms', '-sign', '-cades', '-binary', '-outform', 'DER', '-md', 'sha256', '-nosmimecap', '-in', d + '/in',
                        '-signer', '%s/%s.pem' % (PKI, who), '-inkey', '%s/%s.key' % (PKI, key), '-certfile', PKI + '/issuing.pem',
                        '-out', d + '/out', *(['-nodetach'] if inside else [])], check=True, stderr=subprocess.DEVNULL)
        with open(d + '/out', 'rb') as f:
            return f.read()


def value(extra='', filler=HOLE):
    return (b'<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20261124130000+07\'00\') ' + RANGE
            + b' /Contents <' + filler + b'> ' + b(extra) + b' >>')


def fill(data, who='leader1', at=0):
    """Signs the (last) dictionary that has a blank byte range."""
    mark = data.rindex(RANGE, at)
    hole = data.index(b'<' + HOLE[:8], mark)
    after = data.index(b'>', hole) + 1
    numbers = b'/ByteRange [0 %010d %010d %010d]' % (hole, after, len(data) - after)
    data = data[:mark] + numbers + data[mark + len(numbers):]
    der = cms(data[:hole] + data[after:], who).hex().encode()
    return data[:hole + 1] + der + data[hole + 1 + len(der):]


def widget(name, sig, rect='0 0 0 0', extra=''):
    return ('<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) %s /F 132 /P 3 0 R /Rect [%s] %s >>'
            % (name, '/V %d 0 R' % sig if sig else '', rect, extra))


BOX = '<< /Type /Annot /Subtype /Widget /FT /Tx /T (%s) /F 4 /P 3 0 R /Rect [300 700 400 720] /DA (/F1 12 Tf 0 g) /AP << /N 12 0 R >> %s >>'
EMPTY = stream('', '/Type /XObject /Subtype /Form /BBox [0 0 100 20]')


def form(text, resources='/Font << /F1 5 0 R >>', bbox='0 0 100 20'):
    return stream(text, '/Type /XObject /Subtype /Form /BBox [%s] /Resources << %s >>' % (bbox, resources))


def letter(sig='', catalog='', page='', pages='', field='', content=TEXT, more=None, fields='', contents='4 0 R', info=None):
    """1 catalog, 2 pages, 3 page, 4 content, 5 font, 6 form, 7 widget of "ky", 8 its value, 10 text field "so", 11 of "ngay", 12 their look."""
    objs = {
        1: '<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R %s >>' % catalog,
        2: '<< /Type /Pages /Kids [3 0 R] /Count 1 %s >>' % pages,
        3: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %s /Resources << /Font << /F1 5 0 R >> >> '
           '/Annots [7 0 R 10 0 R 11 0 R] %s >>' % (contents, page),
        4: stream(content),
        5: FONT,
        6: '<< /Fields [7 0 R 10 0 R 11 0 R %s] /SigFlags 3 /DR << /Font << /F1 5 0 R >> >> >>' % fields,
        7: widget('ky', 8, extra=field),
        8: value(sig),
        10: BOX % ('so', ''),
        11: BOX % ('ngay', ''),
        12: EMPTY,
    }
    objs.update(more or {})
    return objs


def mdp(p):
    return '/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P %d /V /1.2 >> >>]' % p


def lock(action, names=''):
    return ('/Reference [<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams << /Type /TransformParams /Action /%s %s /V /1.2 >> '
            '/Data 1 0 R >>]' % (action, '/Fields [%s]' % names if names else ''))


def signed(**kw):
    key = repr(sorted(kw.items(), key=str))
    if key not in MADE:
        MADE[key] = fill(plain_pdf(letter(**kw)))
    return MADE[key]


MADE = {}


def certified(p, **kw):
    return signed(sig=mdp(p), catalog='/Perms << /DocMDP 8 0 R >>', **kw)


def again(objs, **kw):
    """A later revision of the plain signed letter."""
    return increment(signed(), objs, **kw)


def put(objs, number, text):
    objs = dict(objs)
    objs[number] = text
    return objs


def edited(data, old, new):
    assert data.count(b(old)) >= 1, old
    return data.replace(b(old), b(new), 1)


def fill_field(base, name='so', number=10, text='12', **kw):
    objs = {number: (BOX % (name, '/V (%s)' % text)).replace('/N 12 0 R', '/N 20 0 R'), 20: form('BT /F1 12 Tf 2 5 Td (%s) Tj ET' % text)}
    return increment(base, objs, **kw)


# ---- honest ----------------------------------------------------------------------------------------------------

@case('honest', 'passed', 'none')
def honest():
    return signed()


@case('honest', 'passed', 'permitted', 'pdf.change.filled')
def honest_filled():
    return fill_field(signed())


def second(base, number=21, name='ky2', rect='0 0 0 0', extra='', who='leader2', more=None, annots='', sig=''):
    objs = {3: letter()[3].replace('11 0 R]', '11 0 R %s %d 0 R]' % (annots, number)),
            6: letter(fields='%d 0 R' % number)[6], number: widget(name, number + 1, rect, extra), number + 1: value(sig)}
    objs.update(more or {})
    return fill(increment(base, objs), who)


@case('honest', 'passed', 'permitted', 'pdf.change.signature-added')
def honest_second():
    return second(signed())


@case('honest', 'passed', 'permitted', 'pdf.change.dss')
def honest_dss():
    return again({1: letter(catalog='/DSS 30 0 R')[1], 30: '<< /Certs [31 0 R] >>', 31: stream('0')})


@case('honest', 'passed', 'none')
def weak_sha1_inside():
    """adbe.pkcs7.sha1: the CMS is by SHA-256, what it holds is the document's SHA-1. Passed and labelled, or refused: as the folder of trust says."""
    data = fill(plain_pdf(letter()))
    data = data.replace(b'/SubFilter /ETSI.CAdES.detached', b'/SubFilter /adbe.pkcs7.sha1    ')
    hole = data.index(b'/Contents <') + 10
    after = data.index(b'>', hole) + 1
    der = cms(hashlib.sha1(data[:hole] + data[after:]).digest(), inside=True).hex().encode()
    return data[:hole + 1] + der + b'0' * (2 * ROOM - len(der)) + data[after - 1:]


# ---- universal signature forgery: the signature made unreadable, the document changed ----------------------------

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


# ---- incremental saving: what is shown comes from a later revision ------------------------------------------------

@case('incremental', 'failed', 'forbidden', 'pdf.change.object')
def isa_content():
    return again({4: stream(EVIL)})


@case('incremental', 'failed', 'forbidden', 'pdf.change.page')
def isa_page_contents():
    return again({3: letter(contents='25 0 R')[3], 25: stream(EVIL)})


@case('incremental', 'failed', 'forbidden', 'pdf.change.page')
def isa_more_content():
    return again({3: letter(contents='[4 0 R 25 0 R]')[3], 25: stream(EVIL)})


@case('incremental', 'failed', 'forbidden', 'pdf.change.catalog')
def isa_catalog():
    return again({1: '<< /Type /Catalog /Pages 26 0 R /AcroForm 6 0 R >>', 26: '<< /Type /Pages /Kids [27 0 R] /Count 1 >>',
                  27: '<< /Type /Page /Parent 26 0 R /MediaBox [0 0 595 842] /Contents 25 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
                  25: stream(EVIL)})


@case('incremental', 'failed', 'forbidden', 'pdf.change.catalog')
def isa_new_root():
    return again({40: letter()[1].replace('2 0 R', '26 0 R'), 26: '<< /Type /Pages /Kids [3 0 R] /Count 1 >>'}, root='40 0 R')


@case('incremental', 'failed', 'forbidden')
def isa_no_table():
    data, _ = body({4: stream(EVIL)}, len(signed()))
    return signed() + data


@case('incremental', 'failed', 'forbidden')
def isa_no_end():
    data = again({4: stream(EVIL)})
    return data[:data.rindex(b'startxref')]


@case('incremental', 'failed', 'forbidden')
def isa_copied_signature():
    base = signed()
    at = base.index(b'8 0 obj')
    copy = base[at + 8:base.index(b'\nendobj', at)]
    return again({4: stream(EVIL), 8: copy})


@case('incremental', 'failed', 'forbidden')
def isa_copied_field():
    return again({4: stream(EVIL), 7: widget('ky', 28), 28: value()}).replace(RANGE, b'/ByteRange [0 10 20 30]' + b' ' * 22)


@case('incremental', 'failed', 'forbidden', 'pdf.change.dangling')
def isa_dangling():
    base = fill(plain_pdf(letter(page='/Tabs /S', contents='[4 0 R 33 0 R]')))
    return increment(base, {33: stream(EVIL)})


@case('incremental', 'failed', 'forbidden', 'pdf.change.dangling')
def isa_dangling_behind_a_word():
    """To readers a word inside of a value does not end the object: what follows it is the page's too."""
    objs = letter(contents='[4 0 R 33 0 R]')
    objs[3] = objs[3].replace('/MediaBox', '/Odd endobj /MediaBox')
    return increment(fill(plain_pdf(objs)), {33: stream(EVIL)})


def unsure(how, name):
    """A reference that some readers alone take for one to object 33, which comes later."""
    @case('incremental', 'failed', 'forbidden', 'pdf.change.unchecked')
    def make():
        return increment(fill(plain_pdf(letter(contents='[4 0 R %s]' % how))), {33: stream(EVIL)})
    CASES[-1] = (name, *CASES[-1][1:])


unsure('33 0R', 'isa_dangling_glued')
unsure('33 0- R', 'isa_dangling_minus')
unsure('4294967329 0 R', 'isa_dangling_overflow')
unsure('33.0 0 R', 'isa_dangling_real')


@case('incremental', 'failed', 'forbidden', 'pdf.change.unchecked')
def isa_dangling_glued_packed():
    """The same in an object stream."""
    base = fill(stream_pdf(letter(contents='[4 0 R 33 0R]'), packed=(2, 3)))
    data, at = body({33: stream(EVIL)}, len(base))
    return base + data + xref_stream(50, {n: (1, o, 0) for n, o in at.items()}, len(base) + len(data),
                                     '/Root 1 0 R /Prev %d' % last_startxref(base))


@case('incremental', 'failed', 'forbidden', 'pdf.change.unchecked')
def isa_dangling_behind_no_token():
    """Some readers give up an array with many faults, others (mupdf) read on."""
    objs = letter(contents='15 0 R', more={15: '[4 0 R } } } } } } } } 33 0 R]'})
    return increment(fill(plain_pdf(objs)), {33: stream(EVIL)})


@case('incremental', 'failed', 'forbidden', 'pdf.change.object')
def isa_null_filled():
    """What is null when signed is not nothing: a viewer shows what it becomes."""
    return increment(fill(plain_pdf(letter(contents='[4 0 R 33 0 R]', more={33: 'null'}))), {33: stream(EVIL)})


@case('incremental', 'failed', 'forbidden', 'pdf.change.object')
def isa_no_object_filled():
    """The same of an entry at whose place another object stands."""
    base = plain_pdf(letter(contents='[4 0 R 33 0 R]', more={33: 'null'})).replace(b'33 0 obj\nnull', b'44 0 obj\nnull')
    return increment(fill(base), {33: stream(EVIL)})


@case('incremental', 'failed', 'forbidden', 'pdf.change.field-added')
def isa_fields_are_contents():
    """The form's fields are the page's content too: a field that is added is a stream."""
    objs = letter(contents='33 0 R', more={33: '[7 0 R 10 0 R 11 0 R]'})
    objs[6] = objs[6].replace('[7 0 R 10 0 R 11 0 R ]', '33 0 R')
    return increment(fill(plain_pdf(objs)), {33: '[7 0 R 10 0 R 11 0 R 34 0 R]', 34: stream(EVIL, '/FT /Sig /T (moi)')})


@case('incremental', 'failed', 'forbidden', 'pdf.change.annotation')
def isa_annotations_are_contents():
    """The same of a page's annotations; the stream is the widget of a signature field."""
    objs = letter(contents='33 0 R', more={33: '[7 0 R 10 0 R 11 0 R]'})
    objs[3] = objs[3].replace('/Annots [7 0 R 10 0 R 11 0 R]', '/Annots 33 0 R')
    return increment(fill(plain_pdf(objs)), {
        6: objs[6].replace('11 0 R ]', '11 0 R 34 0 R]'), 33: '[7 0 R 10 0 R 11 0 R 35 0 R]', 34: '<< /FT /Sig /T (moi) /Kids [35 0 R] >>',
        35: stream(EVIL, '/Type /Annot /Subtype /Widget /Parent 34 0 R /Rect [0 0 0 0] /F 132')})


@case('incremental', 'failed', 'forbidden', 'pdf.change.field')
def isa_widget_is_content():
    """A widget of its own that stands in the page's content, a dictionary when signed, becomes a stream with the same keys."""
    keys = '/Type /Annot /Subtype /Widget /Parent 36 0 R /P 3 0 R /Rect [300 600 400 620] /F 4'
    objs = letter(contents='[4 0 R 35 0 R]', fields='36 0 R', more={35: '<< %s >>' % keys, 36: '<< /FT /Tx /T (rieng) /Kids [35 0 R] >>'})
    objs[3] = objs[3].replace('11 0 R]', '11 0 R 35 0 R]')
    return increment(fill(plain_pdf(objs)), {35: stream(EVIL, keys)})


@case('incremental', 'failed', 'forbidden')
def isa_stream_section():
    """A cross-reference stream after a table, as no honest writer appends one."""
    base = signed()
    data, at = body({4: stream(EVIL)}, len(base))
    rows = {n: (1, o, 0) for n, o in at.items()}
    return base + data + xref_stream(50, rows, len(base) + len(data), '/Root 1 0 R /Prev %d' % last_startxref(base))


@case('incremental', 'failed', 'forbidden')
def isa_prev_skipped():
    """The new section does not lead back to the signed one."""
    base = signed()
    objs = letter(content=EVIL)
    objs[8] = base[base.index(b'8 0 obj') + 8:base.index(b'\nendobj', base.index(b'8 0 obj'))]
    data, at = body(objs, len(base))
    return base + data + table(at) + close(len(base) + len(data), '/Size 60 /Root 1 0 R')


# ---- wrapping: the signed bytes moved aside ------------------------------------------------------------------------

def wrap(move):
    base = signed()
    at = base.index(b'/ByteRange [')
    hole = base.index(b'/Contents <') + 10
    after = base.index(b'>', hole) + 1
    return move(base, at, hole, after)


def write_range(data, at, numbers):
    new = b'/ByteRange [%d %010d %010d %010d]' % numbers
    return data[:at] + new + data[at + len(new):]


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


# ---- games with the range ---------------------------------------------------------------------------------------------

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


# ---- shadow: the forger prepared the document before it was signed ----------------------------------------------------

COVER = '1 g 60 690 300 30 re f 0 g BT /F1 14 Tf 72 700 Td (Chi 100 dong) Tj ET'


def covered(later, more=None, free=()):
    objs = letter(content='BT /F1 14 Tf 72 700 Td (Chi 900 dong) Tj ET /Cover Do', more=dict({15: form(COVER, bbox='0 0 595 842')}, **(more or {})))
    objs[3] = objs[3].replace('/Font <<', '/XObject << /Cover 15 0 R >> /Font <<')
    base = fill(plain_pdf(objs))
    if not free:
        return increment(base, later)
    places = {n: None for n in free}
    return base + table(places, free_head=False) + close(len(base), '/Size 60 /Root 1 0 R /Prev %d' % last_startxref(base))


@case('shadow-hide', 'failed', 'forbidden', 'pdf.change.object')
def shadow_hide_empty():
    return covered({15: form('')})


@case('shadow-hide', 'failed', 'forbidden', 'pdf.change.object')
def shadow_hide_freed():
    return covered({}, free=(15,))


@case('shadow-hide', 'failed', 'forbidden', 'pdf.change.object')
def shadow_hide_null():
    return covered({15: 'null'})


@case('shadow-hide', 'failed', 'forbidden', 'pdf.change.annotation')
def shadow_hide_annotation():
    """The cover was an annotation; the update takes it away."""
    note = '<< /Type /Annot /Subtype /Stamp /Rect [60 690 360 720] /AP << /N 15 0 R >> /P 3 0 R >>'
    objs = letter(content=EVIL, more={14: note, 15: form(COVER, bbox='0 0 595 842')})
    objs[3] = objs[3].replace('[7 0 R', '[14 0 R 7 0 R')
    return increment(fill(plain_pdf(objs)), {3: letter()[3]})


@case('shadow-replace', 'failed', 'forbidden', 'pdf.change.object')
def shadow_replace_font():
    return again({5: OTHER_FONT})


@case('shadow-replace', 'indeterminate', 'suspicious', 'pdf.change.look')
def shadow_replace_look():
    """A field keeps its value and gets another look."""
    base = signed(more={10: BOX % ('so', '/V (100 dong)')})
    return increment(base, {10: (BOX % ('so', '/V (100 dong)')).replace('/N 12', '/N 20'), 20: form('BT /F1 12 Tf (900 dong) Tj ET')})


@case('shadow-replace', 'failed', 'forbidden', 'pdf.change.object')
def shadow_replace_look_in_place():
    base = signed(more={10: BOX % ('so', '/V (100 dong)')})
    return increment(base, {12: form('BT /F1 12 Tf (900 dong) Tj ET')})


@case('shadow-replace', 'indeterminate', 'suspicious', 'pdf.change.refilled')
def shadow_replace_value():
    base = signed(more={10: BOX % ('so', '/V (100 dong)')})
    return fill_field(base, text='900 dong')


@case('shadow-replace', 'indeterminate', 'suspicious', 'pdf.change.look')
def shadow_replace_large_look():
    """An empty field is filled with a look that covers the page."""
    objs = {10: (BOX % ('so', '/V (1)')).replace('/N 12 0 R', '/N 20 0 R'), 20: form(EVIL, bbox='0 0 595 842')}
    return increment(signed(), objs)


@case('shadow-replace', 'indeterminate', 'suspicious', 'pdf.change.look')
def shadow_replace_picture_look():
    objs = {10: (BOX % ('so', '/V (1)')).replace('/N 12 0 R', '/N 20 0 R'), 20: form('/X Do', resources='/XObject << /X 15 0 R >>'),
            15: form(EVIL, bbox='0 0 595 842')}
    return increment(signed(), objs)


@case('shadow-hide-replace', 'failed', 'forbidden')
def shadow_two_contents():
    """A second content in the signed bytes that nothing names; the new table points to it."""
    objs = letter()
    hidden = b'\n4 0 obj\n' + stream(EVIL) + b'\nendobj\n'
    base = plain_pdf(objs, header=b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n' + hidden)
    base = fill(base)
    at = base.index(hidden) + 1
    return base + table({4: at}, free_head=False) + close(len(base), '/Size 60 /Root 1 0 R /Prev %d' % last_startxref(base))


@case('shadow-hide-replace', 'failed', 'forbidden', 'pdf.change.catalog')
def shadow_two_trees():
    more = {16: '<< /Type /Pages /Kids [17 0 R] /Count 1 >>', 18: stream(EVIL),
            17: '<< /Type /Page /Parent 16 0 R /MediaBox [0 0 595 842] /Contents 18 0 R /Resources << /Font << /F1 5 0 R >> >> >>'}
    return increment(signed(more=more), {1: letter()[1].replace('/Pages 2 0 R', '/Pages 16 0 R')})


@case('shadow-hide-replace', 'failed', 'forbidden')
def shadow_two_roots():
    more = {19: '<< /Type /Catalog /Pages 16 0 R /AcroForm 6 0 R >>', 16: '<< /Type /Pages /Kids [17 0 R] /Count 1 >>', 18: stream(EVIL),
            17: '<< /Type /Page /Parent 16 0 R /MediaBox [0 0 595 842] /Contents 18 0 R /Resources << /Font << /F1 5 0 R >> >> >>'}
    return increment(signed(more=more), {}, root='19 0 R')


# ---- evil annotation, sneaky signature (certified documents) -------------------------------------------------------------

def note(kind, extra='/AP << /N 15 0 R >>'):
    return '<< /Type /Annot /Subtype /%s /Rect [60 690 360 720] /P 3 0 R /Contents (x) %s >>' % (kind, extra)


def annotated(base, text):
    return increment(base, {3: letter()[3].replace('11 0 R]', '11 0 R 14 0 R]'), 14: text, 15: form(COVER, bbox='0 0 595 842')})


def evil(name, make, indication, changes, code):
    make.__name__ = name
    case('evil-annotation', indication, changes, code)(make)


for kind in ('FreeText', 'Stamp', 'Redact', 'Square', 'Ink', 'Line', 'Watermark', '3D'):
    evil('annotation_%s' % kind.lower(), lambda kind=kind: annotated(signed(), note(kind)), 'indeterminate', 'suspicious', 'pdf.change.annotation')
    evil('certified3_%s' % kind.lower(), lambda kind=kind: annotated(certified(3), note(kind)), 'indeterminate', 'suspicious',
         'pdf.change.annotation')
evil('certified2_freetext', lambda: annotated(certified(2), note('FreeText')), 'failed', 'forbidden', 'pdf.change.annotation')
evil('certified2_comment', lambda: annotated(certified(2), note('Text', '')), 'failed', 'forbidden', 'pdf.change.comment')
evil('certified1_comment', lambda: annotated(certified(1), note('Text', '')), 'failed', 'forbidden', 'pdf.change.comment')
evil('comment', lambda: annotated(signed(), note('Text', '')), 'indeterminate', 'suspicious', 'pdf.change.comment')
evil('annotation_widget', lambda: annotated(signed(), note('Widget')), 'indeterminate', 'suspicious', 'pdf.change.annotation')


@case('honest', 'passed', 'permitted', 'pdf.change.comment')
def certified3_comment():
    return annotated(certified(3), note('Text', ''))


@case('evil-annotation', 'failed', 'forbidden')
def annotation_changed():
    base = fill(plain_pdf(put(put(letter(), 14, note('FreeText')), 15, form(TEXT)) | {
        3: letter()[3].replace('11 0 R]', '11 0 R 14 0 R]')}))
    return increment(base, {14: note('FreeText').replace('60 690', '60 590')})


@case('sneaky-signature', 'indeterminate', 'suspicious', 'pdf.change.bad-signature')
def sneaky_foreign():
    return second(certified(2), rect='60 690 360 720', extra='/AP << /N 15 0 R >>', who='bad/foreign', more={15: form(COVER, bbox='0 0 300 30')})


@case('sneaky-signature', 'indeterminate', 'suspicious', 'pdf.change.bad-signature')
def sneaky_broken():
    data = second(certified(2), rect='60 690 360 720', extra='/AP << /N 15 0 R >>', more={15: form(COVER, bbox='0 0 300 30')})
    at = data.index(b'0' * 400, data.rindex(b'/Contents <')) - 20  # in the signature value
    return data[:at] + (b'a' if data[at:at + 1] != b'a' else b'b') + data[at + 1:]


@case('sneaky-signature', 'indeterminate', 'suspicious', 'pdf.change.annotation')
def sneaky_unsigned():
    return increment(certified(2), {3: letter()[3].replace('11 0 R]', '11 0 R 21 0 R]'), 6: letter(fields='21 0 R')[6], 15: form(COVER, bbox='0 0 300 30'),
                                    21: widget('ky2', 0, '60 690 360 720', '/AP << /N 15 0 R >>')})


@case('sneaky-signature', 'failed', 'forbidden', 'pdf.change.signature-added')
def sneaky_certified1():
    return second(certified(1))


@case('removed', 'passed', 'none', 'pdf.signature.removed')
def removed_by_another():
    """The signed field gets another, valid signature of somebody else over the changed document: he has signed it; that another one is gone is told."""
    data = increment(signed(), {4: stream(EVIL), 7: widget('ky', 28), 28: value()})
    return fill(data, 'leader2')


@case('removed', '-', '-', 'pdf.signature.removed', field='-')
def removed_all():
    """Field and signature taken out of the form: what is left looks like a document that nobody signed."""
    return again({4: stream(EVIL), 3: letter()[3].replace('7 0 R ', ''), 6: letter()[6].replace('7 0 R ', '')})


# ---- pages -------------------------------------------------------------------------------------------------------------------

NEW_PAGE = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 25 0 R /Resources << /Font << /F1 5 0 R >> >> >>'
TWO = dict(pages='', more={13: NEW_PAGE.replace('25 0 R', '4 0 R'), 2: '<< /Type /Pages /Kids [3 0 R 13 0 R] /Count 2 >>'})


@case('pages', 'failed', 'forbidden', 'pdf.change.pages')
def page_added():
    return again({2: '<< /Type /Pages /Kids [3 0 R 13 0 R] /Count 2 >>', 13: NEW_PAGE, 25: stream(EVIL)})


@case('pages', 'failed', 'forbidden', 'pdf.change.pages')
def page_removed():
    return increment(signed(**TWO), {2: '<< /Type /Pages /Kids [3 0 R] /Count 1 >>'})


@case('pages', 'failed', 'forbidden', 'pdf.change.pages')
def page_swapped():
    return increment(signed(**TWO), {2: '<< /Type /Pages /Kids [13 0 R 3 0 R] /Count 2 >>'})


@case('pages', 'failed', 'forbidden', 'pdf.change.pages')
def page_doubled():
    return again({2: '<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>'})


@case('pages', 'failed', 'forbidden')
def page_count_lies():
    return again({2: '<< /Type /Pages /Kids [3 0 R] /Count 7 >>'})


@case('pages', 'failed', 'forbidden', 'pdf.change.page')
def page_box():
    return again({3: letter()[3].replace('[0 0 595 842]', '[0 0 595 200]')})


@case('pages', 'failed', 'forbidden', 'pdf.change.page')
def page_turned():
    return again({3: letter(page='/Rotate 90')[3]})


@case('pages', 'failed', 'forbidden', 'pdf.change.object')
def page_parent_resources():
    return again({2: '<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 180 >>'})


@case('pages', 'failed', 'forbidden', 'pdf.change.page')
def page_action():
    return again({3: letter(page='/AA << /O << /S /JavaScript /JS (app.alert\\(1\\)) >> >>')[3]})


# ---- DocMDP, FieldMDP ------------------------------------------------------------------------------------------------------

@case('docmdp', 'failed', 'forbidden', 'pdf.change.filled')
def docmdp1_filled():
    return fill_field(certified(1))


@case('docmdp', 'passed', 'permitted', 'pdf.change.filled')
def docmdp2_filled():
    return fill_field(certified(2))


@case('docmdp', 'passed', 'permitted', 'pdf.change.filled')
def docmdp3_filled():
    return fill_field(certified(3))


@case('docmdp', 'passed', 'permitted', 'pdf.change.dss')
def docmdp1_dss():
    return increment(certified(1), {1: letter(catalog='/Perms << /DocMDP 8 0 R >> /DSS 30 0 R')[1], 30: '<< /Certs [31 0 R] >>', 31: stream('0')})


@case('docmdp', 'passed', 'permitted', 'pdf.change.signature-added')
def docmdp2_signed():
    return second(certified(2))


@case('docmdp', 'indeterminate', 'suspicious')
def docmdp_perms_removed():
    return increment(certified(2), {1: letter()[1]})


@case('docmdp', 'failed', 'forbidden', 'pdf.change.field-added')
def docmdp2_field_added():
    return increment(certified(2), {3: letter()[3].replace('11 0 R]', '11 0 R 13 0 R]'), 6: letter(fields='13 0 R')[6], 13: BOX % ('them', '')})


@case('docmdp', 'indeterminate', 'suspicious', 'pdf.change.field-added')
def field_added():
    return again({3: letter()[3].replace('11 0 R]', '11 0 R 13 0 R]'), 6: letter(fields='13 0 R')[6], 13: BOX % ('them', '')})


@case('fieldmdp', 'failed', 'forbidden', 'pdf.change.locked')
def fieldmdp_all():
    return fill_field(signed(sig=lock('All')))


@case('fieldmdp', 'failed', 'forbidden', 'pdf.change.locked')
def fieldmdp_include():
    return fill_field(signed(sig=lock('Include', '(so)')))


@case('fieldmdp', 'passed', 'permitted', 'pdf.change.filled')
def fieldmdp_include_other():
    return fill_field(signed(sig=lock('Include', '(ngay)')))


@case('fieldmdp', 'failed', 'forbidden', 'pdf.change.locked')
def fieldmdp_exclude_other():
    return fill_field(signed(sig=lock('Exclude', '(ngay)')))


@case('fieldmdp', 'passed', 'permitted', 'pdf.change.filled')
def fieldmdp_exclude():
    return fill_field(signed(sig=lock('Exclude', '(so)')))


@case('fieldmdp', 'failed', 'forbidden', 'pdf.change.locked')
def fieldmdp_unknown_action():
    """What we do not know is read as the strictest."""
    return fill_field(signed(sig=lock('Whatever')))


# ---- form ---------------------------------------------------------------------------------------------------------------------

@case('form', 'failed', 'forbidden', 'pdf.change.field')
def field_moved():
    return again({10: (BOX % ('so', '')).replace('300 700 400 720', '72 690 172 720')})


@case('form', 'failed', 'forbidden', 'pdf.change.form')
def field_removed():
    return again({6: letter()[6].replace('10 0 R ', '')})


@case('form', 'failed', 'forbidden', 'pdf.change.form')
def form_xfa_added():
    return again({6: letter()[6].replace('/SigFlags', '/XFA (<x/>) /SigFlags')})


@case('form', 'failed', 'forbidden', 'pdf.change.form')
def form_font_replaced():
    return again({6: letter()[6].replace('/F1 5 0 R', '/F1 33 0 R'), 33: OTHER_FONT})


@case('form', 'failed', 'forbidden')
def signature_hidden():
    return again({7: widget('ky', 8).replace('/F 132', '/F 2')})


@case('form', 'failed', 'forbidden')
def signature_look_replaced():
    return increment(signed(field='/AP << /N 12 0 R >>'), {7: widget('ky', 8, extra='/AP << /N 20 0 R >>'), 20: form(EVIL)})


@case('flagged', 'passed', 'none', 'pdf.flag.xfa')
def form_xfa():
    """A form of XFA may show something else than the pages: said of every such file, signed or not."""
    return fill(plain_pdf(put(put(letter(), 6, letter()[6].replace('/SigFlags', '/XFA 35 0 R /SigFlags')), 35, stream('<x/>'))))


@case('form', 'failed', 'forbidden', 'pdf.change.object')
def form_xfa_changed():
    return increment(form_xfa(), {35: stream('<y/>')})


@case('form', 'indeterminate', 'suspicious', 'pdf.change.form')
def form_need_appearances():
    return again({6: letter()[6].replace('/SigFlags', '/NeedAppearances true /SigFlags')})


# ---- catalog ------------------------------------------------------------------------------------------------------------------

def catalog_case(name, text):
    def make():
        return again({1: letter(catalog=text)[1], 33: stream('x', '/Type /EmbeddedFile'), 34: '<< /Type /OCG /Name (x) >>'})
    make.__name__ = name
    case('catalog', 'failed', 'forbidden', 'pdf.change.catalog')(make)


catalog_case('catalog_open_action', '/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>')
catalog_case('catalog_launch', '/OpenAction << /S /Launch /F (cmd.exe) >>')
catalog_case('catalog_embedded', '/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (a) /EF << /F 33 0 R >> >>] >> >>')
catalog_case('catalog_layers', '/OCProperties << /OCGs [34 0 R] /D << /OFF [34 0 R] >> >>')
catalog_case('catalog_needs', '/Requirements [<< /S /EnableJavaScripts >>]')
catalog_case('catalog_viewer', '/ViewerPreferences << /HideToolbar true >>')


@case('catalog', 'failed', 'forbidden', 'pdf.change.object')
def metadata_is_content():
    """XMP data that is a page's content too."""
    base = signed(catalog='/Metadata 4 0 R', more={4: stream(TEXT, '/Type /Metadata /Subtype /XML')})
    return increment(base, {4: stream(EVIL, '/Type /Metadata /Subtype /XML')})


@case('catalog', 'failed', 'forbidden')
def info_is_resource():
    """The information dictionary is the page's font too."""
    base = fill(plain_pdf(letter(), trailer='/Info 5 0 R'))
    return increment(base, {5: OTHER_FONT}, trailer='/Info 5 0 R')


@case('validation-data', 'failed', 'forbidden', 'pdf.change.object')
def dss_is_content():
    """The array of certificates is the page's array of contents too: it may not grow."""
    base = signed(catalog='/DSS << /Certs 30 0 R >>', contents='30 0 R', more={30: '[4 0 R]'})
    return increment(base, {30: '[4 0 R 31 0 R]', 31: stream(EVIL)})


@case('validation-data', 'failed', 'forbidden', 'pdf.change.object')
def dss_is_resources():
    base = signed(catalog='/DSS 30 0 R', more={30: '<< /Certs [31 0 R] /F1 5 0 R >>', 31: stream('0'),
                                               3: letter()[3].replace('/Font << /F1 5 0 R >>', '/Font 30 0 R')})
    return increment(base, {30: '<< /Certs [31 0 R] /F1 32 0 R >>', 32: OTHER_FONT})


@case('validation-data', 'indeterminate', 'suspicious', 'pdf.change.dss-removed')
def dss_removed():
    base = signed(catalog='/DSS 30 0 R', more={30: '<< /Certs [31 0 R] >>', 31: stream('0')})
    return increment(base, {30: '<< /Certs [] >>'})


@case('validation-data', 'failed', 'forbidden', 'pdf.change.object')
def dss_item_replaced():
    base = signed(catalog='/DSS 30 0 R', more={30: '<< /Certs [31 0 R] >>', 31: stream('0')})
    return increment(base, {31: stream('1')})


@case('validation-data', 'failed', 'forbidden', 'pdf.change.page')
def dss_with_more():
    """A store, and in the same revision the page."""
    return again({1: letter(catalog='/DSS 30 0 R')[1], 30: '<< /Certs [31 0 R] >>', 31: stream('0'), 3: letter(page='/Rotate 90')[3]})


# ---- two roles: an object that the update may write in one role is what a page shows in another -------------------------------

def shown(number, key, more, resource='XObject', text='/%s Do', **kw):
    """The page takes its content from the entry `key` of object `number`, which is used as a dictionary of resources."""
    objs = letter(content=TEXT + ' ' + text % key, more=more, **kw)
    objs[3] = (more or {}).get(3, objs[3]).replace('/Font <<', '/%s %d 0 R /Font <<' % (resource, number))
    return objs


def two_roles(name, number, key, before, after, extra=None, **kw):
    """`before` and `after`: the entry as signed and as updated; 15 shows what was signed, 16 covers it."""
    def make():
        looks = {15: form('', bbox='0 0 595 842'), 16: form(EVIL, bbox='0 0 595 842', resources='/Font << /F1 5 0 R >>')}
        objs = shown(number, key, dict(looks, **(extra or {})), **kw)
        old = objs[number]
        objs[number] = old[:-3] + ' ' + before + ' >>'
        return increment(fill(plain_pdf(objs)), {number: old[:-3] + ' ' + after + ' >>'})
    make.__name__ = name
    case('two-roles', 'indeterminate', 'suspicious')(make)


two_roles('role_field_date', 11, 'M', '/M 15 0 R', '/M 16 0 R')
two_roles('role_field_index', 11, 'I', '/I 15 0 R', '/I 16 0 R')
two_roles('role_field_value', 11, 'V', '', '/V 16 0 R')
two_roles('role_page_piece', 3, 'PieceInfo', '/PieceInfo 15 0 R', '/PieceInfo 16 0 R')
two_roles('role_page_modified', 3, 'LastModified', '', '/LastModified 16 0 R')
two_roles('role_page_tabs', 3, 'Tabs', '/Tabs 15 0 R', '/Tabs /S')
two_roles('role_catalog_extensions', 1, 'Extensions', '', '/Extensions 16 0 R')
two_roles('role_catalog_version', 1, 'Version', '/Version 15 0 R', '/Version 16 0 R')
two_roles('role_catalog_metadata', 1, 'Metadata', '', '/Metadata 16 0 R')
two_roles('role_form_flags', 6, 'SigFlags', '', '/DA 16 0 R')
two_roles('role_catalog_dss', 1, 'DSS', '', '/DSS 16 0 R')


@case('two-roles', 'indeterminate', 'suspicious')
def role_signature_field():
    """An empty signature field, signed later: the entry for its buttons is the page's picture."""
    empty = widget('ky2', 0, extra='/MK 15 0 R')
    objs = shown(21, 'MK', {15: form(''), 16: form(EVIL, bbox='0 0 595 842'), 21: empty}, fields='21 0 R')
    objs[3] = objs[3].replace('11 0 R]', '11 0 R 21 0 R]')
    return fill(increment(fill(plain_pdf(objs)), {21: widget('ky2', 22, extra='/MK 16 0 R'), 22: value()}), 'leader2')


@case('two-roles', 'indeterminate', 'suspicious', 'pdf.change.form')
def role_form_fonts():
    """The form's fonts are the page's too: the name that the content asks for is only there later."""
    objs = letter(content=TEXT.replace('/F1', '/F9'), more={50: '<< /F1 5 0 R >>'})
    objs[3] = objs[3].replace('/Font << /F1 5 0 R >>', '/Font 50 0 R')
    objs[6] = objs[6].replace('/Font << /F1 5 0 R >>', '/Font 50 0 R')
    return increment(fill(plain_pdf(objs)), {50: '<< /F1 5 0 R /F9 51 0 R >>', 51: OTHER_FONT})


@case('two-roles', 'failed', 'forbidden', 'pdf.change.object')
def role_table_is_content():
    """The page's content calls itself a cross-reference stream."""
    base = signed(more={4: stream(TEXT, '/Type /XRef')})
    return increment(base, {4: stream(EVIL, '/Type /XRef')})


@case('form', 'indeterminate', 'suspicious', 'pdf.change.look')
def field_look_by_state():
    """A text field's look is chosen by a state, as a button's is: a picture."""
    text = (BOX % ('so', '/V (1) /AS /A')).replace('/N 12 0 R', '/N << /A 20 0 R >>')
    return increment(signed(), {10: text, 20: form('/X Do', resources='/XObject << /X 15 0 R >>'), 15: form(EVIL, bbox='0 0 595 842')})


# ---- what a reader takes for the object: generations, doubles, hybrid files ----------------------------------------------------

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


def main():
    global PKI
    out, PKI = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    rows, names = [], set()
    for name, kind, field, indication, changes, code, make in CASES:
        assert name not in names, name
        names.add(name)
        with open('%s/%s.pdf' % (out, name), 'wb') as f:
            f.write(make())
        rows.append(' '.join((name, kind, field, indication, changes, code)))
    with open(out + '/expect', 'w') as f:
        f.write('\n'.join(rows) + '\n')


if __name__ == '__main__':
    main()
