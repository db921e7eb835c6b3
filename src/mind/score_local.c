/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local scorer's judgement. What happened weighs more than what was said: where events tell the
 * outcome it stands. Else the rules find what the words show, and the judge (judge.h), who has seen
 * how people judge conversations, decides by their findings and the words; where he is not trained
 * the rules decide. Satisfaction begins at what the outcome is worth and moves by the mood, the
 * tone at the end, and the effort it took; everything that moved it stands in the reason.
 */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "mind/judge.h"
#include "mind/score_private.h"

static void note(struct buf *why, const char *what)
{
    if (why->len) {
        buf_puts(why, "; ");
    }
    buf_puts(why, what);
}

static bool reason_has(const struct view *v, const char *word)
{
    return strstr(v->happened.escalated_for, word) != NULL;
}

/* ---- outcome, by the rules ---- */

static bool complained(const struct view *v)
{
    const struct happened *h = &v->happened;
    if (h->complained) {
        /* Words that only curse a price or a talk that went wrong are no complaint to be answered.
         */
        return h->escalations == 0 ? !h->asked
                                   : !(reason_has(v, "not understood") || reason_has(v, "trouble"));
    }
    /* What they say is sometimes plain, and the answer tells how it was meant. */
    return v->complained || (v->made_good && !h->intent && v->misses == 0);
}

static bool answered(const struct view *v)
{
    return v->talk.n_assistant > 0 && v->talk.n_customer > 0 && !v->happened.errors;
}

/* An escalation for a part of it, while the rest was answered and taken. */
static bool only_in_part(const struct view *v)
{
    const char *intent = v->happened.intent ? v->happened.intent : "";
    bool info = strcmp(intent, "care") == 0 || strcmp(intent, "service_info") == 0 ||
                strcmp(intent, "payment") == 0 || strcmp(intent, "location") == 0 ||
                strcmp(intent, "provider_info") == 0 || strcmp(intent, "confirm") == 0;
    return info && v->last_asked & (CUE_BIT(THANKS) | CUE_BIT(SOLVED)) && v->bad < 10;
}

static const char *outcome_of(const struct view *v)
{
    static const char *const of_deed[] = {[DEED_BOOKED] = "appointment_scheduled",
                                          [DEED_MOVED] = "appointment_rescheduled",
                                          [DEED_CANCELLED] = "appointment_cancelled"};
    const struct happened *h = &v->happened;
    if (v->deed != DEED_NONE) {
        return of_deed[v->deed];
    }
    if (complained(v)) {
        return "complaint";
    }
    if (h->opted_out || v->asked & CUE_BIT(OPT_OUT)) {
        return "info_request";
    }
    bool wants_person = v->asked & CUE_BIT(WANT_PERSON) &&
                        (v->told & CUE_BIT(PASSED_ON) || v->last_asked & CUE_BIT(WANT_PERSON));
    bool open = !answered(v) || v->wish_open || h->failed_calls || h->medical || h->emergency ||
                v->asked & CUE_BIT(EMERGENCY) || wants_person || v->told & CUE_BIT(REFUSED);
    if (!open && !h->intent) { /* nothing recorded: the words have to tell */
        bool closed = v->last_asked & (CUE_BIT(SOLVED) | CUE_BIT(THANKS));
        open = v->told & (CUE_BIT(PASSED_ON) | CUE_BIT(HELP_PHONE)) || (v->misses > 1 && !closed) ||
               (v->misses > 0 && v->bad > v->good);
    }
    if (!open && h->escalations) {
        open = !only_in_part(v);
    }
    return open ? "unresolved" : "info_request";
}

/* ---- sentiment, by the rules ---- */

/* From here on a mood shows, in tenths. */
#define GLAD 15
#define SAD 12

