/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends text messages as Twilio does, or e-mails as SendGrid does: webhooks on kept connections,
 * each connection waiting for its answer before it sends the next. One thread and epoll, so that
 * the load takes little from the machine that is measured.
 *
 *     webhook_driver --port N --token T --url PUBLIC_URL --phones FILE --connections N
 *                    --seconds N [--warmup N] [--new 0.05] [--rate N]
 *
 * FILE: a telephone number a line, of customers that are known; --new is the share of texts from
 * numbers that nobody has. What was answered in the warm-up is not counted. Prints one JSON object;
 * times are microseconds. An answer that is not 200 counts as an error.
 *
 * With --template FILE it posts e-mails instead, as SendGrid does: the file is the body of such a
 * form, in which @ADDRESS@ stands for who writes, @ID@ for a new name of the mail and @ANSWERED@
 * for that of the mail it answers. --phones then names a file with an address and such a name a
 * line,
 * --token is the password in the webhook's address.
 *
 * With --rate the texts come at that pace, so many a second, whether or not the server keeps up:
 * each is sent by a connection that is free, and its time counts from the moment it was due.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/pool.h"
#include "plan.h"

#define PATH "/api/webhooks/twilio/sms"
#define MAIL_PATH "/api/webhooks/sendgrid/email"
#define ANSWER_MAX 8192
#define TEMPLATE_MAX (1u << 20)

struct conn {
    int fd;
    struct mono sent_at;
    char answer[ANSWER_MAX];
    size_t got;
};

struct load {
    const char *token, *url;
    struct str template; /* of an e-mail's form; p == NULL: texts are sent */
    double new_share;
    double rate;  /* 0: each connection sends when it has its answer */
    uint64_t due; /* of a paced load: so many were due so far and have a connection */
    struct conn **idle;
    size_t n_idle;
    char **phones;
    size_t n_phones;
    uint64_t random;
    struct buf form, signed_text, request;
    struct mono start;
    int64_t warmup_us;
    uint64_t errors, sent;
    uint32_t *times_us;
    size_t n, room;
};

static const char *const texts[] = {
    "Hi, do you have anything free on Thursday afternoon?",
    "What are your hours on Saturday?",
    "Can I move my appointment to next week please",
    "How much is a first visit?",
    "Yes, 3pm works. Thank you!",
};

static uint64_t next_random(struct load *l)
{
    l->random ^= l->random << 13;
    l->random ^= l->random >> 7;
    l->random ^= l->random << 17;
    return l->random;
}

/* A field of the form, and of what is signed: Twilio signs names and values in byte order. */
static void field(struct load *l, const char *name, const char *value)
{
    form_add(&l->form, name, str_of(value));
    buf_puts(&l->signed_text, name);
    buf_puts(&l->signed_text, value);
}

static void fill_form(struct load *l)
{
    char sid[35], phone[16];
    snprintf(sid, sizeof sid, "SM%016llx%016llx", (unsigned long long)next_random(l),
             (unsigned long long)next_random(l));
    bool stranger = (double)(next_random(l) >> 11) / (double)(1ull << 53) < l->new_share;
    if (stranger) {
        snprintf(phone, sizeof phone, "+1888%09llu",
                 (unsigned long long)(next_random(l) % 1000000000));
    } else {
        snprintf(phone, sizeof phone, "%s", l->phones[next_random(l) % l->n_phones]);
    }
    field(l, "AccountSid", "AC00000000000000000000000000000001");
    field(l, "ApiVersion", "2010-04-01");
    field(l, "Body", texts[next_random(l) % ARRAY_SIZE(texts)]);
    field(l, "From", phone);
    field(l, "FromCity", "SAN FRANCISCO");
    field(l, "FromCountry", "US");
    field(l, "FromState", "CA");
    field(l, "FromZip", "94103");
    field(l, "MessageSid", sid);
    field(l, "NumMedia", "0");
    field(l, "NumSegments", "1");
    field(l, "SmsMessageSid", sid);
    field(l, "SmsSid", sid);
    field(l, "SmsStatus", "received");
    field(l, "To", "+15550199999");
    field(l, "ToCity", "");
    field(l, "ToCountry", "US");
    field(l, "ToState", "");
    field(l, "ToZip", "");
}

/* The template's next marker that is this one is replaced. */
static bool fill_marker(struct load *l, struct str *rest, const char *marker, const char *value)
{
    size_t n = strlen(marker);
    if (rest->n < n || memcmp(rest->p, marker, n) != 0) {
        return false;
    }
    buf_puts(&l->form, value);
    *rest = (struct str){rest->p + n, rest->n - n};
    return true;
}

