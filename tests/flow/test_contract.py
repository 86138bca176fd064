"""Every documented answer, provoked: for each operation of schemas/openapi.json and each status that it documents, the real daemon is brought to say it, and what it says has
the documented type and a body that its schema allows (contract.py holds that of every answer). The reverse, that no answer is undocumented, is held by office.Client in every
flow test.

A new status in the contract wants a recipe: contract_recipes.py, contract_writes.py. No status is left out: one that cannot be provoked does not belong into the contract.
"""
import concurrent.futures
import functools
import json

import pytest

from contract import CONTRACT, PATH, Undocumented
from contract_recipes import ANY, RECIPES, recipes_of
from contract_world import Bare, Desk, ask
from contract_writes import usual

PAIRS = [(operation, status) for operation in CONTRACT.operations for status in operation.statuses]


class World:
    """Both offices; they start beside each other."""

    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(2)
        self.starting = {office: self.pool.submit(office) for office in (Desk, Bare)}

    @functools.cached_property
    def desk(self):
        return self.starting[Desk].result()

    @functools.cached_property
    def bare(self):
        return self.starting[Bare].result()

    def close(self):
        self.pool.shutdown()
        if self.starting[Desk].exception() is None:
            self.desk.close()


@pytest.fixture(scope="module")
def world():
    w = World()
    yield w
    w.close()


@pytest.mark.parametrize("operation, status", PAIRS, ids=["%s-%d" % (o.id, s) for o, s in PAIRS])
def test_documented(world, operation, status):
    answers = [a for a in (provoke(world, operation) for provoke in recipes_of(operation, status)) if a is not None]
    assert answers, ("nothing provokes %d of %s: add to tests/flow/contract_recipes.py (contract_writes.py for a write, whose happy answer is a line of HAPPY)\n\n@recipe(%d, \"%s\")\ndef ...(w, op):\n    return ask(w.desk.tatca, op, ...)\n\n"
                     "or, when it cannot be, take %d out of the operation in schemas/openapi.json" % (status, operation, status, operation.id, status))
    for a in answers:
        assert a.code == status, a
        assert a.operation is operation, "the recipe asks %s" % a.operation


@pytest.mark.parametrize("status", CONTRACT.any_statuses)
def test_documented_for_any(world, status):
    assert ANY[status](world).code == status


def test_each_recipe_is_for_a_documented_answer():
    documented = {(o.id, s) for o, s in PAIRS}
    assert [r for r in RECIPES if r[0] is not None and r not in documented] == []
    assert sorted(ANY) == CONTRACT.any_statuses


def test_it_is_the_contract_that_is_served(world):
    with open(PATH, encoding="utf-8") as f:
        assert world.desk.anybody.get("/v1/openapi.json").json == json.load(f)


# --- values that no client should send ---

WRONG = [None, True, -1, 2 ** 63 - 1, 1e300, "", "x" * 300, "\0", "2026-13-45", "0" * 36, [None], {"x": 1}]
WRONG_TEXTS = ["0", "-1", "9" * 30, "x" * 300, "%00", "%ff", "%ED%A0%80", "a%20b", "2026-13-45", "~", "9999-12-31~" + "0" * 36, "infinity~x", "'", "%25", "main", "%E1%BB%99"]


def undocumented(requests):
    """What the contract does not know of all that is answered."""
    found = []
    for request in requests:
        try:
            request()
        except Undocumented as e:
            found.append(str(e)[:1000])
    return found


def wrong_bodies(schema, body):
    """The body with each of its members, and those of the objects and lists in it, replaced by each wrong value."""
    schema = CONTRACT.resolve(schema)
    if "properties" in schema and isinstance(body, dict):
        for name, inner in schema["properties"].items():
            base = body.get(name, CONTRACT.sample(inner))
            for value in [*WRONG, *wrong_bodies(inner, base)]:
                yield {**body, name: value}
    elif "items" in schema:
        first = body[0] if isinstance(body, list) and body else CONTRACT.sample(schema["items"])
        for value in [*WRONG, *wrong_bodies(schema["items"], first)]:
            yield [value]


@pytest.mark.parametrize("operation", [o for o in CONTRACT.operations if o.is_json], ids=lambda o: o.id)
def test_wrong_values_get_a_documented_answer(world, operation):
    """Whatever stands in a body, the answer is one of those documented: no 500, and nothing left without one."""
    client, body, names, headers = usual(world, operation)

    def request(wrong):
        a = ask(client, operation, body=wrong, headers=headers, **names)
        if headers and a.code in (200, 201):
            headers["If-Match"] = a.headers["etag"]
    assert undocumented(lambda: request(wrong) for wrong in wrong_bodies(operation.request["application/json"]["schema"], body)) == []


@pytest.mark.parametrize("operation", [o for o in CONTRACT.operations if o.is_json], ids=lambda o: o.id)
def test_a_member_that_a_route_does_not_know(world, operation):
    """docs/api.md, Conventions. "move" is one of the few that have it only."""
    client, body, names, headers = usual(world, operation)
    known = CONTRACT.resolve(operation.request["application/json"]["schema"]).get("properties", {})
    for member in {"khong_biet", "move"} - set(known):
        a = ask(client, operation, body={**body, member: "seal"}, headers=headers, **names)
        assert a.code == 422 and "param.unknown" in a.codes(), (member, a)


@pytest.mark.parametrize("operation", [o for o in CONTRACT.operations if o.id != "events" and (o.names() or any(p["in"] == "query" for p in o.parameters))], ids=lambda o: o.id)
def test_wrong_targets_get_a_documented_answer(world, operation):
    client, body, names, _ = usual(world, operation)
    targets = [{**names, name: text} for name in operation.names() for text in WRONG_TEXTS]
    queries = ["?%s=%s" % (p["name"], text) for p in operation.parameters if p["in"] == "query" for text in WRONG_TEXTS]
    assert undocumented([lambda t=t: ask(client, operation, body=body, **t) for t in targets] +
                        [lambda q=q: ask(client, operation, body=body, query=q, **names) for q in queries]) == []
