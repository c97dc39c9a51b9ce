#!/usr/bin/env python3
"""What people do in the helpdesk's own web interface appears over SCIM; who
vanished is a tombstone; a listing that lies teaches nothing."""
import contextlib
import sqlite3

from harness import Case, desk_part, main, op, same_user, wait_until


class Sync(Case):
    target = {"sync_interval": "1s"}

    def soon(self, what, why):
        return wait_until(what, "a sync showed that " + why)

    def shown(self, email):
        found = self.scim.filter("Users", f'userName eq "{email}"')
        return found[0] if found else None

    def syncs(self, count=2):
        """That many further syncs, whatever comes of them."""
        for _ in range(count):
            self.bridge.sync(expect=None)

    def person(self, email, name="Some One"):
        real = self.sim.human("create_user", email=email, name=name)
        return real, self.soon(lambda: self.shown(email), f"{email} exists")

    def test_a_new_colleague_appears_and_changes(self):
        real, user = self.person("abe.alt@desk.example", "Abe Alt")
        same_user(user, real)
        self.sim.human("rename", id=real["id"], name="Abe Neu", new_email="abe.neu@desk.example")
        self.sim.human("change_role", id=real["id"], role="viewer")
        now = self.soon(lambda: self.shown("abe.neu@desk.example"), "the name is new")
        self.soon(lambda: desk_part(self.shown("abe.neu@desk.example"))["role"] == "viewer",
                  "the role is new")
        self.assertEqual(now["id"], user["id"])
        self.assertIsNone(self.shown("abe.alt@desk.example"))
        self.sim.human("deactivate", id=real["id"])
        self.soon(lambda: not self.scim.get("/Users/" + user["id"])["active"], "Abe left")
        self.sim.human("reactivate", id=real["id"])
        self.soon(lambda: self.scim.get("/Users/" + user["id"])["active"], "Abe is back")

    def test_nothing_new_changes_nothing(self):
        def users():
            found = self.scim.all("Users")
            for user in found:
                desk_part(user).pop("lastSeen", None)  # of the latest sync
            return found

        self.syncs(1)
        before = users()
        self.syncs(2)
        self.assertEqual(users(), before)

    def tables(self):
        """All that is stored, but for what each sync notes of itself."""
        with contextlib.closing(sqlite3.connect(self.bridge.database)) as db:
            names = [n for n, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            return {n: db.execute(f"SELECT * FROM {n}").fetchall() for n in names
                    if n not in ("sync_run", "target", "token")}

    def listed(self, user):
        with contextlib.closing(sqlite3.connect(self.bridge.database)) as db:
            return db.execute("SELECT l.a, l.b FROM listed l JOIN resource r ON r.n = l.n "
                              "WHERE r.id = ?", (user["id"],)).fetchone()

    def test_records_that_are_known_are_not_looked_at(self):
        real, user = self.person("una.uhl@desk.example", "Una Uhl")
        self.syncs(1)
        before, digest = self.tables(), self.listed(user)
        self.assertIsNotNone(digest)
        self.syncs(1)
        self.assertEqual(self.tables(), before)
        # A write over SCIM makes the next sync look again.
        self.scim.patch("Users", user["id"], op("replace", "name.givenName", "Ute"))
        self.syncs(2)
        again = self.listed(user)
        self.assertNotIn(again, (None, digest))
        self.assertEqual(self.scim.get("/Users/" + user["id"])["name"]["givenName"], "Ute")
        # So does a change in the helpdesk, and each one back.
        for name in ("Uta Uhl", "Ute Uhl", "Uta Uhl"):
            self.sim.human("rename", id=real["id"], name=name)
            self.syncs(2)
            self.assertEqual(self.scim.get("/Users/" + user["id"])["name"]["givenName"],
                             name.split()[0])

    def test_who_vanishes_is_a_tombstone_and_may_return(self):
        real, user = self.person("bea.bohm@desk.example")
        path = "/Users/" + user["id"]
        self.sim.human("delete_user", id=real["id"])
        self.soon(lambda: not self.scim.get(path)["active"], "Bea is gone")
        gone = self.scim.get(path)
        self.assertEqual(desk_part(gone)["state"], "tombstone")
        self.assertEqual(desk_part(gone)["tombstone"]["reason"], "vanished")
        self.assertEqual(gone["userName"], "bea.bohm@desk.example")
        self.assertEqual(self.shown("bea.bohm@desk.example")["id"], user["id"])
        again = self.sim.human("create_user", email="Bea.Bohm@desk.example", name="Bea Bohm")
        self.assertNotEqual(again["id"], real["id"])
        self.soon(lambda: self.scim.get(path)["active"], "Bea is back")
        same_user(self.scim.get(path), again)
        self.assertEqual(len(self.scim.filter("Users", 'userName eq "bea.bohm@desk.example"')), 1)

    def test_a_tombstone_woken_over_scim_is_invited_anew(self):
        real, user = self.person("cid.cray@desk.example", "Cid Cray")
        path = "/Users/" + user["id"]
        self.sim.human("delete_user", id=real["id"])
        self.soon(lambda: not self.scim.get(path)["active"], "Cid is gone")
        back = self.scim.patch("Users", user["id"], op("replace", "active", True))
        self.assertTrue(back["active"])
        self.assertEqual(self.sim.user("cid.cray@desk.example")["status"], "invited")
        same_user(self.scim.get(path), self.sim.user("cid.cray@desk.example"))

    def test_an_id_that_goes_to_somebody_else_is_somebody_else(self):
        real, user = self.person("dot.dahl@desk.example")
        self.sim.set(reuse_ids=1)
        self.sim.human("delete_user", id=real["id"])
        other = self.sim.human("create_user", email="not.dot@desk.example", name="Not Dot")
        self.sim.set(reuse_ids=0)
        self.assertEqual(other["id"], real["id"])
        new = self.soon(lambda: self.shown("not.dot@desk.example"), "the other one is there")
        self.assertNotEqual(new["id"], user["id"])
        old = self.scim.get("/Users/" + user["id"])
        self.assertFalse(old["active"])
        self.assertEqual(old["userName"], "dot.dahl@desk.example")

    def test_teams_follow(self):
        self.sim.human("create_team", name="Ferries", description="By water")
        group = self.soon(lambda: self.scim.filter("Groups", 'displayName eq "Ferries"'),
                          "the team is there")[0]
        self.assertEqual(desk_part(group)["desk"]["description"], "By water")
        self.sim.human("add_to_team", email="eve.ek@desk.example", team="Ferries")
        eve = self.scim.user("eve.ek@desk.example")["id"]
        path = "/Groups/" + group["id"]
        self.soon(lambda: [m["value"] for m in self.scim.get(path).get("members", [])] == [eve],
                  "Eve is in the team")
        self.sim.human("rename_team", team="Ferries", name="Boats")
        self.soon(lambda: self.scim.get(path)["displayName"] == "Boats", "the name is new")
        self.sim.human("remove_from_team", email="eve.ek@desk.example", team="Boats")
        self.soon(lambda: not self.scim.get(path).get("members"), "Eve left the team")
        self.sim.human("delete_team", team="Boats")
        self.soon(lambda: self.scim.raw("GET", path).status == 404, "the team is gone")

    def test_what_scim_was_sent_survives_a_sync(self):
        made = self.scim.new_user("Fay.FERN@acme.example", displayName="Fay Fern",
                                  name={"givenName": "Fay", "familyName": "Fern"}, nickName="F")
        self.syncs(2)
        now = self.scim.get("/Users/" + made["id"])
        for name in ("userName", "displayName", "name", "nickName", "emails"):
            self.assertEqual(now[name], made[name])

    # -- listings that lie

    def nobody_vanishes(self, before):
        self.syncs(3)
        self.assertEqual({u["id"]: u["active"] for u in self.scim.all("Users")}, before)

    def states(self):
        return {u["id"]: u["active"] for u in self.scim.all("Users")}

    def lie(self, **knobs):
        self.syncs(1)
        before = self.states()
        self.sim.set(**knobs)
        try:
            self.nobody_vanishes(before)
        finally:
            self.sim.set(**{k: 0 for k in knobs})

    def test_a_list_that_ends_early(self):
        self.lie(list_end=3)

    def test_a_list_that_lies_about_its_total(self):
        self.lie(total_add=7)

    def test_rows_without_state(self):
        self.lie(stateless=1)

    def broken(self, kind, **more):
        self.syncs(1)
        before = self.states()
        fault = self.sim.fault(kind, {"operation": "users.list"}, count=0, **more)
        self.syncs(2)
        self.assertGreaterEqual(self.sim.hits(fault), 2)
        self.assertEqual(self.states(), before)
        self.sim.no_faults()
        real, _ = self.person(f"after.{kind.replace('_', '.')}@desk.example")
        self.sim.human("delete_user", id=real["id"])

    def test_a_list_that_fails(self):
        self.broken("status", status=500)

    def test_a_list_that_is_a_web_page(self):
        self.broken("html", status=200)

    def test_a_list_that_is_no_json(self):
        self.broken("garbage")

    def test_a_list_of_other_types(self):
        self.broken("wrong_type")

    def test_a_list_that_is_cut_off(self):
        self.broken("truncate")

    def test_an_empty_list_is_believed_by_nobody(self):
        self.broken("status", status=200, body={"data": [], "meta": {
            "page": 1, "per_page": 100, "total": 10, "total_pages": 1}})


class Long(Case):
    """Lists of several pages that shift while they are read."""
    knobs = {"users": 250}
    target = {"sync_interval": "1s"}
    lie, states, nobody_vanishes, syncs = Sync.lie, Sync.states, Sync.nobody_vanishes, Sync.syncs

    def test_everybody_is_there_once(self):
        self.same_world("250 users")

    def test_a_list_that_loses_rows_between_pages(self):
        self.lie(shift=2)

    def test_a_list_that_repeats_rows_between_pages(self):
        self.lie(shift=-2)


class Brake(Case):
    """More people vanish at once than is believable."""
    knobs = {"users": 30}
    target = {"sync_interval": "1s", "brake": None}

    def test_a_mass_leave_is_held(self):
        before = len([u for u in self.scim.all("Users") if u["active"]])
        for user in self.sim.users():
            if user["email"].startswith("agent"):
                self.sim.human("delete_user", id=user["id"])
        for _ in range(2):
            self.bridge.sync(expect=None)
        self.assertIn("sync.brake", self.bridge.log())
        self.assertEqual(len([u for u in self.scim.all("Users") if u["active"]]), before)


if __name__ == "__main__":
    main()
