#!/usr/bin/python3
"""Writes the corpus of odd PDFs into a folder: NAME.pdf for each, and `expect` with a line "NAME sign" or "NAME refuse CODE".

Standard library only; qpdf makes the encrypted and linearized ones. Everything is deterministic.
"""
import os
import re
import struct
import subprocess
import sys
import zlib

GOOD, BAD = {}, {}


def good(f):
    GOOD[f.__name__] = f
    return f


def bad(code):
    def keep(f):
        BAD[f.__name__] = (f, code)
        return f
    return keep


def b(s):
    return s if isinstance(s, bytes) else s.encode('latin-1')


def stream(data, extra=''):
    return b'<< /Length %d %s >>\nstream\n%s\nendstream' % (len(data), b(extra), b(data))


TEXT = b'BT /F1 14 Tf 72 700 Td (Cong van so 12) Tj ET'
FONT = '<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>'


def objects(page='', catalog='', pages='', media='/MediaBox [0 0 595 842]', content=TEXT):
    """1 catalog, 2 pages, 3 page, 4 content, 5 font."""
    return {
        1: '<< /Type /Catalog /Pages 2 0 R %s >>' % catalog,
        2: '<< /Type /Pages /Kids [3 0 R] /Count 1 %s >>' % pages,
        3: '<< /Type /Page /Parent 2 0 R %s /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> %s >>'
           % (media, page),
        4: stream(content),
        5: FONT,
    }


def table(offsets, gens=None, free_head=True):
    """A classic table: runs of consecutive numbers."""
    gens = gens or {}
    out = b'xref\n'
    rows = {0: b'0000000000 65535 f \n'} if free_head else {}
    for n, at in offsets.items():
        rows[n] = b'%010d %05d n \n' % (at, gens.get(n, 0)) if at is not None else b'0000000000 00001 f \n'
    numbers = sorted(rows)
    while numbers:
        run = [numbers.pop(0)]
        while numbers and numbers[0] == run[-1] + 1:
            run.append(numbers.pop(0))
        out += b'%d %d\n' % (run[0], len(run)) + b''.join(rows[n] for n in run)
    return out


def body(objs, start, gens=None):
    gens = gens or {}
    out, offsets = b'', {}
    for n, o in sorted(objs.items()):
        offsets[n] = start + len(out)
        out += b'%d %d obj\n' % (n, gens.get(n, 0)) + b(o) + b'\nendobj\n'
    return out, offsets


def close(at, trailer):
    return b'trailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n' % (b(trailer), at)


