"""How each documented answer is provoked: `RECIPES` maps (operation id, status) to the functions that do it; one with None for the operation is for every operation that
documents the status and gives None where it is not the way. A function takes the world (test_contract.World: .desk and .bare) and the operation, and gives the answer.

To add one: the happy answer of a write is a line of HAPPY in contract_writes.py; what is asked of one or a few operations is a function under
@recipe(status, "operationId", ...), here for what is asked of all and for reading, there for writing.
"""
import concurrent.futures
import uuid

from contract import CONTRACT
from contract_world import JSON_MOST, STREAM_MOST, ask, fill, heard, raw_request, wait
from office import Answer, UnixConnection

RECIPES = {}


def recipe(status, *ids):
    def add(function):
        for id in ids or (None,):
            RECIPES.setdefault((id, status), []).append(function)
        return function
    return add


def recipes_of(operation, status):
    """Those of the operation itself, or else those for all."""
    return RECIPES.get((operation.id, status)) or RECIPES.get((None, status), [])


def is_gateways(op):
    """Not a person's, but another office's."""
    return op.path.startswith("/v1/exchange/")


def caller(w, op):
    """Somebody with every role; or who may do it besides having a role."""
    if is_gateways(op):
        return w.desk.gateway
    if op.path.startswith("/v1/signings/{id}"):
        return w.desk.bithu
    return w.desk.tatca


# --- what is asked of every operation ---

@recipe(400)
def unreadable(w, op):
    return ask_raw(w, op, b"{", "application/json") if op.is_json else None


@recipe(401)
def nobody(w, op):
    return ask(w.desk.nobody, op)


@recipe(401, "signIn")
def wrong_password(w, op):
    return w.desk.anybody.post("/v1/sessions", {"login": "khac", "password": "mat khau khong dung"}, key=False)


@recipe(403)
def without_the_role(w, op):
    return ask(w.desk.lacking(op.roles), op) if op.roles else None


@recipe(404)
def not_there(w, op):
    return ask(caller(w, op), op) if op.names() else None


@recipe(413)
def too_long(w, op):
    """As announced: nobody sends two gigabytes to be refused."""
    most, kind = (JSON_MOST, "application/json") if op.is_json else (STREAM_MOST, "application/octet-stream")
    return ask_raw(w, op, b"", kind, length=most + 1) if op.request else None


@recipe(415)
def another_type(w, op):
    return ask_raw(w, op, b"<x/>", "text/xml") if op.is_json else None


@recipe(422)
def unknown_member(w, op):
    if not op.is_json:
        return another_request_under_the_key(w, op)
    return ask(caller(w, op), op, body={**CONTRACT.sample_body(op), "khong_biet": 1}, **names_of(w, op))


@recipe(422)
def another_request_under_the_key(w, op):
    if op.needs("Idempotency-Key"):
        key = str(uuid.uuid4())
        assert caller(w, op).post("/v1/tokens", {"name": "Máy"}, key=key).code == 201
        return ask(caller(w, op), op, key=key, **names_of(w, op))
    return bad_query(w, op)


def bad_query(w, op):
    wrong = {"limit": "0", "day": "32-13-2026", "start": "x", "page": "mot", "leaf": "x", "first": "x", "sha256": "x", "detached": "x"}
    for p in op.parameters:
        if p["in"] == "query" and p["name"] in wrong:
            return ask(caller(w, op), op, query="?%s=%s" % (p["name"], wrong[p["name"]]), **names_of(w, op))
    return None


@recipe(428)
def without_its_headers(w, op):
    for header in ("Idempotency-Key", "If-Match"):
        if op.needs(header):
            headers = {"Idempotency-Key": str(uuid.uuid4()), "If-Match": '"1"', "Content-Type": "application/json"}
            del headers[header]
            answer = caller(w, op).request(op.method, fill(op), raw=b"{}" if op.is_json else None, headers=headers, key=False)
            if answer.code != 428:
                return answer
    return answer


@recipe(429)
def after_too_many_failures(w, op):
    return w.bare.failed[op.id]


@recipe(503)
def while_the_database_is_stopped(w, op):
    return w.bare.full[op.id] if op.is_open and op.id not in ("ready", "signIn") else w.bare.stopped[op.id]


@recipe(503)
def while_too_many_are_connected(w, op):
    return w.bare.full[op.id]


def ask_raw(w, op, body, kind, length=None):
    headers = {"Content-Type": kind, "Content-Length": str(len(body) if length is None else length), "Idempotency-Key": str(uuid.uuid4()), "If-Match": '"1"'}
    return raw_request(caller(w, op), op.method, fill(op), headers, body)


