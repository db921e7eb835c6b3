/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TwiML for calls as the product answers it: read into a small tree, and held against what Twilio
 * knows of verbs, their attributes and what may stand in them (Twilio docs, "TwiML for Programmable
 * Voice"). Any thread.
 */
#ifndef SANDBOX_SANDBOX_TWIML_H
#define SANDBOX_SANDBOX_TWIML_H

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct twiml {
    const char *name; /* of the element */
    const char *text; /* of it and what is in it, trimmed; "" without any */
    size_t n_attributes;
    struct twiml_attribute {
        const char *name, *value;
    } * attributes;
    struct twiml *children, *next; /* elements only */
};

/*
 * The document's Response. Lives in pool. ERR_MALFORMED with Twilio's error code in *code_out:
 * 12100 when it is no XML, 12200 when it has what Twilio does not know.
 */
NODISCARD int twiml_read(struct pool *p, struct str text, struct twiml **out, int *code_out,
                         struct err *e);

/* The attribute's value, or `otherwise`. */
const char *twiml_get(const struct twiml *t, const char *name, const char *otherwise);
/* Likewise a whole number. */
int twiml_get_int(const struct twiml *t, const char *name, int otherwise);

#endif
