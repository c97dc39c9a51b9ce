"""8. PATCH (RFC 7644 section 3.5.2)."""
import json

from cases.table import (DESK_USER, ENTERPRISE, STALE, UU, Chapter, add, at, equal, patch_body,
                         remove, replace, true, valued)

CASES = Chapter()
WORK = {"type": "work", "value": "bjensen@example.com", "primary": True}
HOME = {"type": "home", "value": "babs@jensen.org"}
DEPARTMENT = ENTERPRISE + ":department"
MANAGER = ENTERPRISE + ":manager"
SYNTAX, VALUE, NO_TARGET = (400, "invalidSyntax"), (400, "invalidValue"), (400, "noTarget")
PATH, FILTER, MUTABLE = (400, "invalidPath"), (400, "invalidFilter"), (400, "mutability")
GONE = None
patch = CASES.patch

patch("PA-001", "U1", [replace("title", "Boss")], {"title": "Boss"})
patch("PA-002", "U1", [{"op": "Replace", "path": "title", "value": "Boss"}], {"title": "Boss"})
CASES.ask("PA-003", "PATCH /Users/{U1}", 400, {"Operations": [replace("title", "Boss")]},
          error="invalidSyntax")
patch("PA-004", "U1", [], error=SYNTAX)
patch("PA-005", "U1", [{"op": "move", "path": "title", "value": "x"}], error=SYNTAX)
patch("PA-006", "U2", [add("nickName", "Jim")], {"nickName": "Jim"})
patch("PA-007", "U1", [valued("add", {"emails": [{"type": "other", "value": "o@x.example"}],
                                      "nickName": "B"})],
      {"emails": [WORK, HOME, {"type": "other", "value": "o@x.example"}], "nickName": "B"})
patch("PA-008", "U1", [add("title")], error=VALUE)
patch("PA-009", "U1", [valued("add", "x")], error=VALUE)
patch("PA-010", "U1", [add("name", {"middleName": "Jane"})],
      {"name": {"givenName": "Barbara", "familyName": "Jensen", "middleName": "Jane"}})
patch("PA-011", "U1", [replace("name", {"familyName": "Doe"})],
      {"name": {"givenName": "Barbara", "familyName": "Doe"}})
patch("PA-012", "U1", [add("emails", [WORK])], unchanged=True)
patch("PA-013", "G1", [add("members", [{"value": "{U1}"}])], unchanged=True, members="U1")
patch("PA-014", "U1", [add("emails", [{"type": "home2", "value": "n@x.example",
                                       "primary": True}])],
      {"emails": [{**WORK, "primary": False}, HOME,
                  {"type": "home2", "value": "n@x.example", "primary": True}]})
patch("PA-015", "U1", [replace('emails[type eq "home"].primary', True)],
      {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]})
patch("PA-016", "U1", [remove("title")], {"title": GONE})
patch("PA-017", "U1", [remove()], error=NO_TARGET)
patch("PA-018", "U1", [remove("userName")], error=MUTABLE)
patch("PA-019", "U1", [remove('emails[type eq "home"]')], {"emails": [WORK]})
patch("PA-020", "U2", [remove('emails[type eq "work"]')], {"emails": GONE})
patch("PA-021", "U1", [remove('emails[type eq "fax"]')], unchanged=True)
patch("PA-022", "U1", [remove("emails")], {"emails": GONE})
patch("PA-023", "U1", [remove("nickName")], unchanged=True)
patch("PA-024", "U1", [replace('emails[type eq "work"].value', "w@x.example")],
      {"emails": [{**WORK, "value": "w@x.example"}, HOME]})
patch("PA-025", "U1", [replace('emails[type eq "fax"].value', "f@x.example")], error=NO_TARGET)
patch("PA-026", "U3", [add('emails[type eq "work"].value', "a@x.example")],
      {"emails": [{"type": "work", "value": "a@x.example"}]})
patch("PA-027", "U3", [add('emails[type eq "work" or type eq "home"].value', "a@x.example")],
      error=NO_TARGET)
patch("PA-028", "U1", [replace("emails", [{"value": "only@x.example"}])],
      {"emails": [{"value": "only@x.example"}]})
