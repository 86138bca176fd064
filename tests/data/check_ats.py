#!/usr/bin/python3
"""check_ats.py CMS.p7s [CONTENT]: recomputes every archive-time-stamp-v3 of a DER CMS signature (EN 319 122-1 5.5.2 and 5.5.3) without any of
our code: the index is compared with what is in the signature, the imprint with the token's. Prints what each covers; exit 1 when one
is wrong or there is none."""
import hashlib
import sys

ATS = "0.4.0.1733.2.4"
INDEX = "0.4.0.19122.1.5"
HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}


def walk(data):
    """The elements of a constructed value: (tag, value, whole)."""
    at = 0
    while at < len(data):
        tag, n, head = data[at], data[at + 1], 2
        if n & 0x80:
            head = 2 + (n & 0x7f)
            n = int.from_bytes(data[at + 2:at + head], "big")
        yield tag, data[at + head:at + head + n], data[at:at + head + n]
        at += head + n


def oid(value):
    arcs, n = [], 0
    for byte in value:
        n = n << 7 | byte & 0x7f
        if not byte & 0x80:
            arcs.append(n)
            n = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first] + arcs[1:]))


def signed_data(der):
    """What is needed of a ContentInfo with SignedData: content type, content, certificates, crls, SignerInfo's elements."""
    (_, info, _), = walk(der)
    _, (_, explicit, _) = walk(info)
    (_, body, _), = walk(explicit)
    parts = list(walk(body))
    encap = list(walk(parts[2][1]))
    content = next(walk(encap[1][1]))[1] if len(encap) > 1 else None
    sets = {tag: list(walk(value)) for tag, value, _ in parts[3:-1]}
    (_, signer, _), = walk(parts[-1][1])
    return encap[0][2], content, sets.get(0xa0, []), sets.get(0xa1, []), list(walk(signer))


def unsigned(signer):
    """The unsigned attributes: (oid, DER of the type, [values])."""
    if signer[-1][0] != 0xa1:
        return
    for _, attribute, _ in walk(signer[-1][1]):
        (_, name, whole), (_, values, _) = walk(attribute)
        yield oid(name), whole, [w for _, _, w in walk(values)]


def check(token, content_type, content, certs, crls, signer):
    _, tst, _, _, own = signed_data(token)
    indexes = [v for name, _, values in unsigned(own) if name == INDEX for v in values]
    assert len(indexes) == 1, "%d indexes" % len(indexes)
    (_, body, _), = walk(indexes[0])
    algorithm, *lists = walk(body)
    name = HASHES[oid(next(walk(algorithm[1]))[1])]
    digest = lambda b: hashlib.new(name, b).digest()
    present = [{digest(w) for _, _, w in certs}, {digest(w) for _, _, w in crls},
               {digest(t + v) for _, t, values in unsigned(signer) for v in values}]
    covered = [[v for _, v, _ in walk(value)] for _, value, _ in lists]
    for there, wanted in zip(present, covered):
        assert set(wanted) <= there, "the index names something that is not there"
    fields = [w for tag, _, w in signer if not (tag == 0xa1 and w is signer[-1][2])]
    (_, info, _), = walk(tst)
    imprint = list(walk(list(walk(info))[2][1]))
    assert HASHES[oid(next(walk(imprint[0][1]))[1])] == name, "index and imprint by different digests"
    assert imprint[1][1] == digest(content_type + digest(content) + b"".join(fields) + indexes[0]), "imprint"
    return [len(c) for c in covered]


def main():
    der = open(sys.argv[1], "rb").read()
    content_type, content, certs, crls, signer = signed_data(der)
    if content is None:
        content = open(sys.argv[2], "rb").read()
    count = 0
    for name, _, values in unsigned(signer):
        for token in values if name == ATS else []:
            count += 1
            try:
                print("%d: covers %d certificates, %d revocation data, %d values" % (
                    count, *check(token, content_type, content, certs, crls, signer)))
            except AssertionError as e:
                sys.exit("%d: %s" % (count, e))
    sys.exit(0 if count else "no archive timestamp")


main()
