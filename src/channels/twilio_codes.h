/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Twilio's error codes mean for a text: whether another attempt can help, and in words.
 * twilio_codes.def is the master. Any thread.
 */
#ifndef CHANNELS_TWILIO_CODES_H
#define CHANNELS_TWILIO_CODES_H

#include <stdint.h>

enum twilio_retry { TWILIO_NEVER, TWILIO_LATER, TWILIO_MAYBE };

struct twilio_code {
    int code;
    enum twilio_retry retry;
    const char *words; /* a sentence for the staff, without a full stop */
};

/* NULL for a code that is not in the table. */
const struct twilio_code *twilio_code_find(int64_t code);

/* For sms_details.error_message. Never NULL: a code that we do not know has a general sentence. */
const char *twilio_error_words(int64_t code);

#endif