patch("PA-029", "U1", [replace("emails", [])], {"emails": GONE})
patch("PA-030", "U1", [replace('emails[type eq "work"]', {"value": "w@x.example"})],
      {"emails": [{"type": "work", "value": "w@x.example"}, HOME]})
patch("PA-031", "U1", [replace("id", "x")], error=MUTABLE)
patch("PA-032", "U1", [replace("meta.created", "2001-01-01T00:00:00Z")], error=MUTABLE)
patch("PA-033", "U1", [replace("groups", [{"value": "{G2}"}])], error=MUTABLE)
patch("PA-034", "G1", [replace('members[value eq "{U1}"].value', "{U2}")], error=MUTABLE)
patch("PA-035", "U1", [replace("emails[0].value", "x@x.example")], error=PATH)
patch("PA-036", "U1", [replace("emails[type eq", "x@x.example")], error=PATH)
patch("PA-037", "U1", [replace('emails[type regex "w"]', {"value": "x@x.example"})], error=FILTER)
patch("PA-038", "U1", [replace("nonsense", "x")], error=PATH)
patch("PA-039", "U1", [replace('name[givenName eq "x"]', {"familyName": "x"})], error=PATH)
patch("PA-040", "U2", [add(DEPARTMENT, "R&D")], {"ENT": {"department": "R&D"}})
patch("PA-041", "U1", [remove(DEPARTMENT), remove(ENTERPRISE + ":employeeNumber")], {"ENT": GONE})
patch("PA-042", "U1", [replace("title", "Boss"), replace("userName", "jsmith")],
      error=(409, "uniqueness"))
patch("PA-043", "U1", [remove("title"), add("title", "A"), replace("title", "B")], {"title": "B"})
patch("PA-044", "U1", [replace("active", "False")], {"active": False})


@CASES.case("PA-045", "replace, no path, {active: false} (Okta)")
def deactivate(world):
    now = world.t1.patch("Users", world.ids["U1"], valued("replace", {"active": False}))
    equal(now["active"], False)
    equal(len(world.t1.all("Users")), 3, "still in lists")
    equal(world.names(world.t1.filter("Users", 'userName eq "bjensen@example.com"')), ["U1"])


patch("PA-046", "U1", [valued("replace", {"name.givenName": "B", DEPARTMENT: "X"})],
      {"name": {"givenName": "B", "familyName": "Jensen"},
       "ENT": {"employeeNumber": "701984", "department": "X"}})
patch("PA-047", "G1", [valued("replace", {"id": "{G1}", "displayName": "TG"})],
      {"displayName": "TG"}, members="U1")
patch("PA-048", "G1", [valued("replace", {"id": UU})], error=MUTABLE)


@CASES.case("PA-049", "Remove members with a value (Entra ID) removes only those")
def remove_valued(world):
    world.t1.patch("Groups", world.ids["G1"], add("members", [{"value": world.ids["U2"]}]))
    world.t1.patch("Groups", world.ids["G1"], {"op": "Remove", "path": "members",
                                               "value": [{"value": world.ids["U1"]}]})
    equal(world.members("G1"), ["U2"])


@CASES.case("PA-050", 'remove members[value eq "U1"]')
def remove_filtered(world):
    world.t1.patch("Groups", world.ids["G1"],
                   remove(f'members[value eq "{world.ids["U1"]}"]'))
    equal(world.members("G1"), [])
    equal(world.get("U1").get("groups"), None, "groups of U1")


patch("PA-051", "G1", [remove("members")], {"members": GONE}, members="")
patch("PA-052", "G1", [remove(f'members[value eq "{UU}"]')], unchanged=True, members="U1")
patch("PA-053", "G1", [replace("members", [{"value": "{U2}"}, {"value": "{U3}"}])],
      members="U2 U3")


@CASES.case("PA-054", "a member with $ref null")
def null_reference(world):
    world.t1.patch("Groups", world.ids["G1"],
                   add("members", [{"$ref": None, "value": world.ids["U2"]}]))
    equal(world.members("G1"), ["U1", "U2"])
    for member in world.get("G1")["members"]:
        equal(member["$ref"], f"{world.t1.url}/Users/{member['value']}", "$ref")


