"""One whole conversation of an identity provider, to be recorded and replayed.

Names are fixed, so that the same conversation asks the helpdesk the same. The
transcript leaves out what differs from run to run: ids and times."""
import json
import os
import re

from harness import DESK_GROUP, DESK_USER, GROUP, ROOT, op, patch_body
from suite import DESKS, entra_user, okta_user

FIXTURES = os.path.join(ROOT, "test", "fixtures")
TRANSCRIPT = "transcript.json"
# The same conversation as with the desk before them, but for a setting.
NOT_RECORDED = {"helpscout-queue", "kustomer-legacy", "kustomer-adverse"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def folder_of(name):
    return os.path.join(FIXTURES, name, "recorded")


def recorded():
    """Names of the desks of which there is a recording."""
    return sorted(n for n in os.listdir(FIXTURES)
                  if os.path.exists(os.path.join(folder_of(n), TRANSCRIPT)))


class Transcript:
    """Asks, and writes down what was answered."""

    def __init__(self, scim):
        self.scim, self.lines, self.ids = scim, [], {}

    def shown(self, text):
        """Ids by the order in which they turn up, times not at all."""
        def number(match):
            return self.ids.setdefault(match.group(), f"id-{len(self.ids) + 1}")
        text = text.replace(self.scim.url.split("/scim")[0], "{us}")
        return TIME.sub("{time}", UUID.sub(number, text))

    def body(self, reply):
        if not reply.body:
            return None
        body = json.loads(self.shown(json.dumps(reply.json, sort_keys=True)))
        for one in [body] + body.get("Resources", []):
            one.get("meta", {}).pop("version", None)
            for urn in (DESK_USER, DESK_GROUP):
                # An invitation expires while the recording grows old.
                one.get(urn, {}).pop("invitation", None)
                one.get(urn, {}).pop("lastSeen", None)
        return body

    def ask(self, method, path, body=None):
        reply = self.scim.raw(method, path, body)
        self.lines.append({"method": method, "path": self.shown(path), "status": reply.status,
                           "body": self.body(reply)})
        return reply


def find(email):
    return f"/Users?filter=userName%20eq%20%22{email}%22"


def born(t, user, invited):
    email = user["userName"]
    t.ask("GET", find(email))
    made = t.ask("POST", "/Users", user).json
    invited(email, user["name"]["givenName"], user["name"]["familyName"])
    t.ask("GET", find(email))
    return "/Users/" + made["id"], made["id"]


def conversation(t, invited, domain):
    """`invited` is called when somebody has an invitation, or a task says that
    somebody must be invited."""
    one, one_id = born(t, okta_user("oona.replay@" + domain, "Oona", "Orr"), invited)
    two, two_id = born(t, entra_user("edda.replay@" + domain, "Edda", "Elm"), invited)
    t.ask("POST", "/Users", okta_user("oona.replay@" + domain, "Oona", "Orr"))
    t.ask("PATCH", one, patch_body(op("replace", "displayName", "Oona Ostrom"),
                                   op("replace", "name.familyName", "Ostrom")))
    t.ask("PATCH", two, patch_body(op("replace", "userName", "edda.new@" + domain),
                                   op("replace", 'emails[type eq "work"].value',
                                      "edda.new@" + domain)))
    t.ask("GET", find("edda.new@" + domain))
    group = t.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Replay",
                                      "members": [{"value": one_id}]}).json
    team = "/Groups/" + group["id"]
    t.ask("PATCH", team, patch_body(op("add", "members", [{"value": two_id}])))
    t.ask("PATCH", team, patch_body(op("remove", f'members[value eq "{one_id}"]')))
    t.ask("GET", team)
    t.ask("DELETE", team)
    t.ask("PATCH", one, patch_body(op("replace", "active", False)))
    t.ask("GET", find("oona.replay@" + domain))
    t.ask("PATCH", one, patch_body(op("replace", "active", True)))
    t.ask("DELETE", two)
    t.ask("GET", two)
    t.ask("POST", "/Users", entra_user("edda.new@" + domain, "Edda", "Elm"))
    t.ask("PATCH", one, patch_body(op("replace", "roles", [{"value": "emperor"}])))
    return t.lines


def to_record():
    """Names of the desks of which there must be a recording."""
    return [n for n, d in DESKS.items() if d.exists() and n not in NOT_RECORDED]
