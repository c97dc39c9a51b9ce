#!/usr/bin/env python3
"""The bridge in front of the simulated Zammad: staff and customers in one list
of bare arrays, roles and groups written as a whole, owners who lose tickets at
the next save; and the simulator itself, as the reference describes Zammad."""
import tempfile
import threading

from desks import MAIL, NOOR, Conversation, Desk, Usual, person
from harness import main, op, patch_body

CLOSED = ("closed", "merged")


class ZammadSim(Desk):
    name, prefix = "zammad", "/api/v1"

    def proof(self):
        return {"Authorization": "Token token=sim-token"}

    def role_of(self, user):
        return "admin" if 1 in user["role_ids"] else "agent" if 2 in user["role_ids"] else None

    def staff(self):
        return {str(u["id"]): {"email": u["email"].lower(), "role": self.role_of(u),
                               "name": f"{u['firstname']} {u['lastname']}".strip(),
                               "active": u["active"]}
                for u in self.users() if self.role_of(u) and u["id"] != 1}

    def groups(self):
        users = self.users()
        return {str(g["id"]): {"name": g["name"],
                               "members": {str(u["id"]) for u in users
                                           if str(g["id"]) in u["group_ids"]}}
                for g in self.table("groups") if g["active"]}

    def open_of(self, email):
        id_ = self.user(email)["id"]
        return [t for t in self.table("tickets")
                if t["owner_id"] == id_ and t["state"] not in CLOSED]


class ZammadConversation(Conversation):
    desk_class = ZammadSim
    account = {"secret.token": "env:DESK_TOKEN"}
    deactivation, joining = "users.update", "users.update"

    def make_by_hand(self, email, name):
        self.desk.human("create_user", email=email, name=name)

    def remove_by_hand(self, email):
        self.desk.human("delete_user", email=email)

    def closed_ticket(self, email):
        self.desk.human("ticket_open", email=email, state="closed")

    def customer_id(self, email):
        return str(self.desk.user(email)["id"])


class TestUsual(Usual, ZammadConversation):
    pass


class TestUsualElsewhere(Usual, ZammadConversation):
    """The same with every unknown on its other setting."""
    knobs = {"page_cap": 7, "search": "sql", "role_conflict": "customer", "language": "de",
             "last_admin_off": "refused", "customers": 20}
    target = {"set.search_engine": "false"}


