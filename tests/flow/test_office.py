"""The work of the office through its API: moves allowed and refused, registers, repeats, access, search, sessions."""
import datetime
import hashlib
import json
import os
import select
import socket
import threading
import time
import uuid

import pytest

from office import Client, Office, UnixConnection


def arrive(clerk, subject="Về việc báo cáo tình hình", **members):
    members.setdefault("issuer_name", "Ủy ban nhân dân tỉnh")
    members.setdefault("code_number", "15")
    members.setdefault("code_notation", "QĐ-UBND")
    members.setdefault("issued_date", "2026-11-20")
    return clerk.create("incoming", subject=subject, **members)


def draft(author, text=b"ban du thao", **members):
    members.setdefault("kind", "CV")
    return author.create("outgoing", main={"sha256": author.upload(text), "name": "du-thao.txt"},
                         receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], **members)


def force(office, document, state):
    """Puts a document into a state past the rules, the way an administrator with the database could not undo (the revision moves with it)."""
    office.sql("UPDATE document SET state = '%s', revision = revision + 1 WHERE id = '%s'" % (state, document["id"]))


def ready_to_number(office, author):
    d = author.move(draft(author), "submit", leader="bithu")
    force(office, d, "signed")
    return d


# --- the main story, as far as it goes without signing ---

def test_incoming_from_arrival_to_file(office, people, clerk, leader, author):
    d = arrive(clerk, subject="Về việc kiện toàn tổ chức", kind="QD")
    assert (d["state"], d["revision"], d["kind_name"], d["notation"]) == ("arrived", 1, "Quyết định", "15/QĐ-UBND")
    assert d["moves"] == ["reject", "register", "recall"]
    d = clerk.move(d, "register", note="bản giấy")
    assert d["state"] == "registered" and d["revision"] == 2 and d["arrival_number"] == d["register"]["number"]
    line = d["register"]["line"]
    assert line["notation"] == "15/QĐ-UBND" and line["issued"] == "20/11/2026" and line["note"] == "bản giấy"
    assert line["subject"] == "Quyết định: Về việc kiện toàn tổ chức"
    d = leader.move(d, "assign", direction="Giao Ban Tổ chức chủ trì", lead="Ban Tổ chức", coordinate=["Văn phòng"],
                    inform=["luutru"], deadline="2026-12-01")
    assert d["state"] == "assigned" and d["deadline"] == "2026-12-01"
    assert [(a["role"], a["unit_name"] or a["account_name"]) for a in d["assignments"]] == [
        ("lead", "Ban Tổ chức"), ("coordinate", "Văn phòng"), ("inform", "Hồ Lưu Trữ")]
    assert d["notes"][0]["kind"] == "direction" and d["notes"][0]["author"]["name"] == "Nguyễn Văn Bí Thư"
    waits = [i for i in author.get("/v1/inbox").json["items"] if i["document"]["id"] == d["id"]]
    assert [w["why"] for w in waits] == ["accept"]
    d = author.move(d, "accept")
    assert d["state"] == "in_progress" and d["assignments"][0]["state"] == "accepted"
    assert author.post("/v1/documents/%s/notes" % d["id"], {"kind": "progress", "body": "Đã họp"}).code == 201
    d = author.move(d, "complete", note="Đã xong")
    assert d["state"] == "completed" and d["assignments"][0]["state"] == "done"
    d = leader.move(d, "reopen", reason="Bổ sung")
    assert d["state"] == "in_progress" and d["assignments"][0]["state"] == "accepted"
    d = leader.move(d, "complete")
    d = people["luutru"].move(d, "file", file_code="01.TCCB")
    assert d["state"] == "filed" and d["file_code"] == "01.TCCB" and d["moves"] == ["copy"]
    history = clerk.get("/v1/documents/%s/history" % d["id"]).json["items"]
    assert [h["name"] for h in history] == ["create", "register", "assign", "accept", "complete", "reopen", "complete", "file"]
    assert [h["revision"] for h in history] == list(range(1, 9))
    assert all(h["leaf"] for h in history)


def test_outgoing_to_submitted_and_returned(office, people, leader, author):
    d = draft(author)
    assert d["state"] == "draft" and [v["cause"] for v in d["versions"]] == ["drafted"]
    d = author.move(d, "review", reviewer="chuyenvien2")
    assert d["reviewer"]["name"] == "Vũ Chuyên Viên"
    d = people["chuyenvien2"].move(d, "return", reason="Sửa trích yếu")
    d = author.move(d, "submit", leader="bithu")
    assert d["state"] == "submitted" and d["leader"]["name"] == "Nguyễn Văn Bí Thư"
    assert [i["why"] for i in leader.get("/v1/inbox", limit=200).json["items"] if i["document"]["id"] == d["id"]] == ["sign"]
    assert leader.try_move(d, "sign").problem == (422, "move.signing")
    d = leader.move(d, "return", reason="Chưa đạt")
    d = author.move(d, "cancel", reason="Thôi")
    assert d["state"] == "cancelled"


def test_number_of_a_party_document(office, people, clerk, author):
    d = draft(author, subject="Về việc trả lời")
    d = author.move(d, "submit", leader="bithu")
    force(office, d, "signed")
    d = clerk.move(d, "number")
    n = int(d["code_number"])
    assert d["notation"] == "%02d-CV/QU" % n and d["code_notation"] == "CV/QU" and d["issued_date"]
    assert d["register"]["period"] == "2025-2030" and d["register"]["line"]["notation"] == d["notation"]
    assert clerk.get("/v1/documents", number="Số %d-CV/QU" % n).json["items"][0]["id"] == d["id"]
    assert clerk.try_move(d, "dispatch").problem == (409, "move.state")
    d = clerk.move(d, "void", reason="Viết sai")
    assert d["state"] == "voided" and d["register"]["void_reason"] == "Viết sai"
    # the number stays: the next one follows
    e = draft(author)
    e = author.move(e, "submit", leader="bithu")
    force(office, e, "signed")
    assert int(clerk.move(e, "number")["code_number"]) == n + 1


def test_number_expected_and_taken(office, people, clerk, author):
    d = draft(author, kind="BC")
    d = author.move(d, "submit", leader="bithu")
    force(office, d, "signed")
    assert clerk.try_move(d, "number", expect=77).problem == (409, "register.number-taken")
    assert clerk.move(d, "number", expect=1)["notation"] == "01-BC/QU"


