#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small run of calls with hang-ups, crashes and kills of the server; bench/telephone_kill is the long
one. AVA_CHAOS_CALLS says how many calls (120)."""
import os

import telephone_kill
from ava_test import main, story

SECONDS = 400
CALLS = int(os.environ.get("AVA_CHAOS_CALLS", "120"))


@story
def each_call_is_one_conversation_whatever_ends_it(t):
    telephone_kill.run(t, CALLS, at_once=30, kills=4)


if __name__ == "__main__":
    main()
