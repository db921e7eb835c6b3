/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Needed members are demanded, all others taken when they make sense and ignored otherwise: a
 * customer's message must not be lost over something that Meta added meanwhile.
 */
#include "channels/meta_payload.h"

#include "base/codec.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "channels/meta_codes.h"
#include "channels/meta_private.h"
#include "channels/sms_status.h"
#include "domain/phone.h"

#define NAME_MAX_BYTES 100 /* as the journal's provider_id */
#define USER_ID_MAX_BYTES                                                                          \
    140 /* two letters, a point, up to 128 characters; "ENT." of a parent's                        \
         */

/* A batch on its way into its updates. */
struct splitting {
    struct pool *pool;
    const char *number; /* phone_number_id; "": any */
    struct meta_update *updates;
    size_t n, room;
};

/* The id with what follows it, or a digest where that would be too long. */
static const char *name_of(struct pool *p, const char *id, const char *status)
{
    char *whole = pool_printf(p, "%s%s%s", id, status ? ":" : "", status ? status : "");
    if (strlen(whole) <= NAME_MAX_BYTES && whole[0]) {
        return whole;
    }
    unsigned char digest[SHA256_BYTES];
    sha256(str_of(whole), digest);
    return pool_printf(p, "sha256:%s", hex_encode(p, digest, sizeof digest));
}

/* The one contact of those that the update is from: by number, by user id, else the only one. */
static json_t *contact_of(const json_t *contacts, const json_t *message)
{
    const char *from = json_get_text(message, "from", "");
    const char *user = json_get_text(message, "from_user_id", "");
    size_t i;
    json_t *c;
    json_array_foreach (contacts, i, c) {
        const char *phone = json_get_text(c, "wa_id", ""), *id = json_get_text(c, "user_id", "");
        if ((from[0] && strcmp(from, phone) == 0) || (user[0] && strcmp(user, id) == 0)) {
            return c;
        }
    }
    return json_array_size(contacts) == 1 ? json_array_get(contacts, 0) : NULL;
}

static void add_update(struct splitting *s, const json_t *value, json_t *update, bool is_status)
{
    if (s->n == s->room) {
        size_t room = s->room ? s->room * 2 : 8;
        struct meta_update *more = pool_calloc(s->pool, room, sizeof *more);
        if (s->n) {
            memcpy(more, s->updates, s->n * sizeof *more);
        }
        s->updates = more;
        s->room = room;
    }
    json_t *part = json_object(), *metadata = json_object_get(value, "metadata");
    json_t *contact = contact_of(json_object_get(value, "contacts"), update);
    if (metadata) {
        json_object_set(part, "metadata", metadata);
    }
    if (contact) {
        json_object_set(part, "contact", contact);
    }
    json_object_set(part, is_status ? "status" : "message", update);
    s->updates[s->n++] = (struct meta_update){
        .is_status = is_status,
        .name = name_of(s->pool, json_get_text(update, "id", ""),
                        is_status ? json_get_text(update, "status", "") : NULL),
        .part = json_dump_to_pool(s->pool, part),
    };
    json_decref(part);
}

static int add_value(struct splitting *s, const json_t *value, struct err *e)
{
    const char *number =
        json_get_text(json_object_get(value, "metadata"), "phone_number_id", s->number);
    if (s->number[0] && strcmp(number, s->number) != 0) {
        return 0; /* of another number of the same account, which another desk answers */
    }
    static const char *const lists[] = {"messages", "statuses"};
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        size_t i;
        json_t *update;
        json_array_foreach (json_object_get(value, lists[k]), i, update) {
            if (s->n == META_UPDATES_MAX) {
                return err_set(e, ERR_TOO_LARGE, "the batch has more than %d updates",
                               META_UPDATES_MAX);
            }
            if (json_is_object(update)) {
                add_update(s, value, update, k == 1);
            }
        }
    }
    return 0;
}

int meta_split(struct pool *p, struct str body, const char *phone_number_id,
               struct meta_update **out, size_t *n_out, struct err *e)
{
    json_t *document = NULL, *entry, *change;
    size_t i, k;
    int rc = json_read(p, body, &document, e);
    if (rc < 0) {
        return rc;
    }
    if (strcmp(json_get_text(document, "object", ""), "whatsapp_business_account") != 0) {
        return err_set(e, ERR_MALFORMED,
                       "the body is not of a WhatsApp business account: its "
                       "object must be whatsapp_business_account");
    }
    struct splitting s = {.pool = p, .number = phone_number_id ? phone_number_id : ""};
    json_array_foreach (json_object_get(document, "entry"), i, entry) {
        json_array_foreach (json_object_get(entry, "changes"), k, change) {
            bool ours = strcmp(json_get_text(change, "field", ""), "messages") == 0;
            rc = rc < 0 || !ours ? rc : add_value(&s, json_object_get(change, "value"), e);
        }
    }
    if (rc == 0) {
        *out = s.updates;
        *n_out = s.n;
    }
    return rc;
}

