"""Revocation data and levels: what congvand fetches for a verdict, from whom it does not fetch, and how signatures rise to the level wanted. The network side is
tests/flow/pki_server.py: OpenSSL's TSA and responder, which the tests switch off and on."""
import contextlib
import datetime
import json
import os
import re
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
import time

import pytest

from office import BUILD, Office
from pki_server import PkiServer
from test_signing import DATA, Signer, bootstrap_with_keys, cli, newest, sign, submitted


def wait_until(what, seconds=90):
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got:
            return got
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def pki():
    server = PkiServer()
    yield server
    server.stop()


@pytest.fixture
def net(pki):
    """The network side with everything up."""
    pki.down.clear()
    pki.hooks.clear()
    pki.log.clear()
    return pki


@pytest.fixture(scope="module")
def desk(pki):
    settings = ('worker { trust = "%s" }\nnet { allow = "127.0.0.1:%s" }\nproofs { retry_seconds = 1 seconds = 5 answer_mib = 1 }\n'
                % (pki.trust(), pki.url.rsplit(":", 1)[1]))
    with Office(settings=settings, worker=True) as o:
        o.people = {login: o.sign_in(login) for login in ("chuyenvien", "luutru")}
        yield o


def detached(net, name="leader1", text=b"van ban", certs=True):
    """A CAdES signature by OpenSSL."""
    path = os.path.join(net.dir, "a.txt")
    with open(path, "wb") as f:
        f.write(text)
    key = name.replace("bad/revoked", "bad/bad") + ".key"
    more = ["-certfile", "issuing.pem"] if certs else []
    return net.openssl("cms", "-sign", "-cades", "-binary", "-outform", "DER", "-signer", name + ".pem", "-inkey", key, "-in", path, *more)


def forget(desk):
    """What was fetched, and verdicts: a signature made twice in a second is the same bytes."""
    desk.sql("DELETE FROM proof; DELETE FROM verdict")


def judge(desk, cms, text=b"van ban"):
    who = desk.people["luutru"]
    a = who.request("POST", "/v1/verifications?detached=" + who.upload(cms), raw=text, headers={"Content-Type": "application/octet-stream"})
    assert a.code == 200, a
    return a.json["signatures"][0], a.json["missing"]


def test_everything_is_fetched_once(desk, net):
    forget(desk)
    s, missing = judge(desk, detached(net))
    assert s["indication"] == "TOTAL-PASSED" and s["revocation_checked"] and missing == [], s
    assert net.asked("/ocsp") == 1 and net.asked("/root.crl") == 1 and net.asked("/issuing.crl") == 0
    s, missing = judge(desk, detached(net, text=b"van ban khac"), b"van ban khac")
    assert s["revocation_checked"] and missing == []
    assert net.asked("/ocsp") == 1 and net.asked("/root.crl") == 1
    assert sorted(r[0] for r in desk.sql("SELECT kind FROM proof WHERE sha256 IS NOT NULL")) == ["crl", "ocsp"]


def test_the_issuer_is_fetched(desk, net):
    forget(desk)
    s, missing = judge(desk, detached(net, certs=False))
    assert s["indication"] == "TOTAL-PASSED" and s["revocation_checked"] and missing == [], s
    assert net.asked("/issuing.cer") == 1


def test_a_responder_that_takes_get_only(desk, net):
    forget(desk)
    net.down.add("ocsp-post")
    s, _ = judge(desk, detached(net))
    assert s["revocation_checked"] and [m for m, p in net.log if p.startswith("/ocsp")] == ["POST", "GET"]


def test_lists_when_the_responder_is_down(desk, net):
    forget(desk)
    net.down.add("ocsp")
    s, missing = judge(desk, detached(net))
    assert s["revocation_checked"] and missing == [] and net.asked("/issuing.crl") == 1


def test_a_warning_when_nothing_can_be_had(desk, net):
    forget(desk)
    net.down.update(("ocsp", "crl"))
    s, missing = judge(desk, detached(net))
    assert s["indication"] == "TOTAL-PASSED" and not s["revocation_checked"]
    assert {m["what"] for m in missing} == {"revocation"} and len(missing) == 2 and "fetch.http 503" in missing[0]["why"]
    # left alone for a while, then asked again
    asked = net.asked("/ocsp")
    judge(desk, detached(net))
    assert net.asked("/ocsp") == asked
    net.down.clear()
    assert wait_until(lambda: judge(desk, detached(net))[1] == [])


