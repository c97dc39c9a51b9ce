#!/usr/bin/env python3
"""Roles by group, and the shield: as Okta and Entra ID speak, with what the
helpdesk has afterwards; also when many ask at once."""
import tempfile
import threading

from harness import (DESK_GROUP, DESK_USER, GROUP, USER, Case, main, op, patch_body, same_user,
                     user_body)
from helpscout import BILLING, HELP, MAIL, Desk, HelpScoutBridge

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def entra_member(kind, user):
    return op(kind, "members", [{"$ref": None, "value": user["id"]}])


def together(work):
    """Calls all of them at the same time; what they returned."""
    barrier, got = threading.Barrier(len(work)), [None] * len(work)

    def run(n):
        barrier.wait()
        got[n] = work[n]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


class RoleCase(Case):
    target = {"role.default": "viewer", "role.admin": "Helpdesk Admins",
              "role.agent": "grp-agents", "protect": "break.glass@acme.example"}

    def has_role(self, user, role, where=""):
        """In the helpdesk, in `roles`, and in the extension."""
        email = user["userName"]
        self.assertEqual(self.sim.user(email)["role"], role, where)
        now = self.scim.get("/Users/" + user["id"])
        self.assertEqual([r["value"] for r in now["roles"]], [role], where)
        self.assertEqual(now[DESK_USER]["role"], role, where)
        return now

    def is_member(self, group, user, yes=True):
        """Group.members and User.groups agree."""
        members = {m["value"] for m in self.scim.get("/Groups/" + group["id"]).get("members", [])}
        groups = {g["value"] for g in self.scim.get("/Users/" + user["id"]).get("groups", [])}
        self.assertEqual((user["id"] in members, group["id"] in groups), (yes, yes))

    def accept(self, user):
        self.sim.human("accept_invitation", email=user["userName"])
        return user

    def person(self, name):
        return self.accept(self.scim.new_user(name + "@acme.example"))

    def role_group(self, name, external_id=None):
        found = self.scim.filter("Groups", f'displayName eq "{name}"')
        if found:
            return found[0]
        body = {"schemas": [GROUP], "displayName": name}
        if external_id:
            body["externalId"] = external_id
        return self.scim.post("Groups", body)


