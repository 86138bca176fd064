"""Signing for another (KT., TL., TM., TUQ., Q.): only with a signed, dated, unrevoked mandate of that kind for that kind of document; refused at signing without
one, INDETERMINATE at verification when it turns out that there was none. Every part is real; the mandate itself is signed by its grantor like any document."""
import datetime
import json
import uuid

import pytest

from test_signing import cli, desk, letter, newest, sign  # noqa: F401 (desk is a fixture)

TODAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=7)).date()


def day(n):
    return (TODAY + datetime.timedelta(days=n)).isoformat()


def wish(**more):
    return {"grantor": "bithu", "holder": "phobithu", "kind": "K/T", "kinds": ["CV"], "until": day(30), "basis": "Quyết định phân công 12-QĐ/QU", **more}


def drafted(desk, **more):
    a = desk.people["chuyenvien"].post("/v1/mandates", wish(**more))
    assert a.code == 201, a
    return a.json


def granted(desk, **more):
    """A mandate that its grantor has signed: (its id, its document)."""
    d = drafted(desk, **more)
    desk.people["chuyenvien"].move(d["id"], "submit", leader=wish(**more)["grantor"])
    sign(desk, wish(**more)["grantor"], d["id"])
    return d["mandate"]["id"], d["id"]


def asked(desk, leader="phobithu", **members):
    """A letter that is to be signed for the secretary by `leader`."""
    author = desk.people["chuyenvien"]
    members = {"kind": "CV", "signer_name": "Nguyễn Văn Mẫu", "signer_competence": "K/T", **members}
    d = author.create(main={"sha256": author.upload(letter(desk)), "name": "thu.pdf"}, receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}],
                      **members)
    return author.move(d, "submit", leader=leader)["id"]


def verdict(desk, document):
    v = newest(desk, document)[0]
    a = desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (document, v["id"]))
    assert a.code == 200, a
    return a.json


@pytest.fixture(scope="module")
def mandate(desk):  # noqa: F811
    return granted(desk)


def test_a_mandate_is_a_document_that_says_so_itself(desk, mandate):  # noqa: F811
    d = desk.people["luutru"].document(mandate[1])
    assert d["direction"] == "internal" and d["state"] == "signed" and d["mandate"]["id"] == mandate[0] and d["mandate"]["in_force"]
    v, body = newest(desk, mandate[1])
    file = json.loads(body)
    assert v["name"] == "uy-quyen.json" and file["type"] == "mandate" and file["id"] == mandate[0] and file["meaning"] == "ký thay"
    assert (file["grantor"]["login"], file["holder"]["login"], file["kinds"]) == ("bithu", "phobithu", ["CV"])
    assert any(v["part"] == "signature" for v in d["versions"])


def test_nothing_is_in_force_before_its_grantor_signs(desk):  # noqa: F811
    d = drafted(desk, kinds=["TB"])
    assert not d["mandate"]["in_force"] and d["mandate"]["signed_at"] is None
    letter_id = asked(desk, kind="TB")
    assert "move.mandate" in sign(desk, "phobithu", letter_id, code=2)
    assert desk.people["luutru"].document(letter_id)["state"] == "submitted"


def test_signed_under_it_and_said_everywhere(desk, mandate):  # noqa: F811
    d = asked(desk)
    sign(desk, "phobithu", d)
    moved = [m for m in desk.people["luutru"].get("/v1/documents/%s/history" % d).json["items"] if m["name"] == "sign"][0]
    assert moved["details"]["mandate"] == {"id": mandate[0], "kind": "KT", "document": mandate[1]}
    leaf = [r for r in desk.sql("SELECT convert_from(body, 'UTF8') FROM leaf WHERE document = '%s' AND type = 'document.move' ORDER BY id" % d)
            if '"move":"sign"' in r[0]][0][0]
    assert mandate[0] in leaf
    report = verdict(desk, d)
    said = report["signatures"][0]["mandate"]
    assert report["indication"] == "TOTAL-PASSED" and said["status"] == "held" and said["id"] == mandate[0] and said["needed"] == "KT"
    assert said["grantor"]["name"] == "Nguyễn Văn Bí Thư"


