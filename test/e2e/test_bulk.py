#!/usr/bin/env python3
"""Many writes in one request (RFC 7644 section 3.7): what happened to each, in
which order, with references among them, forwards and in circles."""
import json
import threading

from harness import (ENTERPRISE, GROUP, USER, Case, check_error, main, op, patch_body, same_user,
                     user_body)

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def post(bulk_id, data, path="/Users"):
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def group(name, *members):
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members]}


def managed(email, manager):
    return user_body(email, schemas=[USER, ENTERPRISE], **{ENTERPRISE: {"manager": {
        "value": manager}, "department": "Walks"}})


class Bulk(Case):
    def send(self, *operations, **more):
        return self.scim.want(200, "POST", "/Bulk", {"schemas": [REQUEST],
                                                     "Operations": list(operations), **more})

    def bulk(self, *operations, **more):
        body = self.send(*operations, **more).json
        self.assertEqual(set(body), {"schemas", "Operations"})
        self.assertEqual(body["schemas"], [RESPONSE])
        for one in body["Operations"]:
            self.assertIsInstance(one["status"], str)
            ok = one["status"].startswith("2")
            self.assertEqual("response" in one, not ok, one)
            if not ok:
                self.assertEqual(one["response"]["status"], one["status"])
            self.assertEqual("version" in one, ok and one["method"] != "DELETE")
        return body["Operations"]

    def path(self, result):
        self.assertTrue(result["location"].startswith(self.scim.url))
        return result["location"][len(self.scim.url):]

    def made(self, result):
        return self.scim.get(self.path(result))

    @staticmethod
    def statuses(results):
        return [one["status"] for one in results]

    # -- results

    def test_all_methods_in_their_order(self):
        old = [self.scim.new_user(f"old.{c}@bulk.example") for c in "abc"]
        team = self.scim.new_group("Bulk team", old[0]["id"])
        results = self.bulk(
            post("new", user_body("new.one@bulk.example")),
            {"method": "PUT", "path": f"/Users/{old[0]['id']}",
             "data": {**old[0], "displayName": "Old Ay"}},
            {"method": "PATCH", "path": f"Users/{old[1]['id']}",
             "data": patch_body(op("replace", "displayName", "Old Bee"))},
            {"method": "patch", "path": f"/v2/Groups/{team['id']}",
             "data": patch_body(op("add", "members", [{"value": "bulkId:new"}]))},
            {"method": "DELETE", "path": f"{self.scim.url}/Users/{old[2]['id']}"})
        self.assertEqual(self.statuses(results), ["201", "200", "200", "204", "204"])
        self.assertEqual([one["method"] for one in results],
                         ["POST", "PUT", "PATCH", "patch", "DELETE"])
        self.assertEqual([one.get("bulkId") for one in results], ["new"] + [None] * 4)
        self.assertEqual(self.made(results[1])["displayName"], "Old Ay")
        self.assertEqual(self.made(results[2])["displayName"], "Old Bee")
        self.assertEqual({m["value"] for m in self.made(results[3])["members"]},
                         {old[0]["id"], self.made(results[0])["id"]})
        self.scim.error(404, "GET", self.path(results[4]))
        for one in results[1:4]:
            self.assertEqual(one["version"], self.made(one)["meta"]["version"])
        self.same_world()

    def test_versions(self):
        one = self.scim.new_user("versioned@bulk.example")
        path = f"/Users/{one['id']}"
        data = patch_body(op("replace", "displayName", "Version Two"))
        results = self.bulk(
            {"method": "PATCH", "path": path, "data": data, "version": 'W/"99"'},
            {"method": "PATCH", "path": path, "data": data, "version": one["meta"]["version"]},
            {"method": "DELETE", "path": path, "version": one["meta"]["version"]})
        self.assertEqual(self.statuses(results), ["412", "200", "412"])
        self.assertTrue(all(self.path(r) == path for r in results))

    def test_what_fails_alone(self):
        one = self.scim.new_user("alone@bulk.example")
        path = f"/Users/{one['id']}"
        data = user_body("never@bulk.example")
        for bad in ({"method": "GET", "path": path}, {"method": "POST", "path": "/Users"},
                    {"method": "POST", "path": "/Users", "bulkId": "x"},
                    {"method": "POST", "path": "/Users", "bulkId": "", "data": data},
                    {"method": "POST", "path": "/Users", "bulkId": 7, "data": data},
                    {"method": "POST", "path": path, "bulkId": "x", "data": data},
                    {"method": "POST", "path": "/Bulk", "bulkId": "x", "data": data},
                    {"method": "POST", "path": "/Users/.search/more", "bulkId": "x", "data": data},
                    {"method": "POST", "path": "/Schemas", "bulkId": "x", "data": data},
                    {"method": "POST", "bulkId": "x", "data": data},
                    {"path": path}, {"method": "DELETE"}, {"method": "DELETE", "path": "/Users"},
                    {"method": "DELETE", "path": ""}, {"method": "DELETE", "path": "/Me"},
                    {"method": "PUT", "path": path}, {"method": "PATCH", "path": path, "data": []},
                    {"method": 7, "path": 8}, {}, [], None, "DELETE", 5):
            results = self.bulk(bad, {"method": "PATCH", "path": path,
                                      "data": patch_body(op("replace", "displayName", "A B"))})
            self.assertEqual(self.statuses(results), ["400", "200"], bad)
            self.assertEqual(results[0]["response"]["scimType"], "invalidSyntax", bad)
        self.assertIsNone(self.sim.user("never@bulk.example"))

    def test_errors_are_those_of_a_single_write(self):
        one = self.scim.new_user("taken@bulk.example")
        results = self.bulk(
            post("a", user_body("TAKEN@bulk.example")), post("b", {"schemas": [USER]}),
            {"method": "PATCH", "path": f"/Users/{one['id']}",
             "data": patch_body(op("replace", "id", "8"))},
            {"method": "DELETE", "path": "/Users/nobody"},
            {"method": "PUT", "path": "/Groups/" + one["id"], "data": group("X")})
        self.assertEqual([(r["status"], r["response"].get("scimType")) for r in results],
                         [("409", "uniqueness"), ("400", "invalidValue"), ("400", "mutability"),
                          ("404", None), ("404", None)])
        self.assertEqual([("location" in r) for r in results], [False, False, True, True, True])

    def test_fail_on_errors(self):
        bad, good = {"method": "DELETE", "path": "/Users/nobody"}, 0
        for most, want in ((1, ["404"]), (2, ["404", "201", "404"]),
                           (3, ["404", "201", "404", "201"])):
            good += 2
            results = self.bulk(bad, post("a", user_body(f"limit{good}@bulk.example")), bad,
                                post("b", user_body(f"limit{good + 1}@bulk.example")),
                                failOnErrors=most)
            self.assertEqual(self.statuses(results), want)
        for wrong in (0, -1, "1", 1.5, True):
            self.scim.error(400, "POST", "/Bulk", {"schemas": [REQUEST], "Operations": [],
                                                   "failOnErrors": wrong})

    # -- references

    def test_a_group_and_its_users_in_any_order(self):
        users = [post(f"u{i}", user_body(f"member{i}@bulk.example")) for i in range(4)]
        team = post("g", group("Team of bulk", *[f"bulkId:u{i}" for i in range(4)]), "/Groups")
        results = self.bulk(users[0], users[1], team, *users[2:])
        self.assertEqual(self.statuses(results), ["201"] * 5)
        self.assertEqual([r["bulkId"] for r in results], ["u0", "u1", "g", "u2", "u3"])
        self.assertEqual({m["value"] for m in self.made(results[2])["members"]},
                         {self.made(results[i])["id"] for i in (0, 1, 3, 4)})
        self.same_world()

    def test_what_waits_keeps_its_resource_in_order(self):
        team = self.scim.new_group("Waiting team")
        path = "/Groups/" + team["id"]
        results = self.bulk(
            {"method": "PATCH", "path": path, "data": patch_body(
                op("add", "members", [{"value": "bulkId:w"}]), op("replace", "displayName", "W1"))},
            {"method": "PATCH", "path": path,
             "data": patch_body(op("replace", "displayName", "W2"))},
            {"method": "PATCH", "path": path, "data": patch_body(
                op("remove", 'members[value eq "bulkId:w2"]'))},
            post("w", user_body("waiter@bulk.example")),
            post("w2", user_body("waiter2@bulk.example")),
            {"method": "PATCH", "path": "/Users/bulkId:w",
             "data": patch_body(op("replace", "displayName", "Waiter One"))})
        self.assertEqual(self.statuses(results), ["204", "204", "204", "201", "201", "200"])
        now = self.scim.get(path)
        self.assertEqual(now["displayName"], "W2")
        self.assertEqual([m["value"] for m in now["members"]], [self.made(results[3])["id"]])
        self.assertEqual(self.made(results[3])["displayName"], "Waiter One")

    def test_references_in_filters_and_paths(self):
        team = self.scim.new_group("Filter team")
        results = self.bulk(
            post("f1", user_body("filter1@bulk.example")),
            post("f2", user_body("filter2@bulk.example")),
            {"method": "PATCH", "path": "/Groups/" + team["id"], "data": patch_body(
                op("add", "members", [{"value": "bulkId:f1", "$ref": "../Users/bulkId:f1"},
                                      {"value": "bulkId:f2"}]))},
            {"method": "PATCH", "path": "/Groups/" + team["id"], "data": patch_body(
                op("remove", 'members[value eq "bulkId:f1"]'))},
            {"method": "DELETE", "path": "/Users/bulkId:f1"})
        self.assertEqual(self.statuses(results), ["201", "201", "204", "204", "204"])
        self.assertEqual([m["value"] for m in self.scim.get("/Groups/" + team["id"])["members"]],
                         [results[1]["location"].rsplit("/", 1)[1]])
        self.assertEqual(results[4]["location"], results[0]["location"])

    def test_prose_is_no_reference(self):
        results = self.bulk(post("p", user_body("prose@bulk.example", displayName="The bulkId:x")))
        self.assertEqual(self.made(results[0])["displayName"], "The bulkId:x")

    def test_unknown_and_failed_references(self):
        results = self.bulk(
            post("bad", {"schemas": [USER]}), post("g1", group("G1", "bulkId:bad"), "/Groups"),
            post("g2", group("G2", "bulkId:none"), "/Groups"),
            {"method": "DELETE", "path": "/Users/bulkId:none"},
            {"method": "PATCH", "path": "/Users/bulkId:g1", "data": patch_body(
                op("replace", "displayName", "X"))},
            post("ok", user_body("still@bulk.example")), post("ok", user_body("twice@bulk.example")))
        self.assertEqual([(r["status"], r.get("response", {}).get("scimType")) for r in results],
                         [("400", "invalidValue")] * 5 + [("201", None), ("400", "invalidSyntax")])
        self.assertFalse(self.scim.filter("Groups", 'displayName sw "G"'))

    def test_a_circle_of_managers(self):
        results = self.bulk(post("a", managed("circle.a@bulk.example", "bulkId:c")),
                            post("b", managed("circle.b@bulk.example", "bulkId:a")),
                            post("c", managed("circle.c@bulk.example", "bulkId:b")),
                            post("d", managed("circle.d@bulk.example", "bulkId:d")))
        self.assertEqual(self.statuses(results), ["201"] * 4)
        made = [self.made(r) for r in results]
        for one, boss in zip(made, (made[2], made[0], made[1], made[3])):
            self.assertEqual(one[ENTERPRISE]["manager"]["value"], boss["id"])
            self.assertEqual(one[ENTERPRISE]["department"], "Walks")
        for one, result in zip(made, results):
            self.assertEqual(result["version"], one["meta"]["version"])

    def test_a_circle_that_breaks(self):
        """Whoever was created says so; the one that failed says why."""
        self.scim.new_user("taken.b@bulk.example")
        results = self.bulk(post("a", managed("broken.a@bulk.example", "bulkId:b")),
                            post("b", managed("taken.b@bulk.example", "bulkId:a")))
        self.assertEqual(self.statuses(results), ["409", "409"])
        left = self.made(results[0])
        self.assertIn(left["id"], results[0]["response"]["detail"])
        self.assertNotIn("manager", left[ENTERPRISE])
        self.assertNotIn("location", results[1])

    def test_groups_do_not_nest(self):
        results = self.bulk(post("g1", group("N1", "bulkId:g2"), "/Groups"),
                            post("g2", group("N2", "bulkId:g1"), "/Groups"),
                            post("g3", group("N3", "bulkId:g4"), "/Groups"),
                            post("g4", group("N4"), "/Groups"))
        self.assertEqual([(r["status"], r.get("response", {}).get("scimType")) for r in results],
                         [("400", "invalidValue")] * 3 + [("201", None)])

    # -- the whole request

    def test_limits(self):
        says = self.scim.get("/ServiceProviderConfig")["bulk"]
        self.assertEqual(says, {"supported": True, "maxOperations": 1000,
                                "maxPayloadSize": 1048576})
        before = self.sim.last_call()
        one = {"method": "DELETE", "path": "/Users/nobody"}
        self.assertEqual(len(self.bulk(*[one] * 1000)), 1000)
        reply = self.scim.error(413, "POST", "/Bulk", {"schemas": [REQUEST],
                                                       "Operations": [one] * 1001})
        self.assertIn("1000", reply.json["detail"])
        big = json.dumps({"schemas": [REQUEST], "Operations": [
            post("a", user_body("big@bulk.example", title="x" * 1048576))]})
        reply = self.scim.error(413, "POST", "/Bulk", big)
        self.assertIn("1048576", reply.json["detail"])
        self.assertEqual(self.sim.calls(since=before), [])

    def test_no_bulk_request(self):
        for body in ("", "[]", "{", {}, {"schemas": [USER], "Operations": []},
                     {"schemas": [REQUEST]}, {"schemas": [REQUEST], "Operations": {}}):
            reply = self.scim.error(400, "POST", "/Bulk", body, "invalidSyntax")
            check_error(reply, 400, "invalidSyntax")
        self.assertEqual(self.bulk(), [])
        self.scim.error(405, "GET", "/Bulk")
        reader = self.bridge.client(self.bridge.token(scope="read"))
        reader.error(403, "POST", "/Bulk", {"schemas": [REQUEST], "Operations": []})

    def test_hundreds_of_users(self):
        results = self.bulk(*[post(f"u{i}", user_body(f"crowd{i}@bulk.example"))
                              for i in range(300)])
        self.assertEqual(set(self.statuses(results)), {"201"})
        same_user(self.made(results[299]), self.sim.user("crowd299@bulk.example"))

    def test_audit_has_a_row_for_each(self):
        reply = self.send(post("a", user_body("audited.a@bulk.example")),
                          post("b", user_body("audited.b@bulk.example")))
        number = reply.headers["X-Request-Id"]
        for one in reply.json["Operations"]:
            rows = json.loads(self.bridge.run("audit", "-c", self.bridge.ini, "--json",
                                              "--resource", one["location"].rsplit("/", 1)[1]))
            self.assertEqual([r["requestId"] for r in rows["items"]], [number])

    def test_bulks_and_single_writes_at_the_same_time(self):
        failed = []

        def work(name):
            try:
                client = self.bridge.client(self.token)
                body = {"schemas": [REQUEST], "Operations": [
                    post(f"{i}", user_body(f"{name}{i}@busy.example")) for i in range(20)]}
                reply = client.want(200, "POST", "/Bulk", body)
                if {r["status"] for r in reply.json["Operations"]} != {"201"}:
                    failed.append(reply)
                client.new_user(f"{name}.single@busy.example")
            except Exception as e:  # pylint: disable=broad-except
                failed.append(e)

        threads = [threading.Thread(target=work, args=(n,)) for n in "abcdef"]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(failed, [])
        self.same_world()


if __name__ == "__main__":
    main()
