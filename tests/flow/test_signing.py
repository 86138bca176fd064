"""The story of an outgoing document with every real part: congvand, worker, congvan-signer, OpenSSL's TSA, the command line as client. What comes
out is judged by our own verifier off line, by pdfsig and by `openssl cms -verify -cades`."""
import base64
import contextlib
import copy
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest

import demo_pki
from office import BOOTSTRAP, BUILD, PASSWORD, SRC, Office, share
from token_key import TokenKey

DATA = os.path.join(SRC, "tests", "data")
PINS = {"leader1": "111111", "leader2": "222222", "office": "666666"}
KEYS = {"bithu": "leader1", "phobithu": "leader2", "vanthu": "office"}


def wait_until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


class Signer:
    """congvan-signer with the demo PKI's keys, and a TSA; both end with stop()."""

    def __init__(self, pki=None):
        self.dir = tempfile.mkdtemp(prefix="cv-sign-")
        self.pki, self.socket = pki or os.path.join(self.dir, "pki"), os.path.join(self.dir, "s")
        keys = os.path.join(self.dir, "keys")
        if pki is None:
            demo_pki.make(self.pki)
        os.mkdir(keys, 0o700)
        for key in PINS:
            shutil.copy(os.path.join(self.pki, key + ".p12"), keys)
            with open(os.path.join(keys, key + ".pem"), "w", encoding="utf-8") as f:
                f.writelines(open(os.path.join(self.pki, n + ".pem"), encoding="utf-8").read() for n in (key, "issuing"))
            with open(os.path.join(self.dir, key + ".pin"), "w", encoding="utf-8") as f:
                f.write(PINS[key] + "\n")
        with open(os.path.join(self.dir, "conf"), "w", encoding="utf-8") as f:
            f.write('signer { data = "%s/data" keys = "%s" socket = "%s" user = "" group = "" }\n' % (self.dir, keys, self.socket))
            f.write('evidence { origin = "congvan/A01.Q1" }\n')
        self.process = self.tsa = None

    def start(self):
        self.process = subprocess.Popen([os.path.join(BUILD, "signer", "congvan-signer"), "--config", os.path.join(self.dir, "conf")],
                                        stdin=subprocess.DEVNULL, stderr=open(os.path.join(self.dir, "log"), "ab"))
        wait_until(lambda: os.path.exists(self.socket))

    def start_tsa(self, port=0):
        self.tsa = subprocess.Popen([sys.executable, os.path.join(DATA, "demo_tsa"), self.pki, str(port)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.tsa.stdout.readline().split()[1])

    def stop(self, how=signal.SIGTERM):
        if self.process:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def restart(self, office):
        """With the keys and the environment as they are now; congvand has found it again."""
        self.stop()
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.start()
        wait_until(lambda: office.people["bithu"].get("/v1/keys").code == 200)

    def stop_tsa(self):
        if self.tsa:
            self.tsa.kill()
            self.tsa.wait(10)
            self.tsa = None


def bootstrap_with_keys():
    bootstrap = copy.deepcopy(BOOTSTRAP)
    for a in bootstrap["accounts"]:
        if a["login"] in KEYS:
            a["key_id"] = KEYS[a["login"]]
    return bootstrap


share(bootstrap_with_keys())


@contextlib.contextmanager
def office_with(signer, program=None):
    """The office with everything by a signer whose TSA runs, everybody's token beside its keys; both are ended, and the signer's folder is gone. program: another worker."""
    settings = ('worker { trust = "%s" %s }\nsigner { socket = "%s" tsa_url = "http://127.0.0.1:%d/tsa" }\nnet { allow = "127.0.0.1" }\n'
                % (signer.pki, 'program = "%s"' % program if program else "", signer.socket, signer.port))
    try:
        with Office(settings=settings, bootstrap=bootstrap_with_keys(), worker=True) as o:
            o.signer = signer
            o.people = {login: o.sign_in(login) for login in ("bithu", "phobithu", "vanthu", "chuyenvien", "luutru")}
            for login in o.people:
                with open(os.path.join(signer.dir, login + ".token"), "w", encoding="utf-8") as f:
                    f.write(o.people[login].token)
            yield o
    finally:
        signer.stop_tsa()
        signer.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)


@pytest.fixture(scope="module")
def desk():
    """The office with everything, and `cli` to run the command line as a person."""
    signer = Signer()
    signer.start()
    signer.start_tsa()
    with office_with(signer) as o:
        yield o


