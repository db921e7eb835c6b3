/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A customer writes: the e-mail as a mail program makes it, with the answered text quoted below,
 * and its way to the product, on which the faults that were asked for meet it.
 */
#include "base/id.h"
#include "io/http_client.h"
#include "io/thread.h"
#include "mail/mail_write.h"
#include "sandbox/sandbox_mail_private.h"

#define QUOTE_MAX_BYTES 20000

static const char *const ways[] = {"parsed", "raw", "imap"};

/* What is answered, copied from the desk. */
struct answered {
    struct pool *pool;
    const char *id, *customer;
    bool found;
    const char *from, *from_name, *to, *subject, *message_id, *in_reply_to;
    const char *const *references;
    size_t n_references;
    struct str text;
    struct wall created;
};

static void copy_answered(struct answered *a, const struct sandbox_mail *m)
{
    struct pool *p = a->pool;
    const char **references = pool_calloc(p, m->n_references + 1, sizeof *references);
    for (size_t i = 0; i < m->n_references; i++) {
        references[i] = pool_strdup(p, m->references[i]);
    }
    a->found = true;
    a->from = pool_strdup(p, m->from);
    a->from_name = pool_strdup(p, m->from_name);
    a->to = pool_strdup(p, m->reply_to ? m->reply_to : m->from);
    a->subject = pool_strdup(p, m->subject);
    a->message_id = pool_strdup(p, m->message_id);
    a->in_reply_to = pool_strdup(p, m->in_reply_to);
    a->references = references;
    a->n_references = m->n_references;
    a->text.n = MIN_OF(m->text.n, (size_t)QUOTE_MAX_BYTES);
    a->text.p = pool_strndup(p, m->text.p, a->text.n);
    a->created = m->created;
}

/* Desk: the e-mail of that Message-ID, or the last one that the customer got. */
static void find_answered(struct sandbox *s, void *arg)
{
    struct answered *a = arg;
    bool last = strcmp(a->id, "last") == 0;
    for (int64_t seq = s->mails->next - 1; seq >= s->mails->first && !a->found; seq--) {
        const struct sandbox_mail *m = mail_at(s, seq);
        if (last ? !m->inbound && mail_is_to(m, a->customer)
                 : m->message_id && strcmp(m->message_id, a->id) == 0) {
            copy_answered(a, m);
        }
    }
}

/* The customer's words, and below them what they answer, as Gmail writes it. */
static struct str with_quote(struct pool *p, struct str text, const struct answered *a)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4u << 20);
    char date[WALL_RFC2822_BYTES];
    wall_format_rfc2822(a->created, date);
    buf_put_str(&b, text);
    buf_printf(&b, "\n\nOn %.16s at %.5s %s <%s> wrote:\n\n", date, date + 17,
               a->from_name[0] ? a->from_name : a->from, a->from);
    struct str rest = a->text;
    while (rest.p && rest.n) {
        struct str line = str_cut(&rest, '\n');
        buf_printf(&b, ">%s" STR_FMT "\n", line.n && line.p[0] != '>' ? " " : "", STR_ARG(line));
    }
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* "Name <address>" or an address. */
static int read_sender(struct pool *p, const char *text, struct mail_address *out, struct err *e)
{
    struct str whole = str_trim(str_of(text ? text : "")), rest = whole;
    struct str name = str_cut(&rest, '<');
    struct str address = rest.p ? str_cut(&rest, '>') : whole;
    name = rest.p || address.p != whole.p ? str_trim(name) : STR("");
    if (!mail_address_valid(address)) {
        return err_field(e, ERR_INVALID, "from",
                         "from is the customer's address, such as ann@example.com");
    }
    out->name = str_dup(p, name);
    out->address = str_dup(p, address);
    return 0;
}

static void take_answered(struct pool *p, const struct sandbox_letter *l, const struct answered *a,
                          struct mail_draft *d)
{
    d->in_reply_to = a->message_id;
    mail_references_next(p, a->references, a->n_references, a->in_reply_to, a->message_id,
                         &d->references, &d->n_references);
    d->to = d->to ? d->to : a->to;
    d->subject = d->subject ? d->subject : mail_reply_subject(p, str_of(a->subject));
    if (l->quote) {
        d->text = with_quote(p, d->text, a);
    }
}

/* The e-mail as the customer's program makes it. */
static int compose(struct sandbox *s, const struct sandbox_letter *l, struct sandbox_mail *m,
                   struct err *e)
{
    struct pool *p = m->pool;
    struct mail_draft d = {.to = l->to, .subject = l->subject, .text = l->text, .html = l->html};
    struct mail_file *files = pool_calloc(p, (size_t)l->n_files + 1, sizeof *files);
    int rc = read_sender(p, l->from, &d.from, e);
    if (rc == 0 && l->in_reply_to) {
        struct answered a = {.pool = p, .id = l->in_reply_to, .customer = d.from.address};
        sandbox_do(s, find_answered, &a);
        if (!a.found) {
            return err_field(e, ERR_NOT_FOUND, "in_reply_to",
                             "there is no such e-mail that could be answered");
        }
        take_answered(p, l, &a, &d);
    }
    for (int i = 0; i < l->n_files; i++) {
        files[i] =
            (struct mail_file){l->files[i].name, l->files[i].type, spooled_of(l->files[i].bytes)};
    }
    d.to = d.to ? d.to : s->mails->address;
    d.subject = d.subject ? d.subject : "";
    d.date = wall_now();
    d.message_id = pool_printf(p, "<%s@mail.example.com>", id_new().text);
    d.files = files;
    d.n_files = (size_t)l->n_files;
    m->envelope_from = d.from.address;
    m->envelope_to = pool_strdup(p, d.to);
    struct spooled mail;
    rc = rc ? rc : mail_write(p, &d, NULL, &mail, e);
    return rc ? rc : spooled_map(p, &mail, &m->raw, e);
}

