#!/usr/bin/env python3
"""kill -9 in the middle of a write: after the restart there is exactly one of
everything, SCIM and the helpdesk agree, and the client's retry is harmless."""
import http.client
import threading

from harness import GROUP, Case, main, op, patch_body, user_body, wait_until


class Crash(Case):
    target = {"deadline": "15s"}

    def in_background(self, method, path, body):
        """A request whose answer may never come."""
        def run():
            try:
                self.answers.append(self.scim.raw(method, path, body).status)
            except (http.client.HTTPException, OSError):
                pass

        self.answers = []
        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def killed_during(self, method, path, body, fault, match, **more):
        """Sends a request, kills the bridge while the helpdesk is spoiled by
        `fault`, and starts the bridge again."""
        number = self.sim.fault(fault, match, **more)
        thread = self.in_background(method, path, body)
        wait_until(lambda: self.sim.hits(number) == 1, "the helpdesk was asked")
        if fault == "delay_after":
            self.wait_done(match)
        self.bridge.kill()
        thread.join()
        self.assertEqual(self.answers, [], "no answer was given before the kill")
        if fault == "delay":
            self.wait_done(match)
        self.sim.no_faults()
        self.bridge.start()

    def wait_done(self, match):
        """Until the work that `match` names shows in the helpdesk."""
        operation = match.get("operation")
        check = self.done.get(operation)
        if check:
            wait_until(check, f"{operation} was done")

    done = {}

    def once(self, email, where):
        self.same_world(where)
        self.assertIsNotNone(self.sim.user(email), where)
        self.assertEqual(len(self.scim.filter("Users", f'userName eq "{email}"')), 1, where)

    def create_again(self, email):
        """What an identity provider does: look it up, else create it."""
        found = self.scim.filter("Users", f'userName eq "{email}"')
        if not found:
            self.scim.new_user(email)
        self.once(email, "after the retry")
        self.scim.error(409, "POST", "/Users", user_body(email), "uniqueness")
        invites = [c for c in self.sim.calls("users.invite") if email in c.get("body", "")
                   and c["status"] == 201]
        self.assertLessEqual(len(invites), 1, "invited once at most")

    # -- a create

    def test_killed_after_the_helpdesk_did_it(self):
        email = "abe.after@acme.example"
        self.done = {"users.invite": lambda: self.sim.user(email)}
        self.killed_during("POST", "/Users", user_body(email), "delay_after",
                           {"operation": "users.invite"}, delay_ms=20000)
        self.once(email, "after the restart")
        self.create_again(email)

    def test_killed_before_the_helpdesk_did_it(self):
        email = "bob.before@acme.example"
        self.killed_during("POST", "/Users", user_body(email), "hang",
                           {"operation": "users.invite"})
        self.assertIsNone(self.sim.user(email))
        self.same_world("after the restart")
        self.create_again(email)

    def test_killed_and_the_helpdesk_does_it_later(self):
        email = "cat.late@acme.example"
        self.done = {"users.invite": lambda: self.sim.user(email)}
        self.killed_during("POST", "/Users", user_body(email), "delay",
                           {"operation": "users.invite"}, delay_ms=1500)
        self.once(email, "after the restart")
        self.create_again(email)

    def test_killed_at_each_call_of_a_create(self):
        for n, operation in enumerate(("users.find_by_email", "users.invite", "users.set_role",
                                       "users.get")):
            email = f"dan.number{n}@acme.example"
            body = user_body(email, roles=[{"value": "viewer", "primary": True}])
            match = {"contains": "email="} if n == 0 else {"operation": operation}
            number = self.sim.fault("delay_after", match, delay_ms=20000)
            thread = self.in_background("POST", "/Users", body)
            wait_until(lambda i=number: self.sim.hits(i) == 1 or self.answers,
                       "the helpdesk was asked")
            asked = self.sim.hits(number) == 1
            self.bridge.kill()
            thread.join()
            self.sim.no_faults()
            self.bridge.start()
            self.same_world(f"killed in {operation} ({asked})")
            if not self.scim.filter("Users", f'userName eq "{email}"'):
                self.scim.post("Users", body)
            self.once(email, f"retried after {operation}")

    def test_the_answer_is_lost(self):
        for kind in ("drop_after", "reset_after", "truncate", "garbage"):
            email = f"eli.{kind.replace('_', '.')}@acme.example"
            self.sim.fault(kind, {"operation": "users.invite"})
            reply = self.scim.raw("POST", "/Users", user_body(email))
            self.assertIn(reply.status, (201, 503, 504), kind)
            if reply.status != 201:
                self.assertIn("Retry-After", reply.headers)
                self.bridge.sync()
            self.once(email, kind)
            self.create_again(email)

    def test_the_connection_is_lost_before_the_work(self):
        email = "fin.refused@acme.example"
        self.sim.fault("drop_before", {"operation": "users.invite"}, count=0)
        reply = self.scim.raw("POST", "/Users", user_body(email))
        self.assertIn(reply.status, (503, 504))
        self.assertIn("Retry-After", reply.headers)
        self.assertIsNone(self.sim.user(email))
        self.sim.no_faults()
        self.create_again(email)

    # -- other writes

    def colleague(self, email):
        made = self.scim.new_user(email)
        self.sim.human("accept_invitation", email=email)
        self.bridge.sync()
        return made

    def test_killed_while_someone_leaves(self):
        email = "gus.gone@acme.example"
        made = self.colleague(email)
        self.sim.human("ticket_open", email=email, count=4)
        self.done = {"users.deactivate":
                     lambda: self.sim.user(email)["status"] == "deactivated"}
        off = patch_body(op("replace", "active", False))
        self.killed_during("PATCH", "/Users/" + made["id"], off, "delay_after",
                           {"operation": "users.deactivate"}, delay_ms=20000)
        self.same_world("after the restart")
        self.scim.patch("Users", made["id"], op("replace", "active", False))
        self.assertFalse(self.scim.get("/Users/" + made["id"])["active"])
        self.assertEqual(self.sim.tickets_of(self.sim.user(email)), [])
        self.same_world("after the retry")

    def test_killed_while_a_name_changes(self):
        email = "hal.half@acme.example"
        made = self.colleague(email)
        self.done = {"users.update": lambda: self.sim.user(email)["name"] == "Hal Whole"}
        change = patch_body(op("replace", "displayName", "Hal Whole"))
        self.killed_during("PATCH", "/Users/" + made["id"], change, "delay_after",
                           {"operation": "users.update"}, delay_ms=20000)
        self.same_world("after the restart")
        self.assertEqual(self.scim.get("/Users/" + made["id"])["displayName"], "Hal Whole")

    def test_killed_while_a_team_is_filled(self):
        people = [self.scim.user(f"{n}@desk.example")["id"]
                  for n in ("ben.baker", "cleo.chan", "dev.das")]
        body = {"schemas": [GROUP], "displayName": "Phoenix",
                "members": [{"value": p} for p in people]}
        self.done = {"teams.create": lambda: self.sim.team("Phoenix")}
        self.killed_during("POST", "/Groups", body, "delay_after",
                           {"operation": "teams.create"}, delay_ms=20000)
        self.same_world("after the restart")
        found = self.scim.filter("Groups", 'displayName eq "Phoenix"')
        self.assertEqual(len(found), 1)
        number = self.sim.fault("delay_after", {"operation": "teams.members.add"}, delay_ms=20000)
        thread = self.in_background("PATCH", "/Groups/" + found[0]["id"],
                                    patch_body(op("replace", "members", body["members"])))
        wait_until(lambda: self.sim.hits(number) == 1 or self.answers, "the helpdesk was asked")
        self.bridge.kill()
        thread.join()
        self.sim.no_faults()
        self.bridge.start()
        self.same_world("killed while filling")
        self.scim.patch("Groups", found[0]["id"], op("replace", "members", body["members"]))
        self.same_world("filled")
        group = self.scim.get("/Groups/" + found[0]["id"])
        self.assertEqual(sorted(m["value"] for m in group["members"]), sorted(people))
        self.assertEqual(len([t for t in self.sim.table("teams") if t["name"] == "Phoenix"]), 1)

    def test_killed_again_and_again(self):
        """At whatever moment: the world stays one, and nothing is left open."""
        for n in range(6):
            email = f"ivy.round{n}@acme.example"
            thread = self.in_background("POST", "/Users", user_body(email))
            since = self.sim.last_call()
            wait_until(lambda s=since, k=n: len(self.sim.calls(since=s)) >= k % 4 or self.answers,
                       "some calls were made")
            self.bridge.kill()
            thread.join()
            self.bridge.start()
            self.same_world(f"round {n}")
            if not self.scim.filter("Users", f'userName eq "{email}"'):
                self.scim.new_user(email)
            self.once(email, f"round {n}, retried")

    def test_stopped_politely_a_write_is_finished(self):
        email = "jan.polite@acme.example"
        number = self.sim.fault("delay", {"operation": "users.invite"}, delay_ms=700)
        thread = self.in_background("POST", "/Users", user_body(email))
        wait_until(lambda: self.sim.hits(number) == 1, "the helpdesk was asked")
        self.bridge.stop()
        thread.join()
        self.assertEqual(self.answers, [201], "a write under way is finished and answered")
        self.bridge.start()
        self.once(email, "after a polite stop")


if __name__ == "__main__":
    main()
