"""Clients that write without a pause and keep a ledger of what they were told; and the audit that holds an office against it. For tests that kill and
starve the processes: whatever was acknowledged must be there afterwards, once, and whole.

    ledger = Ledger(desk)            # an Office with .signer, .people and .cli (test_signing's desk)
    ledger.start()
    ...
    ledger.stop()
    ledger.audit()
"""
import faulthandler
import hashlib
import http.client
import json
import os
import random
import sys
import threading
import time
import uuid

from merkle import Tree, read_note, root_from_inclusion, roots_from_consistency
from office import SRC, Client

sys.path.insert(0, os.path.join(SRC, "tests", "data"))
import make_pdf  # noqa: E402
import test_exchange  # noqa: E402

LOST = (OSError, http.client.HTTPException)

# Documents, moves and leaves that people made. The office itself goes on meanwhile: it sends what is queued and raises signatures' levels.
BY_PEOPLE = """SELECT 'document', id::text, subject FROM document
    UNION ALL SELECT 'move', id::text, name FROM move WHERE actor IS NOT NULL
    UNION ALL SELECT 'leaf', id::text, type FROM leaf l
        WHERE type NOT LIKE 'packet.%' AND type NOT LIKE 'status.%' AND NOT EXISTS (SELECT 1 FROM move m WHERE m.leaf = l.id AND m.actor IS NULL)"""


class Act:
    """A write that was answered: by whom, what, and the answer. `tries` over 1: the answer is that of a repetition with the same key."""

    def __init__(self, login, method, target, body, headers, key, answer, tries):
        self.login, self.method, self.target, self.body, self.headers, self.key = login, method, target, body, headers, key
        self.code, self.json, self.tries = answer.code, answer.json, tries


class Stopped(Exception):
    pass


