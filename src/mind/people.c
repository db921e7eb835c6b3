/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are found by the words that announce them ("my name is", "this is ... calling", "Maya
 * here"), by a letter's signature, and, when the name was asked for, as the whole of a short
 * answer. What announces weakly ("I'm ...") counts only before what is written like a name, because
 * "I'm interested" is none.
 */
#include "mind/people.h"

#include <stdio.h>
#include <strings.h>

#include "base/utf8.h"
#include "mind/people_private.h"
#include "mind/topics.h"

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
    " cell dvm el la las los mi ph reply rn su sus tel thatll tu un unos works ya yall yea yup "
    " a about absolutely actually alright amen any anyways aunt boss both bro brother child client "
    "daughter "
    " double eight eleven em eve five folks four freaking girl guest hands husband kid kids legal "
    "mama "
    " mate maybe mister miss missus mom mother nine oh please possible rather same seven sister "
    "six son "
    " second third fourth fifth forget nevermind ten thanx three twelve typical um uh wife zero as "
    "yall like put down note farewell nah and "
    "nobodys "
    " absolutely afraid after afternoon again all allergic also am an and angry "
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

/* The lines of first_names.def in their order, each name in spaces. */
static const char *const first_names[] = {
#define NAMES(list) " " list " ",
#include "mind/first_names.def"
#undef NAMES
};

bool people_listed(const char *list, const char *word)
{
    char wanted[32];
    int n = snprintf(wanted, sizeof wanted, " %s ", word);
    return n < (int)sizeof wanted && strstr(list, wanted);
}

/* Does the line begin after the word, in the order of the list? */
static bool line_is_after(const char *line, const char *word, size_t n)
{
    int order = strncmp(line + 1, word, n);
    return order > 0 || (order == 0 && line[1 + n] != ' ');
}

bool people_first_name(const char *word)
{
    size_t from = 0, to = ARRAY_SIZE(first_names), n = strlen(word);
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (line_is_after(first_names[middle], word, n)) {
            to = middle;
        } else {
            from = middle;
        }
    }
    return people_listed(first_names[from], word);
}