def test_revoked(desk, net):
    forget(desk)
    s, _ = judge(desk, detached(net, "bad/revoked"))
    assert s["indication"] == "INDETERMINATE" and s["sub_indication"] == "REVOKED_NO_POE", s


def test_many_wait_for_one(desk, net):
    forget(desk)
    release = threading.Event()

    def slowly(handler):
        release.wait(30)
        handler.give(net.openssl("crl", "-in", "crls/root.crl", "-outform", "DER"))

    net.hooks["/root.crl"] = slowly
    net.down.add("ocsp")
    cms, results = detached(net), []
    threads = [threading.Thread(target=lambda who=desk.sign_in("luutru"): results.append(who.request(
        "POST", "/v1/verifications?detached=" + who.upload(cms), raw=b"van ban", headers={"Content-Type": "application/octet-stream"}))) for _ in range(5)]
    for t in threads:
        t.start()
    wait_until(lambda: net.asked("/root.crl") == 1)
    release.set()
    for t in threads:
        t.join(60)
    assert [a.code for a in results] == [200] * 5 and all(a.json["missing"] == [] for a in results)
    assert net.asked("/root.crl") == 1


# --- answers and places that must not be believed ---

def refused(desk, net, place, answer):
    """With this answer at the place nothing is had from it; what it was told."""
    forget(desk)
    net.hooks[place] = answer
    net.down.add("ocsp")
    s, missing = judge(desk, detached(net))
    assert s["indication"] == "TOTAL-PASSED" and not s["revocation_checked"]
    return [m["why"] for m in missing]


def test_an_answer_about_somebody_else(desk, net):
    why = refused(desk, net, "/issuing.crl", lambda h: h.give(net.openssl("crl", "-in", "crls/root.crl", "-outform", "DER")))
    assert len(why) == 1 and "proof.signer" in why[0], why
    assert desk.sql("SELECT count(*) FROM proof WHERE url LIKE '%/issuing.crl' AND sha256 IS NOT NULL") == [["0"]]


def test_an_old_list(desk, net):
    why = refused(desk, net, "/issuing.crl", lambda h: h.give(net.openssl("crl", "-in", "bad/crl-old.crl", "-outform", "DER")))
    assert len(why) == 1 and "proof.old" in why[0], why


def test_a_huge_answer(desk, net):
    why = refused(desk, net, "/issuing.crl", lambda h: h.give(b"\x30" * (2 << 20)))
    assert len(why) == 1 and "/issuing.crl" in why[0], why


def test_a_slow_answer(desk, net):
    over = threading.Event()

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            while not over.wait(0.2):
                handler.wfile.write(b"x")
        except OSError:
            pass

    begun = time.monotonic()
    try:
        refused(desk, net, "/issuing.crl", drip)
    finally:
        over.set()
    assert time.monotonic() - begun < 60  # and not the 200 s that the answer would take
    # that it gave nothing may be written down after the verdict is given: not into the next test, which would not ask there
    wait_until(lambda: desk.sql("SELECT count(*) FROM proof WHERE url LIKE '%/issuing.crl'") == [["1"]], 60)


def test_a_redirect_is_followed_within_the_list(desk, net):
    forget(desk)
    net.down.add("ocsp")

    def elsewhere(handler):
        net.hooks.clear()  # before the answer: whoever follows it at once must not be sent on again
        handler.send_response(302)
        handler.send_header("Location", net.url + "/issuing.crl?again")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    net.hooks["/issuing.crl"] = elsewhere
    s, missing = judge(desk, detached(net))
    assert s["revocation_checked"] and missing == []


@pytest.fixture
def inner():
    """A door that nobody may knock at: counts who does."""
    knocks = []

    class Door(socketserver.BaseRequestHandler):
        def handle(self):
            knocks.append(self.request.recv(1000))

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.knocks = knocks
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("where", ["http://127.0.0.1:%d/x", "http://localhost:%d/x", "http://[::1]:%d/x", "http://169.254.169.254/latest/meta-data/%d",
                                   "http://0x7f000001:%d/", "http://127.1:%d/", "file:///etc/passwd#%d", "gopher://127.0.0.1:%d/"])