class TestOurs(ZammadConversation):
    def test_what_is_written(self):
        made = self.scim.post("Users", person(
            externalId="X-1", phoneNumbers=[{"type": "work", "value": "+1 23"},
                                            {"type": "mobile", "value": "+4 56"}]))
        real = self.real()
        self.assertEqual([real[k] for k in ("login", "firstname", "lastname", "phone", "mobile",
                                            "role_ids", "group_ids", "_invited")],
                         [NOOR, "Noor", "Haddad", "+1 23", "+4 56", [2], {}, True])
        now = self.scim.patch("Users", made["id"], op("replace", "name.familyName", "Al-Haddad"),
                              op("remove", 'phoneNumbers[type eq "mobile"]'))
        self.assertEqual((now["name"]["familyName"], now["externalId"]), ("Al-Haddad", "X-1"))
        self.assertEqual((self.real()["lastname"], self.real()["mobile"]), ("Al-Haddad", ""))
        self.bridge.sync()

    def test_without_invitations(self):
        self.bridge.stop()
        self.bridge.configure(None, {**self.bridge.target, "set.invite": "false"})
        self.bridge.start()
        self.scim.post("Users", person())
        self.assertNotIn("_invited", self.real())

    def test_a_login_is_no_key(self):
        self.desk.human("create_user", email="first" + MAIL, name="First One")
        self.desk.human("set", email="first" + MAIL, fields={"login": NOOR})
        made = self.scim.post("Users", person())
        self.assertEqual(self.real()["login"], NOOR + "1", "digits were appended")
        self.assertEqual(made["userName"], NOOR)
        self.assertNotEqual(self.upstream(made), str(self.real("first" + MAIL)["id"]))
        self.sync_and_agree()

    def test_an_address_is_changed(self):
        ben = self.user("ben.baker")
        new = "ben.becker" + MAIL
        now = self.scim.patch("Users", ben["id"], op("replace", "userName", new))
        self.assertEqual((now["userName"], self.upstream(now)), (new, self.upstream(ben)))
        self.assertEqual(self.real(new)["login"], new)
        for language in ("en", "de"):
            self.desk.set(language=language)
            reply = self.scim.raw("PATCH", "/Users/" + ben["id"],
                                  patch_body(op("replace", "userName", "cleo.chan" + MAIL)))
            self.assertEqual(reply.status, 409, (language, reply))
        self.sync_and_agree()

    def test_duplicates_in_a_language_that_nobody_reads(self):
        self.desk.set(language="de")
        self.make_by_hand(NOOR, "Noor Haddad")
        made = self.scim.want(201, "POST", "/Users", person()).json
        self.assertEqual(self.upstream(made), str(self.real()["id"]))
        self.scim.error(409, "POST", "/Users", person(), "uniqueness")

    def test_search_is_late(self):
        """A create whose answer is lost is found at the next request, and made once."""
        self.desk.set(search_lag_s=60)
        self.desk.fault("drop_after", {"operation": "users.create"})
        self.scim.error(504, "POST", "/Users", person())
        self.desk.clock(61)
        made = self.scim.want(201, "POST", "/Users", person()).json
        self.assertEqual(self.upstream(made), str(self.real()["id"]))
        self.sync_and_agree()

    def test_addresses_that_may_be_shared(self):
        self.desk.set(shared_email=1)
        self.scim.post("Users", person())
        self.scim.error(409, "POST", "/Users", person(), "uniqueness")
        self.assertEqual(len([u for u in self.desk.users() if u["email"] == NOOR]), 1)

    def test_roles_and_groups_that_we_do_not_name_are_kept(self):
        ben = self.user("ben.baker")
        before = self.real("ben.baker" + MAIL)
        self.desk.human("set", email="ben.baker" + MAIL, fields={"role_ids": [2, 4]})
        self.desk.human("create_group", name="Readers")
        self.desk.human("add_to_group", email="ben.baker" + MAIL, group="Readers", level="read")
        self.bridge.sync()
        group = self.scim.group("Field Service")
        self.scim.patch("Groups", group["id"], op("add", "members", [{"value": ben["id"]}]))
        admins = self.scim.new_group("Helpdesk Admins", ben["id"])
        self.role(ben, "admin")
        real = self.real("ben.baker" + MAIL)
        self.assertEqual(sorted(real["role_ids"]), [1, 2, 4])
        readers = next(str(g["id"]) for g in self.desk.table("groups") if g["name"] == "Readers")
        self.assertEqual((real["group_ids"][readers], real["group_ids"]["2"]), (["read"], ["full"]))
        self.assertIn("1", before["group_ids"])
        self.assertTrue(admins)
        self.sync_and_agree()

    def test_memberships_of_one_user_at_once(self):
        """The whole map is written: nothing may be lost."""
        ben = self.user("ben.baker")
        groups = [self.scim.new_group(f"Group {i}") for i in range(8)]
        threads = [threading.Thread(target=self.scim.patch, args=(
            "Groups", g["id"], op("add", "members", [{"value": ben["id"]}]))) for g in groups]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(self.real("ben.baker" + MAIL)["group_ids"]), 9)
        self.sync_and_agree()

    def test_a_closed_groups_name_is_free_again(self):
        group = self.scim.new_group("Night Shift")
        self.scim.delete("Groups", group["id"])
        again = self.scim.new_group("Night Shift", self.user("ben.baker")["id"])
        self.assertNotEqual(self.upstream(again), self.upstream(group))
        self.sync_and_agree()

    def test_the_agent_limit(self):
        self.desk.set(agents=8)
        reply = self.scim.error(403, "POST", "/Users", person())
        self.assertIn("limit", reply.json["detail"])
        self.leave(self.user("eve.ek"))
        self.scim.post("Users", person())
        self.scim.error(403, "PATCH", "/Users/" + self.user("eve.ek")["id"],
                        patch_body(op("replace", "active", True)))
        self.sync_and_agree()

    def test_people_of_a_directory_are_not_ours(self):
        self.desk.human("ldap", email="ben.baker" + MAIL)
        self.bridge.sync()
        since = self.desk.last_call()
        self.refused(403, self.user("ben.baker"), op("replace", "active", False))
        self.scim.error(403, "DELETE", "/Users/" + self.user("ben.baker")["id"])
        self.assertEqual(self.writes(since), [])

    def test_a_token_that_may_too_little(self):
        self.desk.set(rights="agent")
        said = self.bridge.run("probe", "-c", self.bridge.ini, expect=4)
        self.assertNotIn("answered", said)
        reply = self.scim.raw("POST", "/Users", person())
        self.assertGreaterEqual(reply.status, 400, "no agent was made, and nobody says so")

    def test_who_may_not_own_a_ticket(self):
        """Zammad puts a ticket back whose new owner has no access to its group."""
        dev = self.user("dev.das")
        self.manager(dev, self.user("ben.baker"))
        self.leave(dev)
        self.assertEqual([t["owner_id"] for t in self.desk.table("tickets")
                          if t["group_id"] == 2], [1, 1, 1, 1])
        self.assertEqual(self.receipt(dev)[:2], (4, 4))
        self.assertFalse(self.real("dev.das" + MAIL)["active"])

    def test_a_team_inherits(self):
        self.bridge.stop()
        self.bridge.configure(None, {**self.bridge.target, "offboard": "team:First Line, nobody"})
        self.bridge.start()
        self.leave(self.user("dev.das"))
        self.assertEqual(len([t for t in self.desk.table("tickets")
                              if (t["owner_id"], t["group_id"]) == (1, 1)]), 4)

    def test_closed_and_merged_tickets_stay(self):
        self.desk.human("ticket_open", email="dev.das" + MAIL, state="merged", count=2)
        self.desk.human("ticket_open", email="dev.das" + MAIL, state="pending close")
        dev = self.user("dev.das")
        self.manager(dev, self.user("eve.ek"))
        self.leave(dev)
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 5)
        id_ = self.real("dev.das" + MAIL)["id"]
        self.assertEqual({t["state"] for t in self.desk.table("tickets") if t["owner_id"] == id_},
                         {"merged"})

    def test_without_a_search_engine(self):
        self.bridge.stop()
        self.bridge.configure(None, {**self.bridge.target, "set.search_engine": "false"})
        self.bridge.start()
        self.desk.set(search="sql")
        dev = self.user("dev.das")
        self.manager(dev, self.user("eve.ek"))
        self.desk.human("ticket_open", email="dev.das" + MAIL, count=300)
        self.leave(dev)
        self.bridge.sync()
        self.assertEqual(len(self.desk.open_of("eve.ek" + MAIL)), 304)


