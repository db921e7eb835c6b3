/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk and what lies on it: messages in a ring (their number is part of their sid, so that no
 * index is needed) and their next steps. Only the desk's thread touches any of it.
 */
#include <errno.h>

#include "base/id.h"
#include "domain/sms_text.h"
#include "io/thread.h"
#include "sandbox/sandbox_google_private.h"
#include "sandbox/sandbox_model_private.h"
#include "sandbox/sandbox_private.h"

struct task {
    struct sandbox *sandbox;
    void (*fn)(struct sandbox *s, void *arg);
    void *arg;
    struct bell *done;
};

static void run_task(void *arg)
{
    struct task *t = arg;
    t->fn(t->sandbox, t->arg);
    bell_ring(t->done);
}

void sandbox_do(struct sandbox *s, void (*fn)(struct sandbox *s, void *arg), void *arg)
{
    struct task t = {s, fn, arg, bell_new()};
    workers_run(s->desk, run_task, &t);
    bell_wait(t.done, -1);
    bell_free(&t.done);
}

void sandbox_sleep(struct sandbox *s, int ms)
{
    struct mono start = mono_now();
    while (!atomic_load(&s->stopping)) {
        int64_t left_ms = ms - mono_us_since(start) / 1000;
        if (left_ms <= 0) {
            return;
        }
        struct timespec ts = {0, (long)MIN_OF(left_ms, 20) * 1000000L};
        nanosleep(&ts, NULL);
    }
}

#define HELD_MS 2000

void sandbox_delay(struct sandbox *s, const struct sandbox_fault *f)
{
    if (f->trouble != TROUBLE_REORDERED) {
        sandbox_sleep(s, f->latency_ms);
        return;
    }
    int ms = f->latency_ms ? f->latency_ms : HELD_MS;
    long long before = atomic_load(&s->webhooks);
    struct mono start = mono_now();
    while (atomic_load(&s->webhooks) == before && mono_us_since(start) / 1000 < ms &&
           !atomic_load(&s->stopping)) {
        sandbox_sleep(s, 5);
    }
}

static void message_clear(struct sandbox_message *m)
{
    free(m->body);
    free(m->callback);
    free(m->opaque);
    *m = (struct sandbox_message){0};
}

void sandbox_state_clear(struct sandbox *s)
{
    for (int64_t i = 0; s->ring && i < s->max; i++) {
        message_clear(&s->ring[i]);
    }
    free(s->ring);
    free(s->steps);
    sandbox_media_clear(s);
    sandbox_model_clear(s);
    sandbox_google_clear(s);
    if (s->journal) {
        fclose(s->journal);
    }
}

struct sandbox_message *sandbox_at(struct sandbox *s, int64_t seq)
{
    return seq >= s->first && seq < s->next ? &s->ring[seq % s->max] : NULL;
}

struct sandbox_message *sandbox_find(struct sandbox *s, struct str sid)
{
    if (sid.n != 34) {
        return NULL;
    }
    char digits[13] = "";
    memcpy(digits, sid.p + 22, 12);
    char *end;
    errno = 0;
    int64_t seq = (int64_t)strtoull(digits, &end, 16);
    struct sandbox_message *m = *end || errno ? NULL : sandbox_at(s, seq);
    return m && !m->deleted && str_eq(str_of(m->sid), sid) ? m : NULL;
}

struct sandbox_message *sandbox_add(struct sandbox *s, const char *from, const char *to,
                                    struct str body, const char *sid)
{
    if (s->next - s->first == s->max) {
        message_clear(&s->ring[s->first++ % s->max]);
    }
    struct sandbox_message *m = &s->ring[s->next % s->max];
    unsigned char random[10];
    random_bytes(random, sizeof random);
    *m = (struct sandbox_message){.seq = s->next++, .created = wall_now()};
    int at = snprintf(m->sid, sizeof m->sid, "SM");
    for (size_t i = 0; i < sizeof random; i++) {
        at += snprintf(m->sid + at, sizeof m->sid - (size_t)at, "%02x", random[i]);
    }
    snprintf(m->sid + at, sizeof m->sid - (size_t)at, "%012llx", (unsigned long long)m->seq);
    if (sid) {
        snprintf(m->sid, sizeof m->sid, "%s", sid);
    }
    snprintf(m->from, sizeof m->from, "%s", from);
    snprintf(m->to, sizeof m->to, "%s", to);
    m->body = xmalloc(body.n + 1);
    memcpy(m->body, body.p, body.n);
    m->body[body.n] = '\0';
    m->body_n = body.n;
    m->updated = m->created;
    m->segments = sms_measure(body).segments;
    return m;
}

void sandbox_step_later(struct sandbox *s, struct sandbox_message *m, const char *status)
{
    int64_t room = s->max * 2;
    if (s->steps_next - s->steps_first == room) {
        s->steps_first++; /* its message is all but forgotten */
    }
    int64_t due = mono_now().ns + s->callback_ms * 1000000LL;
    s->steps[s->steps_next++ % room] = (struct sandbox_step){m->seq, {due}, status};
    for (int i = 0; i < SANDBOX_CALLERS; i++) {
        bell_ring(s->callers[i].bell);
    }
}

void sandbox_journal(struct sandbox *s, const struct sandbox_message *m)
{
    if (!s->journal) {
        return;
    }
    struct buf line CLEANUP(buf_clear);
    buf_init(&line, 64u << 10);
    struct jw j = jw_to(&line);
    jw_object(&j);
    jw_kv_text(&j, "sid", m->sid);
    jw_kv_text(&j, "from", m->from);
    jw_kv_text(&j, "to", m->to);
    jw_kv_str(&j, "body", (struct str){m->body, m->body_n});
    jw_key(&j, "at");
    jw_wall(&j, m->created);
    jw_object_end(&j);
    buf_putc(&line, '\n');
    fwrite(line.data, 1, line.len, s->journal);
    fflush(s->journal);
}

static bool one_of(struct str text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(str_trim(text), str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

void sandbox_note_stop(struct sandbox *s, const char *number, struct str body)
{
    static const char *const stop[] = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL",
                                       "END",  "QUIT",    "REVOKE",      "OPTOUT"};
    static const char *const start[] = {"START", "YES", "UNSTOP"};
    if (number[0] != '+') {
        return; /* WhatsApp has no such words */
    }
    for (size_t i = 0; i < SANDBOX_STOPPED && one_of(body, start, ARRAY_SIZE(start)); i++) {
        if (strcmp(s->stopped[i], number) == 0) {
            s->stopped[i][0] = '\0';
        }
    }
    if (one_of(body, stop, ARRAY_SIZE(stop)) && !sandbox_has_stopped(s, str_of(number))) {
        char *room = s->stopped[s->stopped_next++ % SANDBOX_STOPPED];
        snprintf(room, SANDBOX_ADDRESS_BYTES, "%s", number);
    }
}

bool sandbox_has_stopped(struct sandbox *s, struct str number)
{
    for (size_t i = 0; i < SANDBOX_STOPPED; i++) {
        if (s->stopped[i][0] && str_eq(number, str_of(s->stopped[i]))) {
            return true;
        }
    }
    return false;
}
