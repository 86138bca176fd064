"""The hole kept in a PDF for the signature: as large as the key's real chain and the authority's real tokens ask for, no larger; and what happens when either grows
after preparing: nothing is left half sealed. Real congvand, worker, signer, OpenSSL's TSA, the command line as client."""
import base64
import hashlib
import os
import re
import subprocess
import threading

import pytest

from office import BUILD
from test_signing import KEYS, Signer, cli, newest, office_with, sign, submitted, wait_until


def openssl(folder, *words, **more):
    return subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, **more).stdout


def padded_ca(folder, name, issuer=None, size=0):
    """A certificate of an authority (NAME.pem, NAME.key), by `issuer` or by itself, with `size` bytes of comment in it."""
    openssl(folder, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", name + ".key")
    with open(os.path.join(folder, name + ".cnf"), "w", encoding="utf-8") as f:
        f.write("[req]\ndistinguished_name = dn\nprompt = no\nx509_extensions = x\n[dn]\nO = Cơ quan Chứng thực dài\nCN = %s\n" % name)
        f.write("[x]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\nsubjectKeyIdentifier = hash\n")
        if size:
            f.write("1.3.6.1.4.1.99999.7 = DER:" + ":".join(["0c", "83", *("%02x" % b for b in size.to_bytes(3, "big"))] + ["41"] * size) + "\n")
    by = ("-CA", issuer + ".pem", "-CAkey", issuer + ".key") if issuer else ()
    openssl(folder, "req", "-x509", "-utf8", "-new", "-key", name + ".key", "-config", name + ".cnf", "-days", "3000", *by, "-out", name + ".pem")


def text_of(folder, *names):
    return "".join(open(os.path.join(folder, n + ".pem"), encoding="utf-8").read() for n in names)


def tsa_certs(signer, *names):
    """What the TSA puts into its tokens from now on."""
    with open(os.path.join(signer.pki, "tsa-certs.pem"), "w", encoding="utf-8") as f:
        f.write(text_of(signer.pki, *names))
    path = os.path.join(signer.pki, "tsa.cnf")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub("(?m)^certs = .*$", "certs = tsa-certs.pem", text))


def key_chain(signer, key, *names):
    """The certificates beside a key of the signer from now on; replaced in one go, as an administrator's tool does."""
    path = os.path.join(signer.dir, "keys", key + ".pem")
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text_of(signer.pki, key, *names))
    os.replace(path + ".new", path)


def chain_at(desk, key):
    return len(next(k for k in desk.people["bithu"].get("/v1/keys").json["items"] if k["id"] == key)["chain"])


def holes(pdf):
    """(bytes of the hole, bytes of the DER in it) of each signature, in order."""
    found = []
    for m in re.finditer(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+)", pdf):
        a, b, c, _ = map(int, m.groups())
        der = bytes.fromhex(pdf[a + b + 1:c - 1].decode())
        head = 2 + (der[1] & 127 if der[1] > 127 else 0)
        size = int.from_bytes(der[2:head], "big") if head > 2 else der[1]
        found.append((len(der), head + size))
    return found


@pytest.fixture(scope="module")
def desk():
    signer = Signer()
    signer.start()
    signer.start_tsa()
    for n in range(1, 7):
        padded_ca(signer.pki, "dai%d" % n, "dai%d" % (n - 1) if n > 1 else None, 6000)
    padded_ca(signer.pki, "khong-lo", None, 60000)
    with office_with(signer) as o:
        yield o


@pytest.fixture(autouse=True)
def usual(desk):
    """Each begins with short chains and tokens, which congvand knows from a document signed with them, and ends so."""
    def put():
        tsa_certs(desk.signer, "issuing")
        for key in KEYS.values():
            key_chain(desk.signer, key, "issuing")
        wait_until(lambda: chain_at(desk, "leader1") == 2)
    put()
    sign(desk, "bithu", submitted(desk))
    yield
    put()


