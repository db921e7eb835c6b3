/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first scorer. What happened weighs more than what was said: the outcome comes from events
 * first and from words only when there are none. Satisfaction begins in the middle and moves by
 * the outcome, the mood (the last words count double), unanswered escalations and questions that
 * had to be asked again. Everything that moved it stands in the reason.
 */
#include "mind/score.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "mind/score_private.h"
#include "mind/topics.h"

struct view {
    struct pool *pool;
    const struct score_in *in;
    size_t n_inbound, n_outbound;
    struct str first_words;
    int good, bad;             /* the customer's mood over all */
    int first_tone, last_tone; /* of their first and last message with words */
    const char *worst;
    int repeated; /* times that they had to ask the same again */
    bool thanked;
    const char *action; /* outcome by an appointment_action; NULL: none */
    int escalations;
    const char *escalated_for;
    bool complained;
    bool opted_out;
    const char *intent; /* the weightiest intent that was detected */
    bool failed;        /* an error or an undelivered answer */
    struct buf why;
};

static void note(struct view *v, const char *what)
{
    if (v->why.len) {
        buf_puts(&v->why, "; ");
    }
    buf_puts(&v->why, what);
}

static const char *detail(struct pool *p, const struct score_event *e, const char *key)
{
    json_t *doc = NULL;
    if (e->details.n == 0 || json_read(p, e->details, &doc, NULL) != 0) {
        return "";
    }
    return json_get_text(doc, key, "");
}

static const char *outcome_of_action(const char *action)
{
    static const struct {
        const char *starts, *outcome;
    } rows[] = {{"book", "appointment_scheduled"},
                {"schedul", "appointment_scheduled"},
                {"resched", "appointment_rescheduled"},
                {"move", "appointment_rescheduled"},
                {"cancel", "appointment_cancelled"}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (str_starts(str_of(action), str_of(rows[i].starts))) {
            return rows[i].outcome;
        }
    }
    return NULL;
}

/* Which intent tells most about a conversation. */
static int weight_of_intent(const char *intent)
{
    static const char *const rising[] = {
        "other",        "greeting", "thanks",  "goodbye",       "small_talk",
        "location",     "payment",  "care",    "provider_info", "service_info",
        "availability", "confirm",  "book",    "reschedule",    "cancel",
        "person",       "medical",  "opt_out", "complaint",     "emergency"};
    for (size_t i = 0; i < ARRAY_SIZE(rising); i++) {
        if (strcmp(intent, rising[i]) == 0) {
            return (int)i;
        }
    }
    return 0;
}

static void read_event(struct view *v, const struct score_event *e)
{
    if (strcmp(e->type, "intent_detected") == 0) {
        const char *intent = detail(v->pool, e, "intent");
        if (intent[0] && (!v->intent || weight_of_intent(intent) > weight_of_intent(v->intent))) {
            v->intent = intent;
        }
        v->complained = v->complained || strcmp(intent, "complaint") == 0;
    } else if (strcmp(e->type, "escalation_requested") == 0) {
        v->escalations++;
        v->escalated_for = detail(v->pool, e, "reason");
        v->complained = v->complained || strcmp(v->escalated_for, "complaint") == 0;
    } else if (strcmp(e->type, "appointment_action") == 0) {
        const char *outcome = outcome_of_action(detail(v->pool, e, "action"));
        v->action = outcome ? outcome : v->action;
    } else if (strcmp(e->type, "opt_out") == 0) {
        v->opted_out = true;
    } else if (strcmp(e->type, "error") == 0 || strcmp(e->type, "delivery_failed") == 0) {
        v->failed = true;
    }
}

/* Has the customer said nearly this before? Compared by words, so that case does not matter. */
static bool said_before(const struct words *all, size_t n, const struct words *now)
{
    for (size_t i = 0; i < n; i++) {
        size_t same = 0;
        while (same < now->n && same < all[i].n &&
               str_eq(all[i].list[same].text, now->list[same].text)) {
            same++;
        }
        if (now->n >= 2 && same == now->n && same == all[i].n) {
            return true;
        }
    }
    return false;
}

/*
 * What the customer said in a message. A call is one message that holds both sides, a turn a line
 * ("Customer: ...", "Ava: ..."); the other side's turns are counted as answers.
 */
