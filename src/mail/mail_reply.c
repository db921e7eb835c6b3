/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The new words of a reply: what is left without the quoted mail, the line that announces it, and
 * the signature. Lines are told apart one by one (mail_reply.def has the words), then the order of
 * own and quoted runs decides: words above or below the quotation stand alone, words between two
 * quotations make sense only with them, so all is kept. When in doubt more is kept, never less.
 */
#include <ctype.h>

#include "mail/mail_private.h"

#define SPAN_MAX 4         /* lines that an announcing line is broken into */
#define LINE_LOOK_MAX 600  /* bytes; longer lines are somebody's paragraphs */
#define SIGNATURE_LINES 14 /* after a bare "--" */
#define HEADER_LINES_LOOK 9

enum line_is {
    OWN,
    BLANK,
    QUOTED, /* by its depth, or announcing quotation */
    GONE,   /* signature, footer */
};

struct cutter {
    struct pool *p;
    const struct mail_lines *lines;
    unsigned char *is; /* enum line_is of each */
    size_t end;        /* what comes after it is the mail that is answered */
    bool forward;
    size_t forward_at; /* where the mail that is handed on begins */
};

enum header_kind { H_NONE, H_FROM = 1, H_DATE = 2, H_TO = 4, H_SUBJECT = 8, H_COPY = 16 };

/* ---- telling one line ---- */

static struct str line_at(const struct cutter *c, size_t i)
{
    struct str s = c->lines->all[i].text;
    while (!c->lines->of_html && s.n && (s.p[0] == '>' || s.p[0] == ' ')) {
        s.p++;
        s.n--;
    }
    return str_trim(s);
}

static bool is_blank(const struct cutter *c, size_t i)
{
    return line_at(c, i).n == 0;
}

static bool starts_any(struct str s, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (mail_starts_nocase(s, texts[i])) {
            return true;
        }
    }
    return false;
}

static bool has_any(struct str s, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (mail_has_nocase(s, texts[i])) {
            return true;
        }
    }
    return false;
}

static const char *const attribution_starts[] = {
#define ATTRIBUTION_START(text) text,
#include "mail/mail_reply.def"
};
static const char *const attribution_verbs[] = {
#define ATTRIBUTION_VERB(text) text,
#include "mail/mail_reply.def"
};
static const char *const originals[] = {
#define ORIGINAL(text) text,
#include "mail/mail_reply.def"
};
static const char *const forwardeds[] = {
#define FORWARDED(text) text,
#include "mail/mail_reply.def"
};
static const char *const signature_starts[] = {
#define SIGNATURE_START(text) text,
#include "mail/mail_reply.def"
};
static const char *const signature_parts[] = {
#define SIGNATURE_HAS(text) text,
#include "mail/mail_reply.def"
};
static const struct {
    enum header_kind kind;
    const char *word;
} header_words[] = {
#define HEADER_WORD(kind, text) {H_##kind, text},
#include "mail/mail_reply.def"
};

/* A colon, also the wide one of East Asian scripts. */
static bool ends_with_colon(struct str s)
{
    return str_ends(s, STR(":")) || str_ends(s, STR("\xEF\xBC\x9A"));
}

/* A year, a time of day; a date in figures, unless `surely`. */
static bool has_date(struct str s, bool surely)
{
    for (size_t i = 0; i + 3 < s.n; i++) {
        bool digit = isdigit((unsigned char)s.p[i]);
        bool two = digit && isdigit((unsigned char)s.p[i + 1]);
        if (two && isdigit((unsigned char)s.p[i + 2]) && isdigit((unsigned char)s.p[i + 3]) &&
            (memcmp(s.p + i, "19", 2) == 0 || memcmp(s.p + i, "20", 2) == 0)) {
            return true;
        }
        if (digit && s.p[i + 1] && strchr(surely ? ":" : ":.h/-", s.p[i + 1]) &&
            isdigit((unsigned char)s.p[i + 2])) {
            return true;
        }
    }
    return false;
}

