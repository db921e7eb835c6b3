/* SPDX-License-Identifier: Apache-2.0 */
/* Few verbs and fixed forms, so they are written out; what is from outside goes through escape. */
#include "channels/twiml.h"

/* U+FFFE and U+FFFF, which UTF-8 can write and XML cannot hold: with one of them the network would
 * refuse the whole document. */
static bool is_noncharacter(struct str text, size_t i)
{
    return text.n - i >= 3 && (memcmp(text.p + i, "\xef\xbf\xbe", 3) == 0 ||
                               memcmp(text.p + i, "\xef\xbf\xbf", 3) == 0);
}

void twiml_escape(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (is_noncharacter(text, i)) {
            buf_puts(b, " ");
            i += 2;
            continue;
        }
        switch (c) {
        case '&':
            buf_puts(b, "&amp;");
            break;
        case '<':
            buf_puts(b, "&lt;");
            break;
        case '>':
            buf_puts(b, "&gt;");
            break;
        case '"':
            buf_puts(b, "&quot;");
            break;
        default: /* XML has no other control characters, not even escaped */
            buf_putc(b, c < ' ' || c == 0x7f ? ' ' : (char)c);
        }
    }
}

static void attribute(struct buf *b, const char *name, struct str value)
{
    buf_putc(b, ' ');
    buf_puts(b, name);
    buf_puts(b, "=\"");
    twiml_escape(b, value);
    buf_putc(b, '"');
}

static void attribute_int(struct buf *b, const char *name, int value)
{
    buf_printf(b, " %s=\"%d\"", name, value);
}

void twiml_open(struct buf *b)
{
    buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>");
}

void twiml_close(struct buf *b)
{
    buf_puts(b, "</Response>");
}

void twiml_say(struct buf *b, struct str text)
{
    buf_puts(b, "<Say>");
    twiml_escape(b, text);
    buf_puts(b, "</Say>");
}

void twiml_hangup(struct buf *b)
{
    buf_puts(b, "<Hangup/>");
}

void twiml_connect(struct buf *b, const struct twiml_stream *s)
{
    buf_puts(b, "<Connect");
    attribute(b, "action", str_of(s->action));
    buf_puts(b, " method=\"POST\"><Stream");
    attribute(b, "url", str_of(s->url));
    buf_putc(b, '>');
    for (size_t i = 0; i < s->n; i++) {
        buf_puts(b, "<Parameter");
        attribute(b, "name", str_of(s->parameters[i].name));
        attribute(b, "value", s->parameters[i].value);
        buf_puts(b, "/>");
    }
    buf_puts(b, "</Stream></Connect>");
}

void twiml_record(struct buf *b, const struct twiml_record *r)
{
    buf_puts(b, "<Record");
    attribute(b, "action", str_of(r->action));
    attribute_int(b, "maxLength", r->most_s);
    attribute(b, "recordingStatusCallback", str_of(r->callback));
    buf_puts(b, " method=\"POST\" timeout=\"6\" playBeep=\"true\"/>");
}

void twiml_dial(struct buf *b, const struct twiml_dial *d)
{
    buf_puts(b, "<Dial");
    attribute(b, "action", str_of(d->action));
    if (d->caller_id) {
        attribute(b, "callerId", str_of(d->caller_id));
    }
    attribute_int(b, "timeout", d->ring_s);
    buf_puts(b, " method=\"POST\" answerOnBridge=\"true\"><Number");
    attribute(b, "url", str_of(d->whisper));
    buf_puts(b, " method=\"POST\">");
    twiml_escape(b, d->number);
    buf_puts(b, "</Number></Dial>");
}
