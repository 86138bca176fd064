"""The catalog, and validation data misused."""
from make_corpus import increment, plain_pdf, stream
from signed_letter import EVIL, OTHER_FONT, TEXT, again, case, fill, letter, signed


def catalog_case(name, text):
    def make():
        return again({1: letter(catalog=text)[1], 33: stream('x', '/Type /EmbeddedFile'), 34: '<< /Type /OCG /Name (x) >>'})
    make.__name__ = name
    case('catalog', 'failed', 'forbidden', 'pdf.change.catalog')(make)


catalog_case('catalog_open_action', '/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>')
catalog_case('catalog_launch', '/OpenAction << /S /Launch /F (cmd.exe) >>')
catalog_case('catalog_embedded', '/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (a) /EF << /F 33 0 R >> >>] >> >>')
catalog_case('catalog_layers', '/OCProperties << /OCGs [34 0 R] /D << /OFF [34 0 R] >> >>')
catalog_case('catalog_needs', '/Requirements [<< /S /EnableJavaScripts >>]')
catalog_case('catalog_viewer', '/ViewerPreferences << /HideToolbar true >>')


@case('catalog', 'failed', 'forbidden', 'pdf.change.object')
def metadata_is_content():
    """XMP data that is a page's content too."""
    base = signed(catalog='/Metadata 4 0 R', more={4: stream(TEXT, '/Type /Metadata /Subtype /XML')})
    return increment(base, {4: stream(EVIL, '/Type /Metadata /Subtype /XML')})


@case('catalog', 'failed', 'forbidden')
def info_is_resource():
    """The information dictionary is the page's font too."""
    base = fill(plain_pdf(letter(), trailer='/Info 5 0 R'))
    return increment(base, {5: OTHER_FONT}, trailer='/Info 5 0 R')


@case('validation-data', 'failed', 'forbidden', 'pdf.change.object')
def dss_is_content():
    """The array of certificates is the page's array of contents too: it may not grow."""
    base = signed(catalog='/DSS << /Certs 30 0 R >>', contents='30 0 R', more={30: '[4 0 R]'})
    return increment(base, {30: '[4 0 R 31 0 R]', 31: stream(EVIL)})


@case('validation-data', 'failed', 'forbidden', 'pdf.change.object')
def dss_is_resources():
    base = signed(catalog='/DSS 30 0 R', more={30: '<< /Certs [31 0 R] /F1 5 0 R >>', 31: stream('0'),
                                               3: letter()[3].replace('/Font << /F1 5 0 R >>', '/Font 30 0 R')})
    return increment(base, {30: '<< /Certs [31 0 R] /F1 32 0 R >>', 32: OTHER_FONT})


@case('validation-data', 'indeterminate', 'suspicious', 'pdf.change.dss-removed')
def dss_removed():
    base = signed(catalog='/DSS 30 0 R', more={30: '<< /Certs [31 0 R] >>', 31: stream('0')})
    return increment(base, {30: '<< /Certs [] >>'})


@case('validation-data', 'failed', 'forbidden', 'pdf.change.object')
def dss_item_replaced():
    base = signed(catalog='/DSS 30 0 R', more={30: '<< /Certs [31 0 R] >>', 31: stream('0')})
    return increment(base, {31: stream('1')})


@case('validation-data', 'failed', 'forbidden', 'pdf.change.page')
def dss_with_more():
    """A store, and in the same revision the page."""
    return again({1: letter(catalog='/DSS 30 0 R')[1], 30: '<< /Certs [31 0 R] >>', 31: stream('0'), 3: letter(page='/Rotate 90')[3]})
