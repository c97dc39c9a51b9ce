#!/usr/bin/env python3
"""The bridge in front of the simulated Kustomer: the same life of people and
teams in each preset of what nobody knows, then each of these on each setting.
After every conversation SCIM is compared with the helpdesk's world."""
import contextlib
import http.client
import json
import os
import re
import tempfile
import threading
import time
import unittest

import harness

from harness import (ENTERPRISE, GROUP, desk_part, main, op, patch_body, user_body, wait_until)
from kustomer import (ANA, BILLING, BO, CY, DEE, EVA, FINN, GUS, MACHINE, MAIL, MANAGER, OLU,
                      Desk, KustomerBridge, same_world)


def person(email, name=None, **more):
    given, _, family = (name or email.split("@")[0].replace(".", " ").title()).partition(" ")
    return user_body(email, name={"givenName": given, "familyName": family},
                     **{"displayName": f"{given} {family}", **more})


def role(value):
    return [{"value": value, "primary": True}]


class Desks(unittest.TestCase):
    """A desk and a bridge for a class; each test hires people of its own."""
    knobs, target, key = {}, {}, "sim-token"
    hired = 0

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.desk = Desk(cls.folder.name, **cls.knobs)
        cls.addClassCleanup(cls.desk.stop)
        cls.bridge = KustomerBridge(cls.desk, cls.folder.name, None, cls.target)
        key = cls.key
        type(cls.bridge).env = property(lambda self: {"DESK_TOKEN": key})
        token = cls.bridge.token()
        cls.bridge.start()
        cls.addClassCleanup(cls.bridge.stop)
        cls.scim = cls.bridge.client(token)

    def tearDown(self):
        self.desk.no_faults()
        self.desk.set(**{name: value for name, value in self.changed.items()})
        self.bridge.sync()
        same_world(self.scim, self.desk, self.id())

    def setUp(self):
        self.changed = {}

    def turn(self, **knobs):
        """Sets knobs until the end of the test."""
        now = self.desk.ask("GET", "/set")
        for name in knobs:
            self.changed.setdefault(name, now[name]["value"])
        self.desk.set(**knobs)

    def address(self, stem="nia.holt"):
        Desks.hired += 1
        return f"{stem}{Desks.hired}{MAIL}"

    def hire(self, stem="nia.holt", **more):
        """Somebody new, over SCIM, who has accepted; the account."""
        made = self.scim.post("Users", person(self.address(stem), **more))
        self.desk.human("accept_invitation", id=desk_part(made)["upstreamId"])
        return made

    def real(self, user):
        return self.desk.by_id(desk_part(user)["upstreamId"])

    def patch(self, user, *operations):
        return self.scim.patch("Users", user["id"], *operations)

    def leave(self, user):
        return self.patch(user, op("replace", "active", False))

    def writes(self, since):
        return [c for c in self.desk.calls(since=since) if c["method"] != "GET"]

    def moved(self, user):
        """How many conversations the receipt says were handed over."""
        receipt = desk_part(self.scim.get("/Users/" + user["id"])).get("tombstone") or {}
        return receipt.get("openWorkMoved", receipt.get("openWork", {}).get("moved"))


