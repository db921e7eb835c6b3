/* SPDX-License-Identifier: Apache-2.0 */
/* ava score: the scorer over conversations from anywhere, without a database. */
#include "mind/score.h"

#include <unistd.h>

#include "cli/command.h"
#include "cli/jsonl.h"

static int read_messages(struct pool *p, const json_t *list, struct score_in *in, struct err *e)
{
    struct score_message *m = pool_calloc(p, json_array_size(list), sizeof *m);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        const char *direction = json_get_text(row, "direction", "");
        const json_t *content = json_object_get(row, "content");
        m[i].inbound = strcmp(direction, "inbound") == 0;
        if (!m[i].inbound && strcmp(direction, "outbound") != 0) {
            return err_set(e, ERR_INVALID,
                           "messages[%zu].direction must be \"inbound\" or \"outbound\"", i);
        }
        if (!json_is_string(content)) {
            return err_set(e, ERR_INVALID, "messages[%zu].content must be a text", i);
        }
        m[i].content = (struct str){json_string_value(content), json_string_length(content)};
        struct str at = str_of(json_get_text(row, "sent_at", ""));
        if (at.n && !wall_parse(at, &m[i].at)) {
            return err_set(e, ERR_INVALID,
                           "messages[%zu].sent_at must be a time such as 2026-03-01T09:00:00Z", i);
        }
    }
    in->messages = m;
    in->n_messages = json_array_size(list);
    return 0;
}

static int read_events(struct pool *p, const json_t *list, struct score_in *in, struct err *e)
{
    struct score_event *ev = pool_calloc(p, json_array_size(list), sizeof *ev);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        ev[i].type = json_get_text(row, "event_type", NULL);
        if (!ev[i].type) {
            return err_set(e, ERR_INVALID, "events[%zu].event_type must be a text", i);
        }
        ev[i].details = json_dump_to_pool(p, json_object_get(row, "details"));
    }
    in->events = ev;
    in->n_events = json_array_size(list);
    return 0;
}

static void write_score(struct jw *j, const struct score_out *s)
{
    jw_key(j, "satisfaction_score");
    if (s->satisfaction) {
        jw_i64(j, s->satisfaction);
    } else {
        jw_null(j);
    }
    jw_kv_text(j, "sentiment", s->sentiment);
    jw_kv_text(j, "outcome", s->outcome);
    jw_kv_text(j, "subject", s->subject);
    jw_kv_text(j, "summary", s->summary);
    jw_kv_text(j, "scored_by", s->scored_by);
    jw_key(j, "confidence");
    jw_double(j, s->confidence);
    jw_kv_text(j, "reason", s->reason);
}

static int score_line(void *arg UNUSED, struct pool *p, const json_t *line, struct jw *out,
                      struct err *e)
{
    struct score_in in = {.channel = json_get_text(line, "channel", NULL)};
    const json_t *messages = json_object_get(line, "messages");
    const json_t *events = json_object_get(line, "events");
    if (!json_is_array(messages)) {
        return err_set(e, ERR_INVALID, "messages must be a list");
    }
    if (events && !json_is_null(events) && !json_is_array(events)) {
        return err_set(e, ERR_INVALID, "events must be a list");
    }
    int rc = read_messages(p, messages, &in, e);
    if (rc == 0) {
        rc = read_events(p, events, &in, e);
    }
    if (rc == 0) {
        struct score_out s;
        score_local(p, &in, &s);
        write_score(out, &s);
    }
    return rc;
}

int command_score(struct command_run *run, struct err *e)
{
    int rc = command_no_more(run, e);
    return rc < 0 ? rc : jsonl_each(STDIN_FILENO, STDOUT_FILENO, score_line, NULL, e);
}
