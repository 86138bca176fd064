"""A second person's signature over the first one's (counter-signature, RFC 5652 11.4) through congvand, signer, worker and command line: beside the document and around it, up to B-LTA, without
a TSA and raised afterwards; and what may not be counter-signed."""
import hashlib
import json
import os
import subprocess

import pytest

from office import BUILD
from test_levels import forget, levels, net, pki, save, signing, wait_until  # noqa: F401 (fixtures)
from test_signing import Signer, cli, newest, office_with, submitted

TEXT = "Tờ trình bằng chữ thường.\n".encode()


def do_sign(office, login, document, move="sign", *words, code=0):
    key = {"bithu": "leader1", "vanthu": "office"}[login]
    return cli(office, login, move, document, "--key", key, "--pin-file", os.path.join(office.signer.dir, key + ".pin"), "--yes", *words, code=code)


def verdict(office, document, version="main"):
    a = office.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (document, version))
    assert a.code == 200, a
    return a.json


def numbered(office, container, level):
    d = submitted(office, TEXT, "to-trinh.txt")
    do_sign(office, "bithu", d, "sign", "--container", container, "--level", level)
    cli(office, "vanthu", "document", "number", d)
    return d, newest(office, d, "signature")


def openssl(office, net, cms, inside):  # noqa: F811
    words = [] if inside else ["-content", save(office, TEXT, "o.txt")]
    done = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", save(office, cms, "o.cms"), *words, "-CAfile",
                           os.path.join(net.pki, "anchors", "root.pem"), "-purpose", "any"], capture_output=True, check=False)
    assert done.returncode == 0 and done.stdout == TEXT, done.stderr


@pytest.fixture(scope="module")
def made():
    """Paths of the counter-signed CMS."""
    return []


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
@pytest.mark.parametrize("container", ["cms", "cms-attached"])
def test_office_over_leader(signing, net, made, container, level):  # noqa: F811
    d, (first, before) = numbered(signing, container, level)
    out = do_sign(signing, "vanthu", d, "seal", "--counter", first["id"], "--level", level)
    assert '"state": "done"' in out and '"level": "%s"' % level in out, out
    second, data = newest(signing, d, "signature")
    # the same place, another version of it, by its old name; the document stays as it is
    assert (second["part_number"], second["name"], second["mime"], second["cause"]) == (first["part_number"], first["name"], first["mime"], "sealed")
    assert second["id"] != first["id"] and data != before and newest(signing, d)[1] == TEXT
    for version in ("main", second["id"]):
        report = verdict(signing, d, version)
        one, = report["signatures"]
        counter, = one["counter_signatures"]
        assert (report["indication"], one["indication"], one["level"]) == ("TOTAL-PASSED", "TOTAL-PASSED", level)
        assert (counter["indication"], counter["level"]) == ("TOTAL-PASSED", level), counter
        assert counter["signer"]["subject"] != one["signer"]["subject"] and counter["counter_signatures"] == []
    # off line, and by others
    words = [save(signing, data, second["name"])] if container != "cms" else [save(signing, TEXT, "to-trinh.txt"), "--signature", save(signing, data, "s.p7s")]
    off = json.loads(cli(signing, "luutru", "verify", *words))
    assert [c["level"] for s in off["signatures"] for c in s["counter_signatures"]] == [level], off
    openssl(signing, net, data, container != "cms")
    made.append(save(signing, data, "%s-%s.cms" % (container, level)))
    assert signing.people["luutru"].document(d)["state"] == "sealed"


def test_bouncy_castle_agrees(made):
    """On each of those above; in one run: to start Java and to compile the checker is most of its work."""
    jars = ":".join("/usr/share/java/%s.jar" % j for j in ("bcpkix", "bcprov", "bcutil"))
    done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", jars, os.path.join(os.environ["CONGVAN_SRCDIR"], "tests", "java", "CounterSignature.java"), *made],
                          capture_output=True, text=True, check=False)
    assert len(made) == 8 and done.returncode == 0, done.stdout + done.stderr
    assert all("%s: 1 right" % path in done.stdout.splitlines() for path in made), done.stdout


def test_raised_by_the_queue(signing, net):  # noqa: F811
    """Sealed without a TSA: B-B is held and said; when it answers, an archive timestamp covers the counter-signature too."""
    forget(signing)
    d, (first, _) = numbered(signing, "cms", "B-T")
    net.down.add("tsa")
    out = do_sign(signing, "vanthu", d, "seal", "--counter", first["id"], "--level", "B-LTA")
    assert '"state": "done"' in out and '"level": "B-B"' in out, out
    net.down.clear()
    wait_until(lambda: all(held == "B-LTA" for wanted, held, _ in levels(signing, d) if wanted == "B-LTA"), 120)
    counter, = verdict(signing, d)["signatures"][0]["counter_signatures"]
    assert (counter["indication"], counter["level"]) == ("TOTAL-PASSED", "B-LTA"), counter
    assert openssl(signing, net, newest(signing, d, "signature")[1], False) is None


