#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark itself; bench/run starts it. For each store: load, learn what the server sends,
then every request beside the engine's own limit for the same statements, minutes apart."""
import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time

import plans
import report
import world
from world import OUT, ROOT, program, say

CONVERSATIONS = 1_000_000 # at scale 1
SAMPLES = 3000            # different requests of a kind
NEW_SHARE = 0.05          # texts from numbers that nobody has
CLIENTS = 16
NO_RUNNERS = {f"AVA_{kind}_RUNNERS": "0" for kind in ("TURN", "SEND", "SCORE")}
LIST = "/api/admin/communications"


def options():
    p = argparse.ArgumentParser(prog="bench/run", description="Measures Ava against its databases' own limits.")
    p.add_argument("--scale", type=float, default=0.1, help="1 is a million conversations (0.1)")
    p.add_argument("--stores", default="sqlite,postgres")
    p.add_argument("--seconds", type=int, default=10, help="of each measurement (10)")
    p.add_argument("--quick", action="store_true", help="scale 0.01, 2 s each: does it work at all?")
    p.add_argument("--data", default=os.path.join(OUT, "data"), help="where loaded data are kept and found again")
    p.add_argument("--only", default="", help="requests whose name holds this")
    args = p.parse_args()
    if args.quick:
        args.scale, args.seconds = 0.01, 2
    return args


def with_cluster(args):
    """Runs this program once more, inside of a PostgreSQL of its own."""
    keep = os.path.join(os.path.abspath(args.data), "cluster")
    # A server's usual settings for a small machine; commits are flushed to the disk.
    settings = ["shared_buffers=256MB", "fsync=on", "synchronous_commit=on", "full_page_writes=on",
                "max_wal_size=4GB", "autovacuum=on"]
    command = [os.path.join(ROOT, "tools/with_postgres"), "--keep", keep]
    for s in settings:
        command += ["--set", s]
    os.environ["BENCH_PG_DIR"] = keep
    os.execv(command[0], command + [sys.executable, *sys.argv])


def limit_json(command):
    return json.loads(world.run(command))


