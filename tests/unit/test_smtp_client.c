/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SMTP client against a mail server that answers as a row says, at each step: what counts as
 * taken, refused, certainly not taken, and not known.
 */
#include "io/smtp_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"
#include "io/thread.h"
#include "tap.h"

#define HANG_UP ""
#define SILENCE "silence"

/* What it says at each step; NULL: the usual. */
struct manners {
    const char *greeting, *ehlo, *auth, *from, *to, *data, *end;
};

struct post_office {
    int fd, port;
    struct manners manners;
    struct thread *thread;
    char heard[8192]; /* all that was said to it */
    size_t n;
    int connections, mails;
};

struct session {
    struct post_office *o;
    int fd;
    char in[2048];
    size_t have;
};

static bool reply(struct session *s, const char *own, const char *usual)
{
    const char *line = own ? own : usual;
    if (strcmp(line, SILENCE) == 0) {
        char byte;
        while (recv(s->fd, &byte, 1, 0) > 0) {
        }
        return false;
    }
    return line[0] && send(s->fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line);
}

/* The next line without its end; false at the connection's. */
static bool next_line(struct session *s, char *to, size_t room)
{
    for (;;) {
        char *end = memmem(s->in, s->have, "\r\n", 2);
        if (end) {
            size_t n = (size_t)(end - s->in);
            snprintf(to, room, "%.*s", (int)n, s->in);
            s->have -= n + 2;
            memmove(s->in, end + 2, s->have);
            size_t left = sizeof s->o->heard - s->o->n;
            int w = snprintf(s->o->heard + s->o->n, left, "%s\n", to);
            s->o->n += MIN_OF((size_t)w, left - 1);
            return true;
        }
        ssize_t got = recv(s->fd, s->in + s->have, sizeof s->in - s->have, 0);
        if (got <= 0) {
            return false;
        }
        s->have += (size_t)got;
    }
}

static bool take_data(struct session *s)
{
    char line[1200];
    if (!reply(s, s->o->manners.data, "354 go on\r\n")) {
        return false;
    }
    while (next_line(s, line, sizeof line)) {
        if (strcmp(line, ".") == 0) {
            s->o->mails++;
            return reply(s, s->o->manners.end, "250 2.0.0 Ok: queued as A1\r\n");
        }
    }
    return false;
}

static bool sign_in(struct session *s)
{
    char line[1200];
    return reply(s, NULL, "334 \r\n") && next_line(s, line, sizeof line) &&
           reply(s, s->o->manners.auth, "235 2.7.0 welcome\r\n");
}

static void talk(struct session *s)
{
    const struct manners *m = &s->o->manners;
    char line[1200];
    bool on = reply(s, m->greeting, "220 mail.example.org ESMTP\r\n");
    while (on && next_line(s, line, sizeof line)) {
        on = strncmp(line, "EHLO", 4) == 0
                 ? reply(s, m->ehlo, "250-mail.example.org\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n")
             : strncmp(line, "AUTH", 4) == 0 ? sign_in(s)
             : strncmp(line, "MAIL", 4) == 0 ? reply(s, m->from, "250 2.1.0 ok\r\n")
             : strncmp(line, "RCPT", 4) == 0 ? reply(s, m->to, "250 2.1.5 ok\r\n")
             : strncmp(line, "DATA", 4) == 0 ? take_data(s)
             : strncmp(line, "QUIT", 4) == 0 ? reply(s, NULL, "221 2.0.0 bye\r\n") && false
                                             : reply(s, NULL, "502 5.5.1 what?\r\n");
    }
}

static void serve(void *arg)
{
    struct post_office *o = arg;
    int fd;
    while ((fd = accept(o->fd, NULL, NULL)) >= 0) {
        struct session s = {.o = o, .fd = fd};
        o->connections++;
        talk(&s);
        close(fd);
    }
}

static void open_office(struct post_office *o, struct manners manners)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;
    *o = (struct post_office){.manners = manners, .fd = socket(AF_INET, SOCK_STREAM, 0)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    OK(bind(o->fd, (struct sockaddr *)&a, n) == 0 && listen(o->fd, 5) == 0 &&
       getsockname(o->fd, (struct sockaddr *)&a, &n) == 0);
    o->port = ntohs(a.sin_port);
    o->thread = thread_start("office", serve, o);
}

static void close_office(struct post_office *o)
{
    shutdown(o->fd, SHUT_RDWR);
    thread_join(&o->thread);
    close(o->fd);
}

static struct smtp_answer post(struct http_client *c, int port, const char *user)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct smtp_call call = {
        .url = pool_printf(p, "smtp://127.0.0.1:%d", port),
        .user = user,
        .password = "secret",
        .plain = true,
        .from = "desk@in.example.org",
        .to = "ann@example.com",
        .mail = spooled_of(STR("Subject: hi\r\n\r\none\r\n.\r\n..two\r\n")),
        .timeout_ms = 1500,
        .connect_timeout_ms = 1000,
    };
    struct smtp_answer out;
    smtp_client_send(c, &call, &out);
    return out;
}

