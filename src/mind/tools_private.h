/* SPDX-License-Identifier: Apache-2.0 */
/* What the tools' files share: a call's arguments, checked, and the functions by name. */
#ifndef MIND_TOOLS_PRIVATE_H
#define MIND_TOOLS_PRIVATE_H

#include "domain/calendar.h"
#include "mind/tools.h"

struct db;

/* The arguments of any tool; NULL, 0 and false where one was left out. */
struct tool_in {
    const struct facts_service *service;   /* NULL with service_given: there is none of that key */
    const struct facts_provider *provider; /* the same */
    bool service_given, provider_given;
    const char *name, *phone, *email, *requests, *reason, *summary, *question;
    int64_t date_from, date_to; /* days since 1970-01-01 */
    int64_t time_from, time_to; /* minutes since midnight */
    bool start_exists;          /* false: the clock skips that time in spring, or there is none */
    struct wall start;
    int64_t limit, appointment_id;
};

struct tool_ctx {
    struct pool *pool;
    const struct tools_config *config;
    struct mono deadline;        /* of what is asked outside; ns == 0: none */
    struct db *db;               /* NULL when the tool does not need the store */
    struct calendar_times times; /* what is busy in the calendar outside, as far as it matters */
    const char *unchecked;       /* why that is not known; NULL: it is */
};

/* *out is owned by the caller, and set when 0 is returned. */
typedef int tool_fn(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                    struct err *e);

#define TOOL(name, writes, says) tool_fn tool_##name;
#define PARAM(name, kind, need, says)
#include "mind/tools.def"
#undef TOOL
#undef PARAM

/* Asks the calendar outside for the times around those that the arguments name: before the tool is
 * called, since it takes its time. NULL, or a sentence why it could not be asked. */
const char *tools_ask_calendar(struct tool_ctx *c, const struct tool_in *in);

/* "2026-03-05T14:00" in the business's zone; lives in pool. */
const char *tools_local(const struct tool_ctx *c, struct wall at);

/* A text or null. */
json_t *tools_text(const char *s);

#endif