def test_a_redirect_to_an_inner_door(desk, net, inner, where):
    def elsewhere(handler):
        handler.send_response(302)
        handler.send_header("Location", where % inner.server_address[1])
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    refused(desk, net, "/issuing.crl", elsewhere)
    assert inner.knocks == []


def certificate_pointing_to(net, url):
    """A person certified by the demo's CA whose certificate names these places: what a hostile CA, or a careless one, may write."""
    base = os.path.join(net.pki, "hostile")
    with open(base + ".cnf", "w", encoding="utf-8") as f:
        f.write("[x]\nkeyUsage = critical,digitalSignature\nauthorityInfoAccess = OCSP;URI:%s,caIssuers;URI:%s\ncrlDistributionPoints = URI:%s\n" % (url, url, url))
    net.openssl("req", "-new", "-key", "leader1.key", "-subj", "/CN=Nguoi la", "-out", "hostile.csr")
    net.openssl("x509", "-req", "-in", "hostile.csr", "-CA", "issuing.pem", "-CAkey", "issuing.key", "-set_serial", str(time.time_ns()), "-days", "30",
                "-extfile", "hostile.cnf", "-extensions", "x", "-out", "hostile.pem")
    with open(os.path.join(net.dir, "a.txt"), "wb") as f:
        f.write(b"van ban")
    return net.openssl("cms", "-sign", "-cades", "-binary", "-outform", "DER", "-signer", "hostile.pem", "-inkey", "leader1.key", "-in",
                       os.path.join(net.dir, "a.txt"), "-certfile", "issuing.pem")


@pytest.mark.parametrize("where", ["http://127.0.0.1:%d/crl", "http://localhost:%d/crl", "http://[::1]:%d/crl", "http://169.254.169.254/%d",
                                   "http://10.0.0.1:%d/", "http://[::ffff:127.0.0.1]:%d/", "ldap://127.0.0.1:%d/"])
def test_a_certificate_that_points_to_an_inner_door(desk, net, inner, where):
    forget(desk)
    s, missing = judge(desk, certificate_pointing_to(net, where % inner.server_address[1]))
    assert s["intact"] and not s["revocation_checked"]
    assert inner.knocks == []
    if not where.startswith("ldap"):
        assert any("net.allow" in m["why"] for m in missing), missing


# --- verdicts kept ---

def counter(office, name):
    text = office.people["luutru"].get("/metrics").body.decode()
    return int([l for l in text.splitlines() if l.startswith("congvan_" + name + " ")][0].split()[1])


def jobs(desk):
    return counter(desk, "verdict_misses_total")


def test_a_verdict_is_kept_until_something_changes(desk, net, pki):
    forget(desk)
    desk.sql("DELETE FROM verdict")
    cms = detached(net, text=b"giu lai")
    first = judge(desk, cms, b"giu lai")
    made = jobs(desk)
    assert desk.sql("SELECT count(*), min(array_length(certs, 1)) FROM verdict") == [["1", "3"]]
    assert judge(desk, cms, b"giu lai") == first and jobs(desk) == made and counter(desk, "verdict_hits_total") >= 1
    # the same signature beside other bytes is another question
    other, _ = judge(desk, cms, b"giu la1")
    assert other["indication"] == "TOTAL-FAILED" and jobs(desk) == made + 1
    # newer revocation data about one of its certificates
    desk.sql("UPDATE proof SET usable_until = now() WHERE kind = 'ocsp'")
    judge(desk, detached(net, text=b"mot van ban nua"), b"mot van ban nua")
    desk.sql("DELETE FROM verdict WHERE made_at = (SELECT max(made_at) FROM verdict)")
    assert desk.sql("SELECT count(*) FROM verdict WHERE report->'signatures'->0->>'indication' = 'TOTAL-PASSED'") == [["0"]]
    made = jobs(desk)
    judge(desk, cms, b"giu lai")
    assert jobs(desk) == made + 1
    # its time is over
    desk.sql("UPDATE verdict SET valid_until = now()")
    judge(desk, cms, b"giu lai")
    assert jobs(desk) == made + 2


