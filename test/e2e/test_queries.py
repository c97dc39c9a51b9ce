#!/usr/bin/env python3
"""What is found, in which order, and how much of it is shown, where the mirror
keeps it in a place of its own (RFC 7644 sections 3.4.2 and 3.9)."""
import urllib.parse

from harness import (DESK_USER, ENTERPRISE, USER, Case, call, check_error, main, op, patch_body,
                     user_body)


class Queries(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = [cls.scim.new_user(f"p{i}@query.example",
                                       **({"title": f"T{i}"} if i % 2 else {}))
                     for i in range(4)]
        cls.team = cls.scim.new_group("Query team", cls.users[0]["id"], cls.users[1]["id"])

    def names(self, kind, text, **query):
        return [one.get("userName", one.get("displayName"))
                for one in self.scim.filter(kind, text, **query)]

    # -- addresses

    def test_members_and_groups_by_their_address(self):
        user, team = self.users[0]["meta"]["location"], self.team["meta"]["location"]
        for text in (f'members.$ref eq "{user}"', f'members[$ref eq "{user}"]',
                     f'members[$ref eq "{user}" and type eq "User"]',
                     f'members.$ref eq "{user.replace("/v2/", "/v1/")}"',
                     f'members.$ref eq "{user.replace("http:", "HTTP:")}"',
                     f'members.$ref co "{self.users[0]["id"]}"',
                     f'members.$ref ew "/Users/{self.users[0]["id"]}"',
                     f'members.$ref sw "{user}"'):
            self.assertEqual(self.names("Groups", text), ["Query team"], text)
        for text in (f'groups.$ref eq "{team}"', f'groups[$ref eq "{team}"]',
                     f'groups[$ref eq "{team}" and type eq "direct"]',
                     f'groups.$ref ew "{self.team["id"]}"'):
            self.assertEqual(self.names("Users", text), ["p0@query.example", "p1@query.example"],
                             text)
        self.assertEqual(self.names("Groups", f'members.$ref eq "{user.upper()}"'), [])
        rest = f'not (groups.$ref eq "{team}") and userName ew "query.example"'
        self.assertEqual(self.names("Users", rest), ["p2@query.example", "p3@query.example"])

    def test_location(self):
        where = self.users[2]["meta"]["location"]
        for text in (f'meta.location eq "{where}"', f'meta.location sw "{where}"',
                     f'meta.location eq "{where.replace("/v2/", "/")}"',
                     f'meta.location ew "{self.users[2]["id"]}"'):
            self.assertEqual(self.names("Users", text), ["p2@query.example"], text)
        self.assertEqual(self.names("Users", f'meta.location ne "{where}" and '
                                    'userName ew "query.example"'),
                         [f"p{i}@query.example" for i in (0, 1, 3)])
        self.assertEqual(self.names("Groups", f'meta.location eq "{where}"'), [])

    def test_the_bridges_own_extension(self):
        everybody = len(self.scim.all("Users"))
        for text in ('state eq "linked"', "lastSeen pr",
                     'lastSeen gt "2020-01-01T00:00:00Z"'):
            found = self.scim.find("Users", filter=f"{DESK_USER}:{text}", count=0)
            self.assertEqual(found["totalResults"], everybody, text)

    # -- managers

    def test_a_manager_is_found_and_followed(self):
        boss = self.scim.new_user("boss@manager.example")
        self.scim.new_user("aide@manager.example", schemas=[USER, ENTERPRISE],
                           **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
        self.scim.patch("Users", boss["id"], op("replace", "displayName", "Bea Boss"))
        aide = self.scim.one("Users", f'{ENTERPRISE}:manager eq "{boss["id"]}"')
        self.assertEqual(aide[ENTERPRISE]["manager"],
                         {"value": boss["id"], "$ref": boss["meta"]["location"],
                          "displayName": "Bea Boss"})
        self.assertEqual(self.names("Users", f'{ENTERPRISE}:manager.displayName sw "bea"'),
                         ["aide@manager.example"])
        self.scim.delete("Users", boss["id"])
        now = self.scim.get("/Users/" + aide["id"])
        self.assertEqual(now[ENTERPRISE]["manager"], {"value": boss["id"]})
        self.assertGreater(now["meta"]["lastModified"], aide["meta"]["lastModified"])
        self.assertNotEqual(now["meta"]["version"], aide["meta"]["version"])

    # -- order

    def order(self, sort, down=False):
        return [u[1] for u in self.names("Users", 'userName ew "query.example"', sortBy=sort,
                                         sortOrder="descending" if down else "ascending")]

    def test_absent_values_stand_last_or_first(self):
        for sort, up, down in (("title", "1302", "0231"), ("userName", "0123", "3210"),
                               ("emails", "0123", "3210"), ("emails.type", "0123", "0123"),
                               ("groups", "0123", "2301"), ("nickName", "0123", "0123"),
                               (ENTERPRISE + ":department", "0123", "0123")):
            self.assertEqual("".join(self.order(sort)), up, sort)
            self.assertEqual("".join(self.order(sort, True)), down, sort)

    def test_what_cannot_be_sorted_by(self):
        for sort in ("name", "meta", "nope", "password", "emails.nope"):
            self.scim.error(400, "GET", "/Users?sortBy=" + sort, scim_type="invalidValue")

    def test_the_root_query_is_one_order(self):
        text = urllib.parse.quote('displayName sw "P" or displayName sw "Q"')
        both = self.scim.get(f"/?filter={text}&sortBy=displayName")["Resources"]
        names = [one["displayName"].lower() for one in both]
        self.assertIn("query team", names)
        self.assertEqual(names, sorted(names))
        down = self.scim.get(f"/?filter={text}&sortBy=displayName&sortOrder=descending")
        self.assertEqual([one["displayName"].lower() for one in down["Resources"]],
                         sorted(names, reverse=True))
        found, cursor = [], ""
        while cursor is not None:
            page = self.scim.get(f"/?filter={text}&sortBy=displayName&count=1&cursor={cursor}")
            found += [one["id"] for one in page["Resources"]]
            cursor = page.get("nextCursor")
        self.assertEqual(found, [one["id"] for one in both])
        pages = [self.scim.get(f"/?filter={text}&sortBy=displayName&count=1&startIndex={i + 1}")
                 ["Resources"][0]["id"] for i in range(len(both))]
        self.assertEqual(pages, found)

    def test_the_root_query_by_what_one_type_lacks(self):
        kinds = [one["meta"]["resourceType"] for one in
                 self.scim.get("/?sortBy=userName&count=200")["Resources"]]
        self.assertEqual(kinds, sorted(kinds, reverse=True), "groups have none: last")
        kinds = [one["meta"]["resourceType"] for one in
                 self.scim.get("/?sortBy=userName&sortOrder=descending&count=200")["Resources"]]
        self.assertEqual(kinds, sorted(kinds), "groups have none: first")
        self.scim.error(400, "GET", "/?sortBy=nobodyHasIt", scim_type="invalidValue")

    # -- how much is shown

    def test_projection_of_every_answer(self):
        path = "/Users/" + self.users[3]["id"]
        body = self.scim.get(path)
        for method, send in (("GET", None), ("PUT", {**body, "title": "PT"}),
                             ("PATCH", patch_body(op("replace", "title", "PU")))):
            one = self.scim.want(200, method, path + "?attributes=title", send).json
            self.assertEqual(set(one), {"schemas", "id", "title"}, method)
        one = self.scim.want(200, "PATCH", f"/Groups/{self.team['id']}?attributes=displayName",
                             patch_body(op("replace", "displayName", "Query team"))).json
        self.assertEqual(set(one), {"schemas", "id", "displayName"})
        self.scim.want(204, "PATCH", f"/Groups/{self.team['id']}",
                       patch_body(op("replace", "displayName", "Query team")))
        one = self.scim.want(201, "POST", "/Users?excludedAttributes=emails,meta",
                             user_body("shown@query2.example")).json
        self.assertNotIn("emails", one)
        self.assertNotIn("meta", one)

    def test_a_filter_on_one_resource_is_ignored(self):
        path = "/Users/" + self.users[0]["id"]
        self.assertEqual(self.scim.get(path + "?filter=nonsense")["id"], self.users[0]["id"])

    def test_conditions(self):
        path = "/Users/" + self.users[1]["id"]
        tag = self.scim.get(path)["meta"]["version"]
        for header, status in ((tag, 304), ("*", 304), (f'W/"x", {tag}', 304), ('W/"x"', 200),
                               (tag[2:], 304), ("nonsense", 200)):
            reply = self.scim.want(status, "GET", path, headers={"If-None-Match": header})
            self.assertEqual(reply.headers["ETag"], tag)
        for header in ('W/"x"', "nonsense"):
            self.scim.error(412, "PUT", path, user_body("p1@query.example"),
                            headers={"If-Match": header})

    def test_head_and_options(self):
        for path in ("/", "/Users", "/Users/" + self.users[0]["id"], "/ServiceProviderConfig"):
            headers = {"Authorization": "Bearer " + self.token}
            head = call(self.scim.url, "HEAD", path, None, headers)
            get = self.scim.want(200, "GET", path)
            self.assertEqual((head.status, head.body), (200, b""))
            self.assertEqual(head.headers["Content-Length"], str(len(get.body)))
        for path, allow in (("/Users", "GET, HEAD, POST, OPTIONS"), ("/Bulk", "POST, OPTIONS"),
                            ("/Users/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS")):
            self.assertEqual(self.scim.want(204, "OPTIONS", path).headers["Allow"], allow)

    def test_me_is_not_offered(self):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            check_error(self.scim.raw(method, "/Me", {} if method in ("POST", "PUT", "PATCH")
                                      else None), 501)


if __name__ == "__main__":
    main()
