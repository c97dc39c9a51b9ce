#!/usr/bin/env python3
"""What an operator does with the database: back it up while it is in use, look
whether it is sound, prove that the audit was not touched; and what the bridge
says when the file is damaged."""
import json
import os
import shutil
import sqlite3
import tempfile
import threading
import unittest

from harness import Bridge, Case, main, op, user_body

UNLOCK = "DROP TRIGGER audit_is_append_only; DROP TRIGGER audit_keeps_all;"


class Database(Case):
    def setUp(self):
        super().setUp()
        self.place = tempfile.mkdtemp(prefix="scim-bridge-e2e-")
        self.addCleanup(shutil.rmtree, self.place, True)

    def command(self, *args, expect=0):
        return self.bridge.run(args[0], "-c", self.bridge.ini, *args[1:], expect=expect)

    def backup(self, name):
        path = os.path.join(self.place, name)
        self.command("backup", path)
        return path

    def other(self, database):
        """A configuration of the same target with another database."""
        bridge = Bridge(self.sim, self.place, server={"database": database})
        bridge.database = database
        return bridge

    def test_a_backup_while_writes_go_on_serves_what_it_holds(self):
        made = self.scim.new_user("in.the.backup@acme.example")
        stop = threading.Event()

        def write():
            n = 0
            while not stop.is_set():
                n += 1
                self.scim.patch("Users", made["id"], op("replace", "displayName", f"Name {n}"))

        thread = threading.Thread(target=write)
        thread.start()
        try:
            path = self.backup("copy.db")
        finally:
            stop.set()
            thread.join()
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(os.listdir(self.place), ["copy.db"])
        restored = self.other(path).start()
        try:
            found = restored.client(self.token).get("/Users/" + made["id"])
            self.assertEqual(found["userName"], made["userName"])
        finally:
            restored.stop()

    def test_a_backup_never_takes_the_place_of_a_file(self):
        path = self.backup("copy.db")
        before = os.stat(path).st_mtime_ns
        self.command("backup", path, expect=3)
        self.assertEqual(os.stat(path).st_mtime_ns, before)
        self.command("backup", expect=2)

    def test_a_sound_database(self):
        self.assertIn("sound", self.command("doctor"))
        self.assertEqual(json.loads(self.command("doctor", "--json"))["items"], [])
        self.assertIn("whole", self.command("audit", "verify"))
        self.assertEqual(self.command("audit"), self.command("audit", "list"))

    def test_a_tally_that_is_wrong_is_found_and_mended(self):
        path = self.backup("copy.db")
        ini = self.other(path).ini
        with sqlite3.connect(path) as db:
            db.execute("UPDATE tally SET living = living + 1")
        found = json.loads(self.bridge.run("doctor", "-c", ini, "--json", expect=1))["items"]
        self.assertEqual([f["repairable"] for f in found], [True])
        self.assertIn("desk", found[0]["finding"])
        self.assertIn("sound", self.bridge.run("doctor", "-c", ini, "--repair"))
        self.assertIn("sound", self.bridge.run("doctor", "-c", ini))

    def test_a_repair_waits_until_the_server_is_stopped(self):
        self.command("doctor", "--repair", expect=3)

    def test_an_audit_that_was_touched(self):
        self.scim.new_user("for.the.audit@acme.example")
        acts = ("UPDATE audit SET detail = coalesce(detail, '') || '!' WHERE n = 2",
                "DELETE FROM audit WHERE n = 2",
                "DELETE FROM audit WHERE n = (SELECT max(n) FROM audit)")
        for n, act in enumerate(acts):
            path = self.backup(f"copy-{n}.db")
            with sqlite3.connect(path) as db:
                db.executescript(UNLOCK + act)
            ini = self.other(path).ini
            said = self.bridge.run("audit", "verify", "-c", ini, expect=1)
            self.assertIn("at row", said, act)
            self.assertIn("audit", self.bridge.run("doctor", "-c", ini, expect=1))

    def test_a_damaged_file_is_refused_with_advice(self):
        path = self.backup("copy.db")
        with open(path, "r+b") as f:
            f.write(b"not a database at all, and no header either")
        bridge = self.other(path)
        for command in ("serve", "doctor", "audit"):
            with self.assertRaises(AssertionError) as said:
                bridge.run(command, "-c", bridge.ini)
            self.assertIn(": 3, not 0", str(said.exception))
            self.assertIn("put back a backup", str(said.exception))

    def test_damage_inside_is_told_by_the_doctor(self):
        for n in range(40):
            self.scim.post("Users", user_body(f"page.{n}@acme.example"))
        path = self.backup("copy.db")
        size = os.path.getsize(path)
        with open(path, "r+b") as f:
            for at in range(4096 * 40, size - 4096, 4096):
                f.seek(at)
                f.write(b"\xff" * 64)
        bridge = self.other(path)
        said = self.bridge.run("doctor", "-c", bridge.ini, expect=None)
        self.assertNotIn("sound", said)


if __name__ == "__main__":
    main()
