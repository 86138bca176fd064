#!/usr/bin/python3
"""make_attacks.py OUT PKI: signed PDFs as forgers change them, one file for each way (pdf-insecurity.org: universal signature forgery,
incremental saving, signature wrapping, shadow hide / replace / hide-and-replace, evil annotation, sneaky signature; page count, ByteRange
games, DocMDP and FieldMDP violations, validation data misused), and a few honest ones beside them. Nothing here uses our own writer:
the files are put together by make_corpus.py's helpers and signed by `openssl cms` (signed_letter.py). Each class of attack has its file, attacks_*.py.

OUT/expect has a line for each: NAME CLASS FIELD INDICATION CHANGES CODE, where FIELD is the signature that was attacked, INDICATION is
passed, indeterminate or failed, CHANGES none, permitted, suspicious or forbidden, and CODE a finding of its change list, or -. Of the classes
"removed" and "flagged" CODE is a warning about the whole file, and FIELD - says that no signature is left.
"""
import os
import sys

import signed_letter
# In the order of tests/corpus/pdf/attacks/expect.
import attacks_honest  # noqa: F401
import attacks_universal  # noqa: F401
import attacks_incremental  # noqa: F401
import attacks_wrapping  # noqa: F401
import attacks_range  # noqa: F401
import attacks_shadow  # noqa: F401
import attacks_certified  # noqa: F401
import attacks_pages  # noqa: F401
import attacks_mdp  # noqa: F401
import attacks_form  # noqa: F401
import attacks_catalog  # noqa: F401
import attacks_roles  # noqa: F401
import attacks_readers  # noqa: F401
import attacks_layout  # noqa: F401


def main():
    out, signed_letter.PKI = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    rows, names = [], set()
    for name, kind, field, indication, changes, code, make in signed_letter.CASES:
        assert name not in names, name
        names.add(name)
        with open('%s/%s.pdf' % (out, name), 'wb') as f:
            f.write(make())
        rows.append(' '.join((name, kind, field, indication, changes, code)))
    with open(out + '/expect', 'w') as f:
        f.write('\n'.join(rows) + '\n')


if __name__ == '__main__':
    main()