static bool has_address(struct str s)
{
    ptrdiff_t at = str_index(s, '@', 0);
    return at > 0 && (size_t)at + 3 < s.n && isalnum((unsigned char)s.p[at - 1]) &&
           isalnum((unsigned char)s.p[at + 1]);
}

/* The words within a line of dashes, or after a few of them: n == 0 when it is no such line. */
static struct str between_dashes(struct str s)
{
    struct str in = s;
    while (in.n && (in.p[0] == '-' || in.p[0] == '_' || in.p[0] == ' ' || in.p[0] == '*')) {
        in.p++;
        in.n--;
    }
    while (in.n && (in.p[in.n - 1] == '-' || in.p[in.n - 1] == ' ' || in.p[in.n - 1] == ':' ||
                    in.p[in.n - 1] == '*')) {
        in.n--;
    }
    return in;
}

/* Quoted by the markup, or by a sign in the text. */
static bool is_quoted(const struct cutter *c, size_t i)
{
    const struct mail_text_line *line = &c->lines->all[i];
    return line->depth > 0 || (line->text.n && line->text.p[0] == '>');
}

static bool quoted_next(const struct cutter *c, size_t from)
{
    for (size_t i = from; i < c->lines->n; i++) {
        if (!is_blank(c, i)) {
            return is_quoted(c, i);
        }
    }
    return false;
}

/* quoted: lines with quote signs follow, so that who and when are enough in any language. */
static bool announces(struct str s, bool quoted)
{
    struct str in = between_dashes(s); /* Zoho's stands between dashes, or has no colon */
    bool bare = !ends_with_colon(s) && str_ends(in, STR("wrote"));
    if (!in.n || in.n > LINE_LOOK_MAX || !(bare || ends_with_colon(s))) {
        return false;
    }
    s = bare ? in : s;
    bool verb = has_any(s, attribution_verbs, ARRAY_SIZE(attribution_verbs));
    bool start = starts_any(s, attribution_starts, ARRAY_SIZE(attribution_starts)) ||
                 isdigit((unsigned char)s.p[0]);
    if (!has_date(s, bare)) {
        return quoted && start && verb && has_address(s);
    }
    return bare ? start && has_address(s)
           : has_address(s)
               ? verb || start || ((quoted || str_ends(s, STR(">:"))) && has_date(s, true))
               : verb && start;
}

/* The line that begins an announcement which goes on in the next one. */
static bool begins_announcement(struct str s)
{
    return starts_any(s, attribution_starts, ARRAY_SIZE(attribution_starts)) &&
           has_date(s, false) && !ends_with_colon(s);
}

/* How many lines, ending with line `last`, announce a quotation; 0: none. */
static size_t announcement_span(const struct cutter *c, size_t first_free, size_t last)
{
    struct str end = line_at(c, last);
    if (!ends_with_colon(end) && !str_ends(between_dashes(end), STR("wrote"))) {
        return 0;
    }
    struct str joined = {"", 0};
    bool quoted = quoted_next(c, last + 1);
    for (size_t n = 1; n <= SPAN_MAX && last + 1 >= first_free + n; n++) {
        size_t at = last + 1 - n;
        struct str line = line_at(c, at);
        if (!line.n || line.n > LINE_LOOK_MAX) {
            return 0;
        }
        joined = str_of(pool_printf(c->p, STR_FMT "%s" STR_FMT, STR_ARG(line), n > 1 ? " " : "",
                                    STR_ARG(joined)));
        if (announces(joined, quoted)) {
            bool more = n < SPAN_MAX && at > first_free && begins_announcement(line_at(c, at - 1));
            return n + more;
        }
    }
    return 0;
}

static bool is_original(struct str s)
{
    struct str in = between_dashes(s);
    return in.n && in.n + 2 < s.n && s.p[0] == '-' &&
           starts_any(in, originals, ARRAY_SIZE(originals));
}

static bool is_forwarded(struct str s)
{
    struct str in = between_dashes(s);
    bool framed = s.n && (s.p[0] == '-' || ends_with_colon(s));
    return framed && in.n && in.n < 120 && starts_any(in, forwardeds, ARRAY_SIZE(forwardeds));
}

