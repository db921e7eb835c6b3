#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole story of a text through a pgbouncer that pools transactions: nothing may rely on a
session, for the next transaction has another one."""
import os
import re
import shutil
import socket
import subprocess

from ava_test import main, story_on, wait_for
from s02_text import a_text_is_answered

BOTH_STORES = True
SESSIONS = 3  # with PostgreSQL, for all of the server's connections
SETTINGS = """[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
admin_users = {user}
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 200
"""


class Pooler:
    def __init__(self, t):
        user, host, port = re.match(r"postgres://(\w+)@([\w.]+):(\d+)/", t.settings["AVA_DATABASE_URL"]).groups()
        with socket.socket() as s:  # a port that was free a moment ago
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        folder = os.path.join(t.dir, "pooler")
        os.mkdir(folder)
        self.log_path, path = os.path.join(folder, "log"), os.path.join(folder, "pgbouncer.ini")
        with open(path, "w", encoding="utf-8") as f:
            f.write(SETTINGS.format(host=host, port=port, user=user, own_port=self.port, sessions=SESSIONS))
        command = [shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:" + os.environ["PATH"]), path]
        if os.getuid() == 0:  # as which it refuses to run
            os.chmod(t.dir, 0o711)
            command[1:1] = ["-u", "postgres"]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.url = f"postgres://{user}@127.0.0.1:{self.port}/{t.database}"
        self.console = f"postgres://{user}@127.0.0.1:{self.port}/pgbouncer"
        wait_for(self.listens, 10, "pgbouncer to listen")

    def listens(self):
        if self.process.poll() is not None:
            with open(self.log_path, encoding="utf-8") as f:
                raise RuntimeError("pgbouncer ended: " + f.read())
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self):
        self.process.terminate()
        self.process.wait()


@story_on("postgres")
def a_text_through_a_transaction_pooler(t):
    pooler = Pooler(t)
    try:
        t.settings.update(AVA_DATABASE_URL=pooler.url, AVA_DATABASE_PREPARED="false", AVA_DATABASE_LISTEN="false")
        a_text_is_answered(t)
        pools = [row for row in t._psql(pooler.console, "show pools") if row[0] == t.database]
        t.ok(pools and "transaction" in pools[0], "the pooler pools transactions", pools)
        servers = [row for row in t._psql(pooler.console, "show servers") if t.database in row]
        clients = [row for row in t._psql(pooler.console, "show clients") if t.database in row]
        t.ok(0 < len(servers) <= SESSIONS < len(clients), f"more connections than sessions ({SESSIONS})",
             (len(servers), len(clients)))
        t.eq(t.server.stop(), 0, "the server ends with status 0")
    finally:
        pooler.end()


if __name__ == "__main__":
    main()
