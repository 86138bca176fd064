"""Every kind of key × PDF, CMS detached, CMS attached, counter-signature: `congvan sign --out` with a PKCS#12 file or a token, judged by `openssl cms -verify -cades`, pdfsig and our
verifier. Ed25519 (RFC 8419) is known to none of the stock tools of Debian 12: there our verifier alone judges, and openssl's raw check of the value."""
import json
import os
import subprocess
import sys

import pytest

BUILD, SRC = os.environ["CONGVAN_BUILDDIR"], os.environ["CONGVAN_SRCDIR"]
PKI, KINDS = os.path.join(BUILD, "tests", "data", "pki"), os.path.join(BUILD, "tests", "data", "kinds")
CLI = os.path.join(BUILD, "cli", "congvan")
SOFTHSM = next((p for p in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so") if os.path.exists(p)), None)

# kind of key: (options, digest as openssl prints it, signature algorithm)
ALL = {
    "rsa3072": ([], "sha256", "rsaEncryption|sha256WithRSAEncryption"),
    "rsa4096": (["--digest", "SHA512"], "sha512", "sha512WithRSAEncryption"),
    "rsa3072 pss": (["--pss", "--digest", "SHA384"], "sha384", "rsassaPss"),
    "pss": ([], "sha256", "rsassaPss"),
    "p256": ([], "sha256", "ecdsa-with-SHA256"),
    "p384": ([], "sha384", "ecdsa-with-SHA384"),
    "p521": ([], "sha512", "ecdsa-with-SHA512"),
    "ed25519": ([], "sha512", "ED25519"),
}


def run(*words, code=0, env=None):
    done = subprocess.run([str(w) for w in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100,
                          env={**os.environ, **(env or {})})
    assert done.returncode == code, "%s\n%s%s" % (words, done.stdout, done.stderr)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    d = tmp_path_factory.mktemp("ký")
    run(sys.executable, os.path.join(SRC, "tests", "data", "make_pdf.py"), d / "thu.pdf", "--name", "Nguyễn Văn Mẫu")
    (d / "thu.txt").write_bytes("nội dung văn bản\n".encode() * 1000)
    (d / "pin").write_text("777777\n")
    return d


def sign(place, kind, source, out, *more):
    options = ALL[kind][0] if kind in ALL else []
    return run(CLI, "sign", place / source, "--p12", os.path.join(KINDS, kind.split()[0] + ".p12"), "--pin-file", place / "pin", "--out", place / out,
               *options, *more)


def our_verdict(*words):
    """By the test PKI, whose list has none of these certificates revoked."""
    return run(CLI, "--trust", PKI, "--lang", "en", "--json", "verify", *words)


def structure(path, kind):
    printed = run("openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", path, "-noout")
    assert ("algorithm: %s" % ALL[kind][1]) in printed
    assert any(("algorithm: %s" % name) in printed for name in ALL[kind][2].split("|"))
    assert "id-smime-aa-signingCertificateV2" in printed
    return printed


@pytest.mark.parametrize("kind", ALL)
def test_detached(place, kind):
    out = place / (kind + ".p7s")
    sign(place, kind, "thu.txt", out)
    assert "signingTime" in structure(out, kind)
    assert '"indication": "TOTAL-PASSED"' in our_verdict(place / "thu.txt", "--signature", out)
    if kind != "ed25519":
        run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", out, "-content", place / "thu.txt", "-CAfile",
            os.path.join(PKI, "root.pem"), "-purpose", "any", "-out", "/dev/null")
    (place / "other.txt").write_bytes((place / "thu.txt").read_bytes() + b"x")
    assert '"indication": "TOTAL-FAILED"' in run(CLI, "--trust", PKI, "--json", "verify", place / "other.txt", "--signature", out, code=7)


@pytest.mark.parametrize("kind", ALL)
def test_attached(place, kind):
    out = place / (kind + ".p7m")
    sign(place, kind, "thu.txt", out, "--attached")
    structure(out, kind)
    assert '"indication": "TOTAL-PASSED"' in our_verdict(out)
    if kind != "ed25519":
        run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", out, "-CAfile", os.path.join(PKI, "root.pem"), "-purpose", "any",
            "-out", place / "inside")
        assert (place / "inside").read_bytes() == (place / "thu.txt").read_bytes()
    altered = bytearray(out.read_bytes())
    altered[altered.index("nội dung".encode()) + 20] ^= 1
    (place / "altered.p7m").write_bytes(altered)
    assert '"indication": "TOTAL-FAILED"' in run(CLI, "--trust", PKI, "--json", "verify", place / "altered.p7m", code=7)


@pytest.mark.parametrize("kind", ALL)
def test_pdf(place, kind):
    out = place / (kind + ".pdf")
    sign(place, kind, "thu.pdf", out, "--reason", "Thử")
    assert out.read_bytes().startswith((place / "thu.pdf").read_bytes())
    assert '"indication": "TOTAL-PASSED"' in our_verdict(out)
    said = run("pdfsig", "-nocert", out)
    assert "ETSI.CAdES.detached" in said and "Total document signed" in said
    if kind in ("rsa3072", "rsa4096", "p256", "p384", "p521"):  # NSS behind pdfsig knows neither PSS in CMS nor EdDSA
        assert "Signature is Valid" in said


@pytest.mark.parametrize("kind", ALL)
def test_counter(place, kind):
    """A second person's key of each kind over the first one's signature, beside the file and around it: each with a verdict of its own; the signature under it as good as before for openssl."""
    first, around = place / "erster.p7s", place / "erster.p7m"
    if not first.exists():
        sign(place, "p256", "thu.txt", first)
        sign(place, "p256", "thu.txt", around, "--attached")
    beside, inside = place / (kind + " gegen.p7s"), place / (kind + " gegen.p7m")
    sign(place, kind, "thu.txt", beside, "--counter", first)
    sign(place, kind, around, inside, "--counter", around)
    for words in ((place / "thu.txt", "--signature", beside), (inside,)):
        report = json.loads(our_verdict(*words))
        assert report["indication"] == "TOTAL-PASSED" and len(report["signatures"]) == 1
        counter, = report["signatures"][0]["counter_signatures"]
        assert (counter["indication"], counter["level"], counter["intact"]) == ("TOTAL-PASSED", "B-B", True), counter["why"]
        assert counter["digest"].lower() == ALL[kind][1]
        assert counter["field"].startswith("counter-") and counter["counter_signatures"] == []
    run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", beside, "-content", place / "thu.txt", "-CAfile",
        os.path.join(PKI, "root.pem"), "-purpose", "any", "-out", "/dev/null")
    assert "object: countersignature" in run("openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", beside, "-noout")
    # a signature over something else, or none at all, is not counter-signed
    (place / "other.txt").write_bytes(b"other")
    sign_code = ["--p12", os.path.join(KINDS, "p256.p12"), "--pin-file", place / "pin", "--out", place / "none"]
    run(CLI, "sign", place / "other.txt", "--counter", first, *sign_code, code=7)
    run(CLI, "sign", place / "thu.txt", "--counter", place / "thu.txt", *sign_code, code=7)
    assert not (place / "none").exists()


