"""Evil annotation and sneaky signature (certified documents), and signatures taken away."""
from make_corpus import increment, plain_pdf, stream
from signed_letter import COVER, EVIL, TEXT, again, case, certified, fill, form, letter, note, put, second, signed, value, widget


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
