/* SPDX-License-Identifier: Apache-2.0 */
/* Links for calls from a browser: only ours open a call, one call each, and for their time. */
#include "domain/voice_link.h"

#include <stdatomic.h>

#include "base/id.h"
#include "store_fixture.h"
#include "tap.h"

#define SESSION "0190a000-0000-7000-8000-000000000001"
#define OTHER "0190a000-0000-7000-8000-000000000002"

static const struct wall now = {1764295200000000};
static const struct voice_link link_of_seven = {7, {1764295260000000}};

struct making {
    struct pool *pool;
    const char *token;
};

static int make(struct db *db, void *arg, struct err *e)
{
    struct making *m = arg;
    return voice_link_make(db, m->pool, SESSION, &link_of_seven, &m->token, e);
}

static struct str made(struct fixture *f, struct pool *p)
{
    struct making m = {p, NULL};
    EQ_INT(store_write(f->store, make, &m, NULL), 0);
    return str_of(m.token);
}

TEST(a_token_says_what_was_put_into_it)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct voice_link back = {0};
    struct str token = str_of(voice_link_token(p, STR("key"), SESSION, &link_of_seven));
    OK(voice_link_read(p, STR("key"), SESSION, token, &back));
    EQ_INT(back.customer_id, 7);
    EQ_INT(back.until.us, link_of_seven.until.us);
    OK(!voice_link_read(p, STR("another"), SESSION, token, &back));
    OK(!voice_link_read(p, STR(""), SESSION, token, &back));
    OK(!voice_link_read(p, STR("key"), OTHER, token, &back));
}

TEST(no_changed_letter_of_a_token_passes)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const char *token = voice_link_token(p, STR("key"), SESSION, &link_of_seven);
    for (size_t i = 0; token[i]; i++) {
        struct voice_link back;
        char *changed = pool_strdup(p, token);
        changed[i] = changed[i] == 'Q' ? 'g' : 'Q'; /* differ in bits that are not padding */
        OK_MSG(!voice_link_read(p, STR("key"), SESSION, str_of(changed), &back), "letter %zu", i);
        OK(!voice_link_read(p, STR("key"), SESSION, (struct str){token, i}, &back));
    }
}

TEST(a_link_opens_one_call)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct voice_link l = {0};
    struct err e = {0};
    fixture_init_tables(&f);
    EQ_INT(voice_link_check(f.store, p, SESSION, STR("x"), now, &l, &e), ERR_UNAUTHENTICATED);
    struct str token = made(&f, p);
    EQ_INT(voice_link_check(f.store, p, SESSION, token, now, &l, &e), 0);
    EQ_INT(voice_link_check(f.store, p, SESSION, token, now, &l, &e), 0); /* looking uses nothing */
    EQ_INT(voice_link_use(f.store, p, OTHER, token, now, &l, &e), ERR_UNAUTHENTICATED);
    EQ_INT(voice_link_use(f.store, p, SESSION, token, now, &l, &e), 0);
    EQ_INT(l.customer_id, 7);
    EQ_INT(voice_link_use(f.store, p, SESSION, token, now, &l, &e), ERR_CONFLICT);
    EQ_INT(voice_link_check(f.store, p, SESSION, token, now, &l, &e), ERR_CONFLICT);
}

TEST(a_link_has_its_time)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct voice_link l = {0};
    fixture_init_tables(&f);
    struct str token = made(&f, p);
    const struct wall last = {link_of_seven.until.us}, late = {link_of_seven.until.us + 1};
    EQ_INT(voice_link_check(f.store, p, SESSION, token, last, &l, NULL), 0);
    EQ_INT(voice_link_use(f.store, p, SESSION, token, late, &l, NULL), ERR_UNAUTHENTICATED);
    EQ_INT(voice_link_use(f.store, p, SESSION, token, last, &l, NULL), 0);
}

static struct str shared_token;
static _Atomic int taken, refused;

static void *use_it(void *store)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct voice_link l;
    int rc = voice_link_use(store, p, SESSION, shared_token, now, &l, NULL);
    atomic_fetch_add(rc == 0 ? &taken : &refused, rc == 0 || rc == ERR_CONFLICT);
    return NULL;
}

TEST(of_ten_at_once_one_has_it)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    fixture_init_tables(&f);
    shared_token = made(&f, p);
    fixture_ten_at_once(&f, use_it);
    EQ_INT(taken, 1);
    EQ_INT(refused, 9);
}

int main(void)
{
    return tap_run();
}
