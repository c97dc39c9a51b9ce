"""2. Discovery (RFC 7643 sections 5 to 8, RFC 7644 section 4)."""
from harness import DESK_GROUP
from cases.table import (DESK_USER, ENTERPRISE, GROUP, LIST, USER, Chapter, Client, at, equal,
                         true)

CASES = Chapter()
META = "urn:ietf:params:scim:schemas:core:2.0:"
TYPES = ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex")
MEMBERS = {"patch.supported": bool, "bulk.supported": bool, "bulk.maxOperations": int,
           "bulk.maxPayloadSize": int, "filter.supported": bool, "filter.maxResults": int,
           "changePassword.supported": bool, "sort.supported": bool, "etag.supported": bool,
           "authenticationSchemes": list}
SCHEMES = ("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest")
# RFC 7643 sections 4 and 8.7.1: path, characteristic, value.
TABLE = (
    (USER, "userName", "required", True), (USER, "userName", "uniqueness", "server"),
    (USER, "userName", "caseExact", False), (USER, "password", "mutability", "writeOnly"),
    (USER, "password", "returned", "never"), (USER, "groups", "mutability", "readOnly"),
    (USER, "groups.value", "mutability", "readOnly"), (USER, "active", "type", "boolean"),
    (USER, "emails", "multiValued", True), (USER, "emails.primary", "type", "boolean"),
    (USER, "emails.type", "canonicalValues", ["work", "home", "other"]),
    (USER, "x509Certificates.value", "type", "binary"), (USER, "photos.value", "type", "reference"),
    (USER, "profileUrl", "type", "reference"), (USER, "profileUrl", "caseExact", True),
    (USER, "name", "type", "complex"), (USER, "name.givenName", "mutability", "readWrite"),
    (GROUP, "displayName", "required", True), (GROUP, "members", "multiValued", True),
    (GROUP, "members.value", "mutability", "immutable"),
    (GROUP, "members.$ref", "mutability", "immutable"),
    (GROUP, "members.type", "mutability", "immutable"),
    (GROUP, "members.value", "caseExact", True),
    (ENTERPRISE, "employeeNumber", "mutability", "readWrite"),
    (ENTERPRISE, "manager.value", "caseExact", True),
    (ENTERPRISE, "manager.$ref", "type", "reference"),
    (ENTERPRISE, "manager.displayName", "mutability", "readOnly"),
)


def config(_world, reply):
    body = reply.json
    equal(body["schemas"], [META + "ServiceProviderConfig"], "schemas")
    for path, kind in MEMBERS.items():
        equal(type(at(body, path)), kind, path)
    true(body["authenticationSchemes"], "a scheme is named")
    for scheme in body["authenticationSchemes"]:
        true(scheme["type"] in SCHEMES and scheme["name"] and scheme["description"], scheme)


def attributes(schema):
    for one in schema["attributes"]:
        yield one["name"], one
        for inner in one.get("subAttributes", []):
            yield f"{one['name']}.{inner['name']}", inner


CASES.ask("DI-001", "GET /ServiceProviderConfig", 200, then=config)
CASES.ask("DI-002", "GET /ServiceProviderConfig", 200, then=lambda _w, r: true(
    r.json["bulk"]["maxOperations"] > 0 and r.json["bulk"]["maxPayloadSize"] > 0,
    "the limits of bulk"))
CASES.ask("DI-003", "GET /ResourceTypes", 200, then=lambda _w, r: equal(
    (r.json["schemas"], r.json["totalResults"], sorted(t["name"] for t in r.json["Resources"])),
    ([LIST], 2, ["Group", "User"]), "resource types"))


@CASES.case("DI-004", "GET /ResourceTypes/User")
def resource_type(world):
    user = world.t1.get("/ResourceTypes/User")
    equal((user["schema"], user["endpoint"], user["name"]), (USER, "/Users", "User"))
    extensions = {e["schema"]: e["required"] for e in user["schemaExtensions"]}
    equal(extensions.get(ENTERPRISE), False, "the enterprise extension is not required")
    for extension in extensions:
        world.t1.get("/Schemas/" + extension)


