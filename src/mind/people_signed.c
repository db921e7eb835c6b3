/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name under a letter: its last line or sentence, where it is written like a name. Below it may
 * stand a number or a rank, before it a kiss, after it credentials or a firm.
 */
#include "mind/people_private.h"

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
                             : !t->list[from].breaks || people_is_initial(&t->list[from - 1]))) {
        from--;
    }
    return from;
}

static bool has_credentials(const struct token *t)
{
    return people_listed(" cpa dds dmd do dvm esq ii iii jd jr lmt md np phd pe rn sr ", t->low);
}

/* How many words of the text the name that begins at a word has. */
static size_t words_of(const char *name)
{
    size_t n = name ? 1 : 0;
    for (const char *c = name; c && *c; c++) {
        n += *c == ' ';
    }
    return n;
}

/* "Mrs.", "xo", "Thanks," before a signature. */
static bool leads_signature(const struct token *t)
{
    return people_is_title(t) ||
           people_listed(" xo xx xoxo x best love thanks cheers yours ", t->low);
}

/* A line that holds nothing but a number, an address or a rank, below the name. */
static bool below_name(const struct tokens *t, size_t from, size_t end)
{
    bool digits = true;
    for (size_t i = from; i < end; i++) {
        digits = digits && t->list[i].digit;
    }
    return digits || is_footer(t, from);
}

/* The name of the line or sentence from..end, which may go on after a comma: "Ann Ray, RN". */
static const char *name_of_line(struct pool *p, const struct tokens *t, size_t from, size_t end,
                                bool own_line)
{
    while (from + 1 < end && leads_signature(&t->list[from])) {
        from++;
    }
    const char *name = people_name_at(p, t, from, NAME_WRITTEN_LARGE);
    size_t named = words_of(name);
    bool known = people_first_name(t->list[from].low);
    bool whole = named == end - from;
    bool goes_on = named > 1 && from + named < end && t->list[from + named].breaks && own_line &&
                   end - from - named <= 5;
    bool kissed = named + 1 == end - from && people_listed(" x xo xx ", t->list[end - 1].low);
    if (!name || !(whole || goes_on || kissed) || (named == 1 && !own_line && !known) ||
        (named == 1 && people_shouts(&t->list[from]))) {
        return NULL;
    }
    return name;
}

/* A letter's last line of one to three words written large; or its last sentence. */
const char *people_signed_name(struct pool *p, const struct tokens *t)
{
    size_t end = t->n;
    if (end < 3) {
        return NULL;
    }
    size_t from = line_before(t, end, true);
    while (from > 2 && below_name(t, from, end)) {
        end = from;
        from = line_before(t, end, true);
    }
    bool own_line = from > 0;
    if (!own_line) {
        from = line_before(t, end, false);
    }
    if (end - from > 1 && t->list[end - 1].breaks && has_credentials(&t->list[end - 1])) {
        end--; /* "Morton Feld, DDS" */
        from = line_before(t, end, true);
        own_line = from > 0;
    }
    if (from == 0) {
        return NULL;
    }
    size_t above = own_line && from > 1 ? line_before(t, from, true) : 0;
    if (above > 0 && from - above <= NAME_WORDS_MAX && people_first_name(t->list[above].low) &&
        !people_first_name(t->list[from].low)) { /* the name stands over a rank */
        const char *name = name_of_line(p, t, above, from, true);
        if (name && strchr(name, ' ')) {
            return name;
        }
    }
    const char *name = name_of_line(p, t, from, end, own_line);
    if (!name && own_line) { /* "... dreadful. Ann Ray" on the last line of several sentences */
        size_t last = line_before(t, end, false);
        name = last > from ? name_of_line(p, t, last, end, false) : NULL;
    }
    return name;
}
