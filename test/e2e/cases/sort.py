"""6. Sort, projection, .search (RFC 7644 sections 3.4.2.3, 3.4.3, 3.9)."""
from harness import DESK_GROUP
from cases.table import (ENTERPRISE, LIST, SEARCH, Chapter, equal, patch_body, replace, true)

CASES = Chapter()
LEAST = ["id", "schemas"]


def order(*want):
    """Who comes in which order; ? is anybody."""
    def then(world, reply):
        have = world.names(reply.json["Resources"])
        equal(len(have), len(want), "how many")
        for i, name in enumerate(want):
            true(name in ("?", have[i]), f"{have} is {want}")
    return then


CASES.ask("SO-001", "GET /Users?sortBy=userName", 200, then=order("U1", "U2", "U3"))
CASES.ask("SO-002", "GET /Users?sortBy=title", 200, then=order("U1", "?", "?"))
CASES.ask("SO-003", "GET /Users?sortBy=title&sortOrder=descending", 200,
          then=order("?", "?", "U1"))


@CASES.case("SO-004", "sortBy=emails: by the primary, else the first")
def by_email(world):
    world.t1.patch("Users", world.ids["U2"], replace("emails", [
        {"type": "work", "value": "zz@x.example"},
        {"type": "home", "value": "aa@x.example", "primary": True}]))
    world.t1.patch("Users", world.ids["U3"], replace("emails", [
        {"type": "work", "value": "mm@x.example"}, {"type": "home", "value": "a@x.example"}]))
    order("U2", "U1", "U3")(world, world.t1.want(200, "GET", "/Users?sortBy=emails"))
    order("U3", "U1", "U2")(world, world.t1.want(
        200, "GET", "/Users?sortBy=emails&sortOrder=descending"))


CASES.ask("SO-005", "GET /Users?sortBy=name", 400, error="invalidValue")
CASES.ask("SO-006", "GET /Users?sortBy=userName&sortOrder=up", 400, error="invalidValue")
CASES.ask("SO-007", "GET /Users?sortBy=meta.created&sortOrder=descending", 200,
          then=order("U3", "U2", "U1"))


def only(*names):
    return lambda _world, reply: equal(sorted(reply.json), sorted([*LEAST, *names]), "members")


CASES.ask("PJ-001", "GET /Users/{U1}?attributes=userName", 200, then=only("userName"))
CASES.ask("PJ-002", "GET /Users/{U1}?attributes=NAME.givenname", 200,
          then=lambda _w, r: equal(r.json["name"], {"givenName": "Barbara"}))
CASES.ask("PJ-003", "GET /Users/{U1}?attributes=emails.value", 200,
          then=lambda _w, r: equal(sorted(e["value"] for e in r.json["emails"] if len(e) == 1),
                                   ["babs@jensen.org", "bjensen@example.com"]))
CASES.ask("PJ-004", "GET /Users/{U1}?attributes=password", 200, then=only())
CASES.ask("PJ-005", "GET /Users/{U1}?excludedAttributes=id,userName", 200,
          then=lambda w, r: equal((r.json["id"], r.json.get("userName")), (w.ids["U1"], None)))


@CASES.case("PJ-006", "excludedAttributes=emails.display,meta")
def excluded(world):
    whole = world.get("U1")
    body = world.t1.want(200, "GET", "/Users/{U1}?excludedAttributes=emails.display,meta").json
    whole.pop("meta")
    equal(body, whole, "everything else")


CASES.ask("PJ-007", "GET /Users/{U1}?attributes=userName&excludedAttributes=emails", 400,
          error="invalidValue")


@CASES.case("PJ-008", "attributes=ENT")
def extension(world):
    body = world.t1.want(200, "GET", "/Users/{U1}?attributes={ENT}").json
    equal(sorted(body), sorted([*LEAST, ENTERPRISE]), "members")
    true(ENTERPRISE in body["schemas"], "in schemas")
    equal(body[ENTERPRISE], world.get("U1")[ENTERPRISE], "the extension")


@CASES.case("PJ-009", "every attribute of the extension is excluded")
def hollow(world):
    body = world.t1.want(200, "GET", "/Users/{U1}?excludedAttributes="
                         "{ENT}:employeeNumber,{ENT}:department").json
    true(ENTERPRISE not in body and ENTERPRISE not in body["schemas"], "no extension")


CASES.ask("PJ-010", "GET /Users/{U1}?attributes=nonsense", 200, then=only())
CASES.ask("PJ-011", "GET /Groups/{G1}?excludedAttributes=members", 200, then=lambda _w, r: equal(
    sorted(r.json), sorted([*LEAST, "displayName", "meta", DESK_GROUP]), "no members"))


@CASES.case("PJ-012", "PATCH with attributes answers 200 with a body")
def patch(world):
    body = world.t1.want(200, "PATCH", "/Users/{U1}?attributes=title",
                         patch_body(replace("title", "Boss"))).json
    equal(sorted(body), sorted([*LEAST, "title"]), "members")
    equal(body["title"], "Boss")


@CASES.case("PJ-013", 'attributes=emails[type eq "work"]')
def bracketed(world):
    body = world.t1.want(200, "GET", "/Users/{U1}?attributes="
                         "emails%5Btype%20eq%20%22work%22%5D").json
    true(body["emails"], "e-mails")


def search(**more):
    return {"schemas": [SEARCH], **more}


@CASES.case("SR-001", "POST /Users/.search")
def by_body(world):
    body = world.t1.want(200, "POST", "/Users/.search", search(
        filter='userName sw "j"', attributes=["userName"], startIndex=1, count=10)).json
    equal((body["schemas"], body["totalResults"]), ([LIST], 1))
    equal((world.names(body["Resources"]), sorted(body["Resources"][0])),
          (["U2"], ["id", "schemas", "userName"]))


CASES.ask("SR-002", "POST /.search", 200, search(filter="displayName pr"),
          then=lambda w, r: equal(sorted(w.names(r.json["Resources"])), ["G1", "G2", "U1"]))
CASES.ask("SR-003", "POST /Users/.search", 400, {"filter": "userName pr"}, error="invalidSyntax")
CASES.ask("SR-004", "POST /Users/.search", 400, search(filter="userName is"),
          error="invalidFilter")


@CASES.case("SR-005", "a cursor in the body")
def cursor(world):
    page = world.t1.want(200, "POST", "/Users/.search", search(cursor="", count=1)).json
    true(page["nextCursor"], "nextCursor")
    again = world.t1.want(200, "POST", "/Users/.search",
                          search(cursor=page["nextCursor"], count=1)).json
    true(again["Resources"][0]["id"] != page["Resources"][0]["id"], "the next page")
