"""The words that the tables are written in, and the world that they act on.

A case has an id, a sentence, and something to do with the world. Before each
case the world holds exactly this, and a case that failed changes nothing:

    U1  bjensen@Example.com, two e-mails, enterprise extension; in G1
    U2  jsmith, no displayName      U3  Åsa, inactive, no e-mail, no name
    G1  Tour Guides, of U1          G2  Employees, of nobody

{U1}, {G1}, {UU} (nobody's id), {CORE}, {ENT} stand for what they name in every
path and body.
"""
import json
import os
import re
import shutil
import urllib.parse

import harness
from harness import (DESK_USER, ENTERPRISE, GROUP, LIST, PATIENCE, ROOT, SCIM_TYPE, USER, Bridge,
                     Scim, Sim, check, op, patch_body)

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
UU = "00000000-0000-4000-8000-000000000000"
PROFILE = os.path.join(ROOT, "test", "fixtures", "profiles", "plain.json")
ABSENT = None
STALE = 'W/"0"'

U1 = {"schemas": [USER, ENTERPRISE], "userName": "bjensen@Example.com", "externalId": "Ext-1",
      "name": {"givenName": "Barbara", "familyName": "Jensen"}, "displayName": "Babs",
      "title": "Tour Guide", "active": True,
      "emails": [{"type": "work", "value": "bjensen@example.com", "primary": True},
                 {"type": "home", "value": "babs@jensen.org"}],
      ENTERPRISE: {"employeeNumber": "701984", "department": "Sales"}}
U2 = {"schemas": [USER], "userName": "jsmith", "externalId": "ext-1", "active": True,
      "name": {"givenName": "James", "familyName": "Smith"},
      "emails": [{"type": "work", "value": "jsmith@example.org"}]}
U3 = {"schemas": [USER], "userName": "Åsa", "active": False, "preferredLanguage": "sv"}
PEOPLE = {"U1": U1, "U2": U2, "U3": U3}
GROUPS = {"G1": ("Tour Guides", ["U1"]), "G2": ("Employees", [])}


# ---- what a case says about an answer -------------------------------------------

def equal(have, want, what=""):
    if have != want:
        raise AssertionError(f"{what}: {have!r}, not {want!r}")


def true(holds, what):
    if not holds:
        raise AssertionError(f"not true: {what}")


def plain(value):
    """Comparable: lists in any order, `primary: false` as good as absent."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if (k, v) != ("primary", False)}
    if isinstance(value, list):
        return sorted((plain(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def at(resource, path):
    """The value at `a.b`; a path may begin with ENT."""
    for name in path.split("."):
        name = {"ENT": ENTERPRISE, "DESK": DESK_USER}.get(name, name)
        resource = resource.get(name) if isinstance(resource, dict) else None
    return resource


def quoted(path):
    return urllib.parse.quote(path, safe="/?&=:$,-._~")


# ---- the world --------------------------------------------------------------------

class Client(Scim):
    """Also demands the media type of SCIM, and remembers each attribute."""
    seen = {}

    def __init__(self, world, url, token):
        super().__init__(url, token)
        self.world = world

    def raw(self, method, path, body=None, headers=None):
        if isinstance(body, (dict, list)):
            body = self.world.fill(body)
        reply = super().raw(method, self.world.fill(path), body, headers)
        wanted = (headers or {}).get("Accept", SCIM_TYPE)
        if reply.body and "json" in (wanted or SCIM_TYPE):
            kind = reply.headers.get_content_type()
            check(kind == (wanted or SCIM_TYPE), "the media type of SCIM", reply)
            self.remember(reply.json)
        return reply

    def remember(self, body):
        for one in [body, *body.get("Resources", [])]:
            kind = (one.get("meta") or {}).get("resourceType")
            if kind in ("User", "Group"):
                note(self.seen.setdefault(kind, set()), one, "")


def note(seen, value, path):
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            for name, inner in one.items():
                note(seen, inner, f"{path}.{name}" if path else name)
                seen.add(f"{path}.{name}" if path else name)


class TwoTenants(Bridge):
    """The first target is T1's, also without its name in the path."""

    def __init__(self, sim, other, folder, server, target):
        self.other = other
        # A profile that others may write is refused, whatever the umask of
        # who cloned this.
        self.profile = shutil.copyfile(PROFILE, os.path.join(folder, "plain.json"))
        os.chmod(self.profile, 0o600)
        super().__init__(sim, folder, server, {"profile": self.profile, "removal": "delete",
                                               "deadline": f"{2 + PATIENCE}s", **(target or {})})

    def configure(self, server=None, target=None):
        super().configure(server, target)
        with open(self.ini, "a", encoding="utf-8") as f:
            f.write(f"[target other]\nprofile = {self.profile}\nbase_url = {self.other.api}\n"
                    "secret.token = env:DESK_TOKEN\nsync_interval = 1h\nremoval = delete\n"
                    "brake = 100%, 1000000\n")


