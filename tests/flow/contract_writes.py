"""How the documented answers of operations that write are provoked: see contract_recipes.py."""
import uuid

from contract import CONTRACT
from contract_recipes import RECIPES, caller, names_of, recipe
from contract_world import ask
from office import PASSWORD

# --- the happy answer of each write: operation -> (status, client, body, names in the path) ---

def entry_to_void(w):
    d = w.desk.tatca.move(w.desk.arrived(), "register")
    return d["register"]


HAPPY = {
    "makeToken": lambda w: (201, "tatca", {"name": "Máy", "days": 7}, {}),
    "revokeToken": lambda w: (204, "tatca", None, {"id": w.desk.tatca.post("/v1/tokens", {"name": "Máy"}).json["id"]}),
    "addOrgan": lambda w: (201, "admin", {"code": "M" + uuid.uuid4().hex[:8], "name": "Cơ quan mới"}, {}),
    "changeOrgan": lambda w: (200, "admin", {"name": "Tên khác"}, {"id": w.desk.admin.post("/v1/organs", {"code": "D" + uuid.uuid4().hex[:8], "name": "Cũ"}).json["id"]}),
    "addUnit": lambda w: (201, "admin", {"organ": "A01.Q1", "name": "Ban " + uuid.uuid4().hex[:8]}, {}),
    "addAccount": lambda w: (201, "admin", {"login": "a" + uuid.uuid4().hex[:8], "name": "Người mới", "organ": "A01.Q1", "roles": ["clerk"]}, {}),
    "changeAccount": lambda w: (200, "admin", {"title": "Chuyên viên"}, {"id": w.desk.chuyenvien2.id}),
    "upload": lambda w: (201, "tatca", b"noi dung", {}),
    "create": lambda w: (201, "tatca", {"direction": "outgoing", "subject": "Về việc thử"}, {}),
    "addNote": lambda w: (201, "tatca", {"kind": "opinion", "body": "Đồng ý"}, {"id": w.desk.letter["id"]}),
    "addRegister": lambda w: (201, "admin", {"direction": "incoming", "kind_group": uuid.uuid4().hex[:8], "name": "Sổ mới", "period": "year"}, {}),
    "addPeriod": lambda w: (201, "admin", {"label": uuid.uuid4().hex[:8], "starts": next_day()}, {"id": w.desk.term}),
    "handInPacket": lambda w: (201, "vanthu", w.desk.packet(), {}),
    "exchangePacket": lambda w: (201, "gateway", w.desk.packet(), {}),
    "addGateway": lambda w: (201, "admin", {"organ": "H37", "name": "Cổng hai"}, {}),
    "disableGateway": lambda w: (204, "admin", None, {"id": w.desk.admin.post("/v1/gateways", {"organ": "H37", "name": "Cổng ba"}).json["id"]}),
    "retrySending": lambda w: (200, "vanthu", {}, {"id": w.desk.failed_row()["id"]}),
    "cancelSending": lambda w: (200, "vanthu", {}, {"id": w.desk.failed_row()["id"]}),
    "carried": lambda w: (200, "vanthu", {}, {"id": w.desk.carried_row()["id"]}),
    "prepareSigning": lambda w: (201, "bithu", {"document": w.desk.submitted()["id"], "move": "sign", "key": "leader1"}, {}),
    "addMandate": lambda w: (201, "chuyenvien", w.desk.wish_of_mandate(), {}),
}

days = iter("2026-%02d-%02d" % (m, d) for m in range(1, 13) for d in range(1, 28))


def next_day():
    return next(days)


def usual(w, op):
    """What a good request of the operation would be: who asks, the body, the names in the path, the revision."""
    if op.id in ("change", "addVersion"):
        d = w.desk.draft()
        return w.desk.chuyenvien, {"change": {"subject": "Khác"}, "addVersion": {**FILE, "sha256": d["versions"][0]["sha256"]}}[op.id], {"id": d["id"]}, newest(d)
    if op.id == "move":  # the one with the most to say
        d = w.desk.tatca.move(w.desk.arrived(), "register")
        return w.desk.tatca, {"move": "assign", "direction": "Giao", "lead": "Ban Tổ chức"}, {"id": d["id"]}, newest(d)
    if op.id in HAPPY:
        _, client, body, names = HAPPY[op.id](w)
        return getattr(w.desk, client), body, names, {}
    return caller(w, op) if not op.is_open else w.desk.anybody, CONTRACT.sample_body(op), names_of(w, op), {}


def happy(w, op):
    _, client, body, names = HAPPY[op.id](w)
    return ask(getattr(w.desk, client), op, body=body, **names)


for id, status in {"makeToken": 201, "revokeToken": 204, "changeOrgan": 200, "changeAccount": 200, "disableGateway": 204, "retrySending": 200, "cancelSending": 200,
                   "carried": 200}.items():
    RECIPES.setdefault((id, status), []).append(happy)
