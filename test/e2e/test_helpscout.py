#!/usr/bin/env python3
"""The bridge in front of the simulated Help Scout: what its API can do is done,
what it cannot becomes a task, and what a person then does in the web pages is
shown after the next sync."""
import contextlib
import http.client
import json
import os
import sqlite3
import subprocess
import tempfile
import threading
import unittest

from harness import (BUILD, ENTERPRISE, USER, call, desk_part, main, op, patch_body, user_body,
                     wait_until)
from helpscout import AIKO, DEVI, HELP, MAIL, MAREN, PIET, Desk, HelpScoutBridge

NOOR = "noor.haddad" + MAIL


def person(email, given="Noor", family="Haddad", **more):
    return user_body(email, name={"givenName": given, "familyName": family}, **more)


class Conversations(unittest.TestCase):
    """A desk and a bridge for each test; nothing is shared."""
    knobs, target = {}, {}

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(self.folder.name, **self.knobs)
        self.bridge = HelpScoutBridge(self.desk, self.folder.name, None, self.target)
        token = self.bridge.token()
        self.bridge.start()
        self.scim = self.bridge.client(token)

    def tearDown(self):
        try:
            self.bridge.stop()
        finally:
            self.desk.stop()
            self.folder.cleanup()

    def tasks(self, closed=False):
        more = ["--all"] if closed else []
        return json.loads(self.bridge.run("tasks", "-c", self.bridge.ini, "--json", *more))["items"]

    def one_task(self, kind):
        open_tasks = self.tasks()
        self.assertEqual([t["kind"] for t in open_tasks], [kind])
        return open_tasks[0]

    def user(self, name):
        return self.scim.user(name + MAIL)

    def leave(self, user):
        return self.scim.patch("Users", user["id"], op("replace", "active", False))

    def agree(self, where=""):
        """Every user of the desk is shown as it is there."""
        shown = {desk_part(u)["upstreamId"]: u for u in self.scim.all("Users")
                 if desk_part(u).get("state") == "linked"}
        real = {str(u["id"]): u for u in self.desk.users() if u["type"] == "user"}
        self.assertEqual(sorted(shown), sorted(real), where)
        for id_, user in real.items():
            one = shown[id_]
            self.assertEqual(
                (one["userName"], one["name"]["givenName"], one["name"]["familyName"],
                 one.get("title"), one["active"], desk_part(one)["role"]),
                (user["email"], user["firstName"], user["lastName"], user["jobTitle"], True,
                 user["role"]), where)
        for team in self.desk.table("teams"):
            group = self.scim.group(team["name"])
            here = {u["id"] for u in shown.values()}
            members = sorted(m["value"] for m in group.get("members", []) if m["value"] in here)
            self.assertEqual(members, sorted(shown[str(i)]["id"] for i in team["_userIds"]), where)

    def writes(self, since):
        return [c["operation"] for c in self.desk.calls(since=since) if c["method"] != "GET"]


class Reading(Conversations):
    def test_the_first_sync_shows_everybody(self):
        self.agree()
        self.assertEqual(len(self.scim.all("Users")), 7)
        self.assertEqual(self.user("aiko.sato")["roles"][0]["value"], "light user")
        ines = self.user("ines.carvalho")
        self.assertEqual((ines["displayName"], ines["timezone"], ines["phoneNumbers"][0]["value"]),
                         ("Ines Carvalho", "Europe/Lisbon", "+351 21 555 0101"))
        devi = self.user("devi.raman")
        self.assertTrue(devi["active"], "away is no account state")

    def test_a_lookup_finds_any_case_and_nobody_else(self):
        self.assertEqual(self.scim.user("DEVI.RAMAN" + MAIL)["id"], self.user("devi.raman")["id"])
        self.assertEqual(self.scim.filter("Users", f'userName eq "{NOOR}"'), [])
        made = self.desk.human("create_user", email=NOOR, first="Noor", last="Haddad")
        self.bridge.sync()
        self.assertEqual(desk_part(self.scim.user(NOOR))["upstreamId"], str(made["id"]))

    def test_an_expired_token_is_renewed(self):
        self.desk.human("revoke_tokens")
        self.scim.post("Users", person(NOOR))
        self.assertIsNotNone(self.desk.user(NOOR))
        self.desk.set(token_ttl=1)
        self.desk.human("revoke_tokens")
        for _ in range(2):
            self.bridge.sync()
            self.desk.clock(2)
        self.agree()