class World:
    def __init__(self, folder, server=None, target=None):
        os.mkdir(os.path.join(folder, "other"))
        self.sim = Sim(folder, "plain")
        self.other = Sim(os.path.join(folder, "other"), "plain")
        self.bridge = TwoTenants(self.sim, self.other, folder, server, target)
        token1, token2 = self.bridge.token(), self.bridge.token(target="other")
        self.bridge.start()
        self.t1 = Client(self, self.bridge.root + "/scim/v2", token1)
        self.t2 = Client(self, self.bridge.root + "/other/scim/v2", token2)
        self.ids, self.before = {"UU": UU, "CORE": USER, "ENT": ENTERPRISE}, None

    def stop(self):
        try:
            self.bridge.stop()
        finally:
            self.sim.stop()
            self.other.stop()

    # -- names for ids

    def fill(self, value):
        if isinstance(value, str):
            return re.sub(r"\{(\w\w+)\}", lambda m: self.ids.get(m[1], m[0]), value)
        if isinstance(value, dict):
            return {self.fill(k): self.fill(v) for k, v in value.items()}
        return [self.fill(v) for v in value] if isinstance(value, list) else value

    def names(self, resources):
        """U1, G2, ... for ids; what has no name here stays an id."""
        back = {v: k for k, v in self.ids.items()}
        return [back.get(one["id"], one["id"]) for one in resources]

    def get(self, name):
        kind = "Users" if name.startswith("U") else "Groups"
        return self.t1.get(f"/{kind}/{self.ids[name]}")

    def members(self, group):
        back = {v: k for k, v in self.ids.items()}
        return sorted(back.get(m["value"], m["value"]) for m in self.get(group).get("members", []))

    # -- the state before each case

    def everything(self, client=None):
        found = {}
        for kind in ("Users", "Groups"):
            for one in (client or self.t1).all(kind):
                one.get(DESK_USER, {}).pop("lastSeen", None)
                found[one["id"]] = one
        return found

    def restore(self):
        for sim in (self.sim, self.other):
            sim.no_faults()
        self.sim.set(token="sim-token", hide_inactive="no", latency_ms=0)
        if self.before is not None and self.everything() == self.before and \
                not self.everything(self.t2):
            return
        self.clear()
        for name, body in PEOPLE.items():
            self.ids[name] = self.t1.post("Users", body)["id"]
        for name, (title, members) in GROUPS.items():
            self.ids[name] = self.t1.new_group(title, *(self.ids[m] for m in members))["id"]
        self.before = self.everything()

    def clear(self):
        for client, sim in ((self.t1, self.sim), (self.t2, self.other)):
            for kind in ("Groups", "Users"):
                for one in client.all(kind):
                    client.delete(kind, one["id"])
            for ghost in sim.users():  # one that was hidden, and made anew
                if not ghost["active"]:
                    sim.api_call("DELETE", f"/users/{ghost['id']}")
            if sim.users() or sim.table("teams"):
                raise AssertionError(f"the helpdesk is not empty: {sim.users()}")

    def crowd(self, count):
        """`count` users in all, the three with names among them."""
        for i in range(count - len(PEOPLE)):
            self.t1.post("Users", {"schemas": [USER], "userName": f"crowd{i:04}"})

    # -- what holds after each case

    def unchanged(self):
        now = self.everything()
        for id_, one in self.before.items():
            equal(now.get(id_), one, "changed by a request that failed")
        equal(self.names(now.values()), self.names(self.before.values()), "who is there")

    def truth(self):
        """What SCIM shows is what the helpdesk has."""
        desk = {str(u["id"]): u for u in self.sim.users()}
        teams = {str(t["id"]): t for t in self.sim.table("teams")}
        upstream = {}
        for user in self.t1.all("Users"):
            ours = user[DESK_USER]
            if ours["state"] != "linked":
                continue
            real = desk.pop(ours["upstreamId"])
            upstream[user["id"]] = real["id"]
            equal((user["userName"], user["active"]), (real["login"], real["active"]),
                  "userName and active, in SCIM and in the helpdesk")
        equal([u["login"] for u in desk.values()], [], "users that SCIM does not show")
        for group in self.t1.all("Groups"):
            team = teams.pop(group[harness.DESK_GROUP]["upstreamId"])
            equal(group["displayName"], team["name"], "a team's name")
            have = [upstream[m["value"]] for m in group.get("members", [])
                    if m["value"] in upstream]
            equal(sorted(have), sorted(team["member_ids"]), f"members of {team['name']}")
        equal(list(teams), [], "teams that SCIM does not show")


