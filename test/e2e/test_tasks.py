#!/usr/bin/env python3
"""What a helpdesk's API cannot do is a person's task: it says everything, ends
when the helpdesk shows what was wished, or when a person says so, and SCIM shows
the truth meanwhile. On a helpdesk that can be read and nothing else, on the
reference desk, and on Help Scout."""
import json
import os
import tempfile
import unittest

from harness import (DESK_GROUP, DESK_USER, ROOT, Bridge, Sim, call, desk_part, main, op,
                     wait_until)
from helpscout import MAIL, Desk, HelpScoutBridge

READ_ONLY = {"probe", "users.list", "users.get", "users.find_by_user_name", "teams.list",
             "teams.get"}


def read_only_profile(folder):
    """The plain desk, of which nothing but reading is offered."""
    with open(os.path.join(ROOT, "test", "fixtures", "profiles", "plain.json"),
              encoding="utf-8") as f:
        profile = json.load(f)
    profile["operations"] = {k: v for k, v in profile["operations"].items() if k in READ_ONLY}
    profile["lifecycle"] = {}
    profile["user"]["roles"].pop("op")
    members = profile["group"]["members"]
    members.pop("add")
    members.pop("remove")
    profile["manual"] = {
        "deactivate": {"where": "Settings, Team", "url": "https://desk.example/team/{{id}}"}}
    path = os.path.join(folder, "read-only.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(profile, f)
    return path


class Work(unittest.TestCase):
    """A desk and a bridge for each test."""
    target = {}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.open(folder.name)
        self.bridge.start()
        self.addCleanup(self.end)
        self.scim = self.bridge.client(self.bridge.token())
        self.admin = self.bridge.token("admin")

    def end(self):
        try:
            if self.bridge.program.running():
                self.bridge.stop()
        finally:
            self.sim.stop()

    def run_it(self, *args, expect=0):
        return self.bridge.run(*args, "-c", self.bridge.ini, expect=expect)

    def tasks(self, *more):
        return json.loads(self.run_it("tasks", "--json", *more))["items"]

    def task(self, kind):
        """The one open task."""
        found = self.tasks()
        self.assertEqual([t["kind"] for t in found], [kind])
        return found[0]

    def ended(self, task, state, by):
        now = json.loads(self.run_it("tasks", "show", task["id"], "--json"))
        self.assertEqual((now["state"], now["closedBy"]), (state, by))
        self.assertEqual([t["id"] for t in self.tasks() if t["id"] == task["id"]], [])

    def api(self, method, path, body=None, token=None):
        return call(self.bridge.root, method, "/admin/api" + path, body,
                    {"Authorization": "Bearer " + (token or self.admin)})

    def shown(self, one):
        return self.scim.get(f"/{one['meta']['resourceType']}s/{one['id']}")

    def kinds(self, one):
        return [t["kind"] for t in desk_part(self.shown(one)).get("tasks", [])]


class ReadOnly(Work):
    """Every kind of work, on a helpdesk that takes none of it."""

    def open(self, folder):
        self.sim = Sim(folder, desk="plain")
        self.bridge = Bridge(self.sim, folder, None, {
            "profile": read_only_profile(folder), "due.update": "1s", **self.target})
        for login in ("ann", "bob"):
            self.desk("POST", "/users", {"login": login, "email": login + "@d.example",
                                         "name": login.title(), "role": "Agent"}, 201)
        self.desk("POST", "/teams", {"name": "Night"}, 201)

    def desk(self, method, path, body=None, status=200):
        """A person at the helpdesk."""
        reply = self.sim.api_call(method, path, body)
        self.assertEqual(reply.status, status, reply)
        return reply.json if reply.body else None

    def real(self, login):
        return next((u for u in self.sim.users() if u["login"] == login), None)

    def patch(self, user, *operations):
        return self.scim.patch("Users", user["id"], *operations)

    # -- each kind, done by hand

    def test_an_attribute(self):
        ann = self.patch(self.scim.user("ann"), op("replace", "displayName", "Ann Lee"))
        task = self.task("update")
        self.assertEqual(task["detail"]["set"], {"displayName": "Ann Lee"})
        self.bridge.sync()
        self.assertEqual(self.shown(ann)["displayName"], "Ann Lee", "as wished, meanwhile")
        self.desk("PATCH", f"/users/{self.real('ann')['id']}", {"name": "Ann Lee"})
        self.bridge.sync()
        self.ended(task, "done", "sync")
        self.assertEqual((self.shown(ann)["displayName"], self.kinds(ann)), ("Ann Lee", []))

    def test_a_role(self):
        ann = self.scim.user("ann")
        bob = self.patch(self.scim.user("bob"),
                         op("replace", "roles", [{"value": "Admin", "primary": True}]))
        task = self.task("role")
        self.assertEqual(task["detail"]["role"], "Admin")
        self.desk("PATCH", f"/users/{self.real('bob')['id']}", {"role": "Admin"})
        self.bridge.sync()
        self.ended(task, "done", "sync")
        self.assertEqual(desk_part(self.shown(bob))["role"], "Admin")
        self.assertEqual(desk_part(self.shown(ann))["role"], "Agent")

    def test_members_of_a_team(self):
        ann, bob = self.scim.user("ann"), self.scim.user("bob")
        night = self.scim.group("Night")
        self.scim.patch("Groups", night["id"],
                        op("add", "members", [{"value": ann["id"]}, {"value": bob["id"]}]))
        task = self.task("team")
        self.assertEqual(sorted(p["userName"] for p in task["detail"]["join"]), ["ann", "bob"])
        self.bridge.sync()
        self.assertEqual(len(self.shown(night)["members"]), 2, "as wished, meanwhile")
        team = self.sim.team("Night")
        self.desk("POST", f"/teams/{team['id']}/members", {"user_ids": [self.real("ann")["id"]]})
        self.bridge.sync()
        self.assertEqual([p["userName"] for p in self.task("team")["detail"]["join"]], ["bob"])
        # Bob need not come after all: nothing is left to do.
        self.scim.patch("Groups", night["id"], op("remove", f'members[value eq "{bob["id"]}"]'))
        self.ended(task, "withdrawn", self.closer(task))
        self.assertEqual([m["value"] for m in self.shown(night)["members"]], [ann["id"]])

    def closer(self, task):
        return json.loads(self.run_it("tasks", "show", task["id"], "--json"))["closedBy"]

    def test_a_name_of_a_team_and_its_end(self):
        night = self.scim.group("Night")
        self.scim.patch("Groups", night["id"], op("replace", "displayName", "Late"))
        task = self.task("update")
        self.assertEqual(task["detail"]["set"], {"displayName": "Late"})
        self.bridge.sync()
        self.assertEqual(self.shown(night)["displayName"], "Late")
        team = self.sim.team("Night")
        self.desk("PATCH", f"/teams/{team['id']}", {"name": "Late"})
        self.bridge.sync()
        self.ended(task, "done", "sync")
        self.scim.delete("Groups", night["id"])
        task = self.task("update")
        self.bridge.sync()
        self.assertEqual(self.task("update")["id"], task["id"])
        self.desk("DELETE", f"/teams/{team['id']}", status=204)
        self.bridge.sync()
        self.ended(task, "done", "sync")

    def test_an_account(self):
        cy = self.scim.new_user("cy", displayName="Cy")
        self.assertEqual(desk_part(cy)["state"], "waiting")
        self.assertEqual(desk_part(cy)["invitation"], {"state": "none"})
        task = self.task("invite")
        self.desk("POST", "/users", {"login": "cy", "email": None, "name": "Cy",
                                     "role": "Agent"}, 201)
        self.bridge.sync()
        self.ended(task, "done", "sync")
        self.assertEqual(desk_part(self.shown(cy))["state"], "linked")
        self.assertEqual(self.scim.user("cy")["id"], cy["id"])

    def test_a_deactivation_is_the_loudest(self):
        ann, bob = self.scim.user("ann"), self.scim.user("bob")
        self.patch(bob, op("replace", "displayName", "Bobby"))
        self.patch(ann, op("replace", "active", False))
        first, second = self.tasks()
        self.assertEqual((first["kind"], second["kind"]), ("deactivate", "update"))
        detail = first["detail"]
        self.assertEqual((detail["place"], detail["url"]), (
            "Settings, Team", f"https://desk.example/team/{self.real('ann')['id']}"))
        self.bridge.sync()
        self.assertFalse(self.shown(ann)["active"], "as wished, meanwhile")
        lines = [line for line in self.bridge.log().splitlines() if " task.alarm " in line]
        self.assertTrue(any(" error " in one and first["id"] in one for one in lines), lines)
        again = len(lines)
        self.bridge.sync()
        lines = [line for line in self.bridge.log().splitlines()
                 if " task.alarm " in line and first["id"] in line]
        self.assertEqual(len(lines), 1, "not twice in a moment")
        self.assertGreaterEqual(again, 1)

        def overdue():
            self.bridge.sync()
            return [line for line in self.bridge.log().splitlines()
                    if " warn task.alarm " in line and second["id"] in line]
        wait_until(overdue, "the change was overdue")
        counts = self.api("GET", "/tasks?state=open").json
        self.assertEqual((counts["open"], counts["overdue"], counts["deactivate"]), (2, 1, 1))
        self.assertEqual(self.api("GET", "/targets").json["items"][0]["tasks"],
                         {"open": 2, "overdue": 1, "deactivate": 1})
        self.desk("PATCH", f"/users/{self.real('ann')['id']}", {"active": False})
        self.bridge.sync()
        self.ended(first, "done", "sync")

    def test_a_leaver_who_was_deleted_over_scim(self):
        ann = self.scim.user("ann")
        self.scim.delete("Users", ann["id"])
        task = self.task("deactivate")
        self.bridge.sync()
        self.scim.error(404, "GET", "/Users/" + ann["id"])
        self.desk("DELETE", f"/users/{self.real('ann')['id']}", status=204)
        self.bridge.sync()
        self.ended(task, "done", "sync")

    # -- a change of mind

    def test_a_change_of_mind_withdraws(self):
        ann = self.scim.user("ann")
        for there, back in (
                (op("replace", "displayName", "A"), op("replace", "displayName", "Ann")),
                (op("replace", "roles", [{"value": "Admin"}]),
                 op("replace", "roles", [{"value": "Agent"}])),
                (op("replace", "active", False), op("replace", "active", True))):
            self.patch(ann, there)
            task = self.tasks()[0]
            self.patch(ann, back)
            self.assertEqual(self.tasks(), [])
            now = json.loads(self.run_it("tasks", "show", task["id"], "--json"))
            self.assertEqual(now["state"], "withdrawn")
        outcomes = [row["outcome"] for row in self.api("GET", "/audit").json["items"]
                    if row["action"] == "task.withdrawn"]
        self.assertEqual(outcomes, ["withdrawn"] * 3)

    # -- a person says

    def test_done_is_looked_at(self):
        ann = self.scim.user("ann")
        self.patch(ann, op("replace", "active", False))
        task = self.task("deactivate")
        refused = self.api("POST", f"/tasks/{task['id']}/done")
        self.assertEqual(refused.status, 409)
        self.assertIn("still shows the account as active", refused.json["detail"])
        self.run_it("tasks", "done", task["id"], expect=1)
        self.desk("PATCH", f"/users/{self.real('ann')['id']}", {"active": False})
        self.run_it("tasks", "done", task["id"], "--by", "zoe")
        self.ended(task, "done", "zoe")
        self.assertEqual(self.kinds(ann), [])
        row = self.api("GET", "/audit?resource=" + ann["id"]).json["items"][-1]
        self.assertEqual((row["action"], row["actor"], row["outcome"]),
                         ("task.done", "zoe", "done"))
        self.run_it("tasks", "done", task["id"], expect=1)

    def test_done_by_force(self):
        ann = self.scim.user("ann")
        self.patch(ann, op("replace", "displayName", "A."))
        task = self.task("update")
        reply = self.api("POST", f"/tasks/{task['id']}/done", {"force": True})
        self.assertEqual((reply.status, reply.json["state"]), (200, "done"))
        row = self.api("GET", "/audit?resource=" + ann["id"]).json["items"][-1]
        self.assertIn("displayName", row["after"]["task"]["saw"])

    def test_done_links_at_once(self):
        cy = self.scim.new_user("cy")
        task = self.task("invite")
        self.desk("POST", "/users", {"login": "cy", "email": None, "name": None,
                                     "role": "Agent"}, 201)
        self.run_it("tasks", "done", task["id"])
        self.assertEqual(desk_part(self.shown(cy))["state"], "linked")

    def test_cancel_shows_the_truth(self):
        ann = self.scim.user("ann")
        night = self.scim.group("Night")
        self.patch(ann, op("replace", "displayName", "A."))
        self.scim.patch("Groups", night["id"], op("add", "members", [{"value": ann["id"]}]))
        for task in self.tasks():
            self.run_it("tasks", "cancel", task["id"], expect=2)
            self.run_it("tasks", "cancel", task["id"], "--reason", "She left.", "--by", "zoe")
            self.ended(task, "cancelled", "zoe")
        self.assertEqual(self.shown(ann)["displayName"], "Ann")
        self.assertEqual(self.shown(night).get("members", []), [])
        rows = [r for r in self.api("GET", "/audit").json["items"]
                if r["action"] == "task.cancelled"]
        self.assertEqual([r["detail"] for r in rows], ["She left."] * 2)

    def test_who_may(self):
        self.patch(self.scim.user("ann"), op("replace", "displayName", "A."))
        task = self.task("update")
        for method, path in (("GET", ""), ("POST", "/done"), ("POST", "/cancel")):
            self.assertEqual(self.api(method, f"/tasks/{task['id']}{path}",
                                      token=self.scim.token).status, 403)
        self.assertEqual(self.api("GET", "/tasks/" + "0" * 36).status, 404)
        self.assertEqual(self.api("POST", f"/tasks/{task['id']}/cancel", "[]").status, 400)
        self.assertEqual(self.api("POST", f"/tasks/{task['id']}/cancel",
                                  {"reason": "a\nb"}).status, 400)
        self.assertEqual(self.task("update")["id"], task["id"])

    def test_without_a_server(self):
        ann = self.scim.user("ann")
        self.patch(ann, op("replace", "displayName", "A."))
        task = self.task("update")
        self.bridge.stop()
        self.assertIn("A.", self.run_it("tasks", "show", task["id"]))
        self.assertIn(task["id"], self.run_it("tasks"))
        self.run_it("tasks", "done", task["id"], expect=1)
        self.run_it("tasks", "show", "0" * 36, expect=2)
        self.run_it("tasks", "cancel", task["id"], "--reason", "No.")
        self.bridge.start()
        self.ended(task, "cancelled", os.environ.get("SUDO_USER") or os.environ.get("LOGNAME")
                   or os.environ.get("USER") or "local")
        self.assertEqual(self.shown(ann)["displayName"], "Ann")

    def test_help(self):
        text = self.bridge.run("tasks", "--help")
        for word in ("done", "cancel", "--force", "--reason", "--by"):
            self.assertIn(word, text)
        self.run_it("tasks", "done", "nothing", expect=2)


class Refused(ReadOnly):
    """`unsupported`, by kind."""
    target = {"unsupported.update": "refuse", "unsupported.team": "refuse",
              "unsupported.invite": "refuse", "unsupported.role": "refuse",
              "unsupported.deactivate": "refuse"}

    def test_each_kind(self):
        ann, night = self.scim.user("ann"), self.scim.group("Night")
        path = "/Users/" + ann["id"]
        for operation in (op("replace", "displayName", "A."), op("replace", "active", False),
                          op("replace", "roles", [{"value": "Admin"}])):
            self.scim.error(501, "PATCH", path, {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [operation]})
        self.scim.error(501, "PATCH", "/Groups/" + night["id"], {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [op("add", "members", [{"value": ann["id"]}])]})
        self.scim.error(501, "POST", "/Users", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "cy"})
        self.scim.error(501, "DELETE", path)
        self.assertEqual(self.tasks(), [])
        self.assertEqual(self.shown(ann)["displayName"], "Ann")


