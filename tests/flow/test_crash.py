"""kill -9 of every process at random moments while clients write: whatever was acknowledged is there afterwards, once and whole (ledger.py says what is
looked at). CONGVAN_CRASH_SEED repeats a run's moments, CONGVAN_CRASH_ROUNDS changes their number."""
import os
import random
import re
import shutil
import signal
import subprocess
import time

import pytest

from ledger import Ledger
from office import BUILD, Client, Office
from test_signing import Signer, bootstrap_with_keys

SEED = os.environ.get("CONGVAN_CRASH_SEED") or str(random.SystemRandom().randrange(10 ** 9))
ROUNDS = int(os.environ.get("CONGVAN_CRASH_ROUNDS") or 20)


def patient(what, seconds=60):
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got:
            return got
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


class Works(Office):
    """An office with its signer and timestamp authority, and what a ledger asks of it."""

    def __init__(self, signer, settings="", **more):
        self.signer = signer
        super().__init__(settings=settings + 'worker { trust = "%s" }\nsigner { socket = "%s" tsa_url = "http://127.0.0.1:%d/tsa" }\nnet { allow = "127.0.0.1" }\n'
                                  'exchange { interval_ms = 100 }\nevidence { interval_ms = 50 }\narchive { interval_ms = 500 }\n'
                                  % (signer.pki, signer.socket, signer.port), bootstrap=bootstrap_with_keys(), worker=True, first=True, **more)

    def run_cli(self, login, *words):
        run = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "--socket", self.socket, "--token-file", os.path.join(self.signer.dir, login + ".token"),
                              "--lang", "en", "--json", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                             env={**os.environ, "CONGVAN_STATE": os.path.join(self.signer.dir, "state-" + login)}, timeout=120)
        return run.returncode, run.stdout + run.stderr

    def pin(self, key):
        return os.path.join(self.signer.dir, key + ".pin")

    def ready(self):
        def look():
            try:
                return Client(self.socket, self.people["bithu"].token).get("/v1/keys").code == 200 and Client(self.socket).get("/readyz").code == 200
            except OSError:
                return False
        patient(look, 90)

    def metric(self, name):
        text = Client(self.socket).get("/metrics").body.decode()
        return int(re.search(r"^congvan_%s (\d+)$" % name, text, re.M)[1])

    def children(self, name):
        """Process ids of congvand's children with that name, oldest first."""
        out = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(self.process.pid)], capture_output=True, text=True).stdout
        return [int(pid) for pid, comm in (line.split(None, 1) for line in out.splitlines()) if comm.strip() == name[:15]]


def people_of(o):
    """Signs in those who write, for requests and for the command line."""
    o.people = {login: o.sign_in(login) for login in ("bithu", "vanthu", "vanthu2", "chuyenvien")}
    for login, person in o.people.items():
        with open(os.path.join(o.signer.dir, login + ".token"), "w", encoding="utf-8") as f:
            f.write(person.token)


@pytest.fixture(scope="module")
def works():
    signer = Signer()
    signer.start()
    signer.start_tsa()
    try:
        with Works(signer) as o:
            people_of(o)
            print("CONGVAN_CRASH_SEED=%s" % SEED)
            yield o
    finally:
        signer.stop_tsa()
        signer.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)


# --- who is killed, and how it comes back ---

def kill_congvand(o, rng):
    o.process.send_signal(signal.SIGKILL)
    o.process.wait()
    while rng.random() < 0.25:  # and again while it starts
        o.launch()
        time.sleep(rng.uniform(0, 1))
        o.process.send_signal(signal.SIGKILL)
        o.process.wait()
    o.start()


def kill_worker(o, rng):
    before = o.metric("worker_done_total")
    os.kill(rng.choice(patient(lambda: o.children("congvan-worker"))), signal.SIGKILL)
    patient(lambda: o.metric("worker_done_total") > before)  # the next one works (it is started more and more slowly otherwise)


def kill_signer(o, rng):
    o.signer.stop(signal.SIGKILL)
    os.unlink(o.signer.socket)
    time.sleep(rng.uniform(0, 0.3))
    o.signer.start()


def kill_postmaster(o, rng):
    os.kill(patient(lambda: o.children("postgres"))[0], signal.SIGKILL)


def kill_backend(o, rng):
    def connected():
        try:
            return o.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'congvand'")
        except RuntimeError:  # it is not yet back from the kill before
            return None
    os.kill(int(rng.choice(patient(connected))[0]), signal.SIGKILL)


VICTIMS = {"congvand": kill_congvand, "worker": kill_worker, "signer": kill_signer, "postmaster": kill_postmaster, "backend": kill_backend}


def strike(works, name, blow, rounds):
    """Clients write; `blow` falls so many times at random moments; then everything acknowledged is looked for."""
    rng = random.Random("%s/%s" % (SEED, name))
    ledger = Ledger(works, seed="%s/%s" % (SEED, name))
    began, in_the_middle = time.monotonic(), 0
    ledger.start()
    try:
        for _ in range(rounds):
            ledger.wait_for(2)
            time.sleep(rng.uniform(0, 0.5))  # the moment
            in_the_middle += ledger.open > 0
            blow(works, rng)
        patient(lambda: len(ledger.signed) >= 3 or ledger.failures)  # signatures too
    finally:
        ledger.stop()
    works.ready()
    print("%s: %d times, %d while a request was open; %d acts, %d by command, %d contents acknowledged, %d packets; %d first answers lost; %.0f s" % (
        name, rounds, in_the_middle, len(ledger.acts), len(ledger.signed), len(ledger.contents), len(ledger.packets), ledger.uncertain, time.monotonic() - began))
    ledger.audit()
    print("%d commands tried again; audited after %.0f s" % (len(ledger.refusals), time.monotonic() - began))
    assert in_the_middle >= rounds * 3 // 4
    assert works.process.poll() is None


@pytest.mark.parametrize("victim", VICTIMS)
def test_kill(works, victim):
    strike(works, victim, VICTIMS[victim], ROUNDS)
