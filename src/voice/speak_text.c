/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text made fit to be spoken: cut into sentences, and spelt. Word by word: what is between spaces
 * is one word with the punctuation around it, and most words stay as they are. flite itself knows
 * amounts ("$99.50"), ordinary numbers, "Dr." and months; these are left to it.
 */
#include <ctype.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "voice/speak.h"

#define SENTENCE_MAX 400 /* bytes; longer ones do not come from a person's mouth */
#define TEXT_MAX 8192

/* Abbreviations, in lower case and without their point, and what is said for them. */
static const struct abbreviation {
    const char *written, *said;
} abbreviations[] = {
    {"&", "and"},
    {"@", "at"},
    {"w/", "with"},
    {"vs", "versus"},
    {"min", "minutes"},
    {"mins", "minutes"},
    {"hr", "hour"},
    {"hrs", "hours"},
    {"appt", "appointment"},
    {"appts", "appointments"},
    {"ext", "extension"},
    {"st", "street"},
    {"ave", "avenue"},
    {"blvd", "boulevard"},
    {"rd", "road"},
    {"ste", "suite"},
    {"apt", "apartment"},
    {"mon", "Monday"},
    {"tue", "Tuesday"},
    {"tues", "Tuesday"},
    {"wed", "Wednesday"},
    {"thu", "Thursday"},
    {"thur", "Thursday"},
    {"thurs", "Thursday"},
    {"fri", "Friday"},
    {"sat", "Saturday"},
    {"sun", "Sunday"},
    {"approx", "about"},
    {"incl", "including"},
    {"tel", "telephone"},
    {"am", "A M"},
    {"pm", "P M"},
    {"a.m", "A M"},
    {"p.m", "P M"},
    {"e.g", "for example"},
    {"i.e", "that is"},
};

/* Those of them that are words too, when no point follows: "I sat", "the sun", "I am". */
static const char *const words_too[] = {"st", "am", "sat", "sun", "wed", "min", "mon", "ext"};

/* After which a point ends no sentence. */
static const char *const titles[] = {"dr", "mr", "mrs", "ms", "no", "prof", "jr", "sr"};

static bool is_in(const char *const *list, size_t n, struct str word)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(word, str_of(list[i]))) {
            return true;
        }
    }
    return false;
}

