/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places are {{1}}, {{2}}, ... without a gap, each as often as wanted. What Meta does not take in a
 * value (line breaks, tabs, many spaces) is refused here, where whoever wrote it can mend it.
 */
#include "domain/whatsapp.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"

#define NAMES_IN_ERROR 5
#define METADATA_BYTES (64u << 10)
#define BODY_BYTES (64u << 10)

static bool all_of(const char *text, const char *allowed)
{
    return text[0] && text[strspn(text, allowed)] == '\0';
}

/* The number of the place that begins there ("{{12}}"), 0 when none does. *end_out: behind it. */
static int place_at(struct str body, size_t at, size_t *end_out)
{
    int n = 0;
    size_t i = at + 2;
    if (at + 5 > body.n || body.p[at] != '{' || body.p[at + 1] != '{') {
        return 0;
    }
    while (i < body.n && body.p[i] >= '0' && body.p[i] <= '9' && n < 1000) {
        n = n * 10 + (body.p[i++] - '0');
    }
    if (i + 2 > body.n || body.p[i] != '}' || body.p[i + 1] != '}') {
        return 0;
    }
    *end_out = i + 2;
    return n;
}

/* How many values a body takes; -1 when its places have a gap or are too many. */
static int places_of(struct str body)
{
    bool seen[WHATSAPP_VALUES_MAX + 1] = {false};
    int most = 0;
    for (size_t i = 0, end; i < body.n; i++) {
        int n = place_at(body, i, &end);
        if (n > WHATSAPP_VALUES_MAX) {
            return -1;
        }
        if (n) {
            seen[n] = true;
            most = MAX_OF(most, n);
        }
    }
    for (int n = 1; n <= most; n++) {
        if (!seen[n]) {
            return -1;
        }
    }
    return most;
}

int whatsapp_template_check(const struct whatsapp_template *t, struct err *e)
{
    static const char small[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    const char *sid = t->content_sid.p;
    if (!all_of(t->name.p, small) || t->name.n > 512) {
        return err_field(e, ERR_INVALID, "name", "a template's name is of a-z, 0-9 and _");
    }
    if (!all_of(t->language.p, letters) || t->language.n > 20) {
        return err_field(e, ERR_INVALID, "language",
                         "a language is as Meta writes it, such as en_US or es");
    }
    if (t->content_sid.n && (t->content_sid.n != 34 || strncmp(sid, "HX", 2) != 0 ||
                             !all_of(sid + 2, "0123456789abcdefABCDEF"))) {
        return err_field(e, ERR_INVALID, "content_sid",
                         "a ContentSid is HX and 32 hexadecimal digits");
    }
    if (utf8_length(t->body) > WHATSAPP_TEMPLATE_BODY_MAX) {
        return err_field(e, ERR_INVALID, "body", "a template has at most %d characters",
                         WHATSAPP_TEMPLATE_BODY_MAX);
    }
    if (places_of(t->body) < 0) {
        return err_field(e, ERR_INVALID, "body",
                         "the places for values are {{1}}, {{2}} and so on up to {{%d}}, without "
                         "a gap",
                         WHATSAPP_VALUES_MAX);
    }
    return 0;
}

/* "reminder (en_US), reopen (en_US)"; "" when there is none. Lives in pool. */
static int approved_names(struct db *db, struct pool *p, const char **out, struct err *e)
{
    struct whatsapp_template *rows;
    size_t n;
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 8192);
    int rc = whatsapp_templates_list(db, p, &rows, &n, e);
    int named = 0;
    for (size_t i = 0; rc == 0 && i < n && named < NAMES_IN_ERROR; i++) {
        if (rows[i].approved) {
            buf_printf(&b, "%s" STR_FMT " (" STR_FMT ")", named++ ? ", " : "",
                       STR_ARG(rows[i].name), STR_ARG(rows[i].language));
        }
    }
    *out = str_dup(p, buf_str(&b));
    return rc;
}

int whatsapp_window_check(struct db *db, struct pool *p, const char *conversation_id,
                          struct wall now, struct err *e)
{
    bool open;
    const char *names;
    struct wall since = {now.us - WHATSAPP_WINDOW_HOURS * 3600 * US_PER_SECOND};
    int rc = whatsapp_wrote_since(db, p, conversation_id, since, &open, e);
    if (rc < 0 || open) {
        return rc;
    }
    rc = approved_names(db, p, &names, e);
    if (rc < 0) {
        return rc;
    }
    if (!names[0]) {
        return err_field(
            e, ERR_INVALID, "content",
            "the customer has not written on WhatsApp for 24 hours, so only a template "
            "may be sent, and there is none that is approved: add one (ava templates "
            "put), or write by another channel");
    }
    return err_field(
        e, ERR_INVALID, "content",
        "the customer has not written on WhatsApp for 24 hours, so only a template may "
        "be sent (ava templates send): %s",
        names);
}

