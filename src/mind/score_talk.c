/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages as utterances of two sides. A call is often one message that holds both, a turn a line
 * ("Caller: ...", "Ava: ..."); who is who is told by the names that people use for the sides, else
 * by who behaves like the one that picked up. Of mails the quoted parts are left out.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "mind/score_private.h"

/* More of a conversation is not read: an hour's call has a tenth of it. */
#define TALK_MAX_BYTES (256u << 10)
#define LABELS_MAX 8

enum side { SIDE_UNKNOWN, SIDE_CUSTOMER, SIDE_ASSISTANT };

/* Words of the names that sides are given; whole: they are the name, or its first word. */
static const struct {
    const char *word;
    enum side side;
    bool whole;
} side_names[] = {
    {"customer service", SIDE_ASSISTANT, false},
    {"customer care", SIDE_ASSISTANT, false},
    {"customer support", SIDE_ASSISTANT, false},
    {"assistant", SIDE_ASSISTANT, false},
    {"receptionist", SIDE_ASSISTANT, false},
    {"front desk", SIDE_ASSISTANT, false},
    {"reception", SIDE_ASSISTANT, false},
    {"representative", SIDE_ASSISTANT, false},
    {"agent", SIDE_ASSISTANT, false},
    {"operator", SIDE_ASSISTANT, false},
    {"staff", SIDE_ASSISTANT, false},
    {"support", SIDE_ASSISTANT, false},
    {"ava", SIDE_ASSISTANT, true},
    {"bot", SIDE_ASSISTANT, true},
    {"ai", SIDE_ASSISTANT, true},
    {"rep", SIDE_ASSISTANT, true},
    {"outbound", SIDE_ASSISTANT, true},

    {"host", SIDE_ASSISTANT, true},
    {"us", SIDE_ASSISTANT, true},
    {"desk", SIDE_ASSISTANT, true},
    {"office", SIDE_ASSISTANT, true},
    {"business", SIDE_ASSISTANT, true},
    {"clinic", SIDE_ASSISTANT, true},
    {"customer", SIDE_CUSTOMER, false},
    {"caller", SIDE_CUSTOMER, false},
    {"client", SIDE_CUSTOMER, false},
    {"patient", SIDE_CUSTOMER, false},
    {"guest", SIDE_CUSTOMER, false},
    {"visitor", SIDE_CUSTOMER, false},
    {"user", SIDE_CUSTOMER, true},
    {"human", SIDE_CUSTOMER, true},
    {"inbound", SIDE_CUSTOMER, true},
    {"consumer", SIDE_CUSTOMER, true},
    {"lead", SIDE_CUSTOMER, true},
    {"them", SIDE_CUSTOMER, true},
};

static bool letter_at(struct str s, size_t at)
{
    char c = at < s.n ? s.p[at] : ' ';
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum side side_of_name(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(side_names); i++) {
        struct str word = str_of(side_names[i].word);
        size_t last = side_names[i].whole ? 0 : name.n;
        for (size_t at = 0; at + word.n <= name.n && at <= last; at++) {
            bool alone = (at == 0 || !letter_at(name, at - 1)) && !letter_at(name, at + word.n);
            if (alone && str_eq_nocase((struct str){name.p + at, word.n}, word)) {
                return side_names[i].side;
            }
        }
    }
    return SIDE_UNKNOWN;
}

/*
 * The name before the colon that a line begins with, and what follows it: "[00:12] **Caller**: hi".
 * false when it is no such line.
 */