class Conversations(RoleCase):
    def test_entra_id(self):
        """Users first, then the group without members, then one PATCH each."""
        made = self.accept(self.scim.post("Users", {
            "schemas": [USER], "externalId": "alopez", "userName": "ana.lopez@acme.example",
            "active": True, "displayName": "Ana Lopez", "roles": [],
            "emails": [{"primary": True, "type": "work", "value": "ana.lopez@acme.example"}],
            "name": {"formatted": "Ana Lopez", "familyName": "Lopez", "givenName": "Ana"}}))
        self.has_role(made, "viewer")
        group = self.scim.filter("Groups", 'displayName eq "Helpdesk Admins"',
                                 excludedAttributes="members")
        if not group:
            group = [self.scim.post("Groups", {
                "schemas": [GROUP, ADSCIM], "externalId": "8aa1-admins",
                "displayName": "Helpdesk Admins", "meta": {"resourceType": "Group"}})]
        group = group[0]
        self.assertEqual(group[DESK_GROUP]["kind"], "role")
        self.assertIsNone(self.sim.team("Helpdesk Admins"))
        self.scim.want(204, "PATCH", "/Groups/" + group["id"],
                       patch_body(entra_member("Add", made)))
        self.has_role(made, "admin")
        self.is_member(group, made)
        # The same again changes nothing, and asks nobody.
        last = self.sim.last_call()
        self.scim.want(204, "PATCH", "/Groups/" + group["id"],
                       patch_body(entra_member("Add", made)))
        self.assertEqual(self.sim.calls("users.set_role", since=last), [])
        self.scim.want(204, "PATCH", "/Groups/" + group["id"],
                       patch_body(entra_member("Remove", made)))
        self.has_role(made, "viewer")
        self.is_member(group, made, False)
        # roles[primary eq "True"].value, and JSON inside a text.
        self.scim.want(200, "PATCH", "/Users/" + made["id"], patch_body(
            op("Replace", 'roles[primary eq "True"].value', "agent")))
        self.has_role(made, "agent")
        self.scim.want(200, "PATCH", "/Users/" + made["id"], patch_body(
            op("Add", "roles", [{"value": '{"id":"7","value":"viewer","displayName":"Viewer"}'}])))
        self.has_role(made, "viewer")
        self.same_world("Entra ID")

    def test_okta(self):
        """The whole user by PUT, groups with members, and PUT of the group."""
        made = self.person("oskar.ott")
        group = self.role_group("Agents", "grp-agents")
        self.scim.put("Groups", {"schemas": [GROUP], "id": group["id"], "displayName": "Agents",
                                 "externalId": "grp-agents",
                                 "members": [{"value": made["id"], "display": "oskar"}]})
        now = self.has_role(made, "agent")
        # What was read is written back: nothing flaps.
        last = self.sim.last_call()
        again = self.scim.put("Users", now)
        self.assertEqual(again["meta"]["version"], now["meta"]["version"])
        self.assertEqual(self.sim.calls("users.set_role", since=last), [])
        # A PUT as Okta sends it knows nothing of roles.
        body = user_body("oskar.ott@acme.example", id=made["id"], active=True, nickName="Ossi")
        self.scim.put("Users", body)
        self.has_role(made, "agent")
        self.scim.patch("Groups", group["id"], op("remove", f'members[value eq "{made["id"]}"]'))
        self.has_role(made, "viewer")
        self.same_world("Okta")

    def test_two_groups_and_their_changes(self):
        made = self.person("tina.two")
        admins, agents = self.role_group("Helpdesk Admins"), self.role_group("Agents", "grp-agents")
        self.scim.patch("Groups", agents["id"], entra_member("add", made))
        self.scim.patch("Groups", admins["id"], entra_member("add", made))
        self.has_role(made, "admin")
        self.scim.patch("Groups", admins["id"], op("replace", "displayName", "Retired"))
        self.has_role(made, "agent", "renamed")
        self.assertEqual(self.scim.get("/Groups/" + admins["id"])[DESK_GROUP]["kind"], "local")
        self.scim.patch("Groups", admins["id"], op("replace", "displayName", "Helpdesk Admins"))
        self.has_role(made, "admin", "named again")
        self.scim.patch("Groups", agents["id"], op("remove", "externalId"))
        self.has_role(made, "admin")
        self.scim.delete("Groups", admins["id"])
        self.has_role(made, "viewer", "deleted")
        self.scim.patch("Groups", agents["id"], op("add", "externalId", "grp-agents"))
        self.has_role(made, "agent", "externalId came later")
        self.same_world("two groups")

    def test_bulk(self):
        self.role_group("Agents", "grp-agents")
        agents = self.scim.group("Agents")
        done = self.scim.want(200, "POST", "/Bulk", {"schemas": [BULK], "Operations": [
            {"method": "PATCH", "path": "/Groups/" + agents["id"],
             "data": patch_body(op("add", "members", [{"value": "bulkId:b1"}]))},
            {"method": "POST", "path": "/Users", "bulkId": "b1",
             "data": user_body("bulk.role@acme.example")}]}).json
        self.assertEqual(sorted(o["status"] for o in done["Operations"]), ["201", "204"])
        made = self.scim.user("bulk.role@acme.example")
        self.has_role(made, "agent")
        self.is_member(agents, made)

    def test_a_dry_run_shows_the_role_and_gives_none(self):
        made = self.person("dora.dry")
        group = self.role_group("Agents", "grp-agents")
        plan = self.scim.want(200, "PATCH", "/Groups/" + group["id"],
                              patch_body(entra_member("add", made)), {"Prefer": "dry-run"}).json
        self.assertEqual([s["operation"] for s in plan["steps"]], ["users.set_role"])
        self.assertEqual(plan["steps"][0]["body"]["role"], "agent")
        self.has_role(made, "viewer")
        self.is_member(group, made, False)

    def test_groups_come_before_roles(self):
        made = self.person("conny.trast")
        agents = self.role_group("Agents", "grp-agents")
        self.scim.patch("Groups", agents["id"], entra_member("add", made))
        wish = op("Replace", 'roles[primary eq "True"].value', "viewer")
        said = self.scim.error(400, "PATCH", "/Users/" + made["id"], patch_body(wish),
                               "invalidValue").json["detail"]
        self.assertIn('"Agents"', said)
        self.has_role(made, "agent")
        said = self.scim.error(400, "PATCH", "/Users/" + made["id"], patch_body(
            op("replace", "roles", [{"value": "emperor"}])), "invalidValue").json["detail"]
        self.assertIn("admin, agent, viewer", said)

    def test_entitlements(self):
        names = [a["name"] for a in self.scim.get("/Schemas/" + USER)["attributes"]]
        self.assertTrue({"roles", "entitlements"} <= set(names))
        made = self.person("entia.tell")
        agents = self.role_group("Agents", "grp-agents")
        right = op("replace", "entitlements", [{"value": "export_data"}])
        self.scim.patch("Groups", agents["id"], entra_member("add", made))
        self.scim.patch("Users", made["id"], right)
        self.assertEqual(self.sim.user("entia.tell@acme.example")["permissions"], ["export_data"])
        self.scim.error(400, "PATCH", "/Users/" + made["id"], patch_body(
            op("replace", "entitlements", [{"value": "fly"}])), "invalidValue")


