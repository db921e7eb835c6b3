/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IMAP server (RFC 3501, with IDLE of RFC 2177) with one mailbox, INBOX: the customers' e-mails
 * that were to come by IMAP, as far as a program needs it that fetches them: searching by flags and
 * numbers, fetching whole e-mails or their headers, flags, expunging. An e-mail's UID is its seq.
 */
#include <ctype.h>

#include "io/line_server.h"
#include "sandbox/sandbox_mail_private.h"

#define READ_MS 600000
#define IDLE_LOOK_MS 50
#define ARGUMENT_MAX_BYTES 4096
#define UID_VALIDITY 1
#define CAPABILITIES "IMAP4rev1 IDLE SASL-IR AUTH=PLAIN UIDPLUS"

struct view {
    int64_t uids[MAILS_MAX];
    int n;
};

struct session {
    struct sandbox *s;
    struct line_conn *c;
    struct pool *pool; /* of one command */
    const char *tag;
    bool signed_in, selected, read_only;
    int64_t uids[MAILS_MAX]; /* the mailbox as the other side knows it */
    int n;
    struct view now; /* and as it is */
};

static void done(struct session *x, const char *how, const char *text)
{
    line_printf(x->c, "%s %s %s\r\n", x->tag, how, text);
}

/* ---- the mailbox ---- */

static bool in_mailbox(const struct sandbox_mail *m)
{
    return m && m->inbound && !m->expunged && strcmp(m->way, "imap") == 0;
}

static void look(struct sandbox *s, void *arg)
{
    struct view *v = arg;
    for (int64_t seq = s->mails->first; seq < s->mails->next; seq++) {
        if (in_mailbox(mail_at(s, seq))) {
            v->uids[v->n++] = seq;
        }
    }
}

static bool has(const struct view *v, int64_t uid)
{
    for (int i = 0; i < v->n; i++) {
        if (v->uids[i] == uid) {
            return true;
        }
    }
    return false;
}

/* Tells the other side what has changed, as it may be told after any command. */
static void tell_changes(struct session *x)
{
    if (!x->selected) {
        return;
    }
    struct view *now = &x->now;
    now->n = 0;
    sandbox_do(x->s, look, now);
    int kept = 0;
    for (int i = 0; i < x->n; i++) {
        if (has(now, x->uids[i])) {
            x->uids[kept++] = x->uids[i];
        } else {
            line_printf(x->c, "* %d EXPUNGE\r\n", kept + 1);
        }
    }
    bool grown = now->n > kept;
    memcpy(x->uids, now->uids, (size_t)now->n * sizeof x->uids[0]);
    x->n = now->n;
    if (grown) {
        line_printf(x->c, "* %d EXISTS\r\n", x->n);
    }
}

/* What the desk is asked about, or told of, one e-mail. */
struct flagging {
    int64_t uid;
    struct pool *pool;       /* NULL: without its bytes */
    bool set, seen, deleted; /* which flags, when `change` */
    bool change, expunge;
    bool found, is_seen, is_deleted;
    size_t size;
    struct str raw;
    struct wall created;
};

static void flag(struct sandbox *s, void *arg)
{
    struct flagging *f = arg;
    struct sandbox_mail *m = mail_at(s, f->uid);
    f->found = in_mailbox(m);
    if (!f->found) {
        return;
    }
    if (f->change) {
        m->seen = f->seen ? f->set : m->seen;
        m->deleted = f->deleted ? f->set : m->deleted;
    }
    m->expunged = f->expunge && m->deleted;
    f->is_seen = m->seen;
    f->is_deleted = m->deleted;
    f->size = m->raw.n;
    f->created = m->created;
    if (f->pool) {
        char *copy = pool_alloc_raw(f->pool, m->raw.n + 1);
        memcpy(copy, m->raw.p, m->raw.n);
        f->raw = (struct str){copy, m->raw.n};
    }
}

/* ---- arguments ---- */