def cli(desk, login, *words, code=0, seconds=120):
    run = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "--socket", desk.socket, "--token-file", os.path.join(desk.signer.dir, login + ".token"),
                          "--trust", desk.signer.pki, "--lang", "en", "--json", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                         env={**os.environ, "CONGVAN_STATE": os.path.join(desk.signer.dir, "state")}, timeout=seconds)
    assert run.returncode == code, run.stdout + run.stderr
    return run.stdout + run.stderr


def letter(desk, **options):
    path = os.path.join(desk.signer.dir, "thu.pdf")
    words = [w for k, v in {"name": "Nguyễn Văn Mẫu", **options}.items() for w in ("--" + k, v)]
    subprocess.run([sys.executable, os.path.join(DATA, "make_pdf.py"), path, *words], check=True, stdout=subprocess.DEVNULL)
    with open(path, "rb") as f:
        return f.read()


def submitted(desk, data=None, name="thu.pdf", leader="bithu"):
    author = desk.people["chuyenvien"]
    d = author.create(kind="CV", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], signer_name="Nguyễn Văn Mẫu",
                      main={"sha256": author.upload(data or letter(desk)), "name": name})
    return author.move(d, "submit", leader=leader)["id"]


def sign(desk, login, document, move="sign", key=None, code=0, pin=None):
    key = key or KEYS[login]
    pin_file = os.path.join(desk.signer.dir, (pin or key) + ".pin")
    return cli(desk, login, move, document, "--key", key, "--pin-file", pin_file, "--yes", code=code)


def newest(desk, document, part="main"):
    v = [v for v in desk.people["luutru"].document(document)["versions"] if v["part"] == part][-1]
    a = desk.people["luutru"].get("/v1/documents/%s/versions/%s/content" % (document, v["id"]))
    assert a.code == 200, a
    return v, a.body


@pytest.fixture(scope="module")
def sealed(desk):
    """One document all the way to the office's seal: (id, versions' bytes)."""
    d, before = submitted(desk), letter(desk)
    sign(desk, "bithu", d)
    signed = newest(desk, d)[1]
    cli(desk, "vanthu", "document", "number", d)
    numbered = newest(desk, d)[1]
    sign(desk, "vanthu", d, "seal")
    return d, before, signed, numbered, newest(desk, d)[1]


def test_whole_way(desk, sealed):
    d = desk.people["luutru"].document(sealed[0])
    assert d["state"] == "sealed" and d["code_number"] == "01" and d["notation"] == "01-CV/QU"
    assert [v["cause"] for v in d["versions"]] == ["drafted", "signed", "numbered", "sealed"]


def test_nothing_before_the_appended_part_is_altered(sealed):
    _, before, signed, numbered, done = sealed
    assert signed.startswith(before) and numbered.startswith(signed) and done.startswith(numbered)


