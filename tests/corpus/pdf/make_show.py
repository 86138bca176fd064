#!/usr/bin/python3
"""make_show.py FOLDER: one-page PDFs whose text pdf_show must read as poppler does, or leave to it. Names that begin with "read-" must be read, "left-" must be
left to poppler: there poppler decides by rules that pdf_show does not follow. The fonts are embedded as office programs do it: with two bytes a code and with one."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'data'))
import make_pdf  # noqa: E402
from truetype import Font  # noqa: E402

TEXT = 'Số: ngày tháng năm Nguyễn Văn An đã ký QUẬN ỦY TÂN GIANG TM. BAN THƯỜNG VỤ 0123456789 ......./QĐ-UBND_____ (1) a b c fi'
fonts = {style: Font(make_pdf.FONTS % style) for style in ('Regular', 'Bold')}
used = {(fonts['Regular'].glyph(c), c) for c in TEXT + '\u0301\u05d0' if fonts['Regular'].glyph(c)}
used_bold = {(fonts['Bold'].glyph(c), c) for c in TEXT}
narrow = {c: 33 + i for i, c in enumerate(sorted(set(TEXT) - {' '}))}
narrow[' '] = 32


def w(text):
    """A string of the font R or B (two bytes a code)."""
    return '<%s>' % ''.join('%04X' % fonts['Regular'].glyph(c) for c in text)


def n(text):
    """A string of the font S (one byte a code)."""
    return '<%s>' % ''.join('%02X' % narrow[c] for c in text)


def lit(text):
    return '(%s)' % ''.join('\\%03o' % narrow[c] for c in text)


def at(x, y, show, font='R', size=14, op='Tj'):
    return 'BT /%s %g Tf 1 0 0 1 %g %g Tm %s %s ET\n' % (font, size, x, y, show, op)


def simple_font(number, table=True):
    font, codes = fonts['Regular'], sorted((code, c) for c, code in narrow.items())
    program = font.subset(font.glyph(c) for _, c in codes)
    by_code = {code: round(font.width(font.glyph(c)) * 1000 / font.upem) for code, c in codes}
    last = max(by_code)
    rows = ''.join('<%02X> <%04X>\n' % (code, ord(c)) for code, c in codes)
    cmap = '/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n1 begincodespacerange\n<00> <FF>\nendcodespacerange\n' \
           '%d beginbfchar\n%sendbfchar\nendcmap\nend\nend\n' % (len(codes), rows)
    return {
        number: ('<< /Type /Font /Subtype /TrueType /BaseFont /ABCDEF+LiberationSerif /FirstChar 32 /LastChar %d /Widths [%s] /FontDescriptor %d 0 R %s>>' % (
            last, ' '.join(str(by_code.get(c, 0)) for c in range(32, last + 1)), number + 1,
            '/ToUnicode %d 0 R ' % (number + 3) if table else '')).encode(),
        number + 1: ('<< /Type /FontDescriptor /FontName /ABCDEF+LiberationSerif /Flags 4 /FontBBox [-200 -300 1200 1000] /ItalicAngle 0 /Ascent 891 '
                     '/Descent -216 /CapHeight 660 /StemV 80 /FontFile2 %d 0 R >>' % (number + 2)).encode(),
        number + 2: make_pdf.stream(program, '/Length1 %d ' % len(program)),
        number + 3: make_pdf.stream(cmap.encode()),
    }


def build(content, resources='', page='', objs=()):
    all_ = {1: b'<< /Type /Catalog /Pages 2 0 R >>', 2: b'<< /Type /Pages /Kids [3 0 R] /Count 1 >>'}
    all_[3] = ('<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s /Resources << /Font << /R 10 0 R /B 15 0 R /S 20 0 R /U 24 0 R /H 28 0 R >> %s >> >>'
               % (page, resources)).encode()
    all_[4] = make_pdf.stream(content.encode())
    all_.update(make_pdf.font_objects(10, 'Regular', fonts['Regular'], used))
    all_.update(make_pdf.font_objects(15, 'Bold', fonts['Bold'], used_bold))
    all_.update(simple_font(20))
    all_.update(simple_font(24, False))
    all_[28] = b'<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'
    all_.update(objs)
    out, places = b'%PDF-1.7\n', {}
    for number, body in sorted(all_.items()):
        places[number] = len(out)
        out += b'%d 0 obj\n%s\nendobj\n' % (number, body)
    xref, size = len(out), max(all_) + 1
    out += b'xref\n0 %d\n' % size
    for number in range(size):
        out += b'%010d 00000 n \n' % places[number] if number in places else b'0000000000 65535 f \n'
    return out + b'trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n' % (size, xref)


BODY = at(80, 700, w('Số: ......./QĐ-UBND')) + at(350, 700, w('Nguyễn Văn An')) + at(80, 660, w('BAN THƯỜNG VỤ'), 'B', 12)
FORM = {40: b'<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /R 10 0 R >> >> ' + make_pdf.stream(at(80, 600, w('Nguyễn Văn An')).encode())[3:],
        41: b'<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length 1 >>\nstream\nx\nendstream',
        42: b'<< /Type /ExtGState /ca 0.5 >>', 43: b'<< /Type /OCG /Name (x) >>',
        44: b'<< /Type /Annot /Subtype /Link /Rect [10 10 50 50] /Border [0 0 0] >>',
        45: b'<< /Type /Annot /Subtype /FreeText /Rect [10 10 50 50] /DA (/R 12 Tf) /Contents (ky) >>',
        46: b'<< /Type /ExtGState /Font [10 0 R 10] >>'}

FILES = {
    'read-wide': build(BODY),
    'read-narrow': build(at(80, 700, n('Số: ngày tháng năm'), 'S') + at(80, 680, lit('Nguyễn Văn An'), 'S')),
    'read-spacing': build('BT /S 12 Tf 0.3 Tc 4 Tw 80 700 Td %s Tj ET\n' % n('Số: ngày tháng năm') + 'BT 0 Tc 0 Tw 90 Tz 80 680 Td %s Tj 100 Tz ET' % n('Nguyễn Văn An')),
    'read-lines': build('BT /S 12 Tf 18 TL 80 700 Td %s Tj T* %s Tj %s \' 2 0 %s " 0 -30 TD %s Tj 200 5 Td %s Tj ET' % (
        n('Số:'), n('ngày'), n('tháng'), n('năm Nguyễn'), n('Văn'), n('An'))),
    'read-kerning': build('BT /S 12 Tf 80 700 Td [%s -20 %s 35 %s 5 %s] TJ ET\n' % (n('Ngu'), n('yễn V'), n('ăn'), n(' An')) +
                          'BT /R 14 Tf 80 660 Td [%s -900 %s -3000 %s] TJ ET' % (w('Số:'), w('ngày'), w('tháng'))),
    'read-graphics': build('q 0.5 0 0 0.5 40 350 cm q 0.9 g 0 0 100 100 re f Q\n' + at(80, 700, w('Nguyễn Văn An'), 'R', 28) + 'Q 10 10 m 20 20 l S /I Do /G gs\n' +
                           '/P << /MCID 0 >> BDC\n' + at(80, 600, w('ngày')) + 'EMC /Artifact BMC EMC\n',
                           '/XObject << /I 41 0 R >> /ExtGState << /G 42 0 R >>', '/Annots [44 0 R]', FORM),
    'read-mixed': build('BT /R 14 Tf 80 700 Td %s Tj /B 14 Tf %s Tj /R 14 Tf %s Tj ET' % (w('Nguyễn '), w('Văn'), w('An'))),
    'read-fields': build(at(80, 700, w('Số: ')) + at(200, 700, w('_____')) + at(80, 680, w('(1) ngày')) + at(80, 640, w('......'))),
    'read-two-columns': build(''.join(at(80, 700 - 16 * i, w('Nguyễn Văn An')) + at(330, 700 - 16 * i, w('ngày tháng năm')) for i in range(8))),
    'read-cropped': build(BODY, '', '/CropBox [50 60 500 800]'),
    'read-turned': build('0 1 -1 0 595 0 cm\n' + at(80, 500, w('Nguyễn Văn An')), '', '/Rotate 90'),
    'left-bold-by-two': build(at(80, 700, w('Nguyễn')) + at(80.3, 700, w('Nguyễn'))),
    'read-joined': build(at(80, 700, w('Nguyễn')) + at(80 + fonts['Regular'].text_width('Nguyễn', 14) + 0.4, 700, w('Văn'))),
    'read-gap': build(at(80, 700, w('Nguyễn')) + at(80 + fonts['Regular'].text_width('Nguyễn', 14) + 1.9, 700, w('Văn'))),
    'left-near': build(at(80, 700, w('Nguyễn')) + at(80 + fonts['Regular'].text_width('Nguyễn', 14) + 1.45, 700, w('Văn'))),
    'left-spaced-out': build(''.join(at(80 + 12 * i, 700, w(c)) for i, c in enumerate('QUẬN'))),
    'left-raised': build(at(80, 700, w('Nguyễn')) + at(80 + fonts['Regular'].text_width('Nguyễn', 14), 705, w('(1)'), 'R', 8)),
    'left-turned-text': build('BT /R 14 Tf 0 1 -1 0 300 300 Tm %s Tj ET' % w('Nguyễn')),
    'left-slanted': build('BT /R 14 Tf 1 0 0.3 1 300 300 Tm %s Tj ET' % w('Nguyễn')),
    'left-invisible': build('BT /R 14 Tf 3 Tr 80 700 Td %s Tj ET' % w('Nguyễn')),
    'left-form': build(at(80, 700, w('Nguyễn')) + '/X Do', '/XObject << /X 40 0 R >>', '', FORM),
    'left-layer': build('/OC /L BDC\n' + at(80, 700, w('Nguyễn')) + 'EMC', '/Properties << /L 43 0 R >>', '', FORM),
    'left-actual-text': build('/Span << /ActualText (xyz) >> BDC\n' + at(80, 700, w('Nguyễn')) + 'EMC'),
    'left-annotation': build(at(80, 700, w('Nguyễn')), '', '/Annots [45 0 R]', FORM),
    'left-state-font': build('/G gs BT 80 700 Td %s Tj ET' % w('Nguyễn'), '/ExtGState << /G 46 0 R >>', '', FORM),
    'left-no-table': build(at(80, 700, n('Nguyễn'), 'U')),
    'left-not-embedded': build(at(80, 700, '(Nguyen)', 'H')),
    'left-joining': build(at(80, 700, w('Nguye\u0301n'))),
    'left-units': build(BODY, '', '/UserUnit 2'),
    'left-inline-image': build('BI /W 1 /H 1 /BPC 8 /CS /G ID x EI\n' + BODY),
    'left-edge': build(at(590, 700, w('Nguyễn'))),
    'left-word-spacing': build('BT /R 14 Tf 5 Tw 80 700 Td %s Tj ET' % w('Nguyễn Văn')),
}

if __name__ == '__main__':
    for name, data in FILES.items():
        with open(os.path.join(sys.argv[1], name + '.pdf'), 'wb') as f:
            f.write(data)
    with open(os.path.join(sys.argv[1], 'names'), 'w') as f:
        f.write(''.join(name + '\n' for name in sorted(FILES)))
