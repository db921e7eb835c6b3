/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SMTP server (RFC 5321) that takes what the product sends: EHLO, AUTH PLAIN and LOGIN
 * (RFC 4954), MAIL, RCPT, DATA, RSET, NOOP, QUIT. Nothing goes further; what a mail server would
 * find out later, that an address does not exist or is full, it says at RCPT.
 */
#include "io/line_server.h"
#include "sandbox/sandbox_mail_private.h"

#define IDLE_MS 60000
#define MAIL_MAX_BYTES_HERE ((size_t)40 << 20)
#define HANG_MS 60000

struct session {
    struct sandbox *s;
    struct line_conn *c;
    bool signed_in, has_sender;
    char from[255];
    char to[32][255];
    int n_to;
};

static void reply(struct session *x, int code, const char *text)
{
    line_printf(x->c, "%d %s\r\n", code, text);
}

bool mail_plain_ok(struct str base64, const char *password)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str plain;
    if (!base64_decode(p, str_trim(base64), &plain)) {
        return false;
    }
    ptrdiff_t first = str_index(plain, '\0', 0); /* after who acts, before who signs in */
    ptrdiff_t second = first < 0 ? -1 : str_index(plain, '\0', (size_t)first + 1);
    return second >= 0 &&
           str_eq_secret((struct str){plain.p + second + 1, plain.n - (size_t)second - 1},
                         str_of(password));
}

/* AUTH LOGIN asks twice, in base64. */
static bool login_ok(struct session *x)
{
    struct str line;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str password;
    line_printf(x->c, "334 VXNlcm5hbWU6\r\n");
    if (line_read(x->c, IDLE_MS, &line) != LINE_HERE) {
        return false;
    }
    line_printf(x->c, "334 UGFzc3dvcmQ6\r\n");
    return line_read(x->c, IDLE_MS, &line) == LINE_HERE &&
           base64_decode(p, str_trim(line), &password) &&
           str_eq_secret(password, str_of(x->s->mails->smtp_password));
}

static void sign_in(struct session *x, struct str argument)
{
    struct str rest = argument, line;
    struct str how = str_cut(&rest, ' ');
    if (str_eq_nocase(how, STR("PLAIN"))) {
        if (!rest.p || !rest.n) {
            line_printf(x->c, "334 \r\n");
            rest = line_read(x->c, IDLE_MS, &line) == LINE_HERE ? line : STR("");
        }
        x->signed_in = mail_plain_ok(rest, x->s->mails->smtp_password);
    } else if (str_eq_nocase(how, STR("LOGIN"))) {
        x->signed_in = login_ok(x);
    } else {
        reply(x, 504, "5.5.4 Only PLAIN and LOGIN");
        return;
    }
    reply(x, x->signed_in ? 235 : 535,
          x->signed_in ? "2.7.0 Welcome" : "5.7.8 The password is wrong");
}

/* What stands between < and > of MAIL FROM:<...> and RCPT TO:<...>; p == NULL: nothing does. */
static struct str path_of(struct str argument, struct str before)
{
    if (argument.n < before.n || !str_eq_nocase((struct str){argument.p, before.n}, before)) {
        return (struct str){NULL, 0};
    }
    struct str rest = {argument.p + before.n, argument.n - before.n};
    str_cut(&rest, '<');
    struct str path = rest.p ? str_cut(&rest, '>') : rest;
    return rest.p ? path : (struct str){NULL, 0};
}

static void take_sender(struct session *x, struct str argument)
{
    struct str path = path_of(argument, STR("FROM:"));
    if (!x->signed_in) {
        reply(x, 530, "5.7.0 Sign in first");
    } else if (!path.p || (path.n && !mail_address_valid(path))) {
        reply(x, 501, "5.1.7 MAIL FROM:<address>");
    } else {
        snprintf(x->from, sizeof x->from, STR_FMT, STR_ARG(path));
        x->has_sender = true;
        x->n_to = 0;
        reply(x, 250, "2.1.0 Ok");
    }
}

static void take_recipient(struct session *x, struct str argument)
{
    struct str path = path_of(argument, STR("TO:"));
    if (!x->has_sender) {
        reply(x, 503, "5.5.1 MAIL first");
    } else if (!path.p || !mail_address_valid(path)) {
        reply(x, 501, "5.1.3 RCPT TO:<address>");
    } else if (x->n_to == (int)ARRAY_SIZE(x->to)) {
        reply(x, 452, "4.5.3 Too many recipients");
    } else if (str_starts(path, STR("bounce"))) {
        reply(x, 550, "5.1.1 There is no such mailbox");
    } else if (str_starts(path, STR("full"))) {
        reply(x, 452, "4.2.2 The mailbox is full");
    } else {
        snprintf(x->to[x->n_to++], sizeof x->to[0], STR_FMT, STR_ARG(path));
        reply(x, 250, "2.1.5 Ok");
    }
}

/* The message's lines to the one that is a dot, without the dots that were doubled. */
static enum line_came read_data(struct session *x, struct buf *to)
{
    for (;;) {
        struct str line;
        enum line_came came = line_read(x->c, IDLE_MS, &line);
        if (came == LINE_GONE || came == LINE_LATE) {
            return came;
        }
        if (line.n == 1 && line.p[0] == '.') {
            return buf_failed(to) ? LINE_LONG : LINE_HERE;
        }
        if (line.n && line.p[0] == '.') {
            line = (struct str){line.p + 1, line.n - 1};
        }
        buf_put_str(to, line);
        buf_puts(to, "\r\n");
    }
}

