/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mail an event is about is told by our argument; an event that lost it (asynchronous
 * bounces) still has our Message-ID as smtp-id, unless SendGrid has put its own in its place.
 */
#include "channels/sendgrid_event.h"

#include "base/codec.h"
#include "base/id.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "mail/mail_token.h"
#include "store/journal.h"

#define TEXT_MAX_BYTES 500
#define ADDRESS_MAX_BYTES 254

static const struct {
    const char *name;
    enum sendgrid_kind kind;
} kinds[] = {
    {"processed", SENDGRID_PROCESSED},
    {"dropped", SENDGRID_DROPPED},
    {"deferred", SENDGRID_DEFERRED},
    {"delivered", SENDGRID_DELIVERED},
    {"bounce", SENDGRID_BOUNCE},
    {"open", SENDGRID_OPEN},
    {"click", SENDGRID_CLICK},
    {"spamreport", SENDGRID_SPAM_REPORT},
    {"unsubscribe", SENDGRID_UNSUBSCRIBE},
    {"group_unsubscribe", SENDGRID_GROUP_UNSUBSCRIBE},
};

static const char *name_of(struct pool *p, const json_t *event, struct str part)
{
    const char *id = json_get_text(event, "sg_event_id", "");
    if (id[0] && strlen(id) <= JOURNAL_PROVIDER_ID_MAX) {
        return pool_strdup(p, id);
    }
    unsigned char digest[SHA256_BYTES];
    sha256(part, digest);
    return pool_printf(p, "sha256:%s", hex_encode(p, digest, sizeof digest));
}

int sendgrid_split(struct pool *p, struct str body, struct sendgrid_part **out, size_t *n_out,
                   struct err *e)
{
    json_t *document;
    int rc = json_read(p, body, &document, e);
    if (rc < 0) {
        return rc;
    }
    if (!json_is_array(document)) {
        return err_set(e, ERR_MALFORMED, "the body is no JSON array of events");
    }
    size_t n = json_array_size(document);
    if (n > SENDGRID_EVENTS_MAX) {
        return err_set(e, ERR_TOO_LARGE, "a batch has %d events at most", SENDGRID_EVENTS_MAX);
    }
    struct sendgrid_part *parts = pool_calloc(p, n + 1, sizeof *parts);
    for (size_t i = 0; i < n; i++) {
        json_t *event = json_array_get(document, i);
        if (!json_is_object(event)) {
            return err_set(e, ERR_MALFORMED, "an event is no JSON object");
        }
        parts[i].part = json_dump_to_pool(p, event);
        parts[i].name = name_of(p, event, parts[i].part);
    }
    *out = parts;
    *n_out = n;
    return 0;
}

static const char *text_of(struct pool *p, const json_t *event, const char *key, size_t most)
{
    const char *text = json_get_text(event, key, "");
    return text[0] ? str_dup(p, utf8_prefix(str_of(text), most)) : NULL;
}

static const char *our_message(struct pool *p, const json_t *event)
{
    struct id id;
    if (id_parse(str_of(json_get_text(event, SENDGRID_ARGUMENT, "")), &id) ||
        mail_token_message(str_of(json_get_text(event, "smtp-id", "")), &id)) {
        return pool_strdup(p, id.text);
    }
    return NULL;
}

/* "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0" begins with what X-Message-Id was. */
static const char *provider_id_of(struct pool *p, const json_t *event)
{
    struct str id = str_of(json_get_text(event, "sg_message_id", ""));
    ptrdiff_t end = -1;
    static const char mark[] = ".filter";
    for (size_t i = 0; i + sizeof mark - 1 <= id.n && end < 0; i++) {
        end = memcmp(id.p + i, mark, sizeof mark - 1) == 0 ? (ptrdiff_t)i : -1;
    }
    if (end < 0) {
        end = str_index(id, '.', 0);
    }
    size_t n = end < 0 ? id.n : (size_t)end;
    return n && n <= 255 ? pool_strndup(p, id.p, n) : NULL;
}

static const char *email_of(struct pool *p, const json_t *event)
{
    struct str email = str_trim(str_of(json_get_text(event, "email", "")));
    if (email.n == 0 || email.n > ADDRESS_MAX_BYTES || str_index(email, '@', 0) <= 0) {
        return NULL;
    }
    char *lower = str_dup(p, email);
    for (char *c = lower; *c; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    }
    return lower;
}

/* SendGrid's own words for a drop. */
static bool says_opted_out(const char *reason)
{
    return strncmp(reason, "Unsubscribed", 12) == 0 || strncmp(reason, "Spam Report", 11) == 0;
}

int sendgrid_event_read(struct pool *p, struct str body, struct sendgrid_event *out, struct err *e)
{
    json_t *event;
    int rc = json_read(p, body, &event, e);
    if (rc < 0) {
        return rc;
    }
    const char *name = json_is_object(event) ? json_get_text(event, "event", "") : "";
    if (!name[0] || strlen(name) > 100) {
        return err_set(e, ERR_MALFORMED, "the event does not say what it is");
    }
    *out = (struct sendgrid_event){
        .id = text_of(p, event, "sg_event_id", JOURNAL_PROVIDER_ID_MAX),
        .name = pool_strdup(p, name),
        .email = email_of(p, event),
        .message_id = our_message(p, event),
        .provider_id = provider_id_of(p, event),
        .code = text_of(p, event, "status", 20),
        .text = text_of(p, event, "reason", TEXT_MAX_BYTES),
        .by_machine = json_get_bool(event, "sg_machine_open", false),
    };
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            out->kind = kinds[i].kind;
        }
    }
    out->opted_out = out->kind == SENDGRID_DROPPED && out->text && says_opted_out(out->text);
    int64_t at_s = json_get_i64(event, "timestamp", 0);
    if (at_s > 0 && at_s < INT64_MAX / US_PER_SECOND) {
        out->at = (struct wall){at_s * US_PER_SECOND};
    }
    return 0;
}
