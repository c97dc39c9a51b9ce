"""A real Request Tracker, and a proxy that can hold or lose its answers."""
import http.client
import http.server
import json
import os
import socketserver
import subprocess
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))


class RT:
    """RT's own REST API, with the rights of root: what the tests believe."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.start()
        with open(os.path.join(folder, "credentials")) as f:
            self.credentials = dict(line.strip().split("=", 1) for line in f)
        self.rest = f"http://127.0.0.1:{port}/REST/2.0"

    def start(self):
        subprocess.run([os.path.join(HERE, "start"), self.folder, str(self.port)],
                       check=True, stdout=subprocess.DEVNULL)

    def stop(self):
        subprocess.run([os.path.join(HERE, "stop"), self.folder], check=True)

    def call(self, method, path, body=None, params=None):
        """Status and JSON of one call. Path values are the tests' own."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        query = "?" + urllib.parse.urlencode(params) if params else ""
        headers = {"Authorization": "token " + self.credentials["RT_ROOT_TOKEN"],
                   "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        c.request(method, "/REST/2.0" + path + query,
                  None if body is None else json.dumps(body), headers)
        answer = c.getresponse()
        text = answer.read()
        c.close()
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError:
            return answer.status, text.decode("utf-8", "replace")

    def user(self, id_or_name):
        status, user = self.call("GET", "/user/" + urllib.parse.quote(str(id_or_name)))
        return user if status == 200 else None

    def users_named(self, field, value):
        """Every user whose field is the value, disabled ones too."""
        _, found = self.call("POST", "/users", [{"field": field, "value": value}],
                             {"fields": "id,Name,EmailAddress", "find_disabled_rows": "1"})
        return [u for u in found["items"] if u.get(field, "").lower() == value.lower()]

    def create_user(self, **fields):
        status, body = self.call("POST", "/user", fields)
        assert status == 201, body
        return self.user(fields["Name"])

    def change_user(self, id_, **fields):
        status, body = self.call("PUT", f"/user/{id_}", fields)
        assert status == 200, body

    def members(self, group):
        """Ids of the users in a group, disabled ones too, as text."""
        ids, seen, page = [], 0, 1
        while True:
            _, part = self.call("GET", f"/group/{group}/members", None,
                                {"per_page": "100", "page": str(page)})
            ids += [str(m["id"]) for m in part["items"] if m["type"] == "user"]
            seen += len(part["items"])
            if seen >= int(part["total"]) or not part["items"]:
                return sorted(ids)
            page += 1

    def add_member(self, group, user):
        self.call("PUT", f"/group/{group}/members", [str(user)])

    def group(self, id_):
        status, group = self.call("GET", f"/group/{id_}")
        return group if status == 200 else None

    def group_named(self, name):
        _, found = self.call("POST", "/groups", [{"field": "Domain", "value": "UserDefined"}],
                             {"fields": "id,Name,Disabled", "per_page": "100"})
        hits = [g for g in found["items"] if g["Name"].lower() == name.lower()]
        return hits[0] if hits else None

    def ticket(self, owner, subject, status="open"):
        code, made = self.call("POST", "/ticket", {
            "Queue": "General", "Subject": subject, "Owner": owner, "Status": status,
            "Requestor": "visitor@customer.example"})
        assert code == 201, made
        return str(made["id"])

    def owner(self, ticket):
        _, t = self.call("GET", f"/ticket/{ticket}")
        return str(t["Owner"]["id"] if isinstance(t["Owner"], dict) else t["Owner"])


class Proxy:
    """Passes requests on to RT; may hold, or lose, the answer to one of them."""

    def __init__(self, port):
        self.upstream = port
        self.lock = threading.Lock()
        self.rule = None
        self.hit = threading.Event()
        self.refuse = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_any(self):
                outer.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_any

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def handle_error(self, *args):
                pass  # the bridge was killed, which is what is tested

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def on(self, method, path, action, seconds=0):
        """The next such request is passed on; then its answer is held for so
        many seconds ("hold"), or the connection closed without it ("lose")."""
        self.hit.clear()
        with self.lock:
            self.rule = (method, path, action, seconds)

    def take(self, method, path):
        with self.lock:
            if self.rule and self.rule[0] == method and path.split("?")[0] == self.rule[1]:
                rule, self.rule = self.rule, None
                return rule
        return None

    def handle(self, request):
        if self.refuse:
            request.close_connection = True
            return
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        rule = self.take(request.command, request.path)
        c = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        headers = {k: v for k, v in request.headers.items()
                   if k.lower() not in ("host", "connection", "content-length")}
        c.request(request.command, request.path, body or None, headers)
        answer = c.getresponse()
        text = answer.read()
        c.close()
        if rule:
            self.hit.set()
            if rule[2] == "lose":
                request.close_connection = True
                return
            time.sleep(rule[3])
        request.send_response(answer.status)
        for k, v in answer.getheaders():
            if k.lower() not in ("connection", "transfer-encoding", "content-length"):
                request.send_header(k, v)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)
