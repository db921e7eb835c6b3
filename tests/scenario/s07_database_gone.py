#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The database goes away while the server runs: it says so, recovers by itself, and nothing that was
acknowledged is lost. On SQLite another process holds the write lock; on PostgreSQL nobody is let in."""
import os
import sqlite3

from ava_test import main, story_on

BOTH_STORES = True


def sid(n):
    return f"SM{n:032x}"


def told_to_come_back(t, answer, what):
    t.eq((answer.status, answer.header("Content-Type")), (503, "application/problem+json"), f"{what}: 503")
    t.ok(answer.header("Retry-After"), f"{what}: says when to come back")


def after_the_loss(t):
    """Everything is as before, and what was refused may be sent again."""
    t.wait(lambda: t.text_from_customer("+15550100001", "three", sid(3)).status == 200, "texts are taken again", 20)
    t.wait(lambda: t.get("/health/ready").status == 200, "the server is ready again", 20)
    stored = t.sql("select s.provider_message_id from communication_messages m join sms_details s on "
                   "s.message_id = m.id where m.direction = 'inbound' order by 1")
    t.ok([sid(1)] in stored and [sid(3)] in stored, "what was acknowledged is there", stored)
    t.eq(len(stored), len({s for s, in stored}), "each once")


@story_on("postgres")
def postgresql_goes_and_comes_back(t):
    t.errors_expected = True
    t.ava("schema", "create")
    t.with_twilio()
    t.start()
    t.token()
    t.eq(t.text_from_customer("+15550100001", "one", sid(1)).status, 200, "a text is taken")
    admin = os.environ["AVA_TEST_PG"]
    t._psql(admin, f"alter database {t.database} allow_connections false")
    t._psql(admin, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{t.database}'")
    told_to_come_back(t, t.text_from_customer("+15550100001", "two", sid(2)), "a text meanwhile")
    told_to_come_back(t, t.get("/api/admin/communications", token=t.token()), "a read meanwhile")
    told_to_come_back(t, t.get("/health/ready"), "readiness meanwhile")
    t.eq(t.get("/health").status, 200, "the server itself is healthy")
    t._psql(admin, f"alter database {t.database} allow_connections true")
    after_the_loss(t)


@story_on("sqlite")
def the_file_is_locked_and_freed(t):
    t.errors_expected = True
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_DATABASE_WAIT="300")
    t.eq(t.text_from_customer("+15550100001", "one", sid(1)).status, 200, "a text is taken")
    other = sqlite3.connect(os.path.join(t.settings["AVA_DATA_DIR"], "ava.db"), isolation_level=None, timeout=10)
    other.execute("begin immediate")
    told_to_come_back(t, t.text_from_customer("+15550100001", "two", sid(2)), "a text meanwhile")
    t.eq(t.get("/api/admin/communications", token=None).status, 401, "others are answered meanwhile")
    other.execute("rollback")
    after_the_loss(t)


@story_on("sqlite")
def the_disk_is_full(t):
    import resource  # pylint: disable=import-outside-toplevel
    t.errors_expected = True
    t.ava("schema", "create")
    t.with_twilio()
    size = os.path.getsize(os.path.join(t.settings["AVA_DATA_DIR"], "ava.db"))
    # No file may grow beyond what the database has and a little: writing then fails as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 400_000, resource.RLIM_INFINITY))
    try:
        t.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    taken, refused = 0, None
    for n in range(1, 400):
        answer = t.text_from_customer("+15550100001", "x" * 1500, sid(n))
        if answer.status != 200:
            refused = answer
            break
        taken += 1
    t.ok(refused is not None and taken > 0, "some texts fit, then no more", taken)
    t.ok(refused is not None and refused.status in (503, 507), "a full disk is said to be one", refused)
    t.eq(refused.header("Content-Type"), "application/problem+json", "as a problem")
    t.eq(t.get("/health").status, 200, "the server stays")
    t.server.stop()
    t.eq(t.sql("pragma integrity_check"), [["ok"]], "the file is sound")
    stored = t.sql("select count(*) from inbound_requests")
    t.eq(stored, [[str(taken)]], "what was acknowledged is stored, what was refused is not")
    t.start()
    t.eq(t.text_from_customer("+15550100001", "again", sid(1000)).status, 200, "with room again it goes on")


if __name__ == "__main__":
    main()
