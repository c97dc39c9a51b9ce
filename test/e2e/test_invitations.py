#!/usr/bin/env python3
"""Invitations on the reference desk, whose clock is moved: sent, expired, sent
again within limits, accepted, revoked; and by a person where the API cannot."""
import json
import os
import tempfile
import time
import unittest

from harness import ROOT, Bridge, Sim, desk_part, main, op, wait_until

KIM = "kim.koch@acme.example"
DAY = 86400


def without_resend(folder):
    """The reference desk, had it no way to send an invitation again."""
    with open(os.path.join(ROOT, "providers", "refdesk.json"), encoding="utf-8") as f:
        profile = json.load(f)
    profile["operations"].pop("users.resend_invite")
    profile["lifecycle"]["invite"].pop("resend")
    profile["manual"] = {"resend": {"where": "Settings, People, Invited"}}
    path = os.path.join(folder, "no-resend.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(profile, f)
    return path


class Invitations(unittest.TestCase):
    target, knobs = {}, {}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sim = Sim(folder.name, **self.knobs)
        self.bridge = Bridge(self.sim, folder.name, None, self.settings(folder.name))
        self.bridge.start()
        self.addCleanup(self.end)
        self.scim = self.bridge.client(self.bridge.token())

    def settings(self, folder):
        del folder
        return self.target

    def end(self):
        try:
            if self.bridge.program.running():
                self.bridge.stop()
        finally:
            self.sim.stop()

    def invitation(self, user):
        return desk_part(self.scim.get("/Users/" + user["id"])).get("invitation")

    def expire(self):
        """The invitation ran out a moment ago by the helpdesk's own record."""
        was = self.sim.user(KIM)["invitation"]
        now = time.time()
        self.sim.human("set", email=KIM, fields={"invitation": {
            "sent_at": was["sent_at"] if was["sent_at"] < stamp(now - 7 * DAY) else
            stamp(now - 7 * DAY), "expires_at": stamp(now - 1)}})

    def mails(self):
        return len(self.sim.calls("users.resend_invite"))

    def tasks(self):
        return json.loads(self.bridge.run("tasks", "-c", self.bridge.ini, "--json"))["items"]

    def resend(self, user, *more, expect=0):
        return self.bridge.run("users", "resend", user["id"], "-c", self.bridge.ini, *more,
                               expect=expect)


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


class Life(Invitations):
    target = {"invitation.resend_after": "1s", "invitation.max_resends": "2"}

    def test_sent_then_accepted(self):
        kim = self.scim.new_user(KIM)
        told = self.invitation(kim)
        self.assertEqual((told["state"], told["resends"]), ("sent", 0))
        real = self.sim.user(KIM)["invitation"]
        self.assertEqual(told["sentAt"][:19], real["sent_at"][:19])
        self.assertEqual(told["expiresAt"][:19], real["expires_at"][:19])
        self.sim.human("accept_invitation", email=KIM)
        self.bridge.sync()
        told = self.invitation(kim)
        self.assertEqual(told["state"], "accepted")
        self.assertIn("acceptedAt", told)
        self.bridge.sync()
        self.assertEqual(self.invitation(kim), told)
        self.assertEqual(self.mails(), 0)

    def test_expired_is_sent_again_within_limits(self):
        kim = self.scim.new_user(KIM)
        for mails in (1, 2):
            self.expire()
            # Not sooner than invitation.resend_after, here a second.
            wait_until(lambda n=mails: self.bridge.sync() and self.mails() == n,
                       "the invitation was sent again")
            told = self.invitation(kim)
            self.assertEqual((told["state"], told["resends"]), ("sent", mails))
            self.assertGreater(self.sim.user(KIM)["invitation"]["expires_at"],
                               stamp(time.time()))
        self.expire()
        self.bridge.sync()
        self.bridge.sync()
        self.assertEqual(self.mails(), 2)
        told = self.invitation(kim)
        self.assertEqual((told["state"], told["resends"], told["givenUp"]), ("expired", 2, True))
        self.assertTrue(self.scim.get("/Users/" + kim["id"])["active"])
        self.assertEqual([t["kind"] for t in self.tasks()], ["resend"])
        # An operator may send one more; that ends the task.
        self.resend(kim, expect=2)
        self.resend(kim, "--force", "--by", "zoe")
        self.assertEqual((self.mails(), self.tasks()), (3, []))
        self.assertEqual(self.invitation(kim)["state"], "sent")
        rows = json.loads(self.bridge.run("audit", "-c", self.bridge.ini, "--resource", kim["id"],
                                          "--json"))["items"]
        self.assertIn(("user.resend", "zoe", "done"),
                      [(r["action"], r["actor"], r["outcome"]) for r in rows])

    def test_revoked_when_deactivated_before_accepting(self):
        kim = self.scim.new_user(KIM)
        self.expire()
        self.scim.patch("Users", kim["id"], op("replace", "active", False))
        self.assertEqual(len(self.sim.calls("users.revoke_invite")), 1)
        self.assertIsNone(self.sim.user(KIM))
        self.bridge.sync()
        self.assertEqual(self.mails(), 0)
        one = self.scim.get("/Users/" + kim["id"])
        self.assertFalse(one["active"])
        self.assertEqual((desk_part(one)["state"], desk_part(one).get("invitation")),
                         ("tombstone", None))
        self.resend(kim, expect=2)

    def test_a_crash_sends_no_mail_too_many(self):
        kim = self.scim.new_user(KIM)
        self.expire()
        self.sim.fault("hang", {"operation": "users.resend_invite"}, count=1)
        program = self.sync_in_background()
        wait_until(lambda: self.mails() >= 1, "the mail was asked for")
        self.bridge.kill()
        program.wait(30)
        self.sim.no_faults()
        self.bridge.start()
        self.assertGreaterEqual(self.invitation(kim)["resends"], 1)

    def sync_in_background(self):
        import subprocess
        from harness import BUILD
        return subprocess.Popen([os.path.join(BUILD, "scim-bridge"), "sync", "-c",
                                 self.bridge.ini, "desk"], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL,
                                env=dict(os.environ, **self.bridge.env))


class Gap(Invitations):
    """The profile's own limits: a day between two mails."""

    def test_not_too_soon(self):
        kim = self.scim.new_user(KIM)
        now = time.time()
        self.sim.human("set", email=KIM, fields={"invitation": {
            "sent_at": stamp(now - 3600), "expires_at": stamp(now - 1)}})
        self.bridge.sync()
        self.assertEqual((self.mails(), self.invitation(kim)["state"]), (0, "expired"))
        self.assertIn("resend_after", self.resend_error(kim))
        self.sim.human("set", email=KIM, fields={"invitation": {
            "sent_at": stamp(now - 25 * 3600), "expires_at": stamp(now - 1)}})
        self.bridge.sync()
        self.assertEqual((self.mails(), self.invitation(kim)["state"]), (1, "sent"))

    def resend_error(self, user):
        import subprocess
        from harness import BUILD
        return subprocess.run([os.path.join(BUILD, "scim-bridge"), "users", "resend", user["id"],
                               "-c", self.bridge.ini], capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, **self.bridge.env), check=False).stderr

    def test_alone(self):
        kim = self.scim.new_user(KIM)
        self.bridge.stop()
        self.resend(kim, expect=2)
        self.resend(kim, "--force")
        self.assertEqual(self.mails(), 1)
        self.bridge.start()
        self.assertEqual(self.invitation(kim)["resends"], 1)


