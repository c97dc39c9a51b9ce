"""10. Bulk (RFC 7644 section 3.7)."""
from cases.table import (ENTERPRISE, GROUP, STALE, U1, USER, UU, Chapter, equal, patch_body, replace,
                         true)

CASES = Chapter()
SERVER = {"max_body": "1m"}
REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def bulk(*operations, **more):
    return {"schemas": [REQUEST], "Operations": list(operations), **more}


def do(method, path, data=None, **more):
    one = {"method": method, "path": path, **more}
    return {**one, "data": data} if data is not None else one


def user(name, **more):
    return {"schemas": [USER], "userName": name, **more}


def group(name, *members):
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members]}


def run(world, *operations, **more):
    """The results, which are checked for what holds of all of them."""
    body = world.t1.want(200, "POST", "/Bulk", bulk(*operations, **more)).json
    equal(body["schemas"], [RESPONSE], "schemas")
    for sent, one in zip(operations, body["Operations"]):
        equal(one["method"].upper(), sent["method"].upper(), "method")
        equal(type(one["status"]), str, "status is a text")
        equal(one.get("bulkId"), sent.get("bulkId"), "bulkId")
        failed = not one["status"].startswith("2")
        equal("response" in one and "detail" in one["response"], failed, f"the error of {one}")
        if failed:
            equal(one["response"]["status"], one["status"], "the error's status")
        if not (failed and sent["method"] == "POST"):
            true(one["location"].startswith(world.t1.url), f"the location of {one}")
    return body["Operations"]


def statuses(results):
    return [one["status"] for one in results]


def made(world, result):
    return world.t1.get(result["location"][len(world.t1.url):])


def refused(result, status, scim_type=None):
    equal(result["status"], status, f"the status of {result}")
    if scim_type:
        equal(result["response"].get("scimType"), scim_type, "scimType")


@CASES.case("BU-001", "a user, and a group with it")
def pair(world):
    results = run(world, do("POST", "/Users", user("new1"), bulkId="a"),
                  do("POST", "/Groups", group("New", "bulkId:a"), bulkId="b"))
    equal(statuses(results), ["201", "201"])
    equal([m["value"] for m in made(world, results[1])["members"]],
          [made(world, results[0])["id"]], "member")


@CASES.case("BU-002", "the group first")
def forward(world):
    results = run(world, do("POST", "/Groups", group("New", "bulkId:a"), bulkId="b"),
                  do("POST", "/Users", user("new1"), bulkId="a"))
    equal(statuses(results), ["201", "201"])
    equal([m["value"] for m in made(world, results[0])["members"]],
          [made(world, results[1])["id"]], "member")


@CASES.case("BU-003", "two groups, each member of the other, where groups do not nest")
def circle(world):
    for one in run(world, do("POST", "/Groups", group("New A", "bulkId:b"), bulkId="a"),
                   do("POST", "/Groups", group("New B", "bulkId:a"), bulkId="b")):
        true(one["status"] in ("400", "409"), one)
    world.unchanged()


@CASES.case("BU-004", "a manager made in the same request")
def manager(world):
    results = run(world, do("POST", "/Users", user("new1"), bulkId="a"),
                  do("POST", "/Users", user("new2", **{ENTERPRISE: {
                      "manager": {"value": "bulkId:a"}}}), bulkId="b"))
    equal(made(world, results[1])[ENTERPRISE]["manager"]["value"], made(world, results[0])["id"])


@CASES.case("BU-005", "POST, PUT, PATCH, DELETE")
def mixed(world):
    results = run(world, do("POST", "/Users", user("new1"), bulkId="a"),
                  do("PUT", "/Users/{U1}", {**U1, "title": "Boss"}),
                  do("PATCH", "/Users/{U2}", patch_body(replace("title", "Aide"))),
                  do("DELETE", "/Users/{U3}"))
    true(statuses(results) in (["201", "200", "200", "204"], ["201", "200", "204", "204"]),
         statuses(results))
    equal((world.get("U1")["title"], world.get("U2")["title"]), ("Boss", "Aide"))
    world.t1.error(404, "GET", "/Users/{U3}")


FAILS = do("POST", "/Users", user("jsmith"), bulkId="a")
WORKS = do("POST", "/Users", user("new1"), bulkId="b")


@CASES.case("BU-006", "failOnErrors 1")
def stop(world):
    results = run(world, FAILS, WORKS, failOnErrors=1)
    equal(statuses(results), ["409"])
    world.unchanged()


@CASES.case("BU-007", "no failOnErrors")
def go_on(world):
    equal(statuses(run(world, FAILS, WORKS)), ["409", "201"])


@CASES.case("BU-008", "an operation with a stale version")
def version(world):
    results = run(world, do("DELETE", "/Users/{U1}", version=STALE), WORKS)
    equal(statuses(results), ["412", "201"])
    world.get("U1")


@CASES.case("BU-009", "one operation too many")
def too_many(world):
    limit = world.t1.get("/ServiceProviderConfig")["bulk"]["maxOperations"]
    reply = world.t1.error(413, "POST", "/Bulk", bulk(*[
        do("DELETE", "/Users/{U1}")] * (limit + 1)))
    true(str(limit) in reply.json["detail"], "the detail names the limit")
    world.unchanged()


@CASES.case("BU-010", "a body above maxPayloadSize")
def too_large(world):
    limit = world.t1.get("/ServiceProviderConfig")["bulk"]["maxPayloadSize"]
    world.t1.error(413, "POST", "/Bulk", bulk(
        do("POST", "/Users", user("new1", title="x" * limit), bulkId="a")))
    world.unchanged()


def one_refused(id_, what, operation, status="400", scim_type="invalidSyntax"):
    """That operation fails; another one in the same request is done."""
    @CASES.case(id_, what)
    def check(world):
        first, second = run(world, operation, WORKS)
        refused(first, status, scim_type)
        equal(second["status"], "201", "the other one")


one_refused("BU-011", "POST without bulkId", do("POST", "/Users", user("new2")))
one_refused("BU-012", "an unknown bulkId", do("POST", "/Groups", group("New", "bulkId:none"),
                                              bulkId="g"), scim_type="invalidValue")


@CASES.case("BU-013", "the bulkId of a POST that failed")
def failed_reference(world):
    results = run(world, FAILS, do("POST", "/Groups", group("New", "bulkId:a"), bulkId="g"))
    refused(results[1], "400", "invalidValue")
    world.unchanged()


one_refused("BU-014", "method GET", do("GET", "/Users/{U1}"))


@CASES.case("BU-015", "a POST that failed has no location")
def no_location(world):
    result = run(world, FAILS)[0]
    equal(sorted(result), ["bulkId", "method", "response", "status"], "its members")


@CASES.case("BU-016", "DELETE of nobody")
def nobody(world):
    result = run(world, do("DELETE", "/Users/{UU}"))[0]
    equal((result["status"], result["location"]), ("404", f"{world.t1.url}/Users/{UU}"))


@CASES.case("BU-017", "a bulkId in a path")
def in_path(world):
    results = run(world, do("POST", "/Users", user("new1"), bulkId="a"),
                  do("PATCH", "/Users/bulkId:a", patch_body(replace("title", "Boss"))))
    equal(made(world, results[0])["title"], "Boss")


CASES.ask("BU-018", "POST /Bulk", 400, {"schemas": [USER], "Operations": []},
          error="invalidSyntax")