# ---- cases ------------------------------------------------------------------------

class Case:
    """later: the feature is not there yet. odd: SCIM and helpdesk differ on
    purpose when the case is over."""

    def __init__(self, id_, what, run, later=False, odd=False):
        self.id, self.what, self.run, self.later, self.odd = id_, what, run, later, odd


class Chapter(list):
    """The cases of one chapter, in their order."""

    def case(self, id_, what, later=False, odd=False):
        """Decorator: a case that takes several steps."""
        def keep(run):
            self.append(Case(id_, what, run, later, odd))
            return run
        return keep

    def ask(self, id_, request, status, body=None, then=None, error=None, headers=None,
            later=False):
        """One request, its status, its scimType, and what its answer holds."""
        method, _, path = request.partition(" ")

        def run(world):
            reply = world.t1.want(status, method, quoted(world.fill(path)), body, headers)
            if status >= 400:
                check(error is None or reply.json.get("scimType") == error,
                      f"scimType {error}", reply)
                world.unchanged()
            if then:
                then(world, reply)
        self.append(Case(id_, request, run, later))

    def find(self, id_, text, want, where="/Users", later=False):
        """A filter, and who it finds; or the scimType with which it is refused."""
        def run(world):
            path = f"{where}?filter=" + urllib.parse.quote(world.fill(text), safe="")
            if want.startswith("invalid"):
                world.t1.error(400, "GET", path, None, want)
                return
            reply = world.t1.get(path)
            equal(sorted(world.names(reply["Resources"])), want.split(), text)
            equal(reply["totalResults"], len(want.split()), "totalResults")
        self.append(Case(id_, f"{where} {text}", run, later))

    def patch(self, id_, who, operations, want=None, error=None, unchanged=False, members=None,
              later=False):
        """PATCH of `who`. want: {path: value after}; all else must stay.
        error: (status, scimType). unchanged: success that moves no version."""
        def run(world):
            kind = "Users" if who.startswith("U") else "Groups"
            path, body = f"/{kind}/{world.ids[who]}", patch_body(*operations)
            if error:
                world.t1.error(error[0], "PATCH", path, body, error[1])
                world.unchanged()
                return
            before = world.get(who)
            now = world.t1.patch(kind, world.ids[who], *operations)
            equal(world.get(who), now, "GET answers what PATCH answered")
            patched(world, before, now, want or {}, unchanged or members is not None)
            if members is not None:
                equal(world.members(who), members.split(), "members")
            moved = now["meta"]["version"] != before["meta"]["version"]
            equal(moved, not unchanged, "the version moved")
            equal(now["meta"]["lastModified"] > before["meta"]["lastModified"], not unchanged,
                  "lastModified moved")
        self.append(Case(id_, f"PATCH {who} {json.dumps(operations, ensure_ascii=False)[:200]}",
                         run, later))


def patched(world, before, now, want, nothing):
    for path, value in want.items():
        equal(plain(at(now, path)), plain(world.fill(value)), path)
    true(want or nothing, "the case says what changes")
    touched = {path.split(".")[0] for path in want} | {"meta", "members", "schemas", "DESK"}
    touched |= {{"ENT": ENTERPRISE, "DESK": DESK_USER}.get(name, name) for name in touched}
    for name in set(before) | set(now):
        if name not in touched:
            equal(now.get(name), before.get(name), f"{name} was not asked to change")
    for path in want:
        parent = path.rsplit(".", 1)[0] if "." in path else None
        if parent and isinstance(at(before, parent), dict):
            for name, value in at(before, parent).items():
                if f"{parent}.{name}" not in want:
                    equal(at(now, f"{parent}.{name}"), value, f"{parent}.{name} stays")
    for extension in (n for n in now if ":" in n):
        true(extension in now["schemas"], f"{extension} stands in schemas")
    equal(sorted(n for n in now["schemas"] if "extension" in n),
          sorted(n for n in now if ":" in n), "schemas names exactly the extensions")


def replace(path, value=None):
    return op("replace", path, value)


def add(path, value=None):
    return op("add", path, value)


def remove(path=None, value=None):
    return op("remove", path, value)


def valued(kind, value):
    """An operation without a path."""
    return {"op": kind, "value": value}


__all__ = ["ABSENT", "Case", "Chapter", "Client", "DESK_USER", "ENTERPRISE", "GROUP", "LIST",
           "SEARCH", "STALE", "U1", "U2", "U3", "USER", "UU", "World", "add", "at", "equal",
           "op", "patch_body", "plain", "quoted", "remove", "replace", "true", "valued"]