def test_no_larger_than_needed(desk):
    """Signature and token fit, with the margin that lib/pki/cms_room promises: an eighth, at least 512 bytes, rounded up."""
    d = submitted(desk)
    assert '"level": "B-T"' in sign(desk, "bithu", d)
    (hole, used), = holes(newest(desk, d)[1])
    assert used + 256 <= hole <= used + used // 8 + 2048, (hole, used)
    assert hole < 16384
    # without a timestamp there is no room for one
    d = submitted(desk)
    cli(desk, "bithu", "sign", d, "--key", "leader1", "--level", "B-B", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes")
    (bare, used), = holes(newest(desk, d)[1])
    assert used < bare < hole


def test_a_long_chain(desk):
    """Seven certificates of 36 KB beside the key: more than the fixed hole of earlier versions had."""
    key_chain(desk.signer, "leader1", "issuing", *("dai%d" % n for n in range(1, 7)))
    wait_until(lambda: chain_at(desk, "leader1") == 8)
    d = submitted(desk)
    out = sign(desk, "bithu", d)
    assert '"level": "B-T"' in out and '"timestamp_error": ""' in out, out
    (hole, used), = holes(newest(desk, d)[1])
    assert used > 36000 and hole <= used + used // 8 + 2048, (hole, used)
    assert desk.people["luutru"].document(d)["state"] == "signed"


def test_the_timestamp_grows_after_preparing(desk):
    """The signature is what the person approved, so it goes in as it is; a document timestamp with its own room holds the level. The next document has the room."""
    leader, d = desk.people["bithu"], submitted(desk)
    with swapped_at_the_prompt(desk, d, lambda: tsa_certs(desk.signer, "issuing", "khong-lo")) as out:
        assert out.returncode == 0 and '"state": "done"' in out.stdout and '"level": "B-T"' in out.stdout, out
    document = leader.document(d)
    assert document["state"] == "signed" and [v["cause"] for v in document["versions"]] == ["drafted", "signed"]
    (first, signature), (second, stamp) = holes(newest(desk, d)[1])
    assert signature < 4000 and first < 16384 and stamp > 60000 and second >= stamp
    path = os.path.join(desk.signer.dir, "khong-lo.pdf")
    with open(path, "wb") as f:
        f.write(newest(desk, d)[1])
    assert '"TOTAL-PASSED"' in cli(desk, "luutru", "verify", path)
    assert subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True).stdout.count("Signature is Valid") >= 1
    d = submitted(desk)
    assert '"timestamp_error": ""' in sign(desk, "bithu", d)
    (hole, used), = holes(newest(desk, d)[1])
    assert hole > used > 60000
    # and number and seal after it, as after any other
    cli(desk, "vanthu", "document", "number", d)
    sign(desk, "vanthu", d, "seal")
    assert leader.document(d)["state"] == "sealed"


def test_a_huge_token_is_measured_before_the_first_document(desk):
    """congvand starts, and nobody has signed yet: the dry run tells."""
    tsa_certs(desk.signer, "issuing", "khong-lo")
    desk.stop()
    desk.start()
    d = submitted(desk)
    out = sign(desk, "bithu", d)
    assert '"level": "B-T"' in out and '"timestamp_error": ""' in out, out
    (hole, used), = holes(newest(desk, d)[1])
    assert hole > used > 60000


class swapped_at_the_prompt:
    """`congvan sign` by a person who sees the list; `swap` happens before he answers. Gives what the command line said and did."""

    def __init__(self, desk, document, swap, answers="c\nc\n", extra=()):
        words = [os.path.join(BUILD, "cli", "congvan"), "--socket", desk.socket, "--token-file", os.path.join(desk.signer.dir, "bithu.token"), "--lang", "en",
                 "--json", "sign", document, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), *extra]
        self.run = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                    env={**os.environ, "CONGVAN_STATE": os.path.join(desk.signer.dir, "state")})
        self.swap, self.answers = swap, answers

    def __enter__(self):
        watch = threading.Timer(120, self.run.kill)
        watch.start()
        seen = ""
        while "[c/K]" not in seen:
            byte = self.run.stderr.read(1)
            assert byte, seen
            seen += byte
        self.swap()
        stdout, rest = self.run.communicate(self.answers)
        watch.cancel()
        return subprocess.CompletedProcess(self.run.args, self.run.returncode, stdout, seen + rest)

    def __exit__(self, *_):
        if self.run.poll() is None:
            self.run.kill()
            self.run.wait()


def longer(desk):
    key_chain(desk.signer, "leader1", "issuing", *("dai%d" % n for n in range(1, 7)))
    wait_until(lambda: chain_at(desk, "leader1") == 8)