@pytest.mark.parametrize("kind, competence, needed, meaning", [
    ("T/L", "TL. BAN THƯỜNG VỤ", "TL", "thừa lệnh"), ("T/M", "T/M BAN THƯỜNG VỤ", "TM", "thay mặt"), ("TUQ.", "TUQ. BÍ THƯ", "TUQ", "thừa ủy quyền"),
    ("Q.", "Q. BÍ THƯ", "Q", "quyền")])
def test_each_kind_carries_its_signature(desk, kind, competence, needed, meaning):  # noqa: F811
    """The same letter: refused without the mandate of its own kind, whatever others there are, and with it signed, sealed and judged to be right."""
    d = asked(desk, kind="TB", signer_competence=competence)
    assert "move.mandate" in sign(desk, "phobithu", d, code=2)
    id, document = granted(desk, kind=kind, kinds=["TB"])
    sign(desk, "phobithu", d)
    moved = [m for m in desk.people["luutru"].get("/v1/documents/%s/history" % d).json["items"] if m["name"] == "sign"][0]
    assert moved["details"]["mandate"] == {"id": id, "kind": needed, "document": document}
    cli(desk, "vanthu", "document", "number", d)
    sign(desk, "vanthu", d, "seal")
    report = verdict(desk, d)
    said = [s.get("mandate") for s in report["signatures"]]
    assert report["indication"] == "TOTAL-PASSED" and len(said) == 2 and said[1] is None, report
    assert (said[0]["status"], said[0]["id"], said[0]["needed"]) == ("held", id, needed)
    assert json.loads(newest(desk, document)[1])["meaning"] == meaning
    # and with it goes what it carried: nothing else of this person's would
    assert desk.people["bithu"].post("/v1/mandates/%s/revoke" % id, {"reason": "Nghị quyết mới", "from": day(0)}).code == 200
    report = verdict(desk, d)
    assert (report["indication"], report["signatures"][0]["sub_indication"]) == ("INDETERMINATE", "MANDATE_NOT_HELD")


def test_the_move_that_made_the_signature_counts(desk, mandate):  # noqa: F811
    """Not another of the same name and time."""
    d = asked(desk)
    sign(desk, "phobithu", d)
    assert desk.sql("SELECT m.name FROM version v JOIN move m ON m.id = v.move WHERE v.document = '%s' ORDER BY v.ordinal" % d) == [["create"], ["sign"]]
    desk.sql("INSERT INTO move (id, document, revision, name, from_state, to_state, actor, leaf, at) SELECT '%s', document, 99, 'sign', 'submitted', 'signed', "
             "created_by, '%s', created_at FROM version WHERE document = '%s' AND cause = 'signed'" % (uuid.uuid4(), uuid.uuid4(), d))
    report = verdict(desk, d)
    assert report["indication"] == "TOTAL-PASSED" and report["signatures"][0]["mandate"]["status"] == "held", report


def test_a_document_timestamp_is_not_taken_for_the_signature(desk, mandate):  # noqa: F811
    d = asked(desk)
    cli(desk, "phobithu", "sign", d, "--key", "leader2", "--pin-file", "%s/leader2.pin" % desk.signer.dir, "--level", "B-LTA", "--yes")
    signatures = verdict(desk, d)["signatures"]
    assert any(s["is_timestamp"] for s in signatures), signatures
    assert ["mandate" in s for s in signatures] == [not s["is_timestamp"] for s in signatures]


def test_the_head_needs_none(desk):  # noqa: F811
    d = asked(desk, leader="bithu", signer_competence="")
    sign(desk, "bithu", d)
    assert "mandate" not in verdict(desk, d)["signatures"][0]


