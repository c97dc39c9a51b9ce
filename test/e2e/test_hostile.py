#!/usr/bin/env python3
"""Clients that mean harm: every one of them gets an answer that says no, or a
closed connection; nobody else waits, nothing is stored, no secret is told."""
import json
import random
import re
import resource
import socket
import time
import unittest
import urllib.parse

from harness import PATIENCE, SANITIZED, Case, main, user_body

TYPE = "application/scim+json"
STATUS = {200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 408, 411, 412, 413, 414, 415, 429, 431,
          500, 501, 503, 505}
ROUNDS = 60 if PATIENCE > 4 else 200 if SANITIZED else 600


class Base(Case):
    """What they share."""

    def setUp(self):
        self.before = len(self.sim.users())

    def tearDown(self):
        """Whatever was tried: the bridge lives, and nobody was made."""
        self.assertTrue(self.bridge.program.running())
        self.assertEqual(self.scim.find("Users", count=1)["itemsPerPage"], 1)
        self.assertEqual(len(self.sim.users()), self.before)
        super().tearDown()

    # -- raw bytes

    def connect(self):
        to = urllib.parse.urlsplit(self.scim.url)
        s = socket.create_connection((to.hostname, to.port), timeout=20 * PATIENCE)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def read_all(self, s):
        got = b""
        try:
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                got += piece
        except (ConnectionResetError, socket.timeout):
            pass
        return got

    def send(self, data, whole=True):
        """All that comes back until the connection ends. Not `whole`: nothing
        may come, and is not waited for."""
        with self.connect() as s:
            try:
                s.sendall(data)
                if not whole:
                    s.settimeout(0.05 * PATIENCE)
            except OSError:
                pass
            return self.read_all(s)

    def request(self, method=b"GET", path=b"/scim/v2/Users", headers=(), body=b"", token=True):
        lines = [method + b" " + path + b" HTTP/1.1", b"Host: x"]
        if token:
            lines.append(b"Authorization: Bearer " + self.token.encode())
        if body:
            lines += [b"Content-Type: " + TYPE.encode(), b"Content-Length: %d" % len(body)]
        lines += [b"Connection: close", *headers]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def status(self, data):
        if not data:
            return 0
        self.assertTrue(data.startswith(b"HTTP/1."), data[:200])
        code = int(data.split(b" ", 2)[1])
        self.assertIn(code, STATUS, data[:200])
        return code

    def ask(self, *args, **more):
        return self.status(self.send(self.request(*args, **more)))

    def post(self, body):
        if not isinstance(body, bytes):
            body = body.encode()
        return self.ask(b"POST", body=body)

    def put(self, body):
        """404 when the body was read to its end and found good."""
        return self.ask(b"PUT", b"/scim/v2/Users/none", body=json.dumps(body).encode())


