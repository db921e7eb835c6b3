/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read out of a customer's text before anything is understood, and telephone numbers in any
 * form. Beyond not crashing: a keyword is never waited after, and a number that is taken is E.164.
 */
#include <stdint.h>
#include <stdlib.h>

#include "domain/burst.h"
#include "domain/phone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool held)
{
    if (!held) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const countries[] = {"1", "44", "49", "39", "36", "81", "65", "998", ""};
    struct str text = {(const char *)data, size};
    int64_t wait = burst_wait(text, 100);
    check(wait == (burst_stands_alone(text) ? 0 : wait) && wait >= 0 && wait <= 150);
    burst_is_closing(text);
    for (size_t i = 0; i < ARRAY_SIZE(countries); i++) {
        char number[PHONE_BYTES];
        check(phone_normalize(text, countries[i], number, NULL) != 0 ||
              phone_is_e164(str_of(number)));
    }
    return 0;
}