def test_what_is_not_counter_signed(signing, net):  # noqa: F811
    clerk = signing.people["vanthu"]
    d, (first, _) = numbered(signing, "cms", "B-B")
    other, (theirs, _) = numbered(signing, "asic-e", "B-B")
    pdf = submitted(signing)
    do_sign(signing, "bithu", pdf, "sign", "--level", "B-B")
    cli(signing, "vanthu", "document", "number", pdf)
    main = newest(signing, d)[0]["id"]
    for document, version in ((d, main), (d, theirs["id"]), (other, theirs["id"]), (pdf, newest(signing, pdf)[0]["id"]), (d, "x"), (d, True)):
        a = clerk.post("/v1/signings", {"document": document, "move": "seal", "key": "office", "counter": version})
        assert a.code == 422 and a.problem[1] == ("param.type" if version is True else "signing.counter"), (version, a)
    # an approval is for one kind only: a counter-signature and a signature are not mixed
    plain, _ = numbered(signing, "cms", "B-B")
    ids = []
    for document, more in ((d, {"counter": first["id"]}), (plain, {})):
        a = clerk.post("/v1/signings", {"document": document, "move": "seal", "key": "office", "level": "B-B", **more})
        assert a.code == 201 and a.json.get("counter", False) == bool(more), a
        ids.append(a.json["id"])
    a = clerk.post("/v1/signings/approve", {"activation": "AAAA", "signings": ids})
    assert a.code == 409 and "signing.mixed" in json.dumps(a.json), a
    # the one that a counter-signature has replaced is not the newest of its place any more
    do_sign(signing, "vanthu", d, "seal", "--counter", first["id"], "--level", "B-B")
    assert newest(signing, d, "signature")[0]["part_number"] == first["part_number"]


def test_the_digest_is_computed_by_the_client(signing, net):  # noqa: F811
    """What the command line approves is the digest of the signature value in the CMS that it was shown."""
    d, (first, data) = numbered(signing, "cms", "B-B")
    a = signing.people["vanthu"].post("/v1/signings", {"document": d, "move": "seal", "key": "office", "counter": first["id"], "level": "B-B"})
    assert a.code == 201 and a.json["base_version"] == first["id"], a
    done = subprocess.run(["openssl", "asn1parse", "-inform", "DER", "-in", save(signing, data, "v.cms")], capture_output=True, text=True, check=True)
    line = [x for x in done.stdout.splitlines() if "OCTET STRING" in x][-1]  # B-B: nothing unsigned follows the value
    at, header, length = int(line.split(":")[0]), int(line.split("hl=")[1].split()[0]), int(line.split("l=")[2].split()[0])
    assert a.json["digest"] == hashlib.sha256(data[at + header:at + header + length]).hexdigest()
    assert a.json["objects"][0]["sha256"] == hashlib.sha256(TEXT).hexdigest()


def test_own_key(signing, net):  # noqa: F811
    """The office's key in a file of the clerk's, which no signer has."""
    d, (first, _) = numbered(signing, "cms", "B-T")
    der = subprocess.run(["openssl", "x509", "-in", os.path.join(signing.signer.pki, "office.pem"), "-outform", "DER"], check=True, capture_output=True).stdout
    account = signing.sql("SELECT key_id FROM account WHERE login = 'vanthu'")[0][0]
    signing.sql("UPDATE account SET key_id = '%s' WHERE login = 'vanthu'" % hashlib.sha256(der).hexdigest())
    try:
        out = cli(signing, "vanthu", "seal", d, "--counter", first["id"], "--level", "B-T", "--p12", os.path.join(signing.signer.pki, "office.p12"), "--pin-file",
                  os.path.join(signing.signer.dir, "office.pin"), "--yes")
    finally:
        signing.sql("UPDATE account SET key_id = '%s' WHERE login = 'vanthu'" % account)
    assert '"state": "done"' in out and '"level": "B-T"' in out, out
    counter, = verdict(signing, d)["signatures"][0]["counter_signatures"]
    assert (counter["indication"], counter["level"]) == ("TOTAL-PASSED", "B-T"), counter


@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong value"])
def test_by_pss(wrong):
    """The leader's key signs by RSASSA-PSS, which OpenSSL's PKCS#7 code does not know: GnuTLS is asked about the value. A worker that turns a bit of it over and does not see it
    (tests/flow/wrong_worker.c) is contradicted, and nothing is stored."""
    signer = Signer()
    with open(os.path.join(signer.dir, "keys", "leader1.conf"), "w", encoding="utf-8") as f:
        f.write('key { scheme = "pss" }\n')
    signer.start()
    signer.start_tsa()
    with office_with(signer, program=os.path.join(BUILD, "tests", "flow", "wrong_worker") if wrong else None) as o:
        author = o.people["chuyenvien"]
        d = author.create(kind="CV", receivers=[{"organ_id": "H37"}], signer_name="Nguyễn Văn Mẫu", main={"sha256": author.upload(TEXT), "name": "bao-cao.txt"})
        d = author.move(d, "submit", leader="phobithu", cosigners=["bithu"])["id"]
        first = ("phobithu", "sign", d, "--key", "leader2", "--pin-file", os.path.join(signer.dir, "leader2.pin"), "--yes", "--level", "B-B")
        cli(o, *first)
        before = newest(o, d, "signature")[0]["id"]
        out = do_sign(o, "bithu", d, "sign", "--counter", before, "--level", "B-T", code=2 if wrong else 0)
        if wrong:
            assert "seal.second" in out and "GnuTLS" in out, out
            assert newest(o, d, "signature")[0]["id"] == before and o.people["luutru"].document(d)["state"] == "submitted"
            assert o.sql("SELECT count(*) FROM leaf WHERE type = 'signing.disagreement' AND document = '%s'" % d) == [["1"]]
        else:
            one, = verdict(o, d)["signatures"]
            over, = one["counter_signatures"]
            assert over["indication"] == "TOTAL-PASSED" and over["level"] == "B-T" and over["algorithm"].startswith("RSA-PSS-2048"), over
