/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One conversation from a story: who, which service, which days, which of the variants, how fast
 * they answered, what came of it. Everything is drawn from the stream of its number.
 */
#include <math.h>

#include "base/buf.h"
#include "domain/zone.h"
#include "mind/say.h"
#include "sandbox/demo_private.h"

static const struct {
    const char *name;
    int share;
    const char *outcome, *intent;
    double satisfaction;
    const char *subject, *summary;
} stories[N_STORIES] = {
#define STORY(name, share, outcome, intent, satisfaction, subject, summary)                        \
    {#name, share, outcome, intent, satisfaction, subject, summary},
#define LINE(...)
#include "sandbox/demo_stories.def"
#undef STORY
#undef LINE
};

static const struct {
    int story;
    char speaker;
    const char *variants;
} lines[] = {
#define STORY(...)
#define LINE(story, speaker, variants) {STORY_##story, speaker, variants},
#include "sandbox/demo_stories.def"
#undef STORY
#undef LINE
};

struct rng rng_of(uint64_t seed, uint64_t number)
{
    struct rng r = {seed ^ (number + 1) * 0x9E3779B97F4A7C15u};
    (void)rng_next(&r);
    return r;
}

uint64_t rng_next(struct rng *r)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

int rng_below(struct rng *r, int n)
{
    return (int)(rng_next(r) % (uint64_t)n);
}

double rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) / 9007199254740992.0;
}

struct id rng_id(struct rng *r, struct wall at)
{
    unsigned char random[10];
    uint64_t a = rng_next(r), b = rng_next(r);
    memcpy(random, &a, 8);
    memcpy(random + 8, &b, 2);
    return id_at(at, random);
}

static enum story pick_story(struct rng *r)
{
    int all = 0;
    for (int i = 0; i < N_STORIES; i++) {
        all += stories[i].share;
    }
    int drawn = rng_below(r, all), at = 0;
    while (drawn >= stories[at].share) {
        drawn -= stories[at++].share;
    }
    return (enum story)at;
}

/* One of those who were customers by then; a few come often. */
static const struct person *pick_person(struct rng *r, const struct demo *d, struct wall at)
{
    size_t known = 0, step = d->n_people;
    while (step) { /* the first that is later than `at` */
        size_t half = step / 2;
        if (d->people[known + half].since.us <= at.us) {
            known += half + 1;
            step -= half + 1;
        } else {
            step = half;
        }
    }
    double u = rng_unit(r);
    size_t drawn = (size_t)((double)known * u * sqrt(u));
    return known ? &d->people[MIN_OF(drawn, known - 1)] : NULL;
}

static bool is_closed(const struct facts *f, const struct facts_provider *who, int64_t day)
{
    for (size_t i = 0; i < f->n_closures; i++) {
        const struct facts_closure *c = &f->closures[i];
        if (day >= c->first_day && day <= c->last_day &&
            (!c->provider || (who && strcmp(c->provider, who->key) == 0))) {
            return true;
        }
    }
    return false;
}

static const struct facts_provider *pick_provider(struct rng *r, const struct facts *f,
                                                  const struct facts_service *service)
{
    const struct facts_provider *found = NULL;
    int seen = 0;
    for (size_t i = 0; i < f->n_providers; i++) {
        const char *const *s = f->providers[i].services;
        while (s && *s && strcmp(*s, service->key) != 0) {
            s++;
        }
        if ((!s || *s) && rng_below(r, ++seen) == 0) {
            found = &f->providers[i];
        }
    }
    return found;
}

static int minutes_of(const char *hhmm)
{
    int64_t hour = 0, minute = 0;
    bool ok =
        str_to_i64((struct str){hhmm, 2}, &hour) && str_to_i64((struct str){hhmm + 3, 2}, &minute);
    return ok ? (int)(hour * 60 + minute) : 0;
}

/* A half hour at which the provider works (or the business is open), so many days from `at` at
 * least. */
static struct wall pick_visit(struct rng *r, const struct demo *d, const struct talk *t,
                              struct wall at, int days)
{
    const struct facts *f = d->facts;
    bool own = t->provider && t->provider->n_hours;
    const struct facts_hours *hours = own ? t->provider->hours : f->hours;
    size_t n = own ? t->provider->n_hours : f->n_hours;
    int64_t day = zone_local(f->zone, at).days + days;
    for (int tries = 0; tries < 14; tries++, day++) {
        for (size_t i = 0; i < n && !is_closed(f, t->provider, day); i++) {
            int opens = minutes_of(hours[i].opens), closes = minutes_of(hours[i].closes);
            int half_hours = (closes - opens - t->service->duration_minutes) / 30 + 1;
            if (hours[i].weekday == weekday_of_days(day) && half_hours > 0) {
                return zone_moment(f->zone, day, opens + 30 * rng_below(r, half_hours));
            }
        }
    }
    return zone_moment(f->zone, day, 12 * 60);
}