/* The same of an e-mail that was handed in whole. */
static int take_raw(struct sandbox *s, const struct sandbox_letter *l, struct sandbox_mail *m)
{
    char *copy = pool_alloc_raw(m->pool, l->raw.n + 1);
    memcpy(copy, l->raw.p, l->raw.n);
    m->raw = (struct str){copy, l->raw.n};
    m->envelope_from = pool_strdup(m->pool, l->from ? l->from : "");
    m->envelope_to = pool_strdup(m->pool, l->to ? l->to : s->mails->address);
    return 0;
}

/* ---- its way ---- */

struct delivery {
    struct sandbox *sandbox;
    struct str form;
    const char *type; /* of the form */
    enum sandbox_trouble trouble;
    int status, forged_status;
    char error[160];
};

static void deliver(void *arg)
{
    struct delivery *d = arg;
    struct sandbox *s = d->sandbox;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    struct mail_post post = {SANDBOX_MAIL_PATH, d->type, d->form, true};
    struct err e = {0};
    if (d->trouble == TROUBLE_FORGED || d->trouble == TROUBLE_ALTERED) {
        enum sandbox_seal seal = d->trouble == TROUBLE_FORGED ? SEAL_FORGED : SEAL_ALTERED;
        int ignored UNUSED = mail_post(s, http, p, &post, seal, &d->forged_status, NULL);
    }
    int rc = mail_post(s, http, p, &post, SEAL_RIGHT, &d->status, &e);
    if (rc) {
        snprintf(d->error, sizeof d->error, "%.150s", err_text(&e, rc));
    }
    atomic_fetch_add(&s->webhooks, 1);
}

static void deliver_with_fault(struct delivery *d, const struct sandbox_fault *f)
{
    d->trouble = f->trouble;
    if (f->trouble == TROUBLE_LOST) {
        snprintf(d->error, sizeof d->error, "the e-mail got lost, as was asked for");
        return;
    }
    sandbox_delay(d->sandbox, f);
    if (f->trouble == TROUBLE_DUPLICATE) {
        struct delivery twin = *d;
        struct thread *thread = thread_start("sandbox-twin", deliver, &twin);
        deliver(d);
        thread_join(&thread);
        return;
    }
    deliver(d);
}

struct noting {
    struct sandbox_mail *mail;
    struct sandbox_mailed *out;
    bool posted;
};

static void note_mail(struct sandbox *s, void *arg)
{
    struct noting *n = arg;
    mail_add(s, n->mail);
    n->out->seq = n->mail->seq;
    snprintf(n->out->message_id, sizeof n->out->message_id, "%s", n->mail->message_id);
}

static void note_answer(struct sandbox *s, void *arg)
{
    const struct noting *n = arg;
    struct sandbox_mail *m = mail_at(s, n->out->seq);
    if (m) {
        m->posted = true;
        m->product_status = n->out->status;
    }
}

static void post_form(struct sandbox *s, struct str form, const char *type,
                      struct sandbox_mailed *out)
{
    struct delivery d = {.sandbox = s, .form = form, .type = type, .trouble = TROUBLE_STATUS};
    struct sandbox_fault fault;
    if (sandbox_take_mail_fault(s, SANDBOX_ON_INBOUND, &fault)) {
        deliver_with_fault(&d, &fault);
    } else {
        deliver(&d);
    }
    out->status = d.status;
    out->forged_status = d.forged_status;
    memcpy(out->error, d.error, sizeof out->error);
}

int sandbox_send_mail(struct sandbox *s, const struct sandbox_letter *letter,
                      struct sandbox_mailed *out, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct sandbox_mailed done = {0};
    struct sandbox_mail *m = mail_new(true, ways[letter->way]);
    int rc = letter->raw.p ? take_raw(s, letter, m) : compose(s, letter, m, e);
    rc = rc ? rc : mail_fill(m, e);
    struct str form = {NULL, 0};
    const char *boundary = pool_printf(p, "xYzZY%s", id_new().text);
    if (rc == 0 && letter->way != SANDBOX_MAIL_IMAP) {
        form = mail_form_of(p, m, boundary);
        rc = form.p ? 0 : err_set(e, ERR_TOO_LARGE, "the e-mail is too large");
    }
    if (rc) {
        mail_free(&m);
        return rc;
    }
    snprintf(done.from, sizeof done.from, "%s", m->from);
    struct noting note = {m, &done, true};
    sandbox_do(s, note_mail, &note); /* it is the desk's now */
    if (form.p) {
        post_form(s, form, pool_printf(p, "multipart/form-data; boundary=%s", boundary), &done);
        sandbox_do(s, note_answer, &note);
    }
    *out = done;
    return 0;
}