for id in set(HAPPY) - {i for i, _ in RECIPES if i}:
    RECIPES.setdefault((id, 201), []).append(happy)


@recipe(201, "signIn")
def signed_in(w, op):
    return w.desk.anybody.post("/v1/sessions", {"login": "luutru", "password": PASSWORD % "luutru"}, key=False)


@recipe(204, "signOut")
def signed_out(w, op):
    return ask(w.desk.office.sign_in("luutru"), op)


@recipe(204, "changePassword")
def password_changed(w, op):
    """It ends the person's other sessions, and this one."""
    return ask(w.desk.office.sign_in("doi"), op, body={"old": PASSWORD % "doi", "new": PASSWORD % "doi"})


@recipe(403, "changePassword")
def wrong_old_password(w, op):
    return ask(w.desk.chuyenvien2, op, body={"old": "khong phai", "new": "mat khau moi"})


@recipe(423, "signIn")
def locked(w, op):
    for _ in range(5):
        a = w.desk.anybody.post("/v1/sessions", {"login": "quen", "password": "khong nho"}, key=False)
        assert a.code in (401, 423), a
    return w.desk.anybody.post("/v1/sessions", {"login": "quen", "password": PASSWORD % "quen"}, key=False)


# --- documents ---

def newest(document):
    return {"If-Match": '"%d"' % document["revision"]}


FILE = {"part": "main", "sha256": "", "name": "thu.pdf"}


def changed(w, op, document, login, headers=None):
    """A change of a document that would be right for its author while it is a draft, by the person and under the revision given."""
    body = {"change": {"subject": "Trích yếu khác"}, "move": {"move": "submit", "leader": "bithu"}, "addVersion": {**FILE, "sha256": document["versions"][0]["sha256"]}}[op.id]
    return ask(getattr(w.desk, login), op, body=body, headers=headers or newest(document), id=document["id"])


@recipe(200, "change", "move")
@recipe(201, "addVersion")
def of_a_draft(w, op):
    return changed(w, op, w.desk.draft(), "chuyenvien")


@recipe(403, "change", "move", "addVersion")
def of_somebody_elses(w, op):
    """Who reviews it sees it; what it says is its author's."""
    d = w.desk.chuyenvien.move(w.desk.draft(), "review", reviewer="chuyenvien2")
    if op.id == "move":
        return ask(w.desk.chuyenvien, op, body={"move": "return", "reason": "Sửa"}, headers=newest(d), id=d["id"])
    d = w.desk.chuyenvien2.move(d, "return", reason="Sửa")
    return changed(w, op, d, "chuyenvien2")


@recipe(409, "change", "move", "addVersion")
def of_what_is_submitted(w, op):
    return changed(w, op, w.desk.submitted(), "chuyenvien")


@recipe(412, "change", "move", "addVersion")
def of_an_older_revision(w, op):
    d = w.desk.draft()
    of_now = ask(w.desk.chuyenvien, CONTRACT.by_id["change"], body={"subject": "Mới hơn"}, headers=newest(d), id=d["id"])
    assert of_now.code == 200, of_now
    return changed(w, op, d, "chuyenvien", newest(d))


@recipe(422, "change", "move", "addVersion")
def with_an_unknown_member(w, op):
    d = w.desk.draft()
    body = {"move": "submit", "leader": "bithu"} if op.id == "move" else CONTRACT.sample_body(op)
    return ask(w.desk.chuyenvien, op, body={**body, "khong_biet": 1}, headers=newest(d), id=d["id"])


@recipe(404, "addVersion")
def of_no_document(w, op):
    """With a file that is there: whether it is is asked first."""
    return ask(w.desk.chuyenvien, op, body={**FILE, "sha256": w.desk.chuyenvien.upload(b"x"), "name": "x.txt"})


# --- the directory, registers, mandates ---

def twice(w, op, body, **names):
    """The second of two that may not both be there."""
    assert ask(w.desk.admin, op, body=body, **names).code == 201
    return ask(w.desk.admin, op, body=body, **names)


@recipe(409, "addOrgan", "addUnit", "addAccount", "addRegister", "addPeriod")
def the_same_again(w, op):
    _, _, body, names = HAPPY[op.id](w)
    return twice(w, op, body, **names)


@recipe(409, "addGateway")
def the_same_certificate(w, op):
    return twice(w, op, {"organ": "H37", "name": "Cổng", "cert_sha256": uuid.uuid4().hex * 2})


@recipe(409, "changeAccount")
def anothers_certificate(w, op):
    digest = uuid.uuid4().hex * 2
    assert ask(w.desk.admin, op, body={"cert_sha256": digest}, id=w.desk.chuyenvien.id).code == 200
    return ask(w.desk.admin, op, body={"cert_sha256": digest}, id=w.desk.chuyenvien2.id)