static bool cut_label(struct str line, struct str *name, struct str *words)
{
    line = str_trim(line);
    if (line.n && (line.p[0] == '[' || line.p[0] == '(')) {
        ptrdiff_t end = str_index(line, line.p[0] == '[' ? ']' : ')', 0);
        if (end > 0 && end < 24) {
            line = str_trim((struct str){line.p + end + 1, line.n - (size_t)end - 1});
        }
    }
    ptrdiff_t colon = str_index(line, ':', 0);
    if (colon <= 0 || colon > 32) {
        return false;
    }
    struct str label = {line.p, (size_t)colon};
    while (label.n && strchr("*_#> -", label.p[0])) {
        label.p++;
        label.n--;
    }
    while (label.n && strchr("*_ ", label.p[label.n - 1])) {
        label.n--;
    }
    unsigned spaces = 0;
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];
        spaces += c == ' ';
        bool title = c == '.' && i > 0 && i <= 3; /* Mrs. Hale */
        if (!title && strchr(",.?!/", c)) {
            return false;
        }
    }
    *name = label;
    *words = str_trim((struct str){line.p + colon + 1, line.n - (size_t)colon - 1});
    while (words->n && words->p[0] == '*') {
        *words = str_trim((struct str){words->p + 1, words->n - 1});
    }
    return label.n > 0 && spaces <= 3 && !(label.p[0] >= '0' && label.p[0] <= '9');
}

struct label {
    struct str name;
    enum side side;
    unsigned lines, host_lines;
};
struct labels {
    size_t n;
    struct label list[LABELS_MAX];
};

static struct label *label_named(struct labels *l, struct str name, bool add)
{
    for (size_t i = 0; i < l->n; i++) {
        if (str_eq_nocase(l->list[i].name, name)) {
            return &l->list[i];
        }
    }
    if (!add || l->n == LABELS_MAX) {
        return NULL;
    }
    l->list[l->n] = (struct label){.name = name, .side = side_of_name(name)};
    return &l->list[l->n++];
}

/* Who is who among the names that are nobody's in particular. */
static void give_sides(struct labels *l)
{
    bool have[3] = {false};
    struct label *host = NULL;
    for (size_t i = 0; i < l->n; i++) {
        have[l->list[i].side] = true;
        bool more = !host || l->list[i].host_lines > host->host_lines;
        host = l->list[i].side == SIDE_UNKNOWN && more ? &l->list[i] : host;
    }
    if (!have[SIDE_ASSISTANT] && host &&
        (host->host_lines > 0 || have[SIDE_CUSTOMER] || l->n == 2)) {
        host->side = SIDE_ASSISTANT; /* without a hint the first one, who picked up */
    }
    for (size_t i = 0; i < l->n; i++) {
        l->list[i].side = l->list[i].side ? l->list[i].side : SIDE_CUSTOMER;
    }
}

static void find_labels(struct pool *p, struct str text, struct labels *l)
{
    struct str name, words;
    for (struct str line, rest = text; rest.p && (line = str_cut(&rest, '\n')).p;) {
        if (cut_label(line, &name, &words)) {
            struct label *label = label_named(l, name, true);
            if (label) {
                struct tokens t;
                tokens_of_text(p, words, &t);
                label->lines++;
                label->host_lines += (cues_of(&t, false) & CUE_BIT(HOST)) != 0;
            }
        }
    }
}

/*
 * Is the text a transcript? Not a letter with "PS:" or a form with "Name:": both sides must be
 * known by name, or one of them at the very start; in a call any two names will do.
 */
static bool is_transcript(struct pool *p, struct str text, bool call, struct labels *l)
{
    struct str name, words;
    find_labels(p, text, l);
    bool known[3] = {false};
    unsigned lines = 0;
    for (size_t i = 0; i < l->n; i++) {
        known[l->list[i].side] = true;
        lines += l->list[i].lines;
    }
    bool opens = cut_label(text, &name, &words) && label_named(l, name, false);
    enum side first = opens ? label_named(l, name, false)->side : SIDE_UNKNOWN;
    bool both = known[SIDE_CUSTOMER] && known[SIDE_ASSISTANT];
    bool one = opens && first == SIDE_CUSTOMER && (l->n == 1 || lines > l->n);
    bool host = opens && first == SIDE_ASSISTANT && l->n >= 2 && lines >= 3;
    if (!both && !one && !host && !(call && opens && l->n >= 2 && lines >= 3)) {
        return false;
    }
    give_sides(l);
    return true;
}

struct reader {
    struct pool *pool;
    struct talk *talk;
    size_t room;
    size_t bytes; /* read so far */
};