@pytest.mark.parametrize("members, leader", [
    ({"kind": "TB"}, "phobithu"),                    # a kind of document that it does not cover
    ({"signer_competence": "T/M"}, "phobithu"),      # another kind of mandate
    ({"signer_competence": "TUQ."}, "phobithu"),
    ({"signer_competence": "KT. BÍ THƯ"}, "bithu"),  # not its holder
])
def test_outside_the_mandate_nothing_is_signed(desk, mandate, members, leader):  # noqa: F811
    d = asked(desk, leader=leader, **members)
    assert "move.mandate" in sign(desk, leader, d, code=2)
    after = desk.people["luutru"].document(d)
    assert after["state"] == "submitted" and after["signatures"] == []


def test_before_its_first_day(desk):  # noqa: F811
    granted(desk, kinds=["BC"], **{"from": day(1)})
    assert "move.mandate" in sign(desk, "phobithu", asked(desk, kind="BC"), code=2)


def test_revoked_and_what_was_signed_before_stands(desk):  # noqa: F811
    id, _ = granted(desk, kinds=["KH"])
    before, after = asked(desk, kind="KH"), asked(desk, kind="KH")
    sign(desk, "phobithu", before)
    a = desk.people["phobithu"].post("/v1/mandates/%s/revoke" % id, {"reason": "x"})
    assert a.problem == (409, "mandate.revoke"), a  # only its grantor
    a = desk.people["bithu"].post("/v1/mandates/%s/revoke" % id, {"reason": "Phân công lại"})
    assert a.code == 200 and a.json["revoked_from"], a
    assert desk.people["bithu"].post("/v1/mandates/%s/revoke" % id, {"reason": "lần nữa"}).problem == (409, "mandate.revoke")
    assert "move.mandate" in sign(desk, "phobithu", after, code=2)
    report = verdict(desk, before)
    assert report["indication"] == "TOTAL-PASSED" and report["signatures"][0]["mandate"]["status"] == "held"


def test_revoked_from_an_earlier_day_reaches_back(desk):  # noqa: F811
    id, _ = granted(desk, kinds=["CT"])
    d = asked(desk, kind="CT")
    sign(desk, "phobithu", d)
    assert verdict(desk, d)["indication"] == "TOTAL-PASSED"
    a = desk.people["bithu"].post("/v1/mandates/%s/revoke" % id, {"reason": "Nghị quyết mới", "from": day(0)})
    assert a.code == 200, a
    report = verdict(desk, d)
    s = report["signatures"][0]
    assert (report["indication"], s["indication"], s["sub_indication"]) == ("INDETERMINATE", "INDETERMINATE", "MANDATE_NOT_HELD")
    assert s["mandate"]["status"] == "revoked" and "thu hồi" in s["text"]["vi"] and s["intact"]
    # in every form: nobody is handed a page that says otherwise
    for form in ("html", "text", "xml"):
        a = desk.people["luutru"].get("/v1/documents/%s/versions/main/verdict?format=%s" % (d, form))
        assert a.code == 200 and "MANDATE_NOT_HELD" in a.body.decode() and "total-passed" not in a.body.decode().lower(), a.body
        assert form == "xml" or "thu hồi" in a.body.decode()


def test_reaches_a_detached_signature_too(desk):  # noqa: F811
    """The report on a file with its signature beside it says the same as the one on the signature."""
    id, _ = granted(desk, kinds=["TTR"])
    author = desk.people["chuyenvien"]
    d = author.create(main={"sha256": author.upload(b"Van ban khong phai PDF.\n"), "name": "thu.txt"}, kind="TTR", signer_competence="K/T",
                      receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}])
    d = author.move(d, "submit", leader="phobithu")["id"]
    sign(desk, "phobithu", d)
    reports = [desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (d, newest(desk, d, part)[0]["id"])).json for part in ("main", "signature")]
    assert [(r["indication"], r["signatures"][0]["mandate"]["status"]) for r in reports] == [("TOTAL-PASSED", "held")] * 2
    assert desk.people["bithu"].post("/v1/mandates/%s/revoke" % id, {"reason": "Nghị quyết mới", "from": day(0)}).code == 200
    for part in ("main", "signature"):
        r = desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (d, newest(desk, d, part)[0]["id"])).json
        assert (r["indication"], r["signatures"][0]["sub_indication"]) == ("INDETERMINATE", "MANDATE_NOT_HELD"), part


