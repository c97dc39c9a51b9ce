"""The one suite: what identity providers ask of every helpdesk.

The conversations below know no helpdesk. What a helpdesk cannot do is what its
own profile says (the abilities of `/admin/api/targets`); there, SCIM answers all the same
and a task says what a person must do. After each step the helpdesk is read anew
(a sync): had it not done what SCIM claims, the two would differ.

A helpdesk is a row of DESKS: its simulator, with its knobs, and the
configuration of the bridge. A class of tests is made by `case_of(name)`.
"""
import itertools
import json
import os

import harness
from harness import (DESK_USER, ENTERPRISE, GROUP, LIST, ROOT, USER, Bridge, Case, Sim, call,
                     desk_part, op)

PROFILES = os.path.join(ROOT, "test", "fixtures", "profiles")
numbers = itertools.count(1)


# ---- the desks ----------------------------------------------------------------

class Desk:
    """How to run one helpdesk: all that the suite does not know by itself."""

    def __init__(self, sim, profile=None, path="", knobs=None, target=None, env=None,
                 accept=None, add=None):
        self.sim, self.profile, self.path = sim, profile or sim, path
        self.knobs, self.target, self.env = knobs or {}, target or {}, env or {}
        self.accept, self.add = accept, add

    def exists(self):
        """Its profile and its simulator are in this tree."""
        shipped = os.path.join(ROOT, "providers", self.profile + ".json")
        return os.path.exists(self.profile) or os.path.exists(shipped)


def accept_by_email(sim, email):
    sim.human("accept_invitation", email=email)


def add_at_helpscout(sim, email, given, family):
    sim.human("create_user", email=email, firstName=given, lastName=family)


HELPSCOUT = {"secret.token": None, "secret.client_id": "env:SUITE_ID",
             "secret.client_secret": "env:SUITE_SECRET", "deactivation": "profile",
             "set.token_url": "{url}/v2/oauth2/token", "set.scim_url": "{url}/v2/scim",
             "secret.scim_token": "env:SUITE_SCIM"}
HELPSCOUT_ENV = {"SUITE_ID": "sim-app", "SUITE_SECRET": "sim-app-secret",
                 "SUITE_SCIM": "sim-scim-token"}


def kustomer(preset):
    return Desk("kustomer", path="/v1", knobs={"preset": preset, "index_lag_ms": 0},
                target={"set.agent_role_group": "Support Agent"}, accept=accept_by_email)


def helpscout(mode, **knobs):
    return Desk("helpscout", knobs=knobs, target={**HELPSCOUT, "set.mode": mode},
                env=HELPSCOUT_ENV, add=add_at_helpscout)


DESKS = {
    "refdesk": Desk("refdesk", path="/api/v1", accept=accept_by_email),
    "plain": Desk("plain", os.path.join(PROFILES, "plain.json"), path="/api/v1"),
    "quillbox": Desk("quillbox", os.path.join(PROFILES, "quillbox.json"), path="/quill",
                     target={"secret.token": None, "secret.key": "env:SUITE_KEY",
                             "offboard": "agent:wanda@quill.example, nobody"},
                     env={"SUITE_KEY": "quill-key"}),
    "helpscout": helpscout("auto", users_create="off", users_delete="off"),
    "helpscout-rest": helpscout("rest"),
    "helpscout-scim": helpscout("scim", plan="pro", scim="on"),
    "helpscout-queue": helpscout("queue"),
    "kustomer": kustomer("default"),
    "kustomer-legacy": kustomer("legacy"),
    "kustomer-adverse": kustomer("adverse"),
    "zendesk": Desk("zendesk", path="/api/v2", target={"set.account": "scim@desk.example"}),
    "freshdesk": Desk("freshdesk", path="/api/v2",
                      target={"set.account": "scim@desk.example", "secret.token": None,
                              "secret.key": "env:DESK_TOKEN"}),
    "zammad": Desk("zammad", path="/api/v1"),
}


class Able:
    """A bridge that is asked what its helpdesk can."""
    admin = None

    def abilities(self):
        """What this account can, as far as the bridge has learned."""
        if self.admin is None:
            self.admin = self.token("admin")
        reply = call(self.root, "GET", "/admin/api/targets", None,
                     {"Authorization": "Bearer " + self.admin})
        return {a["key"] for a in reply.json["items"][0]["abilities"] if a["can"]}


