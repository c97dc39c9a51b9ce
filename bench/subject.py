"""The bridge with N users, filled through its own sync from a simulator, and the
others that it is compared with: the floors and the peer. Each is a process with
a port."""
import http.client
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "test", "e2e"))
import harness  # noqa: E402

harness.shown_is_true = lambda database: None  # that is for tests: it reads all users

TOOLS = os.path.join(ROOT, "build", "bench")
CONNECTIONS = os.environ.get("CONNECTIONS", "16")
GROUPS, MEMBERS, NAMED, PAGE = 20, 10, 200, 1000
SAMPLED = 2000        # users who are looked up
FOR_THE_PEER = 100000 # it keeps all users in memory
FILL = 1200           # seconds that a fill may take


def build():
    os.makedirs(TOOLS, exist_ok=True)
    flags = ["-O2", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra"]
    for name, libs in (("load", []), ("floor", ["-lmicrohttpd", "-lsqlite3", "-lpthread"])):
        subprocess.run([os.environ.get("CC", "cc"), *flags, "-o", os.path.join(TOOLS, name),
                        os.path.join(ROOT, "bench", name + ".c"), *libs], check=True)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


class Sample:
    """One measurement: requests a second, microseconds, bytes of a body."""

    def __init__(self, line):
        self.rate, self.p50, self.p99, failed, _, self.size = (float(x) for x in line.split())
        if failed:
            raise SystemExit(f"{failed:.0f} requests failed")


def start_load(port, targets, token, amount, connections=CONNECTIONS):
    return subprocess.Popen([os.path.join(TOOLS, "load"), f"127.0.0.1:{port}", str(connections),
                             str(amount), targets], stdout=subprocess.PIPE, text=True,
                            env=dict(os.environ, LOAD_AUTHORIZATION="Bearer " + token))


def load(*args, **more):
    process = start_load(*args, **more)
    line = process.communicate()[0]
    if process.returncode:
        raise SystemExit("the load generator failed")
    return Sample(line)


# ---- those that it is compared with ---------------------------------------------

class Other:
    """A floor or the peer: prints a line once it listens."""

    def __init__(self, argv, env=None, cwd=None):
        self.port = harness.free_port()
        self.process = subprocess.Popen([a.replace("PORT", str(self.port)) for a in argv], cwd=cwd,
                                        stdout=subprocess.PIPE, env=dict(os.environ, **(env or {})))
        if not self.process.stdout.readline():
            raise SystemExit(argv[0] + " did not start")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def bare(folder, body):
    return Other([os.path.join(TOOLS, "floor"), "bare", "PORT", write(folder, "body", body)])


def one_lookup(database, sql):
    return Other([os.path.join(TOOLS, "floor"), "lookup", "PORT", database, sql])


def peer_folder():
    """Where the peer is installed; None and why when it cannot be."""
    folder, source = os.path.join(TOOLS, "peer"), os.path.join(ROOT, "bench", "peer")
    if not shutil.which("npm") or not shutil.which("node"):
        return None, "npm and node are not installed"
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "server.mjs"):
        shutil.copy(os.path.join(source, name), folder)
    if not os.path.isdir(os.path.join(folder, "node_modules", "scimmy-routers")):
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--omit=dev"], cwd=folder,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            return None, "npm could not install it: " + done.stderr.strip()[-200:]
    return folder, ""


def peer(folder, users_file, token):
    return Other(["node", "server.mjs", "PORT", users_file], {"PEER_TOKEN": token}, folder)


# ---- the bridge -------------------------------------------------------------------

def unpaced_profile(folder):
    """The reference desk's profile with larger pages, and without the pause that it
    asks between calls."""
    with open(os.path.join(ROOT, "providers", "refdesk.json"), encoding="utf-8") as f:
        profile = json.load(f)
    profile["rate"].update(max=1000000000, concurrency=4)
    profile["paging"]["pages"].update(size=PAGE, max_pages=10000)
    # Groups are the bridge's own: of a team, all members are read to prove a change.
    del profile["operations"]["teams.create"]
    return write(folder, "refdesk.json", json.dumps(profile))


def list_time(sim):
    """How long the simulator itself takes to list its users."""
    to = urllib.parse.urlsplit(sim.api)
    c = http.client.HTTPConnection(to.hostname, to.port)
    began, page, pages = time.monotonic(), 1, 1
    while page <= pages:
        c.request("GET", f"{to.path}/users?page={page}&per_page={PAGE}",
                  headers={"Authorization": "Bearer sim-token"})
        body = c.getresponse().read()
        pages = int(re.search(rb'"total_pages":(\d+)', body)[1])
        page += 1
    c.close()
    return time.monotonic() - began


