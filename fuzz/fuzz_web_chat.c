/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger can send to the web chat: any bytes as the first frame, as a stored message, as a
 * site and as a list of sites, as a key. Beside crashes it looks for broken promises.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/pool.h"
#include "base/utf8.h"
#include "channels/web_chat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void read_message(struct pool *p, struct str body)
{
    struct web_chat_message m, again;
    if (web_chat_message_read(p, body, &m, NULL) < 0) {
        return;
    }
    must(m.text.n > 0 && m.text.n <= WEB_CHAT_TEXT_BYTES && utf8_valid(m.text));
    must(strlen(m.key_hash) == 64 && strlen(m.client_id) == 36);
    must(strlen(web_chat_message_name(p, &m)) <= 100);
    must(web_chat_message_read(p, web_chat_message_write(p, &m), &again, NULL) == 0);
    must(str_eq(again.text, m.text) && str_eq(again.page, m.page));
    must(strcmp(again.origin, m.origin) == 0 && strcmp(again.client_id, m.client_id) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str body = {pool_strndup(p, (const char *)data, size), size};
    struct web_chat_hello hello;
    if (web_chat_hello_read(p, body, &hello, NULL) == 0) {
        must(size <= WEB_CHAT_FRAME_BYTES && strlen(hello.key_hash) == 64);
    }
    read_message(p, body);
    must(!web_chat_key_ok(body) || size == WEB_CHAT_KEY_CHARS);
    struct str rest = body, list = str_cut(&rest, '\n'), wrong = {NULL, 0};
    bool in = web_chat_origin_in(list, rest.p ? rest : STR(""));
    must(!in || (rest.n > 0 && list.n > 0));
    must(web_chat_origins_ok(list, &wrong) || wrong.n > 0);
    return 0;
}
