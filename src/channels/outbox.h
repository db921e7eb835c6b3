/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job "send": an outbound text is handed to the provider once. A job that was tried before may
 * have been sent without our knowing (a time-out, a kill): the provider is then asked first, and
 * what it has is taken as ours unless another message of ours is known by that id.
 */
#ifndef CHANNELS_OUTBOX_H
#define CHANNELS_OUTBOX_H

#include "channels/outbox_consent.h"
#include "channels/provider.h"
#include "domain/jobs.h"

/* Who sends WhatsApp messages, when both Meta and the provider of texts can. */
enum outbox_whatsapp {
    OUTBOX_WHATSAPP_BY_NUMBER, /* those from the number for texts go its way, all others by Meta */
    OUTBOX_WHATSAPP_TWILIO,
    OUTBOX_WHATSAPP_META,
};

struct outbox_config {
    const struct provider_ops *provider; /* of texts; NULL: there is none */
    struct provider_account account;
    const char *status_url;          /* delivery reports go there, with ?message=ID */
    const struct provider_ops *meta; /* of WhatsApp messages; NULL: `provider` sends them too */
    struct provider_account meta_account;
    enum outbox_whatsapp whatsapp;
    const char *public_url;  /* under which providers fetch files */
    struct str media_secret; /* of domain/media_link.h */
    const char *number;      /* the business's for texts */
    /* A request that a time-out cut off may still be on its way, and is looked for after so long.
     * job_kind.settle_ms says the same of those that a kill cut off. */
    int64_t settle_ms;
    bool read_receipts;        /* customers are shown that what is answered was read */
    int64_t rate;              /* texts a second of one sending number at most; 0: any */
    struct outbox_night night; /* when reminders and the like wait */
    int64_t burst_max_us;      /* as in struct answer_config */
};

/* The handler of jobs of kind "send"; its arg is a struct outbox_config. */
int outbox_job(struct job_run *run, struct err *e);

/* job_kind.admit: texts go at the pace of their number. */
int outbox_admit(struct db *db, struct pool *p, const struct job *jobs, size_t n, struct wall now,
                 struct wall *slots_out, void *arg, struct err *e);

/* job_kind.buried: marks the message as failed and says so in an event. */
int outbox_buried(struct db *db, struct pool *p, const struct job *job, const char *why, void *arg,
                  struct err *e);

/*
 * A delivery report. Reports come in any order and more than once: a status never goes back.
 * message_id is what we put into the status URL, NULL when it was not there.
 */
struct delivery_report {
    const char *message_id, *provider_id;
    const char *status; /* of sms_details.delivery_status */
    const char *code, *text;
    bool read; /* the customer has read it; status is then "delivered" */
    struct wall at;
};
/* Part of a write transaction. *message_id_out: whose it is. ERR_NOT_FOUND when no message of ours
 * is meant. */
NODISCARD int outbox_report(struct db *db, struct pool *p, const struct delivery_report *r,
                            const char **message_id_out, struct err *e);

#endif
