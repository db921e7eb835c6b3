/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manner of a channel: what it asks of whoever writes a reply, and the fitting of a reply that
 * does not keep to it. Segments of text messages are counted later (domain/sms_text.h). Pure.
 */
#ifndef MIND_MANNER_H
#define MIND_MANNER_H

#include "base/pool.h"
#include "base/str.h"
#include "domain/channel.h"

/* Sentences for a language model's instructions; static. */
const char *manner_rules(enum channel c);

/* Bytes of a reply at most: two segments of a text, a breath of speech, a screen. */
size_t manner_room(enum channel c);

#define VOICE_SENTENCES 3 /* what is spoken at once: two, and a question */

/* How many sentences the text has, and its first `most`. */
int manner_count(struct str s);
struct str manner_sentences(struct str s, int most);

/* Without markup, as short as the channel wants, cut at a sentence if one ends early enough, else
 * at a word. Lives in pool. */
const char *manner_fit(struct pool *p, enum channel c, struct str reply);

#endif