struct marks {
    struct pool *pool;
    const struct demo *demo;
    const struct talk *talk;
};

static const char *mark_value(const struct marks *m, struct str mark)
{
    const struct talk *t = m->talk;
    const struct facts *f = m->demo->facts;
    struct local_time at = zone_local(f->zone, t->visit),
                      before = zone_local(f->zone, t->old_visit);
    const struct {
        struct str mark;
        const char *value;
    } values[] = {
        {STR("service"), t->service->name},
        {STR("price"), say_price(m->pool, t->channel, f, t->service)},
        {STR("minutes"), pool_printf(m->pool, "%d", t->service->duration_minutes)},
        {STR("day"), say_weekday(at.weekday)},
        {STR("time"), say_time(m->pool, t->channel, at.minutes)},
        {STR("day2"), say_weekday(before.weekday)},
        {STR("time2"), say_time(m->pool, t->channel, before.minutes)},
        {STR("first"), t->person ? t->person->first : "dear caller"},
        {STR("me"), f->assistant_name},
        {STR("business"), f->business_name},
        {STR("address"), f->address},
        {STR("parking"), f->parking},
        {STR("hours"), m->demo->hours},
    };
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (str_eq(mark, values[i].mark)) {
            return values[i].value ? values[i].value : "";
        }
    }
    return "";
}

static const char *fill(const struct marks *m, struct str text)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 4000);
    for (size_t i = 0; i < text.n; i++) {
        ptrdiff_t end = text.p[i] == '{' ? str_index(text, '}', i) : -1;
        if (end > 0) {
            buf_puts(&b, mark_value(m, (struct str){text.p + i + 1, (size_t)end - i - 1}));
            i = (size_t)end;
        } else {
            buf_putc(&b, text.p[i]);
        }
    }
    return str_dup(m->pool, buf_str(&b));
}

static struct str pick_variant(struct rng *r, const char *variants)
{
    int n = 1;
    for (const char *c = variants; *c; c++) {
        n += *c == '|';
    }
    struct str rest = str_of(variants), one;
    for (int i = rng_below(r, n); (one = str_cut(&rest, '|')).p && i > 0; i--) {
    }
    return one;
}

/* How long until the next line, in seconds: the assistant is quick, people are not. */
static int pause_of(struct rng *r, enum channel c, bool inbound)
{
    if (c == CHANNEL_VOICE) {
        return 6 + rng_below(r, 22);
    }
    if (!inbound) {
        return 2 + rng_below(r, c == CHANNEL_EMAIL ? 50 : 7);
    }
    return c == CHANNEL_EMAIL ? 600 + rng_below(r, 14000) : 15 + rng_below(r, 260);
}

static const char *dressed(struct pool *p, const struct demo *d, const struct talk *t, bool inbound,
                           const char *text)
{
    if (t->channel != CHANNEL_EMAIL || !t->person) {
        return text;
    }
    return inbound ? pool_printf(p, "Hello,\n\n%s\n\nBest regards,\n%s %s", text, t->person->first,
                                 t->person->last)
                   : pool_printf(p, "Dear %s,\n\n%s\n\nKind regards,\n%s\n%s", t->person->first,
                                 text, d->facts->assistant_name, d->facts->business_name);
}

/* Adds a line unless it would lie in the future. */
static void add_line(struct pool *p, const struct demo *d, struct rng *r, struct talk *t,
                     size_t row)
{
    bool inbound = lines[row].speaker == 'C';
    struct marks m = {p, d, t};
    int64_t wait = t->n_lines ? pause_of(r, t->channel, inbound) : 0;
    struct wall at = {t->ended.us + wait * US_PER_SECOND + rng_below(r, 900000)};
    const char *text = fill(&m, pick_variant(r, lines[row].variants));
    if (t->n_lines < LINES_MAX && at.us < d->config->now.us) {
        t->lines[t->n_lines++] = (struct line){inbound, dressed(p, d, t, inbound, text), at};
        t->ended = at;
    }
}

