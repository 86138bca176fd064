"""The letter that tests/corpus/pdf/make_attacks.py's forgers have before them: a page with a signature field and two text fields, put together by make_corpus.py's helpers and
signed by `openssl cms`; what more than one class of attack does to it; and the list of cases that their files (attacks_*.py) fill."""
import subprocess
import tempfile

from make_corpus import b, increment, plain_pdf, stream

PKI = ''
ROOM = 4096
HOLE = b'0' * (2 * ROOM)
RANGE = b'/ByteRange [0 ********** ********** **********]'
FONT = '<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>'
OTHER_FONT = ('<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding << /Type /Encoding /Differences [49 /nine] >> >>')
TEXT = 'BT /F1 14 Tf 72 700 Td (Chi 100 dong) Tj ET'
EVIL = 'BT /F1 14 Tf 72 700 Td (Chi 900 dong) Tj ET'
COVER = '1 g 60 690 300 30 re f 0 g BT /F1 14 Tf 72 700 Td (Chi 100 dong) Tj ET'
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


def second(base, number=21, name='ky2', rect='0 0 0 0', extra='', who='leader2', more=None, annots='', sig=''):
    objs = {3: letter()[3].replace('11 0 R]', '11 0 R %s %d 0 R]' % (annots, number)),
            6: letter(fields='%d 0 R' % number)[6], number: widget(name, number + 1, rect, extra), number + 1: value(sig)}
    objs.update(more or {})
    return fill(increment(base, objs), who)


def note(kind, extra='/AP << /N 15 0 R >>'):
    return '<< /Type /Annot /Subtype /%s /Rect [60 690 360 720] /P 3 0 R /Contents (x) %s >>' % (kind, extra)


def wrap(move):
    base = signed()
    at = base.index(b'/ByteRange [')
    hole = base.index(b'/Contents <') + 10
    after = base.index(b'>', hole) + 1
    return move(base, at, hole, after)


def write_range(data, at, numbers):
    new = b'/ByteRange [%d %010d %010d %010d]' % numbers
    return data[:at] + new + data[at + len(new):]
