/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file's name is the id of its call, or of a further part of it, which says all that must be
 * known of it; it is that of its attachment too, so that it becomes one only once.
 */
#include "voice/recordings.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/fault.h"
#include "base/id.h"
#include "base/metrics.h"
#include "domain/attachment.h"
#include "store/recordings.h"
#include "store/store.h"
#include "voice/recording.h"

#define QUIET_SECONDS 60     /* a file that was not written for so long is not written any more */
#define STRAY_SECONDS 86400  /* one that belongs to no call is kept so long */
#define FILE_MAX (200 << 20) /* half a day of talk */

struct taking {
    struct pool *pool;
    const char *call_id;
    struct str bytes;
    struct wall now;
    bool taken, stray, attached;
};

int recordings_folder(struct pool *p, const char *data_dir, const char **out, struct err *e)
{
    const char *path = pool_printf(p, "%s/" RECORDINGS_FOLDER, data_dir);
    if (mkdir(path, 0700) && errno != EEXIST) {
        return err_set(e, ERR_IO, "the folder for recordings, %s, cannot be made: %s", path,
                       strerror(errno));
    }
    *out = path;
    return 0;
}

static int attach(struct db *db, struct taking *t, const struct recorded_call *call, struct err *e)
{
    struct pool *p = t->pool;
    unsigned char digest[SHA256_BYTES];
    const char *url = pool_printf(p, "/api/admin/attachments/%s", t->call_id);
    const struct attachment_new a = {
        .id = t->call_id,
        .conversation_id = call->conversation_id.p,
        .message_id = call->message_id.p,
        .position = (int)call->files,
        .provider = "ava",
        .url = str_of(url),
        .declared_type = STR("audio/ogg"),
        .filename = str_of(pool_printf(p, "call-%.13s.ogg", t->call_id)),
        .at = t->now,
    };
    sha256(t->bytes, digest);
    const struct attachment_end end = {
        .id = t->call_id,
        .state = "stored",
        .content_type = "audio/ogg",
        .sha256 = hex_encode(p, digest, sizeof digest),
        .size_bytes = (int64_t)t->bytes.n,
        .at = t->now,
    };
    int rc = attachments_insert(db, &a, e);
    if (rc == 0) {
        struct spooled content = spooled_of(t->bytes);
        rc = attachments_put_content(db, t->call_id, &content, e);
    }
    if (rc == 0) {
        rc = attachment_settle(db, p, &end, e);
    }
    return rc < 0 ? rc : recordings_set_url(db, call->message_id.p, url, e);
}

static int take_in(struct db *db, void *arg, struct err *e)
{
    struct taking *t = arg;
    struct recorded_call call;
    int rc = recordings_call(db, t->pool, t->call_id, &call, e);
    if (rc < 0) {
        return rc;
    }
    t->stray = !call.found;
    t->taken = call.found && !call.live;
    bool new = t->taken &&call.message_id.p && !call.has_recording && t->bytes.n;
    t->attached = new;
    return new ? attach(db, t, &call, e) : 0;
}

/* The whole file; lives in pool. */
static int read_file(struct pool *p, const char *path, size_t n, struct str *out, struct err *e)
{
    FILE *f = fopen(path, "rb");
    char *bytes = pool_alloc_raw(p, n + 1);
    if (!f) {
        return err_set(e, ERR_IO, "a recording cannot be read: %s", strerror(errno));
    }
    *out = (struct str){bytes, fread(bytes, 1, n, f)};
    fclose(f);
    return 0;
}

static int take_file(struct store *s, struct pool *p, const char *path, const char *call_id,
                     const struct stat *st, struct err *e)
{
    struct taking t = {.pool = p, .call_id = call_id, .now = wall_now()};
    int rc = read_file(p, path, MIN_OF((size_t)st->st_size, (size_t)FILE_MAX), &t.bytes, e);
    if (rc == 0) {
        rc = store_write(s, take_in, &t, e);
    }
    int64_t age = t.now.us / US_PER_SECOND - st->st_mtime;
    if (rc == 0 && (t.taken || (t.stray && age > STRAY_SECONDS))) {
        if (t.attached) {
            metric_add(METRIC_voice_recordings_total, 1);
        }
        fault_point("recording_taken");
        if (unlink(path)) {
            rc = err_set(e, ERR_IO, "a recording cannot be deleted: %s", strerror(errno));
        }
    }
    return rc;
}

/* Is the file one of ours, and finished? Its call's id then. */
static bool is_finished(const char *name, const struct stat *st, struct id *call_out)
{
    struct str file = str_of(name), part = STR(RECORDING_PART), done = STR(RECORDING_DONE);
    bool quiet = wall_now().us / US_PER_SECOND - st->st_mtime > QUIET_SECONDS;
    bool ended = str_ends(file, done), given_up = str_ends(file, part) && quiet;
    size_t n = ended ? done.n : part.n;
    return S_ISREG(st->st_mode) && (ended || given_up) &&
           id_parse((struct str){file.p, file.n - n}, call_out);
}

int recordings_take(struct store *s, const char *data_dir, struct err *e)
{
    char folder[4096], path[4096 + 300];
    snprintf(folder, sizeof folder, "%s/" RECORDINGS_FOLDER, data_dir);
    DIR *d = opendir(folder);
    struct pool *p = pool_new();
    int rc = 0;
    for (struct dirent *f; d && (f = readdir(d)) != NULL;) {
        struct stat st;
        struct id call;
        struct err why = {0};
        snprintf(path, sizeof path, "%s/%s", folder, f->d_name);
        if (stat(path, &st) || !is_finished(f->d_name, &st, &call)) {
            continue;
        }
        int one =
            take_file(s, p, path, call.text, &st, &why); /* one that fails holds up no other */
        if (one < 0 && rc == 0) {
            rc = err_set(e, one, "%s", err_text(&why, one));
        }
        pool_clear(p);
    }
    if (d) {
        closedir(d);
    }
    pool_free(&p);
    return rc;
}
