"""`congvan verify --report FORM`: text and HTML say what would make a signature valid, XML is valid by our schema of TS 119 102-2, the exit
code is the verdict's in every form; the folder of trust's rules are obeyed."""
import json
import os
import shutil
import subprocess
import xml.etree.ElementTree

import pytest

BUILD = os.path.abspath(os.environ["CONGVAN_BUILDDIR"])
SOURCE = os.path.abspath(os.environ["CONGVAN_SRCDIR"])
PKI = os.path.join(BUILD, "tests", "data", "pki")
VR = "{http://uri.etsi.org/19102/v1.4.1#}"


def congvan(*args, trust=PKI, lang="vi"):
    return subprocess.run([os.path.join(BUILD, "cli", "congvan"), "verify", "--trust", str(trust), *args], capture_output=True, text=True,
                          timeout=120, check=False, env={**os.environ, "LANG": lang, "LC_ALL": lang})


@pytest.fixture
def signed(tmp_path):
    (tmp_path / "Công văn.txt").write_text("Nội dung\n", encoding="utf-8")

    def sign(who, key):
        subprocess.run(["openssl", "cms", "-sign", "-binary", "-cades", "-outform", "DER", "-in", "Công văn.txt", "-signer", PKI + "/" + who, "-inkey",
                        PKI + "/" + key, "-certfile", PKI + "/issuing.pem", "-out", "s.p7s"], cwd=tmp_path, check=True, capture_output=True, timeout=60)
        return ["--signature", str(tmp_path / "s.p7s"), str(tmp_path / "Công văn.txt")]
    return sign


def status(done):
    root = xml.etree.ElementTree.fromstring(done.stdout)
    return [e.text.rsplit(":", 1)[1] for e in root.find(".//%sSignatureValidationStatus" % VR) if e.tag in (VR + "MainIndication", VR + "SubIndication")]


@pytest.mark.parametrize("who,key,code,want", [
    ("leader1.pem", "leader1.key", 0, ["total-passed"]),
    ("bad/revoked.pem", "bad/bad.key", None, ["indeterminate", "REVOKED_NO_POE"]),
    ("bad/foreign.pem", "bad/p256.key", None, ["indeterminate", "NO_CERTIFICATE_CHAIN_FOUND"]),
])
def test_forms(signed, tmp_path, who, key, code, want):
    args = signed(who, key)
    plain = congvan("--json", *args)
    for form in ("text", "html", "xml", "json"):
        done = congvan("--report", form, *args)
        assert done.returncode == plain.returncode, form
        assert done.stdout
    assert code is None or plain.returncode == code
    assert json.loads(congvan("--report", "json", *args).stdout)["signatures"]
    done = congvan("--report", "xml", *args)
    assert status(done) == want
    (tmp_path / "r.xml").write_text(done.stdout, encoding="utf-8")
    subprocess.run(["xmllint", "--noout", "--nonet", "--schema", SOURCE + "/schemas/xsd/validation-report.xsd", str(tmp_path / "r.xml")], check=True,
                   capture_output=True, timeout=60)


def test_words(signed):
    args = signed("bad/revoked.pem", "bad/bad.key")
    text = congvan("--report", "text", *args).stdout
    assert "Công văn.txt" in text and "Cần gì để kết luận hợp lệ:" in text
    assert "dấu thời gian) rằng chữ ký đã tồn tại trước 01/03/2026" in text
    page = congvan("--report", "html", *args).stdout
    assert "What would make it valid:" in page and "Cần gì để kết luận hợp lệ:" in page
    assert "<script" not in page and "http-equiv=\"Content-Security-Policy\"" in page


def test_unknown_form(signed):
    done = congvan("--report", "pdf", *signed("leader1.pem", "leader1.key"))
    assert done.returncode == 1 and not done.stdout


def test_folder_rules(signed, tmp_path):
    args = signed("leader1.pem", "leader1.key")
    trust = tmp_path / "trust"
    for name in ("anchors", "intermediates", "crls"):
        shutil.copytree(os.path.join(PKI, name), trust / name)
    assert status(congvan("--report", "xml", *args, trust=trust)) == ["total-passed"]
    (trust / "anchors" / "root.rules").write_text("label: Gốc thử\nuse: timestamp\n", encoding="utf-8")
    assert status(congvan("--report", "xml", *args, trust=trust)) == ["indeterminate", "NO_CERTIFICATE_CHAIN_FOUND"]
    (trust / "anchors" / "root.rules").write_text("label: Gốc thử\nuse: signature\ntrusted-until: 2026-01-01\n", encoding="utf-8")
    assert status(congvan("--report", "xml", *args, trust=trust)) == ["indeterminate", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"]
    (trust / "anchors" / "root.rules").write_text("label: Gốc thử\n", encoding="utf-8")
    assert "Gốc thử" in congvan("--report", "text", *args, trust=trust).stdout
    shutil.rmtree(trust / "crls")
    assert status(congvan("--report", "xml", *args, trust=trust)) == ["total-passed"]
    (trust / "policy.rules").write_text("revocation: require\n", encoding="utf-8")
    assert status(congvan("--report", "xml", *args, trust=trust)) == ["indeterminate", "TRY_LATER"]
    assert "tải từ http://pki.demo.invalid/" in congvan("--report", "text", *args, trust=trust).stdout
    # a rule that is not one is an error, not passed over
    (trust / "policy.rules").write_text("revocation: sometimes\n", encoding="utf-8")
    assert congvan("--report", "xml", *args, trust=trust).returncode == 1
