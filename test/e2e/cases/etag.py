"""11. ETag, tenancy, failures of the helpdesk (RFC 7644 sections 3.14, 6)."""
import threading

from harness import Scim, wait_until
from cases.table import (DESK_USER, GROUP, LIST, SEARCH, STALE, U1, USER, Chapter, add, equal,
                         patch_body, replace, true)

CASES = Chapter()
NEW = {"schemas": [USER], "userName": "new1"}


@CASES.case("ET-001", "If-None-Match with the current tag")
def not_modified(world):
    tag = world.get("U1")["meta"]["version"]
    reply = world.t1.want(304, "GET", "/Users/{U1}", headers={"If-None-Match": tag})
    equal((reply.body, reply.headers["ETag"]), (b"", tag))


@CASES.case("ET-002", "If-None-Match: stale; a list with the current tag")
def lists(world):
    tag = world.get("U1")["meta"]["version"]
    world.t1.want(200, "GET", "/Users/{U1}", headers={"If-None-Match": STALE})
    world.t1.want(304, "GET", "/Users/{U1}", headers={"If-None-Match": f'{STALE}, {tag}'})
    world.t1.want(304, "GET", "/Users/{U1}", headers={"If-None-Match": "*"})


@CASES.case("ET-003", 'If-Match: "x" is W/"x"; a list that holds it')
def weak(world):
    tag = world.get("U1")["meta"]["version"]
    strong = tag[2:] if tag.startswith("W/") else "W/" + tag
    body = patch_body(replace("title", "One"))
    world.t1.error(412, "PATCH", "/Users/{U1}", body, None, {"If-Match": STALE})
    reply = world.t1.raw("PATCH", "/Users/{U1}", body, {"If-Match": strong})
    true(reply.status in (200, 204), reply)
    tag = world.get("U1")["meta"]["version"]
    reply = world.t1.raw("PATCH", "/Users/{U1}", patch_body(replace("title", "Two")),
                         {"If-Match": f'"other", {tag}'})
    true(reply.status in (200, 204), reply)


