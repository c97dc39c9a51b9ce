#!/usr/bin/env python3
"""make demo, as a newcomer meets it: ready, five lines that work, a second
start that goes on, and nothing left behind."""
import json
import os
import re
import signal
import socket
import subprocess
import unittest

from harness import (BUILD, DEADLINE, LIST, ROOT, Program, call, desk_part, free_port, main,
                     no_report, temporary_folder, wait_until)


def processes_with(text):
    """The processes whose command line or environment names `text`."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                command = f.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if text in command and int(pid) != os.getpid():
            found.append(command)
    return found


class Demo(unittest.TestCase):
    def start(self, state, token=None, desk=None):
        """Returns the program, the URL, the token, and the five lines. Without a
        desk it is the one that `make demo` takes by itself."""
        env = {"BUILD": BUILD, "STATE": state, "PORT": str(free_port()), "DESK": desk or ""}
        if token:
            env["TOKEN"] = token
        program = Program("demo", [os.path.join(ROOT, "test", "demo")], os.path.dirname(state), env)
        self.addCleanup(lambda: program.running() and program.process.send_signal(signal.SIGINT))
        url, said = program.line("ready:"), program.line("token:")
        self.assertEqual(url, f"http://127.0.0.1:{env['PORT']}/scim/v2")
        self.assertLess(*[next(i for i, one in enumerate(program.lines) if one.startswith(word))
                          for word in ("token:", "ready:")], "the token comes first")
        wait_until(lambda: len([x for x in program.lines if x.startswith("curl ")]) == 5,
                   "five lines were printed")
        lines = [line for line in program.lines if line.startswith("curl ")]
        return program, url, said, lines

    def end(self, program, state, how=signal.SIGINT):
        program.process.send_signal(how)
        self.assertIn(program.process.wait(DEADLINE * 2), (0, 130, -int(how)))
        program._close()
        wait_until(lambda: not processes_with(state), "no process is left behind")
        for name in os.listdir(state):
            if name.endswith(".log"):
                no_report(os.path.join(state, name))

    def paste(self, line):
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False,
                              timeout=DEADLINE * 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        got = json.loads(done.stdout)
        self.assertNotIn("detail", got, line)
        return got

    def test_five_lines_and_a_second_start(self):
        for desk in (None, "refdesk", "kustomer", "zendesk", "freshdesk", "zammad"):
            with self.subTest(desk=desk or "the default"):
                self.five_lines_and_a_second_start(desk)

    def five_lines_and_a_second_start(self, desk):
        with temporary_folder() as folder:
            state = os.path.join(folder, "state")
            program, url, token, lines = self.start(state, desk=desk)
            who = self.paste(lines[0])
            self.assertEqual(who["schemas"], [LIST])
            self.assertGreaterEqual(who["totalResults"], 3)
            made = self.paste(lines[1])
            self.assertTrue(made["id"])
            self.assertTrue(made["active"])
            changed = self.paste(lines[2])
            self.assertEqual(changed["id"], made["id"])
            self.assertNotEqual(changed["displayName"], made["displayName"])
            self.assertFalse(self.paste(lines[3])["active"])
            again = self.paste(lines[4])
            self.assertEqual([u["id"] for u in again["Resources"]], [made["id"]])
            self.assertFalse(again["Resources"][0]["active"])
            self.end(program, state)

            program, url, second, _ = self.start(state, desk=desk)
            self.assertEqual(second, token, "the token goes on to work")
            kept = call(url, "GET", "/Users/" + made["id"], headers={
                "Authorization": "Bearer " + token})
            self.assertEqual(kept.status, 200)
            self.assertFalse(kept.json["active"])
            self.assertEqual(kept.json["displayName"], changed["displayName"])
            self.end(program, state, signal.SIGTERM)

    def test_a_port_that_is_taken_is_said_at_once(self):
        with temporary_folder() as folder, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            state = os.path.join(folder, "state")
            env = dict(os.environ, BUILD=BUILD, STATE=state, DESK="refdesk",
                       PORT=str(taken.getsockname()[1]))
            done = subprocess.run([os.path.join(ROOT, "test", "demo")], capture_output=True,
                                  text=True, check=False, timeout=DEADLINE * 2, env=env)
            self.assertEqual(done.returncode, 1)
            self.assertIn("Address already in use", done.stderr)
            wait_until(lambda: not processes_with(state), "no process is left behind")

    def test_the_default_is_help_scout_and_refuses_no_test_user(self):
        with temporary_folder() as folder:
            state = os.path.join(folder, "state")
            token = "my-own-token-for-a-demo-0123456789"
            program, url, _, _ = self.start(state, token)
            with open(os.path.join(state, "scim-bridge.ini"), encoding="utf-8") as f:
                self.assertIn("profile       = helpscout", f.read())
            for i in range(30):
                made = call(url, "POST", "/Users", json.dumps({
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                    "userName": f"user.{i}@acme.example"}), {
                        "Authorization": "Bearer " + token,
                        "Content-Type": "application/scim+json"})
                self.assertEqual((made.status, made.json["active"]), (201, True), made)
                self.assertNotIn("tasks", desk_part(made.json))
                gone = call(url, "DELETE", "/Users/" + made.json["id"], None,
                            {"Authorization": "Bearer " + token})
                self.assertEqual(gone.status, 204, gone)
            self.end(program, state)

    def test_a_token_of_ones_own(self):
        with temporary_folder() as folder:
            state = os.path.join(folder, "state")
            token = "my-own-token-for-a-demo-0123456789"
            program, url, said, lines = self.start(state, token)
            self.assertEqual(said, token)
            reply = call(url, "GET", "/Users?count=1", headers={"Authorization": "Bearer " + token})
            self.assertEqual(reply.status, 200)
            self.assertTrue(all(re.search(re.escape(token), line) for line in lines))
            ini = os.path.join(state, "scim-bridge.ini")
            with open(ini, encoding="utf-8") as f:
                self.assertNotIn(token, f.read())
            self.end(program, state)


if __name__ == "__main__":
    main()