def test_dispatch_queues_a_packet_a_receiver(office, clerk, author):
    d = draft(author, subject="Phát hành")
    d = author.move(d, "submit", leader="bithu")
    force(office, d, "signed")
    d = clerk.move(d, "number")
    force(office, d, "sealed")
    d = clerk.move(d, "dispatch", receivers=[{"organ_id": "H37"}, {"organ_id": "H37"}, {"organ_id": "X99", "organ_name": "Nơi khác"}])
    assert d["state"] == "dispatched"
    assert sorted((s["receiver_code"], s["kind"], s["state"]) for s in d["sent"]) == [("H37", "document", "queued"), ("X99", "document", "queued")]
    body = json.loads(office.sql("SELECT body FROM outbox WHERE document = '%s' AND receiver_code = 'H37'" % d["id"])[0][0])
    assert body["from"]["organ_id"] == "A01.Q1" and body["to"][0]["organ_id"] == "H37" and body["type_name"] == "Công văn"
    assert body["document_id"].startswith("A01.Q1,") and body["attachments"][0]["sha256"] == d["versions"][0]["sha256"]
    d = clerk.move(d, "complete")
    assert d["state"] == "delivered"


# --- every refused move ---

STATES = {"incoming": ["arrived", "rejected", "registered", "assigned", "in_progress", "completed", "withdrawn", "recalled", "filed"],
          "outgoing": ["draft", "under_review", "returned", "submitted", "signed", "numbered", "sealed", "dispatched", "delivered", "filed",
                       "recalled", "cancelled", "voided"],
          "internal": ["draft", "submitted", "signed", "numbered", "sealed", "issued", "filed"]}
MOVES = {"incoming": ["reject", "register", "assign", "accept", "return", "complete", "file", "reopen", "withdraw", "keep", "recall"],
         "outgoing": ["review", "submit", "return", "sign", "number", "seal", "dispatch", "complete", "file", "recall", "ask_back", "withdraw", "update", "cancel", "void"],
         "internal": ["review", "submit", "return", "sign", "number", "seal", "issue", "file", "cancel", "void"]}
FROM = {("incoming", "reject"): "arrived", ("incoming", "register"): "arrived", ("incoming", "assign"): "registered assigned in_progress",
        ("incoming", "accept"): "assigned", ("incoming", "return"): "assigned", ("incoming", "complete"): "in_progress",
        ("incoming", "file"): "completed", ("incoming", "reopen"): "completed", ("incoming", "withdraw"): "arrived registered assigned",
        ("incoming", "keep"): "arrived registered assigned in_progress completed filed",
        ("incoming", "recall"): "arrived registered assigned in_progress completed filed",
        ("outgoing", "review"): "draft returned", ("outgoing", "submit"): "draft returned under_review",
        ("outgoing", "return"): "under_review submitted", ("outgoing", "sign"): "submitted", ("outgoing", "number"): "signed",
        ("outgoing", "seal"): "numbered", ("outgoing", "dispatch"): "sealed", ("outgoing", "complete"): "dispatched",
        ("outgoing", "file"): "dispatched delivered", ("outgoing", "recall"): "dispatched delivered",
        ("outgoing", "ask_back"): "dispatched delivered", ("outgoing", "withdraw"): "dispatched delivered", ("outgoing", "update"): "dispatched delivered",
        ("outgoing", "cancel"): "draft returned submitted", ("outgoing", "void"): "numbered sealed",
        ("internal", "issue"): "sealed", ("internal", "file"): "issued"}


@pytest.mark.parametrize("direction", ["incoming", "outgoing", "internal"])
def test_every_move_outside_its_table_is_refused(office, clerk, author, direction):
    d = arrive(clerk) if direction == "incoming" else author.create(direction, kind="CV", main={"sha256": author.upload(b"x"), "name": "x.txt"})
    who = clerk if direction == "incoming" else author
    refused = 0
    for state in STATES[direction]:
        if who.document(d["id"])["state"] != state:
            force(office, d, state)
        revision = who.document(d["id"])["revision"]
        for move in MOVES[direction]:
            if state in FROM.get((direction, move), FROM.get(("outgoing", move), "")).split():
                continue
            a = who.try_move(d, move, revision=revision)
            assert a.problem == (409, "move.state"), (state, move, a)
            assert set(a.json["findings"][0]["want"].split(", ")) >= set(FROM.get((direction, move), FROM.get(("outgoing", move))).split()), a
            refused += 1
        assert who.try_move(d, "fly", revision=revision).problem == (409, "move.unknown")
        assert who.document(d["id"])["revision"] == revision  # nothing was done
    assert refused > 50


WRONG = [  # direction, state, move, people who see the document and may not
    ("incoming", "arrived", "register", ["bithu", "luutru"]), ("incoming", "arrived", "reject", ["bithu", "luutru"]),
    ("incoming", "registered", "assign", ["vanthu", "luutru"]), ("incoming", "assigned", "accept", ["vanthu", "bithu", "luutru"]),
    ("incoming", "assigned", "return", ["vanthu", "bithu"]), ("incoming", "in_progress", "complete", ["vanthu", "luutru"]),
    ("incoming", "completed", "file", ["bithu"]), ("incoming", "completed", "reopen", ["vanthu", "luutru"]),
    ("incoming", "arrived", "withdraw", ["bithu", "luutru"]), ("incoming", "arrived", "keep", ["bithu"]),
    ("incoming", "arrived", "recall", ["bithu", "luutru"]),
    ("outgoing", "submitted", "sign", ["phobithu", "vanthu", "chuyenvien"]), ("outgoing", "submitted", "return", ["vanthu", "chuyenvien"]),
    ("outgoing", "submitted", "cancel", ["bithu", "vanthu"]), ("outgoing", "signed", "number", ["bithu", "luutru", "chuyenvien"]),
    ("outgoing", "numbered", "seal", ["bithu", "luutru"]), ("outgoing", "numbered", "void", ["bithu", "chuyenvien"]),
    ("outgoing", "sealed", "dispatch", ["bithu", "chuyenvien"]), ("outgoing", "dispatched", "complete", ["bithu", "chuyenvien"]),
    ("outgoing", "dispatched", "file", ["bithu", "chuyenvien"]), ("outgoing", "dispatched", "recall", ["vanthu", "luutru"]),
    ("outgoing", "dispatched", "ask_back", ["chuyenvien", "luutru"]), ("outgoing", "dispatched", "withdraw", ["vanthu", "bithu"]),
    ("outgoing", "dispatched", "update", ["chuyenvien", "bithu"]),
]


