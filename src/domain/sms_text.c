/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments are counted as handsets receive them: an escape pair or a surrogate pair is never split
 * over two parts, so a part may end one unit early. Both encodings are counted in one pass, as the
 * last character may be the one that decides which of them it is.
 */
#include "domain/sms_text.h"

#include "base/utf8.h"

/* Septets of U+0020 to U+007E: 1 basic, 2 extension, 0 not in GSM-7. */
static const char ascii_septets[95 + 1] = "11111111111111111111111111111111" /* space to ? */
                                          "1111111111111111111111111112222"  /* @ to ^ */
                                          "101111111111111111111111111"      /* _ to y */
                                          "12222";                           /* z { | } ~ */

/* The basic table above U+007E, ascending. */
static const uint16_t basic[] = {
    0xA1, 0xA3, 0xA4, 0xA5,  0xA7,  0xBF,  0xC4,  0xC5,  0xC6,  0xC7,  0xC9,  0xD1,  0xD6,
    0xD8, 0xDC, 0xDF, 0xE0,  0xE4,  0xE5,  0xE6,  0xE8,  0xE9,  0xEC,  0xF1,  0xF2,  0xF6,
    0xF8, 0xF9, 0xFC, 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9,
};

/* Septets of a character in GSM-7, 0 when it has none. */
static int septets_of(int32_t c)
{
    if (c >= 0x20 && c <= 0x7e) {
        return ascii_septets[c - 0x20] - '0';
    }
    if (c == '\n' || c == '\r') {
        return 1;
    }
    if (c == '\f' || c == 0x20AC) {
        return 2;
    }
    for (size_t i = 0; i < ARRAY_SIZE(basic); i++) {
        if (basic[i] == c) {
            return 1;
        }
    }
    return 0;
}

struct parts {
    int alone; /* units of a message of one part, and of each part of more */
    int each;
    int units;
    int full; /* complete parts before the current one */
    int used; /* units of the current one */
};

static void add_unit(struct parts *p, int units)
{
    p->units += units;
    if (p->used + units > p->each) {
        p->full++;
        p->used = 0;
    }
    p->used += units;
}

static struct sms_size size_of(const struct parts *p, bool gsm7)
{
    return (struct sms_size){gsm7, p->units, p->units <= p->alone ? 1 : p->full + 1};
}

struct sms_size sms_measure(struct str text)
{
    struct parts gsm = {.alone = 160, .each = 153}, ucs = {.alone = 70, .each = 67};
    bool all_gsm = true;
    for (int32_t c; (c = utf8_next(&text)) != -1;) {
        int septets = septets_of(c);
        all_gsm = all_gsm && septets;
        add_unit(&gsm, septets);
        add_unit(&ucs, c > 0xFFFF ? 2 : 1);
    }
    return all_gsm ? size_of(&gsm, true) : size_of(&ucs, false);
}

/* What is written for a character instead; NULL: the character itself. */
static const char *look_alike(int32_t c)
{
    switch (c) {
    case 0x2018: /* single quotes, primes, the grave and the acute accent */
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x2035:
    case 0x2039:
    case 0x203A:
    case 0x02B9:
    case 0x02BC:
    case 0x00B4:
    case '`':
        return "'";
    case 0x201C: /* double ones */
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x00AB:
    case 0x00BB:
        return "\"";
    case 0x2010: /* hyphens, dashes, the minus sign, bullets */
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
    case 0x2022:
    case 0x00B7:
        return "-";
    case 0x2026:
        return "...";
    case 0x00A0: /* spaces of all widths */
    case 0x202F:
    case 0x205F:
    case 0x3000:
    case '\t':
        return " ";
    case 0x2028: /* line and paragraph separators */
    case 0x2029:
        return "\n";
    case 0x00AD: /* soft hyphen, zero-width characters, byte order mark */
    case 0x200B:
    case 0x2060:
    case 0xFEFF:
        return "";
    case 0x00D7:
        return "x";
    case 0x2044:
        return "/";
    default:
        return c >= 0x2000 && c <= 0x200A ? " " : NULL;
    }
}

struct str sms_plain(struct pool *p, struct str text)
{
    char *out = pool_alloc(p, text.n * 3 + 1); /* a tab is the shortest that is replaced */
    size_t n = 0;
    while (text.n) {
        struct str at = text;
        int32_t c = utf8_next(&text);
        const char *instead = look_alike(c);
        struct str add = instead ? str_of(instead) : (struct str){at.p, at.n - text.n};
        memcpy(out + n, add.p, add.n);
        n += add.n;
    }
    return (struct str){out, n};
}

static struct str with_dots(struct pool *p, struct str s)
{
    char *out = pool_alloc(p, s.n + 4);
    memcpy(out, s.p, s.n);
    memcpy(out + s.n, "...", 3);
    return (struct str){out, s.n + 3};
}

/* Bytes of the longest prefix that fits with the dots. What fits grows with no prefix. */
static size_t longest_that_fits(struct pool *p, struct str text, int max_segments)
{
    char *with = pool_alloc(p, text.n + 4);
    size_t fits = 0, fits_not = text.n;
    while (fits_not - fits > 1) {
        size_t middle = fits + (fits_not - fits) / 2;
        size_t at = utf8_prefix(text, middle).n;
        memcpy(with, text.p, at);
        memcpy(with + at, "...", 3);
        bool ok = sms_measure((struct str){with, at + 3}).segments <= max_segments;
        *(ok ? &fits : &fits_not) = middle;
    }
    return utf8_prefix(text, fits).n;
}

static bool is_break(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

struct str sms_fit(struct pool *p, struct str text, int max_segments)
{
    max_segments = MAX_OF(max_segments, 1);
    if (sms_measure(text).segments <= max_segments) {
        return text;
    }
    struct str cut = {text.p, longest_that_fits(p, text, max_segments)};
    size_t word = cut.n;
    while (word && !is_break(text.p[word])) {
        word--;
    }
    if (word > cut.n / 2) { /* else an endless word, which is cut where the room ends */
        cut.n = word;
    }
    while (cut.n && (is_break(cut.p[cut.n - 1]) || memchr(",;:.-", cut.p[cut.n - 1], 5))) {
        cut.n--;
    }
    return with_dots(p, cut);
}
