/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of the e-mails that SendGrid took, and its event webhook, which reports it: signed
 * batches, again until the product has taken them, in an order that is not promised. An event that
 * comes twice has the same sg_event_id.
 */
#include "base/json_read.h"
#include "io/thread.h"
#include "sandbox/sandbox_mail_private.h"

#define BATCH_MAX 100
#define LOOK_MS 20
#define RETRY_FIRST_MS 200
#define RETRY_MOST_MS 2000
#define GIVE_UP_MS 600000
#define REFUSED_TIMES_MAX 5

static const struct fate {
    const char *prefix; /* of the address */
    const char *events[4];
} fates[] = {
    {"bounce", {"processed", "bounce"}},
    {"full", {"processed", "blocked"}},
    {"defer", {"processed", "deferred", "delivered"}},
    {"drop", {"dropped"}},
    {"", {"processed", "delivered"}}, /* everybody else */
};

const char *mail_suppressed(struct sandbox *s, const char *address)
{
    for (size_t i = 0; i < SUPPRESSED_MAX; i++) {
        if (s->mails->suppressed[i].why &&
            mail_same_address(s->mails->suppressed[i].address, address)) {
            return s->mails->suppressed[i].why;
        }
    }
    return NULL;
}

static void suppress(struct sandbox *s, const char *address, const char *why)
{
    size_t i = s->mails->suppressed_next++ % SUPPRESSED_MAX;
    snprintf(s->mails->suppressed[i].address, sizeof s->mails->suppressed[i].address, "%s",
             address);
    s->mails->suppressed[i].why = why;
}

void mail_step_later(struct sandbox *s, const struct sandbox_mail *m, int recipient,
                     const char *event, const char *url, int ms)
{
    struct sandbox_mails *x = s->mails;
    if (x->n_steps == MAIL_STEPS_MAX) {
        return; /* the product has not taken any for very long */
    }
    x->steps[x->n_steps++] = (struct mail_step){
        .seq = m->seq,
        .recipient = recipient,
        .due = {mono_now().ns + ms * 1000000LL},
        .event = event,
        .url = url ? xstrdup(url) : NULL,
    };
    bell_ring(x->bell);
}

static const struct fate *fate_of(struct sandbox *s, const struct sandbox_mail *m,
                                  const char *address)
{
    static const struct fate dropped = {"", {"dropped"}};
    const struct fate *fate = fates;
    if (mail_suppressed(s, address)) {
        return &dropped;
    }
    while (m->trouble != TROUBLE_UNDELIVERED &&
           !str_starts(str_of(address), str_of(fate->prefix))) {
        fate++;
    }
    return fate; /* the first is the bounce */
}

void mail_events_of(struct sandbox *s, struct sandbox_mail *m)
{
    bool twice = m->trouble == TROUBLE_DUPLICATE, backwards = m->trouble == TROUBLE_REORDERED;
    for (int r = 0; r < m->n_recipients; r++) {
        const struct fate *fate = fate_of(s, m, m->recipients[r]);
        int n = 0;
        while (n < (int)ARRAY_SIZE(fate->events) && fate->events[n]) {
            n++;
        }
        for (int i = 0; i < n; i++) {
            int ms = s->callback_ms * (backwards ? n - i : i + 1);
            mail_step_later(s, m, r, fate->events[i], NULL, ms);
            if (twice) {
                mail_step_later(s, m, r, fate->events[i], NULL, ms + s->callback_ms / 2);
            }
        }
    }
}

/* ---- one event ---- */

static void set_text(json_t *event, const char *key, const char *text)
{
    json_object_set_new(event, key, json_string(text));
}

static void add_reasons(struct sandbox *s, json_t *event, const char *kind, const char *address,
                        const struct mail_step *step)
{
    const char *why = mail_suppressed(s, address);
    if (strcmp(kind, "bounce") == 0) {
        set_text(event, "reason",
                 "550 5.1.1 The email account that you tried to reach does not exist.");
        set_text(event, "status", "5.1.1");
        set_text(event, "type", "bounce");
        set_text(event, "bounce_classification", "Invalid Address");
    } else if (strcmp(kind, "blocked") == 0) {
        set_text(event, "event", "bounce");
        set_text(event, "reason",
                 "452 4.2.2 The email account that you tried to reach is over quota.");
        set_text(event, "status", "4.2.2");
        set_text(event, "type", "blocked");
    } else if (strcmp(kind, "dropped") == 0) {
        set_text(event, "reason", why ? why : "Bounced Address");
        set_text(event, "status", "5.0.0");
    } else if (strcmp(kind, "deferred") == 0) {
        set_text(event, "response", "451 4.7.1 Greylisting in action, please come back later");
        set_text(event, "attempt", "1");
    } else if (strcmp(kind, "delivered") == 0) {
        set_text(event, "response", "250 2.0.0 OK");
        json_object_set_new(event, "tls", json_integer(1));
    } else if (strcmp(kind, "click") == 0) {
        set_text(event, "url", step->url ? step->url : "https://example.com/");
        json_object_set_new(event, "url_offset",
                            json_pack("{s:i, s:s}", "index", 0, "type", "html"));
    }
    if (strcmp(kind, "open") == 0 || strcmp(kind, "click") == 0) {
        set_text(event, "useragent", "Mozilla/5.0");
        set_text(event, "ip", "192.0.2.7");
    }
}

