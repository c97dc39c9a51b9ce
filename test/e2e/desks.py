"""What the tests of the desks Zendesk, Freshdesk and Zammad share: a simulator
and a bridge for each test, the usual conversation of an identity provider, and
SCIM compared with the simulated world. A desk says how its world reads."""
import base64
import contextlib
import http.client
import json
import tempfile
import threading
import unittest

from harness import ENTERPRISE, Bridge, Sim, call, desk_part, op, patch_body, user_body, wait_until

MAIL = "@desk.example"
NOOR = "noor.haddad" + MAIL
ADMINS = "Helpdesk Admins"


def person(email=NOOR, given="Noor", family="Haddad", **more):
    return user_body(email, displayName=f"{given} {family}".strip(),
                     name={"givenName": given, "familyName": family}, **more)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Desk(Sim):
    """A simulated desk, its API as the bridge would call it, and how its tables
    say what every desk has."""
    name = prefix = None

    def __init__(self, folder, **knobs):
        super().__init__(folder, desk=self.name, **knobs)
        self.api = self.url + self.prefix

    def proof(self):
        """The headers that prove who calls."""
        raise NotImplementedError

    def ask_api(self, method, path, body=None, **headers):
        send = {**self.proof(), "Content-Type": "application/json", **headers}
        return call(self.url, method, self.prefix + path, body, send)

    def want(self, status, method, path, body=None):
        reply = self.ask_api(method, path, body)
        if reply.status != status:
            raise AssertionError(f"{method} {path} {body}: wanted {status}, got {reply}")
        return reply

    # -- in the words of one desk

    def staff(self):
        """{id: {"email","name","active","role"}} of all whom SCIM shows linked."""
        raise NotImplementedError

    def groups(self):
        """{id: {"name","members": set of user ids}}"""
        raise NotImplementedError

    def open_of(self, email):
        """The open tickets of a person, as rows."""
        raise NotImplementedError


class DeskBridge(Bridge):
    def __init__(self, sim, folder, target=None):
        self.target = {"profile": sim.name, "base_url": sim.api, "role.admin": ADMINS,
                       **(target or {})}
        super().__init__(sim, folder, None, self.target)


class Conversation(unittest.TestCase):
    """A desk and a bridge for each test; nothing is shared."""
    desk_class = None
    knobs, target, account = {}, {}, {}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.desk = self.desk_class(folder.name, **self.knobs)
        self.addCleanup(self.desk.stop)
        self.bridge = DeskBridge(self.desk, folder.name, {**self.account, **self.target})
        token = self.bridge.token()
        self.bridge.start()
        self.addCleanup(self.bridge.stop)
        self.scim = self.bridge.client(token)

    # -- short words

    def user(self, name):
        return self.scim.user(name if "@" in name else name + MAIL)

    def leave(self, user):
        return self.scim.patch("Users", user["id"], op("replace", "active", False))

    def come_back(self, user):
        return self.scim.patch("Users", user["id"], op("replace", "active", True))

    def manager(self, user, manager):
        self.scim.patch("Users", user["id"],
                        op("add", None, {ENTERPRISE: {"manager": {"value": manager["id"]}}}))

    def role(self, user, role):
        return self.scim.patch("Users", user["id"],
                               op("replace", "roles", [{"value": role, "primary": True}]))

    def refused(self, status, user, *operations):
        self.scim.error(status, "PATCH", "/Users/" + user["id"], patch_body(*operations))

    def tasks(self):
        return json.loads(self.bridge.run("tasks", "-c", self.bridge.ini, "--json"))["items"]

    def writes(self, since):
        return [c["operation"] for c in self.desk.calls(since=since) if c["method"] != "GET"]

    def real(self, email=NOOR):
        """The account that has the address, whoever it is."""
        return self.desk.user(email)

    def upstream(self, user):
        return desk_part(user)["upstreamId"]

    def members(self, group):
        return next(g["members"] for g in self.desk.groups().values() if g["name"] == group)

    def receipt(self, user):
        """What became of a leaver's open work: found, moved, and to whom."""
        stone = desk_part(self.scim.get("/Users/" + user["id"]))["tombstone"]
        return stone["openWorkFound"], stone["openWorkMoved"], stone["openWorkTo"]

    # -- the two worlds

    def agree(self, where=""):
        """SCIM shows exactly the desk's staff and groups, as they are there."""
        shown = {}
        for user in self.scim.all("Users"):
            ours = desk_part(user)
            if ours.get("state") == "linked":
                self.assertNotIn(ours["upstreamId"], shown, where)
                shown[ours["upstreamId"]] = user
            else:
                self.assertFalse(user["active"] and ours.get("state") == "tombstone",
                                 f"{where}: {user['userName']}")
        real = self.desk.staff()
        active = {i for i, u in shown.items() if u["active"]}
        self.assertEqual(sorted(active), sorted(i for i, u in real.items() if u["active"]), where)
        for id_, one in real.items():
            if id_ not in shown:
                self.assertFalse(one["active"], f"{where}: SCIM lacks {one}")
                continue
            have = shown[id_]
            self.assertEqual((have["userName"], have["displayName"], desk_part(have).get("role")),
                             (one["email"], one["name"], one["role"]), where)
        by_id = {u["id"]: i for i, u in shown.items()}
        groups = {desk_part(g)["upstreamId"]: g for g in self.scim.all("Groups")
                  if desk_part(g).get("kind") == "team"}
        teams = self.desk.groups()
        self.assertEqual(sorted(groups), sorted(teams), where)
        for id_, team in teams.items():
            self.assertEqual(groups[id_]["displayName"], team["name"], where)
            members = {by_id.get(m["value"]) for m in groups[id_].get("members", [])}
            self.assertEqual(members & active, team["members"] & active,
                             f"{where}: {team['name']}")

    def syncs(self):
        try:
            self.bridge.sync()
        except AssertionError:
            return False
        return True

    def sync_and_agree(self, where=""):
        self.bridge.sync()
        self.agree(where)


