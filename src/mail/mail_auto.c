/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail that no person wrote (RFC 3834, and what mail programs say beside it). Answering it may go
 * on for ever; so a person's mail that looks like it is the smaller mistake: it is stored, and
 * seen.
 */
#include <ctype.h>

#include "mail/mail_private.h"

const char *mail_auto_name(enum mail_auto kind)
{
    static const char *const names[N_MAIL_AUTO] = {
        [MAIL_BOUNCE] = "bounce",
        [MAIL_REPORT] = "report",
        [MAIL_CALENDAR] = "calendar",
        [MAIL_VACATION] = "vacation",
        [MAIL_AUTO_SUBMITTED] = "auto_submitted",
        [MAIL_LIST] = "list",
        [MAIL_BULK] = "bulk",
        [MAIL_NO_REPLY] = "no_reply",
    };
    return names[kind];
}

/* What absence notices are called in their subjects, where they begin. */
static const char *const absences[] = {
    "automatic reply",
    "automatic response",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "out of office",
    "out of the office",
    "out-of-office",
    "ooo:",
    "on vacation",
    "vacation",
    "away from",
    "automatische antwort",
    "abwesenheit",
    "abwesend",
    "nicht im büro",
    "réponse automatique",
    "reponse automatique",
    "absence du bureau",
    "absent du bureau",
    "absence :",
    "message d'absence",
    "message d’absence",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "ausencia",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "assente",
    "automatisch antwoord",
    "automatische beantwoording",
    "afwezig",
    "niet aanwezig",
    "resposta automática",
    "resposta automatica",
    "ausência",
    "fora do escritório",
    "ausente",
    "odpowiedź automatyczna",
    "automatyczna odpowiedź",
    "nieobecność",
    "poza biurem",
    "autosvar",
    "automatiskt svar",
    "automatisk svar",
    "frånvaro",
    "fraværende",
    "ikke til stede",
    "automaattinen vastaus",
    "poissa",
    "автоответ",
    "автоматический ответ",
    "отсутств",
    "自動返信",
    "自動応答",
    "不在",
    "自动回复",
};

struct finding {
    struct pool *p;
    GMimeObject *head;
    bool report;
    struct mail *m;
};

static bool found(struct finding *f, enum mail_auto kind, const char *name, const char *value)
{
    if (f->m->automatic == MAIL_BY_PERSON) {
        f->m->automatic = kind;
        f->m->auto_reason = pool_printf(f->p, "%s: %.120s", name, value);
        f->m->auto_reason = mail_line_text(f->p, f->m->auto_reason, 200);
    }
    return true;
}

/* 0: the subject is no notice's; 1: begins like one, as a person's may; 2: is one's. */
static int absence(struct finding *f)
{
    struct str subject = mail_base_subject(str_of(f->m->subject));
    int most = 0;
    for (size_t i = 0; i < ARRAY_SIZE(absences); i++) {
        if (mail_starts_nocase(subject, absences[i])) {
            struct str rest = {subject.p + strlen(absences[i]), subject.n - strlen(absences[i])};
            rest = str_trim(rest);
            bool is = !rest.n || rest.p[0] == ':' || str_ends(str_of(absences[i]), STR(":"));
            most = MAX_OF(most, is ? 2 : 1);
        }
    }
    return most;
}

static const char *header(struct finding *f, const char *name)
{
    return mail_header(f->p, f->head, name);
}

static bool by_report(struct finding *f)
{
    struct mail *m = f->m;
    if (m->has_bounce) {
        return found(f, MAIL_BOUNCE, "Delivery report",
                     m->bounce.status ? m->bounce.status : m->bounce.action);
    }
    if (f->report) {
        return found(f, MAIL_REPORT, "Content-Type", "multipart/report");
    }
    if (m->has_calendar) {
        return found(f, MAIL_CALENDAR, "Calendar", m->calendar.method);
    }
    return false;
}

static bool is_no(const char *value)
{
    struct str rest = str_of(value);
    return str_eq_nocase(str_trim(str_cut(&rest, ';')), STR("no"));
}

static bool is_submitted(const char *submitted)
{
    return submitted && submitted[0] && !is_no(submitted);
}

/* Headers that only programs write which answer by themselves; NULL when there is none. */
static const char *responder_header(struct finding *f)
{
    static const char *const names[] = {"X-Autoreply",      "X-Autorespond",    "X-Auto-Reply",
                                        "X-Autoreply-From", "X-Mail-Autoreply", "X-Vacation",
                                        "X-Autoresponder",  "X-Auto-Responder", "X-AutoReply-Type"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *value = header(f, names[i]);
        if (value && !str_eq_nocase(str_of(value), STR("no"))) {
            return names[i];
        }
    }
    return NULL;
}