static void add(struct reader *r, bool customer, struct str text, struct wall at)
{
    struct talk *t = r->talk;
    text = str_trim(text);
    if (text.n == 0 || r->bytes >= TALK_MAX_BYTES) {
        return;
    }
    r->bytes += MIN_OF(text.n, (size_t)UTTERANCE_MAX_BYTES);
    if (t->n == r->room) {
        struct utterance *more = pool_calloc(r->pool, 2 * r->room + 8, sizeof *more);
        memcpy(more, t->list, t->n * sizeof *more);
        t->list = more;
        r->room = 2 * r->room + 8;
    }
    struct utterance *u = &t->list[t->n++];
    *u = (struct utterance){.customer = customer, .text = text, .at = at};
    tokens_of_text(r->pool, text, &u->tokens);
    u->cues = cues_of(&u->tokens, customer);
    if (customer) {
        mood_of(r->pool, &u->tokens, &u->mood);
        t->n_customer++;
    } else {
        t->n_assistant++;
    }
}

static void add_transcript(struct reader *r, struct str text, struct labels *l)
{
    enum side side = SIDE_UNKNOWN;
    struct buf turn;
    buf_init(&turn, TALK_MAX_BYTES);
    for (struct str line, rest = text; rest.p;) {
        struct str name, words;
        line = str_cut(&rest, '\n');
        struct label *label = cut_label(line, &name, &words) ? label_named(l, name, false) : NULL;
        if (label) {
            struct str said = {str_dup(r->pool, buf_str(&turn)), turn.len};
            add(r, side != SIDE_ASSISTANT, said, (struct wall){0});
            buf_reset(&turn);
            side = label->side;
            line = words;
        }
        buf_put_str(&turn, line);
        buf_putc(&turn, '\n');
    }
    struct str said = {str_dup(r->pool, buf_str(&turn)), turn.len};
    add(r, side != SIDE_ASSISTANT, said, (struct wall){0});
    buf_clear(&turn);
}

/* Does a line begin what a mail repeats of the one it answers, or a signature? */
static bool ends_letter(struct str line)
{
    static const char *const starts[] = {"-----Original", "________",        "-- ",
                                         "Sent from my",  "Begin forwarded", "Get Outlook"};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (str_starts(line, str_of(starts[i]))) {
            return true;
        }
    }
    return str_eq(line, STR("--")) ||
           (str_starts(line, STR("On ")) && str_ends(line, STR("wrote:")));
}

/* The letter itself; all of it when nothing would be left. */
static struct str letter_of(struct pool *p, struct str text)
{
    if (str_index(text, '\n', 0) < 0) {
        return text;
    }
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, TALK_MAX_BYTES);
    for (struct str line, rest = utf8_prefix(text, TALK_MAX_BYTES / 2); rest.p;) {
        line = str_cut(&rest, '\n');
        struct str bare = str_trim(line);
        if (ends_letter(bare)) {
            break;
        }
        if (bare.n == 0 || bare.p[0] != '>') {
            buf_put_str(&b, line);
            buf_putc(&b, '\n');
        }
    }
    struct str kept = str_trim(buf_str(&b));
    return kept.n ? (struct str){str_dup(p, kept), kept.n} : text;
}

void talk_read(struct pool *p, const struct score_in *in, struct talk *out)
{
    struct talk talk = {0};
    struct reader r = {.pool = p, .talk = &talk, .room = in->n_messages};
    bool call = in->channel && strcmp(in->channel, "voice") == 0;
    talk.list = pool_calloc(p, r.room, sizeof *talk.list);
    for (size_t i = 0; i < in->n_messages; i++) {
        const struct score_message *m = &in->messages[i];
        struct str text = utf8_prefix(m->content, TALK_MAX_BYTES);
        struct labels labels = {0};
        if (m->inbound && str_index(text, ':', 0) >= 0 && is_transcript(p, text, call, &labels)) {
            add_transcript(&r, text, &labels);
        } else {
            add(&r, m->inbound, m->inbound ? letter_of(p, text) : text, m->at);
        }
    }
    *out = talk;
}
