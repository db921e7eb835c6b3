/* SPDX-License-Identifier: Apache-2.0 */
/* A script as JSON: the list in sandbox_voice.h, each step with exactly one of its names. */
#include "base/json_read.h"
#include "sandbox/sandbox_voice_private.h"

#define MS_MAX 3600000

static int number_of(const json_t *v, const char *name, int64_t least, int64_t most, int *out,
                     struct err *e)
{
    int64_t n = json_is_integer(v) ? json_integer_value(v) : INT64_MIN;
    if (n < least || n > most) {
        return err_field(e, ERR_INVALID, "script", "%s is a number from %lld to %lld", name,
                         (long long)least, (long long)most);
    }
    *out = (int)n;
    return 0;
}

static int words_of(const json_t *v, const char *name, const char **out, struct err *e)
{
    *out = json_string_value(v);
    return *out && **out ? 0 : err_field(e, ERR_INVALID, "script", "%s is a text", name);
}

static int read_say(struct speak *speak, struct pool *p, const json_t *v, struct actor_step *s,
                    struct err *e)
{
    const char *words;
    int rc = words_of(v, "say", &words, e);
    if (rc == 0) {
        *s = (struct actor_step){STEP_SOUND, .text = pool_strdup(p, words),
                                 .sound = voice_say(speak, p, words)};
    }
    return rc;
}

static int read_play(struct pool *p, const json_t *v, struct actor_step *s, struct err *e)
{
    const char *text;
    struct str file;
    s->kind = STEP_SOUND;
    int rc = words_of(v, "play", &text, e);
    if (rc == 0 && !base64_decode(p, str_of(text), &file)) {
        rc = err_field(e, ERR_INVALID, "script", "play is a file's bytes in base64");
    }
    return rc ? rc : voice_read_sound(p, file, &s->sound, e);
}

static int read_press(struct pool *p, const json_t *v, struct actor_step *s, struct err *e)
{
    const char *keys;
    int rc = words_of(v, "press", &keys, e);
    if (rc == 0 && (strspn(keys, "0123456789*#") != strlen(keys) || strlen(keys) > VOICE_DIGITS)) {
        rc = err_field(e, ERR_INVALID, "script", "press has keys of a telephone: 0 to 9, * and #");
    }
    *s = (struct actor_step){STEP_PRESS, .text = pool_strdup(p, keys)};
    return rc;
}

static int read_tone(struct pool *p, const json_t *step, const json_t *v, struct actor_step *s,
                     struct err *e)
{
    int hz = 0, ms = 500;
    const json_t *length = json_object_get(step, "ms");
    int rc = number_of(v, "tone", 50, 3900, &hz, e);
    if (rc == 0 && length) {
        rc = number_of(length, "ms", 20, 600000, &ms, e);
    }
    *s = (struct actor_step){STEP_SOUND, .sound = rc ? STR("") : voice_tone(p, hz, ms)};
    return rc;
}

/* A step of which only a time is known. */
static int read_time(enum actor_step_kind kind, const char *name, const json_t *step,
                     const json_t *v, struct actor_step *s, struct err *e)
{
    *s = (struct actor_step){kind, .patience_ms = ACTOR_PATIENCE_MS};
    const json_t *patience = json_object_get(step, "patience_ms");
    int rc = number_of(v, name, 0, MS_MAX, &s->ms, e);
    if (rc == 0 && patience) {
        rc = number_of(patience, "patience_ms", 0, MS_MAX, &s->patience_ms, e);
    }
    return rc;
}

static int read_step(struct speak *speak, struct pool *p, const json_t *step, struct actor_step *s,
                     struct err *e)
{
    static const struct {
        const char *name;
        enum actor_step_kind kind;
    } rows[] = {
        {"say", STEP_SOUND},           {"play", STEP_SOUND},  {"tone", STEP_SOUND},
        {"silence", STEP_SILENCE},     {"press", STEP_PRESS}, {"wait", STEP_WAIT},
        {"interrupt", STEP_INTERRUPT}, {"stall", STEP_STALL}, {"crash", STEP_CRASH},
        {"hangup", STEP_HANGUP},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const json_t *v = json_object_get(step, rows[i].name);
        if (!v) {
            continue;
        }
        *s = (struct actor_step){.kind = rows[i].kind};
        switch (rows[i].kind) {
        case STEP_SOUND:
            return i == 0   ? read_say(speak, p, v, s, e)
                   : i == 1 ? read_play(p, v, s, e)
                            : read_tone(p, step, v, s, e);
        case STEP_PRESS:
            return read_press(p, v, s, e);
        case STEP_CRASH:
        case STEP_HANGUP:
            return 0;
        default:
            return read_time(rows[i].kind, rows[i].name, step, v, s, e);
        }
    }
    return err_field(e, ERR_INVALID, "script",
                     "a step is one of say, play, tone, silence, press, wait, interrupt, stall, "
                     "crash and hangup");
}

int voice_read_script(struct speak *speak, struct pool *p, const json_t *script, struct actor *out,
                      struct err *e)
{
    size_t n = json_array_size(script), i;
    if (!json_is_array(script) || n > VOICE_STEPS_MAX) {
        return err_field(e, ERR_INVALID, "script", "script is a list of at most %d steps",
                         VOICE_STEPS_MAX);
    }
    struct actor_step *steps = pool_calloc(p, n + 1, sizeof *steps);
    json_t *step;
    json_array_foreach (script, i, step) {
        int rc = read_step(speak, p, step, &steps[i], e);
        if (rc) {
            return rc;
        }
    }
    actor_init(out, steps, n);
    return 0;
}
