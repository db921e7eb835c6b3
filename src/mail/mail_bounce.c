/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery reports: those of RFC 3464, whose fields say everything, and those in words that Exim,
 * qmail and others write, of which the recipient, a status and the mail's own Message-ID are found.
 */
#include <ctype.h>

#include "mail/mail_private.h"

#define STATUS_MAX_BYTES (64 << 10)
#define DIAGNOSTIC_MAX 500
#define LOOK_LINES 400

/* "rfc822; ann@example.com" or "smtp; 550 no such user": what comes after the type. */
static struct str after_type(struct str value)
{
    ptrdiff_t semicolon = str_index(value, ';', 0);
    return semicolon < 0
               ? value
               : str_trim((struct str){value.p + semicolon + 1, value.n - (size_t)semicolon - 1});
}

static struct str without_brackets(struct str s)
{
    s = str_trim(s);
    if (s.n > 2 && s.p[0] == '<') {
        ptrdiff_t close = str_index(s, '>', 0);
        s = (struct str){s.p + 1, close > 0 ? (size_t)close - 1 : s.n - 1};
    }
    return s;
}

/* The first d.d.d with a class of 2, 4 or 5; NULL. */
static const char *status_in(struct pool *p, struct str s)
{
    for (size_t i = 0; i + 4 < s.n; i++) {
        if (!strchr("245", s.p[i]) || s.p[i + 1] != '.' ||
            (i && isalnum((unsigned char)s.p[i - 1])) || (i && s.p[i - 1] == '.')) {
            continue;
        }
        size_t k = i + 2, dots = 1, digits = 0;
        while (k < s.n &&
               (isdigit((unsigned char)s.p[k]) || (s.p[k] == '.' && dots == 1 && digits))) {
            dots += s.p[k] == '.';
            digits = s.p[k] == '.' ? 0 : digits + 1;
            k++;
        }
        bool ends = k == s.n || (s.p[k] != '.' && !isalnum((unsigned char)s.p[k])) ||
                    (s.p[k] == '.' && (k + 1 == s.n || !isalnum((unsigned char)s.p[k + 1])));
        if (dots == 2 && digits && digits <= 3 && k - i <= 9 && ends) {
            return str_dup(p, (struct str){s.p + i, k - i});
        }
    }
    return NULL;
}

static void take_field(struct pool *p, struct mail_bounce *b, struct str name, struct str value)
{
    if (str_eq_nocase(name, STR("Final-Recipient")) && !b->recipient) {
        b->recipient = mail_line_text(p, str_dup(p, without_brackets(after_type(value))), 254);
    } else if (str_eq_nocase(name, STR("Action")) && !b->action) {
        char *lower = g_ascii_strdown(value.p, (gssize)value.n);
        b->action = mail_line_text(p, lower, 20);
        g_free(lower);
    } else if (str_eq_nocase(name, STR("Status")) && !b->status) {
        b->status = status_in(p, value);
    } else if (str_eq_nocase(name, STR("Diagnostic-Code")) && !b->diagnostic) {
        b->diagnostic = mail_line_text(p, str_dup(p, after_type(value)), DIAGNOSTIC_MAX);
    }
}

/* The fields up to the end of the first recipient's group. */
static void read_status(struct pool *p, struct str text, struct mail_bounce *b)
{
    struct str rest = text;
    const char *original = NULL;
    while (rest.p && !b->recipient) {
        struct str name, value;
        while (mail_next_field(p, &rest, &name, &value)) {
            take_field(p, b, name, value);
            if (str_eq_nocase(name, STR("Original-Recipient")) && !original) {
                original = mail_line_text(p, str_dup(p, without_brackets(after_type(value))), 254);
            }
        }
        if (b->action && original && !b->recipient) {
            b->recipient = original;
        }
    }
    if (!b->status && b->diagnostic) {
        b->status = status_in(p, str_of(b->diagnostic));
    }
}

/* The Message-ID among header lines that stand in a text. */
static const char *message_id_in(struct pool *p, struct str text)
{
    struct str rest = text;
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        while (line.n && (line.p[0] == '>' || line.p[0] == ' ')) {
            line.p++;
            line.n--;
        }
        if (!mail_starts_nocase(line, "message-id:")) {
            continue;
        }
        struct str both = {line.p + 11, line.n - 11};
        if (!str_trim(both).n && rest.p) { /* folded after the colon */
            both = str_cut(&rest, '\n');
        }
        size_t n;
        const char **ids = mail_ids(p, str_dup(p, str_trim(both)), 1, &n);
        return n ? ids[0] : NULL;
    }
    return NULL;
}

static const char *original_id(struct pool *p, const struct mail_found *found, struct str text)
{
    GMimeObject *o = found->original;
    if (o && GMIME_IS_MESSAGE_PART(o)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
        const char *raw = inner ? mail_header(p, GMIME_OBJECT(inner), "Message-ID") : NULL;
        size_t n;
        const char **ids = mail_ids(p, raw, 1, &n);
        return n ? ids[0] : NULL;
    }
    if (o) {
        bool more = false;
        return message_id_in(p, mail_clean_body(p, mail_leaf_bytes(p, o, STATUS_MAX_BYTES, &more)));
    }
    return message_id_in(p, text);
}

