#!/usr/bin/env python3
"""The shield over every helpdesk of the suite: whoever is an administrator is
attacked by all ways at once, and one of them is left; an Owner stays an owner.
"""
import json
import os
import threading

from harness import (DESK_USER, GROUP, ROOT, main, op, patch_body)
from suite import DeskCase, cases, okta_user


def roles_of(desk):
    """The roles of the profile, highest first."""
    path = desk.profile if os.path.exists(desk.profile) else os.path.join(
        ROOT, "providers", desk.profile + ".json")
    with open(path, encoding="utf-8") as f:
        return json.load(f)["user"]["roles"]["values"]


def together(work):
    """Calls all of them at the same time; what they returned."""
    barrier, got = threading.Barrier(len(work)), [None] * len(work)

    def run(n):
        barrier.wait()
        got[n] = work[n]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def _base():
    class Shield(DeskCase):
        @classmethod
        def setUpClass(cls):
            cls.roles = roles_of(cls.desk)
            cls.elevated = {r["scim"] for r in cls.roles if r.get("elevated")}
            given = [r["scim"] for r in cls.roles if r.get("elevated") and r.get("assign", True)]
            cls.top = given[0] if given else None
            cls.least = next(r["scim"] for r in cls.roles if r.get("default"))
            cls.target = {f"role.{cls.top}": "Chiefs"} if cls.top else {}
            super().setUpClass()

        def admins(self):
            """Whoever is one, and is not about to stop being one."""
            return [u for u in self.scim.all("Users", filter="active eq true")
                    if u[DESK_USER].get("role") in self.elevated
                    and (u.get("roles") or [{}])[0].get("value") in self.elevated]

        def attack(self, user, way, group):
            path = "/Users/" + user["id"]
            ways = [
                ("PATCH", path, patch_body(op("replace", "active", False))),
                ("PATCH", path, patch_body(op("replace", "roles", [{"value": self.least}]))),
                ("DELETE", path, None),
                ("PATCH", "/Groups/" + group["id"], patch_body(op("remove", "members",
                                                                  [{"value": user["id"]}]))),
                ("DELETE", "/Groups/" + group["id"], None),
            ]
            return self.scim.raw(*ways[way % len(ways)]).status

        def chiefs(self):
            """Two more administrators, by their group; where the API cannot give the
            role, they stay what they are, with a task."""
            made = [self.scim.post("Users", okta_user(f"chief.{n}.{self.round}@suite.example",
                                                      "Chief", n.upper())) for n in "ab"]
            found = self.scim.filter("Groups", 'displayName eq "Chiefs"')
            members = [{"value": m["id"]} for m in made]
            if found:
                self.scim.patch("Groups", found[0]["id"], op("add", "members", members))
                return found[0]
            return self.scim.post("Groups", {"schemas": [GROUP], "displayName": "Chiefs",
                                             "members": members})

        def test_every_way_at_once_leaves_an_administrator(self):
            if self.top is None:
                self.skipTest("this helpdesk has no administrator's role to give")
            refused = 0
            for self.round in range(4):
                group = self.chiefs()
                self.bridge.sync()
                admins = self.admins()
                if not admins:
                    continue # no more than the account of the bridge
                got = together([lambda u=u, w=i + n + self.round: self.attack(u, w, group)
                                for i, u in enumerate(admins) for n in range(3)])
                self.assertTrue(set(got) <= {200, 204, 400, 403, 404}, got)
                refused += got.count(403)
                self.bridge.sync()
                self.assertGreaterEqual(len(self.admins()), 1, (self.round, got))
            self.assertGreater(refused, 0)

        def test_an_owner_stays_one(self):
            fixed = {r["scim"] for r in self.roles if r.get("assign") is False}
            owners = [u for u in self.scim.all("Users")
                      if u[DESK_USER].get("role") in fixed and u["active"]]
            if not owners:
                self.skipTest("nobody here has a role that is never given")
            for owner in owners:
                path = "/Users/" + owner["id"]
                for method, body in (
                        ("DELETE", None), ("PATCH", patch_body(op("replace", "active", False))),
                        ("PATCH", patch_body(op("replace", "roles", [{"value": self.least}])))):
                    self.scim.error(403, method, path, body)
                self.assertEqual(self.scim.get(path)[DESK_USER]["role"], owner[DESK_USER]["role"])
    return Shield


cases(globals(), _base())

if __name__ == "__main__":
    main()
