# SPDX-License-Identifier: Apache-2.0
"""The benchmark's surroundings: the build, the stores with their generated data, the server, the
loads, and who used how much of the processors meanwhile. Standard library only."""
import csv
import glob
import http.client
import io
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build-bench")
OUT = os.path.join(ROOT, "bench", "out")
HZ = os.sysconf("SC_CLK_TCK")

TWILIO_TOKEN = "0123456789abcdef0123456789abcdef"
TWILIO_ACCOUNT = "AC00000000000000000000000000000001"
PUBLIC_URL = "https://desk.example.com"
NUMBER = "+15550199999"
MAIL_DESK = "desk@in.example.com"
MAIL_WORD = "0123456789abcdef"
YEAR_S = 31536000
OPEN_CONVERSATIONS = 5000 # customers who have a text conversation under way


def say(*words):
    print(time.strftime("%H:%M:%S"), *words, flush=True)


def program(name):
    return os.path.join(BUILD, name if name == "ava" else os.path.join("bench", name))


def run(command, **more):
    """Runs to the end; its standard output. What it says when it fails is passed on."""
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} ... ended with {done.returncode}:\n"
                           f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def build():
    run(["tools/build_web"], cwd=ROOT)
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        run(["meson", "setup", BUILD, ROOT, "--buildtype=release"], cwd=ROOT)
    run(["ninja", "-C", BUILD, "ava", "bench/sqlite_limit", "bench/postgres_limit",
         "bench/webhook_driver", "bench/libcapture.so"], cwd=ROOT)


def environment(**more):
    kept = {k: os.environ[k] for k in ("PATH", "LANG", "TZ", "HOME") if k in os.environ}
    return {**kept, **more}


