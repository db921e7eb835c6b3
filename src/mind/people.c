/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are found by the words that announce them ("my name is", "this is ... calling", "Maya
 * here"), by a letter's signature, and, when the name was asked for, as the whole of a short
 * answer. What announces weakly ("I'm ...") counts only before what is written like a name, because
 * "I'm interested" is none.
 */
#include "mind/people.h"

#include <stdio.h>

#include "base/utf8.h"
#include "mind/people_private.h"

static bool is_letter(int32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0xC0;
}

static const char *lower_of(struct pool *p, struct str raw)
{
    char *low = pool_alloc(p, raw.n + 1), *to = low;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c != '\'' && (i + 2 >= raw.n || memcmp(raw.p + i, "\xE2\x80\x99", 3) != 0)) {
            *to++ = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
        } else if (c != '\'') {
            i += 2;
        }
    }
    return low;
}

static void add_token(struct pool *p, struct tokens *t, struct str raw, bool breaks, bool line)
{
    if (t->n == TOKENS_MAX) {
        return;
    }
    struct str head = raw;
    int32_t first = utf8_next(&head);
    bool digit = true;
    for (size_t i = 0; i < raw.n; i++) {
        digit = digit && raw.p[i] >= '0' && raw.p[i] <= '9';
    }
    bool capital = (first >= 'A' && first <= 'Z') || (first >= 0xC0 && first <= 0xDE);
    bool first_of_all = t->n == 0;
    t->list[t->n] =
        (struct token){raw, lower_of(p, raw), capital, digit, breaks || first_of_all, line};
    t->n++;
}

void people_tokens(struct pool *p, struct str text, struct tokens *out)
{
    struct str s = text;
    const char *start = NULL;
    bool breaks = true, line = true;
    out->n = 0;
    while (s.n) {
        const char *at = s.p;
        int32_t c = utf8_next(&s);
        bool inside = is_letter(c) || (c >= '0' && c <= '9') || c == '\'' || c == 0x2019 ||
                      (c == '-' && start);
        if (inside && c != 0x2013 && c != 0x2014) {
            start = start ? start : at;
            if (s.n) {
                continue;
            }
            at = s.p;
        }
        if (start) {
            add_token(p, out, (struct str){start, (size_t)(at - start)}, breaks, line);
            breaks = line = false;
            start = NULL;
        }
        breaks = breaks || (c < 0x80 && strchr(".,;:!?\n()", c));
        line = line || c == '\n';
    }
}

/* Words that are never a name, after something that announces one; in spaces. */
static const char never_names[] =
    " a about absolutely afraid after afternoon again all allergic also am an and angry "
    " another any anyone anything appointment april are around asking at august available "
    " away awesome awful back bad because been best birthday bleeding booked both busy but "
    " bye by call calling can cancel cheers christmas coming confirming confused cool curious "
    " currently confirm day dear december did do doctor done dr driving easter either email "
    " dot emergency evening everything excited february feel feeling fine first for free "
    " friday from getting glad go going gonna good goodbye got great happy have having he hello "
    "her "
    " here hey hi his home hoping how hurting i if ill im in interested is it its ive "
    " january july june just last late let lets like looking love mad madam march may me "
    " midnight mine monday month morning mr mrs ms my myself name neither nervous never "
    " new next no nobody none noon nope not nothing november now number october of off ok "
    " okay on one only open or other our out over perfect phone pissed please pregnant "
    " pretty ready really regards ridiculous right running same saturday scheduled sent "
    " september she should sick sincerely sir so some someone something sorry speaking still "
    " stuck sunday super supposed sure terrible thank thanks thanksgiving that thats the their "
    " there they think thinking this thursday to today tomorrow tonight too trying tuesday "
    " two unable unacceptable up upset urgent us vacation very waiting want wanting was we "
    " wedding wednesday week weekend well what when where which who why will with "
    " wondering worried would writing yeah year yep yes you your yours ";

/* The names of first_names.def, in spaces. */
static const char first_names[] =
#define NAMES(list) " " list " "
#include "mind/first_names.def"
#undef NAMES
    ;

