#!/usr/bin/env python3
"""What /Schemas publishes can be set on this helpdesk, and reads back."""
from harness import DESK_GROUP, DESK_USER, USER, Case, main, op


def published(scim, urn, path):
    """The definition of attribute `a` or sub-attribute `a.b`."""
    found = {"subAttributes": scim.get("/Schemas/" + urn)["attributes"]}
    for name in path.split("."):
        found = next(a for a in found["subAttributes"] if a["name"] == name)
    return found


class Desk(Case):
    def test_only_roles_that_can_be_given_are_published(self):
        roles = published(self.scim, USER, "roles.value")
        self.assertEqual(roles["canonicalValues"], ["agent", "viewer"])
        for role in roles["canonicalValues"]:
            made = self.scim.new_user(f"r.{role}@desk.example", roles=[{"value": role}])
            self.assertEqual([r["value"] for r in made["roles"]], [role])

    def test_a_desk_attribute_is_writable_where_a_member_is(self):
        self.assertEqual(published(self.scim, DESK_USER, "desk")["mutability"], "readOnly")
        self.assertEqual(published(self.scim, DESK_USER, "desk.lastLogin")["mutability"],
                         "readOnly")
        self.assertEqual(published(self.scim, DESK_GROUP, "desk")["mutability"], "readWrite")
        group = self.scim.new_group("Describers")
        path = DESK_GROUP + ":desk.description"
        for wish in (op("add", path, "One"), op("replace", path, "Two"), op("remove", path)):
            now = self.scim.patch("Groups", group["id"], wish)
            told = now.get(DESK_GROUP, {}).get("desk", {}).get("description")
            self.assertEqual(told, wish.get("value"))


class Granted(Case):
    target = {"role.admin": "Chiefs"}

    def test_a_role_that_a_group_grants_is_published(self):
        roles = published(self.scim, USER, "roles.value")
        self.assertEqual(roles["canonicalValues"], ["admin", "agent", "viewer"])


if __name__ == "__main__":
    main()