for name in [n for n in dir(ReadOnly) if n.startswith("test_")]:
    setattr(Refused, name, Refused.__dict__.get(name))


class Refdesk(Work):
    """Where the API can, and the installation does not want it to."""
    target = {"deactivation": "task", "seats": "12"}

    def open(self, folder):
        self.sim = Sim(folder)
        self.bridge = Bridge(self.sim, folder, None, self.target)

    def test_deactivation_by_a_person(self):
        made = self.scim.new_user("kim@acme.example")
        self.sim.human("accept_invitation", email="kim@acme.example")
        self.bridge.sync()
        self.scim.patch("Users", made["id"], op("replace", "active", False))
        self.assertEqual(self.sim.user("kim@acme.example")["status"], "active")
        task = self.task("deactivate")
        self.sim.human("deactivate", email="kim@acme.example")
        self.bridge.sync()
        self.ended(task, "done", "sync")
        self.assertFalse(self.shown(made)["active"])

    def test_seats(self):
        free = 12 - len([u for u in self.scim.all("Users") if u["active"]])
        self.assertGreater(free, 0)
        for i in range(free):
            self.scim.new_user(f"p{i}@acme.example")
        self.scim.error(403, "POST", "/Users", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "late@acme.example",
            "emails": [{"value": "late@acme.example", "type": "work"}]})
        self.assertIsNone(self.sim.user("late@acme.example"))


