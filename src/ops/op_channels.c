/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on the ways to the customers as a whole: which there are, and whether they work. */
#include <stdatomic.h>

#include "base/settings.h"
#include "channels/check.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"

static void render_problem(struct jw *j, const struct check_problem *problem)
{
    jw_object(j);
    jw_kv_text(j, "kind", check_problem_name(problem->kind));
    jw_kv_bool(j, "grave", check_problem_is_grave(problem->kind));
    jw_kv_text(j, "says", check_problem_says(problem->kind));
    jw_kv_text(j, "advice", check_problem_advice(problem->kind));
    jw_kv_text(j, "detail", problem->detail);
    jw_key(j, "settings");
    jw_array(j);
    for (size_t i = 0; i < problem->n_settings; i++) {
        jw_text(j, settings_rows[problem->settings[i]].name);
    }
    jw_array_end(j);
    jw_object_end(j);
}

static void render_hook(struct jw *j, const struct check_hook *hook)
{
    jw_object(j);
    jw_kv_text(j, "what", hook->what);
    jw_kv_text(j, "url", hook->url);
    if (hook->asked) {
        jw_kv_bool(j, "right", hook->right);
    } else {
        jw_kv_null(j, "right");
    }
    jw_kv_text(j, "found", hook->found);
    jw_object_end(j);
}

static void render_setting(struct op_call *c, struct jw *j, enum setting_id id)
{
    const struct settings *s = c->app->settings;
    const char *shown = check_setting_shown(s, id, c->pool);
    jw_object(j);
    jw_kv_text(j, "name", settings_rows[id].name);
    jw_kv_bool(j, "set", shown[0] != '\0');
    jw_kv_text(j, "value", shown[0] && !settings_rows[id].secret ? shown : NULL);
    jw_kv_text(j, "from", settings_origin(s, id, c->pool));
    jw_object_end(j);
}

/* What the provider was asked for; null when it was not. */
static void kv_asked(struct jw *j, const char *key, const struct check *k, bool value)
{
    if (k->asked) {
        jw_kv_bool(j, key, value);
    } else {
        jw_kv_null(j, key);
    }
}

static void render_check(struct op_call *c, struct jw *j, const struct check *k)
{
    jw_object(j);
    jw_kv_text(j, "name", k->name);
    jw_kv_text(j, "channel", k->channel);
    jw_kv_text(j, "provider", k->provider);
    jw_kv_text(j, "title", k->title);
    jw_kv_text(j, "state", check_state_name(k->state));
    kv_asked(j, "reached", k, k->reached);
    kv_asked(j, "accepted", k, k->accepted);
    jw_key(j, "problems");
    jw_array(j);
    for (size_t i = 0; i < k->n_problems; i++) {
        render_problem(j, &k->problems[i]);
    }
    jw_array_end(j);
    jw_key(j, "webhooks");
    jw_array(j);
    for (size_t i = 0; i < k->n_hooks; i++) {
        render_hook(j, &k->hooks[i]);
    }
    jw_array_end(j);
    jw_key(j, "settings");
    jw_array(j);
    for (size_t i = 0; i < k->n_settings; i++) {
        render_setting(c, j, k->settings[i]);
    }
    jw_array_end(j);
    if (k->asked) {
        jw_kv_i64(j, "took_ms", k->took_ms);
    } else {
        jw_kv_null(j, "took_ms");
    }
    jw_object_end(j);
}

static void answer(struct op_call *c, bool ask)
{
    struct check *checks = NULL;
    size_t n = 0;
    channels_check(c->app->settings, c->pool, ask, &checks, &n);
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "channels");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        render_check(c, &j, &checks[i]);
    }
    jw_array_end(&j);
    jw_key(&j, "checked_at");
    jw_wall(&j, ask ? wall_now() : (struct wall){0});
    jw_object_end(&j);
}

int op_list_channels(struct op_call *c, struct err *e)
{
    (void)e;
    answer(c, false);
    return 0;
}

/* One at a time: providers count what they are asked. */
int op_check_channels(struct op_call *c, struct err *e)
{
    static atomic_flag under_way = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&under_way)) {
        return err_set(e, ERR_TOO_MANY, "a check is under way; ask again in a few seconds");
    }
    answer(c, true);
    atomic_flag_clear(&under_way);
    return 0;
}