CASES.ask("DI-005", "GET /ResourceTypes/Nope", 404)


@CASES.case("DI-006", "GET /Schemas")
def schemas(world):
    body = world.t1.get("/Schemas")
    ids = [s["id"] for s in body["Resources"]]
    equal(body["totalResults"], len(ids), "totalResults")
    for wanted in (USER, GROUP, ENTERPRISE, DESK_USER, DESK_GROUP, META + "Schema",
                   META + "ResourceType", META + "ServiceProviderConfig"):
        true(wanted in ids, f"{wanted} is published")
    true(not any("api:messages" in i for i in ids), "no message URN")


CASES.ask("DI-007", "GET /Schemas/{CORE}", 200, then=lambda _w, r: equal(r.json["id"], USER))
CASES.ask("DI-008", "GET /Schemas/" + USER.lower(), 200,
          then=lambda _w, r: equal(r.json["id"], USER))
CASES.ask("DI-009", "GET /Schemas/urn:x:y", 404)


@CASES.case("DI-010", 'filter=id eq "x" on the three')
def no_filter(world):
    for where in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        world.t1.error(403, "GET", where + "?filter=id%20eq%20%22x%22")


@CASES.case("DI-011", "GET /Schemas?count=1&startIndex=5 is the full list")
def no_paging(world):
    for where in ("/Schemas", "/ResourceTypes"):
        for query in ("count=1&startIndex=5", "sortBy=id&sortOrder=descending", "attributes=id"):
            equal(world.t1.get(f"{where}?{query}"), world.t1.get(where), query)


@CASES.case("DI-012", "POST, PUT, PATCH, DELETE on the three")
def read_only(world):
    for where in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Schemas/" + USER,
                  "/ResourceTypes/User"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            reply = world.t1.error(405, method, where, {})
            true("GET" in reply.headers["Allow"], f"Allow of {method} {where}")


@CASES.case("DI-013", "each attribute has its characteristics")
def characteristics(world):
    for schema in world.t1.get("/Schemas")["Resources"]:
        for name, one in attributes(schema):
            where = f"{schema['id']} {name}"
            for key in ("name", "type", "multiValued", "required", "mutability", "returned"):
                true(key in one, f"{where} has {key}")
            true(one["type"] in TYPES, f"{where}: {one['type']}")
            if one["type"] == "string":
                true("caseExact" in one, f"{where} has caseExact")
            true(None not in one.values(), f"{where} has no null")
            equal("subAttributes" in one, one["type"] == "complex", f"{where}: subAttributes")
            equal("referenceTypes" in one, one["type"] == "reference", f"{where}: referenceTypes")


@CASES.case("DI-014", "the attributes are those of RFC 7643")
def table(world):
    for urn, path, key, value in TABLE:
        found = dict(attributes(world.t1.get("/Schemas/" + urn)))
        equal(found[path].get(key), value, f"{urn}:{path} {key}")


@CASES.case("DI-015", "every attribute of any answer of this run is published")
def declared(world):
    common = {"id", "externalId", "schemas", "meta", "meta.resourceType", "meta.created",
              "meta.lastModified", "meta.location", "meta.version"}
    for kind, core, extensions in (("User", USER, (ENTERPRISE, DESK_USER)),
                                   ("Group", GROUP, (DESK_GROUP,))):
        known = set(common) | {n for n, _ in attributes(world.t1.get("/Schemas/" + core))}
        for urn in extensions:
            names = {n for n, _ in attributes(world.t1.get("/Schemas/" + urn))}
            known |= {urn} | {f"{urn}.{n}" for n in names}
        world.t1.all(kind + "s")
        seen = Client.seen[kind]
        # What lies deeper than a sub-attribute is declared with its parent.
        deep = {n for n in seen - known if not any(n.startswith(k + ".") and urn in k
                                                   for k in known for urn in extensions)}
        equal(sorted(deep), [], f"attributes of {kind} that /Schemas does not have")