class Life:
    """What holds in every preset."""

    def test_everybody_is_shown_once(self):
        roles = {desk_part(u)["upstreamId"]: desk_part(u).get("role")
                 for u in self.scim.all("Users")}
        self.assertNotIn(MACHINE, roles)
        self.assertEqual([roles[i] for i in (OLU, EVA, BO, ANA, GUS)],
                         ["owner", "admin", "Manager", "agent", "collaborator"])
        cy, dee = (self.scim.user(n + MAIL) for n in ("cy.okafor", "dee.marsh"))
        self.assertEqual((cy["active"], dee["active"]), (True, False))

    def test_a_person_is_invited_with_explicit_roles(self):
        email = self.address()
        self.scim.error(400, "POST", "/Users", {**person(email), "userName": "nobody"},
                        "invalidValue")
        made = self.scim.post("Users", person(email, "Nia van Holt", externalId="e-1", phoneNumbers=[
            {"type": "mobile", "value": "+1 555"}], title="Lead"))
        sent = json.loads(self.desk.calls("users.create")[-1]["body"])
        self.assertEqual((sent["roles"], sent["roleGroups"], sent["userType"]),
                         (["org.user"], ["66d3c4e5f607182930415c03"], "user"))
        real = self.real(made)
        self.assertEqual((real["name"], real["mobile"], real["roles"]),
                         ("Nia van Holt", "+1 555", ["org.user"]))
        self.assertEqual(self.desk.mails().count(email), 1)
        self.assertTrue(made["active"])
        self.scim.error(409, "POST", "/Users", person(email), "uniqueness")
        self.scim.error(409, "POST", "/Users", person(email.upper()), "uniqueness")
        self.bridge.sync()
        again = self.scim.user(email)
        self.assertEqual((again["id"], again["externalId"], again["title"],
                          again["name"]["familyName"]), (made["id"], "e-1", "Lead", "van Holt"))
        self.assertEqual(self.desk.mails().count(email), 1)

    def test_accounts_made_by_hand_are_adopted(self):
        for invited in (False, True):
            email = self.address("hand.made")
            real = self.desk.human("create_user", email=email.title(), name="Hand Made",
                                   role_group="Support Agent", invited=invited)
            mails = len(self.desk.mails())
            made = self.scim.post("Users", person(email, "Hand Made"))
            self.assertEqual(desk_part(made)["upstreamId"], real["id"])
            self.assertEqual(len(self.desk.mails()), mails, "nobody is invited twice")
        email = self.address("was.here")
        real = self.desk.human("create_user", email=email, name="Was Here",
                               role_group="Support Agent")
        self.desk.human("deactivate", id=real["id"])
        made = self.scim.post("Users", person(email))
        self.assertEqual((desk_part(made)["upstreamId"], made["active"]), (real["id"], True))

    def test_a_person_changes(self):
        user = self.hire("ada.old", phoneNumbers=[{"type": "mobile", "value": "+1"}])
        since, email = self.desk.last_call(), self.address("ada.new")
        new = self.patch(user, op("replace", "name.familyName", "New"),
                         op("replace", "displayName", "Ada N."), op("replace", "userName", email),
                         op("remove", "phoneNumbers"))
        real = self.real(user)
        self.assertEqual((real["name"].split()[-1], real["displayName"], real["email"],
                          real["mobile"]), ("New", "Ada N.", email, None))
        self.assertEqual((new["id"], new["userName"]), (user["id"], email))
        self.assertEqual(len(self.writes(since)), 1)
        since = self.desk.last_call()
        self.patch(user, op("replace", "displayName", "Ada N."))
        self.assertEqual(self.writes(since), [], "nothing to say")
        other = self.hire()
        self.scim.error(409, "PATCH", "/Users/" + user["id"], patch_body(
            op("replace", "userName", other["userName"])), "uniqueness")
        self.assertEqual(self.real(user)["email"], email)

    def test_a_replaced_person_keeps_what_cannot_be_cleared(self):
        user = self.hire(userType="hourly")
        body = {k: user[k] for k in ("id", "schemas", "userName", "emails", "name")}
        self.scim.put("Users", {**body, "schemas": body["schemas"][:1], "displayName": "Other"})
        real = self.real(user)
        self.assertEqual((real["userType"], real["displayName"]), ("hourly", "Other"))
        self.scim.error(400, "PATCH", "/Users/" + user["id"],
                        patch_body(op("replace", "userType", "machine")), "invalidValue")

    def test_a_person_leaves_and_returns(self):
        user = self.hire(roles=role("Manager"))
        gone = self.leave(user)
        self.assertFalse(gone["active"])
        self.assertIsNotNone(self.real(user)["deletedAt"])
        self.assertFalse(self.leave(user)["active"])
        self.desk.human("set", id=desk_part(user)["upstreamId"], fields={"mobile": "+9"})
        self.bridge.sync()
        back = self.patch(user, op("replace", "active", True), op("replace", "roles",
                                                                 role("Manager")))
        self.assertEqual((back["active"], back["id"], desk_part(back)["role"]),
                         (True, user["id"], "Manager"))
        self.assertIsNone(self.real(user)["deletedAt"])
        self.assertEqual(self.real(user)["roleGroups"], [MANAGER])

    def test_deactivated_and_restored_by_hand(self):
        user = self.hire()
        self.desk.human("deactivate", id=desk_part(user)["upstreamId"])
        self.assertFalse(self.leave(user)["active"], "it is so already")
        self.desk.human("restore", id=desk_part(user)["upstreamId"])
        self.bridge.sync()
        self.assertTrue(self.scim.get("/Users/" + user["id"])["active"])

    def test_a_deleted_person_is_gone_and_can_come_again(self):
        user, team = self.hire(), self.scim.group("Tier 2")
        self.scim.patch("Groups", team["id"], op("add", "members", [{"value": user["id"]}]))
        self.scim.delete("Users", user["id"])
        real = self.real(user)
        self.assertIsNotNone(real["deletedAt"])
        self.assertNotIn(real["id"], self.desk.team("Tier 2")["members"])
        for _ in range(2):
            self.scim.error(404, "GET", "/Users/" + user["id"])
            self.assertEqual(self.scim.filter("Users", f'userName eq "{user["userName"]}"'), [])
            self.bridge.sync()
        again = self.scim.post("Users", person(user["userName"], "Back Again"))
        self.assertNotEqual(again["id"], user["id"])
        self.assertEqual((desk_part(again)["upstreamId"], self.real(again)["name"]),
                         (real["id"], "Back Again"))
        self.assertIsNone(self.real(again)["deletedAt"])
        self.scim.error(404, "GET", "/Users/" + user["id"])

    def test_teams_and_their_members(self):
        one, two = self.hire(), self.hire()
        name = f"Team {one['id'][:8]}"
        group = self.scim.new_group(name, one["id"])
        team = self.desk.team(name)
        self.assertEqual((team["members"], team["displayName"]),
                         ([desk_part(one)["upstreamId"]], name))
        self.scim.error(409, "POST", "/Groups", {"schemas": [GROUP], "displayName": name},
                        "uniqueness")
        self.desk.human("set", id=MACHINE, fields={})
        self.desk.human("add_to_team", id=MACHINE, team=name)
        since = self.desk.last_call()
        self.scim.patch("Groups", group["id"], op("add", "members", [{"value": two["id"]}]),
                        op("remove", f'members[value eq "{one["id"]}"]'),
                        op("replace", "displayName", name + " b"))
        self.assertEqual(sorted(c["operation"] for c in self.writes(since)),
                         ["teams.members.add", "teams.members.remove", "teams.update"])
        team = self.desk.team(name + " b")
        self.assertEqual(set(team["members"]), {MACHINE, desk_part(two)["upstreamId"]})
        self.scim.put("Groups", {"id": group["id"], "schemas": [GROUP], "displayName": name,
                                 "members": [{"value": one["id"]}]})
        self.assertEqual(set(self.desk.team(name)["members"]),
                         {MACHINE, desk_part(one)["upstreamId"]})
        since = self.desk.last_call()
        self.scim.error(400, "PATCH", "/Groups/" + group["id"], patch_body(
            op("add", "members", [{"value": "11111111-2222-4333-8444-555555555555"}])))
        self.assertEqual(self.writes(since), [])
        self.scim.delete("Groups", group["id"])
        self.assertIsNotNone(self.desk.team(name)["deletedAt"])
        self.scim.error(404, "GET", "/Groups/" + group["id"])

    def test_teams_that_others_change(self):
        self.desk.human("create_team", name="By hand", members=[ANA, BO])
        self.bridge.sync()
        group = self.scim.group("By hand")
        self.desk.human("rename_team", team="By hand", name="By hand 2")
        self.desk.human("remove_from_team", id=BO, team="By hand 2")
        self.bridge.sync()
        self.assertEqual(self.scim.group("By hand 2")["id"], group["id"])
        self.desk.human("delete_team", team="By hand 2")
        self.bridge.sync()
        self.assertEqual(self.scim.filter("Groups", 'displayName eq "By hand 2"'), [])

    def test_one_role_group_each(self):
        user = self.hire()
        for name, groups in (("Manager", [MANAGER]), ("tier 2", None), ("agent", None)):
            got = self.patch(user, op("replace", "roles", role(name)))
            self.assertEqual(desk_part(got)["role"].lower(), name.lower())
            self.assertEqual(len(self.real(user)["roleGroups"]), 1)
            if groups:
                self.assertEqual(self.real(user)["roleGroups"], groups)
        since = self.desk.last_call()
        for name in ("supervisor", "owner", "org.admin"):
            reply = self.scim.raw("PATCH", "/Users/" + user["id"],
                                  patch_body(op("replace", "roles", role(name))))
            self.assertIn(reply.status, (400, 403), reply)
        self.assertEqual(self.writes(since), [])
        self.desk.human("set", id=desk_part(user)["upstreamId"],
                        fields={"roleGroups": [MANAGER, "66d3c4e5f607182930415c01"]})
        self.bridge.sync()
        self.assertEqual(desk_part(self.scim.get("/Users/" + user["id"]))["role"], "admin")
        self.desk.human("set", id=desk_part(user)["upstreamId"],
                        fields={"roleGroups": [MANAGER], "roles": ["org.admin", "org.user"]})
        self.bridge.sync()
        self.assertEqual(desk_part(self.scim.get("/Users/" + user["id"]))["role"], "org.admin")

    def test_collaborators(self):
        made = self.hire(roles=role("collaborator"))
        real = self.real(made)
        self.assertEqual((real["userType"], real["roleGroups"]), ("limited", []))
        self.scim.error(400, "POST", "/Users", person(self.address(), userType="limited"),
                        "invalidValue")

    def test_the_owner_and_the_last_administrator_are_shielded(self):
        since = self.desk.last_call()
        owner = self.scim.user("olu.adeyemi" + MAIL)
        for method, body in (("DELETE", None), ("PATCH", patch_body(op("replace", "active", False))),
                             ("PATCH", patch_body(op("replace", "roles", role("agent"))))):
            self.scim.error(403, method, "/Users/" + owner["id"], body)
        self.desk.human("deactivate", id=OLU)
        for user in self.scim.all("Users"):
            if desk_part(user).get("role") in ("admin", "org.admin") and user["active"] and \
                    desk_part(user)["upstreamId"] != EVA:
                self.desk.human("set", id=desk_part(user)["upstreamId"],
                                fields={"roleGroups": [MANAGER], "roles": ["org.user"]})
        self.bridge.sync()
        admin = self.scim.user("eva.novak" + MAIL)
        for method, body in (("DELETE", None), ("PATCH", patch_body(op("replace", "active", False))),
                             ("PATCH", patch_body(op("replace", "roles", role("agent"))))):
            self.scim.error(403, method, "/Users/" + admin["id"], body)
        self.assertEqual(self.writes(since), [])
        self.desk.human("restore", id=OLU)
        self.desk.human("set_role_group", id=OLU, role_group="Org Owner")

    def test_a_leaver_s_work_goes_to_the_manager(self):
        boss, user = self.hire("ben.boss"), self.hire("lea.leaver")
        self.bridge.sync()  # an heir must have accepted the invitation
        leaver, heir = (desk_part(u)["upstreamId"] for u in (user, boss))
        self.patch(user, op("add", None, {ENTERPRISE: {"manager": {"value": boss["id"]}}}))
        self.desk.human("conversation_open", id=leaver, count=12)
        self.desk.human("conversation_open", id=leaver, count=2, status="snoozed", **{"with": [FINN]})
        self.desk.human("conversation_open", id=leaver, count=3, status="done")
        self.assertFalse(self.leave(user)["active"])
        wait_until(lambda: not self.desk.of(leaver, "open", "snoozed"), "the work was handed over")
        self.assertEqual((len(self.desk.of(heir, "open")), len(self.desk.of(heir, "snoozed"))),
                         (12, 2))
        self.assertEqual(len(self.desk.of(leaver, "done")), 3, "what is done stays")
        self.assertEqual({tuple(c["assignedUsers"]) for c in self.desk.of(heir, "snoozed")},
                         {(FINN, heir)}, "who else is on it stays")
        self.assertTrue(all(c["rev"] == 2 for c in self.desk.of(heir)), "each was moved once")

    def test_a_stale_revision_is_read_again(self):
        user = self.hire()
        id_ = desk_part(user)["upstreamId"]
        self.desk.human("conversation_open", id=id_, count=2)
        self.desk.fault("status", {"operation": "tickets.update"}, status=409, count=2,
                        body={"errors": [{"status": "409", "title": "document revision mismatch"}]})
        self.leave(user)
        wait_until(lambda: not self.desk.of(id_, "open"), "the work was taken away")
        self.assertTrue(all("rev" in c["body"] for c in self.desk.calls("tickets.update")))

    def test_the_index_lags_behind(self):
        self.turn(index_lag_ms=700)
        user = self.hire()
        id_ = desk_part(user)["upstreamId"]
        self.desk.human("conversation_open", id=id_, count=5)
        since = self.desk.last_call()
        self.leave(user)
        wait_until(lambda: not self.desk.of(id_, "open"), "the work was taken away")
        moved = [c for c in self.desk.calls("tickets.update", since=since) if c["status"] == 200]
        self.assertEqual(len({c["path"] for c in moved}), len(moved), "none was moved twice")
        wait_until(lambda: self.moved(user) == 5, "the receipt says so")

    def test_a_lost_answer_is_no_second_account(self):
        email = self.address()
        self.desk.fault("drop_after", {"operation": "users.create"})
        made = self.scim.want(201, "POST", "/Users", person(email)).json
        self.assertEqual(self.desk.mails().count(email), 1)
        for kind, more in (("drop_after", {}), ("status", {"status": 200, "work": True, "body": ""}),
                           ("truncate", {})):
            for active in (False, True):
                self.desk.fault(kind, {"operation": "users.update"}, **more)
                got = self.patch(made, op("replace", "active", active))
                self.assertIs(got["active"], active, kind)
                self.assertIs(self.real(made)["deletedAt"] is None, active, kind)
                self.desk.no_faults()
        group = self.scim.group("Billing")
        self.desk.fault("reset_after", {"operation": "teams.members.add"})
        self.scim.patch("Groups", group["id"], op("add", "members", [{"value": made["id"]}]))
        self.assertIn(desk_part(made)["upstreamId"], self.desk.team("Billing")["members"])
        self.desk.fault("status", {"operation": "users.create"}, status=500, work=True, body="")
        email = self.address()
        reply = self.scim.raw("POST", "/Users", person(email))
        self.assertIn(reply.status, (201, 503), reply)
        if reply.status == 503:
            self.scim.want(201, "POST", "/Users", person(email))
        self.assertEqual(self.desk.mails().count(email), 1)

    def test_a_throttled_call_is_repeated(self):
        email, reset = self.address(), str(int(time.time()) + 1)
        for operation in ("users.create", "users.list"):
            self.desk.fault("status", {"operation": operation}, status=429,
                            body={"errors": [{"code": "too_many_requests", "message": "slow"}]},
                            headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset})
        self.scim.want(201, "POST", "/Users", person(email))
        self.assertEqual(self.desk.mails().count(email), 1)

    def test_answers_that_make_no_sense(self):
        user = self.hire()
        for kind in ("html", "garbage", "wrong_type"):
            self.desk.fault(kind, {"operation": "users.list"}, count=0)
            self.bridge.sync(expect=None)
            self.desk.no_faults()
            self.assertTrue(self.scim.get("/Users/" + user["id"])["active"], kind)
        self.desk.fault("html", {"operation": "users.update"}, status=404)
        reply = self.scim.raw("PATCH", "/Users/" + user["id"],
                              patch_body(op("replace", "displayName", "X")))
        self.assertIn(reply.status, (200, 500, 502, 503), reply)

    def test_errors_speak_in_both_shapes(self):
        user = self.hire()
        for shape in ("mixed", "swapped"):
            self.turn(error_shape=shape)
            self.turn(seats=1)
            detail = self.scim.error(403, "POST", "/Users", person(self.address())).json["detail"]
            self.assertRegex(detail, "seat|billing")
            self.turn(seats=0)
        for status, title, want in ((401, "Expired token", 502), (403, "missing required role", 403),
                                    (401, "missing required role", 403),
                                    (400, "Auth token associated with pod prod2 but request is "
                                     "being handled by prod1", 502)):
            for member in ("title", "message"):
                self.desk.fault("status", {"operation": "users.update"}, status=status, body={
                    "errors": [{"code": "x", member: title}]})
                reply = self.scim.error(want, "PATCH", "/Users/" + user["id"], patch_body(
                    op("replace", "displayName", f"{status} {member}")))
                self.assertIn(title, reply.json["detail"])


