"""Incremental saving: what is shown comes from a later revision."""
from make_corpus import body, close, increment, last_startxref, plain_pdf, stream, stream_pdf, table, xref_stream
from signed_letter import CASES, EVIL, RANGE, again, case, fill, letter, signed, value, widget


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