/* The next word of a command: an atom, a quoted text, or a literal, which is asked for. */
static const char *word(struct session *x, struct str *rest)
{
    *rest = str_trim(*rest);
    if (rest->n && rest->p[0] == '"') {
        struct buf b CLEANUP(buf_clear);
        buf_init(&b, ARGUMENT_MAX_BYTES);
        size_t i = 1;
        for (; i < rest->n && rest->p[i] != '"'; i++) {
            i += rest->p[i] == '\\' && i + 1 < rest->n;
            buf_putc(&b, rest->p[i]);
        }
        i = MIN_OF(i + 1, rest->n);
        *rest = (struct str){rest->p + i, rest->n - i};
        return str_dup(x->pool, buf_str(&b));
    }
    if (rest->n > 2 && rest->p[0] == '{') {
        int64_t n = 0;
        struct str digits = {rest->p + 1, rest->n - 2};
        struct buf b CLEANUP(buf_clear);
        struct str line;
        buf_init(&b, ARGUMENT_MAX_BYTES);
        if (!str_to_i64(digits, &n) || n < 0 || n > ARGUMENT_MAX_BYTES) {
            return "";
        }
        line_printf(x->c, "+ Go on\r\n");
        if (line_read_bytes(x->c, (size_t)n, READ_MS, &b) != LINE_HERE ||
            line_read(x->c, READ_MS, &line) != LINE_HERE) {
            return "";
        }
        *rest = (struct str){str_dup(x->pool, line), line.n};
        return str_dup(x->pool, buf_str(&b));
    }
    struct str atom = str_cut(rest, ' ');
    *rest = rest->p ? *rest : STR("");
    return str_dup(x->pool, atom);
}

/* One bound of a range; * is the last. */
static int64_t bound(struct str text, int64_t last)
{
    int64_t n = 0;
    return str_eq(text, STR("*")) ? last : str_to_i64(text, &n) ? n : 0;
}

/* Is the number in a set such as 1:3,7,9:* ? */
static bool in_set(struct str set, int64_t n, int64_t last)
{
    while (set.p && set.n) {
        struct str range = str_cut(&set, ',');
        struct str from = str_cut(&range, ':');
        int64_t a = bound(from, last), b = range.p ? bound(range, last) : a;
        if (n >= MIN_OF(a, b) && n <= MAX_OF(a, b)) {
            return true;
        }
    }
    return false;
}

static bool chosen(const struct session *x, struct str set, bool by_uid, int at)
{
    int64_t last = by_uid ? (x->n ? x->uids[x->n - 1] : 0) : x->n;
    return in_set(set, by_uid ? x->uids[at] : at + 1, last);
}

/* ---- commands ---- */

static void sign_in(struct session *x, bool right)
{
    x->signed_in = right;
    done(x, right ? "OK" : "NO",
         right ? "[CAPABILITY " CAPABILITIES "] Welcome"
               : "[AUTHENTICATIONFAILED] The password is wrong");
}

static void log_in(struct session *x, struct str rest)
{
    word(x, &rest);
    sign_in(x, str_eq_secret(str_of(word(x, &rest)), str_of(x->s->mails->imap_password)));
}

static void authenticate(struct session *x, struct str rest)
{
    struct str line = STR("");
    if (strcasecmp(word(x, &rest), "PLAIN") != 0) {
        done(x, "NO", "Only PLAIN");
        return;
    }
    const char *given = word(x, &rest);
    if (!given[0]) {
        line_printf(x->c, "+ \r\n");
        if (line_read(x->c, READ_MS, &line) != LINE_HERE) {
            return;
        }
        given = str_dup(x->pool, line);
    }
    sign_in(x, mail_plain_ok(str_of(given), x->s->mails->imap_password));
}

static void select_box(struct session *x, struct str rest, bool read_only)
{
    if (strcasecmp(word(x, &rest), "INBOX") != 0) {
        x->selected = false;
        done(x, "NO", "[NONEXISTENT] There is only INBOX");
        return;
    }
    x->now.n = 0;
    sandbox_do(x->s, look, &x->now);
    memcpy(x->uids, x->now.uids, sizeof x->uids);
    x->n = x->now.n;
    x->selected = true;
    x->read_only = read_only;
    line_printf(x->c,
                "* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] Flags\r\n"
                "* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY %d] Ids\r\n"
                "* OK [UIDNEXT %lld] The next\r\n",
                x->n, UID_VALIDITY, x->n ? (long long)x->uids[x->n - 1] + 1 : 1);
    done(x, "OK", read_only ? "[READ-ONLY] INBOX" : "[READ-WRITE] INBOX");
}

