"""A real congvand with its private PostgreSQL in a temporary folder, and a small client of its Unix socket. Standard library and the contract only.

    with Office() as office:
        clerk = office.sign_in("vanthu")
        clerk.get("/v1/inbox").json

An answer has .code, .json, .headers and .body. Writes get an Idempotency-Key of their own unless `key` names one. Every answer must be one that
schemas/openapi.json documents (contract.py).
"""
import contextlib
import glob
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import uuid

import first_start
from contract import CONTRACT

SRC = os.environ.get("CONGVAN_SRCDIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CONGVAN_BUILDDIR") or os.path.join(SRC, "build", "dev")
PASSWORD = "mat khau cua %s"
# Debian's psql is a Perl program that looks for the real one each time.
PSQL = max(glob.glob("/usr/lib/postgresql/*/bin/psql"), default="psql")

PEOPLE = [
    ("admin", "Quản trị", "", ["admin"]), ("bithu", "Nguyễn Văn Bí Thư", "", ["leader"]), ("phobithu", "Trần Phó Bí Thư", "", ["leader"]),
    ("vanthu", "Lê Thị Văn Thư", "Văn phòng", ["clerk"]), ("vanthu2", "Phạm Văn Thư Hai", "Văn phòng", ["clerk"]),
    ("chuyenvien", "Đỗ Chuyên Viên", "Ban Tổ chức", ["specialist"]), ("chuyenvien2", "Vũ Chuyên Viên", "Ban Tuyên giáo", ["specialist"]),
    ("luutru", "Hồ Lưu Trữ", "Văn phòng", ["archivist"]),
]

BOOTSTRAP = {
    "organs": [
        {"code": "A01.Q1", "name": "Quận ủy Một", "mark": "QU", "regime": "party", "own": True, "place": "Quận Một"},
        {"code": "H37", "old_code": "000.00.00.H37", "name": "Ủy ban nhân dân tỉnh", "mark": "UBND", "regime": "state", "transport": "folder", "address": "h37"},
        {"code": "B02", "name": "Phường Hai", "mark": "UBND", "regime": "state", "own": True},
    ],
    "units": [{"organ": "A01.Q1", "name": "Văn phòng", "mark": "VP"}, {"organ": "A01.Q1", "name": "Ban Tổ chức", "mark": "BTC"},
              {"organ": "A01.Q1", "name": "Ban Tuyên giáo", "mark": "BTG"}, {"organ": "B02", "name": "Văn phòng", "mark": "VP"}],
    "accounts": [{"login": login, "name": name, "organ": "A01.Q1", "roles": roles, "password": PASSWORD % login, **({"unit": unit} if unit else {})}
                 for login, name, unit, roles in PEOPLE]
    + [{"login": "khac", "name": "Người cơ quan khác", "organ": "B02", "unit": "Văn phòng", "roles": ["clerk", "leader", "archivist"],
        "password": PASSWORD % "khac"}],
    "registers": [
        {"organ": "A01.Q1", "direction": "incoming", "name": "Sổ văn bản đến", "period": "year"},
        {"organ": "A01.Q1", "direction": "outgoing", "name": "Sổ văn bản đi", "period": "term", "each_kind": True,
         "periods": [{"label": "2025-2030", "starts": "2025-07-01"}]},
        {"organ": "A01.Q1", "direction": "internal", "name": "Sổ văn bản nội bộ", "period": "year"},
        {"organ": "B02", "direction": "incoming", "name": "Sổ đến", "period": "year"},
        {"organ": "B02", "direction": "outgoing", "name": "Sổ đi", "period": "year"},
    ],
}


def memory(least=4 << 30):
    """A file system in memory with so much room, or None. PostgreSQL flushes to it as to any other, without the wait."""
    try:
        s = os.statvfs("/dev/shm")
        with open("/proc/meminfo", encoding="ascii") as f:
            there = 1024 * int(next(line for line in f if line.startswith("MemAvailable:")).split()[1])
    except OSError:
        return None
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) and min(s.f_bavail * s.f_frsize, there) >= least else None


# Where offices are that need not outlive anything: those that make their database from nothing (first), the killed and starved ones, are on the disk.
MEMORY = memory()

# Bootstrap files with which many offices start: what a first start makes of each is kept (first_start.py). With any other, an empty database is what is kept.
SHARED = []


def text_of(bootstrap):
    return json.dumps(bootstrap, ensure_ascii=False)


def share(bootstrap):
    SHARED.append(text_of(bootstrap))
    return bootstrap


share(BOOTSTRAP)


