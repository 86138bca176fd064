"""What a congvand leaves behind that started for the first time and ended: its PostgreSQL cluster, migrated and with the people of a bootstrap file. Made once a build
by a congvand that does all of it, then copied: initdb, migrations and ten passwords cost seconds of processor time, and dozens of test programs want the same.
Where the beginning is what is looked at, or what outlives a power cut, an office starts by itself: Office(first=True)."""
import contextlib
import fcntl
import glob
import hashlib
import os
import subprocess


def state_of(source, program, bootstrap):
    """Changes with everything that a first start depends on."""
    h = hashlib.sha256(bootstrap.encode())
    for path in sorted(glob.glob(os.path.join(source, "schemas", "sql", "*.sql"))):
        with open(path, "rb") as f:
            h.update(path.encode() + b"\0" + hashlib.sha256(f.read()).digest())
    s = os.stat(program)
    h.update(b"%d %d" % (s.st_size, s.st_mtime_ns))
    return h.hexdigest()


@contextlib.contextmanager
def held(path, how):
    with open(path + ".lock", "a") as lock:
        fcntl.flock(lock, how)
        yield


def is_made(place, state):
    try:
        with open(place + ".state", encoding="utf-8") as f:
            return f.read() == state
    except FileNotFoundError:
        return False


def copy(folder, to):
    """With owners and modes: the cluster may be another user's."""
    subprocess.run(["cp", "-a", "--reflink=auto", folder, to], check=True)


def make(place, state, start):
    """`start`: a context manager that runs the first start, gives the folder that it leaves, and removes it."""
    for old in (place + ".state", place):
        subprocess.run(["rm", "-rf", old], check=True)
    with start() as data:
        copy(data, place)
    with open(place + ".state", "w", encoding="utf-8") as f:
        f.write(state)


def put(to, build, state, name, start):
    """Makes the data folder `to` (absent), as a first start leaves it. name: which of them, one for each bootstrap file. Programs that run beside each other wait for
    the one that makes it."""
    kept = os.path.join(build, "tests", "flow", "first")
    os.makedirs(kept, exist_ok=True)
    place = os.path.join(kept, name)
    with held(place, fcntl.LOCK_EX):
        if not is_made(place, state):
            make(place, state, start)
    with held(place, fcntl.LOCK_SH):
        copy(place, to)