/* An absence notice: by a subject that is one's, or one that may be when a machine wrote it. */
static bool by_absence(struct finding *f)
{
    const char *submitted = header(f, "Auto-Submitted");
    int is = absence(f);
    if (submitted && mail_has_nocase(str_of(submitted), "vacation")) {
        return found(f, MAIL_VACATION, "Auto-Submitted", submitted);
    }
    bool machine = is_submitted(submitted) || responder_header(f) || header(f, "Precedence") ||
                   (f->m->return_path && !f->m->return_path[0]);
    return (is == 2 || (is == 1 && machine)) && found(f, MAIL_VACATION, "Subject", f->m->subject);
}

static bool by_submission(struct finding *f)
{
    static const char *const suppressing[] = {"all", "autoreply", "oof", "dr"};
    const char *submitted = header(f, "Auto-Submitted");
    if (is_submitted(submitted)) {
        return found(f, MAIL_AUTO_SUBMITTED, "Auto-Submitted", submitted);
    }
    const char *responder = responder_header(f);
    if (responder) {
        return found(f, MAIL_AUTO_SUBMITTED, responder, header(f, responder));
    }
    const char *suppress = header(f, "X-Auto-Response-Suppress");
    for (size_t i = 0; suppress && i < ARRAY_SIZE(suppressing); i++) {
        struct str rest = str_of(suppress);
        for (struct str word; rest.p && (word = str_cut(&rest, ',')).p;) {
            if (str_eq_nocase(str_trim(word), str_of(suppressing[i]))) {
                return found(f, MAIL_AUTO_SUBMITTED, "X-Auto-Response-Suppress", suppress);
            }
        }
    }
    if (f->m->return_path && !f->m->return_path[0]) {
        return found(f, MAIL_AUTO_SUBMITTED, "Return-Path", "<>");
    }
    const char *precedence = header(f, "Precedence");
    return precedence && mail_has_nocase(str_of(precedence), "auto") &&
           found(f, MAIL_AUTO_SUBMITTED, "Precedence", precedence);
}

static bool by_list(struct finding *f)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(f->head);
    int n = g_mime_header_list_get_count(list);
    for (int i = 0; i < n; i++) {
        const char *name = g_mime_header_get_name(g_mime_header_list_get_header_at(list, i));
        if (name && mail_starts_nocase(str_of(name), "List-")) {
            return found(f, MAIL_LIST, name, header(f, name) ? header(f, name) : "");
        }
    }
    const char *precedence = header(f, "Precedence");
    if (!precedence) {
        return false;
    }
    if (mail_has_nocase(str_of(precedence), "list")) {
        return found(f, MAIL_LIST, "Precedence", precedence);
    }
    return (mail_has_nocase(str_of(precedence), "bulk") ||
            mail_has_nocase(str_of(precedence), "junk")) &&
           found(f, MAIL_BULK, "Precedence", precedence);
}

static bool by_loop(struct finding *f)
{
    const char *loop = header(f, "X-Loop");
    return loop && found(f, MAIL_AUTO_SUBMITTED, "X-Loop", loop);
}

/* "no-reply", "do.not_reply" and "noreply-123" alike. */
static bool is_unread(struct str local)
{
    static const char *const starts[] = {"noreply",        "donotreply",  "nepasrepondre",
                                         "nichtantworten", "noresponder", "nonrispondere",
                                         "notreply",       "noanswer",    "keineantwort"};
    char plain[80];
    size_t n = 0;
    for (size_t i = 0; i < local.n && n < sizeof plain - 1; i++) {
        if (isalnum((unsigned char)local.p[i])) {
            plain[n++] = local.p[i];
        }
    }
    struct str s = {plain, n};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (mail_starts_nocase(s, starts[i]) ||
            (n > strlen(starts[i]) &&
             mail_starts_nocase((struct str){plain + n - strlen(starts[i]), strlen(starts[i])},
                                starts[i]))) {
            return true;
        }
    }
    return false;
}

static bool by_sender(struct finding *f)
{
    static const char *const systems[] = {"mailer-daemon", "postmaster", "owner-",    "bounce",
                                          "bounces",       "listserv",   "majordomo", "mdaemon"};
    struct str local = str_of(f->m->from.address);
    local.n = (size_t)MAX_OF(str_index(local, '@', 0), 0);
    for (size_t i = 0; i < ARRAY_SIZE(systems); i++) {
        size_t n = strlen(systems[i]);
        bool begins = mail_starts_nocase(local, systems[i]);
        if (begins &&
            (local.n == n || !isalpha((unsigned char)local.p[n]) || systems[i][n - 1] == '-')) {
            return found(f, MAIL_NO_REPLY, "From", f->m->from.address);
        }
    }
    if (str_ends(local, STR("-request")) || is_unread(local)) {
        return found(f, MAIL_NO_REPLY, "From", f->m->from.address);
    }
    return false;
}

void mail_auto_find(struct pool *p, GMimeObject *head, bool report, struct mail *m)
{
    struct finding f = {p, head, report, m};
    (void)(by_report(&f) || by_absence(&f) || by_submission(&f) || by_list(&f) || by_loop(&f) ||
           by_sender(&f));
}