class ByHand(Invitations):
    def settings(self, folder):
        return {"profile": without_resend(folder), "invitation.resend_after": "1s"}

    def test_a_person_is_asked_once(self):
        kim = self.scim.new_user(KIM)
        self.expire()
        self.bridge.sync()
        self.bridge.sync()
        (task,) = self.tasks()
        self.assertEqual((task["kind"], task["detail"]["place"]),
                         ("resend", "Settings, People, Invited"))
        self.bridge.run("tasks", "done", task["id"], "-c", self.bridge.ini, expect=1)
        now = time.time()
        self.sim.human("set", email=KIM, fields={"invitation": {
            "sent_at": stamp(now), "expires_at": stamp(now + 7 * DAY)}})
        self.bridge.sync()
        self.assertEqual(self.tasks(), [])
        self.assertEqual(self.invitation(kim)["state"], "sent")

    def test_withdrawn_when_not_wanted(self):
        kim = self.scim.new_user(KIM)
        self.expire()
        self.bridge.sync()
        (task,) = self.tasks()
        self.scim.patch("Users", kim["id"], op("replace", "active", False))
        self.assertEqual(self.tasks(), [])
        shown = json.loads(self.bridge.run("tasks", "show", task["id"], "-c", self.bridge.ini,
                                           "--json"))
        self.assertEqual(shown["state"], "withdrawn")


class Refused(ByHand):
    def settings(self, folder):
        return {**super().settings(folder), "unsupported.resend": "refuse"}

    def test_a_person_is_asked_once(self):
        kim = self.scim.new_user(KIM)
        self.expire()
        self.bridge.sync()
        self.assertEqual((self.tasks(), self.invitation(kim)["state"]), ([], "expired"))

    def test_withdrawn_when_not_wanted(self):
        """Nothing to withdraw; who is not wanted is revoked all the same."""
        kim = self.scim.new_user(KIM)
        self.scim.patch("Users", kim["id"], op("replace", "active", False))
        self.assertIsNone(self.sim.user(KIM))


if __name__ == "__main__":
    main()
