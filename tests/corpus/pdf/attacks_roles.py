"""Two roles: an object that the update may write in one role is what a page shows in another."""
from make_corpus import increment, plain_pdf, stream
from signed_letter import BOX, EVIL, OTHER_FONT, TEXT, case, fill, form, letter, signed, value, widget


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
