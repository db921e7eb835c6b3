/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One command after another, each to its end: a mailbox is no busy place, and a mail that is taken
 * before the next is asked for needs no queue.
 */
#include "channels/imap.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fault.h"
#include "base/log.h"
#include "channels/imap_scan.h"
#include "io/session.h"
#include "io/spool.h"
#include "io/thread.h"

#define PIECE_BYTES 16384
#define IDLE_MS (25 * 60 * 1000) /* servers may end it after 30 minutes (RFC 2177) */
#define STORE_AWAY_MS 3000
#define BACKOFF_MS 1000
#define BACKOFF_MAX_MS 300000
#define UIDS_MAX 100000 /* at one look; more come at the next */
#define SKIPPED_MAX 10000

enum outcome { PENDING, CONTINUE, DONE, REFUSED };

/* Numbers of messages. */
struct uids {
    uint32_t *all;
    size_t n, room;
};

struct imap {
    struct imap_config config;
    struct pool *pool; /* for its life */
    const char *mailbox;
    struct session *session;
    struct thread *thread;
    atomic_bool stopping;
    int last_code; /* of the last failure to connect, so that each is logged once */
    /* Of the connection. */
    struct imap_scan scan;
    unsigned tags;
    char tag[16];
    enum outcome outcome;
    bool has_idle, exists; /* something may have come since the last look */
    struct uids found;
    struct uids skipped; /* not to be asked for again: too large, or taken but not marked */
    /* Of the mail that is fetched. */
    int fd; /* -1: none is */
    uint64_t mail_bytes;
    bool got, too_large;
};

static void uids_add(struct uids *u, uint32_t uid, size_t most)
{
    if (u->n == most) {
        return;
    }
    if (u->n == u->room) {
        u->room = MAX_OF(u->room * 2, (size_t)64);
        u->all = xrealloc(u->all, u->room * sizeof *u->all);
    }
    u->all[u->n++] = uid;
}

static bool uids_has(const struct uids *u, uint32_t uid)
{
    for (size_t i = 0; i < u->n; i++) {
        if (u->all[i] == uid) {
            return true;
        }
    }
    return false;
}

static int take_literal(void *arg, struct str line, uint64_t size, struct str piece, struct err *e)
{
    struct imap *m = arg;
    if (m->fd < 0 || !memmem(line.p, line.n, "BODY[]", 6)) {
        return 0;
    }
    m->got = true;
    m->mail_bytes += piece.n;
    m->too_large = size > (uint64_t)m->config.mail_max;
    return m->too_large ? 0 : spool_write(m->fd, piece, e);
}

static void take_untagged(struct imap *m, struct str line)
{
    struct str rest = line;
    str_cut(&rest, ' ');
    if (imap_is_search(line)) {
        uint32_t uid;
        while ((uid = imap_next_number(&rest)) > 0) {
            uids_add(&m->found, uid, UIDS_MAX);
        }
    } else if (imap_has_word(line, "CAPABILITY")) {
        m->has_idle = imap_has_word(line, "IDLE");
    } else if (imap_has_word(line, "EXISTS")) {
        m->exists = true;
    }
}

static int take_response(void *arg, struct str line, struct err *e)
{
    struct imap *m = arg;
    struct str rest = line;
    struct str first = str_cut(&rest, ' ');
    (void)e;
    if (str_eq(first, STR("*"))) {
        take_untagged(m, line);
    } else if (str_eq(first, STR("+"))) {
        m->outcome = CONTINUE;
    } else if (str_eq(first, str_of(m->tag))) {
        bool ok = rest.p && str_eq_nocase(str_cut(&rest, ' '), STR("OK"));
        m->outcome = ok ? DONE : REFUSED;
    }
    return 0;
}

/* What comes within that time; nothing when the thread is to end. */
static int hear(struct imap *m, int timeout_ms, bool *any_out, struct err *e)
{
    char bytes[PIECE_BYTES];
    size_t n = 0;
    int rc = session_receive(m->session, bytes, sizeof bytes, timeout_ms, &n, e);
    *any_out = n > 0;
    return rc < 0 ? rc : imap_scan_bytes(&m->scan, (struct str){bytes, n}, e);
}

/* Until the server has answered what was sent. */
static int await(struct imap *m, struct err *e)
{
    while (m->outcome == PENDING) {
        bool any = false;
        int rc = hear(m, m->config.timeout_ms, &any, e);
        if (rc < 0) {
            return rc;
        }
        if (!any) {
            return err_set(e, ERR_TIMEOUT, "the mailbox's server does not answer");
        }
    }
    return 0;
}

/* A command, to its end. REFUSED is an error but where *refused_out is given. */
static int command(struct imap *m, bool *refused_out, struct err *e, const char *format, ...)
    PRINTF_LIKE(4, 5);