def test_ed25519_value_by_openssl(place):
    """What RFC 8419 3.1 says is signed: the attributes themselves. openssl's command checks the value over the bytes cut out of the file."""
    out = place / "roh.p7s"
    sign(place, "ed25519", "thu.txt", out)
    der = out.read_bytes()
    value = der[-64:]
    begin = der.index(bytes.fromhex("06092a864886f70d010903")) - 2  # the first attribute in DER order is contentType
    size = 1 if der[begin - 2] == 0x81 else 2  # octets of the length, in its long form
    header = begin - size - 2
    assert der[header] == 0xa0 and der[header + 1] == 0x80 + size
    length = int.from_bytes(der[begin - size:begin], "big")
    (place / "attributes").write_bytes(b"\x31" + der[header + 1:begin + length])
    (place / "value").write_bytes(value)
    run("openssl", "pkeyutl", "-verify", "-certin", "-inkey", os.path.join(KINDS, "ed25519.pem"), "-rawin", "-in", place / "attributes", "-sigfile",
        place / "value")


def test_refusals(place):
    (place / "wrong").write_text("000000\n")
    p12 = os.path.join(KINDS, "p256.p12")
    assert "PIN" in run(CLI, "sign", place / "thu.txt", "--p12", p12, "--pin-file", place / "wrong", "--out", place / "none", code=3)
    run(CLI, "sign", place / "thu.pdf", "--p12", p12, "--pin-file", place / "pin", "--out", place / "none", "--attached", code=1)
    run(CLI, "sign", place / "thu.txt", "--p12", p12, "--pin-file", place / "pin", "--out", place / "none", "--digest", "MD5", code=1)
    run(CLI, "sign", place / "thu.txt", "--out", place / "none", code=1)
    run(CLI, "sign", place / "thu.txt", "--p12", os.path.join(KINDS, "ed25519.p12"), "--pin-file", place / "pin", "--out", place / "none", "--digest", "SHA256",
        code=2)
    assert not (place / "none").exists()
    (place / "there").write_text("mine")
    run(CLI, "sign", place / "thu.txt", "--p12", p12, "--pin-file", place / "pin", "--out", place / "there", code=70)
    assert (place / "there").read_text() == "mine"