@recipe(200, "voidEntry")
def entry_voided(w, op):
    e = entry_to_void(w)
    return ask(w.desk.tatca, op, body={"period": e["period"], "reason": "Viết sai"}, id=e["register"], number=e["number"])


@recipe(409, "voidEntry")
def entry_voided_twice(w, op):
    e = entry_to_void(w)
    body = {"period": e["period"], "reason": "Viết sai"}
    assert ask(w.desk.tatca, op, body=body, id=e["register"], number=e["number"]).code == 200
    return ask(w.desk.tatca, op, body=body, id=e["register"], number=e["number"])


def mandate_made(w):
    """A mandate of its own, signed by nobody yet."""
    assert ask(w.desk.chuyenvien, CONTRACT.by_id["addMandate"], body=w.desk.wish_of_mandate()).code == 201
    return w.desk.tatca.get("/v1/mandates").json["items"][0]["id"]


@recipe(200, "revokeMandate")
def mandate_revoked(w, op):
    return ask(w.desk.bithu, op, body={"reason": "Hết nhiệm vụ"}, id=mandate_made(w))


@recipe(409, "revokeMandate")
def mandate_revoked_twice(w, op):
    id = mandate_made(w)
    assert ask(w.desk.bithu, op, body={"reason": "Hết nhiệm vụ"}, id=id).code == 200
    return ask(w.desk.bithu, op, body={"reason": "Hết nhiệm vụ"}, id=id)


# --- packets ---

@recipe(200, "handInPacket", "exchangePacket")
def the_same_packet(w, op):
    data = w.desk.packet()
    assert ask(caller(w, op), op, body=data).code == 201
    return ask(caller(w, op), op, body=data)


@recipe(422, "handInPacket", "exchangePacket")
def packet_for_others(w, op):
    return ask(caller(w, op), op, body=w.desk.packet(to="H99"))


# --- signing ---

@recipe(200, "prepareSigning")
def numbered_by_signing(w, op):
    """A text: a PDF would want the fields that its first signature makes."""
    d = w.desk.forced(w.desk.submitted("chữ".encode(), "chu.txt"), "signed")
    return ask(w.desk.vanthu, op, body={"document": d["id"], "move": "number"})


def prepare(w, op, document, login="bithu", **members):
    return ask(getattr(w.desk, login), op, body={"document": document["id"], "move": "sign", "key": "leader1", **members})


@recipe(403, "prepareSigning")
def not_the_leader_asked(w, op):
    return prepare(w, op, w.desk.letter, "vanthu")


@recipe(404, "prepareSigning")
def no_such_document(w, op):
    return prepare(w, op, {"id": str(uuid.uuid4())})


@recipe(409, "prepareSigning")
def not_submitted(w, op):
    return prepare(w, op, w.desk.forced(w.desk.submitted(), "sealed"))


@recipe(422, "prepareSigning")
def no_such_role(w, op):
    return prepare(w, op, w.desk.submitted(), role="khach")


@recipe(200, "approveSignings")
def approved(w, op):
    return w.desk.signed["approveSignings"]


def approve(w, op, signings, activation="QUJD"):
    return ask(w.desk.bithu, op, body={"activation": activation, "signings": signings})


@recipe(403, "approveSignings")
def wrong_pin(w, op):
    return w.desk.sign("bithu", w.desk.submitted(), pin="leader2")["approveSignings"]


@recipe(404, "approveSignings")
def no_such_signing(w, op):
    return approve(w, op, [str(uuid.uuid4())])


@recipe(409, "approveSignings", "completeSigning")
def changed_meanwhile(w, op):
    s = w.desk.prepared()
    w.desk.bithu.move(s["document"], "return", reason="Xem lại")
    return approve(w, op, [s["id"]]) if op.id == "approveSignings" else ask(w.desk.bithu, op, id=s["id"])


@recipe(422, "approveSignings")
def unreadable_approval(w, op):
    return approve(w, op, [w.desk.prepared()["id"]], "A?A")


@recipe(423, "approveSignings")
def key_locked(w, op):
    """The office's key, of which nothing else is asked; the desk's signer locks early."""
    d = w.desk.forced(w.desk.draft(), "numbered")
    for _ in range(5):
        a = w.desk.sign("vanthu", d, pin="leader2", move="seal")["approveSignings"]
        if a.code == 423:
            break
    return a


@recipe(200, "completeSigning")
def signed_with_ones_own_key(w, op):
    return w.desk.complete_own()["completeSigning"]


@recipe(422, "completeSigning")
def no_cms(w, op):
    return ask(w.desk.bithu, op, body={"cms": "?"}, id=w.desk.waiting)
