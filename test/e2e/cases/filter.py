"""5. Filter (RFC 7644 section 3.4.2.2)."""
import datetime
import urllib.parse

from cases.table import USER, Chapter, equal

CASES = Chapter()
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ALL = "U1 U2 U3"

# id, filter, who it finds or how it is refused
for row in (
    ("F-001", 'userName eq "BJENSEN@example.com"', "U1"),
    ("F-002", 'USERNAME EQ "jsmith"', "U2"),
    ("F-003", 'externalId eq "Ext-1"', "U1"),
    ("F-004", f'{CORE}:userName sw "J"', "U2"),
    ("F-005", 'userName ew "SA"', "U3"),
    ("F-006", 'name.familyName co "ens"', "U1"),
    ("F-007", "title pr", "U1"),
    ("F-008", "active pr", ALL),
    ("F-009", "active eq false", "U3"),
    ("F-010", 'active eq "False"', "U3"),
    ("F-011", "active gt false", "invalidFilter"),
    ("F-012", 'emails co "example.org"', "U2"),
    ("F-013", 'emails.type eq "home" and emails.value co "example.com"', "U1"),
    ("F-014", 'emails[type eq "home" and value co "example.com"]', ""),
    ("F-015", 'emails[type eq "work" and value co "@example.com"]', "U1"),
    ("F-016", 'emails[type eq "work"].value eq "jsmith@example.org"', "U2"),
    ("F-017", 'title pr or active eq true and userName eq "jsmith"', "U1 U2"),
    ("F-018", '(title pr or active eq true) and userName eq "jsmith"', "U2"),
    ("F-019", "not (active eq true)", "U3"),
    ("F-020", "not(active eq true)", "U3"),
    ("F-021", "not active eq true", "invalidFilter"),
    ("F-022", 'title ne "Tour Guide"', "U2 U3"),
    ("F-023", 'emails.type ne "home"', "U2 U3"),
    ("F-024", "title eq null", "U2 U3"),
    ("F-025", "title ne null", "U1"),
    ("F-029", 'meta.created gt "yesterday"', "invalidFilter"),
    ("F-030", f'schemas eq "{ENT}"', "U1"),
    ("F-031", f'{ENT}:employeeNumber eq "701984"', "U1"),
    ("F-032", 'department eq "sales"', "U1"),
    ("F-033", 'meta.resourceType eq "User"', ALL),
    ("F-036", "userName eq", "invalidFilter"),
    ("F-037", 'userName eq "a', "invalidFilter"),
    ("F-038", '(userName eq "a"', "invalidFilter"),
    ("F-039", "userName eq bjensen", "invalidFilter"),
    ("F-041", 'nonsense eq "x"', "invalidFilter"),
    ("F-042", 'name eq "x"', "invalidFilter"),
    ("F-043", 'password eq "x"', "invalidFilter"),
    ("F-044", 'id eq "{U1}"', "U1"),
    ("F-045", 'emails[type eq "work"][value pr]', "invalidFilter"),
    ("F-035", "", "invalidFilter"),
    ("F-054", 'userName eq "3f0a6b0e-3d1c-4f57-9a52-6f0f6f7f8d11"', ""),
):
    CASES.find(*row)

CASES.find("F-049", 'members.value eq "{U1}"', "G1", where="/Groups")
CASES.find("F-051", "userName pr", ALL, where="/")
CASES.find("F-052", "displayName pr", "G1 G2 U1", where="/")


def found(world, text):
    rows = world.t1.get("/Users?filter=" + urllib.parse.quote(text, safe=""))["Resources"]
    return sorted(world.names(rows))


def created(world, name, hours=0):
    """The instant at which a user was made, as the server gave it; or the same
    instant written in another time zone."""
    text = world.get(name)["meta"]["created"]
    if not hours:
        return text
    when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    zone = datetime.timezone(datetime.timedelta(hours=hours))
    return when.astimezone(zone).isoformat(timespec="milliseconds")


@CASES.case("F-026", "meta.created eq the same instant in another zone")
def same_instant(world):
    text = created(world, "U1", 2)
    equal(text[-6:], "+02:00", "another zone")
    equal(found(world, f'meta.created eq "{text}"'), ["U1"], text)


@CASES.case("F-027", "meta.created gt")
def later_than(world):
    equal(found(world, f'meta.created gt "{created(world, "U1")}"'), ["U2", "U3"])


@CASES.case("F-028", "meta.created ge")
def not_before(world):
    equal(found(world, f'meta.created ge "{created(world, "U1")}"'), ["U1", "U2", "U3"])


@CASES.case("F-034", "an unknown operator is named")
def operator(world):
    reply = world.t1.error(400, "GET", "/Users?filter=userName%20regex%20%22a%22", None,
                           "invalidFilter")
    equal("regex" in reply.json["detail"], True, "the detail names the operator")


@CASES.case("F-040", "a quotation mark in a value")
def quotation(world):
    made = world.t1.post("Users", {"schemas": [USER], "userName": 'x"y'})
    equal(found(world, r'userName eq "x\"y"'), [made["id"]])


@CASES.case("F-046", "5,000 nested parentheses")
def nested(world):
    text = "(" * 5000 + "title pr" + ")" * 5000
    world.t1.error(400, "GET", "/Users?filter=" + text.replace(" ", "%20"))
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text}
    world.t1.error(400, "POST", "/Users/.search", body, "invalidFilter")
    equal(found(world, "title pr"), ["U1"], "the process lives")


@CASES.case("F-047", "SQL in a value is a value")
def injection(world):
    for text in ("'; DROP TABLE users;--", "' OR '1'='1"):
        equal(found(world, f'userName co "{text}"'), [], text)
    world.unchanged()


@CASES.case("F-048", "% and _ are plain characters")
def wildcards(world):
    for operator_ in ("eq", "co", "sw", "ew"):
        equal(found(world, f'userName {operator_} "50%_off"'), [], operator_)
        equal(found(world, f'userName {operator_} "%"'), [], operator_)
        equal(found(world, f'userName {operator_} "j_mith"'), [], operator_)
    made = world.t1.post("Users", {"schemas": [USER], "userName": "at 50%_off"})
    equal(found(world, 'userName co "50%_OFF"'), [made["id"]])


@CASES.case("F-050", "is this user in this group (Entra ID)")
def membership(world):
    text = urllib.parse.quote(world.fill('id eq "{G1}" and members eq "{U1}"'))
    body = world.t1.get(f"/Groups?filter={text}&attributes=id")
    equal(world.names(body["Resources"]), ["G1"])
    equal(sorted(body["Resources"][0]), ["id", "schemas"], "the least")
    text = urllib.parse.quote(world.fill('id eq "{G1}" and members eq "{U2}"'))
    equal(world.t1.get(f"/Groups?filter={text}&attributes=id")["totalResults"], 0)


@CASES.case("F-053", "+ for a space")
def plus(world):
    rows = world.t1.get("/Users?filter=userName+eq+%22jsmith%22")["Resources"]
    equal(world.names(rows), ["U2"])
