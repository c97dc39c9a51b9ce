"""3. Create (RFC 7644 section 3.3)."""
import unicodedata

from cases.table import (ABSENT, ENTERPRISE, GROUP, USER, UU, Chapter, at, equal, plain, true)

CASES = Chapter()
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def user(**more):
    return {"schemas": [USER], "userName": "new1", **more}


def has(**want):
    """What the answer holds, which a GET repeats; ABSENT: it does not."""
    def then(world, reply):
        body = reply.json
        for path, value in want.items():
            path = path.replace("__", ".")
            equal(plain(at(body, path)), plain(world.fill(value)), path)
        equal(world.t1.get("/Users/" + body["id"]), body, "GET answers what POST answered")
    return then


@CASES.case("CR-001", "the least that makes a user")
def least(world):
    reply = world.t1.want(201, "POST", "/Users", user())
    body = reply.json
    equal(reply.headers["Location"], body["meta"]["location"], "Location")
    true(body["id"] and "bulkId" not in body["id"], "an id")
    equal(body["meta"]["created"], body["meta"]["lastModified"], "created is lastModified")
    equal((body["meta"]["resourceType"], body["active"]), ("User", True))
    true(body["meta"]["location"].startswith(world.t1.url + "/Users/"), "an absolute location")


@CASES.case("CR-002", "what is read only is ignored")
def read_only(world):
    body = world.t1.post("Users", user(id="mine", groups=[{"value": "{G1}"}], meta={
        "created": "2001-01-01T00:00:00Z", "location": "http://x.example/", "version": "W/\"9\"",
        "resourceType": "Chair"}))
    true(body["id"] != "mine", "an id of its own")
    equal((body.get("groups"), body["meta"]["resourceType"]), (None, "User"))
    true(body["meta"]["created"] > "2020", "created is now")


CASES.ask("CR-003", "POST /Users", 409, user(userName="BJENSEN@example.COM"), error="uniqueness")
CASES.ask("CR-004", "POST /Users", 409, user(userName="åSA"), error="uniqueness")
CASES.ask("CR-005", "POST /Users", 409, user(userName=unicodedata.normalize("NFD", "Åsa")),
          error="uniqueness")
CASES.ask("CR-006", "POST /Users", 400, {"schemas": [USER], "displayName": "X"},
          error="invalidValue")
CASES.ask("CR-007", "POST /Users", 400, user(userName=""), error="invalidValue")
CASES.ask("CR-008", "POST /Users", 400, user(userName=5), error="invalidValue")
CASES.ask("CR-009", "POST /Users", 400, {"userName": "new1"}, error="invalidSyntax")
CASES.ask("CR-010", "POST /Users", 201, user(schemas=[USER, "urn:foreign:1"]),
          then=lambda _w, r: true("urn:foreign:1" not in r.json["schemas"], "not returned"))
CASES.ask("CR-011", "POST /Users", 201, user(shoeSize=44), then=has(shoeSize=ABSENT))
CASES.ask("CR-012", "POST /Users", 201, {"schemas": [USER], "USERNAME": "new2"},
          then=has(userName="new2", USERNAME=ABSENT))


@CASES.case("CR-013", "a password is never returned")
def password(world):
    reply = world.t1.want(201, "POST", "/Users", user(password="S3cret!"))
    again = world.t1.want(200, "GET", f"/Users/{reply.json['id']}?attributes=password")
    found = world.t1.want(200, "GET", "/Users?attributes=password,userName")
    for one in (reply, again, found):
        true("S3cret" not in one.text and "password" not in one.text, "no password")
    true("S3cret" not in world.bridge.log(), "no password in the log")


def extended(world, reply):
    has(**{"ENT": {"department": "Care"}})(world, reply)
    true(ENTERPRISE in reply.json["schemas"], "the extension stands in schemas")


CASES.ask("CR-014", "POST /Users", 201, user(schemas=[USER, ENTERPRISE],
                                            **{ENTERPRISE: {"department": "Care"}}),
          then=extended)
CASES.ask("CR-015", "POST /Users", 201, user(**{ENTERPRISE: {"department": "Care"}}),
          then=extended)
CASES.ask("CR-016", "POST /Users", 201, user(schemas=[USER, ENTERPRISE]),
          then=lambda _w, r: true(ENTERPRISE not in r.json["schemas"], "not in schemas"))
CASES.ask("CR-017", "POST /Users", 400, user(emails=[{"value": "a@x.example", "primary": True},
                                                     {"value": "b@x.example", "primary": True}]),
          error="invalidValue")
CASES.ask("CR-018", "POST /Users", 400, user(emails={"value": "a@x.example"}),
          error="invalidValue")
CASES.ask("CR-019", "POST /Users", 201, user(title=None, emails=[]),
          then=has(title=ABSENT, emails=ABSENT))
CASES.ask("CR-020", "POST /Users", 201, user(active="True"), then=has(active=True))
CASES.ask("CR-021", "POST /Users", 201, user(externalId="Ext-1"), then=has(externalId="Ext-1"))
CASES.ask("CR-022", "POST /Users?attributes=userName", 201, user(title="T"),
          then=lambda _w, r: equal(sorted(r.json), ["id", "schemas", "userName"], "projection"))


@CASES.case("CR-023", "a group with a member")
def group(world):
    body = world.t1.post("Groups", {"schemas": [GROUP], "displayName": "New",
                                    "members": [{"value": "{U2}"}]})
    member = body["members"][0]
    equal((len(body["members"]), member["value"], member["$ref"], member["type"]),
          (1, world.ids["U2"], f"{world.t1.url}/Users/{world.ids['U2']}", "User"), "member")


CASES.ask("CR-024", "POST /Groups", 400, {"schemas": [GROUP]}, error="invalidValue")
CASES.ask("CR-025", "POST /Groups", 400, {"schemas": [GROUP], "displayName": "New",
                                          "members": [{"value": UU}]}, error="invalidValue",
          then=lambda _w, r: true(UU in r.json["detail"], "the detail names it"))
CASES.ask("CR-026", "POST /Groups", 409, {"schemas": [GROUP], "displayName": "tour guides"},
          error="uniqueness")
CASES.ask("CR-027", "POST /Groups", 201, {"schemas": [GROUP, ADSCIM], "displayName": "New"},
          then=lambda _w, r: true(ADSCIM not in r.json["schemas"], "not returned"))
CASES.ask("CR-028", "POST /Users", 400, user(x509Certificates=[{"value": "no base64!"}]),
          error="invalidValue")
CASES.ask("CR-029", "POST /Users/{U1}", 405, user())


@CASES.case("CR-030", "a manager; displayName is read only, $ref is filled")
def manager(world):
    body = world.t1.post("Users", user(**{ENTERPRISE: {"manager": {
        "value": "{U2}", "displayName": "X"}}}))
    boss = body[ENTERPRISE]["manager"]
    equal((boss["value"], boss["$ref"]),
          (world.ids["U2"], f"{world.t1.url}/Users/{world.ids['U2']}"), "manager")
    true(boss.get("displayName") != "X", "displayName is not the client's")
