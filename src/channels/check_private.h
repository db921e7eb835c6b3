/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that check channels share: one check while it is made, in a thread of its own. */
#ifndef CHANNELS_CHECK_PRIVATE_H
#define CHANNELS_CHECK_PRIVATE_H

#include <jansson.h>

#include "base/clock.h"
#include "channels/check.h"
#include "io/http_client.h"

struct checking {
    const struct settings *settings;
    struct pool *pool; /* of this check; what is found lives there */
    const char *public_url;
    struct mono deadline;
    struct check *check;
};

/* The row of a channel. */
struct check_row {
    const char *name, *channel, *provider, *title;
    /* Is anything of it set? */
    bool (*is_on)(const struct settings *s);
    /* What can be told without asking: what is missing, and the addresses that the provider must
     * know. */
    void (*look)(struct checking *c);
    /* Asks the provider. Only when nothing is missing. */
    void (*ask)(struct checking *c);
    enum setting_id settings[10]; /* settings_on: how many */
    size_t n_settings;
};

/* The rows, by file; NULL names end them. */
extern const struct check_row check_twilio_rows[], check_meta_rows[], check_mail_rows[],
    check_model_rows[];

/* Notes a problem; the names of settings end with SETTING_COUNT. Lives in check->problems. */
void check_note(struct checking *c, enum check_problem_kind kind, const char *detail, ...);
/* INCOMPLETE with those of the settings (ended by SETTING_COUNT) that are empty; true when any. */
bool check_missing(struct checking *c, const enum setting_id *needed);

/* Milliseconds that are left; at least 1. */
int check_left_ms(const struct checking *c);

/*
 * GET, with headers as http_call has them. true when an answer with 200 came: its document is in
 * *out (NULL: no JSON), in the check's pool. Else notes why not: `secret` is the setting to blame
 * for a 401, `named` that for a 404 (SETTING_COUNT: it is only UNCLEAR).
 */
struct check_get {
    const char *url;
    const char *user, *password; /* of HTTP Basic; NULL: none */
    const char *bearer;          /* NULL or "": none */
    enum setting_id address, secret, named;
};
bool check_get(struct checking *c, const struct check_get *get, json_t **out);

/* A problem of a connection that is not by HTTP, by the error's code. */
void check_failed(struct checking *c, int rc, const struct err *e, enum setting_id address,
                  enum setting_id secret, enum setting_id ca_file);

/* An address of ours, path, at the provider; returned to be compared with what the provider has. */
struct check_hook *check_hook_add(struct checking *c, const char *what, const char *path);
/* The provider has `found` (NULL or "": none); may be with user, password and query. */
void check_hook_found(struct checking *c, struct check_hook *hook, const char *found);
/* NOT_PUBLIC or NOT_SECURE, unless the provider is a stand-in at `api_url`, which is near, too. */
void check_public(struct checking *c, const char *api_url, bool must_be_secure);

/* An address without user, password and query. Lives in pool. */
const char *check_url_shown(struct pool *p, const char *url);

#endif