@pytest.fixture(scope="module")
def token(place):
    """A SoftHSM token with two people's keys."""
    env = {"SOFTHSM2_CONF": str(place / "softhsm.conf")}
    (place / "tokens").mkdir()
    (place / "softhsm.conf").write_text("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n" % (place / "tokens"))
    run("softhsm2-util", "--init-token", "--free", "--label", "Của tôi", "--so-pin", "12345678", "--pin", "777777", env=env)
    for number, kind in (("01", "p384"), ("02", "rsa3072")):
        run("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", os.path.join(KINDS, kind + ".key"), "-out", place / "key.der")
        run("openssl", "x509", "-outform", "DER", "-in", os.path.join(KINDS, kind + ".pem"), "-out", place / "cert.der")
        for what, file in (("privkey", "key.der"), ("cert", "cert.der")):
            run("pkcs11-tool", "--module", SOFTHSM, "--token-label", "Của tôi", "--login", "--pin", "777777", "--write-object", place / file, "--type", what,
                "--id", number, "--usage-sign", env=env)
    return env


def test_token(place, token):
    base = [CLI, "sign", place / "thu.pdf", "--module", SOFTHSM, "--token", "Của tôi", "--pin-file", place / "pin", "--out", place / "token.pdf"]
    run(*base, code=2, env=token)  # two certificates, none named
    run(*base, "--certificate", "p384", env=token)
    assert '"indication": "TOTAL-PASSED"' in run(CLI, "--trust", PKI, "--lang", "en", "--json", "verify", place / "token.pdf")
    assert "Signature is Valid" in run("pdfsig", "-nocert", place / "token.pdf")
    for more, name in (["--pss"], "token-pss.p7s"), ([], "token-pkcs1.p7s"):
        run(CLI, "sign", place / "thu.txt", "--module", SOFTHSM, "--pin-file", place / "pin", "--out", place / name, "--certificate", "rsa3072", *more, env=token)
        run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", place / name, "-content", place / "thu.txt", "-CAfile",
            os.path.join(PKI, "issuing-chain.pem"), "-certfile", os.path.join(PKI, "issuing.pem"), "-purpose", "any", "-out", "/dev/null")


def test_token_wrong_pin(place, token):
    (place / "wrong").write_text("000000\n")
    run(CLI, "sign", place / "thu.txt", "--module", SOFTHSM, "--pin-file", place / "wrong", "--out", place / "no", "--certificate", "p384", code=3, env=token)
    run(CLI, "sign", place / "thu.txt", "--module", SOFTHSM, "--token", "Ai đó", "--pin-file", place / "pin", "--out", place / "no", code=4, env=token)
    run(CLI, "sign", place / "thu.txt", "--module", "/nowhere.so", "--pin-file", place / "pin", "--out", place / "no", code=4, env=token)
    assert not (place / "no").exists()