static void adjust_moods(struct view *v)
{
    const struct happened *h = &v->happened;
    bool unmet = v->deed == DEED_NONE && (v->wish_open || (v->declined && v->wish));
    if (h->emergency || v->asked & CUE_BIT(EMERGENCY) || v->told & CUE_BIT(HELP_PHONE)) {
        v->bad += 20;
    }
    if (unmet && v->declined && !(v->asked & (CUE_BIT(LATER) | CUE_BIT(KEEP)))) {
        v->bad += 12; /* nothing that was offered would do */
    }
    if (unmet && v->last_asked & CUE_BIT(GAVE_UP)) {
        v->bad += 6;
    }
    if (h->complained || strcmp(v->outcome, "complaint") == 0) {
        v->bad += 12; /* however politely */
    }
    v->bad += (int)(5 * MIN_OF(v->unheard, 3u) + 5 * MIN_OF(v->repeats, 3u));
    bool answer = v->talk.n_assistant > 0 && strcmp(v->outcome, "info_request") == 0 &&
                  v->last_asked & CUE_BIT(THANKS) && !h->escalations && !h->opted_out &&
                  !(v->asked & CUE_BIT(OPT_OUT)) &&
                  !(v->told & (CUE_BIT(UNABLE) | CUE_BIT(PASSED_ON)));
    if (answer) {
        v->good += 6; /* thanks for an answer */
    }
    if (v->thanked_after && v->deed != DEED_NONE && v->deed != DEED_CANCELLED &&
        !(v->told & CUE_BIT(UNABLE))) {
        v->good += 6; /* thanks for something */
    }
}

static const char *sentiment_of(const struct view *v)
{
    bool glad = v->good >= GLAD, sad = v->bad >= SAD;
    if (glad && sad && (v->happened.complained || strcmp(v->outcome, "complaint") == 0) &&
        v->last_tone > 0) {
        return "mixed";
    }
    if (glad && sad) {
        return v->good >= 3 * v->bad ? "positive" : v->bad >= 3 * v->good ? "negative" : "mixed";
    }
    return sad ? "negative" : glad && v->good >= 2 * v->bad ? "positive" : "neutral";
}

/* ---- satisfaction ---- */

static int held(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

/* What the outcome alone is worth, in tenths. */
static int worth_of_outcome(const struct view *v, struct buf *why)
{
    const struct happened *h = &v->happened;
    if (v->deed != DEED_NONE) {
        note(why, "an appointment was arranged");
        bool sad = v->bad >= 12 && v->bad > v->good;
        return sad && v->deed == DEED_CANCELLED ? 45
               : h->complained                  ? 68
               : v->deed == DEED_CANCELLED      ? 76
                                                : 78;
    }
    if (strcmp(v->outcome, "complaint") == 0) {
        note(why, "the customer complained");
        return 35;
    }
    if (h->opted_out || v->asked & CUE_BIT(OPT_OUT)) {
        note(why, "the customer wants no more messages");
        return 50;
    }
    if (strcmp(v->outcome, "unresolved") == 0) {
        note(why, "it was left open");
        return 47;
    }
    if (v->good >= 26 && v->good > 3 * v->bad && !v->asks && v->wish == DEED_NONE &&
        !v->happened.asked) {
        note(why, "they came to praise");
        return 78;
    }
    bool dry = v->last_told & (CUE_BIT(DONT_KNOW) | CUE_BIT(UNABLE) | CUE_BIT(REFUSED)) &&
               !(v->last_asked & (CUE_BIT(THANKS) | CUE_BIT(SOLVED)));
    note(why, dry ? "they got no full answer" : "they were answered");
    return dry ? 53 : 60;
}

static int effort(const struct view *v, struct buf *why)
{
    int tenths = 0;
    if (v->repeats + v->unheard) {
        tenths -= held((int)(6 * (v->repeats + v->unheard)), 0, 18);
        note(why, "they had to say something again");
    }
    if (v->happened.failed_calls || v->happened.errors) {
        tenths -= held((int)(4 * v->happened.failed_calls + 6 * v->happened.errors), 0, 10);
        note(why, "something failed on the way");
    }
    if (v->misses > 1) {
        tenths -= held((int)(4 * (v->misses - 1)), 0, 10);
        note(why, "the assistant did not understand more than once");
    }
    if (v->talk.n_customer > 8 && v->deed != DEED_NONE) {
        tenths -= 4;
        note(why, "it took many turns");
    }
    if (v->longest_wait_s > 15 * 60) {
        tenths -= v->longest_wait_s > 4 * 3600 ? 6 : 3;
        note(why, "they waited for an answer");
    }
    return tenths;
}

static int satisfaction_of(struct view *v, struct buf *why)
{
    int tenths = worth_of_outcome(v, why);
    bool complaint = strcmp(v->outcome, "complaint") == 0;
    tenths += complaint ? held(v->good * 2 / 5, 0, 20) : held(v->good / 4, 0, 14);
    tenths -= held(v->bad * 45 / 100, 0, 28);
    tenths += held(v->last_tone * (v->last_tone < 0 ? 40 : 25) / 100, -9, 6);
    if (v->worst && v->worst->mood.worst <= -15) {
        note(why, pool_printf(v->pool, "words such as \"%.40s\"", v->worst->mood.worst_words));
    }
    if (v->asked & CUE_BIT(THANKS) && v->bad < 10) {
        note(why, "the customer thanked");
    }
    if (v->talk.n_customer > 1 && v->last_tone >= v->first_tone + 20) {
        note(why, "the mood rose towards the end");
    } else if (v->talk.n_customer > 1 && v->last_tone <= v->first_tone - 20) {
        note(why, "the mood fell towards the end");
    }
    tenths += effort(v, why);
    return held((tenths + 5) / 10, 1, 10);
}

/* ---- what cannot be judged ---- */

static size_t words_said(const struct view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->talk.n; i++) {
        n += v->talk.list[i].customer ? v->talk.list[i].tokens.n : 0;
    }
    return n;
}

