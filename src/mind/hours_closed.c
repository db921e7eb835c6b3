/* SPDX-License-Identifier: Apache-2.0 */
/* Days on which nobody is there: by the week, and by the list of closures. */
#include "domain/zone.h"
#include "mind/hours.h"

const char *hours_closed_on(const struct facts *f, int64_t day)
{
    for (size_t i = 0; i < f->n_closures; i++) {
        const struct facts_closure *c = &f->closures[i];
        if (!c->provider && day >= c->first_day && day <= c->last_day) {
            return c->reason ? c->reason : "";
        }
    }
    int weekday = weekday_of_days(day);
    for (size_t i = 0; i < f->n_hours; i++) {
        if (f->hours[i].weekday == weekday) {
            return NULL;
        }
    }
    return f->n_hours ? "" : NULL;
}

/* Does a word of the reason, a long one that is not "day", stand in the text? */
static bool is_named(struct pool *p, const char *reason, const struct words *w)
{
    struct words name;
    words_read(p, str_of(reason), &name);
    for (size_t i = 0; i < name.n; i++) {
        bool christmas = word_is(&name.list[i], "christmas");
        for (size_t k = 0; name.list[i].text.n >= 4 && k < w->n; k++) {
            if (word_like(&w->list[k], name.list[i].text) ||
                (christmas && word_is(&w->list[k], "xmas"))) {
                return true;
            }
        }
    }
    return false;
}

const struct facts_closure *hours_closure_named(struct pool *p, const struct facts *f,
                                                const struct words *w, int64_t from)
{
    const struct facts_closure *found = NULL;
    for (size_t i = 0; i < f->n_closures; i++) {
        const struct facts_closure *c = &f->closures[i];
        bool sooner = !found || c->first_day < found->first_day;
        if (!c->provider && c->reason && c->last_day >= from && sooner &&
            is_named(p, c->reason, w)) {
            found = c;
        }
    }
    return found;
}
