#!/usr/bin/env python3
"""Somebody leaves who has more open conversations than a request has time for:
each gets one new owner whatever happens, and every answer says what is so."""
import contextlib
import http.client
import json
import os
import tempfile
import threading
import time
import unittest

import harness
from harness import (DEADLINE, ENTERPRISE, Bridge, Sim, desk_part, main, op, patch_body,
                     wait_until)
from helpscout import DEVI, HELP, MAIL, MAREN, Desk, HelpScoutBridge

MINUTE = 3  # seconds that the simulated minute of a rate limit lasts


def quick_profile(name, folder, change=None):
    """The shipped profile, with a minute as short as the simulator's: the rate
    is the real one, the clock runs faster. `change` may do more to it."""
    with open(os.path.join(harness.ROOT, "providers", name + ".json"), encoding="utf-8") as f:
        profile = json.load(f)
    profile["rate"]["window_s"] = MINUTE
    if change:
        change(profile)
    path = os.path.join(folder, name + ".json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(profile, f)
    return path


class Leave(unittest.TestCase):
    """What all leaves share. A class says how to open its desk."""
    target = {}

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.desk, self.bridge = self.open(self.folder.name)
        token = self.bridge.token()
        self.bridge.start()
        self.scim = self.bridge.client(token)

    def tearDown(self):
        try:
            self.bridge.stop()
        finally:
            self.desk.stop()
            self.folder.cleanup()

    def see(self, user):
        return self.scim.get("/Users/" + user["id"])

    def promised(self, shown):
        """The bridge's own task in what SCIM shows, or None."""
        return next((t for t in desk_part(shown).get("tasks", []) if t["kind"] == "offboard"), None)

    def ended(self, user):
        return wait_until(lambda: not desk_part(self.see(user)).get("tasks") and self.see(user),
                          "the leave ended", 6 * DEADLINE)

    def work_of(self, shown):
        stone = desk_part(shown)["tombstone"]
        return stone["openWorkFound"], stone["openWorkMoved"], stone["openWorkTo"]

    def ask(self, user, answers):
        """One request as an identity provider makes it; it may be cut off."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            answers.append(self.scim.raw("PATCH", "/Users/" + user["id"],
                                         patch_body(op("replace", "active", False))))

    def truthful(self, answer):
        """What was answered was so: done, or promised, or an error."""
        if answer.status >= 400:
            self.assertIn(answer.status, (429, 503), answer)
            return
        self.assertEqual(answer.status, 200, answer)
        self.assertFalse(answer.json["active"])
        task = self.promised(answer.json)
        if task is None:
            self.assertIn("tombstone", desk_part(answer.json), "done, then")
        else:
            self.assertEqual(task["by"], "bridge")
            self.assertEqual(task["found"], task["moved"] + task["left"])

    def killed_three_times(self, user, moved):
        """Asks, kills, starts, and asks again, as often. A start that has not
        come far enough to answer goes on with the leave all the same."""
        answers = []
        for again in range(3):
            before = moved()
            if again:
                self.bridge.start(wait=False)
            asked = threading.Thread(target=self.ask, args=(user, answers))
            asked.start()
            wait_until(lambda at=before: moved() > at + 15, "some work was handed over")
            self.bridge.kill()
            asked.join()
        self.bridge.start()
        shown = self.see(user)
        self.assertFalse(shown["active"], "promised, by the answer or by the recovery")
        self.assertTrue(self.promised(shown) or "tombstone" in desk_part(shown))

        def answered():
            """503 is true as well, while a list is being read."""
            self.ask(user, answers)
            return answers and answers[-1].status == 200

        wait_until(answered, "the request that was sent again was answered", 6 * DEADLINE)
        for answer in answers:
            self.truthful(answer)
        return self.ended(user)

    def undo(self, user):
        lines = self.bridge.run("users", "handover", "-c", self.bridge.ini, user["id"], "--undo")
        return [json.loads(line) for line in lines.splitlines()]

    def audit(self, user):
        lines = self.bridge.run("audit", "list", "-c", self.bridge.ini, "--json", "--limit", "1000",
                                "--resource", user["id"])
        return json.loads(lines)["items"]


class HelpScout(Leave):
    """Deactivation is deletion: the account waits for its conversations."""

    def leaver(self, count):
        maren, devi = (self.scim.user(n + MAIL) for n in ("maren.holst", "devi.raman"))
        self.desk.human("set_access", id=MAREN, mailboxes=[HELP, 7302])
        had = len(self.desk.owned_by(DEVI, "active")) + len(self.desk.owned_by(DEVI, "pending"))
        self.desk.human("conversation_open", id=DEVI, count=count - had)
        self.desk.human("conversation_open", id=DEVI, count=7, status="closed")
        self.scim.patch("Users", devi["id"],
                        op("add", None, {ENTERPRISE: {"manager": {"value": maren["id"]}}}))
        return devi

    def moved(self):
        return len(self.desk.owned_by(MAREN))

    def one_owner_each(self, heir):
        """From the calls themselves: nothing went to two people."""
        heirs = {}
        for call in self.desk.calls("tickets.assign"):
            if call["status"] == 204:
                heirs.setdefault(call["path"], set()).add(json.dumps(call["body"]))
        self.assertEqual({len(h) for h in heirs.values()}, {1})
        for bodies in heirs.values():
            self.assertIn(str(heir), "".join(bodies))


class AtHelpScout(HelpScout):
    """At the rate of the plan Standard."""

    def open(self, folder):
        desk = Desk(folder, plan="standard", rate=0, minute=MINUTE)
        target = {"profile": quick_profile("helpscout", folder), "deadline": "1s"}
        return desk, HelpScoutBridge(desk, folder, None, target)

    def test_250_conversations_and_three_kills(self):
        devi = self.leaver(250)
        began = time.monotonic()
        shown = self.killed_three_times(devi, self.moved)
        took = time.monotonic() - began
        self.assertEqual(self.work_of(shown), (250, 250, "maren.holst" + MAIL))
        self.assertEqual(self.moved(), 250, "and closed work stayed where it was")
        self.one_owner_each(MAREN)
        self.assertIsNone(self.desk.user("devi.raman" + MAIL))
        self.assertEqual(len(self.desk.calls("users.delete", "DELETE")), 1)
        # 250 writes of 2 at 200 a minute, and the reads: no faster than that.
        self.assertGreater(took, MINUTE * 250 * 2 / 200 * 0.8, "it was paced")
        self.assertEqual([c for c in self.desk.calls() if c["status"] == 429], [])
        undo = self.undo(devi)
        self.assertEqual(len({u["conversation"] for u in undo}), 250)
        self.assertEqual({(u["from"]["upstreamId"], u["to"]["upstreamId"]) for u in undo},
                         {(str(DEVI), str(MAREN))})
        last = [a for a in self.audit(devi) if "250 of 250" in (a["detail"] or "")]
        self.assertTrue(last, "the receipt is in the audit")
        self.bridge.sync()
        self.assertFalse(self.see(devi)["active"])

    def test_it_ends_without_another_request(self):
        devi = self.leaver(120)
        answers = []
        self.ask(devi, answers)
        self.truthful(answers[0])
        task = self.promised(answers[0].json)
        self.assertGreater(task["left"], 0, "the deadline is short")
        self.assertIsNotNone(self.desk.user("devi.raman" + MAIL), "it waits for its work")
        self.assertNotIn("tombstone", desk_part(answers[0].json))
        self.bridge.sync()
        self.assertFalse(self.see(devi)["active"], "a sync does not bring it back")
        self.bridge.stop()
        self.bridge.start()
        shown = self.ended(devi)
        self.assertEqual(self.work_of(shown)[:2], (120, 120))
        self.assertIsNone(self.desk.user("devi.raman" + MAIL))
        self.assertIn("offboard.ended", self.bridge.log())

    def test_a_change_of_mind_withdraws_the_rest(self):
        devi = self.leaver(250)
        answers = []
        self.ask(devi, answers)
        self.assertIsNotNone(self.promised(answers[0].json))
        back = self.scim.patch("Users", devi["id"], op("replace", "active", True))
        self.assertTrue(back["active"])
        self.assertIsNone(self.promised(back))
        self.assertIsNotNone(self.desk.user("devi.raman" + MAIL))
        moved = self.moved()
        self.bridge.sync()
        self.assertEqual(self.moved(), moved, "nothing more is handed over")
        self.assertTrue(self.see(devi)["active"])
        self.assertEqual(len(self.undo(devi)), moved)
        self.assertIn("offboard.withdrawn", self.bridge.log())
        # And the next leave takes what is there then.
        self.ask(devi, answers)
        self.assertEqual(self.work_of(self.ended(devi))[:2], (250 - moved, 250 - moved))

    def test_delete_is_kept_as_a_promise(self):
        devi = self.leaver(120)
        self.assertEqual(self.scim.raw("DELETE", "/Users/" + devi["id"]).status, 204)
        self.scim.error(404, "GET", "/Users/" + devi["id"])
        self.assertIsNotNone(self.desk.user("devi.raman" + MAIL))
        tasks = json.loads(self.bridge.run("tasks", "-c", self.bridge.ini, "--json"))["items"]
        self.assertEqual([(t["kind"], t["detail"]["by"]) for t in tasks], [("offboard", "bridge")])
        self.bridge.kill()
        self.bridge.start()
        self.scim.error(404, "DELETE", "/Users/" + devi["id"])
        wait_until(lambda: self.desk.user("devi.raman" + MAIL) is None, "the account is gone",
                   6 * DEADLINE)
        self.assertEqual(self.moved(), 120)
        self.one_owner_each(MAREN)
        wait_until(lambda: "offboard.ended" in self.bridge.log(), "the leave ended")


class WithSlowAnswers(HelpScout):
    """One reading of the list takes longer than a turn of the background."""

    def open(self, folder):
        desk = Desk(folder)
        return desk, HelpScoutBridge(desk, folder, None, {"deadline": "1s"})

    def test_the_list_is_read_to_its_end_all_the_same(self):
        devi = self.leaver(60)
        self.desk.set(latency_ms=150)
        answers = []
        self.ask(devi, answers)
        self.truthful(answers[0])
        self.bridge.kill()
        self.bridge.start()
        self.assertEqual(self.work_of(self.ended(devi))[:2], (60, 60))
        self.one_owner_each(MAREN)


class WithALaggingList(HelpScout):
    """The list of conversations shows a write only later."""

    def open(self, folder):
        desk = Desk(folder, search_lag_ms=1500)
        return desk, HelpScoutBridge(desk, folder, None, {"deadline": "5s"})

    def test_what_is_still_listed_goes_to_nobody_else(self):
        devi = self.leaver(30)
        answers = []
        self.ask(devi, answers)
        self.truthful(answers[0])
        self.assertEqual(self.work_of(self.ended(devi)), (30, 30, "maren.holst" + MAIL))
        self.one_owner_each(MAREN)


class Refdesk(Leave):
    """Deactivation comes first, and takes the conversations away."""

    def open(self, folder):
        def small(profile):
            profile["operations"]["tickets.assign"]["batch"]["max"] = 20
            profile["operations"]["tickets.assign"]["job"]["interval_ms"] = 100

        desk = Sim(folder)
        target = {"profile": quick_profile("refdesk", folder, small), "deadline": "1s",
                  **self.target}
        return desk, Bridge(desk, folder, None, target)

    def leaver(self, count):
        boss, dev = (self.scim.user(n + "@desk.example") for n in ("eve.ek", "dev.das"))
        real = self.desk.user("dev.das@desk.example")
        self.had = self.moved()
        self.scim.patch("Users", dev["id"],
                        op("add", None, {ENTERPRISE: {"manager": {"value": boss["id"]}}}))
        self.desk.human("ticket_open", email=real["email"],
                        count=count - len(self.desk.tickets_of(real)))
        return dev

    def moved(self):
        return len(self.desk.tickets_of(self.desk.user("eve.ek@desk.example")))

    def one_owner_each(self):
        heirs = {}
        for call in self.desk.calls("tickets.assign"):
            if call["status"] == 202:
                body = json.loads(call["body"])
                for ticket in body["ticket_ids"]:
                    heirs.setdefault(ticket, set()).add((body["to_user_id"], body["to_team_id"]))
        self.assertEqual({len(h) for h in heirs.values()}, {1})
        return heirs


class AtRefdesk(Refdesk):
    def test_250_conversations_and_three_kills(self):
        dev = self.leaver(250)
        shown = self.killed_three_times(dev, self.moved)
        self.assertEqual(self.work_of(shown), (250, 250, "eve.ek@desk.example"))
        self.assertEqual(self.moved() - self.had, 250)
        self.assertEqual(len(self.one_owner_each()), 250)
        self.assertEqual(self.desk.user("dev.das@desk.example")["status"], "deactivated")
        self.assertEqual(len(self.undo(dev)), 250)

    def test_access_goes_before_the_conversations(self):
        dev = self.leaver(250)
        answers = []
        self.ask(dev, answers)
        self.truthful(answers[0])
        self.assertGreater(self.promised(answers[0].json)["left"], 0)
        self.assertEqual(self.desk.user("dev.das@desk.example")["status"], "deactivated")
        self.assertEqual(desk_part(answers[0].json)["tombstone"]["openWorkFound"], 250)
        self.assertEqual(self.work_of(self.ended(dev))[:2], (250, 250))

    def test_who_comes_back_keeps_what_is_not_handed_over(self):
        dev = self.leaver(250)
        answers = []
        self.ask(dev, answers)
        self.assertIsNotNone(self.promised(answers[0].json))
        back = self.scim.patch("Users", dev["id"], op("replace", "active", True))
        self.assertTrue(back["active"])
        self.assertEqual(self.desk.user("dev.das@desk.example")["status"], "active")
        moved = self.moved()
        self.bridge.sync()
        self.assertEqual((self.moved(), len(self.undo(dev))), (moved, moved - self.had))


class InTurn(Refdesk):
    """A team's members take them in turn, those who cannot are passed over."""
    target = {"offboard": "agent:nobody.here@desk.example, round-robin:First Line, nobody"}

    def test_each_gets_as_many_as_the_next(self):
        dev = self.leaver(90)
        answers = []
        self.ask(dev, answers)
        shown = self.ended(dev)
        self.assertEqual(self.work_of(shown)[:2], (90, 90))
        team = {str(self.desk.user(n + "@desk.example")["id"]) for n in ("ada.adler", "ben.baker",
                                                                         "cleo.chan")}
        got = {}
        for line in self.undo(dev):
            got[line["to"]["upstreamId"]] = got.get(line["to"]["upstreamId"], 0) + 1
        self.assertEqual(set(got), team)
        self.assertEqual(set(got.values()), {30})
        self.one_owner_each()


if __name__ == "__main__":
    main()
