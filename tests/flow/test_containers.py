"""Signatures in every form that congvand offers besides PDF and .p7s: a CMS with the document inside, ASiC-E of one file or of a document with its attachments, ASiC-S;
from B-B to B-LTA, judged by our verifier (in congvand, and off line by the command line) and by OpenSSL, which gets only what Python takes out of the containers."""
import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import urllib.parse
import zipfile

import pytest

from office import SRC
from test_levels import forget, levels, net, pki, save, signing, wait_until  # noqa: F401 (fixtures)
from test_signing import cli, newest, submitted

sys.path.insert(0, os.path.join(SRC, "tests", "data"))
import edxml_builder as b  # noqa: E402

TEXT = "Báo cáo bằng chữ thường.\n".encode()
MIME = {"cms-attached": ("application/pkcs7-mime", ".p7m"), "asic-e": ("application/vnd.etsi.asic-e+zip", ".asice"),
        "asic-s": ("application/vnd.etsi.asic-s+zip", ".asics")}
FORMS = sorted(MIME)


def do_sign(office, login, document, move="sign", *words, code=0):
    key = {"bithu": "leader1", "phobithu": "leader2", "vanthu": "office"}[login]
    return cli(office, login, move, document, "--key", key, "--pin-file", os.path.join(office.signer.dir, key + ".pin"), "--yes", *words, code=code)


def with_attachments(office, *files):
    author = office.people["chuyenvien"]
    d = author.create(kind="CV", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], signer_name="Nguyễn Văn Mẫu",
                      main={"sha256": author.upload(TEXT), "name": "bao-cao.txt"},
                      attachments=[{"sha256": author.upload(data), "name": name} for name, data in files])
    return author.move(d, "submit", leader="bithu")["id"]


def openssl_verify(net, office, cms, content):  # noqa: F811
    """True when `openssl cms -verify -cades` takes it; content None: inside. Gives what it says was signed."""
    words = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", save(office, cms, "o.cms"), "-CAfile",
             os.path.join(net.pki, "anchors", "root.pem"), "-purpose", "any"]
    if content is not None:
        words += ["-content", save(office, content, "o.txt")]
    run = subprocess.run(words, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def manifest_of(z, signature):
    """(bytes of the manifest that names the signature, {file: SHA-256 in base64})."""
    for name in z.namelist():
        if "ASiCManifest" in name and ('SigReference URI="%s"' % signature).encode() in z.read(name):
            text = z.read(name).decode()
            found = re.findall(r'<[^>]*DataObjectReference[^>]*URI="([^"]+)".*?<[^>]*DigestValue>([^<]+)<', text, re.S)
            return z.read(name), {urllib.parse.unquote(uri): value for uri, value in found}
    raise AssertionError("no manifest of " + signature)


def check_by_openssl(net, office, form, data, files, signatures):  # noqa: F811
    if form == "cms-attached":
        assert openssl_verify(net, office, data, None) == files["bao-cao.txt"]
        return
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        first = z.infolist()[0]
        assert (first.filename, first.compress_type, z.read("mimetype").decode()) == ("mimetype", zipfile.ZIP_STORED, MIME[form][0])
        assert {n: z.read(n) for n in z.namelist() if not n.startswith("META-INF/") and n != "mimetype"} == files
        names = sorted(n for n in z.namelist() if n.endswith(".p7s"))
        assert len(names) == signatures, names
        for name in names:
            if form == "asic-s":
                openssl_verify(net, office, z.read(name), files["bao-cao.txt"])
                continue
            manifest, referred = manifest_of(z, name)
            openssl_verify(net, office, z.read(name), manifest)
            assert referred == {n: base64.b64encode(hashlib.sha256(b).digest()).decode() for n, b in files.items()}


def ours(office, document, version="main"):
    a = office.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (document, version))
    assert a.code == 200, a
    return [(s["indication"], s["level"]) for s in a.json["signatures"] if not s["is_timestamp"]], a.json["indication"]


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_and_level(signing, net, form, level):  # noqa: F811
    """Leader and office sign; the main file stays as it is; each signature is judged beside it, and the file with the signature for itself."""
    d = submitted(signing, TEXT, "bao-cao.txt")
    out = do_sign(signing, "bithu", d, "sign", "--container", form, "--level", level)
    assert '"state": "done"' in out and '"level": "%s"' % level in out, out
    v, data = newest(signing, d, "signature")
    assert (v["name"], v["mime"], v["cause"]) == ("bao-cao.txt" + MIME[form][1], MIME[form][0], "signed")
    check_by_openssl(net, signing, form, data, {"bao-cao.txt": TEXT}, 1)
    cli(signing, "vanthu", "document", "number", d)
    out = do_sign(signing, "vanthu", d, "seal", "--level", level)  # no form named: as the leader's
    assert '"level": "%s"' % level in out, out
    v, data = newest(signing, d, "signature")
    assert (v["name"], v["mime"], v["cause"]) == ("bao-cao.txt" + MIME[form][1], MIME[form][0], "sealed")
    check_by_openssl(net, signing, form, data, {"bao-cao.txt": TEXT}, 2 if form == "asic-e" else 1)
    assert newest(signing, d)[1] == TEXT
    assert ours(signing, d) == ([("TOTAL-PASSED", level)] * 2, "TOTAL-PASSED")
    one = ours(signing, d, v["id"])
    assert one == ([("TOTAL-PASSED", level)] * (2 if form == "asic-e" else 1), "TOTAL-PASSED")
    a = signing.people["luutru"].request("POST", "/v1/verifications", raw=data, key=False)  # the file by itself, by who has nothing but it
    assert a.code == 200 and a.json["indication"] == "TOTAL-PASSED", a
    # off line, without any network: what it needs is in it
    report = json.loads(cli(signing, "luutru", "verify", save(signing, data, v["name"])).strip())
    assert report["indication"] == "TOTAL-PASSED" and {s["level"] for s in report["signatures"] if not s["is_timestamp"]} == {level}, report
    assert signing.sql("SELECT DISTINCT container FROM signing WHERE document = '%s'" % d) == [[form]]