/* Does an e-mail fit all the keys that are known here? Others fit always. */
static bool fits(struct session *x, struct str keys, int at)
{
    struct flagging f = {.uid = x->uids[at]};
    sandbox_do(x->s, flag, &f);
    struct str rest = keys;
    while (rest.n) {
        const char *key = word(x, &rest);
        if ((strcasecmp(key, "UNSEEN") == 0 && f.is_seen) ||
            (strcasecmp(key, "SEEN") == 0 && !f.is_seen) ||
            (strcasecmp(key, "UNDELETED") == 0 && f.is_deleted) ||
            (strcasecmp(key, "DELETED") == 0 && !f.is_deleted) ||
            (strcasecmp(key, "UID") == 0 && !chosen(x, str_of(word(x, &rest)), true, at)) ||
            ((isdigit((unsigned char)key[0]) || key[0] == '*') &&
             !chosen(x, str_of(key), false, at))) {
            return false;
        }
    }
    return f.found;
}

static void search(struct session *x, struct str keys, bool by_uid)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 65536);
    buf_puts(&b, "* SEARCH");
    for (int i = 0; i < x->n; i++) {
        if (fits(x, keys, i)) {
            buf_printf(&b, " %lld", by_uid ? (long long)x->uids[i] : i + 1LL);
        }
    }
    buf_puts(&b, "\r\n");
    line_write(x->c, buf_str(&b));
    done(x, "OK", "Searched");
}

static const char *flags_of(const struct flagging *f)
{
    return f->is_seen      ? f->is_deleted ? "\\Seen \\Deleted" : "\\Seen"
           : f->is_deleted ? "\\Deleted"
                           : "";
}

/* The part of an e-mail that BODY[...] names: its header, what follows that, or all. */
static struct str section(struct str raw, struct str name)
{
    size_t end = raw.n;
    for (size_t i = 0; i + 3 < raw.n && end == raw.n; i++) {
        end = memcmp(raw.p + i, "\r\n\r\n", 4) == 0 ? i + 4 : end;
    }
    if (str_starts(name, STR("HEADER"))) {
        return (struct str){raw.p, end};
    }
    return str_eq(name, STR("TEXT")) ? (struct str){raw.p + end, raw.n - end} : raw;
}

/* BODY[TEXT]<0.100>: writes what it names, and its own name before it. */
static void write_body(struct session *x, struct str item, const struct flagging *f)
{
    struct str rest = item;
    str_cut(&rest, '[');
    struct str name = rest.p ? str_cut(&rest, ']') : STR("");
    struct str part = section(f->raw, name);
    const char *origin = "";
    int64_t from = 0, n = 0;
    if (rest.p && rest.n > 2 && rest.p[0] == '<') {
        struct str range = {rest.p + 1, rest.n - 2};
        struct str first = str_cut(&range, '.');
        if (str_to_i64(first, &from) && range.p && str_to_i64(range, &n) && from >= 0 && n > 0) {
            from = MIN_OF(from, (int64_t)part.n);
            part = (struct str){part.p + from, MIN_OF((size_t)n, part.n - (size_t)from)};
            origin = pool_printf(x->pool, "<%lld>", (long long)from);
        }
    }
    bool whole = str_starts(item, STR("RFC822"));
    line_printf(x->c, whole ? STR_FMT "%s {%zu}\r\n" : "BODY[" STR_FMT "]%s {%zu}\r\n",
                STR_ARG(whole ? item : name), origin, part.n);
    line_write(x->c, part);
}

/* In capitals, without the brackets around the list. */
static struct str items_of(struct session *x, struct str text)
{
    char *copy = str_dup(x->pool, str_trim(text));
    size_t n = strlen(copy);
    for (size_t i = 0; i < n; i++) {
        copy[i] = (char)toupper((unsigned char)copy[i]);
    }
    if (n > 1 && copy[0] == '(' && copy[n - 1] == ')') {
        copy[n - 1] = '\0';
        copy++;
    }
    if (strcmp(copy, "ALL") == 0 || strcmp(copy, "FAST") == 0 || strcmp(copy, "FULL") == 0) {
        return STR("FLAGS INTERNALDATE RFC822.SIZE");
    }
    return str_of(copy);
}

