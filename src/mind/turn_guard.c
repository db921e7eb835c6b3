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
