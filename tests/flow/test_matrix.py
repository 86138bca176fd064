"""Every baseline level × format × kind of key (tests/unit/make_levels), each looked at by programs of others. What looks at what ("-": it cannot):

    checker                                   PAdES                  CAdES beside, around   ASiC-E, ASiC-S         kinds of keys
    congvan verify (level, verdict)           all                    all                    all                    all
    pkijs (tests/js/check.mjs)                all, from the bytes    all                    all, taken out of it   all but ed25519
    openssl cms -verify -cades                all, CMS taken out     all                    all, taken out of it   all but ed25519 (OpenSSL 3.0 has no EdDSA in CMS)
    openssl ts -verify, every timestamp       all                    all                    all                    (the authority's, RSA)
    openssl ocsp, the answer inside (B-LT up) DSS                    crls of SignedData     crls of SignedData     all
    qpdf --check                              all                    -                      -                      all
    pdfsig                                    all                    -                      -                      all but pss (RSASSA-PSS as type of the key) and ed25519
    mutool sign -v                            all                    -                      -                      all but rsapss (PSS by SHA-384 with a plain RSA key) and ed25519
    Bouncy Castle, archive imprints (B-LTA)   -                      all                    ASiC-S                 all
    unzip -t                                  -                      -                      all                    all

ed25519: that the value is right, openssl pkeyutl says in test_key_kinds. pdfsig and mutool do not look at document timestamps: openssl ts and pkijs do. And for each format and kind
something altered, which each checker must refuse: a checker that says yes to everything would pass the rest."""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import zipfile

import pytest

BUILD, SRC = os.environ["CONGVAN_BUILDDIR"], os.environ["CONGVAN_SRCDIR"]
MADE = os.path.abspath(os.path.join(BUILD, "tests", "corpus", "levels"))
PKI = os.path.abspath(os.path.join(BUILD, "tests", "data", "pki"))
CLI = os.path.abspath(os.path.join(BUILD, "cli", "congvan"))
ROOT, ISSUING = os.path.join(PKI, "root.pem"), os.path.join(PKI, "issuing.pem")
KINDS = ["rsa3072", "rsa4096", "rsapss", "pss", "p256", "p384", "p521", "ed25519"]
DIGESTS = {"rsa4096": "SHA-512", "rsapss": "SHA-384", "p384": "SHA-384", "p521": "SHA-512", "ed25519": "SHA-512"}
LEVELS = ["B-B", "B-T", "B-LT", "B-LTA"]
FORMATS = ["pdf", "p7s", "p7m", "asice", "asics"]
SIGNED = {"contentType": "1.2.840.113549.1.9.3", "messageDigest": "1.2.840.113549.1.9.4", "signing-certificate-v2": "1.2.840.113549.1.9.16.2.47"}
SIGNING_TIME = "1.2.840.113549.1.9.5"
CASES = [(k, l, f) for k in KINDS for l in LEVELS for f in FORMATS]


def made(kind, level, form):
    return os.path.join(MADE, "%s-%s.%s" % (kind, level, form))


def run(*words, cwd=None, stdin=None):
    return subprocess.run([str(w) for w in words], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=300, check=False)


