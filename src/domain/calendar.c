/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in calendar, and what all calendars share. */
#include "domain/calendar.h"

#include <stdio.h>

#include "base/codec.h"

#define ID_CHARACTERS 32

static struct calendar_place nowhere(const struct calendar *c, const struct facts *f,
                                     const char *provider)
{
    (void)c;
    (void)f;
    (void)provider;
    return (struct calendar_place){NULL, false};
}

static int never_busy(struct calendar *c, struct pool *p, const struct calendar_query *q,
                      struct calendar_times *out, struct err *e)
{
    (void)c;
    (void)p;
    (void)q;
    (void)e;
    *out = (struct calendar_times){0};
    return 0;
}

static int keep_nothing(struct calendar *c, struct pool *p, const struct calendar_event *event,
                        int64_t *retry_after_ms, struct err *e)
{
    (void)c;
    (void)p;
    (void)event;
    (void)retry_after_ms;
    (void)e;
    return 0;
}

static int remove_nothing(struct calendar *c, struct pool *p, const char *calendar, const char *id,
                          int64_t *retry_after_ms, struct err *e)
{
    (void)c;
    (void)p;
    (void)calendar;
    (void)id;
    (void)retry_after_ms;
    (void)e;
    return 0;
}

static void free_nothing(struct calendar *c)
{
    (void)c;
}

const struct calendar_ops calendar_builtin = {
    .name = "built-in",
    .place = nowhere,
    .busy = never_busy,
    .put = keep_nothing,
    .remove = remove_nothing,
    .free = free_nothing,
};

static const struct calendar_ops *ops_of(const struct calendar *c)
{
    return c ? c->ops : &calendar_builtin;
}

bool calendar_keeps(const struct calendar *c)
{
    return ops_of(c) != &calendar_builtin;
}

struct calendar_place calendar_place(const struct calendar *c, const struct facts *f,
                                     const char *provider)
{
    return ops_of(c)->place(c, f, provider);
}

int calendar_busy(struct calendar *c, struct pool *p, const struct calendar_query *q,
                  struct calendar_times *out, struct err *e)
{
    return ops_of(c)->busy(c, p, q, out, e);
}

void calendar_free(struct calendar **c)
{
    if (c && *c) {
        (*c)->ops->free(*c);
        *c = NULL;
    }
}

const char *calendar_event_id(struct pool *p, int64_t appointment, struct wall created,
                              int64_t number)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv"; /* base32hex, RFC 4648 */
    unsigned char digest[SHA256_BYTES];
    char made[WALL_TEXT_BYTES];
    wall_format(created, made);
    sha256(str_of(pool_printf(p, "event %lld %s %lld", (long long)appointment, made,
                              (long long)number)),
           digest);
    char *id = pool_alloc(p, ID_CHARACTERS + 1);
    for (size_t i = 0; i < ID_CHARACTERS; i++) { /* eight characters are five bytes */
        unsigned two = (unsigned)digest[i * 5 / 8] << 8 | digest[i * 5 / 8 + 1];
        id[i] = digits[two >> (11 - i * 5 % 8) & 31];
    }
    return id;
}
