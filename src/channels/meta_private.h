/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read Meta's messages share. */
#ifndef CHANNELS_META_PRIVATE_H
#define CHANNELS_META_PRIVATE_H

#include <jansson.h>

#include "channels/meta_payload.h"

/* meta_content.c: type, content, media_id, metadata and quiet of a message; the sender and what it
 * replies to are there already. */
void meta_content_read(struct pool *p, const json_t *message, struct meta_message *m);

#endif
