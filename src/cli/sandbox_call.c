/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ava sandbox call: somebody calls the business through a running sandbox. What they do stands on
 * the command line in its order; before they speak they let the other side finish, unless they
 * interrupt it. What both do is printed while it happens.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "cli/file.h"
#include "io/http_client.h"
#include "sandbox/sandbox_client.h"
#include "store/store.h"
#include "store/voice_calls.h"

#define FILE_MAX_BYTES ((size_t)16 << 20)
#define PLAN_MAX_BYTES ((size_t)40 << 20)
#define SOUND_MAX_BYTES ((size_t)64 << 20)
#define LOOK_MS 100
#define QUIET_MS 900
#define ASK_MS 20000
#define WRITTEN_MS 10000 /* a call that has ended is in the store after so long */

static const char usage[] =
    "ava sandbox call FROM [--say WORDS | --press KEYS | --file FILE | --silence MS | --interrupt "
    "MS] ... [--to NUMBER] [--record FILE], such as: ava sandbox call +15550100 --say \"I would "
    "like to book a facial on Tuesday at two\" --say yes";

/* What the caller does, as steps. */
struct plan {
    struct command_run *run;
    struct jw j;
    bool waits; /* before the next words */
    const char *from, *to, *record;
    int steps;
};

static void step_number(struct plan *p, const char *name, int64_t n)
{
    jw_object(&p->j);
    jw_kv_i64(&p->j, name, n);
    jw_object_end(&p->j);
}

static void step_text(struct plan *p, const char *name, const char *text)
{
    if (p->waits) {
        step_number(p, "wait", QUIET_MS);
    }
    p->waits = true;
    p->steps++;
    jw_object(&p->j);
    jw_kv_text(&p->j, name, text);
    jw_object_end(&p->j);
}

static int step_file(struct plan *p, const char *path, struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, FILE_MAX_BYTES);
    int rc = cli_read_file(path, &b, e);
    if (rc == 0) {
        step_text(p, "play", base64_encode(p->run->pool, b.len ? b.data : "", b.len));
    }
    return rc;
}

static int step_ms(struct plan *p, const char *name, const char *value, struct err *e)
{
    int64_t ms;
    if (!str_to_i64(str_of(value), &ms) || ms < 0) {
        return err_set(e, ERR_USAGE, "--%s is a number of milliseconds", name);
    }
    step_number(p, name, ms);
    if (strcmp(name, "interrupt") == 0) {
        p->waits = false;
    }
    return 0;
}

static int take_flag(struct plan *p, const char *name, const char *value, struct err *e)
{
    if (strcmp(name, "say") == 0 || strcmp(name, "press") == 0) {
        step_text(p, name, value);
    } else if (strcmp(name, "file") == 0) {
        return step_file(p, value, e);
    } else if (strcmp(name, "silence") == 0 || strcmp(name, "interrupt") == 0) {
        return step_ms(p, name, value, e);
    } else if (strcmp(name, "to") == 0) {
        p->to = value;
    } else if (strcmp(name, "record") == 0) {
        p->record = value;
    } else {
        return err_set(e, ERR_USAGE, "%s", usage);
    }
    return 0;
}

static int read_arguments(struct plan *p, struct err *e)
{
    struct command_run *run = p->run;
    for (int i = 0; i < run->argc; i++) {
        char *word = run->argv[i];
        if (word[0] != '-' || word[1] != '-') {
            if (p->from) {
                return err_set(e, ERR_USAGE, "%s", usage);
            }
            p->from = word;
            continue;
        }
        struct str value = str_of(word + 2), name = str_cut(&value, '=');
        const char *text = value.p ? value.p : i + 1 < run->argc ? run->argv[++i] : NULL;
        int rc = text ? take_flag(p, str_dup(run->pool, name), text, e)
                      : err_set(e, ERR_USAGE, "%s needs a value", word);
        if (rc) {
            return rc;
        }
    }
    return p->from && p->steps ? 0 : err_set(e, ERR_USAGE, "%s", usage);
}

