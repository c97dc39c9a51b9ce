#!/usr/bin/env python3
"""SCIM conformance: each case of cases/ is one test, named by its id, in front
of a helpdesk that can do everything. `test_cases.py PA-012 F-003` runs some."""
import shutil
import sys
import tempfile
import unittest

import harness
from cases import (bulk, conversations, create, delete, discovery, etag, filter, patch, put, read,
                   sort, transport)
from cases.table import World

# The last one looks at what all others saw.
CHAPTERS = (transport, create, read, filter, sort, put, patch, delete, bulk, etag, conversations,
            discovery)


class Conformance(unittest.TestCase):
    """A world for each chapter, set right before each case."""
    server, target = {}, {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="scim-bridge-cases-")
        cls.world = World(cls.folder, cls.server, cls.target)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.world.stop()
        finally:
            shutil.rmtree(cls.folder, ignore_errors=True)

    def __str__(self):
        return self.case.id + " " + self.case.what

    @property
    def case(self):
        return self.cases[self._testMethodName[len("test_"):]]


def method(case):
    def run(self):
        if case.later:
            print(f"skipped {case.id}: not offered yet: {case.what}")
            self.skipTest("not offered yet")
        self.world.restore()
        case.run(self.world)
        if not case.odd:
            self.world.truth()
    return run


def test_name(case):
    return "test_" + case.id.replace("-", "_")


def chapter_class(module):
    tests = {test_name(case): method(case) for case in module.CASES}
    if len(tests) != len(module.CASES):
        raise AssertionError(f"{module.__name__}: an id stands there twice")
    cases = {test_name(case)[len("test_"):]: case for case in module.CASES}
    name = module.__name__.rsplit(".", 1)[-1].capitalize()
    return type(name, (Conformance,), {**tests, "cases": cases,
                                       "server": getattr(module, "SERVER", {}),
                                       "target": getattr(module, "TARGET", {})})


CLASSES = [chapter_class(module) for module in CHAPTERS]


def load_tests(_loader, _tests, _pattern):
    """In the order of the tables."""
    return unittest.TestSuite(one(test_name(case)) for one in CLASSES
                              for case in one.cases.values())


def by_id(id_):
    """Class.test_ID, for whoever runs some of them."""
    for one in CLASSES:
        if "test_" + id_.replace("-", "_") in vars(one):
            globals()[one.__name__] = one
            return f"{one.__name__}.test_{id_.replace('-', '_')}"
        if one.__name__.lower() == id_.lower():
            globals()[one.__name__] = one
            return one.__name__
    sys.exit(f"there is no case {id_}")


if __name__ == "__main__":
    sys.argv[1:] = [by_id(id_) for id_ in sys.argv[1:]]
    harness.main()