patch("PA-055", "G1", [add("members", "{U2}"), add("members", {"value": "{U3}"})],
      members="U1 U2 U3")
patch("PA-056", "G1", [add("members", [{"value": UU}])], error=VALUE)


@CASES.case("PA-057", "1,000 members in one operation")
def thousand(world):
    world.crowd(1003)
    everybody = [u["id"] for u in world.t1.all("Users")]
    world.t1.want(204, "PATCH", "/Groups/{G2}", patch_body(
        add("members", [{"value": i} for i in everybody if i not in world.ids.values()])))
    equal(len(world.get("G2")["members"]), 1000, "members")


patch("PA-058", "U2", [add(MANAGER, "{U1}")],
      {"ENT.manager.value": "{U1}"})
patch("PA-059", "U2", [add(MANAGER, [{"$ref": "http://old.example/Users/{U1}",
                                      "value": "{U1}"}])], {"ENT.manager.value": "{U1}"})


@CASES.case("PA-060", 'a manager becomes "" (Entra ID)')
def no_manager(world):
    world.t1.patch("Users", world.ids["U2"], add(MANAGER, world.ids["U1"]))
    now = world.t1.patch("Users", world.ids["U2"], {"op": "Replace", "path": MANAGER, "value": ""})
    equal(at(now, "ENT.manager"), None, "manager")


@CASES.case("PA-061", "a role in a text (Entra ID)")
def role_text(world):
    text = json.dumps({"id": "1", "value": "Admin", "displayName": "Admin"})
    now = world.t1.patch("Users", world.ids["U1"], add("roles", [{"value": text}]))
    equal([{k: r.get(k) for k in ("value", "display")} for r in now["roles"]],
          [{"value": "Admin", "display": "Admin"}], "roles")
    equal(now[DESK_USER]["role"], "Admin", "the helpdesk's role")


@CASES.case("PA-062", 'add roles[primary eq "True"].value')
def role_primary(world):
    world.t1.patch("Users", world.ids["U1"], add('roles[primary eq "True"].value', "Admin"))
    roles = world.get("U1")["roles"]
    equal([(r["primary"], r["value"]) for r in roles if r.get("primary")], [(True, "Admin")])
    equal(world.get("U1")[DESK_USER]["role"], "Admin", "the helpdesk's role")


CASES.ask("PA-063", "PATCH /Users/{UU}", 404, patch_body(replace("title", "x")))
CASES.ask("PA-064", "PATCH /Users/{U1}", 412, patch_body(replace("title", "x")),
          headers={"If-Match": STALE})


@CASES.case("PA-065", "a password is taken and not returned")
def password(world):
    reply = world.t1.raw("PATCH", "/Users/{U1}", patch_body(replace("password", "n3w-Word")))
    true(reply.status in (200, 204), reply)
    true("n3w-Word" not in reply.text, "not returned")
    true("password" not in world.get("U1"), "not returned")


@CASES.case("PA-066", "PATCH of a group answers 204 with its ETag")
def no_content(world):
    reply = world.t1.want(204, "PATCH", "/Groups/{G1}", patch_body(replace("displayName", "TG")))
    equal(reply.body, b"", "no body")
    equal(reply.headers["ETag"], world.get("G1")["meta"]["version"], "ETag")


patch("PA-067", "U1", [{"op": "replace", "path": "title", "value": None}], {"title": GONE})
patch("PA-068", "U1", [{**add("nickName", "B"), "name": "addMember"}], {"nickName": "B"})


@CASES.case("PA-069", "the helpdesk refuses one of two changes")
def half(world):
    path = world.fill('members[value eq "{U1}"]')
    for operation in ("teams.members.remove", "teams.members.add"):
        world.restore()
        world.sim.fault("status", {"operation": operation}, status=422, count=0,
                        body={"error": "Not today."})
        reply = world.t1.raw("PATCH", "/Groups/{G1}", patch_body(
            add("members", [{"value": "{U2}"}]), remove(path)))
        true(400 <= reply.status < 500, f"never a 2xx: {reply}")
        true("Not today" in reply.json["detail"], "the helpdesk's reason")
        # Nothing of it, or that part which the helpdesk has done.
        world.truth()
        true(world.members("G1") in (["U1"], []), world.members("G1"))
