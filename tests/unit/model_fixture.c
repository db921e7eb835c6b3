/* SPDX-License-Identifier: Apache-2.0 */
/* Everything real but the model and the clock that customers live by. */
#include "model_fixture.h"

#include "base/buf.h"
#include "domain/conversation.h"
#include "mind/turn_choice.h"
#include "mind/turn_model.h"
#include "tap.h"

void desk_clear(struct desk *d)
{
    model_free(&d->model);
    sandbox_free(&d->sandbox);
    pool_free(&d->pool);
    fixture_clear(&d->fixture);
}

static int begin(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    struct id id;
    int rc = conversation_begin(db, d->pool, d->config.customer_id, "sms", NULL, STR(""),
                                d->config.now, &id, e);
    d->config.conversation_id = pool_strdup(d->pool, id.text);
    return rc;
}

void desk_renew(struct desk *d)
{
    model_free(&d->model);
    d->model = model_new(&d->model_config);
}

void desk_init(struct desk *d)
{
    *d = (struct desk){.pool = pool_new()};
    fixture_init_tables(&d->fixture);
    d->facts = salon(d->pool);
    d->facts.assistant_name = "Ava";
    d->facts.emergency_number = "911";
    d->config = (struct tools_config){
        .store = d->fixture.store,
        .facts = &d->facts,
        .now = local(&d->facts, "2026-03-02T09:00"), /* a Monday */
        .customer_id = add_customer(d->fixture.store, "Maya Ortiz", PHONE),
    };
    EQ_INT(store_write(d->fixture.store, begin, d, NULL), 0);
    struct sandbox_config sandbox = {.listen = "127.0.0.1:0", .token = "t"};
    struct err e = {0};
    OK_MSG(sandbox_new(&sandbox, &d->sandbox, &e) == 0, "%s", e.text);
    d->model_config = (struct model_config){
        .url = pool_printf(d->pool, "http://127.0.0.1:%d/v1", sandbox_port(d->sandbox)),
        .key = "sk-test",
        .name = SANDBOX_MODEL,
        .format = MODEL_FORMAT_SCHEMA,
        .timeout_ms = 8000,
        .voice_timeout_ms = 2500,
        .history_tokens = 3000,
        .attempts = 3,
    };
    desk_renew(d);
    d->in = (struct turn_in){.channel = CHANNEL_SMS,
                             .customer_name = "Maya Ortiz",
                             .customer_phone = PHONE,
                             .facts = &d->facts,
                             .now = d->config.now};
}

void desk_script(struct desk *d, const char *json)
{
    struct buf b CLEANUP(buf_clear);
    struct err e = {0};
    buf_init(&b, 65536);
    for (const char *c = json; *c; c++) {
        buf_puts(&b, *c == '`' ? "\"" : *c == '~' ? "\\\"" : (char[]){*c, 0});
    }
    OK_MSG(sandbox_model_script(d->sandbox, buf_str(&b), &e) == 0, "%s", e.text);
}

int desk_turn(struct desk *d, bool best, const char *text)
{
    d->config.turn_key = pool_printf(d->pool, "turn-%d", ++d->turns);
    d->in.tools = tools_new(d->pool, &d->config);
    d->in.text = str_of(text);
    d->in.history = d->said;
    d->in.n_history = d->n_said;
    d->out = (struct turn_out){0};
    d->err = (struct err){0};
    struct mono start = mono_now();
    int rc = best ? turn_take_best(d->model, d->pool, &d->in, &d->out, &d->err)
                  : turn_model_take(d->model, "other", d->pool, &d->in, &d->out, &d->err);
    d->took_ms = mono_us_since(start) / 1000;
    const char *said = d->out.bare_reply ? d->out.bare_reply : d->out.reply;
    if (rc == 0 && d->n_said + 2 <= SAID_MAX) {
        d->said[d->n_said++] = (struct turn_said){true, d->in.text, d->config.now};
        d->said[d->n_said++] = (struct turn_said){false, str_of(said ? said : ""), d->config.now};
        d->in.state = d->out.state;
    }
    return rc;
}

bool desk_asked(struct desk *d, const char *what)
{
    return strstr(sandbox_model_last(d->sandbox, d->pool).p, what) != NULL;
}