class Shield(RoleCase):
    """The simulator lets everything happen: what is refused, the bridge
    refuses."""
    knobs = {"guards": 0}

    def setUp(self):
        self.admins = self.role_group("Helpdesk Admins")

    def others(self):
        """Every administrator but the account of the bridge."""
        own = self.sim.api_call("GET", "/me").json["data"]["id"]
        return [u for u in self.sim.users() if u["role"] in ("admin", "owner")
                and u["status"] == "active" and u["id"] != own]

    def test_owner_and_break_glass(self):
        owner = next(u for u in self.sim.users() if u["role"] == "owner")
        glass = self.sim.human("create_user", email="break.glass@acme.example", name="Glass Case",
                               role="agent")
        self.bridge.sync()
        agents = self.role_group("Agents", "grp-agents")
        for email, why in ((owner["email"], "profile"), (glass["email"], "protect")):
            user = self.scim.user(email)
            path = "/Users/" + user["id"]
            asked = [("PATCH", path, patch_body(op("replace", "active", False))),
                     ("DELETE", path, None),
                     ("PATCH", path, patch_body(op("replace", "roles", [{"value": "viewer"}])))]
            if user["roles"][0]["value"] != "agent":
                asked.append(("PATCH", "/Groups/" + agents["id"],
                              patch_body(entra_member("add", user))))
            else:
                asked.append(("PATCH", "/Groups/" + self.admins["id"],
                              patch_body(entra_member("add", user))))
            for method, where, body in asked:
                said = self.scim.error(403, method, where, body).json["detail"]
                self.assertIn(why, said, (method, body))
            bulk = self.scim.want(200, "POST", "/Bulk", {"schemas": [BULK], "Operations": [
                {"method": method, "path": where, **({"data": body} if body else {})}
                for method, where, body in asked]}).json
            self.assertEqual([o["status"] for o in bulk["Operations"]], ["403"] * 4)
            now = self.sim.user(email)
            self.assertEqual((now["role"], now["status"]), (user["roles"][0]["value"], "active"))

    def test_zz_races_leave_one_administrator(self):
        """Only the administrators of this test are left: the owner is taken out
        by hand, and the simulator answers slowly."""
        for one in self.others():
            self.sim.human("delete_user", email=one["email"])
        self.bridge.sync()
        refused = 0
        for round_ in range(25):
            pair = [self.person(f"race{round_}.{n}") for n in "ab"]
            self.scim.patch("Groups", self.admins["id"],
                            op("add", "members", [{"value": p["id"]} for p in pair]))
            self.sim.fault("delay", {"operation": "users.set_role"}, delay_ms=20, count=50)
            self.sim.fault("delay", {"operation": "users.deactivate"}, delay_ms=20, count=50)
            self.sim.fault("delay", {"operation": "users.get"}, delay_ms=5, count=200)
            refused += self.run_race(round_, pair)
            self.sim.no_faults()
            left = self.others()
            self.assertGreaterEqual(len(left), 1, f"round {round_}")
            # Whoever is left makes room for the next round's two.
            spare = self.person(f"spare{round_}.x")
            self.scim.patch("Groups", self.admins["id"], entra_member("add", spare))
        self.assertGreaterEqual(refused, 25)
        for user in self.scim.all("Users", filter="active eq true"):
            same_user(user, self.sim.user(user["userName"]), "after the races")

    def run_race(self, round_, pair):
        """Everybody who is an administrator is taken away, in several ways, all
        at once; returns how many were refused."""
        users = [u for u in self.scim.all("Users", filter='active eq true')
                 if u["roles"][0]["value"] == "admin"]
        self.assertGreaterEqual(len(users), 2)
        ways = [
            lambda u: ("PATCH", "/Users/" + u["id"], patch_body(op("replace", "active", False))),
            lambda u: ("PATCH", "/Groups/" + self.admins["id"],
                       patch_body(entra_member("remove", u))),
            lambda u: ("DELETE", "/Users/" + u["id"], None),
            lambda u: ("POST", "/Bulk", {"schemas": [BULK], "Operations": [
                {"method": "PATCH", "path": "/Groups/" + self.admins["id"],
                 "data": patch_body(entra_member("remove", u))}]}),
        ]
        asked = [ways[(i + n + round_) % len(ways)](u)
                 for i, u in enumerate(users) for n in range(2)]
        def ask(method, path, body):
            reply = self.scim.raw(method, path, body)
            return (reply.json["Operations"][0]["status"] if path == "/Bulk"
                    else str(reply.status))

        got = together([lambda a=a: ask(*a) for a in asked])
        self.assertTrue(set(got) <= {"200", "204", "403", "404"}, (round_, got, asked))
        self.assertIn("403", got)
        return got.count("403")


