"""What every end-to-end test stands on: a simulated helpdesk, the bridge in
front of it, a SCIM client that distrusts each answer, and a runner.

    BUILD  folder of the programs (build)
    WRAP   a command to run the bridge under, such as valgrind
    KEEP   keep the temporary folders and print where they are

Nothing sleeps for luck: what takes time is asked for until it holds or its
deadline passes.
"""
import contextlib
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
WRAP = shlex.split(os.environ.get("WRAP", ""))
SANITIZED = any(word in BUILD for word in ("address", "undefined", "thread", "asan", "tsan"))
# How much longer everything may take than on a plain build.
PATIENCE = 15 if WRAP else 4 if SANITIZED else 1
# A shell that starts us in the background has the interrupt ignored, and what
# we start would inherit that; a handler it does not inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
DEADLINE = 10 * PATIENCE

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DESK_USER = "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
DESK_GROUP = "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
SCIM_TYPE = "application/scim+json"

REPORT = re.compile(r"ERROR: AddressSanitizer|ERROR: LeakSanitizer|runtime error:"
                    r"|WARNING: ThreadSanitizer|SUMMARY: |definitely lost: [1-9]"
                    r"|Assertion .* failed|==\d+== (Invalid|Conditional|Use of)")


# ---- waiting ------------------------------------------------------------------

def wait_until(what, why, deadline=None):
    """Calls `what` until it returns something true, which is returned."""
    end = time.monotonic() + (deadline or DEADLINE)
    pause = 0.01
    while True:
        got = what()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError("waited in vain until " + why)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def no_report(file):
    """A sanitizer or valgrind said nothing in `file`."""
    with open(file, encoding="utf-8", errors="replace") as f:
        text = f.read()
    found = REPORT.search(text)
    if found:
        raise AssertionError(f"{file}: {text[max(found.start() - 2000, 0):][:6000]}")


# ---- programs -----------------------------------------------------------------

class Program:
    """A child process, its output lines, and its complaints in a file."""

    def __init__(self, name, argv, folder, env=None):
        self.name, self.lines = name, []
        self.complaints = os.path.join(folder, name + ".err")
        with open(self.complaints, "ab") as err:
            self.start_of_complaints = err.tell()
            self.process = subprocess.Popen(
                argv, stdout=subprocess.PIPE, stderr=err, stdin=subprocess.DEVNULL,
                env=dict(os.environ, **(env or {})))
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))

    def line(self, prefix):
        """The rest of the first line that begins so, once it is there."""
        def found():
            for line in list(self.lines):
                if line.startswith(prefix):
                    return line[len(prefix):].strip() or " "
            if self.process.poll() is not None:
                self.reader.join(5)
                if not any(line.startswith(prefix) for line in self.lines):
                    raise AssertionError(f"{self.name} ended with {self.process.returncode}: "
                                         f"{self.stderr()[-2000:]}")
            return None
        return wait_until(found, f"{self.name} printed \"{prefix}\"", DEADLINE * 2)

    def stderr(self):
        with open(self.complaints, "rb") as f:
            f.seek(self.start_of_complaints)
            return f.read().decode("utf-8", "replace")

    def running(self):
        return self.process.poll() is None

    def stop(self, expect=0):
        """Asks it to end, and demands a clean end."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(DEADLINE * 3)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end after SIGTERM") from None
        self._close()
        if code != expect:
            raise AssertionError(f"{self.name} ended with {code}, not {expect}:\n"
                                 f"{self.stderr()[-6000:]}")
        no_report(self.complaints)

    def kill(self):
        """kill -9: no goodbye."""
        self.process.kill()
        self.process.wait()
        self._close()
        no_report(self.complaints)

    def _close(self):
        self.reader.join(5)
        self.process.stdout.close()


# ---- plain HTTP ---------------------------------------------------------------

class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.text[:600]}"


def call(url, method, path, body=None, headers=None, timeout=None):
    """One request on a connection of its own."""
    to = urllib.parse.urlsplit(url)
    c = http.client.HTTPConnection(to.hostname, to.port, timeout=timeout or DEADLINE * 3)
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        c.request(method, to.path + path, body, headers or {})
        r = c.getresponse()
        return Reply(r.status, r.headers, r.read())
    finally:
        c.close()


# ---- the simulated helpdesk ---------------------------------------------------

class Sim:
    """helpdesk-sim and its control port."""

    def __init__(self, folder, desk="refdesk", state=None, **knobs):
        argv = [os.path.join(BUILD, "helpdesk-sim"), desk, "--with-parent"]
        # Told by its headers, so that the bridge does not keep to the profile's.
        for name, value in {"rate": 1000000000, **knobs}.items():
            argv += ["--set", f"{name}={value}"]
        if state:
            argv += ["--state", state]
        self.program = Program("sim", argv, folder)
        ready = self.program.line("ready:").split()
        self.url, self.control = ready[0], ready[2]
        self.api = self.url + "/api/v1"

    def stop(self):
        self.program.stop()

    def ask(self, method, path, body=None):
        reply = call(self.control, method, path, body)
        if reply.status != 200:
            raise AssertionError(f"{method} {path} {body}: {reply}")
        return reply.json

    def table(self, name):
        return self.ask("GET", "/state?table=" + name)[name]

    def users(self):
        return self.table("users")

    def user(self, email):
        """The account with that address, or None; two are an error."""
        found = [u for u in self.users() if u["email"].lower() == email.lower()]
        if len(found) > 1:
            raise AssertionError(f"{len(found)} accounts have {email}")
        return found[0] if found else None

    def team(self, name):
        return next((t for t in self.table("teams") if t["name"] == name), None)

    def tickets_of(self, user):
        return [t for t in self.table("tickets")
                if t["assignee_id"] == user["id"] and t["state"] == "open"]

    def human(self, act, **args):
        return self.ask("POST", "/human", {"act": act, **args})["data"]

    def set(self, **knobs):
        return self.ask("POST", "/set", knobs)

    def reset(self):
        return self.ask("POST", "/reset")

    def clock(self, seconds):
        return self.ask("POST", "/clock", {"advance_s": seconds})

    def fault(self, kind, match=None, **more):
        return self.ask("POST", "/fault", {"kind": kind, "match": match or {}, **more})["id"]

    def hits(self, fault):
        return next(f["hits"] for f in self.ask("GET", "/fault")["faults"] if f["id"] == fault)

    def no_faults(self):
        self.ask("DELETE", "/fault")

    def calls(self, operation=None, method=None, since=0):
        query = {"since": since}
        if operation:
            query["operation"] = operation
        if method:
            query["method"] = method
        return self.ask("GET", "/calls?" + urllib.parse.urlencode(query))["calls"]

    def last_call(self):
        return self.ask("GET", "/calls?since=999999999999")["last"]

    def api_call(self, method, path, body=None, token="sim-token"):
        """The helpdesk's own API, as the bridge would call it."""
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
        return call(self.api, method, path, body, headers)


