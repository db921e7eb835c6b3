/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files on their way into a message of the staff. They come in pieces, each small enough for one
 * request, and are whoever's who began them until the message takes them along (op_holds.c).
 */
#include "base/codec.h"
#include "base/id.h"
#include "base/json_write.h"
#include "ops/app.h"
#include "ops/holding.h"
#include "ops/ops_gen.h"
#include "ops/outgoing_files.h"
#include "store/conversations.h"
#include "store/uploads.h"

#define AT_ONCE 60 /* of one person in one conversation: three messages full */

struct uploading {
    struct op_call *call;
    struct id id;
    struct wall now;
    int64_t piece_bytes;
};

static int answer_upload(struct op_call *c, const char *id, struct err *e)
{
    struct upload u;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : uploads_get(db, c->pool, id, &u, e);
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        jw_object(&j);
        jw_kv_str(&j, "id", u.id);
        jw_kv_str(&j, "conversation_id", u.conversation_id);
        jw_kv_str(&j, "filename", u.filename);
        jw_kv_str(&j, "content_type", u.declared_type);
        jw_kv_i64(&j, "size_bytes", u.size_bytes);
        jw_kv_i64(&j, "received_bytes", u.received_bytes);
        jw_object_end(&j);
    }
    return rc;
}

/* What is somebody else's is not there. */
static int get_mine(struct db *db, struct op_call *c, const char *id, struct upload *out,
                    struct err *e)
{
    struct holder who = holder_of(c->actor);
    struct upload u;
    int rc = uploads_get(db, c->pool, id, &u, e);
    if (rc == 0 &&
        (!str_eq(u.owner_kind, str_of(who.kind)) || !str_eq(u.owner_id, str_of(who.id)))) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no upload %s", id);
    }
    if (rc == 0) {
        *out = u;
    }
    return rc;
}

static int begin(struct db *db, void *arg, struct err *e)
{
    struct uploading *w = arg;
    struct op_call *c = w->call;
    const struct create_upload_in *in = c->in;
    struct holder who = holder_of(c->actor);
    struct conversation there;
    int64_t n = 0;
    const struct upload_new u = {.id = w->id.text,
                                 .conversation_id = in->conversation_id,
                                 .owner_kind = who.kind,
                                 .owner_id = who.id,
                                 .filename = in->filename,
                                 .declared_type = in->content_type,
                                 .size_bytes = in->size_bytes,
                                 .at = w->now};
    int rc = conversations_get(db, c->pool, in->conversation_id, &there, e);
    rc = rc < 0 ? rc : uploads_count(db, c->pool, in->conversation_id, who.kind, who.id, &n, e);
    if (rc == 0 && n >= AT_ONCE) {
        rc = err_set(e, ERR_CONFLICT, "%d files are waiting to be sent already; take some away",
                     AT_ONCE);
    }
    return rc < 0 ? rc : uploads_insert(db, &u, e);
}

int op_create_upload(struct op_call *c, struct err *e)
{
    const struct create_upload_in *in = c->in;
    struct uploading w = {.call = c, .id = id_new(), .now = wall_now()};
    int rc = outgoing_file_check(in->filename, in->content_type, NULL, e);
    rc = rc < 0 ? rc : op_write(c, begin, &w, e);
    return rc < 0 ? rc : answer_upload(c, w.id.text, e);
}

static int put_piece(struct db *db, void *arg, struct err *e)
{
    struct uploading *w = arg;
    const struct put_upload_piece_in *in = w->call->in;
    struct upload u;
    int rc = get_mine(db, w->call, in->upload_id, &u, e);
    if (rc == 0 && u.received_bytes == u.size_bytes) {
        return 0; /* it came before, and its answer was lost */
    }
    rc = rc < 0 ? rc
                : uploads_put_piece(db, in->upload_id, in->position, w->piece_bytes,
                                    str_of(in->content), e);
    rc = rc < 0 ? rc : uploads_get(db, w->call->pool, in->upload_id, &u, e);
    if (rc == 0 && u.received_bytes > u.size_bytes) {
        rc = err_field(e, ERR_INVALID, "content", "the file is longer than it was said to be");
    }
    return rc;
}

int op_put_upload_piece(struct op_call *c, struct err *e)
{
    const struct put_upload_piece_in *in = c->in;
    struct uploading w = {.call = c};
    struct str bytes;
    if (!base64_decode(c->pool, str_of(in->content), &bytes) || bytes.n == 0) {
        return err_field(e, ERR_INVALID, "content", "content must be base64, and not empty");
    }
    w.piece_bytes = (int64_t)bytes.n;
    int rc = op_write(c, put_piece, &w, e);
    return rc < 0 ? rc : answer_upload(c, in->upload_id, e);
}

static int take_away(struct db *db, void *arg, struct err *e)
{
    struct uploading *w = arg;
    const struct delete_upload_in *in = w->call->in;
    struct upload u;
    int rc = get_mine(db, w->call, in->upload_id, &u, e);
    return rc < 0 ? rc : uploads_delete(db, in->upload_id, e);
}

int op_delete_upload(struct op_call *c, struct err *e)
{
    struct uploading w = {.call = c};
    return op_write_ok(c, take_away, &w, e);
}
