/* SPDX-License-Identifier: Apache-2.0 */
/* Channels' manners. Markup is the light one that language models write by habit. */
#include "mind/manner.h"

#include "base/buf.h"
#include "base/utf8.h"

const char *manner_rules(enum channel c)
{
    switch (c) {
    case CHANNEL_VOICE:
        return "This is a phone call and your reply is spoken: one or two short sentences, no "
               "lists, no symbols, no abbreviations, no markdown. Say times as people say them, "
               "and offer at most two at a time. What the customer says may have been misheard: "
               "read "
               "the service, the day and the time back, and book, move or cancel after a yes.";
    case CHANNEL_EMAIL:
        return "This is an e-mail: begin with a greeting on its own line, write short paragraphs "
               "of "
               "plain text without markdown, and sign off with your name and the business's name.";
    case CHANNEL_SMS:
        return "This is a text message: at most 300 characters, plain text, no markdown, no emoji, "
               "no greeting after the first message. Offer at most three times.";
    case CHANNEL_WHATSAPP:
    case CHANNEL_WEB:
        break;
    }
    return "This is a chat: a few short sentences of plain text, without markdown. Offer at most "
           "three times.";
}

size_t manner_room(enum channel c)
{
    return c == CHANNEL_SMS || c == CHANNEL_VOICE ? 300 : c == CHANNEL_EMAIL ? 3000 : 900;
}

/* "**bold**", "`code`", "# heading", and for the ear bullets too. */
static struct str plain(struct pool *p, enum channel c, struct str s)
{
    char *out = pool_alloc(p, s.n + 1);
    size_t n = 0;
    bool line_begins = true;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool doubled = i + 1 < s.n && s.p[i + 1] == ch;
        bool bullet = line_begins && (ch == '-' || ch == '*') && i + 1 < s.n && s.p[i + 1] == ' ';
        if (line_begins && (ch == '#' || ch == ' ' || (bullet && c == CHANNEL_VOICE))) {
            continue;
        }
        line_begins = ch == '\n';
        if (ch == '`' || (ch == '*' && !bullet) || (ch == '_' && doubled) ||
            (ch == '_' && i && s.p[i - 1] == '_')) {
            continue;
        }
        out[n++] = line_begins && c == CHANNEL_VOICE ? ' ' : ch;
    }
    return str_trim((struct str){out, n});
}

/* Where a sentence ends at i: a mark, then space or the end; not after an initial or title. */
static bool sentence_ends(struct str s, size_t i)
{
    if (!strchr(".!?", s.p[i]) || (i + 1 < s.n && s.p[i + 1] != ' ' && s.p[i + 1] != '\n')) {
        return false;
    }
    size_t word = i;
    while (word && s.p[word - 1] != ' ' && s.p[word - 1] != '\n') {
        word--;
    }
    struct str last = {s.p + word, i - word};
    return s.p[i] != '.' || !(str_eq_nocase(last, STR("Dr")) || str_eq_nocase(last, STR("Mr")) ||
                              str_eq_nocase(last, STR("Ms")) || str_eq_nocase(last, STR("Mrs")) ||
                              str_eq_nocase(last, STR("a.m")) || str_eq_nocase(last, STR("p.m")));
}

struct str manner_sentences(struct str s, int most)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] && sentence_ends(s, i) && --most == 0) {
            return (struct str){s.p, i + 1};
        }
    }
    return s;
}

int manner_count(struct str s)
{
    int n = 0;
    for (size_t i = 0; i < s.n; i++) {
        n += s.p[i] && sentence_ends(s, i);
    }
    return n;
}

const char *manner_fit(struct pool *p, enum channel c, struct str reply)
{
    struct str s = plain(p, c, reply);
    size_t room = manner_room(c), word = 0, sentence = 0;
    if (c == CHANNEL_VOICE) {
        s = manner_sentences(s, VOICE_SENTENCES);
    }
    if (s.n <= room) {
        return str_dup(p, s);
    }
    s = utf8_prefix(s, room - 3);
    for (size_t i = 0; i < s.n; i++) {
        word = s.p[i] == ' ' || s.p[i] == '\n' ? i : word;
        sentence = sentence_ends(s, i) ? i + 1 : sentence;
    }
    if (sentence > room / 3) {
        return pool_strndup(p, s.p, sentence);
    }
    return pool_printf(p, "%.*s...", (int)(word ? word : s.n), s.p);
}