/* "From:", also "*From:*" and "From :". */
static enum header_kind header_kind(struct str s)
{
    while (s.n && (s.p[0] == '*' || s.p[0] == ' ')) {
        s.p++;
        s.n--;
    }
    ptrdiff_t colon = str_index(s, ':', 0);
    if (colon < 0) {
        for (size_t i = 0; i + 2 < s.n && colon < 0; i++) {
            colon = memcmp(s.p + i, "\xEF\xBC\x9A", 3) == 0 ? (ptrdiff_t)i : -1;
        }
    }
    if (colon <= 0 || colon > 40) {
        return H_NONE;
    }
    struct str word = str_trim((struct str){s.p, (size_t)colon});
    if (str_ends(word, STR("\xC2\xA0"))) { /* French puts a fixed space before the colon */
        word.n -= 2;
    }
    while (word.n && word.p[word.n - 1] == '*') {
        word.n--;
    }
    for (size_t i = 0; i < ARRAY_SIZE(header_words); i++) {
        if (str_eq_nocase(word, str_of(header_words[i].word))) {
            return header_words[i].kind;
        }
    }
    return H_NONE;
}

/* Do the lines from i on look like a mail's header: who, and two more of when, to whom, what? */
static bool begins_header(const struct cutter *c, size_t i)
{
    unsigned seen = 0;
    int others = 0;
    if (!(header_kind(line_at(c, i)) & (H_FROM | H_DATE | H_SUBJECT | H_TO))) {
        return false;
    }
    for (size_t k = i; k < c->lines->n && k < i + HEADER_LINES_LOOK; k++) {
        enum header_kind kind = header_kind(line_at(c, k));
        seen |= kind;
        others = kind ? 0 : others + 1;
        if ((others && is_blank(c, k) && seen) || others > 1) {
            break;
        }
    }
    int n = ((seen & H_DATE) != 0) + ((seen & H_TO) != 0) + ((seen & H_SUBJECT) != 0);
    return (seen & H_FROM) && n >= 2;
}

/* At least `least` dashes or underlines and nothing else. */
static bool is_rule(struct str s, size_t least)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == '_' || s.p[n] == '-' || s.p[n] == '=')) {
        n++;
    }
    return n >= least && n == s.n;
}

static bool is_mobile_signature(struct str s)
{
    if (s.n && (s.p[0] == '[' || s.p[0] == '<')) {
        s.p++;
        s.n--;
    }
    size_t sent = strlen("Sent from ");
    if (s.n > sent && s.n < 90 && mail_starts_nocase(s, "Sent from ") &&
        isupper((unsigned char)s.p[sent])) {
        return true; /* "Sent from SomeApp<https://...>" */
    }
    return s.n && s.n < 160 &&
           (starts_any(s, signature_starts, ARRAY_SIZE(signature_starts)) ||
            has_any(s, signature_parts, ARRAY_SIZE(signature_parts)));
}

/* ---- where the mail that is answered begins ---- */

/* An announcement, lines from i up to `last`: marks it. What follows is quoted by its depth, or,
 * when nothing shows it, is all that comes. */
static void take_announcement(struct cutter *c, size_t i, size_t last)
{
    for (size_t k = i; k <= last; k++) {
        c->is[k] = QUOTED;
    }
    if (!quoted_next(c, last + 1)) {
        c->end = i;
    }
}

/* Is the quotation that the markup begins at line i one by depth? Then depth tells where it ends.
 */
static bool depth_follows(const struct cutter *c, size_t i)
{
    int looked = 0;
    for (; i < c->lines->n && looked < 4; i++) {
        if (is_quoted(c, i)) {
            return true;
        }
        looked += !is_blank(c, i);
    }
    return false;
}

static bool forward_near(const struct cutter *c, size_t i)
{
    int looked = 0;
    for (; i < c->lines->n && looked < 2; i++) {
        if (is_forwarded(line_at(c, i)) || (c->lines->all[i].marks & MARK_FORWARD)) {
            return true;
        }
        looked += !is_blank(c, i);
    }
    return false;
}

