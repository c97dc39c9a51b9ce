#!/usr/bin/env python3
"""The simulated Help Scout, behaviour by behaviour: test_NN shows row NN of the
table in test/sim/helpscout.h, on each setting of its knobs. Whole answers are
compared with the samples in test/fixtures/helpscout."""
import base64
import hashlib
import hmac
import http.server
import os
import re
import tempfile
import threading
import unittest

import harness
from harness import BUILD, call, main, wait_until
from helpscout import (AIKO, BILLING, CLIENT, DEVI, HELP, INES, MAIL, MAREN, OWN, PIET, TOMAS, Desk,
                       sample)

GATEWAY = {"message": "no Route matched with those values"}
NEW = {"firstName": "Noor", "lastName": "Haddad", "email": "noor.haddad" + MAIL, "role": "user"}
GRANT = {"grant_type": "client_credentials", **CLIENT}


def shape(value):
    """The members of an answer and the kinds of their values."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in sorted(value.items())}
    if isinstance(value, list):
        return [shape(v) for v in value[:1]]
    return type(value).__name__


class HelpScout(unittest.TestCase):
    maxDiff = None
    knobs = {}

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(self.folder.name, **self.knobs)

    def tearDown(self):
        self.desk.stop()
        self.folder.cleanup()

    def want(self, status, method, path, body=None, **more):
        reply = self.desk.hs(method, path, body, **more)
        self.assertEqual(reply.status, status, f"{method} {path} {body}: {reply}")
        return reply

    def same(self, path, name):
        """The whole answer is that sample."""
        self.assertEqual(self.want(200, "GET", path).json, sample(name), path)

    def is_gateway(self, reply):
        self.assertEqual((reply.status, reply.json), (404, GATEWAY), reply)
        self.assertTrue(reply.headers["Content-Type"].startswith("application/json"))

    def wrong_paths(self, reply, *paths, status=400):
        self.assertEqual(reply.status, status, reply)
        self.assertEqual([e["path"] for e in reply.json["_embedded"]["errors"]], list(paths))

    def refused(self, reply, sample_name):
        """An error in the shape of a sample, logRef apart."""
        self.assertEqual(reply.headers["Content-Type"], "application/vnd.error+json")
        have, want = reply.json, sample(sample_name)
        self.assertRegex(have.pop("logRef"), r"^[0-9a-f-]{36}#\d+$")
        want.pop("logRef")
        self.assertEqual(have, want)


class Authentication(HelpScout):
    def test_01_a_token_by_form_json_and_query(self):
        form = self.desk.ask_token(GRANT)
        self.assertEqual(form.headers["Content-Type"], "application/json;charset=UTF-8")
        for reply in (form, self.desk.ask_token(GRANT, "application/json"),
                      self.desk.ask_token(None, None, "?" + "&".join(f"{k}={v}" for k, v in
                                                                    GRANT.items()))):
            self.assertEqual(reply.status, 200, reply)
            self.assertEqual(shape(reply.json), shape(sample("token_client_credentials")))
            self.assertEqual((reply.json["token_type"], reply.json["expires_in"]),
                             ("bearer", 172800))
        self.desk.set(token_ttl=2)
        short = self.desk.ask_token(GRANT).json
        self.assertEqual(short["expires_in"], 2)
        self.want(200, "GET", "/v2/users/me", token=short["access_token"])
        self.desk.clock(3)
        self.want(401, "GET", "/v2/users/me", token=short["access_token"])

    def test_02_json_may_be_refused_and_basic_is_accepted(self):
        basic = base64.b64encode(b"sim-app:sim-app-secret").decode()
        grant = {"grant_type": "client_credentials"}
        self.assertEqual(self.desk.ask_token(grant, Authorization="Basic " + basic).status, 200)
        self.desk.set(token_json="reject400")
        self.assertEqual(self.desk.ask_token(GRANT, "application/json").status, 400)
        self.assertEqual(self.desk.ask_token(GRANT).status, 200)

    def test_03_errors_have_the_shape_of_oauth(self):
        bad = self.desk.ask_token({**GRANT, "client_secret": "wrong"})
        self.assertEqual((bad.status, bad.json), (401, sample("token_error_invalid_client")))
        self.desk.set(bad_client_status=400)
        self.assertEqual(self.desk.ask_token({**GRANT, "client_id": "x"}).status, 400)
        stale = self.desk.ask_token({**GRANT, "grant_type": "refresh_token",
                                     "refresh_token": "stale"})
        self.assertEqual((stale.status, stale.json), (400, sample("token_error_invalid_request")))
        for grant in ({**CLIENT}, {**CLIENT, "grant_type": "password"}):
            self.assertEqual(self.desk.ask_token(grant).status, 400)

    def test_04_tokens_live_side_by_side_until_a_refresh(self):
        first, second = self.desk.new_token(), self.desk.new_token()
        for token in (first, second):
            self.want(200, "GET", "/v2/users/me", token=token)
        code = self.desk.human("authorize", email="tomas.okafor" + MAIL)["code"]
        got = self.desk.ask_token({**GRANT, "grant_type": "authorization_code", "code": code}).json
        self.assertEqual(shape(got), shape(sample("token_authorization_code")))
        self.assertEqual(self.want(200, "GET", "/v2/users/me", token=got["access_token"]).json["id"],
                         TOMAS)
        again = self.desk.ask_token({**GRANT, "grant_type": "refresh_token",
                                     "refresh_token": got["refresh_token"]}).json
        self.want(401, "GET", "/v2/users/me", token=got["access_token"])
        self.want(200, "GET", "/v2/users/me", token=again["access_token"])
        self.assertNotEqual(again["refresh_token"], got["refresh_token"])
        self.desk.human("revoke_tokens")
        for token in (first, again["access_token"], "", "nonsense"):
            self.want(401, "GET", "/v2/users", token=token)

    def test_05_without_its_owner_an_app_is_nothing(self):
        token = self.desk.new_token()
        self.desk.human("set", id=OWN, fields={"_invited": True})
        self.want(401, "GET", "/v2/users", token=token)
        self.desk.human("set", id=OWN, fields={"_invited": False})
        self.want(200, "GET", "/v2/users", token=token)
        self.desk.human("delete_user", id=OWN)
        self.want(401, "GET", "/v2/users", token=token)
        self.want(401, "GET", "/v2/users", token=self.desk.new_token())

    def test_06_the_guides_token_path_is_no_route(self):
        self.is_gateway(call(self.desk.url, "POST", "/v2/auth/token", "grant_type=x"))


class Users(HelpScout):
    def test_07_fifty_users_a_page(self):
        self.same("/v2/users?page=1", "users_list")
        self.assertEqual(self.want(200, "GET", "/v2/users?page=1&size=2").json["page"]["size"], 50)
        past = self.want(200, "GET", "/v2/users?page=9").json
        self.assertNotIn("_embedded", past)
        self.assertEqual(past["page"]["number"], 9)
        self.desk.set(page_past_end=404)
        self.want(404, "GET", "/v2/users?page=9")
        for page in ("0", "-1", "x", "1x", ""):
            self.wrong_paths(self.want(400, "GET", "/v2/users?page=" + page), "page")
        self.desk.set(bad_page="first")
        self.assertEqual(self.want(200, "GET", "/v2/users?page=0").json["page"]["number"], 1)
        self.desk.set(users_page_size=3)
        everybody = {u["id"] for u in self.desk.users()}
        for order in ("id", "newest", "shuffled"):
            self.desk.set(users_order=order)
            ids = [u["id"] for u in self.desk.rows("/v2/users", "users")]
            self.assertEqual((sorted(ids), set(ids)), (sorted(everybody), everybody))
            self.assertEqual(order == "id", ids == sorted(ids))

    def test_08_users_are_found_by_email_and_by_inbox(self):
        self.same("/v2/users?email=devi.raman%40lumen-harbor.example", "users_list_by_email")
        self.same("/v2/users?mailbox=7302", "users_list_by_mailbox")
        upper = "/v2/users?email=DEVI.RAMAN%40lumen-harbor.example"
        self.assertEqual(self.want(200, "GET", upper).json["page"]["totalElements"], 1)
        self.desk.set(email_filter_case="sensitive")
        self.assertEqual(self.want(200, "GET", upper).json["page"]["totalElements"], 0)
        other = "/v2/users?email=ines%40lumen-harbor.example"
        self.assertEqual(self.want(200, "GET", other).json["page"]["totalElements"], 0)
        self.desk.set(email_alternates="yes")
        self.assertEqual(self.want(200, "GET", other).json["_embedded"]["users"][0]["id"], INES)
        self.desk.set(email_filter="ignored")
        self.assertEqual(self.want(200, "GET", other).json["page"]["totalElements"], 7)
        self.want(200, "GET", "/v2/users?colour=red")
        for query in ("colour=red", "page="):
            self.want(400, "GET", "/v3/system-users?" + query)

    def test_09_nothing_found_has_no_embedded(self):
        nobody = "/v2/users?email=nobody%40lumen-harbor.example"
        self.same(nobody, "users_list_empty")
        self.desk.set(empty_total_pages=1)
        self.assertEqual(self.want(200, "GET", nobody).json["page"]["totalPages"], 1)

    def test_10_links_lead_to_the_other_pages(self):
        self.desk.set(users=46)
        self.desk.reset()
        self.desk.bearer = None
        root = "https://api.helpscout.net/v2/users"
        first, second = (self.want(200, "GET", f"/v2/users?page={n}").json for n in (1, 2))
        self.assertEqual(first["page"], {"size": 50, "totalElements": 53, "totalPages": 2,
                                         "number": 1})
        self.assertEqual((len(first["_embedded"]["users"]), len(second["_embedded"]["users"])),
                         (50, 3))
        both = {"first": {"href": root + "?page=1"}, "last": {"href": root + "?page=2"},
                "page": {"href": root + "{?page}", "templated": True}}
        self.assertEqual(first["_links"], {**both, "self": both["first"], "next": both["last"]})
        self.assertEqual(second["_links"], {**both, "self": both["last"],
                                            "previous": both["first"]})
        some = self.want(200, "GET", f"/v2/users?mailbox={HELP}").json["_links"]["next"]["href"]
        self.assertEqual(some, f"{root}?mailbox={HELP}&page=2")

    def test_11_the_invited_are_rows_and_machines_are_elsewhere(self):
        self.want(201, "POST", "/v2/users", NEW)
        rows = self.desk.rows("/v2/users", "users")
        self.assertEqual(shape(rows[-1]), {**shape(rows[1]), "jobTitle": "NoneType"})
        self.assertEqual(self.desk.user(NEW["email"])["_invited"], True)
        self.same("/v3/system-users", "system_users_list")
        self.desk.set(extra_types=2)
        self.desk.reset()
        self.desk.bearer = None
        kinds = [u["type"] for u in self.desk.rows("/v2/users", "users")]
        self.assertEqual(sorted(kinds), ["team"] * 2 + ["user"] * 7)

    def test_12_one_user(self):
        self.same(f"/v2/users/{MAREN}", "user_get")
        self.same("/v2/users/me", "user_me")
        self.refused(self.want(404, "GET", "/v2/users/510099"), "error_404_user_not_found")
        for bad in ("x", "-1", "51x"):
            self.wrong_paths(self.want(400, "GET", "/v2/users/" + bad), "id")
        self.desk.set(bad_id=404, missing_body="gateway", light_text="light_user")
        self.want(404, "GET", "/v2/users/x")
        self.is_gateway(self.want(404, "GET", "/v2/users/510099"))
        self.assertEqual(self.want(200, "GET", f"/v2/users/{AIKO}").json["role"], "light_user")

    def test_13_a_user_is_created(self):
        full = {**NEW, "timezone": "Asia/Amman", "jobTitle": "Support Specialist",
                "phone": "+962 6 555 0199", "sendInvite": True,
                "mailboxes": [{"id": HELP, "emailAccess": True}, {"id": BILLING}]}
        made = self.want(201, "POST", "/v2/users", full)
        self.assertEqual((made.headers["Resource-ID"], made.headers["Location"], made.body),
                         ("510008", "https://api.helpscout.net/v2/users/510008", b""))
        shown = self.want(200, "GET", "/v2/users/510008").json
        for key in ("firstName", "lastName", "email", "role", "timezone", "jobTitle", "phone"):
            self.assertEqual(shown[key], full[key])
        self.assertEqual(self.desk.user(NEW["email"])["_mailboxes"], [HELP, BILLING])
        self.assertEqual([m["to"] for m in self.desk.table("mails")], [NEW["email"]])
        self.want(201, "POST", "/v2/users", {**NEW, "email": "b" + MAIL, "sendInvite": False})
        self.assertEqual(len(self.desk.table("mails")), 1)
        bad = self.want(400, "POST", "/v2/users", {"role": "supervisor", "lastName": "X",
                                                   "email": "x" + MAIL})
        self.refused(bad, "error_400_validation")
        for body, path in (({**NEW, "role": "owner"}, "role"),
                           ({**NEW, "email": "nobody"}, "email"),
                           ({**NEW, "firstName": "é" * 41}, "firstName"),
                           ({**NEW, "jobTitle": "x" * 51}, "jobTitle"),
                           ({**NEW, "mailboxes": [{"id": 1}]}, "mailboxes[0].id")):
            self.wrong_paths(self.desk.hs("POST", "/v2/users", body), path)
        self.want(201, "POST", "/v2/users", {**NEW, "email": "c" + MAIL, "firstName": "é" * 40})
        self.desk.set(users_create="off")
        self.is_gateway(self.desk.hs("POST", "/v2/users", {}))
        for way, status in (("off405", 405), ("403", 403)):
            self.desk.set(users_create=way)
            self.want(status, "POST", "/v2/users", NEW)
        self.desk.set(users_create="on")
        self.desk.human("change_role", id=OWN, role="user")
        self.refused(self.want(403, "POST", "/v2/users", {**NEW, "email": "d" + MAIL}),
                     "error_403_access_denied")

    def test_14_an_address_or_a_seat_may_be_taken(self):
        taken = {**NEW, "email": "devi.raman" + MAIL}
        self.refused(self.want(409, "POST", "/v2/users", taken), "error_409_conflict")
        self.desk.set(dup_status=400)
        self.wrong_paths(self.desk.hs("POST", "/v2/users", taken), "email")
        other = {**NEW, "email": "ines" + MAIL}
        self.desk.set(alternate_conflict="yes")
        self.want(400, "POST", "/v2/users", other)
        self.desk.set(seats=6)
        for status in (423, 412, 403):
            self.desk.set(seat_limit_status=status)
            self.want(status, "POST", "/v2/users", NEW)
        light = {**NEW, "role": "light user"}
        self.desk.set(light_seats=1)
        self.want(403, "POST", "/v2/users", light)
        self.desk.set(light_seats=2, plan="standard")
        self.want(403, "POST", "/v2/users", light)
        self.desk.set(plan="plus")
        self.want(201, "POST", "/v2/users", light)

    def test_15_a_deleted_user_leaves_nothing_assigned(self):
        self.assertEqual(len(self.desk.owned_by(DEVI)), 3)
        states = {c["id"]: c["status"] for c in self.desk.table("conversations")}
        self.assertEqual(self.want(204, "DELETE", f"/v2/users/{DEVI}").body, b"")
        for path in (f"/v2/users/{DEVI}", f"/v2/users/{DEVI}/status"):
            self.want(404, "GET", path)
        self.want(404, "DELETE", f"/v2/users/{DEVI}")
        for path, key in (("/v2/users", "users"), (f"/v2/users?mailbox={HELP}", "users"),
                          ("/v2/teams/410010/members", "users")):
            self.assertNotIn(DEVI, [u["id"] for u in self.desk.rows(path, key)])
        routing = self.want(200, "GET", f"/v2/mailboxes/{HELP}/routing").json
        self.assertEqual(routing["userIds"], [MAREN])
        self.assertEqual(self.desk.owned_by(DEVI), [])
        self.assertEqual({c["id"]: c["status"] for c in self.desk.table("conversations")}, states)
        for shielded in (OWN, INES):
            self.refused(self.want(403, "DELETE", f"/v2/users/{shielded}"),
                         "error_403_access_denied")
        self.desk.set(self_status=400, admin_delete=403)
        self.want(400, "DELETE", f"/v2/users/{OWN}")
        self.want(403, "DELETE", f"/v2/users/{TOMAS}")
        self.desk.set(users_delete="off")
        self.is_gateway(self.desk.hs("DELETE", f"/v2/users/{PIET}"))
        self.desk.set(users_delete="off405")
        self.want(405, "DELETE", f"/v2/users/{PIET}")
        self.desk.set(users_delete="on")
        self.desk.human("change_role", id=OWN, role="user")
        self.want(403, "DELETE", f"/v2/users/{PIET}")

    def test_16_no_id_is_given_twice(self):
        first = self.want(201, "POST", "/v2/users", NEW).headers["Resource-ID"]
        self.want(204, "DELETE", "/v2/users/" + first)
        second = self.want(201, "POST", "/v2/users", NEW).headers["Resource-ID"]
        self.assertGreater(int(second), int(first))
        self.want(204, "DELETE", "/v2/users/" + second)
        self.desk.set(reuse_deleted_email="conflict")
        self.want(409, "POST", "/v2/users", NEW)

    def test_17_nobody_is_changed(self):
        for method in ("PUT", "PATCH", "POST"):
            self.desk.set(user_update=405)
            self.want(405, method, f"/v2/users/{DEVI}", {"firstName": "D"})
            self.desk.set(user_update="gateway404")
            self.is_gateway(self.desk.hs(method, f"/v2/users/{DEVI}", {"firstName": "D"}))
        self.assertEqual(self.desk.user("devi.raman" + MAIL)["firstName"], "Devi")

    def test_18_away_is_no_account_state(self):
        self.same(f"/v2/users/{DEVI}/status", "user_status_get")
        both = self.desk.rows("/v2/users/status", "userStatuses")
        want = sample("user_status_list")["_embedded"]["userStatuses"]
        self.assertEqual([s for s in both if s["userId"] in (MAREN, DEVI)], want)
        self.want(204, "PUT", f"/v2/users/{MAREN}/status",
                  {"status": "away", "customStatus": {"text": "Offboarding", "emoji": "📦"}})
        self.assertEqual(self.want(200, "GET", f"/v2/users/{MAREN}/status").json["email"]["status"],
                         "away")
        self.want(200, "GET", f"/v2/users/{MAREN}")
        for body in ({"status": "available"}, {}, {"status": "away", "customStatus": {}}):
            self.want(400, "PUT", f"/v2/users/{MAREN}/status", body)
        self.want(404, "PUT", "/v2/users/1/status", {"status": "away"})
        self.desk.human("change_role", id=OWN, role="user")
        self.want(403, "PUT", f"/v2/users/{MAREN}/status", {"status": "active"})
        self.want(204, "PUT", f"/v2/users/{OWN}/status", {"status": "away"})

    def test_19_a_person_can_do_what_the_api_cannot(self):
        made = self.desk.human("create_user", email="gia" + MAIL, first="Gia", last="Sol",
                               invited=True)
        self.assertEqual(self.want(200, "GET", f"/v2/users/{made['id']}").json["firstName"], "Gia")
        self.desk.human("expire_invitation", id=made["id"])
        self.assertEqual(call(self.desk.control, "POST", "/human",
                              {"act": "accept_invitation", "id": made["id"]}).status, 409)
        self.desk.human("set", id=made["id"], fields={"_expired": False})
        self.desk.human("accept_invitation", id=made["id"])
        self.desk.human("rename", id=made["id"], first="Gianna", new_email="gianna" + MAIL)
        self.assertEqual(self.want(200, "GET", f"/v2/users/{made['id']}").json["email"],
                         "gianna" + MAIL)
        for how, moves in (("yes", True), ("no", False)):
            self.desk.set(updated_at_on_role_change=how)
            self.desk.human("set", id=PIET, fields={"updatedAt": "2026-01-01T00:00:00Z"})
            self.desk.human("change_role", id=PIET, role="admin")
            piet = self.want(200, "GET", f"/v2/users/{PIET}").json
            self.assertEqual((piet["role"], piet["updatedAt"] != "2026-01-01T00:00:00Z"),
                             ("admin", moves))
        self.desk.human("change_role", id=DEVI, role="light user")
        self.assertEqual(self.desk.owned_by(DEVI), [])
        self.assertNotIn(DEVI, self.desk.team("Tier 1")["_userIds"])
        for how in ("same", "new"):
            self.desk.set(restore_id=how)
            self.desk.human("delete_user", email="piet.vanloon" + MAIL)
            back = self.desk.human("restore_user", email="piet.vanloon" + MAIL)
            self.assertEqual(back["id"] == PIET, how == "same")


class Places(HelpScout):
    def test_20_teams_are_read_only(self):
        self.same("/v2/teams", "teams_list")
        self.same("/v2/teams/410010/members", "team_members")
        self.same("/v2/teams/410011/members", "team_members_empty")
        self.is_gateway(self.want(404, "GET", "/v2/teams/410010"))
        self.want(404, "GET", "/v2/teams/1/members")
        for method, path in (("POST", "/v2/teams"), ("PUT", "/v2/teams/410010"),
                             ("DELETE", "/v2/teams/410010"), ("POST", "/v2/teams/410010/members"),
                             ("DELETE", f"/v2/teams/410010/members/{DEVI}")):
            self.assertIn(self.desk.hs(method, path, {}).status, (404, 405), path)
        light = call(self.desk.control, "POST", "/human",
                     {"act": "add_to_team", "id": AIKO, "team": "Tier 1"})
        self.assertEqual(light.status, 409)
        self.desk.set(team_get=200)
        self.assertEqual(self.want(200, "GET", "/v2/teams/410010").json,
                         sample("teams_list")["_embedded"]["teams"][0])
        self.desk.set(plan="standard")
        self.assertEqual(self.want(200, "GET", "/v2/teams").json["page"]["totalElements"], 0)
        self.desk.set(teams_on_standard=403)
        self.want(403, "GET", "/v2/teams")

    def test_21_inboxes_and_their_rotation(self):
        self.same("/v2/mailboxes", "mailboxes_list")
        have = self.want(200, "GET", f"/v2/mailboxes/{HELP}/routing").json
        want = sample("mailbox_routing_get")
        for one, other in zip(have["rotation"], want["rotation"]):
            other["conversationsCount"] = one["conversationsCount"]
        self.assertEqual(have, want)
        self.assertEqual(have["rotation"][1]["conversationsCount"], 1)
        good = {k: want[k] for k in ("state", "assignmentLimit", "assignmentMethod", "userIds")}
        for change, path in (({"state": "on"}, "state"), ({"assignmentLimit": 101},
                                                          "assignmentLimit"),
                             ({"assignmentMethod": "x"}, "assignmentMethod"),
                             ({"userIds": []}, "userIds"), ({"userIds": [AIKO]}, "userIds"),
                             ({"userIds": [PIET]}, "userIds"), ({"userIds": [1]}, "userIds")):
            self.wrong_paths(self.desk.hs("PUT", f"/v2/mailboxes/{HELP}/routing",
                                          {**good, **change}), path)
        self.want(204, "PUT", f"/v2/mailboxes/{HELP}/routing",
                  {**good, "assignmentLimit": 1, "userIds": [TOMAS, DEVI]})
        self.desk.hs("PUT", f"/v2/users/{DEVI}/status", {"status": "active"})
        turn = self.want(200, "GET", f"/v2/mailboxes/{HELP}/routing").json["rotation"][1]
        self.assertEqual((turn["eligible"], turn["reason"]), (False, "at_capacity"))
        self.want(204, "PUT", f"/v2/mailboxes/{HELP}/routing",
                  {**good, "state": "disabled", "userIds": []})
        self.want(404, "GET", "/v2/mailboxes/1/routing")

    def test_22_conversations_are_found_page_by_page(self):
        path = f"/v2/conversations?assigned_to={DEVI}"
        self.same(path + "&status=active", "conversations_assigned_active")
        self.same(path + "&status=pending", "conversations_assigned_pending")
        self.assertEqual(len(self.desk.rows(path, "conversations")), 2)
        self.assertEqual(len(self.desk.rows(path + "&status=all", "conversations")), 3)
        for means, count in (("active", 2), ("active_pending", 3)):
            self.desk.set(open_means=means)
            self.assertEqual(len(self.desk.rows(path + "&status=open", "conversations")), count)
        self.desk.human("conversation_open", id=MAREN, count=60, subject="Many")
        body = self.want(200, "GET", f"/v2/conversations?assigned_to={MAREN}").json
        self.assertEqual(body["page"], {"size": 25, "totalElements": 60, "totalPages": 3,
                                        "number": 1})
        times = [c["createdAt"] for c in body["_embedded"]["conversations"]]
        self.assertEqual(times, sorted(times, reverse=True))
        every = self.desk.rows(f"/v2/conversations?assigned_to={MAREN}&sortField=number"
                               "&sortOrder=asc", "conversations")
        numbers = [c["number"] for c in every]
        self.assertEqual((len(numbers), numbers), (60, sorted(set(numbers))))
        for query in ("status=old", "assigned_to=x", "modifiedSince=2026-01-01T00:00:00.000Z",
                      "sortField=colour", "sortOrder=up"):
            self.want(400, "GET", "/v2/conversations?" + query)
        self.want(200, "GET", "/v2/conversations?modifiedSince=2026-01-01T00:00:00Z")
        self.assertEqual(len(self.desk.rows(path + f"&mailbox={BILLING}", "conversations")), 1)
        self.assertEqual(len(self.desk.rows(path + f"&mailbox={HELP},{BILLING}",
                                            "conversations")), 2)

    def test_22_a_search_may_lag(self):
        self.desk.set(search_lag_ms=400)
        path = f"/v2/conversations?assigned_to={DEVI}"
        self.want(204, "PATCH", "/v2/conversations/3300101", {"op": "remove", "path": "/assignTo"})
        self.assertEqual(len(self.desk.rows(path, "conversations")), 2)
        self.assertNotIn("assignee", self.want(200, "GET", "/v2/conversations/3300101").json)
        wait_until(lambda: len(self.desk.rows(path, "conversations")) == 1, "the search caught up")

    def test_23_one_operation_a_call(self):
        one = "/v2/conversations/3300101"
        good = {"op": "replace", "path": "/assignTo", "value": MAREN}
        self.want(400, "PATCH", one, [good])
        for bad, path in (({**good, "op": "test"}, "op"), ({**good, "path": "/owner"}, "path"),
                          ({**good, "value": str(MAREN)}, "/assignTo"),
                          ({**good, "value": 1}, "/assignTo"), ({**good, "value": AIKO}, "/assignTo"),
                          ({**good, "value": PIET}, "/assignTo"),
                          ({"op": "replace", "path": "/status", "value": "lost"}, "/status")):
            self.wrong_paths(self.desk.hs("PATCH", one, bad), path)
        self.desk.set(bad_assignee=403)
        self.want(403, "PATCH", one, {**good, "value": AIKO})
        self.assertEqual(self.want(204, "PATCH", one, good).body, b"")
        for op, path, value in (("replace", "/status", "pending"), ("replace", "/subject", "New"),
                                ("replace", "/draft", True), ("move", "/mailboxId", BILLING),
                                ("replace", "/primaryCustomer.id", 70045)):
            self.want(204, "PATCH", one, {"op": op, "path": path, "value": value})
        shown = self.want(200, "GET", one).json
        self.assertEqual((shown["status"], shown["subject"], shown["state"], shown["mailboxId"],
                          shown["primaryCustomer"]["id"]),
                         ("pending", "New", "draft", BILLING, 70045))
        self.desk.set(patch_array="accept")
        self.want(204, "PATCH", one, [{**good, "value": TOMAS}])
        self.want(404, "PATCH", "/v2/conversations/1", good)
        self.desk.human("conversation_merge", conversation=3300102, into=3300101)
        moved = self.want(301, "GET", "/v2/conversations/3300102")
        self.assertTrue(moved.headers["Location"].endswith(one))

    def test_24_a_user_a_team_or_nobody_has_it(self):
        one = "/v2/conversations/3300101"
        self.want(204, "PATCH", one, {"op": "replace", "path": "/assignTo", "value": 410010})
        shown = self.want(200, "GET", one).json
        self.assertEqual((shown["assignee"]["id"], shown["assignee"]["type"]), (410010, "team"))
        self.want(204, "PATCH", one, {"op": "replace", "path": "/assignTo", "value": MAREN})
        self.assertEqual(self.want(200, "GET", one).json["assignee"],
                         {"id": MAREN, "type": "user", "first": "Maren", "last": "Holst",
                          "email": "maren.holst" + MAIL})
        self.want(204, "PATCH", one, {"op": "remove", "path": "/assignTo"})
        have, want = self.want(200, "GET", one).json, sample("conversation_unassigned")
        self.assertEqual({**have, "userUpdatedAt": want["userUpdatedAt"]}, want)


class Limits(HelpScout):
    knobs = {"rate": 0}

    def left(self, reply):
        return int(reply.headers["X-RateLimit-Remaining-Minute"])

    def early(self):
        """The world's clock to the first seconds of a minute, so that none ends
        during the test."""
        now = self.desk.clock(0)["now"]
        self.desk.clock(60 - int(now[17:19]))

    def test_25_one_budget_a_minute(self):
        for plan, limit in (("standard", 200), ("plus", 400), ("pro", 800)):
            self.desk.set(plan=plan)
            self.early()
            first = self.want(200, "GET", "/v2/users/me")
            self.assertEqual(first.headers["X-RateLimit-Limit-Minute"], str(limit))
            self.assertEqual(self.left(first), limit - 1)
            self.assertEqual(self.left(self.want(204, "PUT", f"/v2/users/{DEVI}/status",
                                                 {"status": "away"})), limit - 3)
        self.desk.set(rate=4)
        self.early()
        for _ in range(4):
            self.want(200, "GET", "/v2/users")
        for way, official, standard in (("official", True, False), ("standard", False, True),
                                        ("both", True, True), ("none", False, False)):
            self.desk.set(retry_after_header=way)
            over = self.want(429, "DELETE", f"/v2/users/{PIET}")
            self.assertEqual(over.json, sample("error_429_gateway"))
            self.assertEqual((over.headers["X-RateLimit-Retry-After"] is not None,
                              over.headers["Retry-After"] is not None), (official, standard))
            self.assertEqual(self.left(over), 0)
            if official:
                self.assertTrue(50 <= int(over.headers["X-RateLimit-Retry-After"]) <= 60)
        self.assertIsNotNone(self.desk.user("piet.vanloon" + MAIL))
        self.early()
        self.want(200, "GET", "/v2/users")
        self.desk.set(plan="free")
        self.want(403, "GET", "/v2/users")

    def test_25_the_window_may_slide_and_tokens_may_cost(self):
        self.desk.set(rate=4, window="sliding")
        self.desk.bearer = self.desk.new_token()
        self.desk.clock(120)
        for _ in range(3):
            self.desk.clock(10)
            self.want(200, "GET", "/v2/users")
        self.want(429, "DELETE", f"/v2/users/{PIET}")
        self.desk.clock(42)
        self.want(204, "DELETE", f"/v2/users/{PIET}")
        self.desk.set(rate=0, count_token_calls="yes", window="fixed")
        self.early()
        self.desk.new_token()
        self.assertEqual(self.left(self.want(200, "GET", "/v2/users")), 400 - 2 - 1)
        self.desk.set(burst12="on", count_token_calls="no")
        self.desk.clock(60)
        away = {"status": "away"}
        got = [self.desk.hs("PUT", f"/v2/users/{DEVI}/status", away).status for _ in range(13)]
        self.assertEqual(got[:12] + got[12:], [204] * 12 + [429])

    def test_26_refused_calls_may_cost(self):
        for count, cost in (("yes", 2), ("no", 0)):
            self.desk.set(count_errors=count)
            self.early()
            before = self.left(self.want(200, "GET", "/v2/users"))
            self.want(401, "GET", "/v2/users", token="old")
            self.want(404, "GET", "/v2/nowhere")
            self.assertEqual(before - self.left(self.want(200, "GET", "/v2/users")), cost + 1)


class Transport(HelpScout):
    def test_27_types_and_empty_bodies(self):
        self.assertEqual(self.want(200, "GET", "/v2/users").headers["Content-Type"],
                         "application/hal+json")
        self.assertEqual(self.want(404, "GET", "/v2/users/9").headers["Content-Type"],
                         "application/vnd.error+json")
        self.assertEqual(self.want(401, "GET", "/v2/users", token="x").body, b"")
        self.desk.set(body_401="json", error_links="legacy")
        self.assertIn("error", self.want(401, "GET", "/v2/users", token="x").json)
        bad = self.want(400, "POST", "/v2/users", {**NEW, "email": ""}).json
        want = sample("error_400_validation_legacy_links")
        self.assertEqual({**bad, "logRef": want["logRef"], "message": want["message"]}, want)

    def test_28_every_answer_has_its_number(self):
        seen = set()
        for path in ("/v2/users", "/v2/users/9", "/v2/nowhere", "/v2/teams"):
            reply = self.desk.hs("GET", path)
            seen.add(reply.headers["Correlation-ID"])
            if "logRef" in reply.json:
                self.assertEqual(reply.json["logRef"], reply.headers["Correlation-ID"])
        self.assertEqual(len(seen), 4)
        self.assertTrue(self.desk.ask_token(GRANT).headers["Correlation-ID"])

    def test_29_what_cannot_be_served(self):
        self.is_gateway(self.desk.hs("GET", "/v2/nowhere"))
        self.is_gateway(call(self.desk.url, "GET", "/v9/users"))
        self.desk.set(no_route_text="old")
        self.assertEqual(self.desk.hs("GET", "/v2/nowhere").json,
                         {"message": "no route and no API found with those values"})
        wrong = self.want(405, "PUT", "/v2/users", {})
        self.assertEqual(wrong.headers["Allow"], "GET, POST")
        self.want(415, "POST", "/v2/users", "x=1", **{"Content-Type": "text/plain"})
        self.want(413, "POST", "/v2/users", '"' + "x" * 110000 + '"')
        self.want(400, "POST", "/v2/users", "{\"firstName\":")

    def test_30_faults_of_every_kind(self):
        fault = self.desk.fault
        fault("status", {"operation": "users.list"}, status=503, body="<html>busy</html>",
              headers={"Content-Type": "text/html"})
        self.assertEqual(self.want(503, "GET", "/v2/users").text, "<html>busy</html>")
        fault("status", {"operation": "users.create"}, status=504, work=True, body="")
        self.want(504, "POST", "/v2/users", NEW)
        self.assertIsNotNone(self.desk.user(NEW["email"]))
        fault("truncate", {"operation": "users.list"})
        with self.assertRaises(Exception):
            self.desk.hs("GET", "/v2/users")
        fault("reset_after", {"operation": "users.delete"})
        with self.assertRaises(OSError):
            self.desk.hs("DELETE", f"/v2/users/{PIET}")
        self.assertIsNone(self.desk.user("piet.vanloon" + MAIL))
        self.desk.set(users_page_size=3)
        for shift, kind in ((-1, "twice"), (1, "never")):
            self.desk.set(shift=shift)
            ids = [u["id"] for u in self.desk.rows("/v2/users", "users")]
            self.assertEqual("twice" if len(ids) != len(set(ids)) else "never", kind)

    def test_31_names_and_times(self):
        name = {**NEW, "firstName": "Żółć", "lastName": "日本"}
        made = self.want(201, "POST", "/v2/users", name).headers["Resource-ID"]
        shown = self.want(200, "GET", "/v2/users/" + made).json
        self.assertEqual((shown["firstName"], shown["lastName"]), ("Żółć", "日本"))
        for key in ("createdAt", "updatedAt"):
            self.assertRegex(shown[key], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_33_its_own_scim(self):
        scim = {"token": "sim-scim-token"}
        path = "/v2/scim/Users"
        self.is_gateway(self.desk.hs("GET", path, **scim))
        self.desk.set(scim="on")
        self.is_gateway(self.desk.hs("GET", path, **scim))
        self.desk.set(plan="pro")
        self.want(401, "GET", path)
        self.want(200, "GET", "/v2/scim/ServiceProviderConfig", **scim)
        found = self.want(200, "GET", path + "?filter=userName%20eq%20%22devi.raman%40"
                          "lumen-harbor.example%22", **scim).json
        self.assertEqual(found["Resources"], [sample("downstream_scim_user")])
        made = self.want(201, "POST", path, {"userName": "zoe" + MAIL, "active": True,
                                             "name": {"givenName": "Zoe", "familyName": "Li"}},
                         **scim).json
        self.want(409, "POST", path, {"userName": "zoe" + MAIL}, **scim)
        shown = self.want(200, "GET", "/v2/users/" + made["id"]).json
        self.assertEqual((shown["firstName"], shown["role"]), ("Zoe", "user"))
        ops = [{"op": "replace", "path": "name.givenName", "value": "Zoë"}]
        self.want(200, "PATCH", f"{path}/{made['id']}", {"Operations": ops}, **scim)
        self.assertEqual(self.want(200, "GET", "/v2/users/" + made["id"]).json["firstName"], "Zoë")
        group = self.want(201, "POST", "/v2/scim/Groups",
                          {"displayName": "Night", "members": [{"value": made["id"]}]}, **scim).json
        self.assertEqual([u["id"] for u in self.desk.rows(f"/v2/teams/{group['id']}/members",
                                                          "users")], [int(made["id"])])
        ops = [{"op": "remove", "path": f"members[value eq \"{made['id']}\"]"}]
        gone = self.want(200, "PATCH", "/v2/scim/Groups/" + group["id"], {"Operations": ops}, **scim)
        self.assertEqual(gone.json["members"], [])
        self.want(204, "DELETE", "/v2/scim/Groups/" + group["id"], **scim)
        ops = [{"op": "replace", "value": {"active": False}}]
        self.want(200, "PATCH", f"{path}/{made['id']}", {"Operations": ops}, **scim)
        self.want(404, "GET", "/v2/users/" + made["id"])
        self.want(403, "DELETE", f"{path}/{INES}", **scim)
        self.want(204, "DELETE", f"{path}/{PIET}", **scim)

    def test_34_the_same_seed_the_same_world(self):
        self.assertTrue(self.desk.url.startswith("http://127.0.0.1:"))
        first = self.desk.new_token()
        before = self.desk.table("users")
        self.want(204, "DELETE", f"/v2/users/{PIET}")
        self.desk.reset()
        self.assertEqual(self.desk.table("users"), before)
        self.assertEqual(self.desk.new_token(), first)


class Webhooks(HelpScout):
    secret = "n7Qe-invented-secret-41"

    def setUp(self):
        super().setUp()
        self.got, self.status = [], 200
        case = self

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                case.got.append((self.headers, body))
                self.send_response(case.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        super().tearDown()

    def hook(self, **more):
        body = {"url": self.url, "events": ["convo.assigned", "user.status.changed"],
                "secret": self.secret, "payloadVersion": "V2", "label": "SCIM bridge", **more}
        return self.want(201, "POST", "/v2/webhooks", body).headers["Resource-ID"]

    def away(self):
        self.want(204, "PUT", f"/v2/users/{DEVI}/status", {"status": "away"})

    def test_32_deliveries_are_signed(self):
        self.hook(notification=True)
        self.away()
        self.want(204, "PATCH", "/v2/conversations/3300101",
                  {"op": "replace", "path": "/assignTo", "value": MAREN})
        self.desk.human("send_webhooks")
        self.assertEqual([(h["X-HelpScout-Event"], b) for h, b in self.got],
                         [("user.status.changed", b'{"id":510005}'),
                          ("convo.assigned", b'{"id":3300101}')])
        for headers, body in self.got:
            mac = hmac.new(self.secret.encode(), body, hashlib.sha1).digest()
            self.assertEqual(headers["X-HelpScout-Signature"], base64.b64encode(mac).decode())
        known = sample("webhook_signature_vectors")["vectors"][1]
        self.assertEqual(self.got[0][1].decode(), known["body"])
        self.assertEqual(self.got[0][0]["X-HelpScout-Signature"],
                         known["headers"]["X-HelpScout-Signature"])

    def test_32_ten_tries_with_growing_pauses(self):
        self.hook()
        self.status = 500
        self.away()
        tries = 0
        for pause in range(1, 14):
            tries += len(self.desk.human("send_webhooks"))
            self.assertEqual(self.desk.human("send_webhooks"), [])
            self.desk.clock(2 ** pause)
        self.assertEqual((tries, len(self.got)), (10, 10))
        self.assertEqual(self.desk.table("deliveries")[0]["state"], "lost")

    def test_32_a_hook_ends_by_410_and_leads_to_loopback_alone(self):
        one = self.hook()
        self.status = 410
        self.away()
        self.desk.human("send_webhooks")
        self.assertEqual(self.want(200, "GET", "/v2/webhooks/" + one).json["state"], "disabled")
        self.away()
        self.assertEqual(self.desk.human("send_webhooks"), [])
        self.want(204, "DELETE", "/v2/webhooks/" + one)
        self.hook(url="http://192.0.2.1:80/hook")
        self.away()
        self.assertEqual(self.desk.human("send_webhooks")[0]["status"], 0)
        for change in ({"events": ["user.created"]}, {"events": []}, {"secret": "x" * 41},
                       {"payloadVersion": "V1"}, {"url": ""}):
            self.want(400, "POST", "/v2/webhooks",
                      {"url": self.url, "events": ["convo.assigned"], "secret": "s", **change})


class Table(unittest.TestCase):
    """The table in helpscout.h is whole, and each of its rows is shown here."""

    def test_every_row_has_a_test_and_every_knob_a_row(self):
        with open(os.path.join(harness.ROOT, "test/sim/helpscout.h"), encoding="utf-8") as f:
            table = f.read().split("*/")[0]
        rows = [int(n) for n in re.findall(r"^ \*   +(\d+) ", table, re.M)]
        self.assertEqual(rows, list(range(1, 35)))
        tests = {int(name[5:7]) for kind in (Authentication, Users, Places, Limits, Transport,
                                             Webhooks)
                 for name in dir(kind) if re.match(r"test_\d\d_", name)}
        self.assertEqual(sorted(tests), rows)
        listed = harness.subprocess.run([os.path.join(BUILD, "helpdesk-sim"), "helpscout",
                                         "--knobs"], capture_output=True, text=True, check=True)
        knobs = {line.split()[0] for line in listed.stdout.splitlines()}
        rowless = {k for k in knobs if not re.search(rf"\b{k}\b", table)}
        self.assertEqual(rowless - {"latency_ms", "no_effect", "lost_every", "client_id",
                                    "client_secret", "users", "conversations"}, set())


if __name__ == "__main__":
    main()