/* Are there, among more than a few words, some of the commonest of English? */
static bool reads_as_english(const struct view *v)
{
    static const char common[] = " the a an to i im is it in of for my me you your u and can have "
                                 "do that this on at with be "
                                 "are was what how not no yes we ok okay thanks thank please pls "
                                 "hi hello so just if there need "
                                 "want when will ";
    size_t n = 0, known = 0, foreign = 0;
    for (size_t i = 0; i < v->talk.n && n < 200; i++) {
        const struct tokens *t = &v->talk.list[i].tokens;
        foreign += v->talk.list[i].customer ? t->n_foreign : 0;
        for (size_t k = 0; v->talk.list[i].customer && k < t->n && n < 200; k++) {
            struct str w = t->list[k].word;
            const char *at =
                t->list[k].kind == TOKEN_WORD ? memmem(common, sizeof common, w.p, w.n) : NULL;
            n += t->list[k].kind == TOKEN_WORD;
            known += at && at > common && at[-1] == ' ' && at[w.n] == ' ';
        }
    }
    return 3 * foreign <= n && (n < 6 || 12 * known >= n);
}

/* Why nobody could judge; NULL when somebody could. */
static const char *nothing_to_judge(const struct view *v)
{
    const struct happened *h = &v->happened;
    bool moved = v->good >= 12 || v->bad >= 10;
    cue_set wishes = CUE_BIT(WANT_BOOK) | CUE_BIT(WANT_MOVE) | CUE_BIT(WANT_CANCEL) |
                     CUE_BIT(AVAILABILITY) | CUE_BIT(CHECK) | CUE_BIT(COMPLAINT) |
                     CUE_BIT(WANT_PERSON) | CUE_BIT(OPT_OUT) | CUE_BIT(THANKS) | CUE_BIT(YES);
    if (v->talk.n_customer == 0) {
        return "there are no words of the customer to judge by";
    }
    if (v->deed != DEED_NONE || h->escalations || h->complained || h->opted_out) {
        return NULL;
    }
    bool idle = !h->intent || strcmp(h->intent, "other") == 0 ||
                strcmp(h->intent, "greeting") == 0 || strcmp(h->intent, "goodbye") == 0;
    if (idle && 2 * v->noises >= v->talk.n_customer) {
        return "it was nobody's wish: a wrong number, advertising or an attempt on the rules";
    }
    if (!h->intent && !reads_as_english(v)) {
        return "it does not seem to be in English, which is all that this scorer reads";
    }
    if (moved) {
        return NULL;
    }
    if (v->talk.n_assistant == 0) {
        return "nobody answered, and no word shows a mood";
    }
    if (v->told & CUE_BIT(ASK_REPLY)) {
        return NULL; /* "Reply C to confirm." "C" */
    }
    bool asks = v->asks && !(v->asked & CUE_BIT(GREETING));
    if (words_said(v) <= 2 && !(v->asked & wishes) && idle && !asks) {
        return "the customer said too little to judge by";
    }
    return NULL;
}

/* ---- the judge ---- */

