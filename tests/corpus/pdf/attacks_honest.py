"""Honest files: signed and filled, signed again, with validation data. What the judgement may not refuse."""
import hashlib

from make_corpus import plain_pdf, stream
from signed_letter import ROOM, again, case, cms, fill, fill_field, letter, second, signed


@case('honest', 'passed', 'none')
def honest():
    return signed()


@case('honest', 'passed', 'permitted', 'pdf.change.filled')
def honest_filled():
    return fill_field(signed())


@case('honest', 'passed', 'permitted', 'pdf.change.signature-added')
def honest_second():
    return second(signed())


@case('honest', 'passed', 'permitted', 'pdf.change.dss')
def honest_dss():
    return again({1: letter(catalog='/DSS 30 0 R')[1], 30: '<< /Certs [31 0 R] >>', 31: stream('0')})


@case('honest', 'passed', 'none')
def weak_sha1_inside():
    """adbe.pkcs7.sha1: the CMS is by SHA-256, what it holds is the document's SHA-1. Passed and labelled, or refused: as the folder of trust says."""
    data = fill(plain_pdf(letter()))
    data = data.replace(b'/SubFilter /ETSI.CAdES.detached', b'/SubFilter /adbe.pkcs7.sha1    ')
    hole = data.index(b'/Contents <') + 10
    after = data.index(b'>', hole) + 1
    der = cms(hashlib.sha1(data[:hole] + data[after:]).digest(), inside=True).hex().encode()
    return data[:hole + 1] + der + b'0' * (2 * ROOM - len(der)) + data[after - 1:]


@case('honest', 'passed', 'permitted', 'pdf.change.signature-added')
def honest_itext():
    """iText writes its release into the root of the page tree."""
    return second(signed(), more={2: letter(pages='/ITXT (5.5.13)')[2]})