/* Looks at line i, which nobody has quoted: does the answered mail begin here? */
static void look_for_head(struct cutter *c, size_t i)
{
    struct str s = line_at(c, i);
    unsigned marks = c->lines->all[i].marks;
    if (is_forwarded(s) || (marks & MARK_FORWARD) ||
        ((marks & MARK_QUOTE_HEAD) && forward_near(c, i))) {
        c->forward = true;
        c->forward_at = i;
        return;
    }
    if (is_original(s) || begins_header(c, i)) {
        c->end = i;
        return;
    }
    for (size_t last = i; last < c->lines->n && last < i + SPAN_MAX; last++) {
        size_t span = announcement_span(c, i, last);
        if (span == last - i + 1) {
            take_announcement(c, i, last);
            return;
        }
    }
    if ((marks & MARK_QUOTE_HEAD) && !depth_follows(c, i)) {
        c->end = i;
    }
}

static void find_heads(struct cutter *c)
{
    c->end = c->lines->n;
    for (size_t i = 0; i < c->end && c->forward_at == c->lines->n; i++) {
        if (is_quoted(c, i)) {
            c->is[i] = QUOTED;
        } else if (is_blank(c, i)) {
            c->is[i] = BLANK;
            if ((c->lines->all[i].marks & MARK_QUOTE_HEAD) && !forward_near(c, i) &&
                !depth_follows(c, i)) {
                c->end = i;
            }
        } else if (c->is[i] == OWN) {
            look_for_head(c, i);
        }
    }
}

/* ---- signatures ---- */

static size_t own_lines(const struct cutter *c, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        n += c->is[i] == OWN && !is_blank(c, i);
    }
    return n;
}

static bool is_delimiter(const struct cutter *c, size_t i, size_t left)
{
    struct str s = c->lines->all[i].text;
    if (c->lines->all[i].depth) {
        return false;
    }
    if (str_eq(s, STR("-- "))) {
        return true;
    }
    s = str_trim(s);
    return (str_eq(s, STR("--")) || str_eq(s, STR("\xE2\x80\x94"))) && left <= SIGNATURE_LINES;
}

/* A mailing list's lines under everybody's mail. */
static bool is_footer(const struct cutter *c, size_t i, size_t to)
{
    static const char *const words[] = {"mailing list", "unsubscribe", "listinfo", "mailinglist"};
    if (!is_rule(line_at(c, i), 20)) {
        return false;
    }
    for (size_t k = i + 1; k < to && k < i + 6; k++) {
        if (has_any(line_at(c, k), words, ARRAY_SIZE(words))) {
            return true;
        }
    }
    return false;
}

/* Takes the signature out of a run of own lines. */
static void drop_signature(struct cutter *c, size_t from, size_t to)
{
    size_t at = to, left = own_lines(c, from, to);
    for (size_t i = from; i < to && at == to; i++) {
        left -= c->is[i] == OWN && !is_blank(c, i);
        if (is_delimiter(c, i, left) || is_footer(c, i, to) ||
            (left <= 3 && is_mobile_signature(line_at(c, i)))) {
            at = i;
        }
    }
    for (size_t i = at; i < to; i++) {
        c->is[i] = GONE;
    }
    for (size_t i = from; i < to; i++) {
        if (c->lines->all[i].marks & MARK_SIGNATURE) {
            c->is[i] = GONE;
        }
    }
}

/* ---- putting it together ---- */

struct runs {
    size_t quoted;        /* runs of quoted lines */
    size_t before, after; /* own lines before the first of them and after */
    size_t first_own_after;
};

static struct runs count_runs(const struct cutter *c)
{
    struct runs r = {.first_own_after = c->end};
    bool in_quote = false;
    for (size_t i = 0; i < c->end; i++) {
        if (c->is[i] == QUOTED) {
            r.quoted += !in_quote;
            in_quote = true;
        } else if (c->is[i] == OWN) {
            in_quote = false;
            if (r.quoted) {
                r.first_own_after = r.after ? r.first_own_after : i;
                r.after++;
            } else {
                r.before++;
            }
        }
    }
    return r;
}