/* Where the item that begins here ends: at a space outside of [ ]. */
static struct str cut_item(struct str *rest)
{
    size_t i = 0, depth = 0;
    while (i < rest->n && (rest->p[i] != ' ' || depth)) {
        depth += rest->p[i] == '[';
        depth -= rest->p[i] == ']' && depth;
        i++;
    }
    struct str item = {rest->p, i};
    i = MIN_OF(i + 1, rest->n);
    *rest = (struct str){rest->p + i, rest->n - i};
    return item;
}

static void write_date(struct session *x, struct wall created)
{
    char date[WALL_RFC2822_BYTES]; /* Thu, 24 Aug 2023 05:01:45 +0000 */
    wall_format_rfc2822(created, date);
    line_printf(x->c, "INTERNALDATE \"%.2s-%.3s-%.4s %s\"", date + 5, date + 8, date + 12,
                date + 17);
}

static void fetch_one(struct session *x, int at, struct str items, bool by_uid)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    bool bytes = memmem(items.p, items.n, "BODY", 4) || memmem(items.p, items.n, "RFC822", 6);
    bool peek = x->read_only || !memmem(items.p, items.n, "BODY[", 5);
    struct flagging f = {.uid = x->uids[at], .pool = bytes ? p : NULL};
    f.change = f.seen = f.set = !peek;
    sandbox_do(x->s, flag, &f);
    if (!f.found) {
        return;
    }
    line_printf(x->c, "* %d FETCH (", at + 1);
    const char *before = "";
    if (by_uid && !memmem(items.p, items.n, "UID", 3)) {
        line_printf(x->c, "UID %lld", (long long)x->uids[at]);
        before = " ";
    }
    while (items.n) {
        struct str item = cut_item(&items);
        line_printf(x->c, "%s", before);
        before = " ";
        if (str_eq(item, STR("UID"))) {
            line_printf(x->c, "UID %lld", (long long)x->uids[at]);
        } else if (str_eq(item, STR("FLAGS"))) {
            line_printf(x->c, "FLAGS (%s)", flags_of(&f));
        } else if (str_eq(item, STR("RFC822.SIZE"))) {
            line_printf(x->c, "RFC822.SIZE %zu", f.size);
        } else if (str_eq(item, STR("INTERNALDATE"))) {
            write_date(x, f.created);
        } else {
            write_body(x, item, &f);
        }
    }
    line_printf(x->c, ")\r\n");
}

static void fetch(struct session *x, struct str rest, bool by_uid)
{
    const char *set = word(x, &rest);
    struct str items = items_of(x, rest);
    for (int i = 0; i < x->n; i++) {
        if (chosen(x, str_of(set), by_uid, i)) {
            fetch_one(x, i, items, by_uid);
        }
    }
    done(x, "OK", "Fetched");
}

static void store(struct session *x, struct str rest, bool by_uid)
{
    const char *set = word(x, &rest), *how = word(x, &rest);
    struct str flags = items_of(x, rest);
    bool silent = strcasestr(how, ".SILENT") != NULL;
    for (int i = 0; i < x->n && !x->read_only; i++) {
        struct flagging f = {
            .uid = x->uids[i],
            .change = true,
            .set = how[0] != '-',
            .seen = memmem(flags.p, flags.n, "\\SEEN", 5) != NULL,
            .deleted = memmem(flags.p, flags.n, "\\DELETED", 8) != NULL,
        };
        if (!chosen(x, str_of(set), by_uid, i)) {
            continue;
        }
        sandbox_do(x->s, flag, &f);
        if (!silent && by_uid) {
            line_printf(x->c, "* %d FETCH (UID %lld FLAGS (%s))\r\n", i + 1, (long long)x->uids[i],
                        flags_of(&f));
        } else if (!silent) {
            line_printf(x->c, "* %d FETCH (FLAGS (%s))\r\n", i + 1, flags_of(&f));
        }
    }
    done(x, x->read_only ? "NO" : "OK",
         x->read_only ? "[READ-ONLY] Nothing can be changed" : "Stored");
}