# --- reading ---

def names_of(w, op):
    """Ids of things that are there, for the names in a path."""
    things = {"/v1/documents/{id}": "letter", "/v1/registers/{id}": "register", "/v1/packets/{id}": "packet_in", "/v1/outbox/{id}": "to_carry",
              "/v1/signings/{id}": "waiting", "/v1/mandates/{id}": "mandate"}
    if op.id in ("listContained", "contained"):
        return {"id": w.desk.container["id"], "version": "main", "n": "1"}
    for start, thing in things.items():
        if op.path.startswith(start):
            found = getattr(w.desk, thing)
            return {"id": found["id"] if isinstance(found, dict) else found, "version": "main", "n": "1"}
    return {"file": "app.js"}


@recipe(200)
def read(w, op):
    return ask(caller(w, op), op, **names_of(w, op)) if op.method == "GET" else None


@recipe(304)
def unchanged(w, op):
    return ask(caller(w, op), op, headers={"If-None-Match": read(w, op).headers["etag"]}, **names_of(w, op))


@recipe(206)
def a_part(w, op):
    a = ask(caller(w, op), op, headers={"Range": "bytes=0-3"}, **names_of(w, op))
    assert len(a.body) == 4 and a.headers["content-range"].startswith("bytes 0-3/"), a
    return a


@recipe(416)
def beyond_the_end(w, op):
    return ask(caller(w, op), op, headers={"Range": "bytes=99999999-"}, **names_of(w, op))


@recipe(200, "events")
def first_event(w, op):
    c = UnixConnection(w.desk.office.socket)
    c.request("GET", op.path, headers={"Authorization": "Bearer " + w.desk.tatca.token})
    response = c.getresponse()
    assert response.fp.readline().strip() and response.fp.readline().strip()
    response.read = lambda: b""  # it has no end
    answer = Answer(response)
    CONTRACT.check("GET", op.path, answer)
    c.close()
    return answer


@recipe(200, "listEntries")
def printed(w, op):
    w.desk.registered
    a = w.desk.tatca.get(fill(op, id=w.desk.register), headers={"Accept": "text/plain"})
    assert a.code == 200 and a.headers["content-type"].startswith("text/plain"), a
    return read(w, op)


@recipe(200, "inclusion")
def leaf_of_a_document(w, op):
    leaf = w.desk.tatca.get("/v1/documents/%s/history" % w.desk.letter["id"]).json["items"][0]["leaf"]
    return numbered(w, lambda: w.desk.tatca.get(op.path, leaf=leaf))


@recipe(200, "consistency")
def two_sizes(w, op):
    return numbered(w, lambda: w.desk.tatca.get(op.path, first=1, second=2))


@recipe(200, "checkpoint", "passport")
def signed_in_a_while(w, op):
    return numbered(w, lambda: read(w, op))


def numbered(w, look):
    """Leaves get their numbers, and checkpoints their signatures, a moment after the act."""
    return wait(lambda: a if (a := look()).code == 200 else None)


@recipe(200, "verify")
def verified(w, op):
    return ask(w.desk.tatca, op, body=w.desk.pdf)


@recipe(404, "page", "pageFile", "checkpoint")
def where_it_is_not(w, op):
    return w.bare.missing[op.id]


@recipe(404, "inclusion")
def no_such_leaf(w, op):
    return w.desk.tatca.get(op.path, leaf=str(uuid.uuid4()))


@recipe(415, "preview", "text")
def no_pdf(w, op):
    d = w.desk.tatca.create("incoming", issuer_name="X", main={"sha256": w.desk.tatca.upload(b"<a/>"), "name": "a.xml"})
    return ask(w.desk.tatca, op, id=d["id"], version="main")


@recipe(415, "listContained", "contained")
def no_container(w, op):
    return ask(w.desk.tatca, op, id=w.desk.letter["id"], version="main", n=1)


@recipe(422, "listContained", "contained")
def unpacked_by_nobody(w, op):
    return ask(w.desk.tatca, op, id=w.desk.climbing["id"], version="main", n=1)


@recipe(415, "verdict")
def nothing_signed(w, op):
    return ask(w.desk.tatca, op, id=w.desk.plain["id"], version="main")


@recipe(415, "verify")
def no_kind_with_signatures(w, op):
    return ask(w.desk.tatca, op, body=b"chu thuong")


