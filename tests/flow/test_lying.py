"""congvand alone, fully compromised, cannot make a signature (docs/security.md "Activation"): a liar stands between the real command line and the real office, passes everything on and alters
chosen questions and answers. What the command line refuses, and what the signer; that nothing was signed; and that the same document is signed through the honest socket afterwards."""
import contextlib
import http.server
import json
import os
import re
import socketserver
import subprocess
import threading
import types
import uuid
import zipfile

import pytest

from office import BUILD, UnixConnection
from test_appendices import newest_of, three
from test_signing import cli, desk, letter, newest, own, sign, submitted  # noqa: F401 (desk and own are fixtures)

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
TEXT = "Báo cáo bằng chữ thường.\n".encode()


class Liar(http.server.BaseHTTPRequestHandler):
    """One request of the command line handed on. server.answer(method, path, code, body) and server.ask(method, path, body) give the bytes to use."""
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass

    def hand_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = self.server.ask(self.command, self.path, body)
        connection = UnixConnection(self.server.office)
        try:
            connection.request(self.command, self.path, body or None, {k: v for k, v in self.headers.items() if k.lower() not in HOP | {"host", "expect"}})
            answer = connection.getresponse()
            told = self.server.answer(self.command, self.path, answer.status, answer.read())
        finally:
            connection.close()
        self.send_response_only(answer.status)
        for k, v in answer.getheaders():
            if k.lower() not in HOP:
                self.send_header(k, v)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = hand_on


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def lying(desk, ask=None, answer=None):  # noqa: F811
    """A desk whose socket is the liar's. ask(method, path, body) and answer(method, path, body): other bytes, or None where nothing is altered. It counts what it altered. problem(fn): the same of a refusal."""
    lies = []

    def altered(fn, method, path, body):
        other = fn(method, path, body) if fn else None
        if other is None or other == body:
            return body
        lies.append((method, path))
        return other

    path = os.path.join(desk.signer.dir, "liar-%s" % uuid.uuid4().hex[:8])
    with Server(path, Liar) as server:
        server.office = desk.socket
        server.ask = lambda method, target, body: altered(ask, method, target, body)
        problems = []
        server.answer = lambda method, target, code, body: altered(answer, method, target, body) if code < 300 else altered(problems[0], method, target, body) if problems else body
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield types.SimpleNamespace(socket=path, signer=desk.signer, lies=lies, problem=problems.append)
        finally:
            server.shutdown()
            thread.join()
    os.unlink(path)


def prepared(change):
    """answer: what preparing says, changed by a function of the object."""
    def answer(method, path, body):
        if (method, path) != ("POST", "/v1/signings"):
            return None
        said = json.loads(body)
        change(said)
        return json.dumps(said).encode()
    return answer


def bytes_at(pattern, change):
    """answer: the body of the paths that match, changed."""
    return lambda method, path, body: change(body) if method == "GET" and re.fullmatch(pattern, path) else None


def approving(change):
    """ask: the list of what is to be signed, changed."""
    def ask(method, path, body):
        if (method, path) != ("POST", "/v1/signings/approve"):
            return None
        asked = json.loads(body)
        asked["signings"] = change(asked["signings"])
        return json.dumps(asked).encode()
    return ask


def flip(at):
    """One bit of one byte; at: a place, or what stands there."""
    def change(body):
        place = at if isinstance(at, int) else body.index(at) + len(at) - 1
        return body[:place] + bytes([body[place] ^ 1]) + body[place + 1:] if at != -1 else body[:-1] + bytes([body[-1] ^ 1])
    return change


def other_digest(said):
    said["digest"] = ("0" if said["digest"][0] != "0" else "1") + said["digest"][1:]


def records(desk):  # noqa: F811
    """Lines of the signer's record about signing, oldest first."""
    folder = os.path.join(desk.signer.dir, "data", "record")
    lines = [json.loads(line) for name in sorted(os.listdir(folder)) if name.startswith("sign-") for line in open(os.path.join(folder, name), "rb").read().splitlines()]
    return sorted((r for r in lines if r.get("event") == "sign"), key=lambda r: r["seq"])


def signatures(desk):  # noqa: F811
    return [r for r in records(desk) if r["decision"] == "signed"]


