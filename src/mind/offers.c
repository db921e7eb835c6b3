/* SPDX-License-Identifier: Apache-2.0 */
/* Names are read into words as the text was, and compared word by word with its forgiveness. */
#include "mind/offers.h"

#include "mind/say.h"

/* Where a name stands in the text: its first word and how many; n == 0 when it does not. */
struct place {
    size_t first, n;
};

static struct place place_of(struct pool *p, const struct words *w, const char *name)
{
    struct words wanted;
    if (!words_may_have(w, name)) {
        return (struct place){0, 0};
    }
    words_read(p, str_of(name), &wanted);
    for (size_t i = 0; wanted.n && i + wanted.n <= w->n; i++) {
        size_t same = 0;
        while (same < wanted.n && word_like(&w->list[i + same], wanted.list[same].text)) {
            same++;
        }
        if (same == wanted.n) {
            return (struct place){i, wanted.n};
        }
    }
    return (struct place){0, 0};
}

/* "i p l": a short name that was spelled. */
static struct place spelled_place(const struct words *w, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; n >= 2 && n <= 4 && i + n <= w->n; i++) {
        size_t same = 0;
        while (same < n && w->list[i + same].text.n == 1 &&
               w->list[i + same].text.p[0] == (name[same] | 0x20)) {
            same++;
        }
        if (same == n) {
            return (struct place){i, n};
        }
    }
    return (struct place){0, 0};
}

static struct place longest_place(struct pool *p, const struct words *w,
                                  const struct facts_service *s)
{
    struct place best = place_of(p, w, s->name);
    for (size_t i = 0; s->synonyms && s->synonyms[i]; i++) {
        struct place at = place_of(p, w, s->synonyms[i]);
        struct place spelled = spelled_place(w, s->synonyms[i]);
        best = at.n > best.n ? at : best;
        best = best.n == 0 ? spelled : best;
    }
    return best;
}

static bool inside(struct place small, struct place large)
{
    return small.n < large.n && small.first >= large.first &&
           small.first + small.n <= large.first + large.n;
}

/* How many services have that word in their name. */
static size_t services_with(struct pool *p, const struct facts *f, struct str word)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_services; i++) {
        struct words name;
        words_read(p, str_of(f->services[i].name), &name);
        for (size_t k = 0; k < name.n; k++) {
            if (str_eq(name.list[k].text, word)) {
                n++;
                break;
            }
        }
    }
    return n;
}

/* "my laser": the first word of a longer name, when no other service has it. */
static struct place first_word_place(struct pool *p, const struct words *w, const struct facts *f,
                                     const struct facts_service *s)
{
    struct words name;
    words_read(p, str_of(s->name), &name);
    for (size_t i = 0; name.n > 1 && name.list[0].text.n >= 4 && i < w->n; i++) {
        if (str_eq(w->list[i].text, name.list[0].text) &&
            services_with(p, f, name.list[0].text) == 1) {
            return (struct place){i, 1};
        }
    }
    return (struct place){0, 0};
}

/* Adds in the order of the text. */
static void add_offer(struct offers *o, const struct facts_service *s, struct place at)
{
    size_t i = MIN_OF(o->n, (size_t)OFFERS_MAX - 1);
    if (o->n == OFFERS_MAX && o->first[i] <= at.first) {
        return;
    }
    for (; i > 0 && o->first[i - 1] > at.first; i--) {
        o->found[i] = o->found[i - 1];
        o->first[i] = o->first[i - 1];
        o->n_words[i] = o->n_words[i - 1];
    }
    o->found[i] = s;
    o->first[i] = at.first;
    o->n_words[i] = at.n;
    o->n = MIN_OF(o->n + 1, (size_t)OFFERS_MAX);
    o->words += at.n;
}

