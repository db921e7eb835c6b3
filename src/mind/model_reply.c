/* SPDX-License-Identifier: Apache-2.0 */
/* From what a model wrote to the reply, by way of an object that may or may not be there. */
#include "mind/model_reply.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "base/utf8.h"

#define REASON_MAX 200

const char *const turn_intents[] = {
    "book",     "reschedule", "cancel",    "confirm",    "availability",  "service_info", "care",
    "location", "payment",    "complaint", "person",     "medical",       "emergency",    "opt_out",
    "greeting", "thanks",     "goodbye",   "small_talk", "provider_info", "other",        NULL};

static void drop(void *arg)
{
    json_decref(arg);
}

json_t *model_reply_schema(struct pool *p)
{
    json_t *intents = json_array();
    for (const char *const *i = turn_intents; *i; i++) {
        json_array_append_new(intents, json_string(*i));
    }
    json_t *schema = json_pack(
        "{s:s,s:b,s:[ssssss],s:{s:{s:s,s:s},s:{s:s,s:o},s:{s:s},s:{s:s,s:s},s:{s:[ss],s:s},"
        "s:{s:s,s:s}}}",
        "type", "object", "additionalProperties", 0, "required", "reply", "intent", "confidence",
        "wants_person", "reason", "ends", "properties", "reply", "type", "string", "description",
        "What the customer is told", "intent", "type", "string", "enum", intents, "confidence",
        "type", "number", "wants_person", "type", "boolean", "description",
        "A person of the staff should look at this", "reason", "type", "string", "null",
        "description", "Why a person should look, in a few words", "ends", "type", "boolean",
        "description", "The customer has said goodbye");
    pool_on_free(p, drop, schema);
    return schema;
}

/* The text from the first { to the last }; empty when there is none. */
static struct str braces_of(struct str s)
{
    const char *first = s.n ? memchr(s.p, '{', s.n) : NULL;
    const char *last = s.n ? memrchr(s.p, '}', s.n) : NULL;
    return first && last && last > first ? (struct str){first, (size_t)(last - first) + 1}
                                         : STR("");
}

/* Line ends and tabs are the only control characters that a reply may have. */
static struct str cleaned(struct pool *p, struct str s)
{
    char *out = pool_alloc(p, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= ' ' ? c != 0x7F : c == '\n' || c == '\t') {
            out[n++] = (char)c;
        }
    }
    out[n] = '\0';
    return str_trim((struct str){out, n});
}

static int take_text(struct pool *p, struct str text, struct model_reply *r, struct err *e)
{
    r->text = cleaned(p, text);
    if (r->text.n == 0) {
        return err_set(e, ERR_PROVIDER, "\"reply\" is missing or empty");
    }
    if (r->text.n > MODEL_REPLY_MAX) {
        return err_set(e, ERR_PROVIDER, "\"reply\" is longer than %d bytes", MODEL_REPLY_MAX);
    }
    return 0;
}

static const char *intent_of(const char *said)
{
    for (const char *const *i = turn_intents; *i; i++) {
        if (strcmp(*i, said) == 0) {
            return *i;
        }
    }
    return NULL;
}

/* Plain words, and not the beginning of an object that was cut off. */
static bool is_prose(struct str content)
{
    struct str s = str_trim(content);
    return s.n && s.p[0] != '{' && s.p[0] != '[' && s.p[0] != '`' &&
           !memmem(s.p, s.n, "\"reply\"", 7);
}

int model_reply_read(struct pool *p, struct str content, struct model_reply *out, struct err *e)
{
    struct model_reply r = {0};
    struct str object = braces_of(content);
    json_t *doc = NULL;
    int rc;
    if (object.n == 0 && is_prose(content)) {
        rc = take_text(p, content, &r, e);
        if (rc == 0) {
            *out = r;
        }
        return rc;
    }
    if (json_read(p, object, &doc, NULL) < 0 || !json_is_object(doc)) {
        return err_set(e, ERR_PROVIDER, "the answer is no valid JSON object");
    }
    const json_t *reply = json_object_get(doc, "reply");
    rc = take_text(p, (struct str){json_string_value(reply), json_string_length(reply)}, &r, e);
    if (rc < 0) {
        return rc;
    }
    double confidence = json_number_value(json_object_get(doc, "confidence"));
    r.intent = intent_of(json_get_text(doc, "intent", ""));
    r.confidence = confidence > 0 ? MIN_OF(confidence, 1.0) : 0;
    r.wants_person = json_get_bool(doc, "wants_person", false);
    r.ends = json_get_bool(doc, "ends", false);
    const char *reason = json_get_text(doc, "reason", "");
    if (reason[0]) {
        r.reason = str_dup(p, cleaned(p, utf8_prefix(str_of(reason), REASON_MAX)));
    }
    *out = r;
    return 0;
}
