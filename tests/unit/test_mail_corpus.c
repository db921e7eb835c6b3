/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mails of tests/mail, in the manner of the common clients, and what a careful reader expects
 * of each (tests/mail/README.md). Words after the program's name show the mails whose names have
 * them.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "mail/mail.h"

#include "tap.h"

static const char *folder(void)
{
    const char *data = getenv("AVA_MAIL_CORPUS");
    static char path[4096];
    snprintf(path, sizeof path, "%s/../../mail",
             getenv("AVA_TEST_DATA") ? getenv("AVA_TEST_DATA") : ".");
    return data ? data : path;
}

static struct str read_all(struct pool *p, const char *name)
{
    char path[4400];
    struct buf b;
    snprintf(path, sizeof path, "%s/%s", folder(), name);
    FILE *f = fopen(path, "re");
    buf_init(&b, 64u << 20);
    for (char part[65536]; f && !feof(f) && !ferror(f);) {
        buf_add(&b, part, fread(part, 1, sizeof part, f));
    }
    if (f) {
        fclose(f);
    }
    struct str out = {pool_strndup(p, buf_str(&b).p, b.len), b.len};
    buf_clear(&b);
    return out;
}

struct tally {
    int mails, replies, replies_right, automatic, automatic_found, false_automatic, wrong;
};

static const char *shown;

static bool same(const char *what, const char *got, const json_t *want)
{
    const char *w = json_is_string(want) ? json_string_value(want) : NULL;
    if (w ? got && strcmp(got, w) == 0 : !got || !got[0]) {
        return true;
    }
    printf("# %s: %s is %s, not %s\n", shown, what, got ? got : "null", w ? w : "null");
    return false;
}

static bool same_addresses(const char *what, struct mail_addresses got, const json_t *want)
{
    bool ok = got.n == json_array_size(want);
    for (size_t i = 0; ok && i < got.n; i++) {
        ok = mail_same_address(got.all[i].address, json_string_value(json_array_get(want, i)));
    }
    if (!ok) {
        printf("# %s: %s differs (%zu)\n", shown, what, got.n);
    }
    return ok;
}

static bool check_head(const struct mail *m, const json_t *want)
{
    const json_t *from = json_object_get(want, "from");
    bool ok = same("from.address", m->from.address, json_object_get(from, "address"));
    ok = same("from.name", m->from.name, json_object_get(from, "name")) && ok;
    ok = same("subject", m->subject, json_object_get(want, "subject")) && ok;
    ok = same("message_id", m->message_id, json_object_get(want, "message_id")) && ok;
    ok = same("in_reply_to", m->in_reply_to, json_object_get(want, "in_reply_to")) && ok;
    ok = same_addresses("to", m->to, json_object_get(want, "to")) && ok;
    ok = same_addresses("cc", m->cc, json_object_get(want, "cc")) && ok;
    const json_t *date = json_object_get(want, "date"), *refs = json_object_get(want, "references");
    struct wall at = {0};
    if (json_is_string(date) && !wall_parse(str_of(json_string_value(date)), &at)) {
        printf("# %s: the expected date cannot be read\n", shown);
    }
    if (at.us != m->date.us) {
        char text[WALL_TEXT_BYTES];
        wall_format(m->date, text);
        ok = same("date", text, date) && false;
    }
    if (m->n_references != json_array_size(refs)) {
        printf("# %s: %zu references\n", shown, m->n_references);
        ok = false;
    }
    for (size_t i = 0; ok && i < m->n_references; i++) {
        ok = same("reference", m->references[i], json_array_get(refs, i));
    }
    return ok;
}

static bool check_files(const struct mail *m, const json_t *want)
{
    bool ok = m->n_attachments == json_array_size(want);
    for (size_t i = 0; i < m->n_attachments; i++) {
        const struct mail_part *a = &m->attachments[i];
        const json_t *w = json_array_get(want, i);
        bool fits = w && same("filename", a->filename, json_object_get(w, "filename")) &&
                    same("content_type", a->content_type, json_object_get(w, "content_type")) &&
                    a->size_bytes == json_get_i64(w, "size", -1) &&
                    a->is_inline == json_get_bool(w, "inline", false);
        if (!fits) {
            printf("# %s: attachment %zu is %s %s %lld%s\n", shown, i,
                   a->filename ? a->filename : "-", a->content_type, (long long)a->size_bytes,
                   a->is_inline ? " inline" : "");
        }
        ok = ok && fits;
    }
    if (m->n_attachments != json_array_size(want)) {
        printf("# %s: %zu attachments, not %zu\n", shown, m->n_attachments, json_array_size(want));
    }
    return ok;
}