/* The signature of each run of own lines that ends with a quotation or the mail. */
static void drop_signatures(struct cutter *c)
{
    size_t from = 0;
    for (size_t i = 0; i <= c->end; i++) {
        if (i == c->end || c->is[i] == QUOTED) {
            if (i > from) {
                drop_signature(c, from, i);
            }
            from = i + 1;
        }
    }
}

static struct str join(const struct cutter *c, size_t from, size_t to, bool with_quotes)
{
    struct buf out;
    buf_init(&out, MAIL_TEXT_MAX_BYTES);
    for (size_t i = from; i < to; i++) {
        const struct mail_text_line *line = &c->lines->all[i];
        if (c->is[i] == GONE || (c->is[i] == QUOTED && !with_quotes)) {
            continue;
        }
        for (int d = 0; c->lines->of_html && d < MIN_OF(line->depth, 20); d++) {
            buf_puts(&out, d + 1 == line->depth && line->text.n ? "> " : ">");
        }
        struct str text = line->text;
        while (!line->depth && text.n &&
               (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t')) {
            text.n--;
        }
        buf_put_str(&out, text);
        buf_putc(&out, '\n');
    }
    struct str whole = str_trim(buf_str(&out));
    whole = (struct str){str_dup(c->p, whole), whole.n};
    buf_clear(&out);
    return whole;
}

/* Rules and blanks at the end that led over to the quotation. */
static void drop_rules(struct cutter *c)
{
    for (size_t i = c->end; i > 0; i--) {
        struct str s = line_at(c, i - 1);
        bool title = c->end < c->lines->n && s.n < 60 &&
                     starts_any(s, originals, ARRAY_SIZE(originals)); /* without its dashes */
        if (c->is[i - 1] != GONE && s.n && !is_rule(s, 3) && !title) {
            return;
        }
        if (c->end < c->lines->n && s.n) {
            c->is[i - 1] = GONE;
        }
    }
}

/* All of it, but for the signatures before the mail that is handed on and after its end. */
static struct str join_forward(struct cutter *c)
{
    size_t n = c->lines->n, at = c->forward_at < n ? c->forward_at : c->end, after = n;
    memset(c->is, OWN, n);
    drop_signature(c, 0, at);
    for (size_t i = at; i < n && after == n; i++) {
        struct str s = line_at(c, i);
        bool end = s.n && s.p[0] == '-' && mail_starts_nocase(between_dashes(s), "end forwarded");
        after = end ? i + 1 : n;
    }
    drop_signature(c, after, n);
    return join(c, 0, n, true);
}

struct mail_reply mail_reply_cut(struct pool *p, const struct mail_lines *lines, bool forward)
{
    struct cutter c = {.p = p, .lines = lines, .forward = forward, .end = lines->n};
    c.is = pool_alloc(p, lines->n + 1);
    c.forward_at = lines->n;
    find_heads(&c);
    if (c.forward) {
        return (struct mail_reply){join_forward(&c), true, false};
    }
    drop_rules(&c);
    drop_signatures(&c);
    struct runs r = count_runs(&c);
    if (r.quoted && r.after && (r.before || r.quoted > 1)) {
        return (struct mail_reply){join(&c, 0, c.end, true), false, false}; /* between quotations */
    }
    size_t from = r.after ? r.first_own_after : 0;
    return (struct mail_reply){join(&c, from, c.end, false), false,
                               r.quoted > 0 || c.end < lines->n};
}

void mail_lines_of_text(struct pool *p, struct str text, struct mail_lines *out)
{
    size_t room = 1;
    for (size_t i = 0; i < text.n; i++) {
        room += text.p[i] == '\n';
    }
    *out = (struct mail_lines){.cut = room > MAIL_LINES_MAX};
    room = MIN_OF(room, (size_t)MAIL_LINES_MAX);
    out->all = pool_calloc(p, room, sizeof *out->all);
    struct str rest = text;
    for (struct str line; out->n < room && rest.p && (line = str_cut(&rest, '\n')).p;) {
        struct mail_text_line *l = &out->all[out->n++];
        l->text = line;
        for (size_t i = 0; i < line.n && (line.p[i] == '>' || line.p[i] == ' '); i++) {
            l->depth += line.p[i] == '>';
        }
    }
}