class OddReading(Conversations):
    """Every unknown of reading on its other setting."""
    knobs = {"users": 46, "users_order": "shuffled", "empty_total_pages": 1, "extra_types": 2,
             "email_filter": "ignored", "error_links": "legacy", "no_route_text": "old",
             "body_401": "json", "token_json": "reject400"}

    def test_pages_in_any_order_and_a_filter_that_is_none(self):
        self.agree()
        self.assertEqual(len(self.scim.all("Users")), 53)
        self.assertEqual(self.scim.filter("Users", f'userName eq "{NOOR}"'), [])
        self.scim.post("Users", person(NOOR))
        self.bridge.sync()
        self.agree()


class Creating(Conversations):
    def test_a_new_person_is_created_and_invited(self):
        made = self.scim.post("Users", person(NOOR, title="Support", timezone="Asia/Amman",
                                              phoneNumbers=[{"type": "work", "value": "+1 2"}],
                                              externalId="e-1"))
        real = self.desk.user(NOOR)
        self.assertEqual((real["firstName"], real["lastName"], real["role"], real["jobTitle"],
                          real["timezone"], real["phone"]),
                         ("Noor", "Haddad", "user", "Support", "Asia/Amman", "+1 2"))
        self.assertEqual(desk_part(made)["upstreamId"], str(real["id"]))
        self.assertEqual([m["to"] for m in self.desk.table("mails")], [NOOR])
        self.assertEqual(self.tasks(), [])
        self.scim.error(409, "POST", "/Users", person(NOOR), "uniqueness")
        self.bridge.sync()
        self.agree()
        self.assertEqual(self.scim.user(NOOR)["externalId"], "e-1")

    def test_what_the_desk_refuses(self):
        for body, kind in ((person("x" + MAIL, "é" * 41), "invalidValue"),
                           (person("x" + MAIL, title="t" * 51), "invalidValue")):
            self.scim.error(400, "POST", "/Users", body, kind)
        self.scim.error(400, "POST", "/Users", {"schemas": [USER], "userName": "x" + MAIL},
                        "invalidValue")
        self.desk.set(seats=6)
        for status in (423, 412, 403):
            self.desk.set(seat_limit_status=status)
            self.scim.error(403, "POST", "/Users", person(NOOR))
        self.assertIsNone(self.desk.user(NOOR))

    def test_an_account_made_by_hand_is_no_second_person(self):
        for way in ("409", "400"):
            self.desk.set(dup_status=way)
            email = f"hand{way}{MAIL}"
            real = self.desk.human("create_user", email=email, first="Noor", last="Haddad")
            made = self.scim.want(201, "POST", "/Users", person(email)).json
            self.assertEqual(desk_part(made)["upstreamId"], str(real["id"]))
        self.assertEqual((self.tasks(), self.desk.table("mails")), ([], []))

    def test_what_differs_in_an_adopted_account_is_a_task(self):
        self.desk.human("create_user", email=NOOR, first="N.", last="Haddad", title="Old")
        made = self.scim.want(201, "POST", "/Users", person(NOOR)).json
        self.assertEqual(desk_part(made)["state"], "linked")
        task = self.one_task("update")
        self.assertEqual(task["detail"]["set"]["name"]["givenName"], "Noor")
        self.assertNotIn("title", task["detail"]["set"], "nobody asked to clear it")

    def test_a_lost_answer_makes_one_account(self):
        self.desk.fault("status", {"operation": "users.create"}, status=504, work=True, body="")
        reply = self.scim.raw("POST", "/Users", person(NOOR))
        self.assertEqual(reply.status, 201, reply)
        self.assertEqual(len(self.desk.calls("users.create", "POST")), 2, "a probe and a create")
        self.assertEqual(desk_part(reply.json)["upstreamId"], str(self.desk.user(NOOR)["id"]))