static int write_plan(struct plan *p, struct buf *body, struct err *e)
{
    struct buf script CLEANUP(buf_clear);
    buf_init(&script, PLAN_MAX_BYTES);
    p->j = jw_to(&script);
    p->waits = true;
    jw_array(&p->j);
    int rc = read_arguments(p, e);
    if (rc) {
        return rc;
    }
    step_number(p, "wait", QUIET_MS);
    jw_array_end(&p->j);
    struct jw j = jw_to(body);
    jw_object(&j);
    jw_kv_text(&j, "from", p->from);
    if (p->to) {
        jw_kv_text(&j, "to", p->to);
    }
    jw_kv_bool(&j, "record", p->record != NULL);
    jw_kv_raw(&j, "script", buf_str(&script));
    jw_object_end(&j);
    return buf_failed(body) ? err_set(e, ERR_TOO_LARGE, "the files are too large") : 0;
}

/* ---- what happens ---- */

static void print_line(int64_t ms, const char *who, const char *text)
{
    printf("%3lld.%lld  %-5s %s\n", (long long)ms / 1000, (long long)ms / 100 % 10, who, text);
    fflush(stdout);
}

static void print_moment(struct pool *p, const json_t *m)
{
    static const struct {
        const char *what, *who;
    } rows[] = {
        {"said", "You"},    {"pressed", "Keys"}, {"heard", "Ava"},   {"played", "Ava"},
        {"error", "Error"}, {"dials", "Dials"},  {"hung up", "You"},
    };
    const char *what = json_get_text(m, "what", ""), *text = json_get_text(m, "text", "");
    int64_t ms = json_get_i64(m, "at_ms", 0), n = json_get_i64(m, "n", 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strcmp(rows[i].what, what) == 0) {
            print_line(ms, rows[i].who, text[0] ? text : "(hangs up)");
        }
    }
    if (strcmp(what, "sound") == 0) {
        print_line(ms, "Ava",
                   n < 0 ? "(speaks)" : pool_printf(p, "(speaks, after %lld ms)", (long long)n));
    } else if (strcmp(what, "cleared") == 0) {
        print_line(ms, "Ava", pool_printf(p, "(stops, with %lld ms left to say)", (long long)n));
    } else if (strcmp(what, "connected") == 0 || strcmp(what, "recorded") == 0) {
        print_line(ms, "Call", pool_printf(p, "%s %s", what, text));
    } else if (strcmp(what, "dialled") == 0) {
        print_line(ms, "Call", pool_printf(p, "the other telephone: %s", text));
    }
}

/* What Ava says is known to her store alone: as it is kept while the call goes on. */
struct words {
    struct store *store; /* NULL: it is not to be had */
    const char *session;
    size_t printed; /* lines */
    struct pool *pool;
    const char *conversation; /* in pool; NULL: none yet */
    bool ended;
};

/* ended: the last line is whole, too. */
static void print_words(struct words *w, struct pool *p, const json_t *segments, bool ended)
{
    size_t i;
    json_t *line;
    json_array_foreach (segments, i, line) {
        if (i < w->printed || (!ended && i + 1 == json_array_size(segments))) {
            continue;
        }
        w->printed = i + 1;
        if (strcmp(json_get_text(line, "speaker", ""), "assistant") == 0) {
            bool cut = json_get_bool(line, "interrupted", false);
            double at = json_number_value(json_object_get(line, "timestamp"));
            print_line((int64_t)(at * 1000), "Ava",
                       pool_printf(p, "\"%s\"%s", json_get_text(line, "text", ""),
                                   cut ? " (interrupted)" : ""));
        }
    }
}

static void look_for_words(struct words *w, struct pool *p)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct voice_call_said said;
    json_t *document = NULL;
    if (!w->store || w->ended || store_borrow(w->store, &db, NULL) ||
        voice_calls_said(db, p, w->session, &said, NULL)) {
        return;
    }
    if (said.conversation_id.n && !w->conversation) {
        w->conversation = str_dup(w->pool, said.conversation_id);
    }
    w->ended = !said.live;
    struct str text = said.live ? said.kept : said.segments;
    if (text.n && json_read(p, text, &document, NULL) == 0) {
        print_words(w, p, said.live ? json_object_get(document, "segments") : document, w->ended);
    }
}

