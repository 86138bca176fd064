"""What the recipes of tests/flow/contract_recipes.py need: a desk, an office with every part (worker, signer, TSA, exchange, gateways, pages), with the things in it that a
request can be about, each made when it is first asked for; and a bare office without signer, worker and pages, whose database is stopped and whose guard is provoked: each
operation's answers to that are gathered once."""
import concurrent.futures
import contextlib
import copy
import functools
import hashlib
import http.client
import http.server
import io
import os
import re
import shutil
import socketserver
import subprocess
import sys
import threading
import time
import uuid
import zipfile

from contract import CONTRACT
from office import BOOTSTRAP, BUILD, PASSWORD, PSQL, SRC, Answer, Office, UnixConnection
from test_signing import DATA, KEYS, Signer
from test_strain import Cluster

sys.path.insert(0, DATA)
import edxml_builder as b  # noqa: E402

ROLES = ["leader", "clerk", "specialist", "archivist", "admin"]
H37 = {"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}
NOBODY = "cv_khong-phai-ma-cua-ai"
STREAM_MOST, JSON_MOST = 2 << 30, 1 << 20  # limits.upload_mib and limits.json_bytes of daemon/settings.c


def wait(what, seconds=60):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def bootstrap():
    out = copy.deepcopy(BOOTSTRAP)
    out["organs"] += [{"code": "C03", "name": "Nơi nhận bằng vật mang tin", "mark": "C", "regime": "state", "transport": "carried"},
                      {"code": "Z09", "name": "Nơi không có đường gửi", "mark": "Z", "regime": "state"}]
    more = [("tatca", "Người có mọi vai", ROLES), ("quen", "Người quên mật khẩu", []), ("doi", "Người đổi mật khẩu", [])]
    out["accounts"] += [{"login": login, "name": name, "organ": "A01.Q1", "roles": roles, "password": PASSWORD % login} for login, name, roles in more]
    for a in out["accounts"]:
        if a["login"] in KEYS:
            a["key_id"] = KEYS[a["login"]]
    return out


# --- requests in forms that office.Client does not make ---

def raw_request(client, method, target, headers, body=b""):
    """A request sent as it is told, such as with a length that is not the body's, on a connection of its own."""
    c = UnixConnection(client.path)
    try:
        c.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            c.putheader(name, value)
        if client.token:
            c.putheader("Authorization", "Bearer " + client.token)
        c.endheaders()
        with contextlib.suppress(OSError):
            c.send(body)
        answer = Answer(c.getresponse())
    finally:
        c.close()
    CONTRACT.check(method, target, answer)
    return answer


def heard(connection, method, target):
    """What comes over a connection on which something has been sent."""
    response = http.client.HTTPResponse(connection.sock, method=method)
    response.begin()
    answer = Answer(response)
    CONTRACT.check(method, target, answer)
    return answer


class Overheard:
    """A Unix socket before the office's: passes each request of the command line on and keeps the answers: .answers, a list of (method, target, answer)."""

    def __init__(self, office, path):
        outer, self.answers, self.path = self, [], path

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def address_string(self):
                return "cli"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "content-length")}
                client = office.client()
                a = client.request(self.command, self.path, raw=body or None, headers=headers, key=False)
                client.close()
                outer.answers.append((self.command, self.path, a))
                self.send_response(a.code)
                for name in a.headers:
                    if name not in ("connection", "content-length", "transfer-encoding"):
                        self.send_header(name, a.headers[name])
                self.send_header("Content-Length", str(len(a.body)))
                self.end_headers()
                self.wfile.write(a.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self.server = Server(path, Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


# --- the desk ---

class Desk:
    """The office with everything. Attributes that are logins are their clients; the others are what requests can be about."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        try:
            self.start()
        except BaseException:
            self.stack.close()
            raise

    def start(self):
        self.signer = Signer()
        self.stack.callback(shutil.rmtree, self.signer.dir, ignore_errors=True)
        self.stack.callback(self.signer.stop)
        with open(os.path.join(self.signer.dir, "conf"), "a", encoding="utf-8") as f:
            f.write("attempts { free = 2 most = 2 }\n")
        self.signer.start()
        self.stack.callback(self.signer.stop_tsa)
        self.signer.start_tsa()
        settings = ('worker { trust = "%s" }\nsigner { socket = "%s" tsa_url = "http://127.0.0.1:%d/tsa" }\nnet { allow = "127.0.0.1" }\n'
                    'exchange { interval_ms = 50 }\nserver { web = "%s/web" }\nlimits { head_seconds = 3 }\n' % (self.signer.pki, self.signer.socket, self.signer.port, SRC))
        self.office = self.stack.enter_context(Office(settings=settings, bootstrap=bootstrap(), worker=True))
        self.overheard = Overheard(self.office, os.path.join(self.signer.dir, "ear"))
        self.stack.callback(self.overheard.stop)
        self.nobody = self.office.client(NOBODY)
        self.anybody = self.office.client()

    def close(self):
        self.stack.close()

    def __getattr__(self, login):
        if login.startswith("_") or login not in [a["login"] for a in bootstrap()["accounts"]]:
            raise AttributeError(login)
        client = self.office.sign_in(login)
        setattr(self, login, client)
        return client

    def lacking(self, roles):
        """Somebody who has none of these roles."""
        return next(getattr(self, a["login"]) for a in bootstrap()["accounts"]
                    if a["organ"] == "A01.Q1" and a["roles"] and not set(a["roles"]) & set(roles))

    @contextlib.contextmanager
    def locked(self, table):
        """Nobody else reads or writes that table meanwhile; gives a function for queries."""
        holder = subprocess.Popen([PSQL, "-h", os.path.join(self.office.dir, "data", "postgresql", "run"), "-d", "postgres", "-U", "congvan", "-X", "-q"],
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            holder.stdin.write("BEGIN; LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;\n" % table)
            holder.stdin.flush()
            wait(lambda: self.office.sql("SELECT 1 FROM pg_locks WHERE relation = '%s'::regclass AND mode = 'AccessExclusiveLock' AND granted" % table))
            yield self.office.sql
        finally:
            holder.stdin.close()
            holder.wait(30)

    # --- documents ---

    @functools.cached_property
    def pdf(self):
        """A letter in which a signature finds its place."""
        path = os.path.join(self.signer.dir, "thu.pdf")
        subprocess.run([sys.executable, os.path.join(DATA, "make_pdf.py"), path, "--name", "Nguyễn Văn Mẫu"], check=True, stdout=subprocess.DEVNULL)
        with open(path, "rb") as f:
            return f.read()

    def draft(self, data=None, name="thu.pdf", **members):
        return self.chuyenvien.create(kind="CV", receivers=[H37], signer_name="Nguyễn Văn Mẫu", main={"sha256": self.chuyenvien.upload(data or self.pdf), "name": name},
                                      **members)

    def submitted(self, data=None, name="thu.pdf", leader="bithu"):
        return self.chuyenvien.move(self.draft(data, name), "submit", leader=leader)

    def arrived(self):
        return self.tatca.create("incoming", issuer_name="Ủy ban nhân dân tỉnh", code_number="15", code_notation="QĐ-UBND", issued_date="2026-11-20")

    def forced(self, document, state, **columns):
        """Into a state past the rules: what leads there has its own tests."""
        columns = {"state": state, **columns}
        self.office.sql("UPDATE document SET revision = revision + 1, %s WHERE id = '%s'" % (", ".join("%s = '%s'" % c for c in columns.items()), document["id"]))
        return document

    def dispatched(self, receiver):
        """A document with its packet in the outbox for that receiver: (document, outbox row as a clerk sees it)."""
        n = self.office.sql("SELECT count(*) + 500 FROM document")[0][0]
        d = self.chuyenvien.create(kind="CV", receivers=[receiver], main={"sha256": self.chuyenvien.upload(b.pdf_bytes(["di", n])), "name": "di.pdf"})
        d = self.chuyenvien.move(d, "submit", leader="bithu")
        self.forced(d, "sealed", code_number=n, code_notation="CV/QU", notation=n + "-CV/QU", issued_date="2026-11-24")
        self.vanthu.move(d, "dispatch")
        return d

    def outbox_row(self, document, fits):
        """The document's row once it is as wanted."""
        return wait(lambda: next((r for r in self.vanthu.get("/v1/outbox", limit=200).json["items"] if r["document"] == document["id"] and fits(r)), None))

    def failed_row(self):
        return self.outbox_row(self.dispatched({"organ_id": "Z09", "organ_name": "Nơi không có đường gửi"}), lambda r: r["state"] == "failed")

    def carried_row(self):
        return self.outbox_row(self.dispatched({"organ_id": "C03", "organ_name": "Nơi nhận"}), lambda r: r.get("to_carry"))

    @functools.cached_property
    def letter(self):
        """Submitted, with a PDF: seen by leaders, clerks and archivists."""
        return self.submitted()

    @functools.cached_property
    def plain(self):
        """A document whose file is no PDF."""
        return self.submitted("Báo cáo bằng chữ thường.\n".encode(), "bao-cao.txt")

    def holding(self, name, entries):
        """A document whose file is a ZIP archive of these (name, bytes)."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as z:
            for entry in entries:
                z.writestr(*entry)
        return self.tatca.create("incoming", issuer_name="X", main={"sha256": self.tatca.upload(data.getvalue()), "name": name})

    @functools.cached_property
    def container(self):
        return self.holding("goi.asics", [("mimetype", "application/vnd.etsi.asic-s+zip"), ("a.txt", "Một tệp.\n")])

    @functools.cached_property
    def climbing(self):
        """A container that would write where it should not."""
        return self.holding("goi.asics", [("mimetype", "application/vnd.etsi.asic-s+zip"), ("../a.txt", "Một tệp.\n")])

    @functools.cached_property
    def signed(self):
        """A letter signed by its leader, and every answer that the command line had meanwhile."""
        return self.sign("bithu", self.submitted())

    @functools.cached_property
    def large(self):
        """A document with more versions than a passport holds."""
        d = self.draft()
        for i in range(61):
            a = self.chuyenvien.post("/v1/documents/%s/versions" % d["id"], {"part": "attachment", "part_number": i + 1, "sha256": d["versions"][0]["sha256"], "name": "phu-luc.pdf"},
                                     headers={"If-Match": '"%d"' % (d["revision"] + i)})
            assert a.code == 201, a
        return d

    @functools.cached_property
    def registered(self):
        return self.tatca.move(self.arrived(), "register")

    @functools.cached_property
    def register(self):
        return next(r["id"] for r in self.tatca.get("/v1/registers").json["items"] if r["direction"] == "incoming")

    @functools.cached_property
    def term(self):
        """A register whose periods an administrator opens."""
        a = self.admin.post("/v1/registers", {"direction": "outgoing", "kind_group": "nhiem ky", "name": "Sổ nhiệm kỳ", "period": "term"})
        assert a.code == 201, a
        return a.json["id"]

    @functools.cached_property
    def mandate(self):
        self.chuyenvien.post("/v1/mandates", self.wish_of_mandate())
        return self.tatca.get("/v1/mandates").json["items"][0]["id"]

    @staticmethod
    def wish_of_mandate():
        return {"grantor": "bithu", "holder": "phobithu", "kind": "KT", "until": "2027-12-31", "basis": "Quyết định số 1-QĐ/QU"}

    # --- packets ---

    def packet(self, to="A01.Q1", number=None):
        number = number or uuid.uuid4().hex[:12]
        d = b.Document([b.File("Công văn.pdf", b.pdf_bytes(["So " + number]), "application/pdf")])
        d.sender, d.to = dict(b.FROM, organ_id="H37", name="Ủy ban nhân dân tỉnh"), [dict(b.TO, organ_id=to, name="Quận ủy Một")]
        d.number, d.notation, d.document_id = number, "UBND-TH", "H37,2025/10/13,%s/UBND-TH" % number
        d.business = b.el("Bussiness", b.leaf("BussinessDocType", "0", b.P), b.leaf("DocumentId", d.document_id, b.P), p=b.P)
        return str(d).encode()

    @functools.cached_property
    def packet_in(self):
        a = self.tatca.request("POST", "/v1/packets", raw=self.packet(), key=False, headers={"Content-Type": "application/xml"})
        assert a.code == 201, a
        return a.json["packet"]

    @functools.cached_property
    def to_carry(self):
        return self.carried_row()["id"]

    @functools.cached_property
    def gateway(self):
        """A client that is another office's gateway."""
        a = self.admin.post("/v1/gateways", {"organ": "H37", "name": "Cổng của tỉnh"})
        assert a.code == 201, a
        return self.office.client(a.json["token"])

    # --- signing ---

    def prepared(self, login="bithu", data=None, name="thu.pdf"):
        """A signing that waits for its leader's approval."""
        a = getattr(self, login).post("/v1/signings", {"document": self.submitted(data, name, leader=login)["id"], "move": "sign", "key": self.key_of(login)})
        assert a.code == 201, a
        return a.json

    @functools.cached_property
    def waiting(self):
        return self.prepared()["id"]

    @functools.cached_property
    def waiting_plain(self):
        return self.prepared(data=b"chu thuong\n", name="chu.txt")["id"]

    def key_of(self, login):
        return self.office.sql("SELECT key_id FROM account WHERE login = '%s'" % login)[0][0]

    def sign(self, login, document, pin=None, key=(), move="sign"):
        """By the command line, which alone can seal an approval: answers that it had, by operation."""
        with open(os.path.join(self.signer.dir, login + ".token"), "w", encoding="utf-8") as f:
            f.write(getattr(self, login).token)
        del self.overheard.answers[:]
        key = key or ("--key", KEYS[login], "--pin-file", os.path.join(self.signer.dir, (pin or KEYS[login]) + ".pin"))
        run = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "--socket", self.overheard.path, "--token-file", os.path.join(self.signer.dir, login + ".token"),
                              "--trust", self.signer.pki, "--lang", "en", "--json", move, document["id"], *key, "--yes"], capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, timeout=120, env={**os.environ, "CONGVAN_STATE": os.path.join(self.signer.dir, "state")})
        answers = {CONTRACT.find(method, target).id: a for method, target, a in self.overheard.answers}
        assert answers, run.stdout + run.stderr
        return answers

    def complete_own(self):
        """The vice-leader's key is his own: no signer has it. Answers of the command line."""
        der = subprocess.run(["openssl", "x509", "-in", os.path.join(self.signer.pki, "leader3.pem"), "-outform", "DER"], check=True, capture_output=True).stdout
        self.office.sql("UPDATE account SET key_id = '%s' WHERE login = 'phobithu'" % hashlib.sha256(der).hexdigest())
        pin = os.path.join(self.signer.dir, "leader3.pin")
        with open(pin, "w", encoding="utf-8") as f:
            f.write("333333\n")
        return self.sign("phobithu", self.submitted(leader="phobithu"), key=("--p12", os.path.join(self.signer.pki, "leader3.p12"), "--pin-file", pin))