class CreatingByHand(Conversations):
    """An account, or a version of the API, without POST /users."""
    knobs = {"users_create": "off"}

    def test_a_person_adds_the_account(self):
        for way in ("off", "off405", "403"):
            self.desk.set(users_create=way)
            email = f"noor.{way}{MAIL}"
            reply = self.scim.want(201, "POST", "/Users", person(email, externalId="x-" + way))
            made = reply.json
            self.assertEqual(desk_part(made)["state"], "waiting")
            task = self.one_task("invite")
            self.assertIn(email, json.dumps(task))
            self.assertIsNone(self.desk.user(email))
            self.bridge.sync()
            self.assertEqual(self.scim.user(email)["id"], made["id"], "still one, still waiting")
            real = self.desk.human("create_user", email=email.upper(), first="Noor", last="Haddad",
                                   invited=True)
            self.bridge.sync()
            self.assertEqual(self.tasks(), [])
            found = self.scim.user(email)
            self.assertEqual((found["id"], found["externalId"], desk_part(found)["state"],
                              desk_part(found)["upstreamId"]),
                             (made["id"], "x-" + way, "linked", str(real["id"])))

    def test_a_change_of_mind_withdraws_the_task(self):
        made = self.scim.want(201, "POST", "/Users", person(NOOR)).json
        self.one_task("invite")
        self.scim.delete("Users", made["id"])
        self.assertEqual(self.tasks(), [])
        self.assertEqual(self.scim.filter("Users", f'userName eq "{NOOR}"'), [])


class WhomToInvite(Conversations):
    """The helpdesk cannot create; the identity provider must not notice."""
    knobs = {"users_create": "off"}

    def test_a_person_is_asked_and_the_id_stays(self):
        self.assertEqual(self.scim.filter("Users", f'userName eq "{NOOR}"'), [])
        made = self.scim.want(201, "POST", "/Users", person(NOOR, externalId="e-7")).json
        task = self.one_task("invite")
        self.assertEqual((task["detail"]["who"]["email"], task["detail"]["who"]["id"]),
                         (NOOR, made["id"]))
        self.assertIn("Invite", task["detail"]["what"])
        self.assertEqual([t["id"] for t in desk_part(made)["tasks"]], [task["id"]])
        real = self.desk.human("create_user", email=NOOR, first="Noor", last="Haddad")
        self.bridge.sync()
        self.assertEqual(self.tasks(), [])
        closed = next(t for t in self.tasks(closed=True) if t["id"] == task["id"])
        self.assertEqual(closed["outcome"], "done")
        found = self.scim.filter("Users", f'userName eq "{NOOR}"')
        self.assertEqual([(u["id"], u["externalId"], desk_part(u)["upstreamId"]) for u in found],
                         [(made["id"], "e-7", str(real["id"]))])
        self.assertEqual(self.desk.table("mails"), [], "nobody was written to")
        self.agree()