static int command(struct imap *m, bool *refused_out, struct err *e, const char *format, ...)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    va_list args;
    va_start(args, format);
    const char *text = pool_vprintf(p, format, args);
    va_end(args);
    snprintf(m->tag, sizeof m->tag, "a%u", ++m->tags);
    m->outcome = PENDING;
    const char *line = pool_printf(p, "%s %s\r\n", m->tag, text);
    int rc = session_send(m->session, str_of(line), m->config.timeout_ms, e);
    rc = rc < 0 ? rc : await(m, e);
    bool refused = rc == 0 && m->outcome == REFUSED;
    if (refused_out) {
        *refused_out = refused;
    } else if (refused) {
        struct str rest = str_of(text);
        struct str verb = str_cut(&rest, ' ');
        return err_set(e, ERR_PROVIDER, "the mailbox's server refuses " STR_FMT, STR_ARG(verb));
    }
    return rc;
}

static int sign_in(struct imap *m, struct err *e)
{
    struct session_account account = {
        .url = m->config.url,
        .user = m->config.user,
        .password = m->config.password,
        .ca_file = m->config.ca_file,
        .insist_on_tls = m->config.insist_on_tls,
        .timeout_ms = m->config.timeout_ms,
    };
    imap_scan_clear(&m->scan);
    imap_scan_init(&m->scan);
    m->has_idle = false;
    return session_open(m->session, &account, e);
}

static int connect_mailbox(struct imap *m, struct err *e)
{
    int rc = sign_in(m, e);
    rc = rc < 0 ? rc : command(m, NULL, e, "CAPABILITY");
    return rc < 0 ? rc : command(m, NULL, e, "SELECT %s", m->mailbox);
}

/* Into the journal, and what follows from it. *taken_out: it is ours. */
static int take_file(struct imap *m, bool *taken_out)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct inbox_result result = {.duplicate = false};
    struct err e = {0};
    struct journal_entry entry = {
        .provider = "mail",
        .kind = "message",
        .target = "",
        .body = STR(""),
        .proof = "imap",
        .received_at = wall_now(),
    };
    int rc = spool_map(p, m->fd, &entry.raw, &e);
    struct spooled file = {.fd = m->fd, .size = (int64_t)entry.raw.n};
    entry.raw_file = &file;
    rc = rc < 0 ? rc : inbox_take(m->config.store, p, &m->config.inbox, &entry, &result, &e);
    *taken_out = rc == 0 || result.kept;
    if (!*taken_out) {
        log_warn("an e-mail cannot be stored now and stays in its mailbox",
                 LOG_TEXT("why", err_text(&e, rc)));
    }
    return rc;
}

/* Fetches one into a file, takes it and marks it. *away_out: the store cannot have it now. */
static int take_mail(struct imap *m, uint32_t uid, bool *away_out, struct err *e)
{
    bool taken = false, refused = false;
    m->got = m->too_large = false;
    m->mail_bytes = 0;
    int rc = spool_new(m->config.inbox.spool, &m->fd, e);
    rc = rc < 0 ? rc : command(m, &refused, e, "UID FETCH %u (UID BODY.PEEK[])", uid);
    if (rc == 0 && m->got && !m->too_large) {
        take_file(m, &taken);
        *away_out = !taken;
    }
    if (m->fd >= 0) {
        close(m->fd);
        m->fd = -1;
    }
    fault_point("imap_taken");
    if (rc == 0 && m->too_large) {
        log_warn("an e-mail is larger than mail_max and stays in its mailbox, unseen",
                 LOG_I64("uid", uid), LOG_I64("bytes", (int64_t)m->mail_bytes));
    }
    if (rc == 0 && taken) {
        rc = command(m, &refused, e, "UID STORE %u +FLAGS.SILENT (\\Seen)", uid);
    }
    if (rc == 0 && (m->too_large || refused || !m->got)) {
        uids_add(&m->skipped, uid, SKIPPED_MAX);
    }
    return rc;
}

/* All that is unseen. */
static int look(struct imap *m, bool *away_out, struct err *e)
{
    m->found.n = 0;
    m->exists = false;
    *away_out = false;
    int rc = command(m, NULL, e, "UID SEARCH UNSEEN UNDELETED");
    for (size_t i = 0; rc == 0 && i < m->found.n && !*away_out; i++) {
        if (atomic_load(&m->stopping)) {
            break;
        }
        if (!uids_has(&m->skipped, m->found.all[i])) {
            rc = take_mail(m, m->found.all[i], away_out, e);
        }
    }
    return rc;
}

/* Waits in the mailbox until something comes. */
static int idle(struct imap *m, struct err *e)
{
    bool any = true;
    snprintf(m->tag, sizeof m->tag, "a%u", ++m->tags);
    m->outcome = PENDING;
    char line[32];
    snprintf(line, sizeof line, "%s IDLE\r\n", m->tag);
    int rc = session_send(m->session, str_of(line), m->config.timeout_ms, e);
    rc = rc < 0 ? rc : await(m, e);
    if (rc < 0 || m->outcome != CONTINUE) {
        m->has_idle = m->has_idle && rc < 0; /* refused: then by looking */
        return rc;
    }
    m->outcome = PENDING;
    struct mono start = mono_now();
    while (rc == 0 && any && !m->exists && m->outcome == PENDING && !atomic_load(&m->stopping)) {
        int64_t left_ms = IDLE_MS - mono_us_since(start) / 1000;
        rc = left_ms > 0 ? hear(m, (int)left_ms, &any, e) : 0;
        any = any && left_ms > 0;
    }
    if (rc < 0 || m->outcome != PENDING) {
        return rc;
    }
    rc = session_send(m->session, STR("DONE\r\n"), m->config.timeout_ms, e);
    return rc < 0 ? rc : await(m, e);
}

