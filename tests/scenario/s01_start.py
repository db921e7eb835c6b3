#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The server starts on an empty directory, answers, refuses what it must politely, and ends."""
import ctypes
import os
import signal

from ava_test import main, story

TGKILL = 234 # of Linux on x86-64, which Python has no function for

QUICK = True
THREADS = True


def is_problem(t, answer, status, what):
    t.eq(answer.status, status, f"{what}: status {status}")
    t.eq(answer.header("Content-Type"), "application/problem+json", f"{what}: is a problem document")
    t.eq(answer.json.get("status"), status, f"{what}: says its status")
    t.eq(answer.json.get("instance"), answer.header("X-Request-Id"), f"{what}: names the request")
    t.ok(answer.json.get("title") and answer.json.get("type"), f"{what}: has a title and a type", answer)


@story
def the_server_starts_and_ends(t):
    t.ava("schema", "create")
    server = t.start()

    health = t.get("/health")
    t.eq((health.status, health.json), (200, {"status": "healthy"}), "health answers")
    t.eq(t.get("/health/live").status, 200, "is alive")
    t.eq(t.get("/health/ready").status, 200, "is ready: the store answers")

    root = t.get("/", headers={"Accept": "application/json"}).json
    t.eq(sorted(root), ["app", "status", "version"], "the root says who it is")
    t.eq(root["status"], "running", "and that it runs")
    t.has(t.get("/", headers={"Accept": "text/html"}).text.lower(), "<!doctype html>", "a browser gets the page")

    ids = {t.get("/health").header("X-Request-Id") for _ in range(5)}
    t.eq((len(ids), None in ids), (5, False), "every answer has an id of its own")

    is_problem(t, t.get("/api/nothing-here"), 404, "an unknown path")
    refused = t.request("DELETE", "/health")
    is_problem(t, refused, 405, "a wrong method")
    t.has(refused.header("Allow") or "", "GET", "a wrong method: says which are right")
    is_problem(t, t.get("/api/admin/communications"), 401, "without a token")

    listing = t.get("/api/admin/communications", token=t.token())
    t.eq((listing.status, listing.json["total"]), (200, 0), "with a token, an empty list")

    t.eq(server.stop(), 0, "ends with status 0 when told to")
    t.start()
    t.eq(t.get("/health").status, 200, "starts again on what is there")



@story
def whichever_thread_gets_the_signal(t):
    t.ava("schema", "create")
    server = t.start()
    pid = server.process.pid
    for thread in map(int, os.listdir(f"/proc/{pid}/task")):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as f:
            blocked = next(int(line.split()[1], 16) for line in f if line.startswith("SigBlk"))
        if not blocked >> (signal.SIGTERM - 1) & 1 and os.uname().machine == "x86_64":
            ctypes.CDLL(None).syscall(TGKILL, pid, thread, signal.SIGTERM)
            break
    t.eq(server.stop(), 0, "it ends as it should")


if __name__ == "__main__":
    main()