static bool listed(const char *list, const char *word)
{
    char wanted[32];
    int n = snprintf(wanted, sizeof wanted, " %s ", word);
    return n < (int)sizeof wanted && strstr(list, wanted);
}

static bool never_a_name(const char *low)
{
    return listed(never_names, low);
}

static bool could_be_name(const struct token *t)
{
    struct str s = t->raw;
    size_t letters = 0;
    for (int32_t c; (c = utf8_next(&s)) != -1;) {
        if (!is_letter(c) && c != '\'' && c != '-' && c != 0x2019) {
            return false;
        }
        letters++;
    }
    return letters >= 2 && letters <= 24 && !never_a_name(t->low);
}

/* "G." of "G. Hale", and "Ms." before a name, which is not a part of it. */
static bool is_initial(const struct token *t)
{
    return t->raw.n == 1 && t->capital;
}

static bool is_title(const struct token *t)
{
    return strcmp(t->low, "ms") == 0 || strcmp(t->low, "mr") == 0 || strcmp(t->low, "mrs") == 0;
}

/* MAYA and maya become Maya; McKenna and de la Cruz stay as they are written. */
static const char *name_case(struct pool *p, const struct token *t, bool all_low)
{
    char *s = str_dup(p, t->raw);
    bool upper = t->raw.n > 1;
    for (const char *c = s; *c; c++) {
        upper = upper && !(*c >= 'a' && *c <= 'z');
    }
    for (char *c = s; *c; c++) {
        bool begins = c == s || c[-1] == '-' || (c[-1] == '\'' && c - s == 2);
        if (begins && *c >= 'a' && *c <= 'z' && (all_low || t->capital)) {
            *c = (char)(*c - ('a' - 'A'));
        } else if (!begins && upper && *c >= 'A' && *c <= 'Z') {
            *c = (char)(*c + ('a' - 'A'));
        }
    }
    return s;
}

#define NAME_WORDS_MAX 3

/* How a name may be written. */
enum name_style {
    NAME_ANY,
    NAME_WRITTEN_LARGE,
    NAME_KNOWN, /* written large, or beginning with a name of the list */
};

/* The name that begins at a word: at most three words, all written alike. */
static const char *name_at(struct pool *p, const struct tokens *t, size_t at, enum name_style style)
{
    const char *name = NULL;
    while (at < t->n && is_title(&t->list[at])) {
        at++;
    }
    bool low = at < t->n && !t->list[at].capital;
    bool allowed =
        !low || style == NAME_ANY || (style == NAME_KNOWN && listed(first_names, t->list[at].low));
    for (size_t i = at; allowed && i < t->n && i < at + NAME_WORDS_MAX; i++) {
        const struct token *k = &t->list[i];
        bool initial = is_initial(k) && i + 1 < t->n && t->list[i + 1].capital && !low;
        bool after_initial = i > at && is_initial(&t->list[i - 1]);
        bool sign = i > at && i + 1 < t->n && contacts_sign(t->list[i + 1].low);
        if ((!could_be_name(k) && !initial) || sign ||
            (i > at && ((k->breaks && !after_initial) || k->capital == low))) {
            break;
        }
        const char *part =
            initial ? pool_printf(p, "%s.", str_dup(p, k->raw)) : name_case(p, k, low);
        name = name ? pool_printf(p, "%s %s", name, part) : part;
    }
    return name;
}

/* Single letters in a row are a name that was spelled: "m a y a". */
static const char *spelled_at(struct pool *p, const struct tokens *t, size_t at)
{
    char letters[25];
    size_t n = 0;
    while (at + n < t->n && n < sizeof letters - 1 && t->list[at + n].raw.n == 1 &&
           is_letter(t->list[at + n].low[0])) {
        letters[n] = t->list[at + n].low[0];
        n++;
    }
    if (n < 3) {
        return NULL;
    }
    letters[n] = '\0';
    letters[0] = (char)(letters[0] - ('a' - 'A'));
    return pool_strdup(p, letters);
}