class Capabilities(Conversations):
    """What the account has: found, kept, shown with its evidence, forced."""

    def setUp(self):
        super().setUp()
        self.admin = self.bridge.token("admin")

    def found(self):
        reply = call(self.bridge.root, "GET", "/admin/api/targets", None,
                     {"Authorization": "Bearer " + self.admin})
        return {c["name"]: c for c in reply.json["items"][0]["capabilities"]}

    def states(self):
        return {name: c["state"] for name, c in self.found().items()}

    def test_each_with_its_evidence(self):
        self.assertEqual(self.states(), {
            "users.create": "on", "users.delete": "unknown", "users.email_filter": "on",
            "users.status": "on", "routing": "on", "teams": "on", "scim": "off"})
        asked = self.found()["users.create"]
        self.assertRegex(asked["at"], r"^20\d\d-.*Z$")
        self.assertIn("POST /v2/users", asked["evidence"])
        self.assertIn("answered 400 application/vnd.error+json", asked["evidence"])
        for call_ in self.desk.calls(method="DELETE"):
            self.fail(f"asked with a real deletion: {call_}")
        self.leave(self.user("piet.vanloon"))
        self.assertEqual(self.states()["users.delete"], "on", "the first real one told")
        said = self.bridge.run("probe", "-c", self.bridge.ini)
        self.assertIn("users.create         on", said)
        self.assertIn(asked["evidence"], said)
        one = json.loads(self.bridge.run("probe", "-c", self.bridge.ini, "--json"))["targets"][0]
        self.assertTrue(one["answers"])
        self.assertEqual({c["name"] for c in one["capabilities"]}, set(self.found()))

    def test_other_answers(self):
        for knobs, name in (({"users_create": "off"}, "users.create"),
                            ({"users_create": "off405"}, "users.create"),
                            ({"users_create": "403"}, "users.create"),
                            ({"email_filter": "ignored"}, "users.email_filter"),
                            ({"plan": "standard", "teams_on_standard": "403"}, "teams")):
            with self.subTest(knobs=knobs):
                self.desk.set(**knobs)
                said = self.bridge.run("probe", "-c", self.bridge.ini, "--json")
                one = next(c for c in json.loads(said)["targets"][0]["capabilities"]
                           if c["name"] == name)
                self.assertEqual(one["state"], "off", one)
                self.assertIn("is not offered", one["evidence"])
                self.desk.reset()

    def test_kept_over_a_restart_and_loaded_before_anything_is_asked(self):
        before = self.found()
        self.bridge.kill()
        since = self.desk.last_call()
        self.bridge.start()
        self.assertEqual(self.found(), before, "the same evidence, of the same time")
        self.assertEqual(self.desk.calls("users.create", since=since), [], "not asked again")

    def test_an_answer_that_contradicts_is_believed_and_asked_about(self):
        for way in ("off", "off405"):
            self.assertEqual(self.states()["users.create"], "on")
            self.desk.set(users_create=way)
            email = f"noor.{way}{MAIL}"
            made = self.scim.want(201, "POST", "/Users", person(email)).json
            self.assertEqual(desk_part(made)["state"], "waiting")
            now = self.found()["users.create"]
            self.assertEqual(now["state"], "off")
            self.assertIn("is not offered", now["evidence"])
            self.assertEqual([c["operation"] for c in self.desk.calls("users.create")][-2:],
                             ["users.create"] * 2, "tried, then asked about")
            self.desk.set(users_create="on")
            self.bridge.stop()
            self.forget()
            self.bridge.start()
            other = self.scim.want(201, "POST", "/Users", person("b" + email)).json
            self.assertEqual(desk_part(other)["state"], "linked")
            self.assertEqual(self.states()["users.create"], "on")

    def forget(self):
        """As if a day had gone by."""
        with contextlib.closing(sqlite3.connect(self.bridge.database)) as db, db:
            db.execute("UPDATE capability SET at = at - 86400000")

    def configure(self, **more):
        self.bridge.stop()
        self.bridge.configure(None, {**self.bridge.target, **more})
        self.bridge.start()

    def test_the_operator_knows_better(self):
        self.configure(**{"capability.users.create": "off"})
        self.scim.want(201, "POST", "/Users", person(NOOR))
        self.assertIsNone(self.desk.user(NOOR))
        self.one_task("invite")
        forced = self.found()["users.create"]
        self.assertEqual((forced["state"], forced["forced"], forced["evidence"]),
                         ("off", True, "The operator says so: capability.users.create = off."))
        self.configure(**{"capability.users.create": "auto"})
        self.assertEqual(self.states()["users.create"], "on")

    def test_a_name_that_is_none_stops_the_start(self):
        self.bridge.stop()
        for key, value, said in (("capability.users.creat", "on", "users.create"),
                                 ("capability.teams", "perhaps", "auto")):
            self.bridge.configure(None, {**self.bridge.target, key: value})
            done = subprocess.run(
                [os.path.join(BUILD, "scim-bridge"), "check", "-c", self.bridge.ini],
                capture_output=True, text=True, check=False,
                env={**os.environ, **self.bridge.env})
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(said, done.stderr)
        self.bridge.configure(None, self.bridge.target)
        self.bridge.start()


