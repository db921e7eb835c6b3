/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people, and those who write transcripts, can put before the scorer: messages of any bytes
 * made UTF-8, one a form feed; those that begin with '>' are the assistant's, with '{' an event's
 * details. Beside crashes it looks for scores that have not their form.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "mind/score.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 64

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void check(const struct score_out *s)
{
    must((s->satisfaction == 0) == (s->sentiment == NULL));
    must(s->satisfaction >= 0 && s->satisfaction <= 10);
    must(s->confidence >= 0 && s->confidence <= 1);
    must(s->outcome && s->subject[0] && s->summary[0] && s->reason[0]);
    must(utf8_length(str_of(s->subject)) <= 60);
    must(utf8_valid(str_of(s->subject)) && utf8_valid(str_of(s->summary)));
    must(utf8_valid(str_of(s->reason)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"function_called", "appointment_action", "intent_detected",
                                        "escalation_requested"};
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct score_message messages[MOST];
    struct score_event events[MOST];
    struct score_in in = {
        .channel = size % 2 ? "voice" : "sms", .messages = messages, .events = events};
    struct str rest = utf8_repair(p, (struct str){(const char *)data, size});
    for (struct str part; rest.p && (part = str_cut(&rest, '\f')).p;) {
        if (str_starts(part, STR("{")) && in.n_events < MOST) {
            events[in.n_events] =
                (struct score_event){types[in.n_events % ARRAY_SIZE(types)], part};
            in.n_events++;
        } else if (in.n_messages < MOST) {
            messages[in.n_messages++] =
                (struct score_message){part.n == 0 || part.p[0] != '>', part, {0}};
        }
    }
    struct score_out s;
    score_local(p, &in, &s);
    check(&s);
    return 0;
}
