/* SPDX-License-Identifier: Apache-2.0 */
/* Contents of files, in pieces; and what was stored before there were pieces. */
#include "store/attachments.h"

#include "store/schema.h"
#include "store_fixture.h"
#include "tap.h"

#define CONVERSATION "00000000-0000-4000-8000-000000000001"
#define MESSAGE "00000000-0000-4000-8000-000000000002"
#define FILE_ID "00000000-0000-4000-8000-000000000003"
#define LARGE (ATTACHMENT_PIECE_BYTES * 2 + 5)

static void make_rows(struct fixture *f)
{
    fixture_init_tables(f);
    EQ_INT(
        fixture_script(
            f->store,
            "INSERT INTO conversations (id, channel, status, initiated_at, last_activity_at) "
            "VALUES ('" CONVERSATION "', 'email', 'active', {now}, {now});"
            "INSERT INTO communication_messages (id, conversation_id, direction, content, sent_at) "
            "VALUES ('" MESSAGE "', '" CONVERSATION "', 'inbound', 'x', {now});"
            "INSERT INTO attachments (id, conversation_id, message_id, position, provider, url, "
            "declared_type, state, created_at) VALUES ('" FILE_ID "', '" CONVERSATION "', '" MESSAGE
            "', 0, 'mail', '', 'application/pdf', 'waiting', {now})"),
        0);
}

static int store_it(struct db *db, void *arg, struct err *e)
{
    const struct spooled *content = arg;
    bool done;
    struct pool *p CLEANUP(pool_free) = pool_new();
    const struct attachment_end end = {.id = FILE_ID,
                                       .state = "stored",
                                       .content_type = "application/pdf",
                                       .sha256 = "00",
                                       .size_bytes = content->size,
                                       .at = wall_now()};
    int rc = attachments_put_content(db, FILE_ID, content, e);
    return rc < 0 ? rc : attachments_settle(db, p, &end, &done, e);
}

static int read_it(struct store *s, struct pool *p, struct str *out)
{
    struct attachment a;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s, &db, NULL);
    rc = rc < 0 ? rc : attachments_get(db, p, FILE_ID, &a, NULL);
    return rc < 0 ? rc : attachments_bytes(db, p, &a, out, NULL);
}

static struct str some_bytes(struct pool *p, size_t n)
{
    char *bytes = pool_alloc(p, n);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (char)(i * 7 + i / 251);
    }
    return (struct str){bytes, n};
}

static void expect_stored(struct store *s, struct str bytes, const char *pieces)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str out = {NULL, 0};
    EQ_INT(read_it(s, p, &out), 0);
    EQ_INT(out.n, bytes.n);
    OK(out.p && out.n == bytes.n && memcmp(out.p, bytes.p, out.n) == 0);
    EQ_STR(fixture_cell(s, "SELECT count(*) FROM attachment_contents"), pieces);
}

TEST(from_memory_in_pieces)
{
    static const struct {
        size_t n;
        const char *pieces;
    } rows[] = {
        {1, "1"}, {ATTACHMENT_PIECE_BYTES, "1"}, {ATTACHMENT_PIECE_BYTES + 1, "2"}, {LARGE, "3"}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(fixture_clear) struct fixture f;
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct spooled content = spooled_of(some_bytes(p, rows[i].n));
        make_rows(&f);
        EQ_INT(store_write(f.store, store_it, &content, NULL), 0);
        expect_stored(f.store, content.bytes, rows[i].pieces);
    }
}

TEST(from_a_place_in_a_file)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str bytes = some_bytes(p, LARGE), out = {NULL, 0};
    struct spooled content = {.from = 5, .size = LARGE}, beyond = {.from = 5, .size = LARGE + 10};
    make_rows(&f);
    EQ_INT(spool_new(NULL, &content.fd, NULL), 0);
    spool_keep(p, content.fd);
    EQ_INT(spool_write(content.fd, STR("other"), NULL), 0);
    EQ_INT(spool_write(content.fd, bytes, NULL), 0);
    EQ_INT(spool_write(content.fd, STR("more"), NULL), 0);
    beyond.fd = content.fd;
    EQ_INT(store_write(f.store, store_it, &beyond, NULL), ERR_IO);
    EQ_INT(read_it(f.store, p, &out), ERR_NOT_FOUND);
    EQ_INT(store_write(f.store, store_it, &content, NULL), 0);
    expect_stored(f.store, bytes, "3");
}

TEST(what_is_not_whole_is_not_there)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct spooled content = spooled_of(some_bytes(p, LARGE));
    struct str out;
    make_rows(&f);
    EQ_INT(read_it(f.store, p, &out), ERR_NOT_FOUND);
    EQ_INT(store_write(f.store, store_it, &content, NULL), 0);
    EQ_INT(fixture_script(f.store, "DELETE FROM attachment_contents WHERE position = 2"), 0);
    EQ_INT(read_it(f.store, p, &out), ERR_NOT_FOUND);
    EQ_INT(fixture_script(f.store, "UPDATE attachments SET size_bytes = 7"), 0);
    EQ_INT(read_it(f.store, p, &out), ERR_INTERNAL);
}

/* The table as migration 14 made it, with a file in it. */
static const char before[] =
    "DROP TABLE attachment_contents;"
    "CREATE TABLE attachment_contents (attachment_id {uuid} PRIMARY KEY NOT NULL REFERENCES "
    "attachments (id) ON DELETE CASCADE, content text NOT NULL);"
    "INSERT INTO attachment_contents VALUES ('" FILE_ID "', 'SGVsbG8sIG9sZCBvbmU=');"
    "UPDATE attachments SET state = 'stored', content_type = 'text/plain', size_bytes = 14;"
    "DELETE FROM schema_migrations WHERE name = 'attachment_pieces'";

static int erase(struct db *db, void *arg UNUSED, struct err *e)
{
    static const struct sql all = {"DELETE FROM attachments"};
    return db_exec(db, &all, NO_ARGS, e);
}

TEST(what_an_installation_has_stays_readable)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    int applied = 0;
    const char **differences;
    size_t n = 1;
    make_rows(&f);
    EQ_INT(fixture_script(f.store, before), 0);
    EQ_INT(schema_create(f.store, NULL, NULL, &applied, NULL), 0);
    EQ_INT(applied, 1);
    expect_stored(f.store, STR("Hello, old one"), "1");
    EQ_INT(schema_verify(f.store, p, &differences, &n, NULL), 0);
    EQ_INT(n, 0);
    EQ_INT(store_write(f.store, erase, NULL, NULL), 0);
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM attachment_contents"), "0");
}

int main(void)
{
    return tap_run();
}
