/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address at which a provider fetches a file that goes along with a text: whoever has it gets
 * the file, for a while. It is a MAC with a secret of the installation over the file's id and the
 * end of that while, so nothing of it is stored and every server of the database knows it. Any
 * thread.
 */
#ifndef DOMAIN_MEDIA_LINK_H
#define DOMAIN_MEDIA_LINK_H

#include "base/clock.h"
#include "base/id.h"
#include "base/pool.h"

#define MEDIA_LINKS "/m/" /* of the product's own addresses */

/* "https://desk.example.com/m/ID.1764288000.MAC". Lives in pool. */
const char *media_link_make(struct pool *p, struct str secret, const char *public_url,
                            const char *attachment_id, struct wall until);

/* What stands behind MEDIA_LINKS. false when it is none of ours, or its while is over. */
NODISCARD bool media_link_read(struct pool *p, struct str secret, struct str link, struct wall now,
                               struct id *attachment_id_out);

#endif