class ByItsOwnScim(Conversations):
    """The mode scim: reading by the API, writing by Help Scout's own SCIM."""
    knobs, target = {"plan": "pro", "scim": "on"}, {"set.mode": "scim"}

    def scim_writes(self, since):
        return [c["operation"] for c in self.desk.calls(since=since)
                if c["method"] != "GET" and c["operation"].startswith("scim.")]

    def test_a_life(self):
        since = self.desk.last_call()
        made = self.scim.post("Users", person(NOOR, title="Support"))
        self.assertEqual((self.desk.user(NOOR)["jobTitle"], self.tasks()), ("Support", []))
        new = "noor.lee" + MAIL
        self.scim.patch("Users", made["id"], op("replace", "name.familyName", "Lee"),
                        op("replace", "userName", new),
                        op("replace", 'emails[type eq "work"].value', new))
        self.assertEqual(self.desk.user(new)["lastName"], "Lee")
        group = self.scim.new_group("Night shift", made["id"])
        self.assertEqual(self.desk.team("Night shift")["_userIds"], [self.desk.user(new)["id"]])
        self.scim.patch("Groups", group["id"], op("replace", "displayName", "Nights"),
                        op("remove", f'members[value eq "{made["id"]}"]'))
        self.assertEqual(self.desk.team("Nights")["_userIds"], [])
        self.scim.delete("Groups", group["id"])
        self.assertIsNone(self.desk.team("Nights"))
        self.assertFalse(self.leave(made)["active"])
        self.assertIsNone(self.desk.user(new))
        self.assertEqual(self.scim_writes(since), [
            "scim.users.create", "scim.users.patch", "scim.groups.create", "scim.groups.patch",
            "scim.groups.patch", "scim.groups.patch", "scim.groups.delete", "scim.users.delete"])
        self.assertEqual(self.tasks(), [])
        self.bridge.sync()
        self.agree()

    def test_what_it_cannot_carry_is_a_task(self):
        made = self.scim.want(201, "POST", "/Users", person(
            NOOR, phoneNumbers=[{"type": "work", "value": "+1 2"}])).json
        task = self.one_task("update")
        self.assertEqual(list(task["detail"]["set"]), ["phoneNumbers"])
        self.desk.human("set", id=self.desk.user(NOOR)["id"], fields={"phone": "+1 2"})
        self.bridge.sync()
        self.assertEqual(self.tasks(), [])
        self.scim.patch("Users", made["id"], op("replace", "title", "Lead"),
                        op("replace", "timezone", "Asia/Amman"))
        self.assertEqual(self.desk.user(NOOR)["jobTitle"], "Lead", "what can be done is")
        self.assertEqual(list(self.one_task("update")["detail"]["set"]), ["timezone"])

    def test_the_token_of_one_never_goes_to_the_other(self):
        self.scim.post("Users", person(NOOR))
        self.assertEqual({c["status"] for c in self.desk.calls()
                          if c["operation"].startswith("scim.")} - {200, 201}, set())
        self.desk.set(scim_token="another")
        reply = self.scim.raw("POST", "/Users", person("x" + NOOR))
        self.assertEqual(reply.status, 502, "our credentials are not accepted")
        self.assertNotIn("sim-scim-token", self.bridge.log() + reply.text)