class Hostile(Base):
    server = {"request_timeout": "20s", "connections_per_address": "20000"}

    # -- heads

    def test_paths_that_climb(self):
        for path in (b"/scim/v2/../../etc/passwd", b"/scim/v2/Users/..%2f..%2fadmin",
                     b"/scim/v2/Users/%2e%2e/%2e%2e/healthz/x", b"/scim/v2/Users/%00", b"/%c0%ae%c0%ae/",
                     b"/scim/v2/Users/%", b"/scim/v2/Users/%zz", b"/scim/v2/Users/" + b"a/" * 500,
                     b"/admin/api/../../scim/v2/Users", b"/admin/", b"*", b"http://other/scim/v2/Users/x"):
            for token in (True, False):
                self.assertIn(self.ask(path=path, token=token), (400, 401, 404, 414), path)

    def test_a_header_cannot_be_smuggled(self):
        for value in (b"a\r\nX-Evil: 1", b"a%0d%0aX-Evil:%201", b"%0d%0a%0d%0a<html>"):
            data = self.send(self.request(path=b"/scim/v2/Users/" + value.replace(b"\r\n", b"%0d%0a")))
            head = data.split(b"\r\n\r\n")[0].lower()
            self.assertNotIn(b"x-evil", head)
            data = self.send(self.request(headers=(b"X-Request-Id: " + value.replace(b"\r\n", b" "),)))
            self.assertNotIn(b"x-evil:", data.split(b"\r\n\r\n")[0].lower())
        self.assertNotIn("X-Evil: 1\n", self.bridge.log())

    def test_two_lengths_and_a_length_with_chunks(self):
        body = json.dumps(user_body("smuggled@desk.example")).encode()
        hidden = self.request(b"DELETE", b"/scim/v2/Users/x")
        for extra in ((b"Content-Length: 4",), (b"Transfer-Encoding: chunked",),
                      (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
                      (b"Content-Length: -1",), (b"Content-Length: 99999999999999999999",)):
            data = self.send(self.request(b"POST", b"/scim/v2/Users", extra, b"0\r\n\r\n" + hidden))
            self.assertLessEqual(data.count(b"HTTP/1.1 "), 1, extra)
            self.assertNotIn(self.status(data), (200, 201, 204), extra)
        self.assertEqual(self.post(body[:-1]), 400)

    def test_many_and_large_headers(self):
        many = tuple(b"X-%d: y" % n for n in range(5000))
        self.assertIn(self.ask(headers=many), (0, 400, 431))
        self.assertIn(self.ask(headers=(b"X: " + b"y" * 200000,)), (0, 400, 431))
        self.assertIn(self.ask(path=b"/scim/v2/Users?" + b"a=1&" * 30000), (0, 400, 414, 431))
        self.assertIn(self.ask(headers=(b"Authorization: Bearer " + b"z" * 4000,), token=False), (401, 429))

    def test_pipelined_requests_are_answered_in_order(self):
        one = self.request(path=b"/scim/v2/Users?count=1").replace(b"Connection: close\r\n", b"")
        bad = self.request(path=b"/scim/v2/None").replace(b"Connection: close\r\n", b"")
        last = self.request(path=b"/scim/v2/Groups?count=1")
        data = self.send((one + bad) * 20 + last)
        codes = [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", data)]
        self.assertEqual(codes, [200, 404] * 20 + [200])

    # -- connections

    def test_thousands_of_silent_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = min(2000 if not SANITIZED else 600, hard - 100)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 100), hard))
        held = []
        try:
            for _ in range(count):
                held.append(self.connect())
                if len(held) % 2:
                    held[-1].sendall(b"GET /scim/v2/Users HTTP/1.1\r\nHo")
            began = time.monotonic()
            for _ in range(20):
                self.scim.find("Users", count=1)
            self.assertLess(time.monotonic() - began, 5 * PATIENCE)
        finally:
            for s in held:
                s.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    # -- bodies and queries

    def test_wide_and_deep_json(self):
        wide = {"schemas": user_body("w@x.example")["schemas"], "userName": "wide@desk.example"}
        for n in range(20000):
            wide[f"k{n}"] = n
        self.assertEqual(self.put(wide), 404)
        for deep in ("[" * 50000, '{"a":' * 50000, "[" * 31 + "]" * 31):
            self.assertEqual(self.post(deep), 400)
        emails = [{"value": f"many{n}@desk.example"} for n in range(9000)]
        self.assertEqual(self.put(user_body("many@desk.example", emails=emails)), 404)

    def test_keys_made_to_collide(self):
        """Names of one length with the same letters: slow in a poor hash table."""
        names = ["".join(("Aa", "BB")[n >> bit & 1] for bit in range(13)) for n in range(8192)]
        body = {**user_body("collide@desk.example"), **dict.fromkeys(names, 1)}
        began = time.monotonic()
        self.assertEqual(self.put(body), 404)
        self.assertLess(time.monotonic() - began, 5 * PATIENCE)

    def filters(self):
        yield "(" * 5000 + 'userName eq "a"' + ")" * 5000
        yield " or ".join(f'userName eq "{n}"' for n in range(2000))
        yield 'userName co "' + "a" * 7000 + '"'
        yield "not (" * 60 + 'userName pr' + ")" * 60
        yield 'emails[' * 40 + "value pr" + "]" * 40
        yield 'userName eq "' + "%_" * 2000 + '"'
        yield "userName eq \"'; DROP TABLE resource; --\""
        yield 'userName sw "' + "\\u0041" * 1000 + '"'

    def test_filters_that_would_blow_up(self):
        for text in self.filters():
            began = time.monotonic()
            code = self.ask(path=b"/scim/v2/Users?filter=" + urllib.parse.quote(text).encode())
            self.assertIn(code, (200, 400, 414), text[:60])
            self.assertLess(time.monotonic() - began, 3 * PATIENCE, text[:60])

    def test_texts_that_mislead(self):
        """Look-alikes are other people; what is not text is refused."""
        for name in ("hannah.hart@desk.example", "һannah.hart@desk.example"):
            self.scim.find("Users", filter=f'userName eq "{name}"')
        for bad in ('"a\\u0000b@desk.example"', '"\\ud800@desk.example"', '"a\x01b@desk.example"'):
            self.assertEqual(self.post('{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],'
                                       f'"userName":{bad}}}'), 400, bad)


