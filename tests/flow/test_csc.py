"""A key at a remote signing service: the client speaks CSC API v2 to it (tests/data/demo_csc stands in for a provider), congvand never sees PIN or token. One
authorisation for a batch, for exactly its digests."""
import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import threading

import pytest

from test_signing import DATA, SRC, cli, desk, letter, newest, submitted  # noqa: F401 (desk is a fixture)

BUILD = os.environ["CONGVAN_BUILDDIR"]
PKI, KINDS = os.path.join(BUILD, "tests", "data", "pki"), os.path.join(BUILD, "tests", "data", "kinds")
CLI = os.path.join(BUILD, "cli", "congvan")


@contextlib.contextmanager
def service(place, kind, folder=KINDS, **env):
    log = place / "asked"
    with open(log, "wb") as err:
        p = subprocess.Popen([sys.executable, os.path.join(DATA, "demo_csc"), folder, kind, "0"], stdout=subprocess.PIPE, stderr=err, text=True,
                             env={**os.environ, **env})
        try:
            port = int(p.stdout.readline().split()[1])
            yield ["--csc", "http://127.0.0.1:%d/csc/v2" % port, "--csc-token-file", str(place / "token"), "--pin-file", str(place / "pin"),
                   "--otp-file", str(place / "otp")], lambda: log.read_text().split("\n")[:-1]
        finally:
            p.kill()
            p.wait(10)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    d = tmp_path_factory.mktemp("từ xa")
    subprocess.run([sys.executable, os.path.join(DATA, "make_pdf.py"), d / "thu.pdf", "--name", "Nguyễn Văn Mẫu"], check=True, stdout=subprocess.DEVNULL)
    (d / "thu.txt").write_bytes("nội dung\n".encode())
    for name, text in (("token", "mo-khoa"), ("pin", "777777"), ("otp", "246810"), ("sai", "000000")):
        (d / name).write_text(text + "\n")
    return d


def run(*words, code=0):
    done = subprocess.run([CLI, "--trust", PKI, "--lang", "en", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    assert done.returncode == code, "%s\n%s%s" % (words, done.stdout, done.stderr)
    return done.stdout + done.stderr


@pytest.mark.parametrize("kind, env", [("rsa3072", {}), ("p256", {}), ("p384", {}), ("p256", {"CSC_RAW": "1"}), ("rsa3072", {"CSC_OTP": "1"})])
def test_off_line(place, kind, env):
    for made in ("ky.pdf", "ky.p7s"):
        (place / made).unlink(missing_ok=True)
    with service(place, kind, **env) as (words, asked):
        run("sign", place / "thu.pdf", *words, "--out", place / "ky.pdf")
        run("sign", place / "thu.txt", *words, "--out", place / "ky.p7s")
        assert asked() == ["credentials/list 0", "credentials/info 0", "credentials/authorize 1", "signatures/signHash 1"] * 2
    assert "TOTAL-PASSED" in run("verify", place / "ky.pdf") and "TOTAL-PASSED" in run("verify", place / "thu.txt", "--signature", place / "ky.p7s")
    out = subprocess.run(["pdfsig", "-nocert", place / "ky.pdf"], capture_output=True, text=True, check=False).stdout
    assert out.count("Signature is Valid") == 1, out
    subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", place / "ky.p7s", "-content", place / "thu.txt", "-CAfile",
                    os.path.join(PKI, "root.pem"), "-purpose", "any", "-out", "/dev/null"], check=True, capture_output=True)


@pytest.mark.parametrize("change, env, code, said", [
    (("--pin-file", "sai"), {}, 3, "The PIN is wrong"),
    (("--otp-file", "sai"), {"CSC_OTP": "1"}, 3, "The OTP is wrong"),
    (("--csc-token-file", "sai"), {}, 3, "access token is not valid"),
    (("--credential", "khoa-9"), {}, 2, "credentialID"),
    ((), {"CSC_MODE": "oauth2code"}, 2, "authorised in a way"),
    ((), {"CSC_LIE": "1"}, 7, ""),
])
def test_refusals_leave_nothing(place, change, env, code, said):
    with service(place, "p256", **env) as (words, asked):
        words = list(words) + [str(place / w) if w == "sai" else w for w in change]
        done = subprocess.run([CLI, "--lang", "en", "sign", str(place / "thu.pdf"), *words, "--out", str(place / "khong.pdf")], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=100)
    assert done.returncode == code and said in done.stderr, (done.returncode, done.stderr)
    assert not os.path.exists(place / "khong.pdf")


def test_a_wrong_pin_is_tried_once(place):
    with service(place, "p256") as (words, asked):
        subprocess.run([CLI, "sign", str(place / "thu.pdf"), *words, "--pin-file", str(place / "sai"), "--out", str(place / "khong.pdf")],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=100)
        assert asked().count("credentials/authorize 1") == 1


def test_no_pin_in_clear_over_a_network(place):
    assert "https" in run("sign", place / "thu.pdf", "--csc", "http://ky.example:80/csc/v2", "--out", place / "khong.pdf", code=1)


