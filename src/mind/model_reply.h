/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model's last word of a turn: a small JSON object with the reply and what the model makes of
 * the turn. The schema that servers hold it to is here, and the reading of it, which trusts no
 * server to have done so. Pure; any thread.
 */
#ifndef MIND_MODEL_REPLY_H
#define MIND_MODEL_REPLY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

#define MODEL_REPLY_MAX 6000 /* bytes of a reply */

struct model_reply {
    struct str text;    /* never empty */
    const char *intent; /* one of the turn's intents, static; NULL: not said, or none of them */
    double confidence;  /* 0 to 1; 0: not said */
    bool wants_person;
    const char *reason; /* why a person is wanted; NULL: not said */
    bool ends;
};

/* The JSON Schema, in the strict subset. Lives in pool. */
json_t *model_reply_schema(struct pool *p);

/*
 * Reads content: the object, alone, in a code fence, or with words around it; without an object,
 * the words are the reply. ERR_PROVIDER with what is wrong, as a sentence that the model can act
 * upon. Lives in pool.
 */
NODISCARD int model_reply_read(struct pool *p, struct str content, struct model_reply *out,
                               struct err *e);

/* The intents of a turn, NULL-terminated; static. */
extern const char *const turn_intents[];

#endif
