/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The e-mails that went to and fro, and the threads and ports of e-mail. The oldest are forgotten
 * when there are too many, or too many bytes of them.
 */
#include "base/id.h"
#include "channels/sendgrid_signature.h"
#include "io/http_client.h"
#include "io/line_server.h"
#include "io/thread.h"
#include "sandbox/sandbox_mail_private.h"

#define FILE_MAX_BYTES ((size_t)40 << 20)
#define ID_RANDOM_BYTES 8

struct sandbox_mail *mail_new(bool inbound, const char *way)
{
    struct pool *p = pool_new();
    struct sandbox_mail *m = pool_alloc(p, sizeof *m);
    *m = (struct sandbox_mail){.pool = p, .inbound = inbound, .way = way, .created = wall_now()};
    m->from = m->from_name = m->to = m->subject = m->envelope_from = m->envelope_to = "";
    m->text = m->html = m->reply_text = STR("");
    return m;
}

void mail_free(struct sandbox_mail **m)
{
    if (*m) {
        struct pool *p = (*m)->pool;
        pool_free(&p);
        *m = NULL;
    }
}

static void add_file(struct sandbox_mail *m, struct sandbox_mail_file *files,
                     const struct mail_part *part)
{
    struct sandbox_mail_file *f = &files[m->n_files];
    f->name = part->filename ? part->filename : "";
    f->type = part->content_type;
    if (mail_part_bytes(m->pool, part, FILE_MAX_BYTES, &f->bytes, NULL) == 0) {
        m->n_files++;
    }
}

static const char *addresses_in_line(struct pool *p, const struct mail_addresses *list)
{
    const char *line = "";
    for (size_t i = 0; i < list->n; i++) {
        const struct mail_address *a = &list->all[i];
        line = a->name[0] ? pool_printf(p, "%s%s%s <%s>", line, i ? ", " : "", a->name, a->address)
                          : pool_printf(p, "%s%s%s", line, i ? ", " : "", a->address);
    }
    return line;
}

int mail_fill(struct sandbox_mail *m, struct err *e)
{
    struct mail read = {0};
    int rc = mail_read(m->pool, m->raw, &read, e);
    if (rc) {
        return rc;
    }
    m->from = read.from.address;
    m->from_name = read.from.name;
    m->to = addresses_in_line(m->pool, &read.to);
    m->reply_to = read.reply_to.n ? read.reply_to.all[0].address : NULL;
    m->subject = read.subject;
    m->message_id = read.message_id;
    m->in_reply_to = read.in_reply_to;
    m->references = read.references;
    m->n_references = read.n_references;
    m->text = read.text;
    m->html = read.html;
    m->reply_text = read.reply_text;
    struct sandbox_mail_file *files = pool_calloc(m->pool, read.n_attachments + 1, sizeof *files);
    for (size_t i = 0; i < read.n_attachments; i++) {
        add_file(m, files, &read.attachments[i]);
    }
    m->files = files;
    return 0;
}

struct sandbox_mail *mail_at(struct sandbox *s, int64_t seq)
{
    struct sandbox_mails *x = s->mails;
    return seq >= x->first && seq < x->next ? x->ring[seq % MAILS_MAX] : NULL;
}

static void forget_oldest(struct sandbox_mails *x)
{
    struct sandbox_mail **oldest = &x->ring[x->first++ % MAILS_MAX];
    x->bytes -= (*oldest)->bytes;
    mail_free(oldest);
}

static void name_mail(struct sandbox_mail *m)
{
    unsigned char random[ID_RANDOM_BYTES + 8];
    random_bytes(random, sizeof random);
    snprintf(m->id, sizeof m->id, "%s", base64url_encode(m->pool, random, sizeof random));
    if (!m->message_id) {
        m->message_id = pool_printf(m->pool, "<%s@geopod-ismtpd-sandbox>", m->id);
    }
}

