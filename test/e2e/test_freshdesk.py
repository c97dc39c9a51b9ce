#!/usr/bin/env python3
"""The bridge in front of the simulated Freshdesk: agents and contacts in two
collections with one another's ids, rows that lack the half, names that cannot
be changed; and the simulator itself, as the reference describes Freshdesk."""
import json
import tempfile

from desks import MAIL, NOOR, Conversation, Desk, Usual, basic, person
from harness import desk_part, main, op, patch_body, wait_until

ROLES = {"Account Administrator": "owner", "Administrator": "admin", "Supervisor": "supervisor",
         "Agent": "agent"}


class FreshdeskSim(Desk):
    name, prefix = "freshdesk", "/api/v2"

    def proof(self):
        return {"Authorization": basic("sim-token", "X")}

    def users(self):
        return [{**a, "email": a["contact"]["email"]} for a in self.table("agents")]

    def contact(self, email):
        return next((c for c in self.table("contacts") if c["email"] == email), None)

    def role_of(self, agent):
        names = {r["id"]: ROLES.get(r["name"]) for r in self.table("roles")}
        has = {names[i] for i in agent["role_ids"]}
        return next((r for r in ("owner", "admin", "supervisor", "agent") if r in has), None)

    def staff(self):
        return {str(a["id"]): {"email": a["contact"]["email"].lower(), "role": self.role_of(a),
                               "name": a["contact"]["name"], "active": not a["deactivated"]}
                for a in self.table("agents")}

    def groups(self):
        agents = self.table("agents")
        return {str(g["id"]): {"name": g["name"],
                               "members": {str(a["id"]) for a in agents
                                           if g["id"] in a["group_ids"]}}
                for g in self.table("groups")}

    def open_of(self, email):
        id_ = self.user(email)["id"] if self.user(email) else self.contact(email)["id"]
        return [t for t in self.table("tickets")
                if t["responder_id"] == id_ and t["status"] in (2, 3)]


class FreshdeskConversation(Conversation):
    desk_class = FreshdeskSim
    account = {"set.account": "scim@desk.example", "secret.key": "env:DESK_TOKEN",
               "secret.token": None}
    deactivation, joining = "users.deactivate", "users.update"

    def make_by_hand(self, email, name):
        self.desk.human("create_user", email=email, name=name)

    def remove_by_hand(self, email):
        self.desk.human("delete_user", email=email)

    def closed_ticket(self, email):
        self.desk.human("ticket_open", email=email, status=5)

    def customer_id(self, email):
        return str(self.desk.contact(email)["id"])


class TestUsual(Usual, FreshdeskConversation):
    pass


class TestUsualElsewhere(Usual, FreshdeskConversation):
    """The same with every unknown on its other setting."""
    knobs = {"list_rows": "full", "deactivated": "hidden", "duplicate": "400",
             "contact_create": "promotes", "extra_fields": "ignored", "link_rels": "several",
             "missing_body": "json", "users": 105}