class Store:
    """A store with its data: `kept` holds what was loaded and stays as it is, `work` is a copy."""

    def __init__(self, data, conversations):
        self.conversations = conversations
        self.dir = os.path.join(data, f"{self.name}-{conversations}")
        self.work_dir = os.path.join(data, f"{self.name}-work")
        os.makedirs(self.dir, exist_ok=True)
        self.mark = os.path.join(self.dir, "loaded")

    def prepare(self):
        """Loads the data unless they are there, and makes a fresh copy to work on."""
        if not os.path.exists(self.mark):
            say(f"{self.name}: loading {self.conversations} conversations, once")
            self.drop_kept()
            began = time.monotonic()
            run([program("ava"), "bench", "load", "--conversations", str(self.conversations)],
                env=self.environment(self.kept_url))
            self.after_load()
            with open(self.mark, "w", encoding="utf-8") as f:
                f.write(f"{time.monotonic() - began:.0f} s\n")
        shutil.rmtree(self.work_dir, ignore_errors=True)
        os.makedirs(self.work_dir)
        self.copy()
        self.ava("schema", "create") # kept data may be older than the program
        self.open_conversations()
        self.settle()
        out = self.ava("token", "add", "--name", "bench")
        self.token = out.split()[-1]

    def environment(self, url, **more):
        return environment(**{
            "AVA_DATABASE_URL": url, "AVA_DATA_DIR": self.work_dir, "AVA_LISTEN": "127.0.0.1:0",
            "AVA_LOG_FORMAT": "json", "AVA_PUBLIC_URL": PUBLIC_URL,
            "AVA_TWILIO_ACCOUNT_SID": TWILIO_ACCOUNT, "AVA_TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
            "AVA_TWILIO_NUMBER": NUMBER, "AVA_CONVERSATION_IDLE": str(YEAR_S),
            "AVA_SMS_RATE": "0", "AVA_MAIL_ADDRESS": MAIL_DESK, "AVA_SENDGRID_INBOUND_SECRET": MAIL_WORD,
            "AVA_MAIL_REPLIES": "1000", **more})

    def ava(self, *command):
        return run([program("ava"), *command], env=self.environment(self.url))

    def open_conversations(self):
        """The newest text conversation of many customers is under way again, wherever it stood."""
        self.sql("UPDATE conversations SET status = 'active', completed_at = NULL WHERE id IN ("
                 "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY "
                 "last_activity_at DESC) AS n FROM conversations WHERE channel = 'sms' AND "
                 f"customer_id > 100) x WHERE n = 1 ORDER BY id LIMIT {OPEN_CONVERSATIONS}) AND "
                 "status <> 'active'")
        rows = self.sql("SELECT phone, id, customer_id FROM (SELECT u.phone, c.id, c.customer_id, "
                        "row_number() OVER (PARTITION BY c.customer_id ORDER BY c.last_activity_at "
                        "DESC) AS n FROM conversations c JOIN customers u ON u.id = c.customer_id "
                        "WHERE c.channel = 'sms' AND c.status = 'active' AND c.customer_id > 100 AND "
                        f"u.phone IS NOT NULL) x WHERE n = 1 ORDER BY id LIMIT {OPEN_CONVERSATIONS}")
        self.open = [tuple(map(str, r)) for r in rows]
        self.phones = os.path.join(self.work_dir, "phones")
        with open(self.phones, "w", encoding="utf-8") as f:
            f.writelines(r[0] + "\n" for r in self.open)

    def open_mails(self):
        """Customers who have an e-mail conversation under way: (address, conversation, customer, their mail's name)."""
        rows = self.sql("SELECT e.from_address, c.id, c.customer_id, e.provider_message_id FROM email_details e "
                        "JOIN communication_messages m ON m.id = e.message_id JOIN conversations c ON "
                        "c.id = m.conversation_id WHERE c.status = 'active' AND m.direction = 'inbound' AND "
                        f"e.from_address LIKE '1888%@example.com' ORDER BY m.id LIMIT {OPEN_CONVERSATIONS}")
        rows = [tuple(map(str, r)) for r in rows]
        self.mail_open = [(a, c, u, name.strip("<>").split("@")[0]) for a, c, u, name in rows]
        self.addresses = os.path.join(self.work_dir, "addresses")
        with open(self.addresses, "w", encoding="utf-8") as f:
            f.writelines(f"{r[0]} {r[3]}\n" for r in self.mail_open)

    def one(self, query):
        return self.sql(query)[0][0]

    def sizes(self):
        return {t: int(self.one(f"SELECT count(*) FROM {t}")) for t in
                ("customers", "conversations", "communication_messages", "communication_events")}


class Sqlite(Store):
    name = "sqlite"

    def __init__(self, data, conversations):
        super().__init__(data, conversations)
        self.kept_file = os.path.join(self.dir, "ava.db")
        self.file = os.path.join(self.work_dir, "ava.db")
        self.kept_url, self.url = "sqlite:" + self.kept_file, "sqlite:" + self.file

    def drop_kept(self):
        for path in glob.glob(self.kept_file + "*"):
            os.remove(path)

    def after_load(self):
        pass

    def copy(self):
        run(["cp", "--sparse=never", self.kept_file, self.file])
        os.sync()

    def drop(self):
        shutil.rmtree(self.work_dir, ignore_errors=True)

    def sql(self, query):
        connection = sqlite3.connect(self.file, timeout=20)
        try:
            rows = connection.execute(query).fetchall()
            connection.commit()
            return rows
        finally:
            connection.close()

    def settle(self):
        """Between loads: jobs that nobody runs are gone, the journal is in the file."""
        self.sql("DELETE FROM jobs")
        self.sql("PRAGMA wal_checkpoint(PASSIVE)")

    def seconds(self):
        """Processor time of the database's processes; SQLite has none."""
        return 0

    def version(self):
        return "SQLite " + sqlite3.sqlite_version

    def bytes(self):
        return os.path.getsize(self.kept_file)


