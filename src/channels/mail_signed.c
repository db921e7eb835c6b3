/* SPDX-License-Identifier: Apache-2.0 */
/* The signature belongs to the new words only where it stands right below them: further down it may
 * be that of what they answer. */
#include "channels/mail_signed.h"

#include "mind/people.h"

#define NAME_MAX_BYTES 200

/* The first line below "-- ". */
static struct str signature_line(struct str words, struct str whole)
{
    struct str text = str_trim(whole);
    if (!str_starts(text, words)) {
        return (struct str){NULL, 0};
    }
    struct str rest = str_trim((struct str){text.p + words.n, text.n - words.n});
    struct str mark = str_cut(&rest, '\n');
    return str_eq(str_trim(mark), STR("--")) && rest.p ? str_trim(str_cut(&rest, '\n'))
                                                       : (struct str){NULL, 0};
}

static const char *find(struct pool *p, struct str text)
{
    struct people found;
    people_find(p, text, false, "1", NULL, 0, &found);
    return found.loose || !found.name || strlen(found.name) > NAME_MAX_BYTES ? NULL : found.name;
}

const char *mail_signed_name(struct pool *p, struct str words, struct str whole)
{
    words = str_trim(words);
    const char *name = find(p, words);
    struct str line = name ? (struct str){NULL, 0} : signature_line(words, whole);
    if (name || line.n == 0) {
        return name;
    }
    /* As it would stand without the mark. */
    return find(
        p, str_of(pool_printf(p, STR_FMT "\n\nBest,\n" STR_FMT, STR_ARG(words), STR_ARG(line))));
}
