#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls are recorded when the owner wants it: the caller is told, the recording stands with the call,
and what a killed server had recorded is not lost."""
import base64
import json
import math
import os
import shutil
import struct
import subprocess
import time
import uuid

from ava_test import main, story
from websocket import WebSocket

BOTH_STORES = True
THREADS = True
SITE = "https://www.example.com"
ADMIN = "/api/admin/communications"


def start(t, **settings):
    t.ava("schema", "create")
    t.with_realtime(t.sandbox())
    t.settings.update(AVA_VOICE_OPEN_ORIGINS=SITE, AVA_VOICE_RECORDING="true", AVA_VOICE_RESUME="1")
    t.start(**settings)


def call(t, seconds):
    """Greeted, then a tone from the caller at the pace of speech; the open socket and its session."""
    session = str(uuid.uuid4())
    ws = WebSocket(t.server.port, f"/ws/voice/{session}", {"Origin": SITE})
    while ws.receive() != {"type": "state", "data": "listening"}:  # the greeting was heard
        pass
    samples = [int(8000 * math.sin(2 * math.pi * 300 * i / 24000)) for i in range(480)]
    frame = {"type": "audio", "data": base64.b64encode(struct.pack("<480h", *samples)).decode()}
    for _ in range(seconds * 50):
        ws.send(frame)
        time.sleep(0.02)
    return ws, session


def message_of(t, session):
    def find():
        for row in t.get(f"{ADMIN}?channel=voice", token=t.token()).json["conversations"]:
            if session in json.dumps(row["metadata"]) and row["status"] != "active":
                message = t.get(f"{ADMIN}/{row['id']}", token=t.token()).json["messages"][0]
                return message if message["voice"]["recording_url"] else None
        return None
    return t.wait(find, "the recording stands with the call", 40)


def seconds_of(t, ogg):
    """As the reference decoder hears it; None without one."""
    if not shutil.which("opusdec"):
        return None
    path = os.path.join(t.dir, "recording.ogg")
    with open(path, "wb") as f:
        f.write(ogg)
    run = subprocess.run(["opusdec", "--quiet", "--rate", "48000", path, path + ".wav"], capture_output=True)
    t.eq(run.returncode, 0, f"the reference decoder plays it {run.stderr.decode()[:200]}")
    return (os.path.getsize(path + ".wav") - 44) / (48000 * 2 * 2)


def files(t):
    return os.listdir(os.path.join(t.settings["AVA_DATA_DIR"], "recordings"))


@story
def a_recorded_call(t):
    start(t)
    ws, session = call(t, 2)
    ws.send({"type": "end_session"})
    while ws.receive() is not None:
        pass
    message = message_of(t, session)
    t.has(message["content"], "This call is recorded.", "the caller was told")
    got = t.get(message["voice"]["recording_url"], token=t.token())
    t.eq((got.status, got.header("Content-Type")), (200, "audio/ogg"), "it is there for the staff")
    t.eq(t.get(message["voice"]["recording_url"]).status, 401, "and for nobody else")
    t.eq(got.body[:4], b"OggS", "an Ogg file")
    seconds = seconds_of(t, got.body)
    t.ok(seconds is None or 1.5 < seconds < 20, "as long as the call", seconds)
    t.wait(lambda: not files(t), "nothing is left beside the database")
    t.eq(t.sql("SELECT count(*) FROM attachments WHERE state = 'stored'"), [["1"]], "there is one of it")


@story
def the_server_is_killed(t):
    start(t)
    ws, session = call(t, 3)
    t.wait(lambda: files(t), "it is written while the call goes on")
    t.server.kill()
    ws.close()
    folder = os.path.join(t.settings["AVA_DATA_DIR"], "recordings")
    for name in files(t):  # nobody has written it for a while
        os.utime(os.path.join(folder, name), (time.time() - 120, time.time() - 120))
    t.start()
    message = message_of(t, session)
    if message:
        seconds = seconds_of(t, t.get(message["voice"]["recording_url"], token=t.token()).body)
        t.ok(seconds is None or seconds > 1, "what was recorded until then plays", seconds)
    t.wait(lambda: not files(t), "and the file is gone")


@story
def nothing_is_recorded_unless_wanted(t):
    start(t, AVA_VOICE_RECORDING="false")
    ws, _ = call(t, 1)
    ws.close()
    t.eq(t.server.stop(), 0, "the server ends")
    t.ok(not os.path.exists(os.path.join(t.settings["AVA_DATA_DIR"], "recordings")), "no file was made")


if __name__ == "__main__":
    main()