/* Desk. The event as JSON; lives in pool. */
static struct str event_text(struct sandbox *s, struct pool *p, const struct sandbox_mail *m,
                             const struct mail_step *step)
{
    const char *address = m->recipients[step->recipient];
    const char *id = pool_printf(p, "%s-%d-%s", m->id, step->recipient, step->event);
    json_t *event = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "email", address, "timestamp",
                              (json_int_t)(wall_now().us / US_PER_SECOND), "event", step->event,
                              "sg_event_id", base64url_encode(p, id, strlen(id)), "sg_message_id",
                              pool_printf(p, "%s.recvd-sandbox-1-%lld.0", m->id, (long long)m->seq),
                              "smtp-id", m->message_id);
    if (!event) {
        return (struct str){NULL, 0}; /* a text in it is no UTF-8 */
    }
    add_reasons(s, event, step->event, address, step);
    if (json_array_size(m->categories)) {
        json_object_set(event, "category", (json_t *)(uintptr_t)m->categories);
    }
    json_object_update_missing(event, (json_t *)(uintptr_t)m->custom_args);
    struct str text = json_dump_to_pool(p, event);
    json_decref(event);
    return text;
}

/* ---- batches ---- */

struct batch {
    struct pool *pool;
    struct mail_step steps[BATCH_MAX];
    struct str events[BATCH_MAX];
    int n;
    enum sandbox_trouble trouble; /* forged or altered, of one of them */
};

static int by_due(const void *a, const void *b)
{
    int64_t x = ((const struct mail_step *)a)->due.ns, y = ((const struct mail_step *)b)->due.ns;
    return (x > y) - (x < y);
}

static void note_event(struct sandbox *s, struct sandbox_mail *m, const struct mail_step *step)
{
    static const char *const reported[] = {"open", "click", "processed", "deferred"};
    const char *kind = strcmp(step->event, "blocked") == 0 ? "bounce" : step->event;
    bool again = false, passing = false;
    for (int i = 0; i < m->n_events; i++) {
        again = again || strcmp(m->events[i], kind) == 0;
    }
    if (!again && m->n_events < MAIL_EVENTS_MAX) {
        m->events[m->n_events++] = kind;
    }
    for (size_t i = 0; i < ARRAY_SIZE(reported); i++) {
        passing = passing || strcmp(kind, reported[i]) == 0;
    }
    if (!passing || strcmp(m->status, "accepted") == 0) {
        m->status = kind;
    }
    if (strcmp(step->event, "bounce") == 0 && !again) {
        suppress(s, m->recipients[step->recipient], "Bounced Address");
    }
}

/* Desk: takes what is due, in its order. */
static void take_due(struct sandbox *s, void *arg)
{
    struct batch *b = arg;
    struct sandbox_mails *x = s->mails;
    int64_t now = mono_now().ns;
    for (size_t i = 0; i < x->n_steps && b->n < BATCH_MAX;) {
        if (x->steps[i].due.ns > now) {
            i++;
            continue;
        }
        b->steps[b->n++] = x->steps[i];
        x->steps[i] = x->steps[--x->n_steps];
        x->steps[x->n_steps].url = NULL;
    }
    qsort(b->steps, (size_t)b->n, sizeof b->steps[0], by_due);
    for (int i = 0; i < b->n; i++) {
        struct sandbox_mail *m = mail_at(s, b->steps[i].seq);
        if (m) {
            if (m->trouble != TROUBLE_LOST) {
                b->events[i] = event_text(s, b->pool, m, &b->steps[i]);
            }
            if (m->trouble == TROUBLE_FORGED || m->trouble == TROUBLE_ALTERED) {
                b->trouble = m->trouble;
            }
            note_event(s, m, &b->steps[i]);
        }
    }
}

