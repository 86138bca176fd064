"""What DocMDP and FieldMDP permit and forbid."""
from make_corpus import increment, stream
from signed_letter import BOX, again, case, certified, fill_field, letter, lock, second, signed


@case('docmdp', 'failed', 'forbidden', 'pdf.change.filled')
def docmdp1_filled():
    return fill_field(certified(1))


@case('docmdp', 'passed', 'permitted', 'pdf.change.filled')
def docmdp2_filled():
    return fill_field(certified(2))


@case('docmdp', 'passed', 'permitted', 'pdf.change.filled')
def docmdp3_filled():
    return fill_field(certified(3))


@case('docmdp', 'passed', 'permitted', 'pdf.change.dss')
def docmdp1_dss():
    return increment(certified(1), {1: letter(catalog='/Perms << /DocMDP 8 0 R >> /DSS 30 0 R')[1], 30: '<< /Certs [31 0 R] >>', 31: stream('0')})


@case('docmdp', 'passed', 'permitted', 'pdf.change.signature-added')
def docmdp2_signed():
    return second(certified(2))


@case('docmdp', 'indeterminate', 'suspicious')
def docmdp_perms_removed():
    return increment(certified(2), {1: letter()[1]})


@case('docmdp', 'failed', 'forbidden', 'pdf.change.field-added')
def docmdp2_field_added():
    return increment(certified(2), {3: letter()[3].replace('11 0 R]', '11 0 R 13 0 R]'), 6: letter(fields='13 0 R')[6], 13: BOX % ('them', '')})


@case('docmdp', 'indeterminate', 'suspicious', 'pdf.change.field-added')
def field_added():
    return again({3: letter()[3].replace('11 0 R]', '11 0 R 13 0 R]'), 6: letter(fields='13 0 R')[6], 13: BOX % ('them', '')})


@case('fieldmdp', 'failed', 'forbidden', 'pdf.change.locked')
def fieldmdp_all():
    return fill_field(signed(sig=lock('All')))


@case('fieldmdp', 'failed', 'forbidden', 'pdf.change.locked')
def fieldmdp_include():
    return fill_field(signed(sig=lock('Include', '(so)')))


@case('fieldmdp', 'passed', 'permitted', 'pdf.change.filled')
def fieldmdp_include_other():
    return fill_field(signed(sig=lock('Include', '(ngay)')))


@case('fieldmdp', 'failed', 'forbidden', 'pdf.change.locked')
def fieldmdp_exclude_other():
    return fill_field(signed(sig=lock('Exclude', '(ngay)')))


@case('fieldmdp', 'passed', 'permitted', 'pdf.change.filled')
def fieldmdp_exclude():
    return fill_field(signed(sig=lock('Exclude', '(so)')))


@case('fieldmdp', 'failed', 'forbidden', 'pdf.change.locked')
def fieldmdp_unknown_action():
    """What we do not know is read as the strictest."""
    return fill_field(signed(sig=lock('Whatever')))