/* The words before a name. Weak ones want it written like one. */
static const struct announcement {
    const char *words;
    bool weak;
} announcements[] = {
    {"my name is", false},
    {"my names", false},
    {"name is", false},
    {"name:", false},
    {"the name is", false},
    {"call me", false},
    {"under the name", false},
    {"under the name of", false},
    {"name of", false},
    {"this is", true},
    {"i am", true},
    {"im", true},
    {"its", true},
    {"it is", true},
    {"under", true},
    {"name for", true},
    {"its for", true},
    {"i m", true},
    {"names", true},
    {"that would be", true},
    {"its under", true},
    {"behalf of", false},
    {"last name", false},
    {"put down", true},
};

/* Do the announcement's words end just before `at`? */
static bool announced(const struct tokens *t, size_t at, const char *words)
{
    struct str rest = str_of(words), parts[5];
    size_t n = 0;
    while (rest.p && n < ARRAY_SIZE(parts)) {
        parts[n++] = str_cut(&rest, ' ');
    }
    if (n > at) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct str part = parts[i];
        bool colon = part.p[part.n - 1] == ':';
        part.n -= colon;
        if (!str_eq(str_of(t->list[at - n + i].low), part) || (colon && !t->list[at].breaks) ||
            (!colon && i + 1 == n && t->list[at].breaks)) {
            return false;
        }
    }
    return true;
}

static const char *announced_name(struct pool *p, const struct tokens *t, bool asked)
{
    const char *weak = NULL;
    for (size_t at = 1; at < t->n; at++) {
        for (size_t i = 0; i < ARRAY_SIZE(announcements); i++) {
            const struct announcement *a = &announcements[i];
            if (!announced(t, at, a->words)) {
                continue;
            }
            const char *spelled = a->weak ? NULL : spelled_at(p, t, at);
            enum name_style style = a->weak && !asked ? NAME_KNOWN : NAME_ANY;
            const char *name = spelled ? spelled : name_at(p, t, at, style);
            if (name && !a->weak) {
                return name;
            }
            weak = weak ? weak : name;
        }
    }
    return weak;
}

/* "this is maya calling", "maya ortiz here": lower case, but marked on both sides. */
static const char *marked_name(struct pool *p, const struct tokens *t)
{
    for (size_t i = 1; i < t->n && i < 12; i++) {
        bool calling =
            strcmp(t->list[i].low, "calling") == 0 || strcmp(t->list[i].low, "speaking") == 0;
        bool here = i <= 4 && strcmp(t->list[i].low, "here") == 0;
        if (!calling && !here) {
            continue;
        }
        size_t from = i;
        while (from > 0 && i - from < NAME_WORDS_MAX && could_be_name(&t->list[from - 1])) {
            from--;
        }
        bool opened = from > 0 && calling &&
                      (announced(t, from, "this is") || announced(t, from, "its") ||
                       announced(t, from, "im"));
        bool alone = here && from < i && (from == 0 || never_a_name(t->list[from - 1].low)) &&
                     i - from <= 2 && (i - from == 2 || t->list[from].capital || from > 0);
        if (from < i && (opened || (alone && t->list[from].breaks))) {
            return name_at(p, t, from, NAME_ANY);
        }
    }
    return NULL;
}

/* Is the line a mail program's own? */
static bool is_footer(const struct tokens *t, size_t at)
{
    return at + 1 < t->n && strcmp(t->list[at].low, "sent") == 0 &&
           strcmp(t->list[at + 1].low, "from") == 0;
}

/* The first word of the line or sentence that ends before `end`. */
static size_t line_before(const struct tokens *t, size_t end, bool line)
{
    size_t from = end - 1;
    while (from > 0 && (line ? !t->list[from].begins_line
                             : !t->list[from].breaks || is_initial(&t->list[from - 1]))) {
        from--;
    }
    return from;
}

static bool has_credentials(const struct token *t)
{
    return listed(" cpa dds dmd do esq ii iii jd jr lmt md np phd pe rn sr ", t->low);
}

