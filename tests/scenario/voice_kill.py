# SPDX-License-Identifier: Apache-2.0
"""Callers who hang up, break off and finish at any point, while the server is killed again and again.
Afterwards each call that was greeted must be one finished conversation with one message.

s29_voice_kill.py tells it as a short story, bench/voice_kill as a long one."""
import base64
import queue
import random
import socket
import struct
import threading
import time
import uuid

from websocket import WebSocket

SITE = "https://www.example.com"
SILENCE = base64.b64encode(bytes(960)).decode()  # 20 ms
WORDS = ("What does a facial cost?", "Are you open on Sunday?", "I would like an appointment.", "Thank you.")
NOT_ONCE = """SELECT v.session_id FROM voice_calls v JOIN conversations c ON c.id = v.conversation_id
    WHERE c.status = 'active' OR v.message_id IS NULL
    OR 1 <> (SELECT count(*) FROM communication_messages m JOIN voice_call_details d ON d.message_id = m.id
             WHERE m.conversation_id = c.id)
    OR 1 <> (SELECT count(*) FROM communication_events n WHERE n.conversation_id = c.id
             AND n.event_type = 'conversation_completed')"""


class Callers:
    """Threads that call one after another."""

    def __init__(self, t, calls, at_once, seed):
        self.t, self.lock, self.greeted, self.refused, self.over = t, threading.Lock(), set(), 0, 0
        self.queue = queue.Queue()
        for n in range(calls):
            self.queue.put(n)
        self.threads = [threading.Thread(target=self.run, args=(i, seed), daemon=True) for i in range(at_once)]
        for thread in self.threads:
            thread.start()

    def busy(self):
        return any(thread.is_alive() for thread in self.threads)

    def run(self, number, seed):
        chance = random.Random(f"{seed} {number}")
        while True:
            try:
                self.queue.get_nowait()
            except queue.Empty:
                return
            while not self.call(chance):
                time.sleep(0.05)
            with self.lock:
                self.over += 1

    def call(self, chance):
        """One call; false when there was no server to take it."""
        session = str(uuid.uuid4())
        try:
            ws = WebSocket(self.t.ports["server"], f"/ws/voice/{session}", {"Origin": SITE}, 20)
        except OSError:
            return False
        if ws.status != 101:
            with self.lock:
                self.refused += 1
            return False
        try:
            self.talk(ws, session, chance)
        except (OSError, ConnectionError):
            pass  # the server was killed
        ws.socket.close()
        return True

    def talk(self, ws, session, chance):
        greeted = False
        while not greeted:
            m = ws.receive()
            if m is None:
                return
            greeted = m["type"] == "audio"
        with self.lock:
            self.greeted.add(session)
        for _ in range(chance.randrange(3)):
            for _ in range(5):
                ws.send({"type": "audio", "data": SILENCE})
            ws.send({"type": "text", "data": chance.choice(WORDS)})
            time.sleep(chance.random() * 0.5)
        how = chance.randrange(4)
        if how == 0:
            ws.send({"type": "end_session"})
            while ws.receive() is not None:
                pass
        elif how == 1:  # a reset
            ws.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == 2:
            ws.send_frame(8, struct.pack(">H", 1000))


def start(t):
    t.settings.update(AVA_VOICE_ENGINE="realtime", AVA_REALTIME_KEY="a key", AVA_REALTIME_MODEL="ava-voice",
                      AVA_VOICE_OPEN_ORIGINS=SITE, AVA_VOICE_ADDRESS_RATE="100000", AVA_VOICE_WEB_CALLS="1000",
                      AVA_CONNECTIONS_PER_ADDRESS="4000", AVA_VOICE_RESUME="1")
    t.ava("schema", "create")
    sandbox = t.sandbox()
    t.settings["AVA_REALTIME_URL"] = f"ws://127.0.0.1:{sandbox.port}/v1/realtime"
    t.start()


def run(t, calls, at_once, kills, seed=1):
    """The kills are spread over the calls."""
    start(t)
    callers, killed = Callers(t, calls, at_once, seed), 0
    while callers.busy():
        time.sleep(0.01)
        if killed < kills and callers.over >= calls * (killed + 1) // (kills + 1):
            t.server.kill()
            killed += 1
            t.start()
    t.ok(killed == kills, f"the server was killed {kills} times", killed)
    t.wait(lambda: t.sql("SELECT count(*) FROM voice_calls WHERE live")[0][0] == "0", "every call is finished", 60)
    t.eq(t.sql(NOT_ONCE)[:5], [], "each is one finished conversation with one message")
    there = [row[0] for row in t.sql("SELECT session_id FROM voice_calls")]
    t.eq(len(there), len(set(there)), "none was written twice")
    t.eq(sorted(callers.greeted - set(there))[:5], [], f"none of the {len(callers.greeted)} that were greeted is missing")
    t.eq(t.sql("SELECT count(*) FROM conversations WHERE channel = 'voice'")[0][0], str(len(there)), "nothing else was")
    states = dict(t.sql("SELECT status, count(*) FROM conversations GROUP BY status"))
    print(f"# {len(there)} calls written, {len(callers.greeted)} greeted, {states}, {callers.refused} refused")