# ---- the bridge ---------------------------------------------------------------

def shown_is_true(database):
    """What is stored ready to send is what the rows say, of each living user."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT r.id, r.version, r.body, r.extension, r.groups, s.version, s.text, "
            "r.state, s.seen_at FROM resource r LEFT JOIN shown s ON s.k = (r.target << 40 | r.n) "
            "WHERE r.type = 0 AND r.state <> 3").fetchall()
        count = db.execute("SELECT count(*) FROM shown").fetchone()[0]
    if len(rows) != count:
        raise AssertionError(f"{count} users are shown, {len(rows)} are there")
    for ident, version, body, extension, groups, shown, text, state, seen_at in rows:
        want, extension = json.loads(body), json.loads(extension or "null")
        if groups:
            want["groups"] = json.loads(groups)
        if extension is not None:
            want[DESK_USER] = extension
        got = json.loads(text) if text else dict(want, meta={"version": f'W/"{version}"'})
        meta, seen = got.pop("meta"), got.get(DESK_USER, {}).pop("lastSeen", None)
        if got != want or shown != version or meta["version"] != f'W/"{version}"' or (
                text and state == 0 and text.encode()[seen_at:seen_at + 24] != seen.encode()):
            raise AssertionError(f"{ident} is shown as {got} {meta}, but is {want} {version}")


class Bridge:
    """scim-bridge in front of a Sim, with a configuration of its own."""

    def __init__(self, sim, folder, server=None, target=None):
        self.sim, self.folder = sim, folder
        self.port = free_port()
        self.ini = os.path.join(folder, "scim-bridge.ini")
        self.database = os.path.join(folder, "bridge.db")
        self.program, self.root = None, f"http://127.0.0.1:{self.port}"
        self.configure(server, target)

    def configure(self, server=None, target=None):
        one = {"listen": f"127.0.0.1:{self.port}", "public_url": self.root,
               "database": self.database, "log": "text", "log_level": "info", **(server or {})}
        two = {"profile": "refdesk", "base_url": self.sim.api, "secret.token": "env:DESK_TOKEN",
               "sync_interval": "1h", "brake": "100%, 1000000", **(target or {})}
        with open(self.ini, "w", encoding="utf-8") as f:
            for title, keys in (("server", one), ("target desk", two)):
                f.write(f"[{title}]\n")
                f.writelines(f"{k} = {v}\n" for k, v in keys.items() if v is not None)

    @property
    def env(self):
        return {"DESK_TOKEN": "sim-token"}

    def run(self, *args, expect=0, text=None):
        """A command of the bridge that ends by itself; returns its output."""
        done = subprocess.run([os.path.join(BUILD, "scim-bridge"), *args], input=text,
                              capture_output=True, text=True, timeout=DEADLINE * 3,
                              env=dict(os.environ, **self.env), check=False)
        if (expect is not None and done.returncode != expect) or REPORT.search(done.stderr):
            raise AssertionError(f"scim-bridge {' '.join(args)}: {done.returncode}, not {expect}\n"
                                 f"{done.stdout}\n{done.stderr}")
        return done.stdout

    def token(self, scope="write", expires=None, target="desk", name=None):
        args = ["token", "create", "-c", self.ini, "--target", target, "--scope", scope]
        args += ["--expires", expires] if expires else []
        args += ["--name", name] if name else []
        return self.run(*args).strip()

    def sync(self, expect=0):
        """A whole sync now. With `expect` None it may fail."""
        return self.run("sync", "-c", self.ini, "desk", expect=expect)

    def start(self, wait=True):
        """`ready:` is printed after the first sync; without `wait` it is enough
        that the listener answers."""
        self.program = Program("bridge", [*WRAP, os.path.join(BUILD, "scim-bridge"), "serve", "-c",
                                          self.ini], self.folder, self.env)
        if wait:
            self.program.line("ready:")
            self.wait_ready()
        else:
            wait_until(self.alive, "the listener answered", DEADLINE * 2)
        return self

    def alive(self):
        try:
            return call(self.root, "GET", "/healthz").status == 200
        except OSError:
            return False

    def wait_ready(self):
        """Until the first sync is done."""
        wait_until(lambda: call(self.root, "GET", "/readyz").status == 200,
                   "the bridge was ready", DEADLINE * 2)

    def stop(self):
        self.program.stop()
        shown_is_true(self.database)

    def kill(self):
        self.program.kill()

    def log(self):
        with open(self.program.complaints, encoding="utf-8", errors="replace") as f:
            return f.read()

    def client(self, token=None, path="/scim/v2"):
        return Scim(self.root + path, token or self.token())


# ---- a SCIM client that distrusts each answer ----------------------------------

class Scim:
    """Every answer is checked against what RFC 7643 and 7644 demand of all."""

    def __init__(self, url, token):
        self.url, self.token = url, token

    def raw(self, method, path, body=None, headers=None):
        """Any request, checked; `headers` with the value None are left out."""
        send = {"Authorization": "Bearer " + self.token, "Accept": SCIM_TYPE}
        if body is not None:
            send["Content-Type"] = SCIM_TYPE
        send.update(headers or {})
        send = {k: v for k, v in send.items() if v is not None}
        reply = call(self.url, method, path, body, send)
        check_reply(reply, f"{method} {path}")
        return reply

    def want(self, status, method, path, body=None, headers=None):
        reply = self.raw(method, path, body, headers)
        if reply.status != status:
            raise AssertionError(f"{method} {path} {json.dumps(body)[:500]}: "
                                 f"wanted {status}, got {reply}")
        return reply

    def error(self, status, method, path, body=None, scim_type=None, headers=None):
        reply = self.want(status, method, path, body, headers)
        check_error(reply, status, scim_type)
        return reply

    # -- the usual requests

    def get(self, path):
        return self.want(200, "GET", path).json

    def find(self, kind, **query):
        return self.get(f"/{kind}?" + urllib.parse.urlencode(query))

    def filter(self, kind, text, **query):
        return self.find(kind, filter=text, **query)["Resources"]

    def one(self, kind, text):
        found = self.filter(kind, text)
        if len(found) != 1:
            raise AssertionError(f"{kind} with {text}: {len(found)}, not 1")
        return found[0]

    def all(self, kind, **query):
        """Every resource, by index paging, which must be consistent."""
        found, total = {}, None
        while total is None or len(found) < total:
            page = self.find(kind, startIndex=len(found) + 1, count=50, **query)
            total = page["totalResults"] if total is None else total
            if page["totalResults"] != total or (not page["Resources"] and len(found) < total):
                raise AssertionError(f"list of {kind} is not consistent: {page}")
            for one in page["Resources"]:
                if one["id"] in found:
                    raise AssertionError(f"{one['id']} is on two pages")
                found[one["id"]] = one
        return list(found.values())

    def post(self, kind, body, status=201):
        return self.want(status, "POST", "/" + kind, body).json

    def put(self, kind, body, status=200):
        return self.want(status, "PUT", f"/{kind}/{body['id']}", body).json

    def patch(self, kind, id_, *operations):
        """Returns the resource, which the server may leave to a GET (RFC 7644
        section 3.5.2)."""
        reply = self.raw("PATCH", f"/{kind}/{id_}", patch_body(*operations))
        if reply.status not in (200, 204):
            raise AssertionError(f"PATCH /{kind}/{id_} {json.dumps(operations)[:500]}: {reply}")
        return reply.json if reply.status == 200 else self.get(f"/{kind}/{id_}")

    def delete(self, kind, id_):
        self.want(204, "DELETE", f"/{kind}/{id_}")

    # -- the usual resources

    def new_user(self, email, **more):
        return self.post("Users", user_body(email, **more))

    def user(self, email):
        return self.one("Users", f'userName eq "{email}"')

    def new_group(self, name, *member_ids):
        return self.post("Groups", {"schemas": [GROUP], "displayName": name,
                                    "members": [{"value": m} for m in member_ids]})

    def group(self, name):
        return self.one("Groups", f'displayName eq "{name}"')


def user_body(email, **more):
    given, _, family = email.split("@")[0].partition(".")
    return {"schemas": [USER], "userName": email,
            "displayName": f"{given.capitalize()} {family.capitalize()}".strip(),
            "emails": [{"type": "work", "value": email, "primary": True}], **more}


def patch_body(*operations):
    return {"schemas": [PATCH], "Operations": list(operations)}


def op(kind, path=None, value=None):
    one = {"op": kind}
    if path is not None:
        one["path"] = path
    if value is not None:
        one["value"] = value
    return one


def check(holds, what, reply):
    if not holds:
        raise AssertionError(f"{what}: {reply}\n{dict(reply.headers)}")


def check_error(reply, status, scim_type=None):
    """RFC 7644 section 3.12."""
    check(reply.headers.get_content_type() == SCIM_TYPE, "an error's content type", reply)
    body = reply.json
    check(body.get("schemas") == [ERROR], "an error's schemas", reply)
    check(body.get("status") == str(status), "an error's status is that text", reply)
    check(isinstance(body.get("detail"), str) and len(body["detail"]) > 8,
          "an error says what is wrong", reply)
    check(scim_type is None or body.get("scimType") == scim_type,
          f"an error's scimType is {scim_type}", reply)


def check_resource(one, reply):
    """RFC 7643 section 3."""
    meta = one.get("meta")
    check(isinstance(one.get("id"), str) and one["id"], "a resource has an id", reply)
    check(isinstance(one.get("schemas"), list) and one["schemas"], "a resource has schemas", reply)
    check(meta is not None and meta.get("resourceType") in ("User", "Group"),
          "a resource has its meta", reply)
    check(meta["location"].endswith(f"/{meta['resourceType']}s/{one['id']}"),
          "meta.location leads to the resource", reply)
    check(not any(k in one for k in ("password",)), "a password is never returned", reply)
    for name in one:
        check(":" not in name or name in one["schemas"], f"{name} stands in schemas", reply)


def check_reply(reply, where):
    check(reply.headers.get("X-Request-Id"), f"{where}: every answer has X-Request-Id", reply)
    if reply.status >= 400:
        check_error(reply, reply.status)
    if not reply.body:
        return
    check(reply.status not in (204, 304), f"{where}: {reply.status} has no body", reply)
    if reply.headers.get_content_type() != SCIM_TYPE or reply.status >= 300:
        return
    body = reply.json
    if body.get("schemas") == [LIST]:
        rows = body.get("Resources", [])
        check("totalResults" in body, "a list has totalResults", reply)
        check(body.get("itemsPerPage", len(rows)) == len(rows), "itemsPerPage is true", reply)
        check(body["totalResults"] >= len(rows), "totalResults is not too small", reply)
        body.setdefault("Resources", [])
    elif isinstance(body.get("meta"), dict) and body["meta"].get("resourceType") in ("User",
                                                                                     "Group"):
        check_resource(body, reply)
        if reply.status == 201:
            check(reply.headers.get("Location") == body["meta"]["location"],
                  "201 has the resource's Location", reply)
        if "version" in body["meta"]:
            check(reply.headers.get("ETag") == body["meta"]["version"],
                  "ETag is meta.version", reply)


# ---- SCIM compared with the helpdesk --------------------------------------------

def desk_part(resource):
    return resource.get(DESK_USER) or resource.get(DESK_GROUP) or {}


def same_user(scim_user, desk_user, where=""):
    """Every mapped attribute, and the bridge's own facts."""
    ours = desk_part(scim_user)
    pairs = {
        "upstreamId": (ours.get("upstreamId"), str(desk_user["id"])),
        "userName": (scim_user["userName"].lower(), desk_user["email"].lower()),
        "active": (scim_user["active"], desk_user["status"] != "deactivated"),
        "role": (ours.get("role"), desk_user["role"]),
    }
    if desk_user["name"] is not None:
        pairs["displayName"] = (scim_user.get("displayName"), desk_user["name"])
    for name, (have, want) in pairs.items():
        if have != want:
            raise AssertionError(f"{where} {desk_user['email']}: {name} is {have!r} in SCIM, "
                                 f"{want!r} in the helpdesk")