class DeskBridge(Able, Bridge):
    def __init__(self, sim, folder, desk, server=None, target=None):
        self.desk = desk
        own = {k: v.format(url=sim.url) if v else v for k, v in desk.target.items()}
        super().__init__(sim, folder, server,
                         {"profile": desk.profile, "base_url": sim.url + desk.path,
                          **own, **(target or {})})

    @property
    def env(self):
        return {"DESK_TOKEN": "sim-token", **self.desk.env}


# ---- requests as identity providers shape them --------------------------------

def okta_user(email, given, family, **more):
    return {"schemas": [USER], "userName": email, "name": {"givenName": given,
                                                           "familyName": family},
            "emails": [{"primary": True, "value": email, "type": "work"}],
            "displayName": f"{given} {family}", "locale": "en-US",
            "externalId": "00u" + email.split("@")[0], "groups": [], "active": True, **more}


def entra_user(email, given, family, **more):
    return {"schemas": [USER, ENTERPRISE], "externalId": "oid-" + email.split("@")[0],
            "userName": email, "active": True, "displayName": f"{given} {family}",
            "emails": [{"primary": True, "type": "work", "value": email}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": f"{given} {family}", "familyName": family,
                     "givenName": given},
            "roles": [], ENTERPRISE: {"department": "Support", "employeeNumber": "7"}, **more}


def stable(resource):
    """A resource without what ticks by itself."""
    shown = json.loads(json.dumps(resource))
    for ticks in ("lastSeen", "invitation"):
        shown.get(DESK_USER, {}).pop(ticks, None)
    for volatile in ("lastModified", "version"):
        shown.get("meta", {}).pop(volatile, None)
    return shown


def task_kinds(resource):
    return {t["kind"] for t in desk_part(resource).get("tasks", [])}


# ---- the conversations --------------------------------------------------------

