/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ava chat: a conversation in the terminal, as any customer, in any channel's manner. It talks
 * about the installation's business and books into its calendar (a server enters it into Google
 * Calendar, where that is set up); without an installation, or with
 * --scratch, the demo's business and a calendar that is gone afterwards. Nothing is sent to anybody
 * and the conversation itself is not recorded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "cli/calendar_of_settings.h"
#include "cli/command.h"
#include "cli/facts.h"
#include "cli/model_of_settings.h"
#include "domain/business.h"
#include "domain/calendar.h"
#include "domain/facts_seed.h"
#include "domain/phone.h"
#include "mind/model.h"
#include "mind/tools.h"
#include "mind/turn_choice.h"
#include "store/customers.h"
#include "store/schema.h"
#include "store/store.h"

#define HISTORY_MAX 60
#define LINE_MAX_BYTES (1u << 20)

struct chat {
    struct pool *kept; /* for the whole conversation */
    struct store *store;
    struct facts facts;
    struct model *model;
    struct calendar *calendar; /* NULL: the business's own table alone */
    enum channel channel;
    const char *name, *phone, *email;
    const char *public_url; /* NULL: nothing of this can be reached */
    struct wall now;        /* us == 0: the clock's */
    bool verbose;
    int64_t customer_id;
    struct id run; /* names the turns of this conversation */
    int turns;
    struct str state;
    size_t n_said;
    struct turn_said said[HISTORY_MAX];
};

static int seed_scratch(struct db *db, void *seed, struct err *e)
{
    return business_seed(db, seed, wall_now(), e);
}

/* A calendar in memory, of the demo's business or the seed file's. */
static int open_scratch(struct command_run *run, const char *seed_file, struct store **out,
                        struct err *e)
{
    struct store_config config = {.url = "sqlite::memory:",
                                  .connections = 2,
                                  .cache_kib = 2048,
                                  .busy_ms = 5000,
                                  .group_max = 16};
    json_t *seed;
    int applied;
    int rc = seed_file ? cli_read_seed(run->pool, seed_file, &seed, e)
                       : json_read(run->pool, seed_medical_spa, &seed, e);
    if (rc == 0) {
        rc = store_open(&config, out, e);
    }
    if (rc == 0) {
        rc = schema_create(*out, NULL, NULL, &applied, e);
    }
    return rc == 0 ? store_write(*out, seed_scratch, seed, e) : rc;
}

static int open_installation(struct command_run *run, struct store **out, struct err *e)
{
    int rc = command_store(run, out, e);
    return rc == 0 ? schema_check(*out, e) : rc;
}

/* Who talks: on the channels that tell it, the customer is there before the first word. */
static int meet_customer(struct db *db, void *arg, struct err *e)
{
    struct chat *c = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct wall now = c->now.us ? c->now : wall_now();
    int rc = customers_find(db, p, c->phone, c->email, &c->customer_id, e);
    if (rc == 0 && c->customer_id == 0) {
        const char *name = c->name ? c->name : c->phone ? c->phone : c->email;
        struct customer_new new = {.name = name,
                                   .phone = c->phone,
                                   .email = c->email,
                                   .is_new_client = TRI_YES,
                                   .at = now};
        rc = customers_insert(db, p, &new, &c->customer_id, e);
    }
    return rc;
}

static int load(struct chat *c, struct customer *who, struct pool *p, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->store, &db, e);
    return rc == 0 && c->customer_id ? customers_get(db, p, c->customer_id, who, e) : rc;
}

static void show_calls(struct pool *p, const struct tools *tools)
{
    for (const struct tool_call *k = tools_calls(tools); k; k = k->next) {
        printf("      %s %s\n        -> %s\n", k->name, json_dump_to_pool(p, k->args).p,
               json_dump_to_pool(p, k->result).p);
        if (k->unchecked) {
            printf("        (%s)\n", k->unchecked);
        }
    }
}

static void show_turn(const struct chat *c, struct pool *p, const struct turn_out *out,
                      const struct tools *tools)
{
    if (c->verbose) {
        show_calls(p, tools);
        printf("      (%s, %.2f, %s", out->intent, out->confidence, out->engine);
        for (const struct turn_event *ev = out->events; ev; ev = ev->next) {
            if (strcmp(ev->type, "intent_detected") != 0) {
                printf("; %s " STR_FMT, ev->type, STR_ARG(ev->details));
            }
        }
        puts(")");
    }
    const char *me = c->facts.assistant_name ? c->facts.assistant_name : "Assistant";
    printf("%s: %s\n", me, out->reply ? out->reply : "(says nothing)");
    fflush(stdout);
}

static void remember(struct chat *c, bool inbound, struct str content, struct wall at)
{
    if (c->n_said == HISTORY_MAX) {
        memmove(c->said, c->said + 1, sizeof c->said - sizeof c->said[0]);
        c->n_said--;
    }
    c->said[c->n_said++] = (struct turn_said){inbound, {str_dup(c->kept, content), content.n}, at};
}