/* ---- reports in words ---- */

static bool is_from_system(const struct mail *m)
{
    static const char *const locals[] = {"mailer-daemon@", "postmaster@", "mail-daemon@"};
    for (size_t i = 0; i < ARRAY_SIZE(locals); i++) {
        if (mail_starts_nocase(str_of(m->from.address), locals[i])) {
            return true;
        }
    }
    return m->from.name[0] && mail_has_nocase(str_of(m->from.name), "mail delivery");
}

static bool subject_says_failure(struct str subject)
{
    static const char *const words[] = {"undeliver",
                                        "delivery status",
                                        "delivery fail",
                                        "failure notice",
                                        "returned mail",
                                        "mail delivery",
                                        "delivery notification",
                                        "delivery delayed",
                                        "could not be delivered",
                                        "message you sent blocked",
                                        "unzustellbar",
                                        "non remis",
                                        "non distribu",
                                        "no se puede entregar",
                                        "no se pudo entregar",
                                        "impossibile recapitare",
                                        "onbestelbaar",
                                        "niet bestelbaar",
                                        "nie dostarczono",
                                        "não entregue",
                                        "warning: message"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (mail_has_nocase(subject, words[i])) {
            return true;
        }
    }
    return false;
}

/* The next word with an @ in it that is an address; n == 0: none. Moves *rest on. */
static struct str next_address(struct str *rest)
{
    static const char around[] = "<>()[]{},;:\"'";
    while (rest->n) {
        size_t k = 0;
        while (k < rest->n && !isspace((unsigned char)rest->p[k]) && !strchr(around, rest->p[k])) {
            k++;
        }
        struct str word = {rest->p, k};
        k += k < rest->n;
        *rest = (struct str){rest->p + k, rest->n - k};
        while (word.n && word.p[word.n - 1] == '.') {
            word.n--;
        }
        if (word.n > 2 && mail_address_valid(word)) {
            return word;
        }
    }
    return (struct str){"", 0};
}

static bool is_own_recipient(const struct mail *m, struct str address)
{
    for (size_t i = 0; i < m->to.n; i++) {
        if (str_eq_nocase(address, str_of(m->to.all[i].address))) {
            return true;
        }
    }
    return str_eq_nocase(address, str_of(m->from.address));
}

/* The part of a report that the machine wrote: before the mail it gives back. */
static struct str own_words(struct str text)
{
    static const char *const ends[] = {"below this line is a copy",
                                       "this is a copy of the message",
                                       "this is a copy of your message",
                                       "original message ",
                                       "message headers follow",
                                       "return-path:",
                                       "received:"};
    struct str rest = text;
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        struct str in = line;
        while (in.n && strchr("- >", in.p[0])) {
            in.p++;
            in.n--;
        }
        for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
            if (mail_starts_nocase(in, ends[i])) {
                return (struct str){text.p, (size_t)(line.p - text.p)};
            }
        }
    }
    return text;
}

static bool says_delayed(struct str words, struct str subject)
{
    static const char *const ways[] = {"delayed",     "not yet been delivered", "will be retried",
                                       "keep trying", "still trying",           "continue to try",
                                       "will retry",  "warning message only"};
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        if (mail_has_nocase(words, ways[i]) || mail_has_nocase(subject, ways[i])) {
            return true;
        }
    }
    return false;
}

static void read_words(struct pool *p, GMimeObject *head, struct mail *m, struct mail_bounce *b)
{
    struct str words = own_words(m->text);
    const char *failed = mail_header(p, head, "X-Failed-Recipients");
    struct str rest = failed ? str_of(failed) : words;
    for (struct str a; !b->recipient && (a = next_address(&rest)).n;) {
        if (failed || !is_own_recipient(m, a)) {
            b->recipient = str_dup(p, a);
        }
    }
    b->status = b->status ? b->status : status_in(p, words);
    if (!b->action) {
        bool temporary = b->status && b->status[0] == '4';
        b->action = temporary || says_delayed(words, str_of(m->subject)) ? "delayed" : "failed";
    }
}

void mail_bounce_find(struct pool *p, GMimeObject *head, const struct mail_found *found,
                      struct mail *m)
{
    struct mail_bounce b = {0};
    if (found->status) {
        bool more = false;
        struct str fields =
            mail_clean_body(p, mail_leaf_bytes(p, found->status, STATUS_MAX_BYTES, &more));
        read_status(p, fields, &b);
    }
    bool fields = b.recipient || b.action;
    if (!fields && !mail_header(p, head, "X-Failed-Recipients") &&
        !(is_from_system(m) && subject_says_failure(str_of(m->subject)))) {
        return;
    }
    read_words(p, head, m, &b);
    b.original_message_id = original_id(p, found, m->text);
    if (!b.original_message_id && m->in_reply_to) {
        b.original_message_id = m->in_reply_to;
    }
    m->has_bounce = true;
    m->bounce = b;
    m->reply_text = str_trim(own_words(m->text)); /* lists of addresses look like quotations */
}
