/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls by Twilio's REST interface: changing one that is going on, placing one, finding one that
 * was perhaps placed. Placing is not idempotent there, so failures are told apart as those of
 * messages are (channels/provider.h). Blocking; nothing here repeats a request.
 */
#ifndef CHANNELS_TWILIO_CALLS_H
#define CHANNELS_TWILIO_CALLS_H

#include "channels/provider.h"

/* Has a call that is going on do what the TwiML says, instead of what it does. */
void twilio_call_update(struct http_client *http, struct pool *p,
                        const struct provider_account *account, const char *call_sid,
                        struct str twiml, struct provider_result *out);

struct twilio_call_new {
    const char *from, *to;   /* E.164 */
    const char *url;         /* asked what to do when it is picked up */
    const char *status_url;  /* told how it stands; may have TWILIO_INSIST behind it */
    const char *machine_url; /* told who took it, a person or a machine, the latter when its
                                greeting is over; NULL: that is not asked for */
    int ring_s;
};
/* out->sent.id is the call's sid, sent.status Twilio's word. */
void twilio_call_place(struct http_client *http, struct pool *p,
                       const struct provider_account *account, const struct twilio_call_new *call,
                       struct provider_result *out);

struct twilio_call_found {
    const char *sid, *status;
};
/*
 * The calls that were placed from that number to that number at or after a time, oldest first, at
 * most `max` of the newest; returns how many, or a negative error when Twilio could not be asked.
 */
NODISCARD int twilio_call_find(struct http_client *http, struct pool *p,
                               const struct provider_account *account, const char *from,
                               const char *to, struct wall since, struct twilio_call_found *found,
                               int max, struct err *e);

#endif