def attempt(desk, d, *words, code, **lie):  # noqa: F811
    """The document through the liar: what was said. It lied, nothing was signed; through the honest socket it is."""
    words = ("sign", *([d] if isinstance(d, str) else d), "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes", *words)
    ds = [d] if isinstance(d, str) else d
    before = len(signatures(desk))
    with lying(desk, **lie) as liar:
        said = cli(liar, "bithu", *words, code=code)
        assert liar.lies, said
    assert len(signatures(desk)) == before, said
    assert [desk.people["luutru"].document(x)["state"] for x in ds] == ["submitted"] * len(ds), said
    assert desk.sql("SELECT count(*) FROM version WHERE document IN ('%s') AND cause = 'signed'" % "', '".join(ds)) == [["0"]]
    assert desk.sql("SELECT count(*) FROM signing WHERE document IN ('%s') AND state = 'done'" % "', '".join(ds)) == [["0"]]
    cli(desk, "bithu", *words)
    assert len(signatures(desk)) == before + 1
    assert [desk.people["luutru"].document(x)["state"] for x in ds] == ["signed"] * len(ds)
    return said


DIFFERS = "what congvand shows does not have the digest it names: not signed"
SHOWN = {
    "another digest": (None, prepared(other_digest)),
    "a byte of the version": (None, bytes_at(r"/v1/documents/.*/content", flip(1000))),
    "the last byte of the version": (None, bytes_at(r"/v1/documents/.*/content", flip(-1))),
    "a byte of the appended part": (None, bytes_at(r"/v1/signings/.*/tail", flip(b"/M (D:20"))),
    "a signature larger than its hole": (None, bytes_at(r"/v1/signings/.*/tail", flip(b"/ByteRange [0"))),
    "bytes where the signature will be": (None, bytes_at(r"/v1/signings/.*/tail", flip(b"<" + b"0" * 1000))),
    "nothing appended": (None, bytes_at(r"/v1/signings/.*/tail", lambda body: b"")),
    "a byte of a text": (TEXT, bytes_at(r"/v1/documents/.*/content", flip(3))),
    "more after a text": (TEXT, bytes_at(r"/v1/signings/.*/tail", lambda body: body + b"x")),
}


def test_through_the_liar_without_a_lie(desk):  # noqa: F811
    """What stands in between does not itself stop a signature."""
    d = submitted(desk)
    before = len(signatures(desk))
    with lying(desk) as liar:
        sign(liar, "bithu", d)
        assert not liar.lies
    assert desk.people["luutru"].document(d)["state"] == "signed" and len(signatures(desk)) == before + 1


@pytest.mark.parametrize("lie", SHOWN)
def test_what_is_shown_has_not_the_digest(desk, lie):  # noqa: F811
    text, answer = SHOWN[lie]
    d = submitted(desk, text, "bao-cao.txt" if text else "thu.pdf")
    said = attempt(desk, d, code=3, answer=answer)
    assert DIFFERS in said, said


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_attachment_of_several(desk, which):  # noqa: F811
    """Then none of the document is approved: neither the letter nor its neighbours."""
    d = three(desk)
    said = attempt(desk, d, "--attachments", code=3, answer=prepared(lambda s: other_digest(s["attachments"][which])))
    assert DIFFERS in said, said
    assert desk.people["luutru"].document(d)["state"] == "signed" and newest_of(desk, d, 1)[0]["cause"] == "signed"


def test_digests_exchanged(desk):  # noqa: F811
    """Every digest is one of the list, but of another file."""
    def exchange(said):
        said["digest"], said["attachments"][0]["digest"] = said["attachments"][0]["digest"], said["digest"]
    assert DIFFERS in attempt(desk, three(desk), "--attachments", code=3, answer=prepared(exchange))