void offers_find(struct pool *p, const struct words *w, const struct facts *f, struct offers *out)
{
    struct offers o = {0};
    struct place *places = pool_calloc(p, f->n_services, sizeof *places);
    bool any = false;
    for (size_t i = 0; i < f->n_services; i++) {
        places[i] = longest_place(p, w, &f->services[i]);
        any = any || places[i].n > 0;
    }
    for (size_t i = 0; !any && i < f->n_services; i++) {
        places[i] = first_word_place(p, w, f, &f->services[i]);
    }
    for (size_t i = 0; i < f->n_services; i++) {
        bool covered = places[i].n == 0;
        for (size_t k = 0; k < f->n_services && !covered; k++) {
            covered = inside(places[i], places[k]);
        }
        if (!covered) {
            add_offer(&o, &f->services[i], places[i]);
        }
    }
    *out = o;
}

const struct facts_service *offers_of_key(const struct facts *f, const char *key)
{
    for (size_t i = 0; key && i < f->n_services; i++) {
        if (strcmp(f->services[i].key, key) == 0) {
            return &f->services[i];
        }
    }
    return NULL;
}

static const char *say_minutes(struct pool *p, int minutes)
{
    return pool_printf(p, "%d minutes", minutes);
}

const char *offer_answer(struct pool *p, const struct facts *f, enum channel c,
                         const struct facts_service *s, enum offer_aspect aspect, bool *unknown_out)
{
    const char *price = say_price(p, c, f, s);
    const char *length = say_minutes(p, s->duration_minutes);
    if (aspect == OFFER_DURATION) {
        return pool_printf(p, "%s takes about %s.", s->name, length);
    }
    if (aspect == OFFER_PRICE) {
        *unknown_out = *unknown_out || !price;
        return price ? pool_printf(p, "%s is %s and takes about %s.", s->name, price, length)
                     : pool_printf(p, "I do not have a price for %s here.", s->name);
    }
    const char *facts = price ? pool_printf(p, "%s, about %s", price, length) : length;
    return s->description && s->description[0]
               ? pool_printf(p, "%s (%s): %s", s->name, facts, s->description)
               : pool_printf(p, "We do offer %s (%s).", s->name, facts);
}

const char *offers_list(struct pool *p, const struct facts *f, enum channel c)
{
    size_t shown = f->n_services, most = c == CHANNEL_VOICE ? 3 : c == CHANNEL_EMAIL ? 30 : 8;
    if (shown == 0) {
        return NULL;
    }
    shown = MIN_OF(shown, most);
    const char **names = pool_calloc(p, shown + 1, sizeof *names);
    for (size_t i = 0; i < shown; i++) {
        names[i] = f->services[i].name;
    }
    if (shown < f->n_services) {
        names[shown] = pool_printf(p, "%zu more", f->n_services - shown);
        shown++;
    }
    return pool_printf(p, "We offer %s.", say_list(p, names, shown));
}

const char *offers_cheapest(struct pool *p, const struct facts *f, enum channel c)
{
    const struct facts_service *best = NULL;
    for (size_t i = 0; i < f->n_services; i++) {
        const struct facts_service *s = &f->services[i];
        bool less =
            s->price_from_cents > 0 && (!best || s->price_from_cents < best->price_from_cents);
        best = less ? s : best;
    }
    return best ? pool_printf(p, "The least expensive is %s, %s%s.", best->name,
                              best->price_to_cents > best->price_from_cents ? "from " : "",
                              say_amount(p, c, f, best->price_from_cents))
                : NULL;
}

const char *offers_prices(struct pool *p, const struct facts *f, enum channel c)
{
    int least = -1, most = -1;
    for (size_t i = 0; i < f->n_services; i++) {
        const struct facts_service *s = &f->services[i];
        if (s->price_from_cents > 0) { /* what is free says nothing about the range */
            least = least < 0 ? s->price_from_cents : MIN_OF(least, s->price_from_cents);
            most = MAX_OF(most, s->price_to_cents);
        }
    }
    if (least < 0) {
        return NULL;
    }
    return pool_printf(p,
                       "Our prices run from %s to %s, depending on the service. Which one do "
                       "you have in mind?",
                       say_amount(p, c, f, least), say_amount(p, c, f, most));
}