def plain_pdf(objs, header=b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', trailer='', root='1 0 R', size=None, gens=None):
    data, offsets = body(objs, len(header), gens)
    at = len(header) + len(data)
    size = size if size is not None else max(objs) + 1
    return header + data + table(offsets, gens) + close(at, '/Size %d /Root %s %s' % (size, root, trailer))


def two_firsts(objs, other, length):
    """Begins with a linearization dictionary that says this length, and behind it a section by which object 4 is `other`; startxref names the one by which it is not."""
    head = b'%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n99 0 obj\n<< /Linearized 1 /L %010d /H [0 0] /O 3 /E 0 /N 1 /T 0 >>\nendobj\n' % length
    first = b'xref\n4 1\n%010d 00000 n \ntrailer\n<< /Size 100 /Root 1 0 R /Prev %010d >>\nstartxref\n0\n%%%%EOF\n'
    start = len(head) + len(first % (0, 0))
    forged = body({4: other}, start)[0]
    data, offsets = body(objs, start + len(forged))
    at = start + len(forged) + len(data)
    return head + first % (start, at) + forged + data + table(offsets) + close(at, '/Size 100 /Root 1 0 R')


def last_startxref(data):
    return int(data[data.rindex(b'startxref') + 9:].split()[0])


def increment(base, objs, trailer='', root='1 0 R', size=None, gens=None, free_head=False):
    data, offsets = body(objs, len(base), gens)
    at = len(base) + len(data)
    size = size or max([int(re.findall(rb'/Size (\d+)', base)[-1]) - 1] + list(objs)) + 1
    return base + data + table(offsets, gens, free_head) + close(
        at, '/Size %d /Root %s /Prev %d %s' % (size, root, last_startxref(base), trailer))


def xref_stream(number, rows, at, trailer, predictor=False, filtered=True):
    """rows: number -> (type, a, b)"""
    rows = dict(rows)
    rows[number] = (1, at, 0)
    index, data = [], b''
    for n in sorted(rows):
        if index and index[-1][0] + index[-1][1] == n:
            index[-1][1] += 1
        else:
            index.append([n, 1])
        data += struct.pack('>BIH', *rows[n])
    extra = '/Type /XRef /W [1 4 2] /Size %d /Index [%s] %s' % (
        max(rows) + 1, ' '.join('%d %d' % tuple(i) for i in index), trailer)
    if predictor:
        width, above, out = 7, bytes(7), b''
        for i in range(0, len(data), width):
            row = data[i:i + width]
            out += b'\x02' + bytes((x - y) & 255 for x, y in zip(row, above))
            above = row
        data, extra = out, extra + ' /DecodeParms << /Columns 7 /Predictor 12 >>'
    if filtered:
        data, extra = zlib.compress(data), extra + ' /Filter /FlateDecode'
    return b'%d 0 obj\n' % number + stream(data, extra) + b'\nendobj\nstartxref\n%d\n%%%%EOF\n' % at


def object_stream(objs, extra=''):
    head, data = '', b''
    for n, o in sorted(objs.items()):
        head += '%d %d ' % (n, len(data))
        data += b(o) + b' '
    packed = zlib.compress(b(head) + data)
    return stream(packed, '/Type /ObjStm /N %d /First %d /Filter /FlateDecode %s' % (len(objs), len(head), extra))


def stream_pdf(objs, packed=(), header=b'%PDF-1.5\n%\xe2\xe3\xcf\xd3\n', trailer='/Root 1 0 R', **kw):
    top = max(objs)
    direct = {n: o for n, o in objs.items() if n not in packed}
    rows = {0: (0, 0, 65535)}
    number = top + 1
    if packed:
        direct[number] = object_stream({n: objs[n] for n in packed})
        for i, n in enumerate(sorted(packed)):
            rows[n] = (2, number, i)
        number += 1
    data, offsets = body(direct, len(header))
    rows.update({n: (1, at, 0) for n, at in offsets.items()})
    return header + data + xref_stream(number, rows, len(header) + len(data), trailer, **kw)


def qpdf(data, *args):
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        with open(d + '/in.pdf', 'wb') as f:
            f.write(data)
        subprocess.run(['qpdf', '--deterministic-id', *args, d + '/in.pdf', d + '/out.pdf'] if '--encrypt' not in args
                       else ['qpdf', *args, d + '/in.pdf', d + '/out.pdf'], check=True)
        with open(d + '/out.pdf', 'rb') as f:
            return f.read()


# ---- signable ---------------------------------------------------------------------------------------------------

@good
def plain():
    return plain_pdf(objects())


@good
def version_1_0():
    return plain_pdf(objects(), header=b'%PDF-1.0\n')


@good
def version_2_0():
    return plain_pdf(objects(), header=b'%PDF-2.0\n%\xe2\xe3\xcf\xd3\n', trailer='/ID [<0123> <4567>]')


@good
def version_in_catalog():
    return plain_pdf(objects(catalog='/Version /1.6'), header=b'%PDF-1.3\n')


@good
def xref_stream_plain():
    return stream_pdf(objects(), filtered=False)


@good
def xref_stream_flate():
    return stream_pdf(objects())


@good
def xref_stream_predictor():
    return stream_pdf(objects(), predictor=True)


@good
def object_streams():
    return stream_pdf(objects(), packed=(1, 2, 3, 5), predictor=True)


@good
def object_streams_form():
    o = objects(catalog='/AcroForm 6 0 R', page='/Annots 7 0 R')
    o[6] = '<< /Fields [] >>'
    o[7] = '[]'
    return stream_pdf(o, packed=(1, 2, 3, 5, 6, 7))


@good
def object_stream_extends():
    base = stream_pdf(objects(), packed=(1, 2, 3, 5))
    new = object_stream({3: objects(page='/UserUnit 1')[3]}, '/Extends 6 0 R')
    at = len(base)
    data = b'8 0 obj\n' + new + b'\nendobj\n'
    return base + data + xref_stream(9, {3: (2, 8, 0), 8: (1, at, 0)}, at + len(data),
                                     '/Root 1 0 R /Prev %d' % last_startxref(base))


@good
def hybrid():
    """Objects 3 and 5 are in an object stream that only readers of 1.5 see: free in the first section, hidden in the second."""
    o = objects()
    header = b'%PDF-1.4\n%\xe2\xe3\xcf\xd3\n'
    direct = {1: o[1], 2: o[2], 4: o[4], 6: object_stream({3: o[3], 5: o[5]})}
    data, offsets = body(direct, len(header))
    at = len(header) + len(data)
    offsets.update({3: None, 5: None})
    base = header + data + table(offsets) + close(at, '/Size 8 /Root 1 0 R')
    hidden = xref_stream(7, {3: (2, 6, 0), 5: (2, 6, 1)}, len(base), '').split(b'startxref')[0]
    return base + hidden + b'xref\n0 0\n' + close(
        len(base) + len(hidden), '/Size 8 /Root 1 0 R /Prev %d /XRefStm %d' % (at, len(base)))


@good
def hybrid_updated():
    return increment(hybrid(), {4: stream(b'BT /F1 12 Tf 72 700 Td (changed) Tj ET')})


@good
def incremental_once():
    return increment(plain_pdf(objects()), {4: stream(b'BT /F1 12 Tf 72 700 Td (changed) Tj ET')})


@good
def incremental_many():
    data = plain_pdf(objects())
    for i in range(40):
        data = increment(data, {4: stream(b'BT /F1 12 Tf 72 700 Td (version %d) Tj ET' % i)})
    return data


@good
def incremental_thousand():
    data = plain_pdf(objects())
    for i in range(1000):
        data = increment(data, {6: '(%d)' % i})
    return data


@good
def incremental_streams():
    data = stream_pdf(objects(), packed=(1, 2, 3))
    for i in range(3):
        at = len(data)
        piece = b'4 0 obj\n' + stream(b'BT /F1 12 Tf 72 700 Td (version %d) Tj ET' % i) + b'\nendobj\n'
        data += piece + xref_stream(10 + i, {4: (1, at, 0)}, at + len(piece),
                                    '/Root 1 0 R /Prev %d' % last_startxref(data))
    return data


@good
def table_over_stream():
    return increment(stream_pdf(objects()), {4: stream(b'BT /F1 12 Tf 72 700 Td (mixed) Tj ET')})


@good
def stream_over_table():
    base = plain_pdf(objects())
    piece = b'4 0 obj\n' + stream(b'BT /F1 12 Tf 72 700 Td (mixed) Tj ET') + b'\nendobj\n'
    return base + piece + xref_stream(10, {4: (1, len(base), 0)}, len(base) + len(piece),
                                      '/Root 1 0 R /Prev %d' % last_startxref(base))


@good
def incremental_freed():
    return increment(plain_pdf({**objects(), 6: '(old)'}), {7: '(new)'}, free_head=True)


@good
def linearized():
    return qpdf(plain_pdf(objects()), '--linearize')


@good
def linearized_streams():
    return qpdf(plain_pdf(objects()), '--linearize', '--object-streams=generate')


@good
def linearized_updated():
    data = linearized()
    root = data[data.index(b'/Root') + 5:].split()[0].decode()
    return increment(data, {50: '(x)'}, root=root + ' 0 R')


@good
def rotated_90():
    return plain_pdf(objects(page='/Rotate 90'))


@good
def rotated_180():
    return plain_pdf(objects(page='/Rotate 180'))


@good
def rotated_270():
    return plain_pdf(objects(page='/Rotate 270'))


@good
def rotated_inherited_negative():
    return plain_pdf(objects(pages='/Rotate -90'))


@good
def rotated_odd_value():
    return plain_pdf(objects(page='/Rotate 45'))


@good
def cropped():
    return plain_pdf(objects(page='/CropBox [50 60 500 780]'))


@good
def cropped_rotated():
    return plain_pdf(objects(page='/CropBox [50 60 500 780] /Rotate 90'))


@good
def cropped_inherited():
    return plain_pdf(objects(pages='/CropBox [50 60 500 780]'))


@good
def cropped_outside():
    return plain_pdf(objects(page='/CropBox [-100 -100 5000 5000]'))


@good
def cropped_away():
    return plain_pdf(objects(page='/CropBox [4000 4000 5000 5000]'))


@good
def media_inherited():
    return plain_pdf(objects(media='', pages='/MediaBox [0 0 595 842]'))


@good
def media_missing():
    return plain_pdf(objects(media=''))


@good
def media_negative_origin():
    return plain_pdf(objects(media='/MediaBox [-200 -300 395 542]'))


@good
def media_reversed():
    return plain_pdf(objects(media='/MediaBox [595 842 0 0]'))


@good
def media_indirect():
    return plain_pdf({**objects(media='/MediaBox 6 0 R'), 6: '[0 0 7 0 R 842]', 7: '595.28'})


@good
def media_tiny():
    return plain_pdf(objects(media='/MediaBox [0 0 72 72]'))


@good
def media_huge():
    return plain_pdf(objects(media='/MediaBox [0 0 14400 14400]'))


@good
def user_unit():
    return plain_pdf(objects(page='/UserUnit 2.0'))


@good
def annots_direct():
    return plain_pdf(objects(page='/Annots [<< /Type /Annot /Subtype /Link /Rect [10 10 50 50] /Border [0 0 0] >>]'))


@good
def annots_indirect():
    return plain_pdf({**objects(page='/Annots 6 0 R'), 6: '[7 0 R]',
                      7: '<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents (note) >>'})


@good
def annots_shared():
    o = objects(page='/Annots 6 0 R')
    o[2] = '<< /Type /Pages /Kids [3 0 R 7 0 R] /Count 2 >>'
    o[7] = o[3]
    o[6] = '[]'
    return plain_pdf(o)


@good
def annots_null():
    return plain_pdf(objects(page='/Annots null'))


@good
def annots_not_array():
    return plain_pdf(objects(page='/Annots << /Odd true >>'))


@good
def form_direct():
    return plain_pdf(objects(catalog='/AcroForm << /Fields [] /DA (/Helv 0 Tf) >>'))


@good
def form_without_fields():
    return plain_pdf({**objects(catalog='/AcroForm 6 0 R'), 6: '<< /SigFlags 0 >>'})


@good
def form_fields_indirect():
    return plain_pdf({**objects(catalog='/AcroForm 6 0 R'), 6: '<< /Fields 7 0 R >>', 7: '[]'})


@good
def form_direct_fields_indirect():
    return plain_pdf({**objects(catalog='/AcroForm << /Fields 7 0 R >>'), 7: '[]'})


@good
def form_nested_fields():
    o = objects(catalog='/AcroForm 6 0 R', page='/Annots [8 0 R 9 0 R]')
    o[6] = '<< /Fields [7 0 R] >>'
    o[7] = '<< /T (group) /FT /Tx /Kids [8 0 R 9 0 R] >>'
    o[8] = '<< /T (a) /Parent 7 0 R /Type /Annot /Subtype /Widget /Rect [100 100 200 120] /P 3 0 R >>'
    o[9] = '<< /T (b) /Parent 7 0 R /Type /Annot /Subtype /Widget /Rect [100 140 200 160] /V (x) >>'
    return plain_pdf(o)


@good
def form_name_taken():
    o = objects(catalog='/AcroForm 6 0 R', page='/Annots [7 0 R]')
    o[6] = '<< /Fields [7 0 R] /SigFlags 1 >>'
    o[7] = '<< /T (Signature1) /FT /Sig /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132 /P 3 0 R >>'
    return plain_pdf(o)


@good
def form_xfa():
    return plain_pdf({**objects(catalog='/AcroForm 6 0 R'), 6: '<< /Fields [] /XFA 7 0 R >>', 7: stream(b'<xdp/>')})


@good
def no_newline_at_end():
    return plain_pdf(objects()).rstrip()


@good
def no_eof_marker():
    return plain_pdf(objects()).replace(b'%%EOF\n', b'')


@good
def white_space_at_end():
    return plain_pdf(objects()) + b'\r\n \0\0\0\n'


@good
def crlf():
    objs, out, offsets = objects(), b'%PDF-1.4\r\n', {}
    for n, o in objs.items():
        offsets[n] = len(out)
        out += b'%d 0 obj\r\n' % n + b(o) + b'\r\nendobj\r\n'
    at = len(out)
    return out + table(offsets).replace(b' \n', b'\r\n').replace(b'xref\n', b'xref\r\n') + close(
        at, '/Size 6 /Root 1 0 R').replace(b'\n', b'\r\n')


@good
def cr_only():
    objs, out, offsets = objects(), b'%PDF-1.4\r', {}
    for n, o in objs.items():
        offsets[n] = len(out)
        out += b'%d 0 obj\r' % n + b(o).replace(b'\nstream\n', b'\rstream\r\n') + b'\rendobj\r'
    at = len(out)
    return out + table(offsets).replace(b' \n', b' \r').replace(b'\n', b'\r') + close(
        at, '/Size 6 /Root 1 0 R').replace(b'\n', b'\r')


@good
def space_before_xref():
    data = plain_pdf(objects())
    at = last_startxref(data)
    return data[:at - 1] + b'\n' + data[at:].replace(b'startxref\n%d' % at, b'startxref\n%d' % (at - 1))


@good
def comments_everywhere():
    o = objects()
    o[3] = o[3].replace('/Contents', '% endobj 9 0 obj\n/Contents')
    o[1] = '<< % startxref 5\n /Type /Catalog /Pages % %%EOF\n 2 0 R >>'
    return plain_pdf(o)


@good
def deep_page_tree():
    o = objects()
    for i in range(30):
        o[100 + i] = '<< /Type /Pages /Kids [%d 0 R] /Count 1 >>' % (101 + i if i < 29 else 3)
    o[2] = '<< /Type /Pages /Kids [100 0 R] /Count 1 >>'
    return plain_pdf(o)


@good
def wide_page_tree():
    o = objects()
    kids = range(10, 2010)
    o[2] = '<< /Type /Pages /Kids [%s] /Count 2000 >>' % ' '.join('%d 0 R' % k for k in kids)
    for k in kids:
        o[k] = o[3]
    return plain_pdf(o)


@good
def generations():
    gens = {3: 2, 5: 1}
    o = {n: b(v).replace(b'3 0 R', b'3 2 R').replace(b'5 0 R', b'5 1 R') for n, v in objects().items()}
    return plain_pdf(o, gens=gens)


@good
def gaps_in_numbers():
    o = objects()
    o[5000] = '(far)'
    return plain_pdf(o)


@good
def size_too_large():
    return plain_pdf(objects(), size=100000)


@good
def size_too_small():
    return plain_pdf({**objects(), 9: '(beyond)'}, size=6)


@good
def with_info_and_id():
    return plain_pdf({**objects(), 6: '<< /Title (Thu) /Producer (corpus) >>'},
                     trailer='/Info 6 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]')


@good
def id_broken():
    return plain_pdf(objects(), trailer='/ID (not an array)')


@good
def id_indirect():
    return plain_pdf({**objects(), 6: '[<00> <01>]'}, trailer='/ID 6 0 R')


@good
def contents_array():
    return plain_pdf({**objects(), 6: stream(b'q'), 7: stream(b'Q'),
                      3: objects()[3].replace('/Contents 4 0 R', '/Contents [6 0 R 4 0 R 7 0 R]')})


@good
def contents_missing():
    return plain_pdf({**objects(), 3: objects()[3].replace('/Contents 4 0 R', '')})


@good
def contents_unbalanced():
    return plain_pdf(objects(content=b'q q 2 0 0 2 0 0 cm ' + TEXT))


@good
def odd_names_and_strings():
    return plain_pdf(objects(page=r'/A#42C#20D (a\)b\(c\\d\101\r\n(nested)) /E <4 1 4 2 5> /F (' + '\xfe\xff\x1e\xa0' + ')'))


@good
def duplicate_keys():
    return plain_pdf(objects(page='/Annots [] /Annots []'))


@good
def javascript():
    return plain_pdf(objects(catalog='/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>'))


@good
def launch_action():
    return plain_pdf(objects(page='/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /Launch /F (x) >> >>]'))


@good
def embedded_file():
    o = objects(catalog='/Names << /EmbeddedFiles << /Names [(a.txt) 6 0 R] >> >>')
    o[6] = '<< /Type /Filespec /F (a.txt) /EF << /F 7 0 R >> >>'
    o[7] = stream(b'hello', '/Type /EmbeddedFile')
    return plain_pdf(o)


@good
def tagged_with_metadata():
    o = objects(catalog='/MarkInfo << /Marked true >> /StructTreeRoot 6 0 R /Lang (vi-VN) /Metadata 7 0 R')
    o[6] = '<< /Type /StructTreeRoot /K [] >>'
    o[7] = stream(b'<?xpacket begin="" id="x"?><x/><?xpacket end="w"?>', '/Type /Metadata /Subtype /XML')
    return plain_pdf(o)


@good
def large_stream():
    return plain_pdf({**objects(), 6: stream(bytes(range(256)) * 16384)})


@good
def stream_length_indirect():
    o = objects()
    o[4] = b'<< /Length 6 0 R >>\nstream\n' + TEXT + b'\nendstream'
    o[6] = str(len(TEXT))
    return plain_pdf(o)


@good
def stream_with_pdf_inside():
    inner = plain_pdf(objects())
    return plain_pdf({**objects(), 6: stream(inner)})


@good
def signed_with_rubbish():
    """A signature of an unknown kind that is sound in form: it must stay as it is."""
    base = plain_pdf(objects())
    sig = b'<< /Type /Sig /Filter /Odd.Filter /SubFilter /odd.sub /ByteRange [0 AAAAAAAAAA BBBBBBBBBB CCCCCCCCCC] /Contents <%s> >>'
    sig %= b'00' * 200
    data = increment(base, {
        1: '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R] /SigFlags 3 >> >>',
        3: objects(page='/Annots [7 0 R]')[3], 6: sig,
        7: '<< /FT /Sig /T (Old) /V 6 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132 /P 3 0 R >>'})
    start = data.index(b'/Contents <00') + 10
    end = start + 402
    for word, value in ((b'AAAAAAAAAA', start), (b'BBBBBBBBBB', end), (b'CCCCCCCCCC', len(data) - end)):
        data = data.replace(word, b'%010d' % value)
    return data


@good
def certified_p2():
    o = objects(catalog='/AcroForm 6 0 R /Perms << /DocMDP 8 0 R >>')
    o[6] = '<< /Fields [7 0 R] /SigFlags 3 >>'
    o[7] = '<< /FT /Sig /T (Cert) /V 8 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132 /P 3 0 R >>'
    o[8] = ('<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange [0 10 20 30] /Contents <00> '
            '/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P 2 /V /1.2 >> >>] >>')
    return plain_pdf(o)


@good
def text_decomposed():
    """Shows A; says it is e with circumflex and acute, in three code points."""
    o = objects(content=b'BT /F1 14 Tf 72 700 Td (AB) Tj ET')
    o[5] = '<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>'
    o[6] = stream(b'/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /X def\n/CMapType 2 def\n'
                  b'1 begincodespacerange\n<00> <FF>\nendcodespacerange\n'
                  b'2 beginbfchar\n<41> <006503020301>\n<42> <0001>\nendbfchar\nendcmap\nend\nend\n')
    return plain_pdf(o)


@good
def text_upside_down_boxes():
    return plain_pdf(objects(content=b'BT /F1 -14 Tf 200 400 Td (So 12) Tj ET'))


# ---- more of what other programs write: archives, 2.0, long lives, large trees ------------------------------------

XMP_A = ('<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
         'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
         'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>%d</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>'
         '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>')


def archive_pdf(part, header, **kw):
    o = objects(catalog='/Metadata 6 0 R /MarkInfo << /Marked true >> /OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 '
                        '/OutputConditionIdentifier (sRGB) >>]')
    o[6] = stream(XMP_A % part, '/Type /Metadata /Subtype /XML')
    return plain_pdf(o, header=header, trailer='/ID [<01> <01>]', **kw)


@good
def pdfa_1b():
    return archive_pdf(1, b'%PDF-1.4\n%\xe2\xe3\xcf\xd3\n')


@good
def pdfa_2b():
    return archive_pdf(2, b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n')


@good
def pdfa_3b_with_attachment():
    o = objects(catalog='/Metadata 6 0 R /AF [7 0 R] /Names << /EmbeddedFiles << /Names [(a.xml) 7 0 R] >> >>')
    o[6] = stream(XMP_A % 3, '/Type /Metadata /Subtype /XML')
    o[7] = '<< /Type /Filespec /F (a.xml) /UF (a.xml) /AFRelationship /Data /EF << /F 8 0 R >> >>'
    o[8] = stream('<a/>', '/Type /EmbeddedFile /Subtype /text#2Fxml /Params << /Size 4 >>')
    return plain_pdf(o, trailer='/ID [<01> <01>]')


@good
def pdfa_2b_streams():
    o = objects(catalog='/Metadata 6 0 R')
    o[6] = stream(XMP_A % 2, '/Type /Metadata /Subtype /XML')
    return stream_pdf(o, packed=(2, 3, 5))


@good
def version_2_0_streams():
    return stream_pdf(objects(), packed=(1, 2, 3, 5), header=b'%PDF-2.0\n%\xe2\xe3\xcf\xd3\n')


@good
def version_2_0_utf8_strings():
    return plain_pdf({**objects(), 6: b'<< /Title (\xef\xbb\xbfC\xc3\xb4ng v\xc4\x83n) >>'}, header=b'%PDF-2.0\n', trailer='/Info 6 0 R')


@good
def extensions_of_others():
    return plain_pdf(objects(catalog='/Extensions << /ADBE << /BaseVersion /1.7 /ExtensionLevel 8 >> >>'))


@good
def extensions_indirect():
    return plain_pdf({**objects(catalog='/Extensions 6 0 R'), 6: '<< /ISO_ [<< /BaseVersion /2.0 /ExtensionLevel 32002 >>] >>'})


@good
def dss_direct():
    return plain_pdf({**objects(catalog='/DSS << /Certs [6 0 R] /CRLs [] >>'), 6: stream(b'0')})


@good
def dss_indirect_arrays():
    return plain_pdf({**objects(catalog='/DSS 6 0 R'), 6: '<< /Type /DSS /Certs 7 0 R /OCSPs 8 0 R >>', 7: '[9 0 R]', 8: '[]', 9: stream(b'0')})


@good
def dss_with_records():
    return plain_pdf({**objects(catalog='/DSS 6 0 R'), 9: stream(b'0'),
                      6: '<< /Certs [9 0 R] /VRI << /%s << /Cert [9 0 R] /TU (D:20200101000000Z) >> >> >>' % ('AB' * 20)})


@good
def dss_in_object_stream():
    return stream_pdf({**objects(catalog='/DSS 6 0 R'), 6: '<< /Certs 7 0 R >>', 7: '[9 0 R]', 9: stream(b'0')}, packed=(1, 2, 6, 7))


@good
def dss_odd_items():
    """Entries that are no streams: left out, never touched."""
    return plain_pdf({**objects(catalog='/DSS 6 0 R'), 6: '<< /Certs [null (x) 5 0 R 77 0 R] /CRLs [9 0 R] >>', 9: stream(b'', '/Filter /LZWDecode')})


def chain(kind, n=12):
    data = stream_pdf(objects()) if kind == 'stream' else plain_pdf(objects())
    for i in range(n):
        text = stream(b'BT /F1 14 Tf 72 %d Td (ban sua %d) Tj ET' % (700 - 10 * i, i))
        if kind == 'stream':
            part, at = body({4: text}, len(data))
            rows = {k: (1, o, 0) for k, o in at.items()}
            data += part + xref_stream(50 + i, rows, len(data) + len(part), '/Root 1 0 R /Prev %d' % last_startxref(data))
        else:
            data = increment(data, {4: text})
    return data


@good
def chain_of_tables():
    return chain('table')


@good
def chain_of_streams():
    return chain('stream')


@good
def chain_new_objects():
    data = plain_pdf(objects())
    for i in range(20):
        data = increment(data, {100 + i: '<< /Made %d >>' % i})
    return data


@good
def chain_freed_and_taken_again():
    data = plain_pdf({**objects(), 6: '(a)'})
    data = data + table({6: None}, free_head=False) + close(len(data), '/Size 7 /Root 1 0 R /Prev %d' % last_startxref(data))
    return increment(data, {6: '(b)'}, gens={6: 1})


@good
def free_list_linked():
    """Free entries that name the next free one, as the standard wants."""
    data = plain_pdf({**objects(), 9: '(x)'})
    at = len(data)
    return data + (b'xref\n0 1\n0000000006 65535 f \n6 2\n0000000007 00001 f \n0000000000 00001 f \n'
                   + close(at, '/Size 10 /Root 1 0 R /Prev %d' % last_startxref(data)))


@good
def boxes_everywhere():
    return plain_pdf(objects(media='/MediaBox [0 0 595 842] /CropBox [10 10 585 832] /BleedBox [5 5 590 837] /TrimBox [12 12 580 830] '
                                   '/ArtBox [50 50 500 700]'))


@good
def boxes_real_numbers():
    return plain_pdf(objects(media='/MediaBox [-.5 +0.25 595.276 841.8898] /CropBox [.0 0. 595 841.]'))


@good
def boxes_indirect_numbers():
    return plain_pdf({**objects(media='/MediaBox [0 0 6 0 R 7 0 R]'), 6: '595', 7: '842'})


@good
def inherited_all():
    """Boxes, rotation and resources all from two levels up."""
    o = objects(media='')
    o[2] = ('<< /Type /Pages /Kids [6 0 R] /Count 1 /MediaBox [0 0 842 595] /CropBox [20 30 800 580] /Rotate 270 '
            '/Resources << /Font << /F1 5 0 R >> >> >>')
    o[6] = '<< /Type /Pages /Parent 2 0 R /Kids [3 0 R] /Count 1 >>'
    o[3] = '<< /Type /Page /Parent 6 0 R /Contents 4 0 R >>'
    return plain_pdf(o)


@good
def inherited_overridden():
    o = objects(media='/MediaBox [0 0 595 842] /Rotate 0')
    o[2] = '<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 10 10] /Rotate 90 >>'
    return plain_pdf(o)


@good
def landscape_a3():
    return plain_pdf(objects(media='/MediaBox [0 0 1191 842]'))


@good
def page_narrow():
    return plain_pdf(objects(media='/MediaBox [0 0 200 2000]'))


@good
def page_rotate_450():
    return plain_pdf(objects(page='/Rotate 450'))


@good
def huge_page_tree():
    """1,500 pages, ten to a node."""
    o, number, level = objects(), 1000, []
    for i in range(1500):
        o[number] = '<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>' % (50000 + i // 10)
        level.append(number)
        number += 1
    base = 50000
    while len(level) > 10:
        upper = []
        for i in range(0, len(level), 10):
            n = base + i // 10
            count = sum(COUNTS.get(k, 1) for k in level[i:i + 10])
            COUNTS[n] = count
            o[n] = '<< /Type /Pages /Parent %d 0 R /Kids [%s] /Count %d >>' % (
                base + 10000 + i // 100 if len(level) > 100 else 2, ' '.join('%d 0 R' % k for k in level[i:i + 10]), count)
            upper.append(n)
        level, base = upper, base + 10000
    o[2] = '<< /Type /Pages /Kids [%s] /Count 1500 >>' % ' '.join('%d 0 R' % k for k in level)
    return plain_pdf(o)


COUNTS = {}


@good
def annots_many():
    o = objects(page='/Annots [%s]' % ' '.join('%d 0 R' % n for n in range(100, 1100)))
    for n in range(100, 1100):
        o[n] = '<< /Type /Annot /Subtype /Link /Rect [0 0 10 10] /Border [0 0 0] >>'
    return plain_pdf(o)


@good
def annots_empty_indirect():
    return plain_pdf({**objects(page='/Annots 6 0 R'), 6: '[]'})


@good
def annots_direct_dictionaries():
    return plain_pdf(objects(page='/Annots [<< /Type /Annot /Subtype /Text /Rect [0 0 20 20] /Contents (x) >>]'))


@good
def form_many_fields():
    n = range(100, 600)
    o = objects(catalog='/AcroForm 6 0 R', page='/Annots [%s]' % ' '.join('%d 0 R' % i for i in n))
    o[6] = '<< /Fields [%s] >>' % ' '.join('%d 0 R' % i for i in n)
    for i in n:
        o[i] = '<< /Type /Annot /Subtype /Widget /FT /Tx /T (f%d) /Rect [0 0 10 10] /P 3 0 R >>' % i
    return plain_pdf(o)


@good
def form_null():
    return plain_pdf(objects(catalog='/AcroForm null'))


@good
def form_in_object_stream():
    o = objects(catalog='/AcroForm 6 0 R')
    o[6] = '<< /Fields 7 0 R /DA (/Helv 0 Tf 0 g) >>'
    o[7] = '[]'
    return stream_pdf(o, packed=(1, 2, 3, 6, 7))


@good
def form_sigflags_odd():
    return plain_pdf({**objects(catalog='/AcroForm 6 0 R'), 6: '<< /Fields [] /SigFlags 255 >>'})


@good
def streams_of_every_filter():
    data = zlib.compress(TEXT)
    o = objects()
    o[4] = stream(data.hex().encode() + b'>', '/Filter [/ASCIIHexDecode /FlateDecode]')
    return plain_pdf(o)


@good
def layers():
    o = objects(catalog='/OCProperties << /OCGs [6 0 R] /D << /ON [6 0 R] /Order [6 0 R] >> >>')
    o[6] = '<< /Type /OCG /Name (lop) >>'
    return plain_pdf(o)


@good
def outlines_and_labels():
    o = objects(catalog='/Outlines 6 0 R /PageLabels << /Nums [0 << /S /r >>] >> /PageMode /UseOutlines')
    o[6] = '<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>'
    o[7] = '<< /Title (Muc 1) /Parent 6 0 R /Dest [3 0 R /Fit] >>'
    return plain_pdf(o)


@good
def reference_to_nothing():
    """A reference to an object that is not there is null; a new object must not take that number."""
    return plain_pdf(objects(page='/PieceInfo << /X 77 0 R >>', catalog='/Legal 88 0 R'))


@good
def strings_of_brackets():
    return plain_pdf(objects(catalog=r'/URI << /Base (endobj stream %%EOF startxref 0 \\) >>'))


@good
def linearized_then_chain():
    data = linearized()
    root = data[data.index(b'/Root') + 5:].split()[0].decode()
    for i in range(3):
        data = increment(data, {200 + i: '(x%d)' % i}, root=root + ' 0 R')
    return data


@good
def object_streams_many():
    o = objects()
    for i in range(10, 1500):
        o[i] = '<< /I %d >>' % i
    return stream_pdf(o, packed=tuple(range(10, 1500)))


@good
def hybrid_then_chain():
    data = GOOD['hybrid']()
    return increment(data, {60: '(sau)'})


# ---- refused ----------------------------------------------------------------------------------------------------

@bad('pdf.empty')
def empty():
    return b''


@bad('pdf.header')
def not_a_pdf():
    return b'This is a letter, not a PDF.\n' * 20


@bad('pdf.header')
def junk_before_header():
    return b'HTTP/1.1 200 OK\r\n\r\n' + plain_pdf(objects())


@bad('pdf.startxref')
def header_only():
    return b'%PDF-1.7\n'


@bad('pdf.startxref')
def truncated():
    data = plain_pdf(objects())
    return data[:len(data) // 2]


@bad('pdf.startxref')
def startxref_wrong():
    data = plain_pdf(objects())
    at = last_startxref(data)
    return data.replace(b'startxref\n%d' % at, b'startxref\n%d' % (at - 40))


@bad('pdf.startxref')
def startxref_zero():
    data = plain_pdf(objects())
    return data.replace(b'startxref\n%d' % last_startxref(data), b'startxref\n0')


@bad('pdf.startxref')
def startxref_beyond():
    data = plain_pdf(objects())
    return data.replace(b'startxref\n%d' % last_startxref(data), b'startxref\n999999999')


@bad('pdf.startxref')
def startxref_missing():
    return plain_pdf(objects()).split(b'startxref')[0]


@bad('pdf.startxref')
def startxref_not_number():
    data = plain_pdf(objects())
    return data.replace(b'startxref\n%d' % last_startxref(data), b'startxref\nxyz')


@bad('pdf.xref')
def xref_garbage():
    return plain_pdf(objects()).replace(b' 00000 n', b' zzzzz n')


@bad('pdf.xref')
def xref_huge_count():
    return plain_pdf(objects()).replace(b'xref\n0 6\n', b'xref\n0 8000000\n')


@bad('pdf.xref.loop')
def xref_loop():
    data = plain_pdf(objects())
    at = last_startxref(data)
    return data.replace(b'/Size 6', b'/Size 6 /Prev %d' % at)


@bad('pdf.startxref')
def prev_beyond():
    return plain_pdf(objects(), trailer='/Prev 123456789')


@bad('pdf.xref')
def prev_negative():
    return plain_pdf(objects(), trailer='/Prev -1')


@bad('pdf.xref')
def trailer_missing():
    return plain_pdf(objects()).replace(b'trailer\n', b'tralier\n')


@bad('pdf.xref')
def xref_stream_bad_widths():
    return stream_pdf(objects()).replace(b'/W [1 4 2]', b'/W [1 4 -]')


@bad('pdf.xref')
def xref_stream_not_flate():
    return stream_pdf(objects()).replace(b'/FlateDecode >>\nstream', b'/LZWDecode   >>\nstream')


@bad('pdf.xref')
def xref_stream_damaged():
    data = bytearray(stream_pdf(objects()))
    at = data.rindex(b'stream\n', 0, data.rindex(b'endstream')) + 12
    data[at:at + 8] = b'\xff' * 8
    return bytes(data)


@bad('pdf.catalog')
def offsets_shifted():
    return plain_pdf(objects()).replace(b'%PDF-1.7\n%', b'%PDF-1.7\n%long comment %', 1).replace(
        b'startxref\n%d' % last_startxref(plain_pdf(objects())), b'startxref\n%d' % (last_startxref(plain_pdf(objects())) + 14))


@bad('pdf.catalog')
def catalog_missing():
    return plain_pdf(objects(), root='99 0 R')


@bad('pdf.catalog.direct')
def catalog_direct():
    return plain_pdf(objects(), root='<< /Type /Catalog /Pages 2 0 R >>')


@bad('pdf.catalog')
def catalog_not_dictionary():
    return plain_pdf({**objects(), 1: '[1 2 3]'})


@bad('pdf.pages.none')
def pages_missing():
    return plain_pdf({**objects(), 1: '<< /Type /Catalog >>'})


@bad('pdf.pages.none')
def pages_empty():
    return plain_pdf({**objects(), 2: '<< /Type /Pages /Kids [] /Count 0 >>'})


@bad('pdf.page.direct')
def page_direct():
    o = objects()
    o[2] = '<< /Type /Pages /Kids [%s] /Count 1 >>' % o[3]
    return plain_pdf(o)


@bad('pdf.pages.deep')
def pages_loop():
    return plain_pdf({**objects(), 2: '<< /Type /Pages /Kids [2 0 R] /Count 1 >>'})


@bad('pdf.pages.deep')
def pages_too_deep():
    o = objects()
    for i in range(5000):
        o[100 + i] = '<< /Type /Pages /Kids [%d 0 R] /Count 1 >>' % (101 + i if i < 4999 else 3)
    o[2] = '<< /Type /Pages /Kids [100 0 R] /Count 1 >>'
    return plain_pdf(o)


@bad('pdf.trailing')
def junk_at_end():
    return plain_pdf(objects()) + b'<html>error</html>\n'


@bad('pdf.encrypted')
def encrypted_rc4():
    return qpdf(plain_pdf(objects()), '--allow-weak-crypto', '--encrypt', '', 'owner', '128', '--use-aes=n', '--')


@bad('pdf.encrypted')
def encrypted_aes_256():
    return qpdf(plain_pdf(objects()), '--encrypt', '', 'owner', '256', '--')


@bad('pdf.encrypted')
def encrypted_password_needed():
    return qpdf(plain_pdf(objects()), '--encrypt', 'user', 'owner', '256', '--')


@bad('pdf.certified')
def certified_p1():
    return certified_p2().replace(b'/P 2 /V', b'/P 1 /V')


@bad('pdf.form')
def form_fields_not_array():
    return plain_pdf({**objects(catalog='/AcroForm 6 0 R'), 6: '<< /Fields (odd) >>'})


@bad('pdf.catalog')
def nested_bomb():
    return plain_pdf({**objects(), 1: '<< /Type /Catalog /Pages 2 0 R /X ' + '[' * 5000 + ']' * 5000 + ' >>'})


# ---- more that is refused -------------------------------------------------------------------------------------------

@bad('pdf.pages.count')
def pages_count_wrong():
    return plain_pdf({**objects(), 2: '<< /Type /Pages /Kids [3 0 R] /Count 9 >>'})


@bad('pdf.pages.count')
def pages_count_none():
    return plain_pdf({**objects(), 2: '<< /Type /Pages /Kids [3 0 R] >>'})


@bad('pdf.object.damaged')
def stream_length_short():
    return plain_pdf({**objects(), 4: stream(TEXT).replace(b'/Length %d' % len(TEXT), b'/Length 12')})


@bad('pdf.object.damaged')
def stream_without_length():
    return plain_pdf({**objects(), 4: stream(TEXT).replace(b'/Length %d' % len(TEXT), b'')})


@bad('pdf.object.damaged')
def stream_length_wrong():
    return plain_pdf({**objects(), 4: stream(TEXT).replace(b'/Length %d' % len(TEXT), b'/Length 9999999')})


@bad('pdf.encrypted')
def encrypted_128():
    return qpdf(plain_pdf(objects()), '--allow-weak-crypto', '--encrypt', '', 'owner', '128', '--use-aes=y', '--')


@bad('pdf.linearized')
def linearized_with_two_firsts():
    length = len(two_firsts(objects(), stream(b''), 0))
    return two_firsts(objects(), stream(b''), length)


@bad('pdf.xref')
def table_of_letters():
    return plain_pdf(objects()).replace(b' n \n', b' x \n', 2)


@bad('pdf.catalog')
def table_points_into_stream():
    data = plain_pdf(objects())
    at = data.index(b'BT /F1')
    old = b'%010d 00000 n' % data.index(b'1 0 obj')
    return data.replace(old, b'%010d 00000 n' % at)


@bad('pdf.trailing')
def second_document_behind():
    return plain_pdf(objects()) + b'%PDF-1.7\n1 0 obj\n<< >>\nendobj\n'


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    lines = []
    for name, f in GOOD.items():
        with open(os.path.join(out, name + '.pdf'), 'wb') as h:
            h.write(f())
        lines.append('%s sign' % name)
    for name, (f, code) in BAD.items():
        with open(os.path.join(out, name + '.pdf'), 'wb') as h:
            h.write(f())
        lines.append('%s refuse %s' % (name, code))
    with open(os.path.join(out, 'expect'), 'w') as h:
        h.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