@pytest.mark.parametrize("direction,state,move,wrong", WRONG)
def test_the_wrong_person_is_refused(office, people, clerk, author, direction, state, move, wrong):
    if direction == "incoming":
        d = arrive(clerk)
    else:
        d = author.move(draft(author), "submit", leader="bithu")
    if d["state"] != state:
        force(office, d, state)
    for login in wrong:
        a = people[login].try_move(d, move)
        assert a.problem == (403, "move.role"), (login, a)
        assert a.json["findings"][0]["want"]
    assert people["khac"].try_move(d, move).problem == (404, "document.missing")


@pytest.mark.parametrize("move,params,code", [
    ("reject", {}, "param.missing"), ("reject", {"reason": 7}, "param.type"), ("reject", {"reason": "x" * 1001}, "param.length"),
    ("reject", {"reason": "x", "colour": 1}, "param.unknown"), ("register", {"register": "Sổ không có"}, "register.none"),
    ("withdraw", {"reason": "x"}, "move.not-asked-back"), ("keep", {"reason": "x"}, "move.not-asked-back"),
])
def test_bad_parameters_of_a_clerk(clerk, move, params, code):
    a = clerk.try_move(arrive(clerk), move, **params)
    assert a.code == 422 and code in a.codes(), a


@pytest.mark.parametrize("params,code", [
    ({}, "param.missing"), ({"direction": "x", "lead": "Phòng Không Có"}, "move.target"),
    ({"direction": "x", "lead": {"account": "Văn phòng"}}, "move.target"),
    ({"direction": "x", "lead": "Văn phòng", "coordinate": ["khac"]}, "move.target"),
    ({"direction": "x", "lead": "Văn phòng", "deadline": "2026-13-01"}, "param.date"),
])
def test_bad_parameters_of_an_assignment(clerk, leader, params, code):
    d = clerk.move(arrive(clerk), "register")
    a = leader.try_move(d, "assign", **params)
    assert a.code == 422 and code in a.codes(), a


def test_who_may_be_asked(author, people):
    d = draft(author)
    assert author.try_move(d, "submit", leader="vanthu").problem == (422, "move.target.role")
    assert author.try_move(d, "submit", leader="khong.co").problem == (422, "move.target")
    e = author.create("outgoing", kind="CV")
    assert author.try_move(e, "submit", leader="bithu").problem == (422, "move.main")
    f = author.create("outgoing", main={"sha256": author.upload(b"x"), "name": "x.txt"})
    assert author.try_move(f, "submit", leader="bithu").problem == (422, "move.kind")


def test_take_back_is_agreed_or_refused(office, clerk):
    for move, state in (("withdraw", "withdrawn"), ("keep", "arrived")):
        d = arrive(clerk)
        office.sql("INSERT INTO exchange_status (id, document, way, organ_code, code) VALUES (uuid7(), '%s', 'heard', 'H37', '13')" % d["id"])
        assert [i["why"] for i in clerk.get("/v1/inbox", limit=200).json["items"] if i["document"]["id"] == d["id"]] == ["asked_back"]
        assert clerk.move(d, move, reason="Theo yêu cầu")["state"] == state


def test_revisions(clerk):
    d = arrive(clerk)
    assert clerk.post("/v1/documents/%s/moves" % d["id"], {"move": "register"}).code == 428
    assert clerk.post("/v1/documents/%s/moves" % d["id"], {"move": "register"}, headers={"If-Match": "7"}).problem == (422, "match.form")
    assert clerk.try_move(d, "register", revision=2).problem == (412, "document.stale")
    assert clerk.get("/v1/documents/" + d["id"]).headers["etag"] == '"1"'
    clerk.move(d, "register")
    assert clerk.try_move(d, "register", revision=1).problem == (412, "document.stale")


def test_of_many_at_once_one_moves(office, people):
    d = arrive(people["vanthu"])
    answers = []

    def go(login):
        c = office.client(people[login].token)
        answers.append(c.try_move(d, "register", revision=1).code)
        c.close()

    threads = [threading.Thread(target=go, args=(login,)) for login in ("vanthu", "vanthu2") * 8]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(answers) == [200] + [412] * 15


# --- registers ---

def test_two_clerks_take_500_numbers(office, people):
    clerks = ["vanthu", "vanthu2"]
    total, threads_each = 500, 4
    documents = [arrive(people[clerks[i % 2]], subject="Số %d" % i)["id"] for i in range(total)]
    errors = []

    def take(login, ids):
        c = office.client(people[login].token)
        for id in ids:
            a = c.try_move(id, "register", revision=1)
            if a.code != 200:
                errors.append(a)
        c.close()

    slices = 2 * threads_each
    threads = [threading.Thread(target=take, args=(clerks[k % 2], documents[k::slices])) for k in range(slices)]
    began = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print("500 numbers in %.1f s" % (time.monotonic() - began))
    assert not errors, errors[:3]
    taken = office.sql("SELECT e.number, count(*) FROM register_entry e JOIN register r ON r.id = e.register JOIN organ o ON o.id = r.organ"
                       " WHERE r.direction = 'incoming' AND o.code = 'A01.Q1' GROUP BY 1 ORDER BY 1")
    assert [int(n) for n, c in taken] == list(range(1, len(taken) + 1)) and all(c == "1" for n, c in taken)
    assert len(taken) >= total
    assert office.sql("SELECT count(*) FROM document d JOIN register_entry e ON e.document = d.id WHERE d.arrival_number <> e.number"
                      " AND d.direction = 'incoming'") == [["0"]]


