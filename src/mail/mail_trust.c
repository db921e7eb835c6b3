/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the servers on the way found out of the sender (RFC 8601, Received-SPF) and of the content.
 * Only the topmost header of a kind counts: those below may be the sender's own.
 */
#include <ctype.h>

#include "mail/mail_private.h"

const char *mail_verdict_name(enum mail_verdict v)
{
    static const char *const names[] = {[MAIL_PASS] = "pass",
                                        [MAIL_NEUTRAL] = "neutral",
                                        [MAIL_SOFTFAIL] = "softfail",
                                        [MAIL_FAIL] = "fail"};
    return v == MAIL_UNCHECKED ? NULL : names[v];
}

static bool is_below(struct str low, struct str high)
{
    return high.n && low.n > high.n && low.p[low.n - high.n - 1] == '.' &&
           str_eq_nocase((struct str){low.p + low.n - high.n, high.n}, high);
}

bool mail_domains_align(struct str a, struct str b)
{
    return a.n && b.n && (str_eq_nocase(a, b) || is_below(a, b) || is_below(b, a));
}

struct str mail_domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? str_of(at + 1) : STR("");
}

/* The domain for which it passes, when the result names it: "smtp.mailfrom=a@example.com",
 * "header.d=example.com", "header.i=@example.com". */
static struct str domain_of_result(struct pool *p, struct str part)
{
    static const char *const names[] = {"header.d=", "header.i=", "smtp.mailfrom=", "header.from="};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *text = str_dup(p, part), *found = strcasestr(text, names[i]);
        if (found) {
            struct str value = str_of(found + strlen(names[i]));
            value = str_trim(str_cut(&value, ' '));
            const char *word = str_dup(p, value);
            return strchr(word, '@') ? mail_domain_of(word) : str_of(word);
        }
    }
    return STR("");
}

static enum mail_verdict verdict_of(struct str word)
{
    return str_eq_nocase(word, STR("pass"))       ? MAIL_PASS
           : str_eq_nocase(word, STR("softfail")) ? MAIL_SOFTFAIL
           : str_eq_nocase(word, STR("fail")) || str_eq_nocase(word, STR("hardfail")) ||
                   str_eq_nocase(word, STR("permerror"))
               ? MAIL_FAIL
               : MAIL_NEUTRAL;
}

static struct str first_word(struct str s)
{
    size_t n = 0;
    s = str_trim(s);
    while (n < s.n && isalpha((unsigned char)s.p[n])) {
        n++;
    }
    return (struct str){s.p, n};
}

/* Without what stands in (comments), which may hold anything. */
static struct str without_comments(struct pool *p, const char *text)
{
    char *out = pool_alloc(p, strlen(text) + 1);
    size_t n = 0;
    int depth = 0;
    for (const char *c = text; *c; c++) {
        depth += *c == '(';
        if (depth == 0) {
            out[n++] = *c;
        }
        depth -= *c == ')' && depth > 0;
    }
    return (struct str){out, n};
}

/* "host; spf=pass smtp.mailfrom=x; dkim=fail; dmarc=none": a pass of one signature is a pass. */
static void take_results(struct pool *p, const char *value, const char *from, struct mail_trust *t)
{
    struct str rest = without_comments(p, value);
    for (struct str part; rest.p && (part = str_cut(&rest, ';')).p;) {
        part = str_trim(part);
        const struct {
            const char *name;
            enum mail_verdict *to;
        } kinds[] = {{"spf=", &t->spf}, {"dkim=", &t->dkim}, {"dmarc=", &t->dmarc}};
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
            size_t n = strlen(kinds[i].name);
            if (mail_starts_nocase(part, kinds[i].name) && *kinds[i].to != MAIL_PASS) {
                enum mail_verdict v = verdict_of(first_word((struct str){part.p + n, part.n - n}));
                struct str domain = domain_of_result(p, part);
                bool foreign = domain.n && !mail_domains_align(domain, mail_domain_of(from));
                *kinds[i].to = v == MAIL_PASS && foreign ? MAIL_NEUTRAL : v;
            }
        }
    }
}

static void take_spam(struct pool *p, GMimeObject *head, struct mail_trust *t)
{
    const char *flag = mail_header(p, head, "X-Spam-Flag");
    const char *status = mail_header(p, head, "X-Spam-Status");
    const char *score = mail_header(p, head, "X-Spam-Score");
    const char *at = status ? strstr(status, "score=") : NULL;
    char *end = NULL;
    const char *number = at ? at + strlen("score=") : score;
    t->spam = (flag && mail_starts_nocase(str_of(flag), "yes")) ||
              (status && mail_starts_nocase(str_of(status), "yes"));
    double value = number ? g_ascii_strtod(number, &end) : 0;
    if (number && end != number && value > -1000 && value < 1000) {
        t->has_spam_score = true;
        t->spam_score = value;
    }
}

void mail_trust_find(struct pool *p, GMimeObject *head, struct mail *m)
{
    const char *results = mail_header(p, head, "Authentication-Results");
    const char *spf = mail_header(p, head, "Received-SPF");
    if (results) {
        take_results(p, results, m->from.address, &m->trust);
    }
    if (spf && m->trust.spf == MAIL_UNCHECKED) {
        m->trust.spf = verdict_of(first_word(str_of(spf)));
    }
    take_spam(p, head, &m->trust);
}
