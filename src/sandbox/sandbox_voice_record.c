/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a call's sound: Record's messages, whose WAV the product fetches by the address
 * that the callback names, and the whole call for whoever asked the sandbox for it.
 */
#include "sandbox/sandbox_voice_private.h"

#define BEEP_MS 500
#define SILENCE_S 5
#define LENGTH_S 3600

/* ---- the verb ---- */

void voice_record(struct voice_leg *leg)
{
    leg->doing = DOING_RECORD;
    leg->kept_n = 0;
    leg->last_digit = '\0';
    leg->left_ms = (int64_t)twiml_get_int(leg->verb, "timeout", SILENCE_S) * 1000;
    if (strcmp(twiml_get(leg->verb, "playBeep", "true"), "true") == 0) {
        voice_moment(leg, "heard", "(beep)", 0);
        leg->sound_ms = BEEP_MS; /* whoever waits for the beep speaks after it */
    }
}

static void keep(struct voice_leg *leg, const uint8_t frame[ACTOR_FRAME])
{
    if (leg->kept_n + ACTOR_FRAME > VOICE_SOUND_BYTES) {
        return;
    }
    if (leg->kept_n + ACTOR_FRAME > leg->kept_room) {
        leg->kept_room = MAX_OF(leg->kept_room * 2, (size_t)8000 * 10);
        leg->kept = xrealloc(leg->kept, leg->kept_room);
    }
    memcpy(leg->kept + leg->kept_n, frame, ACTOR_FRAME);
    leg->kept_n += ACTOR_FRAME;
}

void voice_record_tick(struct voice_leg *leg, const struct actor_does *does)
{
    int silence_ms = twiml_get_int(leg->verb, "timeout", SILENCE_S) * 1000;
    int most_s = twiml_get_int(leg->verb, "maxLength", LENGTH_S);
    keep(leg, does->frame);
    leg->left_ms = does->speaks ? silence_ms : leg->left_ms - ACTOR_TICK_MS;
    bool full = leg->kept_n >= (size_t)most_s * 8000;
    bool finished =
        does->digit && strchr(twiml_get(leg->verb, "finishOnKey", "1234567890*#"), does->digit);
    if (finished) {
        char digit[2] = {does->digit, '\0'};
        voice_record_over(leg, digit);
    } else if (full || leg->left_ms <= 0) {
        voice_record_over(leg, "");
    }
}

static struct voice_recording *add_recording(struct voice_leg *leg)
{
    struct voice *v = leg->voice;
    int64_t seq = ++v->recordings_next;
    struct voice_recording *r = &v->recordings[(size_t)seq % VOICE_RECORDINGS];
    free(r->ulaw);
    *r = (struct voice_recording){.status = "completed", .source = "RecordVerb"};
    voice_make_sid(r->sid, "RE", seq);
    memcpy(r->call_sid, leg->sid, sizeof r->call_sid);
    r->created = wall_now();
    r->ulaw = leg->kept;
    r->n = leg->kept_n;
    leg->kept = NULL;
    leg->kept_n = leg->kept_room = 0;
    return r;
}

struct voice_recording *voice_find_recording(struct voice *v, struct str sid)
{
    for (size_t i = 0; i < VOICE_RECORDINGS; i++) {
        if (v->recordings[i].sid[0] && str_eq(str_of(v->recordings[i].sid), sid)) {
            return &v->recordings[i];
        }
    }
    return NULL;
}

static void reported(struct voice_leg *leg, const struct voice_answer *a)
{
    voice_moment(leg, "reported", "recording", a->status);
}

void voice_record_over(struct voice_leg *leg, const char *digits)
{
    struct sandbox *s = leg->voice->s;
    struct pool *p = leg->pool;
    const struct twiml *verb = leg->verb;
    bool absent = leg->kept_n == 0;
    const struct voice_recording *r = add_recording(leg);
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%zu", (r->n + 7999) / 8000);
    const char *url = pool_printf(p, "http://127.0.0.1:%d/2010-04-01/Accounts/%s/Recordings/%s",
                                  sandbox_port(s), s->account, r->sid);
    char date[WALL_RFC2822_BYTES];
    wall_format_rfc2822(r->created, date);
    struct form_pair fields[] = {
        {STR("RecordingUrl"), str_of(url)},
        {STR("RecordingSid"), str_of(r->sid)},
        {STR("RecordingDuration"), str_of(seconds)},
        {STR("Digits"), str_of(digits ? digits : "hangup")},
        {STR("RecordingStatus"), str_of(absent ? "absent" : "completed")},
        {STR("RecordingChannels"), STR("1")},
        {STR("RecordingSource"), STR("RecordVerb")},
        {STR("RecordingTrack"), STR("inbound")},
        {STR("RecordingStartTime"), str_of(date)},
    };
    const size_t of_action = 4;
    voice_moment(leg, "recorded", r->sid, (int64_t)r->n / 8);
    const char *callback = twiml_get(verb, "recordingStatusCallback", NULL);
    if (callback) {
        voice_post(leg, voice_url(leg, callback), fields, ARRAY_SIZE(fields), SANDBOX_ON_CALLBACKS,
                   reported);
    }
    if (digits) {
        voice_verb_over(leg, fields, of_action);
    } else if (twiml_get(verb, "action", NULL)) { /* they hung up: it is told, and that is all */
        voice_post(leg, voice_url(leg, twiml_get(verb, "action", "")), fields, of_action,
                   SANDBOX_ON_CALLBACKS, reported);
    }
}

/* ---- the whole call ---- */

void voice_tape(struct voice_leg *leg, const uint8_t left[ACTOR_FRAME],
                const uint8_t right[PLAYBACK_FRAME])
{
    size_t more = (size_t)ACTOR_FRAME * 2;
    if (!leg->recorded || leg->tape_n + more > VOICE_SOUND_BYTES * 2) {
        return;
    }
    if (leg->tape_n + more > leg->tape_room) {
        leg->tape_room = MAX_OF(leg->tape_room * 2, (size_t)16000 * 10);
        leg->tape = xrealloc(leg->tape, leg->tape_room);
    }
    for (size_t i = 0; i < ACTOR_FRAME; i++) {
        leg->tape[leg->tape_n++] = left[i];
        leg->tape[leg->tape_n++] = right[i];
    }
}
