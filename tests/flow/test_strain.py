"""PostgreSQL restarted and its connections cut under load, the private one and an office's own; its disk full; clients that are slow, too large, half gone or
too many. What was acknowledged stays (ledger.py), and others are served meanwhile."""
import contextlib
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import uuid

import pytest

from ledger import Ledger
from office import Client, Office, UnixConnection
from test_crash import Works, patient, people_of, strike
from test_proofs import free_port
from test_signing import Signer

MB = 1 << 20
PROGRAMS = max((os.path.join("/usr/lib/postgresql", v, "bin") for v in os.listdir("/usr/lib/postgresql")), default="")
AS_POSTGRES = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.getuid() == 0 else []


@contextlib.contextmanager
def signing():
    s = Signer()
    s.start()
    s.start_tsa()
    try:
        yield s
    finally:
        s.stop_tsa()
        s.stop()
        shutil.rmtree(s.dir, ignore_errors=True)


@pytest.fixture
def signer():
    """One for each office: a signer signs the checkpoints of one log, and refuses those of a shorter one."""
    with signing() as s:
        yield s


# --- PostgreSQL goes and comes back ---

class Cluster:
    """An office's own PostgreSQL: an owner, a working role, a database."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="congvan-cluster-")
        if AS_POSTGRES:
            shutil.chown(self.dir, "postgres")
        os.chmod(self.dir, 0o755)
        self.data = os.path.join(self.dir, "data")
        self.run(os.path.join(PROGRAMS, "initdb"), "-D", self.data, "-U", "congvan", "-A", "trust", "--no-sync", "--locale=C", "--encoding=UTF8")
        self.control("start")
        for text in ("CREATE ROLE worker LOGIN", "CREATE DATABASE office"):
            self.run("psql", "-h", self.dir, "-U", "congvan", "-d", "postgres", "-X", "-q", "-c", text)

    def run(self, *words):
        with tempfile.TemporaryFile("w+") as out:  # not a pipe: the postmaster would keep it
            run = subprocess.run([*AS_POSTGRES, *words], stdout=out, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, timeout=120)
            out.seek(0)
            assert run.returncode == 0, run.stderr
            return out.read()

    def control(self, what, mode="fast"):
        self.run(os.path.join(PROGRAMS, "pg_ctl"), "-D", self.data, "-w", "-t", "100", "-m", mode, "-l", os.path.join(self.dir, "log"),
                 "-o", "-k %s -c listen_addresses= -c fsync=on" % self.dir, what)

    def stop(self):
        try:
            self.control("stop", "immediate")
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)


def cut_connections(o, rng):
    o.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'congvand'")


def restart_private(o, rng):
    """As an administrator's signal would: a fast or an immediate shutdown, from which congvand starts it again."""
    os.kill(patient(lambda: o.children("postgres"))[0], rng.choice((signal.SIGINT, signal.SIGQUIT)))


@pytest.fixture(scope="module")
def works():
    with signing() as signer, Works(signer) as o:
        people_of(o)
        yield o


@pytest.mark.parametrize("blow", [cut_connections, restart_private])
def test_private_postgres(works, blow):
    strike(works, blow.__name__, blow, 6)


def test_outside_cluster(signer):
    cluster = Cluster()
    try:
        url = 'database { url = "host=%s user=worker dbname=office" owner_url = "host=%s user=congvan dbname=office" }\n' % (cluster.dir, cluster.dir)
        o = Works(signer, settings=url)
        o.database = (cluster.dir, "office")
        with o:
            people_of(o)

            def blow(o, rng):
                how = rng.choice(("fast", "immediate", "cut"))
                if how == "cut":
                    cut_connections(o, rng)
                else:
                    cluster.control("restart", how)
            strike(o, "outside", blow, 8)
            assert o.sql("SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'congvand'") == [["worker"]]
    finally:
        cluster.stop()


# --- the database's disk is full ---

@pytest.fixture
def small_disk(signer):
    """An office whose data folder is a file system of 500 MB."""
    if os.getuid() != 0:
        pytest.skip("a file system of its own needs root")
    o = Works(signer)
    data = os.path.join(o.dir, "data")
    os.mkdir(data, 0o711)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500m,mode=0711", "tmpfs", data], stderr=subprocess.DEVNULL).returncode:
        shutil.rmtree(o.dir)
        pytest.skip("tmpfs cannot be mounted here")
    try:
        o.start()
        people_of(o)
        yield o
        assert o.stop() == 0, o.tail()
    finally:
        o.stop(signal.SIGKILL)
        subprocess.run(["umount", "-l", data], check=True)
        shutil.rmtree(o.dir, ignore_errors=True)