static void expunge(struct session *x)
{
    for (int i = 0; i < x->n && !x->read_only; i++) {
        struct flagging f = {.uid = x->uids[i], .expunge = true};
        sandbox_do(x->s, flag, &f);
    }
    tell_changes(x);
    done(x, "OK", "Expunged");
}

/* Until DONE, with what comes meanwhile. */
static bool idle(struct session *x)
{
    struct str line;
    line_printf(x->c, "+ idling\r\n");
    for (;;) {
        enum line_came came = line_read(x->c, IDLE_LOOK_MS, &line);
        if (came == LINE_HERE) {
            bool ended = str_eq_nocase(str_trim(line), STR("DONE"));
            done(x, ended ? "OK" : "BAD", ended ? "Idled" : "DONE was expected");
            return true;
        }
        if (came == LINE_GONE) {
            return false;
        }
        tell_changes(x);
    }
}

/* ---- which command ---- */

static void on_messages(struct session *x, const char *verb, struct str rest, bool by_uid)
{
    if (strcasecmp(verb, "SEARCH") == 0) {
        search(x, rest, by_uid);
    } else if (strcasecmp(verb, "FETCH") == 0) {
        fetch(x, rest, by_uid);
    } else if (strcasecmp(verb, "STORE") == 0) {
        store(x, rest, by_uid);
    } else if (strcasecmp(verb, "EXPUNGE") == 0) {
        expunge(x);
    } else {
        done(x, "BAD", "There is no such command here");
    }
}

/* Commands that need nothing before them; false: it is another. */
static bool always(struct session *x, const char *verb, struct str rest)
{
    if (strcasecmp(verb, "CAPABILITY") == 0) {
        line_printf(x->c, "* CAPABILITY " CAPABILITIES "\r\n");
        done(x, "OK", "Listed");
    } else if (strcasecmp(verb, "NOOP") == 0 || strcasecmp(verb, "CHECK") == 0) {
        tell_changes(x);
        done(x, "OK", "Nothing");
    } else if (strcasecmp(verb, "LOGIN") == 0) {
        log_in(x, rest);
    } else if (strcasecmp(verb, "AUTHENTICATE") == 0) {
        authenticate(x, rest);
    } else {
        return false;
    }
    return true;
}

/* false: the connection ends. */
static bool command(struct session *x, struct str line)
{
    struct str rest = {str_dup(x->pool, line), line.n};
    x->tag = word(x, &rest);
    const char *verb = word(x, &rest);
    if (strcasecmp(verb, "LOGOUT") == 0) {
        line_printf(x->c, "* BYE\r\n");
        done(x, "OK", "Bye");
        return false;
    }
    if (always(x, verb, rest)) {
        return true;
    }
    if (!x->signed_in) {
        done(x, "NO", "Sign in first");
    } else if (strcasecmp(verb, "SELECT") == 0 || strcasecmp(verb, "EXAMINE") == 0) {
        select_box(x, rest, toupper((unsigned char)verb[0]) == 'E');
    } else if (strcasecmp(verb, "LIST") == 0) {
        line_printf(x->c, "* LIST () \"/\" INBOX\r\n");
        done(x, "OK", "Listed");
    } else if (!x->selected) {
        done(x, "NO", "Select a mailbox first");
    } else if (strcasecmp(verb, "CLOSE") == 0) {
        x->selected = false;
        done(x, "OK", "Closed");
    } else if (strcasecmp(verb, "IDLE") == 0) {
        return idle(x);
    } else if (strcasecmp(verb, "UID") == 0) {
        verb = word(x, &rest);
        on_messages(x, verb, rest, true);
    } else {
        on_messages(x, verb, rest, false);
    }
    return true;
}

void sandbox_imap_serve(void *arg, struct line_conn *c)
{
    struct session *x = xcalloc(1, sizeof *x);
    x->s = arg;
    x->c = c;
    x->pool = pool_new();
    line_printf(c, "* OK [CAPABILITY " CAPABILITIES "] The sandbox's mailbox\r\n");
    struct str line;
    for (bool go_on = true; go_on;) {
        enum line_came came = line_read(c, READ_MS, &line);
        go_on = came == LINE_HERE && command(x, line);
        pool_clear(x->pool);
    }
    pool_free(&x->pool);
    free(x);
}