/* Prints until the call has ended, and for a moment longer until it is written. */
static int follow(struct command_run *run, struct http_client *http, const char *url,
                  struct words *words, json_t **last, struct err *e)
{
    struct pool *scratch CLEANUP(pool_free) = pool_new();
    size_t printed = 0, i;
    for (int after = 0;;) {
        json_t *call = NULL, *m;
        pool_clear(scratch);
        int rc = sandbox_client_ask(http, scratch, "GET", url, (struct str){NULL, 0}, &call, e);
        if (rc) {
            return rc;
        }
        look_for_words(words, scratch);
        json_array_foreach (json_object_get(call, "moments"), i, m) {
            if (i >= printed) {
                print_moment(scratch, m);
                printed = i + 1;
            }
        }
        after += json_get_bool(call, "settled", false) ? LOOK_MS : 0;
        bool written = !words->store || words->ended || !json_get_i64(call, "frames_sent", 0);
        if (after && (written || after >= WRITTEN_MS)) {
            return sandbox_client_ask(http, run->pool, "GET", url, (struct str){NULL, 0}, last, e);
        }
        struct timespec pause = {0, LOOK_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
}

static int save_sound(struct command_run *run, struct http_client *http, const char *url,
                      const char *path, struct err *e)
{
    struct http_call call = {.method = "GET",
                             .url = pool_printf(run->pool, "%s/audio", url),
                             .timeout_ms = ASK_MS,
                             .answer_max_bytes = SOUND_MAX_BYTES};
    struct http_answer answer;
    int rc = http_client_call(http, run->pool, &call, &answer, e);
    if (rc) {
        return rc;
    }
    FILE *f = fopen(path, "we");
    bool written = f && fwrite(answer.body.p, 1, answer.body.n, f) == answer.body.n;
    if ((f && fclose(f)) || !written) {
        return err_set(e, ERR_IO, "%s cannot be written: %s", path, strerror(errno));
    }
    return 0;
}

static int tell_end(struct command_run *run, const json_t *call, const struct words *words,
                    struct err *e)
{
    int64_t status = json_get_i64(call, "webhook_status", 0);
    if (status < 200 || status > 299) {
        return err_set(e, ERR_PROVIDER, "Ava did not take the call: %s",
                       status ? pool_printf(run->pool, "HTTP status %lld", (long long)status)
                              : "no answer");
    }
    printf("Call %s, %s\n", json_get_text(call, "sid", ""), json_get_text(call, "status", ""));
    if (words->conversation) {
        printf("Conversation %s%s\n", words->conversation,
               words->ended ? "" : ", which is not finished yet");
    }
    return 0;
}

static int run_call(struct command_run *run, struct http_client *http, const struct plan *plan,
                    struct str body, struct words *words, struct err *e)
{
    const char *url =
        pool_printf(run->pool, "http://127.0.0.1:%lld", (long long)run->settings->sandbox_port);
    json_t *call = NULL;
    int rc = sandbox_client_ask(http, run->pool, "POST",
                                pool_printf(run->pool, "%s/sandbox/call", url), body, &call, e);
    if (rc) {
        return rc;
    }
    words->session = json_get_text(call, "sid", "");
    url = pool_printf(run->pool, "%s/sandbox/calls/%s", url, words->session);
    rc = follow(run, http, url, words, &call, e);
    if (rc == 0 && plan->record) {
        rc = save_sound(run, http, url, plan->record, e);
    }
    return rc ? rc : tell_end(run, call, words, e);
}

int command_sandbox_call(struct command_run *run, struct err *e)
{
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, PLAN_MAX_BYTES);
    struct plan plan = {.run = run};
    struct words words = {.pool = run->pool};
    int rc = write_plan(&plan, &body, e);
    if (rc) {
        return rc;
    }
    if (command_store(run, &words.store, NULL)) { /* another machine's, perhaps */
        words.store = NULL;
    }
    struct http_client *http = http_client_new();
    rc = run_call(run, http, &plan, buf_str(&body), &words, e);
    http_client_free(&http);
    store_free(&words.store);
    return rc;
}