class Default(Life, Desks):
    knobs = {"preset": "default"}


class Legacy(Life, Desks):
    knobs = {"preset": "legacy"}


class Adverse(Life, Desks):
    knobs = {"preset": "adverse"}


def choices():
    """The unknown knobs and their settings, as the simulator's header has them."""
    path = os.path.join(harness.ROOT, "test", "sim", "kustomer_internal.h")
    with open(path, encoding="utf-8") as f:
        text = re.sub(r'"\s*\\?\n\s*"', "", f.read())
    block = text[text.index("#define KS_CHOICES"):text.index("#define KS_KNOBS")]
    return [(name, values.split("|")) for name, values in
            re.findall(r'X\(\w+,\s*"(\w+)",\s*"([^"]+)"', block)]


class OneLife(Desks):
    """A whole life, to be lived in odd worlds."""

    def one_life(self):
        user, email = self.hire(), self.address("new.name")
        id_ = desk_part(user)["upstreamId"]
        group = self.scim.new_group("T " + email, user["id"])
        self.patch(user, op("replace", "userName", email), op("replace", "displayName", "New"))
        self.patch(user, op("replace", "roles", role("Manager")))
        self.desk.human("conversation_open", id=id_, count=2)
        self.assertFalse(self.leave(user)["active"])
        wait_until(lambda: not self.desk.of(id_, "open"), "the work was taken away", 60)
        self.bridge.sync()
        self.assertFalse(self.scim.user(email)["active"])
        self.scim.error(409, "POST", "/Users", person(email), "uniqueness")
        self.assertTrue(self.patch(user, op("replace", "active", True))["active"])
        self.scim.patch("Groups", group["id"], op("replace", "displayName", "U " + email))
        self.scim.delete("Groups", group["id"])
        self.scim.delete("Users", user["id"])
        self.assertEqual([u["deletedAt"] is None for u in self.desk.users()
                          if u["email"] == email], [False])
        self.assertEqual(self.desk.mails().count(user["userName"]), 1)


