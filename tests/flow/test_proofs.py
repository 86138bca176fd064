"""Who asks, proved by the Unix socket's peer and by a TLS client certificate; and kill -9: what was acknowledged is there."""
import copy
import hashlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import uuid

import pytest

from office import BOOTSTRAP, Client, Office


def with_account(**members):
    b = copy.deepcopy(BOOTSTRAP)
    b["accounts"].append({"name": "Người", "organ": "A01.Q1", "roles": ["clerk"], **members})
    return b


def test_peer_of_the_unix_socket():
    with Office(bootstrap=with_account(login="may", os_uid=os.getuid())) as o:
        c = o.client()
        assert c.get("/v1/me").json["account"]["login"] == "may"
        assert c.create("incoming", issuer_name="X")["state"] == "arrived"
        other = o.sign_in("bithu")  # a token says more than the peer
        assert other.get("/v1/me").json["account"]["login"] == "bithu"
        c.token = "cv_wrong"
        assert c.get("/v1/me").code == 401  # a wrong token is not forgiven for the peer


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """A CA, a server certificate for 127.0.0.1, a client's, and a client's of another CA."""
    d = str(tmp_path_factory.mktemp("pki"))

    def run(*args):
        subprocess.run(["openssl", *args], cwd=d, check=True, capture_output=True)

    for ca in ("ca", "other"):
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", ca + ".key", "-out", ca + ".pem", "-days", "30",
            "-subj", "/CN=Test %s" % ca)
    with open(os.path.join(d, "server.cnf"), "w") as f:
        f.write("subjectAltName=IP:127.0.0.1\n")
    for name, ca, extra in (("server", "ca", ["-extfile", "server.cnf"]), ("client", "ca", []), ("stranger", "other", [])):
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
        run("x509", "-req", "-in", name + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key", "-CAcreateserial", "-out", name + ".pem", "-days", "30", *extra)
    return d


def test_client_certificate(pki):
    port = free_port()
    with open(os.path.join(pki, "client.pem")) as f:
        sha = hashlib.sha256(ssl.PEM_cert_to_DER_cert(f.read())).hexdigest()
    tls = 'server { tls_address = "127.0.0.1:%d" tls_certificate = "%s/server.pem" tls_key = "%s/server.key" tls_client_ca = "%s/ca.pem" }\n' % (port, pki, pki, pki)
    with Office(settings=tls, bootstrap=with_account(login="chungthu", cert_sha256=sha)) as o:
        def me(certificate, token=None):
            context = ssl.create_default_context(cafile=os.path.join(pki, "ca.pem"))
            if certificate:
                context.load_cert_chain(os.path.join(pki, certificate + ".pem"), os.path.join(pki, certificate + ".key"))
            c = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
            c.request("GET", "/v1/me", headers={"Authorization": "Bearer " + token} if token else {})
            r = c.getresponse()
            return r.status, json.loads(r.read())

        assert me(None)[0] == 401
        code, answer = me("client")
        assert code == 200 and answer["account"]["login"] == "chungthu"
        assert me("client", o.sign_in("bithu").token)[1]["account"]["login"] == "bithu"
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            me("stranger")
        o.sql("UPDATE account SET disabled = true WHERE login = 'chungthu'")
        assert me("client")[0] == 401


def test_kill_loses_nothing_acknowledged():
    """Two clerks create and register without a pause; congvand is killed five times. Every answer 200 or 201 is there, once; a repeat with the
    same key finds out what an unanswered request did; no gap in the register."""
    with Office() as o:
        clients = {login: o.sign_in(login).token for login in ("vanthu", "vanthu2")}
        acknowledged, stop, failures = [], threading.Event(), []

        def insist(c, method, target, body, headers, key):
            while not stop.is_set():
                try:
                    a = c.request(method, target, body, headers=headers, key=key)
                except (OSError, http.client.HTTPException):
                    c.close()
                    c.connection = None
                    time.sleep(0.05)
                    continue
                if a.code not in (503, 429):
                    return a
                time.sleep(0.05)
            return None

        def work(login):
            c = Client(o.socket, clients[login])
            while not stop.is_set():
                a = insist(c, "POST", "/v1/documents", {"direction": "incoming", "subject": "Không mất", "issuer_name": "X"}, None, str(uuid.uuid4()))
                if a is None:
                    return
                if a.code != 201:
                    failures.append(a)
                    return
                a = insist(c, "POST", "/v1/documents/%s/moves" % a.json["id"], {"move": "register"}, {"If-Match": '"1"'}, str(uuid.uuid4()))
                if a is None:
                    return
                if a.code != 200:
                    failures.append(a)
                    return
                acknowledged.append((a.json["id"], a.json["arrival_number"]))

        threads = [threading.Thread(target=work, args=(login,)) for login in clients for _ in range(3)]
        for t in threads:
            t.start()
        for _ in range(5):
            before = len(acknowledged)
            deadline = time.monotonic() + 60
            while len(acknowledged) < before + 15 and time.monotonic() < deadline and not failures:
                time.sleep(0.02)
            o.process.send_signal(signal.SIGKILL)
            o.process.wait()
            o.start()
        stop.set()
        for t in threads:
            t.join()
        assert not failures, failures
        assert len(acknowledged) > 60
        stored = {d: int(n) for d, n in o.sql("SELECT id, arrival_number FROM document WHERE arrival_number IS NOT NULL")}
        for d, n in acknowledged:
            assert stored[d] == n
        numbers = sorted(stored.values())
        assert numbers == list(range(1, len(numbers) + 1))
        assert o.sql("SELECT last_number FROM register_period") .count([str(len(numbers))]) == 1
        assert o.sql("SELECT count(*) FROM move m LEFT JOIN leaf l ON l.id = m.leaf WHERE l.id IS NULL") == [["0"]]
        # a created document that was not registered is one whose register request was not answered: never two for one key
        assert o.sql("SELECT count(*) FROM (SELECT account, key FROM idempotency GROUP BY 1, 2 HAVING count(*) > 1) x") == [["0"]]
