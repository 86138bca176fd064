"""Two PKCS#11 modules at once, each with a token and a key of its own, in one office: both sign, and a token that is pulled out in the middle of a batch stops what is left of that batch and
nothing else. SoftHSM twice: once by itself, from a file of its own so that it is another module, once behind the shim of tests/unit/p11_shim.c, which plays the pulling out."""
import concurrent.futures
import os
import shutil
import subprocess

import pytest

from office import BUILD
from test_signing import KEYS, PINS, cli, desk, newest, submitted  # noqa: F401 (desk is a fixture)
from token_key import SOFTHSM

pytestmark = pytest.mark.skipif(SOFTHSM is None, reason="no SoftHSM")

OF = {"leader1": "Lãnh đạo một", "leader2": "Lãnh đạo hai"}
BATCH, BEFORE = 5, 2  # documents of a batch, and how many of them the token that is pulled out still signs


@pytest.fixture(scope="module")
def modules(desk):  # noqa: F811
    """The signer's two keys of leaders in two tokens behind two modules: set_out(removed) starts the signer with the shim's token leaving after so many signatures, or not at all."""
    signer, env = desk.signer, dict(os.environ)
    place = {n: os.path.join(signer.dir, n) for n in ("shim.so", "other.so", "tokens", "softhsm.conf", "conf")}
    shutil.copy(os.path.join(BUILD, "tests", "unit", "p11_shim.so"), place["shim.so"])
    shutil.copy(SOFTHSM, place["other.so"])
    os.mkdir(place["tokens"], 0o700)
    with open(place["softhsm.conf"], "w", encoding="utf-8") as f:
        f.write("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n" % place["tokens"])
    os.environ.update(SOFTHSM2_CONF=place["softhsm.conf"], P11_SHIM_MODULE=SOFTHSM)
    for key, label in OF.items():
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PINS[key]], check=True, stdout=subprocess.DEVNULL)
        for kind, words in (("privkey", ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", key + ".key"]), ("cert", ["x509", "-outform", "DER", "-in", key + ".pem"])):
            der = os.path.join(signer.dir, kind + ".der")
            subprocess.run(["openssl", *words, "-out", der], cwd=signer.pki, check=True)
            subprocess.run(["pkcs11-tool", "--module", SOFTHSM, "--token-label", label, "--login", "--pin", PINS[key], "--write-object", der, "--type", kind, "--id", "01",
                            "--label", "key", *(["--usage-sign"] if kind == "privkey" else [])], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.rename(os.path.join(signer.dir, "keys", key + ".p12"), os.path.join(signer.dir, key + ".p12"))
        with open(os.path.join(signer.dir, "keys", key + ".p11"), "w", encoding="utf-8") as f:
            f.write('token { module = "%s" label = "%s" }\n' % (place["shim.so" if key == "leader1" else "other.so"], label))
    with open(place["conf"], encoding="utf-8") as f:
        before = f.read()
    with open(place["conf"], "a", encoding="utf-8") as f:
        f.write('tokens { modules = "%s %s" folders = "%s %s" }\n' % (place["shim.so"], place["other.so"], place["tokens"], place["softhsm.conf"]))

    def set_out(removed=None):
        os.environ.pop("P11_SHIM_REMOVED", None)
        if removed is not None:
            os.environ["P11_SHIM_REMOVED"] = str(removed)
        signer.restart(desk)

    try:
        yield set_out
    finally:
        os.environ.clear()
        os.environ.update(env)
        with open(place["conf"], "w", encoding="utf-8") as f:
            f.write(before)
        for key in OF:
            os.unlink(os.path.join(signer.dir, "keys", key + ".p11"))
            os.rename(os.path.join(signer.dir, key + ".p12"), os.path.join(signer.dir, "keys", key + ".p12"))
        signer.restart(desk)


def approve(desk, login, documents, code=0):  # noqa: F811
    """One approval of all: what was said."""
    key = KEYS[login]
    return cli(desk, login, "sign", *documents, "--key", key, "--pin-file", os.path.join(desk.signer.dir, key + ".pin"), "--yes", code=code)


def states_of(desk, documents):  # noqa: F811
    return [desk.people["luutru"].document(d)["state"] for d in documents]


def sign_all(desk, login, documents, code=0):  # noqa: F811
    """The same; the state of each afterwards as the office tells it, and what was said."""
    out = approve(desk, login, documents, code)
    return states_of(desk, documents), out


def passed(desk, document):  # noqa: F811
    v = newest(desk, document)[0]
    report = desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (document, v["id"])).json
    return [(s["indication"], s["signer"]["name"] if "name" in s["signer"] else s["signer"]["subject"]) for s in report["signatures"]]


def test_each_key_signs_by_its_own_module(desk, modules):  # noqa: F811
    modules()
    kinds = {k["id"]: k["kind"] for login in ("bithu", "phobithu") for k in desk.people[login].get("/v1/keys").json["items"]}
    assert {kinds[k] for k in OF} == {"p11"}, kinds
    who = set()
    for login in ("bithu", "phobithu"):
        d = submitted(desk, leader=login)
        assert sign_all(desk, login, [d])[0] == ["signed"]
        (indication, signer), = passed(desk, d)
        assert indication == "TOTAL-PASSED"
        who.add(signer)
    assert len(who) == 2


def test_pulled_out_in_mid_batch_stops_only_its_own(desk, modules):  # noqa: F811
    """Both batches at the same time; the one token leaves after two signatures of five."""
    modules(removed=BEFORE)
    of = {login: [submitted(desk, leader=login) for _ in range(BATCH)] for login in ("bithu", "phobithu")}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        broken, whole = (pool.submit(approve, desk, login, of[login], code) for login, code in (("bithu", 2), ("phobithu", 0)))
        out, whole = broken.result(), whole.result()
    states = states_of(desk, of["bithu"])
    assert states_of(desk, of["phobithu"]) == ["signed"] * BATCH, whole
    assert sorted(states) == ["signed"] * BEFORE + ["submitted"] * (BATCH - BEFORE), out
    assert states == sorted(states), states  # in the order of the batch: what was before is signed, what comes after is not
    # what was signed is whole, and what was not has nothing of it
    for d, state in zip(of["bithu"], states):
        assert [i for i, _ in passed(desk, d)] == (["TOTAL-PASSED"] if state == "signed" else []), d
    for d in of["phobithu"]:
        assert [i for i, _ in passed(desk, d)] == ["TOTAL-PASSED"]
    # while it is out: the other goes on, and it is said why this one does not
    d = submitted(desk, leader="bithu")
    out = sign_all(desk, "bithu", [d], code=6)[1]
    assert "token.absent" in out and "activation.replayed" not in out, out
    assert sign_all(desk, "phobithu", [submitted(desk, leader="phobithu")])[0] == ["signed"]
    # put in again, the rest of the batch is signed
    modules()
    assert set(sign_all(desk, "bithu", [d for d, state in zip(of["bithu"], states) if state != "signed"])[0]) == {"signed"}
