#!/usr/bin/env python3
"""The bridge in front of the simulated Zendesk: staff and customers in one
list, addresses as records of their own, demotion in place of deactivation,
jobs; and the simulator itself, as the reference describes Zendesk."""
import tempfile

from desks import MAIL, NOOR, Conversation, Desk, Usual, basic, person
from harness import desk_part, main, op, patch_body, wait_until


class ZendeskSim(Desk):
    name, prefix = "zendesk", "/api/v2"

    def proof(self):
        return {"Authorization": basic("scim@desk.example/token", "sim-token")}

    def user(self, email):
        found = [u for u in self.users()
                 if u["active"] and (u["email"] or "").lower() == email.lower()]
        assert len(found) < 2, found
        return found[0] if found else None

    def role_of(self, user):
        roles = {r["id"]: r["name"] for r in self.table("custom_roles")}
        return roles.get(user["custom_role_id"], user["role"])

    def staff(self):
        return {str(u["id"]): {"email": u["email"], "name": u["name"], "role": self.role_of(u),
                               "active": not u["suspended"]}
                for u in self.users() if u["active"] and u["role"] != "end-user"}

    def groups(self):
        links = self.table("group_memberships")
        return {str(g["id"]): {"name": g["name"],
                               "members": {str(m["user_id"]) for m in links
                                           if m["group_id"] == g["id"]}}
                for g in self.table("groups") if not g["deleted"]}

    def tickets_of(self, email):
        id_ = self.user(email)["id"]
        return [t for t in self.table("tickets") if t["assignee_id"] == id_]

    def open_of(self, email):
        return [t for t in self.tickets_of(email) if t["status"] not in ("solved", "closed")]


class ZendeskConversation(Conversation):
    desk_class = ZendeskSim
    account = {"set.account": "scim@desk.example", "secret.token": "env:DESK_TOKEN"}
    deactivation, joining = "users.update", "memberships.add"

    def make_by_hand(self, email, name):
        self.desk.human("create_user", email=email, name=name)

    def remove_by_hand(self, email):
        self.desk.human("delete_user", email=email)

    def closed_ticket(self, email):
        self.desk.human("ticket_open", email=email, status="closed")

    def customer_id(self, email):
        return str(self.desk.user(email)["id"])

    def identities(self, email):
        id_ = self.desk.user(email)["id"]
        return sorted((i["value"], i["primary"]) for i in self.desk.table("identities")
                      if i["user_id"] == id_)


class TestUsual(Usual, ZendeskConversation):
    pass


class TestUsualElsewhere(Usual, ZendeskConversation):
    """The same with every unknown on its other setting."""
    knobs = {"custom_roles": "404", "after_delete": "404", "group_after_delete": "404",
             "demote_links": "kept", "link_paging": "offset", "rate_body": "html",
             "job_calls": 3, "users": 120, "groups": 0}


