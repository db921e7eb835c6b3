/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ava mail deliver: what a mail server runs for each e-mail that comes for the business. The mail
 * is in the database when it returns 0; a mail that cannot be made sense of is kept there too. For
 * all that may be better later it ends with 75 (EX_TEMPFAIL), so that the mail server keeps the
 * mail and tries again, and sends nothing back to whoever wrote it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json_write.h"
#include "base/utf8.h"
#include "channels/inbox.h"
#include "channels/mail_take.h"
#include "cli/command.h"
#include "io/spool.h"
#include "ops/inbox.h"
#include "store/schema.h"
#include "store/store.h"

#define HEADERS_MAX_BYTES (16u << 10)

/* An address of the environment, where mail servers leave them. */
static const char *of_environment(const char *first, const char *second)
{
    const char *value = getenv(first);
    value = value || !second ? value : getenv(second);
    return value && utf8_valid(str_of(value)) ? value : NULL;
}

/* The envelope, as the journal has it. */
static struct str headers_of(struct pool *p, const char *to, const char *from)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, HEADERS_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    if (to) {
        jw_key(&j, MAIL_ENVELOPE_TO);
        jw_array(&j);
        jw_text(&j, to);
        jw_array_end(&j);
    }
    if (from) {
        jw_key(&j, MAIL_ENVELOPE_FROM);
        jw_text(&j, from);
    }
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* All that comes, to its end, into a file without a name. */
static int spool(int in, const char *folder, size_t most, int *fd_out, struct err *e)
{
    char piece[65536];
    size_t sum = 0;
    int fd = -1;
    int rc = spool_new(folder, &fd, e);
    while (rc == 0) {
        ssize_t n = read(in, piece, sizeof piece);
        if (n == 0) {
            *fd_out = fd;
            return 0;
        }
        if (n < 0 && errno != EINTR) {
            rc = err_set(e, ERR_IO, "the mail cannot be read: %s", strerror(errno));
        }
        sum += n > 0 ? (size_t)n : 0;
        if (rc == 0 && sum > most) {
            rc = err_set(e, ERR_TOO_LARGE, "the mail is larger than mail_max, %zu bytes", most);
        }
        if (rc == 0 && n > 0) {
            rc = spool_write(fd, (struct str){piece, (size_t)n}, e);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}

/* In a file of our own, which stays open as long as the command runs. */
static int read_mail(struct command_run *run, const char *file, struct spooled *out, struct err *e)
{
    int fd = -1, in = file ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (in < 0) {
        return err_set(e, ERR_USAGE, "%s cannot be read: %s", file, strerror(errno));
    }
    int rc = spool(in, NULL, (size_t)run->settings->mail_max, &fd, e);
    if (file) {
        close(in);
    }
    if (rc < 0) {
        return rc;
    }
    *out = (struct spooled){.fd = fd, .size = lseek(fd, 0, SEEK_END)};
    spool_keep(run->pool, fd);
    return 0;
}

static int deliver(struct command_run *run, const struct spooled *mail, struct str headers,
                   struct err *e)
{
    struct inbox_config config = inbox_config_of(run->settings);
    struct inbox_result result = {.duplicate = false};
    struct store *store = NULL;
    struct journal_entry entry = {
        .provider = "mail",
        .kind = "message",
        .target = "",
        .headers = headers,
        .body = STR(""),
        .raw_file = mail,
        .proof = "delivered",
        .received_at = wall_now(),
    };
    int rc = spooled_map(run->pool, mail, &entry.raw, e);
    rc = rc < 0 ? rc : command_store(run, &store, e);
    rc = rc < 0 ? rc : schema_check(store, e);
    rc = rc < 0 ? rc : inbox_take(store, run->pool, &config, &entry, &result, e);
    store_free(&store);
    if (rc < 0 && result.kept) {
        fprintf(stderr, "ava: the mail is kept in the inbox and was not processed: %s\n",
                err_text(e, rc));
        return 0;
    }
    return rc;
}

int command_mail_deliver(struct command_run *run, struct err *e)
{
    int rc = 0;
    const char *to = command_flag(run, "to", &rc, e);
    const char *from = rc == 0 ? command_flag(run, "sender", &rc, e) : NULL;
    if (rc < 0) {
        return rc;
    }
    if (run->argc > 1 || (to && !utf8_valid(str_of(to))) || (from && !utf8_valid(str_of(from)))) {
        return err_set(e, ERR_USAGE, "ava mail deliver [FILE] [--to ADDRESS] [--sender ADDRESS]");
    }
    to = to ? to : of_environment("ORIGINAL_RECIPIENT", "RECIPIENT");
    from = from ? from : of_environment("SENDER", NULL);
    struct spooled mail;
    rc = read_mail(run, run->argc ? run->argv[0] : NULL, &mail, e);
    rc = rc < 0 ? rc : deliver(run, &mail, headers_of(run->pool, to, from), e);
    bool final = rc == ERR_USAGE || rc == ERR_TOO_LARGE || rc == ERR_MALFORMED;
    if (rc < 0 && !final) { /* EX_TEMPFAIL */
        struct err why = *e;
        return err_set(e, ERR_UNAVAILABLE, "%s", err_text(&why, rc));
    }
    return rc;
}