def test_voided_number_stays(office, people, clerk):
    d = clerk.move(arrive(clerk), "register")
    r = d["register"]
    path = "/v1/registers/%s/entries/%d/void" % (r["register"], r["number"])
    body = {"period": r["period"], "reason": "Ghi trùng"}
    assert people["bithu"].post(path, body).problem == (403, "account.role")
    assert people["khac"].post(path, body).problem == (404, "register.entry")
    assert clerk.post(path, {"period": r["period"]}).problem == (422, "param.missing")
    assert clerk.post(path, body).code == 200
    assert clerk.post(path, body).problem == (409, "register.voided")
    entries = clerk.get("/v1/registers/%s/entries" % r["register"], limit=200).json
    while not any(e["number"] == r["number"] for e in entries["items"]):
        entries = clerk.get("/v1/registers/%s/entries" % r["register"], limit=200, cursor=entries["next"]).json
    entry = next(e for e in entries["items"] if e["number"] == r["number"])
    assert entry["void_reason"] == "Ghi trùng" and "HỦY: Ghi trùng" in entry["text"]
    printed = clerk.get("/v1/registers/%s/entries" % r["register"], headers={"Accept": "text/plain"}).body.decode()
    assert "Quận ủy Một" in printed and "Số đến" in printed and "HỦY: Ghi trùng" in printed
    e = clerk.move(arrive(clerk), "register")
    assert e["register"]["number"] > r["number"]


def test_whose_number_can_be_voided(office, clerk, author):
    """Only where nobody works by it; never of what has gone out. The database holds it too, against what moves at the same moment."""
    d = clerk.move(arrive(clerk), "register")
    e = clerk.move(ready_to_number(office, author), "number")
    for document, states, want in ((d, "assigned in_progress completed filed", "registered, withdrawn, recalled"), (e, "numbered sealed", "move void"),
                                   (e, "dispatched delivered issued filed recalled withdrawn", "recall, replaces")):
        r = document["register"]
        for state in states.split():
            if clerk.document(document["id"])["state"] != state:
                force(office, document, state)
            a = clerk.post("/v1/registers/%s/entries/%d/void" % (r["register"], r["number"]), {"period": r["period"], "reason": "Ghi sai"})
            assert a.problem == (409, "register.void.state") and (a.json["findings"][0]["got"], a.json["findings"][0]["want"]) == (state, want), a
            with pytest.raises(RuntimeError, match="not voided"):
                office.sql("UPDATE register_entry SET voided_at = now(), void_reason = 'x' WHERE document = '%s'" % document["id"])
    assert [clerk.document(x["id"])["register"]["voided_at"] for x in (d, e)] == [None, None]
    force(office, d, "recalled")
    r = d["register"]
    assert clerk.post("/v1/registers/%s/entries/%d/void" % (r["register"], r["number"]), {"period": r["period"], "reason": "Bên gửi thu hồi"}).code == 200
    force(office, e, "sealed")  # not sent yet: the document is given up with its number
    e = clerk.move(e, "void", reason="Viết sai")
    assert e["state"] == "voided" and e["register"]["void_reason"] == "Viết sai"


class Listener:
    """GET /v1/events as this client."""

    def __init__(self, client):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(client.path)
        self.sock.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % client.token.encode())
        self.heard = b""
        while b"event: hello" not in self.heard:
            assert self.more(20), self.heard
        assert self.heard.startswith(b"HTTP/1.1 200 "), self.heard

    def more(self, seconds):
        if not select.select([self.sock], [], [], seconds)[0]:
            return False
        data = self.sock.recv(65536)
        self.heard += data
        return data != b""

    def ended(self, seconds=10):
        """The last chunk came within so many seconds."""
        until = time.monotonic() + seconds
        while not self.heard.endswith(b"\r\n0\r\n\r\n"):
            if not self.more(max(0, until - time.monotonic())):
                return False
        return True


def test_events_end_with_the_right_to_them(office, people):
    """Session, token, password, account: whoever may ask no more hears no more; others go on."""
    admin = people["admin"]
    account = admin.post("/v1/accounts", {"login": "nghe", "name": "Người nghe", "organ": "A01.Q1", "roles": ["clerk"], "password": "mat-khau-nghe-1"})
    assert account.code == 201, account
    new = [Client(office.socket) for _ in range(4)]
    for c in new:
        c.token = c.post("/v1/sessions", {"login": "nghe", "password": "mat-khau-nghe-1"}, key=False).json["token"]
    by_token, secret = Client(office.socket), new[0].post("/v1/tokens", {"name": "Máy", "days": 7}).json
    by_token.token = secret["token"]
    first, second, third, fourth, machine, other = (Listener(c) for c in (*new, by_token, people["luutru"]))
    assert new[0].request("DELETE", "/v1/sessions/current", key=False).code == 204
    assert first.ended()
    assert not second.ended(1) and not machine.ended(1)
    assert new[1].request("DELETE", "/v1/tokens/" + secret["id"]).code == 204
    assert machine.ended()
    office.sql("UPDATE session SET expires_at = now() - interval '1 second' WHERE token_sha256 = '\\x%s'" % hashlib.sha256(new[3].token.encode()).hexdigest())
    assert new[1].request("PUT", "/v1/me/password", {"old": "mat-khau-nghe-1", "new": "mat-khau-nghe-2"}).code == 204
    assert second.ended() and third.ended() and fourth.ended()
    again = Client(office.socket)
    again.token = again.post("/v1/sessions", {"login": "nghe", "password": "mat-khau-nghe-2"}, key=False).json["token"]
    last = Listener(again)
    assert admin.request("PATCH", "/v1/accounts/" + account.json["id"], {"disabled": True}).code == 200
    assert last.ended()
    assert not other.ended(1)
    other.sock.close()


def test_registers_and_terms(office, people):
    admin = people["admin"]
    r = admin.post("/v1/registers", {"direction": "internal", "name": "Sổ riêng", "period": "term", "kind_group": "rieng", "kinds": ["NQ"]})
    assert r.code == 201, r
    id = r.json["id"]
    assert admin.post("/v1/registers/%s/periods" % id, {"label": "2020-2025", "starts": "2020-07-01"}).code == 201
    assert admin.post("/v1/registers/%s/periods" % id, {"label": "2025-2030", "starts": "2025-07-01"}).code == 201
    a = admin.post("/v1/registers/%s/periods" % id, {"label": "x", "starts": "2024-01-01", "ends": "2026-01-01"})
    assert a.problem == (422, "register.period.overlap"), a
    mine = next(x for x in admin.get("/v1/registers").json["items"] if x["id"] == id)
    assert [(p["label"], p["starts"], p["ends"]) for p in mine["periods"]] == [("2025-2030", "2025-07-01", None), ("2020-2025", "2020-07-01", "2025-06-30")]
    assert people["vanthu"].post("/v1/registers", {"direction": "internal", "name": "x", "period": "year"}).problem == (403, "account.role")


