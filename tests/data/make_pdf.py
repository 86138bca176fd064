#!/usr/bin/python3
"""Writes a letter (công văn) of a Party committee as a PDF, laid out by the Party's rules, with gaps for number and date that the clerk
fills in after the leader's signature. Standard library only; names of organs and people are invented.

make_pdf.py OUT [--option VALUE …]: see OPTIONS.
"""
import os
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truetype import Font  # noqa: E402

FONTS = '/usr/share/fonts/truetype/liberation2/LiberationSerif-%s.ttf'
OPTIONS = {
    'parent': 'THÀNH ỦY HÀ THÀNH',
    'organ': 'QUẬN ỦY TÂN GIANG',
    'place': 'Tân Giang',
    'year': '2026',
    'subject': 'V/v góp ý dự thảo kế hoạch chuyển đổi số',
    'to': 'Văn phòng Thành ủy Hà Thành',
    'authority': 'T/M BAN THƯỜNG VỤ',
    'title': 'BÍ THƯ',
    'name': 'Nguyễn Văn An',
    'recipients': '- Như trên,|- Các đồng chí Ủy viên Ban Thường vụ,|- Lưu Văn phòng Quận ủy.',
    'body': 'Thực hiện Công văn số 345-CV/VPTU ngày 16 tháng 11 năm 2026 của Văn phòng Thành ủy về việc góp ý dự thảo '
            'kế hoạch chuyển đổi số trong các cơ quan Đảng, Ban Thường vụ Quận ủy có ý kiến như sau:|'
            '1. Cơ bản nhất trí với nội dung dự thảo; đề nghị bổ sung lộ trình ký số văn bản ở cấp cơ sở, bảo đảm mọi văn bản '
            'đến, văn bản đi đều được lập sổ, ký, lưu trữ và tra cứu trên môi trường điện tử.|'
            '2. Đề nghị quy định rõ trách nhiệm của văn thư trong việc cấp số, ghi ngày tháng và đóng dấu của cơ quan '
            'sau khi người có thẩm quyền đã ký; chữ ký của người có thẩm quyền phải còn nguyên giá trị.|'
            '3. Quận ủy cử đồng chí Chánh Văn phòng làm đầu mối phối hợp trong quá trình thực hiện.',
    'closing': 'Trân trọng.',
    'notation': '',   # printed after "Số" instead of leaving a gap
    'date': '',       # "24 tháng 11": printed instead of leaving gaps
    'pages': '1',     # body repeated until the signature stands on this page
    'rotate': '0',    # the same to the eye, but on a page with /Rotate (0, 90, 180, 270)
    'turned': '0',    # the number of a page that has /Rotate 90 though the others have not
    'letters': 'used',  # "all": the regular face embedded whole, as office programs often do (about 200 KB)
    'shift': '0',      # the same, with the corner of its boxes this far from (0, 0): negative values too
    'inherit': '',     # "yes": boxes and /Rotate stand in the page tree's root
    'crop': '0',      # … and with a media box larger by this many points on each side and a CropBox
}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 595.28, 841.89, 85.0, 552.8, 785.0, 57.0


class Page:
    def __init__(self, fonts):
        self.fonts, self.out = fonts, []

    def text(self, x, y, text, size=14, style='Regular', align='left', spread=0.0):
        font, used = self.fonts[style]
        w = font.text_width(text, size)
        x -= w if align == 'right' else w / 2 if align == 'centre' else 0
        used.update((font.glyph(c), c) for c in text)
        self.out.append('BT /%s %g Tf %g Tw 1 0 0 1 %.2f %.2f Tm [' % (style, size, 0, x, y))
        for word in text.split(' '):
            self.out.append('<%s>' % ''.join('%04X' % font.glyph(c) for c in word + ' '))
            if spread:
                self.out.append('%.2f' % (-spread * 1000 / size))
        self.out.append('] TJ ET\n')
        return x + w

    def rule(self, x0, x1, y, width=0.8):
        self.out.append('%g w %.2f %.2f m %.2f %.2f l S\n' % (width, x0, y, x1, y))


def lines_of(font, text, size, width, indent):
    out, line, room = [], [], width - indent
    for word in text.split():
        if line and font.text_width(' '.join(line + [word]), size) > room:
            out.append(line)
            line, room = [], width
        line.append(word)
    return out + [line]