static int wait_in_mailbox(struct imap *m, struct err *e)
{
    if (m->exists || atomic_load(&m->stopping)) {
        return 0;
    }
    if (m->has_idle) {
        return idle(m, e);
    }
    session_rest(m->session, m->config.look_every_ms);
    return 0;
}

/* One connection, to its end. */
static int serve(struct imap *m, bool *signed_in_out, struct err *e)
{
    int rc = connect_mailbox(m, e);
    if (rc == 0) {
        *signed_in_out = true;
        m->last_code = 0;
        log_info("e-mail is taken from a mailbox", LOG_TEXT("by", m->has_idle ? "IDLE" : "looks"));
    }
    while (rc == 0 && !atomic_load(&m->stopping)) {
        bool away = false;
        rc = look(m, &away, e);
        if (rc == 0 && away) {
            session_rest(m->session, STORE_AWAY_MS);
        } else if (rc == 0) {
            rc = wait_in_mailbox(m, e);
        }
    }
    return rc;
}

static void run(void *arg)
{
    struct imap *m = arg;
    int backoff_ms = BACKOFF_MS;
    while (!atomic_load(&m->stopping)) {
        struct err e = {0};
        bool signed_in = false;
        int rc = serve(m, &signed_in, &e);
        session_close(m->session);
        if (rc == 0 || atomic_load(&m->stopping)) {
            continue;
        }
        if (rc != m->last_code) {
            log_warn("the mailbox is not to be had, and is tried again",
                     LOG_TEXT("why", err_text(&e, rc)));
        }
        m->last_code = rc;
        backoff_ms = signed_in ? BACKOFF_MS : MIN_OF(backoff_ms * 2, BACKOFF_MAX_MS);
        session_rest(m->session, backoff_ms);
    }
}

/* The path of the address: the mailbox, quoted. */
static const char *mailbox_of(struct pool *p, const char *url)
{
    struct str rest = str_of(url);
    const char *scheme = strstr(url, "://");
    if (!scheme || (strncmp(url, "imap://", 7) != 0 && strncmp(url, "imaps://", 8) != 0)) {
        return NULL;
    }
    rest = str_of(scheme + 3);
    str_cut(&rest, '/');
    struct str name = rest.p && rest.n ? percent_decode(p, rest, false) : STR("INBOX");
    return imap_quote(p, name);
}

/* *out as for a thread of its own, but without one. */
static int make(const struct imap_config *config, struct imap **out, struct err *e)
{
    struct pool *p = pool_new();
    const char *mailbox = mailbox_of(p, config->url);
    if (!mailbox) {
        pool_free(&p);
        return err_set(e, ERR_CONFIG,
                       "a mailbox is named like imaps://imap.example.com/INBOX, in ASCII");
    }
    struct imap *m = xcalloc(1, sizeof *m);
    *m = (struct imap){.config = *config, .pool = p, .mailbox = mailbox, .fd = -1};
    imap_scan_init(&m->scan);
    m->scan.on_literal = take_literal;
    m->scan.on_response = take_response;
    m->scan.arg = m;
    m->session = session_new();
    *out = m;
    return 0;
}

static void unmake(struct imap *m)
{
    session_free(&m->session);
    imap_scan_clear(&m->scan);
    free(m->found.all);
    free(m->skipped.all);
    pool_free(&m->pool);
    free(m);
}

int imap_start(const struct imap_config *config, struct imap **out, struct err *e)
{
    struct imap *m = NULL;
    int rc = make(config, &m, e);
    if (rc == 0) {
        m->thread = thread_start("imap", run, m);
        *out = m;
    }
    return rc;
}

int imap_look(const struct imap_config *config, bool *signed_in_out, struct err *e)
{
    struct imap *m = NULL;
    bool refused = false;
    int rc = make(config, &m, e);
    if (rc < 0) {
        return rc;
    }
    rc = sign_in(m, e);
    *signed_in_out = rc == 0;
    rc = rc < 0 ? rc : command(m, &refused, e, "EXAMINE %s", m->mailbox);
    if (rc == 0 && refused) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such mailbox at the server");
    }
    unmake(m);
    return rc;
}

void imap_stop(struct imap **at)
{
    struct imap *m = at ? *at : NULL;
    if (!m) {
        return;
    }
    atomic_store(&m->stopping, true);
    session_wake(m->session);
    thread_join(&m->thread);
    unmake(m);
    *at = NULL;
}