def test_a_revocation_that_comes_ends_a_kept_verdict(desk, net, pki):
    forget(desk)
    desk.sql("DELETE FROM verdict")
    cms = detached(net, "leader3", text=b"bi thu hoi")
    assert judge(desk, cms, b"bi thu hoi")[0]["indication"] == "TOTAL-PASSED"
    index = os.path.join(net.pki, "issuing.index")
    shutil.copy(index, index + ".kept")
    net.revoke("leader3")
    try:
        assert judge(desk, cms, b"bi thu hoi")[0]["indication"] == "TOTAL-PASSED"  # nobody has asked since
        desk.sql("UPDATE proof SET usable_until = now()")
        other = detached(net, "leader3", text=b"van ban khac")
        assert judge(desk, other, b"van ban khac")[0]["sub_indication"] == "REVOKED_NO_POE"
        assert judge(desk, cms, b"bi thu hoi")[0]["sub_indication"] == "REVOKED_NO_POE"
    finally:
        shutil.move(index + ".kept", index)
        forget(desk)


def test_another_trust_folder_is_another_verdict(desk, net, pki):
    forget(desk)
    cms = detached(net, text=b"tin cay")
    assert judge(desk, cms, b"tin cay")[0]["indication"] == "TOTAL-PASSED"
    anchor = os.path.join(pki.dir, "trust", "anchors", "root.pem")
    os.rename(anchor, anchor + ".away")
    try:
        desk.process.send_signal(signal.SIGHUP)
        wait_until(lambda: judge(desk, cms, b"tin cay")[0]["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND")
    finally:
        os.rename(anchor + ".away", anchor)
        desk.process.send_signal(signal.SIGHUP)
    wait_until(lambda: judge(desk, cms, b"tin cay")[0]["indication"] == "TOTAL-PASSED")


def test_an_incomplete_verdict_is_not_kept(desk, net):
    forget(desk)
    net.down.update(("ocsp", "crl"))
    cms = detached(net, text=b"thieu")
    assert judge(desk, cms, b"thieu")[1] != []
    net.down.clear()
    wait_until(lambda: judge(desk, cms, b"thieu")[1] == [])


# --- levels ---

@contextlib.contextmanager
def office_that_signs(pki, people, worker="", signer="", more=""):
    """An office with a signer for whose certificates everything but the anchor comes by the network. worker, signer: more of these sections; more: others."""
    s = Signer(pki.pki)
    s.start()
    settings = ('worker { trust = "%s" %s }\nsigner { socket = "%s" %s }\nnet { allow = "127.0.0.1:%s" }\n%s'
                % (pki.trust(), worker, s.socket, signer, pki.url.rsplit(":", 1)[1], more))
    try:
        with Office(settings=settings, bootstrap=bootstrap_with_keys(), worker=True) as o:
            o.signer = s
            o.people = {login: o.sign_in(login) for login in people}
            for login in o.people:
                with open(os.path.join(s.dir, login + ".token"), "w", encoding="utf-8") as f:
                    f.write(o.people[login].token)
            yield o
    finally:
        s.stop()
        shutil.rmtree(s.dir, ignore_errors=True)


def authority(pki, more=""):
    return 'tsa_url = "%s/tsa" %s' % (pki.url, more)


@pytest.fixture(scope="module")
def signing(pki):
    """An office that signs at B-LTA."""
    more = "proofs { retry_seconds = 1 seconds = 10 }\nlevels { interval_ms = 200 retry_seconds = 1 alarm_hours = 0 }\n"
    with office_that_signs(pki, ("bithu", "vanthu", "chuyenvien", "luutru"), signer=authority(pki, 'level = "B-LTA"'), more=more) as o:
        yield o


def levels(office, document):
    return [(r["level_wanted"], r["level_held"], r["next_try"] is not None) for r in office.people["luutru"].document(document)["levels"]]


def text_file(office):
    return submitted(office, "Báo cáo bằng chữ thường.\n".encode(), "bao-cao.txt")


def save(office, data, name):
    path = os.path.join(office.signer.dir, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def pdfsig(path):
    return subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout


def test_everything_there_gives_the_level_at_once(signing, net):
    forget(signing)
    d = submitted(signing)
    out = sign(signing, "bithu", d)
    assert '"level": "B-LTA"' in out, out
    assert levels(signing, d) == [("B-LTA", "B-LTA", True)]  # and it is to be renewed one day
    versions = signing.people["luutru"].document(d)["versions"]
    assert [v["cause"] for v in versions] == ["drafted", "signed"]
    path = save(signing, newest(signing, d)[1], "lta.pdf")
    told = pdfsig(path)
    assert told.count("Signature is Valid") == 1 and "Signature #2" in told and "Total document signed" in told, told  # the second is the timestamp
    run = subprocess.run([sys.executable, os.path.join(DATA, "check_cades.py"), path, os.path.join(net.pki, "anchors", "root.pem"), signing.signer.dir],
                         capture_output=True, text=True, check=False)
    assert "CAdES Verification successful" in run.stdout, run.stdout + run.stderr
    qpdf = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert qpdf.returncode == 0, qpdf.stdout + qpdf.stderr


def test_a_pdf_rises_when_the_tsa_comes(signing, net):
    """By document timestamps: the bytes that were stored stand as they are. Number and seal go on as usual, and earlier signatures stay valid."""
    forget(signing)
    net.down.add("tsa")
    d = submitted(signing)
    out = sign(signing, "bithu", d)
    assert '"level": "B-B"' in out, out
    first = newest(signing, d)[1]
    net.down.clear()
    wait_until(lambda: levels(signing, d) == [("B-LTA", "B-LTA", True)])
    raised = newest(signing, d)[1]
    assert raised.startswith(first) and len(raised) > len(first)
    cli(signing, "vanthu", "document", "number", d)
    numbered = newest(signing, d)[1]
    sign(signing, "vanthu", d, "seal")
    done = newest(signing, d)[1]
    assert numbered.startswith(raised) and done.startswith(numbered)
    assert [l[1] for l in levels(signing, d)] == ["B-LTA", "B-LTA"]
    told = pdfsig(save(signing, done, "done.pdf"))
    assert told.count("Signature is Valid") == 2, told
    a = signing.people["luutru"].get("/v1/documents/%s/versions/main/verdict" % d)
    ours = [s for s in a.json["signatures"] if not s["is_timestamp"]]
    assert [(s["indication"], s["level"]) for s in ours] == [("TOTAL-PASSED", "B-LTA")] * 2, ours


def check_detached(net, office, document, level):
    """By OpenSSL, and by our own command line without any network: what the signature needs is in it."""
    data = save(office, "Báo cáo bằng chữ thường.\n".encode(), "a.txt")
    p7s = save(office, newest(office, document, "signature")[1], "a.p7s")
    run = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", p7s, "-content", data, "-CAfile",
                          os.path.join(net.pki, "anchors", "root.pem"), "-purpose", "any", "-out", os.devnull], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    report = json.loads(cli(office, "luutru", "verify", data, "--signature", p7s).strip())
    assert '"%s"' % level in json.dumps(report), report


def test_a_detached_signature_too(signing, net):
    forget(signing)
    d = text_file(signing)
    out = sign(signing, "bithu", d)
    assert '"level": "B-LTA"' in out, out
    check_detached(net, signing, d, "B-LTA")


def test_the_level_comes_when_the_tsa_does(signing, net):
    """Signed without a TSA: held B-B, said and queued; raised when it answers, as a new version, and the one before stays."""
    forget(signing)
    net.down.add("tsa")
    d = text_file(signing)
    out = sign(signing, "bithu", d)
    assert '"level": "B-B"' in out and '"wanted_level": "B-LTA"' in out and '"next_try": "20' in out, out
    assert levels(signing, d) == [("B-LTA", "B-B", True)]
    first = newest(signing, d, "signature")[1]
    wait_until(lambda: signing.people["luutru"].document(d)["levels"][0]["tries"] > 0)
    row = signing.people["luutru"].document(d)["levels"][0]
    assert "fetch.http 503" in row["reason"] and row["level_held"] == "B-B", row
    # shown to people in the time of Vietnam
    shown = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "--socket", signing.socket, "--token-file", os.path.join(signing.signer.dir, "luutru.token"),
                            "--lang", "en", "document", "show", d], capture_output=True, text=True, timeout=60, check=True).stdout
    assert re.search(r"B-B .*B-LTA.* \d\d/\d\d/20\d\d \d\d:\d\d:\d\d \+07:00; .*HTTP 503", shown), shown
    # told to people: alarm_hours is 0 here
    wait_until(lambda: signing.sql("SELECT count(*) FROM notification WHERE kind = 'level' AND document = '%s'" % d)[0][0] != "0")
    assert len(signing.people["luutru"].document(d)["versions"]) == 2  # no version for a try that brought nothing
    net.down.clear()
    wait_until(lambda: levels(signing, d) == [("B-LTA", "B-LTA", True)])
    doc = signing.people["luutru"].document(d)
    signatures = [v for v in doc["versions"] if v["part"] == "signature"]
    assert [v["cause"] for v in signatures] == ["signed", "timestamped"] and doc["state"] == "signed"
    kept = signing.people["luutru"].get("/v1/documents/%s/versions/%s/content" % (d, signatures[0]["id"])).body
    assert kept == first
    check_detached(net, signing, d, "B-LTA")
    assert signing.sql("SELECT count(*) FROM leaf WHERE document = '%s' AND convert_from(body, 'UTF8') LIKE '%%\"move\":\"timestamp\"%%'" % d) == [["1"]]