class Ledger:
    def __init__(self, desk, seed=0, registers=2, signers=2):
        self.desk, self.seed, self.lock = desk, seed, threading.Lock()
        self.acts, self.signed, self.contents, self.failures = [], [], {}, []
        self.uncertain = 0                    # acts whose first answer was lost
        self.open = 0                         # requests under way now
        self.done = threading.Event()
        self.refusals = []                    # what commands said that were tried again
        self.threads = [threading.Thread(target=self.run, args=(self.incoming, i)) for i in range(registers)]
        self.threads += [threading.Thread(target=self.run, args=(self.outgoing, 100 + i)) for i in range(signers)]
        self.threads.append(threading.Thread(target=self.run, args=(self.arriving, 200)))
        self.packets = {}                     # file in the drop folder -> edXML DocumentId

    # --- the writers ---

    def start(self):
        for t in self.threads:
            t.start()

    def stop(self):
        self.done.set()
        for t in self.threads:
            t.join(120)
            if t.is_alive():
                faulthandler.dump_traceback(all_threads=True)
            assert not t.is_alive(), "a writer does not end"
        assert not self.failures, self.failures[:3]

    def run(self, story, number):
        try:
            story(random.Random("%s/%d" % (self.seed, number)), number)
        except Stopped:
            pass
        except BaseException as e:  # shown by stop(): a thread's own traceback is lost
            self.failures.append(repr(e))

    def count(self):
        return len(self.acts) + len(self.signed) + len(self.contents)

    def wait_for(self, more, seconds=90):
        """Until so many further acts are acknowledged."""
        want, end = self.count() + more, time.monotonic() + seconds
        while self.count() < want:
            assert not self.failures, self.failures[:3]
            assert time.monotonic() < end, "nothing is acknowledged any more:\n" + self.desk.tail(40)
            time.sleep(0.01)

    def insist(self, c, method, target, body=None, headers=None, key=None, raw=None):
        """Asks until there is a definite answer; always with the same key. (answer, tries)"""
        tries = 0
        while not self.done.is_set():
            tries += 1
            with self.lock:
                self.open += 1
            try:
                a = c.request(method, target, body, headers=headers, key=key, raw=raw)
            except LOST:
                c.close()
                c.connection = None
                a = None
            finally:
                with self.lock:
                    self.open -= 1
            if a is not None and a.code not in (503, 504, 429, 507):
                return a, tries
            if tries == 1:
                with self.lock:
                    self.uncertain += 1
            time.sleep(0.03)
        raise Stopped

    def act(self, login, c, method, target, body, headers=None, want=(200, 201)):
        key = str(uuid.uuid4())
        a, tries = self.insist(c, method, target, body, headers, key)
        assert a.code in want, (method, target, body, a)
        with self.lock:
            self.acts.append(Act(login, method, target, body, headers, key, a, tries))
        return a.json

    def move(self, login, c, document, move, **params):
        return self.act(login, c, "POST", "/v1/documents/%s/moves" % document["id"], {"move": move, **params}, {"If-Match": '"%d"' % document["revision"]})

    def upload(self, c, data):
        a, _ = self.insist(c, "POST", "/v1/contents", headers={"Content-Type": "application/octet-stream"}, key=False, raw=data)
        sha256 = hashlib.sha256(data).hexdigest()
        assert a.code == 201 and a.json == {"sha256": sha256, "size": len(data)}, a
        with self.lock:
            self.contents[sha256] = len(data)
        return sha256

    def client(self, login):
        return Client(self.desk.socket, self.desk.people[login].token)

    def incoming(self, rng, number):
        """Paper that comes in: scanned, entered, registered, and sometimes assigned."""
        login = ("vanthu", "vanthu2")[number % 2]
        clerk, leader = self.client(login), self.client("bithu")
        for n in range(1000000):
            scan = b"\x02" + rng.randbytes(rng.choice((200, 30000, 300000, 1200000)))
            d = self.act(login, clerk, "POST", "/v1/documents", {"direction": "incoming", "subject": "Đến %s %d %d" % (self.seed, number, n), "issuer_name": "X",
                                                                "main": {"sha256": self.upload(clerk, scan), "name": "quet.bin"}})
            d = self.move(login, clerk, d, "register")
            if rng.random() < 0.3:
                self.move("bithu", leader, d, "assign", direction="Giao", lead="Ban Tổ chức")

    def outgoing(self, rng, number):
        """A letter that is drafted, signed by the leader, numbered, sealed by the office and dispatched."""
        author, clerk = self.client("chuyenvien"), self.client("vanthu")
        for n in range(1000000):
            sha256 = self.upload(author, make_pdf.letter({"name": "Nguyễn Văn Mẫu", "body": "Bản %s %d %d." % (self.seed, number, n)}))
            d = self.act("chuyenvien", author, "POST", "/v1/documents",
                         {"direction": "outgoing", "kind": "CV", "subject": "Đi %s %d %d" % (self.seed, number, n), "main": {"sha256": sha256, "name": "thu.pdf"},
                          "receivers": [{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], "signer_name": "Nguyễn Văn Mẫu"})
            d = self.move("chuyenvien", author, d, "submit", leader="bithu")
            self.command(clerk, d["id"], "signed", "bithu", "sign", d["id"], "--key", "leader1", "--pin-file", self.desk.pin("leader1"), "--yes")
            self.command(clerk, d["id"], "numbered", "vanthu", "document", "number", d["id"])
            self.command(clerk, d["id"], "sealed", "vanthu", "seal", d["id"], "--key", "office", "--pin-file", self.desk.pin("office"), "--yes")
            self.move("vanthu", clerk, self.look(clerk, d["id"]), "dispatch")

    def arriving(self, rng, _):
        """Packets of another office, laid into the drop folder: there is no answer, but none may be lost, refused or taken twice."""
        root = os.path.join(self.desk.dir, "data", "exchange", "in")
        while not self.done.is_set():
            p = test_exchange.packet()
            name = "%s.edxml" % uuid.uuid4()
            try:
                with open(os.path.join(root, name + ".part"), "w", encoding="utf-8") as f:
                    f.write(str(p))
                os.rename(os.path.join(root, name + ".part"), os.path.join(root, name))
                self.packets[name] = p.document_id
            except OSError:  # the disk is full: the carrier keeps it
                pass
            self.done.wait(rng.uniform(0.2, 1))

    def look(self, c, id):
        return self.insist(c, "GET", "/v1/documents/" + id)[0].json

    def command(self, c, id, state, login, *words):
        """The real command line, again until the document is in that state; acknowledged when it ends with 0."""
        while not self.done.is_set():
            with self.lock:
                self.open += 1
            code, said = self.desk.run_cli(login, *words)
            with self.lock:
                self.open -= 1
            d = self.look(c, id)
            if code == 0:
                assert d["state"] == state, (d["state"], said)
                with self.lock:
                    self.signed.append((id, state, d["revision"]))
                return
            if d["state"] == state:  # done, but the command was not told
                with self.lock:
                    self.uncertain += 1
                return
            # 3 and 5: an activation used by an answer that was lost, a signing that waits for its end: prepared anew
            assert code in (2, 3, 5, 6, 70), (code, said)
            self.refusals.append((code, said[-300:]))
            time.sleep(0.05)
        raise Stopped

    # --- the audit ---

    def audit(self):
        """Everything acknowledged is there, once and whole. Call with the writers stopped and every process running."""
        for look in (self.audit_arrived, self.audit_contents, self.audit_acts, self.audit_registers, self.audit_log, self.audit_exchange):
            look()

    def none(self, sql):
        rows = self.desk.sql(sql)
        assert not rows, (sql, rows[:5])

    def audit_contents(self):
        """Each content hashes to its name, and nothing is half there: no chunk without its content or its upload under way."""
        self.none("SELECT encode(c.sha256, 'hex'), c.size, x.size FROM content c LEFT JOIN LATERAL ("
                  "WITH RECURSIVE part AS (SELECT c.size, c.upload, c.base UNION ALL SELECT b.size, b.upload, b.base FROM part JOIN content b ON b.sha256 = part.base)"
                  " SELECT sha256(coalesce(string_agg(bytes, ''::bytea ORDER BY part.size, n), ''::bytea)) AS sha256, coalesce(sum(octet_length(bytes)), 0) AS size"
                  " FROM part JOIN content_chunk k USING (upload)) x ON true"
                  " WHERE x.sha256 IS DISTINCT FROM c.sha256 OR x.size <> c.size")
        self.none("SELECT DISTINCT upload FROM content_chunk k WHERE NOT EXISTS (SELECT 1 FROM content c WHERE c.upload = k.upload)"
                  " AND NOT EXISTS (SELECT 1 FROM content_upload u WHERE u.id = k.upload)")
        stored = {sha256: int(size) for sha256, size in self.desk.sql("SELECT encode(sha256, 'hex'), size FROM content")}
        for sha256, size in self.contents.items():
            assert stored.get(sha256) == size, sha256

    def audit_acts(self):
        subjects = {}
        for id, subject in self.desk.sql("SELECT id, subject FROM document"):
            subjects.setdefault(subject, []).append(id)
        moves = {}
        for document, revision, name in self.desk.sql("SELECT document, revision, name FROM move"):
            moves.setdefault(document, []).append((int(revision), name))
        kept = {(login, key): int(code) for login, key, code in
                self.desk.sql("SELECT a.login, i.key, i.code FROM idempotency i JOIN account a ON a.id = i.account")}
        for a in self.acts:
            assert kept.get((a.login, a.key)) == a.code, (a.target, a.body)
            if a.target == "/v1/documents":
                assert subjects[a.body["subject"]] == [a.json["id"]], a.body
            else:
                assert moves[a.json["id"]].count((a.json["revision"], a.body["move"])) == 1, (a.body, moves[a.json["id"]])
        for id, state, revision in self.signed:
            assert (revision, {"signed": "sign", "numbered": "number", "sealed": "seal"}[state]) in moves[id], (id, state)
        for subject, ids in subjects.items():
            assert len(ids) == 1, (subject, ids)
        # one move leads to one revision, none is left out, and the document is where its last move says
        self.none("SELECT d.id FROM document d LEFT JOIN (SELECT document, max(revision) AS last, min(revision) AS first, count(*) AS n FROM move GROUP BY 1) m"
                  " ON m.document = d.id WHERE d.revision <> m.last OR m.n <> m.last - m.first + 1")
        self.none("SELECT d.id FROM document d JOIN move m ON m.document = d.id AND m.revision = d.revision WHERE m.to_state <> d.state")
        self.none("SELECT document FROM move WHERE name IN ('register', 'sign', 'number', 'seal', 'dispatch') GROUP BY document, name HAVING count(*) > 1")
        self.repeat_some()

    def repeat_some(self, most=60):
        """The same key gives the same answer and does nothing a second time: all those whose first answer was lost, and some others."""
        rng = random.Random(self.seed)
        some = [a for a in self.acts if a.tries > 1][:most]
        some += rng.sample(self.acts, min(len(self.acts), 10))
        before = {tuple(row) for row in self.desk.sql(BY_PEOPLE)}
        for a in some:
            c = self.client(a.login)
            again = c.request(a.method, a.target, a.body, headers=a.headers, key=a.key)
            assert again.code == a.code and again.json["id"] == a.json["id"], (a.body, again)
            c.close()
        added = {tuple(row) for row in self.desk.sql(BY_PEOPLE)} - before
        assert not added, added

    def audit_registers(self):
        self.none("SELECT p.register, p.label, p.last_number, count(e.number), max(e.number) FROM register_period p LEFT JOIN register_entry e ON"
                  " (e.register, e.period) = (p.register, p.label) GROUP BY 1, 2, 3 HAVING count(e.number) <> p.last_number OR coalesce(max(e.number), 0) <> p.last_number")
        self.none("SELECT document FROM register_entry GROUP BY document HAVING count(*) > 1")
        stored = dict(self.desk.sql("SELECT id, arrival_number FROM document WHERE arrival_number IS NOT NULL"))
        numbers = [a for a in self.acts if a.body.get("move") == "register"]
        for a in numbers:
            assert stored[a.json["id"]] == str(a.json["arrival_number"])
        assert len({a.json["arrival_number"] for a in numbers}) == len(numbers)

    def audit_log(self):
        """The log by a stranger's arithmetic: leaves dense, tree nodes and checkpoint roots rebuilt from the leaves' bytes, proofs of what was acknowledged."""
        reader = self.client("chuyenvien")
        end = time.monotonic() + 60
        while self.desk.sql("SELECT count(*) FROM leaf WHERE index IS NULL") != [["0"]] or not self.desk.sql(
                "SELECT 1 FROM checkpoint WHERE size = (SELECT count(*) FROM leaf)"):
            assert time.monotonic() < end, "leaves wait in vain:\n" + self.desk.tail(40)
            time.sleep(0.05)
        rows = self.desk.sql("SELECT index, encode(body, 'hex'), encode(hash, 'hex'), id FROM leaf ORDER BY index")
        assert [int(r[0]) for r in rows] == list(range(len(rows)))
        tree, roots, places, moved = Tree(), {0: b""}, {}, {}
        for index, body, digest, id in rows:
            leaf = hashlib.sha256(b"\0" + bytes.fromhex(body)).digest()
            assert leaf.hex() == digest
            tree.add(leaf)
            roots[tree.size] = tree.root()
            said = json.loads(bytes.fromhex(body))
            assert said["id"] == id
            places[id] = (int(index), leaf)
            if "revision" in said:
                moved.setdefault((said["document"], said["revision"]), []).append(id)
        assert all(len(ids) == 1 for ids in moved.values()), [k for k, ids in moved.items() if len(ids) > 1][:5]
        stored = {(int(level), int(number)): h for level, number, h in self.desk.sql("SELECT level, number, encode(hash, 'hex') FROM tree_node")}
        assert stored == {k: h.hex() for k, h in tree.nodes.items()}
        sizes = []
        for size, root, note in self.desk.sql("SELECT size, encode(root, 'hex'), replace(note, E'\\n', '|') FROM checkpoint ORDER BY size"):
            assert root == roots[int(size)].hex(), "checkpoint %s" % size
            assert read_note(note.replace("|", "\n"))[2:4] == (int(size), bytes.fromhex(root))
            sizes.append(int(size))
        self.none("SELECT m.document FROM move m LEFT JOIN leaf l ON l.id = m.leaf WHERE l.id IS NULL OR l.document <> m.document")
        for first, second in list(zip(sizes, sizes[1:]))[-25:]:
            p = reader.get("/v1/log/consistency", first=first, second=second).json
            made = roots_from_consistency(first, second, roots[first], [bytes.fromhex(h) for h in p["hashes"]])
            assert made == (roots[first], roots[second])
        leaves = [moved[a.json["id"], a.json["revision"]][0] for a in self.acts] + [moved[id, revision][0] for id, _, revision in self.signed]
        for id in random.Random(self.seed).sample(leaves, min(len(leaves), 40)):
            p = reader.get("/v1/log/inclusion", leaf=id).json
            index, leaf = places[id]
            assert (p["index"], p["leaf_hash"]) == (index, leaf.hex()) and p["checkpoint"]
            assert root_from_inclusion(leaf, index, p["size"], [bytes.fromhex(h) for h in p["hashes"]]) == roots[p["size"]]

    def all_taken(self, root):
        end = time.monotonic() + 120
        while any(name in self.packets for name in os.listdir(os.path.join(root, "in"))):
            assert time.monotonic() < end, "packets wait in vain:\n" + self.desk.tail(40)
            time.sleep(0.1)

    def lay_again(self, root):
        """Whose worker was killed twice while it was read is refused, for that and nothing else (daemon/io/pool_worker): laid down once more it is taken."""
        for name in set(os.listdir(os.path.join(root, "refused"))) & set(self.packets):
            path = os.path.join(root, "refused", name)
            with open(path + ".findings.json", encoding="utf-8") as f:
                codes = [one["code"] for one in json.load(f)["findings"]]
            assert codes == ["worker.crashed"], (name, codes)
            os.rename(path, os.path.join(root, "in", name))

    def audit_arrived(self):
        root = os.path.join(self.desk.dir, "data", "exchange")
        self.all_taken(root)
        self.lay_again(root)
        self.all_taken(root)
        done = set(os.listdir(os.path.join(root, "done")))
        taken = dict(self.desk.sql("SELECT external_id, count(*) FROM document WHERE external_id <> '' GROUP BY 1"))
        for name, id in self.packets.items():
            assert name in done and taken.get(id) == "1", (name, id, name in done, taken.get(id))

    def audit_exchange(self):
        """Each dispatched letter is one packet in the drop folder; none is sent twice."""
        wanted = {a.json["id"]: a.json for a in self.acts if a.body.get("move") == "dispatch"}
        end = time.monotonic() + 150  # what could not be sent (no room for its file) is tried again after 60 s
        while self.desk.sql("SELECT count(*) FROM outbox WHERE state = 'queued'") != [["0"]]:
            assert time.monotonic() < end, self.desk.sql("SELECT state, attempts, last_error FROM outbox WHERE state = 'queued' LIMIT 5")
            time.sleep(0.1)
        folder = os.path.join(self.desk.dir, "data", "exchange", "out", "h37")
        texts = []
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                texts.append(f.read())
        for id, d in wanted.items():
            assert sum(d["subject"] + "<" in t for t in texts) == 1, d["subject"]
        self.none("SELECT document FROM outbox WHERE state <> 'sent'")
