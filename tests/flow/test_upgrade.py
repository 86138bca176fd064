"""An office that worked with the first migrations (tests/data/old/060.sql.xz: 001 to 060) starts with this congvand: all that it had is there byte for byte, its
evidence log goes on with the same root below, its registers with the next number, and every document goes on from where it was."""
import hashlib
import json
import lzma
import os
import shutil

import pytest

from merkle import Tree
from office import SRC
from test_crash import Works
from test_signing import cli, letter, newest, sign, submitted, wait_until
from test_strain import Cluster, signing

OLD = os.path.join(SRC, "tests", "data", "old", "060.sql.xz")

# What nobody may have lost: of each table the columns that were there before, in an order of their own.
KEPT = {
    "document": "id, direction, organ, state, revision, kind, kind_name, code_number, code_notation, notation, issued_date, issuer_code, issuer_name, subject, signer_name, "
                "receivers, deadline, arrival_number, file_code, external_id, created_by, created_at",
    "version": "id, document, part, part_number, ordinal, name, mime, sha256, size, cause, verdict, created_by, created_at",
    "content": "sha256, size, upload, created_at", "content_chunk": "upload, n, bytes",
    "move": "id, document, revision, name, from_state, to_state, actor, note, details, leaf",
    "assignment": "id, document, role, unit, account, instruction, deadline, state", "note": "id, document, kind, body, author",
    "register_entry": "register, period, number, document, line, taken_at, voided_at, void_reason",
    "register_period": "register, label, last_number",
    "leaf": "id, at, type, document, body, hash, index", "tree_node": "level, number, hash", "checkpoint": "size, root, note",
    "account": "id, login, name, organ, unit, roles, key_id, disabled", "organ": "id, code, name, mark, own", "unit": "id, organ, name, mark",
    "signing": "id, document, base_version, document_revision, move, role, account, key_id, wanted_level, digest",
    "packet": "id, sha256, state, document", "exchange_status": "id, document, way, organ_code, code", "outbox": "id, document, receiver_code, kind, business",
}


def table(cluster, name):
    return cluster.ask("SELECT %s FROM %s t ORDER BY t::text" % (KEPT[name], name))


class Old(Cluster):
    """A cluster of an office's own with the old office's rows in it."""

    def __init__(self):
        super().__init__()
        path = os.path.join(self.dir, "old.sql")
        with lzma.open(OLD) as from_, open(path, "wb") as to:
            shutil.copyfileobj(from_, to)
        self.run("psql", "-h", self.dir, "-U", "congvan", "-d", "office", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", path)

    def ask(self, text):
        return self.run("psql", "-h", self.dir, "-U", "congvan", "-d", "office", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text).splitlines()


@pytest.fixture(scope="module")
def grown():
    cluster = Old()
    before = {name: table(cluster, name) for name in KEPT}
    assert all(before.values()), {name for name in before if not before[name]}
    url = 'database { url = "host=%s user=worker dbname=office" owner_url = "host=%s user=congvan dbname=office" }\n' % (cluster.dir, cluster.dir)
    try:
        with signing() as signer:
            o = Works(signer, settings=url)
            o.database, o.cluster, o.before = (cluster.dir, "office"), cluster, before
            with o:
                o.people = {login: o.sign_in(login) for login in ("bithu", "phobithu", "vanthu", "chuyenvien", "luutru")}
                for login, person in o.people.items():
                    with open(os.path.join(signer.dir, login + ".token"), "w", encoding="utf-8") as f:
                        f.write(person.token)
                yield o
    finally:
        cluster.stop()


def find(o, document):
    """As whoever may see it."""
    seen = [a for a in (person.get("/v1/documents/" + document) for person in o.people.values()) if a.code == 200]
    assert seen, document
    return seen[0].json


def once(o, state):
    """The document that was in this state."""
    rows = [r.split("|")[0] for r in o.before["document"] if r.split("|")[3] == state]
    assert len(rows) == 1, rows
    return find(o, rows[0])


@pytest.mark.parametrize("name", KEPT)
def test_nothing_is_lost_or_altered(grown, name):
    now = set(table(grown.cluster, name))
    assert [r for r in grown.before[name] if r not in now] == []


def test_every_version_is_read_whole(grown):
    seen = 0
    for row in grown.before["document"]:
        d = find(grown, row.split("|")[0])
        who = grown.people["chuyenvien" if d["state"] == "draft" else "luutru"]
        for v in d["versions"]:
            a = who.get("/v1/documents/%s/versions/%s/content" % (d["id"], v["id"]))
            assert a.code == 200 and hashlib.sha256(a.body).hexdigest() == v["sha256"] and len(a.body) == v["size"], (d, v)
            seen += 1
    assert seen >= len(grown.before["version"])


def test_the_log_goes_on(grown):
    grown.people["vanthu"].create("incoming", subject="Sau khi nâng cấp", issuer_name="Nơi gửi", code_number="1", code_notation="CV", issued_date="2026-11-20")
    wait_until(lambda: grown.sql("SELECT count(*) FROM leaf WHERE index IS NULL") == [["0"]])
    leaves = [bytes.fromhex(r[0]) for r in grown.sql("SELECT encode(hash, 'hex') FROM leaf ORDER BY index")]
    wait_until(lambda: int(grown.sql("SELECT max(size) FROM checkpoint")[0][0]) >= len(leaves))
    roots, tree = dict(grown.sql("SELECT size, encode(root, 'hex') FROM checkpoint WHERE size <= %d" % len(leaves))), Tree()
    for leaf in leaves:
        tree.add(leaf)
        assert roots.get(str(tree.size), tree.root().hex()) == tree.root().hex()
    assert max(map(int, roots)) == len(leaves) > len(grown.before["leaf"]) > 30


def test_what_waited_goes_on(grown):
    """Another step each: the next number after the one that was voided, the seal, the dispatch, the signature that was prepared but not approved."""
    signed, numbered, sealed, submitted_ = (once(grown, s)["id"] for s in ("signed", "numbered", "sealed", "submitted"))
    cli(grown, "vanthu", "document", "number", signed)
    assert find(grown, signed)["notation"] == "05-CV/QU" and once(grown, "voided")["notation"] == "04-CV/QU"
    sign(grown, "vanthu", numbered, "seal")
    grown.people["vanthu"].move(sealed, "dispatch", receivers=[{"organ_id": "H37"}])
    sign(grown, "bithu", submitted_)
    assert [find(grown, d)["state"] for d in (signed, numbered, sealed, submitted_)] == ["numbered", "sealed", "dispatched", "signed"]


def test_a_new_one_after_it(grown):
    d = submitted(grown, letter(grown))
    sign(grown, "bithu", d)
    cli(grown, "vanthu", "document", "number", d)
    sign(grown, "vanthu", d, "seal")
    assert find(grown, d)["state"] == "sealed" and find(grown, d)["notation"] == "06-CV/QU" and newest(grown, d)[1].startswith(b"%PDF")


def test_found_by_words(grown):
    items = grown.people["luutru"].get("/v1/documents", q="kien toan to chuc").json["items"]
    assert any(i["state"] == "filed" for i in items), json.dumps(items)[:500]