def test_revocation_data_that_come_later(signing, net):
    forget(signing)
    net.down.update(("ocsp", "crl"))
    d = text_file(signing)
    out = sign(signing, "bithu", d)
    assert '"level": "B-T"' in out and "level.no-revocation" in out, out
    net.down.clear()
    wait_until(lambda: levels(signing, d)[0][1] == "B-LTA")
    check_detached(net, signing, d, "B-LTA")


def test_the_queue_survives_a_restart(signing, net):
    forget(signing)
    net.down.add("tsa")
    d = text_file(signing)
    sign(signing, "bithu", d)
    wait_until(lambda: signing.people["luutru"].document(d)["levels"][0]["tries"] > 0)
    signing.stop(9)
    net.down.clear()
    # a claim that died with its process is free again after a while; here at once
    signing.start()
    signing.people = {login: signing.sign_in(login) for login in signing.people}
    for login in signing.people:
        with open(os.path.join(signing.signer.dir, login + ".token"), "w", encoding="utf-8") as f:
            f.write(signing.people[login].token)
    signing.sql("UPDATE signing SET claimed_until = NULL WHERE document = '%s'" % d)
    wait_until(lambda: levels(signing, d)[0][1] == "B-LTA")


def test_a_level_is_never_lowered(signing, net):
    d = text_file(signing)
    sign(signing, "bithu", d)
    assert levels(signing, d)[0][1] == "B-LTA"
    for column in ("held_level", "wanted_level"):
        with pytest.raises(Exception):
            signing.sql("UPDATE signing SET %s = 'B-B' WHERE document = '%s'" % (column, d))


