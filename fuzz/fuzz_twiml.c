/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TwiML, both ways. Any bytes are read as what a product answers to the telephone's stand-in, which
 * is a tree of what Twilio knows or an error with its code. And the same bytes as what people are
 * called, say and dial: whatever it is, the product's TwiML with it in is read again as it was
 * meant.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "channels/twiml.h"
#include "sandbox/sandbox_twiml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

/* ---- read ---- */

static void check_tree(const struct twiml *t, int depth)
{
    must(depth < 8);
    for (; t; t = t->next) {
        must(t->name && t->name[0] && t->text && utf8_valid(str_of(t->text)));
        for (size_t i = 0; i < t->n_attributes; i++) {
            const struct twiml_attribute *a = &t->attributes[i];
            must(a->name[0] && utf8_valid(str_of(a->value)));
            must(strcmp(twiml_get(t, a->name, NULL), a->value) == 0);
            must(twiml_get_int(t, a->name, 7) >= 0);
        }
        check_tree(t->children, depth + 1);
    }
}

static void read_any(struct pool *p, struct str text)
{
    struct twiml *root = NULL;
    struct err e = {0};
    int code = 0, rc = twiml_read(p, text, &root, &code, &e);
    must(rc == 0 || (rc == ERR_MALFORMED && e.text[0] && (code == 12100 || code == 12200)));
    if (rc == 0) {
        must(strcmp(root->name, "Response") == 0 && !root->next);
        check_tree(root, 0);
    }
}

/* ---- written and read again ---- */

/* What twiml_escape makes of a text: XML holds no control characters, nor U+FFFE and U+FFFF. */
static const char *as_written(struct pool *p, struct str text)
{
    char *copy = pool_strndup(p, text.p, text.n), *to = copy;
    for (const char *c = copy; *c; c++) {
        if (strncmp(c, "\xef\xbf\xbe", 3) == 0 || strncmp(c, "\xef\xbf\xbf", 3) == 0) {
            *to++ = ' ';
            c += 2;
        } else {
            *to++ = (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c;
        }
    }
    *to = '\0';
    return copy;
}

static bool same_text(struct pool *p, const char *found, struct str text)
{
    const char *written = as_written(p, text);
    return str_eq(str_trim(str_of(found)), str_trim(str_of(written)));
}

static void write_all(struct buf *b, struct str text, const char *z)
{
    const struct twiml_parameter parameter = {"from", text};
    const struct twiml_stream stream = {z, z, &parameter, 1};
    const struct twiml_dial dial = {text, z, 30, z, z};
    const struct twiml_record record = {z, z, 120};
    twiml_open(b);
    twiml_say(b, text);
    twiml_connect(b, &stream);
    twiml_dial(b, &dial);
    twiml_record(b, &record);
    twiml_hangup(b);
    twiml_close(b);
}

static void write_and_read(struct pool *p, struct str text)
{
    if (!utf8_valid(text) || text.n > 1000) {
        return; /* text is valid everywhere in the product */
    }
    struct buf b CLEANUP(buf_clear);
    struct twiml *root = NULL;
    struct err e = {0};
    int code = 0;
    buf_init(&b, 1u << 20);
    write_all(&b, text, pool_strndup(p, text.p, text.n));
    must(!buf_failed(&b) && twiml_read(p, buf_str(&b), &root, &code, &e) == 0);
    const struct twiml *say = root->children, *connect = say->next, *dial = connect->next;
    const struct twiml *stream = connect->children;
    must(same_text(p, say->text, text));
    must(same_text(p, twiml_get(stream, "url", ""), text));
    must(same_text(p, twiml_get(stream->children, "value", ""), text));
    must(same_text(p, dial->children->text, text));
    must(same_text(p, twiml_get(dial->next, "action", ""), text));
    must(strcmp(dial->next->next->name, "Hangup") == 0 && !dial->next->next->next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str text = {pool_strndup(p, (const char *)data, size), size};
    read_any(p, text);
    write_and_read(p, text);
    return 0;
}