def same_world(scim, sim, where=""):
    """SCIM shows exactly the helpdesk's users, teams and memberships; what the
    helpdesk no longer has is a tombstone, inactive."""
    users, desk_users = scim.all("Users"), {str(u["id"]): u for u in sim.users()}
    groups, teams = scim.all("Groups"), {str(t["id"]): t for t in sim.table("teams")}
    shown = {}
    for user in users:
        ours = desk_part(user)
        desk_user = desk_users.get(ours.get("upstreamId"))
        if desk_user is None or ours.get("state") == "tombstone":
            if user["active"]:
                raise AssertionError(f"{where}: {user['userName']} is gone but active")
            continue
        if ours["upstreamId"] in shown:
            raise AssertionError(f"{where}: {user['userName']} is shown twice")
        shown[ours["upstreamId"]] = user
        same_user(user, desk_user, where)
    missing = set(desk_users) - set(shown)
    if missing:
        raise AssertionError(f"{where}: SCIM lacks {[desk_users[m]['email'] for m in missing]}")
    # A tombstone's memberships are kept for its return.
    by_id = {u["id"]: desk_part(u).get("upstreamId") for u in users}
    gone = {u["id"] for u in users if desk_part(u).get("state") == "tombstone"}
    for team_id, team in teams.items():
        group = [g for g in groups if desk_part(g).get("upstreamId") == team_id]
        if len(group) != 1 or group[0]["displayName"] != team["name"]:
            raise AssertionError(f"{where}: team {team['name']} is {group}")
        have = sorted(by_id.get(m["value"], "?") for m in group[0].get("members", [])
                      if m["value"] not in gone)
        want = sorted(i for i, u in desk_users.items() if team["id"] in u["team_ids"])
        if have != want:
            raise AssertionError(f"{where}: members of {team['name']}: SCIM {have}, desk {want}")
    for group in groups:
        ours = desk_part(group)
        if ours.get("kind") == "team" and ours.get("upstreamId") not in teams:
            raise AssertionError(f"{where}: group {group['displayName']} has no team")


