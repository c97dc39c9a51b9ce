#!/usr/bin/env python3
"""What a wrong, hostile or clumsy client gets: the right status, a SCIM error
with a sentence, a request id that the log knows, and a server that goes on."""
import http.client
import io
import json
import socket
import time
import urllib.parse

from harness import (LIST, PATIENCE, SCIM_TYPE, USER, Case, Reply, call, check_error,
                     check_reply, main, user_body, wait_until)


class Protocol(Case):
    server = {"request_timeout": "1s"}

    def logged(self, reply):
        """The answer's request id stands in a line of the log."""
        number = reply.headers["X-Request-Id"]
        wait_until(lambda: any(number in line for line in self.bridge.log().splitlines()),
                   f"request {number} was logged")

    def refused(self, status, method, path, body=None, scim_type=None, headers=None, client=None):
        """Refused in every way that is promised, and the next request works."""
        reply = (client or self.scim).error(status, method, path, body, scim_type, headers)
        self.logged(reply)
        self.works()
        return reply

    def works(self):
        self.assertEqual(self.scim.find("Users", count=1)["schemas"], [LIST])

    # -- who may

    def test_no_token(self):
        reply = self.refused(401, "GET", "/Users", headers={"Authorization": None})
        self.assertIn("Bearer", reply.headers["WWW-Authenticate"])

    def test_wrong_token(self):
        for value in ("Bearer wrong", "Bearer " + self.token + "x", "Basic dTpw", "Bearer"):
            reply = self.refused(401, "GET", "/Users", headers={"Authorization": value})
            self.assertIn("Bearer", reply.headers["WWW-Authenticate"])

    def test_expired_token(self):
        short = self.bridge.client(self.bridge.token(expires="1s"))
        wait_until(lambda: short.raw("GET", "/Users?count=0").status == 401, "the token expired")
        self.refused(401, "GET", "/Users", client=short)

    def test_read_only_token_writing(self):
        reader = self.bridge.client(self.bridge.token(scope="read"))
        before = self.sim.last_call()
        reader.find("Users", count=1)
        for method, path in (("POST", "/Users"), ("PUT", "/Users/x"), ("PATCH", "/Users/x"),
                             ("DELETE", "/Users/x"), ("POST", "/Groups")):
            self.refused(403, method, path, user_body("no.body@desk.example"), client=reader)
        self.assertEqual(self.sim.calls(since=before), [], "nothing reached the helpdesk")

    def test_a_new_token_works_at_once_and_a_revoked_one_no_more(self):
        token = self.bridge.token(name="to-revoke")
        client = self.bridge.client(token)
        wait_until(lambda: client.raw("GET", "/Users?count=0").status == 200, "the token works")
        self.assertNotIn(token, self.bridge.run("token", "list", "-c", self.bridge.ini))
        self.bridge.run("token", "revoke", "-c", self.bridge.ini, "to-revoke")
        wait_until(lambda: client.raw("GET", "/Users?count=0").status == 401, "it was revoked")

    # -- where to

    def test_unknown_target(self):
        other = self.bridge.client(self.token, "/nobody/scim/v2")
        self.refused(404, "GET", "/Users", client=other)

    def test_the_target_by_its_name(self):
        named = self.bridge.client(self.token, "/desk/scim/v2")
        self.assertEqual(named.find("Users")["totalResults"],
                         self.scim.find("Users")["totalResults"])

    def test_unknown_path(self):
        for path in ("/Nothing", "/Users/a/b", "/Users/no-such-id", "/Schemas/none"):
            self.refused(404, "GET", path)

    def test_wrong_method(self):
        for method, path in (("DELETE", "/Users"), ("POST", "/Schemas"), ("PUT", "/Groups"),
                             ("POST", "/Users/x"), ("PATCH", "/ServiceProviderConfig")):
            reply = self.refused(405, method, path, {})
            self.assertIn("GET", reply.headers["Allow"])

    # -- with what

    def test_a_body_of_10_mib(self):
        big = json.dumps(user_body("big@desk.example", nickName="x" * (10 << 20)))
        self.refused(413, "POST", "/Users", big)
        self.assertIsNone(self.sim.user("big@desk.example"))

    def test_a_chunked_body_of_10_mib(self):
        to = urllib.parse.urlsplit(self.scim.url)
        c = http.client.HTTPConnection(to.hostname, to.port, timeout=30 * PATIENCE)
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": SCIM_TYPE}
        try:
            c.request("POST", to.path + "/Users", iter([b"x" * 65536] * 160), headers,
                      encode_chunked=True)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the end: the answer is there to be read
        r = c.getresponse()
        reply = Reply(r.status, r.headers, r.read())
        c.close()
        check_error(reply, 413)
        self.logged(reply)
        self.works()

    def test_invalid_json(self):
        for body in ("{", "", "nonsense", "{\"a\":1}}", "{'a':1}", "{\"userName\":\"\\ud800\"}",
                     b"{\"userName\":\"\xff\xfe\"}", "{\"a\":01}", "\ufeff{", "{\"a\":\"\n\"}"):
            body = body if isinstance(body, bytes) else body.encode()
            self.refused(400, "POST", "/Users", body, "invalidSyntax")

    def test_json_that_is_no_object(self):
        for body in ("[]", "7", "null", "\"text\"", "true"):
            self.refused(400, "POST", "/Users", body, "invalidSyntax")

    def test_a_key_twice(self):
        body = f'{{"schemas":["{USER}"],"userName":"a@b.example","userName":"c@d.example"}}'
        self.refused(400, "POST", "/Users", body, "invalidSyntax")

    def test_200_levels_of_nesting(self):
        for deep in ("[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200):
            self.refused(400, "POST", "/Users", f'{{"userName":"deep@desk.example","x":{deep}}}',
                         "invalidSyntax")

    def test_another_content_type(self):
        self.refused(415, "POST", "/Users", "userName=a", headers={"Content-Type": "text/html"})

    # -- how slowly

    def half(self, data):
        """Sends `data`, holds the connection, and reads what comes in the end."""
        to = urllib.parse.urlsplit(self.scim.url)
        s = socket.create_connection((to.hostname, to.port), timeout=20 * PATIENCE)
        s.sendall(data)
        return s

    def read_all(self, s):
        got = b""
        with s:
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                got += piece
        return got

    def parsed(self, data):
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = http.client.parse_headers(io.BytesIO(
            "\r\n".join(lines[1:]).encode() + b"\r\n\r\n"))
        return Reply(int(lines[0].split()[1]), headers, body)

    def test_a_half_sent_body_held_open(self):
        head = (f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                f"Content-Type: {SCIM_TYPE}\r\nContent-Length: 100\r\n\r\n{{\"userName\"")
        s = self.half(head.encode())
        for _ in range(3):
            self.works()
        reply = self.parsed(self.read_all(s))
        check_reply(reply, "half a body")
        check_error(reply, 408)
        self.logged(reply)
        self.works()

    def test_a_half_sent_head_held_open(self):
        s = self.half(b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthoriz")
        for _ in range(3):
            self.works()
        reply = self.parsed(self.read_all(s))
        check_error(reply, 408)
        self.logged(reply)
        self.works()

    def test_a_hundred_silent_connections_starve_nobody(self):
        silent = [self.half(b"GET /scim/v2/Us") for _ in range(60)]
        began = time.monotonic()
        self.works()
        self.assertLess(time.monotonic() - began, 2 * PATIENCE)
        for s in silent:
            s.close()
        self.works()

    def test_many_requests_on_one_connection(self):
        to = urllib.parse.urlsplit(self.scim.url)
        c = http.client.HTTPConnection(to.hostname, to.port, timeout=20 * PATIENCE)
        good = {"Authorization": "Bearer " + self.token}
        seen = set()
        for path, headers, status in (("/Users?count=1", good, 200), ("/None", good, 404),
                                      ("/Users?count=1", good, 200), ("/Groups", good, 200),
                                      ("/Users?filter=x", good, 400), ("/Groups", good, 200)):
            c.request("GET", to.path + path, headers=headers)
            r = c.getresponse()
            r.read()
            self.assertEqual(r.status, status, path)
            seen.add(r.headers["X-Request-Id"])
        self.assertEqual(len(seen), 6, "each request has an id of its own")
        c.close()

    # -- what anyone may see

    def test_discovery(self):
        config = self.scim.get("/ServiceProviderConfig")
        self.assertTrue(config["patch"]["supported"])
        self.assertTrue(config["filter"]["supported"])
        self.assertTrue(config["authenticationSchemes"])
        types = {t["id"]: t for t in self.scim.get("/ResourceTypes")["Resources"]}
        self.assertEqual(set(types), {"User", "Group"})
        self.assertEqual(types["User"]["endpoint"], "/Users")
        schemas = {s["id"] for s in self.scim.get("/Schemas")["Resources"]}
        needed = {types[t]["schema"] for t in types}
        for one in types.values():
            needed |= {e["schema"] for e in one.get("schemaExtensions", [])}
        self.assertLessEqual(needed, schemas)
        for one in needed:
            self.assertEqual(self.scim.get("/Schemas/" + one)["id"], one)
        self.refused(403, "GET", "/Schemas?filter=" + urllib.parse.quote('id eq "x"'))

    def test_health_needs_no_token_and_secrets_stay_secret(self):
        self.assertEqual(call(self.bridge.root, "GET", "/healthz").status, 200)
        self.assertEqual(call(self.bridge.root, "GET", "/readyz").status, 200)
        log = self.bridge.log()
        self.assertNotIn(self.token, log)
        self.assertNotIn("sim-token", log)


if __name__ == "__main__":
    main()
