/* SPDX-License-Identifier: Apache-2.0 */
/* The table of meta_codes.def, searched by halves. */
#include "channels/meta_codes.h"

#include <stdlib.h>

#include "base/attr.h"

static const struct meta_code codes[] = {
#define META_CODE(code, retry, words) {code, META_##retry, words},
#include "channels/meta_codes.def"
#undef META_CODE
};

static int compare_code(const void *key, const void *row)
{
    int64_t wanted = *(const int64_t *)key;
    int64_t code = ((const struct meta_code *)row)->code;
    return (wanted > code) - (wanted < code);
}

const struct meta_code *meta_code_find(int64_t code)
{
    return bsearch(&code, codes, ARRAY_SIZE(codes), sizeof codes[0], compare_code);
}

const char *meta_error_words(int64_t code)
{
    const struct meta_code *known = meta_code_find(code);
    return known ? known->words : "WhatsApp did not deliver the message; its code tells why";
}