def fill(path, left):
    """A file that leaves no more than so many bytes of the file system free."""
    block = MB
    with open(path, "ab", buffering=0) as f:
        while True:
            v = os.statvfs(os.path.dirname(path))
            free = v.f_bavail * v.f_frsize
            if free <= left:
                return
            try:
                f.write(bytes(min(block, free - left)))
            except OSError:
                if block == 4096:
                    return
                block = 4096


def test_disk_full(small_disk):
    """Slowly: writes are refused in time and reading goes on. At once, under load: PostgreSQL itself runs out. Both: nothing acknowledged is lost, and work goes on
    when there is room."""
    o = small_disk
    ballast = os.path.join(o.dir, "data", "ballast")
    clerk, reader = o.people["vanthu"], o.people["bithu"]
    d = clerk.create("incoming", issuer_name="X", main={"sha256": clerk.upload(b"truoc"), "name": "a.txt"})
    for left in (4 * MB, 0):
        ledger = Ledger(o, seed="full %d" % left)
        ledger.start()
        try:
            ledger.wait_for(20)
            fill(ballast, left)
            said = patient(lambda: refused(o))
            assert said[0] in (507, 503), said
            if left:  # PostgreSQL stands: everything can be read
                assert reader.document(d["id"])["versions"][0]["size"] == 5
                assert reader.get("/v1/documents/%s/versions/main/content" % d["id"]).body == b"truoc"
                assert reader.get("/readyz").code == 200
            time.sleep(1)  # acts go on trying
            os.unlink(ballast)
            patient(lambda: accepted(o), 120)
            ledger.wait_for(20)
        finally:
            if os.path.exists(ballast):
                os.unlink(ballast)
            ledger.stop()
        o.ready()
        ledger.audit()
        print("full %d: %r; %d acts, %d by command, %d contents acknowledged; %d first answers lost" % (
            left, said, len(ledger.acts), len(ledger.signed), len(ledger.contents), ledger.uncertain))


def attempt(o):
    try:
        return Client(o.socket, o.people["vanthu2"].token).post("/v1/documents", {"direction": "incoming", "subject": "Đầy đĩa %s" % uuid.uuid4(), "issuer_name": "X"})
    except (OSError, http.client.HTTPException):
        return None


def refused(o):
    a = attempt(o)
    return a is not None and a.code >= 500 and a.problem


def accepted(o):
    a = attempt(o)
    return a is not None and a.code == 201


# --- clients that misbehave ---