@pytest.mark.parametrize("form", FORMS)
def test_raised_by_the_queue(signing, net, form):  # noqa: F811
    """Signed without a TSA, raised when it answers; nothing that was signed changes, and the office's signature after it holds too."""
    forget(signing)
    net.down.add("tsa")
    d = submitted(signing, TEXT, "bao-cao.txt")
    out = do_sign(signing, "bithu", d, "sign", "--container", form)
    assert '"level": "B-B"' in out, out
    before = newest(signing, d, "signature")[1]
    net.down.clear()
    wait_until(lambda: levels(signing, d) == [("B-LTA", "B-LTA", True)])
    v, data = newest(signing, d, "signature")
    assert v["cause"] == "timestamped" and v["name"] == "bao-cao.txt" + MIME[form][1] and data != before
    check_by_openssl(net, signing, form, data, {"bao-cao.txt": TEXT}, 1)
    cli(signing, "vanthu", "document", "number", d)
    do_sign(signing, "vanthu", d, "seal")
    assert ours(signing, d) == ([("TOTAL-PASSED", "B-LTA")] * 2, "TOTAL-PASSED")


def test_a_document_of_several_files(signing, net):  # noqa: F811
    """Main file and attachments in one container, signed in one act; two attachments of one name, one of which is the main file's."""
    files = [("phu-luc.txt", b"phu luc 1"), ("BAO-CAO.txt", b"phu luc 2"), ("phu-luc.txt", b"phu luc 3")]
    d = with_attachments(signing, *files)
    out = do_sign(signing, "bithu", d, "sign", "--container", "asic-e")
    assert all("+ " + name in out for name in ("bao-cao.txt", "phu-luc.txt", "2-BAO-CAO.txt", "3-phu-luc.txt")), out
    inside = {"bao-cao.txt": TEXT, "phu-luc.txt": b"phu luc 1", "2-BAO-CAO.txt": b"phu luc 2", "3-phu-luc.txt": b"phu luc 3"}
    check_by_openssl(net, signing, "asic-e", newest(signing, d, "signature")[1], inside, 1)
    assert ours(signing, d) == ([("TOTAL-PASSED", "B-LTA")], "TOTAL-PASSED")
    cli(signing, "vanthu", "document", "number", d)
    do_sign(signing, "vanthu", d, "seal")
    check_by_openssl(net, signing, "asic-e", newest(signing, d, "signature")[1], inside, 2)
    # without them
    e = with_attachments(signing, *files[:1])
    do_sign(signing, "bithu", e, "sign", "--container", "asic-e", "--main-only", "--level", "B-B")
    check_by_openssl(net, signing, "asic-e", newest(signing, e, "signature")[1], {"bao-cao.txt": TEXT}, 1)


