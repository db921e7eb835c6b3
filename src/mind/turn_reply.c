/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of an answer put together in the channel's manner: within two segments of a text, a
 * breath of speech; a letter with greeting and sign-off.
 */
#include "base/utf8.h"
#include "mind/invite.h"
#include "mind/manner.h"
#include "mind/turn_private.h"

/* The text cut to so many bytes, at a sentence if one ends in its second half, else at a word. */
static const char *cut_to(struct pool *p, const char *text, size_t room)
{
    struct str s = utf8_prefix(str_of(text), room);
    if (s.n == strlen(text)) {
        return text;
    }
    size_t word = 0, sentence = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ') {
            word = i;
            sentence = i && strchr(".!?", s.p[i - 1]) ? i : sentence;
        }
    }
    if (sentence > room / 3) {
        return pool_strndup(p, text, sentence);
    }
    return room > 20 && word ? pool_printf(p, "%.*s...", (int)MIN_OF(word, room - 3), text) : "";
}

static const char *joined(struct pool *p, const char *a, const char *b)
{
    return a[0] && b[0] ? pool_printf(p, "%s %s", a, b) : a[0] ? a : b;
}

static const char *as_letter(struct turn *t, const char *body)
{
    const struct facts *f = t->facts;
    const char *hello =
        t->speaker.name ? pool_printf(t->pool, "Hi %s,", t->speaker.name) : "Hello,";
    return pool_printf(t->pool, "%s\n\n%s\n\nBest regards,\n%s%s%s", hello, body,
                       f->assistant_name ? f->assistant_name : "The virtual assistant",
                       f->business_name ? "\n" : "", f->business_name ? f->business_name : "");
}

/* For the ear: no more of an answer than can be kept in mind beside what is asked. */
static const char *for_ear(struct turn *t, const char *facts, const char *action)
{
    int asked = manner_count(str_of(action));
    int most = asked ? MAX_OF(1, VOICE_SENTENCES - asked) : VOICE_SENTENCES - 1;
    struct str s = manner_sentences(str_of(facts), most);
    return pool_strndup(t->pool, s.p, s.n);
}

/* The parts that fit, with the sentence about what is done or passed on, which always fits; and the
 * link, if one is given and that has room. */
static const char *compose(struct turn *t, const char *link)
{
    size_t room = manner_room(t->in->channel);
    const char *action = t->action ? t->action : "";
    const char *facts = "";
    for (size_t i = 0; i < t->n_parts; i++) {
        const char *more = joined(t->pool, facts, t->parts[i]);
        if (strlen(action) + 1 + strlen(more) <= room) {
            facts = more;
        } else if (!facts[0] && strlen(action) + 80 < room) {
            facts = cut_to(t->pool, t->parts[i], room - strlen(action) - 1);
        }
    }
    if (t->in->channel == CHANNEL_VOICE) {
        facts = for_ear(t, facts, action);
    }
    const char *all =
        t->action_first ? joined(t->pool, action, facts) : joined(t->pool, facts, action);
    if (link && strlen(all) + 1 + strlen(link) <= room) {
        all = joined(t->pool, all, link);
    }
    if (t->in->channel == CHANNEL_EMAIL && all[0]) {
        return as_letter(t, all);
    }
    const char *hello = t->speaker.name ? pool_printf(t->pool, "Hi %s!", t->speaker.name) : "Hi!";
    bool greets = turn_has(t, TOPIC_GREETING) && !t->memory.greeted && t->n_parts > 0;
    if (greets && strlen(all) + strlen(hello) < room) {
        all = joined(t->pool, hello, all);
    }
    return all;
}

void turn_compose(struct turn *t)
{
    const char *bare = compose(t, NULL);
    t->out.reply = bare[0] ? bare : NULL;
    if (!t->calendar_url) {
        return;
    }
    const char *linked = compose(t, invite_line(&t->speaker, t->calendar_url));
    if (strcmp(linked, bare) != 0) {
        t->out.reply = linked;
        t->out.bare_reply = bare;
        t->out.calendar_url = t->calendar_url;
    }
}
