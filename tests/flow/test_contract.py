"""Every documented answer, provoked: for each operation of schemas/openapi.json and each status that it documents, the real daemon is brought to say it, and what it says has
the documented type and a body that its schema allows (contract.py holds that of every answer). The reverse, that no answer is undocumented, is held by office.Client in every
flow test.

A new status in the contract wants a recipe: tests/flow/contract_recipes.py. No status is left out: one that cannot be provoked does not belong into the contract.
"""
import functools

import pytest

from contract import CONTRACT
from contract_recipes import RECIPES, recipes_of
from contract_world import Bare, Desk, raw_request

PAIRS = [(operation, status) for operation in CONTRACT.operations for status in operation.statuses]


class World:
    """Both offices, each started when it is first needed."""

    @functools.cached_property
    def desk(self):
        return Desk()

    @functools.cached_property
    def bare(self):
        return Bare()

    def close(self):
        if "desk" in self.__dict__:
            self.desk.close()


@pytest.fixture(scope="module")
def world():
    w = World()
    yield w
    w.close()


@pytest.mark.parametrize("operation, status", PAIRS, ids=["%s-%d" % (o.id, s) for o, s in PAIRS])
def test_documented(world, operation, status):
    answers = [a for a in (provoke(world, operation) for provoke in recipes_of(operation, status)) if a is not None]
    assert answers, ("nothing provokes %d of %s: add to tests/flow/contract_recipes.py\n\n@recipe(%d, \"%s\")\ndef ...(w, op):\n    return ask(w.desk.tatca, op, ...)\n\n"
                     "or, when it cannot be, take %d out of the operation in schemas/openapi.json" % (status, operation, status, operation.id, status))
    for a in answers:
        assert a.code == status, a
        assert a.operation is operation, "the recipe asks %s" % a.operation


def test_each_recipe_is_for_a_documented_answer():
    documented = {(o.id, s) for o, s in PAIRS}
    assert [r for r in RECIPES if r[0] is not None and r not in documented] == []