def test_the_digest_of_another_document(desk):  # noqa: F811
    """Shown is another document of the person, all of it, with its own digest; approved is that one, and the signer is asked for the one prepared."""
    d, other = submitted(desk), submitted(desk, letter(desk, subject="V/v khác"))
    a = desk.people["bithu"].post("/v1/signings", {"document": other, "move": "sign", "key": "leader1"}).json
    shown = prepared(lambda said: said.update({k: a[k] for k in ("document", "base_version", "digest")}))
    tail = desk.people["bithu"].get("/v1/signings/%s/tail" % a["id"]).body
    both = lambda *q: shown(*q) or bytes_at(r"/v1/signings/.*/tail", lambda body: tail)(*q)  # noqa: E731
    said = attempt(desk, d, code=3, answer=both)
    assert "signing.refused" in said and "activation.altered" in said and a["digest"] in said, said
    assert desk.people["luutru"].document(other)["state"] == "submitted"


@pytest.mark.parametrize("form,said_so", [("cms", "activation.altered"), ("asic-e", DIFFERS)])
def test_another_form(desk, form, said_so):  # noqa: F811
    """A PDF that is said to be signed beside it: the person approves that, the signer is asked for another. Or by a manifest: what is shown is none."""
    d = submitted(desk)
    assert said_so in attempt(desk, d, code=3, answer=prepared(lambda said: said.update(container=form)))


def test_an_answer_that_says_nothing(desk):  # noqa: F811
    """The signer's refusal comes back as a list of nothing: that is no "done"."""
    d = submitted(desk)

    def nothing_said(method, path, body):
        return b'{"signings":[]}' if path == "/v1/signings/approve" else None

    with lying(desk, answer=nothing_said) as liar:
        said = cli(liar, "bithu", "sign", d, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes", code=70)
    assert "signings" in said and liar.lies == [("POST", "/v1/signings/approve")], said


def test_a_title_is_approved_as_it_is_shown(desk):  # noqa: F811
    """A title may be a lie, as bytes may (docs/security.md); then the signer's record says what the person was told, under the digest of what he got to see."""
    d = submitted(desk)
    with lying(desk, answer=prepared(lambda said: said.update(title='Lời mời "họp"'))) as liar:
        out = sign(liar, "bithu", d)
        assert liar.lies
    assert '  1. Lời mời "họp"\n' in out, out
    assert signatures(desk)[-1]["titles"] == ['Lời mời "họp"'] and signatures(desk)[-1]["digests"][0] in out
    assert desk.people["luutru"].document(d)["state"] == "signed" and desk.people["luutru"].document(d)["subject"] != 'Lời mời "họp"'


def test_a_title_does_not_write_on_the_screen(desk):  # noqa: F811
    """Control bytes would let it hide the digest under it, or be two lines of the list; shown and approved is the same text without them."""
    d = submitted(desk)
    with lying(desk, answer=prepared(lambda said: said.update(title="Thư\x1b[8m\x9b2J\r\n  2. mời\t"))) as liar:
        out = sign(liar, "bithu", d)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out), repr(out)
    shown, = re.findall(r"^  1\. (.*)$", out, re.M)
    assert "  2. mời" in shown and signatures(desk)[-1]["titles"] == [shown], out


def test_what_congvand_says_does_not_write_on_the_screen(desk):  # noqa: F811
    """Reasons why something was not signed, and the words of a refusal (on standard output is JSON, which escapes them)."""
    words = "Lý do\x1b[2J\x9b2Jxong\x07"
    d = submitted(desk)

    def failed(method, path, body):
        return json.dumps({"signings": [{"id": "x", "document": d, "state": "failed", "error": words}]}).encode() if path == "/v1/signings/approve" else None

    def refused(method, path, body):
        return json.dumps({"title": words, "code": words, "detail": "2" + words, "findings": [{"code": words, "text": words, "where": words, "got": words, "want": words, "clause": words}]}).encode()
    for lie, status in ((failed, 200), (refused, 422)):
        with lying(desk, answer=lie if status == 200 else None) as liar:
            if status != 200:
                liar.problem(refused)
            run = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "--socket", liar.socket, "--token-file", os.path.join(desk.signer.dir, "bithu.token"), "--lang", "en", "sign", d,
                                  "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin" if status == 200 else "leader2.pin"), "--yes"],
                                 capture_output=True, stdin=subprocess.DEVNULL, timeout=120, env={**os.environ, "CONGVAN_STATE": os.path.join(desk.signer.dir, "state")})
        out = run.stderr.decode()
        assert run.returncode != 0 and liar.lies and "Lý do" in out and "xong" in out, out
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", out), repr(out)


