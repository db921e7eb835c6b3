/* SPDX-License-Identifier: Apache-2.0 */
/* Guards, model, local engine, in this order. */
#include "mind/turn_choice.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/metrics.h"
#include "mind/sentences.h"
#include "mind/turn_model.h"

#define SIGN_OFF_MAX_BYTES 150

static void append_event(struct turn_out *out, struct turn_event *event)
{
    struct turn_event **end = &out->events;
    while (*end) {
        end = &(*end)->next;
    }
    *end = event;
}

static void append_error(struct pool *p, struct turn_out *out, int code, const struct err *why)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 2000);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "what", "language model");
    jw_kv_text(&j, "reason", err_slug(code));
    jw_kv_text(&j, "text", err_text(why, code));
    jw_kv_text(&j, "answered_by", out->engine);
    jw_object_end(&j);
    struct turn_event *event = pool_alloc(p, sizeof *event);
    *event = (struct turn_event){"error", {str_dup(p, buf_str(&b)), b.len}, NULL};
    append_event(out, event);
}

/* Where a letter's sign-off begins, such as "Best regards,\nOlive", or its end: the last paragraph,
 * if it is short and its first line ends with a comma. */
static size_t before_sign_off(struct str letter)
{
    size_t from = letter.n;
    for (size_t i = 0; i + 2 <= letter.n; i++) {
        from = memcmp(letter.p + i, "\n\n", 2) == 0 ? i : from;
    }
    struct str last = {letter.p + from, letter.n - from};
    struct str rest = str_trim(last);
    struct str line = str_cut(&rest, '\n');
    bool signs = last.n && last.n <= SIGN_OFF_MAX_BYTES && line.n && line.p[line.n - 1] == ',';
    return signs ? from : letter.n;
}

/* A sentence more: of a letter a paragraph before its sign-off. */
static const char *with_sentence(struct pool *p, enum channel c, const char *reply,
                                 const char *also)
{
    if (c != CHANNEL_EMAIL) {
        return pool_printf(p, "%s %s", reply, also);
    }
    size_t at = before_sign_off(str_of(reply));
    return pool_printf(p, "%.*s\n\n%s%s", (int)at, reply, also, reply + at);
}

/* Files beside words: the words were answered; a person looks at the files. */
static void tell_files(struct pool *p, const struct turn_in *in, struct turn_out *out)
{
    if (in->n_files == 0 || out->tells_files || !out->reply) {
        return;
    }
    struct speaker speaker = {p, in->facts, in->channel, NULL};
    if (!out->guarded) { /* nothing is put behind the answer to an emergency */
        const char *also = sentence_files(&speaker, in->n_files, in->file_kind);
        out->reply = with_sentence(p, in->channel, out->reply, also);
        out->bare_reply =
            out->bare_reply ? with_sentence(p, in->channel, out->bare_reply, also) : NULL;
        out->tells_files = true;
    }
    if (!out->wants_person) {
        static const struct str details = STR("{\"reason\":\"attachment\"}");
        struct turn_event *event = pool_alloc(p, sizeof *event);
        *event = (struct turn_event){"escalation_requested", details, NULL};
        append_event(out, event);
        out->wants_person = true;
    }
}

static int take(struct model *m, struct pool *p, const struct turn_in *in, struct turn_out *out,
                struct err *e)
{
    if (!m) {
        return turn_engine_local.take(p, in, out, e);
    }
    struct turn_out local;
    if (turn_guard(p, in, &local)) {
        *out = local;
        return 0;
    }
    struct err why = {0};
    int code = turn_model_take(m, local.intent, p, in, out, &why);
    if (code == 0) {
        return 0;
    }
    metric_add(METRIC_model_fallbacks_total, 1);
    int rc = turn_engine_local.take(p, in, out, e);
    if (rc == 0) {
        append_error(p, out, code, &why);
    }
    return rc;
}

int turn_take_best(struct model *m, struct pool *p, const struct turn_in *in, struct turn_out *out,
                   struct err *e)
{
    int rc = take(m, p, in, out, e);
    if (rc == 0) {
        tell_files(p, in, out);
    }
    return rc;
}