static struct str customers_words(struct view *v, struct str content)
{
    static const struct str mark = STR("Customer:");
    bool transcript = str_starts(content, mark), theirs = false;
    for (size_t i = 0; !transcript && i + mark.n < content.n; i++) {
        transcript = content.p[i] == '\n' &&
                     str_starts((struct str){content.p + i + 1, content.n - i - 1}, mark);
    }
    if (!transcript) {
        return content;
    }
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, content.n + 1);
    for (struct str line, rest = content; rest.p && (line = str_cut(&rest, '\n')).p;) {
        ptrdiff_t colon = str_index(line, ':', 0);
        if (str_starts(line, mark)) {
            theirs = true;
            line = str_trim((struct str){line.p + mark.n, line.n - mark.n});
        } else if (colon > 0 && colon < 20 && str_index(line, ' ', 0) > colon) {
            theirs = false;
            v->n_outbound++;
        }
        if (theirs && line.n) {
            buf_put_str(&b, line);
            buf_putc(&b, '\n');
        }
    }
    return str_trim((struct str){str_dup(v->pool, buf_str(&b)), b.len});
}

static void read_messages(struct view *v)
{
    struct words *all = pool_calloc(v->pool, v->in->n_messages, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < v->in->n_messages; i++) {
        const struct score_message *m = &v->in->messages[i];
        if (!m->inbound) {
            v->n_outbound++;
            continue;
        }
        v->n_inbound++;
        struct str said = customers_words(v, m->content);
        v->first_words = v->first_words.n ? v->first_words : str_trim(said);
        words_read(v->pool, said, &all[n]);
        struct feeling f = feeling_of(v->pool, said, &all[n]);
        struct topics t;
        topics_find(&all[n], &t);
        v->good += f.good;
        v->bad += f.bad;
        v->worst = f.worst ? f.worst : v->worst;
        v->repeated += said_before(all, n, &all[n]);
        v->thanked = v->thanked || t.has[TOPIC_THANKS];
        v->complained = v->complained || (t.has[TOPIC_COMPLAINT] && !t.weak[TOPIC_COMPLAINT]);
        if (all[n].n > 0 || all[n].pictures) {
            v->last_tone = f.good - f.bad;
            v->first_tone = n == 0 ? v->last_tone : v->first_tone;
            n++;
        }
    }
}

/* What came of it: by events first, by words only when there are none. */
static const char *outcome_of(const struct view *v)
{
    if (v->action) {
        return v->action;
    }
    if (v->complained) {
        return "complaint";
    }
    bool open = v->escalations > 0 || v->failed || v->n_outbound == 0 || v->n_inbound == 0;
    return open && !v->opted_out ? "unresolved" : "info_request";
}