class TestOurs(ZendeskConversation):
    target = {"protect": "ada.adler@desk.example"}

    def test_protected_accounts(self):
        since = self.desk.last_call()
        self.refused(403, self.user("ada.adler"), op("replace", "active", False))
        self.assertEqual(self.writes(since), [])
        reply = self.scim.error(403, "DELETE", "/Users/" + self.user("olive.owner")["id"])
        self.assertIn("owner", reply.json["detail"])
        self.agree()

    def test_what_is_written(self):
        made = self.scim.post("Users", person(nickName="Nono", locale="de", externalId="X-1",
                                              phoneNumbers=[{"type": "work", "value": "+1 23"}]))
        real = self.real()
        self.assertEqual([real[k] for k in ("name", "alias", "locale", "external_id", "phone",
                                            "role", "suspended", "verified")],
                         ["Noor Haddad", "Nono", "de", "X-1", "+1 23", "agent", False, False])
        self.scim.patch("Users", made["id"], op("replace", "displayName", "Noor H."),
                        op("remove", "nickName"), op("replace", "externalId", "X-2"))
        real = self.real()
        self.assertEqual([real[k] for k in ("name", "alias", "external_id")],
                         ["Noor H.", None, "X-2"])
        self.assertEqual(len(self.desk.calls("users.update")), 1, "one PUT, which are counted")
        self.sync_and_agree()

    def test_an_address_is_changed_by_its_records(self):
        ben = self.user("ben.baker")
        new = "ben.becker" + MAIL
        changed = self.scim.patch("Users", ben["id"], op("replace", "userName", new),
                                  op("replace", 'emails[type eq "work"].value', new))
        self.assertEqual((changed["userName"], self.upstream(changed)),
                         (new, self.upstream(ben)))
        self.assertEqual(self.identities(new), [(new, True)], "the former address is free again")
        self.scim.post("Users", person("ben.baker" + MAIL, "Ben", "Other"))
        self.sync_and_agree()

    def test_lost_answers_of_each_step_of_a_changed_address(self):
        for i, step in enumerate(("identities.add", "identities.make_primary",
                                  "identities.remove")):
            ben = self.scim.get("/Users/" + self.user("cleo.chan" if i == 0 else f"cleo{i}")["id"])
            new = f"cleo{i + 1}{MAIL}"
            self.desk.fault("drop_after", {"operation": step})
            reply = self.scim.raw("PATCH", "/Users/" + ben["id"],
                                  patch_body(op("replace", "userName", new)))
            if reply.status != 200:
                self.desk.no_faults()
                self.scim.patch("Users", ben["id"], op("replace", "userName", new))
            self.assertIn((new, True), self.identities(new), step)
            self.sync_and_agree(step)

    def test_an_address_that_somebody_has_as_a_second_one(self):
        ada = self.desk.user("ada.adler" + MAIL)
        self.desk.want(201, "POST", f"/users/{ada['id']}/identities",
                       {"identity": {"type": "email", "value": NOOR, "verified": True}})
        self.scim.error(409, "POST", "/Users", person(), "uniqueness")
        reply = self.scim.raw("PATCH", "/Users/" + self.user("ben.baker")["id"],
                              patch_body(op("replace", "userName", NOOR)))
        self.assertEqual(reply.status, 409, reply)
        self.assertEqual(self.identities("ben.baker" + MAIL), [("ben.baker" + MAIL, True)])
        self.sync_and_agree()

    def test_an_external_id_that_somebody_has(self):
        self.scim.post("Users", person(externalId="same"))
        reply = self.scim.raw("POST", "/Users", person("other" + MAIL, externalId="SAME"))
        self.assertEqual(reply.status, 409, reply)
        self.assertIsNone(self.real("other" + MAIL))

    def test_search_is_late(self):
        """A create whose answer is lost is found after all, and made once."""
        self.desk.set(search_lag_s=600)
        self.desk.fault("drop_after", {"operation": "users.create"})
        self.scim.raw("POST", "/Users", person(externalId="e-9"))
        self.assertEqual(len(self.desk.calls("users.create")), 1)
        self.desk.clock(700)
        self.bridge.sync()
        made = self.user(NOOR)
        self.assertEqual(self.upstream(made), str(self.real()["id"]))
        self.scim.error(409, "POST", "/Users", person(externalId="e-9"), "uniqueness")
        self.agree()

    def test_suspended_is_inactive_and_demoted_is_gone(self):
        ben, cleo = self.user("ben.baker"), self.user("cleo.chan")
        self.desk.human("suspend", email="ben.baker" + MAIL)
        self.desk.human("change_role", email="cleo.chan" + MAIL, role="end-user")
        self.sync_and_agree()
        for one in (ben, cleo):
            self.assertFalse(self.scim.get("/Users/" + one["id"])["active"])
            self.assertTrue(self.come_back(one)["active"])
        self.sync_and_agree("back")

    def test_demoted_and_suspended_in_one_call_after_the_work(self):
        since = self.desk.last_call()
        dev = self.user("dev.das")
        self.leave(dev)
        real = self.desk.user("dev.das" + MAIL)
        self.assertEqual((real["role"], real["suspended"], "_sessions_ended" in real),
                         ("end-user", True, True))
        self.assertEqual([o for o in self.writes(since) if o != "jobs.get"],
                         ["tickets.assign", "users.update", "sessions.end"])
        self.assertEqual([t for t in self.desk.table("tickets")
                          if t["assignee_id"] == self.desk.user("scim" + MAIL)["id"]], [],
                         "Zendesk would have given them to our account")

    def test_jobs_that_fail_in_part(self):
        self.desk.set(job_fails=3)
        dev = self.user("dev.das")
        self.manager(dev, self.user("eve.ek"))
        self.desk.human("ticket_open", email="dev.das" + MAIL, count=5)
        self.leave(dev)
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)) +
                         len([t for t in self.desk.table("tickets") if t["assignee_id"] is None]),
                         9)
        self.assertFalse(self.user("dev.das")["active"])

    def test_work_that_nobody_takes_is_a_task(self):
        self.desk.set(null_assignee="refused")
        ben = self.user("ben.baker")
        self.assertFalse(self.leave(ben)["active"])
        task = self.tasks()[0]
        self.assertEqual((task["kind"], len(task["detail"]["tickets"])), ("offboard", 3))
        self.sync_and_agree()

    def test_a_team_inherits(self):
        self.bridge.stop()
        self.bridge.configure(None, {**self.bridge.target, "offboard": "team:First Line, nobody"})
        self.bridge.start()
        self.leave(self.user("dev.das"))
        line = next(g["id"] for g in self.desk.table("groups") if g["name"] == "First Line")
        self.assertEqual(len([t for t in self.desk.table("tickets")
                              if t["assignee_id"] is None and t["group_id"] == line]), 4)

    def test_removal_by_deletion(self):
        self.bridge.stop()
        self.bridge.configure(None, {**self.bridge.target, "removal": "delete"})
        self.bridge.start()
        for i, way in enumerate(("shown", "404")):
            self.desk.set(after_delete=way)
            name = ("eve.ek", "gina.gold")[i]
            user = self.user(name)
            self.scim.delete("Users", user["id"])
            self.assertIsNone(self.real(name + MAIL))
            self.scim.error(404, "GET", "/Users/" + user["id"])
        self.sync_and_agree()

    def test_no_seat(self):
        self.desk.set(seats=8)
        reply = self.scim.error(403, "POST", "/Users", person())
        self.assertIn("seat", reply.json["detail"])
        self.assertIsNone(self.real())

    def test_a_cursor_that_lies(self):
        for i in range(101):
            self.make_by_hand(f"more{i}{MAIL}", f"More {i}")
        self.desk.set(cursor_lie=1)
        before = len(self.scim.all("Users"))
        self.bridge.sync(expect=None)
        self.assertEqual(len([u for u in self.scim.all("Users") if u["active"]]), before)
        self.desk.set(cursor_lie=0)
        self.sync_and_agree()

    def test_groups_that_are_called_alike(self):
        self.desk.human("create_group", name="First Line")
        self.bridge.sync()
        self.assertEqual(len(self.scim.filter("Groups", 'displayName eq "First Line"')), 2)

    def test_so_many_changes_of_one_user_a_minute(self):
        self.desk.set(update_rate=2)
        ben = self.user("ben.baker")
        for i in range(2):
            self.scim.patch("Users", ben["id"], op("replace", "displayName", f"Ben {i}"))
        self.desk.clock(61)
        self.scim.patch("Users", ben["id"], op("replace", "displayName", "Ben 3"))
        self.sync_and_agree()


