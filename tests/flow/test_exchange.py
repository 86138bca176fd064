"""Packets between offices on a real congvand with a worker: drop folder, API, statuses, outbox, and a daemon killed in the middle."""
import copy
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid

import pytest

import office as flow
from office import SRC, Office

sys.path.insert(0, os.path.join(SRC, "tests", "data"))
import edxml_builder as b  # noqa: E402

SETTINGS = "exchange { interval_ms = 50 }\n"
BOOTSTRAP = copy.deepcopy(flow.BOOTSTRAP)
for organ in BOOTSTRAP["organs"]:
    if organ["code"] == "B02":
        organ.update(transport="folder", address="b02")
    if organ["code"] == "A01.Q1":
        organ.update(transport="folder", address="q1")
BOOTSTRAP["organs"].append({"code": "C03", "name": "Nơi nhận bằng vật mang tin", "mark": "C", "regime": "state", "transport": "carried"})
BOOTSTRAP["organs"].append({"code": "Z09", "name": "Nơi không có đường gửi", "mark": "Z", "regime": "state"})


def new_office():
    return Office(settings=SETTINGS, bootstrap=BOOTSTRAP, worker=True)


class Exchange:
    """An office, its drop folders and its people."""

    def __init__(self, office):
        self.office = office
        self.root = os.path.join(office.dir, "data", "exchange")
        self.people = {}

    def __getattr__(self, login):
        if login not in self.people:
            self.people[login] = self.office.sign_in(login)
        return self.people[login]

    def drop(self, text, name=None):
        name = name or "%s.edxml" % uuid.uuid4()
        path = os.path.join(self.root, "in", name)
        with open(path + ".part", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(path + ".part", path)
        return name

    def wait(self, what, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError("waited in vain:\n" + self.office.tail(40))

    def taken(self, name, folder="done"):
        """Waits until the packet lies in that folder; its path."""
        path = os.path.join(self.root, folder, name)
        self.wait(lambda: os.path.exists(path))
        return path

    def out(self, address, pattern, count=1):
        """Waits for `count` packets for that address whose text matches; their texts, oldest first."""
        folder = os.path.join(self.root, "out", address)

        def look():
            if not os.path.isdir(folder):
                return None
            texts = []
            for name in sorted(os.listdir(folder)):
                if not name.startswith("."):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        text = f.read()
                    if re.search(pattern, text):
                        texts.append(text)
            return texts if len(texts) >= count else None
        return self.wait(look)

    def document_of(self, packet_name, folder="done"):
        self.taken(packet_name, folder)
        rows = self.office.sql("SELECT document FROM packet WHERE source = '%s' AND state = 'accepted'" % packet_name)
        assert len(rows) == 1, rows
        return self.vanthu.document(rows[0][0])


counter = 100


def packet(number=None, to="A01.Q1", **members):
    """A document packet of H37 with a PDF and a DOCX in the SDK's form; every call another document."""
    global counter
    counter += 1
    number = number or str(counter)
    d = b.Document([b.File("Công văn.pdf", b.pdf_bytes(["So " + number]), "application/pdf"),
                    b.File("Biểu mẫu.docx", b.sdk_zip(b.docx_bytes(["Biểu mẫu"]), "docx"), "application/zip",
                           listed_type="application/docx")])
    d.sender = dict(b.FROM, organ_id="H37", name="Ủy ban nhân dân tỉnh")
    d.to = [dict(b.TO, organ_id=to, name="Quận ủy Một")]
    d.number, d.notation = number, "UBND-TH"
    d.document_id = "H37,2025/10/13,%s/UBND-TH" % number
    d.subject = d.content = "V/v rà soát hồ sơ số " + number
    d.business = b.el("Bussiness", b.leaf("BussinessDocType", "0", b.P), b.leaf("DocumentId", d.document_id, b.P), p=b.P)
    for k, v in members.items():
        setattr(d, k, v)
    return d


def recall_of(d, reason="Sai nội dung"):
    r = copy.copy(d)
    r.business = b.el("Bussiness", b.leaf("BussinessDocType", "1", b.P), b.leaf("BussinessDocReason", reason, b.P),
                      b.leaf("DocumentId", d.document_id, b.P), p=b.P)
    return r


def status_about(document_id, code, sender="H37", description="", notation="1/UBND"):
    response = b.el("ResponseFor", b.leaf("OrganId", "A01.Q1", b.P), b.leaf("Code", notation, b.P),
                    b.leaf("PromulgationDate", "2025/10/13", b.P), b.leaf("DocumentId", document_id, b.P), p=b.P)
    return b.status_message(code, description, sender=dict(b.TO, organ_id=sender, name="Nơi nhận"), response=response)


def check_schema(text, tmp_path, schema):
    path = tmp_path / "packet.xml"
    path.write_text(text, encoding="utf-8")
    run = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", os.path.join(SRC, "schemas", "xsd", schema), str(path)],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def hand_in(client, text, name=""):
    return client.request("POST", "/v1/packets" + ("?name=" + name if name else ""), raw=text.encode(), key=False,
                          headers={"Content-Type": "application/xml"})


def sealed(x, receivers, **members):
    """An outgoing document that only waits to be dispatched (signing has its own tests)."""
    global counter
    author = x.chuyenvien
    d = author.create("outgoing", kind="CV", main={"sha256": author.upload(b.pdf_bytes(["van ban di"])), "name": "van-ban.pdf"},
                      receivers=receivers, **members)
    d = author.move(d, "submit", leader="bithu")
    counter += 1
    x.office.sql("UPDATE document SET state = 'sealed', revision = revision + 1, code_number = '%d', code_notation = 'CV/QU', "
                 "notation = '%d-CV/QU', issued_date = '2026-11-24' WHERE id = '%s'" % (counter, counter, d["id"]))
    return d


@pytest.fixture(scope="module")
def x():
    with new_office() as o:
        yield Exchange(o)


# --- coming in ---

def test_packet_through_the_drop_folder(x):
    p = packet("57")
    name = x.drop(str(p))
    d = x.document_of(name)
    assert (d["state"], d["direction"], d["notation"]) == ("arrived", "incoming", "57/UBND-TH")
    assert d["issuer_code"] == "H37" and d["subject"] == "V/v rà soát hồ sơ số 57" and d["external_id"] == p.document_id
    assert d["issued_date"] == "2025-10-13" and d["kind_name"] == "Công văn"
    assert sorted((v["part"], v["name"]) for v in d["versions"]) == [
        ("attachment", "Biểu mẫu.docx"), ("main", "Công văn.pdf"), ("packet", name)]
    assert d["moves"] == ["reject", "register", "recall"]


def test_statuses_of_an_incoming_document(x, tmp_path):
    p = packet()
    d = x.document_of(x.drop(str(p)))
    d = x.vanthu.move(d, "register")
    d = x.bithu.move(d, "assign", direction="Giao Ban Tổ chức", lead="Ban Tổ chức")
    d = x.chuyenvien.move(d, "accept")
    d = x.chuyenvien.move(d, "complete")
    texts = x.out("h37", re.escape(p.document_id), 5)
    codes = []
    for t in texts:
        check_schema(t, tmp_path, "edxml-status.xsd")
        codes.append(re.search(r"StatusCode>(\d+)<", t)[1])
        assert re.search(r"From>.*OrganId>A01\.Q1<.*ResponseFor>.*OrganId>H37<", t, re.S)
    assert sorted(codes) == ["01", "03", "04", "05", "06"]
    x.wait(lambda: x.office.sql("SELECT count(*) FROM outbox WHERE document = '%s' AND state = 'sent'" % d["id"])[0][0] == "5")


def test_packet_through_the_api(x):
    text = str(packet())
    a = hand_in(x.vanthu, text, "den.edxml")
    assert a.code == 201 and a.json["business"] == 0 and a.headers["location"] == "/v1/packets/" + a.json["packet"]
    again = hand_in(x.vanthu, text)
    assert again.code == 200 and (again.json["packet"], again.json["document"]) == (a.json["packet"], a.json["document"])
    assert x.vanthu.document(a.json["document"])["state"] == "arrived"
    shown = x.vanthu.get("/v1/packets/" + a.json["packet"])
    assert shown.json["state"] == "accepted" and shown.json["source"] == "den.edxml" and shown.json["body"]["packet"] == "document"
    assert x.vanthu.get("/v1/packets/%s/content" % a.json["packet"]).body == text.encode()
    assert hand_in(x.chuyenvien, text).problem == (403, "account.role")
    assert x.chuyenvien.get("/v1/packets").problem == (403, "account.role")
    assert x.khac.get("/v1/packets/" + a.json["packet"]).problem == (404, "packet.missing")


def test_same_bytes_are_one_document(x):
    p = packet()
    text = str(p)
    names = [x.drop(text), x.drop(text)]
    for n in names:
        x.taken(n)
    assert hand_in(x.vanthu, text).code == 200
    assert x.office.sql("SELECT count(*) FROM document WHERE external_id = '%s'" % p.document_id) == [["1"]]


def test_a_refused_packet_is_its_receivers_business(x):
    """A packet that became no document is shown to the office it was for, not to another one in the same congvand; one for nobody here to every clerk."""
    p = packet()
    hand_in(x.vanthu, str(p))
    ours = hand_in(x.vanthu, str(p).replace("V/v rà soát", "V/v rà  soát"))
    nobodys = hand_in(x.vanthu, str(packet(to="Z99")))
    assert (ours.code, nobodys.code) == (422, 422)
    nobodys, ours = (r[0] for r in x.office.sql("SELECT id FROM packet WHERE state = 'refused' ORDER BY id DESC LIMIT 2"))
    for client, seen in ((x.vanthu, {ours, nobodys}), (x.khac, {nobodys})):
        for id in (ours, nobodys):
            for what in ("", "/content"):
                assert client.get("/v1/packets/" + id + what).code == (200 if id in seen else 404), (id, what)
        listed = {i["id"] for i in client.get("/v1/packets", state="refused", limit=100).json["items"]}
        assert listed & {ours, nobodys} == seen


def at_once(x, texts):
    """Each handed in by a connection of its own, all together."""
    clients, answers = [x.office.sign_in("vanthu") for _ in texts], [None] * len(texts)
    start = threading.Barrier(len(texts))

    def one(i):
        start.wait()
        answers[i] = hand_in(clients[i], texts[i])
    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(texts))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for c in clients:
        c.close()
    return answers


def test_same_packet_several_times_at_once(x):
    """A sender who heard nothing in time sends again while the first is still being read: one document, and all are told which."""
    p = packet()
    answers = at_once(x, [str(p)] * 8)
    assert x.office.sql("SELECT count(*) FROM document WHERE external_id = '%s'" % p.document_id) == [["1"]]
    assert sorted(a.code for a in answers) == [200] * 7 + [201], answers
    assert len({(a.json["packet"], a.json["document"]) for a in answers}) == 1
    assert x.office.sql("SELECT count(*) FROM packet WHERE document = '%s' AND way = 'in'" % answers[0].json["document"]) == [["1"]]


def test_one_document_in_several_packets_at_once(x):
    """The same document in packets of other bytes, by two ways at once: one is taken, the others are refused as one after the other would be."""
    p = packet()
    texts = [str(p).replace("V/v rà soát", "V/v rà  soát" + " " * i) for i in range(6)]
    answers = at_once(x, texts)
    assert x.office.sql("SELECT count(*) FROM document WHERE external_id = '%s'" % p.document_id) == [["1"]]
    assert sorted(a.code for a in answers) == [201] + [422] * 5, answers
    assert all("exchange.duplicate" in str(a.json) for a in answers if a.code == 422)


def test_other_bytes_of_the_same_document_are_refused(x):
    p = packet()
    first = hand_in(x.vanthu, str(p))
    p.content = "Khác"
    a = hand_in(x.vanthu, str(p))
    assert a.code == 422 and a.codes() >= {"exchange.duplicate"}
    assert [f["want"] for f in a.json["findings"] if f["code"] == "exchange.duplicate"] == [first.json["document"]]


def test_packet_for_another_office_is_refused(x):
    a = hand_in(x.vanthu, str(packet(to="H99")))
    assert a.code == 422 and "exchange.not-ours" in a.codes()


def test_value_that_no_document_can_have_is_refused(x):
    a = hand_in(x.vanthu, str(packet(subject="Trích yếu " * 300)))
    assert a.code == 422 and a.json["findings"], a
    assert x.vanthu.get(a.headers["location"]).json["findings"]


@pytest.mark.parametrize("signature,code", [(b.DUMMY_SIGNATURE, "edxml.signature.dummy"), ("", None)], ids=["dummy", "none"])
def test_a_dummy_signature_is_called_one(x, tmp_path, signature, code):
    """By the office that receives it and by `congvan check packet`: no verdict, no refusal, but nobody takes it for a signature. Without any block there is nothing to say."""
    p = packet()
    p.signature = signature
    a = hand_in(x.vanthu, str(p))
    assert a.code == 201, a
    told = [(f["code"], f["severity"]) for f in a.json["findings"] if f["code"].startswith("edxml.signature")]
    assert told == ([(code, "note")] if code else [])
    kept = x.vanthu.get("/v1/packets/" + a.json["packet"]).json
    assert [f["code"] for f in kept["findings"] if f["code"].startswith("edxml.signature")] == ([code] if code else [])
    path = tmp_path / "goi.edxml"
    path.write_text(str(p), encoding="utf-8")
    for words, said in ((["--json"], '"edxml.signature.dummy"'), (["--lang", "en"], "is a dummy")):
        run = subprocess.run([os.path.join(flow.BUILD, "cli", "congvan"), *words, "--schemas", os.path.join(SRC, "schemas", "xsd"), "check", "packet", str(path)],
                             capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode == 0, run
        assert (said in run.stdout + run.stderr) == bool(code), run


BAD = ("bad-schema", "bad-damaged", "bad-hostile")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("packets")
    subprocess.run([sys.executable, os.path.join(SRC, "tests", "data", "make_packets.py"), str(out), "--from", "H37", "Ủy ban nhân dân tỉnh",
                    "--to", "A01.Q1", "Quận ủy Một"], check=True)
    return out


@pytest.mark.parametrize("name", BAD)
def test_bad_packets_are_refused_with_findings(x, made, name):
    text = (made / (name + ".edxml")).read_text(encoding="utf-8")
    want = set((made / (name + ".edxml.expect")).read_text().split())
    a = hand_in(x.vanthu, text)
    assert a.code == 422, a
    errors = [f for f in a.json["findings"] if f["severity"] == "error"]
    assert want <= {f["code"] for f in errors}
    for f in errors:
        assert f["where"] and f["message"] if "message" in f else f["where"], f
    kept = x.vanthu.get(a.headers["location"]).json
    assert kept["state"] == "refused" and kept["document"] is None and want <= {f["code"] for f in kept["findings"]}
    assert x.vanthu.get(a.headers["location"] + "/content").body == text.encode()
    # the same by the drop folder, with the findings beside it
    dropped = x.drop(text, name + ".edxml")
    path = x.taken(dropped, "refused")
    x.wait(lambda: os.path.exists(path + ".findings.json") and os.path.getsize(path + ".findings.json"))
    with open(path + ".findings.json", encoding="utf-8") as f:
        findings = json.load(f)
    assert want <= {f["code"] for f in findings["findings"]}
    assert not os.path.exists(os.path.join(x.root, "in", dropped))


def test_recall_comes_in(x):
    p = packet()
    d = x.document_of(x.drop(str(p)))
    a = hand_in(x.vanthu, str(recall_of(p)))
    assert a.code == 201 and a.json["document"] == d["id"] and a.json["business"] == 1
    assert x.vanthu.document(d["id"])["state"] == "recalled"


def test_recall_of_an_unknown_document_is_kept(x):
    a = hand_in(x.vanthu, str(recall_of(packet())))
    assert a.code == 201 and a.json["document"] is None
    assert [f["code"] for f in a.json["findings"] if f["severity"] == "warning"].count("exchange.unknown-document") == 1


def test_update_adds_versions(x):
    p = packet()
    d = x.document_of(x.drop(str(p)))
    u = copy.copy(p)
    u.files = [b.File("Công văn.pdf", b.pdf_bytes(["ban cap nhat"]), "application/pdf")]
    u.business = b.el("Bussiness", b.leaf("BussinessDocType", "2", b.P), b.leaf("BussinessDocReason", "Bổ sung", b.P),
                      b.leaf("DocumentId", p.document_id, b.P),
                      b.el("BussinessDocumentInfo", b.leaf("DocumentInfo", "1", b.P), b.leaf("DocumentReceiver", "0", b.P), p=b.P), p=b.P)
    a = hand_in(x.vanthu, str(u))
    assert a.code == 201 and a.json["document"] == d["id"], a
    after = x.vanthu.document(d["id"])
    assert after["revision"] == d["revision"] + 1 and after["state"] == "arrived"
    assert sorted(v["ordinal"] for v in after["versions"] if v["part"] == "main") == [1, 2]


def test_asked_back_and_given(x, tmp_path):
    p = packet()
    d = x.document_of(x.drop(str(p)))
    assert "withdraw" not in x.vanthu.document(d["id"])["moves"]
    assert hand_in(x.vanthu, status_about(p.document_id, "13", description="Xin lấy lại")).code == 201
    d = x.vanthu.move(d, "withdraw", reason="Đồng ý")
    assert d["state"] == "withdrawn"
    texts = x.out("h37", re.escape(p.document_id) + r"[\s\S]*StatusCode>15<")
    check_schema(texts[0], tmp_path, "edxml-status.xsd")


# --- going out ---

def test_cancelled_while_it_waits_its_turn_is_not_sent(x):
    """A round of sending takes as long as its slowest receiver: what a clerk cancels meanwhile stays here (a trigger cancels it just before it would go)."""
    d = sealed(x, [{"organ_id": "B02", "organ_name": "Văn phòng huyện B"}])
    x.office.sql("CREATE FUNCTION just_before() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE outbox SET state = 'cancelled' WHERE id = NEW.id; RETURN NULL; END $$")
    x.office.sql("CREATE TRIGGER just_before AFTER UPDATE OF packet ON outbox FOR EACH ROW EXECUTE FUNCTION just_before()")
    try:
        x.vanthu.move(d, "dispatch")
        x.wait(lambda: x.office.sql("SELECT state FROM outbox WHERE document = '%s'" % d["id"]) == [["cancelled"]])
    finally:
        x.office.sql("DROP TRIGGER just_before ON outbox")
        x.office.sql("DROP FUNCTION just_before")
    after = sealed(x, [{"organ_id": "B02", "organ_name": "Văn phòng huyện B"}])
    x.vanthu.move(after, "dispatch")
    x.wait(lambda: x.office.sql("SELECT state FROM outbox WHERE document = '%s'" % after["id"]) == [["sent"]])
    assert x.office.sql("SELECT b.state, (SELECT count(*) FROM packet p WHERE p.document = b.document AND p.way = 'out') FROM outbox b "
                        "WHERE b.document = '%s'" % d["id"]) == [["cancelled", "0"]]


def test_dispatch_to_a_second_office_and_delivered(x, tmp_path):
    d = sealed(x, [{"organ_id": "B02", "organ_name": "Phường Hai"}], subject="Gửi phường")
    d = x.vanthu.move(d, "dispatch")
    assert d["state"] == "dispatched"
    text = x.out("b02", "Gửi phường")[0]
    check_schema(text, tmp_path, "edxml.xsd")
    name = x.drop(text)
    x.taken(name)
    theirs = x.office.sql("SELECT id, state FROM document WHERE direction = 'incoming' AND external_id = '%s'" % d["external_id"])
    assert len(theirs) == 1 and theirs[0][1] == "arrived"
    t = x.khac.document(theirs[0][0])
    assert t["subject"] == "Gửi phường" and t["issuer_code"] == "A01.Q1"
    assert x.vanthu.get("/v1/documents/" + t["id"]).code == 404  # the other office's
    main = [v for v in t["versions"] if v["part"] == "main"][0]
    assert x.khac.get("/v1/documents/%s/versions/%s/content" % (t["id"], main["id"])).body == b.pdf_bytes(["van ban di"])
    x.khac.move(t, "register")
    answer = x.out("q1", re.escape(d["external_id"]) + r"[\s\S]*StatusCode>03<")[0]
    x.taken(x.drop(answer))
    d = x.vanthu.document(d["id"])
    assert d["state"] == "delivered"
    assert ("heard", "03") in x_statuses(x, d)
    # told again: kept, nothing else
    assert hand_in(x.vanthu, answer.replace("</edXML", " </edXML")).code == 201
    assert x.vanthu.document(d["id"])["state"] == "delivered"


def x_statuses(x, d):
    return [tuple(r) for r in x.office.sql("SELECT way, code FROM exchange_status WHERE document = '%s'" % d["id"])]


def test_status_refused_is_heard(x):
    d = sealed(x, [{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], subject="Bị từ chối")
    d = x.vanthu.move(d, "dispatch")
    x.out("h37", "Bị từ chối")
    a = hand_in(x.vanthu, status_about(d["external_id"], "02", description="Sai nơi nhận"))
    assert a.code == 201 and a.json["document"] == d["id"]
    assert ("heard", "02") in x_statuses(x, d) and x.vanthu.document(d["id"])["state"] == "dispatched"


def test_recall_goes_out(x, tmp_path):
    d = sealed(x, [{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], subject="Sẽ thu hồi")
    d = x.vanthu.move(d, "dispatch")
    x.out("h37", "Sẽ thu hồi")
    d = x.bithu.move(d, "recall", reason="Ban hành nhầm")
    text = x.out("h37", r"BussinessDocType>1<[\s\S]*Ban hành nhầm")[0]
    check_schema(text, tmp_path, "edxml.xsd")
    assert d["external_id"] in text


def test_outbox_without_a_transport(x):
    d = sealed(x, [{"organ_id": "Z09", "organ_name": "Nơi không có đường gửi"}], subject="Không gửi được")
    d = x.vanthu.move(d, "dispatch")

    def row():
        items = x.vanthu.get("/v1/outbox", state="failed").json["items"]
        return [i for i in items if i["document"] == d["id"]]
    failed = x.wait(row)[0]
    assert failed["receiver_code"] == "Z09" and "outbox.transport" in failed["last_error"]
    assert x.khac.post("/v1/outbox/%s/retry" % failed["id"]).problem == (404, "outbox.missing")
    assert x.chuyenvien.post("/v1/outbox/%s/retry" % failed["id"]).problem == (403, "account.role")
    a = x.vanthu.post("/v1/outbox/%s/retry" % failed["id"])
    assert a.code == 200 and a.json["state"] == "queued"
    x.wait(row)
    a = x.vanthu.post("/v1/outbox/%s/cancel" % failed["id"])
    assert a.code == 200 and a.json["state"] == "cancelled"
    assert x.vanthu.post("/v1/outbox/%s/retry" % failed["id"]).problem == (404, "outbox.missing")
    assert x.office.sql("SELECT count(*) FROM leaf WHERE type IN ('outbox.retry', 'outbox.cancel') AND body LIKE '%%%s%%'::bytea"
                        % failed["id"]) == [["2"]]


# --- several receivers ---

H37, B02 = {"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}, {"organ_id": "B02", "organ_name": "Phường Hai"}


def sent(x, subject, receivers, **members):
    """A document on its way to those receivers."""
    d = sealed(x, receivers, subject=subject, **members)
    d = x.vanthu.move(d, "dispatch")
    for r in receivers:
        x.out(r["organ_id"].lower(), re.escape(subject))
    return d


def delivery(x, d, code):
    return [t for t in x.vanthu.document(d["id"])["deliveries"] if t["receiver_code"] == code][0]


def hear(x, d, code, sender, description=""):
    a = hand_in(x.vanthu, status_about(d["external_id"], code, sender=sender, description=description or "Lý do"))
    assert a.code in (200, 201), a  # 200: within the second, the same bytes
    return x.vanthu.document(d["id"])


def test_delivered_when_every_receiver_has_it(x):
    d = sent(x, "Gửi hai nơi", [H37, B02])
    assert {(t["receiver_code"], t["sending"], t["status"], t["accepted"]) for t in d["deliveries"]} <= {
        (c, s, None, False) for c in ("H37", "B02") for s in ("queued", "sent")}
    assert hear(x, d, "03", "H37")["state"] == "dispatched"
    assert delivery(x, d, "H37")["accepted"] and not delivery(x, d, "B02")["accepted"]
    assert hear(x, d, "03", "H37")["state"] == "dispatched", "twice from one is not from two"
    # the other's 06 comes before its 03: it has accepted all the same
    assert hear(x, d, "06", "B02")["state"] == "delivered"
    hear(x, d, "03", "B02")
    moves = [m["name"] for m in x.vanthu.get("/v1/documents/%s/history" % d["id"]).json["items"]]
    assert moves.count("complete") == 1


def test_a_receiver_by_its_old_code(x):
    d = sent(x, "Mã cũ", [H37])
    assert hear(x, d, "03", "000.00.00.H37")["state"] == "delivered"


def test_status_of_somebody_else_is_refused(x):
    d = sent(x, "Chỉ gửi một nơi", [H37])
    a = hand_in(x.vanthu, status_about(d["external_id"], "03", sender="B02"))
    assert a.code == 422 and a.codes() == {"exchange.not-receiver"}, a
    assert x.vanthu.get(a.headers["location"]).json["state"] == "refused"
    assert x.vanthu.document(d["id"])["state"] == "dispatched" and not x_statuses(x, d)


def test_two_receivers_at_once(x):
    """Both last answers at the same moment, many times over: none is left undelivered."""
    documents = [sent(x, "Cùng lúc %d" % i, [H37, B02]) for i in range(4)]
    for d in documents:
        for organ in ("H37", "B02"):
            x.drop(status_about(d["external_id"], "03", sender=organ, description=""))
    for d in documents:
        x.wait(lambda: x.vanthu.document(d["id"])["state"] == "delivered")


# --- taking back ---

def test_ask_back_and_all_give(x, tmp_path):
    d = sent(x, "Xin lấy lại", [H37, B02])
    assert "ask_back" in x.vanthu.document(d["id"])["moves"]
    d = x.vanthu.move(d, "ask_back", reason="Gửi nhầm bản")
    for address in ("h37", "b02"):
        text = x.out(address, re.escape(d["external_id"]) + r"[\s\S]*StatusCode>13<")[0]
        check_schema(text, tmp_path, "edxml-status.xsd")
        assert "Gửi nhầm bản" in text and re.search(r"ResponseFor>[\s\S]*OrganId>A01\.Q1<", text)
    assert x.vanthu.try_move(d, "ask_back", reason="Lần nữa").problem == (422, "move.asking-back")
    assert hear(x, d, "15", "H37")["state"] == "dispatched"
    d = hear(x, d, "15", "B02")
    assert d["state"] == "withdrawn" and {t["asked_back_answer"] for t in d["deliveries"]} == {"15"}


def test_ask_back_and_one_keeps(x):
    d = sent(x, "Một nơi giữ lại", [H37, B02])
    d = x.bithu.move(d, "ask_back", reason="Gửi nhầm")
    hear(x, d, "15", "H37")
    d = hear(x, d, "16", "B02", "Đã giải quyết")
    assert d["state"] == "dispatched"
    assert {(t["receiver_code"], t["asked_back_answer"]) for t in d["deliveries"]} == {("H37", "15"), ("B02", "16")}
    d = x.bithu.move(d, "ask_back", reason="Xin lại lần nữa")  # answered, so it may be asked again
    assert {t["asked_back_answer"] for t in d["deliveries"]} == {None}


def test_asked_back_and_kept(x, tmp_path):
    p = packet()
    d = x.document_of(x.drop(str(p)))
    assert hand_in(x.vanthu, status_about(p.document_id, "13", description="Xin lấy lại")).code == 201
    assert d["id"] in [i["document"]["id"] for i in x.vanthu.get("/v1/inbox", limit=200).json["items"] if i["why"] == "asked_back"]
    d = x.vanthu.move(d, "keep", reason="Đã xử lý")
    assert d["state"] == "arrived"
    check_schema(x.out("h37", re.escape(p.document_id) + r"[\s\S]*StatusCode>16<")[0], tmp_path, "edxml-status.xsd")


def test_rejected_and_told(x, tmp_path):
    p = packet()
    d = x.document_of(x.drop(str(p)))
    d = x.vanthu.move(d, "reject", reason="Không thuộc thẩm quyền")
    text = x.out("h37", re.escape(p.document_id) + r"[\s\S]*StatusCode>02<")[0]
    check_schema(text, tmp_path, "edxml-status.xsd")
    assert d["state"] == "rejected" and "Không thuộc thẩm quyền" in text


def test_take_back_between_two_offices(x):
    """Both sides on one installation, by their own packets: asked, given, withdrawn at both."""
    d = sent(x, "Hai bên lấy lại", [B02])
    x.taken(x.drop(x.out("b02", "Hai bên lấy lại")[0]))
    theirs = x.office.sql("SELECT id FROM document WHERE direction = 'incoming' AND external_id = '%s'" % d["external_id"])[0][0]
    d = x.vanthu.move(d, "ask_back", reason="Sai phụ lục")
    x.taken(x.drop(x.out("b02", re.escape(d["external_id"]) + r"[\s\S]*StatusCode>13<")[0]))
    assert x.khac.move(theirs, "withdraw", reason="Đồng ý")["state"] == "withdrawn"
    x.taken(x.drop(x.out("q1", re.escape(d["external_id"]) + r"[\s\S]*StatusCode>15<")[0]))
    assert x.vanthu.document(d["id"])["state"] == "withdrawn"


# --- update and replacement ---

def incoming_of(x, d):
    return x.khac.document(x.office.sql("SELECT id FROM document WHERE direction = 'incoming' AND external_id = '%s' ORDER BY id DESC" % d["external_id"])[0][0])


def test_update_both_ways(x, tmp_path):
    d = sent(x, "Sẽ cập nhật", [B02])
    x.taken(x.drop(x.out("b02", "Sẽ cập nhật")[0]))
    assert x.vanthu.try_move(d, "update", reason="Không đổi gì").problem == (422, "move.update.empty")
    d = x.vanthu.move(d, "update", reason="Lùi hạn", due_date="2027-01-15", summary="Nội dung tóm tắt mới", receivers=[B02, H37])
    assert d["due_date"] == "2027-01-15" and d["state"] == "dispatched"
    text = x.out("b02", r"BussinessDocType>2<[\s\S]*Lùi hạn")[0]
    check_schema(text, tmp_path, "edxml.xsd")
    assert re.search(r"DocumentInfo>1<[\s\S]*DocumentReceiver>1<[\s\S]*OrganId>H37<[\s\S]*ReceiverType>1<", text)
    assert "BussinessDocType>0<" in x.out("h37", "Sẽ cập nhật")[0], "who is new gets the document"
    x.taken(x.drop(text))
    t = incoming_of(x, d)
    assert (t["due_date"], t["summary"], t["state"]) == ("2027-01-15", "Nội dung tóm tắt mới", "arrived")
    assert [v["ordinal"] for v in t["versions"] if v["part"] == "main"] == [1, 2]
    # the second update takes the first receiver off
    d = x.vanthu.move(d, "update", reason="Bỏ nơi nhận", receivers=[H37])
    text = x.out("b02", r"BussinessDocType>2<[\s\S]*Bỏ nơi nhận")[0]
    x.taken(x.drop(text))
    assert incoming_of(x, d)["state"] == "recalled"


def test_replacement_both_ways(x, tmp_path):
    old = sent(x, "Bản sẽ thay", [B02])
    x.taken(x.drop(x.out("b02", "Bản sẽ thay")[0]))
    before = incoming_of(x, old)
    new = sealed(x, [B02, H37], subject="Bản thay thế", replaces=old["id"])
    new = x.vanthu.move(new, "dispatch")
    text = x.out("b02", "Bản thay thế")[0]
    check_schema(text, tmp_path, "edxml.xsd")
    assert re.search(r"BussinessDocType>3<[\s\S]*ReplacementInfo>[\s\S]*" + re.escape(old["external_id"]) + r"[\s\S]*OrganId>B02<", text)
    assert "BussinessDocType>0<" in x.out("h37", "Bản thay thế")[0], "who never had the old one gets a new document"
    x.taken(x.drop(text))
    after = incoming_of(x, new)
    assert after["replaces"] == before["id"] and after["state"] == "arrived"
    assert x.khac.document(before["id"])["replaced_by"] == [after["id"]]
    assert x.vanthu.document(old["id"])["replaced_by"] == [new["id"]]


def test_replacing_what_is_not_there(x):
    a = x.chuyenvien.post("/v1/documents", {"direction": "outgoing", "subject": "Thay thế", "replaces": str(uuid.uuid4())})
    assert a.problem == (422, "document.replaces")


def test_recall_between_two_offices(x):
    d = sent(x, "Hai bên thu hồi", [B02])
    x.taken(x.drop(x.out("b02", "Hai bên thu hồi")[0]))
    d = x.bithu.move(d, "recall", reason="Ban hành nhầm")
    x.taken(x.drop(x.out("b02", re.escape(d["external_id"]) + r"[\s\S]*BussinessDocType>1<")[0]))
    assert incoming_of(x, d)["state"] == "recalled"


# --- the carried medium, by the command line ---

def congvan(x, folder, *words, code=0):
    token = os.path.join(str(folder), "token")
    with open(token, "w", encoding="utf-8") as f:
        f.write(x.vanthu.token)
    run = subprocess.run([os.path.join(flow.BUILD, "cli", "congvan"), "--socket", x.office.socket, "--token-file", token, "--lang", "en", *words],
                         capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, "CONGVAN_STATE": str(folder)}, timeout=120)
    assert run.returncode == code, (run.returncode, run.stdout + run.stderr)
    return run.stdout + run.stderr


def test_carried_out(x, tmp_path):
    medium = tmp_path / "usb"
    medium.mkdir()
    d = sealed(x, [{"organ_id": "C03", "organ_name": "Nơi nhận"}], subject="Mang tay")
    d = x.vanthu.move(d, "dispatch")
    row = x.wait(lambda: [i for i in x.vanthu.get("/v1/outbox", state="queued", limit=200).json["items"] if i["document"] == d["id"] and i["to_carry"]])[0]
    assert row["next_try"] is None and delivery(x, d, "C03")["sending"] == "queued"
    assert x.khac.get("/v1/outbox/%s/content" % row["id"]).problem == (404, "outbox.missing")
    assert x.chuyenvien.get("/v1/outbox/%s/content" % row["id"]).problem == (403, "account.role")
    congvan(x, tmp_path, "outbox", "export", str(medium / "khong-co"), code=2)
    assert delivery(x, d, "C03")["sending"] == "queued", "not written, not sent"
    congvan(x, tmp_path, "outbox", "export", str(medium))
    texts = [p.read_text(encoding="utf-8") for p in medium.glob("*.edxml")]
    text = [t for t in texts if "Mang tay" in t][0]
    check_schema(text, tmp_path, "edxml.xsd")
    assert delivery(x, d, "C03")["sending"] == "sent"
    assert x.office.sql("SELECT transport, source FROM packet WHERE way = 'out' AND document = '%s'" % d["id"]) == [["carried", "C03"]]
    assert "Mang tay" not in congvan(x, tmp_path, "outbox", "export", str(medium)) and len(list(medium.glob("*.edxml"))) == len(texts)
    assert x.vanthu.post("/v1/outbox/%s/carried" % row["id"]).problem == (404, "outbox.missing")
    assert list(medium.glob("*.part")) == []
    # the receiver's answer comes the same way
    (medium / "tra-loi.xml").write_text(status_about(d["external_id"], "03", sender="C03"), encoding="utf-8")
    for p in medium.glob("*.edxml"):
        p.unlink()
    congvan(x, tmp_path, "packet", "import", str(medium))
    assert x.vanthu.document(d["id"])["state"] == "delivered"


def test_carried_in(x, tmp_path, made):
    medium = tmp_path / "usb"
    medium.mkdir()
    packets = [packet() for _ in range(3)]
    for i, p in enumerate(packets):
        (medium / ("%d.edxml" % i)).write_text(str(p), encoding="utf-8")
    (medium / "1-hong.edxml").write_text((made / "bad-schema.edxml").read_text(encoding="utf-8"), encoding="utf-8")
    (medium / "ghi-chu.txt").write_text("khong phai goi tin", encoding="utf-8")
    for _ in range(2):  # the second time brings nothing new
        said = congvan(x, tmp_path, "packet", "import", str(medium), code=2)
        assert "xml.schema" in said or "Subject" in said, said
        ids = ",".join("'%s'" % p.document_id for p in packets)
        assert x.office.sql("SELECT count(*) FROM document WHERE external_id IN (%s)" % ids) == [["3"]]
    congvan(x, tmp_path, "packet", "import", str(tmp_path / "khong-co"), code=2)


# --- at once, and not in a tight loop ---

def test_the_outbox_wakes_after_an_act():
    """Looks are a minute apart here: what goes out goes because the act said so."""
    with Office(settings="exchange { interval_ms = 600000 }\n", bootstrap=BOOTSTRAP, worker=True) as o:
        y = Exchange(o)
        d = sealed(y, [H37], subject="Đi ngay")
        y.vanthu.move(d, "dispatch")
        y.out("h37", "Đi ngay")


def test_an_internal_error_is_tried_again_later(x):
    """A packet that meets a fault of ours waits longer each time, and is not lost."""
    x.office.sql("ALTER TABLE packet RENAME TO packet_away")
    try:
        name = x.drop(str(packet("777")))
        x.wait(lambda: 'file="%s" status=internal failures=2' % name in x.office.tail(400))
        time.sleep(1)  # twenty looks
        assert x.office.tail(1000).count('event=not-taken file="%s"' % name) <= 3
        assert os.path.exists(os.path.join(x.root, "in", name))
    finally:
        x.office.sql("ALTER TABLE packet_away RENAME TO packet")
    assert x.document_of(name)["code_number"] == "777"


# --- killed in the middle ---

def test_killed_between_arrival_and_done():
    with new_office() as o:
        x = Exchange(o)
        packets = [packet() for _ in range(12)]
        for p in packets:
            x.drop(str(p))
        done = os.path.join(x.root, "done")
        for stop_at in (1, 3, 6):
            x.wait(lambda: len(os.listdir(done)) >= stop_at)
            o.stop(signal.SIGKILL)
            o.start()
        x.wait(lambda: len(os.listdir(done)) == len(packets))
        rows = o.sql("SELECT external_id, count(*) FROM document GROUP BY 1 ORDER BY 1")
        assert rows == sorted([p.document_id, "1"] for p in packets)
        assert o.sql("SELECT count(*) FROM packet WHERE way = 'in'") == [[str(len(packets))]]
        assert os.listdir(os.path.join(x.root, "refused")) == []
        # each sender is told once that it arrived
        x.wait(lambda: o.sql("SELECT count(*) FROM outbox WHERE state = 'sent'") == [[str(len(packets))]])
        assert len([n for n in os.listdir(os.path.join(x.root, "out", "h37")) if n[0] != "."]) == len(packets)