def test_a_revoked_signer(signing, net):
    forget(signing)
    d = text_file(signing)
    index = os.path.join(net.pki, "issuing.index")
    shutil.copy(index, index + ".kept")
    net.revoke("leader1")
    try:
        out = sign(signing, "bithu", d, code=2)
        assert "signing.revoked" in out, out
        assert signing.people["luutru"].document(d)["state"] == "submitted"
    finally:
        shutil.move(index + ".kept", index)
        forget(signing)


def test_the_wish(signing, net):
    leader = signing.people["bithu"]
    a = leader.post("/v1/signings", {"document": text_file(signing), "move": "sign", "key": "leader1", "level": "B-LT"})
    assert a.code == 201 and a.json["level"] == "B-LT", a
    a = leader.post("/v1/signings", {"document": text_file(signing), "move": "sign", "key": "leader1", "level": "B-XL"})
    assert a.problem == (422, "signing.level"), a


# --- the second opinion ---

def test_verifiers_that_disagree_block_the_release(pki, net):
    """A worker that embeds wrongly and does not notice (tests/flow/wrong_worker.c): OpenSSL and poppler do."""
    worker = 'program = "%s"' % os.path.join(BUILD, "tests", "flow", "wrong_worker")
    with office_that_signs(pki, ("bithu", "chuyenvien", "luutru", "vanthu"), worker=worker, signer=authority(pki)) as o:
        for data, name, by in ((None, "thu.pdf", ("poppler", "OpenSSL")), (b"van ban", "thu.txt", ("OpenSSL",))):
            d = submitted(o, data, name)
            out = sign(o, "bithu", d, code=2)
            assert "seal.second" in out and all(b in out for b in by), out
            doc = o.people["luutru"].document(d)
            assert doc["state"] == "submitted" and len(doc["versions"]) == 1
            assert o.sql("SELECT count(*) FROM leaf WHERE type = 'signing.disagreement' AND document = '%s'" % d) == [["1"]]
            assert ("disagreement", d) in [(i["why"], i["document"]["id"]) for i in o.people["vanthu"].get("/v1/inbox").json["items"]]
        assert "event=verifiers-disagree" in o.tail(400)