class EveryUnknown(OneLife):
    """One life on each setting of each thing that nobody knows."""

    def test_each_on_each_setting(self):
        found = choices()
        self.assertGreater(len(found), 35)
        for name, values in found:
            for value in values:
                with self.subTest(name=name, value=value):
                    self.turn(**{name: value})
                    self.one_life()
                    self.bridge.sync()
                    same_world(self.scim, self.desk, f"{name}={value}")
            self.desk.set(**{name: "preset"})


class Budget(OneLife):
    """A budget of 25 calls and 4 searches in two seconds, told without Retry-After."""
    knobs = {"rate": 25, "search_rate": 4, "window_s": 2}
    target = {"deadline": "60s"}

    def test_a_life_within_it(self):
        self.one_life()


class LostAnswers(OneLife):
    """Every third answer to a write is lost, after the work was done."""
    knobs = {"lost_every": 3}

    def test_a_life_in_spite_of_them(self):
        for _ in range(3):
            self.one_life()


class Killed(Desks):
    def test_a_hand_over_survives_three_kills(self):
        boss, user = self.hire("ben.boss"), self.hire("lea.leaver")
        leaver, heir = (desk_part(u)["upstreamId"] for u in (user, boss))
        self.bridge.sync()
        self.patch(user, op("add", None, {ENTERPRISE: {"manager": {"value": boss["id"]}}}))
        self.desk.human("conversation_open", id=leaver, count=100)
        self.turn(latency_ms=5)
        for _ in range(3):
            since = self.desk.last_call()
            asked = threading.Thread(target=self.leave_or_not, args=(user,))
            asked.start()
            wait_until(lambda at=since: len(self.desk.calls("tickets.update", since=at)) > 12,
                       "some work was handed over")
            self.bridge.kill()
            asked.join()
            self.bridge.start()
        self.assertFalse(self.leave(user)["active"])
        wait_until(lambda: self.moved(user) == 100, "the receipt says so", 60)
        mine = self.desk.of(heir)
        self.assertEqual((len(mine), self.desk.of(leaver)), (100, []))
        self.assertEqual({c["rev"] for c in mine}, {2}, "none was moved twice")

    def leave_or_not(self, user):
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.leave(user)


