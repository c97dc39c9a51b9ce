#!/usr/bin/env python3
"""The simulator itself: if it lies by mistake, every other test means nothing."""
import json
import os
import socket
import tempfile
import time
import unittest
import urllib.parse
import http.client

from harness import Sim, call, main, wait_until, PATIENCE


class Refdesk(unittest.TestCase):
    knobs = {}

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.sim = Sim(self.folder.name, **self.knobs)

    def tearDown(self):
        self.sim.stop()
        self.folder.cleanup()

    def api(self, status, method, path, body=None, code=None):
        reply = self.sim.api_call(method, path, body)
        self.assertEqual(reply.status, status, f"{method} {path}: {reply}")
        if code:
            self.assertEqual(reply.json["error"]["code"], code)
        return reply.json if reply.body else None

    def id_of(self, email):
        return self.sim.user(email)["id"]


class Calls(Refdesk):
    def test_refuses_without_the_token_and_off_its_routes(self):
        for token in ("wrong", ""):
            self.assertEqual(self.sim.api_call("GET", "/me", token=token).status, 401)
        self.api(200, "GET", "/me")
        self.api(404, "GET", "/nowhere", code="not_found")
        self.api(405, "PUT", "/users", code="method_not_allowed")
        self.api(404, "GET", "/users/12x", code="not_found")
        bad = self.sim.api_call("POST", "/teams", "{\"name\":")
        self.assertEqual((bad.status, bad.json["error"]["code"]), (400, "bad_json"))

    def test_pages_cover_every_user_once(self):
        seen, page = [], 1
        while True:
            got = self.api(200, "GET", f"/users?status=all&per_page=3&page={page}")
            seen += [u["id"] for u in got["data"]]
            if page >= got["meta"]["total_pages"]:
                break
            page += 1
        self.assertEqual(seen, sorted(set(seen)))
        self.assertEqual(len(seen), got["meta"]["total"])
        self.assertEqual(len(seen), len(self.sim.users()))

    def test_an_invitation_expires_is_resent_and_accepted(self):
        made = self.api(201, "POST", "/users/invitations",
                        {"email": "Iris.Ito@desk.example", "role": "agent", "team_ids": [11]})["data"]
        self.assertEqual((made["status"], made["team_ids"]), ("invited", [11]))
        again = self.api(409, "POST", "/users/invitations",
                         {"email": "iris.ito@DESK.example", "role": "agent"}, "user_exists")
        self.assertEqual(again["error"]["id"], made["id"])
        self.sim.clock(7 * 86400 + 1)
        late = call(self.sim.control, "POST", "/human",
                    {"act": "accept_invitation", "id": made["id"]})
        self.assertEqual(late.status, 409)
        self.api(204, "POST", f"/users/{made['id']}/invitation/resend")
        self.sim.human("accept_invitation", id=made["id"])
        self.api(409, "POST", f"/users/{made['id']}/invitation/resend", code="already_active")
        self.api(404, "DELETE", f"/users/{made['id']}/invitation")
        self.assertEqual(self.sim.user("iris.ito@desk.example")["status"], "active")

    def test_a_viewer_is_not_invited_but_made(self):
        body = {"email": "vera@desk.example", "role": "viewer"}
        self.api(422, "POST", "/users/invitations", body, "invalid_role")
        made = self.api(201, "POST", "/users/invitations", {**body, "role": "agent"})["data"]
        self.api(422, "PUT", f"/users/{made['id']}/role", {"role": "viewer"},
                 "confirmation_required")
        self.api(200, "PUT", f"/users/{made['id']}/role", {"role": "viewer", "confirm": True})
        self.api(422, "PUT", f"/users/{made['id']}/permissions", {"permissions": []},
                 "not_an_agent")

    def test_the_owner_and_the_last_admin_stay(self):
        owner, ada = self.id_of("olive.owner@desk.example"), self.id_of("ada.adler@desk.example")
        own = self.id_of("scim@desk.example")
        demote = {"role": "agent", "confirm": True}
        self.api(403, "PUT", f"/users/{owner}/role", demote, "owner_locked")
        self.api(403, "POST", f"/users/{owner}/deactivate", {}, "owner_locked")
        self.api(200, "PUT", f"/users/{ada}/role", demote)
        self.api(403, "PUT", f"/users/{own}/role", demote, "last_admin")
        self.api(403, "POST", f"/users/{own}/deactivate", {}, "last_admin")

    def test_a_deactivated_agents_tickets_are_nobodys(self):
        dev = self.sim.user("dev.das@desk.example")
        tickets = [t["id"] for t in self.sim.tickets_of(dev)]
        self.assertEqual(len(tickets), 4)
        self.api(204, "POST", f"/users/{dev['id']}/deactivate", {})
        self.api(204, "POST", f"/users/{dev['id']}/deactivate", {})
        self.assertEqual(self.sim.tickets_of(dev), [])
        job = self.api(202, "POST", "/tickets/bulk_assign",
                       {"ticket_ids": tickets, "to_user_id": self.id_of("eve.ek@desk.example"),
                        "to_team_id": None})["job"]["id"]
        self.assertEqual(self.api(200, "GET", f"/jobs/{job}")["data"]["state"], "running")
        self.assertEqual(self.api(200, "GET", f"/jobs/{job}")["data"]["state"], "done")
        self.assertEqual(len(self.sim.tickets_of(self.sim.user("eve.ek@desk.example"))), 4)
        self.api(422, "POST", "/tickets/bulk_assign",
                 {"ticket_ids": tickets, "to_user_id": dev["id"]}, "invalid_assignee")
        self.api(204, "POST", f"/users/{dev['id']}/reactivate", {})

    def test_teams_have_names_and_members(self):
        team = self.api(201, "POST", "/teams", {"name": "Nights"})["data"]["id"]
        same = self.api(409, "POST", "/teams", {"name": "nights"}, "team_exists")
        self.assertEqual(same["error"]["id"], team)
        everyone = [u["id"] for u in self.sim.users()]
        self.api(422, "POST", f"/teams/{team}/members", {"user_ids": everyone * 6}, "too_many")
        self.api(404, "POST", f"/teams/{team}/members", {"user_ids": [everyone[0], 9]})
        self.assertEqual(self.api(200, "GET", f"/teams/{team}/members")["data"], [])
        self.api(204, "POST", f"/teams/{team}/members", {"user_ids": everyone})
        members = self.api(200, "GET", f"/teams/{team}/members?per_page=4&page=2")
        self.assertEqual([m["id"] for m in members["data"]], everyone[4:8])
        self.api(204, "DELETE", f"/teams/{team}/members/{everyone[0]}")
        self.api(404, "DELETE", f"/teams/{team}/members/{everyone[0]}")
        self.api(200, "PATCH", f"/teams/{team}", {"description": "from dusk"})
        self.api(422, "PATCH", f"/teams/{team}", {"lead": 1}, "invalid_field")
        self.api(204, "DELETE", f"/teams/{team}")
        self.assertNotIn(team, [t for u in self.sim.users() for t in u["team_ids"]])

    def test_bulk_calls_say_what_failed(self):
        owner, ben = self.id_of("olive.owner@desk.example"), self.id_of("ben.baker@desk.example")
        got = self.api(200, "PATCH", "/users/bulk", {"user_ids": [owner, ben, 7],
                                                     "action": "set_role", "value": "admin"})["data"]
        self.assertEqual(got["updated"], [ben])
        self.assertEqual([e["code"] for e in got["errors"]], ["owner_locked", "not_found"])
        got = self.api(200, "POST", "/users/bulk_deactivate", {"user_ids": [ben]})["data"]
        self.assertEqual(got["updated"], [ben])
        self.api(422, "POST", "/users/bulk_deactivate", {"user_ids": [1] * 101}, "too_many")

    def test_a_csv_invites_row_by_row(self):
        csv = ("email,name,role,teams\r\n\"kim@desk.example\",\"Kim, \"\"K\"\" Kor\",agent,First Line\r\n"
               "lee@desk.example,,viewer,\r\nada.adler@desk.example,,agent,\r\n")
        body = ("--boundary-of-a-form\r\n"
                "Content-Disposition: form-data; name=\"file\"; filename=\"invite.csv\"\r\n"
                f"Content-Type: text/csv\r\n\r\n{csv}\r\n--boundary-of-a-form--\r\n")
        reply = call(self.sim.api, "POST", "/users/bulk_invite", body,
                     {"Authorization": "Bearer sim-token",
                      "Content-Type": "multipart/form-data; boundary=boundary-of-a-form"})
        self.assertEqual(reply.status, 202, reply)
        job = reply.json["job"]["id"]
        self.api(200, "GET", f"/jobs/{job}")
        rows = self.api(200, "GET", f"/jobs/{job}")["data"]["rows"]
        self.assertEqual([r["error"] for r in rows], [None, "invalid_role", "user_exists"])
        self.assertEqual(self.sim.user("kim@desk.example")["name"], "Kim, \"K\" Kor")

    def test_seats_end(self):
        self.sim.set(seats=8, seat_status=422)
        body = {"email": "one.more@desk.example", "role": "agent"}
        self.api(422, "POST", "/users/invitations", body, "seat_limit")
        self.sim.set(seats=9, seat_status=402)
        self.api(201, "POST", "/users/invitations", body)
        hans = self.id_of("hans.holm@desk.example")
        self.api(422, "POST", f"/users/{hans}/reactivate", {}, "seat_limit")
        self.api(402, "POST", "/users/invitations", {**body, "email": "x@desk.example"},
                 "seat_limit")

    def test_the_rate_limit_counts_and_forgives(self):
        self.sim.set(rate=3)
        left = [self.sim.api_call("GET", "/me").headers["X-RateLimit-Remaining"] for _ in "123"]
        self.assertEqual(left, sorted(left, reverse=True))
        for _ in range(4):
            reply = self.sim.api_call("GET", "/me")
        self.assertEqual(reply.status, 429)
        self.assertTrue(0 < int(reply.headers["Retry-After"]) <= 60)
        self.sim.clock(61)
        self.api(200, "GET", "/me")

    def test_history_is_paged(self):
        ada = self.id_of("ada.adler@desk.example")
        got = self.api(200, "GET", f"/users/{ada}/logins")
        self.assertEqual(set(got["data"][0]), {"at", "ip", "device"})
        got = self.api(200, "GET", f"/users/{ada}/activity?per_page=1")
        self.assertEqual(got["meta"]["total_pages"], 2)