TEST(a_mail_arrives_as_it_is)
{
    struct post_office o;
    struct http_client *c = http_client_new();
    open_office(&o, (struct manners){0});
    struct smtp_answer a = post(c, o.port, "desk");
    EQ_INT(a.outcome, SMTP_TAKEN);
    EQ_INT(a.code, 250);
    EQ_STR(a.status, "2.0.0");
    a = post(c, o.port, "desk");
    EQ_INT(a.outcome, SMTP_TAKEN);
    http_client_free(&c);
    close_office(&o);
    EQ_INT(o.mails, 2);
    EQ_INT(o.connections, 1); /* it was kept */
    OK(strstr(o.heard, "MAIL FROM:<desk@in.example.org>"));
    OK(strstr(o.heard, "RCPT TO:<ann@example.com>"));
    OK(strstr(o.heard, "one\n..\n...two\n")); /* dots doubled on the way (RFC 5321 4.5.2) */
}

TEST(where_it_broke_off_tells_what_is_known)
{
    static const struct {
        const char *name;
        struct manners manners;
        enum smtp_outcome outcome;
        const char *status;
    } rows[] = {
        {"no such user", {.to = "550 5.1.1 nobody\r\n"}, SMTP_REFUSED, "5.1.1"},
        {"greylisted", {.to = "450 4.7.1 later\r\n"}, SMTP_LATER, "4.7.1"},
        {"sender refused", {.from = "553 5.7.1 no\r\n"}, SMTP_REFUSED, "5.7.1"},
        {"busy", {.greeting = "421 4.3.2 busy\r\n"}, SMTP_LATER, "4.3.2"},
        {"hangs up at once", {.greeting = HANG_UP}, SMTP_LATER, ""},
        {"silent at once", {.greeting = SILENCE}, SMTP_LATER, ""},
        {"hangs up at the sender", {.from = HANG_UP}, SMTP_LATER, ""},
        {"wrong password", {.auth = "535 5.7.8 no\r\n"}, SMTP_SETUP, "5.7.8"},
        {"no data", {.data = "451 4.3.0 full\r\n"}, SMTP_LATER, "4.3.0"},
        {"content refused", {.end = "554 5.6.0 spam\r\n"}, SMTP_REFUSED, "5.6.0"},
        {"content refused for now", {.end = "452 4.2.2 full\r\n"}, SMTP_LATER, "4.2.2"},
        {"hangs up after the mail", {.end = HANG_UP}, SMTP_UNCERTAIN, ""},
        {"silent after the mail", {.end = SILENCE}, SMTP_UNCERTAIN, ""},
        {"several lines", {.end = "250-2.0.0 a\r\n250 2.0.0 b\r\n"}, SMTP_TAKEN, "2.0.0"},
        {"no enhanced status", {.to = "550 nobody 1.2.3\r\n"}, SMTP_REFUSED, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct post_office o;
        struct http_client *c = http_client_new();
        tap_case("%s", rows[i].name);
        open_office(&o, rows[i].manners);
        struct smtp_answer a = post(c, o.port, "desk");
        EQ_INT(a.outcome, rows[i].outcome);
        if (rows[i].outcome != SMTP_UNCERTAIN && rows[i].outcome != SMTP_LATER) {
            EQ_STR(a.status, rows[i].status);
        }
        OK(a.text[0]);
        http_client_free(&c);
        close_office(&o);
    }
}

TEST(nobody_there_is_later)
{
    struct post_office o;
    struct http_client *c = http_client_new();
    open_office(&o, (struct manners){0});
    int port = o.port;
    close_office(&o);
    EQ_INT(post(c, port, NULL).outcome, SMTP_LATER);
    http_client_free(&c);
}

TEST(encryption_is_insisted_on)
{
    struct post_office o;
    struct http_client *c = http_client_new();
    struct pool *p CLEANUP(pool_free) = pool_new();
    open_office(&o, (struct manners){0}); /* offers no STARTTLS */
    struct smtp_call call = {
        .url = pool_printf(p, "smtp://127.0.0.1:%d", o.port),
        .user = "desk",
        .password = "secret",
        .from = "desk@in.example.org",
        .to = "ann@example.com",
        .mail = spooled_of(STR("Subject: hi\r\n\r\nhi\r\n")),
        .timeout_ms = 1500,
        .connect_timeout_ms = 1000,
    };
    struct smtp_answer a;
    smtp_client_send(c, &call, &a);
    EQ_INT(a.outcome, SMTP_SETUP);
    OK_MSG(strstr(a.text, "encrypt"), "%s", a.text);
    http_client_free(&c);
    close_office(&o);
    OK(!strstr(o.heard, "AUTH"));
    EQ_INT(o.mails, 0);
}

#ifdef AVA_FAULTS
TEST(a_mail_server_can_be_made_to_fail)
{
    struct http_client *c = http_client_new();
    fault_arm(FAULT_PROVIDER, 1, false);
    struct smtp_answer a = post(c, 1, NULL);
    fault_arm(FAULT_PROVIDER, 0, false);
    EQ_INT(a.outcome, SMTP_LATER);
    OK(strstr(a.text, "injected"));
    http_client_free(&c);
}
#endif

int main(void)
{
    return tap_run();
}
