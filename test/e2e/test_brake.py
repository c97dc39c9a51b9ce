#!/usr/bin/env python3
"""A run of departures, by mistake: at the identity provider, or in a listing of
the helpdesk. Held, shown, released, discarded, withdrawn."""
import json
import shutil
import tempfile
import unittest

from harness import (Bridge, Case, Sim, call, check_error, main, op, patch_body, same_world,
                     wait_until)

OFF = op("replace", "active", False)


class OverScim(unittest.TestCase):
    """More than 5 and more than 20 % within an hour; a world for each test."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="scim-bridge-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.sim = Sim(self.folder)
        self.addCleanup(self.sim.stop)
        self.bridge = Bridge(self.sim, self.folder, target={"brake": "20%, 5"})
        self.scim = self.bridge.client(self.bridge.token())
        self.admin = self.bridge.token(scope="admin")
        self.bridge.start()
        self.addCleanup(self.bridge.stop)
        self.people = [self.scim.new_user(f"leaver.{n}@acme.example") for n in range(16)]

    def same_world(self, where):
        same_world(self.scim, self.sim, where)

    def command(self, *args, expect=0):
        return self.bridge.run(args[0], "-c", self.bridge.ini, *args[1:], expect=expect)

    def held(self):
        return json.loads(self.command("brake", "list", "--json", expect=None))

    def run_over(self):
        """Deactivates everybody; how many went through."""
        gone = []
        for person in self.people:
            reply = self.scim.raw("PATCH", "/Users/" + person["id"], patch_body(OFF))
            if reply.status != 200:
                break
            gone.append(person)
        check_error(reply, 503)
        self.assertIn("brake", reply.json["detail"])
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        return gone

    def active(self):
        return [p for p in self.people if self.scim.get("/Users/" + p["id"])["active"]]

    def test_the_run_is_held_and_all_else_goes_on(self):
        gone = self.run_over()
        self.assertGreaterEqual(len(gone), 5)
        self.assertLess(len(gone), len(self.people))
        rest = self.people[len(gone):]
        for person in rest[1:]:
            self.scim.error(503, "DELETE", "/Users/" + person["id"])
        self.scim.patch("Users", rest[0]["id"], op("replace", "displayName", "Still Here"))
        self.scim.new_user("new.meanwhile@acme.example")
        self.assertEqual([p["id"] for p in self.active()], [p["id"] for p in rest])
        found = self.held()
        self.assertTrue(found["on"])
        self.assertEqual([(h["id"], h["kind"]) for h in found["items"]],
                         [(rest[0]["id"], "deactivate")] + [(p["id"], "delete") for p in rest[1:]])
        self.command("brake", expect=5)
        self.assertIn("brake.on", self.bridge.log())
        self.same_world("while the brake is on")

    def test_a_release_does_what_was_held_and_begins_to_count_anew(self):
        gone = self.run_over()
        rest = self.people[len(gone):]
        for person in rest:
            self.scim.error(503, "DELETE", "/Users/" + person["id"])
        self.assertIn(str(len(rest)), self.command("brake", "release"))
        wait_until(lambda: not self.held()["items"], "the released ones were done")
        for person in rest:
            self.scim.error(404, "GET", "/Users/" + person["id"])
        self.assertFalse(self.held()["on"])
        self.same_world("after the release")

    def test_a_release_survives_a_kill(self):
        gone = self.run_over()
        rest = self.people[len(gone)]
        self.bridge.kill()
        self.assertTrue(self.held()["on"])
        self.assertIn("released 1", self.command("brake", "release"))
        self.bridge.start()
        wait_until(lambda: not self.held()["items"], "the released one was done")
        self.assertFalse(self.scim.get("/Users/" + rest["id"])["active"])
        self.same_world("after the restart")

    def test_a_dry_run_is_told_of_the_brake_and_moves_nothing(self):
        dry = {"Prefer": "dry-run"}
        for _ in range(3):
            for person in self.people:
                reply = self.scim.raw("DELETE", "/Users/" + person["id"], headers=dry)
                self.assertEqual(reply.status, 200, reply)
        gone = self.run_over()
        held = self.held()["items"]
        person = self.people[len(gone) + 1]
        check_error(self.scim.raw("DELETE", "/Users/" + person["id"], headers=dry), 503)
        dry_on = self.scim.raw("PATCH", "/Users/" + held[0]["id"],
                               patch_body(op("replace", "active", True)), dry)
        self.assertEqual(dry_on.status, 200, dry_on)
        self.assertEqual(self.held()["items"], held)

    def test_a_discard_forgets_and_the_same_run_is_held_again(self):
        gone = self.run_over()
        self.command("brake", "discard")
        self.assertEqual(self.held()["items"], [])
        again = self.people[len(gone)]
        self.scim.error(503, "DELETE", "/Users/" + again["id"])
        self.assertEqual(len(self.active()), len(self.people) - len(gone))

    def test_a_change_of_mind_withdraws(self):
        gone = self.run_over()
        held = self.people[len(gone)]
        self.scim.patch("Users", held["id"], op("replace", "displayName", "Says Nothing Of It"))
        self.assertEqual(len(self.held()["items"]), 1)
        self.scim.patch("Users", held["id"], op("replace", "active", True))
        self.assertEqual(self.held()["items"], [])
        self.assertFalse(self.held()["on"])

    def test_who_is_released_may_go_also_by_the_provider_itself(self):
        gone = self.run_over()
        held = self.people[len(gone)]
        fault = self.sim.fault("status", {"path": f"/api/v1/users/{self.upstream(held)}"},
                               status=503, count=0)
        self.command("brake", "release")
        wait_until(lambda: self.sim.hits(fault), "the release was tried")
        self.assertEqual(len(self.held()["items"]), 1)
        self.sim.no_faults()

        def retried():
            reply = self.scim.raw("DELETE", "/Users/" + held["id"])
            return reply.status == 204

        wait_until(retried, "the provider's retry went through")
        self.bridge.sync()
        wait_until(lambda: not self.held()["items"], "the row was closed")

    def upstream(self, person):
        return self.sim.user(person["userName"])["id"]

    def test_over_http(self):
        self.run_over()
        path = "/admin/api/targets/desk/brake"
        headers = {"Authorization": "Bearer " + self.admin}
        found = call(self.bridge.root, "GET", path, headers=headers)
        self.assertEqual((found.status, found.json["on"]), (200, True))
        self.assertEqual(call(self.bridge.root, "POST", path + "/release").status, 401)
        done = call(self.bridge.root, "POST", path + "/release", headers=headers)
        self.assertEqual((done.status, done.json), (200, {"released": 1}))
        wait_until(lambda: not self.held()["items"], "the released one was done")


class OfASync(Case):
    target = {"brake": "20%, 3"}

    def command(self, *args, expect=0):
        return self.bridge.run(args[0], "-c", self.bridge.ini, *args[1:], expect=expect)

    def held(self):
        return json.loads(self.command("brake", "--json", expect=None))

    def test_those_that_vanished_are_held_until_released(self):
        people = [self.scim.new_user(f"vanish.{n}@acme.example") for n in range(30)]
        for person in people:
            self.sim.human("delete_user", email=person["userName"])
        self.bridge.sync(expect=5)
        found = self.held()
        self.assertEqual({h["id"] for h in found["items"]}, {p["id"] for p in people})
        self.assertEqual({h["kind"] for h in found["items"]}, {"vanished"})
        for person in people:
            self.assertTrue(self.scim.get("/Users/" + person["id"])["active"])
        self.bridge.sync(expect=5)
        self.command("brake", "discard")
        self.bridge.sync(expect=5)
        self.command("brake", "release")
        self.bridge.sync()
        for person in people:
            self.assertFalse(self.scim.get("/Users/" + person["id"])["active"])
        self.assertEqual(self.held()["items"], [])
        self.same_world("after the release")


if __name__ == "__main__":
    main()