static void fill_template(struct load *l, const char *address, const char *id, const char *answered)
{
    struct str rest = l->template;
    while (rest.n) {
        ptrdiff_t at = str_index(rest, '@', 0);
        size_t plain = at < 0 ? rest.n : (size_t)at;
        buf_add(&l->form, rest.p, plain);
        rest = (struct str){rest.p + plain, rest.n - plain};
        if (rest.n && !fill_marker(l, &rest, "@ADDRESS@", address) &&
            !fill_marker(l, &rest, "@ID@", id) && !fill_marker(l, &rest, "@ANSWERED@", answered)) {
            buf_putc(&l->form, *rest.p);
            rest = (struct str){rest.p + 1, rest.n - 1};
        }
    }
}

/* Whoever is known answers; a stranger writes of himself. */
static void make_mail(struct load *l)
{
    char id[40], address[80], answered[40];
    snprintf(id, sizeof id, "SM%016llx%016llx", (unsigned long long)next_random(l),
             (unsigned long long)next_random(l));
    bool stranger = (double)(next_random(l) >> 11) / (double)(1ull << 53) < l->new_share;
    if (stranger) {
        snprintf(address, sizeof address, "1888%09llu@example.com",
                 (unsigned long long)(next_random(l) % 1000000000));
        snprintf(answered, sizeof answered, "none");
    } else {
        struct str rest = str_of(l->phones[next_random(l) % l->n_phones]);
        struct str first = str_cut(&rest, ' ');
        snprintf(address, sizeof address, STR_FMT, STR_ARG(first));
        snprintf(answered, sizeof answered, STR_FMT, STR_ARG(rest));
    }
    buf_reset(&l->form);
    buf_reset(&l->request);
    fill_template(l, address, id, answered);
    buf_printf(&l->request,
               "POST " MAIL_PATH "/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Sendlib/1.0\r\n"
               "Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: %zu\r\n\r\n",
               l->token, l->form.len);
    buf_put_str(&l->request, buf_str(&l->form));
}

static void make_request(struct load *l)
{
    if (l->template.p) {
        make_mail(l);
        return;
    }
    unsigned char mac[20], signature[32];
    unsigned n = 0;
    buf_reset(&l->form);
    buf_reset(&l->signed_text);
    buf_reset(&l->request);
    buf_puts(&l->signed_text, l->url);
    buf_puts(&l->signed_text, PATH);
    fill_form(l);
    HMAC(EVP_sha1(), l->token, (int)strlen(l->token), (const unsigned char *)l->signed_text.data,
         l->signed_text.len, mac, &n);
    EVP_EncodeBlock(signature, mac, (int)n);
    buf_printf(&l->request,
               "POST " PATH " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: TwilioProxy/1.1\r\n"
               "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
               "X-Twilio-Signature: %s\r\nContent-Length: %zu\r\n\r\n",
               (char *)signature, l->form.len);
    buf_put_str(&l->request, buf_str(&l->form));
}

static void send_one(struct load *l, struct conn *c, struct mono due)
{
    make_request(l);
    c->got = 0;
    c->sent_at = due;
    ssize_t n = write(c->fd, l->request.data, l->request.len);
    if (n != (ssize_t)l->request.len) {
        plan_fail("webhook_driver", n < 0 ? strerror(errno) : "a request was written in part");
    }
    l->sent++;
}

static void note(struct load *l, const struct conn *c)
{
    if (strncmp(c->answer, "HTTP/1.1 200", 12) != 0) {
        if (l->errors++ == 0) {
            fprintf(stderr, "webhook_driver: the first error: %.300s\n", c->answer);
        }
        return;
    }
    if (mono_us_since(l->start) < l->warmup_us) {
        return;
    }
    if (l->n == l->room) {
        l->room = l->room ? l->room * 2 : 65536;
        l->times_us = xrealloc(l->times_us, l->room * sizeof *l->times_us);
    }
    l->times_us[l->n++] = (uint32_t)mono_us_since(c->sent_at);
}

/* Is the answer complete? Heads end with an empty line and say how long the body is. */
static bool complete(const struct conn *c)
{
    const char *end = strstr(c->answer, "\r\n\r\n");
    const char *length = end ? strcasestr(c->answer, "\ncontent-length:") : NULL;
    if (!end) {
        return false;
    }
    int64_t n = 0;
    if (length && length < end) {
        struct str rest = str_of(length + strlen("\ncontent-length:"));
        if (!str_to_i64(str_trim(str_cut(&rest, '\r')), &n)) {
            plan_fail("webhook_driver", "an answer's length is no number");
        }
    }
    return c->got >= (size_t)(end + 4 - c->answer) + (size_t)n;
}

static void on_readable(struct load *l, struct conn *c)
{
    ssize_t n = read(c->fd, c->answer + c->got, sizeof c->answer - 1 - c->got);
    if (n <= 0) {
        plan_fail("webhook_driver", "the server closed a connection");
    }
    c->got += (size_t)n;
    c->answer[c->got] = '\0';
    if (complete(c)) {
        note(l, c);
        if (l->rate > 0) {
            l->idle[l->n_idle++] = c;
        } else {
            send_one(l, c, mono_now());
        }
    }
}