@pytest.mark.parametrize("program", ["wrong_proofs", "wrong_archive"])
def test_verifiers_that_disagree_while_a_level_is_raised(pki, net, program):
    """A worker that breaks something when proofs or an archive timestamp go in, and does not notice (tests/flow/wrong_raise.c). While signing, at once: nothing is released. Later, by the
    queue: what was released stands as it is. Both times it is in the log, and people are told."""

    def told(o, d):
        assert o.sql("SELECT count(*) FROM leaf WHERE type = 'signing.disagreement' AND document = '%s'" % d) == [["1"]]
        assert ("disagreement", d) in [(i["why"], i["document"]["id"]) for i in o.people["vanthu"].get("/v1/inbox").json["items"]]

    worker = 'program = "%s"' % os.path.join(BUILD, "tests", "flow", program)
    more = "proofs { retry_seconds = 1 seconds = 10 }\nlevels { interval_ms = 200 retry_seconds = 600 }\n"
    with office_that_signs(pki, ("bithu", "chuyenvien", "luutru", "vanthu"), worker=worker, signer=authority(pki, 'level = "B-LTA"'), more=more) as o:
        for make, by in ((text_file, "OpenSSL"), (submitted, "poppler")):
            d = make(o)
            out = sign(o, "bithu", d, code=2)
            assert "seal.second" in out and by in out, out
            doc = o.people["luutru"].document(d)
            assert doc["state"] == "submitted" and len(doc["versions"]) == 1 and doc["signatures"] == []
            told(o, d)
        net.down.add("tsa")
        later = [make(o) for make in (text_file, submitted)]
        for d in later:
            assert '"level": "B-B"' in sign(o, "bithu", d)
        before = {d: [v["sha256"] for v in o.people["luutru"].document(d)["versions"]] for d in later}
        net.down.clear()
        o.sql("UPDATE signing SET next_try = now() WHERE state = 'done'")
        for d in later:
            wait_until(lambda d=d: o.sql("SELECT 1 FROM leaf WHERE type = 'signing.disagreement' AND document = '%s'" % d))
            told(o, d)
            doc = o.people["luutru"].document(d)
            assert doc["state"] == "signed" and set(before[d]) <= {v["sha256"] for v in doc["versions"]}
            held = o.sql("SELECT held_level, level_reason FROM signing WHERE document = '%s'" % d)[0]
            assert held[0] in ("B-B", "B-T", "B-LT") and "seal.second" in held[1], held
            a = o.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (d, newest(o, d, "main")[0]["id"]))
            assert a.json["indication"] == "TOTAL-PASSED", a