/* A letter's last line of one to three words written large; or its last sentence. */
static const char *signed_name(struct pool *p, const struct tokens *t)
{
    size_t end = t->n;
    if (end < 3) {
        return NULL;
    }
    size_t from = line_before(t, end, true);
    if (from > 0 && is_footer(t, from)) {
        end = from;
        from = line_before(t, end, true);
    }
    if (from == 0) {
        from = line_before(t, end, false);
    }
    if (end - from > 1 && t->list[end - 1].breaks && has_credentials(&t->list[end - 1])) {
        end--; /* "Morton Feld, DDS" */
        from = line_before(t, end, true);
    }
    if (from == 0 || end - from > NAME_WORDS_MAX || (end == t->n && end - from == t->n)) {
        return NULL;
    }
    const char *name = name_at(p, t, from, NAME_WRITTEN_LARGE);
    size_t named = 1;
    for (const char *c = name; c && *c; c++) {
        named += *c == ' ';
    }
    return name && named == end - from ? name : NULL;
}

/* "430. tasha greene", "sat 245 then, andre coles": a known first name and another after a stop. */
static const char *trailing_name(struct pool *p, const struct tokens *t)
{
    for (size_t at = t->n > 3 ? t->n - 3 : 1; at + 1 < t->n; at++) {
        bool stands_apart = t->list[at].breaks || t->list[at - 1].digit;
        if (stands_apart && listed(first_names, t->list[at].low)) {
            const char *name = name_at(p, t, at, NAME_KNOWN);
            return name && strchr(name, ' ') ? name : NULL;
        }
    }
    return NULL;
}

/* "Hal Brandvold, 555 ...": what is written before a number or an address of one's own. */
static const char *leading_name(struct pool *p, const struct tokens *t)
{
    size_t n = 0;
    while (n < t->n && n < NAME_WORDS_MAX + 1 && (n == 0 || !t->list[n].breaks)) {
        n++;
    }
    if (n < 2 || n > NAME_WORDS_MAX || n == t->n) {
        return NULL;
    }
    const char *name = name_at(p, t, 0, NAME_WRITTEN_LARGE);
    return name && strchr(name, ' ') ? name : NULL;
}

/* The whole of a short answer, without what people say around it. */
static const char *answered_name(struct pool *p, const struct tokens *t)
{
    static const char *const around[] = {"yes", "yeah",   "sure", "ok", "okay", "its",  "it",
                                         "is",  "hi",     "um",   "uh", "the",  "name", "this",
                                         "im",  "please", "yep",  "oh", "my",   "thats"};
    size_t from = 0;
    for (size_t i = 0; i < ARRAY_SIZE(around) && from < t->n; i++) {
        if (strcmp(t->list[from].low, around[i]) == 0) {
            from++;
            i = (size_t)-1;
        }
    }
    if (from >= t->n) {
        return NULL;
    }
    const char *spelled = spelled_at(p, t, from);
    if (spelled) {
        return spelled;
    }
    bool breaks_after = false;
    size_t words = 0;
    for (size_t i = from; i < t->n && !breaks_after; i++) {
        breaks_after = i > from && t->list[i].breaks;
        words += !breaks_after;
    }
    if (words <= NAME_WORDS_MAX && !breaks_after) {
        return name_at(p, t, from, NAME_ANY);
    }
    for (size_t i = from; i < t->n; i++) { /* "11, Kiki Barnes, kiki@..." */
        const char *name = t->list[i].breaks ? name_at(p, t, i, NAME_WRITTEN_LARGE) : NULL;
        if (name && strchr(name, ' ')) {
            return name;
        }
    }
    bool known = listed(first_names, t->list[from].low); /* "tobias finch like the bird" */
    return words <= NAME_WORDS_MAX || known ? name_at(p, t, from, NAME_ANY) : NULL;
}

void people_find(struct pool *p, struct str text, bool asked, const char *country,
                 struct people *out)
{
    struct tokens *t = pool_alloc(p, sizeof *t);
    struct str head = utf8_prefix(text, 8192);
    people_tokens(p, head, t);
    struct people found = {
        .phone = contacts_phone(p, head, t, country),
        .email = contacts_email(p, head, t),
    };
    found.name = announced_name(p, t, asked);
    if (!found.name) {
        found.name = marked_name(p, t);
    }
    if (!found.name && asked) {
        found.name = answered_name(p, t);
    }
    if (!found.name) {
        found.name = signed_name(p, t);
    }
    if (!found.name && (found.phone || found.email)) {
        found.name = leading_name(p, t);
    }
    if (!found.name) {
        found.name = trailing_name(p, t);
    }
    *out = found;
}