static bool check_findings(const struct mail *m, const json_t *want)
{
    const json_t *bounce = json_object_get(want, "bounce");
    const json_t *calendar = json_object_get(want, "calendar_reply");
    const char *kind = mail_auto_name(m->automatic);
    size_t i;
    json_t *also;
    bool ok = false;
    json_array_foreach (json_object_get(want, "auto_also"), i, also) {
        ok = ok || (kind && strcmp(kind, json_string_value(also)) == 0);
    }
    ok = ok || same("auto", kind, json_object_get(want, "auto"));
    if (json_is_object(bounce) != m->has_bounce) {
        printf("# %s: bounce %s\n", shown, m->has_bounce ? "found" : "missed");
        ok = false;
    } else if (m->has_bounce) {
        ok = same("bounce.recipient", m->bounce.recipient, json_object_get(bounce, "recipient")) &&
             ok;
        ok = same("bounce.status", m->bounce.status, json_object_get(bounce, "status")) && ok;
        ok = same("bounce.action", m->bounce.action, json_object_get(bounce, "action")) && ok;
        ok = same("bounce.original", m->bounce.original_message_id,
                  json_object_get(bounce, "original_message_id")) &&
             ok;
    }
    if (json_is_object(calendar)) {
        ok = same("partstat", m->calendar.partstat, json_object_get(calendar, "partstat")) && ok;
        ok = same("uid", m->calendar.uid, json_object_get(calendar, "uid")) && ok;
    }
    return ok;
}

static void show_difference(struct str got, const char *want)
{
    printf("# %s: reply_text is\n", shown);
    for (struct str rest = got, line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        printf("#   | " STR_FMT "\n", STR_ARG(line));
    }
    printf("#  wanted\n");
    for (struct str rest = str_of(want), line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        printf("#   | " STR_FMT "\n", STR_ARG(line));
    }
}

static bool check_texts(const struct mail *m, const json_t *want, struct tally *t)
{
    const char *reply = json_get_text(want, "reply_text", "");
    size_t i;
    json_t *word;
    bool ok = true;
    json_array_foreach (json_object_get(want, "text_has"), i, word) {
        if (!memmem(m->text.p, m->text.n, json_string_value(word), json_string_length(word))) {
            printf("# %s: the text lacks %s\n", shown, json_string_value(word));
            ok = false;
        }
    }
    bool right = str_eq(m->reply_text, str_of(reply));
    t->replies++;
    t->replies_right += right;
    if (!right) {
        show_difference(m->reply_text, reply);
    }
    return ok;
}

static void check_mail(struct pool *p, const char *name, struct tally *t)
{
    struct mail m;
    json_t *want = NULL;
    char base[256];
    shown = name;
    snprintf(base, sizeof base, "%.*s.json", (int)(strlen(name) - 4), name);
    struct str bytes = read_all(p, name);
    if (!OK_MSG(json_read(p, read_all(p, base), &want, NULL) == 0, "%s", base) ||
        !OK_MSG(mail_read(p, bytes, &m, NULL) == 0, "%s", name)) {
        return;
    }
    bool automatic = json_is_string(json_object_get(want, "auto"));
    t->mails++;
    t->automatic += automatic;
    t->automatic_found += automatic && m.automatic != MAIL_BY_PERSON;
    t->false_automatic += !automatic && m.automatic != MAIL_BY_PERSON;
    bool ok = check_head(&m, want);
    ok = check_texts(&m, want, t) && ok;
    ok = check_files(&m, json_object_get(want, "attachments")) && ok;
    ok = check_findings(&m, want) && ok;
    t->wrong += !ok;
    OK(utf8_valid(m.text) && utf8_valid(m.html) && utf8_valid(m.reply_text));
}

TEST(the_corpus)
{
    struct dirent **names;
    struct tally t = {0};
    const char *only = getenv("AVA_MAIL_ONLY");
    int n = scandir(folder(), &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (str_ends(str_of(name), STR(".eml")) && (!only || strstr(name, only))) {
            struct pool *p CLEANUP(pool_free) = pool_new();
            check_mail(p, name, &t);
        }
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
    }
    printf("# %d mails: reply text right in %d of %d, automatic found %d of %d, falsely %d; other "
           "findings wrong in %d\n",
           t.mails, t.replies_right, t.replies, t.automatic_found, t.automatic, t.false_automatic,
           t.wrong);
    OK(only || t.mails >= 120);
    OK(t.replies_right * 100 >= t.replies * 95);
    EQ_INT(t.automatic_found, t.automatic);
    EQ_INT(t.false_automatic, 0);
    EQ_INT(t.wrong, 0);
}

/* ---- the same mails, taken apart by somebody else ---- */

