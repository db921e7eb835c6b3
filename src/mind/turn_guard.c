/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a language model's turn needs of the local engine: its guards, for which it is asked without
 * tools, so that it only talks; and its memory, kept up to date, so that it can go on when the
 * model cannot.
 */
#include "mind/memory.h"
#include "mind/turn.h"
#include "mind/understand.h"

bool turn_guard(struct pool *p, const struct turn_in *in, struct turn_out *out)
{
    struct turn_in bare = *in;
    struct turn_out local;
    bare.tools = NULL;
    if (turn_engine_local.take(p, &bare, &local, NULL) < 0) {
        *out = (struct turn_out){.intent = "other"};
        return false;
    }
    bool guarded = local.guarded;
    *out = guarded ? local : (struct turn_out){.intent = local.intent};
    return guarded;
}

/* Where the history goes on after the assistant's own last words. */
static size_t after_own_words(const struct turn_in *in)
{
    size_t i = in->n_history;
    while (i > 0 && (in->history[i - 1].inbound || in->history[i - 1].colleague)) {
        i--;
    }
    return i;
}

struct str turn_rejoined(struct pool *p, const struct turn_in *in)
{
    static const struct facts nothing;
    const struct facts *facts = in->facts ? in->facts : &nothing;
    size_t from = after_own_words(in);
    bool colleague = false;
    for (size_t i = from; i < in->n_history; i++) {
        colleague = colleague || in->history[i].colleague;
    }
    if (!colleague) {
        return in->state;
    }
    struct memory memory;
    memory_read(p, in->state, &memory);
    struct talk *talk = &memory.talk;
    memory.greeted = true;
    talk->asked = ASKED_NOTHING;
    talk->n_offers = 0;
    talk->misses = 0;
    struct str before = {"", 0};
    for (size_t i = from; i < in->n_history; i++) {
        const struct turn_said *said = &in->history[i];
        if (!said->inbound) {
            talk_listen(p, talk, said->content, facts, said->at);
            before = said->content;
            continue;
        }
        struct understood u;
        struct understand_in question = {.text = said->content,
                                         .channel = in->channel,
                                         .facts = facts,
                                         .talk = talk,
                                         .said_before = before,
                                         .now = said->at};
        understand(p, &question, &u);
        talk_note(talk, &u);
    }
    return memory_write(p, &memory);
}

struct str turn_overheard(struct pool *p, const struct turn_in *in, const char *reply)
{
    static const struct facts nothing;
    const struct facts *facts = in->facts ? in->facts : &nothing;
    struct memory memory;
    struct understood u;
    memory_read(p, in->state, &memory);
    memory.turns++;
    memory.greeted = true;
    struct understand_in question = {.text = in->text,
                                     .channel = in->channel,
                                     .facts = facts,
                                     .talk = &memory.talk,
                                     .said_before = turn_said_before(in),
                                     .now = in->now};
    understand(p, &question, &u);
    talk_note(&memory.talk, &u);
    if (reply) {
        talk_listen(p, &memory.talk, str_of(reply), facts, in->now);
    }
    return memory_write(p, &memory);
}
