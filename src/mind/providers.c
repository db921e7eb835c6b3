/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider is named by the full name, by a synonym, or by the last part of the name. Short names
 * must stand exactly: "Dan" is not "den".
 */
#include "mind/providers.h"

#include "domain/zone.h"
#include "mind/people.h"
#include "mind/say.h"

static bool same_word(const struct word *w, const struct word *name)
{
    if (name->text.n < 5 || str_eq(w->text, name->text)) {
        return str_eq(w->text, name->text);
    }
    char other[16]; /* "Marni" is not Marin */
    bool named = w->text.n < sizeof other;
    if (named) {
        memcpy(other, w->text.p, w->text.n);
        other[w->text.n] = '\0';
        named = people_first_name(other);
    }
    return !named && word_like(w, name->text);
}

/* Where the name stands in the text, or w->n. */
static size_t name_at(struct pool *p, const struct words *w, const char *name)
{
    struct words wanted;
    if (!words_may_have(w, name)) {
        return w->n;
    }
    words_read(p, str_of(name), &wanted);
    for (size_t i = 0; wanted.n && i + wanted.n <= w->n; i++) {
        size_t same = 0;
        while (same < wanted.n && same_word(&w->list[i + same], &wanted.list[same])) {
            same++;
        }
        if (same == wanted.n) {
            return i;
        }
    }
    return w->n;
}

static size_t provider_at(struct pool *p, const struct words *w, const struct facts_provider *who)
{
    size_t at = name_at(p, w, who->name);
    for (size_t i = 0; who->synonyms && who->synonyms[i]; i++) {
        at = MIN_OF(at, name_at(p, w, who->synonyms[i]));
    }
    return at;
}

const struct facts_provider *provider_named(struct pool *p, const struct words *w,
                                            const struct facts *f, size_t *at_out)
{
    const struct facts_provider *found = NULL;
    size_t first = w->n;
    for (size_t i = 0; i < f->n_providers; i++) {
        size_t at = provider_at(p, w, &f->providers[i]);
        if (at < first) {
            first = at;
            found = &f->providers[i];
        }
    }
    *at_out = first;
    return found;
}

const struct facts_provider *provider_of_key(const struct facts *f, const char *key)
{
    for (size_t i = 0; key && i < f->n_providers; i++) {
        if (strcmp(f->providers[i].key, key) == 0) {
            return &f->providers[i];
        }
    }
    return NULL;
}

bool provider_gives(const struct facts_provider *who, const char *service)
{
    for (size_t i = 0; who->services && who->services[i]; i++) {
        if (strcmp(who->services[i], service) == 0) {
            return true;
        }
    }
    return !who->services;
}

const char *provider_title(struct pool *p, const struct facts_provider *who)
{
    return who->credentials && who->credentials[0]
               ? pool_printf(p, "%s, %s", who->name, who->credentials)
               : who->name;
}

/* "Monday, Wednesday and Friday"; NULL when the hours are the business's. */
static const char *days_of(struct pool *p, const struct facts_provider *who)
{
    const char *days[7];
    size_t n = 0;
    for (int day = 1; day <= 7; day++) {
        for (size_t i = 0; i < who->n_hours; i++) {
            if (who->hours[i].weekday == day) {
                days[n++] = say_weekday(day);
                break;
            }
        }
    }
    return n ? say_list(p, days, n) : NULL;
}

const char *provider_answer(struct pool *p, const struct facts *f, const struct facts_provider *who)
{
    const char *names[12];
    size_t n = 0;
    for (size_t i = 0; i < f->n_services && n < ARRAY_SIZE(names); i++) {
        if (provider_gives(who, f->services[i].key)) {
            names[n++] = f->services[i].name;
        }
    }
    const char *said = who->title && who->title[0]
                           ? pool_printf(p, "%s is our %s.", provider_title(p, who), who->title)
                           : pool_printf(p, "%s works with us.", provider_title(p, who));
    if (who->about && who->about[0]) {
        said = pool_printf(p, "%s %s", said, who->about);
    }
    if (n) {
        said = pool_printf(p, "%s Gives %s.", said, say_list(p, names, n));
    }
    const char *days = days_of(p, who);
    return days ? pool_printf(p, "%s Here on %s.", said, days) : said;
}

const char *provider_on_day(struct pool *p, const struct facts *f, enum channel c,
                            const struct facts_provider *who, int64_t day, int64_t today)
{
    const char *when = say_on(p, say_date(p, c, day, today));
    const char *days = days_of(p, who);
    const struct facts_hours *hours = who->n_hours ? who->hours : f->hours;
    size_t n_hours = who->n_hours ? who->n_hours : f->n_hours;
    bool away = false;
    for (size_t i = 0; i < f->n_closures; i++) {
        const struct facts_closure *closure = &f->closures[i];
        bool theirs = !closure->provider || strcmp(closure->provider, who->key) == 0;
        away = away || (theirs && day >= closure->first_day && day <= closure->last_day);
    }
    for (size_t i = 0; !away && i < n_hours; i++) {
        if (hours[i].weekday == weekday_of_days(day)) {
            return pool_printf(p, "Yes, %s is here %s.", provider_title(p, who), when);
        }
    }
    return days && !away ? pool_printf(p, "No, %s is not here %s, but on %s.",
                                       provider_title(p, who), when, days)
                         : pool_printf(p, "No, %s is not here %s.", provider_title(p, who), when);
}

const char *providers_of_service(struct pool *p, const struct facts *f,
                                 const struct facts_service *s)
{
    const char *names[8];
    size_t n = 0;
    for (size_t i = 0; i < f->n_providers && n < ARRAY_SIZE(names); i++) {
        if (provider_gives(&f->providers[i], s->key)) {
            names[n++] = provider_title(p, &f->providers[i]);
        }
    }
    return n ? pool_printf(p, "%s is given by %s.", s->name, say_list(p, names, n)) : NULL;
}