class Usual:
    """What holds for each of the desks. Mixed into a Conversation; the numbers
    are those of the world that all of them begin with."""

    def test_the_first_sync_shows_everybody(self):
        self.agree()
        self.assertEqual(self.tasks(), [])
        self.assertEqual(sorted(g["displayName"] for g in self.scim.all("Groups")),
                         ["Field Service", "First Line"])
        ben = self.user("ben.baker")
        self.assertEqual((ben["displayName"], ben["active"], desk_part(ben)["role"]),
                         ("Ben Baker", True, "agent"))

    def test_create_and_look_up(self):
        made = self.scim.post("Users", person(externalId="e-1"))
        self.assertEqual(self.upstream(made), str(self.real()["id"]))
        self.assertEqual(desk_part(made)["role"], "agent")
        self.assertEqual(self.user(NOOR)["externalId"], "e-1")
        self.assertEqual(self.scim.user(NOOR.upper())["id"], made["id"])
        self.scim.error(409, "POST", "/Users", person(), "uniqueness")
        self.assertEqual(len([u for u in self.desk.staff().values() if u["email"] == NOOR]), 1)
        self.sync_and_agree()
        self.assertEqual(self.user(NOOR)["id"], made["id"])

    def test_a_lookup_is_exact(self):
        self.assertEqual(self.user("ben.baker")["displayName"], "Ben Baker")
        self.assertEqual(self.scim.filter("Users", f'userName eq "ben.bake{MAIL}"'), [])
        made = self.scim.post("Users", person("ben.bake" + MAIL, "Ben", "Bake"))
        self.assertEqual(self.upstream(made), str(self.real("ben.bake" + MAIL)["id"]))
        self.assertNotEqual(made["id"], self.user("ben.baker")["id"])

    def test_an_account_made_by_hand_is_adopted(self):
        self.make_by_hand(NOOR, "Noor Haddad")
        made = self.scim.want(201, "POST", "/Users", person()).json
        self.assertEqual(self.upstream(made), str(self.real()["id"]))
        self.sync_and_agree()

    def test_a_customer_becomes_an_agent(self):
        before = self.customer_id("carl.kunde@acme.example")
        self.assertEqual(self.scim.filter("Users", 'userName eq "carl.kunde@acme.example"'), [])
        made = self.scim.want(201, "POST", "/Users",
                              person("carl.kunde@acme.example", "Carl", "Kunde")).json
        self.assertTrue(made["active"])
        self.assertEqual(self.upstream(made), before, "the account keeps its id")
        self.sync_and_agree()

    def test_a_lost_answer_makes_one_account(self):
        self.desk.fault("drop_after", {"operation": "users.create"})
        made = self.scim.want(201, "POST", "/Users", person()).json
        self.assertEqual(len(self.desk.calls("users.create")), 1)
        self.assertEqual(self.upstream(made), str(self.real()["id"]))
        self.sync_and_agree()

    def test_who_leaves_and_comes_back(self):
        eve = self.user("eve.ek")
        gone = self.leave(eve)
        self.assertFalse(gone["active"])
        self.sync_and_agree("gone")
        self.assertFalse(self.scim.get("/Users/" + eve["id"])["active"])
        back = self.come_back(eve)
        self.assertTrue(back["active"])
        self.assertEqual(self.upstream(back), self.upstream(eve))
        self.sync_and_agree("back")
        self.assertEqual(self.user("eve.ek")["id"], eve["id"])
        self.assertIn(self.upstream(back), self.members("Field Service"), "joined again")

    def test_a_lost_answer_of_the_deactivation(self):
        eve = self.user("eve.ek")
        self.desk.fault("drop_after", {"operation": self.deactivation})
        self.assertFalse(self.leave(eve)["active"])
        self.sync_and_agree()

    def test_delete(self):
        eve = self.user("eve.ek")
        self.scim.delete("Users", eve["id"])
        self.scim.error(404, "GET", "/Users/" + eve["id"])
        self.bridge.sync()
        self.scim.error(404, "GET", "/Users/" + eve["id"])
        self.assertNotIn("eve.ek" + MAIL,
                         [u["email"] for u in self.desk.staff().values() if u["active"]])

    def test_groups(self):
        ben, dev = self.user("ben.baker"), self.user("dev.das")
        group = self.scim.new_group("Night Shift", ben["id"], dev["id"])
        self.sync_and_agree("made")
        self.scim.patch("Groups", group["id"], op("remove", f'members[value eq "{ben["id"]}"]'),
                        op("add", "members", [{"value": self.user("eve.ek")["id"]}]))
        self.sync_and_agree("changed")
        self.scim.patch("Groups", group["id"], op("replace", "displayName", "Night Watch"))
        self.sync_and_agree("renamed")
        self.assertEqual({m["value"] for m in self.scim.group("Night Watch")["members"]},
                         {dev["id"], self.user("eve.ek")["id"]})
        self.scim.delete("Groups", group["id"])
        self.sync_and_agree("deleted")
        self.assertEqual(self.scim.filter("Groups", 'displayName eq "Night Watch"'), [])

    def test_a_lost_answer_of_a_new_group_and_of_a_member(self):
        ben = self.user("ben.baker")
        self.desk.fault("drop_after", {"operation": self.joining})
        group = self.scim.group("Field Service")
        self.scim.patch("Groups", group["id"], op("add", "members", [{"value": ben["id"]}]))
        self.sync_and_agree()

    def test_roles(self):
        """An administrator's role comes by the group that the configuration names."""
        ben = self.user("ben.baker")
        self.refused(403, ben, op("replace", "roles", [{"value": "admin", "primary": True}]))
        group = self.scim.new_group(ADMINS, ben["id"])
        self.assertEqual(desk_part(self.role(ben, "admin"))["role"], "admin")
        self.sync_and_agree("up")
        self.scim.patch("Groups", group["id"], op("remove", "members"))
        self.assertEqual(desk_part(self.role(ben, "agent"))["role"], "agent")
        self.sync_and_agree("down")
        reply = self.scim.error(400, "PATCH", "/Users/" + ben["id"],
                                patch_body(op("replace", "roles", [{"value": "emperor"}])))
        self.assertIn("emperor", reply.json["detail"])

    def test_our_own_account_is_shielded(self):
        own, since = self.user("scim"), self.desk.last_call()
        self.refused(403, own, op("replace", "active", False))
        self.refused(403, own, op("replace", "roles", [{"value": "agent", "primary": True}]))
        self.scim.error(403, "DELETE", "/Users/" + own["id"])
        self.assertEqual(self.writes(since), [])

    def test_the_last_admin_is_shielded(self):
        self.role(self.user("ada.adler"), "agent")
        last, since = self.user("olive.owner"), self.desk.last_call()
        self.refused(403, last, op("replace", "roles", [{"value": "agent", "primary": True}]))
        self.refused(403, last, op("replace", "active", False))
        self.scim.error(403, "DELETE", "/Users/" + last["id"])
        self.assertEqual(self.writes(since), [])
        self.agree()

    def test_a_leavers_work_goes_to_the_manager(self):
        dev, eve = self.user("dev.das"), self.user("eve.ek")
        self.manager(dev, eve)
        self.desk.human("ticket_open", email="dev.das" + MAIL, count=116)
        self.closed_ticket("dev.das" + MAIL)
        self.leave(dev)
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 120)
        self.assertEqual(self.desk.open_of("dev.das" + MAIL), [])
        self.assertEqual(self.receipt(dev), (120, 120, "eve.ek" + MAIL))
        self.sync_and_agree()

    def test_killed_while_work_is_handed_over(self):
        dev, eve = self.user("dev.das"), self.user("eve.ek")
        self.manager(dev, eve)
        self.desk.human("ticket_open", email="dev.das" + MAIL, count=216)
        self.desk.set(latency_ms=5)
        since = self.desk.last_call()
        asked = threading.Thread(target=self.leave_or_not, args=(dev,))
        asked.start()
        wait_until(lambda: self.desk.calls("tickets.assign", since=since), "some work was moved")
        self.bridge.kill()
        asked.join()
        self.desk.set(latency_ms=0)
        self.bridge.start()
        self.leave(dev)
        wait_until(lambda: len(self.desk.open_of("eve.ek" + MAIL)) == 220,
                   "all was handed over", 60)
        wait_until(lambda: self.syncs() and not self.scim.get("/Users/" + dev["id"])["active"] and
                   str(self.upstream(dev)) not in {i for i, u in self.desk.staff().items()
                                                   if u["active"]}, "the leaver is off", 60)
        self.sync_and_agree()

    def leave_or_not(self, user):
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.leave(user)

    def test_throttled_answers_are_waited_for(self):
        for operation in ("users.create", "users.get", "users.list"):
            self.desk.fault("status", {"operation": operation}, status=429, body="Too many",
                            headers={"Retry-After": "1", "Content-Type": "text/plain"})
        self.scim.post("Users", person())
        self.sync_and_agree()
        self.assertEqual(len([c for c in self.desk.calls("users.create") if c["status"] == 201]), 1)

    def test_a_broken_list_makes_nobody_vanish(self):
        before = len(self.scim.all("Users"))
        for kind in ("truncate", "html", "garbage", "wrong_type"):
            self.desk.fault(kind, {"operation": "users.list"}, count=9)
            self.bridge.sync(expect=None)
            self.desk.no_faults()
            self.assertEqual(len([u for u in self.scim.all("Users") if u["active"]]), before, kind)
        wait_until(self.syncs, "the helpdesk was asked again")
        self.agree()

    def test_many_people_and_pages(self):
        for i in range(3):
            self.make_by_hand(f"more{i}{MAIL}", f"More {i}")
        self.sync_and_agree()
        self.remove_by_hand("more1" + MAIL)
        self.sync_and_agree("one gone")
        self.assertFalse(self.user("more1")["active"])

    def test_secrets_stay_out_of_log_and_database(self):
        self.scim.post("Users", person())
        self.desk.fault("status", {"operation": "users.list"}, status=401, body="{}", count=9)
        self.bridge.sync(expect=None)
        with open(self.bridge.database, "rb") as f:
            self.assertNotIn(b"sim-token", f.read())
        self.assertNotIn("sim-token", self.bridge.log())