class WeakKey(Desks):
    """A key that does not hold what it is to give."""
    key = "sim-weak"

    def test_a_powerless_account_is_undone(self):
        email = self.address()
        for _ in range(2):
            reply = self.scim.error(400, "POST", "/Users", person(email), "invalidValue")
            self.assertRegex(reply.json["detail"], "role|expects")
        self.assertIsNotNone(self.desk.user(email)["deletedAt"])
        self.assertEqual(self.desk.mails().count(email), 1)

    def test_a_key_that_lacks_its_top_level_role(self):
        self.desk.human("create_role_group", name="Small", roles=["org.permission.user.read"])
        self.bridge.stop()
        self.bridge.start()
        reply = self.scim.error(400, "POST", "/Users",
                                person(self.address(), roles=role("Small")), "invalidValue")
        self.assertIn("org.user", reply.json["detail"])


class Listing(Desks):
    """Lists that move, in pages of 500, in no order."""
    knobs = {"users": 1200, "list_order": "shuffled"}

    def test_who_slips_between_pages_is_not_gone(self):
        for shift in (1, -1, 7):
            self.turn(shift=shift)
            self.bridge.sync()
            self.turn(shift=0)
            active = [u for u in self.scim.all("Users") if u["active"]]
            self.assertEqual(len(active), len([u for u in self.desk.people()
                                               if not u["deletedAt"]]))

    def test_who_was_erased_is_shown_inactive(self):
        user = self.scim.user("agent.000777" + MAIL)
        self.desk.human("erase", id=desk_part(user)["upstreamId"])
        self.bridge.sync()
        self.assertFalse(self.scim.get("/Users/" + user["id"])["active"])