def test_a_long_subject_is_signed(desk):  # noqa: F811
    """More bytes than a title of an approval has, and a line's end in it: shown and approved is its beginning."""
    author = desk.people["chuyenvien"]
    subject = "Về việc\n" + "kiểm tra công tác văn thư " * 40
    d = author.create(kind="CV", subject=subject, receivers=[{"organ_id": "H37"}], signer_name="Nguyễn Văn Mẫu", main={"sha256": author.upload(letter(desk)), "name": "thu.pdf"},
                      attachments=[{"sha256": author.upload(TEXT), "name": "phụ lục.txt"}])
    author.move(d, "submit", leader="bithu")
    a = desk.people["bithu"].post("/v1/signings", {"document": d["id"], "move": "sign", "key": "leader1", "attachments": True}).json
    out = cli(desk, "bithu", "sign", d["id"], "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--yes", "--attachments")
    titles = signatures(desk)[-1]["titles"]
    assert titles == [a["title"], a["attachments"][0]["title"]] and titles[1].endswith(" · phụ lục.txt"), titles
    for n, title in enumerate(titles, 1):
        assert "  %d. %s\n" % (n, title) in out and title.startswith("Công văn: Về việc kiểm tra công tác") and 380 < len(title.encode()) <= 400, out


def two(desk):  # noqa: F811
    """Two letters that are not each other's copies: those may have one digest."""
    return [submitted(desk, letter(desk, subject="V/v " + which)) for which in ("một", "hai")]


TWO = {
    "in another order": lambda ids: ids[::-1],
    "one is left out": lambda ids: ids[:1],
    "one stands twice": lambda ids: ids + ids[:1],
    "one instead of the other": lambda ids: [ids[0], ids[0]],
}


@pytest.mark.parametrize("lie", TWO)
def test_another_list_is_asked_for(desk, lie):  # noqa: F811
    """What was approved is sealed: the list that the signer is asked to sign is held against it."""
    said = attempt(desk, two(desk), code=3, ask=approving(TWO[lie]))
    assert "signing.refused" in said and "activation.altered" in said, said


def test_one_more_is_asked_for(desk):  # noqa: F811
    """A third, prepared in the person's name, which nobody approved."""
    other = submitted(desk, letter(desk, subject="V/v ba"))
    a = desk.people["bithu"].post("/v1/signings", {"document": other, "move": "sign", "key": "leader1"}).json
    said = attempt(desk, two(desk), code=3, ask=approving(lambda ids: ids + [a["id"]]))
    assert "signing.refused" in said and "activation.altered" in said, said
    assert desk.people["luutru"].document(other)["state"] == "submitted"
    assert a["digest"] in records(desk)[-2]["asked"] and a["digest"] not in records(desk)[-2]["digests"]  # the last is what the honest socket signed


# A container, of which a manifest is signed: (what preparing says, what it appends, what the versions are), each changed by a function.
def nothing(x):
    return x


def swap_versions(said):
    said["objects"][0]["version"], said["objects"][1]["version"] = said["objects"][1]["version"], said["objects"][0]["version"]


MANIFEST = {
    "a byte of the manifest": (None, flip(b"<asic:"), nothing),
    "a byte of one of the files": (None, nothing, lambda body: flip(0)(body) if body == b"hai" else body),
    "the files exchanged": (swap_versions, nothing, nothing),
    "a file is not said": (lambda said: said["objects"].pop(), nothing, nothing),
    "a file too many is said": (lambda said: said["objects"].append({**said["objects"][0], "name": "khac.txt"}), nothing, nothing),
    "a file under another name": (lambda said: said["objects"][1].update(name="khac.txt"), nothing, nothing),
}


def enclosed(desk):  # noqa: F811
    """A text with two others, to be signed as one container."""
    author = desk.people["chuyenvien"]
    d = author.create(kind="CV", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], signer_name="Nguyễn Văn Mẫu", main={"sha256": author.upload(TEXT), "name": "bao-cao.txt"},
                      attachments=[{"sha256": author.upload(b), "name": n} for n, b in (("mot.txt", b"mot"), ("hai.txt", b"hai"))])
    return author.move(d, "submit", leader="bithu")["id"]


