"""1. Transport, authentication, versions (RFC 7644 sections 2, 3.8, 3.12, 3.13)."""
import json

from harness import Scim, call, check_error
from cases.table import LIST, USER, Chapter, equal, true

CASES = Chapter()
SERVER = {"max_body": "256k"}
NEW = {"schemas": [USER], "userName": "new1"}


def header(name, *parts, lacks=()):
    def then(_world, reply):
        value = reply.headers.get(name) or ""
        for part in parts:
            true(part in value, f"{name}: {value} holds {part}")
        for part in lacks:
            true(part not in value, f"{name}: {value} lacks {part}")
    return then


def like_all(world, reply):
    equal(reply.json["Resources"], world.t1.get("/Users")["Resources"], "the list of all users")


CASES.ask("T-001", "GET /Users", 401, headers={"Authorization": None},
          then=header("WWW-Authenticate", "Bearer", lacks=["error"]))
CASES.ask("T-002", "GET /Users", 401, headers={"Authorization": "Bearer nobody-has-this"},
          then=header("WWW-Authenticate", "Bearer", 'error="invalid_token"'))
CASES.ask("T-003", "GET /Users", 401, headers={"Authorization": "Basic dTpw"},
          then=header("WWW-Authenticate", "Bearer"))
CASES.ask("T-004", "GET /ServiceProviderConfig", 200, headers={"Authorization": None})
CASES.ask("T-005", "GET /nowhere", 404)
CASES.ask("T-006", "DELETE /Users", 405, then=header("Allow", "GET", "POST"))


@CASES.case("T-007", "GET /scim/v1/Users")
def another_version(world):
    for version in ("v1", "v3"):
        Scim(world.bridge.root + "/scim/" + version, world.t1.token).error(
            400, "GET", "/Users", None, "invalidVers")


@CASES.case("T-008", "GET /scim/Users is as with the version, or not there")
def no_version(world):
    reply = Scim(world.bridge.root + "/scim", world.t1.token).raw("GET", "/Users")
    if reply.status != 404:
        equal(reply.status, 200, "without version")
        equal(reply.json, world.t1.get("/Users"), "without version")


CASES.ask("T-009", "GET /Users/{U1}", 200, headers={"Accept": "application/json"},
          then=header("Content-Type", "application/json"))
CASES.ask("T-010", "POST /Users", 201, NEW,
          headers={"Content-Type": "application/json; charset=utf-8"})
CASES.ask("T-011", "POST /Users", 415, NEW, headers={"Content-Type": "text/xml"})
CASES.ask("T-012", "POST /Users", 400, b'{"userName":', error="invalidSyntax")
CASES.ask("T-013", "POST /Users", 400, b"[]", error="invalidSyntax")
CASES.ask("T-014", "POST /Users", 400,
          b'{"schemas":["%s"],"userName":"a\xffb"}' % USER.encode(), error="invalidSyntax")
CASES.ask("T-015", "POST /Users", 400,
          f'{{"schemas":["{USER}"],"userName":"a1","userName":"a2"}}', error="invalidSyntax")
CASES.ask("T-016", "GET /Users?foo=bar", 200, then=like_all)
CASES.ask("T-017", "GET /Users/", 200, then=like_all)
CASES.ask("T-018", "GET /Me", 501)


@CASES.case("T-019", "body above the size limit")
def too_large(world):
    body = json.dumps({**NEW, "title": "x" * 300000})
    world.t1.error(413, "POST", "/Users", body)
    world.unchanged()


@CASES.case("T-020", "JSON nested 10,000 deep")
def too_deep(world):
    for left, right in (('{"a":', "}"), ("[", "]")):
        deep = left * 10000 + "1" + right * 10000
        reply = call(world.t1.url, "POST", "/Users",
                     f'{{"schemas":["{USER}"],"userName":"deep","title":{deep}}}',
                     {"Authorization": "Bearer " + world.t1.token,
                      "Content-Type": "application/scim+json"})
        check_error(reply, 400)
    equal(world.t1.get("/Users")["schemas"], [LIST], "the process lives")
    world.unchanged()
