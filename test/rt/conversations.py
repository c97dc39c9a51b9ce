#!/usr/bin/env python3
"""Whole conversations of identity providers with the bridge in front of a real
Request Tracker. After each step what SCIM says is compared with what RT's own
API says. Each test is one conversation, with people of its own.

    RT_FOLDER  keep RT's database there and use it again
"""
import concurrent.futures
import itertools
import os
import shutil
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
from harness import ENTERPRISE, GROUP, PATCH, USER, call, desk_part, op  # noqa: E402
from rt import RT, Proxy  # noqa: E402
import suite  # noqa: E402

ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
numbers = itertools.count(int(time.time()) % 1000000 * 100)


class RtBridge(suite.Able, harness.Bridge):
    """The bridge with the Request Tracker profile, through the proxy."""

    def __init__(self, rt, proxy, folder, target=None):
        self.secret = rt.credentials["RT_BRIDGE_TOKEN"]
        self.api = f"http://127.0.0.1:{proxy.port}/REST/2.0"
        super().__init__(self, folder, target={
            "profile": "request-tracker", "secret.token": "env:DESK_TOKEN",
            "offboard": "manager, nobody", "protect": "breakglass@acme.example",
            "deadline": "30s", **(target or {})})

    @property
    def env(self):
        return {"DESK_TOKEN": self.secret}