@recipe(415, "signingPreview")
def nothing_to_draw(w, op):
    return ask(w.desk.bithu, op, id=w.desk.waiting_plain)


@recipe(422, "text", "verdict")
def ruined_file(w, op):
    """Begins and ends as a PDF, and has nothing in between that a reader could find."""
    data = b"%PDF-1.7\n" + b"x" * 600 + b"\nstartxref\n99\n%%EOF\n"
    d = w.desk.tatca.create("incoming", issuer_name="X", main={"sha256": w.desk.tatca.upload(data), "name": "hong.pdf"})
    return ask(w.desk.tatca, op, id=d["id"], version="main")


@recipe(409, "passport")
def no_versions(w, op):
    return ask(w.desk.tatca, op, id=w.desk.arrived()["id"])


def many_updates(count):
    """A PDF with this many cross-reference sections, each naming the one before."""
    objects = [b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n", b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
               b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n"]
    out, rows = bytearray(b"%PDF-1.7\n"), b"0 4\n0000000000 65535 f \n"
    for o in objects:
        rows += b"%010d 00000 n \n" % len(out)
        out += o
    prev = b""
    for _ in range(count):
        at = len(out)
        out += b"xref\n%strailer\n<< /Size 4 /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (rows, prev, at)
        rows, prev = b"0 0\n", b" /Prev %d" % at
    return bytes(out)


@recipe(413, "verdict")
def too_large_to_judge(w, op):
    """Small, and more updates than anybody looks at (PDF_SECTIONS_MAX)."""
    d = w.desk.tatca.create("incoming", issuer_name="X", main={"sha256": w.desk.tatca.upload(many_updates(4100)), "name": "nhieu.pdf"})
    return ask(w.desk.tatca, op, id=d["id"], version="main")


@recipe(413, "listContained", "contained")
def too_large_to_open(w, op):
    """By rows that say so: the size is asked before the bytes, so nobody has to send half a gigabyte."""
    d = w.desk.draft()
    w.desk.office.sql("BEGIN; SET LOCAL session_replication_role = replica; INSERT INTO content (sha256, size, upload) VALUES (sha256('too large'), %d, gen_random_uuid()) "
                      "ON CONFLICT DO NOTHING; UPDATE version SET sha256 = sha256('too large'), mime = 'application/vnd.etsi.asic-e+zip' WHERE document = '%s'; COMMIT"
                      % ((512 << 20) + 1, d["id"]))
    return ask(w.desk.chuyenvien, op, id=d["id"], version="main", n="0")


@recipe(413, "passport")
def too_many_versions(w, op):
    return ask(w.desk.chuyenvien, op, id=w.desk.large["id"])


# --- what any request may get (components.responses.Any): status -> function ---

def odd(w, method="GET", target="/v1/me", body=b"", **headers):
    return raw_request(w.desk.tatca, method, target, {k.replace("_", "-"): v for k, v in headers.items()}, body)


def slow(w):
    """The head is begun, and no end of it comes."""
    c = UnixConnection(w.desk.office.socket)
    c.connect()
    c.sock.sendall(b"GET /v1/me HTTP/1.1\r\n")
    answer = heard(c, "GET", "/v1/me")
    c.close()
    return answer


def cancelled(w):
    """A query that waits for a lock, and is then cancelled as a statement over its time would be."""
    find = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'congvand'"
    target = "/v1/documents/" + w.desk.letter["id"]
    with w.desk.locked("note") as sql, concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(w.desk.vanthu.get, target)
        wait(lambda: answer.done() or sql(find))
        return answer.result()


def full(w):
    """PostgreSQL's own word for a full disk, from a trigger; tests/flow/test_strain.py fills one."""
    sql = w.desk.office.sql
    sql("CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$")
    sql("CREATE TRIGGER a_disk_full BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION disk_full()")
    try:
        return ask(w.desk.tatca, CONTRACT.by_id["addNote"], body={"kind": "opinion", "body": "Đồng ý"}, id=w.desk.letter["id"])
    finally:
        sql("DROP FUNCTION disk_full() CASCADE")


ANY = {
    400: lambda w: odd(w, body=b"x", Content_Length="1"),
    405: lambda w: odd(w, "PUT"),
    408: slow,
    414: lambda w: odd(w, target="/v1/documents?q=" + "x" * 16000),
    417: lambda w: odd(w, Expect="the-moon"),
    431: lambda w: odd(w, X_Long="x" * 16000),
    501: lambda w: odd(w, "BREW"),
    504: cancelled,
    507: full,
}