# --- the bare office ---

class Bare:
    """An office with nothing but a database outside it. What each operation answers while too many are connected, while the database is stopped, and to whom failed too
    often, is gathered at the start: .full, .stopped and .failed, each {operation id: answer}. `missing` has what is answered where a part is not there."""

    CONNECTIONS = 40

    def __init__(self):
        cluster = Cluster()
        office = Office(settings='database { url = "host=%s user=worker dbname=office" owner_url = "host=%s user=congvan dbname=office" }\n'
                        'limits { connections = %d }\nserver { web = "" }\n' % (cluster.dir, cluster.dir, self.CONNECTIONS), bootstrap=bootstrap(), failures=10, first=True)
        office.database = (cluster.dir, "office")
        try:
            with office:
                self.gather(office, cluster)
        finally:
            cluster.stop()

    def gather(self, office, cluster):
        self.person = office.sign_in("tatca")
        self.gateway = office.client(office.sign_in("admin").post("/v1/gateways", {"organ": "H37", "name": "Cổng"}).json["token"])
        self.missing = {o.id: self.ask(o) for o in CONTRACT.operations if o.id in ("page", "pageFile", "checkpoint", "keys", "signer", "preview", "verify", "handInPacket")}
        self.full = self.crowded(office)
        cluster.control("stop")
        self.stopped = self.ask_all()
        cluster.control("start")
        wait(lambda: self.person.get("/v1/me").code == 200)
        stranger = office.client(NOBODY)
        wait(lambda: stranger.get("/v1/me").code == 429)
        self.failed = self.ask_all()

    def ask(self, operation):
        client = self.gateway if operation.path.startswith("/v1/exchange/") else self.person
        client = type(client)(client.path, client.token)
        try:
            return ask(client, operation)
        finally:
            client.close()

    def ask_all(self):
        """Every operation that needs the database to know who asks, at once."""
        asked = [o for o in CONTRACT.operations if not o.is_open or o.id in ("ready", "signIn")]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            return dict(zip([o.id for o in asked], pool.map(self.ask, asked)))

    def crowded(self, office):
        """Connections that have begun a request and do not end it take all the room there is: who comes then is turned away, whatever he asks."""
        self.person.close()
        crowd, answers = [], {}

        def push():
            c = UnixConnection(office.socket)
            c.connect()
            c.sock.sendall(b"GET /")
            crowd.append(c)
        try:
            for _ in range(self.CONNECTIONS):
                push()
            for o in CONTRACT.operations:  # one of the crowd that gave way, or was too slow, is replaced
                answers[o.id] = wait(lambda: self.turned_away(office, o) or push())
        finally:
            for c in crowd:
                c.close()
        wait(lambda: self.person.get("/v1/me").code == 200)
        return answers

    @staticmethod
    def turned_away(office, operation):
        """The answer, or None when there was room after all (the crowd has not all been let in yet)."""
        c = UnixConnection(office.socket)
        c.connect()
        try:
            with contextlib.suppress(OSError):
                c.sock.sendall(("%s %s HTTP/1.1\r\nHost: x\r\n\r\n" % (operation.method, fill(operation))).encode())
            answer = heard(c, operation.method, fill(operation))
        finally:
            c.close()
        return answer if answer.code == 503 else None


# --- requests of any operation ---

def fill(operation, **names):
    """The path with these names in it; ids that nothing has for the others."""
    return re.sub(r"\{([^}]+)\}", lambda m: str(names.get(m[1]) or ("1" if m[1] == "number" else uuid.uuid4())), operation.path)


def ask(client, operation, body=None, key=None, headers=None, query="", **names):
    """The operation as its schema wants it: every header and the smallest body that is allowed, unless another is given."""
    headers = dict(headers or {})
    if operation.needs("If-Match"):
        headers.setdefault("If-Match", '"1"')
    if operation.is_json:
        return client.request(operation.method, fill(operation, **names) + query, CONTRACT.sample_body(operation) if body is None else body, key=key, headers=headers)
    if operation.request:
        headers.setdefault("Content-Type", next(iter(operation.request)))
        return client.request(operation.method, fill(operation, **names) + query, raw=b"?" if body is None else body, key=key or False, headers=headers)
    return client.request(operation.method, fill(operation, **names) + query, key=key, headers=headers)
