#!/usr/bin/env python3
"""Groups are the helpdesk's teams: names and members agree after each step."""
from harness import (GROUP, Case, desk_part, main, op, patch_body, user_body)


class Teams(Case):
    def ids(self, *names):
        return [self.scim.user(f"{n}@desk.example")["id"] for n in names]

    def team(self, name, *members):
        """The helpdesk's team has exactly these members, and SCIM says so."""
        team, group = self.sim.team(name), self.scim.group(name)
        self.assertIsNotNone(team, f"no team {name}")
        self.assertEqual(desk_part(group)["upstreamId"], str(team["id"]))
        inside = [u for u in self.sim.users() if team["id"] in u["team_ids"]]
        self.assertEqual(sorted(u["email"].split("@")[0] for u in inside), sorted(members))
        self.assertEqual(sorted(m["value"] for m in group.get("members", [])),
                         sorted(self.ids(*members)))
        for one in self.ids(*members):
            groups = self.scim.get("/Users/" + one).get("groups", [])
            self.assertIn(group["id"], [g["value"] for g in groups])
        return group

    def test_what_is_there_is_shown(self):
        group = self.scim.group("First Line")
        self.assertEqual(desk_part(group)["kind"], "team")
        self.assertEqual(desk_part(group)["desk"]["description"], "Answers first")
        self.team("Field Service", "dev.das", "eve.ek", "gina.gold")

    def test_create_rename_fill_and_remove(self):
        made = self.scim.new_group("Lions", *self.ids("ben.baker", "cleo.chan"))
        self.team("Lions", "ben.baker", "cleo.chan")
        self.scim.patch("Groups", made["id"], op("replace", "displayName", "Tigers"))
        self.assertIsNone(self.sim.team("Lions"))
        self.team("Tigers", "ben.baker", "cleo.chan")
        self.scim.patch("Groups", made["id"],
                        op("add", "members", [{"value": i} for i in self.ids("dev.das")]))
        self.team("Tigers", "ben.baker", "cleo.chan", "dev.das")
        ben = self.ids("ben.baker")[0]
        self.scim.patch("Groups", made["id"], op("remove", f'members[value eq "{ben}"]'))
        self.team("Tigers", "cleo.chan", "dev.das")
        self.scim.patch("Groups", made["id"],
                        op("remove", "members", [{"value": i} for i in self.ids("dev.das")]),
                        op("add", "members", [{"value": i} for i in self.ids("eve.ek")]))
        self.team("Tigers", "cleo.chan", "eve.ek")
        self.scim.patch("Groups", made["id"],
                        op("replace", "members", [{"value": i} for i in self.ids("finn.falk")]))
        group = self.team("Tigers", "finn.falk")
        group["members"] = [{"value": i} for i in self.ids("eve.ek", "finn.falk")]
        self.scim.put("Groups", group)
        self.team("Tigers", "eve.ek", "finn.falk")
        self.scim.patch("Groups", made["id"], op("remove", "members"))
        self.team("Tigers")
        self.scim.delete("Groups", made["id"])
        self.assertIsNone(self.sim.team("Tigers"))
        self.scim.error(404, "GET", "/Groups/" + made["id"])
        self.assertEqual(self.scim.filter("Groups", 'displayName eq "Tigers"'), [])

    def test_rename_without_a_path(self):
        made = self.scim.new_group("Herons")
        self.scim.patch("Groups", made["id"],
                        op("replace", value={"id": made["id"], "displayName": "Cranes"}))
        self.team("Cranes")

    def test_a_name_belongs_to_one_team(self):
        self.scim.error(409, "POST", "/Groups", {"schemas": [GROUP], "displayName": "first line"},
                        "uniqueness")
        made = self.scim.new_group("Foxes")
        self.scim.error(409, "PATCH", "/Groups/" + made["id"],
                        patch_body(op("replace", "displayName", "Field Service")), "uniqueness")
        self.team("Foxes")

    def test_members_that_are_nobody(self):
        made = self.scim.new_group("Owls", *self.ids("eve.ek"))
        path = "/Groups/" + made["id"]
        for value in ("no-such-id", made["id"], ""):
            self.scim.error(400, "PATCH", path, patch_body(op("add", "members",
                                                              [{"value": value}])), "invalidValue")
        self.scim.error(400, "POST", "/Groups", {"schemas": [GROUP], "displayName": "Ghosts",
                                                 "members": [{"value": "nobody"}]}, "invalidValue")
        self.scim.error(400, "POST", "/Groups", {"schemas": [GROUP]}, "invalidValue")
        self.team("Owls", "eve.ek")
        self.assertIsNone(self.sim.team("Ghosts"))

    def test_a_second_add_changes_nothing(self):
        made = self.scim.new_group("Bees", *self.ids("eve.ek"))
        before = self.sim.last_call()
        self.scim.patch("Groups", made["id"],
                        op("add", "members", [{"value": i} for i in self.ids("eve.ek")]))
        writes = [c for c in self.sim.calls(since=before) if c["method"] != "GET"]
        self.assertEqual(writes, [])
        self.team("Bees", "eve.ek")

    def test_lookups(self):
        made = self.scim.post("Groups", {"schemas": [GROUP], "displayName": "Ants",
                                         "externalId": "g-1", "members": [
                                             {"value": i} for i in self.ids("ben.baker")]})
        for text in ('displayName eq "ants"', 'externalId eq "g-1"',
                     f'id eq "{made["id"]}"', 'displayName sw "Ant"'):
            self.assertEqual(self.scim.one("Groups", text)["id"], made["id"], text)
        ben = self.ids("ben.baker")[0]
        found = self.scim.filter("Groups", f'members.value eq "{ben}"')
        self.assertIn(made["id"], [g["id"] for g in found])
        bare = self.scim.filter("Groups", 'displayName eq "Ants"', excludedAttributes="members")[0]
        self.assertNotIn("members", bare)
        bare = self.scim.get(f"/Groups/{made['id']}?excludedAttributes=members")
        self.assertNotIn("members", bare)

    def test_a_leaver_stays_in_no_way_of_others(self):
        made = self.scim.new_group("Moles", *self.ids("ben.baker"))
        new = self.scim.new_user("mo.moll@acme.example")
        self.scim.patch("Groups", made["id"], op("add", "members", [{"value": new["id"]}]))
        self.assertEqual(self.sim.user("mo.moll@acme.example")["team_ids"],
                         [self.sim.team("Moles")["id"]])
        self.scim.delete("Users", new["id"])
        members = self.scim.get("/Groups/" + made["id"])["members"]
        self.assertEqual([m["value"] for m in members], self.ids("ben.baker"))

    def test_someone_gone_upstream_is_no_lost_team(self):
        made = self.scim.new_group("Newts", *self.ids("ben.baker"))
        real = self.sim.human("create_user", email="nils.neu@desk.example", name="Nils Neu")
        self.bridge.sync()
        nils = self.scim.user("nils.neu@desk.example")
        self.sim.human("delete_user", id=real["id"])
        self.scim.error(400, "PATCH", "/Groups/" + made["id"],
                        patch_body(op("add", "members", [{"value": nils["id"]}])), "invalidValue")
        self.team("Newts", "ben.baker")
        self.bridge.sync()
        self.assertFalse(self.scim.get("/Users/" + nils["id"])["active"])

    def test_zz_in_the_end_both_sides_agree(self):
        self.same_world("in the end")
        self.bridge.sync()
        self.same_world("after one more sync")


