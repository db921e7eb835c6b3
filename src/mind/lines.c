/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first wording is said first; a line that is said again goes round among the others, so that
 * the same sentence does not come twice in a row.
 */
#include "mind/lines.h"

#include "mind/say.h"

enum medium { TEXT, VOICE };

static const struct {
    enum line kind;
    enum medium medium;
    const char *wording;
} lines[] = {
#define KIND(name)
#define LINE(kind, medium, wording) {LINE_##kind, medium, wording},
#include "mind/lines.def"
#undef KIND
#undef LINE
};

static const char *const names[N_LINES] = {
#define KIND(name) #name,
#define LINE(kind, medium, wording)
#include "mind/lines.def"
#undef KIND
#undef LINE
};

const char *line_name(enum line l)
{
    return names[l];
}

const char *line_say(const struct speaker *s, enum line l, int before,
                     const struct line_words *words)
{
    const char *fit[6];
    size_t n = 0;
    bool has_voice = false;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        has_voice = has_voice || (lines[i].kind == l && lines[i].medium == VOICE);
    }
    enum medium medium = s->channel == CHANNEL_VOICE && has_voice ? VOICE : TEXT;
    for (size_t i = 0; i < ARRAY_SIZE(lines) && n < ARRAY_SIZE(fit); i++) {
        if (lines[i].kind == l && lines[i].medium == medium) {
            fit[n++] = lines[i].wording;
        }
    }
    const struct sentence_mark marks[] = {
        {"service", words->service ? words->service : ""},
        {"when", words->when ? words->when : ""},
        {"old", words->old ? words->old : ""},
        {"on", say_on(s->pool, words->when)},
        {"on_old", say_on(s->pool, words->old)},
        {"offers", words->offers ? words->offers : ""},
        {"with", words->with ? pool_printf(s->pool, " with %s", words->with) : ""},
        {"list", words->list ? words->list : ""},
        {"link", words->link ? words->link : ""},
    };
    return sentence_fill(s, fit[(size_t)before % n], marks, ARRAY_SIZE(marks));
}
