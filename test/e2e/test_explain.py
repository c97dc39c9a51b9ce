#!/usr/bin/env python3
"""A dry run tells what the write then does, and does nothing.

Every write of the one suite is asked for twice: as a dry run, then in earnest.
The dry run must leave simulator and database as they were; its steps must be
what the simulator then gets, and its resource what SCIM then shows."""
import hashlib
import json
import os
import re
import sqlite3

from harness import (Case, Scim, desk_part, main, op, patch_body,
                     user_body, wait_until)
from suite import Conversations, DeskCase, cases, reads

DRY = {"Prefer": "return=minimal, dry-run"}
# Tokens note when they were used; what an account can is learned by reading.
NOT_OURS = {"token", "capability"}


def tables(database):
    """A digest of every row that the bridge remembers."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        names = [n for n, in db.execute("select name from sqlite_master where type = 'table' "
                                        "and name not like 'sqlite_stat%' order by name")]
        return {n: hashlib.sha256(repr(sorted(map(repr, db.execute(f'select * from "{n}"'))))
                                  .encode()).hexdigest()
                for n in names if n not in NOT_OURS}


def world(sim):
    state = sim.ask("GET", "/state")
    return {k: v for k, v in state.items() if k != "now" and isinstance(v, list)}


def as_texts(value):
    """Ids are numbers or texts; a placeholder is a text."""
    if isinstance(value, dict):
        return {k: as_texts(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_texts(v) for v in value]
    return value if isinstance(value, bool) or value is None else str(value)


def body_of(text):
    try:
        return as_texts(json.loads(text)) if text else None
    except ValueError:
        return text


def alike(step, sent):
    """A planned call and a real one: an id that is not yet known is any id."""
    known = re.escape(step).replace(r"new\-", "new-")
    pattern = re.sub(r"new-\w+", '[^/?"]+', known)
    return re.fullmatch(pattern, sent) is not None


class Explained(Scim):
    """Asks for a dry run before each write, and holds it against the truth."""

    def __init__(self, url, token, sim, bridge):
        super().__init__(url, token)
        self.sim, self.bridge, self.plans = sim, bridge, 0

    def raw(self, method, path, body=None, headers=None):
        if method == "GET":
            return super().raw(method, path, body, headers)
        where = f"{method} {path} {json.dumps(body)[:300]}"
        rows, desk, last = tables(self.bridge.database), world(self.sim), self.sim.last_call()
        dry = super().raw(method, path, body, {**(headers or {}), **DRY})
        sent = [c for c in self.sim.calls(since=last) if c["method"] != "GET" and not reads(c)]
        for what, ok in (("nothing is sent", sent == []),
                         ("the helpdesk is as it was", world(self.sim) == desk),
                         ("the database is as it was", tables(self.bridge.database) == rows),
                         ("it is said to be a dry run",
                          dry.headers.get("Preference-Applied") == "dry-run")):
            if not ok:
                raise AssertionError(f"{where}: {what}: {sent} {dry}")
        last = self.sim.last_call()
        reply = super().raw(method, path, body, headers)
        wanted = len(dry.json.get("steps", [])) if reply.status < 400 else 0

        def all_sent():
            sent[:] = [c for c in self.sim.calls(since=last)
                       if c["method"] != "GET" and not reads(c)]
            return len(sent) >= wanted
        # Open work may be handed over behind the answer.
        try:
            wait_until(all_sent, "everything was sent", 3)
        except AssertionError:
            pass  # the comparison tells what is missing
        self.compare(where, dry, reply, sent)
        return reply

    def compare(self, where, dry, reply, sent):
        if reply.status >= 400 and not sent:
            if (dry.status, dry.json) != (reply.status, reply.json):
                raise AssertionError(f"{where}: refused with {reply}, explained as {dry}")
            return
        if dry.status != 200:
            raise AssertionError(f"{where}: answered {reply}, explained as {dry}")
        plan = dry.json
        steps = [json.dumps([s["method"], s["path"], as_texts(s.get("body"))], sort_keys=True)
                 for s in plan["steps"]]
        calls = [json.dumps([c["method"],
                             c["path"] + ("?" + c["query"] if c.get("query") else ""),
                             body_of(c.get("body"))], sort_keys=True) for c in sent]
        noted = any("note" in s for s in plan["steps"])
        if noted and any(c["status"] >= 400 for c in sent):
            return  # it was said that the account may lack this
        if noted and len(calls) > len(steps) and all(map(alike, steps, calls)):
            return  # it was said that more may follow
        # What the helpdesk itself refuses is not foreseen: its first calls are.
        steps = steps[:len(calls)] if reply.status >= 400 else steps
        if len(steps) != len(calls) or not all(map(alike, steps, calls)):
            raise AssertionError(f"{where}: planned {steps}\nand sent {calls}")
        if reply.status >= 400:
            return
        self.plans += 1
        if plan["status"] != reply.status:
            raise AssertionError(f"{where}: planned {plan['status']}, answered {reply}")
        if any(not s["reason"] for s in plan["steps"]):
            raise AssertionError(f"{where}: a step without a reason: {plan['steps']}")
        if reply.body:
            sure = {t["kind"] for t in plan["tasks"] if "note" not in t}
            doubtful = {"update"} if noted else {t["kind"] for t in plan["tasks"]} - sure
            self.same_resource(where, plan["resource"], reply.json, doubtful)

    def same_resource(self, where, planned, real, doubtful):
        """Ids and times of what is made are not known before."""
        for name in ("userName", "displayName", "active", "externalId", "name", "emails", "roles",
                     "title", "members"):
            if name in planned and planned[name] != real.get(name):
                raise AssertionError(f"{where}: {name} would be {planned[name]}, "
                                     f"is {real.get(name)}")
        mine, truth = desk_part(planned), desk_part(real)
        for name in ("state", "role", "kind", "seat"):
            if mine.get(name) != truth.get(name):
                raise AssertionError(f"{where}: {name} would be {mine}, is {truth}")
        kinds = [sorted(t["kind"] for t in one.get("tasks", []) if t["kind"] not in doubtful)
                 for one in (mine, truth)]
        if kinds[0] != kinds[1]:
            raise AssertionError(f"{where}: tasks would be {kinds[0]}, are {kinds[1]}")


def _base():
    class Explain(Conversations, DeskCase):
        @classmethod
        def make_client(cls):
            return Explained(cls.bridge.root + "/scim/v2", cls.token, cls.sim, cls.bridge)

        def test_groups_of_teams_that_are_there(self):
            """Members of a team of the helpdesk, and its name."""
            user = self.born(user_body(self.email("tim"), name={"givenName": "Tim",
                                                                "familyName": "Teal"}))
            for group in self.scim.all("Groups")[:2]:
                self.scim.patch("Groups", group["id"], op("add", "members",
                                                          [{"value": user["id"]}]))
                self.scim.patch("Groups", group["id"], op(
                    "remove", f'members[value eq "{user["id"]}"]'))

        def test_a_leaver_with_open_work(self):
            """Everybody of the helpdesk leaves who may."""
            left = 0
            for user in self.scim.all("Users"):
                if not user["active"] or user["userName"].endswith(self.domain):
                    continue
                reply = self.scim.raw("PATCH", "/Users/" + user["id"],
                                      patch_body(op("replace", "active", False)))
                left += reply.status == 200
            self.assertTrue(left or self.desk.sim == "plain")
    return Explain


cases(globals(), _base())


class Command(Case):
    """scim-bridge explain, beside a server and without one."""

    def explain(self, *args, expect=0):
        return self.bridge.run("explain", "-c", self.bridge.ini, "desk", *args, expect=expect)

    def file(self, body):
        path = os.path.join(self.folder, "body.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(body, f)
        return path

    def test_what_it_says(self):
        user = next(u for u in self.scim.all("Users")
                    if u["active"] and desk_part(u)["role"] == "agent")
        wanted = self.file(user_body("eve.east@acme.example", password="hunter2-secret",
                                     roles=[{"value": "viewer"}]))
        last, before = self.sim.last_call(), tables(self.bridge.database)
        beside = self.explain("POST", "/Users", wanted)
        for word in ("would be answered 201", "1. POST /api/v1/users/invitations",
                     "2. PUT /api/v1/users/new-user/role", "why: ", "would read: "):
            self.assertIn(word, beside)
        self.assertNotIn("hunter2", beside)
        same = self.explain("POST", "/scim/v2/Users", wanted)
        self.assertEqual(beside.splitlines()[:7], same.splitlines()[:7])
        gone = json.loads(self.explain("DELETE", "/Users/" + user["id"], "--json"))
        self.assertEqual((gone["status"], gone["resource"]), (204, None))
        self.assertIn("refused with 404", self.explain("DELETE", "/Users/nobody", expect=1))
        self.assertIn("refused with 501", self.explain(
            "POST", "/Bulk", self.file({"schemas": [], "Operations": []}), expect=1))
        self.assertIn("answered from the mirror", self.explain("GET", "/Users"))
        self.explain("POST", expect=2)
        self.explain("PUT", "/Users", expect=2)
        self.explain("POST", "/Users", "/no/such/file", expect=2)
        self.assertEqual(self.sim.calls(method="POST", since=last), [])
        self.assertEqual(tables(self.bridge.database), before)
        self.bridge.stop()
        wanted = self.file(user_body("eve.east@acme.example", password="hunter2-secret",
                                     roles=[{"value": "viewer"}]))
        alone = self.explain("POST", "/Users", wanted)
        self.assertEqual(beside.splitlines()[:7], alone.splitlines()[:7])
        self.assertEqual(self.sim.calls(method="POST", since=last), [])
        self.assertEqual(tables(self.bridge.database), before)
        self.bridge.start()

    def test_never_synced(self):
        os.mkdir(os.path.join(self.folder, "fresh"))
        again = type(self.bridge)(self.sim, os.path.join(self.folder, "fresh"))
        out = again.run("explain", "-c", again.ini, "desk", "DELETE", "/Users/x", expect=4)
        self.assertIn("scim-bridge sync", out)

    def test_prefer_in_its_forms(self):
        body = user_body("fay.fern@acme.example")
        for value in ("dry-run", "DRY-RUN", "respond-async, dry-run; x=1", 'a="b,c" , dry-run',
                      "dry-run=1"):
            reply = self.scim.raw("POST", "/Users", body, {"Prefer": value})
            self.assertEqual((reply.status, reply.headers.get("Preference-Applied")),
                             (200, "dry-run"), value)
        self.assertEqual(self.scim.filter("Users", 'userName eq "fay.fern@acme.example"'), [])
        reply = self.scim.raw("POST", "/Users", body, {"Prefer": 'x="dry-run", dry-running'})
        self.assertEqual((reply.status, reply.headers.get("Preference-Applied")), (201, None))

    def test_bulk_is_refused(self):
        reply = self.scim.error(501, "POST", "/Bulk", {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{"method": "POST", "path": "/Users", "bulkId": "a",
                            "data": user_body("gil.glen@acme.example")}]}, headers=DRY)
        self.assertIn("one by one", reply.json["detail"])
        self.assertEqual(self.scim.filter("Users", 'userName eq "gil.glen@acme.example"'), [])


if __name__ == "__main__":
    main()