/* As SendGrid writes it; n == 0: nothing is left to be reported. */
static struct str write_batch(struct sandbox *s, struct batch *b, struct buf *out)
{
    struct sandbox_fault lost;
    const char *before = "[";
    for (int i = 0; i < b->n; i++) {
        if (b->events[i].n && !sandbox_take_mail_fault(s, SANDBOX_ON_CALLBACKS, &lost)) {
            buf_puts(out, before);
            buf_put_str(out, b->events[i]);
            before = ",\r\n";
        }
        free(b->steps[i].url);
    }
    if (out->len) {
        buf_puts(out, "]\r\n");
    }
    return buf_str(out);
}

/* Until the product has taken it. */
static void post_batch(struct sandbox *s, struct batch *b, struct str body)
{
    struct mail_post post = {SANDBOX_EVENTS_PATH, "application/json", body, false};
    struct mono start = mono_now();
    int status = 0, refused = 0, pause_ms = RETRY_FIRST_MS;
    if (b->trouble == TROUBLE_FORGED || b->trouble == TROUBLE_ALTERED) {
        enum sandbox_seal seal = b->trouble == TROUBLE_FORGED ? SEAL_FORGED : SEAL_ALTERED;
        int ignored UNUSED = mail_post(s, s->mails->http, b->pool, &post, seal, &status, NULL);
    }
    while (!atomic_load(&s->stopping) && mono_us_since(start) / 1000 < GIVE_UP_MS) {
        int rc = mail_post(s, s->mails->http, b->pool, &post, SEAL_RIGHT, &status, NULL);
        refused += rc == 0 && status / 100 == 4;
        if ((rc == 0 && status / 100 == 2) || refused == REFUSED_TIMES_MAX || rc == ERR_CONFIG) {
            return;
        }
        sandbox_sleep(s, pause_ms);
        pause_ms = MIN_OF(pause_ms * 2, RETRY_MOST_MS);
    }
}

void mail_poster(void *arg)
{
    struct sandbox *s = arg;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct buf body CLEANUP(buf_clear);
    struct batch *b = xcalloc(1, sizeof *b);
    buf_init(&body, 4u << 20);
    while (!atomic_load(&s->stopping)) {
        pool_clear(p);
        buf_reset(&body);
        *b = (struct batch){.pool = p};
        sandbox_do(s, take_due, b);
        if (b->n == 0) {
            bell_wait(s->mails->bell, LOOK_MS);
        } else if (write_batch(s, b, &body).n) {
            post_batch(s, b, buf_str(&body));
        }
    }
    free(b);
}

/* ---- POST /sandbox/mail/event ---- */

struct happening {
    int64_t seq;
    const char *event, *url;
    bool found;
};

static void let_happen(struct sandbox *s, void *arg)
{
    struct happening *h = arg;
    struct sandbox_mail *m = mail_at(s, h->seq);
    h->found = m && strcmp(m->way, "sendgrid") == 0 && m->n_recipients;
    if (!h->found) {
        return;
    }
    if (strcmp(h->event, "spamreport") == 0) {
        suppress(s, m->recipients[0], "Spam Reporting Address");
    } else if (strcmp(h->event, "unsubscribe") == 0) {
        suppress(s, m->recipients[0], "Unsubscribed Address");
    }
    mail_step_later(s, m, 0, h->event, h->url, 0);
}

int mail_event_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                       struct err *e)
{
    static const char *const events[] = {"processed",
                                         "delivered",
                                         "deferred",
                                         "bounce",
                                         "blocked",
                                         "dropped",
                                         "open",
                                         "click",
                                         "spamreport",
                                         "unsubscribe",
                                         "group_unsubscribe",
                                         "group_resubscribe"};
    json_t *document = NULL;
    int rc = json_read(req->pool, req->body, &document, e);
    if (rc) {
        return rc;
    }
    struct happening h = {.seq = json_get_i64(document, "seq", 0),
                          .url = json_get_text(document, "url", NULL)};
    const char *wanted = json_get_text(document, "event", "");
    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        h.event = strcmp(events[i], wanted) == 0 ? events[i] : h.event;
    }
    if (!h.event) {
        return err_field(e, ERR_INVALID, "event",
                         "event is open, click, spamreport, unsubscribe, bounce, or another of "
                         "SendGrid's");
    }
    sandbox_do(s, let_happen, &h);
    if (!h.found) {
        return err_field(e, ERR_NOT_FOUND, "seq",
                         "seq is that of an e-mail which came by SendGrid");
    }
    buf_puts(&res->body, "{\"status\":\"reported\"}");
    return 0;
}
