/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms in which the store has what was said and done in a call: while it goes on, one JSON
 * document; when it has ended, the columns of its message and its details.
 */
#ifndef DOMAIN_VOICE_CALL_PRIVATE_H
#define DOMAIN_VOICE_CALL_PRIVATE_H

#include "domain/voice_call.h"

#define VOICE_KEPT_BYTES (16u << 20) /* the limits of a call's record lie far below */

/* What was said and done in the forms in which it is stored. */
struct voice_remains {
    struct str content, segments, function_calls, measures;
    int64_t interruptions;
    double quality;
    int64_t duration_ms;
};

/* All of it lives in pool. */
NODISCARD int voice_remains_of_talk(struct pool *p, const struct voice_talk *t,
                                    struct voice_remains *out, struct err *e);
/*
 * Of what was kept; empty: nothing was. *end stays as it is unless the call was waiting, and so has
 * one.
 */
NODISCARD int voice_remains_of_kept(struct pool *p, struct str kept, struct voice_remains *out,
                                    struct voice_ending *end, struct err *e);

/* The document. end: when it waits; else NULL. */
NODISCARD int voice_kept_write(struct pool *p, const struct voice_talk *t,
                               const struct voice_ending *end, struct str *out, struct err *e);
/* What was said in it. */
NODISCARD int voice_kept_lines(struct pool *p, struct str kept, struct voice_line **lines_out,
                               size_t *n_out, struct err *e);

/* A part of a call that began so long after the call, with what was kept of those before it. */
NODISCARD int voice_talk_joined(struct pool *p, struct str earlier, const struct voice_talk *part,
                                int64_t later_ms, struct voice_talk *out, struct err *e);

#endif