/* "15551230001" or "+1 555 123 0001" in E.164; NULL when it is no number. Lives in pool. */
static const char *number_of(struct pool *p, const char *text)
{
    char digits[PHONE_BYTES] = "+";
    size_t n = 1;
    for (; text && *text; text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (digit && n < sizeof digits - 1) {
            digits[n++] = *text;
        } else if (digit || !strchr("+-(). ", *text)) {
            return NULL;
        }
    }
    digits[n] = '\0';
    return phone_is_e164(str_of(digits)) ? pool_strdup(p, digits) : NULL;
}

/* A country's two letters, a point, then letters, digits and points. */
static const char *user_id_of(struct pool *p, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    if (n < 4 || n > USER_ID_MAX_BYTES || text[2] != '.') {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
            return NULL;
        }
    }
    return pool_strdup(p, text);
}

/* A text that is not empty and not too long for a name; else NULL. */
static const char *short_text(struct pool *p, const json_t *object, const char *key)
{
    const char *text = json_get_text(object, key, NULL);
    return text && text[0] && strlen(text) <= 255 ? pool_strdup(p, text) : NULL;
}

/* Unix seconds, which Meta writes as a text; 1990 to 2100 make sense. */
static struct wall time_of(const json_t *object)
{
    const json_t *t = json_object_get(object, "timestamp");
    int64_t s = 0;
    if (json_is_integer(t)) {
        s = json_integer_value(t);
    } else if (!str_to_i64(str_of(json_get_text(object, "timestamp", "")), &s)) {
        s = 0;
    }
    bool sensible = s > INT64_C(631152000) && s < INT64_C(4102444800);
    return (struct wall){sensible ? s * US_PER_SECOND : 0};
}

static int read_id(struct pool *p, const json_t *object, const char **out, struct err *e)
{
    const char *id = json_get_text(object, "id", "");
    if (!id[0] || strlen(id) > META_ID_MAX) {
        return err_field(e, ERR_INVALID, "id", "id is missing or longer than %d bytes",
                         META_ID_MAX);
    }
    *out = pool_strdup(p, id);
    return 0;
}

/* Who wrote. One of number and user id must be there. */
static int read_sender(struct pool *p, const json_t *message, const json_t *contact,
                       struct meta_message *m, struct err *e)
{
    const json_t *profile = json_object_get(contact, "profile");
    m->phone = number_of(p, json_get_text(message, "from", json_get_text(contact, "wa_id", NULL)));
    m->user_id = user_id_of(
        p, json_get_text(message, "from_user_id", json_get_text(contact, "user_id", NULL)));
    m->name = short_text(p, profile, "name");
    m->username = short_text(p, profile, "username");
    if (!m->phone && !m->user_id) {
        return err_field(e, ERR_INVALID, "from", "there is neither a number nor a user id in it");
    }
    return 0;
}

int meta_message_read(struct pool *p, struct str part, struct meta_message *out, struct err *e)
{
    json_t *document = NULL;
    int rc = json_read(p, part, &document, e);
    if (rc < 0) {
        return rc;
    }
    const json_t *message = json_object_get(document, "message");
    struct meta_message m = {.at = time_of(message)};
    m.to = number_of(
        p, json_get_text(json_object_get(document, "metadata"), "display_phone_number", NULL));
    rc = read_id(p, message, &m.id, e);
    if (rc == 0) {
        rc = read_sender(p, message, json_object_get(document, "contact"), &m, e);
    }
    if (rc < 0) {
        return rc;
    }
    m.reply_to = short_text(p, json_object_get(message, "context"), "id");
    meta_content_read(p, message, &m);
    *out = m;
    return 0;
}

static void read_error(const json_t *errors, struct meta_status *s)
{
    const json_t *first = json_array_get(errors, 0);
    int64_t code = json_get_i64(first, "code", 0);
    if (code > 0 && code < 10000000000) {
        snprintf(s->error_code, sizeof s->error_code, "%lld", (long long)code);
        s->error_words = meta_error_words(code);
    }
}

int meta_status_read(struct pool *p, struct str part, struct meta_status *out, struct err *e)
{
    json_t *document = NULL;
    int rc = json_read(p, part, &document, e);
    if (rc < 0) {
        return rc;
    }
    const json_t *status = json_object_get(document, "status");
    struct meta_status s = {.at = time_of(status)};
    const char *theirs = json_get_text(status, "status", "");
    rc = read_id(p, status, &s.id, e);
    if (rc < 0) {
        return rc;
    }
    if (!theirs[0]) {
        return err_field(e, ERR_INVALID, "status", "status is missing");
    }
    s.message_id = short_text(p, status, "biz_opaque_callback_data");
    s.status = sms_status_of(str_of(theirs));
    s.read = strcmp(theirs, "read") == 0 || strcmp(theirs, "played") == 0;
    if (s.read) {
        s.status = "delivered";
    }
    read_error(json_object_get(status, "errors"), &s);
    *out = s;
    return 0;
}
