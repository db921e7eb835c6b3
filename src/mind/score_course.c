/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The course of a conversation, by what was said: what the customer wanted, what the assistant
 * offered and said that it did, where it went in circles, and how the tone moved.
 */
#include <stdlib.h>

#include "mind/score_private.h"

struct course {
    struct view *v;
    bool offered;    /* by the assistant's last words */
    enum deed offer; /* what it offered to do; DEED_NONE: not said, so a time */
    bool accepted;   /* by the customer's last words */
};

static enum deed wish_of(cue_set cues)
{
    /* "Can't make it, can we move it": the more particular wish counts. */
    return cues & CUE_BIT(WANT_MOVE)                             ? DEED_MOVED
           : cues & CUE_BIT(WANT_CANCEL)                         ? DEED_CANCELLED
           : cues & (CUE_BIT(WANT_BOOK) | CUE_BIT(AVAILABILITY)) ? DEED_BOOKED
                                                                 : DEED_NONE;
}

/* Does a reply to an offer name a time of it: "the 2 pm one", "thursday then"? */
static bool names_a_time(const struct tokens *t)
{
    static const char *const days = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
                                    "today|tomorrow|first|second|third|last|earlier|later|noon|"
                                    "mon|tues|tue|wed|thurs|thu|fri|sat|#";
    size_t end;
    for (size_t i = 0; i < t->n; i++) {
        if (t->sentences[t->list[i].sentence].asks) {
            return false;
        }
        if (phrase_at(t, days, i, &end)) {
            return true;
        }
    }
    return false;
}

static void customer_said(struct course *c, const struct utterance *u)
{
    struct view *v = c->v;
    enum deed wish = wish_of(u->cues);
    bool no = (u->cues & (CUE_BIT(NO) | CUE_BIT(GAVE_UP) | CUE_BIT(LATER))) != 0;
    bool yes = (u->cues & CUE_BIT(YES)) != 0;
    c->accepted = c->offered && (yes || (!no && names_a_time(&u->tokens)));
    if (wish != DEED_NONE && !(u->cues & CUE_BIT(KEEP))) {
        bool asks_only = wish == DEED_BOOKED && u->cues & CUE_BIT(CHECK);
        v->wish = asks_only && v->wish ? v->wish : wish;
        v->wish_open = v->wish_open || !asks_only;
    } else if (c->accepted && (c->offer || (v->wish == DEED_NONE && !v->checked))) {
        v->wish = c->offer ? c->offer : DEED_BOOKED;
        v->wish_open = true;
    }
    if (u->cues & (CUE_BIT(KEEP) | CUE_BIT(LATER))) {
        v->wish_open = false; /* withdrawn in peace */
    }
    v->checked = v->checked || (u->cues & CUE_BIT(CHECK) && wish == DEED_NONE);
    v->declined = c->offered ? no && !yes : v->declined;
    v->unheard += (u->cues & CUE_BIT(NOT_HEARD)) != 0;
    v->thanked_after = v->thanked_after || (u->cues & CUE_BIT(THANKS) && v->said_deed);
    for (size_t i = 0; i < u->tokens.n_sentences; i++) {
        v->asks = v->asks || u->tokens.sentences[i].asks;
    }
    /* That there is no free time is a pity; that they say so is no complaint yet. */
    bool only_full = v->wish_open && v->told & CUE_BIT(UNABLE) && u->mood.worst > -25;
    bool at_us = u->cues & CUE_BIT(COMPLAINT) && u->mood.worst <= -10 && !only_full;
    v->complained = v->complained || (at_us && v->misses == 0);
    v->noises += (u->cues & CUE_BIT(NOISE)) != 0;
    v->asked |= u->cues;
    v->last_asked = u->cues;
    v->last = u;
}

static void assistant_said(struct course *c, const struct utterance *u)
{
    struct view *v = c->v;
    enum deed deed = DEED_NONE;
    bool failed = (u->cues & (CUE_BIT(UNABLE) | CUE_BIT(FAILED))) != 0;
    bool stands =
        u->cues & (CUE_BIT(STANDS) | CUE_BIT(DONE)) && c->accepted && v->wish_open && !failed;
    bool to_cancel = v->wish == DEED_CANCELLED && u->cues & CUE_BIT(DONE);
    if (u->cues & CUE_BIT(MOVED)) {
        deed = DEED_MOVED;
    } else if (u->cues & CUE_BIT(BOOKED) && (v->wish || c->accepted || !v->checked)) {
        deed = v->wish == DEED_MOVED ? DEED_MOVED : DEED_BOOKED;
    } else if (u->cues & CUE_BIT(CANCELLED) || (stands && to_cancel)) {
        deed = DEED_CANCELLED;
    } else if (stands && v->wish != DEED_CANCELLED) {
        deed = v->wish == DEED_MOVED ? DEED_MOVED : DEED_BOOKED;
    }
    if (deed == DEED_MOVED && v->said_deed == DEED_BOOKED) {
        deed = DEED_BOOKED; /* what was booked a moment ago, put right */
    }
    if (deed != DEED_NONE) {
        v->said_deed = deed;
        v->settled = u;
        v->wish_open = false;
    }
    bool sorry = u->cues & CUE_BIT(APOLOGY) && u->cues & CUE_BIT(MANAGER);
    v->made_good = v->made_good || (sorry && !(v->asked & CUE_BIT(WANT_PERSON)));
    c->offer = u->cues & CUE_BIT(OFFER_CANCEL) ? DEED_CANCELLED
               : u->cues & CUE_BIT(OFFER_MOVE) ? DEED_MOVED
                                               : DEED_NONE;
    c->offered = c->offer || u->cues & CUE_BIT(OFFER);
    v->offered = v->offered || c->offered;
    c->offered = c->offered && !(u->cues & CUE_BIT(HOST) && v->last == NULL); /* the opening */
    v->misses += (u->cues & (CUE_BIT(DONT_KNOW) | CUE_BIT(FAILED))) != 0;
    v->told |= u->cues;
    v->last_told = u->cues;
}

