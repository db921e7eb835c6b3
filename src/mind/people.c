/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are found by the words that announce them ("my name is", "this is ... calling", "Maya
 * here"), by a letter's signature, and, when the name was asked for, as the whole of a short
 * answer. What announces weakly ("I'm ...") counts only before what is written like a name, because
 * "I'm interested" is none.
 */
#include "mind/people.h"

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
    t->list[t->n++] =
        (struct token){raw, lower_of(p, raw), capital, digit, breaks || t->n == 0, line};
}

void tokens_read(struct pool *p, struct str text, struct tokens *out)
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

/* Words that are never a name, after something that announces one. */
static bool never_a_name(const char *low)
{
    static const char *const words[] = {
        "a",
        "about",
        "after",
        "again",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "anyone",
        "are",
        "at",
        "available",
        "back",
        "bad",
        "because",
        "been",
        "booked",
        "but",
        "by",
        "call",
        "calling",
        "can",
        "cancel",
        "coming",
        "confirming",
        "curious",
        "currently",
        "day",
        "did",
        "do",
        "done",
        "driving",
        "email",
        "fine",
        "first",
        "for",
        "free",
        "from",
        "getting",
        "glad",
        "going",
        "gonna",
        "good",
        "got",
        "great",
        "happy",
        "have",
        "having",
        "he",
        "hello",
        "her",
        "here",
        "hey",
        "hi",
        "his",
        "hoping",
        "how",
        "i",
        "if",
        "ill",
        "im",
        "in",
        "interested",
        "is",
        "it",
        "its",
        "ive",
        "just",
        "late",
        "like",
        "looking",
        "love",
        "me",
        "mine",
        "my",
        "new",
        "no",
        "none",
        "not",
        "now",
        "number",
        "of",
        "off",
        "ok",
        "okay",
        "on",
        "one",
        "only",
        "open",
        "or",
        "our",
        "out",
        "over",
        "phone",
        "please",
        "pregnant",
        "pretty",
        "really",
        "ridiculous",
        "right",
        "running",
        "same",
        "scheduled",
        "she",
        "so",
        "sorry",
        "still",
        "stuck",
        "super",
        "supposed",
        "sure",
        "thank",
        "thanks",
        "that",
        "the",
        "their",
        "there",
        "they",
        "thinking",
        "this",
        "to",
        "today",
        "tomorrow",
        "too",
        "trying",
        "two",
        "unable",
        "up",
        "upset",
        "urgent",
        "us",
        "very",
        "waiting",
        "want",
        "wanting",
        "was",
        "we",
        "well",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "wondering",
        "would",
        "writing",
        "yes",
        "yeah",
        "yep",
        "you",
        "your",
        "nope",
        "never",
        "nothing",
        "speaking",
        "asking",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "morning",
        "afternoon",
        "evening",
        "tonight",
        "name",
        "appointment",
        "everything",
        "absolutely",
        "allergic",
        "around",
        "awful",
        "terrible",
        "unacceptable",
        "emergency",
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(low, words[i]) == 0) {
            return true;
        }
    }
    return false;
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

/* The name that begins at a word: at most three, all written alike. */
static const char *name_at(struct pool *p, const struct tokens *t, size_t at, bool capitals)
{
    const char *name = NULL;
    bool low = at < t->n && !t->list[at].capital;
    for (size_t i = at; i < t->n && i < at + NAME_WORDS_MAX; i++) {
        const struct token *k = &t->list[i];
        bool fits = could_be_name(k) && (k->capital || (low && !capitals)) &&
                    (i == at || (!k->breaks && k->capital == !low));
        if (!fits) {
            break;
        }
        name = name ? pool_printf(p, "%s %s", name, name_case(p, k, low)) : name_case(p, k, low);
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
    {"name", true},
    {"for", true},
    {"that would be", true},
    {"its under", true},
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

static const char *announced_name(struct pool *p, const struct tokens *t)
{
    const char *weak = NULL;
    for (size_t at = 1; at < t->n; at++) {
        for (size_t i = 0; i < ARRAY_SIZE(announcements); i++) {
            const struct announcement *a = &announcements[i];
            if (!announced(t, at, a->words)) {
                continue;
            }
            const char *spelled = a->weak ? NULL : spelled_at(p, t, at);
            const char *name = spelled ? spelled : name_at(p, t, at, a->weak);
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
        bool here = strcmp(t->list[i].low, "here") == 0 && i <= 4;
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
            return name_at(p, t, from, false);
        }
    }
    return NULL;
}

/* A letter's last line of one to three capitalised words, after "Best," or "Thanks," or alone. */
static const char *signed_name(struct pool *p, const struct tokens *t)
{
    if (t->n < 6) {
        return NULL;
    }
    size_t from = t->n - 1;
    while (from > 0 && !t->list[from].begins_line) {
        from--;
    }
    size_t words = t->n - from;
    if (from == 0 || words > NAME_WORDS_MAX) {
        return NULL;
    }
    const char *name = name_at(p, t, from, true);
    size_t named = 1;
    for (const char *c = name; c && *c; c++) {
        named += *c == ' ';
    }
    return name && named == words ? name : NULL;
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
    return words <= NAME_WORDS_MAX ? name_at(p, t, from, false) : NULL;
}

void people_find(struct pool *p, struct str text, bool asked, const char *country,
                 struct people *out)
{
    struct tokens *t = pool_alloc(p, sizeof *t);
    struct str head = utf8_prefix(text, 8192);
    tokens_read(p, head, t);
    struct people found = {
        .phone = contacts_phone(p, head, t, country),
        .email = contacts_email(p, head, t),
    };
    found.name = announced_name(p, t);
    if (!found.name) {
        found.name = marked_name(p, t);
    }
    if (!found.name && asked) {
        found.name = answered_name(p, t);
    }
    if (!found.name) {
        found.name = signed_name(p, t);
    }
    *out = found;
}