class Subject:
    """The bridge with N users in its mirror."""

    def __init__(self, users, folder, wrap=()):
        self.users, self.folder = users, folder
        harness.DEADLINE, harness.WRAP = FILL, []
        self.sim = harness.Sim(folder, users=users, page_max=PAGE)
        self.bridge = harness.Bridge(self.sim, folder, {"log_level": "warn"},
                                     {"profile": unpaced_profile(folder), "sync_interval": "1d"})
        self.token = self.bridge.token()
        began = time.monotonic()
        self.bridge.start(wait=False)
        harness.wait_until(lambda: self._synced(1), "the first sync was done")
        self.filled = time.monotonic() - began
        self.resident_filled = self.resident("VmHWM")
        self._extend()
        self.bridge.stop()
        harness.WRAP = list(wrap)
        began = time.monotonic()
        self.bridge.start(wait=False)
        self._first_answer()
        self.restarted = time.monotonic() - began
        harness.wait_until(lambda: self._synced(2), "the sync after the start was done")
        self._read()

    @property
    def pid(self):
        return self.bridge.program.process.pid

    @property
    def port(self):
        return self.bridge.port

    def _synced(self, times):
        with sqlite3.connect(self.bridge.database) as db:
            runs = db.execute("SELECT complete, error FROM sync_run WHERE ended > 0").fetchall()
        for complete, error in runs:
            if not complete:
                raise SystemExit(error)
        return len(runs) == times

    def _first_answer(self):
        while True:
            reply = harness.call(self.bridge.root, "GET", "/scim/v2/Users?count=1",
                                 headers={"Authorization": "Bearer " + self.token})
            if reply.status == 200:
                return
            time.sleep(0.005)

    def _extend(self):
        """Groups and externalIds, which the helpdesk does not have."""
        scim = self.bridge.client(self.token)
        step = max(self.users // NAMED, 1)
        with sqlite3.connect(self.bridge.database) as db:
            ids = [r[0] for r in db.execute("SELECT id FROM resource WHERE type = 0 AND n % ? = 0",
                                            (step,))][:NAMED]
        for i, user in enumerate(ids):
            scim.patch("Users", user, harness.op("add", "externalId", f"ext-{i:06}"))
        for i in range(GROUPS):
            scim.new_group(f"Bench {i}", *ids[i * MEMBERS:(i + 1) * MEMBERS])

    def _read(self):
        with sqlite3.connect(self.bridge.database) as db:
            numbers = [n for n, in db.execute("SELECT n FROM resource WHERE type = 0 ORDER BY n")]
            sampled = [db.execute("SELECT id, body FROM resource WHERE n = ?", (n,)).fetchone()
                       for n in random.Random(1).sample(numbers, min(len(numbers), SAMPLED))]
            self.count, self.users_file = len(numbers), None
            if self.users <= FOR_THE_PEER:
                self.users_file = write(self.folder, "users.jsonl", "\n".join(
                    b for b, in db.execute("SELECT body FROM resource WHERE type = 0 ORDER BY n")))
            self.members = [r[0] for r in db.execute(
                "SELECT r.id FROM member m JOIN resource r ON r.n = m.member JOIN resource g "
                "ON g.n = m.grp WHERE g.display LIKE 'Bench %'")]
        self.ids = [r[0] for r in sampled]
        self.bodies = [json.loads(r[1]) for r in sampled]

    # -- groups of any size

    def _change(self, group, op, ids):
        """Seconds that a PATCH of members takes; the answer leaves them out."""
        op = {"op": op, "path": "members", "value": [{"value": i} for i in ids]}
        began = time.monotonic()
        reply = harness.call(self.bridge.root, "PATCH",
                             f"/scim/v2/Groups/{group}?excludedAttributes=members",
                             {"schemas": [harness.PATCH], "Operations": [op]},
                             {"Authorization": "Bearer " + self.token})
        took = time.monotonic() - began
        if reply.status != 200:
            raise SystemExit(f"a PATCH of members was answered {reply}")
        return took

    def group_of(self, name, count):
        with sqlite3.connect(self.bridge.database) as db:
            ids = [i for i, in db.execute("SELECT id FROM resource WHERE type = 0 AND state = 0 "
                                          "ORDER BY n LIMIT ?", (count,))]
        group = self.bridge.client(self.token).new_group(name)["id"]
        for i in range(0, count, 5000):
            self._change(group, "add", ids[i:i + 5000])
        return group

    def newest(self, count):
        with sqlite3.connect(self.bridge.database) as db:
            return [i for i, in db.execute("SELECT id FROM resource WHERE type = 0 AND state = 0 "
                                           "ORDER BY n DESC LIMIT ?", (count,))]

    def join(self, group, user):
        took = self._change(group, "add", [user])
        self._change(group, "remove", [user])
        return took

    def stop(self):
        self.bridge.stop()
        self.sim.stop()

    def resident(self, what="VmRSS"):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(what)) / 1024

    def sync_again(self):
        """Users a second of a sync that finds nothing new, beyond the simulator's own time."""
        alone = list_time(self.sim)
        began = time.monotonic()
        said = self.bridge.sync()
        took = time.monotonic() - began
        return took, alone, said.strip()

    # -- what is asked

    def targets(self, name, paths):
        return write(self.folder, name, "".join(f"/scim/v2{p}\n" for p in paths))

    def filters(self, name, texts, kind="Users", more=""):
        return self.targets(name, [f"/{kind}?filter={urllib.parse.quote(t)}{more}" for t in texts])

    def cursors(self, count=100, most=60):
        """Cursors of pages all over the list, by walking it."""
        scim, found, path = self.bridge.client(self.token), [], "/Users?count=%d&cursor=" % count
        cursor = ""
        for _ in range(min(self.count // count, 10000)):
            found.append(cursor)
            page = scim.get(path + urllib.parse.quote(cursor))
            cursor = page.get("nextCursor")
            if not cursor:
                break
        step = max(len(found) // most, 1)
        return self.targets("cursors", [path + urllib.parse.quote(c) for c in found[::step]])

    def first_body(self, targets):
        with open(targets, encoding="utf-8") as f:
            path = f.readlines()[-1].strip()
        return harness.call(self.bridge.root, "GET", path,
                            headers={"Authorization": "Bearer " + self.token}).text