def heading(page, o):
    left, right = 180.0, 425.0
    page.text(left, TOP, o['parent'], 14, align='centre')
    page.text(left, TOP - 17, o['organ'], 14, 'Bold', 'centre')
    page.text(left, TOP - 32, '*', 14, align='centre')
    end = page.text(left - 62, TOP - 50, 'Số' + (' ' + o['notation'] if o['notation'] else ''), 14)
    if not o['notation']:
        assert end < left
    page.text(left, TOP - 72, o['subject'][:46], 12, 'Italic', 'centre')
    font = page.fonts['Bold'][0]
    title = 'ĐẢNG CỘNG SẢN VIỆT NAM'
    w = font.text_width(title, 15)
    page.text(right, TOP, title, 15, 'Bold', 'centre')
    page.rule(right - w / 2, right + w / 2, TOP - 5)
    if o['date']:
        page.text(right, TOP - 30, '%s, ngày %s năm %s' % (o['place'], o['date'], o['year']), 14, 'Italic', 'centre')
    else:
        x = page.text(right - 112, TOP - 30, '%s, ngày' % o['place'], 14, 'Italic')
        x = page.text(x + 26, TOP - 30, 'tháng', 14, 'Italic')
        page.text(x + 26, TOP - 30, 'năm %s' % o['year'], 14, 'Italic')
    return TOP - 108


def paragraphs(page, o, y):
    font = page.fonts['Regular'][0]
    for text in o['body'].split('|'):
        lines = lines_of(font, text, 14, RIGHT - LEFT, 28)
        for i, words in enumerate(lines):
            x, room = (LEFT + 28, RIGHT - LEFT - 28) if i == 0 else (LEFT, RIGHT - LEFT)
            spare = room - font.text_width(' '.join(words), 14)
            spread = spare / (len(words) - 1) if i + 1 < len(lines) and len(words) > 1 else 0
            page.text(x, y, ' '.join(words), 14, spread=spread)
            y -= 19
        y -= 5
    return y


def ending(page, o, y):
    page.text(LEFT + 28, y, o['closing'], 14)
    y -= 36
    centre = 432.0
    page.text(centre, y, o['authority'], 14, 'Bold', 'centre')
    page.text(centre, y - 18, o['title'], 14, 'Regular', 'centre')
    page.text(centre, y - 108, o['name'], 14, 'Bold', 'centre')
    page.text(LEFT, y, 'Nơi nhận:', 12)
    page.rule(LEFT, LEFT + page.fonts['Regular'][0].text_width('Nơi nhận:', 12), y - 2, 0.5)
    for i, line in enumerate(o['recipients'].split('|')):
        page.text(LEFT, y - 16 - 14 * i, line, 11)


def stream(data, extra=''):
    packed = zlib.compress(data, 9)
    return b'<< /Length %d /Filter /FlateDecode %s>>\nstream\n%s\nendstream' % (len(packed), extra.encode(), packed)


def to_unicode(used):
    rows = ['<%04X> <%s>' % (g, c.encode('utf-16-be').hex().upper()) for g, c in sorted(used)]
    out = '/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n' \
          '1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n'
    for i in range(0, len(rows), 100):
        part = rows[i:i + 100]
        out += '%d beginbfchar\n%s\nendbfchar\n' % (len(part), '\n'.join(part))
    return (out + 'endcmap\nend\nend\n').encode()


def font_objects(number, style, font, used, whole=False):
    name, scale = 'CONGVA+LiberationSerif-' + style, 1000 / font.upem
    program = font.subset(range(font.count) if whole else (g for g, _ in used))
    widths = ' '.join('%d [%d]' % (g, round(font.width(g) * scale)) for g in sorted({g for g, _ in used}))
    return {
        number: b'<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>'
                % (name.encode(), number + 1, number + 4),
        number + 1: ('<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) '
                     '/Supplement 0 >> /FontDescriptor %d 0 R /CIDToGIDMap /Identity /DW 1000 /W [%s] >>'
                     % (name, number + 2, widths)).encode(),
        number + 2: ('<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%s] /ItalicAngle %d /Ascent %d /Descent %d /CapHeight 660 '
                     '/StemV 80 /FontFile2 %d 0 R >>' % (name, ' '.join(str(round(v * scale)) for v in font.box),
                                                        -12 if style == 'Italic' else 0, round(font.ascent * scale),
                                                        round(font.descent * scale), number + 3)).encode(),
        number + 3: stream(program, '/Length1 %d ' % len(program)),
        number + 4: stream(to_unicode(used)),
    }


