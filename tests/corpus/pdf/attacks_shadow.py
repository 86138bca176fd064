"""Shadow attacks: the forger prepared the document before it was signed."""
from make_corpus import close, increment, last_startxref, plain_pdf, stream, table
from signed_letter import BOX, COVER, EVIL, OTHER_FONT, again, case, fill, fill_field, form, letter, signed


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
