#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark itself; bench/run starts it. For each store: load, learn what the server sends,
then every request beside the engine's own limit for the same statements, minutes apart."""
import argparse
import functools
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
MAIL_SECONDS = 5          # so long e-mails come from new addresses, before those that answer in their threads
NO_RUNNERS = {f"AVA_{kind}_RUNNERS": "0" for kind in ("TURN", "SEND", "SCORE")}
LIST = "/api/admin/communications"


def options():
    p = argparse.ArgumentParser(prog="bench/run", description="Measures Ava against its databases' own limits.")
    p.add_argument("--scale", type=float, default=0.1, help="1 is a million conversations (0.1)")
    p.add_argument("--stores", default="sqlite,postgres")
    p.add_argument("--seconds", type=int, default=5, help="of each measurement (5)")
    p.add_argument("--rounds", type=int, default=3, help="of server and limit in turn; the median counts (3)")
    p.add_argument("--quick", action="store_true", help="scale 0.01, 2 s each, once: does it work at all?")
    p.add_argument("--data", default=os.path.join(OUT, "data"), help="where loaded data are kept and found again")
    p.add_argument("--only", default="", help="requests whose name holds this")
    args = p.parse_args()
    if args.quick:
        args.scale, args.seconds, args.rounds = 0.01, 2, 1
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