def test_the_schema_refuses_what_nobody_may_do(office, clerk):
    d = clerk.move(arrive(clerk), "register")
    for sql in ("UPDATE register_entry SET number = number + 1", "DELETE FROM register_entry", "UPDATE register_period SET last_number = last_number + 1",
                "UPDATE move SET note = 'x'", "DELETE FROM document WHERE id = '%s'" % d["id"], "UPDATE leaf SET body = 'x'", "DELETE FROM leaf",
                "UPDATE document SET state = 'filed' WHERE id = '%s'" % d["id"], "TRUNCATE leaf", "TRUNCATE move"):
        with pytest.raises(RuntimeError):
            office.sql(sql)


# --- repeats ---

def test_the_same_key_gives_the_same_answer(office, clerk, people):
    key = str(uuid.uuid4())
    body = {"direction": "incoming", "subject": "Một lần", "issuer_name": "X"}
    a, b = clerk.post("/v1/documents", body, key=key), clerk.post("/v1/documents", body, key=key)
    assert (a.code, b.code) == (201, 201) and a.json == b.json
    assert clerk.post("/v1/documents", {**body, "subject": "Khác"}, key=key).problem == (422, "idempotency.other-request")
    assert people["vanthu2"].post("/v1/documents", {**body, "subject": "Khác"}, key=key).code == 201  # another person's key is another key
    d, key = a.json, str(uuid.uuid4())
    first, again = clerk.try_move(d, "register", revision=1, key=key), clerk.try_move(d, "register", revision=1, key=key)
    assert (first.code, again.code) == (200, 200) and first.json == again.json
    assert clerk.post("/v1/documents", body, key=False).code == 428
    assert clerk.post("/v1/documents", body, key="có dấu".encode().decode("latin-1")).code in (400, 422)


