#!/usr/bin/env python3
"""Many clients at once: one winner where there can be one, nothing lost where
there is room for all."""
import threading

from harness import Case, main, op, patch_body, user_body

CLIENTS = 12


class Parallel(Case):
    def together(self, work):
        """Runs work(0), work(1), ... at the same time; returns what they did."""
        results, barrier = [None] * CLIENTS, threading.Barrier(CLIENTS)

        def run(n):
            barrier.wait()
            try:
                results[n] = work(n)
            except Exception as error:  # shown by the comparison below
                results[n] = error

        threads = [threading.Thread(target=run, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        failed = [r for r in results if isinstance(r, Exception)]
        self.assertEqual(failed, [])
        return results

    def test_the_same_user_is_created_once(self):
        got = self.together(
            lambda n: self.scim.raw("POST", "/Users", user_body("all.at.once@acme.example")).status)
        self.assertEqual(sorted(got), [201] + [409] * (CLIENTS - 1))
        self.scim.user("all.at.once@acme.example")
        self.assertEqual(len([c for c in self.sim.calls("users.invite")
                              if "all.at.once" in c["body"] and c["status"] == 201]), 1)

    def test_different_users_are_all_created(self):
        got = self.together(
            lambda n: self.scim.raw("POST", "/Users", user_body(f"side.{n}@acme.example")).status)
        self.assertEqual(got, [201] * CLIENTS)
        self.same_world("all created")

    def test_every_new_member_stays(self):
        users = [self.scim.new_user(f"member.{n}@acme.example")["id"] for n in range(CLIENTS)]
        group = self.scim.new_group("Choir")["id"]
        self.together(lambda n: self.scim.patch(
            "Groups", group, op("add", "members", [{"value": users[n]}])))
        members = self.scim.get("/Groups/" + group)["members"]
        self.assertEqual(sorted(m["value"] for m in members), sorted(users))
        self.same_world("all in the choir")
        self.together(lambda n: self.scim.patch(
            "Groups", group, op("remove", f'members[value eq "{users[n]}"]')))
        self.assertEqual(self.scim.get("/Groups/" + group).get("members", []), [])
        self.same_world("all out of the choir")

    def test_one_of_two_names_wins(self):
        made = self.scim.new_user("tug.of.war@acme.example")
        self.together(lambda n: self.scim.patch(
            "Users", made["id"], op("replace", "displayName", f"Name {n}")))
        self.assertEqual(self.scim.get("/Users/" + made["id"])["displayName"],
                         self.sim.user("tug.of.war@acme.example")["name"])

    def test_only_one_if_match_wins(self):
        made = self.scim.new_user("if.match@acme.example")
        got = self.together(lambda n: self.scim.raw(
            "PATCH", "/Users/" + made["id"],
            patch_body(op("replace", "displayName", f"Match {n}")),
            {"If-Match": made["meta"]["version"]}).status)
        self.assertEqual(sorted(got), [200] + [412] * (CLIENTS - 1))

    def test_leaving_and_returning_ends_somewhere(self):
        made = self.scim.new_user("in.and.out@acme.example")
        self.sim.human("accept_invitation", email="in.and.out@acme.example")
        self.bridge.sync()
        self.together(lambda n: self.scim.patch(
            "Users", made["id"], op("replace", "active", n % 2 == 0)))
        self.same_world("in or out")

    def test_reads_go_on_while_a_write_waits(self):
        made = self.scim.new_user("slow.write@acme.example")
        number = self.sim.fault("delay", {"operation": "users.update"}, delay_ms=1500)
        slow = threading.Thread(target=lambda: self.scim.patch(
            "Users", made["id"], op("replace", "displayName", "Slow Write Two")))
        slow.start()
        reads = 0
        while slow.is_alive():
            self.scim.get("/Users/" + made["id"])
            reads += 1
        slow.join()
        self.assertEqual(self.sim.hits(number), 1)
        self.assertGreater(reads, 20)
        self.assertEqual(self.scim.get("/Users/" + made["id"])["displayName"], "Slow Write Two")

    def test_a_sync_beside_writes_loses_nothing(self):
        def work(n):
            if n % 4 == 0:
                self.bridge.sync()
                return None
            made = self.scim.new_user(f"beside.{n}@acme.example")
            return self.scim.patch("Users", made["id"],
                                   op("replace", "displayName", f"Beside {n}"))

        done = [d for d in self.together(work) if d]
        for user in done:
            self.assertEqual(self.scim.get("/Users/" + user["id"])["displayName"],
                             user["displayName"])
        self.same_world("after syncs and writes")


if __name__ == "__main__":
    main()