class Crowds(Case):
    knobs = {"users": 130}

    def test_more_members_than_a_call_takes(self):
        users = self.scim.all("Users", filter='userName sw "agent"')
        ids = [{"value": u["id"]} for u in users]
        made = self.scim.new_group("Crowd", *[u["id"] for u in users])
        self.assertEqual(len(made.get("members", ids)), 130)
        self.same_world("created with 130")
        self.scim.patch("Groups", made["id"], op("remove", "members", ids[:70]))
        self.same_world("70 less")
        self.assertEqual(len(self.scim.get("/Groups/" + made["id"])["members"]), 60)
        self.scim.patch("Groups", made["id"], op("replace", "members", ids[40:]))
        self.same_world("replaced by 90")
        self.assertEqual(len(self.scim.get("/Groups/" + made["id"])["members"]), 90)


class Roles(Case):
    """Whoever is in the group that the configuration names may become admin."""
    target = {"role.default": "agent", "role.admin": "Helpdesk Admins"}

    def test_only_members_of_the_group_become_admins(self):
        wish = op("replace", "roles", [{"value": "admin", "primary": True}])
        made = self.scim.new_user("rae.ruhl@acme.example")
        self.scim.error(403, "PATCH", "/Users/" + made["id"], patch_body(wish))
        self.scim.error(403, "POST", "/Users",
                        user_body("ron.rast@acme.example", roles=[{"value": "admin"}]))
        self.assertIsNone(self.sim.user("ron.rast@acme.example"))
        self.scim.new_group("Helpdesk Admins", made["id"])
        self.scim.patch("Users", made["id"], wish)
        self.assertEqual(self.sim.user("rae.ruhl@acme.example")["role"], "admin")


if __name__ == "__main__":
    main()
