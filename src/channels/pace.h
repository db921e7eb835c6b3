/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a number sends. Carriers take so many texts a second from one number; what a provider is
 * given beyond that waits in its queue, where nothing can be taken back and an answer stands behind
 * a hundred reminders. So a text is handed over only when its turn has come: each claimed job is
 * given a moment, and one whose moment is still to come is put off until then, at once and once, so
 * that a busy number costs neither looking again and again nor any other number's time.
 *
 * A number may use up to a second's worth at once after a pause. What may wait (reminders,
 * marketing) gets every other moment at most and is not in the way of answers.
 */
#ifndef CHANNELS_PACE_H
#define CHANNELS_PACE_H

#include "store/jobs.h"
#include "store/pace.h"

/*
 * When the next message of a number may go, at `rate` a second; now or earlier: at once. *pace
 * moves on. had_slot: it was put off before until a moment that has come. Pure.
 */
struct wall pace_next(struct pace *pace, int64_t rate, bool bulk, bool had_slot, struct wall now);

/*
 * For job_kind.admit: the moments of claimed jobs of kind "send", by the number in their payload,
 * or by `sender` for all of them when it is not NULL (a messaging service, which chooses the
 * number). Other channels than texts are not held back.
 */
NODISCARD int pace_admit(struct db *db, struct pool *p, const struct job *jobs, size_t n,
                         int64_t rate, const char *sender, struct wall now, struct wall *slots_out,
                         struct err *e);

#endif