def test_revoked_between_preparing_and_signing(desk):  # noqa: F811
    """The rule is asked again when the signature is stored, and by the database in that very transaction."""
    id, _ = granted(desk, kinds=["HD"])
    d = asked(desk, kind="HD")
    leader = desk.people["phobithu"]
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader2"})
    assert a.code == 201, a
    assert desk.people["bithu"].post("/v1/mandates/%s/revoke" % id, {"reason": "x"}).code == 200
    with pytest.raises(RuntimeError, match="not in force"):
        desk.sql("INSERT INTO move (id, document, revision, name, from_state, to_state, actor, details, leaf) VALUES ('%s', '%s', 99, 'sign', 'submitted', 'signed', "
                 "'%s', '{\"mandate\":{\"id\":\"%s\"}}', '%s')" % (uuid.uuid4(), d, leader.id, id, uuid.uuid4()))
    assert desk.people["luutru"].document(d)["state"] == "submitted"


def test_a_mandate_is_never_changed(desk, mandate):  # noqa: F811
    for change in ("SET valid_until = valid_until + interval '1 year'", "SET holder = grantor", "SET kinds = '{}'"):
        with pytest.raises(RuntimeError):
            desk.sql("UPDATE mandate %s WHERE id = '%s'" % (change, mandate[0]))
    with pytest.raises(RuntimeError):
        desk.sql("DELETE FROM mandate WHERE id = '%s'" % mandate[0])


@pytest.mark.parametrize("change, code", [
    ({"holder": "bithu"}, "mandate.self"), ({"holder": "chuyenvien"}, "move.target.role"), ({"grantor": "khac"}, "move.target"),
    ({"kind": "XX"}, "param.value"), ({"kinds": ["KHONG-CO"]}, "mandate.kind-of-document"), ({"until": day(-1)}, "mandate.days"),
    ({"until": day(2000)}, "mandate.term"), ({"from": day(9), "until": day(8)}, "mandate.days"), ({"basis": ""}, "param.missing"), ({"until": "mai"}, "param.date"),
])
def test_bad_ones_are_refused(desk, change, code):  # noqa: F811
    a = desk.people["chuyenvien"].post("/v1/mandates", wish(**change))
    assert a.code == 422 and code in a.codes(), a


def test_who_may_draft_and_see(desk, mandate):  # noqa: F811
    assert desk.people["bithu"].post("/v1/mandates", wish()).code == 403
    a = desk.people["luutru"].get("/v1/mandates", person="phobithu", in_force="true")
    assert a.code == 200 and mandate[0] in [m["id"] for m in a.json["items"]] and all(m["in_force"] for m in a.json["items"])
    first = desk.people["luutru"].get("/v1/mandates", limit=1).json
    second = desk.people["luutru"].get("/v1/mandates", limit=1, cursor=first["next"]).json
    assert first["items"][0]["id"] > second["items"][0]["id"]
    other = desk.sign_in("khac")
    assert other.get("/v1/mandates/" + mandate[0]).problem == (404, "mandate.missing") and other.get("/v1/mandates").json["items"] == []
    assert mandate[0] in cli(desk, "luutru", "mandate", "show", mandate[0])


def test_a_repeated_request_makes_one(desk):  # noqa: F811
    key = str(uuid.uuid4())
    a, b = (desk.people["chuyenvien"].post("/v1/mandates", wish(kinds=["BB"]), key=key) for _ in range(2))
    assert a.code == b.code == 201 and a.json["mandate"]["id"] == b.json["mandate"]["id"]