def test_what_is_refused(signing, net):  # noqa: F811
    d = submitted(signing, TEXT, "bao-cao.txt")
    person = signing.people["bithu"]
    for form in ("pdf", "zip", "ASIC-E"):
        a = person.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1", "container": form})
        assert a.problem == (422, "signing.container"), a
    pdf = submitted(signing)
    for form in FORMS + ["cms"]:
        a = person.post("/v1/signings", {"document": pdf, "move": "sign", "key": "leader1", "container": form})
        assert a.problem == (422, "signing.container"), a
    big = submitted(signing, b"x" * (15 << 20), "to.txt")
    a = person.post("/v1/signings", {"document": big, "move": "sign", "key": "leader1", "container": "cms-attached"})
    assert a.problem == (413, "signing.attached-size"), a
    many = with_attachments(signing, *[("phu-luc-%d.txt" % i, b"%d" % i) for i in range(41)])
    a = person.post("/v1/signings", {"document": many, "move": "sign", "key": "leader1", "container": "asic-e"})
    assert a.problem == (413, "signing.attachments"), a
    # there is no picture of what is not a PDF
    for form in FORMS + ["cms"]:
        a = person.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1", "container": form})
        assert a.code == 201 and person.get("/v1/signings/%s/preview" % a.json["id"]).code == 415, a
    # a batch may be of several forms: what is refused here is the activation
    one = person.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1", "container": "asic-e"}).json
    two = person.post("/v1/signings", {"document": big, "move": "sign", "key": "leader1", "container": "asic-s"}).json
    assert one["container"] == "asic-e" and [o["name"] for o in one["objects"]] == ["bao-cao.txt"] and two["container"] == "asic-s"
    a = person.post("/v1/signings/approve", {"activation": "AAAA", "signings": [one["id"], two["id"]]})
    assert a.problem == (403, "signing.refused") and [f["got"] for f in a.json["findings"]] == ["activation.unreadable"], a


def test_a_container_of_another_file_is_no_signature_of_this_one(signing, net):  # noqa: F811
    """A document whose packet brought a container with the right name and other content: what is in it says nothing about the file beside it."""
    d = submitted(signing, TEXT, "phu-luc.txt")
    do_sign(signing, "bithu", d, "sign", "--container", "asic-e")
    container = newest(signing, d, "signature")[1]
    packet = b.Document([b.File("phu-luc.txt.asice", container, MIME["asic-e"][0]), b.File("phu-luc.txt", TEXT, "text/plain"),
                         b.File("khac.txt", b"noi dung khac", "text/plain"), b.File("khac.txt.asice", container, MIME["asic-e"][0])])
    packet.sender = dict(b.FROM, organ_id="H37", name="Ủy ban nhân dân tỉnh")
    packet.to = [dict(b.TO, organ_id="A01.Q1", name="Quận ủy Một")]
    clerk = signing.people["vanthu"]
    a = clerk.request("POST", "/v1/packets", raw=str(packet).encode(), key=False, headers={"Content-Type": "application/xml"})
    assert a.code == 201, a
    versions = {v["name"]: v for v in clerk.document(a.json["document"])["versions"]}
    assert versions["phu-luc.txt.asice"]["mime"] == MIME["asic-e"][0]
    assert versions["phu-luc.txt"]["part"] == "main", "a signature is no main file"
    assert ours(signing, a.json["document"], versions["phu-luc.txt"]["id"]) == ([("TOTAL-PASSED", "B-LTA")], "TOTAL-PASSED")
    assert ours(signing, a.json["document"], versions["khac.txt"]["id"]) == ([], "INDETERMINATE")


def test_dispatched_with_its_signatures(signing, net):  # noqa: F811
    """What goes out: the main file, and every form of signature beside it under its name and type."""
    d = submitted(signing, TEXT, "bao-cao.txt")
    do_sign(signing, "bithu", d, "sign", "--container", "cms-attached", "--level", "B-B")
    cli(signing, "vanthu", "document", "number", d)
    do_sign(signing, "vanthu", d, "seal", "--container", "asic-e", "--level", "B-B")
    signing.people["vanthu"].move(d, "dispatch")
    sent = json.loads(signing.sql("SELECT body FROM outbox WHERE document = '%s'" % d)[0][0])
    assert [(f["name"], f["content_type"]) for f in sent["attachments"]] == [
        ("bao-cao.txt", "text/plain"), ("bao-cao.txt.p7m", MIME["cms-attached"][0]), ("bao-cao.txt.asice", MIME["asic-e"][0])]
    a = signing.people["luutru"].get("/v1/documents/%s/versions/%s/content" % (d, newest(signing, d, "signature")[0]["id"]))
    assert a.headers["content-type"] == MIME["asic-e"][0] and "bao-cao.txt.asice" in a.headers["content-disposition"]


