/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Told is who is there, whole, and only when it has changed: a message that gets lost with its
 * socket is made up for by the next. Two pages of one person are one person, and nobody is told of
 * themselves.
 */
#include "api/presence.h"

#include <string.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "io/ws.h"

#define TOLD_MAX 20 /* of those in one conversation */

static bool is_at(const struct presence *one, const char *conversation)
{
    return conversation[0] && strcmp(one->conversation, conversation) == 0;
}

/* Is an earlier one in the list the same person in the same conversation? */
static bool is_again(const struct presence *list, const struct presence *one)
{
    for (const struct presence *p = list; p && p != one; p = p->next) {
        if (is_at(p, one->conversation) && strcmp(p->who, one->who) == 0) {
            return true;
        }
    }
    return false;
}

static bool types_anywhere(const struct presence *list, const struct presence *one)
{
    for (const struct presence *p = list; p; p = p->next) {
        if (is_at(p, one->conversation) && strcmp(p->who, one->who) == 0 && p->typing_until_us) {
            return true;
        }
    }
    return false;
}

static void write_others(struct buf *b, const struct presence *list, const struct presence *to)
{
    int n = 0;
    struct jw j = jw_to(b);
    buf_reset(b);
    jw_object(&j);
    jw_kv_text(&j, "type", "presence");
    jw_kv_text(&j, "conversation_id", to->conversation);
    jw_key(&j, "who");
    jw_array(&j);
    for (const struct presence *p = list; p && n < TOLD_MAX; p = p->next) {
        if (!is_at(p, to->conversation) || strcmp(p->who, to->who) == 0 || is_again(list, p)) {
            continue;
        }
        jw_object(&j);
        jw_kv_text(&j, "name", p->name);
        jw_kv_bool(&j, "typing", types_anywhere(list, p));
        jw_object_end(&j);
        n++;
    }
    jw_array_end(&j);
    jw_object_end(&j);
}

/* To all who are in that conversation. */
static void tell(struct presence *list, const char *conversation)
{
    struct buf text;
    buf_init(&text, 8192);
    for (struct presence *p = list; p; p = p->next) {
        if (is_at(p, conversation)) {
            write_others(&text, list, p);
            ws_send_text(p->ws, buf_str(&text));
        }
    }
    buf_clear(&text);
}

void presence_join(struct presence **list, struct presence *one)
{
    one->next = *list;
    one->link = list;
    if (one->next) {
        one->next->link = &one->next;
    }
    *list = one;
}

static void move(struct presence **list, struct presence *one, const char *to)
{
    char from[ID_TEXT_BYTES];
    memcpy(from, one->conversation, sizeof from);
    snprintf(one->conversation, sizeof one->conversation, "%s", to);
    one->typing_until_us = 0;
    tell(*list, from);
}

void presence_leave(struct presence **list, struct presence *one)
{
    if (!one->link) {
        return;
    }
    *one->link = one->next;
    if (one->next) {
        one->next->link = one->link;
    }
    one->link = NULL;
    tell(*list, one->conversation);
}

void presence_hear(struct presence **list, struct presence *one, struct str text, int64_t now_us)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    json_t *said = NULL;
    struct id id;
    if (json_read(p, text, &said, NULL) || strcmp(json_get_text(said, "type", ""), "here") != 0) {
        return;
    }
    const char *at = json_get_text(said, "conversation_id", NULL);
    if (at && !id_parse(str_of(at), &id)) {
        return;
    }
    bool types = at && json_get_bool(said, "typing", false);
    bool moved = strcmp(one->conversation, at ? id.text : "") != 0;
    if (moved) {
        move(list, one, at ? id.text : "");
    }
    bool changed = moved || types != (one->typing_until_us != 0);
    one->here_until_us = now_us + PRESENCE_HERE_US;
    one->typing_until_us = types ? now_us + PRESENCE_TYPING_US : 0;
    if (changed) {
        tell(*list, one->conversation);
    }
}

void presence_lapse(struct presence **list, int64_t now_us)
{
    for (struct presence *p = *list; p; p = p->next) {
        if (p->conversation[0] && p->here_until_us < now_us) {
            move(list, p, "");
        } else if (p->typing_until_us && p->typing_until_us < now_us) {
            p->typing_until_us = 0;
            tell(*list, p->conversation);
        }
    }
}