def all_of(function, cases):
    """In threads, each of which waits for a program: what is wrong, of all."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return [w for w in pool.map(lambda c: function(*c), cases) if w]


def parts_of(place, kind, level, form):
    return place / ("%s-%s-%s" % (kind, level, form))


def unpacked(path, to):
    """CMS and what it signs, out of a container."""
    with zipfile.ZipFile(path) as z:
        signature, = [n for n in z.namelist() if n.endswith(".p7s")]
        content = next((n for n in z.namelist() if "ASiCManifest" in n), "letter.txt")
        for name, out in ((signature, "asic.p7s"), (content, "asic.content")):
            (to / out).write_bytes(z.read(name))
        for name in z.namelist():
            if name.endswith(".tst"):
                (to / "asic.tst").write_bytes(z.read(name))
                (to / "asic.manifest").write_bytes(z.read("META-INF/ASiCArchiveManifest.xml"))


def job(kind, level, form, to):
    path = made(kind, level, form)
    to.mkdir()
    if form == "pdf":
        return {"pdf": path, "parts": str(to)}
    if form.startswith("asic"):
        unpacked(path, to)
        return {"cms": str(to / "asic.p7s"), "content": str(to / "asic.content"), "parts": str(to)}
    return {"cms": path, "content": os.path.join(MADE, "letter.txt") if form == "p7s" else None, "parts": str(to)}


def pkijs(jobs):
    done = run("node", os.path.join(SRC, "tests", "js", "check.mjs"), ROOT, stdin=json.dumps(jobs))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("bảng")


@pytest.fixture(scope="module")
def seen(place):
    """pkijs on all of them, in one run; what it takes apart is left for the others."""
    return dict(zip(CASES, pkijs([job(*c, parts_of(place, *c)) for c in CASES])))


def test_nothing_is_missing():
    assert [c for c in CASES if not os.path.exists(made(*c))] == []


def ours(kind, level, form):
    words = [made(kind, level, form)] if form != "p7s" else [os.path.join(MADE, "letter.txt"), "--signature", made(kind, level, form)]
    done = run(CLI, "--trust", PKI, "--json", "verify", *words)
    report = json.loads(done.stdout)
    first = [s for s in report["signatures"] if not s["is_timestamp"]]
    # an archive manifest's timestamp makes ASiC-E archived; everything of the path is in the signature
    if done.returncode != 0 or report["indication"] != "TOTAL-PASSED" or len(first) != 1 or first[0]["level"] != level:
        return (kind, level, form, report["indication"], [(s["level"], s["sub_indication"], s["why"]) for s in report["signatures"]])
    return None


@pytest.mark.parametrize("form", FORMATS)
def test_congvan(form):
    assert all_of(ours, [c for c in CASES if c[2] == form]) == []


def stamps_wanted(level, form):
    """Of one signature, by kind."""
    wanted = ["signature"] if level != "B-B" else []
    return wanted + (["document"] if form == "pdf" else ["archive"] if form != "asice" else []) if level == "B-LTA" else wanted


@pytest.mark.parametrize("form", FORMATS)
def test_pkijs(seen, form):
    wrong = []
    for c in [c for c in CASES if c[2] == form]:
        kind, level, _ = c
        answer = seen[c]
        signatures = answer["signatures"]
        stamps = [s for one in signatures for s in one["timestamps"]]
        if answer["error"] or sorted(s["kind"] for s in stamps) != sorted(stamps_wanted(level, form)) or not all(s["right"] and s["time"] for s in stamps):
            wrong.append((c, answer))
            continue
        first = signatures[0]
        if first["right"] != (kind != "ed25519") or first["digest"] != DIGESTS.get(kind, "SHA-256"):
            wrong.append((c, first))
        # EN 319 142-1 6.3: PAdES has no signing-time, the time is in the dictionary; CAdES has it
        if set(first["attributes"]) != set(SIGNED.values()) | (set() if form == "pdf" else {SIGNING_TIME}):
            wrong.append((c, first["attributes"]))
    assert wrong == []


def cms_and_content(place, kind, level, form):
    at = parts_of(place, kind, level, form)
    if form == "pdf":
        return at / "cms0", at / "content0"
    if form.startswith("asic"):
        return at / "asic.p7s", at / "asic.content"
    return made(kind, level, form), os.path.join(MADE, "letter.txt") if form == "p7s" else None


def openssl_cms(cms, content):
    return run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", cms, *(["-content", content] if content else []), "-CAfile", ROOT,
               "-purpose", "any", "-out", os.devnull)


@pytest.mark.parametrize("form", FORMATS)
def test_openssl_cms(seen, place, form):
    def check(kind, level, form):
        done = openssl_cms(*cms_and_content(place, kind, level, form))
        return None if done.returncode == 0 and "successful" in done.stderr else (kind, level, form, done.stderr)
    assert all_of(check, [c for c in CASES if c[2] == form and c[0] != "ed25519"]) == []


def openssl_ts(token, about):
    # from within the folder: -untrusted takes a list, and parts it at the blanks of a path
    return run("openssl", "ts", "-verify", "-in", token, "-token_in", "-data", about, "-CAfile", "root.pem", "-untrusted", "issuing.pem", cwd=PKI)


def test_openssl_ts(seen, place):
    pairs = []
    for c in CASES:
        at = parts_of(place, *c)
        pairs += [(at / n, at / n.replace("stamp", "about")) for n in os.listdir(at) if n.startswith("stamp")]
        if (at / "asic.tst").exists():
            pairs.append((at / "asic.tst", at / "asic.manifest"))
    # a signature timestamp from B-T on, and one more at B-LTA
    assert len(pairs) == len(KINDS) * len(FORMATS) * 4

    def check(token, about):
        done = openssl_ts(token, about)
        return None if done.returncode == 0 and "Verification: OK" in done.stdout + done.stderr else (str(token), done.stdout + done.stderr)
    assert all_of(check, pairs) == []
    assert openssl_ts(pairs[0][0], os.path.join(MADE, "letter.pdf")).returncode != 0


def test_openssl_ocsp(seen, place):
    def check(kind, level, form):
        at = parts_of(place, kind, level, form)
        answer = at / "ocsp0-1"
        if form == "pdf":
            run("mutool", "show", "-b", "-o", answer, made(kind, level, form), "trailer/Root/DSS/OCSPs/1")
        cert = os.path.join(BUILD, "tests", "data", "kinds", "%s.pem" % ("rsa3072" if kind == "rsapss" else kind))
        done = run("openssl", "ocsp", "-respin", answer, "-issuer", ISSUING, "-cert", cert, "-CAfile", ROOT, "-verify_other", ISSUING, "-no_nonce",
                   "-validity_period", "999999999")
        return None if "Response verify OK" in done.stderr and ": good" in done.stdout else (kind, level, form, done.stdout + done.stderr)
    assert all_of(check, [c for c in CASES if c[1] in ("B-LT", "B-LTA")]) == []


def test_pdf_tools():
    def check(kind, level, form):
        path = made(kind, level, form)
        structure, poppler, mupdf = run("qpdf", "--check", path), run("pdfsig", "-nocert", path), run("mutool", "sign", "-v", path)
        later = level in ("B-LT", "B-LTA")
        return [w for w in (
            structure.returncode == 0 or structure.stdout + structure.stderr,
            len(re.findall(r"^Signature #", poppler.stdout, re.M)) == (2 if level == "B-LTA" else 1) or poppler.stdout,
            "ETSI.CAdES.detached" in poppler.stdout or poppler.stdout,
            kind in ("pss", "ed25519") or "Signature is Valid" in poppler.stdout or poppler.stdout,
            kind in ("rsapss", "ed25519") or ("valid but there have been edits" if later else "unchanged since signing") in mupdf.stdout + mupdf.stderr or
            mupdf.stdout + mupdf.stderr) if w is not True]
    assert all_of(check, [c for c in CASES if c[2] == "pdf"]) == []


def test_containers_open():
    assert all_of(lambda *c: None if run("unzip", "-tq", made(*c)).returncode == 0 else c, [c for c in CASES if c[2].startswith("asic")]) == []


def test_bouncy_castle(seen, place):
    """The imprint of every archive-time-stamp-v3 recomputed."""
    words = []
    for kind in KINDS:
        words += [made(kind, "B-LTA", "p7s"), os.path.join(MADE, "letter.txt"), made(kind, "B-LTA", "p7m"), "-"]
        at = parts_of(place, kind, "B-LTA", "asics")
        words += [at / "asic.p7s", at / "asic.content"]
    jars = ":".join("/usr/share/java/%s.jar" % j for j in ("bcpkix", "bcprov", "bcutil"))
    done = run("java", "-XX:TieredStopAtLevel=1", "-cp", jars, os.path.join(SRC, "tests", "java", "ArchiveTimestamp.java"), *words)
    assert done.returncode == 0 and done.stdout.count(": 1 right") == 3 * len(KINDS), done.stdout + done.stderr


# --- and what was altered, nobody takes ---

def altered(path, at, to):
    data = bytearray(open(path, "rb").read())
    data[at(bytes(data))] ^= 1
    to.write_bytes(data)
    return to


def last_of_value(data):
    """An octet of the SignerInfo's own signature value; unsigned attributes follow it at most as [1]."""
    return len(data) - 5


