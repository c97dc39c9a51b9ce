"""12. Whole conversations of identity providers, in their own words."""
import uuid

from harness import DESK_GROUP
from cases.table import (DESK_USER, ENTERPRISE, GROUP, USER, Chapter, add, at, equal,
                         patch_body, replace, true, valued)

CASES = Chapter()
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
OKTA = {"schemas": [USER], "userName": "isaac.brock@example.com",
        "name": {"givenName": "Isaac", "familyName": "Brock"},
        "emails": [{"primary": True, "value": "isaac.brock@example.com", "type": "work"}],
        "displayName": "Isaac Brock", "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [], "password": "1mz050nq", "active": True}


def lookup(world, name, total):
    found = world.t1.find("Users", filter=f'userName eq "{name}"', startIndex=1, count=100)
    equal(found["totalResults"], total, f"the lookup of {name}")
    return found["Resources"]


@CASES.case("CV-001", "Okta: assign, change, deactivate, reactivate")
def okta(world):
    world.t1.find("Users", startIndex=1, count=2)
    lookup(world, OKTA["userName"], 0)
    made = world.t1.post("Users", OKTA)
    equal(world.t1.get("/Users/" + made["id"]), made)
    body = {**OKTA, "id": made["id"], "displayName": "Ike Brock",
            "meta": {"resourceType": "User"}}
    equal(world.t1.put("Users", body)["displayName"], "Ike Brock")
    equal(world.t1.put("Users", {**body, "active": False})["active"], False)
    found = lookup(world, OKTA["userName"], 1)[0]
    equal((found["id"], found["active"]), (made["id"], False))
    now = world.t1.put("Users", {**body, "active": True})
    equal((now["id"], now["active"], now["externalId"]),
          (made["id"], True, OKTA["externalId"]))


@CASES.case("CV-002", "Okta: group push")
def okta_groups(world):
    group = world.t1.post("Groups", {"schemas": [GROUP], "displayName": "Test SCIMv2",
                                     "members": []})
    change = lambda *ops: world.t1.patch("Groups", group["id"], *ops)
    change(valued("replace", {"id": group["id"], "displayName": "Test SCIMv3"}))
    u1, u2, u3 = (world.ids[n] for n in ("U1", "U2", "U3"))
    change(add("members", [{"value": u1, "display": "bjensen"}, {"value": u2, "display": "js"}]))
    change({"op": "remove", "path": f'members[value eq "{u1}"]'},
           add("members", [{"value": u3, "display": "Åsa"}]))
    now = world.t1.get("/Groups/" + group["id"])
    equal((now["displayName"], sorted(m["value"] for m in now["members"])),
          ("Test SCIMv3", sorted([u2, u3])))
    change(replace("members", [{"value": u1, "display": "bjensen"}]))
    now = world.t1.get("/Groups/" + group["id"])
    equal([m["value"] for m in now["members"]], [u1])
    world.t1.delete("Groups", group["id"])
    world.t1.error(404, "GET", "/Groups/" + group["id"])


@CASES.case("CV-003", "Okta: import of 250 users")
def okta_import(world):
    world.crowd(250)
    ids = []
    for start in (1, 101, 201):
        ids += [u["id"] for u in world.t1.find("Users", startIndex=start, count=100)["Resources"]]
    equal((len(ids), len(set(ids))), (250, 250), "each user once")


ENTRA = {"schemas": [USER, ENTERPRISE], "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
         "userName": "Test_User_ab6490ee@example.net", "active": True, "displayName": "Ada Bell",
         "emails": [{"primary": True, "type": "work", "value": "Test_User_fd@example.net"}],
         "meta": {"resourceType": "User"}, "name": {"formatted": "Ada Bell", "familyName": "Bell",
                                                   "givenName": "Ada"}, "roles": []}


def entra(world, changes, leave):
    """What both flavours have in common. changes: of the user; leave: how a
    member is taken out of a group."""
    lookup(world, str(uuid.UUID(int=7)), 0)
    equal(world.t1.find("Users", filter=f'externalId eq "{ENTRA["externalId"]}"')["Resources"], [])
    made = world.t1.post("Users", ENTRA)
    changes(made["id"])
    boss = at(world.t1.get("/Users/" + made["id"]), "ENT.manager.value")
    equal(boss, world.ids["U2"], "manager")
    equal(world.t1.find("Groups", excludedAttributes="members",
                        filter='displayName eq "Care"')["totalResults"], 0)
    group = world.t1.post("Groups", {"schemas": [GROUP, ADSCIM], "displayName": "Care",
                                     "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
                                     "meta": {"resourceType": "Group"}})
    for who in (made["id"], world.ids["U1"], world.ids["U2"]):
        world.t1.patch("Groups", group["id"], {"op": "Add", "path": "members",
                                               "value": [{"$ref": None, "value": who}]})
    leave(group["id"], world.ids["U1"])
    now = world.t1.find("Groups", filter='displayName eq "Care"')["Resources"][0]
    equal(sorted(m["value"] for m in now["members"]), sorted([made["id"], world.ids["U2"]]))
    off = world.t1.patch("Users", made["id"],
                         {"op": "Replace", "path": "active", "value": "False"})
    equal(off["active"], False)
    state = {k: v for k, v in off.items() if k not in ("id", "meta", "groups", DESK_USER)}
    world.t1.delete("Users", made["id"])
    world.t1.error(404, "GET", "/Users/" + made["id"])
    return state


def entra_plain(world):
    def changes(id_):
        change = lambda *ops: world.t1.patch("Users", id_, *ops)
        change({"op": "Replace", "path": 'emails[type eq "work"].value', "value": "ada@example.net"},
               {"op": "Replace", "path": "name.familyName", "value": "Bold"},
               {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Care"})
        change({"op": "Add", "path": f"{ENTERPRISE}:manager", "value": world.ids["U2"]})

    def leave(group, who):
        world.t1.patch("Groups", group, {"op": "Remove", "path": "members",
                                         "value": [{"$ref": None, "value": who}]})
    return entra(world, changes, leave)


def entra_flag(world):
    def changes(id_):
        world.t1.patch("Users", id_,
                       replace('emails[type eq "work"].value', "ada@example.net"),
                       valued("replace", {"name.familyName": "Bold",
                                          f"{ENTERPRISE}:department": "Care"}),
                       valued("add", {f"{ENTERPRISE}:manager": world.ids["U2"]}))

    def leave(group, who):
        world.t1.patch("Groups", group, {"op": "remove", "path": f'members[value eq "{who}"]'})
    return entra(world, changes, leave)


@CASES.case("CV-004", "Entra ID without its SCIM compliance flag")
def entra_without_flag(world):
    state = entra_plain(world)
    equal((state["name"]["familyName"], state[ENTERPRISE]["department"]), ("Bold", "Care"))


@CASES.case("CV-005", "Entra ID with its flag ends in the same state")
def entra_with_flag(world):
    with_flag = entra_flag(world)
    world.restore()
    without = entra_plain(world)
    boss = {"ENT.manager.value": world.ids["U2"]}
    for state in (with_flag, without):
        true(at(state, "ENT.manager.value"), boss)
        state[ENTERPRISE].pop("manager")
    equal(with_flag, without, "the user")


@CASES.case("CV-006", "OneLogin")
def onelogin(world):
    lookup(world, "no-one-has-this-name", 0)
    made = world.t1.post("Users", {"schemas": [USER], "userName": "ol.user@example.com",
                                   "externalId": "42", "active": True, "title": "Clerk"})
    now = world.t1.put("Users", {**made, "title": "Chief"})
    equal(now["title"], "Chief")
    group = world.t1.post("Groups", {"schemas": [GROUP], "displayName": "OneLogin Role"})
    world.t1.patch("Groups", group["id"], add("members", [{"value": made["id"]}]))
    equal(world.t1.get("/Groups/" + group["id"])["members"][0]["value"], made["id"])
    world.t1.delete("Groups", group["id"])
    world.t1.delete("Users", made["id"])


@CASES.case("CV-007", "JumpCloud: activation leaves nothing behind")
def jumpcloud(world):
    user = world.t1.post("Users", {"schemas": [USER], "userName": "jumpcloud-test-user@x.example",
                                   "active": True})
    group = world.t1.post("Groups", {"schemas": [GROUP], "displayName": "JumpCloud Test Group"})
    world.t1.patch("Groups", group["id"], add("members", [{"value": user["id"]}]))
    world.t1.delete("Users", user["id"])
    world.t1.delete("Groups", group["id"])
    world.unchanged()
    equal((len(world.sim.users()), len(world.sim.table("teams"))), (3, 2), "the helpdesk is clean")


def undeclared(schemas, resource):
    """Attributes that the published schemas do not have."""
    def names(urn):
        return {a["name"] for a in schemas[urn]["attributes"]}
    core = USER if resource["meta"]["resourceType"] == "User" else GROUP
    common = {"id", "externalId", "meta", "schemas"}
    bad = [n for n in resource if ":" not in n and n not in common | names(core)]
    for urn in (n for n in resource if ":" in n):
        bad += [n for n in resource[urn] if n not in names(urn)]
    return bad


@CASES.case("CV-008", "SailPoint: nothing is undeclared")
def sailpoint(world):
    world.t1.get("/ServiceProviderConfig")
    world.t1.get("/ResourceTypes")
    schemas = {s["id"]: s for s in world.t1.get("/Schemas")["Resources"]}
    for urn in (USER, GROUP):
        equal(world.t1.get("/Schemas/" + urn), schemas[urn])
    for kind in ("User", "Group"):
        world.t1.get("/ResourceTypes/" + kind)
        for resource in world.t1.all(kind + "s"):
            equal(undeclared(schemas, resource), [], resource["id"])
            true(all(u in schemas for u in resource["schemas"]), "its schemas are published")
    now = world.t1.patch("Users", world.ids["U1"], valued("add", {"active": False}))
    equal(now["active"], False)


@CASES.case("CV-009", "authentik: fifty members, one operation each")
def authentik(world):
    true(world.t1.get("/ServiceProviderConfig")["patch"]["supported"], "PATCH")
    world.crowd(53)
    crowd = [u["id"] for u in world.t1.all("Users") if u["id"] not in world.ids.values()]
    group = world.t1.post("Groups", {"schemas": [GROUP], "displayName": "authentik",
                                     "externalId": str(uuid.UUID(int=9))})
    world.t1.raw("PATCH", "/Groups/" + group["id"], patch_body(
        *[add("members", [{"value": i}]) for i in crowd]))
    now = world.t1.get("/Groups/" + group["id"])
    equal(len(now["members"]), 50, "members")
    now["displayName"] = "authentik Users"
    world.t1.patch("Groups", group["id"], valued("replace", {
        k: v for k, v in now.items() if k not in (DESK_GROUP, "schemas")}))
    again = world.t1.get("/Groups/" + group["id"])
    equal((len(again["members"]), again["displayName"]), (50, "authentik Users"))
    world.t1.put("Users", {**world.get("U1"), "title": "Boss"})


@CASES.case("CV-010", "the helpdesk hides who was deactivated, and takes them back", odd=True)
def hidden(world):
    before = world.get("U1")
    world.t1.patch("Users", world.ids["U1"], replace("active", False))
    world.sim.set(hide_inactive="gone")
    world.bridge.sync()
    shown = {u["id"]: u for u in world.t1.all("Users")}
    equal(shown[world.ids["U1"]]["active"], False)
    now = world.t1.patch("Users", world.ids["U1"], replace("active", True))
    equal((now["id"], now["externalId"], now["active"]),
          (before["id"], before["externalId"], True))
