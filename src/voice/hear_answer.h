/* SPDX-License-Identifier: Apache-2.0 */
/* What a speech server answers to POST /v1/audio/transcriptions. Pure. */
#ifndef VOICE_HEAR_ANSWER_H
#define VOICE_HEAR_ANSWER_H

#include "voice/hear.h"

#define HEAR_TEXT_MAX 4000 /* bytes; a turn is a minute at most, and more is cut off */

/* The body of an answer with status 200; out->text lives in pool. ERR_PROVIDER: it is no answer. */
NODISCARD int hear_answer_read(struct pool *p, struct str body, struct heard *out, struct err *e);

#endif