static void check_pieces(struct pool *p, struct str bytes)
{
    struct mail whole, m;
    if (!OK(mail_read(p, bytes, &whole, NULL) == 0)) {
        return;
    }
    const char *end = memmem(bytes.p, bytes.n, "\r\n\r\n", 4);
    struct mail_pieces in = {
        .headers = {bytes.p, end ? (size_t)(end - bytes.p) : bytes.n},
        .text = whole.text_of_html ? (struct str){0} : whole.text,
        .html = whole.html,
        .attachments = whole.attachments,
        .n_attachments = whole.n_attachments,
    };
    if (!OK(mail_read_pieces(p, &in, &m, NULL) == 0)) {
        return;
    }
    EQ_STR(m.from.address, whole.from.address);
    EQ_STR(m.subject, whole.subject);
    EQ_STR(m.message_id, whole.message_id);
    EQ_STR(m.in_reply_to, whole.in_reply_to);
    OK(m.to.n == whole.to.n && m.cc.n == whole.cc.n && m.date.us == whole.date.us);
    OK(m.n_references == whole.n_references && m.n_attachments == whole.n_attachments);
    OK(str_eq(m.reply_text, whole.reply_text));
    OK(whole.has_calendar || /* which was no attachment */
       (m.automatic == MAIL_BY_PERSON) == (whole.automatic == MAIL_BY_PERSON));
}

TEST(the_corpus_taken_apart)
{
    struct dirent **names;
    int n = scandir(folder(), &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (str_ends(str_of(name), STR(".eml")) && strncmp(name, "x", 1) != 0) {
            struct pool *p CLEANUP(pool_free) = pool_new();
            tap_case("%s", name);
            check_pieces(p, read_all(p, name));
        }
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
    }
}

/* ---- the same mails, broken ---- */

/* Every `from` as `to`, in a copy. */
static struct str replaced(struct pool *p, struct str s, const char *from, struct str to)
{
    struct buf b;
    size_t n = strlen(from);
    buf_init(&b, 64u << 20);
    for (size_t i = 0; i < s.n;) {
        bool here = i + n <= s.n && memcmp(s.p + i, from, n) == 0;
        buf_add(&b, here ? to.p : s.p + i, here ? to.n : 1);
        i += here ? n : 1;
    }
    struct str out = {pool_strndup(p, buf_str(&b).p, b.len), b.len};
    buf_clear(&b);
    return out;
}

static struct str joined(struct pool *p, struct str a, struct str b, struct str c)
{
    char *out = pool_alloc(p, a.n + b.n + c.n + 1);
    memcpy(out, a.p, a.n);
    memcpy(out + a.n, b.p, b.n);
    memcpy(out + a.n + b.n, c.p, c.n);
    return (struct str){out, a.n + b.n + c.n};
}

#define WAYS 12

static struct str broken(struct pool *p, struct str s, int way)
{
    struct str third = {s.p, s.n / 3}, rest = {s.p + s.n / 3, s.n - s.n / 3};
    switch (way) {
    case 0:
        return third;
    case 1:
        return (struct str){s.p, s.n * 2 / 3};
    case 2:
        return rest;
    case 3:
        return replaced(p, s, "boundary=", STR("boundary=x"));
    case 4:
        return replaced(p, s, "charset=", STR("charset=x-"));
    case 5:
        return replaced(p, s, "\r\n", STR("\n"));
    case 6:
        return replaced(p, s, "\r\n", STR("\r"));
    case 7:
        return replaced(p, s, "quoted-printable", STR("base64"));
    case 8:
        return replaced(p, s, "\r\n\r\n", STR("\r\n"));
    case 9:
        return replaced(p, s, " ", STR("\0"));
    case 10:
        return replaced(p, s, "e", STR("\xc3"));
    default:
        return joined(p, STR("From: x@x.example\r\nContent-Type: message/rfc822\r\n\r\n"), s, s);
    }
}

static bool is_line(const char *s)
{
    for (const char *c = s; c && *c; c++) {
        if ((unsigned char)*c < ' ') {
            return false;
        }
    }
    return !s || utf8_valid(str_of(s));
}

static void check_broken(struct pool *p, struct str bytes)
{
    struct mail m;
    struct err e = {0};
    int rc = mail_read(p, bytes, &m, &e);
    if (rc < 0) {
        OK(rc == ERR_MALFORMED && e.text[0]);
        return;
    }
    OK(is_line(m.from.address) && is_line(m.from.name) && is_line(m.subject));
    OK(is_line(m.message_id) && is_line(m.in_reply_to) && is_line(m.auto_reason));
    OK(utf8_valid(m.text) && utf8_valid(m.html) && utf8_valid(m.reply_text));
    OK(m.reply_text.n <= m.text.n + m.html.n);
    for (size_t i = 0; i < m.n_attachments; i++) {
        OK(is_line(m.attachments[i].filename) && m.attachments[i].size_bytes >= 0);
    }
}

TEST(the_corpus_broken_in_many_ways)
{
    struct dirent **names;
    int n = scandir(folder(), &names, NULL, alphasort), shapes = 0;
    for (int i = 0; i < n; i++) {
        for (int way = 0; way < WAYS && str_ends(str_of(names[i]->d_name), STR(".eml")); way++) {
            struct pool *p CLEANUP(pool_free) = pool_new();
            tap_case("%s, way %d", names[i]->d_name, way);
            check_broken(p, broken(p, read_all(p, names[i]->d_name), way));
            shapes++;
        }
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
    }
    OK(shapes >= 500);
}

int main(void)
{
    return tap_run();
}