class Nastiness(Refdesk):
    def test_knobs_are_checked(self):
        for body in ({"nothing": 1}, {"seat_status": 500}, {"rate": "much"}):
            self.assertEqual(call(self.sim.control, "POST", "/set", body).status, 400)

    def test_a_success_without_effect(self):
        ben = self.id_of("ben.baker@desk.example")
        self.sim.set(no_effect="users.set_role,users.deactivate")
        said = self.api(200, "PUT", f"/users/{ben}/role", {"role": "admin", "confirm": True})
        self.assertEqual(said["data"]["role"], "admin")
        self.api(204, "POST", f"/users/{ben}/deactivate", {})
        now = self.sim.user("ben.baker@desk.example")
        self.assertEqual((now["role"], now["status"]), ("agent", "active"))
        self.assertEqual(len(self.sim.tickets_of(now)), 3)

    def test_lists_that_lie(self):
        self.sim.set(stateless=1, credential=1)
        row = self.api(200, "GET", "/users?per_page=1")["data"][0]
        self.assertNotIn("status", row)
        self.assertIn("api_key", row)
        self.sim.set(stateless=0, credential=0, total_add=5, list_end=4)
        got = self.api(200, "GET", "/users?per_page=3&page=2")
        self.assertEqual((len(got["data"]), got["meta"]["total"]), (1, 15))
        self.sim.set(total_add=0, list_end=0, shift=1)
        ids = [u["id"] for p in (1, 2, 3, 4)
               for u in self.api(200, "GET", f"/users?per_page=3&page={p}")["data"]]
        self.assertEqual(len(ids), 8)

    def test_an_id_goes_to_the_next_person(self):
        self.sim.set(reuse_ids=1)
        gone = self.sim.human("delete_user", email="eve.ek@desk.example")
        new = self.sim.human("create_user", email="new@desk.example", name="New")
        self.assertEqual(new["id"], gone["id"])
        self.assertNotEqual(new["created_at"], gone["created_at"])

    def test_every_kind_of_fault(self):
        def get():
            return self.sim.api_call("GET", "/teams")

        match = {"operation": "teams.list"}
        self.sim.fault("status", match, status=503, headers={"Retry-After": "2"}, body={"a": 1})
        reply = get()
        self.assertEqual((reply.status, reply.headers["Retry-After"], reply.json),
                         (503, "2", {"a": 1}))
        self.sim.fault("html", match, status=404)
        self.assertEqual(get().headers.get_content_type(), "text/html")
        self.sim.fault("garbage", match)
        with self.assertRaises(json.JSONDecodeError):
            _ = get().json
        self.sim.fault("redirect", match, location="http://127.0.0.1:9/")
        self.assertEqual((get().status, 302), (302, 302))
        self.sim.fault("wrong_type", match)
        self.assertEqual(get().json, {"data": {}, "meta": "an object stood here"})
        self.sim.fault("content_type", match)
        self.assertEqual(get().headers.get_content_type(), "text/plain")
        self.sim.fault("huge", match, bytes=1000000)
        self.assertEqual(len(get().body), 1000000)
        self.sim.fault("slow", match, bytes=20, delay_ms=1)
        self.assertEqual(len(get().json["data"]), 2)
        for kind in ("truncate", "drop_before", "drop_after", "reset_before", "reset_after"):
            fault = self.sim.fault(kind, match)
            with self.assertRaises((http.client.HTTPException, OSError), msg=kind):
                get()
            self.assertEqual(self.sim.hits(fault), 1)
        self.sim.fault("raw", match, body="HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        self.assertEqual(get().json, {})
        self.assertEqual(get().status, 200)

    def test_work_is_done_before_or_not(self):
        body = {"email": "drop@desk.example", "role": "agent"}
        for kind, there in (("drop_before", False), ("drop_after", True)):
            self.sim.fault(kind, {"operation": "users.invite"})
            with self.assertRaises((http.client.HTTPException, OSError)):
                self.sim.api_call("POST", "/users/invitations", body)
            self.assertEqual(self.sim.user("drop@desk.example") is not None, there)

    def test_after_and_count(self):
        self.sim.fault("status", {"method": "GET", "path": "/api/v1/teams"}, after=1, count=2,
                       status=500)
        got = [self.sim.api_call("GET", "/teams").status for _ in range(4)]
        self.assertEqual(got, [200, 500, 500, 200])
        self.assertEqual([c["status"] for c in self.sim.calls("teams.list")], got)

    def test_what_hangs_is_freed_by_a_reset(self):
        self.sim.fault("hang", {"operation": "me"})
        at = urllib.parse.urlsplit(self.sim.url)
        with socket.create_connection((at.hostname, at.port)) as s:
            s.sendall(b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until(lambda: self.sim.hits(1) == 1, "the fault hit")
            self.sim.reset()
            self.assertEqual(s.recv(100), b"")

    def test_thousands_of_answers_a_second(self):
        at = urllib.parse.urlsplit(self.sim.url)
        c = http.client.HTTPConnection(at.hostname, at.port)
        began = time.monotonic()
        for _ in range(500):
            c.request("GET", "/api/v1/me", headers={"Authorization": "Bearer sim-token"})
            c.getresponse().read()
        c.close()
        self.assertLess(time.monotonic() - began, 5 * PATIENCE)


class State(unittest.TestCase):
    def test_a_second_start_continues(self):
        with tempfile.TemporaryDirectory() as folder:
            state = os.path.join(folder, "world.json")
            sim = Sim(folder, state=state)
            sim.human("create_user", email="kept@desk.example", name="Kept")
            sim.clock(1000)
            wait_until(lambda: "kept@desk.example" in open(state, encoding="utf-8").read(),
                       "the world was saved")
            before = sim.users()
            sim.program.kill()
            sim = Sim(folder, state=state)
            self.assertEqual(sim.users(), before)
            sim.human("create_user", email="next@desk.example")
            self.assertEqual(sim.user("next@desk.example")["id"],
                             sim.user("kept@desk.example")["id"] + 1)
            sim.stop()


if __name__ == "__main__":
    main()