class HelpScout(Case):
    """No call changes a role: the wish is a task, and the shield counts it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="scim-bridge-e2e-")
        cls.addClassCleanup(cls._clean)
        cls.sim = Desk(cls.folder)
        cls.bridge = HelpScoutBridge(cls.sim, cls.folder, target={
            "role.default": "user", "role.admin": "Helpdesk Admins",
            "inbox.Help": "*", f"inbox.{BILLING}": "Billing People"})
        cls.token = cls.bridge.token()
        cls.bridge.start()
        cls.scim = cls.bridge.client(cls.token)

    def test_only_what_the_helpdesk_has_is_published(self):
        names = [a["name"] for a in self.scim.get("/Schemas/" + USER)["attributes"]]
        self.assertIn("roles", names)
        self.assertNotIn("entitlements", names)

    def inboxes_of(self, user):
        mine = self.scim.get("/Users/" + user["id"])[DESK_USER]["upstreamId"]
        return [box for box in (HELP, BILLING) if int(mine) in {
            u["id"] for u in self.sim.rows(f"/v2/users?mailbox={box}", "users")}]

    def test_inboxes_by_group(self):
        name = {"givenName": "Ina", "familyName": "Box"}
        first = self.scim.post("Users", user_body("ina.box" + MAIL, name=name))
        self.assertEqual(self.inboxes_of(first), [HELP])
        # Kept back while inactive: made with what its groups give.
        late = self.scim.post("Users", user_body("late.box" + MAIL, name=name, active=False))
        self.scim.new_group("Billing People", first["id"], late["id"])
        self.scim.patch("Users", late["id"], op("replace", "active", True))
        self.assertEqual(self.inboxes_of(late), [HELP, BILLING])
        now = self.scim.get("/Users/" + first["id"])
        self.assertEqual([t["kind"] for t in now[DESK_USER]["tasks"]], ["inbox"])
        self.assertEqual(self.inboxes_of(first), [HELP])

    def test_the_wish_is_a_task_and_the_shield_counts_it(self):
        chiefs = [self.scim.post("Users", user_body(f"chief.{n}{MAIL}", name={
            "givenName": "Chief", "familyName": n.upper()})) for n in "ab"]
        group = self.scim.new_group("Helpdesk Admins", *[c["id"] for c in chiefs])
        self.assertEqual(group[DESK_GROUP]["kind"], "role")
        for chief in chiefs:
            now = self.scim.get("/Users/" + chief["id"])
            self.assertEqual(now["roles"][0]["value"], "admin")
            self.assertEqual(now[DESK_USER]["role"], "user")
            self.assertEqual([t["kind"] for t in now[DESK_USER]["tasks"]], ["role"])
            self.sim.human("change_role", id=int(now[DESK_USER]["upstreamId"]), role="admin")
        self.bridge.sync()
        owner = self.scim.one("Users", 'roles.value eq "owner"')
        for method, body in (("DELETE", None),
                             ("PATCH", patch_body(op("replace", "active", False))),
                             ("PATCH", patch_body(op("replace", "roles", [{"value": "user"}])))):
            self.scim.error(403, method, "/Users/" + owner["id"], body)
        self.assertIsNotNone(self.sim.user(owner["userName"]))
        # Two tasks that demote are as good as done: the second one is refused.
        own = self.sim.hs("GET", "/v2/users/me").json["id"]
        mine = {int(self.scim.get("/Users/" + c["id"])[DESK_USER]["upstreamId"]) for c in chiefs}
        for user in self.sim.users():
            if user["role"] in ("admin", "owner") and user["id"] not in mine | {own}:
                self.sim.human("delete_user", id=user["id"])
        path = "/Groups/" + group["id"]
        got = together([lambda c=c: self.scim.raw("PATCH", path, patch_body(
            entra_member("remove", c))).status for c in chiefs])
        self.assertEqual(sorted(got), [204, 403])
        shown = sorted(self.scim.get("/Users/" + c["id"])["roles"][0]["value"] for c in chiefs)
        self.assertEqual(shown, ["admin", "user"])
        # Deactivation deletes here: both ends at once, and one account is left.
        got = together([lambda c=c: self.scim.raw("PATCH", "/Users/" + c["id"], patch_body(
            op("replace", "active", False))).status for c in chiefs])
        self.assertIn(403, got)
        left = [u for u in self.sim.users() if u["role"] == "admin" and u["id"] in mine]
        self.assertEqual(len(left), 1)


if __name__ == "__main__":
    main()
