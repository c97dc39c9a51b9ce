"""What the tests of Help Scout share: the simulated desk with its token, and the
bridge in front of it."""
import json
import os
import urllib.parse

import harness
from harness import Bridge, Sim, call

FIXTURES = os.path.join(harness.ROOT, "test", "fixtures", "helpscout")
CLIENT = {"client_id": "sim-app", "client_secret": "sim-app-secret"}
MAIL = "@lumen-harbor.example"
INES, TOMAS, OWN, MAREN, DEVI, PIET, AIKO = range(510001, 510008)
HELP, BILLING = 7301, 7302


def sample(name):
    with open(os.path.join(FIXTURES, name + ".json"), encoding="utf-8") as f:
        return json.load(f)


class Desk(Sim):
    """The simulated Help Scout."""

    def __init__(self, folder, **knobs):
        super().__init__(folder, desk="helpscout", **knobs)
        self.api, self.bearer = self.url, None

    def ask_token(self, body, kind="application/x-www-form-urlencoded", query="", **headers):
        if kind == "application/x-www-form-urlencoded" and isinstance(body, dict):
            body = urllib.parse.urlencode(body)
        send = {"Content-Type": kind, **headers} if kind else headers
        return call(self.url, "POST", "/v2/oauth2/token" + query, body, send)

    def new_token(self):
        reply = self.ask_token({"grant_type": "client_credentials", **CLIENT})
        if reply.status != 200:
            raise AssertionError(f"no token: {reply}")
        return reply.json["access_token"]

    def hs(self, method, path, body=None, token=None, **headers):
        """One call of the API, as the bridge would make it."""
        if token is None:
            self.bearer = self.bearer or self.new_token()
            token = self.bearer
        send = {"Authorization": "Bearer " + token}
        if body is not None:
            send["Content-Type"] = "application/json; charset=UTF-8"
        return call(self.url, method, path, body, {**send, **headers})

    def rows(self, path, key):
        """All rows of a list, by its pages."""
        found, page, joint = [], 1, "&" if "?" in path else "?"
        while True:
            body = self.hs("GET", f"{path}{joint}page={page}").json
            found += body.get("_embedded", {}).get(key, [])
            if page >= body["page"]["totalPages"]:
                return found
            page += 1

    def owned_by(self, user_id, status=None):
        return [c for c in self.table("conversations")
                if c.get("assignee", {}).get("id") == user_id and status in (None, c["status"])]


class HelpScoutBridge(Bridge):
    """The bridge with the profile helpscout; its secrets come by environment."""

    def __init__(self, sim, folder, server=None, target=None):
        self.target = {
            "profile": "helpscout", "base_url": sim.url,
            "set.token_url": sim.url + "/v2/oauth2/token", "set.scim_url": sim.url + "/v2/scim",
            "secret.token": None, "secret.scim_token": "env:HS_SCIM_TOKEN",
            "secret.client_id": "env:HS_CLIENT_ID", "secret.client_secret": "env:HS_CLIENT_SECRET",
            **(target or {})}
        super().__init__(sim, folder, server, self.target)

    @property
    def env(self):
        return {"HS_CLIENT_ID": CLIENT["client_id"], "HS_CLIENT_SECRET": CLIENT["client_secret"],
                "HS_SCIM_TOKEN": "sim-scim-token"}
