"""What the tests of Kustomer share: the simulated desk, and the bridge in front
of it."""
import json
import os

import harness
from harness import Bridge, Sim, call, desk_part

FIXTURES = os.path.join(harness.ROOT, "test", "fixtures", "kustomer")
MAIL = "@example.com"
ANA, BO, CY, DEE, OLU, EVA, FINN, GUS, HANA = (f"66b1a2c3d4e5f60718293a{i:02x}"
                                               for i in range(1, 10))
MACHINE = "66a0c1d2e3f4a5b6c7d8e9a0"
ADMINISTRATOR, MANAGER, AGENT = (f"66d3c4e5f607182930415c{i:02x}" for i in range(1, 4))
BILLING, TIER2 = (f"66c2b3d4e5f6071829304b{i:02x}" for i in range(1, 3))
NOBODY = "66b1a2c3d4e5f607ffffffff"
PRESETS = ("default", "legacy", "adverse")


def sample(name):
    with open(os.path.join(FIXTURES, name + ".json"), encoding="utf-8") as f:
        return json.load(f)


class Desk(Sim):
    """The simulated Kustomer."""

    def __init__(self, folder, **knobs):
        super().__init__(folder, desk="kustomer", **{"index_lag_ms": 0, **knobs})
        self.api = self.url + "/v1"

    def ks(self, method, path, body=None, token="sim-token", **headers):
        """One call of the API, as the bridge would make it."""
        send = {"Authorization": "Bearer " + token} if token else {}
        if body is not None:
            send["Content-Type"] = "application/json"
        return call(self.api, method, path, body, {**send, **headers})

    def rows(self, path):
        """All rows of a list, by its links."""
        found, next_ = [], "/v1" + path
        while next_:
            body = self.ks("GET", next_[3:]).json
            found += body["data"]
            next_ = body["links"]["next"]
        return found

    def by_id(self, id_):
        return next((u for u in self.users() if u["id"] == id_), None)

    def people(self):
        """Those whom SCIM shows."""
        return [u for u in self.users() if u["userType"] != "machine"]

    def teams(self):
        return [t for t in self.table("teams") if not t["deletedAt"]]

    def of(self, user_id, *statuses):
        """The conversations that somebody has."""
        return [c for c in self.table("conversations") if user_id in c["assignedUsers"]
                and (not statuses or c["status"] in statuses)]

    def mails(self):
        return [m["to"] for m in self.table("mails")]


class KustomerBridge(Bridge):
    """The bridge with the profile kustomer."""

    def __init__(self, sim, folder, server=None, target=None):
        super().__init__(sim, folder, server, {
            "profile": "kustomer", "base_url": sim.api, "set.agent_role_group": "Support Agent",
            "rate.headroom": "0%", **(target or {})})


ROLES = {None: None, "Administrator": "admin", "Org Owner": "owner", "Support Agent": "agent"}


def role_of(user, groups):
    """The role that SCIM should show, by the profile's own ranks."""
    names = [groups[g] for g in user["roleGroups"] if g in groups]
    for name, role in (("Org Owner", "owner"), ("Administrator", "admin")):
        if name in names:
            return role
    if "org.admin" in user["roles"]:
        return "org.admin"
    others = [n for n in names if n not in ROLES]
    if others:
        return others[0] if len(others) == 1 else others
    if "Support Agent" in names:
        return "agent"
    return "collaborator" if user["userType"] == "limited" else None


def same_world(scim, desk, where=""):
    """SCIM shows exactly Kustomer's people, teams and members."""
    groups = {g["id"]: g["name"] for g in desk.table("role_groups")}
    shown = {}
    for user in scim.all("Users"):
        id_ = desk_part(user).get("upstreamId")
        if desk_part(user).get("state") == "waiting":
            continue
        if id_ in shown:
            raise AssertionError(f"{where}: {user['userName']} is shown twice")
        shown[id_] = user
    real = {u["id"]: u for u in desk.people()}
    erased = {i for i in shown if i not in real and not shown[i]["active"]}
    hidden = {i for i in real if i not in shown and real[i]["deletedAt"]}
    if set(shown) - erased != set(real) - hidden:
        raise AssertionError(f"{where}: SCIM has {sorted(u['userName'] for u in shown.values())}, "
                             f"the desk {sorted(u['email'] for u in real.values())}")
    for id_ in set(real) - hidden:
        same_user(shown[id_], real[id_], groups, where)
    same_teams(scim, desk, shown, where)


def same_user(one, user, groups, where):
    pairs = {"userName": (one["userName"].lower(), user["email"].lower()),
             "active": (one["active"], user["deletedAt"] is None),
             "displayName": (one.get("displayName"), user["displayName"] or user["name"]),
             "name": (" ".join(filter(None, (one["name"].get("givenName"),
                                             one["name"].get("familyName")))), user["name"]),
             "mobile": (next((p["value"] for p in one.get("phoneNumbers", [])
                              if p["type"] == "mobile"), None), user["mobile"]),
             # What SCIM took away stays in Kustomer, which knows no empty type.
             "userType": (one.get("userType", user["userType"]), user["userType"]),
             "role": (desk_part(one).get("role"), role_of(user, groups))}
    if user["deletedAt"] and not user["roleGroups"]:
        pairs.pop("role")  # the role that the person had, and gets again
    for name, (have, want) in pairs.items():
        if have != want:
            raise AssertionError(f"{where} {user['email']}: {name} is {have!r} in SCIM, {want!r} "
                                 "in Kustomer")


def same_teams(scim, desk, shown, where):
    teams = {t["id"]: t for t in desk.teams()}
    seen = set()
    for group in scim.all("Groups"):
        ours = desk_part(group)
        if ours.get("kind") != "team":
            continue
        team = teams.get(ours["upstreamId"])
        if team is None:
            raise AssertionError(f"{where}: group {group['displayName']} has no team")
        seen.add(team["id"])
        have = sorted(m["value"] for m in scim.get("/Groups/" + group["id"]).get("members", []))
        want = sorted(shown[m]["id"] for m in team["members"] if m in shown)
        if (group["displayName"], have) != (team["name"], want):
            raise AssertionError(f"{where}: {group['displayName']} {have}, but {team} {want}")
    if seen != set(teams):
        raise AssertionError(f"{where}: teams without a group: {set(teams) - seen}")
