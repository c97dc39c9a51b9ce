"""9. DELETE and tombstones (RFC 7644 section 3.6)."""
from cases.table import DESK_USER, STALE, U1, Chapter, equal, patch_body, replace, true

CASES = Chapter()


@CASES.case("DE-001", "DELETE of a user")
def delete(world):
    equal(world.t1.want(204, "DELETE", "/Users/{U1}").body, b"", "no body")


def gone(world):
    world.t1.delete("Users", world.ids["U1"])


@CASES.case("DE-002", "then everything on it is 404")
def not_found(world):
    gone(world)
    for method, body in (("GET", None), ("PUT", U1), ("PATCH", patch_body(replace("title", "x"))),
                         ("DELETE", None)):
        world.t1.error(404, method, "/Users/{U1}", body)


@CASES.case("DE-003", "then nobody finds it")
def not_listed(world):
    gone(world)
    equal(sorted(world.names(world.t1.all("Users"))), ["U2", "U3"])
    equal(world.t1.filter("Users", 'userName eq "bjensen@example.com"'), [])


@CASES.case("DE-004", "then it is in no group, and the group has changed")
def no_member(world):
    before = world.get("G1")["meta"]
    gone(world)
    equal(world.members("G1"), [])
    now = world.get("G1")["meta"]
    true(now["lastModified"] > before["lastModified"], "lastModified is later")
    true(now["version"] != before["version"], "another version")


@CASES.case("DE-005", "then the userName is free, for another id")
def again(world):
    gone(world)
    true(world.t1.post("Users", U1)["id"] != world.ids["U1"], "another id")


CASES.ask("DE-006", "DELETE /Users/{U1}", 412, headers={"If-Match": STALE})


@CASES.case("DE-007", "DELETE of a group leaves its members")
def group(world):
    world.t1.want(204, "DELETE", "/Groups/{G1}")
    world.t1.error(404, "GET", "/Groups/{G1}")
    equal(world.get("U1").get("groups"), None, "groups of U1")


def hide(world, how):
    """U1 is deactivated, and the helpdesk no longer lists it, or no longer
    has it at all."""
    world.t1.patch("Users", world.ids["U1"], replace("active", False))
    world.sim.set(hide_inactive=how)
    world.bridge.sync()
    return world.get("U1")


@CASES.case("DE-008", "a deactivated user whom the helpdesk hides", odd=True)
def tombstone(world):
    for how in ("lists", "gone"):
        world.restore()
        equal(hide(world, how)["active"], False, how)
        equal(world.names(world.t1.filter("Users", 'userName eq "bjensen@example.com"')), ["U1"])
        equal(world.names(world.t1.filter("Users", 'active eq false and title pr')), ["U1"])


@CASES.case("DE-009", "and is activated again", odd=True)
def revived(world):
    for how in ("lists", "gone"):
        world.restore()
        before = hide(world, how)
        now = world.t1.patch("Users", world.ids["U1"], replace("active", True))
        equal((now["id"], now["active"], now["externalId"]), (before["id"], True, "Ext-1"), how)
        equal([g["value"] for g in now.get("groups", [])], [world.ids["G1"]], "groups")
        equal(now[DESK_USER]["state"], "linked", "state")
        team = next(t for t in world.sim.table("teams") if t["name"] == "Tour Guides")
        true(int(now[DESK_USER]["upstreamId"]) in team["member_ids"], "the helpdesk's team")


CASES.ask("DE-010", "POST /Users", 409, {"schemas": U1["schemas"], "userName": "åsa"},
          error="uniqueness")
