"""Leaders with keys of every kind, through the whole office (congvan-signer, congvand, worker; each with a timestamp): PDF, beside the file, around it, ASiC-E, ASiC-S. What comes
out is judged by ours and by OpenSSL, which gets only what is cut out here, of a PDF by pdfsig too where NSS knows the key. (Ed25519: test_ed25519.py; without an office: test_key_kinds.py.)"""
import os
import shutil
import subprocess

import pytest

from office import Office
from pki_server import PkiServer
from test_containers import TEXT, check_by_openssl, openssl_verify, ours
from test_ed25519 import EXTENSIONS, open_desk
from test_levels import levels, pdfsig, save
from test_signing import Signer, bootstrap_with_keys, cli, newest, submitted

# kind: what openssl genpkey makes, the key's ID.conf in the signer's folder, and what the verdict calls it
KINDS = {
    "rsa4096": (["RSA", "rsa_keygen_bits:4096"], 'key { digest = "SHA512" }\n', "RSA-4096", "SHA512"),
    "rsa-pss": (["RSA", "rsa_keygen_bits:3072"], 'key { scheme = "pss" digest = "SHA384" }\n', "RSA-PSS-3072", "SHA384"),
    "pss": (["RSA-PSS", "rsa_keygen_bits:2048"], "", "RSA-PSS-2048", "SHA256"),
    "p384": (["EC", "ec_paramgen_curve:P-384"], "", "ECDSA-P-384", "SHA384"),
    "p521": (["EC", "ec_paramgen_curve:P-521"], "", "ECDSA-P-521", "SHA512"),
}


def make_key(pki, signer, kind, serial):
    """A key of the kind with a certificate of the test PKI, put into the signer's folder."""
    generator, conf, _, _ = KINDS[kind]
    names = {end: "%s.%s" % (kind, end) for end in ("key", "csr", "pem", "p12")}
    for words in (("genpkey", "-algorithm", generator[0], "-pkeyopt", generator[1], "-out", names["key"]),
                  ("req", "-new", "-key", names["key"], "-utf8", "-subj", "/CN=Nguyễn Văn Mẫu/O=Quận ủy Demo", "-out", names["csr"]),
                  ("x509", "-req", "-in", names["csr"], "-CA", "issuing.pem", "-CAkey", "issuing.key", "-set_serial", str(serial), "-days", "500", "-extfile", "kinds.ext",
                   "-out", names["pem"]),
                  ("pkcs12", "-export", "-inkey", names["key"], "-in", names["pem"], "-certfile", "issuing.pem", "-passout", "pass:777777", "-out",
                   os.path.join(signer.dir, "keys", names["p12"]))):
        subprocess.run(["openssl", *words], cwd=pki.pki, check=True, capture_output=True, timeout=60)
    with open(os.path.join(signer.dir, "keys", names["pem"]), "w", encoding="utf-8") as f:
        f.writelines(open(os.path.join(pki.pki, name + ".pem"), encoding="utf-8").read() for name in (kind, "issuing"))
    with open(os.path.join(signer.dir, kind + ".pin"), "w", encoding="utf-8") as f:
        f.write("777777\n")
    if conf:
        with open(os.path.join(signer.dir, "keys", kind + ".conf"), "w", encoding="utf-8") as f:
            f.write(conf)


@pytest.fixture(scope="module")
def desk():
    """One office; its leader changes the key, not the office."""
    pki = PkiServer()
    signer = Signer(pki.pki)
    try:
        with open(os.path.join(pki.pki, "kinds.ext"), "w", encoding="utf-8") as f:
            f.write(EXTENSIONS % (pki.url, pki.url))
        for number, kind in enumerate(KINDS):
            make_key(pki, signer, kind, 0x7700 + number)
        signer.start()
        settings = ('worker { trust = "%s" }\nsigner { socket = "%s" tsa_url = "%s/tsa" level = "B-T" }\nnet { allow = "127.0.0.1:%s" }\n'
                    % (pki.trust(), signer.socket, pki.url, pki.url.rsplit(":", 1)[1]))
        with Office(settings=settings, bootstrap=bootstrap_with_keys(), worker=True) as o:
            open_desk(o, signer)
            o.pki = pki
            yield o
    finally:
        signer.stop()
        pki.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)


def cut(pdf):
    """(what the last signature of a PDF covers, its CMS)."""
    at = pdf.rindex(b"/ByteRange")
    r = [int(n) for n in pdf[at + 10:].split(b"[")[1].split(b"]")[0].split()]
    return pdf[r[0]:r[0] + r[1]] + pdf[r[2]:r[2] + r[3]], bytes.fromhex(pdf[r[1] + 1:r[2] - 1].decode())


def alone(der):
    """The DER value at the beginning, without the zeros that fill the place; its own last octet may be a zero (one ECDSA signature in 256)."""
    size, count = der[1], 0
    if size & 0x80:
        count = size & 0x7f
        size = int.from_bytes(der[2:2 + count], "big")
    return der[:2 + count + size]


@pytest.mark.parametrize("form", ["pdf", "cms", "cms-attached", "asic-e", "asic-s"])
@pytest.mark.parametrize("kind", KINDS)
def test_signed(desk, kind, form):
    desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'bithu'" % kind)
    d = submitted(desk) if form == "pdf" else submitted(desk, TEXT, "bao-cao.txt")
    level = "B-LTA" if form in ("pdf", "asic-e") else "B-T"  # an archive timestamp is the authority's; these two show that it takes what each kind of key made
    out = cli(desk, "bithu", "sign", d, "--key", kind, "--pin-file", os.path.join(desk.signer.dir, kind + ".pin"), "--yes", "--level", level,
              *(() if form == "pdf" else ("--container", form)))
    assert '"state": "done"' in out and levels(desk, d)[0][:2] == (level, level), out
    assert ours(desk, d) == ([("TOTAL-PASSED", level)], "TOTAL-PASSED")
    s, = [s for s in desk.people["luutru"].get("/v1/documents/%s/versions/main/verdict" % d).json["signatures"] if not s["is_timestamp"]]
    assert (s["algorithm"], s["digest"]) == KINDS[kind][2:]
    data = newest(desk, d, "main" if form == "pdf" else "signature")[1]
    if form == "cms":
        openssl_verify(desk.pki, desk, data, TEXT)
    elif form != "pdf":
        check_by_openssl(desk.pki, desk, form, data, {"bao-cao.txt": TEXT}, 1)
    else:
        first = data[:data.index(b"%%EOF", data.index(b"/ETSI.CAdES.detached")) + 6]  # the leader's revision, without proofs and archive timestamp
        content, cms = cut(first)
        openssl_verify(desk.pki, desk, alone(cms), content)
        told = pdfsig(save(desk, data, kind + ".pdf"))
        assert "ETSI.CAdES.detached" in told and ("pss" in kind or "Signature is Valid" in told), told
