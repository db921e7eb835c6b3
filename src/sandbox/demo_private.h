/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo data in the making: who and what there is (demo), one conversation (talk), and the
 * random numbers. demo_data.c plans and loads, demo_talk.c invents, demo_write.c writes.
 */
#ifndef SANDBOX_DEMO_PRIVATE_H
#define SANDBOX_DEMO_PRIVATE_H

#include "base/id.h"
#include "base/pool.h"
#include "domain/channel.h"
#include "domain/facts.h"
#include "sandbox/demo_data.h"

struct db;

/* splitmix64: a stream for each number, so that nothing depends on batches or retries. */
struct rng {
    uint64_t state;
};
struct rng rng_of(uint64_t seed, uint64_t number);
uint64_t rng_next(struct rng *r);
int rng_below(struct rng *r, int n); /* 0 to n - 1; n at least 1 */
double rng_unit(struct rng *r);      /* 0 up to 1 */
struct id rng_id(struct rng *r, struct wall at);

struct person {
    int64_t id; /* given by the database */
    const char *first, *last;
    const char *phone, *email; /* one of them may be NULL */
    struct wall since;
};

struct demo {
    const struct demo_config *config;
    const struct facts *facts;
    const char *hours; /* "Monday to ..." as the assistant says it */
    size_t n_people;
    struct person *people; /* by since */
    struct wall start;
};

enum story {
#define STORY(name, ...) STORY_##name,
#define LINE(...)
#include "sandbox/demo_stories.def"
#undef STORY
#undef LINE
    N_STORIES,
    STORY_FILLER = N_STORIES
};

#define LINES_MAX 24

struct line {
    bool inbound;
    const char *text;
    struct wall at;
};

struct talk {
    int number; /* counts all conversations */
    enum story story;
    enum channel channel;
    const struct person *person; /* NULL: anonymous */
    struct wall began, ended;
    const char *status, *outcome, *intent, *sentiment; /* sentiment NULL: not scored */
    int satisfaction;                                  /* 0: not scored */
    const char *subject, *summary;
    const struct facts_service *service;
    const struct facts_provider *provider; /* who gives it; NULL: the business names nobody */
    struct wall visit, old_visit; /* of the appointment, and before it was moved or cancelled */
    const char *escalated;        /* reason; NULL: not */
    size_t n_lines;
    struct line lines[LINES_MAX];
};

/*
 * Invents the conversation of that number at that moment. want: so many messages; 0: as the story
 * has it. Lives in pool.
 */
void demo_talk_make(struct pool *p, const struct demo *d, int number, struct wall at,
                    enum channel channel, int want, struct talk *out);

/* Messages that it will have: a call is one. */
size_t demo_talk_messages(const struct talk *t);

/* Length of a call in seconds. */
int demo_talk_seconds(const struct talk *t);

/* Writes all its rows, inside store_write. */
NODISCARD int demo_talk_write(struct db *db, struct pool *p, const struct demo *d,
                              const struct talk *t, struct err *e);

#endif