/* Nearly the same words, three at least: asked again. */
static bool says_the_same(const struct tokens *a, const struct tokens *b)
{
    size_t same = 0;
    if (a->n < 3 || b->n < 3 || a->n > 60 || b->n > 60) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        for (size_t k = 0; k < b->n; k++) {
            if (str_eq(a->list[i].word, b->list[k].word)) {
                same++;
                break;
            }
        }
    }
    return 10 * same >= 9 * a->n && 10 * a->n >= 8 * b->n && 10 * b->n >= 8 * a->n;
}

/* The assistant gives what it gave before, or the end of it: it did not hear. */
static bool gives_the_same(const struct talk *t, size_t at)
{
    const struct tokens *now = &t->list[at].tokens;
    for (size_t back = 2; back <= 4 && back <= at; back++) {
        const struct tokens *before = &t->list[at - back].tokens;
        size_t same = 0;
        while (same < now->n && same < before->n &&
               str_eq(now->list[now->n - 1 - same].word, before->list[before->n - 1 - same].word)) {
            same++;
        }
        if (!t->list[at - back].customer && now->n >= 5 && same == now->n) {
            return true;
        }
    }
    return false;
}

/* Looked for among the few before it: nobody repeats what they said an hour of talk ago. */
static unsigned repeats_before(const struct talk *t, size_t at)
{
    unsigned n = 0;
    for (size_t back = 1; back <= 12 && back <= at; back++) {
        const struct utterance *u = &t->list[at - back];
        n += u->customer && says_the_same(&u->tokens, &t->list[at].tokens);
    }
    return MIN_OF(n, 1u);
}

static void weigh_moods(struct view *v)
{
    size_t at = 0, n = v->talk.n_customer;
    int64_t good = 0, bad = 0;
    for (size_t i = 0; i < v->talk.n; i++) {
        const struct utterance *u = &v->talk.list[i];
        if (!u->customer) {
            continue;
        }
        int tone = u->mood.good - u->mood.bad;
        int64_t percent = n > 1 ? 75 + (int64_t)(50 * at / (n - 1)) : 100;
        good += u->mood.good * percent / 100;
        bad += u->mood.bad * percent / 100;
        v->first_tone = at == 0 ? tone : v->first_tone;
        v->last_tone = tone;
        v->worst = !v->worst || u->mood.worst < v->worst->mood.worst ? u : v->worst;
        at++;
    }
    v->good = (int)MIN_OF(good, 100000);
    v->bad = (int)MIN_OF(bad, 100000);
}

static void note_waits(struct view *v)
{
    struct wall asked = {0};
    v->longest_wait_s = -1;
    for (size_t i = 0; i < v->talk.n; i++) {
        const struct utterance *u = &v->talk.list[i];
        if (u->customer) {
            asked = asked.us ? asked : u->at;
        } else {
            if (asked.us && u->at.us) {
                int64_t s = (u->at.us - asked.us) / 1000000;
                v->longest_wait_s = MAX_OF(v->longest_wait_s, s);
            }
            asked = (struct wall){0};
        }
    }
}

void course_read(struct view *v)
{
    struct course c = {.v = v};
    for (size_t i = 0; i < v->talk.n; i++) {
        const struct utterance *u = &v->talk.list[i];
        if (u->customer) {
            customer_said(&c, u);
            v->repeats += repeats_before(&v->talk, i);
        } else {
            assistant_said(&c, u);
            v->misses += i > 1 && gives_the_same(&v->talk, i);
        }
    }
    bool last_is_theirs = v->talk.n && v->talk.list[v->talk.n - 1].customer;
    cue_set closes = CUE_BIT(THANKS) | CUE_BIT(BYE) | CUE_BIT(YES) | CUE_BIT(SOLVED);
    v->unanswered = last_is_theirs && !(v->last_asked & closes);
    weigh_moods(v);
    note_waits(v);
}