static bool never_a_name(const char *low)
{
    return people_listed(never_names, low);
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
bool people_is_initial(const struct token *t)
{
    return t->raw.n == 1 && t->capital;
}

bool people_is_title(const struct token *t)
{
    return people_listed(" mister miss missis misses missus mr mrs ms ", t->low);
}

/* MAYA and maya become Maya; McKenna and de la Cruz stay as they are written. */
static const char *name_case(struct pool *p, const struct token *t, bool all_low)
{
    char *s = str_dup(p, t->raw);
    bool upper = t->raw.n > 1 && !people_listed(" ii iii iv ", t->low);
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

static bool is_particle(const struct token *t)
{
    return people_listed(" al bin da de del der di du el la le ibn van von ", t->low);
}

/* Spoken and hasty names end with the second word, unless that is one of the first names too. */
static bool too_long(const struct tokens *t, size_t at, size_t i)
{
    size_t before = i - at;
    return before >= 2 && !people_first_name(t->list[i - 1].low) && !is_particle(&t->list[i - 1]);
}

/* The name that begins at a word: at most three words, all written alike. */
const char *people_name_at(struct pool *p, const struct tokens *t, size_t at, enum name_style style)
{
    const char *name = NULL;
    while (at < t->n && people_is_title(&t->list[at])) {
        at++;
    }
    bool low = at < t->n && !t->list[at].capital;
    bool allowed =
        !low || style == NAME_ANY || (style == NAME_KNOWN && people_first_name(t->list[at].low));
    for (size_t i = at; allowed && i < t->n && i < at + NAME_WORDS_MAX; i++) {
        const struct token *k = &t->list[i];
        bool initial = people_is_initial(k) && i + 1 < t->n && t->list[i + 1].capital && !low &&
                       !t->list[i + 1].begins_line;
        bool after_initial = i > at && people_is_initial(&t->list[i - 1]) && !k->begins_line;
        bool sign = i > at && i + 1 < t->n && contacts_sign(t->list[i + 1].low);
        bool particle = i > at && !low && !k->capital && is_particle(k) && i + 1 < t->n &&
                        t->list[i + 1].capital;
        if ((!could_be_name(k) && !initial) || sign ||
            (i > at && ((k->breaks && !after_initial) || (k->capital == low && !particle))) ||
            (low && too_long(t, at, i))) {
            break;
        }
        const char *part = initial    ? pool_printf(p, "%s.", str_dup(p, k->raw))
                           : particle ? str_dup(p, k->raw)
                                      : name_case(p, k, low);
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
    {"name", true},
    {"that would be", true},
    {"its under", true},
    {"behalf of", false},
    {"last name", false},
    {"put down", true},
    {"put", true},
    {"myself", true},
    {"am now", true},
    {"here is", true},
    {"her names", false},
    {"his names", false},
    {"her name is", false},
    {"nombre de", false},
    {"nom de", false},
    {"nome de", false},
    {"mama is", true},
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

/* "it's TMJ": one word in capitals that is no known name. */
bool people_shouts(const struct token *t)
{
    bool upper = t->raw.n > 1;
    for (size_t i = 0; i < t->raw.n; i++) {
        upper = upper && !(t->raw.p[i] >= 'a' && t->raw.p[i] <= 'z');
    }
    return upper && !people_first_name(t->low);
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
            const char *name = spelled ? spelled : people_name_at(p, t, at, style);
            name = a->weak && !asked && people_shouts(&t->list[at]) ? NULL : name;
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
            return people_name_at(p, t, from, NAME_ANY);
        }
    }
    return NULL;
}

/* "daniel free": the first name of one of the business's own people. */
static bool begins_staff(const struct token *t, const char *const *staff, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str rest = str_of(staff[i]);
        while (rest.p) {
            struct str part = str_cut(&rest, ' ');
            if (part.n == strlen(t->low) && strncasecmp(part.p, t->low, part.n) == 0) {
                return true;
            }
        }
    }
    return false;
}

/*
 * A known first name with another word after it that is none of the common ones: "three duane
 * erks", "put packie noone down", "sat 245 then, andre coles".
 */
static const char *full_name(struct pool *p, const struct tokens *t, const char *const *staff,
                             size_t n_staff)
{
    for (size_t at = 0; at + 1 < t->n; at++) {
        const struct token *one = &t->list[at], *two = &t->list[at + 1];
        struct word next = {.text = str_of(two->low)};
        bool apart = two->raw.p == one->raw.p + one->raw.n + 1 && two->raw.p[-1] == ' ';
        if (!apart || two->breaks || one->capital != two->capital || !people_first_name(one->low) ||
            !could_be_name(one) || !could_be_name(two) || two->raw.n < 3 ||
            begins_staff(one, staff, n_staff) ||
            (!two->capital && !people_first_name(two->low) && phrase_word(next.text))) {
            continue;
        }
        return people_name_at(p, t, at, NAME_KNOWN);
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
    const char *name = people_name_at(p, t, 0, NAME_WRITTEN_LARGE);
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
        return people_name_at(p, t, from, NAME_ANY);
    }
    for (size_t i = from; i < t->n; i++) { /* "11, Kiki Barnes, kiki@..." */
        const char *name = t->list[i].breaks ? people_name_at(p, t, i, NAME_WRITTEN_LARGE) : NULL;
        if (name && strchr(name, ' ')) {
            return name;
        }
    }
    bool known = people_first_name(t->list[from].low); /* "tobias finch like the bird" */
    return words <= NAME_WORDS_MAX || known ? people_name_at(p, t, from, NAME_ANY) : NULL;
}

/* The text with the address that is written in it as digits, which are no name. */
static struct str without_address(struct pool *p, struct str text, const char *address)
{
    size_t n = strlen(address);
    char *copy = str_dup(p, text);
    for (size_t i = 0; i + n <= text.n; i++) {
        if (strncasecmp(copy + i, address, n) == 0) {
            memset(copy + i, '0', n);
        }
    }
    return (struct str){copy, text.n};
}

/*
 * "maya ortz... sorry, Maya Ortiz": the name that was put right. It is all that follows the word
 * that says so, written as the one before it or begun alike.
 */
static const char *corrected_name(struct pool *p, const struct tokens *t, const char *name)
{
    for (size_t i = t->n; i-- > 1;) {
        if (!people_listed(" sorry meant mean correction rather wait oops ", t->list[i - 1].low)) {
            continue;
        }
        const char *next = people_name_at(p, t, i, NAME_ANY);
        size_t words = 1;
        for (const char *c = next; c && *c; c++) {
            words += *c == ' ';
        }
        bool whole = next && (i + words == t->n || t->list[i + words].breaks);
        bool alike = next && (t->list[i].capital || strncasecmp(next, name, 1) == 0);
        return whole && alike ? next : NULL;
    }
    return NULL;
}

void people_find(struct pool *p, struct str text, bool asked, const char *country,
                 const char *const *staff, size_t n_staff, struct people *out)
{
    struct tokens *t = pool_alloc(p, sizeof *t);
    struct str head = utf8_prefix(text, 8192);
    people_tokens(p, head, t);
    struct people found = {
        .phone = contacts_phone(p, head, t, country),
        .email = contacts_email(p, head, t),
    };
    if (found.email && str_index(head, '@', 0) >= 0) {
        people_tokens(p, without_address(p, head, found.email), t);
    }
    bool first = asked && t->n > 0 && people_first_name(t->list[0].low);
    found.name = first ? answered_name(p, t) : announced_name(p, t, asked);
    if (!found.name) {
        found.name = marked_name(p, t);
    }
    if (!found.name && asked) {
        found.name = answered_name(p, t);
    }
    if (!found.name) {
        found.name = people_signed_name(p, t);
    }
    if (!found.name && (found.phone || found.email)) {
        found.name = leading_name(p, t);
    }
    if (!found.name) {
        found.name = full_name(p, t, staff, n_staff);
        found.loose = found.name != NULL && !asked;
    }
    const char *right = found.name ? corrected_name(p, t, found.name) : NULL;
    found.name = right ? right : found.name;
    *out = found;
}