class ByEither(Conversations):
    """The mode auto: the API first, then Help Scout's own SCIM."""
    knobs = {"plan": "pro", "scim": "on"}

    def test_what_the_api_lost_is_done_the_other_way_at_once(self):
        self.scim.post("Users", person("a" + NOOR, timezone="Asia/Amman"))
        self.desk.set(users_create="off", users_delete="off405")
        since = self.desk.last_call()
        made = self.scim.want(201, "POST", "/Users", person(NOOR, timezone="Asia/Amman")).json
        self.assertEqual(desk_part(made)["upstreamId"], str(self.desk.user(NOOR)["id"]))
        self.assertEqual(list(self.one_task("update")["detail"]["set"]), ["timezone"])
        self.assertFalse(self.leave(made)["active"])
        self.assertIsNone(self.desk.user(NOOR))
        self.assertEqual([x for x in self.writes(since) if "users." in x], [
            "users.create", "users.create", "scim.users.create", "users.away", "users.delete",
            "scim.users.delete"], "tried, asked, done; and tried, done")
        self.assertEqual(self.tasks(), [])


class LeftToPeople(Conversations):
    """The mode queue: no account is changed but by a person."""
    target = {"set.mode": "queue"}

    def test_everything_is_a_task(self):
        piet = self.user("piet.vanloon")
        since = self.desk.last_call()
        self.scim.want(201, "POST", "/Users", person(NOOR))
        self.scim.patch("Users", piet["id"], op("replace", "title", "Lead"))
        self.assertFalse(self.leave(piet)["active"])
        self.assertEqual(sorted(t["kind"] for t in self.tasks()),
                         ["deactivate", "invite", "update"])
        self.assertNotIn("users.delete", self.writes(since))
        self.assertIsNotNone(self.desk.user("piet.vanloon" + MAIL))


class Changing(Conversations):
    def test_a_changed_name_is_a_task(self):
        maren = self.user("maren.holst")
        since = self.desk.last_call()
        self.scim.patch("Users", maren["id"], op("replace", "name.familyName", "Holst-Lund"),
                        op("replace", "title", "Lead"))
        self.assertEqual(self.writes(since), [])
        task = json.dumps(self.one_task("update"))
        for word in ("Holst-Lund", "Lead", "maren.holst"):
            self.assertIn(word, task)
        self.bridge.sync()
        self.one_task("update")
        self.assertEqual(self.user("maren.holst")["title"], "Lead", "the wish is kept")
        self.desk.human("rename", id=MAREN, last="Holst-Lund", title="Lead")
        self.bridge.sync()
        self.agree()

    def test_a_changed_role_is_a_task(self):
        piet = self.user("piet.vanloon")
        self.scim.patch("Users", piet["id"], op("replace", "roles", [{"value": "light user",
                                                                      "primary": True}]))
        self.one_task("role")
        self.desk.human("change_role", id=PIET, role="light user")
        self.bridge.sync()
        self.agree()

    def test_members_are_a_task(self):
        group, piet = self.scim.group("Tier 1"), self.user("piet.vanloon")
        maren = self.user("maren.holst")
        since = self.desk.last_call()
        self.scim.patch("Groups", group["id"], op("add", "members", [{"value": piet["id"]}]),
                        op("remove", f'members[value eq "{maren["id"]}"]'))
        self.assertEqual(self.writes(since), [])
        self.one_task("team")
        self.desk.human("add_to_team", id=PIET, team="Tier 1")
        self.bridge.sync()
        self.one_task("team")
        self.desk.human("remove_from_team", id=MAREN, team="Tier 1")
        self.bridge.sync()
        self.agree()

    def test_the_owner_and_our_own_account_are_shielded(self):
        since = self.desk.last_call()
        for name in ("ines.carvalho", "scim-bridge"):
            path = "/Users/" + self.user(name)["id"]
            self.scim.error(403, "PATCH", path, patch_body(op("replace", "active", False)))
            self.scim.error(403, "DELETE", path)
        self.scim.error(403, "POST", "/Users",
                        person(NOOR, roles=[{"value": "owner", "primary": True}]))
        self.assertEqual(self.writes(since), [])
        self.assertEqual(len(self.desk.users()), 7)


