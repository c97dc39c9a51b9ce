#!/usr/bin/env python3
"""What nobody knows of Help Scout is a knob of its simulator. On every setting of
every knob, in every mode, a person's whole life goes right: asked for, changed,
gone, back and deleted, with the helpdesk and SCIM agreeing after each step; and
what no call can do is a task, which a person then does."""
import itertools
import json
import os
import re
import subprocess
import tempfile
import unittest

from harness import BUILD, desk_part, main, op, user_body
from helpscout import MAIL, Desk, HelpScoutBridge

# Values of knobs that are numbers, and of words whose first value is no choice.
NUMBERS = {"token_ttl": [1], "users_page_size": [2], "seats": [1000], "light_seats": [1000],
           "search_lag_ms": [120], "latency_ms": [3]}
# Left alone: the world's own size, the account's secrets and plan (MODES are the
# plans), the budget and a list that moves, which have tests of their own.
LEFT = {"no_effect", "lost_every", "client_id", "client_secret", "scim_token", "scim", "plan",
        "shift", "extra_types", "users", "conversations", "rate", "minute", "burst12"}
MODES = {
    "auto": {"plan": "plus"},
    "rest": {"plan": "standard"},
    "scim": {"plan": "pro", "scim": "on"},
    "queue": {"plan": "plus"},
}
numbers = itertools.count(1)


