/* SPDX-License-Identifier: Apache-2.0 */
/* Walks back over a conversation's messages. */
#include "domain/waiting.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "domain/burst.h"
#include "domain/outbox.h"

/* A program may have added texts that nobody was to answer: those of long ago stay as they are. */
#define TOGETHER_WITHIN_US (60 * 60 * US_PER_SECOND)
#define TEXT_MAX 60000

static bool is_inbound(const struct message *m)
{
    return str_eq(m->direction, STR("inbound"));
}

/* Did it come in by its channel, from somebody who waits? What a program has added did not. */
static bool came_in(struct pool *p, const struct message *m)
{
    json_t *known;
    if (m->has_sms || m->has_email) {
        return true;
    }
    return json_read(p, m->metadata.n ? m->metadata : STR("{}"), &known, NULL) == 0 &&
           json_get_text(known, "client_id", NULL) != NULL; /* by the web chat */
}

static struct wall time_of(const struct message *m)
{
    struct wall at = {0};
    return wall_parse(m->sent_at, &at) ? at : (struct wall){0};
}

/* Puts a message before those that are there; there is room for `most`. */
static void prepend(struct waiting_texts *w, size_t most, const struct message *m, size_t row)
{
    size_t at = most - ++w->n;
    w->list[at] = *m;
    w->rows[at] = row;
    w->first_at = time_of(m);
    if (w->n == 1) {
        w->last_at = w->first_at;
    }
}

static void begin(struct pool *p, struct waiting_texts *w, size_t most)
{
    *w = (struct waiting_texts){.list = pool_calloc(p, most + 1, sizeof *w->list),
                                .rows = pool_calloc(p, most + 1, sizeof *w->rows)};
}

static void finish(struct waiting_texts *w, size_t most)
{
    w->list += most - w->n;
    w->rows += most - w->n;
}

void waiting_with(struct pool *p, const struct rows *rows, const char *message_id, bool together,
                  struct waiting_texts *out)
{
    struct message m;
    size_t end = rows->n;
    begin(p, out, rows->n);
    for (; end > 0; end--) {
        message_from_row(rows, end - 1, &m);
        if (str_eq(m.id, str_of(message_id))) {
            break;
        }
    }
    if (end > 0) {
        prepend(out, rows->n, &m, end - 1);
    }
    bool alone = !together || (end > 0 && (m.processed || burst_stands_alone(m.content)));
    for (size_t i = end > 0 ? end - 1 : 0; i > 0 && !alone; i--) {
        message_from_row(rows, i - 1, &m);
        if (!is_inbound(&m)) {
            continue;
        }
        if (m.processed || !came_in(p, &m) || burst_stands_alone(m.content) ||
            time_of(&m).us + TOGETHER_WITHIN_US < out->last_at.us) {
            break;
        }
        prepend(out, rows->n, &m, i - 1);
    }
    finish(out, rows->n);
}

void waiting_unanswered(struct pool *p, const struct rows *rows, struct waiting_texts *out)
{
    begin(p, out, rows->n);
    for (size_t i = rows->n; i > 0; i--) {
        struct message m;
        message_from_row(rows, i - 1, &m);
        if (!is_inbound(&m) && !outbox_was_cancelled(p, m.metadata)) {
            break;
        }
        if (is_inbound(&m) && came_in(p, &m)) {
            prepend(out, rows->n, &m, i - 1);
        }
    }
    finish(out, rows->n);
}

bool waiting_is_later(const struct rows *waiting, size_t i, const struct message *last)
{
    struct str at = row_str(waiting, i, 1), id = row_str(waiting, i, 0);
    int order = strcmp(at.p, last->sent_at.p);
    return order > 0 || (order == 0 && strcmp(id.p, last->id.p) > 0);
}

struct str waiting_later(const struct rows *waiting, const struct message *last)
{
    for (size_t i = waiting->n; i-- > 0;) {
        struct str id = row_str(waiting, i, 0);
        bool later = waiting_is_later(waiting, i, last);
        if (later && !burst_stands_alone(row_str(waiting, i, 2))) {
            return id;
        }
        if (later) {
            break;
        }
    }
    return (struct str){NULL, 0};
}

bool waiting_has(const struct rows *waiting, struct str message_id)
{
    ROWS_EACH (i, *waiting) {
        if (str_eq(row_str(waiting, i, 0), message_id)) {
            return true;
        }
    }
    return false;
}

struct str waiting_text(struct pool *p, const struct waiting_texts *w)
{
    if (w->n == 1) {
        return w->list[0].content;
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, TEXT_MAX);
    for (size_t i = 0; i < w->n; i++) {
        struct str text = str_trim(w->list[i].content);
        if (text.n && b.len + text.n + 1 < TEXT_MAX) {
            buf_printf(&b, "%s" STR_FMT, b.len ? "\n" : "", STR_ARG(text));
        }
    }
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}
