"""A leader whose key is Ed25519 (RFC 8419), through the office: signer, worker, congvand. OpenSSL 3.0's CMS and NSS do not know it; before release the second opinion is GnuTLS's. What comes
out is checked here by a third: openssl's raw check of the value over the attributes that Python cuts out of the signature."""
import io
import json
import os
import shutil
import subprocess
import zipfile

import pytest

from office import BUILD, Office
from pki_server import PkiServer
from test_containers import TEXT, do_sign, ours
from test_levels import levels, save
from test_signing import Signer, bootstrap_with_keys, newest, sign, submitted

EXTENSIONS = """keyUsage=critical,digitalSignature,nonRepudiation
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
crlDistributionPoints=URI:%s/issuing.crl
authorityInfoAccess=caIssuers;URI:%s/issuing.cer
"""


@pytest.fixture(scope="module")
def pki():
    """The network side; leader1's certificate is of an Ed25519 key."""
    server = PkiServer()
    with open(os.path.join(server.pki, "ed.ext"), "w", encoding="utf-8") as f:
        f.write(EXTENSIONS % (server.url, server.url))
    for words in (("genpkey", "-algorithm", "ed25519", "-out", "leader1.key"),
                  ("req", "-new", "-key", "leader1.key", "-utf8", "-subj", "/CN=Nguyễn Văn Mẫu/O=Quận ủy Demo", "-out", "ed.csr"),
                  ("x509", "-req", "-in", "ed.csr", "-CA", "issuing.pem", "-CAkey", "issuing.key", "-set_serial", "0x77", "-days", "500", "-extfile", "ed.ext",
                   "-out", "leader1.pem"),
                  ("pkcs12", "-export", "-inkey", "leader1.key", "-in", "leader1.pem", "-certfile", "issuing.pem", "-passout", "pass:111111", "-out", "leader1.p12")):
        subprocess.run(["openssl", *words], cwd=server.pki, check=True, capture_output=True, timeout=60)
    yield server
    server.stop()


def office(pki, program=None):
    """(signer, office) of the settings; both are to be stopped."""
    signer = Signer(pki.pki)
    signer.start()
    settings = ('worker { trust = "%s" %s }\nsigner { socket = "%s" tsa_url = "%s/tsa" level = "B-LTA" }\nnet { allow = "127.0.0.1:%s" }\n'
                % (pki.trust(), 'program = "%s"' % program if program else "", signer.socket, pki.url, pki.url.rsplit(":", 1)[1]))
    return signer, Office(settings=settings, bootstrap=bootstrap_with_keys(), worker=True)


def open_desk(o, signer):
    o.signer = signer
    o.people = {login: o.sign_in(login) for login in ("bithu", "phobithu", "vanthu", "chuyenvien", "luutru")}
    for login in o.people:
        with open(os.path.join(signer.dir, login + ".token"), "w", encoding="utf-8") as f:
            f.write(o.people[login].token)


@pytest.fixture(scope="module")
def desk(pki):
    signer, o = office(pki)
    try:
        with o:
            open_desk(o, signer)
            yield o
    finally:
        signer.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)


# --- the value by openssl pkeyutl ---

def element(data, at):
    """(tag, start of the content, end) of the DER element at `at`."""
    tag, n, at = data[at], data[at + 1], at + 2
    if n & 0x80:
        size = n & 0x7f
        n, at = int.from_bytes(data[at:at + size], "big"), at + size
    return tag, at, at + n


def inside(data, start, end):
    while start < end:
        tag, a, b = element(data, start)
        yield tag, start, a, b
        start = b