#define WAIT_NS 100000000

/* Sends what is due, as far as there are connections; returns the nanoseconds until the next. */
static int64_t send_due(struct load *l)
{
    for (;;) {
        int64_t at_ns = (int64_t)((double)l->due * 1e9 / l->rate);
        int64_t left_ns = l->start.ns + at_ns - mono_now().ns;
        if (left_ns > 0) {
            return MIN_OF(left_ns, (int64_t)WAIT_NS);
        }
        if (l->n_idle == 0) {
            return WAIT_NS;
        }
        l->due++;
        send_one(l, l->idle[--l->n_idle], (struct mono){l->start.ns + at_ns});
    }
}

static int connect_to(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a)) {
        plan_fail("webhook_driver", strerror(errno));
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void read_phones(struct load *l, const char *path)
{
    FILE *f = fopen(path, "r");
    char line[256];
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = '\0';
        l->phones = xrealloc(l->phones, (l->n_phones + 1) * sizeof *l->phones);
        l->phones[l->n_phones++] = xstrdup(line);
    }
    if (!f || l->n_phones == 0) {
        plan_fail(path, "holds no telephone numbers");
    }
    fclose(f);
}

static struct str read_template(const char *path)
{
    FILE *f = fopen(path, "r");
    char *bytes = xmalloc(TEMPLATE_MAX);
    size_t n = f ? fread(bytes, 1, TEMPLATE_MAX, f) : 0;
    if (!f || n == 0 || n == TEMPLATE_MAX) {
        plan_fail(path, "holds no template, or too large a one");
    }
    fclose(f);
    return (struct str){bytes, n};
}

static void run(struct load *l, struct conn *conns, size_t n, int64_t until_us)
{
    int ep = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < n; i++) {
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &conns[i]};
        epoll_ctl(ep, EPOLL_CTL_ADD, conns[i].fd, &ev);
    }
    l->start = mono_now();
    for (size_t i = 0; i < n; i++) {
        if (l->rate > 0) {
            l->idle[l->n_idle++] = &conns[i];
        } else {
            send_one(l, &conns[i], mono_now());
        }
    }
    while (mono_us_since(l->start) < until_us) {
        struct epoll_event events[64];
        /* To the nanosecond: who asked again and again would take what the server needs. */
        struct timespec wait = {.tv_nsec = l->rate > 0 ? send_due(l) : WAIT_NS};
        int came = epoll_pwait2(ep, events, ARRAY_SIZE(events), &wait, NULL);
        for (int i = 0; i < came; i++) {
            on_readable(l, events[i].data.ptr);
        }
    }
    close(ep);
}

static int compare_times(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static unsigned percentile(const struct load *l, double p)
{
    return l->n ? l->times_us[(size_t)((double)(l->n - 1) * p)] : 0;
}

int main(int argc, char **argv)
{
    struct load l = {
        .token = plan_option(argc, argv, "token", NULL),
        .url = plan_option(argc, argv, "url", NULL),
        .new_share = plan_number(argc, argv, "new", "0.05"),
        .rate = plan_number(argc, argv, "rate", "0"),
        .warmup_us = (int64_t)(plan_number(argc, argv, "warmup", "0.5") * 1e6),
    };
    random_bytes(&l.random, sizeof l.random);
    buf_init(&l.form, 1 << 16);
    buf_init(&l.signed_text, 1 << 16);
    buf_init(&l.request, 1 << 17);
    read_phones(&l, plan_option(argc, argv, "phones", NULL));
    const char *template = plan_option(argc, argv, "template", "");
    if (template[0]) {
        l.template = read_template(template);
    }
    double seconds = plan_number(argc, argv, "seconds", "5");
    size_t n = (size_t)plan_number(argc, argv, "connections", "16");
    int port = (int)plan_number(argc, argv, "port", NULL);
    struct conn *conns = xcalloc(n, sizeof *conns);
    l.idle = xcalloc(n, sizeof(struct conn *));
    for (size_t i = 0; i < n; i++) {
        conns[i].fd = connect_to(port);
    }
    run(&l, conns, n, l.warmup_us + (int64_t)(seconds * 1e6));
    qsort(l.times_us, l.n, sizeof *l.times_us, compare_times);
    printf("{\"requests\": %zu, \"per_second\": %.1f, \"p50\": %u, \"p90\": %u, \"p99\": %u, "
           "\"max\": %u, \"errors\": %llu, \"sent\": %llu}\n",
           l.n, (double)l.n / seconds, percentile(&l, 0.5), percentile(&l, 0.9),
           percentile(&l, 0.99), percentile(&l, 1), (unsigned long long)l.errors,
           (unsigned long long)l.sent);
    return 0;
}
