#!/usr/bin/env python3
"""Recorded conversations (test/fixtures/DESK/recorded) are replayed without any
helpdesk: SCIM answers the same, and an unrecorded request fails and is named."""
import json
import os
import re
import unittest

import harness
import replay
import suite
from harness import Bridge, main, user_body

# Secrets of the simulators, and what real ones look like.
SECRETS = re.compile(r"sim-token|sim-app-secret|Bearer |Authorization|client_secret"
                     r"|access_token|\"password\"|1-\d+-[0-9a-f]{32}", re.I)
RESERVED = re.compile(r"\.example$|[@.]example\.com$")
ADDRESS = re.compile(r"[\w.+-]+@([\w-]+\.)+[\w-]+")


class ReplayBridge(Bridge):
    """The bridge with a recording in place of the helpdesk: its address is one
    where nobody answers."""

    def __init__(self, name, folder):
        desk = suite.DESKS.get(name)
        target = {"profile": name, "offboard": "manager, nobody",
                  "protect": "breakglass@acme.example"}
        self.secrets = {}
        if desk:
            nowhere = f"http://127.0.0.1:{harness.free_port()}"
            target = {"profile": desk.profile, **desk.target}
            target = {k: v.format(url=nowhere) if v else v for k, v in target.items()}
            self.secrets = desk.env
            target["base_url"] = nowhere + desk.path
        else:
            target["base_url"] = f"http://127.0.0.1:{harness.free_port()}/REST/2.0"
        target["replay"] = replay.folder_of(name)
        super().__init__(None, folder, target=target)

    def configure(self, server=None, target=None):
        self.sim = type("Nobody", (), {"api": ""})()
        super().configure(server, target)

    @property
    def env(self):
        return {"DESK_TOKEN": "not-a-token", **self.secrets}


class Replay(unittest.TestCase):
    maxDiff = 4000

    def replayed(self, name):
        with open(os.path.join(replay.folder_of(name), replay.TRANSCRIPT), encoding="utf-8") as f:
            wanted = json.load(f)
        with harness.temporary_folder() as folder:
            bridge = ReplayBridge(name, folder)
            token = bridge.token()
            bridge.start()
            scim = bridge.client(token)
            lines = replay.conversation(replay.Transcript(scim), lambda *_: None,
                                        wanted["domain"])
            for got, want in zip(lines, wanted["lines"]):
                self.assertEqual(got, want, f"{name}: {want['method']} {want['path']}")
            self.assertEqual(len(lines), len(wanted["lines"]))
            stranger = scim.raw("POST", "/Users", user_body(
                "nobody.recorded@" + wanted["domain"],
                name={"givenName": "No", "familyName": "Body"}))
            if stranger.status != 201:  # a helpdesk that makes no users is not asked
                self.assertEqual(stranger.status, 503, stranger)
                self.assertRegex(stranger.json["detail"], "The recording has no answer for "
                                                          "(GET|POST) /")
            bridge.stop()

    def test_the_recordings_that_must_be_there(self):
        there = set(replay.recorded())
        missing = [n for n in replay.to_record() if n not in there]
        self.assertEqual(missing, [], "test/fixtures/record records them")
        self.assertIn("request-tracker", there)

    def test_no_secret_and_nobody_real(self):
        for name in replay.recorded():
            folder = replay.folder_of(name)
            for file in os.listdir(folder):
                with open(os.path.join(folder, file), encoding="utf-8") as f:
                    text = f.read()
                self.assertIsNone(SECRETS.search(text), f"{folder}/{file}")
                for address in ADDRESS.finditer(text):
                    self.assertRegex(address.group(), RESERVED, f"{folder}/{file}")


def _add(name):
    def test(self):
        self.replayed(name)
    setattr(Replay, "test_" + name.replace("-", "_"), test)


for one in replay.recorded():
    _add(one)

if __name__ == "__main__":
    main()