class Leaving(Conversations):
    def test_work_is_handed_over_and_the_account_is_deleted(self):
        maren, devi = self.user("maren.holst"), self.user("devi.raman")
        self.desk.human("set_access", id=MAREN, mailboxes=[HELP, 7302])
        self.scim.patch("Users", devi["id"],
                        op("add", None, {ENTERPRISE: {"manager": {"value": maren["id"]}}}))
        self.desk.human("conversation_open", id=DEVI, count=57)
        self.desk.human("conversation_open", id=DEVI, count=3, status="closed")
        self.assertEqual(len(self.desk.owned_by(DEVI)), 63)
        gone = self.leave(devi)
        self.assertFalse(gone["active"])
        self.assertEqual(len(self.desk.owned_by(MAREN)), 60, "closed work stays where it is")
        self.assertIsNone(self.desk.user("devi.raman" + MAIL))
        routing = self.desk.hs("GET", f"/v2/mailboxes/{HELP}/routing").json
        self.assertEqual((routing["state"], routing["userIds"]), ("enabled", [MAREN]))
        self.assertEqual({c["status"] for c in self.desk.calls("users.away")}, {204})
        steps = ["users.away", "routing.put", "tickets.assign", "users.delete"]
        done = [c["operation"] for c in self.desk.calls() if c["operation"] in steps]
        self.assertEqual(list(dict.fromkeys(done)), steps, "in this order")
        work = desk_part(self.scim.get("/Users/" + devi["id"]))["tombstone"]
        self.assertEqual((work["openWorkFound"], work["openWorkMoved"], work["openWorkTo"]),
                         (60, 60, "maren.holst" + MAIL))
        self.bridge.sync()
        self.assertFalse(self.scim.get("/Users/" + devi["id"])["active"])
        self.assertEqual(self.tasks(), [])
        self.agree()

    def test_killed_three_times_half_way(self):
        maren, devi = self.user("maren.holst"), self.user("devi.raman")
        self.desk.human("set_access", id=MAREN, mailboxes=[HELP, 7302])
        self.desk.human("conversation_open", id=DEVI, count=100)
        self.scim.patch("Users", devi["id"],
                        op("add", None, {ENTERPRISE: {"manager": {"value": maren["id"]}}}))
        self.desk.set(latency_ms=10)
        for _ in range(3):
            since = self.desk.last_call()
            asked = threading.Thread(target=self.leave_or_not, args=(devi,))
            asked.start()
            wait_until(lambda at=since: len(self.desk.calls("tickets.assign", since=at)) > 15,
                       "some work was handed over")
            self.bridge.kill()
            asked.join()
            self.bridge.start()
        self.assertFalse(self.leave(devi)["active"])
        wait_until(lambda: self.desk.user("devi.raman" + MAIL) is None,
                   "the hand-over that was promised ended, and the account went")
        self.assertEqual(len(self.desk.owned_by(MAREN)), 103)
        heirs = {}
        for done in self.desk.calls("tickets.assign"):
            heirs.setdefault(done["path"], set()).add(done.get("body"))
        self.assertEqual({len(h) for h in heirs.values()}, {1}, "nothing went to two people")

    def leave_or_not(self, user):
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.leave(user)

    def test_the_last_of_a_rotation_disables_it(self):
        for name in ("devi.raman", "maren.holst"):
            self.leave(self.user(name))
        routing = self.desk.hs("GET", f"/v2/mailboxes/{HELP}/routing").json
        self.assertEqual((routing["state"], routing["userIds"]), ("disabled", []))

    def test_who_returns_gets_a_new_account_under_the_same_id(self):
        piet = self.user("piet.vanloon")
        self.leave(piet)
        self.assertIsNone(self.desk.user("piet.vanloon" + MAIL))
        back = self.scim.patch("Users", piet["id"], op("replace", "active", True))
        self.assertTrue(back["active"])
        real = self.desk.user("piet.vanloon" + MAIL)
        self.assertEqual((desk_part(back)["upstreamId"], real["id"] > AIKO),
                         (str(real["id"]), True))
        self.bridge.sync()
        self.agree()

    def test_delete_is_final(self):
        piet = self.user("piet.vanloon")
        self.scim.delete("Users", piet["id"])
        self.assertIsNone(self.desk.user("piet.vanloon" + MAIL))
        self.scim.error(404, "GET", "/Users/" + piet["id"])
        self.bridge.sync()
        self.scim.error(404, "GET", "/Users/" + piet["id"])
        self.agree()

    def test_a_lost_answer_of_the_deletion(self):
        self.desk.fault("drop_after", {"operation": "users.delete"})
        self.assertFalse(self.leave(self.user("piet.vanloon"))["active"])
        self.assertIsNone(self.desk.user("piet.vanloon" + MAIL))

    def test_what_a_heir_may_not_have_goes_to_the_next(self):
        aiko = self.user("aiko.sato")
        for way, name, count in (("400", "devi.raman", 3), ("403", "maren.holst", 2)):
            self.desk.set(bad_assignee=way)
            leaver = self.user(name)
            if name == "maren.holst":
                self.desk.human("conversation_open", id=MAREN, count=2)
            self.scim.patch("Users", leaver["id"],
                            op("add", None, {ENTERPRISE: {"manager": {"value": aiko["id"]}}}))
            self.leave(leaver)
            self.assertEqual({str(c.get("assignee")) for c in self.desk.table("conversations")},
                             {"None"})
            work = desk_part(self.scim.get("/Users/" + leaver["id"]))["tombstone"]
            self.assertEqual((work["openWorkMoved"], work["openWorkTo"]), (count, "nobody"))

    def test_a_team_may_inherit(self):
        self.bridge.stop()
        self.bridge.configure(None, {**self.bridge.target, "offboard": "team:Billing, nobody"})
        self.bridge.start()
        self.leave(self.user("devi.raman"))
        self.assertEqual({c["assignee"]["id"] for c in self.desk.table("conversations")}, {410011})


