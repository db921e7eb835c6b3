#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small chaos run; bench/chaos is the long one. AVA_CHAOS_TEXTS says how many texts (1500)."""
import os

import chaos
from ava_test import main, story

SECONDS = 600
TEXTS = int(os.environ.get("AVA_CHAOS_TEXTS", "1500"))


@story
def everything_fails_and_nothing_is_lost_or_said_twice(t):
    chaos.run(t, TEXTS, customers=150, a_second=150, kill_every=1.5)


if __name__ == "__main__":
    main()