static int take_turn(struct chat *c, struct str text, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct customer who = {0};
    struct wall now = c->now.us ? c->now : wall_now();
    int rc = load(c, &who, p, e);
    if (rc < 0) {
        return rc;
    }
    struct tools_config config = {.store = c->store,
                                  .facts = &c->facts,
                                  .now = now,
                                  .customer_id = c->customer_id,
                                  .calendar = c->calendar,
                                  .turn_key = pool_printf(p, "%s#%d", c->run.text, c->turns++)};
    bool named = who.name.n && !str_eq(who.name, who.phone) && !str_eq(who.name, who.email);
    struct turn_in in = {.text = text,
                         .channel = c->channel,
                         .customer_name = named ? who.name.p : c->name,
                         .customer_phone = who.phone.p,
                         .customer_email = who.email.p,
                         .state = c->state,
                         .n_history = c->n_said,
                         .history = c->said,
                         .facts = &c->facts,
                         .tools = tools_new(p, &config),
                         .public_url = c->public_url,
                         .now = now};
    struct turn_out out = {0};
    rc = turn_take_best(c->model, p, &in, &out, e);
    if (rc < 0) {
        return rc;
    }
    show_turn(c, p, &out, in.tools);
    remember(c, true, text, now);
    if (out.reply) {
        remember(c, false, str_of(out.bare_reply ? out.bare_reply : out.reply), now);
    }
    c->state = (struct str){str_dup(c->kept, out.state), out.state.n};
    return 0;
}

static int converse(struct chat *c, struct err *e)
{
    CLEANUP(buf_clear) struct buf text;
    buf_init(&text, LINE_MAX_BYTES);
    bool person = isatty(STDIN_FILENO);
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int rc = 0;
    if (person) {
        puts("Write to her; Ctrl-D ends it.");
    }
    while (rc == 0) {
        if (person) {
            fputs("You: ", stdout);
            fflush(stdout);
        }
        n = getline(&line, &cap, stdin);
        if (n < 0) {
            break;
        }
        struct str said = str_trim((struct str){line, (size_t)n});
        if (said.n > LINE_MAX_BYTES || !utf8_valid(said)) {
            fprintf(stderr, "ava: this line is no valid UTF-8 or longer than 1 MB; left out\n");
            continue;
        }
        rc = take_turn(c, said, e);
    }
    free(line);
    return rc;
}

static int read_flags(struct command_run *run, struct chat *c, const char **seed_out,
                      const char **zone_out, struct err *e)
{
    int rc = 0;
    const char *from = command_flag(run, "from", &rc, e);
    const char *channel = rc == 0 ? command_flag(run, "channel", &rc, e) : NULL;
    const char *now = rc == 0 ? command_flag(run, "now", &rc, e) : NULL;
    c->name = rc == 0 ? command_flag(run, "name", &rc, e) : NULL;
    *seed_out = rc == 0 ? command_flag(run, "seed", &rc, e) : NULL;
    *zone_out = rc == 0 ? command_flag(run, "tz", &rc, e) : NULL;
    c->channel = CHANNEL_SMS;
    if (rc == 0 && channel && !channel_of(str_of(channel), &c->channel)) {
        rc = err_set(e, ERR_USAGE, "--channel must be voice, sms, email, whatsapp or web");
    }
    if (rc == 0 && now && !wall_parse(str_of(now), &c->now)) {
        rc = err_set(e, ERR_USAGE, "--now must be a time such as 2026-03-01T09:00:00-05:00");
    }
    bool unknown = c->channel == CHANNEL_WEB;
    const char *standard = c->channel == CHANNEL_EMAIL ? "customer@example.com" : "+15550100199";
    from = from || unknown ? from : standard;
    char phone[PHONE_BYTES];
    if (rc == 0 && from && strchr(from, '@')) {
        c->email = from;
    } else if (rc == 0 && from) {
        rc = phone_normalize(str_of(from), run->settings->country, phone, e);
        c->phone = rc == 0 ? pool_strdup(run->pool, phone) : NULL;
    }
    return rc == 0 ? command_no_more(run, e) : rc;
}

int command_chat(struct command_run *run, struct err *e)
{
    struct chat *c = pool_alloc(run->pool, sizeof *c);
    const char *seed = NULL, *zone = NULL;
    c->kept = run->pool;
    c->verbose = command_switch(run, "-v");
    c->run = id_new();
    bool scratch = command_switch(run, "scratch");
    int rc = read_flags(run, c, &seed, &zone, e);
    scratch = scratch || seed || !cli_installed(run);
    c->public_url = scratch ? NULL : settings_public_url(run->settings, c->kept);
    if (rc == 0) {
        rc = scratch ? open_scratch(run, seed, &c->store, e) : open_installation(run, &c->store, e);
    }
    if (rc == 0) {
        rc = cli_facts_of(c->store, run->pool, zone, &c->facts, e);
    }
    if (rc == 0) {
        rc = model_of_settings(run->settings, &c->model, e);
    }
    if (rc == 0 && !scratch) {
        rc = calendar_of_settings(run->settings, &c->calendar, e);
    }
    if (rc == 0 && (c->phone || c->email)) {
        rc = store_write(c->store, meet_customer, c, e);
    }
    if (rc == 0) {
        rc = converse(c, e);
    }
    model_free(&c->model);
    calendar_free(&c->calendar);
    store_free(&c->store);
    return rc;
}