class Postgres(Store):
    name = "postgres"

    def __init__(self, data, conversations):
        super().__init__(data, conversations)
        self.server = os.environ["AVA_TEST_PG"].rsplit("/", 1)[0]
        self.kept_name = f"ava_{conversations}"
        self.kept_url, self.url = f"{self.server}/{self.kept_name}", f"{self.server}/ava_work"
        # The cluster is kept apart from this folder; the mark must not outlive it.
        self.mark = os.path.join(os.environ["BENCH_PG_DIR"], f"loaded-{conversations}")

    def psql(self, url, query):
        out = run(["psql", "-X", "--csv", "-v", "ON_ERROR_STOP=1", "-c", query, url])
        return list(csv.reader(io.StringIO(out)))[1:]

    def admin(self, query):
        return self.psql(self.server + "/postgres", query)

    def drop_kept(self):
        self.admin(f"DROP DATABASE IF EXISTS {self.kept_name}")
        self.admin(f"CREATE DATABASE {self.kept_name}")

    def after_load(self):
        self.psql(self.kept_url, "VACUUM (ANALYZE)")
        self.admin("CHECKPOINT")

    def copy(self):
        self.admin("DROP DATABASE IF EXISTS ava_work WITH (FORCE)")
        self.admin(f"CREATE DATABASE ava_work TEMPLATE {self.kept_name} STRATEGY file_copy")

    def drop(self):
        self.admin("DROP DATABASE IF EXISTS ava_work WITH (FORCE)")
        shutil.rmtree(self.work_dir, ignore_errors=True)

    def sql(self, query):
        return self.psql(self.url, query)

    def settle(self):
        self.sql("TRUNCATE jobs")
        for table in ("jobs", "conversations", "counters"):
            self.sql(f"VACUUM (ANALYZE) {table}")
        self.admin("CHECKPOINT")

    def seconds(self):
        with open(os.path.join(os.environ["BENCH_PG_DIR"], "data", "postmaster.pid"), encoding="utf-8") as f:
            postmaster = f.readline().strip()
        used = sum(map(int, stat_of(f"/proc/{postmaster}/stat")[11:15])) / HZ # with children that have ended
        for path in glob.glob("/proc/[0-9]*/stat"):
            fields = stat_of(path)
            if fields and fields[1] == postmaster:
                used += (int(fields[11]) + int(fields[12])) / HZ
        return used

    def version(self):
        return self.admin("SHOW server_version")[0][0].join(("PostgreSQL ", ""))

    def bytes(self):
        return int(self.admin(f"SELECT pg_database_size('{self.kept_name}')")[0][0])


def stat_of(path):
    """The fields of a process's stat behind its name, or None when it is gone."""
    try:
        with open(path, encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def seconds_of(pid):
    fields = stat_of(f"/proc/{pid}/stat")
    return (int(fields[11]) + int(fields[12])) / HZ if fields else 0


def busy_seconds():
    """Of the whole machine, what the hypervisor gave to others included."""
    with open("/proc/stat", encoding="utf-8") as f:
        n = [int(x) for x in f.readline().split()[1:]]
    return (sum(n[:8]) - n[3] - n[4]) / HZ


def timed(command, watched, **more):
    """
    Runs a program that prints JSON in its last line. Adds to that how many processors the watched
    (functions that give their seconds), the program itself ("load") and all others used meanwhile.
    """
    before, all_before = {k: seconds() for k, seconds in watched.items()}, busy_seconds()
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **more})
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - began
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {out[-500:]}")
    result = json.loads(out.strip().split("\n")[-1])
    busy = busy_seconds() - all_before
    time.sleep(0.3) # until the database's processes of the load have ended and are counted
    cores = {k: seconds() - before[k] for k, seconds in watched.items()}
    cores["load"] = used.ru_utime + used.ru_stime
    cores["others"] = max(busy - sum(cores.values()), 0)
    result["cores"] = {k: round(v / took, 3) for k, v in cores.items()}
    return result