class HelpScout(Work):
    """A helpdesk that cannot create users."""

    def open(self, folder):
        self.sim = Desk(folder, users_create="off")
        self.bridge = HelpScoutBridge(self.sim, folder, None, self.target)

    def test_the_life_of_an_invite(self):
        email = "noor.haddad" + MAIL
        made = self.scim.new_user(email, name={"givenName": "Noor", "familyName": "Haddad"})
        task = self.task("invite")
        self.assertEqual(task["detail"]["who"]["email"], email)
        self.run_it("tasks", "done", task["id"], expect=1)
        self.sim.human("create_user", email=email, first="Noor", last="Haddad")
        self.run_it("tasks", "done", task["id"], "--by", "ines")
        self.ended(task, "done", "ines")
        self.assertEqual(self.scim.user(email)["id"], made["id"])
        self.assertEqual(desk_part(self.shown(made))["state"], "linked")

    def test_cancelled_before_anybody_came(self):
        made = self.scim.new_user("noor.haddad" + MAIL,
                                  name={"givenName": "Noor", "familyName": "Haddad"})
        self.run_it("tasks", "cancel", self.task("invite")["id"], "--reason", "No budget.")
        self.assertFalse(self.shown(made)["active"])
        self.assertEqual(self.kinds(made), [])
        # Asked for again, it is work again.
        self.scim.patch("Users", made["id"], op("replace", "active", True))
        self.task("invite")


del DESK_GROUP, DESK_USER

if __name__ == "__main__":
    main()
