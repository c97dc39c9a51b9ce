#!/usr/bin/env python3
"""A mistake in a profile, or in what the configuration says to it, stops the
start: file, place and the name that was probably meant are told. Tried on every
profile: each key of the format, each variable and each role is misspelled."""
import copy
import json
import os
import re
import subprocess
import unittest

import harness
from harness import BUILD, ROOT, main

FOLDERS = (os.path.join(ROOT, "providers"), os.path.join(ROOT, "test", "fixtures", "profiles"))
# Objects whose names are data: what stands there is the helpdesk's, or free.
DATA = {"body", "query", "headers", "set", "when", "assume", "with", "save", "vars", "secrets",
        "expect", "also", "reshape", "require", "empty_when", "include", "protect", "in_scope", "value",
        "note", "defaults"}
VARIABLE = re.compile(r"\{\{([A-Za-z_][\w.]*)")


def profiles():
    for folder in FOLDERS:
        for file in sorted(os.listdir(folder)):
            if file.endswith(".json"):
                yield file[:-5], os.path.join(folder, file)


def misspelled(name):
    """Two letters changed places, or one too many."""
    middle = len(name) // 2
    swapped = name[:middle - 1] + name[middle] + name[middle - 1] + name[middle + 1:]
    return swapped if swapped != name else name + name[-1]


def objects(value, path=()):
    """Every object of the format with its path."""
    if isinstance(value, list):
        for i, one in enumerate(value):
            yield from objects(one, (*path, i))
    elif isinstance(value, dict):
        yield path, value
        for key, one in value.items():
            if key not in DATA:
                yield from objects(one, (*path, key))


