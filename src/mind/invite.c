/* SPDX-License-Identifier: Apache-2.0 */
#include "mind/invite.h"

#include "base/json_read.h"
#include "mind/lines.h"

const char *invite_url(struct pool *p, const struct turn_in *in, const json_t *result)
{
    const char *path = json_get_text(result, "calendar_path", NULL);
    bool given = path && in->public_url && in->channel != CHANNEL_VOICE;
    return given ? pool_printf(p, "%s%s", in->public_url, path) : NULL;
}

const char *invite_line(const struct speaker *s, const char *url)
{
    return line_say(s, LINE_calendar, 0, &(struct line_words){.link = url});
}

struct str invite_without(struct pool *p, struct str said)
{
    static const struct facts nothing;
    const struct speaker nobody = {.pool = p, .facts = &nothing};
    struct str words = str_of(invite_line(&nobody, ""));
    const char *at = said.n ? memmem(said.p, said.n, words.p, words.n) : NULL;
    if (!at) {
        return said;
    }
    size_t begin = (size_t)(at - said.p), end = begin + words.n;
    while (begin > 0 && said.p[begin - 1] == ' ') {
        begin--;
    }
    while (end < said.n && said.p[end] == ' ') {
        end++;
    }
    while (end < said.n && said.p[end] != ' ' && said.p[end] != '\n') {
        end++;
    }
    const char *rest =
        pool_printf(p, "%.*s%.*s", (int)begin, said.p, (int)(said.n - end), said.p + end);
    return str_trim(str_of(rest));
}