@contextlib.contextmanager
def bound(desk):  # noqa: F811
    """phobithu's account has the certificate of leader3, whose key the service has."""
    der = subprocess.run(["openssl", "x509", "-in", os.path.join(desk.signer.pki, "leader3.pem"), "-outform", "DER"], capture_output=True, check=True).stdout
    before = desk.sql("SELECT key_id FROM account WHERE login = 'phobithu'")[0][0]
    desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % hashlib.sha256(der).hexdigest())
    try:
        yield
    finally:
        desk.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % before)


def assert_passed(desk, d, v):  # noqa: F811
    report = desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (d, v["id"])).json
    assert report["indication"] == "TOTAL-PASSED" and report["signatures"][0]["level"].startswith("B-T"), report


def test_a_batch_at_the_office_is_authorised_once(desk, place):  # noqa: F811
    documents = [submitted(desk, leader="phobithu") for _ in range(3)]
    with bound(desk), service(place, "leader3", desk.signer.pki) as (words, asked):
        cli(desk, "phobithu", "sign", *documents, *words, "--yes")
        assert asked()[-2:] == ["credentials/authorize 3", "signatures/signHash 3"]
    for d in documents:
        assert_passed(desk, d, newest(desk, d)[0])


def test_a_letter_with_attachments_of_several_kinds(desk, place):  # noqa: F811
    """One authorisation for the list, whatever form each of its signatures has."""
    author = desk.people["chuyenvien"]
    d = author.create(kind="CV", signer_name="Nguyễn Văn Mẫu", receivers=[{"organ_id": "H37"}], main={"sha256": author.upload(letter(desk)), "name": "thu.pdf"},
                      attachments=[{"sha256": author.upload(data), "name": name} for name, data in (("so lieu.txt", b"so lieu"), ("phu luc.pdf", letter(desk, subject="Phụ lục")))])
    d = author.move(d, "submit", leader="phobithu")["id"]
    with bound(desk), service(place, "leader3", desk.signer.pki) as (words, asked):
        out = cli(desk, "phobithu", "sign", d, *words, "--attachments", "--yes")
        assert asked()[-2:] == ["credentials/authorize 3", "signatures/signHash 3"] and out.count('"state": "done"') == 3, out
    versions = author.document(d)["versions"]
    assert [(v["part"], v["name"]) for v in versions if v["cause"] == "signed"] == [("signature", "so lieu.txt.p7s"), ("main", "thu.pdf"), ("attachment", "phu luc.pdf")]
    for v in versions:
        if v["cause"] == "signed" or v["name"] == "so lieu.txt":
            assert_passed(desk, d, v)


class Proxy:
    """A proxy that tunnels (CONNECT) and remembers what it was asked for, and everything that passed through it."""

    def __init__(self):
        self.asked, self.seen = [], b""
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.tunnel, args=(client,), daemon=True).start()

    def tunnel(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(4096)
                if not part:
                    return
                head += part
            self.asked.append(head.split(b"\r\n")[0].decode())
            if not head.startswith(b"CONNECT "):
                client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
                return
            host, port = head.split()[1].decode().rsplit(":", 1)
            with socket.create_connection((host, int(port)), 10) as there:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                other = threading.Thread(target=self.pass_on, args=(there, client), daemon=True)
                other.start()
                self.pass_on(client, there)
                other.join(20)

    def pass_on(self, a, b):
        try:
            while data := a.recv(65536):
                self.seen += data
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_by_a_proxy(place):
    """Where the way out is by a proxy: an https service through its tunnel, which reads neither PIN nor token; in clear never."""
    proxy = Proxy()
    out = place / "proxy.p7s"
    with service(place, "p256", CSC_TLS=PKI) as (words, asked):
        port = words[1].split(":")[2].split("/")[0]
        words = ["--csc", "https://localhost:%s/csc/v2" % port, *words[2:], "--csc-ca", os.path.join(PKI, "issuing-chain.pem")]
        run("sign", place / "thu.txt", *words, "--csc-proxy", proxy.url, "--out", out)
        assert "TOTAL-PASSED" in run("verify", place / "thu.txt", "--signature", out)
        assert proxy.asked and set(proxy.asked) == {"CONNECT localhost:%s HTTP/1.1" % port} and len(asked()) == 4
        assert proxy.seen and b"777777" not in proxy.seen and b"mo-khoa" not in proxy.seen
        # without the option there is none, whatever the environment says
        before = len(proxy.asked)
        subprocess.run([CLI, "--lang", "en", "sign", place / "thu.txt", *map(str, words), "--out", place / "ohne.p7s"], check=True, capture_output=True,
                       stdin=subprocess.DEVNULL, timeout=100, env={**os.environ, "https_proxy": proxy.url, "ALL_PROXY": proxy.url, "http_proxy": proxy.url})
        assert len(proxy.asked) == before
        # and one that is not there is said
        run("sign", place / "thu.txt", *words, "--csc-proxy", "http://127.0.0.1:1", "--out", place / "none", code=6)
    with service(place, "p256") as (words, asked):
        run("sign", place / "thu.txt", *words, "--csc-proxy", proxy.url, "--out", place / "none", code=1)
        assert asked() == [] and len(proxy.asked) == before
    proxy.server.close()
    assert not (place / "none").exists()