class TestTheSimulator(ZammadConversation):
    """No bridge takes part."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.desk = ZammadSim(folder.name, **self.knobs)
        self.addCleanup(self.desk.stop)

    def id_of(self, name):
        return self.desk.user(name + MAIL)["id"]

    def test_who_calls(self):
        me = self.desk.want(200, "GET", "/users/me?expand=true").json
        self.assertEqual((me["email"], me["roles"]), ("scim@desk.example", ["Admin", "Agent"]))
        reply = self.desk.ask_api("GET", "/users/me", Authorization="Bearer sim-token")
        self.assertEqual((reply.status, "X-Failure" in reply.headers), (401, True))
        self.desk.set(rights="agent")
        self.desk.want(403, "GET", "/roles")
        made = self.desk.want(201, "POST", "/users", {"email": NOOR, "role_ids": [2]}).json
        self.assertEqual(made["role_ids"], [3], "a customer, and no word of it")

    def test_pages_need_both_numbers(self):
        self.desk.set(page_cap=4)
        ids = [u["id"] for u in self.desk.want(200, "GET", "/users?page=2&per_page=100").json]
        self.assertEqual(ids, [5, 6, 7, 8])
        self.assertEqual(self.desk.want(200, "GET", "/users?page=2").json[0]["id"], 1)
        self.assertEqual(self.desk.want(200, "GET", "/users?page=9&per_page=4").json, [])

    def test_search_is_not_exact(self):
        found = self.desk.want(200, "GET", "/users/search?query=ben.baker" + MAIL).json
        self.assertEqual(len(found), 2)
        self.desk.set(search_lag_s=60)
        self.desk.want(201, "POST", "/users", {"email": NOOR})
        path = "/users/search?query=" + NOOR
        self.assertEqual(self.desk.want(200, "GET", path).json, [])
        self.desk.clock(61)
        self.assertEqual(len(self.desk.want(200, "GET", path).json), 1)

    def test_names_and_logins(self):
        made = self.desk.want(201, "POST", "/users", {"email": " Noor.Haddad@Desk.example ",
                                                      "login": NOOR, "firstname": "Noor Anna"}).json
        self.assertEqual([made[k] for k in ("email", "firstname", "lastname")],
                         [NOOR, "Noor", "Anna"])
        other = self.desk.want(201, "POST", "/users", {"email": "x" + MAIL, "login": NOOR}).json
        self.assertNotEqual(other["login"], NOOR)

    def test_what_is_refused(self):
        ben, olive = self.id_of("ben.baker"), self.id_of("olive.owner")
        for body, words in (({"email": "cleo.chan" + MAIL}, "already used"),
                            ({"email": "nothing"}, "Invalid email"),
                            ({"role_ids": [9]}, "role"), ({"group_ids": {"9": ["full"]}}, "group")):
            reply = self.desk.want(422, "PUT", f"/users/{ben}", body).json
            self.assertIn(words, reply["error"])
        for name in ("ada.adler", "scim"):
            self.desk.want(200, "PUT", f"/users/{self.id_of(name)}", {"role_ids": [2]})
        reply = self.desk.want(422, "PUT", f"/users/{olive}", {"role_ids": [2]}).json
        self.assertIn("Minimum one user", reply["error"])
        self.desk.set(last_admin_off="refused", role_conflict="customer", agents=8)
        self.desk.want(422, "PUT", f"/users/{olive}", {"active": False})
        self.desk.want(422, "PUT", f"/users/{ben}", {"role_ids": [2, 3]})
        reply = self.desk.want(422, "POST", "/users", {"email": NOOR, "role_ids": [2]}).json
        self.assertIn("Agent limit", reply["error"])
        self.assertIn("references", self.desk.want(422, "DELETE", f"/users/{ben}").json["error"])
        self.desk.set(language="de")
        reply = self.desk.want(422, "PUT", f"/users/{ben}", {"email": "cleo.chan" + MAIL}).json
        self.assertNotIn("already used", reply["error"])

    def test_maps_are_replaced_as_a_whole(self):
        ben = self.id_of("ben.baker")
        now = self.desk.want(200, "PUT", f"/users/{ben}", {"group_ids": {"2": ["full"]}}).json
        self.assertEqual(now["group_ids"], {"2": ["full"]})
        self.assertIn(ben, self.desk.want(200, "GET", "/groups/2").json["user_ids"])
        self.assertNotIn(ben, self.desk.want(200, "GET", "/groups/1").json["user_ids"])
        self.desk.want(422, "DELETE", "/groups/1")
        self.desk.want(422, "POST", "/groups", {"name": "First Line"})

    def test_a_save_looks_at_the_owner(self):
        dev = self.id_of("dev.das")
        tickets = [t["id"] for t in self.desk.open_of("dev.das" + MAIL)]
        self.desk.want(200, "PUT", f"/users/{dev}", {"active": False})
        self.assertEqual(len(self.desk.open_of("dev.das" + MAIL)), 4, "nothing moves by itself")
        self.desk.human("ticket_note", ticket=tickets[0])
        self.desk.human("ticket_close", ticket=tickets[1])
        self.desk.human("ticket_note", ticket=tickets[1])
        owners = {t["id"]: t["owner_id"] for t in self.desk.table("tickets")}
        self.assertEqual([owners[i] for i in tickets], [1, dev, dev, dev])
        ben = self.id_of("ben.baker")
        now = self.desk.want(200, "PUT", f"/tickets/{tickets[2]}", {"owner_id": ben}).json
        self.assertEqual(now["owner_id"], 1, "no access to the group")

    def test_search_of_tickets(self):
        dev = self.id_of("dev.das")
        query = f"query=owner_id:{dev}%20AND%20NOT%20state.name:closed"
        self.assertEqual(self.desk.want(200, "GET", "/tickets/search?" + query).json
                         ["tickets_count"], 4)
        path = "/tickets/search?expand=true&" + query
        self.assertEqual(len(self.desk.want(200, "GET", path).json), 4)
        self.desk.set(search="sql")
        self.assertEqual(self.desk.want(200, "GET", path).json, [])

    def test_erasure_is_a_task(self):
        carl = self.desk.user("carl.kunde@acme.example")["id"]
        task = self.desk.want(201, "POST", "/data_privacy_tasks",
                              {"deletable_type": "User", "deletable_id": carl}).json
        self.desk.want(200, "GET", f"/users/{carl}")
        self.desk.want(200, "GET", f"/data_privacy_tasks/{task['id']}")
        self.desk.want(404, "GET", f"/users/{carl}")


if __name__ == "__main__":
    main()
