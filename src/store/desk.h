/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on the staff's work with conversations: whose one is, whether a person is needed, what
 * is put off, unread, tagged and noted. Changes are part of a write transaction. What is read lives
 * in the pool. Errors are those of store/store.h; an id that is not there is ERR_INVALID where it
 * is referred to.
 */
#ifndef STORE_DESK_H
#define STORE_DESK_H

#include "store/store.h"

/* The customer wrote: unread to all of the staff, and not put off any more. */
NODISCARD int desk_heard(struct db *db, const char *conversation_id, struct wall at, struct err *e);
NODISCARD int desk_set_needs_person(struct db *db, const char *conversation_id, bool needed,
                                    struct err *e);

/* user_id NULL: to nobody. */
NODISCARD int desk_assign(struct db *db, const char *conversation_id, const char *user_id,
                          struct err *e);
/* until.us == 0: not put off any more. */
NODISCARD int desk_snooze(struct db *db, const char *conversation_id, struct wall until,
                          struct err *e);
/* Those put off until `now` or before: their ids, soonest first. */
NODISCARD int desk_snooze_over(struct db *db, struct pool *p, struct wall now, int64_t limit,
                               struct rows *ids_out, struct err *e);
/* Is it put off until `now` or before? Then no more, and unread to whose it is, or to all. */
NODISCARD int desk_wake(struct db *db, struct pool *p, const char *conversation_id, struct wall now,
                        bool *woken_out, struct err *e);

NODISCARD int desk_read(struct db *db, const char *conversation_id, const char *user_id,
                        struct err *e);
NODISCARD int desk_unread(struct db *db, const char *conversation_id, const char *user_id,
                          struct wall at, struct err *e);
/* Has that member of the staff not seen it? A query of two arguments: conversation, user. */
struct query desk_unread_query(const struct arg args[2], struct rows *rows);

/* Members of the staff who are not disabled, by name: id, name, email, role. */
NODISCARD int desk_staff(struct db *db, struct pool *p, struct rows *out, struct err *e);
/* ERR_NOT_FOUND when there is none, or the account is disabled. */
NODISCARD int desk_staff_name(struct db *db, struct pool *p, const char *user_id,
                              struct str *name_out, struct err *e);

struct tag {
    struct str id, name, colour; /* #rrggbb */
    int64_t conversations;       /* so many have it */
};
void tag_from_row(const struct rows *r, size_t i, struct tag *t);
/* By name. */
NODISCARD int tags_all(struct db *db, struct pool *p, struct rows *out, struct err *e);
/* ERR_NOT_FOUND. */
NODISCARD int tags_get(struct db *db, struct pool *p, const char *id, struct tag *out,
                       struct err *e);
/* ERR_CONFLICT when the name is another's. */
NODISCARD int tags_insert(struct db *db, const char *id, const char *name, const char *colour,
                          struct wall at, struct err *e);
/* NULL keeps what is there. */
NODISCARD int tags_update(struct db *db, const char *id, const char *name, const char *colour,
                          struct err *e);
NODISCARD int tags_delete(struct db *db, const char *id, struct err *e);
/* Twice is as once. */
NODISCARD int tags_put_on(struct db *db, const char *conversation_id, const char *tag_id,
                          struct err *e);
NODISCARD int tags_take_off(struct db *db, const char *conversation_id, const char *tag_id,
                            struct err *e);

struct note {
    struct str id, conversation_id, author_kind, author_id, author_name, content, created_at;
};
void note_from_row(const struct rows *r, size_t i, struct note *n);
/* Of a conversation, oldest first, at most 1,000: a query of one argument. */
struct query notes_query(const struct arg *conversation_id, struct rows *rows);
/* Of a customer's conversations before a point of a timeline, newest first. Arguments: customer id,
 * time (exclusive when the id is smaller), id, limit. */
extern const struct sql notes_before;
NODISCARD int notes_get(struct db *db, struct pool *p, const char *id, struct note *out,
                        struct err *e);
NODISCARD int notes_insert(struct db *db, const struct note *n, struct err *e);
NODISCARD int notes_delete(struct db *db, const char *id, struct err *e);

#endif
