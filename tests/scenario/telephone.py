# SPDX-License-Identifier: Apache-2.0
"""Calls by telephone for scenarios: the sandbox's caller, and what the product has written of a call."""
import json
import os

from ava_test import free_port

SEED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "share", "seeds", "medical-spa.json")
PERSON = "+15550100900"
ADMIN = "/api/admin/communications"


def begin(t, **settings):
    """The sandbox, whose realtime model leads the calls, and a server; returns the sandbox."""
    t.ava("schema", "create")
    t.ava("business", "seed", SEED)
    t.ports["server"] = free_port()
    t.settings["AVA_PUBLIC_URL"] = f"http://127.0.0.1:{t.ports['server']}"
    sandbox = t.sandbox()
    t.settings.update(AVA_VOICE_ENGINE="realtime", AVA_REALTIME_KEY="a key", AVA_REALTIME_MODEL="ava-voice",
                      AVA_REALTIME_URL=f"ws://127.0.0.1:{sandbox.port}/v1/realtime", AVA_TRANSFER_NUMBER=PERSON,
                      AVA_TRANSFER_RING="5", AVA_VOICE_RESUME="3", **settings)
    t.start()
    return sandbox


def place(sandbox, caller, script, **plan):
    """Somebody calls; returns the call's sid."""
    answer = sandbox.request("POST", "/sandbox/call", {"from": caller, "script": script, **plan})
    if answer.status != 202:
        raise RuntimeError(f"the sandbox took no call: {answer}")
    return answer.json["sid"]


def person(sandbox, answers, script=(), number=PERSON, after_ms=200):
    """What whoever has that number does when it rings."""
    sandbox.request("POST", "/sandbox/people", {"number": number, "answers": answers, "script": list(script),
                                                "after_ms": after_ms})


def record(sandbox, sid):
    return sandbox.request("GET", f"/sandbox/calls/{sid}").json


def settled(t, sandbox, sid, seconds=60):
    """The sandbox's record of a call once nothing of it goes on."""
    def over():
        call = record(sandbox, sid)
        return call["settled"] and call
    return t.wait(over, "the call ends", seconds)


def texts(call, what):
    return [m["text"] for m in call["moments"] if m["what"] == what]


def conversations(t, sid):
    """Ids of the conversations that a call has become."""
    return [row[0] for row in t.sql(f"select conversation_id from voice_calls where session_id = '{sid}'")]


def written(t, sid, seconds=20):
    """The finished conversation of a call, whole."""
    def find():
        found = conversations(t, sid)
        if len(found) != 1:
            return None
        whole = t.get(f"{ADMIN}/{found[0]}", token=t.token()).json
        return whole if whole["conversation"]["status"] != "active" else None
    return t.wait(find, "it is written as one conversation", seconds)


def tools(whole):
    return [c["name"] for m in whole["messages"] if m.get("voice") for c in m["voice"]["function_calls"] or []]


def show(t, call):
    """For a story that failed: what happened in the call."""
    for m in call["moments"]:
        print(f"#   {m['at_ms'] / 1000:7.2f} {m['what']} {json.dumps(m['text'])} {m['n']}")
