#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls while the server is killed; bench/voice_kill is the long run."""
import voice_kill
from ava_test import main, story
from websocket import WebSocket

SECONDS = 180


@story
def every_call_is_written_once(t):
    voice_kill.run(t, calls=150, at_once=12, kills=4)


@story
def a_stop_writes_the_calls_that_go_on(t):
    voice_kill.start(t)
    sessions = [f"s{n}" for n in range(3)]
    calls = [WebSocket(t.server.port, f"/ws/voice/{s}", {"Origin": voice_kill.SITE}) for s in sessions]
    for call in calls:
        while call.receive()["type"] != "audio":
            pass
    t.eq(t.server.stop(), 0, "the server stops")
    there = t.sql("SELECT v.session_id, c.status FROM voice_calls v JOIN conversations c ON c.id = v.conversation_id "
                  "WHERE v.message_id IS NOT NULL ORDER BY v.session_id")
    t.eq(there, [[s, "failed"] for s in sessions], "its calls are written, as broken off")
    t.has(t.sql("SELECT metadata FROM communication_messages")[0][0], "shutdown", "with the reason")
    t.eq(t.sql("SELECT count(*) FROM voice_servers"), [["0"]], "and its lease is given up")


if __name__ == "__main__":
    main()