static const char *abbreviation_of(struct str word)
{
    for (size_t i = 0; i < ARRAY_SIZE(abbreviations); i++) {
        if (str_eq_nocase(word, str_of(abbreviations[i].written))) {
            return abbreviations[i].said;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------------ sentences */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Does the point at s[at] belong to the word before it? */
static bool is_abbreviated(struct str s, size_t at)
{
    size_t from = at;
    while (from > 0 && !is_space(s.p[from - 1])) {
        from--;
    }
    struct str word = {s.p + from, at - from};
    size_t next = at + 1;
    while (next < s.n && is_space(s.p[next])) {
        next++;
    }
    bool goes_on =
        next < s.n && (islower((unsigned char)s.p[next]) || isdigit((unsigned char)s.p[next]));
    return is_in(titles, ARRAY_SIZE(titles), word) ||
           (word.n == 1 && isupper((unsigned char)word.p[0]) && word.p[0] != 'I') ||
           (goes_on && abbreviation_of(word));
}

struct str speak_sentence(struct str *rest)
{
    struct str s = rest->p ? str_trim(*rest) : *rest;
    if (s.n == 0) {
        *rest = (struct str){NULL, 0};
        return *rest;
    }
    size_t end = 0, word = 0;
    for (size_t i = 0; i < s.n && end == 0; i++) {
        bool stop = strchr(".!?", s.p[i]) && (i + 1 == s.n || is_space(s.p[i + 1]));
        if (s.p[i] == '\n' || (stop && !(s.p[i] == '.' && is_abbreviated(s, i)))) {
            end = i + 1;
        } else if (i >= SENTENCE_MAX) {
            end = word ? word : utf8_prefix(s, SENTENCE_MAX).n;
        } else if (s.p[i] == ' ') {
            word = i;
        }
    }
    if (end == 0) {
        end = s.n;
    }
    *rest = (struct str){s.p + end, s.n - end};
    return str_trim((struct str){s.p, end});
}

/* ------------------------------------------------------------------------ ASCII */

/* Letters with marks lose them, typographic signs become plain, the rest a space. */
static void add_plain(struct buf *to, int32_t c)
{
    static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOO OUUUUYTsaaaaaaaceeeeiiiidnooooo ouuuuyty";
    if (c < 0x80) {
        buf_putc(to, c < ' ' || c == 0x7F ? ' ' : (char)c);
    } else if (c >= 0xC0 && c <= 0xFF) {
        buf_putc(to, latin[c - 0xC0]);
    } else if (c == 0x2018 || c == 0x2019) {
        buf_putc(to, '\'');
    } else if (c == 0x2013) {
        buf_putc(to, '-');
    } else if (c == 0x2014 || c == 0x2026) {
        buf_puts(to, ", ");
    } else if (c == 0x20AC) {
        buf_puts(to, " euros ");
    } else {
        buf_putc(to, ' ');
    }
}

static struct str plain(struct pool *p, struct str text)
{
    struct str rest = utf8_prefix(text, TEXT_MAX / 8);
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, TEXT_MAX);
    for (int32_t c; (c = utf8_next(&rest)) != -1;) {
        add_plain(&b, c);
    }
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* ------------------------------------------------------------------------ words */

static size_t digits_in(struct str w)
{
    size_t n = 0;
    for (size_t i = 0; i < w.n; i++) {
        n += isdigit((unsigned char)w.p[i]) != 0;
    }
    return n;
}

/* "+15550100002" and other long runs: digit by digit, with a breath after each three. */
static bool add_digits(struct buf *to, struct str w)
{
    size_t n = digits_in(w), done = 0;
    bool only = n + (w.n && w.p[0] == '+') == w.n;
    if (!only || n < 7) {
        return false;
    }
    for (size_t i = 0; i < w.n; i++) {
        if (isdigit((unsigned char)w.p[i])) {
            buf_putc(to, w.p[i]);
            done++;
            size_t left = n - done;
            buf_puts(to, left == 0 ? "" : (left == 4 || left == 7 || left == 10) ? ", " : " ");
        }
    }
    return true;
}

/* "9-5", "$120-$180", "10:00-11:30": from one to the other. Not "555-0100", nor a date. */
static bool add_range(struct buf *to, struct str w)
{
    ptrdiff_t dash = str_index(w, '-', 1);
    if (dash < 0 || str_index(w, '-', (size_t)dash + 1) >= 0) {
        return false;
    }
    struct str a = {w.p, (size_t)dash}, b = {w.p + dash + 1, w.n - (size_t)dash - 1};
    bool money = a.p[0] == '$';
    if (!digits_in(a) || !digits_in(b) ||
        (!money && (digits_in(a) > 2 || digits_in(b) > 2) && (str_index(a, ':', 0) < 0))) {
        return false;
    }
    buf_put_str(to, a);
    buf_puts(to, " to ");
    buf_put_str(to, b);
    return true;
}

/* "https://salon.example/book", "maya@example.org". */
static bool add_address(struct buf *to, struct str w)
{
    bool mail = str_index(w, '@', 1) > 0;
    for (size_t i = 0; i < 2; i++) {
        struct str scheme = i ? STR("http://") : STR("https://");
        if (str_starts(w, scheme)) {
            w = (struct str){w.p + scheme.n, w.n - scheme.n};
            mail = true;
        }
    }
    if (!mail) {
        return false;
    }
    for (size_t i = 0; i < w.n; i++) {
        switch (w.p[i]) {
        case '.':
            buf_puts(to, " dot ");
            break;
        case '@':
            buf_puts(to, " at ");
            break;
        case '/':
            buf_puts(to, " slash ");
            break;
        case '-':
            buf_puts(to, " dash ");
            break;
        case '_':
            buf_puts(to, " underscore ");
            break;
        default:
            buf_putc(to, w.p[i]);
        }
    }
    return true;
}

/* `dotted`: a point follows it. after: the word before ends in a digit or is a number's. */
static bool add_abbreviation(struct buf *to, struct str w, bool dotted, bool after_number)
{
    const char *said = abbreviation_of(w);
    bool word_too = is_in(words_too, ARRAY_SIZE(words_too), w);
    bool capitals = w.n == 2 && (memcmp(w.p, "AM", 2) == 0 || memcmp(w.p, "PM", 2) == 0);
    if (!said || (word_too && !dotted && !after_number && !capitals)) {
        return false;
    }
    buf_puts(to, said);
    return true;
}

static void add_word(struct buf *to, struct str w, bool after_number)
{
    size_t from = 0, end = w.n;
    while (from < end && strchr("(\"'[*", w.p[from])) {
        from++;
    }
    while (end > from && strchr(".,;:!?)\"'*]", w.p[end - 1])) {
        end--;
    }
    struct str core = {w.p + from, end - from};
    bool dotted = end < w.n && w.p[end] == '.';
    bool done = core.n && (add_abbreviation(to, core, dotted, after_number) ||
                           add_digits(to, core) || add_range(to, core) || add_address(to, core));
    if (!done) {
        buf_put_str(to, core);
    }
    for (size_t i = end; i < w.n; i++) { /* what makes a pause or a tone */
        if (strchr(".,;:!?", w.p[i])) {
            buf_putc(to, w.p[i]);
        }
    }
}

const char *speak_spelt(struct pool *p, struct str text)
{
    struct str rest = plain(p, text);
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, TEXT_MAX);
    bool after_number = false;
    for (struct str w; rest.p && (w = str_cut(&rest, ' ')).p;) {
        if (w.n == 0) {
            continue;
        }
        if (b.len) {
            buf_putc(&b, ' ');
        }
        add_word(&b, w, after_number);
        after_number = isdigit((unsigned char)w.p[w.n - 1]) != 0;
    }
    return str_dup(p, buf_str(&b));
}