def test_the_same_key_at_once_does_it_once(office, people):
    key, answers = str(uuid.uuid4()), []
    before = int(office.sql("SELECT count(*) FROM document")[0][0])

    def go():
        c = office.client(people["vanthu"].token)
        answers.append(c.post("/v1/documents", {"direction": "incoming", "subject": "Cùng lúc"}, key=key))
        c.close()

    threads = [threading.Thread(target=go) for _ in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert {a.code for a in answers} == {201} and len({a.json["id"] for a in answers}) == 1, answers[:3]
    assert int(office.sql("SELECT count(*) FROM document")[0][0]) == before + 1


# --- access ---

def test_who_sees_what(office, people, clerk, leader, author):
    mine = draft(author, subject="Bí mật nội bộ của tôi")
    for login in ("vanthu", "bithu", "luutru", "chuyenvien2", "khac", "admin"):
        assert people[login].get("/v1/documents/" + mine["id"]).problem == (404, "document.missing"), login
        assert people[login].get("/v1/documents/%s/history" % mine["id"]).code == 404
        assert people[login].get("/v1/documents/%s/versions/main/content" % mine["id"]).code == 404
        assert not people[login].get("/v1/documents", q="bi mat noi bo cua toi").json["items"]
    assert author.get("/v1/documents", q="bi mat noi bo cua toi").json["items"][0]["id"] == mine["id"]
    author.move(mine, "submit", leader="bithu")
    assert leader.document(mine["id"])["state"] == "submitted"
    assert people["chuyenvien2"].get("/v1/documents/" + mine["id"]).code == 404

    d = clerk.move(arrive(clerk), "register")
    assert author.get("/v1/documents/" + d["id"]).code == 404
    leader.move(d, "assign", direction="x", lead="Ban Tổ chức")
    assert author.document(d["id"])["moves"] == ["accept", "return"]
    assert people["chuyenvien2"].get("/v1/documents/" + d["id"]).code == 404
    assert people["admin"].get("/v1/documents/" + d["id"]).code == 404
    assert people["khac"].get("/v1/documents/" + d["id"]).code == 404


def test_state_secrets_are_a_stub(office, people, clerk, author):
    sha = clerk.upload(b"mat")
    body = {"direction": "incoming", "subject": "Văn bản mật", "secrecy": "mat", "issuer_name": "X"}
    assert clerk.post("/v1/documents", {**body, "main": {"sha256": sha, "name": "x.pdf"}}).problem == (422, "document.secret.content")
    assert author.post("/v1/documents", {"direction": "outgoing", "subject": "x", "secrecy": "mat"}).problem == (422, "document.secret.outgoing")
    d = clerk.post("/v1/documents", body).json
    a = clerk.post("/v1/documents/%s/versions" % d["id"], {"part": "main", "sha256": sha, "name": "x.pdf"}, headers={"If-Match": '"1"'})
    assert a.problem == (422, "document.secret.content")
    number = clerk.move(d, "register")["arrival_number"]
    assert people["luutru"].get("/v1/documents/" + d["id"]).code == 404
    # the register has its line; what it says only whoever may see the document reads, in JSON and in print
    register = next(r for r in clerk.get("/v1/registers").json["items"] if r["direction"] == "incoming")
    for person, sees in ((clerk, True), (people["bithu"], True), (people["luutru"], False), (author, False)):
        path = "/v1/registers/%s/entries" % register["id"]
        page = person.get(path, limit=200).json
        while not any(e["number"] == number for e in page["items"]):
            page = person.get(path, limit=200, cursor=page["next"]).json
        line = next(e for e in page["items"] if e["number"] == number)
        assert (line["line"]["number"], "subject" in line["line"], "Văn bản mật" in line["text"]) == (number, sees, sees)
        assert ("Văn bản mật" in person.get(path, headers={"Accept": "text/plain"}).body.decode()) == sees
    assert people["bithu"].document(d["id"])["secrecy"] == "mat"


def test_content_is_shown_to_who_may_see_it(office, clerk, author, people):
    data = b"\x02" + os.urandom(699999)
    d = draft(author, text=data)
    v = d["versions"][0]
    path = "/v1/documents/%s/versions/%s/content" % (d["id"], v["id"])
    a = author.get(path)
    assert a.code == 200 and a.body == data and a.headers["etag"] == '"%s"' % hashlib.sha256(data).hexdigest()
    a = author.get(path, headers={"Range": "bytes=300000-599999"})
    assert a.code == 206 and a.body == data[300000:600000] and a.headers["content-range"] == "bytes 300000-599999/700000"
    assert author.get(path, headers={"Range": "bytes=-5"}).body == data[-5:]
    assert author.get(path, headers={"Range": "bytes=700000-"}).code == 416
    assert author.get(path, headers={"If-None-Match": '"%s"' % v["sha256"]}).code == 304
    assert author.get("/v1/documents/%s/versions/main/content" % d["id"]).body == data
    assert clerk.get(path).code == 404
    assert author.get("/v1/documents/%s/versions/%s/content" % (d["id"], uuid.uuid4())).problem == (404, "version.missing")


def test_versions_and_changes_of_a_draft(office, people, author):
    d = draft(author)
    second = author.upload(b"ban hai")
    a = author.post("/v1/documents/%s/versions" % d["id"], {"part": "main", "sha256": second, "name": "hai.txt"}, headers={"If-Match": '"1"'})
    assert a.code == 201 and [v["ordinal"] for v in a.json["versions"]] == [1, 2]
    a = author.post("/v1/documents/%s/versions" % d["id"], {"part": "attachment", "sha256": second, "name": "pl.docx"}, headers={"If-Match": '"2"'})
    a = author.post("/v1/documents/%s/versions" % d["id"], {"part": "attachment", "sha256": second, "name": "pl2.docx"}, headers={"If-Match": '"3"'})
    assert [(v["part"], v["part_number"]) for v in a.json["versions"]] == [("main", 0), ("main", 0), ("attachment", 1), ("attachment", 2)]
    a = author.post("/v1/documents/%s/versions" % d["id"], {"part": "main", "sha256": "0" * 64, "name": "x"}, headers={"If-Match": '"4"'})
    assert a.problem == (422, "content.missing")
    a = author.request("PATCH", "/v1/documents/" + d["id"], {"subject": "Trích yếu mới", "due_date": "2026-12-31", "kind": "BC"}, headers={"If-Match": '"4"'})
    assert a.code == 200 and (a.json["subject"], a.json["kind_name"], a.json["revision"]) == ("Trích yếu mới", "Báo cáo", 5), a
    a = author.request("PATCH", "/v1/documents/" + d["id"], {"due_date": None}, headers={"If-Match": '"5"'})
    assert a.json["due_date"] is None
    assert author.get("/v1/documents", q="trich yeu moi").json["items"]
    for body, code in (({"kind": "KHONG"}, "document.kind"), ({"colour": 1}, "param.unknown"), ({}, "document.change.empty"), ({"subject": ""}, "param.missing")):
        assert code in author.request("PATCH", "/v1/documents/" + d["id"], body, headers={"If-Match": '"6"'}).codes()
    author.move(d, "submit", leader="bithu")
    a = author.request("PATCH", "/v1/documents/" + d["id"], {"subject": "Muộn"}, headers={"If-Match": '"7"'})
    assert a.problem == (409, "document.change.state")
    assert people["bithu"].request("PATCH", "/v1/documents/" + d["id"], {"subject": "x"}, headers={"If-Match": '"7"'}).code == 409


# --- search ---

def test_search_by_words_numbers_and_dates(office, clerk, people):
    word = "Nguyệt Quế %d" % time.monotonic_ns()
    d = arrive(clerk, subject="Về công tác %s đợt một" % word, code_number="0457", code_notation="QĐ-UBND")
    tag = word.split()[-1]

    def found(**query):
        return [i["id"] for i in clerk.get("/v1/documents", **query).json["items"]]

    for q in ("nguyet que " + tag, "NGUYỆT QUẾ " + tag, "công tác " + tag, "cong tac nguy* " + tag, tag):
        assert found(q=q) == [d["id"]], q
    assert found(q="khong co " + tag) == []
    for number in ("457/QĐ-UBND", "457/QD-UBND", "Số: 457/QĐ-UBND", "số 0457/qđ-ubnd", "457 QĐ UBND", "457"):
        assert d["id"] in found(number=number, q=tag), number
    assert found(number="45", q=tag) == []
    today = d["updated_at"][:10]
    assert found(q=tag, direction="incoming", state="arrived", organ="uy ban nhan dan") == [d["id"]]
    assert found(q=tag, direction="outgoing") == [] and found(q=tag, state="filed") == [] and found(q=tag, organ="bo quoc phong") == []
    from datetime import date, timedelta
    day = date.fromisoformat(today)
    assert found(q=tag, **{"from": str(day - timedelta(2)), "to": str(day + timedelta(2))}) == [d["id"]]
    assert found(q=tag, **{"from": str(day + timedelta(2))}) == []
    clerk.move(d, "register")
    assert found(number=str(clerk.document(d["id"])["arrival_number"]), q=tag) == [d["id"]]
    assert clerk.get("/v1/documents", **{"from": "hôm qua"}).problem == (422, "param.date")
    assert clerk.get("/v1/documents", limit=201).problem == (422, "param.number")
    assert clerk.get("/v1/documents", cursor="abc").problem == (422, "param.cursor")


def test_pages(office, clerk):
    tag = "trang%d" % time.monotonic_ns()
    made = [arrive(clerk, subject="%s số %d" % (tag, i))["id"] for i in range(7)]
    seen, cursor = [], None
    while True:
        page = clerk.get("/v1/documents", q=tag, limit=3, **({"cursor": cursor} if cursor else {})).json
        seen += [i["id"] for i in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


# --- people ---

def test_sessions(office, people):
    c = office.client()
    assert c.get("/v1/me").code in (200, 401)  # the peer's uid may be somebody's; here it is nobody's
    assert c.post("/v1/sessions", {"login": "vanthu"}, key=False).problem == (422, "param.missing")
    assert c.post("/v1/sessions", {"login": "khong-co", "password": "x"}, key=False).problem == (401, "session.refused")
    c = office.sign_in("vanthu")
    me = c.get("/v1/me").json
    assert me["account"]["login"] == "vanthu" and me["account"]["roles"] == ["clerk"] and "unread" in me
    assert c.request("DELETE", "/v1/sessions/current").code == 204
    assert c.get("/v1/me").code == 401
    assert office.client("cv_khong-co").get("/v1/me").code == 401


def test_tokens(office, people):
    c = people["vanthu"]
    key = str(uuid.uuid4())
    a = c.post("/v1/tokens", {"name": "máy quét", "days": 30}, key=key)
    assert a.code == 201 and a.json["token"].startswith("cv_")
    assert "token" not in c.post("/v1/tokens", {"name": "máy quét", "days": 30}, key=key).json  # the secret is shown once and not kept
    t = office.client(a.json["token"])
    assert t.get("/v1/me").json["account"]["login"] == "vanthu"
    assert [x["name"] for x in c.get("/v1/tokens").json["items"]] == ["máy quét"]
    assert people["bithu"].request("DELETE", "/v1/tokens/" + a.json["id"]).code == 404
    assert c.request("DELETE", "/v1/tokens/" + a.json["id"]).code == 204
    assert t.get("/v1/me").code == 401
    assert office.sql("SELECT count(*) FROM idempotency WHERE answer::text LIKE '%%%s%%'" % a.json["token"]) == [["0"]]
    assert office.sql("SELECT count(*) FROM leaf WHERE convert_from(body, 'UTF8') LIKE '%%%s%%'" % a.json["token"]) == [["0"]]


def test_directory_and_accounts(office, people):
    admin, clerk = people["admin"], people["vanthu"]
    assert {o["code"] for o in clerk.get("/v1/organs").json["items"]} >= {"A01.Q1", "H37", "B02"}
    assert [o["code"] for o in clerk.get("/v1/organs", q="uy ban nhan dan").json["items"]] == ["H37"]
    assert clerk.post("/v1/organs", {"code": "Z1", "name": "Z"}).problem == (403, "account.role")
    a = admin.post("/v1/organs", {"code": "Z1", "name": "Sở Z", "transport": "folder"})
    assert a.code == 201 and admin.post("/v1/organs", {"code": "Z1", "name": "Sở Z"}).problem == (409, "record.duplicate")
    assert admin.request("PATCH", "/v1/organs/Z1", {"name": "Sở Z mới"}).json["name"] == "Sở Z mới"
    assert admin.request("PATCH", "/v1/organs/KHONG", {"name": "x"}).code == 404
    assert admin.post("/v1/units", {"organ": "A01.Q1", "name": "Phòng mới"}).code == 201
    a = admin.post("/v1/accounts", {"login": "moi", "name": "Người Mới", "organ": "A01.Q1", "unit": "Phòng mới", "roles": ["specialist"], "password": "mat khau moi"})
    assert a.code == 201 and "password" not in a.json and a.json["has_password"], a
    assert office.sign_in("moi", "mat khau moi").get("/v1/me").json["account"]["unit_name"] == "Phòng mới"
    for body, code in (({"login": "Hoa", "name": "x", "organ": "A01.Q1"}, "account.login"), ({"login": "a", "name": "x", "organ": "A01.Q1", "roles": ["vua"]}, "account.roles"),
                       ({"login": "a", "name": "x", "organ": "A01.Q1", "password": "ngan"}, "account.password"), ({"name": "x"}, "param.missing")):
        r = admin.post("/v1/accounts", body)
        assert r.code == 422 and code in r.codes(), r
    id = a.json["id"]
    assert admin.request("PATCH", "/v1/accounts/" + id, {"disabled": True}).json["disabled"] is True
    assert office.client().post("/v1/sessions", {"login": "moi", "password": "mat khau moi"}, key=False).code == 401
    leaves = office.sql("SELECT type FROM leaf WHERE type LIKE 'account%' ORDER BY id DESC LIMIT 2")
    assert [x[0] for x in leaves] == ["account.change", "account.create"]
    kinds = clerk.get("/v1/kinds", day="2026-11-24").json["items"]
    assert {k["rule_set"] for k in kinds} == {"state-30", "party-05"}


def test_own_password(office, people):
    admin = people["admin"]
    admin.post("/v1/accounts", {"login": "doi", "name": "Đổi", "organ": "A01.Q1", "password": "mat khau cu"})
    c = office.sign_in("doi", "mat khau cu")
    assert c.request("PUT", "/v1/me/password", {"old": "sai", "new": "mat khau moi"}).problem == (403, "account.password.old")
    assert c.request("PUT", "/v1/me/password", {"old": "mat khau cu", "new": "ngan"}).problem == (422, "account.password")
    assert c.request("PUT", "/v1/me/password", {"old": "mat khau cu", "new": "mat khau moi"}).code == 204
    assert c.get("/v1/me").code == 401  # every session ends with the password
    assert office.sign_in("doi", "mat khau moi")


def test_lockout(office, people):
    people["admin"].post("/v1/accounts", {"login": "khoa", "name": "Khóa", "organ": "A01.Q1", "password": "mat khau dung"})
    c = office.client()
    codes = [c.post("/v1/sessions", {"login": "khoa", "password": "sai %d" % i}, key=False) for i in range(6)]
    assert [a.code for a in codes] == [401, 401, 401, 401, 423, 423]
    assert 0 < int(codes[-1].headers["retry-after"]) <= 30
    assert c.post("/v1/sessions", {"login": "khoa", "password": "mat khau dung"}, key=False).problem == (423, "session.locked")
    office.sql("UPDATE account SET locked_until = now() WHERE login = 'khoa'")
    assert office.sign_in("khoa", "mat khau dung")


def test_rate_limit_of_an_address():
    with Office(settings="", failures=3) as o:
        c = o.client()
        codes = [c.post("/v1/sessions", {"login": "ai-do", "password": "x"}, key=False).code for _ in range(5)]
        assert codes == [401, 401, 401, 429, 429]
        assert c.get("/healthz").code == 200


def test_events(office, people, clerk, leader):
    c = office.client(people["chuyenvien"].token)
    import http.client
    from office import UnixConnection
    conn = UnixConnection(office.socket)
    conn.request("GET", "/v1/events", headers={"Authorization": "Bearer " + c.token})
    r = conn.getresponse()
    assert r.status == 200 and r.headers["content-type"].startswith("text/event-stream")
    d = clerk.move(arrive(clerk), "register")
    leader.move(d, "assign", direction="x", lead="Ban Tổ chức")
    seen, event = [], None
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and "inbox" not in seen:
        line = r.fp.readline().decode().strip()
        if line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:") and d["id"] in line:
            seen.append(event)
    assert seen == ["document", "inbox"]
    conn.close()


# --- the log ---

def test_every_move_has_its_leaf(office):
    rows = office.sql("SELECT count(*) FROM move m LEFT JOIN leaf l ON l.id = m.leaf AND l.document = m.document WHERE l.id IS NULL")
    assert rows == [["0"]]
    for id, body, digest in office.sql("SELECT id, encode(body, 'hex'), encode(hash, 'hex') FROM leaf"):
        raw = bytes.fromhex(body)
        leaf = json.loads(raw)
        assert json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == raw
        assert hashlib.sha256(b"\0" + raw).hexdigest() == digest
        assert leaf["v"] == 1 and leaf["id"] == id


def test_meta(office):
    c = office.client()
    assert c.get("/healthz").json == {"status": "ok"} and c.get("/readyz").code == 200
    metrics = c.get("/metrics").body.decode()
    assert "congvan_db_acts_total" in metrics and "congvan_loop_longest_turn_microseconds" in metrics
    messages = c.get("/v1/messages", lang="en").json["messages"]
    assert messages["move.state"] == "The state of the document does not allow this move"
    assert c.get("/v1/nothing").code == 404


# --- deadlines ---

def vietnam_day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=7, days=days)).date().isoformat()