class Server:
    """One `ava serve` on a store."""

    running = []

    def __init__(self, store, name="server", capture=None, wait=True, **settings):
        self.store = store
        self.log = os.path.join(store.work_dir, name + ".log")
        env = store.environment(store.url, **settings)
        if capture:
            env.update(LD_PRELOAD=program("libcapture.so"), AVA_CAPTURE=capture)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([program("ava"), "serve"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=env, cwd=store.work_dir)
        self.running.append(self.process)
        self.pid = self.process.pid
        self.port = self._wait_listening() if wait else None

    def _wait_listening(self):
        for _ in range(1000):
            with open(self.log, encoding="utf-8") as f:
                for line in f:
                    if '"listening"' in line:
                        return json.loads(line)["port"]
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        with open(self.log, encoding="utf-8") as f:
            raise RuntimeError("the server does not start:\n" + f.read()[-2000:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        if status:
            raise RuntimeError(f"the server ended with {status}; see {self.log}")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path, connection=None):
        c = connection or self.connect()
        c.request("GET", path, headers={"Authorization": f"Bearer {self.store.token}"})
        response = c.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"GET {path}: {response.status} {body[:500]}")
        return body

    def metrics(self):
        figures = {}
        for line in self.get("/metrics").decode().split("\n"):
            if line and not line.startswith("#") and "{" not in line:
                name, value = line.rsplit(" ", 1)
                figures[name.removeprefix("ava_")] = float(value)
        return figures

    def memory(self):
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as f:
            rows = dict(line.split(":", 1) for line in f)
        return {k: int(rows[k].split()[0]) for k in ("VmRSS", "VmHWM", "RssAnon")}

    def load(self, command, **more):
        """Runs a load to its end; its JSON, and how many processors each of us used meanwhile."""
        return timed(command, {"server": lambda: seconds_of(self.pid), "database": self.store.seconds}, **more)

    def wrk(self, paths, connections, seconds):
        """wrk on these paths, in a file, after a moment to get warm."""
        path = os.path.join(self.store.work_dir, "paths")
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(p + "\n" for p in paths)
        command = ["wrk", "-t1", f"-c{connections}", "-s", os.path.join(ROOT, "bench", "paths.lua"),
                   f"http://127.0.0.1:{self.port}"]
        told = {"BENCH_PATHS": path, "BENCH_TOKEN": self.store.token}
        run(command[:3] + ["-d1s"] + command[3:], env={**os.environ, **told})
        return self.load(command[:3] + [f"-d{seconds}s"] + command[3:], **told)

    def webhooks(self, connections, seconds, rate=0):
        """rate: texts a second; 0: as many as the connections can have answered."""
        return self.load([program("webhook_driver"), "--port", str(self.port), "--token", TWILIO_TOKEN,
                          "--url", PUBLIC_URL, "--phones", self.store.phones,
                          "--connections", str(connections), "--seconds", str(seconds), "--rate", f"{rate:.1f}"])


    def mails(self, template, connections, seconds, new=0.05):
        """E-mails by Inbound Parse; new: the share of those from strangers."""
        return self.load([program("webhook_driver"), "--port", str(self.port), "--token", MAIL_WORD, "--url", PUBLIC_URL,
                          "--phones", self.store.addresses, "--template", template, "--connections", str(connections),
                          "--seconds", str(seconds), "--new", str(new)])


def free_port():
    """None of those that the system gives away: another program could get it before our server does."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def time_to_answer(store):
    """From spawning the server to its first answer that it is ready, in milliseconds."""
    port = free_port()
    began = time.monotonic()
    server = Server(store, "start", wait=False, AVA_LISTEN=f"127.0.0.1:{port}")
    try:
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/health/ready")
                ready = connection.getresponse().status == 200
                connection.close()
                if ready:
                    return (time.monotonic() - began) * 1000
            except OSError:
                pass
            if time.monotonic() - began > 30:
                raise RuntimeError("the server does not become ready; see " + server.log)
            time.sleep(0.001)
    finally:
        server.stop()