def sealed_in(desk, d):  # noqa: F811
    """Names in the container that is the newest signature of the document, which our verifier accepts."""
    v, data = newest(desk, d, "signature")
    path = os.path.join(desk.signer.dir, v["name"])
    with open(path, "wb") as f:
        f.write(data)
    assert json.loads(cli(desk, "luutru", "verify", path))["indication"] == "TOTAL-PASSED"
    with zipfile.ZipFile(path) as z:
        return sorted(n for n in z.namelist() if n.endswith(".txt"))


@pytest.mark.parametrize("lie", MANIFEST)
def test_a_container_is_what_is_shown(desk, lie):  # noqa: F811
    """The manifest is fetched and every file that it names; what is said beside it must be that."""
    said_change, tail, content = MANIFEST[lie]
    answers = [*([prepared(said_change)] if said_change else []), bytes_at(r"/v1/signings/.*/tail", tail), bytes_at(r"/v1/documents/.*/content", content)]

    def answer(*q):
        return next((b for b in (f(*q) for f in answers) if b is not None), None)
    d = enclosed(desk)
    assert DIFFERS in attempt(desk, d, "--container", "asic-e", code=3, answer=answer)
    assert sealed_in(desk, d) == ["bao-cao.txt", "hai.txt", "mot.txt"]


def test_the_manifest_of_another_container(desk):  # noqa: F811
    """Whole and with its own digest, but of other files than those that are said; and with those said too, when the signer is asked for another digest than was approved."""
    other, d = enclosed(desk), enclosed(desk)
    leader = desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": other, "move": "sign", "key": "leader1", "container": "asic-e", "main_only": True}).json
    tail = leader.get("/v1/signings/%s/tail" % a["id"]).body
    for members, said_so in ((("digest",), DIFFERS), (("digest", "objects", "document"), "activation.altered")):
        shown, bytes_ = prepared(lambda said, m=members: said.update({k: a[k] for k in m})), bytes_at(r"/v1/signings/.*/tail", lambda body: tail)
        said = attempt(desk, d, "--container", "asic-e", code=3, answer=lambda *q, f=shown, g=bytes_: f(*q) or g(*q))
        assert said_so in said, said
        d = enclosed(desk)
    assert desk.people["luutru"].document(other)["state"] == "submitted"


def test_another_signers_key_is_offered(desk):  # noqa: F811
    """The liar's own key, to read the PIN with: nothing is sealed to it once the real one is known."""
    d, before, asked = submitted(desk), len(records(desk)), []

    def offer(method, path, body):
        return json.dumps({**json.loads(body), "activation_key": "04" + "11" * 64}).encode() if path == "/v1/signer" and offer.lies else None

    def listen(method, path, body):
        asked.append(path)
    offer.lies = False
    with lying(desk, ask=listen, answer=offer) as liar:
        sign(liar, "bithu", d)  # the first use, at which the real one is remembered
        assert "/v1/signings/approve" in asked
        offer.lies, other = True, submitted(desk)
        del asked[:]
        assert "Call the administrator" in sign(liar, "bithu", other, code=3)
        assert liar.lies and "/v1/signings/approve" not in asked
    assert len(records(desk)) == before + 1 and desk.people["luutru"].document(other)["state"] == "submitted"
    sign(desk, "bithu", other)


@pytest.mark.parametrize("lie", ["another digest", "a byte of the version", "a byte of the appended part"])
def test_with_ones_own_key(desk, own, lie):  # noqa: F811
    """The key is with the command line: what is not what is shown is not signed there, and nothing is handed in."""
    d, asked = submitted(desk, leader="phobithu"), []
    with lying(desk, ask=lambda method, path, body: asked.append(path), answer=SHOWN[lie][1]) as liar:
        assert DIFFERS in cli(liar, "phobithu", "sign", d, *own[1], code=3)
        assert liar.lies and "/v1/signings" in asked and not [p for p in asked if p.endswith("/complete")]
    assert desk.people["luutru"].document(d)["state"] == "submitted"
    assert desk.sql("SELECT DISTINCT state FROM signing WHERE document = '%s'" % d) == [["prepared"]]
    cli(desk, "phobithu", "sign", d, *own[1])
    assert desk.people["luutru"].document(d)["state"] == "signed"
