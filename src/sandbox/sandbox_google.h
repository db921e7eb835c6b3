/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox as Google Calendar: service account tokens, free/busy and events, as far as a front
 * desk needs them, with Google's errors. The service account's key is made when it is first asked
 * for, and lives as long as the sandbox. Every calendar exists, but those whose id begins with
 * "missing".
 *
 *   POST   /token                                   a signed statement for an access token
 *   POST   /calendar/v3/freeBusy
 *   POST   /calendar/v3/calendars/{id}/events       also GET, with timeMin, timeMax, showDeleted
 *   GET    /calendar/v3/calendars/{id}/events/{id}  also PATCH, DELETE
 *
 * And for people and tests, without a token:
 *
 *   GET    /sandbox/google-key   the service account's key file
 *   GET    /sandbox/calendar     ?calendar=: all events, deleted ones too, and how many requests of
 *                                each kind there were
 *   POST   /sandbox/calendar     {"calendar","start","end","summary"}: somebody's own event
 *   DELETE /sandbox/calendar     ?calendar=&id=: somebody deletes an event by hand; its id is then
 *                                used up, as at Google
 *
 * Faults (POST /sandbox/faults) with "api": "google" meet these requests: "status" as for texts,
 * 401 and 403 among them, with "reason" (rateLimitExceeded unless given); "on" is token, busy,
 * events, or any when it is not given.
 */
#ifndef SANDBOX_SANDBOX_GOOGLE_H
#define SANDBOX_SANDBOX_GOOGLE_H

#include "base/pool.h"
#include "base/str.h"

struct sandbox;

#define SANDBOX_GOOGLE_EMAIL "front-desk@sandbox.example.com"

/* The key file's text; lives in pool. Any thread. */
struct str sandbox_google_key_file(struct sandbox *s, struct pool *p);

/* How many events are in that calendar and not deleted. Any thread. */
int sandbox_google_events(struct sandbox *s, const char *calendar);

#endif
