#!/usr/bin/env python3
"""Starting: with a helpdesk that is away or refuses us, beside another bridge,
with a configuration that is wrong; and a helpdesk that counts our calls."""
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import (BUILD, Bridge, Case, Sim, call, check_error, main, op, patch_body, user_body,
                     wait_until)


class Start(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="scim-bridge-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.sim = Sim(self.folder)
        self.addCleanup(self.sim.stop)
        self.bridge = Bridge(self.sim, self.folder, target={"sync_interval": "1s"})
        self.token = self.bridge.token()
        self.addCleanup(self.end)

    def end(self):
        if self.bridge.program and self.bridge.program.running():
            self.bridge.stop()

    def waiting(self):
        """SCIM says to come back later; the process is well."""
        reply = self.bridge.client(self.token).raw("GET", "/Users")
        check_error(reply, 503)
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        self.assertEqual(call(self.bridge.root, "GET", "/healthz").status, 200)
        self.assertEqual(call(self.bridge.root, "GET", "/readyz").status, 503)

    def opens(self):
        self.bridge.wait_ready()
        found = self.bridge.client(self.token).find("Users")
        self.assertEqual(found["totalResults"], len(self.sim.users()))

    def test_many_targets_begin_and_end_side_by_side(self):
        names = [f"desk-{n}" for n in range(8)]
        with open(self.bridge.ini, encoding="utf-8") as f:
            head, target = f.read().split("[target desk]", 1)
        with open(self.bridge.ini, "w", encoding="utf-8") as f:
            f.write(head + "".join(f"[target {name}]{target}" for name in names))
        for _ in range(3):
            self.bridge.start()
            for name in names:
                token = self.bridge.token(target=name)
                found = self.bridge.client(token, f"/{name}/scim/v2").find("Users")
                self.assertEqual(found["totalResults"], len(self.sim.users()))
            self.bridge.stop()

    def test_the_helpdesk_is_away_at_first(self):
        self.sim.fault("status", {"path": "/api/v1"}, status=503, count=0)
        self.bridge.start(wait=False)
        self.waiting()
        self.sim.no_faults()
        self.opens()

    def test_the_helpdesk_stalls_at_first(self):
        self.sim.fault("hang", {"operation": "users.list"}, count=0)
        self.bridge.start(wait=False)
        self.waiting()
        self.sim.no_faults()
        self.opens()

    def test_a_stop_does_not_wait_for_a_stalled_helpdesk(self):
        number = self.sim.fault("hang", {"operation": "users.list"}, count=0)
        self.bridge.start(wait=False)
        wait_until(lambda: self.sim.hits(number), "the helpdesk was asked")
        self.bridge.stop()

    def test_the_helpdesk_refuses_our_token(self):
        self.sim.set(token="another")
        self.bridge.start(wait=False)
        self.waiting()
        wait_until(lambda: "401" in self.bridge.log() or "credential" in self.bridge.log()
                   or "unauthorized" in self.bridge.log(), "the log said why")
        self.assertNotIn("sim-token", self.bridge.log())
        self.sim.set(token="sim-token")
        self.opens()

    def test_two_bridges_on_one_database(self):
        self.bridge.start()
        done = subprocess.run([os.path.join(BUILD, "scim-bridge"), "serve", "-c", self.bridge.ini],
                              capture_output=True, text=True, timeout=60, check=False,
                              env=dict(os.environ, **self.bridge.env))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(self.bridge.database, done.stderr)
        self.opens()

    def test_a_restart_serves_what_was_known(self):
        self.bridge.start()
        before = self.bridge.client(self.token).all("Users")
        self.bridge.stop()
        self.bridge.start()
        after = self.bridge.client(self.token).all("Users")
        self.assertEqual([(u["id"], u["meta"]["version"]) for u in after],
                         [(u["id"], u["meta"]["version"]) for u in before])

    def test_sighup_keeps_it_serving(self):
        self.bridge.start()
        self.bridge.program.process.send_signal(signal.SIGHUP)
        self.opens()
        self.assertTrue(self.bridge.program.running())

    def test_check_speaks_without_a_network(self):
        self.sim.fault("hang", count=0)
        said = self.bridge.run("check", "-c", self.bridge.ini)
        self.assertIn("desk", said)
        self.assertEqual(self.sim.calls(), [])

    def test_mistakes_in_the_configuration(self):
        for server, target, word in (({"listne": "x"}, {}, "listen"),
                                     ({"log_level": "loud"}, {}, "info"),
                                     ({}, {"profile": "refdsek"}, "refdesk"),
                                     ({}, {"secret.token": "env:NOT_SET_AT_ALL"}, "NOT_SET_AT_ALL"),
                                     ({}, {"secret.token": "literal"}, "env:"),
                                     ({}, {"removal": "delete"}, "removal"),
                                     ({}, {"role.king": "Kings"}, "king"),
                                     ({}, {"role.default": "admin"}, "by default"),
                                     ({}, {"role.admin": "Desk", "role.agent": "DESK"},
                                      "same group"),
                                     ({}, {"inbox.Help": "*"}, "no inboxes")):
            self.bridge.configure(server, target)
            done = subprocess.run([os.path.join(BUILD, "scim-bridge"), "serve", "-c",
                                   self.bridge.ini], capture_output=True, text=True, timeout=60,
                                  check=False, env=dict(os.environ, **self.bridge.env))
            self.assertEqual(done.returncode, 2, f"{server} {target}: {done.stderr}")
            self.assertIn(word, done.stderr)


class Rate(Case):
    """The helpdesk takes 60 calls a minute, and the bridge must live with it."""
    knobs = {"rate": 60}
    target = {"deadline": "2s"}

    def test_the_limit_is_obeyed_and_told(self):
        reply, made = None, 0
        for n in range(60):
            reply = self.scim.raw("POST", "/Users", user_body(f"many.number{n}@acme.example"))
            if reply.status != 201:
                break
            made += 1
        self.assertIn(reply.status, (429, 503), reply)
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        self.assertGreater(made, 5)
        refused = [c for c in self.sim.calls() if c["status"] == 429]
        self.assertLessEqual(len(refused), 2, "it does not run into the wall")
        real = [u for u in self.sim.users() if u["email"].startswith("many.")]
        self.assertEqual(len(real), made, "what was refused was not done")
        self.assertEqual(len(self.scim.filter("Users", 'userName sw "many."', count=200)), made)
        user = self.scim.find("Users", filter='userName sw "many."', count=1)["Resources"][0]
        reply = self.scim.raw("PATCH", "/Users/" + user["id"],
                              patch_body(op("replace", "externalId", "local")))
        self.assertIn(reply.status, (200, 429, 503))


if __name__ == "__main__":
    main()