# ---- running ------------------------------------------------------------------

class Case(unittest.TestCase):
    """A simulator and a bridge for the whole class. What a class needs else is
    said in `knobs`, `server` and `target`."""
    knobs, server, target = {}, {}, {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="scim-bridge-e2e-")
        cls.addClassCleanup(cls._clean)
        cls.sim = Sim(cls.folder, **cls.knobs)
        cls.bridge = Bridge(cls.sim, cls.folder, cls.server, cls.target)
        cls.token = cls.bridge.token()
        cls.bridge.start()
        cls.scim = cls.bridge.client(cls.token)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.bridge.stop()
        finally:
            cls.sim.stop()

    @classmethod
    def _clean(cls):
        for one in (getattr(cls, "bridge", None), getattr(cls, "sim", None)):
            program = getattr(one, "program", None)
            if program and program.running():
                program.kill()
        if os.environ.get("KEEP"):
            print("kept " + cls.folder)
        else:
            shutil.rmtree(cls.folder, ignore_errors=True)

    def tearDown(self):
        self.sim.no_faults()

    def same_world(self, where=""):
        same_world(self.scim, self.sim, where)


@contextlib.contextmanager
def temporary_folder():
    folder = tempfile.mkdtemp(prefix="scim-bridge-e2e-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    """Runs the tests of the calling script; ends with the plain line."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    if len(sys.argv) > 1:
        suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:],
                                                              sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    passed = max(result.testsRun - failed - skipped, 0)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)
