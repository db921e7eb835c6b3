/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script of the realtime model's stand-in, what callers have announced, and a log of what
 * clients sent. All of it is the desk's.
 */
#include "base/json_read.h"
#include "sandbox/sandbox_realtime_private.h"
#include "sandbox/sandbox_script.h"

#define STALE_US (30 * US_PER_SECOND)

struct talk_desk {
    struct {
        char *item; /* owned; JSON */
        int64_t count;
    } turns[TALK_TURNS]; /* ring */
    size_t first, n;
    struct talk_words {
        char call[TALK_CALL_BYTES]; /* whose they are; "": anybody's */
        char *words;                /* owned */
        struct mono at;
    } heard[TALK_TURNS]; /* in their order */
    size_t heard_n;
    char *log[TALK_LOG]; /* ring; owned; JSON */
    size_t log_next;
    int64_t sessions, open, appended_ms;
    char *session; /* owned; the last update; JSON */
};

/* --- the queue --- */

struct task {
    char *text; /* owned by whoever holds the task */
    int64_t count;
    bool ok;
    struct str event, call;
    int64_t number;
    struct pool *pool;
    struct buf *out;
};

static void add_turn(struct sandbox *s, void *arg)
{
    struct task *task = arg;
    struct talk_desk *d = s->realtime;
    task->ok = d->n < TALK_TURNS;
    if (task->ok) {
        size_t at = (d->first + d->n++) % TALK_TURNS;
        d->turns[at].item = task->text;
        d->turns[at].count = task->count;
    }
}

static void drop_turn(struct talk_desk *d)
{
    free(d->turns[d->first].item);
    d->first = (d->first + 1) % TALK_TURNS;
    d->n--;
}

static void take_turn(struct sandbox *s, void *arg)
{
    struct task *task = arg;
    struct talk_desk *d = s->realtime;
    if (!d->n || strstr(d->turns[d->first].item, "\"refuse\":")) {
        return;
    }
    task->text = xstrdup(d->turns[d->first].item);
    if (--d->turns[d->first].count <= 0) {
        drop_turn(d);
    }
}

json_t *talk_take_turn(struct sandbox *s)
{
    struct task task = {0};
    sandbox_do(s, take_turn, &task);
    json_t *turn = task.text ? json_loads(task.text, 0, NULL) : NULL;
    free(task.text);
    return turn;
}

static void take_refusal(struct sandbox *s, void *arg)
{
    struct task *task = arg;
    struct talk_desk *d = s->realtime;
    const char *at = d->n ? strstr(d->turns[d->first].item, "\"refuse\":") : NULL;
    if (at) {
        task->number = strtol(at + strlen("\"refuse\":"), NULL, 10);
        if (--d->turns[d->first].count <= 0) {
            drop_turn(d);
        }
    }
}

int talk_take_refusal(struct sandbox *s)
{
    struct task task = {0};
    sandbox_do(s, take_refusal, &task);
    return (int)task.number;
}

/* Takes them out of the list; the caller's. */
static char *pull_heard(struct talk_desk *d, size_t at)
{
    char *words = d->heard[at].words;
    memmove(&d->heard[at], &d->heard[at + 1], (--d->heard_n - at) * sizeof d->heard[0]);
    return words;
}

static void add_heard(struct sandbox *s, void *arg)
{
    struct task *task = arg;
    struct talk_desk *d = s->realtime;
    if (d->heard_n == TALK_TURNS) {
        free(pull_heard(d, 0));
    }
    struct talk_words *w = &d->heard[d->heard_n++];
    *w = (struct talk_words){.words = task->text, .at = mono_now()};
    snprintf(w->call, sizeof w->call, STR_FMT, STR_ARG(task->call));
}

void sandbox_realtime_heard(struct sandbox *s, struct str call, struct str text)
{
    struct task task = {.text = xmalloc(text.n + 1), .call = call};
    memcpy(task.text, text.p, text.n);
    task.text[text.n] = '\0';
    sandbox_do(s, add_heard, &task);
}

/* The first words of that call; d->heard_n: none. */
static size_t find_heard(const struct talk_desk *d, struct str call)
{
    size_t at = 0;
    while (at < d->heard_n && !str_eq(str_of(d->heard[at].call), call)) {
        at++;
    }
    return at;
}

static void take_heard(struct sandbox *s, void *arg)
{
    struct task *task = arg;
    struct talk_desk *d = s->realtime;
    while (d->heard_n && mono_us_since(d->heard[0].at) > STALE_US) {
        free(pull_heard(d, 0)); /* of a call that nobody here has heard */
    }
    size_t at = task->call.n ? find_heard(d, task->call) : 0;
    at = at < d->heard_n ? at : find_heard(d, STR(""));
    if (at < d->heard_n) {
        task->text = pull_heard(d, at);
    }
}

char *talk_take_heard(struct sandbox *s, struct str call)
{
    struct task task = {.call = call};
    sandbox_do(s, take_heard, &task);
    return task.text;
}

static void forget(struct sandbox *s, void *arg)
{
    (void)arg;
    struct talk_desk *d = s->realtime;
    while (d->n) {
        drop_turn(d);
    }
    while (d->heard_n) {
        free(pull_heard(d, 0));
    }
    for (size_t i = 0; i < TALK_LOG; i++) {
        free(d->log[i]);
        d->log[i] = NULL;
    }
    d->log_next = 0;
    d->appended_ms = 0;
}

