/* SPDX-License-Identifier: Apache-2.0 */
/* One table; a row is a channel's. */
#include "domain/outgoing_limits.h"

#include "base/attr.h"

#define MB (INT64_C(1) << 20)

static const char *const by_text[] = {
    "image/jpeg",      "image/png",     "image/gif",       "video/mp4", "video/3gpp",
    "video/quicktime", "audio/mp4",     "audio/mpeg",      "audio/ogg", "audio/amr",
    "text/vcard",      "text/calendar", "application/pdf", NULL};
static const char *const by_whatsapp[] = {
    "image/jpeg", "image/png", "video/mp4", "video/3gpp",      "audio/mp4",
    "audio/mpeg", "audio/ogg", "audio/amr", "application/pdf", NULL};

static const struct limits {
    const char *what;         /* takes them */
    size_t files;             /* 0: none at all */
    int64_t bytes, picture;   /* together; of one picture */
    const char *const *types; /* NULL: any */
} rows[N_CHANNELS] = {
    [CHANNEL_VOICE] = {.what = "a call"},
    [CHANNEL_WEB] = {.what = "a web chat"},
    [CHANNEL_SMS] = {"a text", 10, 5 * MB, 5 * MB, by_text},
    [CHANNEL_WHATSAPP] = {"a WhatsApp message", 1, 16 * MB, 5 * MB, by_whatsapp},
    [CHANNEL_EMAIL] = {"an e-mail", OUTGOING_FILES_MAX, OUTGOING_BYTES_MAX, OUTGOING_BYTES_MAX,
                       NULL},
};

static bool is_listed(const char *const *types, const char *type)
{
    for (; types && *types; types++) {
        if (type && strcmp(*types, type) == 0) {
            return true;
        }
    }
    return false;
}

static int check_one(const struct limits *l, const struct outgoing_kind *f, struct err *e)
{
    bool picture = f->content_type && strncmp(f->content_type, "image/", 6) == 0;
    if (l->types && !is_listed(l->types, f->content_type)) {
        return err_field(e, ERR_INVALID, "attachments",
                         "%s takes pictures (JPEG, PNG), films, sounds and PDF; not a file of this "
                         "kind",
                         l->what);
    }
    if (picture && f->size_bytes > l->picture) {
        return err_set(e, ERR_TOO_LARGE, "%s takes pictures of %lld MB at most", l->what,
                       (long long)(l->picture / MB));
    }
    return 0;
}

int outgoing_limits_check(enum channel channel, const struct outgoing_kind *files, size_t n,
                          size_t text_bytes, struct err *e)
{
    const struct limits *l = &rows[channel];
    int64_t total = channel == CHANNEL_SMS ? (int64_t)text_bytes : 0;
    int rc = 0;
    if (n > l->files) {
        return l->files ? err_field(e, ERR_INVALID, "attachments", "%s takes %zu file%s at most",
                                    l->what, l->files, l->files == 1 ? "" : "s")
                        : err_field(e, ERR_INVALID, "attachments", "%s takes no files", l->what);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        total += files[i].size_bytes;
        rc = check_one(l, &files[i], e);
    }
    if (rc == 0 && n && total > l->bytes) {
        rc = err_set(e, ERR_TOO_LARGE, "the files of %s are %lld MB together at most", l->what,
                     (long long)(l->bytes / MB));
    }
    bool sound = n && files[0].content_type && strncmp(files[0].content_type, "audio/", 6) == 0;
    if (rc == 0 && channel == CHANNEL_WHATSAPP && sound && text_bytes) {
        rc = err_field(e, ERR_INVALID, "attachments",
                       "on WhatsApp a sound goes without words; write them in a message of their "
                       "own");
    }
    return rc;
}
