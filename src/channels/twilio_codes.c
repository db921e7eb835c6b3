/* SPDX-License-Identifier: Apache-2.0 */
/* The table of twilio_codes.def, searched by halves. */
#include "channels/twilio_codes.h"

#include "base/attr.h"

static const struct twilio_code codes[] = {
#define TWILIO_CODE(code, retry, words) {code, TWILIO_##retry, words},
#include "channels/twilio_codes.def"
#undef TWILIO_CODE
};

static int compare_code(const void *key, const void *row)
{
    int64_t wanted = *(const int64_t *)key;
    int64_t code = ((const struct twilio_code *)row)->code;
    return (wanted > code) - (wanted < code);
}

const struct twilio_code *twilio_code_find(int64_t code)
{
    return bsearch(&code, codes, ARRAY_SIZE(codes), sizeof codes[0], compare_code);
}

const char *twilio_error_words(int64_t code)
{
    const struct twilio_code *known = twilio_code_find(code);
    return known ? known->words : "Twilio did not deliver the message; its code tells why";
}
