/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendars that are had by a secret in their address, without signing in: a customer's
 * appointment, and the staff's feed. Whoever has the address sees what is there, so both say no
 * more than they must. Any thread; they block.
 */
#ifndef OPS_CALENDAR_H
#define OPS_CALENDAR_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct app;

/*
 * The appointment of a link (struct booking's), until 30 days after it: service, provider, time and
 * place, and how to prepare. ERR_NOT_FOUND when there is none.
 */
NODISCARD int calendar_of_link(const struct app *app, struct pool *p, struct str key,
                               struct buf *out, struct err *e);

/*
 * The feed of a key (access_add_feed): what is not cancelled, with the customers' names, without
 * their requests. ERR_NOT_FOUND when the key is not known.
 */
NODISCARD int calendar_of_feed(const struct app *app, struct pool *p, struct str key,
                               struct buf *out, struct err *e);

#endif