def check_value(desk, cms):
    """Ed25519 by openssl over the signed attributes as a SET (RFC 5652 5.4); gives what the messageDigest says."""
    _, a, b = element(cms, 0)
    signed = list(inside(cms, a, b))[1]
    _, a, b = element(cms, signed[2])
    signers = list(inside(cms, a, b))[-1]
    info = list(inside(cms, *element(cms, signers[2])[1:]))
    attributes, value = [i for i in info if i[0] == 0xa0][0], [i for i in info if i[0] == 0x04][-1]
    folder = desk.signer.dir
    with open(os.path.join(folder, "set"), "wb") as f:
        f.write(b"\x31" + cms[attributes[1] + 1:attributes[3]])
    with open(os.path.join(folder, "value"), "wb") as f:
        f.write(cms[value[2]:value[3]])
    run = subprocess.run(["openssl", "pkeyutl", "-verify", "-certin", "-inkey", os.path.join(desk.signer.pki, "leader1.pem"), "-rawin", "-in", os.path.join(folder, "set"),
                          "-sigfile", os.path.join(folder, "value")], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    at = cms.index(bytes.fromhex("06092a864886f70d010904"))
    return cms[at + 15:at + 15 + 64]


def sha512(data):
    return subprocess.run(["openssl", "dgst", "-sha512", "-binary"], input=data, check=True, capture_output=True).stdout


@pytest.mark.parametrize("form", ["pdf", "cms", "cms-attached", "asic-e", "asic-s"])
def test_signed_by_the_office(desk, form):
    d = submitted(desk) if form == "pdf" else submitted(desk, TEXT, "bao-cao.txt")
    out = do_sign(desk, "bithu", d, "sign", *(() if form == "pdf" else ("--container", form)))
    assert '"state": "done"' in out and '"level": "B-LTA"' in out, out
    assert levels(desk, d) == [("B-LTA", "B-LTA", True)]
    assert ours(desk, d) == ([("TOTAL-PASSED", "B-LTA")], "TOTAL-PASSED")
    a = desk.people["luutru"].get("/v1/documents/%s/versions/main/verdict" % d)
    assert "ED25519-256" in json.dumps(a.json["signatures"][0]), a.json
    data = newest(desk, d, "main" if form == "pdf" else "signature")[1]
    content, cms = TEXT, data
    if form == "pdf":
        at = data.index(b"/ByteRange")
        r = [int(n) for n in data[at + 10:].split(b"[")[1].split(b"]")[0].split()]
        content, cms = data[r[0]:r[0] + r[1]] + data[r[2]:r[2] + r[3]], bytes.fromhex(data[r[1] + 1:r[2] - 1].decode())
    elif form.startswith("asic"):
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            cms = z.read([n for n in z.namelist() if n.endswith(".p7s")][0])
            content = TEXT if form == "asic-s" else z.read("META-INF/ASiCManifest001.xml")
    assert check_value(desk, cms) == sha512(content)


def test_the_office_seals_after_it(desk):
    """An RSA seal after an Ed25519 signature: each has its own second opinion, in one file."""
    d = submitted(desk)
    sign(desk, "bithu", d)
    desk.people["vanthu"].request("POST", "/v1/signings", {"document": d, "move": "number"})
    sign(desk, "vanthu", d, "seal")
    assert ours(desk, d) == ([("TOTAL-PASSED", "B-LTA")] * 2, "TOTAL-PASSED")
    told = subprocess.run(["pdfsig", "-nocert", save(desk, newest(desk, d)[1], "hai.pdf")], capture_output=True, text=True, check=False).stdout
    assert told.count("Signature is Valid") == 1, told  # the seal; poppler does not know the other


def counter_signed(o):
    """A text that the deputy signs with ECDSA and the leader is to counter-sign; (document, the deputy's signature)."""
    author = o.people["chuyenvien"]
    d = author.create(kind="CV", receivers=[{"organ_id": "H37"}], signer_name="Nguyễn Văn Mẫu", main={"sha256": author.upload(TEXT), "name": "bao-cao.txt"})
    d = author.move(d, "submit", leader="phobithu", cosigners=["bithu"])["id"]
    do_sign(o, "phobithu", d, "sign", "--level", "B-B")
    return d, newest(o, d, "signature")[0]["id"]


def test_counter_signature(desk):
    """By Ed25519 over an ECDSA signature: GnuTLS's word on it too, before it is stored."""
    d, first = counter_signed(desk)
    do_sign(desk, "bithu", d, "sign", "--counter", first, "--level", "B-B")
    a = desk.people["luutru"].get("/v1/documents/%s/versions/main/verdict" % d).json
    one, = a["signatures"]
    over, = one["counter_signatures"]
    assert a["indication"] == "TOTAL-PASSED" and over["indication"] == "TOTAL-PASSED" and (over["algorithm"], one["algorithm"]) == ("ED25519-256", "ECDSA-P-256")


def test_a_wrong_value_is_not_released(pki):
    """A worker that turns a bit of the value over and does not see it (tests/flow/wrong_worker.c): GnuTLS does, and nothing is stored."""
    signer, o = office(pki, os.path.join(BUILD, "tests", "flow", "wrong_worker"))
    try:
        with o:
            open_desk(o, signer)
            for data, name, form in ((None, "thu.pdf", None), (TEXT, "thu.txt", "cms"), (TEXT, "thu.txt", "cms-attached"), (TEXT, "thu.txt", "asic-e"), (TEXT, "thu.txt", "asic-s")):
                d = submitted(o, data, name)
                out = do_sign(o, "bithu", d, "sign", *(("--container", form) if form else ()), code=2)
                assert "seal.second" in out and "GnuTLS" in out, out
                doc = o.people["luutru"].document(d)
                assert doc["state"] == "submitted" and len(doc["versions"]) == 1
                assert o.sql("SELECT count(*) FROM leaf WHERE type = 'signing.disagreement' AND document = '%s'" % d) == [["1"]]
            d, first = counter_signed(o)
            out = do_sign(o, "bithu", d, "sign", "--counter", first, "--level", "B-T", code=2)
            assert "seal.second" in out and "GnuTLS" in out, out
            assert newest(o, d, "signature")[0]["id"] == first and o.people["luutru"].document(d)["state"] == "submitted"
    finally:
        signer.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)
