/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements with which appointments are booked, moved and cancelled, and their times taken. What
 * they mean, and in which order they keep two bookers apart, is domain/booking.h's.
 */
#ifndef STORE_APPOINTMENTS_H
#define STORE_APPOINTMENTS_H

#include "store/store.h"

/* Waits for others who book into that day, and keeps them waiting. Argument: the day's number. */
extern const struct sql booking_day_lock;

/* What is scheduled with a start in [$1, $2): id, start, minutes, buffer minutes, provider's key,
 * provider's name; by start. */
extern const struct sql appointments_taken;

/* One appointment, locked. Argument: id. Columns as of appointments_coming. */
extern const struct sql appointments_lock;
/* A customer's scheduled ones from $2 on, soonest first, at most 50: id, customer id, start,
 * service, provider's name, provider's key, minutes, buffer minutes, status, conversation.
 * Arguments: customer, time. */
extern const struct sql appointments_coming;
/* The same of a conversation. Arguments: conversation, time. */
extern const struct sql appointments_agreed;

/* Arguments: customer, start, service, provider's name, provider's key, minutes, buffer minutes,
 * booked by, requests, conversation, now. A row with the id. */
extern const struct sql appointments_add;
/* Arguments: id, start, service, provider's name, provider's key, minutes, buffer minutes,
 * requests (NULL: as they are), now. */
extern const struct sql appointments_move;
/* Arguments: id, reason, now. */
extern const struct sql appointments_cancel;
/* Scheduled again. Arguments: id, now. */
extern const struct sql appointments_restore;
extern const struct sql appointments_drop; /* Argument: id. Its times go too. */
/* Arguments: id, status, now. */
extern const struct sql appointments_close;
/* Arguments: id, requests, now. */
extern const struct sql appointments_note;

/* Gives it a link unless it has one; a row with the one it has. Arguments: id, key. */
extern const struct sql appointments_link;
/* Gives it another one, so that the one before is dead; no row when there is no such appointment.
 * Arguments: id, key. */
extern const struct sql appointments_relink;

/* All of one, by id: the columns of appointment_from_row (store/customers.h), then provider's key,
 * buffer minutes, conversation, revision, last change. */
extern const struct sql appointments_whole;
/* The same by its link, unless it began before $2. Arguments: key, time. */
extern const struct sql appointments_of_link;
/* The same of all that begin at $1 or later and are not cancelled or moved away, by start, at most
 * $2; with $3 (NULL: anybody's) of that provider, by key. */
extern const struct sql appointments_feed;

/* What a calendar outside should show of one: id, start, service, provider's name, provider's key,
 * minutes, status, conversation, revision, when it was made, the event's id, its calendar, the
 * revision that it shows, the customer's name. Argument: id. */
extern const struct sql appointments_for_calendar;
/* Those from $1 on, at most $2, by start, that a calendar outside does not show as they are: id. */
extern const struct sql appointments_not_shown;
/* Names the event before it is made. Arguments: id, event's id, calendar. */
extern const struct sql appointments_name_event;
/* It shows that revision now. Arguments: id, revision. */
extern const struct sql appointments_event_shows;

/*
 * Takes times that the appointment does not have yet. Arguments: provider's key, first slot, the
 * slot after the last, appointment. A row for each one taken; one that somebody else has is left
 * out. Goes through the slots in order, so that two who want the same ones never wait for each
 * other.
 */
extern const struct sql times_take;
/* Gives back those of appointments that are not scheduled any more, which another program may have
 * cancelled without it. Arguments: provider's key, first slot, the slot after the last. */
extern const struct sql times_forget;
/* How many of these the appointment has. Arguments: as times_take. */
extern const struct sql times_count;
/* Gives back those that are not these. Arguments: as times_take; first = after gives back all. */
extern const struct sql times_keep;

#endif
