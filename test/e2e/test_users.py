#!/usr/bin/env python3
"""The life of a user, seen from both sides: what SCIM says after each step is
what the helpdesk has."""
import urllib.parse

from harness import (ENTERPRISE, PATCH, USER, Case, desk_part, main, op, patch_body,
                     same_user, user_body)


class Life(Case):
    def together(self, email, where=""):
        """The user in SCIM and in the helpdesk, the same."""
        shown, real = self.scim.user(email), self.sim.user(email)
        self.assertIsNotNone(real, f"{where}: {email} is not in the helpdesk")
        same_user(shown, real, where)
        return shown, real

    def accepted(self, email, **more):
        """A user who was created over SCIM and has accepted the invitation."""
        made = self.scim.new_user(email, **more)
        self.sim.human("accept_invitation", email=email)
        self.bridge.sync()
        return made

    # -- create

    def test_create_invites(self):
        self.assertEqual(self.scim.filter("Users", 'userName eq "amy.arc@acme.example"'), [])
        before = self.sim.last_call()
        made = self.scim.new_user("amy.arc@acme.example", externalId="ext-1",
                                  name={"givenName": "Amy", "familyName": "Arc"}, title="Porter")
        invites = self.sim.calls("users.invite", since=before)
        self.assertEqual([c["status"] for c in invites], [201])
        self.assertTrue(made["active"], "an invited user reads as active")
        self.assertEqual(made["externalId"], "ext-1")
        self.assertEqual(made["title"], "Porter", "what the helpdesk lacks is kept")
        self.assertEqual(desk_part(made)["invitation"]["state"], "sent")
        shown, real = self.together("amy.arc@acme.example")
        self.assertEqual(shown, made, "GET answers what POST answered")
        self.assertEqual((real["status"], real["role"], real["name"]),
                         ("invited", "agent", "Amy Arc"))
        self.sim.human("accept_invitation", email="amy.arc@acme.example")
        self.bridge.sync()
        shown, real = self.together("amy.arc@acme.example", "accepted")
        self.assertEqual(real["status"], "active")
        self.assertEqual(shown["id"], made["id"])

    def test_create_twice_is_a_conflict(self):
        self.scim.new_user("bo.burg@acme.example")
        before = self.sim.last_call()
        for email in ("bo.burg@acme.example", "BO.Burg@Acme.example"):
            self.scim.error(409, "POST", "/Users", user_body(email), "uniqueness")
        self.assertEqual(self.sim.calls(method="POST", since=before), [])
        self.together("bo.burg@acme.example")

    def test_create_adopts_an_account_that_was_not_seen_yet(self):
        real = self.sim.human("create_user", email="cy.cole@acme.example", name="Cy Cole")
        made = self.scim.new_user("cy.cole@acme.example", displayName="Cy Cole")
        self.assertEqual(desk_part(made)["upstreamId"], str(real["id"]))
        self.together("cy.cole@acme.example")

    def test_create_inactive_asks_nobody(self):
        made = self.scim.new_user("di.dorn@acme.example", active=False)
        self.assertFalse(made["active"])
        self.assertIsNone(self.sim.user("di.dorn@acme.example"))
        now = self.scim.patch("Users", made["id"], op("replace", "active", True))
        self.assertTrue(now["active"])
        self.assertEqual(self.together("di.dorn@acme.example")[0]["id"], made["id"])

    def test_a_viewer_is_invited_as_agent_and_then_made_viewer(self):
        made = self.scim.new_user("ed.eyre@acme.example",
                                  roles=[{"value": "viewer", "primary": True}])
        self.assertEqual(desk_part(made)["role"], "viewer")
        self.together("ed.eyre@acme.example")

    def test_a_failing_role_leaves_no_invitation(self):
        self.sim.fault("status", {"operation": "users.set_role"}, status=422, count=0,
                       body={"error": {"code": "invalid_role", "message": "No viewers today."}})
        body = user_body("flo.finn@acme.example", roles=[{"value": "viewer", "primary": True}])
        reply = self.scim.error(400, "POST", "/Users", body)
        self.assertIn("No viewers today", reply.json["detail"])
        self.assertIsNone(self.sim.user("flo.finn@acme.example"))
        self.assertEqual(self.scim.filter("Users", 'userName eq "flo.finn@acme.example"'), [])

    def test_what_cannot_be_created(self):
        bad = (
            ({"schemas": [USER]}, "invalidValue"),
            (user_body("x@y.example", userName=7), "invalidValue"),
            (user_body("x@y.example", active="perhaps"), "invalidValue"),
            (user_body("x@y.example", emails="x@y.example"), "invalidValue"),
            (user_body("x@y.example", roles=[{"value": "king"}]), "invalidValue"),
            (user_body("no-address", emails=[]), "invalidValue"),
            (user_body("x@y.example", entitlements=[{"value": "fly"}]), "invalidValue"),
        )
        before = len(self.sim.users())
        for body, scim_type in bad:
            self.scim.error(400, "POST", "/Users", body, scim_type)
        self.assertEqual(len(self.sim.users()), before)

    def test_no_seat(self):
        self.sim.set(seats=1)
        try:
            self.scim.error(403, "POST", "/Users", user_body("no.seat@acme.example"))
        finally:
            self.sim.set(seats=0)
        self.assertEqual(self.scim.filter("Users", 'userName eq "no.seat@acme.example"'), [])
        self.scim.new_user("no.seat@acme.example")

    # -- read

    def test_lookups(self):
        made = self.scim.new_user("gil.grau@acme.example", externalId="Ext-7")
        for text in ('userName eq "GIL.grau@acme.example"', 'externalId eq "Ext-7"',
                     f'id eq "{made["id"]}"', 'emails.value eq "gil.grau@acme.example"',
                     'emails[type eq "work"].value eq "gil.grau@acme.example"',
                     'userName sw "gil.gr" and active eq true',
                     'displayName co "Grau" or externalId eq "none"',
                     'not (active eq false) and userName eq "gil.grau@acme.example"'):
            self.assertEqual(self.scim.one("Users", text)["id"], made["id"], text)
        self.assertEqual(self.scim.filter("Users", 'externalId eq "ext-7"'), [])
        for text in ("userName", "userName eq", "eq", 'userName xx "a"', '(userName eq "a"', ""):
            self.scim.error(400, "GET", "/Users?" + urllib.parse.urlencode({"filter": text}),
                            scim_type="invalidFilter")

    def test_projection(self):
        made = self.scim.new_user("hal.hope@acme.example")
        path = "/Users/" + made["id"]
        some = self.scim.get(path + "?attributes=userName,emails.value")
        self.assertEqual(set(some) - {"schemas", "id", "meta"}, {"userName", "emails"})
        self.assertEqual(set(some["emails"][0]), {"value"})
        most = self.scim.get(path + "?excludedAttributes=emails,userName")
        self.assertNotIn("emails", most)
        self.assertEqual(most["displayName"], "Hal Hope")

    # -- change

    def test_put_and_patch_reach_the_helpdesk(self):
        made = self.accepted("ida.ito@acme.example")
        made = self.scim.get("/Users/" + made["id"])
        before = self.sim.last_call()
        now = self.scim.put("Users", {**made, "displayName": "Ida Ito-Mann",
                                      "name": {"givenName": "Ida", "familyName": "Ito-Mann"}})
        self.assertEqual(len(self.sim.calls("users.update", since=before)), 1)
        self.assertEqual(now["displayName"], "Ida Ito-Mann")
        self.assertNotEqual(now["meta"]["version"], made["meta"]["version"])
        self.together("ida.ito@acme.example", "PUT")
        now = self.scim.patch("Users", made["id"], op("replace", value={"displayName": "Ida M."}))
        self.assertEqual(self.together("ida.ito@acme.example", "PATCH")[1]["name"], "Ida M.")
        self.assertEqual(self.scim.get("/Users/" + made["id"]), now)

    def test_what_changes_nothing_asks_nobody(self):
        made = self.scim.new_user("jo.jung@acme.example", externalId="x1")
        before = self.sim.last_call()
        again = self.scim.put("Users", made)
        same = self.scim.patch("Users", made["id"], op("replace", "active", True))
        self.assertEqual(again["meta"]["version"], made["meta"]["version"])
        self.assertEqual(same["meta"]["version"], made["meta"]["version"])
        self.assertEqual(self.sim.calls(since=before), [])
        kept = self.scim.patch("Users", made["id"], op("replace", "externalId", "x2"))
        self.assertEqual(kept["externalId"], "x2")
        writes = [c for c in self.sim.calls(since=before) if c["method"] != "GET"]
        self.assertEqual(writes, [], "externalId is the bridge's own affair")

    def test_a_new_address_keeps_both_ids(self):
        made = self.accepted("kay.kuhn@acme.example")
        self.scim.patch("Users", made["id"], op("replace", "userName", "kay.berg@acme.example"),
                        op("replace", 'emails[type eq "work"].value', "kay.berg@acme.example"))
        self.assertIsNone(self.sim.user("kay.kuhn@acme.example"))
        shown, real = self.together("kay.berg@acme.example")
        self.assertEqual(shown["id"], made["id"])
        self.assertEqual(str(real["id"]), desk_part(made)["upstreamId"])
        self.assertEqual(self.scim.filter("Users", 'userName eq "kay.kuhn@acme.example"'), [])

    def test_enterprise_attributes_are_kept(self):
        made = self.scim.new_user("lea.lund@acme.example", schemas=[USER, ENTERPRISE],
                                  **{ENTERPRISE: {"department": "Lifts", "employeeNumber": "7"}})
        self.assertEqual(made[ENTERPRISE]["department"], "Lifts")
        now = self.scim.patch("Users", made["id"], op("replace", ENTERPRISE + ":department", "Doors"))
        self.assertEqual(now[ENTERPRISE], {"department": "Doors", "employeeNumber": "7"})

    def test_a_password_is_never_seen_again(self):
        made = self.scim.new_user("max.mohr@acme.example", password="hush-hush-7741")
        self.assertNotIn("password", made)
        self.assertEqual(self.scim.filter("Users", 'userName eq "max.mohr@acme.example"')[0]["id"],
                         made["id"])
        with open(self.bridge.database, "rb") as f:
            self.assertNotIn(b"hush-hush-7741", f.read())
        self.assertNotIn("hush-hush-7741", self.bridge.log())

    def test_an_old_version_is_not_overwritten(self):
        made = self.scim.new_user("ned.noll@acme.example")
        self.scim.patch("Users", made["id"], op("replace", "displayName", "Ned N."))
        self.scim.error(412, "PATCH", "/Users/" + made["id"],
                        patch_body(op("replace", "displayName", "Ned O.")),
                        headers={"If-Match": made["meta"]["version"]})
        self.assertEqual(self.sim.user("ned.noll@acme.example")["name"], "Ned N.")

    def test_patches_that_make_no_sense(self):
        made = self.scim.new_user("ole.orth@acme.example")
        path = "/Users/" + made["id"]
        for body, scim_type in (
                (patch_body(op("replace", "userName")), None),
                (patch_body(op("explode", "userName", "x")), "invalidSyntax"),
                (patch_body(op("remove")), "noTarget"),
                (patch_body(op("replace", "emails[type eq", "x")), "invalidPath"),
                (patch_body(op("replace", 'emails[type eq "moon"].value', "x@y.example")),
                 "noTarget"),
                (patch_body(op("replace", "id", "7")), "mutability"),
                ({"schemas": [PATCH]}, "invalidSyntax")):
            self.scim.error(400, "PATCH", path, body, scim_type)
        self.assertEqual(self.scim.get(path), made, "nothing of a refused PATCH is kept")

    # -- leave, return, remove

    def test_leave_and_return(self):
        made = self.accepted("pia.pohl@acme.example")
        self.sim.human("ticket_open", email="pia.pohl@acme.example", count=3)
        gone = self.scim.patch("Users", made["id"], op("replace", value={"active": False}))
        self.assertFalse(gone["active"])
        shown, real = self.together("pia.pohl@acme.example", "left")
        self.assertEqual(real["status"], "deactivated")
        self.assertEqual(self.sim.tickets_of(real), [])
        self.assertFalse(self.scim.get("/Users/" + made["id"])["active"], "still readable")
        self.bridge.sync()
        self.assertFalse(self.scim.get("/Users/" + made["id"])["active"], "and after a sync")
        back = self.scim.patch("Users", made["id"], op("replace", "active", True))
        self.assertTrue(back["active"])
        shown, real = self.together("pia.pohl@acme.example", "returned")
        self.assertEqual((shown["id"], real["status"]), (made["id"], "active"))

    def test_the_words_of_entra_deactivate_too(self):
        made = self.accepted("quin.quast@acme.example")
        self.scim.patch("Users", made["id"], op("Replace", "active", "False"))
        self.assertEqual(self.sim.user("quin.quast@acme.example")["status"], "deactivated")

    def test_open_work_goes_to_the_manager(self):
        boss = self.scim.user("eve.ek@desk.example")
        made = self.accepted("rob.rust@acme.example", schemas=[USER, ENTERPRISE],
                             **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
        self.sim.human("ticket_open", email="rob.rust@acme.example", count=120)
        before = len(self.sim.tickets_of(self.sim.user("eve.ek@desk.example")))
        self.scim.patch("Users", made["id"], op("replace", "active", False))
        now = len(self.sim.tickets_of(self.sim.user("eve.ek@desk.example")))
        self.assertEqual(now - before, 120)

    def test_leaving_before_accepting_revokes_the_invitation(self):
        made = self.scim.new_user("sue.senn@acme.example")
        gone = self.scim.patch("Users", made["id"], op("replace", "active", False))
        self.assertFalse(gone["active"])
        self.assertIsNone(self.sim.user("sue.senn@acme.example"))
        self.assertFalse(self.scim.get("/Users/" + made["id"])["active"])
        back = self.scim.patch("Users", made["id"], op("replace", "active", True))
        self.assertTrue(back["active"])
        self.assertEqual(self.together("sue.senn@acme.example")[0]["id"], made["id"])

    def test_delete_then_return(self):
        made = self.accepted("tim.thal@acme.example")
        path = "/Users/" + made["id"]
        self.scim.delete("Users", made["id"])
        self.assertEqual(self.sim.user("tim.thal@acme.example")["status"], "deactivated")
        for method in ("GET", "DELETE"):
            self.scim.error(404, method, path)
        self.scim.error(404, "PATCH", path, patch_body(op("replace", "active", True)))
        self.bridge.sync()
        self.scim.error(404, "GET", path)
        self.assertEqual(self.scim.filter("Users", 'userName eq "tim.thal@acme.example"'), [])
        again = self.scim.new_user("tim.thal@acme.example")
        self.assertNotEqual(again["id"], made["id"], "an id is never used twice")
        shown, real = self.together("tim.thal@acme.example")
        self.assertEqual(str(real["id"]), desk_part(made)["upstreamId"], "the same account")
        self.assertEqual(real["status"], "active")

    def test_delete_before_accepting_revokes_the_invitation(self):
        made = self.scim.new_user("ulf.urban@acme.example")
        self.scim.delete("Users", made["id"])
        self.assertIsNone(self.sim.user("ulf.urban@acme.example"))
        self.scim.error(404, "GET", "/Users/" + made["id"])
        self.scim.new_user("ulf.urban@acme.example")
        self.together("ulf.urban@acme.example")

    # -- shields

    def test_who_is_never_touched(self):
        off = patch_body(op("replace", "active", False))
        for email in ("olive.owner@desk.example", "scim@desk.example"):
            user = self.scim.user(email)
            self.scim.error(403, "PATCH", "/Users/" + user["id"], off)
            self.scim.error(403, "DELETE", "/Users/" + user["id"])
            self.assertEqual(self.sim.user(email)["status"], "active")
        ada = self.scim.user("ada.adler@desk.example")
        self.sim.fault("status", {"operation": "users.deactivate"}, status=403,
                       body={"error": {"code": "last_admin", "message": "Keep one admin."}})
        reply = self.scim.error(403, "PATCH", "/Users/" + ada["id"], off)
        self.assertIn("Keep one admin", reply.json["detail"])
        self.assertTrue(self.scim.get("/Users/" + ada["id"])["active"])

    def test_nobody_becomes_admin_by_a_word(self):
        made = self.scim.new_user("una.uhl@acme.example")
        self.scim.error(403, "PATCH", "/Users/" + made["id"],
                        patch_body(op("replace", "roles", [{"value": "admin", "primary": True}])))
        self.assertEqual(self.sim.user("una.uhl@acme.example")["role"], "agent")

    # -- a helpdesk with a bad day

    def test_throttled_for_a_second(self):
        fault = self.sim.fault("status", {"operation": "users.invite"}, status=429, count=2,
                               headers={"Retry-After": "1"})
        self.scim.new_user("vic.vogt@acme.example")
        self.assertEqual(self.sim.hits(fault), 2)
        self.together("vic.vogt@acme.example")

    def test_down(self):
        made = self.scim.new_user("wes.wolf@acme.example")
        self.sim.fault("status", {"path": "/api/v1"}, status=503, count=0)
        reply = self.scim.error(503, "PATCH", "/Users/" + made["id"],
                                patch_body(op("replace", "displayName", "Wes W.")))
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        self.assertEqual(self.scim.get("/Users/" + made["id"])["displayName"], "Wes Wolf")
        self.sim.no_faults()

    def test_success_without_effect_is_no_success(self):
        made = self.scim.new_user("xia.xu@acme.example")
        self.sim.set(no_effect="users.update")
        try:
            reply = self.scim.raw("PATCH", "/Users/" + made["id"],
                                  patch_body(op("replace", "displayName", "Xia X.")))
        finally:
            self.sim.set(no_effect="")
        if reply.status < 300:  # the desk's own answer showed the new name
            self.bridge.sync()
        self.together("xia.xu@acme.example")

    def test_a_credential_in_a_record_is_kept_nowhere(self):
        self.sim.set(credential=1)
        try:
            self.scim.new_user("yan.yu@acme.example")
            self.bridge.sync()
        finally:
            self.sim.set(credential=0)
        everything = str(self.scim.all("Users")) + self.bridge.log()
        self.assertNotIn("nobody-may-keep", everything)
        for end in ("", "-wal"):
            with open(self.bridge.database + end, "rb") as f:
                self.assertNotIn(b"nobody-may-keep", f.read())

    def test_zz_in_the_end_both_sides_agree(self):
        self.same_world("in the end")
        self.bridge.sync()
        self.same_world("after one more sync")


class Many(Case):
    knobs = {"users": 137}

    def test_paging(self):
        total = len(self.sim.users())
        self.assertEqual(len(self.scim.all("Users")), total)
        self.assertEqual(self.scim.find("Users", count=0)["totalResults"], total)
        self.assertEqual(self.scim.find("Users", count=0)["Resources"], [])
        page = self.scim.find("Users", startIndex=0, count=3)
        self.assertEqual((page["startIndex"], page["itemsPerPage"]), (1, 3))
        page = self.scim.find("Users", startIndex=total - 1, count=50)
        self.assertEqual(page["itemsPerPage"], 2)
        page = self.scim.find("Users", startIndex=total + 9)
        self.assertEqual((page["totalResults"], page["Resources"]), (total, []))
        self.assertEqual(self.scim.find("Users", count=-4)["itemsPerPage"], 0)
        self.scim.error(400, "GET", "/Users?count=many", scim_type="invalidValue")
        first = self.scim.find("Users", filter='userName sw "agent00000"', count=20)
        second = self.scim.find("Users", filter='userName sw "agent00000"', count=100,
                                startIndex=21)
        self.assertEqual(first["totalResults"], 99)
        self.assertEqual(len({u["id"] for u in first["Resources"] + second["Resources"]}), 99)

    def test_search_by_post(self):
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
                "filter": 'userName eq "agent0000007@load.example"', "attributes": ["userName"],
                "count": 5}
        got = self.scim.want(200, "POST", "/Users/.search", body).json
        self.assertEqual(got["totalResults"], 1)
        self.assertNotIn("displayName", got["Resources"][0])


if __name__ == "__main__":
    main()
