/* SPDX-License-Identifier: Apache-2.0 */
/* At most a few conversations are looked at, however many tokens and references a mail brings. */
#include "domain/mail_place.h"

#include "base/json_read.h"
#include "mail/mail_token.h"
#include "store/mail_threads.h"

#define CANDIDATES_MAX 8
#define OPEN_FOR_US (14 * 86400 * US_PER_SECOND) /* so long a subject alone is enough */

struct candidate {
    struct id conversation;
    const char *by;
    bool read; /* what follows is known */
    int64_t customer_id;
    struct str customer_email, channel, status;
};

struct finding {
    struct pool *pool;
    const struct mail_place_in *in;
    struct candidate candidates[CANDIDATES_MAX];
    size_t n;
};

/* NULL when there are enough. */
static struct candidate *add_candidate(struct finding *f, const struct id *conversation,
                                       const char *by)
{
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(f->candidates[i].conversation.text, conversation->text) == 0) {
            return &f->candidates[i];
        }
    }
    if (f->n == CANDIDATES_MAX) {
        return NULL;
    }
    f->candidates[f->n] = (struct candidate){.conversation = *conversation, .by = by};
    return &f->candidates[f->n++];
}

/* What a row of mail_threads.h says of it. */
static void read_candidate(struct candidate *c, const struct rows *r, size_t i)
{
    c->read = true;
    c->customer_id = row_i64(r, i, 1);
    c->customer_email = row_str(r, i, 2);
    c->channel = row_str(r, i, 3);
    c->status = row_str(r, i, 4);
}

static void add_token(struct finding *f, const char *token)
{
    struct id conversation;
    if (token && f->in->secret.n && mail_token_check(f->in->secret, str_of(token), &conversation)) {
        add_candidate(f, &conversation, "token");
    }
}

static void take_tokens(struct finding *f)
{
    const struct mail_place_in *in = f->in;
    for (size_t i = 0; i < in->n_envelope; i++) {
        add_token(f, mail_token_find(f->pool, str_of(in->envelope[i])));
    }
    for (size_t i = 0; i < in->mail->n_tokens; i++) {
        add_token(f, in->mail->tokens[i]);
    }
}

bool mail_place_query(const struct mail *m, struct arg args[MAIL_THREADS_KNOWN_ARGS],
                      struct rows *known, struct query *out)
{
    size_t n = 0;
    if (m->in_reply_to) {
        args[n++] = A_TEXT(m->in_reply_to);
    }
    for (size_t i = m->n_references; i > 0 && n < MAIL_THREADS_KNOWN_ARGS; i--) {
        args[n++] = A_TEXT(m->references[i - 1]);
    }
    bool any = n > 0;
    while (n < MAIL_THREADS_KNOWN_ARGS) {
        args[n++] = A_NULL;
    }
    *known = (struct rows){0};
    *out = mail_threads_known_query(args, known);
    return any;
}

/* The conversations of the Message-IDs that it answers, the nearest first. */
static void take_references(struct finding *f)
{
    ROWS_EACH (i, *f->in->known) {
        struct id conversation;
        struct candidate *c = id_parse(row_str(f->in->known, i, 0), &conversation)
                                  ? add_candidate(f, &conversation, "reference")
                                  : NULL;
        if (c) {
            read_candidate(c, f->in->known, i);
        }
    }
}

static bool is_sender(const struct finding *f, struct str address)
{
    return address.n && mail_same_address(str_dup(f->pool, address), f->in->from);
}

/* Is the sender in a JSON array of addresses? */
static bool is_among(const struct finding *f, struct str list)
{
    json_t *document, *one;
    size_t i;
    if (list.n == 0 || json_read(f->pool, list, &document, NULL)) {
        return false;
    }
    json_array_foreach (document, i, one) {
        const char *address = json_string_value(one);
        if (address && is_sender(f, str_of(address))) {
            return true;
        }
    }
    return false;
}

static bool is_of_customer(const struct finding *f, const struct candidate *c)
{
    return (c->customer_id && c->customer_id == f->in->customer_id) ||
           is_sender(f, c->customer_email);
}

/* Has the sender written in it, or have we written to them? */
static int is_of_people(struct db *db, struct finding *f, const struct candidate *c, bool *out,
                        struct err *e)
{
    struct arg id = A_TEXT(c->conversation.text);
    struct rows people = {0};
    struct query query = mail_threads_people_query(&id, &people);
    int rc = db_many(db, f->pool, &query, 1, e);
    *out = false;
    for (size_t i = 0; rc == 0 && i < people.n && !*out; i++) {
        bool inbound = str_eq(row_str(&people, i, 0), STR("inbound"));
        *out = inbound
                   ? is_sender(f, row_str(&people, i, 1))
                   : is_sender(f, row_str(&people, i, 2)) || is_among(f, row_str(&people, i, 3));
    }
    return rc;
}

static int look_up_candidate(struct db *db, struct finding *f, struct candidate *c, struct err *e)
{
    struct arg id = A_TEXT(c->conversation.text);
    struct rows found = {0};
    struct query query = mail_threads_owned_query(&id, &found);
    int rc = c->read ? 0 : db_many(db, f->pool, &query, 1, e);
    if (rc == 0 && found.n) {
        read_candidate(c, &found, 0);
    }
    return rc;
}

/* Is it the sender's? Then *out is set. */
static int try_candidate(struct db *db, struct finding *f, struct candidate *c,
                         struct mail_place *out, struct err *e)
{
    int rc = look_up_candidate(db, f, c, e);
    if (rc < 0 || !c->read || !str_eq(c->channel, STR("email"))) { /* !read: it was erased */
        return rc;
    }
    bool of_it = f->in->from[0] && is_of_customer(f, c);
    if (!of_it && f->in->from[0]) {
        rc = is_of_people(db, f, c, &of_it, e);
    }
    if (rc == 0 && of_it) {
        out->by = c->by;
        out->conversation_id = c->conversation;
        out->active = str_eq(c->status, STR("active"));
    } else if (rc == 0) {
        out->stranger = true;
    }
    return rc;
}

/* The open conversation of the same customer about the same. */
static int try_subject(struct db *db, struct finding *f, struct mail_place *out, struct err *e)
{
    const struct mail_place_in *in = f->in;
    struct str subject = mail_base_subject(str_of(in->mail->subject));
    if (!in->customer_id || subject.n == 0) {
        return 0;
    }
    struct arg args[] = {A_I64(in->customer_id), A_WALL(((struct wall){in->at.us - OPEN_FOR_US}))};
    struct rows open;
    struct query query = mail_threads_open_query(args, &open);
    int rc = db_many(db, f->pool, &query, 1, e);
    for (size_t i = 0; rc == 0 && i < open.n; i++) {
        struct str other = mail_base_subject(row_str(&open, i, 1));
        if (str_eq_nocase(other, subject) &&
            id_parse(row_str(&open, i, 0), &out->conversation_id)) {
            out->by = "subject";
            out->active = true;
            return 0;
        }
    }
    return rc;
}

int mail_place_find(struct db *db, struct pool *p, const struct mail_place_in *in,
                    struct mail_place *out, struct err *e)
{
    struct finding f = {.pool = p, .in = in};
    *out = (struct mail_place){.by = NULL};
    take_tokens(&f);
    take_references(&f);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < f.n && !out->by; i++) {
        rc = try_candidate(db, &f, &f.candidates[i], out, e);
    }
    if (rc == 0 && !out->by && !out->stranger) {
        rc = try_subject(db, &f, out, e);
    }
    if (out->by) {
        out->stranger = false;
    }
    return rc;
}