class TestOurs(FreshdeskConversation):
    def test_what_is_written(self):
        made = self.scim.post("Users", person(preferredLanguage="de", title="Agent",
                                              externalId="X-1"))
        real = self.real()
        self.assertEqual([real[k] for k in ("ticket_scope", "occasional", "group_ids")],
                         [1, False, []])
        self.assertEqual([real["contact"][k] for k in ("name", "language", "job_title", "active")],
                         ["Noor Haddad", "de", None, False])
        self.assertEqual((made["title"], made["externalId"]), ("Agent", "X-1"), "kept by us")
        self.desk.human("activate", email=NOOR)
        self.scim.patch("Users", made["id"], op("replace", "preferredLanguage", "fr"))
        self.assertEqual(self.real()["contact"]["language"], "fr")
        self.sync_and_agree()

    def test_a_scope_is_given_at_creation(self):
        desk = "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
        body = person()
        body["schemas"].append(desk)
        made = self.scim.post("Users", {**body, desk: {"desk": {"ticketScope": 3}}})
        self.assertEqual(self.real()["ticket_scope"], 3)
        self.assertEqual(desk_part(made)["desk"]["ticketScope"], 3)

    def test_a_changed_name_is_a_task(self):
        ben = self.user("ben.baker")
        since = self.desk.last_call()
        now = self.scim.patch("Users", ben["id"], op("replace", "displayName", "Ben Becker"),
                              op("replace", "preferredLanguage", "nl"))
        self.assertEqual((now["displayName"], self.writes(since)), ("Ben Becker", ["users.update"]))
        self.assertEqual(self.real("ben.baker" + MAIL)["contact"]["language"], "nl")
        self.assertEqual([t["kind"] for t in self.tasks()], ["update"])
        self.assertIn("Ben Becker", json.dumps(self.tasks()))
        self.bridge.sync()
        self.assertEqual(self.user("ben.baker")["displayName"], "Ben Becker", "the wish is kept")
        self.desk.human("rename", email="ben.baker" + MAIL, name="Ben Becker")
        self.sync_and_agree("a person did it")
        self.assertEqual(self.tasks(), [])

    def test_an_address_is_changed(self):
        ben = self.user("ben.baker")
        new = "ben.becker" + MAIL
        now = self.scim.patch("Users", ben["id"], op("replace", "userName", new))
        self.assertEqual((now["userName"], self.upstream(now)), (new, self.upstream(ben)))
        self.sync_and_agree()
        reply = self.scim.raw("PATCH", "/Users/" + ben["id"],
                              patch_body(op("replace", "userName", "cleo.chan" + MAIL)))
        self.assertEqual(reply.status, 409, reply)
        self.sync_and_agree()

    def test_a_demoted_agent_comes_back_with_all_it_had(self):
        dev = self.user("dev.das")
        self.desk.human("set", email="dev.das" + MAIL,
                        fields={"ticket_scope": 2, "occasional": True, "signature": "D."})
        self.bridge.sync()
        before = self.real("dev.das" + MAIL)
        self.leave(dev)
        self.assertIsNone(self.real("dev.das" + MAIL))
        self.assertEqual(self.desk.contact("dev.das" + MAIL)["id"], before["id"])
        back = self.come_back(dev)
        self.assertEqual(self.upstream(back), self.upstream(dev))
        now = self.real("dev.das" + MAIL)
        for key in ("ticket_scope", "occasional", "signature", "role_ids", "group_ids"):
            self.assertEqual(now[key], before[key], key)
        self.sync_and_agree()

    def test_a_group_that_was_deleted_meanwhile(self):
        dev = self.user("dev.das")
        self.leave(dev)
        self.desk.human("delete_group", group="Field Service")
        self.assertTrue(self.come_back(dev)["active"])
        self.sync_and_agree()

    def test_a_demoted_agent_whose_contact_has_another_id(self):
        self.desk.set(demoted_id="new")
        dev = self.user("dev.das")
        self.leave(dev)
        back = self.come_back(dev)
        self.assertEqual((back["id"], back["active"]), (dev["id"], True))
        self.assertNotEqual(self.upstream(back), self.upstream(dev))
        self.sync_and_agree()

    def test_a_demoted_agent_whose_contact_was_deleted(self):
        eve = self.user("eve.ek")
        self.leave(eve)
        contact = self.desk.contact("eve.ek" + MAIL)
        self.desk.human("create_user", email="x" + MAIL)
        self.desk.human("delete_contact", id=contact["id"])
        back = self.come_back(eve)
        self.assertEqual((back["id"], back["active"]), (eve["id"], True))
        self.sync_and_agree()

    def test_deactivated_by_hand(self):
        for way in ("shown", "hidden"):
            self.desk.set(deactivated=way)
            name = "ben.baker" if way == "shown" else "cleo.chan"
            user = self.user(name)
            self.desk.human("deactivate", email=name + MAIL)
            self.bridge.sync()
            self.assertFalse(self.scim.get("/Users/" + user["id"])["active"], way)
            self.desk.human("reactivate", email=name + MAIL)
            self.bridge.sync()
            self.assertTrue(self.scim.get("/Users/" + user["id"])["active"], way)
            self.assertEqual(self.user(name)["id"], user["id"])
        self.agree()

    def test_no_seat(self):
        self.desk.set(seats=8)
        for body in (person(), person("carl.kunde@acme.example", "Carl", "Kunde")):
            self.scim.error(403, "POST", "/Users", body)
        self.assertIsNone(self.real())
        self.assertIsNotNone(self.desk.contact("carl.kunde@acme.example"))

    def test_other_roles_of_a_user_are_kept(self):
        helper = next(r["id"] for r in self.desk.table("roles") if r["name"] == "Billing helper")
        ben = self.user("ben.baker")
        self.desk.human("set", email="ben.baker" + MAIL,
                        fields={"role_ids": [*self.real("ben.baker" + MAIL)["role_ids"], helper]})
        self.role(ben, "supervisor")
        real = self.real("ben.baker" + MAIL)
        self.assertIn(helper, real["role_ids"])
        self.assertEqual(self.desk.role_of(real), "supervisor")
        self.sync_and_agree()

    def test_owners_are_shielded(self):
        self.refused(403, self.user("olive.owner"), op("replace", "active", False))
        self.refused(403, self.user("ben.baker"),
                     op("replace", "roles", [{"value": "owner", "primary": True}]))

    def test_more_open_tickets_than_a_search_gives(self):
        self.desk.human("ticket_open", email="dev.das" + MAIL, count=400)
        dev = self.user("dev.das")
        self.manager(dev, self.user("eve.ek"))
        self.leave(dev)
        wait_until(lambda: self.real("dev.das" + MAIL) is None, "the leaver was demoted", 60)
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 404)
        self.bridge.sync()
        self.assertEqual(self.receipt(dev)[1], 404)
        self.agree()

    def test_search_is_late(self):
        """Tickets that search still shows are not handed over for a second time."""
        self.desk.set(search_lag_s=30)
        ben = self.user("ben.baker")
        self.manager(ben, self.user("eve.ek"))
        self.leave(ben)
        self.desk.clock(31)
        wait_until(lambda: self.syncs() and self.real("ben.baker" + MAIL) is None,
                   "the leaver was demoted", 60)
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 3)
        self.sync_and_agree()

    def test_work_that_nobody_takes_is_a_task(self):
        self.desk.set(null_responder="refused")
        ben = self.user("ben.baker")
        self.assertFalse(self.leave(ben)["active"])
        task = self.tasks()[0]
        self.assertEqual((task["kind"], len(task["detail"]["tickets"])), ("offboard", 3))
        self.bridge.sync()
        self.agree()

    def test_an_account_that_is_no_agents(self):
        self.bridge.stop()
        self.bridge.configure(None, {**self.bridge.target, "set.account": "nobody@desk.example"})
        said = self.bridge.run("probe", "-c", self.bridge.ini, expect=None)
        self.assertNotIn("good", said)
        self.bridge.start(wait=False)


