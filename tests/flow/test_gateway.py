"""Two offices, two congvand, two databases: documents and statuses between them by HTTP gateway and by drop folder. Killed in the middle, duplicated and shuffled:
each document arrives once, each status is heard, nothing is lost."""
import copy
import http.client
import json
import os
import random
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

import demo_pki
import office as flow
import test_exchange as e
from office import Office

H37 = {"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}
SENDS = "/v1/exchange/packets"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def bootstrap(own, others):
    """The usual people, in an organ of that code; the other office as it is reached."""
    b = copy.deepcopy(flow.BOOTSTRAP)
    b["organs"] = [{"code": own, "name": "Cơ quan " + own, "mark": "QU", "regime": "party", "own": True, "place": "Quận Một"}, *others]
    for part in ("units", "accounts", "registers"):
        b[part] = [r for r in b[part] if r["organ"] == "A01.Q1"]
        for r in b[part]:
            r["organ"] = own
    return b


class Pair:
    """Office a (A01.Q1) and office b (H37). transport: http or folder."""

    def __init__(self, transport):
        self.dir = tempfile.mkdtemp(prefix="cv-pair-")
        demo_pki.make(os.path.join(self.dir, "pki"))
        pki = os.path.join(self.dir, "pki")
        for name, parts in (("chain.pem", ("tls.pem", "intermediates/issuing.pem")), ("clients.pem", ("intermediates/issuing.pem", "anchors/root.pem"))):
            with open(os.path.join(pki, name), "w", encoding="utf-8") as f:
                f.writelines(open(os.path.join(pki, n), encoding="utf-8").read() for n in parts)
        self.transport, self.ports = transport, {"a": free_port(), "b": free_port()}
        self.a = self.office("a", "A01.Q1", "b", "H37")
        self.b = self.office("b", "H37", "a", "A01.Q1")

    def address(self, of):
        return "https://127.0.0.1:%d%s" % (self.ports[of], SENDS) if self.transport == "http" else of

    def office(self, name, own, other, other_code):
        pki = os.path.join(self.dir, "pki")
        settings = ('server { tls_address = "127.0.0.1:%d" tls_certificate = "%s/chain.pem" tls_key = "%s/tls.key" tls_client_ca = "%s/clients.pem" }\n'
                    'net { allow = "127.0.0.1" ca = "%s/anchors/root.pem" }\n'
                    'exchange { interval_ms = 50 gateway_tokens = "%s/%s.tokens" }\n' % (self.ports[name], pki, pki, pki, pki, self.dir, name))
        others = [{"code": other_code, "name": "Cơ quan " + other_code, "mark": "X", "regime": "party", "transport": self.transport, "address": self.address(other)}]
        return e.Exchange(Office(settings=settings, bootstrap=bootstrap(own, others), worker=True))

    def start(self):
        self.a.office.start()
        self.b.office.start()
        if self.transport == "http":
            self.token("a", self.b, "A01.Q1")
            self.token("b", self.a, "H37")
        return self

    def token(self, of, at, code, **more):
        """The gateway of office `of` gets its token at the other, into its file."""
        a = at.admin.post("/v1/gateways", {"organ": code, "name": "Cổng của " + code, **more})
        assert a.code == 201 and a.json["token"].startswith("cv_"), a
        other = "H37" if of == "a" else "A01.Q1"
        with open(os.path.join(self.dir, of + ".tokens"), "w", encoding="utf-8") as f:
            f.write("# mã tại cổng của cơ quan khác\n%s %s\n" % (other, a.json["token"]))
        return a.json

    def stop(self):
        try:
            for x in (self.a, self.b):
                x.office.stop()
        finally:
            for x in (self.a, self.b):
                shutil.rmtree(x.office.dir, ignore_errors=True)
            shutil.rmtree(self.dir, ignore_errors=True)

    def due(self, x):
        """What waits is tried now, not in a minute."""
        x.office.sql("UPDATE outbox SET next_try = now(), attempts = 0 WHERE state = 'queued'")

    def send(self, subject, count=1):
        made = [e.sealed(self.a, [H37], subject="%s %d" % (subject, i)) for i in range(count)]
        return [self.a.vanthu.move(d, "dispatch") for d in made]

    def arrived(self, d):
        return self.b.office.sql("SELECT id FROM document WHERE direction = 'incoming' AND external_id = '%s'" % d["external_id"])

    def wait_for(self, documents, state, keep=lambda: None, seconds=90):
        """Until each document of a is in that state; `keep` is done at each look."""
        def look():
            keep()
            ids = ",".join("'%s'" % d["id"] for d in documents)
            return self.a.office.sql("SELECT count(*) FROM document WHERE id IN (%s) AND state = '%s'" % (ids, state)) == [[str(len(documents))]]
        self.a.wait(look, seconds)


def register_all(x):
    """The clerk of b registers whatever has come: 03 goes back."""
    for row in x.office.sql("SELECT id FROM document WHERE direction = 'incoming' AND state = 'arrived'"):
        a = x.vanthu.try_move(row[0], "register")
        assert a.code in (200, 409, 412), a


@pytest.fixture(scope="module")
def pair():
    p = Pair("http")
    try:
        yield p.start()
    finally:
        p.stop()


def post(pair, to, text, token=None, certificate=None):
    """A packet as a gateway hands it in, over TLS: (code, JSON)."""
    pki = os.path.join(pair.dir, "pki")
    context = ssl.create_default_context(cafile=os.path.join(pki, "anchors", "root.pem"))
    if certificate:
        context.load_cert_chain(*certificate)
    c = http.client.HTTPSConnection("127.0.0.1", pair.ports[to], context=context, timeout=60)
    headers = {"Content-Type": "application/xml", **({"Authorization": "Bearer " + token} if token else {})}
    try:
        c.request("POST", SENDS, text.encode(), headers)
        r = c.getresponse()
        return r.status, json.loads(r.read() or b"null")
    finally:
        c.close()


def test_a_document_and_its_statuses(pair):
    d = pair.send("Qua cổng")[0]
    pair.a.wait(lambda: pair.arrived(d))
    t = pair.b.vanthu.document(pair.arrived(d)[0][0])
    assert (t["state"], t["issuer_code"], t["subject"]) == ("arrived", "A01.Q1", d["subject"])
    pair.a.wait(lambda: e.delivery(pair.a, d, "H37")["status"] == "01")
    pair.b.vanthu.move(t, "register")
    pair.wait_for([d], "delivered")
    t = pair.b.bithu.move(t["id"], "assign", direction="Giao", lead="Ban Tổ chức")
    t = pair.b.chuyenvien.move(t, "accept")
    pair.b.chuyenvien.move(t, "complete")
    pair.a.wait(lambda: e.delivery(pair.a, d, "H37")["status"] == "06")
    rows = pair.b.office.sql("SELECT transport, source, state FROM packet WHERE way = 'in' AND document = '%s'" % t["id"])
    assert rows == [["http", "A01.Q1", "accepted"]]
    heard = [r[1] for r in e.x_statuses(pair.a, d) if r[0] == "heard"]
    assert sorted(heard) == ["01", "03", "04", "05", "06"]


def test_taken_back_over_the_gateway(pair):
    d = pair.send("Lấy lại qua cổng")[0]
    pair.a.wait(lambda: pair.arrived(d))
    pair.a.vanthu.move(d, "ask_back", reason="Sai bản")
    id = pair.arrived(d)[0][0]
    pair.b.wait(lambda: "withdraw" in pair.b.vanthu.document(id)["moves"])
    pair.b.vanthu.move(id, "withdraw", reason="Đồng ý")
    pair.wait_for([d], "withdrawn")


def test_a_wrong_token_waits_for_the_right_one(pair):
    path = os.path.join(pair.dir, "a.tokens")
    with open(path, encoding="utf-8") as f:
        right = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write("H37 cv_sai\n")
    d = pair.send("Sai mã")[0]
    row = pair.a.wait(lambda: [i for i in pair.a.vanthu.get("/v1/outbox", state="queued").json["items"]
                               if i["document"] == d["id"] and i["last_error"]])[0]
    assert row["last_error"].startswith("fetch.http 401") and row["attempts"] == 1
    with open(path, "w", encoding="utf-8") as f:
        f.write(right)
    assert pair.a.vanthu.post("/v1/outbox/%s/retry" % row["id"]).code == 200
    pair.a.wait(lambda: pair.arrived(d))


def test_what_the_gateway_refuses_the_clerk_sees(pair):
    """The other office refuses the packet itself: not tried again, its findings told."""
    d = pair.send("Bị từ chối ở cổng")[0]
    pair.a.wait(lambda: pair.arrived(d))
    # the same document in other bytes: a duplicate for the receiver
    pair.a.office.sql("INSERT INTO outbox (id, document, receiver, receiver_code, kind, business, occasion, body) SELECT uuid7(), document, receiver, "
                      "receiver_code, kind, business, 9, jsonb_set(body, '{content}', '\"khac\"') FROM outbox WHERE document = '%s' AND kind = 'document'" % d["id"])
    row = pair.a.wait(lambda: [i for i in pair.a.vanthu.get("/v1/outbox", state="failed").json["items"] if i["document"] == d["id"]])[0]
    assert row["last_error"] == "fetch.http 422 exchange.duplicate"
    assert len(pair.arrived(d)) == 1


def test_a_gateway_speaks_for_its_own_office(pair):
    own = pair.token("a", pair.b, "A01.Q1")
    own_text = str(e.packet(to="H37", sender=dict(e.b.FROM, organ_id="A01.Q1", name="Quận ủy")))
    foreign = str(e.packet(to="H37", sender=dict(e.b.FROM, organ_id="Z99", name="Nơi khác")))
    assert post(pair, "b", own_text, own["token"])[0] == 201
    assert post(pair, "b", own_text, own["token"])[0] == 200
    code, problem = post(pair, "b", foreign, own["token"])
    assert code == 422 and [f["code"] for f in problem["findings"]] == ["edxml.signature.dummy", "exchange.sender"], problem
    assert (problem["findings"][1]["got"], problem["findings"][1]["want"]) == ("Z99", "A01.Q1")
    hub = pair.b.admin.post("/v1/gateways", {"organ": "A01.Q1", "name": "Trục", "relay": True}).json
    assert post(pair, "b", foreign, hub["token"])[0] == 201


def test_identities_do_not_mix(pair):
    own = pair.token("a", pair.b, "A01.Q1")
    text = str(e.packet(to="H37", sender=dict(e.b.FROM, organ_id="A01.Q1", name="Quận ủy")))
    assert post(pair, "b", text)[0] == 401
    assert post(pair, "b", text, "cv_sai")[0] == 401
    assert post(pair, "b", text, pair.b.vanthu.token)[0] == 401, "a clerk is no gateway"
    gateway = pair.b.office.client(own["token"])
    for target in ("/v1/me", "/v1/documents", "/v1/packets", "/v1/gateways"):
        assert gateway.get(target).code == 401, "a gateway is no person"
    listed = pair.b.admin.get("/v1/gateways").json["items"]
    assert any(g["id"] == own["id"] for g in listed) and not any("token" in g for g in listed)
    assert pair.b.vanthu.get("/v1/gateways").problem == (403, "account.role")
    assert pair.b.admin.post("/v1/gateways", {"organ": "H37", "name": "Của mình"}).problem == (422, "organ.missing")
    assert pair.b.admin.request("DELETE", "/v1/gateways/" + own["id"]).code == 204
    assert post(pair, "b", text, own["token"])[0] == 401
    assert pair.b.admin.request("DELETE", "/v1/gateways/" + own["id"]).problem == (404, "gateway.missing")
    pair.token("a", pair.b, "A01.Q1")


def killing(x, stop, seed):
    """kill -9 and start again at random moments, until stop is set."""
    r = random.Random(seed)
    while not stop.wait(r.uniform(0.3, 1.2)):
        x.office.stop(signal.SIGKILL)
        x.office.start()


@pytest.mark.parametrize("who", ["receiver", "sender"])
def test_killed_in_the_middle(pair, who):
    """Documents go out while one of the two is killed again and again: each comes in once, each is answered."""
    x = pair.b if who == "receiver" else pair.a
    documents = pair.send("Giết %s" % who, 6)
    stop = threading.Event()
    killer = threading.Thread(target=killing, args=(x, stop, 7))
    killer.start()
    try:
        time.sleep(4)
    finally:
        stop.set()
        killer.join()

    def keep():
        pair.due(pair.a)
        pair.due(pair.b)
        register_all(pair.b)
    pair.wait_for(documents, "delivered", keep, 120)
    for d in documents:
        assert len(pair.arrived(d)) == 1, d
    ids = ",".join("'%s'" % d["id"] for d in documents)
    assert pair.a.office.sql("SELECT count(*) FROM outbox WHERE document IN (%s) AND kind = 'document' AND state = 'sent'" % ids) == [["6"]]
    assert pair.a.office.sql("SELECT count(*) FROM exchange_status WHERE way = 'heard' AND code = '03' AND document IN (%s)" % ids) == [["6"]]
    external = ",".join("'%s'" % d["external_id"] for d in documents)
    assert pair.b.office.sql("SELECT count(*) FROM packet p JOIN document d ON d.id = p.document WHERE p.way = 'in' AND d.external_id IN (%s)" % external) == [["6"]]


# --- client certificates, and their revocation ---

class ClientCA:
    """A CA for clients, by the openssl command: certificates, revocations, lists."""

    def __init__(self, folder):
        self.dir = str(folder)
        with open(self.path("conf"), "w", encoding="utf-8") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s\ncrlnumber=%s\ndefault_md=sha256\ndefault_crl_days=30\n" % (self.path("index"), self.path("number")))
        open(self.path("index"), "w").close()
        with open(self.path("number"), "w", encoding="utf-8") as f:
            f.write("01\n")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA may khach",
                     "-days", "30", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.list()

    def path(self, name):
        return os.path.join(self.dir, name)

    def openssl(self, *words):
        run = subprocess.run(["openssl", *words], cwd=self.dir, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def issue(self, name, days="10"):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", name + ".pem", "-days", days)
        return self.path(name + ".pem"), self.path(name + ".key")

    def digest(self, name):
        return self.openssl("x509", "-in", name + ".pem", "-noout", "-fingerprint", "-sha256").split("=")[1].strip().replace(":", "").lower()

    def list(self, *more):
        self.openssl("ca", "-config", "conf", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.pem", "-out", "crl.pem", *more)

    def revoke(self, name):
        self.openssl("ca", "-config", "conf", "-revoke", name + ".pem", "-keyfile", "ca.key", "-cert", "ca.pem")
        self.list()


def test_client_certificates_and_their_revocation(tmp_path):
    """A gateway by its certificate; revoked, it stays out from the next SIGHUP on, and so it is when the list has run out."""
    ca = ClientCA(tmp_path)
    good, lost = ca.issue("tot"), ca.issue("mat")
    pki = os.path.join(tmp_path, "pki")
    demo_pki.make(pki)
    with open(os.path.join(pki, "chain.pem"), "w", encoding="utf-8") as f:
        f.writelines(open(os.path.join(pki, n), encoding="utf-8").read() for n in ("tls.pem", "intermediates/issuing.pem"))
    port = free_port()
    settings = ('server { tls_address = "127.0.0.1:%d" tls_certificate = "%s/chain.pem" tls_key = "%s/tls.key" tls_client_ca = "%s" tls_client_crl = "%s" }\n'
                % (port, pki, pki, ca.path("ca.pem"), ca.path("crl.pem")))
    with Office(settings=settings, bootstrap=bootstrap("H37", [{"code": "A01.Q1", "name": "Quận ủy", "regime": "party"}]), worker=True) as o:
        x = e.Exchange(o)
        x.dir, x.ports = str(tmp_path), {"b": port}
        for name in ("tot", "mat"):
            assert x.admin.post("/v1/gateways", {"organ": "A01.Q1", "name": name, "cert_sha256": ca.digest(name)}).code == 201

        def hand_in(certificate):
            return post(x, "b", str(e.packet(to="H37", sender=dict(e.b.FROM, organ_id="A01.Q1", name="Quận ủy"))), certificate=certificate)[0]

        def hangup():
            seen = o.tail(10000).count("event=reloaded")
            o.process.send_signal(signal.SIGHUP)
            x.wait(lambda: o.tail(10000).count("event=reloaded") > seen)
        assert hand_in(good) == 201 and hand_in(lost) == 201 and hand_in(None) == 401
        ca.revoke("mat")
        hangup()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            hand_in(lost)
        assert hand_in(good) == 201
        # a list that has run out says nothing of anybody any more
        ca.list("-crl_lastupdate", "20260101000000Z", "-crl_nextupdate", "20260201000000Z")
        hangup()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            hand_in(good)
        assert hand_in(None) == 401, "who comes without a certificate still may"
        # a list that cannot be read leaves what was
        ca.list()
        hangup()
        with open(ca.path("crl.pem"), "w", encoding="utf-8") as f:
            f.write("hong\n")
        o.process.send_signal(signal.SIGHUP)
        x.wait(lambda: "tls.client-crl" in o.tail(10000))
        assert hand_in(good) == 201


# --- by drop folder: a carrier takes files from the one's out to the other's in ---

def carry(pair, r):
    """Everything there, in any order, and every other file twice."""
    moves = []
    for x, y, address in ((pair.a, pair.b, "b"), (pair.b, pair.a, "a")):
        out = os.path.join(x.root, "out", address)
        moves += [(os.path.join(out, n), y) for n in (os.listdir(out) if os.path.isdir(out) else []) if not n.startswith(".")]
    r.shuffle(moves)
    for path, y in moves:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for _ in range(r.choice((1, 2))):
            y.drop(text)
        os.unlink(path)


def test_by_drop_folder_shuffled_and_doubled():
    r = random.Random(11)
    pair = Pair("folder")
    try:
        pair.start()
        documents = pair.send("Thư mục", 5)
        carry(pair, r)
        pair.b.office.stop(signal.SIGKILL)
        pair.b.office.start()

        def keep():
            carry(pair, r)
            register_all(pair.b)
        pair.wait_for(documents, "delivered", keep, 120)
        for d in documents:
            assert len(pair.arrived(d)) == 1, d
            id = pair.arrived(d)[0][0]
            t = pair.b.bithu.move(id, "assign", direction="Giao", lead="Ban Tổ chức")
            t = pair.b.chuyenvien.move(t, "accept")
            pair.b.chuyenvien.move(t, "complete")
        # 04, 05 and 06 of all, shuffled and doubled: what counts is what the sender said last
        pair.b.wait(lambda: pair.b.office.sql("SELECT count(*) FROM outbox WHERE state <> 'sent'") == [["0"]])

        def finished():
            carry(pair, r)
            return all(e.delivery(pair.a, d, "H37")["status"] == "06" for d in documents)
        pair.a.wait(finished, 60)
        heard = pair.a.office.sql("SELECT code, count(*) FROM exchange_status WHERE way = 'heard' GROUP BY 1 ORDER BY 1")
        assert heard == [[c, "5"] for c in ("01", "03", "04", "05", "06")]
        assert pair.a.office.sql("SELECT count(*) FROM packet WHERE state = 'refused'") == [["0"]]
    finally:
        pair.stop()
