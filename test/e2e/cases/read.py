"""4. Read and list (RFC 7644 section 3.4, RFC 9865)."""
import re
import urllib.parse

from harness import PATIENCE, wait_until
from cases.table import LIST, Chapter, equal, true

CASES = Chapter()
SERVER = {"max_page": "100", "cursor_timeout": f"{1 + PATIENCE}s"}


@CASES.case("RD-001", "GET of a user")
def one(world):
    reply = world.t1.want(200, "GET", "/Users/{U1}")
    equal(reply.headers["ETag"], reply.json["meta"]["version"], "ETag")
    true("password" not in reply.json, "no password")
    equal(reply.json["userName"], "bjensen@Example.com", "spelled as it was sent")


CASES.ask("RD-002", "GET /Users/{UU}", 404)


@CASES.case("RD-003", "an id in another case is another id")
def other_case(world):
    other = world.ids["U1"].upper()
    true(other != world.ids["U1"], "an id with letters")
    world.t1.error(404, "GET", "/Users/" + other)


CASES.ask("RD-004", "GET /Users/{G1}", 404)
CASES.ask("RD-005", "GET /Users/{U3}", 200, then=lambda _w, r: equal(r.json["active"], False))


@CASES.case("RD-006", "the groups of a user")
def groups(world):
    equal(world.get("U1")["groups"],
          [{"value": world.ids["G1"], "$ref": f"{world.t1.url}/Groups/{world.ids['G1']}",
            "display": "Tour Guides", "type": "direct"}], "groups")


def page(names, start=1, total=3):
    """A page of so many users. names: how many, or who."""
    def then(world, reply):
        body = reply.json
        count = len(names.split()) if isinstance(names, str) else names
        equal(body["schemas"], [LIST], "schemas")
        equal((body["totalResults"], body["startIndex"], body["itemsPerPage"]),
              (total, start, count), "totalResults, startIndex, itemsPerPage")
        equal(len(body["Resources"]), count, "resources")
        for number in ("totalResults", "startIndex", "itemsPerPage"):
            equal(type(body[number]), int, number)
    return then


CASES.ask("RD-007", "GET /Users", 200, then=page(3))


@CASES.case("RD-008", "no users")
def nobody(world):
    world.clear()
    body = world.t1.get("/Users")
    equal((body["totalResults"], body["Resources"]), (0, []), "an empty list")


CASES.ask("RD-009", "GET /Users?startIndex=0&count=2", 200, then=page(2))
CASES.ask("RD-010", "GET /Users?startIndex=-5", 200, then=page(3))
CASES.ask("RD-011", "GET /Users?count=0", 200, then=page(0))
CASES.ask("RD-012", "GET /Users?count=-1", 200, then=page(0))
CASES.ask("RD-013", "GET /Users?startIndex=3&count=2", 200, then=page(1, start=3))
CASES.ask("RD-014", "GET /Users?startIndex=99", 200, then=page(0, start=99))


@CASES.case("RD-015", "count=100000 is cut to the advertised limit")
def at_most(world):
    limit = world.t1.get("/ServiceProviderConfig")["filter"]["maxResults"]
    equal(limit, 100, "as configured")
    world.crowd(limit + 2)
    page(limit, total=limit + 2)(world, world.t1.want(200, "GET", "/Users?count=100000"))


CASES.ask("RD-016", "GET /Users?count=abc", 400, error="invalidValue")


@CASES.case("RD-017", "250 users in pages of 100")
def walk(world):
    world.crowd(250)
    pages = [world.t1.find("Users", startIndex=start, count=100) for start in (1, 101, 201)]
    equal([len(p["Resources"]) for p in pages], [100, 100, 50], "sizes of the pages")
    equal(len({u["id"] for p in pages for u in p["Resources"]}), 250, "each once")


@CASES.case("RD-018", "GET of the base URL")
def root(world):
    reply = world.t1.raw("GET", "/")
    if reply.status != 501:
        equal(reply.status, 200, "the root")
        equal(sorted(world.names(reply.json["Resources"])), ["G1", "G2", "U1", "U2", "U3"])


# ---- cursors (RFC 9865) -------------------------------------------------------------

def first(world, query="cursor=&count=2", client=None):
    return (client or world.t1).get("/Users?" + query)


@CASES.case("RD-019", "pages by cursor")
def cursor(world):
    page_1 = first(world)
    true("nextCursor" in page_1 and "previousCursor" not in page_1, "the first page")
    last = first(world, "cursor=" + page_1["nextCursor"] + "&count=2")
    true("nextCursor" not in last, "the last page")
    ids = [u["id"] for p in (page_1, last) for u in p["Resources"]]
    equal(sorted(ids), sorted(world.ids[n] for n in ("U1", "U2", "U3")), "each once")
    true(first(world, "cursor&count=2")["nextCursor"], "cursor without =")


CASES.ask("RD-020", "GET /Users?cursor=garbage", 400, error="invalidCursor")


@CASES.case("RD-021", "a cursor that is too old")
def expired(world):
    timeout = world.t1.get("/ServiceProviderConfig")["pagination"]["cursorTimeout"]
    equal(timeout, 1 + PATIENCE, "as configured")
    path = f"/Users?cursor={first(world)['nextCursor']}&count=2"
    world.t1.want(200, "GET", path)
    wait_until(lambda: world.t1.raw("GET", path).status != 200, "the cursor was too old")
    world.t1.error(400, "GET", path, None, "expiredCursor")


@CASES.case("RD-022", "nextCursor with another count")
def other_count(world):
    world.t1.error(400, "GET", f"/Users?cursor={first(world)['nextCursor']}&count=1", None,
                   "invalidCount")


@CASES.case("RD-023", "nextCursor with another filter")
def other_filter(world):
    text = urllib.parse.quote('userName pr')
    world.t1.error(400, "GET", f"/Users?cursor={first(world)['nextCursor']}&count=2"
                   f"&filter={text}", None, "invalidCursor")


@CASES.case("RD-024", "a cursor of tenant 1 with T2")
def other_tenant(world):
    theirs = world.t2.error(400, "GET", f"/Users?cursor={first(world)['nextCursor']}&count=2",
                            None, "invalidCursor")
    none = world.t2.error(400, "GET", "/Users?cursor=garbage&count=2", None, "invalidCursor")
    equal(theirs.json["detail"], none.json["detail"], "the same text")


@CASES.case("RD-025", "the characters of a cursor")
def unreserved(world):
    true(re.fullmatch(r"[A-Za-z0-9._~-]+", first(world)["nextCursor"]), "unreserved characters")


@CASES.case("RD-026", "HEAD of a user")
def head(world):
    get = world.t1.want(200, "GET", "/Users/{U1}")
    reply = world.t1.want(200, "HEAD", "/Users/{U1}")
    equal(reply.body, b"", "no body")
    for name in ("Content-Type", "ETag", "Content-Length"):
        equal(reply.headers.get(name), get.headers.get(name), name)