class Answer:
    def __init__(self, response):
        self.code = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.body = response.read()
        kind = self.headers.get("content-type", "")
        self.json = json.loads(self.body) if "json" in kind and self.body else None

    @property
    def problem(self):
        return (self.code, self.json.get("code") if isinstance(self.json, dict) else None)

    def codes(self):
        """Codes of all findings of a problem."""
        return {f["code"] for f in self.json["findings"]}

    def __repr__(self):
        return "<%d %s>" % (self.code, self.body[:2000].decode("utf-8", "replace"))


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("congvan", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Client:
    """One person's requests, over one connection that is kept."""

    def __init__(self, path, token=None):
        self.path, self.token, self.connection = path, token, None

    def request(self, method, target, body=None, headers=None, key=None, raw=None):
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", "Bearer " + self.token)
        if method != "GET" and key is not False:
            headers.setdefault("Idempotency-Key", key or str(uuid.uuid4()))
        if body is not None:
            raw = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        for again in (True, False):
            if self.connection is None:
                self.connection = UnixConnection(self.path)
            try:
                self.connection.request(method, target, raw, headers)
                answer = Answer(self.connection.getresponse())
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, FileNotFoundError, ConnectionRefusedError):
                self.connection.close()
                self.connection = None
                if not again:
                    raise
        CONTRACT.check(method, target, answer)
        return answer

    def get(self, target, **query):
        headers = query.pop("headers", None)
        if query:
            target += "?" + urllib.parse.urlencode(query)
        return self.request("GET", target, headers=headers)

    def post(self, target, body=None, **more):
        return self.request("POST", target, {} if body is None else body, **more)

    def upload(self, data):
        a = self.request("POST", "/v1/contents", raw=data, headers={"Content-Type": "application/octet-stream"})
        assert a.code == 201, a
        assert a.json == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        return a.json["sha256"]

    def document(self, id):
        a = self.get("/v1/documents/" + id)
        assert a.code == 200, a
        return a.json

    def try_move(self, document, move, revision=None, key=None, **params):
        """document: an id or a document. Without a revision, the newest."""
        id = document if isinstance(document, str) else document["id"]
        if revision is None:
            a = self.get("/v1/documents/" + id)
            revision = a.json["revision"] if a.code == 200 else 1
        return self.post("/v1/documents/%s/moves" % id, {"move": move, **params}, headers={"If-Match": '"%d"' % revision}, key=key)

    def move(self, document, move, **params):
        a = self.try_move(document, move, **params)
        assert a.code == 200, a
        return a.json

    def create(self, direction="outgoing", **members):
        a = self.post("/v1/documents", {"direction": direction, "subject": "Về việc kiểm tra", **members})
        assert a.code == 201, a
        return a.json

    def close(self):
        if self.connection:
            self.connection.close()


class Office:
    """A congvand of its own. settings: text of more configuration sections. first: it makes its database from nothing, or has one elsewhere; otherwise it begins
    with a copy of what such a start leaves behind. bootstrap: None for an office without people."""

    def __init__(self, settings="", bootstrap=BOOTSTRAP, worker=False, failures=1000, first=False):
        self.dir = tempfile.mkdtemp(prefix="congvan-flow-", dir=None if first else MEMORY)
        os.chmod(self.dir, 0o755)  # the private PostgreSQL may be another user
        self.socket = os.path.join(self.dir, "data", "congvan.sock")
        self.config = os.path.join(self.dir, "congvand.conf")
        self.process, self.first, self.bootstrap = None, first, text_of(bootstrap)
        self.database = None  # host and name of an outside one
        self.under = []  # a command that runs congvand, such as prlimit
        with open(os.path.join(self.dir, "bootstrap.json"), "w", encoding="utf-8") as f:
            f.write(self.bootstrap)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write('data { dir = "%s/data" }\n' % self.dir)
            f.write('database { migrations = "%s/schemas/sql" }\n' % SRC)
            f.write('worker { program = "%s" schemas = "%s/schemas/xsd" time_percent = 1000 count = 1 }\n'
                    % (os.path.join(BUILD, "congvan-worker") if worker else "", SRC))
            f.write('office { bootstrap = "%s" failures_per_minute = %d }\n%s'
                    % (os.path.join(self.dir, "bootstrap.json") if bootstrap else "", failures, settings))

    def copy_first_start(self):
        """The data folder as a first start leaves it, with the people of the bootstrap file when they are shared."""
        bootstrap = json.loads(self.bootstrap) if self.bootstrap in SHARED else None

        @contextlib.contextmanager
        def start():
            with Office(bootstrap=bootstrap, first=True) as o:
                assert o.stop() == 0, o.tail()
                yield os.path.join(o.dir, "data")

        text = text_of(bootstrap)
        first_start.put(os.path.join(self.dir, "data"), BUILD, first_start.state_of(SRC, os.path.join(BUILD, "congvand"), text),
                        hashlib.sha256(text.encode()).hexdigest()[:16], start)

    def launch(self):
        """Starts the process without waiting for it."""
        if not self.first:
            self.copy_first_start()
            self.first = True
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(self.under + [os.path.join(BUILD, "congvand"), "--config", self.config], stderr=log,
                                            stdin=subprocess.DEVNULL, env={**os.environ, "CONGVAN_SRCDIR": SRC})

    def start(self):
        self.launch()
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError("congvand ended:\n" + self.tail())
            try:
                if Client(self.socket).get("/readyz").code == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("congvand is not ready:\n" + self.tail())

    def tail(self, lines=60):
        with open(os.path.join(self.dir, "log"), "r", encoding="utf-8", errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)
        code = self.process.returncode if self.process else 0
        self.process = None
        return code

    def client(self, token=None):
        return Client(self.socket, token)

    def sign_in(self, login, password=None):
        c = self.client()
        a = c.post("/v1/sessions", {"login": login, "password": password or PASSWORD % login}, key=False)
        assert a.code == 201, a
        c.token = a.json["token"]
        c.id = a.json["account"]["id"]
        return c

    def sql(self, text):
        """Rows of a query against its PostgreSQL as the owner, past congvand, as lists of text."""
        host, name = self.database or (os.path.join(self.dir, "data", "postgresql", "run"), "postgres")
        out = subprocess.run([PSQL, "-h", host, "-d", name, "-U", "congvan", "-X", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", text],
                             capture_output=True, text=True)
        if out.returncode:
            raise RuntimeError(out.stderr)
        return [line.split("\t") for line in out.stdout.splitlines() if line]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            code = self.stop()
            assert code == 0, "congvand ended with %d:\n%s" % (code, self.tail(30))
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)
