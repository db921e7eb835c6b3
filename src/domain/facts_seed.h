/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a seed document (share/seeds/) into struct facts: purely, every field checked, and a
 * sentence that names the entry and the field at fault. A member that is not known is refused, so
 * that a misspelt one does not vanish. domain/facts_table.h says what there may be. Any thread.
 */
#ifndef DOMAIN_FACTS_SEED_H
#define DOMAIN_FACTS_SEED_H

#include <jansson.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"
#include "domain/facts.h"
#include "domain/facts_table.h"

/* share/seeds/medical-spa.json, embedded: the business that a demo is. */
extern const struct str seed_medical_spa;

/*
 * *out lives in pool and borrows texts from the document. A list that the document does not have
 * stays NULL, one that is empty does not. ERR_INVALID.
 */
NODISCARD int facts_of_json(struct pool *p, const json_t *seed, struct facts *out, struct err *e);

/* The embedded seed's. */
NODISCARD int facts_of_demo(struct pool *p, struct facts *out, struct err *e);

/*
 * Reads one entry of a list, checked in itself; `where` names it in the sentence: "services[2]", or
 * "" when the fields are the caller's own parameters. *out is kind->size bytes.
 */
NODISCARD int facts_entry_of_json(struct pool *p, enum facts_part part, const json_t *object,
                                  const char *where, void *out, struct err *e);

#endif