def test_the_chain_grows_after_preparing(desk):
    """The signature itself does not fit: nothing is stored or moved, the person sees the new digest and approves that."""
    d = submitted(desk)
    with swapped_at_the_prompt(desk, d, lambda: longer(desk)) as out:
        assert out.returncode == 0, out
    assert out.stderr.count("[c/K]") == 2 and "approved again" in out.stderr
    assert len(set(re.findall("SHA256 ([0-9a-f]{64})", out.stderr))) == 2
    assert out.stdout.count('"state": "failed"') == 1 and out.stdout.count('"state": "done"') == 1
    assert [v["cause"] for v in desk.people["luutru"].document(d)["versions"]] == ["drafted", "signed"]
    assert desk.sql("SELECT state, left(error, 9) FROM signing WHERE document = '%s' ORDER BY created_at" % d) == [["failed", "seal.hole"], ["done", ""]]
    (hole, used), = holes(newest(desk, d)[1])
    assert hole >= used > 36000
    assert len(desk.sql("SELECT 1 FROM leaf WHERE document = '%s' AND convert_from(body, 'UTF8') LIKE '%%\"signing\"%%'" % d)) == 1


def test_who_does_not_approve_again_has_signed_nothing(desk):
    d = submitted(desk)
    with swapped_at_the_prompt(desk, d, lambda: longer(desk), "c\nk\n") as out:
        assert out.returncode == 3, out
    document = desk.people["luutru"].document(d)
    assert document["state"] == "submitted" and [v["cause"] for v in document["versions"]] == ["drafted"]
    assert [r[0] for r in desk.sql("SELECT state FROM signing WHERE document = '%s' ORDER BY created_at" % d)] == ["failed", "prepared"]


def test_own_key_that_says_too_little(desk):
    """A client whose CMS is larger than it said gets another signing with more room, for the same wish."""
    der = openssl(desk.signer.pki, "x509", "-in", "leader3.pem", "-outform", "DER")
    before = desk.sql("SELECT key_id FROM account WHERE login = 'phobithu'")[0][0]
    desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % hashlib.sha256(der).hexdigest())
    try:
        d, leader = submitted(desk, leader="phobithu"), desk.people["phobithu"]
        wish = {"document": d, "move": "sign", "key": hashlib.sha256(der).hexdigest(), "level": "B-B", "reason": "Ký duyệt"}
        for size in (0, -1, 1 << 20, "2000", 1.5):
            a = leader.post("/v1/signings", {**wish, "cms_size": size})
            assert a.code == 422 and "param.number" in a.codes(), (size, a)

        def complete(prepared):
            base = leader.get("/v1/documents/%s/versions/%s/content" % (d, prepared["base_version"])).body
            whole = base + leader.get("/v1/signings/%s/tail" % prepared["id"]).body
            hole = whole.rindex(b"<" + b"0" * 1000)
            end = whole.index(b">", hole) + 1
            assert b"Ky duyet" in whole[len(base):] or "Ký duyệt".encode("utf-16-be").hex().encode() in whole[len(base):].lower()
            signed = whole[:hole] + whole[end:]
            assert hashlib.sha256(signed).hexdigest() == prepared["digest"]
            cms = openssl(desk.signer.pki, "cms", "-sign", "-cades", "-binary", "-signer", "leader3.pem", "-inkey", "leader3.key", "-certfile", "issuing.pem",
                          "-outform", "DER", input=signed)
            a = leader.post("/v1/signings/%s/complete" % prepared["id"], {"cms": base64.b64encode(cms).decode()})
            assert a.code == 200, a
            return a.json["signings"][0], len(cms), (end - hole - 2) // 2

        first = leader.post("/v1/signings", {**wish, "cms_size": 500})
        assert first.code == 201, first
        outcome, size, hole = complete(first.json)
        assert outcome["state"] == "failed" and outcome["error"] == "seal.hole: %d > %d" % (size, hole), outcome
        assert desk.people["luutru"].document(d)["state"] == "submitted"
        again = outcome["again"]
        assert set(again) == set(first.json) and again["id"] != first.json["id"] and again["digest"] != first.json["digest"]
        outcome, size, hole = complete(again)
        assert outcome["state"] == "done" and outcome["level"] == "B-B" and "again" not in outcome and hole >= size, outcome
    finally:
        desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % before)