def wait(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def http_stream(office, person):
    conn = UnixConnection(office.socket)
    conn.request("GET", "/v1/events", headers={"Authorization": "Bearer " + person.token})
    return conn.getresponse()


def event_of(stream, name, fits):
    """The data of the next event of that name that fits."""
    event = None
    while True:
        line = stream.fp.readline().decode().strip()
        if line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:") and event == name and fits(json.loads(line[5:])):
            return json.loads(line[5:])


def told_of(office, document):
    """Who was told what of it: (login, kind), sorted."""
    return sorted(tuple(r) for r in office.sql("SELECT a.login, n.kind FROM notification n JOIN account a ON a.id = n.account "
                                               "WHERE n.document = '%s' AND n.kind LIKE 'deadline%%'" % document))


LED = ["bithu", "chuyenvien", "chuyenvien2"]  # the leader who directed; the lead unit; the co-ordinating unit


def assigned(clerk, leader, deadline):
    d = clerk.move(arrive(clerk, subject="Có hạn"), "register")
    return leader.move(d, "assign", direction="Giao", lead="Ban Tổ chức", coordinate=["Ban Tuyên giáo"], deadline=deadline)


def test_a_deadline_is_told_once_when_near_and_once_when_passed():
    """The clock is shifted by asking as of later days; congvand itself asks every 50 ms meanwhile, and is started anew in between."""
    with Office(settings="office { deadline_interval_ms = 50 }\n") as o:
        clerk, leader, author = (o.sign_in(p) for p in ("vanthu", "bithu", "chuyenvien"))
        stream = http_stream(o, leader)
        d = assigned(clerk, leader, vietnam_day(1))["id"]
        far = assigned(clerk, leader, vietnam_day(30))["id"]
        wait(lambda: told_of(o, d) == [(p, "deadline_near") for p in LED])
        assert event_of(stream, "inbox", lambda e: e["kind"] == "deadline_near")["document"] == d
        item = [i for i in leader.get("/v1/inbox").json["items"] if i["document"]["id"] == d][0]
        assert (item["why"], item["overdue"], item["deadline"]) == ("deadline_near", False, vietnam_day(1))
        assert [i["why"] for i in author.get("/v1/inbox").json["items"] if i["document"]["id"] == d] == ["accept"]
        o.stop()
        o.start()
        for later in (0, 1, 1):  # still near, however often and from whomever it is asked
            o.sql("SELECT deadline_tell(now() + interval '%d days', 2)" % later)
        assert told_of(o, d) == [(p, "deadline_near") for p in LED]
        for _ in range(3):
            o.sql("SELECT deadline_tell(now() + interval '2 days', 2)")
        assert told_of(o, d) == sorted((p, k) for p in LED for k in ("deadline_near", "deadline_passed"))
        assert told_of(o, far) == []
        assert [i["why"] for i in leader.get("/v1/inbox").json["items"] if i["document"]["id"] == d] == ["deadline_passed"]
        leader.document(d)  # looked at: not shown to him any more
        wait(lambda: d not in [i["document"]["id"] for i in leader.get("/v1/inbox").json["items"]])
        author.move(author.move(d, "accept"), "complete")
        o.sql("UPDATE document SET deadline = deadline - 5 WHERE id = '%s'" % d)
        o.sql("SELECT deadline_tell(now() + interval '9 days', 2)")
        assert len(told_of(o, d)) == 6, "what is done is not told of any more"


def test_a_new_deadline_is_told_anew(office, people, clerk, leader):
    d = assigned(clerk, leader, vietnam_day(-3))["id"]
    office.sql("SELECT deadline_tell(now(), 2)")
    assert told_of(office, d) == [(p, "deadline_passed") for p in LED], "passed already: not near as well"
    leader.move(d, "assign", direction="Gia hạn", lead="Ban Tổ chức", coordinate=["Ban Tuyên giáo"], deadline=vietnam_day(1))
    office.sql("SELECT deadline_tell(now(), 2)")
    assert told_of(office, d) == sorted((p, k) for p in LED for k in ("deadline_near", "deadline_passed"))


def test_a_deadline_nobody_is_assigned_to(office, people, clerk):
    """The sender's wish counts until a leader sets his own; the leaders hear of it."""
    d = clerk.move(arrive(clerk, due_date=vietnam_day(-1)), "register")["id"]
    office.sql("SELECT deadline_tell(now(), 2)")
    assert told_of(office, d) == [("bithu", "deadline_passed"), ("phobithu", "deadline_passed")]
