/* SPDX-License-Identifier: Apache-2.0 */
/* The engines in the order in which a call tries them. */
#include "cli/voice_of_settings.h"

#include "base/log.h"
#include "base/settings.h"
#include "voice/desk.h"
#include "voice/engine.h"
#include "voice/local.h"
#include "voice/recordings.h"

#define ENGINES_MAX 4

struct row {
    const struct engine_ops *ops;
    bool (*is_set_up)(const struct settings *s); /* for "auto"; NULL: always */
};

/* A key is there, or a server of one's own, which may need none. */
static bool has_realtime(const struct settings *s)
{
    return s->realtime_key[0] || s->openai_api_key[0] ||
           s->origins[SETTING_realtime_url].source != SETTING_DEFAULT;
}

/* To add an engine: a row here, and its name in the sentence of voice_engine. */
static const struct row rows[] = {
    {&engine_realtime, has_realtime},
    {&engine_local, NULL},
    {NULL, NULL},
};

static bool is_wanted(const struct settings *s, const struct row *r)
{
    if (strcmp(s->voice_engine, "auto") == 0) {
        return !r->is_set_up || r->is_set_up(s);
    }
    return strcmp(s->voice_engine, r->ops->name) == 0;
}

static void free_local(void *arg)
{
    struct voice_local *l = arg;
    voice_local_free(&l);
}

/* Lives until p ends. */
static int make_local(const struct settings *s, struct pool *p, struct model *model,
                      struct voice_local **out, struct err *e)
{
    struct voice_local_config c = {
        .hear = {.url = s->hear_url,
                 .key = s->hear_key,
                 .model = s->hear_model,
                 .timeout_ms = (int)s->hear_timeout,
                 .decoders = (int)s->hear_decoders},
        .speak = {.voice = s->speak_voice,
                  .url = s->speak_url,
                  .key = s->speak_key,
                  .model = s->speak_model,
                  .timeout_ms = (int)s->speak_timeout},
        .model = model,
        .pre_roll_ms = (int)s->hear_before,
        .hangover_ms = (int)s->hear_silence,
        .text_from = s->twilio_number,
    };
    int rc = voice_local_new(&c, out, e);
    if (rc == 0) {
        pool_on_free(p, free_local, *out);
    }
    return rc;
}

/* The number from which a caller who cannot be heard is sent a text; NULL: none can be sent. */
static const char *texts_from(const struct settings *s)
{
    bool can = s->twilio_number[0] && s->twilio_account_sid[0] && s->twilio_auth_token[0];
    return can ? s->twilio_number : NULL;
}

int voice_of_settings(const struct settings *s, struct pool *p, struct store *store,
                      struct calendar *calendar, struct model *model, const char *instance,
                      struct voice_desk **out, struct err *e)
{
    static const char *const names[] = {"auto", "realtime", "local"};
    size_t one = sizeof(struct engine_ops *); /* NOLINT(bugprone-sizeof-expression): a pointer */
    const struct engine_ops **engines = pool_calloc(p, ENGINES_MAX + 1, one);
    size_t n = 0;
    bool known = false;
    struct voice_local *local = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        known |= strcmp(s->voice_engine, names[i]) == 0;
    }
    if (!known) {
        return settings_refuse(s, SETTING_voice_engine, e, "must be auto, realtime or local");
    }
    for (const struct row *r = rows; r->ops && n < ENGINES_MAX; r++) {
        if (!is_wanted(s, r)) {
            continue;
        }
        int rc = r->ops == &engine_local ? make_local(s, p, model, &local, e) : 0;
        if (rc == ERR_UNAVAILABLE && strcmp(s->voice_engine, "auto") == 0) {
            log_warn("calls have no local engine", LOG_TEXT("why", err_text(e, rc)));
            continue;
        }
        if (rc < 0) {
            return rc;
        }
        engines[n++] = r->ops;
    }
    if (n == 0) {
        *out = NULL;
        return 0;
    }
    const char *folder = NULL;
    int rc = s->voice_recording ? recordings_folder(p, s->data_dir, &folder, e) : 0;
    if (rc < 0) {
        return rc;
    }
    struct voice_desk_config *config = pool_alloc(p, sizeof *config);
    *config = (struct voice_desk_config){.settings = s,
                                         .store = store,
                                         .instance = pool_strdup(p, instance),
                                         .calendar = calendar,
                                         .local = local,
                                         .text_from = texts_from(s),
                                         .recordings = folder,
                                         .engines = engines};
    return voice_desk_new(config, out, e);
}