class TestCustomRoles(ZendeskConversation):
    knobs = {"custom_roles": "enterprise"}

    def test_custom_roles_are_offered_by_name(self):
        ben = self.user("ben.baker")
        self.assertEqual(desk_part(self.role(ben, "Team lead"))["role"], "Team lead")
        self.assertEqual(self.real("ben.baker" + MAIL)["role"], "agent")
        self.sync_and_agree("given")
        made = self.scim.post("Users", person(roles=[{"value": "Staff", "primary": True}]))
        self.assertEqual(desk_part(made)["role"], "Staff")
        self.assertEqual(desk_part(self.role(ben, "agent"))["role"], "agent")
        self.assertIsNone(self.real("ben.baker" + MAIL)["custom_role_id"])
        self.sync_and_agree("taken back")

    def test_a_custom_role_called_agent_stops_the_start(self):
        self.desk.human("create_custom_role", name="Agent")
        self.bridge.stop()
        self.bridge.start(wait=False)
        wait_until(lambda: "rename it" in self.bridge.log(), "the log said what is wrong")


class TestTheSimulator(ZendeskConversation):
    """No bridge takes part."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.desk = ZendeskSim(folder.name, **self.knobs)
        self.addCleanup(self.desk.stop)

    def id_of(self, name):
        return self.desk.user(name + MAIL)["id"]

    def test_who_calls(self):
        self.assertEqual(self.desk.want(200, "GET", "/users/me").json["user"]["email"],
                         "scim@desk.example")
        for proof in ("Bearer sim-token", basic("scim@desk.example", "sim-token"),
                      basic("scim@desk.example/token", "no"), "Basic ???"):
            reply = self.desk.ask_api("GET", "/users/me", Authorization=proof)
            self.assertEqual((reply.status, "error" in reply.json), (401, True), proof)

    def test_the_budget(self):
        self.desk.set(rate=3)
        self.desk.clock(61)
        for left in ("2", "1", "0"):
            reply = self.desk.ask_api("GET", "/users/me")
            self.assertEqual((reply.status, reply.headers["X-Rate-Limit"],
                              reply.headers["X-Rate-Limit-Remaining"]), (200, "3", left))
        for body, kind in (("text", "text/plain"), ("html", "text/html"),
                           ("json", "application/json")):
            self.desk.set(rate_body=body)
            reply = self.desk.ask_api("GET", "/users/me")
            self.assertEqual((reply.status, reply.headers.get_content_type()), (429, kind))
            self.assertGreater(int(reply.headers["Retry-After"]), 0)

    def test_cursor_pages(self):
        path, seen = "/users?role%5B%5D=agent&role%5B%5D=admin&page%5Bsize%5D=3", []
        while path:
            body = self.desk.want(200, "GET", path).json
            seen += [u["id"] for u in body["users"]]
            self.assertEqual(body["meta"]["has_more"], body["links"]["next"] is not None)
            path = body["links"]["next"] and body["links"]["next"].split("/api/v2")[1]
        self.assertEqual(seen, sorted(int(i) for i in self.desk.staff()))
        self.desk.want(400, "GET", "/users?page%5Bsize%5D=101")
        self.desk.set(cursor_lie=1)
        body = self.desk.want(200, "GET", "/users?page%5Bsize%5D=3").json
        self.assertEqual((body["meta"]["has_more"], body["links"]["next"]), (True, None))

    def test_numbered_pages_end_at_10000(self):
        body = self.desk.want(200, "GET", "/users?per_page=5&page=2").json
        self.assertEqual((len(body["users"]), body["count"], "page=3" in body["next_page"]),
                         (5, 12, True))
        self.desk.want(400, "GET", "/users?per_page=100&page=101")

    def test_search_is_not_exact(self):
        found = self.desk.want(200, "GET", "/users/search?query=email:ben.baker@desk.example").json
        self.assertEqual(sorted(u["email"] for u in found["users"]),
                         ["ben.baker@desk.example", "ben.baker@desk.example.au"])
        self.desk.set(search_lag_s=60)
        self.desk.want(201, "POST", "/users", {"user": {"name": "N", "email": NOOR}})
        path = "/users/search?query=email:" + NOOR
        self.assertEqual(self.desk.want(200, "GET", path).json["users"], [])
        self.desk.clock(61)
        self.assertEqual(len(self.desk.want(200, "GET", path).json["users"]), 1)

    def test_a_new_user_is_a_customer_unless_said(self):
        made = self.desk.want(201, "POST", "/users", {"user": {"name": "N", "email": NOOR}}).json
        self.assertEqual((made["user"]["role"], made["user"]["verified"]), ("end-user", False))
        for body, field in (({"name": "N", "email": NOOR.upper()}, "email"),
                            ({"email": "x" + MAIL}, "name"),
                            ({"name": "N", "role": "king"}, "role")):
            reply = self.desk.want(422, "POST", "/users", {"user": body}).json
            self.assertEqual((reply["error"], list(reply["details"])), ("RecordInvalid", [field]))

    def test_put_adds_an_address(self):
        ben = self.id_of("ben.baker")
        self.desk.want(200, "PUT", f"/users/{ben}", {"user": {"email": NOOR}})
        self.assertEqual(self.identities("ben.baker" + MAIL),
                         [("ben.baker" + MAIL, True), (NOOR, False)])
        second = next(i["id"] for i in self.desk.table("identities") if i["value"] == NOOR)
        self.desk.want(200, "PUT", f"/users/{ben}/identities/{second}/make_primary")
        self.assertEqual(self.desk.user(NOOR)["id"], ben)
        self.desk.want(422, "DELETE", f"/users/{ben}/identities/{second}")

    def test_demotion_moves_work_and_loses_groups(self):
        dev, eve = self.id_of("dev.das"), self.id_of("eve.ek")
        self.desk.want(200, "PUT", f"/users/{dev}", {"user": {"role": "end-user"}})
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 4, "the group's lowest id")
        links = self.desk.table("group_memberships")
        self.assertNotIn(dev, [m["user_id"] for m in links])
        self.assertIn(eve, [m["user_id"] for m in links])
        olive = self.id_of("olive.owner")
        self.desk.want(403, "DELETE", f"/users/{olive}")
        self.desk.want(403, "PUT", f"/users/{olive}", {"user": {"role": "agent"}})

    def test_jobs_take_their_time(self):
        self.desk.set(job_calls=2)
        dev, eve = self.id_of("dev.das"), self.id_of("eve.ek")
        ids = [t["id"] for t in self.desk.open_of("dev.das" + MAIL)]
        path = "/tickets/update_many?ids=" + ",".join(map(str, ids + [99]))
        job = self.desk.want(200, "PUT", path, {"ticket": {"assignee_id": eve}}).json["job_status"]
        self.assertEqual(job["status"], "queued")
        self.assertEqual(len(self.desk.open_of("dev.das" + MAIL)), 4, "nothing was done yet")
        job = self.desk.want(200, "GET", "/job_statuses/" + job["id"]).json["job_status"]
        self.assertEqual(job["status"], "working")
        job = self.desk.want(200, "GET", "/job_statuses/" + job["id"]).json["job_status"]
        self.assertEqual((job["status"], [r["id"] for r in job["results"] if "error" in r]),
                         ("completed", [99]))
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 4)
        self.assertTrue(dev)

    def test_groups_and_links(self):
        group = self.desk.want(201, "POST", "/groups", {"group": {"name": "First Line"}}).json
        group, ben = group["group"]["id"], self.id_of("ben.baker")
        link = {"group_membership": {"user_id": ben, "group_id": group}}
        made = self.desk.want(201, "POST", "/group_memberships", link).json["group_membership"]
        self.desk.want(422, "POST", "/group_memberships", link)
        self.desk.want(422, "POST", "/group_memberships", {"group_membership": {
            "user_id": self.desk.user("carl.kunde@acme.example")["id"], "group_id": group}})
        self.desk.want(204, "DELETE", f"/group_memberships/{made['id']}")
        self.desk.want(404, "DELETE", f"/group_memberships/{made['id']}")
        self.desk.want(204, "DELETE", f"/groups/{group}")
        self.assertTrue(self.desk.want(200, "GET", f"/groups/{group}").json["group"]["deleted"])
        self.desk.set(group_after_delete="404")
        self.desk.want(404, "GET", f"/groups/{group}")

    def test_plans_without_custom_roles(self):
        for way, status in (("403", 403), ("404", 404), ("enterprise", 200)):
            self.desk.set(custom_roles=way)
            self.desk.want(status, "GET", "/custom_roles")


if __name__ == "__main__":
    main()
