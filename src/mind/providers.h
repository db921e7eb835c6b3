/* SPDX-License-Identifier: Apache-2.0 */
/* Who gives the services, in a text, and what is said about them. From the facts. Pure; any thread.
 */
#ifndef MIND_PROVIDERS_H
#define MIND_PROVIDERS_H

#include "base/pool.h"
#include "domain/channel.h"
#include "domain/facts.h"
#include "mind/words.h"

/* The provider that the text names first; NULL: none. *at_out is the name's first word. */
const struct facts_provider *provider_named(struct pool *p, const struct words *w,
                                            const struct facts *f, size_t *at_out);

/* The provider of that key, or NULL. */
const struct facts_provider *provider_of_key(const struct facts *f, const char *key);

bool provider_gives(const struct facts_provider *who, const char *service);

/* "Amara Cole, NP". Lives in pool. */
const char *provider_title(struct pool *p, const struct facts_provider *who);

/* "Amara Cole, NP, is our nurse practitioner. ... works Monday and Friday." Lives in pool. */
const char *provider_answer(struct pool *p, const struct facts *f,
                            const struct facts_provider *who);

/* Whether they work on a day, by their hours and the closures. */
const char *provider_on_day(struct pool *p, const struct facts *f, enum channel c,
                            const struct facts_provider *who, int64_t day, int64_t today);

/* "Botox is given by Amara Cole and Daniel Reyes."; NULL: not known. Lives in pool. */
const char *providers_of_service(struct pool *p, const struct facts *f,
                                 const struct facts_service *s);

#endif
