/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ava understand: what a customer's turn means, line by line. The business is the one of the
 * installation's database when there is one, of --seed FILE when that is given, and the demo's
 * else.
 */
#include "mind/understand.h"

#include <math.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/facts.h"
#include "cli/jsonl.h"
#include "domain/zone.h"

struct understanding {
    struct facts facts;
    struct wall now; /* us == 0: each line's own moment is now */
};

/* What was said before, replayed: the customer's turns understood, the assistant's listened to. */
static int read_context(const struct understanding *a, struct pool *p, const json_t *context,
                        struct wall now, struct talk *talk, struct str *said, struct err *e)
{
    size_t i;
    json_t *turn;
    if (context && !json_is_null(context) && !json_is_array(context)) {
        return err_set(e, ERR_INVALID, "context must be a list of turns");
    }
    json_array_foreach (context, i, turn) {
        const char *speaker = json_get_text(turn, "speaker", "");
        const json_t *text = json_object_get(turn, "text");
        bool customer = strcmp(speaker, "customer") == 0;
        if ((!customer && strcmp(speaker, "assistant") != 0) || !json_is_string(text)) {
            return err_set(
                e, ERR_INVALID,
                "context[%zu] needs a speaker, \"customer\" or \"assistant\", and a text", i);
        }
        struct str line = {json_string_value(text), json_string_length(text)};
        if (customer) {
            struct understood u;
            understand(p,
                       &(struct understand_in){.text = line,
                                               .said_before = *said,
                                               .channel = CHANNEL_WEB,
                                               .facts = &a->facts,
                                               .talk = talk,
                                               .now = now},
                       &u);
            talk_note(talk, &u);
        } else {
            talk_listen(p, talk, line, &a->facts, now);
            *said = line;
        }
    }
    return 0;
}

static void write_time(struct jw *j, const char *key, int minutes)
{
    char text[8];
    snprintf(text, sizeof text, "%02d:%02d", minutes / 60 % 24, minutes % 60);
    jw_kv_text(j, key, text);
}

static void write_slots(struct jw *j, struct pool *p, const struct understood *u)
{
    jw_key(j, "slots");
    jw_object(j);
    int64_t on = understood_day(u);
    if (on >= 0) {
        int64_t year;
        int month, day;
        civil_from_days(on, &year, &month, &day);
        jw_kv_text(j, "date", pool_printf(p, "%04lld-%02d-%02d", (long long)year, month, day));
    }
    int minutes = understood_minutes(u);
    if (minutes >= 0) {
        write_time(j, "time", minutes);
    }
    if (u->window_from >= 0) {
        jw_key(j, "window");
        jw_object(j);
        write_time(j, "from", u->window_from);
        write_time(j, "to", u->window_to);
        jw_object_end(j);
    }
    if (u->service) {
        jw_kv_text(j, "service", u->service->key);
    }
    if (u->provider) {
        jw_kv_text(j, "provider", u->provider->key);
    }
    const struct {
        const char *key, *value;
    } texts[] = {{"name", u->people.name}, {"phone", u->people.phone}, {"email", u->people.email}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (texts[i].value) {
            jw_kv_text(j, texts[i].key, texts[i].value);
        }
    }
    jw_object_end(j);
}

static void write_understood(struct jw *j, struct pool *p, const struct understood *u)
{
    jw_kv_text(j, "intent", intent_name(u->intent));
    jw_key(j, "acts");
    jw_array(j);
    for (int i = 0; i < N_ACTS; i++) {
        if (u->acts & (1U << i)) {
            jw_text(j, act_name((enum act_bit)i));
        }
    }
    jw_array_end(j);
    write_slots(j, p, u);
    jw_key(j, "confidence");
    jw_double(j, round(u->confidence * 1000) / 1000);
}

static int understand_line(void *arg, struct pool *p, const json_t *line, struct jw *out,
                           struct err *e)
{
    const struct understanding *a = arg;
    const json_t *text = json_object_get(line, "text");
    if (!json_is_string(text)) {
        return err_set(e, ERR_INVALID, "text must be a text");
    }
    struct wall now = a->now.us ? a->now : wall_now();
    struct str own = str_of(json_get_text(line, "now", ""));
    if (own.n && !wall_parse(own, &now)) {
        return err_set(e, ERR_INVALID, "now must be a time such as 2026-03-01T09:00:00-05:00");
    }
    struct talk talk = talk_none();
    struct str said = {0};
    int rc = read_context(a, p, json_object_get(line, "context"), now, &talk, &said, e);
    if (rc < 0) {
        return rc;
    }
    struct understood u;
    struct understand_in in = {
        .text = {json_string_value(text), json_string_length(text)},
        .channel = CHANNEL_WEB,
        .facts = &a->facts,
        .talk = &talk,
        .said_before = said,
        .now = now,
    };
    const char *channel = json_get_text(line, "channel", "web");
    if (!channel_of(str_of(channel), &in.channel)) {
        return err_set(e, ERR_INVALID, "channel must be voice, sms, email, whatsapp or web");
    }
    understand(p, &in, &u);
    write_understood(out, p, &u);
    return 0;
}

int command_understand(struct command_run *run, struct err *e)
{
    struct understanding a = {.now = {0}};
    int rc = 0;
    const char *now = command_flag(run, "now", &rc, e);
    const char *zone = rc == 0 ? command_flag(run, "tz", &rc, e) : NULL;
    const char *seed = rc == 0 ? command_flag(run, "seed", &rc, e) : NULL;
    rc = rc == 0 ? command_no_more(run, e) : rc;
    if (rc == 0 && now && !wall_parse(str_of(now), &a.now)) {
        rc = err_set(e, ERR_USAGE, "--now must be a time such as 2026-03-01T09:00:00-05:00");
    }
    if (rc == 0) {
        rc = cli_facts(run, seed, zone, &a.facts, e);
    }
    return rc < 0 ? rc : jsonl_each(STDIN_FILENO, STDOUT_FILENO, understand_line, &a, e);
}