class Bench:
    def __init__(self, store, args):
        self.store, self.args = store, args
        self.plans = os.path.join(OUT, "plans", store.name)
        os.makedirs(self.plans, exist_ok=True)
        self.speed, self.other = [], []

    # --- what is asked ---

    def paths(self, server):
        """name -> (paths, title, has a target)."""
        sql = self.store.sql
        n = max(int(self.store.one("SELECT max(id) FROM customers")), 1)
        ids = [str(r[0]) for r in sql(
            "SELECT m.conversation_id FROM communication_messages m GROUP BY m.conversation_id HAVING "
            f"count(*) BETWEEN 9 AND 11 ORDER BY max(m.id) LIMIT {SAMPLES * 4}")]
        if len(ids) < 100:
            raise RuntimeError("there are too few conversations with about ten messages")
        random.seed(1)
        customers = [random.randint(1, n) for _ in range(SAMPLES)]
        pages = max(int(self.store.one("SELECT count(*) FROM conversations")) // 20, 2)
        cursors = []
        for _ in range(20):
            page = min(random.randint(pages // 10, pages - 1), 100000)
            cursors.append(json.loads(server.get(f"{LIST}?page={page}&page_size=20"))["next_cursor"])
        all_paths = {
            "list": ([LIST], "list, page 1", True),
            "cursor": ([f"{LIST}?cursor={c}" for c in cursors if c], "list, deep, by cursor", False),
            "filtered": ([f"{LIST}?channel=sms"], "list, channel=sms", False),
            "detail": ([f"{LIST}/{i}" for i in random.sample(ids, min(len(ids), SAMPLES))],
                       "conversation with about ten messages", True),
            "timeline": ([f"/api/admin/customers/{c}/timeline" for c in customers], "a customer's timeline", True),
        }
        return {k: v for k, v in all_paths.items() if self.args.only in k}

    # --- the engine's own limits ---

    def limit_reads(self, name, plan):
        """(per second, how it was found, everything that was found)"""
        path, seconds = plans.write(plan, self.plans, name), str(self.args.seconds)
        if self.store.name == "sqlite":
            command = [program("sqlite_limit"), "--db", self.store.file, "--plan", path, "--seconds", seconds]
            one, two = (limit_json(command + ["--threads", n])["per_second"] for n in ("1", "2"))
            return one, f"bare loop, one thread (two: {two:,.0f})", {"one_thread": one, "two_threads": two}
        found = self.limit_postgres(path)
        for pipelined in (True, False):
            rate = self.pgbench(name, plan, pipelined)
            if rate:
                found["pgbench, pipelined" if pipelined else "pgbench"] = rate
        best = max(found, key=found.get)
        rest = ", ".join(f"{k} {v:,.0f}" for k, v in found.items() if k != best)
        return found[best], f"{best} ({rest})", found

    def limit_postgres(self, path):
        command = [program("postgres_limit"), "--url", self.store.url, "--plan", path, "--clients", str(CLIENTS),
                   "--threads", "2", "--seconds", str(self.args.seconds)]
        return {"libpq loop, pipelined": limit_json(command)["per_second"],
                "libpq loop": limit_json(command + ["--plain", "1"])["per_second"]}

    def pgbench(self, name, plan, pipelined):
        script = plans.pgbench_script(plan, pipelined)
        if not script:
            return None
        path = os.path.join(self.plans, name + ".pgbench")
        with open(path, "w", encoding="utf-8") as f:
            f.write(script[0])
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(self.args.seconds),
                   "-f", path]
        for key, value in script[1].items():
            command += ["-D", f"{key}={value}"]
        out = world.run(command + [self.store.url])
        return float(re.search(r"tps = ([\d.]+)", out)[1])

    def limit_webhooks(self, plan, group):
        path, seconds = plans.write(plan, self.plans, "webhook"), str(self.args.seconds)
        before = int(self.store.one("SELECT count(*) FROM provider_receipts"))
        if self.store.name == "sqlite":
            with open(os.path.join(ROOT, "src/store/sqlite_writer.c"), encoding="utf-8") as f:
                pages = re.search(r"#define CHECKPOINT_PAGES (\d+)", f.read())[1]
            out = limit_json([program("sqlite_limit"), "--db", self.store.file, "--plan", path, "--seconds",
                              seconds, "--group", f"{group:.3f}", "--checkpoint", pages])
            rate, done = out["per_second"], out["turns"]
            how = f"bare loop, {group:.1f} to a commit"
            found = {"bare_loop": rate, "group": group}
        else:
            found = self.limit_postgres(path)
            best = max(found, key=found.get)
            rate, done = found[best], None
            how = f"{best}, {CLIENTS} clients ({', '.join(f'{k} {v:,.0f}' for k, v in found.items() if k != best)})"
        made = int(self.store.one("SELECT count(*) FROM provider_receipts")) - before
        if (done is not None and made != done) or made < rate * self.args.seconds * 0.9:
            raise RuntimeError(f"the limit loop says {done or rate} and {made} texts are there")
        return rate, how, found

    # --- learning ---

    def learn(self):
        """Plans of all requests, from a server that is watched."""
        store = self.store
        watched = os.path.join(store.work_dir, "capture")
        server = world.Server(store, "watched", capture=watched, **NO_RUNNERS)
        capture = plans.Capture(watched)
        self.requests = self.paths(server)
        capture.take()
        reading = []
        made = {}
        for name, (paths, _, _) in self.requests.items():
            samples = plans.sample_reads(server, capture, paths if len(paths) > 1 else paths * 20)
            reading = reading or plans.setup_of(capture, True)
            made[name] = plans.read_plan(samples, reading)
        if self.args.only in "webhook":
            strangers = ["+1777%09d" % random.randrange(10**9) for _ in range(30)]
            known = plans.sample_webhooks(server, capture, [o[0] for o in store.open[:60]])
            unknown = plans.sample_webhooks(server, capture, strangers)
            made["webhook"] = plans.webhook_plan(store, known, unknown, plans.setup_of(capture, False), NEW_SHARE)
        server.stop()
        return made

    # --- the rows ---

    def row(self, key, what, connections, found, limit=None, how="", **more):
        if found.get("errors"):
            raise RuntimeError(f"{what}: {found['errors']} answers were errors")
        share = found["per_second"] / limit if limit else None
        target = report.TARGETS.get(key) if limit else None
        self.speed.append({"key": key, "what": what, "connections": connections, "limit": limit, "share": share,
                           "how": how, "target": target, **found, **more})
        say(f"{self.store.name}: {what}, {connections} connections: {found['per_second']:,.0f}/s"
            + (f", {share:.0%} of {limit:,.0f}" if limit else ""))

    def note(self, what, shown, bound, target=None, **values):
        self.other.append({"what": what, "shown": shown, "bound": bound, "target": target, **values})
        say(f"{self.store.name}: {what}: {shown}")

    def reads(self, server, made):
        for connections in (16, 64):
            self.row("health", "GET /health (the HTTP layer alone)", connections,
                     server.wrk(["/health"], connections, self.args.seconds))
        for name, (paths, title, _) in self.requests.items():
            found = server.wrk(paths, CLIENTS, self.args.seconds)
            limit, how, all_found = self.limit_reads(name, made[name])
            self.row(name, title, CLIENTS, found, limit, how, limits=all_found)
            if name in ("list", "detail"):
                target = report.TARGETS[(self.store.name, "p99")]
                self.note(f"p99 of {title} at 16 connections", f"{found['p99'] / 1000:.1f} ms",
                          f"≤ {target[2] / 1000:.0f} ms", target, p99=found["p99"])

    def webhooks(self, server, made):
        for connections in (16, 64):
            self.store.settle()
            before = server.metrics()
            found = server.webhooks(connections, self.args.seconds)
            after = server.metrics()
            moved = {k: after[k] - before[k] for k in ("store_transactions_total", "store_groups_total")}
            group = moved["store_transactions_total"] / max(moved["store_groups_total"], 1)
            self.store.settle()
            limit, how, all_found = self.limit_webhooks(made["webhook"], group)
            self.row("webhook", "signed SMS webhook, durable", connections, found, limit, how,
                     limits=all_found, group=group)

    def whole(self):
        """Webhooks with the assistant answering and the answers sent to a stand-in."""
        store = self.store
        store.settle()
        sandbox_log = open(os.path.join(store.work_dir, "sandbox.log"), "wb")
        sandbox = subprocess.Popen([program("ava"), "sandbox", "--sandbox-port", "0"], stdout=sandbox_log,
                                   stderr=sandbox_log, env=store.environment(store.url))
        try:
            port = self.sandbox_port()
            server = world.Server(store, "whole", AVA_TWILIO_API_URL=f"http://127.0.0.1:{port}")
            before = server.metrics()
            found = server.webhooks(16, self.args.seconds)
            during = server.metrics()
            answered = (during["turns_total"] - before["turns_total"]) / self.args.seconds
            sent = (during["messages_sent_total"] - before["messages_sent_total"]) / self.args.seconds
            self.row("whole", f"the same, everything on ({answered:,.0f} answered, {sent:,.0f} sent a second meanwhile)",
                     16, found, answered=answered, sent=sent)
            server.stop()
        finally:
            sandbox.terminate()
            sandbox.wait()
            sandbox_log.close()

    def sandbox_port(self):
        for _ in range(200):
            with open(os.path.join(self.store.work_dir, "sandbox.log"), encoding="utf-8") as f:
                for line in f:
                    if "listening" in line:
                        return json.loads(line)["port"]
            time.sleep(0.05)
        raise RuntimeError("the sandbox does not start")

    def memory(self, server):
        m = server.memory()
        cache = 32768 if self.store.name == "sqlite" else 0 # database_cache's default, KiB
        bound = 64 * 1024 + cache
        self.note("resident memory after the run (most it ever had: "
                  f"{m['VmHWM'] / 1024:.1f} MiB)", f"{m['VmRSS'] / 1024:.1f} MiB",
                  f"≤ {bound / 1024:.0f} MiB" + (" (64 and SQLite's page cache of 32)" if cache else ""),
                  ("kib", "<=", bound), kib=m["VmRSS"], high_kib=m["VmHWM"])

    def run(self):
        store = self.store
        store.prepare()
        sizes = store.sizes()
        say(f"{store.name}: {sizes}")
        made = self.learn()
        times = [world.time_to_answer(store) for _ in range(5)]
        target = report.TARGETS[(store.name, "start")]
        self.note("start to first answer, median of 5", f"{statistics.median(times):.0f} ms", f"≤ {target[2]} ms",
                  target, ms=statistics.median(times), all_ms=times)
        server = world.Server(store, **NO_RUNNERS)
        self.reads(server, made)
        if "webhook" in made:
            self.webhooks(server, made)
        self.memory(server)
        server.stop()
        if not self.args.only:
            self.whole()
        store.drop()
        notes = ("File on the disk, WAL, synchronous FULL, page cache 32 MiB for all connections."
                 if store.name == "sqlite" else
                 "A cluster of its own on the disk, fsync on, shared_buffers 256 MB, ANALYZEd.")
        return {"name": store.name, "version": store.version(), "sizes": sizes, "bytes": store.bytes(),
                "notes": notes, "speed": self.speed, "other": self.other}


def main():
    args = options()
    kinds = {"sqlite": world.Sqlite, "postgres": world.Postgres}
    wanted = args.stores.split(",")
    if set(wanted) - set(kinds):
        sys.exit(f"bench/run: --stores takes {', '.join(kinds)}")
    if "postgres" in wanted and "BENCH_PG_DIR" not in os.environ:
        with_cluster(args)
    say("building")
    world.build()
    result = {"scale": args.scale, "seconds": args.seconds, "when": time.strftime("%Y-%m-%d %H:%M"),
              "machine": report.machine(os.path.dirname(world.BUILD)), "stores": []}
    for name in wanted:
        store = kinds[name](os.path.abspath(args.data), int(CONVERSATIONS * args.scale))
        result["stores"].append(Bench(store, args).run())
        table = report.write(result, OUT)
    print(table)
    print(f"written to bench/out/results-{args.scale:g}.md and .json")


if __name__ == "__main__":
    main()