class Impatient(Base):
    """Requests that never end, with little time to end in."""
    server = {"request_timeout": "2s", "idle_timeout": "1s"}

    def test_methods_and_versions_that_are_none(self):
        for line in (b"GET", b"GET /", b"GET / HTTP/9.9", b"\x16\x03\x01\x02\x00", b"BREW /scim/v2 HTTP/1.1",
                     b"get /scim/v2/Users HTTP/1.1", b"GET /scim/v2/Users HTTP/1.1 x", b"\r\n\r\n\r\n",
                     b"G" * 9000 + b" / HTTP/1.1", b"PRI * HTTP/2.0\r\n\r\nSM"):
            data = self.send(line + b"\r\nHost: x\r\n\r\n")
            self.assertNotIn(self.status(data), (200, 201, 204), line[:40])

    def test_a_body_that_comes_byte_by_byte_is_given_up(self):
        with self.connect() as s:
            s.sendall(self.request(b"POST", b"/scim/v2/Users", (b"Content-Length: 1000000",))
                      .replace(b"Connection: close\r\n", b""))
            began = time.monotonic()
            got = b""
            s.settimeout(0.2)
            while time.monotonic() - began < 15 * PATIENCE:
                try:
                    s.sendall(b" ")
                    got = s.recv(65536)
                    break
                except socket.timeout:
                    continue
                except OSError:
                    break
            self.assertLess(time.monotonic() - began, 12 * PATIENCE)
            if got:
                self.assertEqual(self.status(got), 408)

    # -- at random

    def test_requests_at_random(self):
        """Mutations of good requests. The seed is fixed: what fails can be seen
        again."""
        chance = random.Random(20261122)
        self.scim.find("Users", count=1)
        patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                 "Operations": [{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x"}]}
        search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "userName pr",
                  "count": 1}
        # None of these can change anything as it stands.
        seeds = [self.request(path=b"/scim/v2/Users?filter=userName%20eq%20%22a%22&count=2"),
                 self.request(b"PATCH", b"/scim/v2/Users/none", body=json.dumps(patch).encode()),
                 self.request(b"PUT", b"/scim/v2/Groups/none", body=b'{"displayName":"x"}'),
                 self.request(b"POST", b"/scim/v2/Users/.search", body=json.dumps(search).encode()),
                 self.request(b"POST", b"/scim/v2/Bulk", body=b'{"Operations":[{"method":"DELETE","path":"/Users/x"}]}'),
                 self.request(b"OPTIONS", b"/scim/v2/Users"),
                 self.request(b"HEAD", b"/scim/v2/Schemas"),
                 self.request(b"GET", b"/admin/api/tasks?limit=1")]
        for n in range(ROUNDS):
            data = bytearray(chance.choice(seeds))
            for _ in range(chance.randint(1, 6)):
                at = chance.randrange(len(data))
                act = chance.randrange(5)
                if act == 0:
                    data[at] = chance.randrange(256)
                elif act == 1:
                    del data[at:at + chance.randint(1, 40)]
                elif act == 2:
                    data[at:at] = data[at:at + chance.randint(1, 40)] * chance.randint(1, 30)
                elif act == 3:
                    data[at:at] = chance.choice((b"\r\n", b"\0", b"%00", b"\xff\xfe", b"{" * 40, b'"', b"\\u0000",
                                                 b"-1", b"1e999", b"9" * 40, b"../", b"Content-Length: 5\r\n"))
                else:
                    data = data[:at + 1]
                if not data:
                    break
            try:
                self.status(self.send(bytes(data), whole=False))
            except AssertionError as e:
                raise AssertionError(f"round {n}: {bytes(data)[:300]!r}: {e}") from None
            self.assertTrue(self.bridge.program.running(), f"round {n}: {bytes(data)!r}")


class Guesses(Base):
    server = {}

    def test_guessed_tokens_are_slowed_and_a_good_one_is_not(self):
        codes = [self.ask(token=False, headers=(b"Authorization: Bearer guess%d" % n,)) for n in range(25)]
        self.assertEqual(set(codes), {401, 429})
        began = time.monotonic()
        self.scim.find("Users", count=1)
        self.assertLess(time.monotonic() - began, 1.5 * PATIENCE)


if __name__ == "__main__":
    main()
