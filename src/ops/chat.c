/* SPDX-License-Identifier: Apache-2.0 */
/* What a visitor may see of the store, and how often they may ask for anything. */
#include "ops/chat.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/settings.h"
#include "channels/web_chat.h"
#include "domain/outbox.h"
#include "ops/app.h"
#include "ops/chat_private.h"
#include "ops/render.h"
#include "store/web_visitors.h"

#define SHOWN_MAX 100
#define OVERLAP_US (30 * US_PER_SECOND) /* no transaction takes longer */
#define KEYS 4096                       /* visitors or addresses that are kept apart */
#define MINUTE_US (60 * US_PER_SECOND)
#define MOVES_OF_ADDRESS 5 /* an hour: each sends somebody a message */
#define MOVES_TO 3         /* a day, to one number or address */
#define READS_OF_ADDRESS 600

struct chat_limits *chat_limits_new(const struct settings *s)
{
    struct chat_limits *l = xcalloc(1, sizeof *l);
    *l = (struct chat_limits){
        .visitor = allowance_new((int)s->chat_visitor_rate, MINUTE_US, KEYS),
        .address = allowance_new((int)s->chat_address_rate, MINUTE_US, KEYS),
        .reads = allowance_new(READS_OF_ADDRESS, MINUTE_US, KEYS),
        .moves = allowance_new(MOVES_OF_ADDRESS, 60 * MINUTE_US, KEYS),
        .moved_to = allowance_new(MOVES_TO, US_PER_DAY, KEYS),
    };
    return l;
}

void chat_limits_free(struct chat_limits **l)
{
    if (l && *l) {
        allowance_free(&(*l)->visitor);
        allowance_free(&(*l)->address);
        allowance_free(&(*l)->reads);
        allowance_free(&(*l)->moves);
        allowance_free(&(*l)->moved_to);
        free(*l);
        *l = NULL;
    }
}

int chat_limit(struct allowance *a, struct str key, struct err *e)
{
    int64_t wait_us;
    if (!a || allowance_take(a, key, mono_now(), &wait_us)) {
        return 0;
    }
    return err_set(e, ERR_TOO_MANY, "that is too often; try again in %lld s",
                   (long long)(wait_us / US_PER_SECOND + 1));
}

int chat_limit_address(struct allowance *a, const char *remote, struct err *e)
{
    char part[ALLOWANCE_ADDRESS_BYTES];
    return remote ? chat_limit(a, allowance_address(str_of(remote), part), e) : 0;
}

int chat_is_on(const struct app *app, struct err *e)
{
    if (str_trim(str_of(app->settings->chat_origins)).n == 0) {
        return err_set(e, ERR_NOT_FOUND,
                       "the web chat is off: the setting chat_origins names no site");
    }
    return 0;
}

int chat_site_allowed(const struct app *app, const char *public_url, struct str origin,
                      struct err *e)
{
    if (origin.n == 0 || str_eq(origin, str_of(public_url)) ||
        web_chat_origin_in(str_of(app->settings->chat_origins), origin)) {
        return 0;
    }
    return err_set(e, ERR_FORBIDDEN,
                   "this site may not have the web chat: the setting chat_origins does not name "
                   "it");
}

static const char *state_of(const struct web_standing *s)
{
    return !s->conversation_id.p              ? "new"
           : s->moved                         ? "moved"
           : str_eq(s->status, STR("active")) ? "active"
                                              : "ended";
}

static void write_message(struct jw *j, struct pool *p, const struct web_message *m)
{
    bool theirs = str_eq(m->direction, STR("inbound"));
    json_t *known = NULL;
    const char *client_id = NULL;
    if (theirs && json_read(p, m->metadata, &known, NULL) == 0) {
        client_id = json_get_text(known, "client_id", NULL);
    }
    jw_object(j);
    jw_kv_str(j, "id", m->id);
    jw_kv_text(j, "client_id", client_id);
    jw_kv_text(j, "from",
               theirs                               ? "visitor"
               : outbox_is_of_staff(p, m->metadata) ? "person"
                                                    : "assistant");
    jw_kv_str(j, "text", m->content);
    jw_kv_str(j, "at", m->sent_at);
    jw_object_end(j);
}

static void write_thread(struct pool *p, const struct web_standing *s,
                         const struct web_message *list, size_t n, struct buf *out)
{
    struct jw j = jw_to(out);
    bool active = strcmp(state_of(s), "active") == 0;
    jw_object(&j);
    jw_kv_text(&j, "state", state_of(s));
    jw_kv_bool(&j, "typing", active && s->waits && !s->held);
    jw_kv_bool(&j, "person", active && s->held);
    jw_kv_bool(&j, "person_wanted", active && s->person_wanted);
    jw_key(&j, "messages");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        bool ours = str_eq(list[i].direction, STR("outbound"));
        if (!ours || !outbox_was_cancelled(p, list[i].metadata)) {
            write_message(&j, p, &list[i]);
        }
    }
    jw_array_end(&j);
    jw_object_end(&j);
}

int chat_thread_write(const struct app *app, struct pool *p, const char *key_hash,
                      struct chat_mark *mark, struct buf *out, struct err *e)
{
    struct web_standing s = {.held = false};
    struct web_message *list = NULL;
    size_t n = 0;
    struct wall newest;
    struct wall since = {mark->newest.us ? MAX_OF(mark->newest.us - OVERLAP_US, 1) : 0};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(app->store, &db, e);
    if (rc == 0) {
        rc = web_visitors_read(db, p, key_hash, since, wall_now(), SHOWN_MAX, &s, &list, &n, e);
    }
    if (rc < 0) {
        return rc;
    }
    if (n && wall_parse(list[n - 1].sent_at, &newest) && newest.us > mark->newest.us) {
        mark->newest = newest;
    }
    if (!s.conversation_id.p || !id_parse(s.conversation_id, &mark->conversation)) {
        mark->conversation = (struct id){.text = ""};
    }
    write_thread(p, &s, list, n, out);
    return 0;
}