/* The template, by its name alone when it has one language only. */
static int find_template(struct db *db, struct pool *p, const char *name, const char *language,
                         struct whatsapp_template *out, struct err *e)
{
    struct whatsapp_template *rows;
    size_t n, found = 0;
    int rc = whatsapp_templates_list(db, p, &rows, &n, e);
    if (rc < 0) {
        return rc;
    }
    for (size_t i = 0; i < n; i++) {
        bool this_one = str_eq(rows[i].name, str_of(name)) &&
                        (!language || str_eq(rows[i].language, str_of(language)));
        if (this_one && found++ == 0) {
            *out = rows[i];
        }
    }
    if (found == 0) {
        return err_field(e, ERR_INVALID, "template",
                         "there is no such template%s; ava templates list has those that there are",
                         language ? " in that language" : "");
    }
    if (found > 1) {
        return err_field(e, ERR_INVALID, "language",
                         "the template has %zu languages: say which one", found);
    }
    if (!out->approved) {
        return err_field(e, ERR_INVALID, "template", "the template is not approved yet");
    }
    return 0;
}

/* Meta takes neither of these in a value. */
static bool value_ok(struct str v)
{
    if (v.n == 0 || utf8_length(v) > WHATSAPP_TEMPLATE_BODY_MAX || !utf8_valid(v)) {
        return false;
    }
    return !memchr(v.p, '\n', v.n) && !memchr(v.p, '\t', v.n) && !memchr(v.p, '\r', v.n) &&
           !memmem(v.p, v.n, "     ", 5);
}

static int check_values(const struct whatsapp_template *t, const json_t *values, struct err *e)
{
    size_t i;
    json_t *v;
    int wanted = places_of(t->body);
    if (values && !json_is_array(values)) {
        return err_field(e, ERR_INVALID, "values", "values is a list of texts");
    }
    if (wanted < 0 || json_array_size(values) != (size_t)wanted) {
        return err_field(e, ERR_INVALID, "values", "the template takes %d values, not %zu",
                         MAX_OF(wanted, 0), json_array_size(values));
    }
    json_array_foreach (values, i, v) {
        struct str text = {json_string_value(v), json_string_length(v)};
        if (!json_is_string(v) || !value_ok(text)) {
            return err_field(e, ERR_INVALID, "values",
                             "value %zu is no text of one line, or has more than four spaces in a "
                             "row",
                             i + 1);
        }
    }
    return 0;
}

static struct str fill_body(struct pool *p, struct str body, const json_t *values)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, BODY_BYTES);
    for (size_t i = 0, end = 0; i < body.n;) {
        int n = place_at(body, i, &end);
        if (n) {
            buf_puts(&b, json_string_value(json_array_get(values, (size_t)n - 1)));
            i = end;
        } else {
            buf_putc(&b, body.p[i++]);
        }
    }
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

int whatsapp_template_fill(struct db *db, struct pool *p, const char *name, const char *language,
                           const json_t *values, struct str *body_out, struct str *metadata_out,
                           struct err *e)
{
    struct whatsapp_template t = {0};
    int rc = find_template(db, p, name, language, &t, e);
    if (rc == 0) {
        rc = check_values(&t, values, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, METADATA_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_key(&j, "template");
    jw_object(&j);
    jw_kv_str(&j, "name", t.name);
    jw_kv_str(&j, "language", t.language);
    if (t.content_sid.n) {
        jw_kv_str(&j, "content_sid", t.content_sid);
    }
    jw_kv_raw(&j, "values", values ? json_dump_to_pool(p, values) : STR("[]"));
    jw_object_end(&j);
    jw_object_end(&j);
    struct str body = fill_body(p, t.body, values);
    if (buf_failed(&b) || utf8_length(body) > 4096) {
        return err_field(e, ERR_INVALID, "values", "the values are too long");
    }
    *body_out = body;
    *metadata_out = (struct str){str_dup(p, buf_str(&b)), b.len};
    return 0;
}

bool whatsapp_filled_read(struct pool *p, struct str metadata, struct whatsapp_filled *out)
{
    json_t *document = NULL, *v;
    size_t i;
    if (metadata.n == 0 || json_read(p, metadata, &document, NULL)) {
        return false;
    }
    const json_t *t = json_object_get(document, "template");
    const char *name = json_get_text(t, "name", NULL);
    const char *language = json_get_text(t, "language", NULL);
    if (!name || !language) {
        return false;
    }
    *out = (struct whatsapp_filled){
        .name = name, .language = language, .content_sid = json_get_text(t, "content_sid", NULL)};
    json_array_foreach (json_object_get(t, "values"), i, v) {
        if (i < WHATSAPP_VALUES_MAX && json_is_string(v)) {
            out->values[out->n_values++] = str_of(json_string_value(v));
        }
    }
    return true;
}
