# SPDX-License-Identifier: Apache-2.0
"""The harness of the scenarios: a world of its own for each (data directory, database, servers),
and checks that print TAP. Standard library only.

A scenario is one file, one story, one screen:

    from ava_test import main, story

    @story                      # on SQLite, and on PostgreSQL when AVA_TEST_PG is set
    def the_server_answers(t):
        t.start()
        t.eq(t.get("/health").status, 200, "health answers")

    if __name__ == "__main__":
        main()

AVA_BIN is the binary (build/ava without it). Every server must end with status 0 on SIGTERM, log
no error and make no sanitizer speak: that is checked for each story without being asked.
Marks for the runner, as lines of their own: QUICK = True (part of ./test quick), THREADS = True
(run under the thread sanitizer too), FAULTS = True (needs a build with fault injection),
SECONDS = 400 (what the whole file may take at most; 180 without it).
"""
import base64
import csv
import functools
import hashlib
import hmac
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
import sys
import tempfile
import time
import traceback
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("AVA_BIN", os.path.join(ROOT, "build", "ava"))
# Sanitizers are slow: every wait of a scenario is multiplied by this.
PATIENCE = float(os.environ.get("AVA_TEST_PATIENCE", "1"))
KEPT_ENVIRONMENT = ("PATH", "LANG", "TZ", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")

TWILIO_TOKEN = "0123456789abcdef0123456789abcdef"
TWILIO_ACCOUNT = "AC00000000000000000000000000000001"
BUSINESS_NUMBER = "+15550199999"
DESK = "desk@in.example.org"
MAIL_WORD = "SG.a word of the tests"
PUBLIC_URL = "https://desk.example.com"

_stories = []
_count = [0, 0]  # checks, failures


def story(function):
    """Registers a story for each store that there is."""
    stores = ["sqlite"] + (["postgres"] if os.environ.get("AVA_TEST_PG") else [])
    _stories.extend((function, store) for store in stores)
    return function


def story_on(store):
    """@story_on("sqlite"): for what exists on one store only."""
    def register(function):
        if store == "sqlite" or os.environ.get("AVA_TEST_PG"):
            _stories.append((function, store))
        return function
    return register


def wait_for(condition, seconds=10, what=""):
    """Calls condition until it gives something true, and returns that; fails the story after so long."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds * PATIENCE:.0f} s for {what or condition}")
        time.sleep(0.02)


def free_port():
    """A port that was free a moment ago, below those that the system gives to outgoing connections, so
    that a server can be killed and started again on it while others connect."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @functools.cached_property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def header(self, name):
        return self.headers.get(name)

    def __repr__(self):
        return f"{self.status} {self.text[:500]}"


class Process:
    """One running `ava`, its log in a file. Answers to requests when it listens."""

    def __init__(self, world, name, command, environment):
        self.world, self.name = world, name
        self.log_path = os.path.join(world.dir, f"{name}.log")
        self.log_start = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([BINARY, *command], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment, cwd=world.dir)
        self.port = None

    def log(self):
        with open(self.log_path, "rb") as f:
            f.seek(self.log_start)
            return f.read().decode("utf-8", "replace")

    def entries(self, message=None):
        """The log's entries since this start, as dictionaries."""
        found = []
        for line in self.log().split("\n"):
            if line.startswith("{"):
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                if message is None or entry.get("message") == message:
                    found.append(entry)
        return found

    def wait_listening(self):
        def listening():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode} at its start")
            return [e for e in self.entries() if e.get("message", "").endswith("listening")]
        self.port = wait_for(listening, 15, f"{self.name} to listen")[0]["port"]
        return self

    def stop(self, seconds=15):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds * PATIENCE)

    def kill(self):
        """SIGKILL, as a power cut does it."""
        self.process.kill()
        self.process.wait()

    def request(self, method, path, body=None, headers=None, token=None, timeout=30):
        """body: bytes, text, a dictionary or list (sent as JSON), or None."""
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout * PATIENCE)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def raw(self, data, seconds=5):
        """Sends these bytes and returns all that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), seconds * PATIENCE) as s:
            s.sendall(data)
            got = b""
            try:
                while piece := s.recv(65536):
                    got += piece
            except (TimeoutError, ConnectionResetError):
                pass
            return got


class World:
    """Everything that belongs to one story on one store. Methods of the first server are the world's."""

    def __init__(self, store):
        self.store = store
        self.dir = tempfile.mkdtemp(prefix="ava-scenario-")
        self.processes, self.ports, self.tokens = [], {}, {}
        self.errors_expected = False
        self.mail = None
        self.realtime = False  # world_with_sandbox does with_realtime
        self.settings = {
            "AVA_DATA_DIR": os.path.join(self.dir, "data"),
            "AVA_LISTEN": "127.0.0.1:0",
            "AVA_LOG_FORMAT": "json",
            "AVA_PUBLIC_URL": PUBLIC_URL,
            "AVA_SMS_RATE": "0",  # what is not about the pace does not wait for it
            "AVA_BURST_WAIT": "0",  # nor for more texts what is not about those
            "AVA_SEND_SETTLE": "2000",
        }
        self.database = None
        if store == "postgres":
            self.database = os.path.basename(self.dir).replace("-", "_").lower()
            server = os.environ["AVA_TEST_PG"]
            self._psql(server, f"create database {self.database}")
            self.settings["AVA_DATABASE_URL"] = server.rsplit("/", 1)[0] + "/" + self.database

    # checks

    def ok(self, held, what, detail=""):
        _count[0] += 1
        if not held:
            _count[1] += 1
            for line in str(detail).split("\n") if detail else []:
                print(f"# {line}")
        print(f"{'ok' if held else 'not ok'} {_count[0]} - {what} [{self.store}]", flush=True)
        return bool(held)

    def eq(self, got, want, what):
        return self.ok(got == want, what, f"got  {got!r}\nwant {want!r}")

    def has(self, got, part, what):
        return self.ok(part in got, what, f"{part!r} is not in {got!r}")

    def wait(self, condition, what, seconds=10):
        """A check that may take a while; returns what the condition gave."""
        try:
            result = wait_for(condition, seconds, what)
        except TimeoutError as e:
            self.ok(False, what, e)
            return None
        self.ok(True, what)
        return result

    def wait_quietly(self, condition, seconds=15):
        """Until the condition holds; whatever it raises meanwhile counts as not yet."""
        def holds():
            try:
                return condition()
            except (OSError, http.client.HTTPException):
                return False
        return wait_for(holds, seconds)

    # the program

    def environment(self, **more):
        kept = {k: os.environ[k] for k in KEPT_ENVIRONMENT if k in os.environ}
        return {**kept, "HOME": self.dir, **self.settings, **more}

    def ava(self, *command, status=0, stdin="", **environment):
        """Runs a command to its end and returns its standard output; `status` is what is expected."""
        run = subprocess.run([BINARY, *command], input=stdin, capture_output=True, text=True, cwd=self.dir,
                             env=self.environment(**environment), timeout=60 * PATIENCE)
        if status is not None and run.returncode != status:
            raise RuntimeError(f"ava {' '.join(command)} ended with {run.returncode}, not {status}:\n"
                               f"{run.stdout}{run.stderr}")
        return run.stdout

    def start(self, name="server", **environment):
        """Starts `ava serve`; a second start under the same name takes the same port again."""
        self.ports.setdefault(name, free_port())
        environment.setdefault("AVA_LISTEN", f"127.0.0.1:{self.ports[name]}")
        process = Process(self, name, ["serve"], self.environment(**environment))
        self.processes = [p for p in self.processes if p.name != name] + [process]
        process.wait_listening()
        self.ports[name] = process.port
        return process

    def sandbox(self, journal=None):
        """Starts the providers' stand-ins; servers started later use them. journal: a file for a line
        of JSON for each text that was accepted."""
        self.with_twilio()
        more = ["--journal", journal] if journal else []
        process = Process(self, "sandbox", ["sandbox", "--sandbox-port", "0", *more], self.environment())
        self.processes.insert(0, process)
        process.wait_listening()
        self.settings["AVA_TWILIO_API_URL"] = f"http://127.0.0.1:{process.port}"
        self.settings["AVA_META_API_URL"] = f"http://127.0.0.1:{process.port}/v23.0"
        self.settings["AVA_SANDBOX_URL"] = f"http://127.0.0.1:{process.port}"
        self.settings["AVA_CHAT_ORIGINS"] = f"http://127.0.0.1:{process.port}"  # of its stand-in for a site
        if self.mail:
            key = process.request("GET", "/sandbox/mail/key").json["public_key"]
            self.settings.update(AVA_SENDGRID_API_URL=f"http://127.0.0.1:{process.port}", AVA_SENDGRID_EVENT_KEY=key,
                                 AVA_SENDGRID_INBOUND_KEY=key if self.mail == "signed" else "")
        return process

    def with_mail(self, signed=True):
        """Settings with which the server takes and sends e-mail by SendGrid; before sandbox() it is the
        stand-in's, whose key signs what it posts. signed: e-mails without that signature are refused."""
        self.mail = "signed" if signed else "open"
        self.settings.update(AVA_MAIL_ADDRESS=DESK, AVA_SENDGRID_API_KEY=MAIL_WORD,
                             AVA_SENDGRID_INBOUND_SECRET=MAIL_WORD, AVA_SMTP_PASSWORD=MAIL_WORD,
                             AVA_IMAP_PASSWORD=MAIL_WORD)

    def with_sandbox_mailbox(self, sandbox):
        """Settings with which servers started later use the sandbox's SMTP and IMAP instead."""
        at = sandbox.request("GET", "/health").json
        self.settings.update(AVA_SENDGRID_API_KEY="", AVA_SMTP_URL=f"smtp://127.0.0.1:{at['smtp_port']}",
                             AVA_SMTP_USER="ava", AVA_SMTP_TLS="off", AVA_IMAP_USER="ava", AVA_IMAP_TLS="off",
                             AVA_IMAP_URL=f"imap://127.0.0.1:{at['imap_port']}/INBOX")

    def with_realtime(self, sandbox):
        """Settings with which servers started later have the sandbox's realtime model lead their calls."""
        self.settings.update(AVA_VOICE_ENGINE="realtime", AVA_REALTIME_KEY="a key", AVA_REALTIME_MODEL="ava-voice",
                             AVA_REALTIME_URL=f"ws://127.0.0.1:{sandbox.port}/v1/realtime")

    def with_meta(self):
        """Settings with which the server takes and sends WhatsApp messages by Meta's Cloud API; before
        sandbox() they are the stand-in's too."""
        self.settings.update(AVA_META_ACCESS_TOKEN="an access token", AVA_META_APP_SECRET="testappsecret",
                             AVA_META_VERIFY_TOKEN="a word of ours", AVA_META_PHONE_NUMBER_ID="106000000000001")

    def world_with_sandbox(self, name="server", journal=None, **environment):
        """Sandbox and server, each knowing where the other is; returns both."""
        self.ports[name] = free_port()
        self.settings["AVA_PUBLIC_URL"] = f"http://127.0.0.1:{self.ports[name]}"
        sandbox = self.sandbox(journal)
        if self.realtime:
            self.with_realtime(sandbox)
        return sandbox, self.start(name, **environment)

    def with_twilio(self):
        """Settings with which the server takes and signs Twilio's webhooks."""
        self.settings.update(AVA_TWILIO_ACCOUNT_SID=TWILIO_ACCOUNT, AVA_TWILIO_AUTH_TOKEN=TWILIO_TOKEN,
                             AVA_TWILIO_NUMBER=BUSINESS_NUMBER)

    @property
    def server(self):
        return next(p for p in self.processes if p.name != "sandbox")

    def token(self, name="t", *more):
        """An API token, made once by `ava token add`."""
        if name not in self.tokens:
            self.tokens[name] = self.ava("token", "add", "--name", name, *more).split()[-1]
        return self.tokens[name]

    # requests to the first server, with a token unless told otherwise

    def request(self, method, path, body=None, **more):
        return self.server.request(method, path, body, **more)

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def signature(self, path, form, token=TWILIO_TOKEN, public_url=None):
        """X-Twilio-Signature of a form posted to that path of the public address."""
        signed = (public_url or self.settings["AVA_PUBLIC_URL"]) + path
        signed += "".join(k + form[k] for k in sorted(form))
        return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()

    def twilio(self, path, form, token=TWILIO_TOKEN, headers=None, via=None):
        """Posts a form as Twilio would, signed for the public address; via: to this server."""
        return (via or self).request("POST", path, urllib.parse.urlencode(form), headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self.signature(path, form, token), **(headers or {})})

    def text_from_customer(self, sender, body, sid, via=None, **more):
        """A customer's text message, as Twilio's webhook brings it."""
        return self.twilio("/api/webhooks/twilio/sms", {
            "MessageSid": sid, "SmsSid": sid, "AccountSid": TWILIO_ACCOUNT, "From": sender,
            "To": BUSINESS_NUMBER, "Body": body, "NumMedia": "0", "NumSegments": "1",
            "ApiVersion": "2010-04-01", **more}, via=via)

    # the database, for what no interface shows

    def _psql(self, url, query):
        run = subprocess.run(["psql", "-X", "--csv", "-v", "ON_ERROR_STOP=1", "-c", query, url],
                             capture_output=True, text=True, timeout=60)
        if run.returncode:
            raise RuntimeError(run.stderr)
        return list(csv.reader(io.StringIO(run.stdout)))[1:]

    def sql(self, query):
        """Rows of text, as both stores print them."""
        if self.store == "postgres":
            return self._psql(self.settings["AVA_DATABASE_URL"], query)
        connection = sqlite3.connect(os.path.join(self.settings["AVA_DATA_DIR"], "ava.db"), timeout=10)
        try:
            rows = connection.execute(query).fetchall()
            connection.commit()
            return [["" if v is None else str(v) for v in row] for row in rows]
        finally:
            connection.close()

    # the end

    def finish(self, failed_before):
        """Ends what runs and checks how it ended; shows the logs when the story failed."""
        for process in reversed(self.processes):
            if process.process.poll() is None:
                try:
                    self.eq(process.stop(), 0, f"{process.name} ends with status 0")
                except subprocess.TimeoutExpired:
                    process.kill()
                    self.ok(False, f"{process.name} ends when told to")
        for process in self.processes:
            self._check_log(process)
        if _count[1] > failed_before:
            for process in self.processes:
                print(f"# the end of {process.name}'s log:")
                print("\n".join("#   " + r for r in process.log().rstrip().split("\n")[-25:]))
        if self.database:
            self._psql(os.environ["AVA_TEST_PG"], f"drop database {self.database} with (force)")
        shutil.rmtree(self.dir, ignore_errors=True)

    def _check_log(self, process):
        process.log_start = 0  # of all its starts
        log = process.log()
        signs = ("Sanitizer", "runtime error:", "Assertion")
        at = min((log.index(s) for s in signs if s in log), default=-1)
        self.ok(at < 0, f"no sanitizer speaks in {process.name}", log[max(0, at - 500):at + 5000])
        errors = [e for e in process.entries() if e.get("level") == "error"]
        if not self.errors_expected:
            self.ok(not errors, f"{process.name} logs no error", "\n".join(map(str, errors[:5])))


def main():
    wanted = sys.argv[1:]
    run_stories([(function, store) for function, store in _stories
                 if function.__module__ == "__main__"  # not of a file that another has imported
                 and (not wanted or any(w in (store, function.__name__) for w in wanted))])


def run_stories(stories):
    """Tells each story on its store, and ends the program: with 1 when a check failed."""
    for function, store in stories:
        failed_before = _count[1]
        world = World(store)
        print(f"# {function.__name__} on {store}")
        try:
            function(world)
        except Exception:  # pylint: disable=broad-except  # whatever went wrong, the story failed
            world.ok(False, f"{function.__name__} runs to its end", traceback.format_exc())
        world.finish(failed_before)
    print(f"1..{_count[0]}")
    sys.exit(1 if _count[1] or not _count[0] else 0)