static void add_lines(struct pool *p, const struct demo *d, struct rng *r, struct talk *t, int want)
{
    size_t most = want ? (size_t)want : LINES_MAX;
    most = t->channel == CHANNEL_EMAIL && !want ? 2 + 2 * (size_t)rng_below(r, 2) : most;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        bool politeness = t->n_lines >= 4 && !want && rng_unit(r) < 0.3; /* not all say thanks */
        if (lines[i].story == (int)t->story && t->n_lines < most && !politeness) {
            add_line(p, d, r, t, i);
        }
    }
    size_t filler = ARRAY_SIZE(lines) - 2; /* the table ends with the two fillers */
    while (want && t->n_lines < most && t->ended.us < d->config->now.us - 600 * US_PER_SECOND &&
           t->n_lines < LINES_MAX) {
        add_line(p, d, r, t, filler + (t->n_lines && t->lines[t->n_lines - 1].inbound));
    }
}

static void draw_score(struct rng *r, struct talk *t)
{
    double middle = stories[t->story].satisfaction;
    if (middle <= 0 || rng_unit(r) < 0.05) {
        return; /* nothing to judge by */
    }
    double drawn = middle + 2.2 * (rng_unit(r) + rng_unit(r) + rng_unit(r) - 1.5);
    drawn -= rng_unit(r) < 0.06 ? 3 : 0; /* now and then it goes badly */
    int s = (int)lround(drawn);
    t->satisfaction = s < 1 ? 1 : s > 10 ? 10 : s;
    double mood = rng_unit(r);
    if (t->satisfaction >= 8) {
        t->sentiment = mood < 0.78 ? "positive" : "neutral";
    } else if (t->satisfaction >= 5) {
        t->sentiment = mood < 0.68 ? "neutral" : mood < 0.86 ? "mixed" : "positive";
    } else {
        t->sentiment = mood < 0.8 ? "negative" : "mixed";
    }
}

/* A telephone number is needed for a text, an address for a mail. */
static enum channel fitting(enum channel c, const struct person *who)
{
    if (!who) {
        return c == CHANNEL_VOICE ? CHANNEL_VOICE : CHANNEL_WEB;
    }
    if (c == CHANNEL_EMAIL) {
        return who->email ? c : CHANNEL_SMS;
    }
    return who->phone || c == CHANNEL_WEB ? c : CHANNEL_EMAIL;
}

static void set_status(struct rng *r, const struct demo *d, struct talk *t)
{
    bool lately = t->ended.us > d->config->now.us - 2 * 3600 * US_PER_SECOND;
    bool last = t->number >= d->config->conversations - 4;
    bool open = t->channel != CHANNEL_VOICE && (last || (lately && rng_unit(r) < 0.5));
    t->outcome = stories[t->story].outcome;
    t->status = open ? "active" : t->story == STORY_BROKEN ? "failed" : "completed";
    if (open) {
        t->outcome = NULL;
    } else {
        draw_score(r, t);
    }
}

void demo_talk_make(struct pool *p, const struct demo *d, int number, struct wall at,
                    enum channel channel, int want, struct talk *out)
{
    struct rng r = rng_of(d->config->seed, (uint64_t)number);
    struct talk t = {.number = number, .story = pick_story(&r), .began = at, .ended = at};
    t.person = rng_unit(&r) < 0.03 ? NULL : pick_person(&r, d, at);
    if (!t.person && t.story <= STORY_CANCEL) {
        t.story = STORY_HOURS; /* who books says who they are */
    }
    t.channel = fitting(channel, t.person);
    t.service = &d->facts->services[rng_below(&r, (int)d->facts->n_services)];
    t.provider = pick_provider(&r, d->facts, t.service);
    t.visit = pick_visit(&r, d, &t, at, 1 + rng_below(&r, 14));
    t.old_visit = pick_visit(&r, d, &t, at, 1 + rng_below(&r, 6));
    add_lines(p, d, &r, &t, t.channel == CHANNEL_VOICE ? 0 : want);
    struct marks m = {p, d, &t};
    t.intent = stories[t.story].intent;
    t.subject = fill(&m, str_of(stories[t.story].subject));
    t.summary = fill(&m, str_of(stories[t.story].summary));
    static const char *const reasons[N_STORIES] = {
        [STORY_COMPLAINT] = "complaint",
        [STORY_MEDICAL] = "medical",
        [STORY_PERSON] = "person",
        [STORY_UNKNOWN] = "unknown",
    };
    t.escalated = reasons[t.story];
    set_status(&r, d, &t);
    *out = t;
}

size_t demo_talk_messages(const struct talk *t)
{
    return t->channel == CHANNEL_VOICE ? 1 : t->n_lines;
}

int demo_talk_seconds(const struct talk *t)
{
    return (int)((t->ended.us - t->began.us) / US_PER_SECOND) + 8;
}
