/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WhatsApp message of any type in words, as the assistant and the staff read it: what has no
 * words of its own (a place, a contact, an order) is described. One row for each type.
 */
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "channels/meta_private.h"

#define METADATA_BYTES (32u << 10)
#define SAID_MAX_BYTES (8u << 20) /* before it is cut; no batch is larger */
#define LISTED_MAX 20             /* contacts or things of an order that are written out */

static const json_t *in(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

static void say_text(const json_t *of, struct buf *out)
{
    buf_puts(out, json_get_text(of, "body", ""));
}

static void say_caption(const json_t *of, struct buf *out)
{
    buf_puts(out, json_get_text(of, "caption", ""));
}

static void say_location(const json_t *of, struct buf *out)
{
    const char *name = json_get_text(of, "name", ""), *address = json_get_text(of, "address", "");
    buf_puts(out, "Location: ");
    if (name[0]) {
        buf_printf(out, "%s, ", name);
    }
    if (address[0]) {
        buf_printf(out, "%s, ", address);
    }
    buf_printf(out, "%.6f, %.6f", json_number_value(in(of, "latitude")),
               json_number_value(in(of, "longitude")));
}

static void say_contacts(const json_t *of, struct buf *out)
{
    size_t i;
    json_t *c;
    json_array_foreach (of, i, c) {
        if (i == LISTED_MAX) {
            break;
        }
        const char *name = json_get_text(in(c, "name"), "formatted_name", "");
        const char *phone = json_get_text(json_array_get(in(c, "phones"), 0), "phone", "");
        buf_printf(out, "%s%s%s%s", i ? "; " : "Contact: ", name, name[0] && phone[0] ? ", " : "",
                   phone);
    }
}

static void say_interactive(const json_t *of, struct buf *out)
{
    const char *type = json_get_text(of, "type", "");
    const json_t *reply = in(of, type);
    if (strcmp(type, "nfm_reply") == 0) {
        buf_puts(out, json_get_text(reply, "body", ""));
        return;
    }
    buf_puts(out, json_get_text(reply, "title", ""));
}

static void say_button(const json_t *of, struct buf *out)
{
    buf_puts(out, json_get_text(of, "text", json_get_text(of, "payload", "")));
}

static void say_reaction(const json_t *of, struct buf *out)
{
    const char *emoji = json_get_text(of, "emoji", "");
    buf_printf(out, emoji[0] ? "Reacted with %s" : "Took a reaction back%s", emoji);
}

static void say_order(const json_t *of, struct buf *out)
{
    size_t i;
    json_t *item;
    const char *text = json_get_text(of, "text", "");
    buf_puts(out, "Order: ");
    json_array_foreach (in(of, "product_items"), i, item) {
        if (i == LISTED_MAX) {
            break;
        }
        buf_printf(out, "%s%lld x %s", i ? ", " : "", (long long)json_get_i64(item, "quantity", 1),
                   json_get_text(item, "product_retailer_id", "?"));
    }
    if (text[0]) {
        buf_printf(out, "; %s", text);
    }
}

static void say_system(const json_t *of, struct buf *out)
{
    buf_puts(out, json_get_text(of, "body", "WhatsApp has a notice about this customer"));
}

static void say_unsupported(const json_t *of, struct buf *out)
{
    (void)of;
    buf_puts(out, "(A message of a kind that WhatsApp does not pass on to businesses)");
}

static const struct type {
    const char *name; /* of the type, and of the member that holds it */
    void (*say)(const json_t *of, struct buf *out);
    bool has_file;
    bool quiet;
} types[] = {
    {"text", say_text, false, false},
    {"image", say_caption, true, false},
    {"video", say_caption, true, false},
    {"audio", say_caption, true, false},
    {"document", say_caption, true, false},
    {"sticker", say_caption, true, true},
    {"location", say_location, false, false},
    {"contacts", say_contacts, false, false},
    {"interactive", say_interactive, false, false},
    {"button", say_button, false, false},
    {"reaction", say_reaction, false, true},
    {"order", say_order, false, false},
    {"system", say_system, false, true},
};

static const struct type unsupported = {"unsupported", say_unsupported, false, false};

static const struct type *type_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strcmp(types[i].name, name) == 0) {
            return &types[i];
        }
    }
    return &unsupported;
}

/* Members worth keeping, of those that the type's own object has. */
static void write_details(struct jw *j, const json_t *of)
{
    static const char *const kept[] = {"mime_type", "filename", "payload", "emoji", "message_id"};
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        const char *value = json_get_text(of, kept[i], NULL);
        if (value && value[0] && strlen(value) <= 1000) {
            jw_kv_text(j, kept[i], value);
        }
    }
    const char *type = json_get_text(of, "type", "");
    const char *id = json_get_text(in(of, type), "id", NULL); /* of the button or row chosen */
    if (id && strlen(id) <= 1000) {
        jw_kv_text(j, "chosen", id);
    }
}

static struct str metadata_of(struct pool *p, const struct meta_message *m, const json_t *message,
                              const json_t *of)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, METADATA_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_key(&j, "whatsapp");
    jw_object(&j);
    jw_kv_text(&j, "type", m->type);
    if (m->media_id) {
        jw_kv_text(&j, "media_id", m->media_id);
    }
    if (m->reply_to) {
        jw_kv_text(&j, "reply_to", m->reply_to);
    }
    if (m->name) {
        jw_kv_text(&j, "profile_name", m->name);
    }
    write_details(&j, of);
    const json_t *referral = in(message, "referral"),
                 *error = json_array_get(in(message, "errors"), 0);
    const char *source = json_get_text(referral, "source_url", NULL);
    if (source && strlen(source) <= 2000) {
        jw_kv_text(&j, "referral", source);
    }
    if (error) {
        jw_kv_i64(&j, "error", json_get_i64(error, "code", 0));
    }
    jw_object_end(&j);
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(p, buf_str(&b)), b.len};
}

void meta_content_read(struct pool *p, const json_t *message, struct meta_message *m)
{
    const char *name = json_get_text(message, "type", "unknown");
    const struct type *type = type_of(name);
    const json_t *of = in(message, name);
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, SAID_MAX_BYTES);
    type->say(of, &b);
    struct str said = utf8_prefix(buf_str(&b), META_CONTENT_BYTES);
    m->type = type == &unsupported && strlen(name) > 40 ? "unknown" : pool_strdup(p, name);
    m->content = (struct str){str_dup(p, said), said.n};
    m->quiet = type->quiet;
    const char *media = type->has_file ? json_get_text(of, "id", NULL) : NULL;
    m->media_id = media && media[0] && strlen(media) <= 255 ? pool_strdup(p, media) : NULL;
    const char *mime = json_get_text(of, "mime_type", NULL);
    m->media_type = m->media_id && mime && strlen(mime) <= 255 ? pool_strdup(p, mime) : NULL;
    m->metadata = metadata_of(p, m, message, of);
}