def test_own_key(signing, net):  # noqa: F811
    """The person's own key: the manifest and every file it names are looked at by the client before it signs."""
    der = subprocess.run(["openssl", "x509", "-in", os.path.join(signing.signer.pki, "leader1.pem"), "-outform", "DER"], check=True, capture_output=True).stdout
    account = signing.sql("SELECT key_id FROM account WHERE login = 'bithu'")[0][0]
    signing.sql("UPDATE account SET key_id = '%s' WHERE login = 'bithu'" % hashlib.sha256(der).hexdigest())
    try:
        for form in FORMS:
            d = submitted(signing, TEXT, "bao-cao.txt")
            out = cli(signing, "bithu", "sign", d, "--container", form, "--p12", os.path.join(signing.signer.pki, "leader1.p12"), "--pin-file",
                      os.path.join(signing.signer.dir, "leader1.pin"), "--yes")
            assert '"level": "B-LTA"' in out, out
            check_by_openssl(net, signing, form, newest(signing, d, "signature")[1], {"bao-cao.txt": TEXT}, 1)
    finally:
        signing.sql("UPDATE account SET key_id = '%s' WHERE login = 'bithu'" % account)


# --- renewal ---

def archive_stamps(form, data):
    """How many archive timestamps there are: unsigned attributes archive-time-stamp-v3 (0.4.0.1733.2.4), or the .tst entries of ASiC-E."""
    if form in ("cms", "cms-attached"):
        return data.count(bytes.fromhex("060604008d450204"))
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        if form == "asic-s":
            return archive_stamps("cms", z.read("META-INF/signature.p7s"))
        return len([n for n in z.namelist() if n.endswith(".tst")])


def new_authority(pki, name):  # noqa: F811
    """Another certificate and key of the timestamp authority, as when the old one comes to its end."""
    with open(os.path.join(pki.pki, name + ".ext"), "w", encoding="utf-8") as f:
        f.write("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
                "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\ncrlDistributionPoints=URI:%s/issuing.crl\n" % pki.url)
    pki.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-subj", "/O=Demo/CN=" + name, "-out", name + ".csr")
    pki.openssl("x509", "-req", "-in", name + ".csr", "-CA", "issuing.pem", "-CAkey", "issuing.key", "-set_serial", "0x" + os.urandom(8).hex(), "-days", "2000",
                "-extfile", name + ".ext", "-out", name + ".pem")
    with open(os.path.join(pki.pki, "tsa.cnf"), encoding="utf-8") as f:
        text = f.read().replace("signer_cert = tsa.pem", "signer_cert = %s.pem" % name).replace("signer_key = tsa.key", "signer_key = %s.key" % name)
    with open(os.path.join(pki.pki, name + ".cnf"), "w", encoding="utf-8") as f:
        f.write(text)
    return name + ".cnf"


@pytest.mark.parametrize("form", ["cms"] + FORMS)
def test_renewed(signing, net, form, monkeypatch):  # noqa: F811
    """Twice, the authority's key changed before each: the second time proofs for the first new key are put in before the timestamp that covers them."""
    d = submitted(signing, TEXT, "bao-cao.txt")
    do_sign(signing, "bithu", d, "sign", "--container", form)
    assert levels(signing, d) == [("B-LTA", "B-LTA", True)]
    count = archive_stamps(form, newest(signing, d, "signature")[1])
    for i in (1, 2):
        conf = new_authority(net, "tsa-%s-%d" % (form, i))
        monkeypatch.setattr(net, "timestamp", lambda q, conf=conf: net.with_files(q, "ts", "-reply", "-config", conf, "-queryfile", "Q", "-out", "R"))
        signing.sql("UPDATE signing SET next_try = now() WHERE document = '%s'" % d)
        wait_until(lambda i=i: len([v for v in signing.people["luutru"].document(d)["versions"] if v["cause"] == "timestamped"]) == i)
        v, data = newest(signing, d, "signature")
        assert archive_stamps(form, data) == count + i
        assert levels(signing, d) == [("B-LTA", "B-LTA", True)]
        assert ours(signing, d) == ([("TOTAL-PASSED", "B-LTA")], "TOTAL-PASSED")
        if form == "cms":
            openssl_verify(net, signing, data, TEXT)
        else:
            check_by_openssl(net, signing, form, data, {"bao-cao.txt": TEXT}, 1)
    # of the first new authority everything is inside by now: its certificate beside the one in its token, or, in ASiC-E, revocation data in its token
    crl, der = net.openssl("crl", "-in", "crls/issuing.crl", "-outform", "DER"), net.openssl("x509", "-in", "tsa-%s-1.pem" % form, "-outform", "DER")
    if form.startswith("asic"):
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            tokens = [z.read(n) for n in sorted(z.namelist()) if n.endswith(".tst")]
            data = z.read("META-INF/signature.p7s") if form == "asic-s" else b""
    if form == "asic-e":
        assert der in tokens[-2] and crl in tokens[-2] and crl not in tokens[-1]
    else:
        assert data.count(der) >= 2
    with open(os.path.join(signing.dir, "log"), encoding="utf-8") as f:
        assert "event=renewed-without-proofs" not in f.read()