def letter(options=None):
    o = dict(OPTIONS, **(options or {}))
    fonts = {style: (Font(FONTS % style), set()) for style in ('Regular', 'Bold', 'Italic')}
    pages, count = [], int(o['pages'])
    for n in range(count):
        page = Page(fonts)
        y = heading(page, o) if n == 0 else TOP
        if n == 0:
            page.text((LEFT + RIGHT) / 2, y, 'Kính gửi: %s' % o['to'], 14, align='centre')
            y -= 30
        else:
            page.text(WIDTH / 2, TOP + 25, str(n + 1), 13, align='centre')
        y = paragraphs(page, o, y)
        if n + 1 == count:
            ending(page, o, y - 4)
        pages.append(''.join(page.out).encode())
    return assemble(o, fonts, pages)


# Content turned so that the page, shown with its /Rotate, looks as it does without.
TURNS = {0: (1, 0, 0, 1, 0, 0), 90: (0, 1, -1, 0, HEIGHT, 0), 180: (-1, 0, 0, -1, WIDTH, HEIGHT), 270: (0, -1, 1, 0, 0, WIDTH)}


def boxes(o):
    rotate, crop = int(o['rotate']), float(o['crop'])
    w, h = (HEIGHT, WIDTH) if rotate in (90, 270) else (WIDTH, HEIGHT)
    x, y = float(o['shift']), 2 * float(o['shift'])
    out = '/MediaBox [%g %g %g %g]' % (x - crop, y - crop, x + w + crop, y + h + crop)
    if crop:
        out += ' /CropBox [%g %g %g %g]' % (x, y, x + w, y + h)
    return out + (' /Rotate %d' % rotate if rotate else '')


def assemble(o, fonts, pages):
    shift, own = float(o['shift']), '' if o['inherit'] else boxes(o)
    turn = '1 0 0 1 %g %g cm\n' % (shift, 2 * shift) if shift else ''
    turn += '%g %g %g %g %g %g cm\n' % TURNS[int(o['rotate'])] if int(o['rotate']) else ''
    alone = dict(o, rotate='90')
    objs = {1: b'<< /Type /Catalog /Pages 2 0 R /Lang (vi-VN) >>'}
    number, resources = 10, ''
    for style, (font, used) in fonts.items():
        objs.update(font_objects(number, style, font, used, o['letters'] == 'all' and style == 'Regular'))
        resources += '/%s %d 0 R ' % (style, number)
        number += 5
    kids = []
    for content in pages:
        kids.append(number)
        differs = len(kids) == int(o['turned'])
        objs[number] = ('<< /Type /Page /Parent 2 0 R %s /Contents %d 0 R /Resources << /Font << %s>> >> >>'
                        % (boxes(alone) if differs else own, number + 1, resources)).encode()
        objs[number + 1] = stream((('%g %g %g %g %g %g cm\n' % TURNS[90]) if differs else turn).encode() + content)
        number += 2
    objs[2] = ('<< /Type /Pages /Kids [%s] /Count %d %s >>'
               % (' '.join('%d 0 R' % k for k in kids), len(kids), boxes(o) if o['inherit'] else '')).encode()
    objs[3] = b'<< /Title <FEFF%s> /Producer (congvan demo) >>' % o['subject'].encode('utf-16-be').hex().upper().encode()
    out, at = b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', {}
    for n, body in sorted(objs.items()):
        at[n] = len(out)
        out += b'%d 0 obj\n' % n + body + b'\nendobj\n'
    size, xref = max(objs) + 1, len(out)
    out += b'xref\n0 %d\n' % size
    for n in range(size):
        out += b'%010d 00000 n \n' % at[n] if n in at else b'0000000000 65535 f \n'
    return out + b'trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R >>\nstartxref\n%d\n%%%%EOF\n' % (size, xref)


def main():
    options, args = {}, sys.argv[2:]
    for key, value in zip(args[::2], args[1::2]):
        if not key.startswith('--') or key[2:] not in OPTIONS:
            sys.exit('make_pdf.py: unknown option %s' % key)
        options[key[2:]] = value
    with open(sys.argv[1], 'wb') as f:
        f.write(letter(options))


if __name__ == '__main__':
    main()