def knobs_of_desk():
    """Each knob with its values, the first one first; no values: any number or text."""
    listed = subprocess.run([os.path.join(BUILD, "helpdesk-sim"), "helpscout", "--knobs"],
                            capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        choices = re.search(r"\(([^()]*\|[^()]*)\)$", line)
        name, first = line.split()[:2]
        yield name, choices.group(1).split("|") if choices else [first]


def settings():
    """(knob, value) for each value of each knob that is not its first one."""
    for name, values in knobs_of_desk():
        if name not in LEFT:
            yield from ((name, value) for value in values[1:] or NUMBERS[name])


class Life:
    """One person, from the first request to the last."""

    def __init__(self, test, desk, bridge, scim):
        self.test, self.desk, self.bridge, self.scim = test, desk, bridge, scim
        self.email = f"noor.{next(numbers)}{MAIL}"

    def check(self, what, reply, *statuses):
        self.test.assertIn(reply.status, statuses, f"{what}: {reply}")
        return reply.json if reply.body else None

    def tasks(self):
        out = self.bridge.run("tasks", "-c", self.bridge.ini, "--json")
        return [t for t in json.loads(out)["items"] if self.email in json.dumps(t)]

    def account(self):
        return self.desk.user(self.email)

    def account_appears(self):
        """By the bridge, or by the hands of whoever does the task."""
        kinds = [t["kind"] for t in self.tasks()]
        if "invite" not in kinds:
            self.test.assertIsNotNone(self.account(), "claimed, and not there")
            return
        self.test.assertIsNone(self.account())
        self.desk.human("create_user", email=self.email, first="Noor", last="Haddad")
        self.bridge.sync()

    def account_goes(self):
        kinds = [t["kind"] for t in self.tasks()]
        if "deactivate" not in kinds:
            self.test.assertIsNone(self.account(), "claimed, and still there")
            return
        self.desk.human("delete_user", id=self.account()["id"])
        self.bridge.sync()

    def patch(self, what, id_, *operations):
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": list(operations)}
        return self.check(what, self.scim.raw("PATCH", "/Users/" + id_, body), 200, 204)

    def shown(self, id_, active):
        user = self.scim.get("/Users/" + id_)
        self.test.assertEqual((user["id"], user["active"]), (id_, active))
        found = self.scim.filter("Users", f'userName eq "{self.email}"')
        self.test.assertEqual([u["id"] for u in found], [id_], "exactly one")
        return user

    def join_a_team(self, id_):
        """Where the plan has teams."""
        found = self.scim.filter("Groups", 'displayName eq "Tier 1"')
        if not found:
            return
        self.scim.patch("Groups", found[0]["id"], op("add", "members", [{"value": id_}]))
        team = self.desk.team("Tier 1")
        if self.account()["id"] not in team["_userIds"]:
            tasks = self.bridge.run("tasks", "-c", self.bridge.ini, "--json")
            self.test.assertIn("team", [t["kind"] for t in json.loads(tasks)["items"]])
            self.desk.human("add_to_team", id=self.account()["id"], team="Tier 1")
        self.bridge.sync()
        self.test.assertIn(id_, [m["value"] for m in self.scim.group("Tier 1")["members"]])

    def live(self):
        person = user_body(self.email, name={"givenName": "Noor", "familyName": "Haddad"})
        made = self.check("create", self.scim.raw("POST", "/Users", person), 201)
        self.account_appears()
        user = self.shown(made["id"], True)
        self.test.assertEqual(desk_part(user)["state"], "linked")
        self.test.assertEqual(desk_part(user)["upstreamId"], str(self.account()["id"]))

        self.patch("title", made["id"], op("replace", "title", "Lead"))
        if "update" in [t["kind"] for t in self.tasks()]:
            self.desk.human("rename", id=self.account()["id"], title="Lead")
        self.test.assertEqual(self.account()["jobTitle"], "Lead")
        self.bridge.sync()
        self.test.assertEqual(self.shown(made["id"], True)["title"], "Lead")
        self.test.assertEqual(self.tasks(), [])

        self.join_a_team(made["id"])
        self.desk.human("conversation_open", id=self.account()["id"], count=2)
        gone = self.account()["id"]
        self.patch("leave", made["id"], op("replace", "active", False))
        self.test.assertEqual(self.desk.owned_by(gone, "active"), [], "handed over")
        self.account_goes()
        self.shown(made["id"], False)
        return made["id"]

    def never_comes_back(self, id_):
        """The address of who was deleted is not given again: said, or a task."""
        reply = self.scim.raw("PATCH", "/Users/" + id_, {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [op("replace", "active", True)]})
        if reply.status == 200:
            self.test.assertEqual([t["kind"] for t in self.tasks()], ["invite"])
        else:
            self.check("come back", reply, 400, 409)
            self.shown(id_, False)
        self.test.assertIsNone(self.account())
        self.check("delete", self.scim.raw("DELETE", "/Users/" + id_), 204)
        self.test.assertEqual(self.tasks(), [])

    def come_back_and_end(self, id_):
        self.patch("come back", id_, op("replace", "active", True))
        self.account_appears()
        self.shown(id_, True)
        self.check("delete", self.scim.raw("DELETE", "/Users/" + id_), 204)
        self.account_goes()
        self.test.assertEqual(self.scim.raw("GET", "/Users/" + id_).status, 404)
        self.bridge.sync()
        self.test.assertEqual(self.tasks(), [])
        self.test.assertEqual(self.scim.filter("Users", f'userName eq "{self.email}"'), [])


def mode_keeps_addresses(knob, value):
    return (knob, value) == ("reuse_deleted_email", "conflict")


class EverySetting(unittest.TestCase):
    def walk(self, mode):
        knobs, first = MODES[mode], {k: v[0] for k, v in knobs_of_desk()}
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(folder, **knobs)
            bridge = HelpScoutBridge(desk, folder, None, {"set.mode": mode})
            token = bridge.token()
            bridge.start()
            try:
                for knob, value in [("none", None), *settings()]:
                    with self.subTest(mode=mode, knob=knob, value=value):
                        if value is not None:
                            desk.set(**{knob: value})
                        self.one_life(knob, value, desk, bridge, bridge.client(token))
                    desk.human("revoke_tokens")
                    if value is not None:
                        desk.set(**{knob: knobs.get(knob, first[knob])})
            finally:
                bridge.stop()
                desk.stop()

    def one_life(self, knob, value, desk, bridge, scim):
        life = Life(self, desk, bridge, scim)
        id_ = life.live()
        if mode_keeps_addresses(knob, value):
            life.never_comes_back(id_)
        else:
            life.come_back_and_end(id_)

    def test_auto(self):
        self.walk("auto")

    def test_rest(self):
        self.walk("rest")

    def test_scim(self):
        self.walk("scim")

    def test_queue(self):
        self.walk("queue")


if __name__ == "__main__":
    main()