def test_altered_is_refused(seen, place):
    jobs, names = [], []
    other = place / "khác.txt"
    other.write_bytes(open(os.path.join(MADE, "letter.txt"), "rb").read() + b"x")
    for kind in [k for k in KINDS if k != "ed25519"]:
        # another content; another value; in a PDF an octet of the page; in a container another manifest or file
        jobs.append({"cms": made(kind, "B-LTA", "p7s"), "content": str(other)})
        jobs.append({"cms": str(altered(made(kind, "B-B", "p7s"), last_of_value, place / (kind + "-v.p7s"))), "content": os.path.join(MADE, "letter.txt")})
        jobs.append({"cms": str(altered(made(kind, "B-T", "p7m"), lambda d: d.index("Số: 12".encode()), place / (kind + ".p7m"))), "content": None})
        jobs.append({"pdf": str(altered(made(kind, "B-LT", "pdf"), lambda d: 9, place / (kind + ".pdf")))})
        for form in ("asice", "asics"):
            at = parts_of(place, kind, "B-LT", form)
            jobs.append({"cms": str(at / "asic.p7s"), "content": str(altered(at / "asic.content", lambda d: 5, place / (kind + form)))})
        names += [(kind, n) for n in ("content", "value", "around", "page", "asice", "asics")]
    assert [(n, a) for n, a in zip(names, pkijs(jobs)) if a["signatures"] and a["signatures"][0]["right"]] == []

    def by_openssl(job):
        if "pdf" not in job and openssl_cms(job["cms"], job["content"]).returncode == 0:
            return job
        return None
    assert all_of(by_openssl, [(j,) for j in jobs]) == []
    for kind in [k for k in KINDS if k != "ed25519"]:
        assert "Signature is Valid" not in run("pdfsig", "-nocert", place / (kind + ".pdf")).stdout, kind
        assert not re.search("is valid|unchanged since", run("mutool", "sign", "-v", place / (kind + ".pdf")).stdout), kind
        assert run(CLI, "--trust", PKI, "--json", "verify", place / (kind + ".pdf")).returncode == 7, kind