class Bench:
    def __init__(self, store, args):
        self.store, self.args = store, args
        self.plans = os.path.join(OUT, "plans", store.name)
        os.makedirs(self.plans, exist_ok=True)
        self.speed, self.other = [], []

    # --- what is asked ---

    def paths(self, server):
        """name -> (paths, title)."""
        sql = self.store.sql
        n = max(int(self.store.one("SELECT max(id) FROM customers")), 1)
        ids = [str(r[0]) for r in sql(
            "SELECT conversation_id FROM communication_messages GROUP BY conversation_id HAVING "
            f"count(*) BETWEEN 9 AND 11 ORDER BY random() LIMIT {SAMPLES}")]
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
            "list": ([LIST], "list, page 1"),
            "cursor": ([f"{LIST}?cursor={c}" for c in cursors if c], "list, deep, by cursor"),
            "filtered": ([f"{LIST}?channel=sms"], "list, channel=sms"),
            "detail": ([f"{LIST}/{i}" for i in ids],
                       "conversation with about ten messages"),
            "timeline": ([f"/api/admin/customers/{c}/timeline" for c in customers], "a customer's timeline"),
        }
        return {k: v for k, v in all_paths.items() if self.args.only in k}

    # --- the engine's own limits ---

    def limit(self, command, path):
        command = [command[0], "--plan", path, "--seconds", str(self.args.seconds), *command[1:]]
        return world.timed([program(command[0]), *command[1:]], {"database": self.store.seconds})

    def limit_reads(self, name, plan):
        """how it was found -> what was found"""
        path = plans.write(plan, self.plans, name)
        if self.store.name == "sqlite":
            command = ["sqlite_limit", "--db", self.store.file, "--threads"]
            return {"bare loop, one thread": self.limit(command + ["1"], path),
                    "two threads": self.limit(command + ["2"], path)}
        found = self.limit_postgres(path)
        for pipelined in (True, False):
            rate = self.pgbench(name, plan, pipelined)
            if rate:
                found["pgbench, pipelined" if pipelined else "pgbench"] = {"per_second": rate}
        return found

    def limit_postgres(self, path):
        command = ["postgres_limit", "--url", self.store.url, "--clients", str(CLIENTS), "--threads", "2"]
        return {"libpq loop, pipelined": self.limit(command, path),
                "libpq loop": self.limit(command + ["--plain", "1"], path)}

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
        session = " ".join(f"-c {n}={v}" for n, v in re.findall(r"SET (\w+) = (\w+);", plan["setup"][0]))
        out = world.run(command + [self.store.url], env={**os.environ, "PGOPTIONS": session})
        return float(re.search(r"tps = ([\d.]+)", out)[1])

    def limit_webhooks(self, plan, group, name):
        path = plans.write(plan, self.plans, name)
        before = int(self.store.one("SELECT count(*) FROM inbound_requests"))
        if self.store.name == "sqlite":
            with open(os.path.join(ROOT, "src/store/sqlite_writer.c"), encoding="utf-8") as f:
                pages = re.search(r"#define CHECKPOINT_PAGES (\d+)", f.read())[1]
            found = {f"bare loop, {group:.1f} to a commit": self.limit(
                ["sqlite_limit", "--db", self.store.file, "--group", f"{group:.3f}", "--checkpoint", pages], path)}
        else:
            found = self.limit_postgres(path)
        made = int(self.store.one("SELECT count(*) FROM inbound_requests")) - before
        said = sum(f["turns"] for f in found.values())
        if made < said or made > said + 2 * CLIENTS: # what was under way at the end may have happened
            raise RuntimeError(f"the limit loop says {said} and {made} messages are there")
        return found

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
        for name, (paths, _) in self.requests.items():
            samples = plans.sample_reads(server, capture, paths if len(paths) > 1 else paths * 20)
            reading = reading or plans.setup_of(capture, True)
            made[name] = plans.read_plan(samples, reading)
        if self.args.only in "webhook":
            strangers = ["+1777%09d" % random.randrange(10**9) for _ in range(30)]
            known = plans.sample_webhooks(server, capture, [o[0] for o in store.open[:60]])
            unknown = plans.sample_webhooks(server, capture, strangers)
            made["webhook"] = plans.webhook_plan(store, known, unknown, plans.setup_of(capture, False), NEW_SHARE)
        for name, template in self.mail_templates.items():
            known = plans.sample_mails(server, capture, template, [(o[0].split("@")[0], o[3]) for o in store.mail_open[:60]])
            strangers = [("1777%09d" % random.randrange(10**9), "none") for _ in range(30)]
            unknown = plans.sample_mails(server, capture, template, strangers)
            made[name] = plans.mail_plan(store, known, unknown, plans.setup_of(capture, False), NEW_SHARE)
        server.stop()
        return made

    def open_mails(self):
        """Conversations by e-mail, each begun by somebody new, for others to answer in; and the forms."""
        store = self.store
        self.mail_templates = {name: plans.mail_template(raw) for name, raw in (("mail", False), ("mail-raw", True))
                               if self.args.only in name}
        for name, template in self.mail_templates.items():
            with open(self.mail_file(name), "w", encoding="utf-8", newline="") as f:
                f.write(template)
        if not self.mail_templates:
            return
        with open(os.path.join(store.work_dir, "addresses"), "w", encoding="utf-8") as f:
            f.write("nobody@example.com none\n")
        store.addresses = f.name
        server = world.Server(store, "mails", **NO_RUNNERS)
        server.mails(self.mail_file(next(iter(self.mail_templates))), 16, MAIL_SECONDS, new=1)
        server.stop()
        store.open_mails()
        store.settle()

    def mail_file(self, name):
        return os.path.join(self.store.work_dir, name + ".form")

    # --- the rows ---

    def row(self, key, what, connections, rounds, **more):
        """rounds: (what the load found, {how: what that limit found} or None) of each round."""
        tried = []
        for found, limits in rounds:
            if found.get("errors"):
                raise RuntimeError(f"{what}: {found['errors']} answers were errors")
            one = {"key": key, "what": what, "connections": connections, **found, **more, "share": None}
            one["cpu_us"] = sum(found["cores"][k] for k in ("server", "database")) * 1e6 / found["per_second"]
            if limits:
                rates = {how: f["per_second"] for how, f in limits.items()}
                best = max(rates, key=rates.get) if self.store.name == "postgres" else next(iter(rates))
                rest = ", ".join(f"{k} {v:,.0f}" for k, v in rates.items() if k != best)
                one.update(limit=rates[best], share=found["per_second"] / rates[best], limits=limits,
                           how=f"{best} ({rest})" if rest else best, target=report.TARGETS.get(key),
                           limit_cpu_us=self.limit_cpu(limits))
            tried.append(one)
        tried.sort(key=lambda one: one["share"] or one["per_second"])
        row = dict(tried[(len(tried) - 1) // 2])
        row["p99"] = sorted(one["p99"] for one in tried)[len(tried) // 2]
        row["rounds"] = [{k: one[k] for k in ("per_second", "p99", "share", "cpu_us", "cores")} for one in tried]
        self.speed.append(row)
        say(f"{self.store.name}: {what}, {connections} connections: {row['per_second']:,.0f}/s"
            + (f", {row['share']:.0%} of {row['limit']:,.0f}" if row["share"] else ""))
        return row

    def limit_cpu(self, limits):
        """The engine's own processor time for one request, of the loop that needed least."""
        part = "load" if self.store.name == "sqlite" else "database"
        return min(f["cores"][part] * 1e6 / f["per_second"] for f in limits.values() if "cores" in f)

    def note(self, what, shown, bound, target=None, **values):
        self.other.append({"what": what, "shown": shown, "bound": bound, "target": target, **values})
        say(f"{self.store.name}: {what}: {shown}")

    def reads(self, server, made):
        seconds, rounds = self.args.seconds, range(self.args.rounds)
        for connections in (16, 64):
            self.row("health", "GET /health (the HTTP layer alone)", connections,
                     [(server.wrk(["/health"], connections, seconds), None) for _ in rounds])
        for name, (paths, title) in self.requests.items():
            row = self.row(name, title, CLIENTS, [(server.wrk(paths, CLIENTS, seconds),
                                                   self.limit_reads(name, made[name])) for _ in rounds])
            if name in ("list", "detail"):
                target = report.TARGETS[(self.store.name, "p99")]
                self.note(f"p99 of {title} at 16 connections", f"{row['p99'] / 1000:.1f} ms",
                          f"≤ {target[2] / 1000:.0f} ms", target, p99=row["p99"])

    def webhook_round(self, server, plan, name, load):
        """load() sends what comes in for as long as is measured."""
        self.store.settle()
        before = server.metrics()
        found = load()
        after = server.metrics()
        moved = {k: after[k] - before[k] for k in ("store_transactions_total", "store_groups_total")}
        found["group"] = moved["store_transactions_total"] / max(moved["store_groups_total"], 1)
        self.store.settle()
        return found, self.limit_webhooks(plan, found["group"], name)

    def webhooks(self, server, made):
        for connections in (16, 64):
            load = functools.partial(server.webhooks, connections, self.args.seconds)
            self.row("webhook", "signed SMS webhook, durable", connections,
                     [self.webhook_round(server, made["webhook"], "webhook", load) for _ in range(self.args.rounds)])
        self.paced(server)

    def mails(self, server, made):
        for name, connections in (("mail", 16), ("mail", 64), ("mail-raw", 16)):
            if name in made:
                load = functools.partial(server.mails, self.mail_file(name), connections, self.args.seconds, NEW_SHARE)
                self.row("mail", f"e-mail by Inbound Parse, {'whole' if name == 'mail-raw' else 'in parts'}, durable", connections,
                         [self.webhook_round(server, made[name], name, load) for _ in range(self.args.rounds)])

    def paced(self, server):
        """How long an answer takes when the texts come at their own pace, at four fifths of what can be had."""
        self.store.settle()
        most = server.webhooks(64, self.args.seconds)["per_second"]
        self.store.settle()
        found = server.webhooks(64, self.args.seconds, rate=most * 0.8)
        target = report.TARGETS["paced"]
        self.note(f"p99 of a webhook at 80 % of the most ({most * 0.8:,.0f} a second, each from when it was due)",
                  f"{found['p99'] / 1000:.1f} ms", f"≤ {target[2] / 1000:.0f} ms", target, p99=found["p99"])

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
                     16, [(found, None)], answered=answered, sent=sent)
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
        self.open_mails()
        made = self.learn()
        times = [world.time_to_answer(store) for _ in range(5)]
        target = report.TARGETS[(store.name, "start")]
        self.note("start to first answer, median of 5", f"{statistics.median(times):.0f} ms", f"≤ {target[2]} ms",
                  target, ms=statistics.median(times), all_ms=times)
        server = world.Server(store, **NO_RUNNERS)
        self.reads(server, made)
        if "webhook" in made:
            self.webhooks(server, made)
        self.mails(server, made)
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
              "rounds": args.rounds, "machine": report.machine(os.path.dirname(world.BUILD)), "stores": []}
    for name in wanted:
        store = kinds[name](os.path.abspath(args.data), int(CONVERSATIONS * args.scale))
        try:
            result["stores"].append(Bench(store, args).run())
        finally:
            for process in world.Server.running:
                process.kill()
        table = report.write(result, OUT)
    print(table)
    print(f"written to bench/out/results-{args.scale:g}.md and .json")


if __name__ == "__main__":
    main()