static struct sandbox_mail *mail_of(const struct session *x, struct str bytes)
{
    struct sandbox_mail *m = mail_new(false, "smtp");
    m->raw = (struct str){str_dup(m->pool, bytes), bytes.n};
    m->envelope_from = pool_strdup(m->pool, x->from);
    m->envelope_to = pool_strdup(m->pool, x->to[0]);
    for (int i = 0; i < x->n_to; i++) {
        m->recipients[m->n_recipients++] = pool_strdup(m->pool, x->to[i]);
    }
    return m;
}

/* A fault's answer; false when the connection is to end without one. */
static bool answer_fault(struct session *x, const struct sandbox_fault *f)
{
    if (f->trouble == TROUBLE_HANG) {
        sandbox_sleep(x->s, f->hang_ms ? f->hang_ms : HANG_MS);
        return false;
    }
    int code = f->code >= 400 && f->code < 600 ? f->code : 451;
    reply(x, code,
          code < 500 ? "4.3.0 A fault that was asked for" : "5.3.0 A fault that was asked for");
    return true;
}

/* What was read goes to the desk; false when the connection is to end. */
static bool accept_data(struct session *x, struct str bytes)
{
    struct sandbox_fault fault;
    bool faulty = sandbox_take_mail_fault(x->s, SANDBOX_ON_SENDS, &fault);
    bool answers = faulty && (fault.trouble == TROUBLE_STATUS || fault.trouble == TROUBLE_HANG);
    if (faulty && fault.latency_ms) {
        sandbox_sleep(x->s, fault.latency_ms);
    }
    if (answers && !fault.after) {
        return answer_fault(x, &fault);
    }
    if (faulty && fault.trouble == TROUBLE_UNDELIVERED) {
        reply(x, 550, "5.7.1 Refused, as was asked for");
        return true;
    }
    struct sandbox_mail *m = mail_of(x, bytes);
    struct err e = {0};
    int rc = mail_fill(m, &e);
    if (rc) {
        mail_free(&m);
        reply(x, 554, "5.6.0 That is no e-mail");
        return true;
    }
    struct mail_accepted done = mail_accept(x->s, m, faulty ? &fault : NULL);
    if (answers) {
        fault.trouble = TROUBLE_HANG; /* it was taken, and nobody hears of it */
        fault.hang_ms = fault.hang_ms ? fault.hang_ms : 1;
        return answer_fault(x, &fault);
    }
    line_printf(x->c, "250 2.0.0 Ok: queued as %s\r\n", done.id);
    return true;
}

static bool take_data(struct session *x)
{
    if (!x->has_sender || !x->n_to) {
        reply(x, 503, "5.5.1 MAIL and RCPT first");
        return true;
    }
    reply(x, 354, "End data with <CR><LF>.<CR><LF>");
    struct buf bytes CLEANUP(buf_clear);
    buf_init(&bytes, MAIL_MAX_BYTES_HERE);
    enum line_came came = read_data(x, &bytes);
    bool go_on = came == LINE_HERE || came == LINE_LONG;
    if (came == LINE_HERE) {
        go_on = accept_data(x, buf_str(&bytes));
    } else if (came == LINE_LONG) {
        reply(x, 552, "5.3.4 The e-mail is too large");
    }
    x->has_sender = false;
    x->n_to = 0;
    return go_on;
}

/* false: the connection ends. */
static bool command(struct session *x, struct str line)
{
    struct str rest = line;
    struct str verb = str_cut(&rest, ' ');
    rest = rest.p ? rest : STR("");
    if (str_eq_nocase(verb, STR("EHLO"))) {
        line_printf(x->c,
                    "250-sandbox greets you\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n"
                    "250-PIPELINING\r\n250-SIZE %zu\r\n250 AUTH PLAIN LOGIN\r\n",
                    MAIL_MAX_BYTES_HERE);
    } else if (str_eq_nocase(verb, STR("HELO")) || str_eq_nocase(verb, STR("NOOP"))) {
        reply(x, 250, "Ok");
    } else if (str_eq_nocase(verb, STR("AUTH"))) {
        sign_in(x, rest);
    } else if (str_eq_nocase(verb, STR("MAIL"))) {
        take_sender(x, rest);
    } else if (str_eq_nocase(verb, STR("RCPT"))) {
        take_recipient(x, rest);
    } else if (str_eq_nocase(verb, STR("DATA"))) {
        return take_data(x);
    } else if (str_eq_nocase(verb, STR("RSET"))) {
        x->has_sender = false;
        x->n_to = 0;
        reply(x, 250, "2.0.0 Ok");
    } else if (str_eq_nocase(verb, STR("QUIT"))) {
        reply(x, 221, "2.0.0 Bye");
        return false;
    } else {
        reply(x, 502, "5.5.2 There is no such command");
    }
    return true;
}

void sandbox_smtp_serve(void *arg, struct line_conn *c)
{
    struct session *x = xcalloc(1, sizeof *x);
    x->s = arg;
    x->c = c;
    reply(x, 220, "sandbox ESMTP");
    struct str line;
    for (bool go_on = true; go_on;) {
        enum line_came came = line_read(c, IDLE_MS, &line);
        if (came == LINE_LONG) {
            reply(x, 500, "5.5.2 The line is too long");
        } else {
            go_on = came == LINE_HERE && command(x, line);
        }
    }
    free(x);
}