def test_altered_timestamp_is_refused(seen, place):
    """A token about another signature: the one of another key put into this one's place."""
    at, other = parts_of(place, "p256", "B-T", "p7s"), parts_of(place, "p384", "B-T", "p7s")
    data = open(made("p256", "B-T", "p7s"), "rb").read()
    mine, theirs = (at / "stamp0-1").read_bytes(), (other / "stamp0-1").read_bytes()
    assert data.count(mine) == 1
    if len(mine) == len(theirs):
        swapped = place / "swapped.p7s"
        swapped.write_bytes(data.replace(mine, theirs))
        answer, = pkijs([{"cms": str(swapped), "content": os.path.join(MADE, "letter.txt")}])
        assert answer["signatures"][0]["right"] and not answer["signatures"][0]["timestamps"][0]["right"], answer
    # an octet of the token's own value
    broken = bytearray(data)
    broken[data.index(mine) + len(mine) - 5] ^= 1
    (place / "broken.p7s").write_bytes(broken)
    answer, = pkijs([{"cms": str(place / "broken.p7s"), "content": os.path.join(MADE, "letter.txt")}])
    assert answer["signatures"][0]["right"] and not answer["signatures"][0]["timestamps"][0]["right"], answer
    shutil.copy(at / "stamp0-1", place / "token")
    assert openssl_ts(place / "token", other / "about0-1").returncode != 0