void mail_add(struct sandbox *s, struct sandbox_mail *m)
{
    struct sandbox_mails *x = s->mails;
    m->bytes = pool_bytes(m->pool);
    while (x->first < x->next &&
           (x->next - x->first == MAILS_MAX || x->bytes + m->bytes > MAILS_BYTES)) {
        forget_oldest(x);
    }
    name_mail(m);
    m->seq = x->next;
    m->status = m->inbound ? "received" : "accepted";
    x->bytes += m->bytes;
    x->ring[x->next++ % MAILS_MAX] = m;
}

bool mail_is_to(const struct sandbox_mail *m, const char *address)
{
    for (int i = 0; i < m->n_recipients; i++) {
        if (mail_same_address(m->recipients[i], address)) {
            return true;
        }
    }
    return false;
}

/* ---- beginning and end ---- */

static void set(char *to, size_t room, const char *value, const char *otherwise)
{
    snprintf(to, room, "%s", value && value[0] ? value : otherwise);
}

/* On its own port, or on any. */
static int listen_near(const char *name, int port, line_serve_fn *serve, struct sandbox *s,
                       struct line_server **out, struct err *e)
{
    if (port && line_server_new(name, port, serve, s, out, NULL) == 0) {
        return 0;
    }
    return line_server_new(name, 0, serve, s, out, e);
}

int sandbox_mails_start(struct sandbox *s, const struct sandbox_config *c, struct err *e)
{
    struct sandbox_mails *x = s->mails = xcalloc(1, sizeof *x);
    x->first = x->next = 1;
    set(x->address, sizeof x->address, c->mail_address, SANDBOX_MAIL_ADDRESS);
    set(x->api_key, sizeof x->api_key, c->sendgrid_api_key, s->token);
    set(x->inbound_secret, sizeof x->inbound_secret, c->sendgrid_inbound_secret, s->token);
    set(x->smtp_password, sizeof x->smtp_password, c->smtp_password, s->token);
    set(x->imap_password, sizeof x->imap_password, c->imap_password, s->token);
    x->key = ecdsa_key_new();
    x->bell = bell_new();
    x->http = http_client_new();
    const char *colon = c->listen ? strrchr(c->listen, ':') : NULL;
    int port = colon ? (int)strtol(colon + 1, NULL, 10) : 0; /* 0: the sandbox picks its own, too */
    int rc = listen_near("sandbox-smtp", port ? port + 1 : 0, sandbox_smtp_serve, s, &x->smtp, e);
    rc = rc ? rc
            : listen_near("sandbox-imap", port ? port + 2 : 0, sandbox_imap_serve, s, &x->imap, e);
    if (rc == 0) {
        x->poster = thread_start("sandbox-events", mail_poster, s);
    }
    return rc;
}

void sandbox_mails_stop(struct sandbox *s)
{
    struct sandbox_mails *x = s->mails;
    if (!x) {
        return;
    }
    line_server_free(&x->smtp);
    line_server_free(&x->imap);
    bell_ring(x->bell);
    thread_join(&x->poster);
}

void sandbox_mails_clear(struct sandbox *s)
{
    struct sandbox_mails *x = s->mails;
    if (!x) {
        return;
    }
    while (x->first < x->next) {
        forget_oldest(x);
    }
    for (size_t i = 0; i < MAIL_STEPS_MAX; i++) {
        free(x->steps[i].url);
    }
    ecdsa_key_free(&x->key);
    bell_free(&x->bell);
    http_client_free(&x->http);
    free(x);
    s->mails = NULL;
}

const char *sandbox_mail_key(struct sandbox *s, struct pool *p)
{
    return ecdsa_key_public(s->mails->key, p);
}

int sandbox_smtp_port(const struct sandbox *s)
{
    return line_server_port(s->mails->smtp);
}

int sandbox_imap_port(const struct sandbox *s)
{
    return line_server_port(s->mails->imap);
}
