"""Pages added, removed, swapped, turned."""
from make_corpus import increment, stream
from signed_letter import EVIL, again, case, letter, signed


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


@case('pages', 'indeterminate', 'suspicious', 'pdf.change.pages')
def page_root_itext_is_more():
    """What iText writes into the root of the page tree is a text, and no object that somebody could take for more."""
    return again({2: letter(pages='/ITXT 25 0 R')[2], 25: stream(EVIL)})


@case('pages', 'failed', 'forbidden', 'pdf.change.pages')
def page_root_itext_and_box():
    return again({2: letter(pages='/ITXT (5.5.13) /Rotate 180')[2]})