class Conversations:
    """Tests of any desk. Needs self.scim, self.bridge, self.sim and self.desk."""
    domain = "suite.example"

    def can(self, *keys):
        told = self.bridge.abilities()
        return any(key in told for key in keys)

    def email(self, name):
        return f"{name}.{next(numbers)}@{self.domain}"

    def read(self, kind, one):
        return self.scim.get(f"/{kind}/{one['id']}")

    def found(self, email):
        return self.scim.filter("Users", f'userName eq "{email}"')

    def steady(self, kind, one):
        """Reads the helpdesk anew: what SCIM shows is what is there."""
        before = self.read(kind, one)
        self.bridge.sync()
        after = self.read(kind, one)
        self.assertEqual(stable(after), stable(before), "the helpdesk says otherwise")
        return after

    def writes(self, since):
        """Calls of the simulator that change something."""
        return [c for c in self.sim.calls(since=since)
                if c["method"] != "GET" and not reads(c)]

    def born(self, body):
        """Look up, create, look up again: a user who can work."""
        email = body["userName"]
        self.assertEqual(self.found(email), [])
        made = self.scim.post("Users", body)
        self.assertTrue(made["active"])
        self.assertEqual([u["id"] for u in self.found(email)], [made["id"]])
        if not self.can("users.create", "users.invite"):
            self.assertEqual(desk_part(made)["state"], "waiting")
        if desk_part(made)["state"] == "waiting":
            self.assertIn("invite", task_kinds(made))
            self.desk.add(self.sim, email, body["name"]["givenName"],
                          body["name"]["familyName"])
            self.bridge.sync()
        elif self.can("users.invite") and self.desk.accept:
            self.desk.accept(self.sim, email)
            self.bridge.sync()
        now = self.read("Users", made)
        self.assertEqual((now["id"], desk_part(now)["state"]), (made["id"], "linked"))
        self.assertNotIn("invite", task_kinds(now))
        self.assertEqual([u["id"] for u in self.found(email)], [made["id"]])
        return now

    def wished(self, now, ability, kind):
        """Done at the helpdesk, or a person's task."""
        if self.can(ability):
            self.assertNotIn(kind, task_kinds(now))
            self.steady("Users", now)
        else:
            self.assertIn(kind, task_kinds(now))

    # -- users

    def test_okta_life(self):
        email = self.email("olga")
        user = self.born(okta_user(email, "Olga", "Orr"))
        self.scim.error(409, "POST", "/Users", okta_user(email, "Olga", "Orr"), "uniqueness")
        changed = {**user, "name": {"givenName": "Olga", "familyName": "Ostrom"},
                   "displayName": "Olga Ostrom"}
        now = self.scim.put("Users", changed)
        self.assertEqual(now["displayName"], "Olga Ostrom")
        self.assertEqual(now["name"]["familyName"], "Ostrom")
        self.wished(now, "change.name", "update")
        left = self.scim.patch("Users", user["id"], op("replace", None, {"active": False}))
        self.assertFalse(left["active"])
        self.leaver(left, email)
        back = self.scim.patch("Users", user["id"], op("replace", None, {"active": True}))
        self.returned(back, email)

    def test_entra_life(self):
        email = self.email("enzo")
        user = self.born(entra_user(email, "Enzo", "Elm"))
        now = self.scim.patch("Users", user["id"],
                              {"op": "Replace", "path": "displayName", "value": "Enzo Eder"},
                              {"op": "Replace", "path": "name.familyName", "value": "Eder"},
                              {"op": "Add", "path": "title", "value": "Clerk"},
                              {"op": "Replace", "path": ENTERPRISE + ":department",
                               "value": "Sales"})
        self.assertEqual((now["displayName"], now["title"], now[ENTERPRISE]["department"]),
                         ("Enzo Eder", "Clerk", "Sales"))
        self.wished(now, "change.name", "update")
        left = self.scim.patch("Users", user["id"],
                               {"op": "Replace", "path": "active", "value": "False"})
        self.assertFalse(left["active"])
        self.leaver(left, email)
        back = self.scim.patch("Users", user["id"],
                               {"op": "Replace", "path": "active", "value": "True"})
        self.returned(back, email)

    def leaver(self, left, email):
        """The provider looks the leaver up: still one, and inactive."""
        self.assertEqual([(u["id"], u["active"]) for u in self.found(email)],
                         [(left["id"], False)])
        if self.can("users.deactivate"):
            self.assertNotIn("deactivate", task_kinds(left))
            self.bridge.sync()
            self.assertFalse(self.read("Users", left)["active"])
        else:
            self.assertIn("deactivate", task_kinds(left))

    def returned(self, back, email):
        self.assertTrue(back["active"])
        self.assertEqual([u["id"] for u in self.found(email)], [back["id"]])
        if self.can("users.reactivate", "users.create", "users.invite"):
            self.assertNotIn("invite", task_kinds(back))
            self.bridge.sync()
            self.assertTrue(self.read("Users", back)["active"])
        elif self.can("users.deactivate"):
            self.assertIn("invite", task_kinds(back))

    def test_rename(self):
        email, new = self.email("rita"), self.email("rita.renamed")
        user = self.born(okta_user(email, "Rita", "Rook"))
        now = self.scim.patch("Users", user["id"], op("replace", "userName", new),
                              op("replace", 'emails[type eq "work"].value', new))
        self.assertEqual((now["id"], now["userName"]), (user["id"], new))
        self.assertEqual(self.found(email), [])
        self.assertEqual([u["id"] for u in self.found(new)], [user["id"]])
        if self.can("change.emails"):
            self.assertEqual(desk_part(now)["upstreamId"], desk_part(user)["upstreamId"])
        self.wished(now, "change.emails", "update")

    def test_put_of_the_same_does_nothing(self):
        user = self.born(entra_user(self.email("sam"), "Sam", "Same"))
        before = self.sim.last_call() if self.sim else 0
        now = self.scim.put("Users", user)
        self.assertEqual(stable(now), stable(user))
        self.assertEqual(now["meta"]["version"], user["meta"]["version"])
        if self.sim:
            self.assertEqual(self.writes(before), [])

    def test_delete_and_create_again(self):
        email = self.email("dora")
        user = self.born(okta_user(email, "Dora", "Dale"))
        self.scim.delete("Users", user["id"])
        self.scim.error(404, "GET", "/Users/" + user["id"])
        self.scim.error(404, "DELETE", "/Users/" + user["id"])
        self.assertEqual(self.found(email), [])
        if self.can("users.deactivate", "users.delete"):
            self.bridge.sync()
            self.assertEqual(self.found(email), [], "a sync brings nobody back")
        again = self.scim.post("Users", okta_user(email, "Dora", "Dale"))
        self.assertTrue(again["active"])
        self.assertEqual([u["id"] for u in self.found(email)], [again["id"]])
        self.bridge.sync()
        self.assertTrue(self.read("Users", again)["active"])

    # -- groups

    def test_group_push(self):
        one = self.born(okta_user(self.email("gus"), "Gus", "Gray"))
        two = self.born(okta_user(self.email("gwen"), "Gwen", "Gray"))
        name = f"Suite {next(numbers)}"
        self.assertEqual(self.scim.filter("Groups", f'displayName eq "{name}"'), [])
        group = self.scim.new_group(name, one["id"])
        self.members(group, one)
        self.scim.error(409, "POST", "/Groups", {"schemas": [GROUP], "displayName": name},
                        "uniqueness")
        # Entra's delta, then Okta's.
        self.scim.patch("Groups", group["id"],
                        {"op": "Add", "path": "members", "value": [{"value": two["id"]}]})
        self.members(group, one, two)
        self.scim.patch("Groups", group["id"],
                        op("remove", f'members[value eq "{one["id"]}"]'))
        self.members(group, two)
        now = self.scim.patch("Groups", group["id"],
                              op("replace", None, {"id": group["id"], "displayName": name + "b"}))
        self.assertEqual(now["displayName"], name + "b")
        self.members(group, two)
        self.scim.want(204, "PATCH", "/Groups/" + group["id"], harness.patch_body(
            op("replace", "members", [{"value": one["id"]}, {"value": two["id"]}])))
        self.members(group, one, two)
        self.scim.delete("Groups", group["id"])
        self.scim.error(404, "GET", "/Groups/" + group["id"])
        self.bridge.sync()
        self.assertEqual(self.scim.filter("Groups", f'displayName eq "{name}b"'), [])

    def members(self, group, *users):
        self.bridge.sync()
        now = self.read("Groups", group)
        self.assertEqual(sorted(m["value"] for m in now.get("members", [])),
                         sorted(u["id"] for u in users))
        for user in users:
            self.assertIn(group["id"],
                          [g["value"] for g in self.read("Users", user).get("groups", [])])

    # -- what is wrong

    def test_errors_say_what_is_wrong(self):
        email = self.email("erik")
        user = self.born(okta_user(email, "Erik", "Erb"))
        path = "/Users/" + user["id"]
        self.scim.error(404, "GET", "/Users/no-such-id")
        self.scim.error(404, "PATCH", "/Users/no-such-id",
                        harness.patch_body(op("replace", "active", False)))
        self.scim.error(400, "POST", "/Users", "{not json", "invalidSyntax")
        self.scim.error(400, "POST", "/Users", {"schemas": [USER]}, "invalidValue")
        self.scim.error(400, "GET", "/Users?filter=userName%20eq", None, "invalidFilter")
        self.scim.error(400, "PATCH", path, harness.patch_body(op("replace", "id", "x")),
                        "mutability")
        self.scim.error(400, "PATCH", path,
                        harness.patch_body(op("replace", "active", "perhaps")), "invalidValue")
        self.scim.error(400, "PATCH", path, harness.patch_body(
            op("replace", "roles", [{"value": "emperor"}])), "invalidValue")
        self.scim.error(412, "PATCH", path, harness.patch_body(op("replace", "active", False)),
                        headers={"If-Match": 'W/"999"'})
        self.scim.error(400, "POST", "/Groups", {"schemas": [GROUP], "displayName": "Nobodies",
                                                 "members": [{"value": "no-such-id"}]},
                        "invalidValue")
        self.assertEqual(stable(self.read("Users", user)), stable(user), "nothing was changed")

    def test_lists(self):
        everybody = self.scim.all("Users")
        self.assertGreater(len(everybody), 1)
        self.assertEqual(self.scim.find("Users", count=0)["totalResults"], len(everybody))
        self.assertEqual(self.scim.get("/Groups?count=1")["schemas"], [LIST])


def reads(c):
    """A call that changes nothing although it is no GET."""
    return "token" in (c.get("operation") or "") or "search" in (c.get("operation") or "")


# ---- classes of tests -----------------------------------------------------------

class DeskCase(Case):
    """A simulator of the desk, and the bridge in front of it."""
    desk = None

    @classmethod
    def make_client(cls):
        return cls.bridge.client(cls.token)

    @classmethod
    def setUpClass(cls):
        cls.folder = harness.tempfile.mkdtemp(prefix="scim-bridge-suite-")
        cls.addClassCleanup(cls._clean)
        cls.sim = Sim(cls.folder, desk=cls.desk.sim, **cls.desk.knobs, **cls.knobs)
        cls.bridge = DeskBridge(cls.sim, cls.folder, cls.desk, cls.server, cls.target)
        cls.token = cls.bridge.token()
        cls.bridge.start()
        cls.scim = cls.make_client()


def cases(space, base, names=None, **members):
    """Puts a class for each desk into a module's globals."""
    for name, desk in DESKS.items():
        if desk.exists() and (names is None or name in names):
            title = base.__name__ + "_" + name.replace("-", "_")
            space[title] = type(title, (base,), {"desk": desk, "__module__": space["__name__"],
                                                 **members})