class MuchWork(Desks):
    """More open work than a search tells."""
    knobs = {"search_size": 1, "search_pages": 100}

    def test_more_than_a_hundred_pages(self):
        user = self.hire()
        id_ = desk_part(user)["upstreamId"]
        self.desk.human("conversation_open", id=id_, count=103)
        self.leave(user)
        wait_until(lambda: not self.desk.of(id_, "open"), "the work was taken away", 60)


class RolesByGroup(Desks):
    target = {"role.admin": "Helpdesk Admins", "role.Tier 2": "Specialists"}

    def test_administrators_are_members_of_a_group(self):
        user = self.hire()
        group = self.scim.new_group("Helpdesk Admins", user["id"])
        self.assertEqual(desk_part(self.scim.get("/Users/" + user["id"]))["role"], "admin")
        self.assertEqual(self.real(user)["roleGroups"], ["66d3c4e5f607182930415c01"])
        self.scim.patch("Groups", group["id"], op("remove", f'members[value eq "{user["id"]}"]'))
        self.assertEqual(desk_part(self.scim.get("/Users/" + user["id"]))["role"], "agent")
        self.assertIsNone(self.desk.team("Helpdesk Admins"))

    def test_any_permission_set_has_its_group(self):
        user = self.hire()
        self.scim.new_group("Specialists", user["id"])
        self.assertEqual(desk_part(self.scim.get("/Users/" + user["id"]))["role"], "Tier 2")
        self.assertEqual(self.real(user)["roleGroups"], ["66d3c4e5f607182930415c05"])


class Heirs(Desks):
    target = {"offboard": "team:Billing, nobody"}

    def test_a_team_may_inherit(self):
        user = self.hire()
        id_ = desk_part(user)["upstreamId"]
        made = self.desk.human("conversation_open", id=id_, count=3)
        self.leave(user)
        wait_until(lambda: not self.desk.of(id_, "open"), "the work was taken away")
        ids = {c["id"] for c in made}
        self.assertEqual({(tuple(c["assignedUsers"]), tuple(c["assignedTeams"]))
                          for c in self.desk.table("conversations") if c["id"] in ids},
                         {((), (BILLING,))})


del CY, DEE  # named by the samples alone

if __name__ == "__main__":
    main()
