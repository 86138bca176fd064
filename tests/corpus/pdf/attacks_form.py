"""Fields and the form."""
from make_corpus import increment, plain_pdf, stream
from signed_letter import BOX, EVIL, OTHER_FONT, again, case, fill, form, letter, put, signed, widget


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