class RealRt(unittest.TestCase):
    """A Request Tracker, and the bridge in front of it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="scim-bridge-rt-")
        # RT's server runs as whoever runs the tests; its folder may be kept.
        kept = os.environ.get("RT_FOLDER")
        cls.rt = RT(kept or os.path.join(cls.folder, "rt"), harness.free_port())
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.addClassCleanup(cls.rt.stop)
        cls.proxy = Proxy(cls.rt.port)
        cls.addClassCleanup(cls.proxy.close)
        cls.bridge = RtBridge(cls.rt, cls.proxy, cls.folder)
        token = cls.bridge.token()
        cls.bridge.start()
        cls.addClassCleanup(lambda: cls.bridge.program.running() and cls.bridge.kill())
        cls.scim = cls.bridge.client(token)

    @classmethod
    def tearDownClass(cls):
        cls.bridge.stop()


class Suite(suite.Conversations, RealRt):
    """What every helpdesk is asked (test/e2e/suite.py)."""
    sim, desk = None, suite.Desk("rt", "request-tracker")


class Conversations(RealRt):
    # -- helpers

    def person(self, first="Ana", last="Lopez"):
        n = next(numbers)
        return f"{first.lower()}.{n}", f"{first.lower()}.{n}@acme.example", f"{first} {last}"

    def body(self, first="Ana", last="Lopez", **more):
        name, mail, shown = self.person(first, last)
        return {"schemas": [USER], "userName": name, "displayName": shown, "active": True,
                "name": {"givenName": first, "familyName": last},
                "emails": [{"type": "work", "value": mail, "primary": True}], **more}

    def new(self, **more):
        return self.same(self.scim.post("Users", self.body(**more)))

    def rt_of(self, user):
        return self.rt.user(desk_part(user)["upstreamId"])

    def same(self, user):
        """What SCIM says of a user is what RT says; returns the user, read again."""
        shown = self.scim.get("/Users/" + user["id"])
        rt = self.rt_of(shown)
        self.assertIsNotNone(rt, shown)
        mail = next((e["value"] for e in shown.get("emails", []) if e.get("type") == "work"), "")
        self.assertEqual(shown["userName"], rt["Name"])
        self.assertEqual(mail, rt.get("EmailAddress", ""))
        self.assertEqual(shown["active"], str(rt["Disabled"]) == "0")
        self.assertEqual(shown.get("displayName", ""), rt.get("RealName", ""))
        self.assertEqual(shown.get("nickName", ""), rt.get("NickName", ""))
        self.assertEqual(int(rt["Privileged"]), 1)
        phones = {p.get("type"): p["value"] for p in shown.get("phoneNumbers", [])}
        self.assertEqual(phones.get("work", ""), rt.get("WorkPhone", ""))
        self.assertEqual(phones.get("mobile", ""), rt.get("MobilePhone", ""))
        self.assertEqual(shown.get(ENTERPRISE, {}).get("organization", ""),
                         rt.get("Organization", ""))
        return shown

    def same_group(self, id_):
        """A group's name and members are those of RT; returns it."""
        group = self.scim.get("/Groups/" + id_)
        team = desk_part(group)["upstreamId"]
        self.assertEqual(group["displayName"], self.rt.group(team)["Name"])
        have = sorted(desk_part(self.scim.get("/Users/" + m["value"]))["upstreamId"]
                      for m in group.get("members", []))
        self.assertEqual(have, self.rt.members(team))
        for m in group.get("members", []):
            self.assertIn(id_, [g["value"] for g in
                                self.scim.get("/Users/" + m["value"])["groups"]])
        return group

    def patch(self, kind, id_, *operations):
        return self.scim.patch(kind, id_, *operations)

    # -- the conversations

    def test_01_okta_wizard_app(self):
        """PUT for everything: the whole life of a user keeps one id."""
        self.assertIn("Resources", self.scim.find("Users", startIndex=1, count=2))
        body = self.body(externalId="00u1", groups=[], password="ignored-here-1", locale="en-US")
        lookup = f'userName eq "{body["userName"]}"'
        self.assertEqual(self.scim.filter("Users", lookup, startIndex=1, count=100), [])
        made = self.same(self.scim.post("Users", body))
        self.assertEqual(made["externalId"], "00u1")
        self.assertEqual(made["locale"], "en-US")
        made["title"], made["nickName"], made["displayName"] = "Lead", "An", "Ana M Lopez"
        made["name"]["middleName"] = "M"
        changed = self.scim.put("Users", made)
        self.assertEqual((changed["title"], changed["name"]["middleName"]), ("Lead", "M"))
        self.same(changed)
        self.scim.put("Users", {**changed, "active": False})
        gone = self.same(self.scim.one("Users", lookup))
        self.assertFalse(gone["active"])
        back = self.same(self.scim.put("Users", {**gone, "active": True}))
        self.assertTrue(back["active"])
        self.assertEqual((back["id"], back["externalId"]), (made["id"], "00u1"))

    def test_02_okta_catalogue_app_pushes_a_group(self):
        a, b = self.new(), self.new(first="Ben")
        name = f"Tier {next(numbers)}"
        group = self.scim.post("Groups", {"schemas": [GROUP], "displayName": name, "members": []})
        self.same_group(group["id"])
        self.patch("Groups", group["id"],
                   op("replace", value={"id": group["id"], "displayName": name + " One"}))
        self.same_group(group["id"])
        self.patch("Groups", group["id"], op("add", "members", [{"value": a["id"], "display": "x"}]))
        self.assertEqual(len(self.same_group(group["id"])["members"]), 1)
        self.patch("Groups", group["id"], op("remove", f'members[value eq "{a["id"]}"]'),
                   op("add", "members", [{"value": b["id"]}]))
        self.assertEqual([m["value"] for m in self.same_group(group["id"])["members"]], [b["id"]])
        self.patch("Groups", group["id"],
                   op("replace", "members", [{"value": a["id"]}, {"value": b["id"]}]))
        self.assertEqual(len(self.same_group(group["id"])["members"]), 2)
        team = desk_part(self.scim.get("/Groups/" + group["id"]))["upstreamId"]
        self.scim.delete("Groups", group["id"])
        self.scim.error(404, "GET", "/Groups/" + group["id"])
        self.assertIn(str(self.rt.group(team)["Disabled"]), "1")
        self.assertNotIn(group["id"], [g["value"] for g in
                                       self.scim.get("/Users/" + a["id"]).get("groups", [])])

    def test_03_okta_import_reads_everybody_once(self):
        n = next(numbers)
        for i in range(120):
            self.rt.create_user(Name=f"import{n}x{i}", EmailAddress=f"import{n}x{i}@acme.example",
                                RealName=f"Import {i}", Privileged=1)
        self.bridge.sync()
        users = self.scim.all("Users")
        ours = [u for u in users if u["userName"].startswith(f"import{n}x")]
        self.assertEqual(len(ours), 120)
        self.assertEqual(len({desk_part(u)["upstreamId"] for u in users}), len(users))
        for user in ours[:5]:
            self.same(user)

    def test_04_entra_without_the_flag(self):
        self.assertEqual(self.scim.filter("Users", 'userName eq "5f9dcd2a-1e21-4a0e-b1ee"'), [])
        body = self.body(schemas=[USER, ENTERPRISE], externalId="alopez", roles=[],
                         meta={"resourceType": "User"})
        user, boss = self.same(self.scim.post("Users", body)), self.new(first="Cora")
        self.patch("Users", user["id"],
                   op("Add", "nickName", "An"), op("Replace", "displayName", "Ana L"),
                   op("Replace", 'emails[type eq "work"].value', "new." + body["emails"][0]["value"]),
                   op("Add", ENTERPRISE + ":department", "R&D"),
                   op("Add", 'phoneNumbers[type eq "mobile"].value', "+1 555 0100"))
        now = self.same(user)
        self.assertEqual(now[ENTERPRISE]["department"], "R&D")
        self.patch("Users", user["id"], op("Add", ENTERPRISE + ":manager", boss["id"]))
        self.assertEqual(self.same(user)[ENTERPRISE]["manager"]["value"], boss["id"])
        name = f"Entra {next(numbers)}"
        self.assertEqual(self.scim.filter("Groups", f'displayName eq "{name}"',
                                          excludedAttributes="members"), [])
        group = self.scim.post("Groups", {"schemas": [GROUP, ADSCIM], "displayName": name,
                                          "externalId": "8aa1", "meta": {"resourceType": "Group"}})
        member = [{"$ref": None, "value": user["id"]}]
        self.patch("Groups", group["id"], op("Add", "members", member + [{"value": boss["id"]}]))
        self.assertEqual(len(self.same_group(group["id"])["members"]), 2)
        self.patch("Groups", group["id"], op("Remove", "members", member))
        self.assertEqual([m["value"] for m in self.same_group(group["id"])["members"]],
                         [boss["id"]])
        self.patch("Users", user["id"], op("Replace", "active", "False"))
        self.assertFalse(self.same(user)["active"])
        self.scim.delete("Users", user["id"])
        self.assertEqual(str(self.rt_of(user)["Disabled"]), "1")

    def test_05_entra_with_the_flag(self):
        user = self.new()
        self.patch("Users", user["id"],
                   op("replace", 'emails[type eq "work"].value', "flag." + user["emails"][0]["value"]),
                   op("replace", value={"displayName": "Flag", "name.givenName": "Flag",
                                        ENTERPRISE + ":employeeNumber": "7"}))
        now = self.same(user)
        self.assertEqual((now["name"]["givenName"], now[ENTERPRISE]["employeeNumber"]),
                         ("Flag", "7"))
        group = self.scim.new_group(f"Flag {next(numbers)}", user["id"])
        self.patch("Groups", group["id"], op("remove", f'members[value eq "{user["id"]}"]'))
        self.assertNotIn("members", self.same_group(group["id"]))
        self.patch("Users", user["id"], op("replace", "active", False))
        self.assertFalse(self.same(user)["active"])

    def test_06_onelogin(self):
        self.assertEqual(self.scim.filter("Users", 'userName eq "nobody.such"'), [])
        user = self.new()
        reply = call(self.scim.url, "GET", "/Users/" + user["id"], None, {
            "Authorization": "Bearer " + self.scim.token, "Accept": "application/json"})
        self.assertEqual(reply.headers.get_content_type(), "application/json")
        user["displayName"] = "Ana Renamed"
        self.same(self.scim.put("Users", user))
        group = self.scim.new_group(f"OneLogin {next(numbers)}")
        self.patch("Groups", group["id"], op("add", "members", [{"value": user["id"]}]))
        self.same_group(group["id"])
        self.scim.delete("Users", user["id"])
        self.assertNotIn("members", self.same_group(group["id"]))

    def test_07_jumpcloud_creates_and_deletes_at_once(self):
        user = self.new(first="Test")
        group = self.scim.new_group(f"JumpCloud {next(numbers)}", user["id"])
        self.same_group(group["id"])
        self.scim.delete("Groups", group["id"])
        self.scim.delete("Users", user["id"])
        self.scim.error(404, "GET", "/Users/" + user["id"])
        self.assertEqual(str(self.rt_of(user)["Disabled"]), "1")

    def test_08_sailpoint_reads_discovery_first(self):
        for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas",
                     "/ResourceTypes/User", "/ResourceTypes/Group"):
            self.scim.get(path)
        published = {s["id"]: {a["name"] for a in s["attributes"]}
                     for s in self.scim.get("/Schemas")["Resources"]}
        user = self.new()
        for name, value in user.items():
            if name in ("schemas", "id", "externalId", "meta"):
                continue
            if name.startswith("urn:"):
                self.assertLessEqual(set(value), published[name])
            else:
                self.assertIn(name, published[USER])
        self.patch("Users", user["id"], op("add", value={"active": False}))
        self.assertFalse(self.same(user)["active"])

    def test_09_authentik_one_operation_a_member(self):
        people = [self.new(first="Member") for _ in range(12)]
        name = f"Authentik {next(numbers)}"
        group = self.scim.new_group(name)
        self.patch("Groups", group["id"],
                   *[op("add", "members", [{"value": p["id"]}]) for p in people])
        self.assertEqual(len(self.same_group(group["id"])["members"]), 12)
        self.patch("Groups", group["id"], op("replace", value={
            "id": group["id"], "schemas": [GROUP], "displayName": name + "!"}))
        self.assertEqual(len(self.same_group(group["id"])["members"]), 12)
        self.scim.put("Groups", {"schemas": [GROUP], "id": group["id"], "displayName": name})
        self.assertNotIn("members", self.same_group(group["id"]))

    def test_10_a_leavers_open_tickets_are_handed_over(self):
        boss, leaver = self.new(first="Boss"), self.new(first="Leaver")
        self.patch("Users", leaver["id"], op("add", ENTERPRISE + ":manager", boss["id"]))
        agents = self.scim.group("Agents")
        self.patch("Groups", agents["id"],
                   op("add", "members", [{"value": boss["id"]}, {"value": leaver["id"]}]))
        self.same_group(agents["id"])
        name = leaver["userName"]
        open_ = [self.rt.ticket(name, f"open {i}") for i in range(3)]
        closed = self.rt.ticket(name, "done", "resolved")
        self.patch("Users", leaver["id"], op("replace", "active", False))
        self.assertFalse(self.same(leaver)["active"])
        self.assertEqual([self.rt.owner(t) for t in open_], [boss["userName"]] * 3)
        self.assertEqual(self.rt.owner(closed), name)

    def test_11_without_a_manager_tickets_go_to_nobody(self):
        leaver = self.new(first="Leaver")
        agents = self.scim.group("Agents")
        self.patch("Groups", agents["id"], op("add", "members", [{"value": leaver["id"]}]))
        ticket = self.rt.ticket(leaver["userName"], "open")
        self.patch("Users", leaver["id"], op("replace", "active", False))
        self.assertFalse(self.same(leaver)["active"])
        self.assertEqual(self.rt.owner(ticket), "Nobody")

    def test_12_reactivation_keeps_id_and_groups(self):
        user = self.new(externalId="ext-12")
        group = self.scim.new_group(f"Keep {next(numbers)}", user["id"])
        upstream = desk_part(user)["upstreamId"]
        self.patch("Users", user["id"], op("replace", "active", False))
        self.bridge.sync()
        away = self.same(user)
        self.assertFalse(away["active"])
        self.patch("Users", user["id"], op("replace", "active", True))
        self.bridge.sync()
        back = self.same(user)
        self.assertTrue(back["active"])
        self.assertEqual((back["id"], back["externalId"]), (user["id"], "ext-12"))
        self.assertEqual(desk_part(back)["upstreamId"], upstream)
        self.assertEqual([m["value"] for m in self.same_group(group["id"])["members"]],
                         [user["id"]])

    def test_13_rename_keeps_both_ids(self):
        user = self.new()
        upstream = desk_part(user)["upstreamId"]
        name, mail, _ = self.person("Married")
        self.patch("Users", user["id"], op("replace", "userName", name),
                   op("replace", 'emails[type eq "work"].value', mail))
        now = self.same(user)
        self.assertEqual((now["userName"], desk_part(now)["upstreamId"]), (name, upstream))
        self.assertEqual(self.scim.filter("Users", f'userName eq "{user["userName"]}"'), [])
        self.assertEqual(len(self.rt.users_named("EmailAddress", mail)), 1)

    def test_14_delete_then_return(self):
        body = self.body()
        user = self.same(self.scim.post("Users", body))
        upstream = desk_part(user)["upstreamId"]
        self.scim.delete("Users", user["id"])
        for method, more in (("GET", None), ("DELETE", None), ("PUT", body)):
            self.scim.error(404, method, "/Users/" + user["id"], more)
        self.assertEqual(str(self.rt.user(upstream)["Disabled"]), "1")
        back = self.same(self.scim.post("Users", body))
        self.assertNotEqual(back["id"], user["id"])
        self.assertEqual(desk_part(back)["upstreamId"], upstream)
        self.assertTrue(back["active"])

    def test_15_adopts_an_account_made_by_hand(self):
        body = self.body(first="Hand")
        mail = body["emails"][0]["value"]
        made = self.rt.create_user(Name=body["userName"], EmailAddress=mail, RealName="Old Name",
                                   Privileged=1)
        user = self.same(self.scim.post("Users", body))
        self.assertEqual(desk_part(user)["upstreamId"], str(made["id"]))
        self.assertEqual(self.rt_of(user)["RealName"], "Hand Lopez")
        self.assertEqual(len(self.rt.users_named("EmailAddress", mail)), 1)

    def test_16_a_customer_becomes_an_agent(self):
        body = self.body(first="Customer")
        mail = body["emails"][0]["value"]
        made = self.rt.create_user(Name=body["userName"], EmailAddress=mail, Privileged=0)
        user = self.same(self.scim.post("Users", body))
        self.assertEqual(desk_part(user)["upstreamId"], str(made["id"]))

    def test_17_what_cannot_be_is_refused_and_changes_nothing(self):
        user, other = self.new(), self.new(first="Other")
        before = self.rt_of(user)
        self.scim.error(409, "POST", "/Users", self.body() | {"userName": user["userName"].upper()},
                        "uniqueness")
        patch = lambda *ops: {"schemas": [PATCH], "Operations": list(ops)}  # noqa: E731
        path = "/Users/" + user["id"]
        self.scim.error(409, "PATCH", path, patch(op("replace", "userName", other["userName"])),
                        "uniqueness")
        self.scim.error(400, "PATCH", path, patch(op("replace", "nickName", "x" * 17)),
                        "invalidValue")
        self.scim.error(400, "PATCH", path, patch(op("replace", "userName", "12345")),
                        "invalidValue")
        reply = self.scim.raw("PATCH", path, patch(
            op("replace", 'emails[type eq "work"].value', other["emails"][0]["value"])))
        self.assertIn(reply.status, (400, 409))
        after = self.rt_of(user)
        self.assertEqual((before["Name"], before["EmailAddress"]),
                         (after["Name"], after["EmailAddress"]))
        self.same(user)

    def test_18_the_protected_stay_untouched(self):
        root = self.scim.user("root")
        patch = {"schemas": [PATCH], "Operations": [op("replace", "active", False)]}
        self.scim.error(403, "PATCH", "/Users/" + root["id"], patch)
        self.scim.error(403, "DELETE", "/Users/" + root["id"])
        self.assertEqual(str(self.rt.user("root")["Disabled"]), "0")
        own = self.scim.user("scim-bridge")
        self.scim.error(403, "PATCH", "/Users/" + own["id"], patch)
        self.assertEqual(str(self.rt.user("scim-bridge")["Disabled"]), "0")

    def test_19_what_people_do_in_rt_comes_in(self):
        user = self.new()
        n = next(numbers)
        made = self.rt.create_user(Name=f"byhand{n}", EmailAddress=f"byhand{n}@acme.example",
                                   RealName="By Hand", Privileged=1)
        upstream = desk_part(user)["upstreamId"]
        self.rt.change_user(upstream, RealName="Renamed In RT", Disabled=1)
        self.bridge.sync()
        now = self.same(user)
        self.assertEqual((now["displayName"], now["active"]), ("Renamed In RT", False))
        found = self.same(self.scim.user(f"byhand{n}"))
        self.assertEqual(desk_part(found)["upstreamId"], str(made["id"]))
        version = now["meta"]["version"]
        self.bridge.sync()
        self.assertEqual(self.scim.get("/Users/" + user["id"])["meta"]["version"], version)

    def test_20_kill_during_a_create(self):
        """The answer of RT is held, the bridge is killed: one account, one user."""
        body = self.body(first="Killed")
        self.proxy.on("POST", "/REST/2.0/user", "hold", 3)
        ended = []

        def create():
            try:
                ended.append(self.scim.raw("POST", "/Users", body).status)
            except Exception as e:  # the connection breaks, which is the point
                ended.append(e)

        thread = threading.Thread(target=create)
        thread.start()
        self.assertTrue(self.proxy.hit.wait(20))
        self.bridge.kill()
        thread.join()
        self.bridge.start()
        self.assertEqual(len(self.rt.users_named("Name", body["userName"])), 1)
        self.assertEqual(len(self.rt.users_named("EmailAddress", body["emails"][0]["value"])), 1)
        self.same(self.scim.user(body["userName"]))
        self.scim.error(409, "POST", "/Users", body, "uniqueness")
        self.assertEqual(len(self.rt.users_named("EmailAddress", body["emails"][0]["value"])), 1)

    def test_21_a_lost_answer_is_found_out(self):
        body = self.body(first="Lost")
        self.proxy.on("POST", "/REST/2.0/user", "lose")
        reply = self.scim.raw("POST", "/Users", body)
        self.assertIn(reply.status, (201, 503, 504))
        self.assertEqual(len(self.rt.users_named("EmailAddress", body["emails"][0]["value"])), 1)
        if reply.status != 201:
            self.assertIn(self.scim.raw("POST", "/Users", body).status, (201, 409))
        self.same(self.scim.user(body["userName"]))
        self.assertEqual(len(self.rt.users_named("EmailAddress", body["emails"][0]["value"])), 1)

    def test_22_while_rt_is_away_reads_go_on(self):
        user = self.new()
        self.proxy.refuse = True
        try:
            self.assertEqual(self.scim.get("/Users/" + user["id"])["userName"], user["userName"])
            reply = self.scim.error(503, "POST", "/Users", self.body())
            self.assertGreater(int(reply.headers["Retry-After"]), 0)
        finally:
            self.proxy.refuse = False
        harness.wait_until(lambda: self.scim.raw("PATCH", "/Users/" + user["id"], {
            "schemas": [PATCH], "Operations": [op("replace", "nickName", "Back")]}).status == 200,
            "writes went through again", 60)
        self.assertEqual(self.same(user)["nickName"], "Back")

    def test_23_page_of_a_filtered_list(self):
        tag = f"page{next(numbers)}"
        for i in range(3):
            self.new(first=tag, title=tag)
        query = urllib.parse.urlencode({"filter": f'title eq "{tag.upper()}"', "count": 2,
                                        "sortBy": "userName"})
        page = self.scim.get("/Users?" + query)
        self.assertEqual((page["totalResults"], page["itemsPerPage"]), (3, 2))
        for user in page["Resources"]:
            self.same(user)

    def test_24_the_last_of_the_administrators_stays(self):
        """Both attacked at once, by every way; one of them is left, in RT too."""
        admins = self.scim.group("Admins")
        team = desk_part(admins)["upstreamId"]
        people = [self.new(), self.new()]
        for user in people:
            self.rt.add_member(team, desk_part(user)["upstreamId"])
        self.bridge.sync()
        self.assertEqual(len(self.rt.members(team)), 2, "and nobody else is one")
        off = {"schemas": [PATCH], "Operations": [op("replace", "active", False)]}
        out = {"schemas": [PATCH], "Operations": [
            op("remove", f'members[value eq "{people[1]["id"]}"]')]}
        asked = [("PATCH", "/Users/" + people[0]["id"], off),
                 ("PATCH", "/Groups/" + admins["id"], out),
                 ("DELETE", "/Users/" + people[1]["id"], None),
                 ("PATCH", "/Users/" + people[1]["id"], off)]
        with concurrent.futures.ThreadPoolExecutor(len(asked)) as pool:
            replies = list(pool.map(lambda one: self.scim.raw(*one), asked))
        self.assertIn(403, [r.status for r in replies], replies)
        left = [i for i in self.rt.members(team)
                if str(self.rt.user(i)["Disabled"]) == "0"]
        self.assertEqual(len(left), 1, replies)
        last = next(u for u in people if desk_part(u)["upstreamId"] == left[0])
        self.scim.error(403, "DELETE", "/Users/" + last["id"])
        self.scim.error(403, "PATCH", "/Users/" + last["id"], off)


if __name__ == "__main__":
    harness.main()
