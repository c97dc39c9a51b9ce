#!/usr/bin/env python3
"""Pages by cursor (RFC 9865): a walk shows everybody who is there all along
exactly once, whoever comes and goes meanwhile, and a cursor is good for nothing
but the walk that it was made for."""
import random
import threading
import urllib.parse

from harness import GROUP, Case, main, op, wait_until

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


class Cursor(Case):
    server = {"default_page": "20", "max_page": "20"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = [cls.scim.new_user(f"walker{i:02d}.{'abc'[i % 3]}@desk.example",
                                        **({} if i % 4 else {"title": f"T{i % 3}"}))["id"]
                      for i in range(24)]

    def page(self, path, cursor, **query):
        query = {"cursor": cursor, **query}
        return self.scim.get(f"{path}?" + urllib.parse.urlencode(query))

    def walk(self, path="/Users", between=None, **query):
        """The resources of all pages, in their order."""
        found, cursor, pages = [], "", 0
        while cursor is not None:
            page = self.page(path, cursor, **query)
            self.assertNotIn("startIndex", page)
            self.assertNotIn("previousCursor", page)
            found += page["Resources"]
            cursor = page.get("nextCursor")
            if cursor is not None:
                self.assertRegex(cursor, r"^[A-Za-z0-9._~-]+$")
            if between:
                between(pages)
            pages += 1
            self.assertLess(pages, 500)
        return found

    def ids(self, *args, **query):
        return [one["id"] for one in self.walk(*args, **query)]

    # -- whole walks

    def test_a_walk_is_the_list(self):
        for query in ({}, {"filter": 'userName sw "walker"'}, {"sortBy": "userName"},
                      {"sortBy": "userName", "sortOrder": "descending"}, {"sortBy": "title"},
                      {"sortBy": "title", "sortOrder": "descending"}, {"sortBy": "emails"},
                      {"sortBy": "meta.created"}, {"sortBy": "active"},
                      {"sortBy": "meta.lastModified", "sortOrder": "descending"},
                      {"sortBy": "title", "filter": 'emails.value sw "walker" and active eq true'}):
            want = [u["id"] for u in self.scim.all("Users", **query)]
            for count in (1, 3, 20):
                self.assertEqual(self.ids(count=count, **query), want, (query, count))

    def test_the_root_walk_has_users_and_groups(self):
        self.scim.new_group("Walking club", self.people[0])
        want = [u["id"] for u in self.scim.all("Users")] + [g["id"] for g in self.scim.all("Groups")]
        for count in (1, 2, 7, 20):
            self.assertEqual(self.ids("/", count=count), want)
        self.assertEqual(self.ids("/", count=1, filter='displayName eq "Walking club"'),
                         [self.scim.group("Walking club")["id"]])

    def test_totals(self):
        page = self.page("/Users", "", count=2, filter='userName sw "walker"')
        self.assertEqual((page["totalResults"], page["itemsPerPage"]), (24, 2))
        page = self.page("/Users", page["nextCursor"], count=2, filter='userName sw "walker"')
        self.assertEqual((page["totalResults"], page["itemsPerPage"]), (24, 2))

    def test_exactly_the_last_page_has_no_cursor(self):
        page = self.page("/Users", "", count=12, filter='userName sw "walker"')
        page = self.page("/Users", page["nextCursor"], count=12, filter='userName sw "walker"')
        self.assertNotIn("nextCursor", page)
        self.assertNotIn("nextCursor", self.page("/Users", "", filter='userName eq "nobody"'))
        self.assertNotIn("nextCursor", self.page("/Users", "", count=0))

    def test_search(self):
        found, cursor = [], ""
        while cursor is not None:
            body = {"schemas": [SEARCH], "cursor": cursor, "count": 5,
                    "filter": 'userName sw "walker"', "attributes": ["userName"]}
            page = self.scim.want(200, "POST", "/Users/.search", body).json
            found += [u["id"] for u in page["Resources"]]
            cursor = page.get("nextCursor")
        self.assertEqual(found, self.people)

    # -- while others come and go

    def crowd(self, name, count):
        return [self.scim.new_user(f"{name}{i:03d}@crowd.example")["id"] for i in range(count)]

    def walk_while(self, round_, **query):
        """Between two pages somebody goes and somebody comes, anywhere."""
        chance = random.Random(round_)
        leaving = self.crowd(f"leaver{round_}.", 8)
        staying = set(self.people)
        chance.shuffle(leaving)

        def between(page):
            if leaving:
                self.scim.delete("Users", leaving.pop())
            first = chance.choice("amz")
            self.scim.new_user(f"{first}comer{round_}.{page}@crowd.example")

        found = self.ids(between=between, count=5, **query)
        self.assertEqual(len(found), len(set(found)), "somebody is there twice")
        self.assertLessEqual(staying, set(found), "somebody was missed")

    def test_nobody_is_missed_or_repeated(self):
        for i, query in enumerate(({}, {"sortBy": "userName"}, {"sortBy": "title"},
                                   {"sortBy": "userName", "sortOrder": "descending"},
                                   {"filter": 'emails.value co "@"', "sortBy": "emails"})):
            self.walk_while(i, **query)

    def test_nor_by_changes_at_the_same_time(self):
        stop, failed = threading.Event(), []

        def stir():
            client, i = self.bridge.client(self.token), 0
            try:
                while not stop.is_set():
                    i += 1
                    one = client.new_user(f"stir{i}.{id(client)}@crowd.example")["id"]
                    client.patch("Users", one, op("replace", "displayName", "Stirred"))
                    client.delete("Users", one)
            except Exception as e:  # pylint: disable=broad-except
                failed.append(e)

        threads = [threading.Thread(target=stir) for _ in range(3)]
        for t in threads:
            t.start()
        try:
            for query in ({}, {"sortBy": "userName"}, {"sortBy": "displayName"}) * 3:
                found = self.ids(count=7, **query)
                self.assertEqual(len(found), len(set(found)))
                self.assertLessEqual(set(self.people), set(found))
        finally:
            stop.set()
            for t in threads:
                t.join()
        self.assertEqual(failed, [])

    def test_the_resource_at_the_cursor_may_go(self):
        for sort in ({}, {"sortBy": "userName"}):
            gone = self.scim.new_user(f"m.gone{len(sort)}@desk.example")["id"]
            query = {"count": 1, "filter": 'userName sw "m.gone" or userName sw "walker"', **sort}
            page = self.page("/Users", "", **query)
            seen = [page["Resources"][0]["id"]]
            while seen[-1] != gone and "nextCursor" in page:
                page = self.page("/Users", page["nextCursor"], **query)
                seen.append(page["Resources"][0]["id"])
            self.scim.delete("Users", gone)
            while "nextCursor" in page:
                page = self.page("/Users", page["nextCursor"], **query)
                seen += [u["id"] for u in page["Resources"]]
            self.assertEqual(set(seen), {gone, *self.people})
            self.assertEqual(len(seen), len(set(seen)))

    # -- what a cursor is not good for

    def refused(self, scim_type, path, **query):
        reply = self.scim.error(400, "GET", f"{path}?" + urllib.parse.urlencode(query),
                                scim_type=scim_type)
        return reply.json["detail"]

    def test_wrong_cursors_are_refused_in_the_same_words(self):
        query = {"count": 2, "filter": 'userName sw "walker"'}
        cursor = self.page("/Users", "", **query)["nextCursor"]
        other = "A" if cursor[10] != "A" else "B"
        said = {
            self.refused("invalidCursor", "/Users", **{"cursor": c, **query, **more})
            for c, more in (
                ("garbage", {}), ("x", {}), ("=", {}), ("%00", {}), (cursor + "AAAA", {}),
                (cursor[:-4], {}), (cursor[:10] + other + cursor[11:], {}), ("A" * 400, {}),
                ("A" * 5000, {}),
                (cursor, {"filter": 'userName sw "walk"'}), (cursor, {"sortBy": "userName"}),
                (cursor, {"sortOrder": "descending"}), (cursor, {"attributes": "userName"}),
                (cursor, {"excludedAttributes": "groups"}))}
        said.add(self.refused("invalidCursor", "/", cursor=cursor, **query))
        self.assertEqual(len(said), 1, said)
        self.page("/Users", cursor, **query)

    def test_count_stays(self):
        cursor = self.page("/Users", "", count=2)["nextCursor"]
        self.refused("invalidCount", "/Users", cursor=cursor, count=3)
        self.refused("invalidCount", "/Users", cursor=cursor, count="two")
        self.refused("invalidCount", "/Users", cursor="", count="two")
        self.assertEqual(self.page("/Users", cursor)["itemsPerPage"], 2)
        big = self.page("/Users", "", count=5000)
        self.assertEqual(big["itemsPerPage"], 20)
        self.page("/Users", big["nextCursor"], count=5000)

    def test_cursor_and_index_exclude_each_other(self):
        self.refused("invalidValue", "/Users", cursor="", startIndex=1)

    def test_a_group_walk(self):
        for i in range(5):
            self.scim.post("Groups", {"schemas": [GROUP], "displayName": f"Walk {i}"})
        want = [g["id"] for g in self.scim.all("Groups")]
        self.assertEqual(self.ids("/Groups", count=2), want)


class Expiry(Case):
    server = {"cursor_timeout": "1s", "default_page": "2", "max_page": "20"}

    def test_a_cursor_expires(self):
        for name in "abc":
            self.scim.new_user(name + "@desk.example")
        cursor = self.scim.get("/Users?cursor")["nextCursor"]
        wait_until(lambda: self.scim.raw("GET", f"/Users?cursor={cursor}").status == 400,
                   "the cursor expired")
        reply = self.scim.error(400, "GET", f"/Users?cursor={cursor}", scim_type="expiredCursor")
        self.assertIn("egin again", reply.json["detail"])
        self.assertEqual(self.scim.get("/ServiceProviderConfig")["pagination"],
                         {"cursor": True, "index": True, "defaultPaginationMethod": "index",
                          "defaultPageSize": 2, "maxPageSize": 20, "cursorTimeout": 1})


class Restart(Case):
    server = {"default_page": "2"}

    def test_a_cursor_survives_a_restart(self):
        for name in "def":
            self.scim.new_user(name + "@desk.example")
        cursor = self.scim.get("/Users?cursor")["nextCursor"]
        self.bridge.stop()
        self.bridge.start()
        self.scim.want(200, "GET", f"/Users?cursor={cursor}")


if __name__ == "__main__":
    main()
