#!/usr/bin/env python3
"""The one suite (suite.py) over every helpdesk that has a simulator."""
from harness import main
from suite import Conversations, DeskCase, cases



def _base():
    class Desk(Conversations, DeskCase):
        pass
    return Desk


cases(globals(), _base())

if __name__ == "__main__":
    main()
