"""congvand as its administrator sees it: SIGHUP (certificates and the log file), the limit of descriptors, and a PostgreSQL elsewhere that is named by host
names and proves itself by a certificate."""
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

import pytest

from office import PSQL, Office, UnixConnection

BIN = "/usr/lib/postgresql/15/bin/"


def until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def certificate(folder, name, days=2):
    """A certificate of its own for the host `name`."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days), "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=DNS:" + name, "-keyout", os.path.join(folder, "tls.key"), "-out", os.path.join(folder, "tls.pem")],
                   check=True, capture_output=True)


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


# ---- SIGHUP ----

class Tls:
    """One TLS connection, kept; .seen is the certificate."""

    def __init__(self, port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=60))
        self.seen = self.socket.getpeercert(True)

    def asks(self):
        self.socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        return self.socket.recv(4096).startswith(b"HTTP/1.1 200")


def test_hangup(tmp_path):
    port, log = free_port(), str(tmp_path / "congvand.log")
    certificate(tmp_path, "first.test")
    settings = 'server { tls_address = "127.0.0.1:%d" tls_certificate = "%s/tls.pem" tls_key = "%s/tls.key" }\nlog { file = "%s" }\n' % (
        port, tmp_path, tmp_path, log)
    with Office(settings) as o:
        old = Tls(port)
        assert old.asks() and "event=ready" in text(log) and o.tail() == ""

        os.rename(log, log + ".1")
        certificate(tmp_path, "second.test")
        o.process.send_signal(signal.SIGHUP)
        until(lambda: os.path.exists(log) and "event=reloaded" in text(log), "not reloaded")
        new = Tls(port)
        assert new.seen != old.seen and new.asks() and old.asks()
        assert "event=reloaded" not in text(log + ".1")

        (tmp_path / "tls.key").write_text("not a key")
        o.process.send_signal(signal.SIGHUP)
        until(lambda: "code=tls.key" in text(log), "a bad key was not reported")
        assert Tls(port).seen == new.seen and new.asks()

        shutil.move(log, log + ".2")
        os.mkdir(log)  # now it cannot be opened: lines go on where they went
        certificate(tmp_path, "third.test")
        o.process.send_signal(signal.SIGHUP)
        until(lambda: "event=log-file-not-opened" in text(log + ".2") and "event=reloaded" in text(log + ".2").split("log-file-not-opened")[1],
              "a log file that cannot be opened")
        assert Tls(port).seen not in (old.seen, new.seen)


def test_log_file_that_cannot_be(tmp_path):
    o = Office('log { file = "%s" }\n' % tmp_path, first=True)
    with pytest.raises(AssertionError, match="log.file"):
        o.start()
    assert o.process.returncode == 2
    shutil.rmtree(o.dir)


# ---- descriptors ----

def limits_of(pid):
    soft, hard = re.search(r"^Max open files +(\S+) +(\S+)", text("/proc/%d/limits" % pid), re.M).groups()
    return soft, hard


def test_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    want = min(hard, 4096) if hard != resource.RLIM_INFINITY else 4096
    office, kept = Office(), []
    office.under = ["prlimit", "--nofile=256:%d" % want]
    with office:
        assert limits_of(office.process.pid) == (str(want), str(want))
        assert "event=file-limit now=%d before=256" % want in office.tail()
        assert "event=file-limit-low" in office.tail()  # limits.connections is 10,000
        for _ in range(600):
            c = UnixConnection(office.socket)
            c.connect()
            kept.append(c)
        assert office.client().get("/healthz").code == 200
        for c in kept[::100] + kept[-1:]:
            c.request("GET", "/healthz")
            assert c.getresponse().status == 200
        for c in kept:
            c.close()


# ---- a PostgreSQL elsewhere ----

class Cluster:
    """A PostgreSQL of the test's own: TCP on the loopback with TLS only, certificate for the name localhost."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="congvan-cluster-")
        self.port, self.data = free_port(), os.path.join(self.dir, "data")
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        certificate(self.dir, "localhost")
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", self.user, self.dir], check=True)
        os.chmod(self.dir, 0o711)
        self.run("initdb", "-D", self.data, "-U", "congvan", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="utf-8") as f:
            f.write("hostssl all all 127.0.0.1/32 trust\n")
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", os.path.join(self.dir, "log"), "-o", " ".join(
            ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=''", "-c", "fsync=off", "-c", "ssl=on", "-c",
             "ssl_cert_file=%s/tls.pem" % self.dir, "-c", "ssl_key_file=%s/tls.key" % self.dir]), "start")

    def run(self, program, *args):
        command = [BIN + program, *args]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid", self.user, "--regid", self.user, "--clear-groups", *command]
        subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)

    def url(self, hosts):
        return "postgresql://congvan@%s/postgres?sslmode=verify-full&sslrootcert=%s/tls.pem" % (hosts.replace("PORT", str(self.port)), self.dir)

    def psql(self, hosts, query):
        return subprocess.run([PSQL, self.url(hosts), "-X", "-A", "-t", "-c", query], capture_output=True, text=True, timeout=60)

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.dir)


def office_on(url):
    o = Office(first=True)
    kept = text(o.config)
    with open(o.config, "w", encoding="utf-8") as f:
        f.write(kept.replace("database {", 'database { url = "%s"' % url))
    return o


def test_database_by_names():
    """Several hosts, of which one does not exist and one is not there; the certificate is held against the name, not the address it was found at."""
    cluster = Cluster()
    try:
        assert "127.0.0.1" in cluster.psql("127.0.0.1:PORT", "SELECT 1").stderr  # not the certificate's name
        with office_on(cluster.url("gone.invalid:PORT,localhost:%d,localhost:PORT" % free_port())) as o:
            clerk = o.sign_in("vanthu")
            assert clerk.create()["state"] == "draft"
            seen = cluster.psql("localhost:PORT", "SELECT count(*), bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                                                  "WHERE application_name = 'congvand'").stdout.strip().split("|")
            assert int(seen[0]) >= 6 and seen[1] == "t"
            assert not os.path.exists(os.path.join(o.dir, "data", "postgresql"))  # none of its own
    finally:
        cluster.stop()
