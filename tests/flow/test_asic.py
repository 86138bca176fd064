"""ASiC containers by the real command line, without a daemon: what `congvan asic create` makes, others' programs open; what others made, `congvan
verify` judges; hostile ones are refused and nothing is written."""
import json
import os
import subprocess
import zipfile

import pytest

BUILD = os.environ["CONGVAN_BUILDDIR"]
CLI = os.path.join(BUILD, "cli", "congvan")
PKI = os.path.abspath(os.path.join(BUILD, "tests", "data", "pki"))
LETTER = "Số: 12-CV/QU. Nội dung văn bản.\n".encode()


def congvan(*args, cwd=None):
    return subprocess.run([os.path.abspath(CLI), *args], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def openssl(*args, cwd):
    return subprocess.run(["openssl", *args], cwd=cwd, check=True, capture_output=True, timeout=60)


def verify(path):
    done = congvan("verify", "--json", "--trust", PKI, str(path))
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr


@pytest.fixture
def place(tmp_path):
    (tmp_path / "Công văn.txt").write_bytes(LETTER)
    return tmp_path


def sign(place, name, out):
    openssl("cms", "-sign", "-binary", "-cades", "-outform", "DER", "-nosmimecap", "-in", name, "-signer", PKI + "/leader1.pem", "-inkey",
            PKI + "/leader1.key", "-certfile", PKI + "/issuing.pem", "-out", out, cwd=place)


def test_simple_container(place):
    sign(place, "Công văn.txt", "s.p7s")
    assert congvan("asic", "create", "c.asics", "Công văn.txt", "--signature", "s.p7s", cwd=place).returncode == 0
    code, report, _ = verify(place / "c.asics")
    assert (code, report["indication"], report["signatures"][0]["sub_filter"]) == (0, "TOTAL-PASSED", "ASiC-S/CAdES")
    # it is never overwritten
    assert congvan("asic", "create", "c.asics", "Công văn.txt", "--signature", "s.p7s", cwd=place).returncode == 5
    assert congvan("asic", "extract", "c.asics", "out", cwd=place).returncode == 0
    assert (place / "out/Công văn.txt").read_bytes() == LETTER
    openssl("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "out/META-INF/signature.p7s", "-content", "out/Công văn.txt", "-CAfile",
            PKI + "/root.pem", "-purpose", "any", "-out", "/dev/null", cwd=place)
    assert congvan("asic", "extract", "c.asics", "out", cwd=place).returncode == 5


def test_simple_timestamp(place):
    for name in ("tsa.pem", "tsa.key", "tsa.cnf", "tsa.serial", "issuing.pem"):
        (place / name).write_bytes(open(os.path.join(PKI, name), "rb").read())
    openssl("ts", "-query", "-data", "Công văn.txt", "-sha256", "-cert", "-out", "q", cwd=place)
    openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q", "-token_out", "-out", "t.tst", cwd=place)
    assert congvan("asic", "create", "t.asics", "Công văn.txt", "--timestamp", "t.tst", cwd=place).returncode == 0
    code, report, _ = verify(place / "t.asics")
    assert (code, report["indication"]) == (0, "TOTAL-PASSED")
    assert report["signatures"][0]["is_timestamp"] and report["signatures"][0]["proven_time"]
    # the same token over another file
    (place / "khác.txt").write_bytes(b"x")
    assert congvan("asic", "create", "u.asics", "khác.txt", "--timestamp", "t.tst", cwd=place).returncode == 0
    assert verify(place / "u.asics")[0] == 7


def test_container_to_sign(place):
    (place / "phụ lục.txt").write_bytes(b"1")
    assert congvan("asic", "create", "e.asice", "Công văn.txt", "phụ lục.txt", cwd=place).returncode == 0
    with zipfile.ZipFile(place / "e.asice") as z:
        first = z.infolist()[0]
        assert (first.filename, first.compress_type, first.extra, first.header_offset) == ("mimetype", zipfile.ZIP_STORED, b"", 0)
        assert z.read("Công văn.txt") == LETTER
    code, report, said = verify(place / "e.asice")
    assert code == 7 and report["signatures"] == [] and "12" not in said
    # two files of one name, and names of the container itself
    os.mkdir(place / "b")
    (place / "b/Công văn.txt").write_bytes(b"2")
    (place / "mimetype").write_bytes(b"x")
    assert congvan("asic", "create", "f.asice", "Công văn.txt", "b/Công văn.txt", cwd=place).returncode == 7
    assert congvan("asic", "create", "f.asice", "mimetype", cwd=place).returncode == 7
    assert congvan("asic", "create", "f.asice", "không có.txt", cwd=place).returncode == 4
    assert not (place / "f.asice").exists()


def test_hostile_container_is_not_taken_apart(place):
    with zipfile.ZipFile(place / "h.asice", "w") as z:
        z.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
        z.writestr("../ra ngoài.txt", "x")
    done = congvan("asic", "extract", "h.asice", "out", cwd=place)
    assert done.returncode == 7 and done.stderr
    assert not (place / "out").exists() and not (place.parent / "ra ngoài.txt").exists()
    (place / "văn bản.zip").write_bytes(b"PK\3\4 not an archive")
    assert congvan("asic", "extract", "văn bản.zip", "out", cwd=place).returncode == 7
