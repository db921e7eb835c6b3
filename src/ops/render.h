/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows as JSON, in the shapes of schemas.def; and the cursors of pages. Each render_ function
 * writes one value. Any thread.
 */
#ifndef OPS_RENDER_H
#define OPS_RENDER_H

#include "base/json_write.h"
#include "store/attachments.h"
#include "store/conversations.h"
#include "store/customers.h"
#include "store/desk.h"
#include "store/messages.h"

void render_conversation_row(struct jw *j, const struct conversation *c);
void render_conversation(struct jw *j, const struct conversation *c);
void render_message(struct jw *j, const struct message *m);
/* The same with its files, those of `files` that are its own; rows of attachments_query. */
void render_message_files(struct jw *j, const struct message *m, const struct rows *files);
void render_attachment(struct jw *j, const struct attachment *a);
void render_note(struct jw *j, const struct note *n, bool mine);
void render_event(struct jw *j, const struct event_row *ev);
void render_customer(struct jw *j, const struct customer *c, bool medical);
/* The same, into an open object that gets more. */
/* medical: allergies and pregnancy are shown to whoever asks (op_sees_medical). */
void render_customer_members(struct jw *j, const struct customer *c, bool medical);
/* The member "consent", of the rows of consents_current. */
void render_consents_now(struct jw *j, const struct rows *r);
void render_customer_brief(struct jw *j, const struct customer *c);
void render_appointment(struct jw *j, const struct appointment *a);

/* p == NULL writes null. */
static inline void render_text(struct jw *j, const char *key, struct str s)
{
    if (s.p) {
        jw_kv_str(j, key, s);
    } else {
        jw_kv_null(j, key);
    }
}

/* total, page, page_size, total_pages, as members of the open object. */
void render_page(struct jw *j, int64_t total, int64_t page, int64_t page_size);

/* A cursor is opaque to clients: the sort key of the last row, base64url. Lives in pool. */
char *cursor_make(struct pool *p, struct str at, struct str id);
/* ERR_MALFORMED naming the field "cursor" when it is not one of ours. */
NODISCARD int cursor_read(struct pool *p, const char *cursor, const char **at_out,
                          const char **id_out, struct err *e);

#endif
