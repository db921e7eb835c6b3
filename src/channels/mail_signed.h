/* SPDX-License-Identifier: Apache-2.0 */
/* By what name the writer of an e-mail goes. Pure; any thread. */
#ifndef CHANNELS_MAIL_SIGNED_H
#define CHANNELS_MAIL_SIGNED_H

#include "base/pool.h"
#include "base/str.h"

/*
 * The name that they give themselves or sign with in `words`, an e-mail's new words, or in the
 * signature ("-- ") that follows them in `whole`, its full text. NULL: none, or it may be somebody
 * else's. Lives in pool.
 */
const char *mail_signed_name(struct pool *p, struct str words, struct str whole);

#endif