void score_view(struct pool *p, const struct score_in *in, struct view *v)
{
    *v = (struct view){.pool = p, .in = in};
    talk_read(p, in, &v->talk);
    happened_read(p, in, &v->happened);
    course_read(v);
    v->deed = v->happened.deed ? v->happened.deed : v->happened.recorded ? DEED_NONE : v->said_deed;
    if (v->happened.intent) {
        /* Understood better than the words alone can be. */
        v->wish_open = v->happened.wished != DEED_NONE;
        v->wish = v->happened.wished ? v->happened.wished : v->wish;
    }
    v->wish_open = v->deed == DEED_NONE && (v->wish_open || v->happened.failed_calls);
    v->outcome = outcome_of(v);
    adjust_moods(v);
    v->sentiment = sentiment_of(v);
}

/* The likeliest outcome that the records leave open. */
static enum judged_outcome likeliest_outcome(const struct view *v, const struct judged *j)
{
    enum judged_outcome best = OUTCOME_UNRESOLVED;
    for (int k = v->happened.recorded ? OUTCOME_INFO : 0; k < N_OUTCOMES; k++) {
        best = j->outcomes[k] > j->outcomes[best] ? (enum judged_outcome)k : best;
    }
    if (best == OUTCOME_INFO && v->happened.escalations && !v->happened.intent && !v->asks) {
        return OUTCOME_UNRESOLVED; /* passed on, for whatever reason */
    }
    /* What was not delivered was no answer. */
    return best == OUTCOME_INFO && v->happened.errors ? OUTCOME_UNRESOLVED : best;
}

static void take_outcome(struct view *v, enum judged_outcome outcome)
{
    static const enum deed deeds[N_OUTCOMES] = {[OUTCOME_SCHEDULED] = DEED_BOOKED,
                                                [OUTCOME_RESCHEDULED] = DEED_MOVED,
                                                [OUTCOME_CANCELLED] = DEED_CANCELLED};
    v->outcome = outcome_name(outcome);
    v->deed = deeds[outcome];
    v->wish_open = outcome == OUTCOME_UNRESOLVED && v->wish != DEED_NONE;
}

/* The mood that is shown and the sums that stand for it agree. */
static void take_mood(struct view *v, enum judged_mood mood)
{
    v->sentiment = mood_name(mood);
    bool glad = mood == MOOD_POSITIVE || mood == MOOD_MIXED;
    bool sad = mood == MOOD_NEGATIVE || mood == MOOD_MIXED;
    v->good = glad ? MAX_OF(v->good, GLAD) : mood == MOOD_NEUTRAL ? MIN_OF(v->good, GLAD) : v->good;
    v->bad = sad ? MAX_OF(v->bad, SAD + 8) : MIN_OF(v->bad, mood == MOOD_NEUTRAL ? SAD : v->good);
}

void score_judged_by(const struct judge_model *m, struct pool *p, const struct score_in *in,
                     struct score_out *out)
{
    struct view v;
    struct judged j;
    CLEANUP(buf_clear) struct buf why;
    buf_init(&why, 1000);
    score_view(p, in, &v);
    struct score_out s = {.scored_by = "local"};
    const char *nothing = nothing_to_judge(&v);
    struct judge_features *f = pool_alloc(p, sizeof *f);
    judge_features(&v, f);
    if (!nothing && judge(m, f, &j)) {
        if (v.happened.deed == DEED_NONE) {
            take_outcome(&v, likeliest_outcome(&v, &j));
        }
        enum judged_mood mood = MOOD_POSITIVE;
        for (int k = 0; k < N_MOODS; k++) {
            mood = j.moods[k] > j.moods[mood] ? (enum judged_mood)k : mood;
        }
        take_mood(&v, mood);
        s.confidence = round(100 * (double)j.moods[mood]) / 100;
    }
    if (nothing) {
        v.sentiment = NULL;
    } else {
        s.satisfaction = satisfaction_of(&v, &why);
        s.sentiment = v.sentiment;
    }
    s.outcome = v.outcome;
    s.subject = tell_subject(&v);
    s.summary = tell_summary(&v);
    s.reason = nothing ? nothing : str_dup(p, buf_str(&why));
    *out = s;
}

void score_local(struct pool *p, const struct score_in *in, struct score_out *out)
{
    score_judged_by(&judge_built_in, p, in, out);
}
