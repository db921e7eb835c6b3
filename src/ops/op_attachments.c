/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on files that came with messages. */
#include "channels/media_type.h"
#include "domain/attachment.h"
#include "ops/app.h"
#include "ops/attachment_file.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"

/* A name that is safe in a header and on a disk: the one it came with, what is odd in it left out.
 */
static const char *file_name(struct pool *p, const struct attachment *a)
{
    char name[100];
    size_t n = 0;
    for (size_t i = 0; i < a->filename.n && n < sizeof name - 1; i++) {
        char c = a->filename.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || c == '-' || c == '_' || (c == '.' && n > 0)) {
            name[n++] = c;
        }
    }
    name[n] = '\0';
    return n ? pool_strdup(p, name)
             : pool_printf(p, "attachment-%.8s%s", a->id.p, media_ending(a->content_type));
}

static int put_piece(void *arg, struct str bytes, struct err *e UNUSED)
{
    buf_put_str(arg, bytes);
    return 0;
}

int attachment_file_read(const struct app *app, struct pool *p, const char *id,
                         struct buf *bytes_out, struct attachment_file *out, struct err *e)
{
    struct attachment a;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(app->store, &db, e);
    rc = rc < 0 ? rc : attachments_get(db, p, id, &a, e);
    if (rc == 0 && !str_eq(a.state, STR("stored"))) {
        return err_set(e, ERR_NOT_FOUND, "the file is %s%s%s", a.state.p, a.reason.p ? ": " : "",
                       a.reason.p ? a.reason.p : "");
    }
    if (rc == 0) {
        (void)buf_room(bytes_out, (size_t)a.size_bytes); /* at once, so that it is never moved */
        rc = attachments_read(db, &a, put_piece, bytes_out, e);
    }
    if (rc == 0) {
        *out = (struct attachment_file){str_dup(p, a.content_type), file_name(p, &a)};
    }
    return rc;
}

int op_show_attachment(struct op_call *c, struct err *e)
{
    const struct show_attachment_in *in = c->in;
    struct attachment_file file;
    int rc = attachment_file_read(c->app, c->pool, in->attachment_id, c->out, &file, e);
    if (rc == 0) {
        c->media = file.media_type;
        c->file = file.name;
    }
    return rc;
}

struct fetching {
    struct op_call *call;
    struct attachment now; /* as the transaction left it: the job may have it the moment after */
};

static int fetch_again(struct db *db, void *arg, struct err *e)
{
    struct fetching *f = arg;
    const struct fetch_attachment_in *in = f->call->in;
    int rc = attachment_fetch_again(db, f->call->pool, in->attachment_id, wall_now(), e);
    return rc < 0 ? rc : attachments_get(db, f->call->pool, in->attachment_id, &f->now, e);
}

int op_fetch_attachment(struct op_call *c, struct err *e)
{
    struct fetching f = {.call = c};
    int rc = op_write(c, fetch_again, &f, e);
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_attachment(&j, &f.now);
    }
    return rc;
}