class LeavingByHand(Conversations):
    """An account without DELETE /users."""
    knobs = {"users_delete": "off"}

    def test_a_person_removes_the_account(self):
        devi = self.user("devi.raman")
        gone = self.scim.raw("PATCH", "/Users/" + devi["id"],
                             patch_body(op("replace", "active", False)))
        self.assertIn(gone.status, (200, 204), gone)
        self.one_task("deactivate")
        self.assertIsNotNone(self.desk.user("devi.raman" + MAIL))
        self.assertEqual(self.desk.owned_by(DEVI), [], "the work is handed over all the same")
        self.bridge.sync()
        self.one_task("deactivate")
        self.desk.human("delete_user", id=DEVI)
        self.bridge.sync()
        self.assertEqual(self.tasks(), [])
        self.assertFalse(self.scim.get("/Users/" + devi["id"])["active"])
        self.agree()


class Paced(Conversations):
    """A budget that is shared with others."""

    def test_a_limited_call_had_no_effect_and_is_repeated(self):
        self.desk.fault("status", {"operation": "users.create"}, status=429,
                        body={"message": "API rate limit exceeded"},
                        headers={"X-RateLimit-Retry-After": "1", "Content-Type":
                                 "application/json; charset=utf-8"})
        self.scim.want(201, "POST", "/Users", person(NOOR))
        self.assertIsNotNone(self.desk.user(NOOR))
        self.agree()


if __name__ == "__main__":
    main()
