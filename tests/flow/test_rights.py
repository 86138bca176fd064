"""What the role that does the office's work may not do to its own tables, even with the connection in its hands; and an outside cluster with two roles."""
import os
import re
import subprocess

import pytest

from office import PSQL, SRC, Office


def as_worker(office, text, database="postgres"):
    """A statement over a connection such as congvand's: (worked, what was said)."""
    run = subprocess.run([PSQL, "-h", os.path.join(office.dir, "data", "postgresql", "run"), "-d", database, "-U", "congvan_office", "-X", "-A", "-t",
                          "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-c", text], capture_output=True, text=True)
    return run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="module")
def filled(office, people):
    """A registered document with a version, so that there is something to alter."""
    clerk = people["vanthu"]
    d = clerk.create("incoming", issuer_name="X", main={"sha256": clerk.upload(b"goc"), "name": "goc.txt"})
    return clerk.move(d, "register")


def test_congvand_works_as_the_ordinary_role(office, people):
    roles = office.sql("SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'congvand'")
    assert roles == [["congvan_office"]]
    assert office.sql("SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = 'congvan_office'") == [["f"] * 5]
    assert office.sql("SELECT count(*) FROM pg_auth_members WHERE member = 'congvan_office'::regrole") == [["0"]]
    assert office.sql("SELECT count(*) FROM pg_class WHERE relowner = 'congvan_office'::regrole") == [["0"]]


@pytest.mark.parametrize("text", [
    "ALTER TABLE version DISABLE TRIGGER ALL", "ALTER TABLE leaf DISABLE TRIGGER leaf_fixed", "DROP TRIGGER version_fixed ON version",
    "SET session_replication_role = replica", "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "UPDATE version SET name = 'khac'", "DELETE FROM version", "TRUNCATE version CASCADE", "UPDATE leaf SET body = body", "DELETE FROM leaf", "TRUNCATE leaf",
    "UPDATE move SET note = 'khac'", "DELETE FROM move", "DELETE FROM register_entry", "UPDATE register_entry SET number = 7", "UPDATE register_entry SET line = '{}'",
    "UPDATE register_period SET starts = '2020-01-01'", "DELETE FROM register_period", "DELETE FROM document", "UPDATE content SET size = 1",
    "SET congvan.sweep = 'on'; DELETE FROM content", "UPDATE content_chunk SET bytes = 'x'", "UPDATE tree_node SET hash = hash", "TRUNCATE tree_node",
    "DELETE FROM checkpoint", "UPDATE checkpoint SET root = root", "UPDATE schema_migration SET sha256 = sha256", "DELETE FROM account", "UPDATE note SET body = 'x'",
    "DROP TABLE leaf", "CREATE TABLE mine (x integer)", "CREATE TEMPORARY TABLE version (x integer)", "SELECT congvan_grant('congvan_office')",
    "GRANT congvan TO congvan_office", "ALTER ROLE congvan_office SUPERUSER", "SET ROLE congvan", "COPY leaf TO PROGRAM 'cat'", "COPY leaf FROM '/etc/passwd'",
    "UPDATE working_right SET changes = NULL", "INSERT INTO schema_migration (number, name, sha256) VALUES (999, 'x', 'x')",
])
def test_refused_by_rights(office, filled, text):
    """Before any trigger is asked: 42501, insufficient privilege."""
    before = office.sql("SELECT count(*), sum(hashtext(v::text)) FROM version v")
    worked, said = as_worker(office, text)
    assert not worked and "42501" in said, said
    assert office.sql("SELECT count(*), sum(hashtext(v::text)) FROM version v") == before


def test_refused_by_triggers_still(office, filled):
    for text in ("UPDATE leaf SET index = 999999 WHERE index IS NOT NULL", "UPDATE register_period SET last_number = last_number + 2",
                 "UPDATE document SET revision = revision + 5", "DELETE FROM content_chunk", "UPDATE register_period SET last_number = last_number + 1"):
        worked, said = as_worker(office, text)
        assert not worked and "P0001" in said, (text, said)


def written_in_sources():
    """(table, what, column) of each statement in daemon/."""
    found = set()
    for folder, _, files in os.walk(os.path.join(SRC, "daemon")):
        for name in files:
            if name.endswith((".c", ".h")):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    text = re.sub(r'"\s*"', "", f.read())  # a statement may be several literals
                for table in re.findall(r"INSERT INTO ([a-z_]+)", text):
                    found.add((table, "INSERT", None))
                for table in re.findall(r"DELETE FROM ([a-z_]+)", text):
                    found.add((table, "DELETE", None))
                for table, columns in re.findall(r"UPDATE ([a-z_]+)(?: AS)?(?: [a-z]+)? SET (.*?)(?: WHERE | FROM | RETURNING |\"|;)", text, re.S):
                    found.update((table, "UPDATE", c) for c in re.findall(r"(?:^|, )([a-z_0-9]+) = ", columns))
    return sorted(found, key=str)


def test_acts_have_the_rights_they_need(office):
    """Each statement of the daemon is allowed to the working role: found here, not by an office."""
    statements = [s for s in written_in_sources() if s[0] != "schema_migration"]
    assert len(statements) > 50
    rows = " UNION ALL ".join("SELECT '%s %s %s' AS s, %s AS may" % (what, table, column or "", "has_column_privilege('congvan_office', '%s', '%s', 'UPDATE')" % (table, column)
                              if column else "has_table_privilege('congvan_office', '%s', '%s')" % (table, what)) for table, what, column in statements)
    assert office.sql("SELECT s FROM (%s) x WHERE NOT may" % rows) == []


def test_an_outside_cluster_with_two_roles(office):
    """owner_url applies the migrations and gives the user of url its rights; congvand has only the second while it works."""
    run = os.path.join(office.dir, "data", "postgresql", "run")
    office.sql("CREATE DATABASE second")
    url = 'database { url = "host=%s user=%s dbname=second"' % (run, "congvan_office")
    with Office(settings='%s owner_url = "host=%s user=congvan dbname=second" }\n' % (url, run), first=True) as o:
        c = o.sign_in("vanthu")
        c.move(c.create("incoming", issuer_name="X"), "register")
        assert office.sql("SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'second'") == [["congvan_office"]]
        worked, said = as_worker(office, "UPDATE version SET name = 'x'", "second")
        assert not worked and "42501" in said
        assert not os.path.exists(os.path.join(o.dir, "data", "postgresql"))
    with Office(settings=url + " }\n", first=True) as o:  # nothing to apply: the owner is not needed
        assert o.sign_in("vanthu").get("/v1/documents").json["items"]


def test_url_must_name_its_user(office):
    run = os.path.join(office.dir, "data", "postgresql", "run")
    o = Office(settings='database { url = "host=%s dbname=second" owner_url = "host=%s user=congvan dbname=second" }\n' % (run, run), first=True)
    with pytest.raises(AssertionError, match="conf.value"):
        o.start()
