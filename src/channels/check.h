/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the ways to the customers work: for each provider that the settings name, whether it can
 * be reached, takes what it is shown, and sends its webhooks to us. Only harmless questions are
 * asked, each within a few seconds, all at the same time, in threads of their own. What is found
 * holds no secret: of an address neither user nor password nor query, of a setting only its name.
 */
#ifndef CHANNELS_CHECK_H
#define CHANNELS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/settings.h"

#define CHECK_PROBLEMS_MAX 6
#define CHECK_HOOKS_MAX 2
#define CHECK_NAMED_MAX 4 /* settings that a problem names */

enum check_problem_kind {
#define PROBLEM(name, grave, says, advice) CHECK_##name,
#include "channels/check_problems.def"
#undef PROBLEM
    CHECK_PROBLEM_KINDS
};

struct check_problem {
    enum check_problem_kind kind;
    const char *detail; /* more of it, such as what the provider said; NULL: nothing */
    enum setting_id settings[CHECK_NAMED_MAX]; /* where to mend it */
    size_t n_settings;
};

/* An address of ours that the provider must know. */
struct check_hook {
    const char *what; /* message, call, parse, event */
    const char *url;
    bool asked;        /* the provider told what it has */
    bool right;        /* and it is this */
    const char *found; /* what it has instead; NULL: nothing */
};

enum check_state {
    CHECK_OFF,    /* not set up */
    CHECK_SET_UP, /* but nobody was asked */
    CHECK_GOOD,
    CHECK_DOUBTFUL, /* works, or may; something should be looked at */
    CHECK_WRONG,
};

struct check {
    const char *name;     /* sms_twilio, ...: of the enum channel_part in ops/schemas.def */
    const char *channel;  /* sms, whatsapp, mail_out, mail_in, voice, model */
    const char *provider; /* twilio, meta, sendgrid, smtp, imap, openai */
    const char *title;    /* in words */
    enum check_state state;
    bool asked, reached, accepted; /* of the provider; accepted: our credentials */
    struct check_problem problems[CHECK_PROBLEMS_MAX];
    size_t n_problems;
    struct check_hook hooks[CHECK_HOOKS_MAX];
    size_t n_hooks;
    const enum setting_id *settings; /* on which it depends */
    size_t n_settings;
    int64_t took_ms; /* 0 when nobody was asked */
};

/*
 * All of them, in the order in which they are shown; *out lives in pool. `ask`: the providers, too;
 * that blocks, for CHECK_LONGEST_MS at most.
 */
#define CHECK_LONGEST_MS 6000
void channels_check(const struct settings *s, struct pool *p, bool ask, struct check **out,
                    size_t *n_out);

/* "off", "set_up", "good", "doubtful", "wrong" */
const char *check_state_name(enum check_state state);
/* Its name, and two sentences: what is wrong, and what to do. */
const char *check_problem_name(enum check_problem_kind kind);
const char *check_problem_says(enum check_problem_kind kind);
const char *check_problem_advice(enum check_problem_kind kind);
bool check_problem_is_grave(enum check_problem_kind kind);

/* A setting's value as it may be shown: settings_shown, and of an address no user, password or
 * query. Lives in pool. */
const char *check_setting_shown(const struct settings *s, enum setting_id id, struct pool *p);

#endif