@CASES.case("ET-004", "two PUTs at once with the same If-Match")
def race(world):
    world.sim.set(latency_ms=50)
    tag = world.get("U1")["meta"]["version"]
    got, start = [], threading.Barrier(2)

    def put(name):
        start.wait()
        got.append(world.t1.raw("PUT", "/Users/{U1}", {**U1, "displayName": name},
                                {"If-Match": tag}).status)
    threads = [threading.Thread(target=put, args=[name]) for name in ("One", "Two")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    equal(sorted(got), [200, 412], "their statuses")


@CASES.case("ET-005", "a user who joins a group has another ETag")
def join(world):
    before = world.get("U1")["meta"]["version"]
    world.t1.patch("Groups", world.ids["G2"], add("members", [{"value": world.ids["U1"]}]))
    now = world.get("U1")
    equal(sorted(world.names([{"id": g["value"]} for g in now["groups"]])), ["G1", "G2"])
    true(now["meta"]["version"] != before, "another ETag")


# ---- two tenants ----------------------------------------------------------------------

@CASES.case("MT-001", "a user of tenant 1 with T2")
def foreign(world):
    for method, body in (("GET", None), ("PUT", U1), ("PATCH", patch_body(replace("title", "x"))),
                         ("DELETE", None)):
        world.t2.error(404, method, "/Users/{U1}", body)
    world.unchanged()


@CASES.case("MT-002", "the userName of tenant 1's user with T2")
def same_name(world):
    true(world.t2.post("Users", U1)["id"] != world.ids["U1"], "another id")
    world.unchanged()


@CASES.case("MT-003", "T2 never sees tenant 1")
def unseen(world):
    for path in ("/Users", "/Groups", "/Users?filter=userName%20pr", "/"):
        reply = world.t2.raw("GET", path)
        true(reply.status == 501 or reply.json["totalResults"] == 0, reply)
    for path in ("/Users/.search", "/.search"):
        body = world.t2.want(200, "POST", path, {"schemas": [SEARCH], "filter": "id pr"}).json
        equal((body["schemas"], body["totalResults"]), ([LIST], 0))


@CASES.case("MT-004", "T2 adds tenant 1's user to a group")
def foreign_member(world):
    world.t2.error(400, "POST", "/Groups", {"schemas": [GROUP], "displayName": "New",
                                            "members": [{"value": "{U1}"}]}, "invalidValue")
    equal(world.t2.get("/Groups")["totalResults"], 0)


@CASES.case("MT-005", "a token of tenant 1 on tenant 2's URL")
def foreign_url(world):
    theirs = Scim(world.t2.url, world.t1.token)
    for path in ("/Users", "/Users/" + world.ids["U1"]):
        true(theirs.raw("GET", path).status in (403, 404), path)


# ---- the helpdesk fails ---------------------------------------------------------------

def nobody_was_made(world):
    world.sim.no_faults()
    equal([u["login"] for u in world.sim.users() if u["login"] == "new1"], [], "in the helpdesk")
    equal(world.t1.filter("Users", 'userName eq "new1"'), [])
    world.unchanged()


@CASES.case("TF-002", "the helpdesk times out on create")
def timeout(world):
    for kind in ("hang", "drop_after"):
        world.sim.fault(kind, {"operation": "users.create"}, count=1)
        first = world.t1.raw("POST", "/Users", NEW)
        true(first.status in (201, 503, 504), f"{kind}: {first}")
        world.sim.no_faults()
        again = wait_until(lambda: settled(world), "the repeated POST was answered")
        equal(again.status, 409 if first.status == 201 else 201, f"{kind}: the repeated POST")
        equal(len([u for u in world.sim.users() if u["login"] == "new1"]), 1, "accounts")
        found = world.t1.filter("Users", 'userName eq "new1"')
        equal(len(found), 1, "resources")
        world.t1.delete("Users", found[0]["id"])


def settled(world):
    """The answer of a POST, once the helpdesk is trusted again."""
    reply = world.t1.raw("POST", "/Users", NEW)
    return reply if reply.status not in (503, 504) else None


@CASES.case("TF-003", "the helpdesk does not take the bridge's token")
def unauthorized(world):
    world.sim.set(token="another")
    reply = world.t1.raw("POST", "/Users", NEW)
    true(reply.status in (502, 503), reply)
    true("WWW-Authenticate" not in reply.headers, "the client's token is fine")
    world.sim.set(token="sim-token")
    nobody_was_made(world)


@CASES.case("TF-004", "the helpdesk refuses the role")
def role(world):
    world.sim.fault("status", {"operation": "users.update"}, status=422, count=0,
                    body={"error": "No Admins today.", "field": "role"})
    reply = world.t1.error(400, "PATCH", "/Users/{U1}", patch_body(
        replace("roles", [{"value": "Admin", "primary": True}])), "invalidValue")
    true("No Admins today" in reply.json["detail"], "the helpdesk's reason")
    world.unchanged()


@CASES.case("TF-005", "the helpdesk has no seats left")
def seats(world):
    world.sim.fault("status", {"operation": "users.create"}, status=402, count=0,
                    body={"error": "All 3 seats are taken."})
    reply = world.t1.raw("POST", "/Users", NEW)
    true(reply.status in (400, 403), reply)
    true("seat" in reply.json["detail"], reply)
    nobody_was_made(world)


@CASES.case("TF-006", "a user is deleted by hand in the helpdesk, then PATCHed")
def by_hand(world):
    upstream = world.get("U1")[DESK_USER]["upstreamId"]
    equal(world.sim.api_call("DELETE", "/users/" + upstream).status, 204)
    now = world.t1.patch("Users", world.ids["U1"], replace("displayName", "Barb"))
    equal((now["id"], now["active"]), (world.ids["U1"], False), "a tombstone")
    equal(now[DESK_USER]["state"], "tombstone", "state")
    now = world.t1.patch("Users", world.ids["U1"], replace("active", True))
    equal((now["id"], now["active"], now[DESK_USER]["state"]),
          (world.ids["U1"], True, "linked"))
    equal(len([u for u in world.sim.users() if u["login"] == "bjensen@Example.com"]), 1)


CASES.ask("EV-001", "POST /Users", 201, NEW, headers={"Prefer": "respond-async"})


# The last one here: the bridge then calls the helpdesk no more for 30 seconds.
@CASES.case("TF-001", "the helpdesk answers 429, Retry-After 30")
def throttled(world):
    world.sim.fault("status", {"operation": "users.create"}, status=429, count=0,
                    headers={"Retry-After": "30"}, body={"error": "Slow down."})
    reply = world.t1.error(429, "POST", "/Users", NEW)
    true(0 < int(reply.headers["Retry-After"]) <= 30, "Retry-After")
    nobody_was_made(world)
