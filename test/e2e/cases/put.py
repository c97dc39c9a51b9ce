"""7. PUT (RFC 7644 section 3.5.1)."""
from cases.table import (ENTERPRISE, GROUP, STALE, U1, U2, U3, USER, Chapter, at, equal,
                         plain, true)

CASES = Chapter()


def put(id_, who, body, want=None, members=None, then=None):
    """PUT of `who`; want: {path: value after}; all of the body reads back."""
    def run(world):
        kind = "Users" if who.startswith("U") else "Groups"
        before = world.get(who)
        reply = world.t1.want(200, "PUT", f"/{kind}/{world.ids[who]}", body)
        now = reply.json
        equal(world.get(who), now, "GET answers what PUT answered")
        for path, value in (want or {}).items():
            equal(plain(at(now, path)), plain(world.fill(value)), path)
        equal((now["id"], now["meta"]["created"]), (before["id"], before["meta"]["created"]))
        if members is not None:
            equal(world.members(who), members.split(), "members")
        if then:
            then(world, before, now)
    CASES.case(id_, f"PUT {who}")(run)


def moved(_world, before, now):
    true(now["meta"]["lastModified"] > before["meta"]["lastModified"], "lastModified is later")
    true(now["meta"]["version"] != before["meta"]["version"], "a new ETag")


def without(body, *names):
    return {k: v for k, v in body.items() if k not in names}


put("PU-001", "U1", {**U1, "title": "Boss"},
    {"title": "Boss", "emails": U1["emails"], "name": U1["name"], "ENT": U1[ENTERPRISE],
     "externalId": "Ext-1", "displayName": "Babs"}, then=moved)
CASES.ask("PU-002", "PUT /Users/{UU}", 404, {**U1, "userName": "new1"})
put("PU-003", "U1", {**U1, "id": "{U2}", "groups": [], "meta": {"created": "2001-01-01T00:00:00Z"}},
    then=lambda world, _before, now: equal(
        (now["id"], [g["value"] for g in now["groups"]]), (world.ids["U1"], [world.ids["G1"]])))
put("PU-004", "U1", without(U1, "title", "emails"), {"title": None, "emails": None}, then=moved)
put("PU-005", "U3", without(U3, "active"), {"active": False})
CASES.ask("PU-006", "PUT /Users/{U1}", 400, without(U1, "userName"), error="invalidValue")
CASES.ask("PU-007", "PUT /Users/{U1}", 409, {**U1, "userName": "JSMITH"}, error="uniqueness")
put("PU-008", "U1", {**U1, "userName": "BJensen@example.com"},
    {"userName": "BJensen@example.com"})


@CASES.case("PU-009", "PUT of what GET gave changes nothing")
def same(world):
    for kind, who in (("Users", "U1"), ("Users", "U3"), ("Groups", "G1")):
        before = world.t1.want(200, "GET", f"/{kind}/{world.ids[who]}")
        calls = world.sim.last_call()
        reply = world.t1.want(200, "PUT", f"/{kind}/{world.ids[who]}", before.json)
        equal(reply.headers["ETag"], before.headers["ETag"], "ETag")
        equal(reply.json["meta"], before.json["meta"], "meta")
        equal([c for c in world.sim.calls(since=calls) if c["method"] != "GET"], [],
              "writes to the helpdesk")


put("PU-010", "U2", {**U2, "nickName": None}, {"nickName": None})
put("PU-011", "U1", without({**U1, "schemas": [USER]}, ENTERPRISE), {"ENT": None},
    then=lambda _w, _b, now: true(ENTERPRISE not in now["schemas"], "not in schemas"))


@CASES.case("PU-012", "PUT of a group with other members")
def members(world):
    world.t1.want(200, "PUT", "/Groups/{G1}", {"schemas": [GROUP], "displayName": "Tour Guides",
                                               "members": [{"value": "{U2}"}]})
    equal(world.members("G1"), ["U2"])
    equal(world.get("U1").get("groups"), None, "groups of U1")


put("PU-013", "G1", {"schemas": [GROUP], "displayName": "Tour Guides"}, {"members": None},
    members="", then=moved)


@CASES.case("PU-014", "If-Match: current, stale, *")
def if_match(world):
    tag = world.get("U1")["meta"]["version"]
    body = {**U1, "title": "One"}
    tag = world.t1.want(200, "PUT", "/Users/{U1}", body, {"If-Match": tag}).headers["ETag"]
    world.t1.error(412, "PUT", "/Users/{U1}", {**U1, "title": "Two"}, None, {"If-Match": STALE})
    equal((world.get("U1")["title"], world.get("U1")["meta"]["version"]), ("One", tag))
    world.t1.want(200, "PUT", "/Users/{U1}", {**U1, "title": "Three"}, {"If-Match": "*"})


put("PU-015", "U2", {**U2, "id": "{U2}", "groups": [], "meta": {"resourceType": "User"},
                     "emails": [{"type": "work", "value": "jsmith@example.org", "primary": True,
                                 "display": "jsmith@example.org"}]},
    {"emails": [{"type": "work", "value": "jsmith@example.org", "primary": True,
                 "display": "jsmith@example.org"}]})
put("PU-016", "U2", {**U2, "adreses": [{"type": "work", "locality": "Ulm"}]},
    {"adreses": None, "addresses": None})
