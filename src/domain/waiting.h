/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which texts a turn answers. Texts that come in a row are answered once: each brings a job of its
 * own, and all but the last leave the answer to the next, whose job is there whatever happens to
 * this one. So nothing is kept but the messages themselves, and a kill changes nothing. Pure.
 */
#ifndef DOMAIN_WAITING_H
#define DOMAIN_WAITING_H

#include "store/messages.h"

/* Texts of a conversation, oldest first. */
struct waiting_texts {
    size_t n;
    struct message *list; /* in the pool */
    size_t *rows;         /* and their rows */
    struct wall first_at, last_at;
};

/*
 * The text with that id and those before it that wait with it: back to the last one that was
 * answered or stands alone (domain/burst.h); without `together` that text only. rows:
 * messages_query's, in order. n == 0: it is not among them.
 */
void waiting_with(struct pool *p, const struct rows *rows, const char *message_id, bool together,
                  struct waiting_texts *out);

/* Those after the last message that was written to the customer and not withdrawn. */
void waiting_unanswered(struct pool *p, const struct rows *rows, struct waiting_texts *out);

/*
 * The first text that waits after `last`, when this turn's may be answered with it; p == NULL:
 * there is none. waiting: messages_waiting_query's rows. Whether a job will answer it must be
 * looked up.
 */
struct str waiting_later(const struct rows *waiting, const struct message *last);

/* Did the text of that row come after `last`? */
bool waiting_is_later(const struct rows *waiting, size_t i, const struct message *last);

/* Is it among the rows of messages_waiting_query? */
bool waiting_has(const struct rows *waiting, struct str message_id);

/* What they say, a line each. Lives in pool. */
struct str waiting_text(struct pool *p, const struct waiting_texts *w);

#endif