def test_our_verdict_off_line(desk, sealed):
    path = os.path.join(desk.signer.dir, "xong.pdf")
    with open(path, "wb") as f:
        f.write(sealed[4])
    report = cli(desk, "luutru", "verify", path)
    assert report.count('"TOTAL-PASSED"') >= 2 and report.count('"B-T"') == 2 and '"permitted"' in report and '"none"' in report
    data = bytearray(sealed[4])
    data[len(sealed[1]) // 2] ^= 1
    with open(path, "wb") as f:
        f.write(data)
    cli(desk, "luutru", "verify", path, code=7)


def test_pdfsig_agrees(desk, sealed):
    path = os.path.join(desk.signer.dir, "pdfsig.pdf")
    with open(path, "wb") as f:
        f.write(sealed[4])
    out = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert out.count("Signature is Valid") == 2 and "Total document signed" in out, out


def test_openssl_agrees(desk, sealed):
    path = os.path.join(desk.signer.dir, "cades.pdf")
    with open(path, "wb") as f:
        f.write(sealed[4])
    run = subprocess.run([sys.executable, os.path.join(DATA, "check_cades.py"), path, os.path.join(desk.signer.pki, "anchors", "root.pem"), desk.signer.dir],
                         capture_output=True, text=True, check=False)
    assert run.returncode == 0 and run.stdout.count("CAdES Verification successful") == 2, run.stdout + run.stderr


def test_number_and_date_are_printed(sealed):
    text = subprocess.run(["pdftotext", "-", "-"], input=sealed[4], capture_output=True, check=True).stdout.decode()
    assert "01-CV/QU" in text


def test_a_signed_version_has_the_text_of_what_was_signed(desk):
    """It is not read again: the text, its words for the search, and the pages are those of the content that it begins with."""
    d = submitted(desk)
    base = desk.people["luutru"].document(d)["versions"][-1]["sha256"]
    wait_until(lambda: desk.sql("SELECT state FROM derived_text WHERE sha256 = '\\x%s'" % base) == [["done"]])
    sign(desk, "bithu", d)
    (same, state, attempts), = desk.sql("SELECT t.body = b.body AND t.search = b.search AND t.pages = b.pages, t.state, t.attempts FROM version v "
                                        "JOIN derived_text t USING (sha256), derived_text b WHERE v.document = '%s' AND v.cause = 'signed' AND b.sha256 = '\\x%s'" % (d, base))
    assert (same, state, attempts) == ("t", "done", "0")


def test_what_is_printed_is_what_is_registered(desk):
    """Between filling the form and taking the number something else of the notation changes (a day ends, or here: the organ gets another mark): it is filled in anew."""
    d = submitted(desk)
    sign(desk, "bithu", d)
    mark = desk.sql("SELECT mark FROM organ WHERE code = 'A01.Q1'")[0][0]
    # the filled form is the next content that is stored
    desk.sql("CREATE FUNCTION other_mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE organ SET mark = 'KHAC' WHERE code = 'A01.Q1'; RETURN NEW; END $$")
    desk.sql("CREATE TRIGGER other_mark AFTER INSERT ON content FOR EACH ROW EXECUTE FUNCTION other_mark()")
    try:
        cli(desk, "vanthu", "document", "number", d)
    finally:
        desk.sql("DROP TRIGGER other_mark ON content")
        desk.sql("DROP FUNCTION other_mark")
        desk.sql("UPDATE organ SET mark = '%s' WHERE code = 'A01.Q1'" % mark)
    registered = desk.people["luutru"].document(d)["notation"]
    printed = subprocess.run(["pdftotext", "-", "-"], input=newest(desk, d)[1], capture_output=True, check=True).stdout.decode()
    assert registered.endswith("KHAC") and registered in printed


def test_wrong_pin_changes_nothing(desk):
    d = submitted(desk)
    said = sign(desk, "bithu", d, code=3, pin="leader2")
    assert "signing.refused" in said
    assert desk.people["luutru"].document(d)["state"] == "submitted"
    sign(desk, "bithu", d)
    assert desk.people["luutru"].document(d)["state"] == "signed"


def test_a_preparation_that_a_crash_took(desk):
    """Preparing is answered before it is on the disk: what PostgreSQL's crash takes of it (here: by hand) is refused at approval and prepared again."""
    d, leader = submitted(desk), desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1"})
    assert a.code == 201, a
    assert desk.sql("DELETE FROM signing WHERE id = '%s'" % a.json["id"]) == [["DELETE 1"]]
    b = leader.post("/v1/signings/approve", {"activation": "QUJD" * 40, "signings": [a.json["id"]]})
    assert b.code == 404 and b.codes() == {"signing.unknown"}, b
    assert leader.get("/v1/signings/%s/preview" % a.json["id"]).code == 404
    assert leader.document(d)["state"] == "submitted"
    sign(desk, "bithu", d)
    assert leader.document(d)["state"] == "signed"


def test_another_signers_key(desk):
    """The signer's key is not the one that the command line remembers: nothing is approved until the person names the key offered, which is remembered then."""
    signer, d = desk.signer, submitted(desk)
    offered, code = subprocess.run([os.path.join(BUILD, "signer", "congvan-signer"), "--config", os.path.join(signer.dir, "conf"), "--public-key"],
                                   capture_output=True, text=True, check=True).stdout.split()
    folder = os.path.join(signer.dir, "state")
    sign(desk, "bithu", submitted(desk))
    kept, = [os.path.join(folder, name) for name in os.listdir(folder) if name.startswith("signer-")]
    with open(kept, encoding="utf-8") as f:
        assert f.read().strip() == offered
    with open(kept, "w", encoding="utf-8") as f:
        f.write("04" + "11" * 64)
    words = ("sign", d, "--key", "leader1", "--pin-file", os.path.join(signer.dir, "leader1.pin"), "--yes")
    try:
        said = cli(desk, "bithu", *words, code=3)
        assert "Call the administrator" in said and code not in said and offered not in said, said
        said = cli(desk, "bithu", *words, "--signer-key", "0000-" + code[5:], code=3)
        assert "is not the one named" in said and code not in said.replace("0000-" + code[5:], "")
        assert desk.people["bithu"].document(d)["state"] == "submitted"
        cli(desk, "bithu", *words, "--signer-key", code.upper().replace("-", " "))
    finally:
        with open(kept, encoding="utf-8") as f:
            now = f.read().strip()
        with open(kept, "w", encoding="utf-8") as f:
            f.write(offered)
    assert now == offered
    assert desk.people["bithu"].document(d)["state"] == "signed"


def test_another_persons_key(desk):
    d = submitted(desk)
    assert "signing.key" in sign(desk, "bithu", d, key="leader2", code=3)


def test_the_approved_key_is_the_prepared_one(desk):
    """Prepared for leader1, approved with the PIN of leader2 (here by a row that says so): the leaf would name the one and the file be signed by the other."""
    d = submitted(desk)
    der = subprocess.run(["openssl", "x509", "-in", os.path.join(desk.signer.pki, "leader1.pem"), "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout
    desk.sql("CREATE FUNCTION other_key() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.key_id := 'leader1'; "
             "NEW.plan := NEW.plan || '{\"certificate\": \"%s\"}'; RETURN NEW; END $$" % hashlib.sha256(der).hexdigest())
    desk.sql("CREATE TRIGGER other_key BEFORE INSERT ON signing FOR EACH ROW EXECUTE FUNCTION other_key()")
    desk.sql("UPDATE account SET key_id = 'leader2' WHERE login = 'bithu'")
    try:
        out = sign(desk, "bithu", d, key="leader2", code=2)
    finally:
        desk.sql("UPDATE account SET key_id = 'leader1' WHERE login = 'bithu'")
        desk.sql("DROP TRIGGER other_key ON signing")
        desk.sql("DROP FUNCTION other_key")
    assert "signing.other-certificate" in out
    assert desk.people["bithu"].document(d)["state"] == "submitted"
    sign(desk, "bithu", d)
    assert desk.people["bithu"].document(d)["state"] == "signed"


def test_a_batch_has_one_certificate(desk):
    """Three prepared for a certificate that is not the key's any more when the person approves (by rows that say so): none of the three is signed, and afterwards all are."""
    ds = [submitted(desk) for _ in range(3)]
    der = subprocess.run(["openssl", "x509", "-in", os.path.join(desk.signer.pki, "leader2.pem"), "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout
    desk.sql("CREATE FUNCTION other_key() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
             "NEW.plan := NEW.plan || '{\"certificate\": \"%s\"}'; RETURN NEW; END $$" % hashlib.sha256(der).hexdigest())
    desk.sql("CREATE TRIGGER other_key BEFORE INSERT ON signing FOR EACH ROW EXECUTE FUNCTION other_key()")
    try:
        out = cli(desk, "bithu", "sign", *ds, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes", code=2)
    finally:
        desk.sql("DROP TRIGGER other_key ON signing")
        desk.sql("DROP FUNCTION other_key")
    assert out.count('"error": "signing.other-certificate"') == 3 and '"done"' not in out, out
    states = [desk.people["luutru"].document(d)["state"] for d in ds]
    assert states == ["submitted"] * 3, (states, out)
    assert desk.sql("SELECT count(*) FROM version WHERE document IN ('%s') AND cause = 'signed'" % "', '".join(ds)) == [["0"]]
    out = cli(desk, "bithu", "sign", *ds, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")
    assert out.count('"done"') == 3, out


def test_a_twin_that_failed_takes_nothing_back(desk):
    """Two requests for one signing: the one fails (here a trigger in the act of the other says so), the other signs. What is signed is done, and its level is queued."""
    d = submitted(desk)
    desk.sql("CREATE FUNCTION twin() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE signing SET state = 'failed', error = 'unavailable' "
             "WHERE document = NEW.document AND state = 'prepared'; RETURN NEW; END $$")
    desk.sql("CREATE TRIGGER twin BEFORE INSERT ON version FOR EACH ROW WHEN (NEW.cause = 'signed') EXECUTE FUNCTION twin()")
    try:
        sign(desk, "bithu", d)
    finally:
        desk.sql("DROP TRIGGER twin ON version")
        desk.sql("DROP FUNCTION twin")
    assert desk.people["bithu"].document(d)["state"] == "signed"
    assert desk.sql("SELECT state, held_level, error, result_version IS NOT NULL FROM signing WHERE document = '%s'" % d) == [["done", "B-T", "", "t"]]


def test_only_the_leader_asked_signs(desk):
    assert "move.role" in sign(desk, "phobithu", submitted(desk), code=3)


def test_changed_after_preparing(desk):
    d = submitted(desk)
    leader = desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1"})
    assert a.code == 201, a
    leader.move(d, "return", reason="Xem lại")
    a = leader.post("/v1/signings/approve", {"activation": "AAAA", "signings": [a.json["id"]]})
    assert a.problem == (409, "signing.stale"), a


def test_an_approval_is_sealed_to_the_signer(desk):
    """An approval that the signer cannot open signs nothing (a congvand that alters the list or what is shown: test_lying.py)."""
    leader = desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": submitted(desk), "move": "sign", "key": "leader1"})
    b = leader.post("/v1/signings/approve", {"activation": "QUJD" * 40, "signings": [a.json["id"]]})
    assert b.code in (400, 403, 422) and b.json["code"] == "signing.refused", b


def test_preview_of_prepared_bytes(desk):
    leader = desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": submitted(desk), "move": "sign", "key": "leader1"})
    b = leader.get("/v1/signings/%s/preview" % a.json["id"])
    assert b.code == 200 and b.body.startswith(b"\x89PNG"), b.code
    assert desk.people["phobithu"].get("/v1/signings/%s" % a.json["id"]).code == 404


def test_the_page_with_the_signature_is_shown_first(desk):
    """Nobody signs a letter of three pages by looking at its first only."""
    path = os.path.join(desk.signer.dir, "long.pdf")
    subprocess.run([sys.executable, os.path.join(DATA, "make_pdf.py"), path, "--pages", "3", "--name", "Nguyễn Văn Mẫu"], check=True)
    with open(path, "rb") as f:
        d = submitted(desk, f.read())
    leader = desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1"})
    url = "/v1/signings/%s/preview" % a.json["id"]
    said = ["congvan-page", "congvan-pages", "congvan-signature-page"]
    shown = {page: leader.get(url + page) for page in ("", "?page=1", "?page=3", "?page=0")}
    assert {page: [b.headers.get(h) for h in said] for page, b in shown.items()} == {
        "": ["3", "3", "3"], "?page=1": ["1", "3", "3"], "?page=3": ["3", "3", "3"], "?page=0": ["3", "3", "3"]}
    assert shown[""].body == shown["?page=3"].body != shown["?page=1"].body
    assert leader.get(url + "?page=4").code == 404


def test_a_place_given_on_the_command_line(desk):
    d = submitted(desk)
    words = ("sign", d, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes", "--page", "1", "--rect")
    for wrong in ("100,100,220", "100,100,220,160,1", "100 100 220 160", "a,b,c,d", "nan,1,2,3"):
        assert "not four numbers" in cli(desk, "bithu", *words, wrong, code=1)
    assert "pdf.place.rect" in cli(desk, "bithu", *words, "5000,5000,5100,5100", code=2)
    cli(desk, "bithu", *words, "100,100,220.5,160")
    assert re.search(rb"/Rect ?\[ ?100 100 220\.5 160 ?\]", newest(desk, d)[1])


def test_not_a_pdf_gets_a_detached_signature(desk):
    d = submitted(desk, "Báo cáo bằng chữ thường.\n".encode(), "bao-cao.txt")
    sign(desk, "bithu", d)
    v, p7s = newest(desk, d, "signature")
    assert v["name"] == "bao-cao.txt.p7s"
    folder = desk.signer.dir
    with open(os.path.join(folder, "a.txt"), "wb") as f:
        f.write("Báo cáo bằng chữ thường.\n".encode())
    with open(os.path.join(folder, "a.p7s"), "wb") as f:
        f.write(p7s)
    assert '"TOTAL-PASSED"' in cli(desk, "luutru", "verify", os.path.join(folder, "a.txt"), "--signature", os.path.join(folder, "a.p7s"))
    run = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", os.path.join(folder, "a.p7s"), "-content",
                          os.path.join(folder, "a.txt"), "-CAfile", os.path.join(desk.signer.pki, "anchors", "root.pem"), "-purpose", "any", "-out",
                          os.devnull], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_two_documents_in_one_approval(desk):
    one, two = submitted(desk), submitted(desk)
    out = cli(desk, "bithu", "sign", one, two, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")
    assert out.count('"done"') == 2, out
    assert all(desk.people["luutru"].document(d)["state"] == "signed" for d in (one, two))
    # each leaf says which approval it was, and the signer's own record says the whole list
    leaves = [json.loads(desk.sql("SELECT convert_from(body, 'UTF8') FROM leaf WHERE document = '%s' AND body LIKE '%%\"signing\"%%'" % d)[0][0])
              for d in (one, two)]
    signings = [leaf["details"]["signing"] for leaf in leaves]
    assert [(s["key"], s["algorithm"], s["count"], s["position"]) for s in signings] == [("leader1", "SHA256", 2, 1), ("leader1", "SHA256", 2, 2)]
    record = signings[0]["record"]
    assert record == signings[1]["record"]
    lines = [line for name in sorted(os.listdir(os.path.join(desk.signer.dir, "data", "record"))) if name.startswith("sign-")
             for line in open(os.path.join(desk.signer.dir, "data", "record", name), "rb").read().splitlines()]
    line = next(x for x in lines if json.loads(x)["seq"] == record["seq"])
    assert hashlib.sha256(line).hexdigest() == record["head"]
    assert json.loads(line)["digests"] == [s["digest"] for s in signings] and len(json.loads(line)["titles"]) == 2


@pytest.fixture(scope="module")
def own(desk):
    """phobithu's key is his own: the account has the SHA-256 of his certificate, and no signer has the key. Gives the words of his command line."""
    der = subprocess.run(["openssl", "x509", "-in", os.path.join(desk.signer.pki, "leader3.pem"), "-outform", "DER"], check=True, capture_output=True).stdout
    account = desk.sql("SELECT key_id FROM account WHERE login = 'phobithu'")[0][0]
    desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % hashlib.sha256(der).hexdigest())
    with open(os.path.join(desk.signer.dir, "leader3.pin"), "w", encoding="utf-8") as f:
        f.write("333333\n")
    yield hashlib.sha256(der).hexdigest(), ("--p12", os.path.join(desk.signer.pki, "leader3.p12"), "--pin-file", os.path.join(desk.signer.dir, "leader3.pin"), "--yes")
    desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % account)


def test_own_key(desk, own):
    """Prepared by congvand, its digest computed by the client from the bytes, signed there, completed by congvand: a PDF and a file of another kind."""
    for data, name, part in ((None, "thu.pdf", "main"), (b"noi dung " * 100, "thu.txt", "signature")):
        d = submitted(desk, data, name, leader="phobithu")
        out = cli(desk, "phobithu", "sign", d, *own[1])
        assert '"done"' in out, out
        document = desk.people["luutru"].document(d)
        assert document["state"] == "signed"
        v, body = newest(desk, d, part)
        path = os.path.join(desk.signer.dir, "rieng-" + name)
        with open(path, "wb") as f:
            f.write(body)
        if part == "main":
            assert "Lê Minh Họa" in subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True).stdout
        leaf = json.loads(desk.sql("SELECT convert_from(body, 'UTF8') FROM leaf WHERE document = '%s' AND convert_from(body, 'UTF8') LIKE '%%\"signing\"%%'" % d)[0][0])
        assert leaf["details"]["signing"]["key"] == own[0] and "record" not in leaf["details"]["signing"]


def test_own_key_that_nobody_would_hold_valid(desk):
    """The value is sound, and every verifier would refuse the certificate: it has ended, has not begun, is not for signing, or leads to no anchor of the office. No such signature
    is released."""
    pki, author = desk.signer.pki, desk.sql("SELECT key_id FROM account WHERE login = 'phobithu'")[0][0]
    pin = os.path.join(desk.signer.dir, "bad.pin")
    with open(pin, "w", encoding="utf-8") as f:
        f.write("123456\n")
    try:
        for name, key, sub in (("expired", "bad", "signing.not-valid: OUT_OF_BOUNDS"), ("notyet", "bad", "worker.seal: NOT_YET_VALID"),
                               ("usage", "bad", "signing.not-valid: CHAIN_CONSTRAINTS"), ("foreign", "p256", "signing.not-valid: NO_CERTIFICATE_CHAIN")):
            p12 = os.path.join(desk.signer.dir, name + ".p12")
            subprocess.run(["openssl", "pkcs12", "-export", "-in", "%s/bad/%s.pem" % (pki, name), "-inkey", "%s/bad/%s.key" % (pki, key), "-certfile",
                            os.path.join(pki, "bad/foreign-root.pem" if name == "foreign" else "issuing.pem"), "-passout", "file:" + pin, "-out", p12], check=True)
            der = subprocess.run(["openssl", "x509", "-in", "%s/bad/%s.pem" % (pki, name), "-outform", "DER"], check=True, capture_output=True).stdout
            desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % hashlib.sha256(der).hexdigest())
            for data, file in ((None, "thu.pdf"), (b"noi dung " * 100, "thu.txt")):
                d = submitted(desk, data, file, leader="phobithu")
                said = cli(desk, "phobithu", "sign", d, "--p12", p12, "--pin-file", pin, "--yes", code=2)
                assert sub in said, (name, file, said)
                document = desk.people["luutru"].document(d)
                assert document["state"] == "submitted" and all(v["cause"] != "signed" for v in document["versions"]), (name, file)
    finally:
        desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % author)


def test_own_key_refuses(desk, own):
    """A key that is not the account's; a CMS by another certificate, over another digest, or none at all: nothing is stored."""
    d, leader = submitted(desk, leader="phobithu"), desk.people["phobithu"]
    other = ("--p12", os.path.join(desk.signer.pki, "leader1.p12"), "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")
    cli(desk, "phobithu", "sign", d, *other, code=3)
    wish = {"document": d, "move": "sign", "key": own[0]}
    assert leader.post("/v1/signings", {**wish, "algorithm": "MD5"}).code == 422

    def attempt(key, digest_of):
        a = leader.post("/v1/signings", wish).json
        base = leader.get("/v1/documents/%s/versions/%s/content" % (d, a["base_version"])).body
        whole = base + leader.get("/v1/signings/%s/tail" % a["id"]).body
        path = os.path.join(desk.signer.dir, "tam")
        hole = whole.rindex(b"<" + b"0" * 1000)
        end = whole.index(b">", hole) + 1
        signed = whole[:hole] + whole[end:]
        assert hashlib.sha256(signed).hexdigest() == a["digest"]
        with open(path, "wb") as f:
            f.write(digest_of(signed))
        der = subprocess.run(["openssl", "cms", "-sign", "-cades", "-binary", "-in", path, "-signer", os.path.join(desk.signer.pki, key + ".pem"), "-inkey",
                              os.path.join(desk.signer.pki, key + ".key"), "-certfile", os.path.join(desk.signer.pki, "issuing.pem"), "-outform", "DER"],
                             check=True, capture_output=True).stdout
        return leader.post("/v1/signings/%s/complete" % a["id"], {"cms": base64.b64encode(der).decode()}), a["id"], der

    answer, used, der = attempt("leader1", lambda b: b)
    assert answer.code == 200 and answer.json["signings"][0]["state"] == "failed" and "other-certificate" in answer.json["signings"][0]["error"], answer
    answer = attempt("leader3", lambda b: b + b"x")[0]
    assert answer.json["signings"][0]["state"] == "failed", answer
    assert desk.people["luutru"].document(d)["state"] == "submitted"
    again = leader.post("/v1/signings/%s/complete" % used, {"cms": base64.b64encode(der).decode()})
    assert again.code == 409, again
    fresh = leader.post("/v1/signings", wish).json["id"]
    assert leader.post("/v1/signings/%s/complete" % fresh, {"cms": "?"}).code == 422
    assert leader.post("/v1/signings/%s/complete" % fresh, {"cms": "AAAA"}).json["signings"][0]["state"] == "failed"
    assert desk.people["bithu"].post("/v1/signings/%s/complete" % fresh, {"cms": "AAAA"}).code == 404  # another person's
    answer = attempt("leader3", lambda b: b)[0]
    assert answer.json["signings"][0]["state"] == "done", answer


def test_one_that_cannot_be_prepared_is_skipped(desk):
    good, bad = submitted(desk), desk.people["chuyenvien"].create(kind="CV", signer_name="Nguyễn Văn Mẫu")["id"]
    words = ("--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")
    run = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "--socket", desk.socket, "--token-file", os.path.join(desk.signer.dir, "bithu.token"), "--lang", "en",
                          "--json", "sign", bad, good, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
                         env={**os.environ, "CONGVAN_STATE": os.path.join(desk.signer.dir, "state")})
    assert run.returncode != 0 and "skipped: " + bad in run.stderr and run.stdout.count('"done"') == 1, run
    assert desk.people["luutru"].document(good)["state"] == "signed"


def test_an_approval_that_is_no_base64(desk):
    """It would be malformed for the signer, which closes the connection that everybody shares."""
    leader, d = desk.people["bithu"], submitted(desk)
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1"}).json
    for text in ('AA"A', "AAA", "A\\AA"):
        b = leader.post("/v1/signings/approve", {"activation": text, "signings": [a["id"]]})
        assert b.code == 422 and "activation.unreadable" in str(b.json), b
    assert leader.get("/v1/keys").code == 200


def test_a_file_too_large_to_sign_is_refused_with_both_figures(desk):
    """Larger than what is signed (256 MiB), by a row that says so: refused at once with what was found and what may be."""
    author, size = desk.people["chuyenvien"], (256 << 20) + 1
    sha256 = author.upload(letter(desk, subject="V/v %d byte" % size))
    d = author.create(kind="CV", receivers=[{"organ_id": "H37"}], signer_name="Nguyễn Văn Mẫu", main={"sha256": sha256, "name": "lon.pdf"})
    author.move(d, "submit", leader="bithu")
    desk.sql("BEGIN; SET LOCAL session_replication_role = replica; UPDATE content SET size = %d WHERE sha256 = '\\x%s'; COMMIT" % (size, sha256))
    assert desk.stop() == 0
    desk.start()  # what has just passed through is not asked of the database again
    a = desk.people["bithu"].post("/v1/signings", {"document": d["id"], "move": "sign", "key": "leader1"})
    assert a.code == 413 and [(f["code"], f["got"], f["want"]) for f in a.json["findings"]] == [("content.large", str(size), "0..%d" % (256 << 20))], a


def test_without_the_tsa_the_level_is_said(desk):
    desk.signer.stop_tsa()
    try:
        d = submitted(desk)
        out = sign(desk, "bithu", d)
        assert '"level": "B-B"' in out and '"wanted_level": "B-T"' in out and '"timestamp_error": ""' not in out, out
        assert desk.sql("SELECT wanted_level, held_level FROM signing WHERE document = '%s'" % d) == [["B-T", "B-B"]]
    finally:
        desk.signer.start_tsa(desk.signer.port)


def test_without_the_signer(desk):
    d = submitted(desk)
    leader = desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1"})
    assert a.json["algorithm"] == "SHA256" and len(a.json["digest"]) == 64
    desk.signer.stop(signal.SIGKILL)
    wait_until(lambda: leader.get("/v1/keys").code == 503)
    # which digest a key signs only the signer knows
    assert leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1"}).code == 503
    b = leader.post("/v1/signings/approve", {"activation": "AAAA", "signings": [a.json["id"]]})
    assert b.code == 503, b
    os.unlink(desk.signer.socket)
    desk.signer.start()
    wait_until(lambda: leader.get("/v1/keys").code == 200)
    sign(desk, "bithu", d)
    assert desk.people["luutru"].document(d)["state"] == "signed"


def test_a_key_with_a_pin_pad_signs_by_the_command_line(desk):
    """Its PIN is typed at the reader: none is asked for, none travels, and one that is offered is not taken."""
    token = TokenKey(desk.signer, "leader1", PINS["leader1"], "pin_pad = true", P11_SHIM_PAD=PINS["leader1"])
    try:
        token.put_in()
        desk.signer.restart(desk)
        assert [k["pin_pad"] for k in desk.people["bithu"].get("/v1/keys").json["items"]] == [True]
        for more in ([], ["--pin-file", os.path.join(desk.signer.dir, "leader1.pin")]):
            d = submitted(desk)
            out = cli(desk, "bithu", "sign", d, "--key", "leader1", "--yes", *more)
            assert "Enter the PIN at the card reader" in out and "PIN of the signing key" not in out, out
            v, _ = newest(desk, d)
            verdict = desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (d, v["id"])).json
            assert [s["indication"] for s in verdict["signatures"]] == ["TOTAL-PASSED"], verdict
    finally:
        token.take_out()
        desk.signer.restart(desk)
