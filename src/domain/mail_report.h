/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of an e-mail that was sent, by the provider's events or by a bounce that came as a
 * mail of its own (domain/mail_bounce.h). Reports come in any order, more than once and late; a
 * status never goes back. Parts of a write transaction (inside store_write).
 *
 *   queued < sent < delivered < bounced, dropped, failed
 *
 * A mail that was delivered can bounce still, when the next server on its way could not keep what
 * it had taken. Opened and clicked are not statuses: they are when it happened first.
 */
#ifndef DOMAIN_MAIL_REPORT_H
#define DOMAIN_MAIL_REPORT_H

#include "store/store.h"

enum mail_event {
    MAIL_EVENT_SENT,     /* the provider has it */
    MAIL_EVENT_DEFERRED, /* it is tried again */
    MAIL_EVENT_DELIVERED,
    MAIL_EVENT_OPENED,
    MAIL_EVENT_CLICKED,
    MAIL_EVENT_BOUNCED,
    MAIL_EVENT_DROPPED, /* the provider did not even try */
};

struct mail_report {
    const char *message_id;  /* ours; NULL: not known */
    const char *provider_id; /* the provider's; NULL: not known */
    enum mail_event event;
    const char *code; /* "5.1.1"; NULL */
    const char *text; /* why, in words; NULL */
    struct wall at;
};

/*
 * *message_id_out: whose it is, in the pool. A mail that bounced or was dropped leaves the event
 * delivery_failed, once. ERR_NOT_FOUND when no e-mail of ours is meant.
 */
NODISCARD int mail_report_take(struct db *db, struct pool *p, const struct mail_report *r,
                               const char **message_id_out, struct err *e);

/* Does a status follow on another? Unknown ones come before all. Any thread. */
bool mail_status_advances(const char *from, const char *to);

/*
 * Marks a message as failed, bounced or dropped, with its event, and tells those who watch: what
 * mail_report_take does, for a sender that was refused or has given up.
 */
NODISCARD int mail_failed(struct db *db, struct pool *p, const char *conversation_id,
                          const char *message_id, const char *status, const char *code,
                          const char *text, struct wall at, struct err *e);

#endif
