/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger can send as a file: any bytes, with any claim of what they are (the first line).
 * Nothing that a browser would take for a page may be taken for plain text.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "channels/media_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct str declared = str_cut(&rest, '\n');
    struct str bytes = rest.p ? rest : (struct str){"", 0};
    const char *type = media_type_of(bytes, declared);
    if (!type) {
        return 0;
    }
    must(media_ending(str_of(type))[0] == '.');
    if (str_starts(str_of(type), STR("text/"))) {
        struct str trimmed = str_trim(bytes);
        must(utf8_valid(bytes) && trimmed.n > 0 && trimmed.p[0] != '<');
        must(!memchr(bytes.p, '\0', bytes.n));
    }
    return 0;
}