def test_archive_timestamps_are_renewed(signing, net):
    """Due before the end of the timestamp's certificate; here at once: the clock of the certificate cannot be turned, the date of the work can."""
    forget(signing)
    for make, part in ((text_file, "signature"), (submitted, "main")):
        d = make(signing)
        sign(signing, "bithu", d)
        assert levels(signing, d) == [("B-LTA", "B-LTA", True)]
        before = newest(signing, d, part)[1]
        signing.sql("UPDATE signing SET next_try = now() WHERE document = '%s'" % d)
        wait_until(lambda d=d, part=part: len([v for v in signing.people["luutru"].document(d)["versions"] if v["part"] == part and v["cause"] == "timestamped"]) == 1)
        after = newest(signing, d, part)[1]
        assert len(after) > len(before) and levels(signing, d) == [("B-LTA", "B-LTA", True)]
        assert part == "signature" or after.startswith(before)
        # not again and again: it is due when that timestamp ages
        due = signing.sql("SELECT next_try > now() + interval '1 hour' FROM signing WHERE document = '%s'" % d)
        assert due == [["t"]]


def test_renewed_before_an_algorithm_ends(signing, net):
    """A rule of trust says that the timestamp's key is good for another month only: what is archived is looked at again, and renewed because the timestamp authority has a better key by then; a
    rule that is far away renews nothing, and without a better key the file does not grow."""
    forget(signing)
    d = text_file(signing)
    sign(signing, "bithu", d)
    assert levels(signing, d) == [("B-LTA", "B-LTA", True)]
    rules = os.path.join(net.trust(), "policy.rules")
    due = "SELECT next_try::text, rules, tries FROM signing WHERE document = '%s'" % d
    before, old, _ = signing.sql(due)[0]

    def say(text):
        with open(rules + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(rules + ".new", rules)

    def stamped():
        return [v for v in signing.people["luutru"].document(d)["versions"] if v["cause"] == "timestamped"]

    try:
        say("algorithm: RSA until 2034-06-01\n")
        wait_until(lambda: signing.sql(due)[0][1] != old, 120)
        assert not stamped()
        # it is looked at earlier than its certificate alone would want
        assert signing.sql("SELECT next_try < '2034-06-01' FROM signing WHERE document = '%s'" % d) == [["t"]] and signing.sql(due)[0][0] < before
        soon = (datetime.date.today() + datetime.timedelta(days=10)).isoformat()
        seen = signing.sql(due)[0][1]
        say("algorithm: RSA until %s\n" % soon)
        # due, and tried: but the authority's key is of the same kind, and would end with the one before
        wait_until(lambda: int(signing.sql(due)[0][2]) > 0, 120)
        assert not stamped() and signing.sql(due)[0][1] == seen
        assert "level.no-newer" in signing.sql("SELECT level_reason FROM signing WHERE document = '%s'" % d)[0][0]
    finally:
        os.unlink(rules)


def test_a_dead_authority_is_asked_last(pki, net):
    """Of two authorities the first gives nothing: it is asked once, and then after the other, but never left out."""
    def gives(h):
        h.give(net.timestamp(net.body), "application/timestamp-reply")

    def dead(h):
        h.give(b"out of order", code=503)

    # places of their own: the module's other office asks at /tsa by itself
    net.hooks.update({"/first/tsa": dead, "/second/tsa": gives})
    asked = lambda: [p[:-4] for _, p in net.log if p in ("/first/tsa", "/second/tsa")]  # noqa: E731
    two = 'tsa_url = "%s/first/tsa %s/second/tsa" tsa_rest_seconds = 3600 level = "B-T"' % (pki.url, pki.url)
    with office_that_signs(pki, ("bithu", "chuyenvien", "luutru"), signer=two, more="levels { interval_ms = 3600000 }\n") as o:
        level = lambda: [r[0] for r in o.sql("SELECT held_level FROM signing WHERE state = 'done' ORDER BY signed_at")][-1]  # noqa: E731
        sign(o, "bithu", text_file(o))
        assert asked() == ["/first", "/second"] and level() == "B-T"
        sign(o, "bithu", text_file(o))
        assert asked()[2:] == ["/second"] and level() == "B-T"
        net.hooks["/second/tsa"] = dead
        sign(o, "bithu", text_file(o))
        assert asked()[3:] == ["/second", "/first"] and level() == "B-B"
        # both are resting now: asked in their order; the first is up again
        net.hooks["/first/tsa"] = gives
        sign(o, "bithu", text_file(o))
        assert asked()[5:] == ["/first"] and level() == "B-T"
        sign(o, "bithu", text_file(o))
        assert asked()[6:] == ["/first"] and level() == "B-T"