@pytest.fixture(scope="module")
def open_office(tmp_path_factory):
    """Both sockets, and patience of seconds instead of half minutes."""
    d = str(tmp_path_factory.mktemp("tls"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", d + "/key", "-out", d + "/pem", "-days", "3",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    port = free_port()
    settings = ('server { tls_address = "127.0.0.1:%d" tls_certificate = "%s/pem" tls_key = "%s/key" }\n' % (port, d, d)
                + 'limits { head_seconds = 2 body_idle_seconds = 2 write_idle_seconds = 2 connections = 300 upload_mib = 64 }\n')
    with Office(settings=settings) as o:
        o.port, o.anchor = port, d + "/pem"
        o.people = {"vanthu": o.sign_in("vanthu")}
        yield o


def connect(o, way):
    if way == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(o.socket)
        return s
    s = ssl.create_default_context(cafile=o.anchor).wrap_socket(socket.create_connection(("127.0.0.1", o.port), timeout=60), server_hostname="127.0.0.1")
    return s


def head(o, method, target, *more):
    return "\r\n".join(["%s %s HTTP/1.1" % (method, target), "Host: x", "Authorization: Bearer " + o.people["vanthu"].token, *more, "", ""]).encode()


def answer(s):
    """Status of the answer, or None when the connection was closed without one."""
    r = http.client.HTTPResponse(s)
    try:
        r.begin()
        r.read()
        return r.status
    except (http.client.HTTPException, OSError):
        return None


def drip(s, data, every):
    """Byte by byte until the other side has had enough; the answer then."""
    try:
        for b in data:
            s.sendall(bytes([b]))
            time.sleep(every)
    except OSError:
        pass
    return answer(s)


def slow_head(o, s):
    assert drip(s, head(o, "GET", "/v1/me", *["X-%d: y" % i for i in range(50)]), 0.05) in (408, None)


def slow_body(o, s):
    s.sendall(head(o, "POST", "/v1/contents", "Content-Length: 1000000"))
    assert drip(s, b"x" * 400, 0.05) in (408, None)


def stopped_body(o, s):
    s.sendall(head(o, "POST", "/v1/contents", "Content-Length: 1000000") + b"x" * 100000)
    assert answer(s) in (408, None)


def no_reader(o, s):
    s.sendall(head(o, "GET", "/v1/documents/%s/versions/main/content" % o.large))
    time.sleep(6)  # its patience is 2 s
    got = 0
    try:
        while True:
            n = len(s.recv(MB))
            if n == 0:
                break
            got += n
    except OSError:
        pass
    assert got < 30 * MB  # cut in the middle


def long_head(o, s):
    s.sendall(head(o, "GET", "/v1/me", "X: " + "y" * 100000))
    assert answer(s) in (431, None)


def long_json(o, s):
    s.sendall(head(o, "POST", "/v1/documents", "Content-Type: application/json", "Idempotency-Key: k", "Content-Length: 100000000"))
    assert answer(s) in (413, None)


def long_upload(o, s):
    s.sendall(head(o, "POST", "/v1/contents", "Content-Length: 100000000"))
    assert answer(s) in (413, None)


def half_closed(o, s):
    s.sendall(head(o, "GET", "/v1/me", "Connection: close"))
    if not isinstance(s, ssl.SSLSocket):
        s.shutdown(socket.SHUT_WR)
    assert answer(s) == 200


def gone(o, s):
    s.sendall(head(o, "GET", "/v1/documents/%s/versions/main/content" % o.large))
    s.recv(1000)


CROWD = [slow_head, slow_body, stopped_body, no_reader, long_head, long_json, long_upload, half_closed, gone]


@pytest.mark.parametrize("way", ["unix", "tls"])
def test_others_are_served_meanwhile(open_office, way):
    o = open_office
    clerk = o.people["vanthu"]
    if not hasattr(o, "large"):
        o.large = clerk.create("incoming", issuer_name="X", main={"sha256": clerk.upload(b"\x02" + os.urandom(MB) * 40), "name": "lon.bin"})["id"]
    faults, slowest, served, over = [], [0.0], [0], threading.Event()

    def misbehave(how):
        try:
            s = connect(o, way)
            try:
                how(o, s)
            finally:
                s.close()
        except BaseException as e:
            faults.append((how.__name__, repr(e)))

    def behave(number):
        kind = "unix" if number % 2 else "tls"
        c = UnixConnection(o.socket) if kind == "unix" else http.client.HTTPSConnection("127.0.0.1", o.port, timeout=60,
                                                                                       context=ssl.create_default_context(cafile=o.anchor))
        try:
            while not over.is_set():
                began = time.monotonic()
                c.request("POST", "/v1/documents", b'{"direction":"incoming","subject":"Trong khi ch\\u1edd","issuer_name":"X"}',
                          {"Authorization": "Bearer " + clerk.token, "Content-Type": "application/json", "Idempotency-Key": "%s-%d-%d" % (way, number, served[0])})
                r = c.getresponse()
                r.read()
                assert r.status == 201, r.status
                slowest[0] = max(slowest[0], time.monotonic() - began)
                served[0] += 1
        except BaseException as e:
            faults.append(("a good client", repr(e)))

    good = [threading.Thread(target=behave, args=(i,)) for i in range(2)]
    bad = [threading.Thread(target=misbehave, args=(how,)) for how in CROWD for _ in range(3)]
    for t in good + bad:
        t.start()
    for t in bad:
        t.join(120)
    over.set()
    for t in good:
        t.join(120)
    print("%s: %d served meanwhile, the slowest in %.1f s" % (way, served[0], slowest[0]))
    assert not faults, faults
    assert served[0] >= 20 and slowest[0] < 10


@pytest.mark.parametrize("way", ["unix", "tls"])
def test_too_many_connections(open_office, way):
    """More than limits.connections: those who only sit there make room for those who ask."""
    o = open_office
    idle = []
    try:
        for _ in range(350):
            s = connect(o, way)
            s.sendall(head(o, "GET", "/healthz"))
            assert answer(s) == 200
            idle.append(s)
        for kind in ("unix", "tls"):
            s = connect(o, kind)
            s.sendall(head(o, "GET", "/v1/me"))
            assert answer(s) == 200
            s.close()
    finally:
        for s in idle:
            s.close()
    assert Client(o.socket, o.people["vanthu"].token).get("/v1/me").code == 200
