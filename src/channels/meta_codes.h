/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the error codes of Meta's Cloud API mean for a message: whether another attempt can help,
 * whose business it is, and in words. meta_codes.def is the master. Any thread.
 */
#ifndef CHANNELS_META_CODES_H
#define CHANNELS_META_CODES_H

#include <stdint.h>

enum meta_retry {
    META_NEVER,
    META_LATER,
    META_MAYBE,
    META_SETUP, /* not done, and will not be until somebody mends the account or the settings */
};

struct meta_code {
    int code;
    enum meta_retry retry;
    const char *words; /* a sentence for the staff, without a full stop */
};

/* NULL for a code that is not in the table. */
const struct meta_code *meta_code_find(int64_t code);

/* For sms_details.error_message. Never NULL: a code that we do not know has a general sentence. */
const char *meta_error_words(int64_t code);

#endif