void sandbox_realtime_forget(struct sandbox *s)
{
    sandbox_do(s, forget, NULL);
}

void sandbox_realtime_clear(struct sandbox *s)
{
    if (s->realtime) {
        forget(s, NULL);
        free(s->realtime->session);
        free(s->realtime);
        s->realtime = NULL;
    }
}

void sandbox_realtime_begin(struct sandbox *s)
{
    s->realtime = xcalloc(1, sizeof *s->realtime);
}

/* --- the log --- */

static void note(struct sandbox *s, void *arg)
{
    const struct task *task = arg;
    struct talk_desk *d = s->realtime;
    d->appended_ms += task->number;
    if (!task->event.p) {
        return;
    }
    char *copy = xmalloc(task->event.n + 1);
    memcpy(copy, task->event.p, task->event.n);
    copy[task->event.n] = '\0';
    if (strstr(copy, "\"session.update\"")) { /* too long to be kept twice */
        free(d->session);
        d->session = copy;
        copy = xstrdup("{\"type\":\"session.update\"}");
    }
    size_t at = d->log_next++ % TALK_LOG;
    free(d->log[at]);
    d->log[at] = copy;
}

void talk_log(struct talk *t, const char *event, int64_t sound_ms)
{
    struct task task = {.event = str_of(event), .number = sound_ms};
    sandbox_do(t->sandbox, note, &task);
}

static void count(struct sandbox *s, void *arg)
{
    const struct task *task = arg;
    s->realtime->open += task->number;
    s->realtime->sessions += task->number > 0;
}

void talk_opened(struct talk *t, int by)
{
    struct task task = {.number = by};
    sandbox_do(t->sandbox, count, &task);
}

static void write_state(struct sandbox *s, void *arg)
{
    const struct task *task = arg;
    const struct talk_desk *d = s->realtime;
    struct jw j = jw_to(task->out);
    jw_object(&j);
    jw_kv_i64(&j, "sessions", d->sessions);
    jw_kv_i64(&j, "open", d->open);
    jw_kv_i64(&j, "queued", (int64_t)d->n);
    jw_kv_i64(&j, "appended_ms", d->appended_ms);
    jw_key(&j, "events");
    jw_array(&j);
    size_t kept = MIN_OF(d->log_next, (size_t)TALK_LOG);
    for (size_t i = d->log_next - kept; i < d->log_next; i++) {
        jw_raw(&j, str_of(d->log[i % TALK_LOG]));
    }
    jw_array_end(&j);
    jw_kv_raw(&j, "session", d->session ? str_of(d->session) : STR("null"));
    jw_object_end(&j);
}

struct str sandbox_realtime_state(struct sandbox *s, struct pool *p)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 16u << 20);
    struct task task = {.out = &b};
    sandbox_do(s, write_state, &task);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* --- the script --- */

static int check_turn(const json_t *item, struct err *e)
{
    static const char *const known[] = {"hears", "says", "calls",  "voice_ms", "delay_ms",
                                        "fault", "code", "refuse", "count",    NULL};
    static const char *const faults[] = {"",        "stall", "hang", "error",   "failed",   "close",
                                         "awkward", "cut",   "huge", "unknown", "malformed"};
    const char *fault = json_get_text(item, "fault", "");
    bool known_fault = false;
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        known_fault = known_fault || strcmp(faults[i], fault) == 0;
    }
    int rc = script_check(item, "a turn", known, e);
    return rc < 0 || known_fault
               ? rc
               : err_field(e, ERR_INVALID, "fault", "fault is one of those that are known");
}

static int queue_turn(struct sandbox *s, const json_t *item, struct err *e)
{
    int rc = check_turn(item, e);
    if (rc < 0) {
        return rc;
    }
    struct task task = {.text = json_dumps(item, JSON_COMPACT),
                        .count = json_get_i64(item, "count", 1)};
    sandbox_do(s, add_turn, &task);
    if (!task.ok) {
        free(task.text);
        return err_set(e, ERR_TOO_MANY, "%d turns wait already", TALK_TURNS);
    }
    return 0;
}

int sandbox_realtime_script(struct sandbox *s, struct str json, struct err *e)
{
    return script_read(s, json, queue_turn, e);
}

static int announce(struct sandbox *s, struct http_request *req, struct err *e)
{
    json_t *doc = NULL;
    int rc = json_read(req->pool, req->body, &doc, e);
    const char *text = json_get_text(doc, "text", NULL);
    if (rc == 0 && !text) {
        rc = err_field(e, ERR_INVALID, "text", "text is missing: what the caller says");
    }
    if (rc == 0) {
        sandbox_realtime_heard(s, str_of(json_get_text(doc, "call", "")), str_of(text));
    }
    return rc;
}

int sandbox_realtime_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                             struct err *e)
{
    if (req->method == HTTP_POST) {
        bool heard = str_ends(req->path, STR("/heard"));
        buf_puts(&res->body, "{\"status\":\"queued\"}");
        return heard ? announce(s, req, e) : sandbox_realtime_script(s, req->body, e);
    }
    if (req->method == HTTP_DELETE) {
        sandbox_realtime_forget(s);
        buf_puts(&res->body, "{\"status\":\"forgotten\"}");
        return 0;
    }
    buf_put_str(&res->body, sandbox_realtime_state(s, req->pool));
    return 0;
}
