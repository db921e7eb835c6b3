/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What matters is where it broke off. Until the mail's end was sent, a server has nothing that it
 * would deliver (RFC 5321 4.1.1.4), so whatever happens before is certainly not done. After it,
 * only the server's reply tells; when none comes, nobody knows (RFC 1047).
 */
#include "io/smtp_client.h"

#include <ctype.h>

#include "base/fault.h"
#include "base/metrics.h"
#include "io/http_client_private.h"

#define TO_QUIT 221      /* libcurl says it after a failure: not about the mail */
#define DATA_GOES_ON 354 /* the reply to DATA: no reply to the mail itself has come */

struct sending_mail {
    struct sending mail;
    bool all; /* libcurl has had the whole mail */
    int code; /* of the last line of a reply */
    char status[8];
    char words[160];
};

static size_t give_mail(char *to, size_t size, size_t n, void *arg)
{
    struct sending_mail *s = arg;
    size_t most = http_client_give(to, size, n, &s->mail);
    s->all = s->mail.at ==
             s->mail.from.size; /* what is behind it, the final dot, goes without asking us */
    return most;
}

/* "5.1.1" at the beginning; the length of it, 0 for none. */
static size_t status_at(struct str text)
{
    size_t n = 0;
    int dots = 0;
    while (n < text.n && (isdigit((unsigned char)text.p[n]) || text.p[n] == '.')) {
        dots += text.p[n++] == '.';
    }
    bool whole = dots == 2 && n >= 5 && n < sizeof((struct sending_mail *)0)->status;
    return whole && strchr("245", text.p[0]) && text.p[1] == '.' ? n : 0;
}

/* Each line of a reply: "250-...", or the last one, "250 ...". */
static size_t hear(char *data, size_t size, size_t n, void *arg)
{
    struct sending_mail *s = arg;
    struct str line = str_trim((struct str){data, size * n});
    int64_t code;
    if (line.n < 3 || !str_to_i64((struct str){line.p, 3}, &code) ||
        (line.n > 3 && line.p[3] == '-') || code == TO_QUIT) {
        return size * n;
    }
    struct str rest = line.n > 4 ? (struct str){line.p + 4, line.n - 4} : STR("");
    size_t status = status_at(rest);
    s->code = (int)code;
    snprintf(s->status, sizeof s->status, "%.*s", (int)status, rest.p);
    rest = str_trim((struct str){rest.p + status, rest.n - status});
    size_t k = 0;
    for (size_t i = 0; i < rest.n && k + 1 < sizeof s->words; i++) {
        char c = rest.p[i];
        s->words[k++] = c < ' ' || c > '~' ? '?' : c;
    }
    s->words[k] = '\0';
    return size * n;
}

static void set_mail_options(CURL *h, const struct smtp_call *call, struct sending_mail *s)
{
    curl_easy_setopt(h, CURLOPT_URL, call->url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(h, CURLOPT_USE_SSL, (long)(call->plain ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_timeout_ms);
    /* Also how long the answer to QUIT is waited for, when the connection is given up. */
    curl_easy_setopt(h, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(call->timeout_ms + 999) / 1000);
    curl_easy_setopt(h, CURLOPT_MAIL_FROM, call->from);
    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)call->mail.size);
    curl_easy_setopt(h, CURLOPT_READFUNCTION, give_mail);
    curl_easy_setopt(h, CURLOPT_READDATA, s);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, hear);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, s);
    if (call->ca_file) {
        curl_easy_setopt(h, CURLOPT_CAINFO, call->ca_file);
    }
    if (call->user && call->user[0]) {
        curl_easy_setopt(h, CURLOPT_USERNAME, call->user);
        curl_easy_setopt(h, CURLOPT_PASSWORD, call->password ? call->password : "");
    }
}

/* What has to be mended before any mail can be sent. */
static bool is_setup(CURLcode rc)
{
    return rc == CURLE_LOGIN_DENIED || rc == CURLE_USE_SSL_FAILED ||
           rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE ||
           rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL;
}

static enum smtp_outcome outcome_of(CURLcode rc, const struct sending_mail *s)
{
    bool answered = s->all && s->code != DATA_GOES_ON;
    if (rc == CURLE_OK || (answered && s->code / 100 == 2)) {
        return SMTP_TAKEN;
    }
    if (is_setup(rc) || s->code == 530 || s->code == 534 || s->code == 535 || s->code == 538) {
        return SMTP_SETUP; /* RFC 4954: about signing in */
    }
    if (s->all && !answered) {
        return SMTP_UNCERTAIN;
    }
    return s->code >= 500 ? SMTP_REFUSED : SMTP_LATER;
}

static void describe(CURLcode rc, const struct sending_mail *s, struct smtp_answer *out)
{
    out->code = s->code;
    snprintf(out->status, sizeof out->status, "%s", s->status);
    if (rc == CURLE_OK || s->code >= 400) {
        snprintf(out->text, sizeof out->text, "the mail server said: %d %s%s%s", s->code, s->status,
                 s->status[0] ? " " : "", s->words);
    } else if (rc == CURLE_USE_SSL_FAILED) {
        snprintf(out->text, sizeof out->text, "the mail server does not encrypt (no STARTTLS)");
    } else {
        snprintf(out->text, sizeof out->text, "the mail server: %s", curl_easy_strerror(rc));
    }
}

void smtp_client_send(struct http_client *c, const struct smtp_call *call, struct smtp_answer *out)
{
    *out = (struct smtp_answer){.outcome = SMTP_LATER};
    metric_add(METRIC_provider_calls_total, 1);
    if (fault_hit(FAULT_PROVIDER)) {
        metric_add(METRIC_provider_errors_total, 1);
        snprintf(out->text, sizeof out->text, "the mail server: injected fault");
        return;
    }
    struct sending_mail s = {.mail = {call->mail, 0}};
    curl_easy_reset(c->curl); /* forgets the options, keeps the connections */
    set_mail_options(c->curl, call, &s);
    struct curl_slist *to = curl_slist_append(NULL, call->to);
    curl_easy_setopt(c->curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(c->curl, CURLOPT_FRESH_CONNECT, c->smtp_broke ? 1L : 0L);
    CURLcode rc = curl_easy_perform(c->curl);
    c->smtp_broke = rc != CURLE_OK;
    curl_easy_setopt(c->curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(to);
    out->outcome = outcome_of(rc, &s);
    describe(rc, &s, out);
    if (out->outcome != SMTP_TAKEN) {
        metric_add(METRIC_provider_errors_total, 1);
    }
}