class TestTheSimulator(FreshdeskConversation):
    """No bridge takes part."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.desk = FreshdeskSim(folder.name, **self.knobs)
        self.addCleanup(self.desk.stop)

    def id_of(self, name):
        return self.desk.user(name + MAIL)["id"]

    def test_who_calls_and_how_often(self):
        reply = self.desk.want(200, "GET", "/agents")
        self.assertEqual(reply.headers["X-RateLimit-Used-CurrentRequest"], "1")
        for proof in ("Bearer sim-token", basic("no", "X"), "Basic ====", ""):
            reply = self.desk.ask_api("GET", "/agents", Authorization=proof)
            self.assertEqual((reply.status, reply.json["code"]), (401, "invalid_credentials"))
        self.desk.set(rate=2)
        self.desk.clock(61)
        self.desk.ask_api("GET", "/agents", Authorization="no")
        self.desk.want(200, "GET", "/agents")
        reply = self.desk.want(429, "GET", "/agents")
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        self.assertEqual(reply.headers["X-RateLimit-Remaining"], "0", "refused calls count")

    def test_pages_by_link(self):
        reply = self.desk.want(200, "GET", "/agents?per_page=3")
        self.assertEqual(len(reply.json), 3)
        self.assertRegex(reply.headers["Link"],
                         r'^<http://[^>]+/api/v2/agents\?per_page=3&page=2>; rel="next"$')
        self.assertIsNone(self.desk.want(200, "GET", "/agents?per_page=3&page=3").headers["Link"])
        self.desk.set(link_rels="several")
        links = self.desk.want(200, "GET", "/agents?per_page=3&page=2").headers["Link"]
        for rel in ('rel="prev"', 'rel="next last"', 'rel="first"'):
            self.assertIn(rel, links)
        self.desk.want(400, "GET", "/agents?per_page=101")

    def test_rows_are_thin(self):
        row = self.desk.want(200, "GET", "/agents?email=ben.baker" + MAIL).json
        self.assertEqual((len(row), "role_ids" in row[0], "_email" in row[0]), (1, False, False))
        whole = self.desk.want(200, "GET", f"/agents/{row[0]['id']}").json
        self.assertEqual((len(whole["role_ids"]), len(whole["group_ids"])), (1, 1))
        self.desk.set(list_rows="full")
        self.assertIn("role_ids", self.desk.want(200, "GET", "/agents").json[0])

    def test_demote_and_promote(self):
        dev = self.id_of("dev.das")
        self.desk.want(204, "DELETE", f"/agents/{dev}")
        reply = self.desk.want(404, "GET", f"/agents/{dev}")
        self.assertEqual(reply.body, b"")
        self.assertEqual([t for t in self.desk.table("tickets") if t["responder_id"] == dev], [])
        self.assertEqual(self.desk.want(200, "GET", f"/contacts/{dev}").json["name"], "Dev Das")
        self.desk.set(seats=7)
        self.desk.want(403, "PUT", f"/contacts/{dev}/make_agent")
        self.desk.set(seats=0)
        made = self.desk.want(200, "PUT", f"/contacts/{dev}/make_agent").json
        self.assertEqual((made["ticket_scope"], made["occasional"], made["group_ids"]),
                         (1, False, []))
        self.desk.set(demoted_id="new")
        self.desk.want(204, "DELETE", f"/agents/{dev}")
        self.desk.want(404, "GET", f"/contacts/{dev}")

    def test_what_is_refused(self):
        ben, own = self.id_of("ben.baker"), self.id_of("scim")
        agents = self.desk.table("roles")[3]["id"]
        for way, path, body, status, field in (
                ("PUT", f"/agents/{ben}", {"name": "B"}, 400, "name"),
                ("PUT", f"/agents/{ben}", {"role_ids": []}, 400, "role_ids"),
                ("PUT", f"/agents/{ben}", {"group_ids": [7]}, 400, "group_ids"),
                ("PUT", f"/agents/{ben}", {"ticket_scope": 4}, 400, "ticket_scope"),
                ("PUT", f"/agents/{ben}", {"email": "cleo.chan" + MAIL}, 409, "email"),
                ("POST", "/agents", {"email": NOOR}, 400, "ticket_scope"),
                ("POST", "/agents", {"email": "x", "ticket_scope": 1}, 400, "email"),
                ("POST", "/agents", {"email": "carl.kunde@acme.example", "ticket_scope": 1}, 409,
                 "email"),
                ("POST", "/groups", {"name": "First Line"}, 409, "name"),
                ("POST", "/groups", {}, 400, "name")):
            reply = self.desk.want(status, way, path, body)
            self.assertEqual(reply.json["errors"][0]["field"], field)
        self.desk.want(403, "PUT", f"/agents/{own}", {"role_ids": [agents]})
        self.desk.want(403, "DELETE", f"/agents/{own}")
        self.desk.set(extra_fields="ignored")
        self.desk.want(200, "PUT", f"/agents/{ben}", {"name": "B"})
        self.assertEqual(self.desk.user("ben.baker" + MAIL)["contact"]["name"], "Ben Baker")

    def test_members_as_a_whole_list(self):
        group = self.desk.table("groups")[0]["id"]
        dev, ben = self.id_of("dev.das"), self.id_of("ben.baker")
        now = self.desk.want(200, "PUT", f"/groups/{group}", {"agent_ids": [dev]}).json
        self.assertEqual(now["agent_ids"], [dev])
        self.assertNotIn(group, self.desk.user("ben.baker" + MAIL)["group_ids"])
        self.desk.want(400, "PUT", f"/groups/{group}", {"agent_ids": [1]})
        self.desk.want(204, "DELETE", f"/groups/{group}")
        self.desk.want(404, "GET", f"/groups/{group}")
        self.assertTrue(ben)

    def test_search_ends_after_ten_pages_and_may_lag(self):
        dev, eve = self.id_of("dev.das"), self.id_of("eve.ek")
        self.desk.human("ticket_open", email="dev.das" + MAIL, count=400)
        path = f"/search/tickets?query=%22agent_id:{dev}%20AND%20(status:2%20OR%20status:3)%22"
        page = self.desk.want(200, "GET", path + "&page=10").json
        self.assertEqual((len(page["results"]), page["total"]), (30, 404))
        self.desk.want(400, "GET", path + "&page=11")
        self.desk.want(400, "GET", f"/search/tickets?query=agent_id:{dev}")
        self.desk.set(search_lag_s=30)
        ticket = self.desk.table("tickets")[-1]["id"]
        self.desk.want(200, "PUT", f"/tickets/{ticket}", {"responder_id": eve})
        self.assertEqual(self.desk.want(200, "GET", path).json["total"], 404)
        self.desk.clock(31)
        self.assertEqual(self.desk.want(200, "GET", path).json["total"], 403)

    def test_bulk_updates_come_later(self):
        eve = self.id_of("eve.ek")
        ids = [t["id"] for t in self.desk.open_of("dev.das" + MAIL)]
        job = self.desk.want(202, "POST", "/tickets/bulk_update",
                             {"ids": ids, "properties": {"responder_id": eve}}).json["job_id"]
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 0)
        self.desk.want(200, "GET", f"/jobs/{job}")
        self.assertEqual(self.desk.want(200, "GET", f"/jobs/{job}").json["status"], "COMPLETED")
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 4)


if __name__ == "__main__":
    main()
