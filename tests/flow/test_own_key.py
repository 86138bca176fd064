"""A person's own key in a token at his own machine, through the office: `congvan sign --module`. congvand prepares and completes, the key never leaves the token, no signer has it. SoftHSM behind the
shim of tests/unit/p11_shim.c, which plays a token pulled out, one that is nearly locked, and a PIN pad. With a PKCS#12 file: test_signing.py; off line: test_key_kinds.py; the signer's tokens: test_tokens.py."""
import json
import os
import shutil
import subprocess

import pytest

from office import BUILD
from test_appendices import indications, newest_of, openssl_judges, three, trail
from test_signing import cli, desk, letter, newest, own, submitted  # noqa: F401 (desk and own are fixtures)
from token_key import SOFTHSM

pytestmark = pytest.mark.skipif(SOFTHSM is None, reason="no SoftHSM")

PIN, PLAIN, EACH = "333333", "Của tôi", "Hỏi mỗi lần"  # EACH: its key wants a login for each signature
ALONE = "Một chứng thư"  # with the person's certificate only; the others have the issuer's too


@pytest.fixture(scope="module")
def tokens(desk, own):  # noqa: F811
    """Three tokens with phobithu's key, and no other file of it: its PKCS#12 is away."""
    place = {n: os.path.join(desk.signer.dir, n) for n in ("own.so", "own-tokens", "own.conf")}
    shutil.copy(os.path.join(BUILD, "tests", "unit", "p11_shim.so"), place["own.so"])
    os.mkdir(place["own-tokens"], 0o700)
    with open(place["own.conf"], "w", encoding="utf-8") as f:
        f.write("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n" % place["own-tokens"])
    env = {**os.environ, "SOFTHSM2_CONF": place["own.conf"]}
    for label in (PLAIN, EACH, ALONE):
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PIN], check=True, stdout=subprocess.DEVNULL, env=env)
        for id, kind, words in (("01", "privkey", ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", "leader3.key"]),
                                ("01", "cert", ["x509", "-outform", "DER", "-in", "leader3.pem"]), ("02", "cert", ["x509", "-outform", "DER", "-in", "issuing.pem"])):
            if id == "02" and label == ALONE:
                continue
            der = os.path.join(desk.signer.dir, "own.der")
            subprocess.run(["openssl", *words, "-out", der], cwd=desk.signer.pki, check=True)
            subprocess.run(["pkcs11-tool", "--module", SOFTHSM, "--token-label", label, "--login", "--pin", PIN, "--write-object", der, "--type", kind, "--id", id, "--label", "key",
                            *(["--usage-sign"] if kind == "privkey" else []), *(["--always-auth"] if kind == "privkey" and label == EACH else [])],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
            os.unlink(der)
    p12 = os.path.join(desk.signer.pki, "leader3.p12")
    os.rename(p12, p12 + ".away")
    yield place
    os.rename(p12 + ".away", p12)


@pytest.fixture
def token(desk, tokens, monkeypatch):  # noqa: F811
    """run(documents, *more words, label, pin, code, what the shim plays): (what was said, the logins at the token: 'u' of the person, 'c' for one signature)."""
    logins = os.path.join(desk.signer.dir, "logins")
    monkeypatch.setenv("SOFTHSM2_CONF", tokens["own.conf"])
    monkeypatch.setenv("P11_SHIM_MODULE", SOFTHSM)
    monkeypatch.setenv("P11_SHIM_LOGINS", logins)

    def run(documents, *more, label=PLAIN, pin=PIN, code=0, **played):
        with open(logins, "w", encoding="ascii"):
            pass
        pin_file = os.path.join(desk.signer.dir, "own.pin")
        if pin is not None:
            with open(pin_file, "w", encoding="ascii") as f:
                f.write(pin + "\n")
        with pytest.MonkeyPatch.context() as env:
            for name, value in played.items():
                env.setenv("P11_SHIM_" + name, value)
            said = cli(desk, "phobithu", "sign", *documents, "--module", tokens["own.so"], "--token", label, "--yes", *(["--pin-file", pin_file] if pin is not None else []), *more, code=code)
        with open(logins, encoding="ascii") as f:
            return said, f.read()
    return run


def letters(desk, count):  # noqa: F811
    return [submitted(desk, letter(desk, subject="V/v thứ %d" % n), leader="phobithu") for n in range(count)]


def states_of(desk, documents):  # noqa: F811
    return [desk.people["luutru"].document(d)["state"] for d in documents]


def check_pdf(desk, document, own, version=None):  # noqa: F811
    """Signed once, by his certificate: our verdict, pdfsig's, and the leaf, which names no signer's record."""
    v, data = version or newest(desk, document)
    path = os.path.join(desk.signer.dir, "own.pdf")
    with open(path, "wb") as f:
        f.write(data)
    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid") == 1 and "Total document signed" in said and "Lê Minh Họa" in said, said
    assert indications(desk, document, v) == (["TOTAL-PASSED"], "TOTAL-PASSED")
    for (leaf,) in desk.sql("SELECT convert_from(body, 'UTF8') FROM leaf WHERE document = '%s' AND convert_from(body, 'UTF8') LIKE '%%\"signing\"%%'" % document):
        signing = json.loads(leaf)["details"]["signing"]
        assert signing["key"] == own[0] and "record" not in signing


def nothing_signed(desk, documents):  # noqa: F811
    """Of these: no state moved, no version came, no signing is done."""
    names = "', '".join(documents)
    assert states_of(desk, documents) == ["submitted"] * len(documents)
    assert desk.sql("SELECT count(*) FROM version WHERE document IN ('%s') AND cause <> 'drafted'" % names) == [["0"]]
    assert desk.sql("SELECT count(*) FROM signing WHERE document IN ('%s') AND state = 'done'" % names) == [["0"]]


def test_one_document(desk, own, token):  # noqa: F811
    d, = letters(desk, 1)
    before = newest(desk, d)[1]
    said, logins = token([d])
    assert said.count('"done"') == 1 and logins == "u", said
    assert states_of(desk, [d]) == ["signed"] and newest(desk, d)[1].startswith(before)
    check_pdf(desk, d, own)


def test_three_in_one_run(desk, own, token):  # noqa: F811
    """One list, one PIN, one login."""
    ds = letters(desk, 3)
    said, logins = token(ds)
    assert said.count('"done"') == 3 and logins == "u", said
    assert all("  %d. " % n in said for n in (1, 2, 3)) and states_of(desk, ds) == ["signed"] * 3
    for d in ds:
        check_pdf(desk, d, own)


def test_a_token_without_its_issuer(desk, own, token):  # noqa: F811
    """The office knows the issuer (its folder of trust): a PDF and a text, each judged twice before it is taken."""
    d, t = letters(desk, 1)[0], submitted(desk, b"noi dung " * 100, "thu.txt", leader="phobithu")
    said, _ = token([d, t], label=ALONE)
    assert said.count('"done"') == 2, said
    check_pdf(desk, d, own)
    assert indications(desk, t, newest(desk, t)[0]) == (["TOTAL-PASSED"], "TOTAL-PASSED")


def test_attachments_in_one_act(desk, own, token):  # noqa: F811
    """A PDF with two PDFs and a text: each in the form that fits it, the signature of the text beside it."""
    d = three(desk, "phobithu")
    said, logins = token([d], "--attachments")
    assert said.count('"done"') == 4 and logins == "u", said
    check_pdf(desk, d, own)
    for number in (1, 3):
        check_pdf(desk, d, own, newest_of(desk, d, number))
    v, p7s = newest(desk, d, "signature")
    assert v["name"] == "bang tinh.txt.p7s" and openssl_judges(desk, newest_of(desk, d, 2)[1], p7s)[0]
    assert indications(desk, d, newest_of(desk, d, 2)[0]) == (["TOTAL-PASSED"], "TOTAL-PASSED")


@pytest.mark.parametrize("played,why,logins", [({}, "Wrong PIN", "u"), ({"FINAL": "1"}, "One more wrong PIN would lock the token", ""),
                                               ({"LOCKED": "1"}, "The token's PIN is locked", "")], ids=["wrong", "last try", "locked"])
def test_a_pin_is_tried_once(desk, own, token, played, why, logins):  # noqa: F811
    """A wrong one once for the whole run; and none where one more would lock the token, even the right one. The office hears nothing of it."""
    ds = letters(desk, 3)
    said, tried = token(ds, pin=PIN if played else "000000", code=3, **played)
    assert why in said and tried == logins, (tried, said)
    nothing_signed(desk, ds)
    assert desk.sql("SELECT count(*) FROM signing WHERE document IN ('%s')" % "', '".join(ds)) == [["0"]]
    assert token(ds)[1] == "u" and states_of(desk, ds) == ["signed"] * 3
    check_pdf(desk, ds[2], own)


def test_pulled_out_in_mid_batch(desk, own, token):  # noqa: F811
    """Each document is completed as soon as it is signed: what was signed stays, what was not is named. Put in again, the rest is signed."""
    ds = letters(desk, 3)
    said, _ = token(ds, code=6, REMOVED="1")
    assert states_of(desk, ds) == ["signed", "submitted", "submitted"] and said.count('"done"') == 1, said
    assert "The token was removed while signing" in said and said.count("this document was not signed: Công văn") == 2, said
    check_pdf(desk, ds[0], own)
    nothing_signed(desk, ds[1:])
    token(ds[1:])
    for d in ds[1:]:
        check_pdf(desk, d, own)


def test_pulled_out_before_the_last_attachment(desk, own, token):  # noqa: F811
    """All of a document's files or none: three values of four are thrown away."""
    d = three(desk, "phobithu")
    before = trail(desk, d)
    said, _ = token([d], "--attachments", code=6, REMOVED="3")
    assert '"done"' not in said and said.count("this document was not signed: Công văn") == 4, said
    nothing_signed(desk, [d])
    assert trail(desk, d) == before
    assert token([d], "--attachments")[0].count('"done"') == 4
    check_pdf(desk, d, own)


def test_a_login_for_each_signature(desk, own, token):  # noqa: F811
    """CKA_ALWAYS_AUTHENTICATE (PKCS #11 v2.40, 4.9): the PIN that was given once is used for each."""
    ds = letters(desk, 3)
    said, logins = token(ds, label=EACH)
    assert said.count('"done"') == 3 and logins == "uccc", (said, logins)
    for d in ds:
        check_pdf(desk, d, own)


@pytest.mark.parametrize("label,logins", [(PLAIN, "u"), (EACH, "ucc")], ids=["once", "each"])
@pytest.mark.parametrize("pin", [None, "000000"], ids=["none", "one that is not used"])
def test_a_pin_pad(desk, own, token, label, logins, pin):  # noqa: F811
    """The PIN is typed at the reader: none is asked for, and one that is offered does not reach the token (the shim would refuse it)."""
    ds = letters(desk, 2)
    said, tried = token(ds, label=label, pin=pin, PAD=PIN)
    assert "Enter the PIN at the card reader" in said and said.count('"done"') == 2 and tried == logins, (said, tried)
    for d in ds:
        check_pdf(desk, d, own)