def strings(value, path=()):
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (list, dict)):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings(one, (*path, key))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def spelled(path):
    """A path as the messages write it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"\w+", step):
            text += ("." if text else "") + step
        else:
            text += f'["{step}"]'
    return text


class Mistakes(unittest.TestCase):
    tried = set()  # keys, by the place where they stand

    @classmethod
    def setUpClass(cls):
        cls.context = harness.temporary_folder()
        cls.folder = cls.context.__enter__()
        cls.addClassCleanup(cls.context.__exit__, None, None, None)

    def configure(self, profile, path, **more):
        keys = {"profile": path, "base_url": "http://127.0.0.1:1/x"}
        keys.update({"secret." + name: "env:ANY" for name in profile.get("secrets", {})})
        keys.update({"set." + name: "x" for name, v in profile.get("vars", {}).items()
                     if "default" not in v})
        keys.update(more)
        ini = os.path.join(self.folder, "bridge.ini")
        with open(ini, "w", encoding="utf-8") as f:
            f.write("[server]\nlisten = 127.0.0.1:0\npublic_url = http://127.0.0.1\n"
                    f"database = {self.folder}/bridge.db\n[target desk]\n")
            f.writelines(f"{k} = {v}\n" for k, v in keys.items())
        return ini

    def check(self, ini, command="check"):
        return subprocess.run([os.path.join(BUILD, "scim-bridge"), command, "-c", ini],
                              capture_output=True, text=True, check=False,
                              timeout=harness.DEADLINE * 3, env=dict(os.environ, ANY="any"))

    def written(self, name, profile):
        path = os.path.join(self.folder, name + ".json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(profile, f)
        os.chmod(path, 0o600)
        return path

    def refused(self, name, profile, words, where, command="check", **more):
        """One mistake: one exit code, and a line that has all the words."""
        path = self.written(name, profile)
        done = self.check(self.configure(profile, path, **more), command)
        self.assertEqual(done.returncode, 2, f"{name} {where}: {done.stdout}{done.stderr}")
        text = done.stderr
        for word in words:
            self.assertIn(word, text, f"{name} {where}")

    def every_key(self, name, profile):
        # One of each kind of place is enough: the same object in a list, and the
        # operations, are checked by the same rows. Every key is tried in some
        # profile, some keys in every profile.
        seen = set()
        for again in (False, True):
            self.keys(name, profile, seen, again)
        self.assertGreater(len(seen), 9)

    def keys(self, name, profile, seen, again):
        tried = 0
        for path, value in objects(profile):
            kind = tuple("#" if isinstance(s, int) else s for s in path)
            if len(path) > 1 and path[0] in ("operations", "paging", "capabilities"):
                kind = (path[0], "*", *kind[2:])
            for key in value:
                # Names of the administrator's own choosing, and short words.
                if (kind, key) in seen or len(key) < 4 or key == "note" or \
                        path in (("operations",), ("paging",), ("capabilities",), ("vars",),
                                 ("accounts",)):
                    continue
                if ((kind, key) in self.tried) != again or (again and tried >= 10):
                    continue
                seen.add((kind, key))
                self.tried.add((kind, key))
                tried += 1
                changed = copy.deepcopy(profile)
                place = at(changed, path)
                place[misspelled(key)] = place.pop(key)
                self.refused(name, changed,
                             [name + ".json: ", misspelled(key), f'did you mean "{key}"?'],
                             spelled((*path, key)))

    def every_variable(self, name, profile):
        tried = 0
        for path, text in strings(profile):
            found = VARIABLE.search(text)
            if "note" in path or found is None or len(found.group(1)) < 4:
                continue
            word = found.group(1)
            changed = copy.deepcopy(profile)
            at(changed, path[:-1])[path[-1]] = text.replace("{{" + word, "{{" + misspelled(word))
            self.refused(name, changed, [name + ".json: ", misspelled(word).split(".")[-1],
                                         "did you mean"], spelled(path))
            tried += 1
            if tried == 12:
                break
        self.assertGreater(tried, 0)

    def every_operation(self, name, profile):
        """Where one operation names another."""
        tried = 0
        for path, text in strings(profile):
            if path[-1] == "op" and path[0] != "capabilities" and tried < 8 and \
                    text in profile["operations"]:
                tried += 1
                changed = copy.deepcopy(profile)
                at(changed, path[:-1])["op"] = misspelled(text)
                self.refused(name, changed, [name + ".json: ", misspelled(text)], spelled(path))

    def roles_and_knobs(self, name, path, profile):
        values = [r["scim"] for r in profile["user"]["roles"]["values"]
                  if r.get("assign", True)]
        role = max((v for v in values if " " not in v), key=len)
        # Where the helpdesk is asked for its roles, no name is known to be wrong.
        if "writes" not in profile["user"]["roles"].get("lookup", {}):
            done = self.check(self.configure(profile, path,
                                             **{"role." + misspelled(role): "Team"}))
            self.assertEqual(done.returncode, 2, f"{name}: {done.stdout}{done.stderr}")
            self.assertIn(role, done.stderr)
        for knob in profile.get("vars", {}):
            if len(knob) < 4:
                continue
            done = self.check(self.configure(profile, path, **{"set." + misspelled(knob): "x"}))
            self.assertEqual(done.returncode, 2, f"{name}: {done.stdout}{done.stderr}")
            self.assertIn(misspelled(knob), done.stderr)
            self.assertIn(knob, done.stderr)
        for secret in profile.get("secrets", {}):
            done = self.check(self.configure(profile, path,
                                             **{"secret." + misspelled(secret): "env:ANY"}))
            self.assertEqual(done.returncode, 2, f"{name}: {done.stdout}{done.stderr}")
            self.assertIn(misspelled(secret), done.stderr)

    def test_serve_does_not_start(self):
        name, path = next(iter(profiles()))
        with open(path, encoding="utf-8") as f:
            profile = json.load(f)
        profile["operatoins"] = profile.pop("operations")
        self.refused(name, profile, [name + ".json: ", 'did you mean "operations"?'], "", "serve")


class Page(unittest.TestCase):
    def test_the_page_of_helpdesks_is_what_the_profiles_say(self):
        done = subprocess.run([os.path.join(ROOT, ".ci", "helpdesks"),
                               os.path.join(BUILD, "scim-bridge"), "--check"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


def _add(name, path):
    def test(self):
        with open(path, encoding="utf-8") as f:
            profile = json.load(f)
        good = self.check(self.configure(profile, self.written(name, profile)))
        self.assertEqual(good.returncode, 0, good.stderr)
        with self.subTest("keys"):
            self.every_key(name, profile)
        with self.subTest("variables"):
            self.every_variable(name, profile)
        with self.subTest("operations"):
            self.every_operation(name, profile)
        with self.subTest("roles and knobs"):
            self.roles_and_knobs(name, self.written(name, profile), profile)
    setattr(Mistakes, "test_" + name.replace("-", "_"), test)


for one in profiles():
    _add(*one)

if __name__ == "__main__":
    main()
