/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the web chat's script sends, made sense of: which sites may have it, the key of a visitor,
 * a message as the journal keeps it, the first frame of a live connection. All of it comes from
 * strangers. Pure; any thread.
 */
#ifndef CHANNELS_WEB_CHAT_H
#define CHANNELS_WEB_CHAT_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/id.h"
#include "base/pool.h"
#include "base/str.h"

#define WEB_CHAT_KEY_CHARS 43     /* 32 random bytes in base64url, made by the browser */
#define WEB_CHAT_TEXT_BYTES 4000  /* of a message */
#define WEB_CHAT_PAGE_BYTES 500   /* of the address of the visitor's page */
#define WEB_CHAT_ORIGIN_BYTES 255 /* of a site */
#define WEB_CHAT_FRAME_BYTES 1024 /* of the first frame */

/*
 * Is the site in the list, whose members are separated by spaces or commas, such as
 * "https://www.example.com https://example.com:8443"? "*" is any. Host names have no case.
 */
bool web_chat_origin_in(struct str list, struct str origin);

/* Is every member of the list a site (scheme, host, perhaps a port, nothing behind it) or "*"?
 * *wrong_out is the first one that is not. */
bool web_chat_origins_ok(struct str list, struct str *wrong_out);

/* Has it the form of a visitor's key? */
bool web_chat_key_ok(struct str key);

/* The hash under which a visitor is stored; lives in pool. */
const char *web_chat_key_hash(struct pool *p, struct str key);

struct web_chat_message {
    const char *key_hash;
    const char *client_id; /* a UUID, canonical */
    const char *origin;    /* "" when not known */
    struct str page;       /* n == 0: not told */
    struct str text;
};

/* What its request is called in the journal: visitor and message count once. Lives in pool. */
const char *web_chat_message_name(struct pool *p, const struct web_chat_message *m);

/* As the body of its request in the journal; lives in pool. */
struct str web_chat_message_write(struct pool *p, const struct web_chat_message *m);
/* And back. ERR_MALFORMED. */
NODISCARD int web_chat_message_read(struct pool *p, struct str body, struct web_chat_message *out,
                                    struct err *e);

struct web_chat_hello {
    const char *key_hash;
    struct wall after; /* the newest message the browser has; us == 0: none */
};
/* {"type":"hello","key":...,"after":...} ERR_MALFORMED. */
NODISCARD int web_chat_hello_read(struct pool *p, struct str frame, struct web_chat_hello *out,
                                  struct err *e);

#endif
