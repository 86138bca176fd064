"""Fixtures of the flow tests: `office` is a congvand for the whole run (start costs seconds); tests make documents of their own in it."""
import pytest

from office import Office


@pytest.fixture(scope="session")
def office():
    with Office() as o:
        yield o


@pytest.fixture(scope="session")
def people(office):
    """Signed-in clients by login."""
    clients = {login: office.sign_in(login) for login in
               ("admin", "bithu", "phobithu", "vanthu", "vanthu2", "chuyenvien", "chuyenvien2", "luutru", "khac")}
    yield clients
    for c in clients.values():
        c.close()


@pytest.fixture
def clerk(people):
    return people["vanthu"]


@pytest.fixture
def leader(people):
    return people["bithu"]


@pytest.fixture
def author(people):
    return people["chuyenvien"]
