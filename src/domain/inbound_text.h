/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an inbound text becomes, in one transaction: its request in the journal (so that it counts
 * once), the customer found by number or made, the active conversation or a new one, the message,
 * its details, the job that will answer it, the files that came with it and the jobs that will
 * fetch them, and the change for those who watch.
 *
 * One that comes late, because it was lost on its way and found in the provider's list, is answered
 * like any other as long as the conversation it belongs to may still go on. After that an answer
 * would only puzzle: it is stored for the staff, with an event, and the assistant stays silent.
 *
 * A word that stops or starts texts (STOP) has its effect here too (domain/consent_hear.h), and no
 * answer.
 */
#ifndef DOMAIN_INBOUND_TEXT_H
#define DOMAIN_INBOUND_TEXT_H

#include "base/id.h"
#include "domain/place.h"
#include "store/journal.h"

/* A file that came with the text, to be fetched by a job. */
struct inbound_file {
    struct str url, type;
};

struct inbound_text {
    const struct journal_entry *request;
    const char *channel;     /* sms, whatsapp */
    const char *provider_id; /* the provider's id of the message */
    const char *from;        /* the customer's number, E.164 or a short code */
    const char *to;
    struct str body;
    const struct inbound_file *files;
    size_t n_files;
    struct str media_urls; /* JSON array, instead of files when they cannot be fetched; p == NULL */
    struct str metadata;   /* of the message, a JSON object; n == 0: none */
    bool quiet;            /* nobody expects an answer, such as a reaction: it is only stored */
    int segments;
    struct wall at;   /* when the customer sent it */
    struct wall now;  /* later, when it comes late */
    int64_t burst_us; /* the answer waits so long for another text (domain/burst.h); 0: not */
    struct place_rules rules;
    /* What the provider says it did about a word such as STOP: STOP, START, HELP; NULL: nothing. */
    const char *opt_out_type;
    bool opt_out_replies;      /* it does nothing about them: confirmations are ours */
    const char *business_name; /* for those; "" or NULL: as the store has it */
};

struct inbound_text_result {
    bool duplicate; /* taken before: nothing was changed, the rest is not set */
    bool late;      /* stored, but the assistant will not answer */
    int64_t customer_id;
    struct id conversation_id;
    struct id message_id;
};

/* Part of a write transaction (inside store_write), of which it must be the first. */
NODISCARD int inbound_text_take(struct db *db, struct pool *p, const struct inbound_text *in,
                                struct inbound_text_result *out, struct err *e);

#endif