static int held(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

/* In tenths of a point, so that small things add up. */
static int satisfaction_of(struct view *v, const char *outcome)
{
    int tenths = 65;
    if (v->action) {
        tenths += 10;
        note(v, "an appointment was arranged");
    } else if (strcmp(outcome, "unresolved") == 0) {
        tenths -= 12;
        note(v, "it was left open");
    } else if (strcmp(outcome, "complaint") == 0) {
        tenths -= 20;
        note(v, "the customer complained");
    }
    tenths += held(6 * v->good, 0, 25) - held(8 * v->bad, 0, 40);
    if (v->worst) {
        note(v, pool_printf(v->pool, "words such as \"%.40s\"", v->worst));
    }
    if (v->thanked && v->bad == 0) {
        note(v, "the customer thanked");
    }
    tenths += held(4 * v->last_tone, -12, 8);
    if (v->n_inbound > 1 && v->last_tone >= v->first_tone + 2) {
        note(v, "the mood rose towards the end");
    } else if (v->n_inbound > 1 && v->last_tone <= v->first_tone - 2) {
        note(v, "the mood fell towards the end");
    }
    if (v->repeated) {
        tenths -= held(8 * v->repeated, 0, 20);
        note(v, v->repeated == 1 ? "a question was asked again" : "questions were asked again");
    }
    if (v->failed) {
        tenths -= 8;
        note(v, "something failed on the way");
    }
    if (v->opted_out) {
        tenths -= 10;
        note(v, "the customer wants no more messages");
    }
    return held((tenths + 5) / 10, 1, 10);
}

static const char *sentiment_of(const struct view *v)
{
    if (v->good >= 2 && v->bad >= 2) {
        return v->good >= 3 * v->bad ? "positive" : v->bad >= 3 * v->good ? "negative" : "mixed";
    }
    if (v->bad >= 2 || (v->bad == 1 && v->good == 0 && v->complained)) {
        return "negative";
    }
    return v->good >= 1 && v->bad == 0 ? "positive" : "neutral";
}

/* One line, cut at a word: at most 60 characters. */
static const char *start_of_words(struct pool *p, struct str text)
{
    struct str line = str_trim(text);
    char *copy = str_dup(p, line);
    for (char *c = copy; *c; c++) {
        *c = *c == '\n' || *c == '\r' || *c == '\t' ? ' ' : *c;
    }
    struct str rest = {copy, line.n};
    size_t characters = 0, word = 0;
    while (rest.n && characters < 60) {
        if (rest.p[0] == ' ') {
            word = (size_t)(rest.p - copy);
        }
        (void)utf8_next(&rest);
        characters++;
    }
    size_t used = (size_t)(rest.p - copy);
    if (rest.n && rest.p[0] != ' ' && word > 0) {
        used = word;
    }
    return str_dup(p, str_trim((struct str){copy, used}));
}

static const char *subject_of(struct view *v, const char *outcome)
{
    static const struct {
        const char *name, *subject;
    } rows[] = {{"appointment_scheduled", "Appointment booking"},
                {"appointment_rescheduled", "Appointment rescheduling"},
                {"appointment_cancelled", "Appointment cancellation"},
                {"complaint", "Complaint"},
                {"book", "Wish for an appointment"},
                {"reschedule", "Wish for another time"},
                {"cancel", "Wish to cancel"},
                {"emergency", "Emergency"},
                {"medical", "Medical question"},
                {"person", "Wish to speak with a person"},
                {"opt_out", "Wants no more messages"}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool by_outcome = strcmp(outcome, rows[i].name) == 0;
        if (by_outcome || (v->intent && strcmp(v->intent, rows[i].name) == 0)) {
            return rows[i].subject;
        }
    }
    return v->first_words.n ? start_of_words(v->pool, v->first_words) : "Conversation";
}

static const char *about(const struct view *v)
{
    static const struct {
        const char *intent, *about;
    } rows[] = {{"location", "opening hours or the way"},
                {"service_info", "services and prices"},
                {"payment", "payment"},
                {"provider_info", "who gives a service"},
                {"care", "care before or after a visit"},
                {"availability", "free times"},
                {"book", "a new appointment"},
                {"reschedule", "moving an appointment"},
                {"cancel", "cancelling an appointment"},
                {"confirm", "an appointment they have"},
                {"complaint", "a complaint"},
                {"person", "speaking with a person"},
                {"medical", "a medical matter"},
                {"emergency", "an emergency"},
                {"opt_out", "getting no more messages"}};
    for (size_t i = 0; v->intent && i < ARRAY_SIZE(rows); i++) {
        if (strcmp(v->intent, rows[i].intent) == 0) {
            return rows[i].about;
        }
    }
    return NULL;
}

static const char *summary_of(const struct view *v, const char *outcome)
{
    static const struct {
        const char *outcome, *ending;
    } rows[] = {{"appointment_scheduled", "An appointment was booked."},
                {"appointment_rescheduled", "The appointment was moved."},
                {"appointment_cancelled", "The appointment was cancelled."},
                {"info_request", "They were answered."},
                {"complaint", "A person of the staff should answer."},
                {"unresolved", "It is not settled yet."}};
    const char *ending = "";
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        ending = strcmp(outcome, rows[i].outcome) == 0 ? rows[i].ending : ending;
    }
    const char *topic = about(v);
    const char *passed = v->escalations && !v->action ? " It was passed on to the staff." : "";
    return topic ? pool_printf(v->pool, "The customer wrote about %s. %s%s", topic, ending, passed)
                 : pool_printf(v->pool, "The customer wrote %zu message%s. %s%s", v->n_inbound,
                               v->n_inbound == 1 ? "" : "s", ending, passed);
}

/* Is there anything by which a person could judge? */
static bool judgeable(const struct view *v)
{
    return v->n_inbound > 0 && (v->good || v->bad || v->action || v->escalations || v->intent ||
                                v->complained || v->n_outbound > 0);
}

void score_local(struct pool *p, const struct score_in *in, struct score_out *out)
{
    struct view v = {.pool = p, .in = in};
    buf_init(&v.why, 1000);
    for (size_t i = 0; i < in->n_events; i++) {
        read_event(&v, &in->events[i]);
    }
    read_messages(&v);
    const char *outcome = outcome_of(&v);
    struct score_out s = {.outcome = outcome, .scored_by = "local"};
    s.subject = subject_of(&v, outcome);
    if (!judgeable(&v)) {
        s.summary =
            v.n_inbound ? "The customer wrote and nobody answered." : "The customer said nothing.";
        s.reason = v.n_inbound ? "there is no answer and no word that shows a mood"
                               : "there is no message of the customer to judge by";
    } else {
        s.satisfaction = satisfaction_of(&v, outcome);
        s.sentiment = sentiment_of(&v);
        s.summary = summary_of(&v, outcome);
        s.confidence = v.good + v.bad >= 3 || v.action ? 0.8 : v.good + v.bad ? 0.6 : 0.4;
        s.reason =
            v.why.len ? str_dup(p, buf_str(&v.why)) : "an ordinary exchange without strong words";
    }
    buf_clear(&v.why);
    *out = s;
}
