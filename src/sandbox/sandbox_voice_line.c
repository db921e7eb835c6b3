/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call from the webhook to its end: what TwiML asks for is done verb by verb, in the call's own
 * time, while the person at the telephone speaks and hears. A verb that takes time says so in
 * `doing`; whatever ends it calls voice_verb_over, whatever ends the call voice_end.
 */
#include "sandbox/sandbox_realtime.h"
#include "sandbox/sandbox_voice_private.h"

#define MS_PER_CHARACTER 60 /* of what Twilio's own voice says */
#define PLAY_MS 1000        /* a file that is not fetched counts as so long */
#define GATHER_S 5
#define HUMAN_MS 2000 /* a person is known by then */
#define GREETING_OVER_MS 800
#define DETECT_MS 30000

static bool is(const struct twiml *verb, const char *name)
{
    return strcmp(verb->name, name) == 0;
}

/* ---- addresses ---- */

static bool is_absolute(const char *url)
{
    return str_starts(str_of(url), STR("http://")) || str_starts(str_of(url), STR("https://"));
}

/* An attribute's address, as it stands or seen from the document's own. */
const char *voice_url(struct voice_leg *leg, const char *url)
{
    struct pool *p = leg->doc_pool;
    if (!url[0] || is_absolute(url)) {
        return url[0] ? url : leg->doc_url;
    }
    const char *host = strstr(leg->doc_url, "://");
    if (!host) {
        voice_moment(leg, "error", "the document has no address that this is relative to", 11100);
        return "";
    }
    const char *end = host + 3 + strcspn(host + 3, "/?");
    if (url[0] != '/') {
        const char *slash = end + strcspn(end, "?");
        while (slash > end && slash[-1] != '/') {
            slash--;
        }
        end = slash;
    }
    return pool_printf(p, "%.*s%s%s", (int)(end - leg->doc_url), leg->doc_url,
                       url[0] == '/' || *end == '/' || end[-1] == '/' ? "" : "/", url);
}

/* ---- TwiML's answer ---- */

static void failed(struct voice_leg *leg, const char *why, int code)
{
    voice_moment(leg, "error", why, code);
    voice_end(leg, strcmp(leg->status, "ringing") == 0 ? "failed" : "completed");
}

void voice_answer(struct voice_leg *leg)
{
    if (leg->answered.us == 0) {
        leg->answered = leg->updated = wall_now();
        leg->status = "in-progress";
        voice_moment(leg, "answered", NULL, 0);
        voice_status(leg, VOICE_ANSWERED);
    }
}

void voice_begin(struct voice_leg *leg, const char *url, struct str twiml)
{
    struct pool *p = pool_new();
    struct twiml *doc = NULL;
    struct err e = {0};
    int code = 0, rc = twiml_read(p, twiml, &doc, &code, &e);
    const char *kept_url = pool_strdup(p, url);
    pool_free(&leg->doc_pool);
    leg->doc_pool = p;
    leg->doc_url = kept_url;
    leg->verb = NULL;
    if (rc) {
        failed(leg, e.text, code);
        return;
    }
    if (!doc->children || !is(doc->children, "Reject")) {
        voice_answer(leg);
    }
    struct twiml *before = pool_alloc(p, sizeof *before);
    *before = (struct twiml){.name = "", .text = "", .next = doc->children};
    leg->verb = before;
    voice_next_verb(leg);
}

static void take_document(struct voice_leg *leg, const struct voice_answer *a)
{
    leg->webhook_status = leg->webhook_status ? leg->webhook_status : a->status;
    if (!leg->live || leg->doing != DOING_FETCH) {
        return; /* over, or something else was asked of it meanwhile */
    }
    voice_moment(leg, "fetched", leg->doc_url, a->status);
    if (a->status < 200 || a->status > 299) {
        failed(leg, a->status ? "the address answered with an error" : a->error, 11200);
    } else if (a->status == 204 || a->body.n == 0) {
        voice_end(leg, "completed");
    } else {
        voice_begin(leg, leg->doc_url, a->body);
    }
}

void voice_fetch(struct voice_leg *leg, const char *url, const struct form_pair *more, size_t n)
{
    if (!url[0]) {
        failed(leg, "there is no address to go on with", 11100);
        return;
    }
    leg->doc_url = pool_strdup(leg->doc_pool, url);
    leg->verb = NULL;
    leg->doing = DOING_FETCH;
    voice_post(leg, url, more, n, SANDBOX_ON_INBOUND, take_document);
}

/* ---- verbs ---- */

static void pass(struct voice_leg *leg, int64_t ms)
{
    leg->doing = DOING_PASS;
    leg->left_ms = ms;
}

/* Say, Play and Pause, also within Gather; how long it takes. */
static int64_t prompt(struct voice_leg *leg, const struct twiml *verb)
{
    if (is(verb, "Say")) {
        voice_moment(leg, "heard", verb->text, 0);
        return (int64_t)strlen(verb->text) * MS_PER_CHARACTER;
    }
    if (is(verb, "Play")) {
        voice_moment(leg, "played", verb->text, 0);
        return PLAY_MS;
    }
    return (int64_t)twiml_get_int(verb, "length", 1) * 1000;
}

static void gather(struct voice_leg *leg)
{
    leg->doing = DOING_GATHER;
    leg->digits[0] = '\0';
    leg->left_ms = (int64_t)twiml_get_int(leg->verb, "timeout", GATHER_S) * 1000;
    for (const struct twiml *t = leg->verb->children; t; t = t->next) {
        leg->left_ms += prompt(leg, t);
    }
}

static void redirect(struct voice_leg *leg)
{
    voice_fetch(leg, voice_url(leg, leg->verb->text), NULL, 0);
}

static void reject(struct voice_leg *leg)
{
    bool busy = strcmp(twiml_get(leg->verb, "reason", "rejected"), "busy") == 0;
    voice_end(leg, busy ? "busy" : "no-answer");
}

static void begin_verb(struct voice_leg *leg)
{
    const struct twiml *verb = leg->verb;
    if (is(verb, "Say") || is(verb, "Play") || is(verb, "Pause")) {
        pass(leg, prompt(leg, verb));
    } else if (is(verb, "Gather")) {
        gather(leg);
    } else if (is(verb, "Record")) {
        voice_record(leg);
    } else if (is(verb, "Dial")) {
        voice_dial(leg);
    } else if (is(verb, "Connect")) {
        voice_stream(leg);
    } else if (is(verb, "Redirect")) {
        redirect(leg);
    } else if (is(verb, "Reject")) {
        reject(leg);
    } else if (is(verb, "Hangup")) {
        voice_end(leg, "completed");
    } else {
        failed(leg, "the sandbox does not do this verb", 12200);
    }
}

void voice_next_verb(struct voice_leg *leg)
{
    leg->verb = leg->verb ? leg->verb->next : NULL;
    if (leg->verb) {
        begin_verb(leg);
    } else if (leg->parent && leg->parent->child == leg) {
        voice_bridge(leg); /* what was for their ear alone has been said */
    } else {
        voice_end(leg, "completed");
    }
}

void voice_verb_over(struct voice_leg *leg, const struct form_pair *more, size_t n)
{
    const char *action = leg->verb ? twiml_get(leg->verb, "action", NULL) : NULL;
    if (!action) {
        voice_next_verb(leg);
        return;
    }
    voice_fetch(leg, voice_url(leg, action), more, n);
}

/* ---- the end ---- */

static void leave_all(struct voice_leg *leg, bool cut)
{
    leg->live = false;
    leg->doing = DOING_NOTHING;
    leg->ended = leg->updated = wall_now();
    if (leg->stream) {
        voice_stream_leave(leg, cut);
    }
}

void voice_end(struct voice_leg *leg, const char *status)
{
    if (!leg->live) {
        return;
    }
    leg->status = status;
    if (leg->doing == DOING_RECORD) {
        voice_record_over(leg, NULL);
    }
    leave_all(leg, false);
    voice_moment(leg, "status", status, 0);
    voice_status(leg, VOICE_COMPLETED);
    struct voice_leg *child = leg->child;
    leg->child = NULL;
    if (child) {
        voice_end(child, child->answered.us ? "completed" : "canceled");
    }
    if (leg->parent && leg->parent->child == leg) {
        voice_child_over(leg->parent, leg);
    }
}

void voice_crash(struct voice_leg *leg)
{
    struct voice_leg *child = leg->child;
    leg->status = "failed";
    leave_all(leg, true);
    voice_moment(leg, "crashed", NULL, 0);
    leg->child = NULL;
    if (child && child->live) {
        voice_crash(child);
    }
    if (leg->parent && leg->parent->child == leg) {
        voice_crash(leg->parent);
    }
}

/* ---- time ---- */

/* What the person hears in this tick; true when it is a sound. */
static bool hear(struct voice_leg *leg, uint8_t frame[PLAYBACK_FRAME])
{
    memset(frame, PLAYBACK_SILENCE, PLAYBACK_FRAME);
    const struct voice_leg *other = leg->doing == DOING_BRIDGED ? leg->parent : leg->child;
    switch (leg->doing) {
    case DOING_STREAM:
        voice_stream_hear(leg, frame);
        return leg->live && voice_is_sound(frame, PLAYBACK_FRAME);
    case DOING_PASS:
        return leg->verb && is(leg->verb, "Say");
    case DOING_GATHER:
        return leg->left_ms > (int64_t)twiml_get_int(leg->verb, "timeout", GATHER_S) * 1000;
    case DOING_DIAL:
    case DOING_BRIDGED:
        if (other && other->speaks &&
            (other->doing == DOING_BRIDGED || leg->doing == DOING_BRIDGED)) {
            memcpy(frame, other->frame, PLAYBACK_FRAME);
            return true;
        }
        return false;
    default:
        return false;
    }
}

/* Notes the beginnings of sound: how long the person waited for it. */
static void note_hearing(struct voice_leg *leg, bool hears)
{
    if (hears && leg->sound_ms == 0 && leg->doing == DOING_STREAM) {
        int64_t waited = leg->asked ? leg->now_ms - leg->finished_ms : -1;
        voice_moment(leg, "sound", NULL, waited);
        if (leg->asked) {
            leg->answers++;
            leg->answer_ms += waited;
        }
        leg->asked = false;
    }
    if (hears) {
        leg->sound_ms += ACTOR_TICK_MS;
        leg->quiet_ms = 0;
    } else if (leg->sound_ms && (leg->quiet_ms += ACTOR_TICK_MS) >= ACTOR_QUIET_MS) {
        voice_moment(leg, "quiet", NULL, leg->sound_ms);
        leg->sound_ms = 0;
    }
}

static void note_speaking(struct voice_leg *leg, const struct actor_does *does)
{
    memcpy(leg->frame, does->frame, sizeof leg->frame);
    leg->speaks = does->speaks;
    leg->mute_ms = does->speaks ? 0 : leg->mute_ms + ACTOR_TICK_MS;
    leg->stalls = does->stalls;
    if (does->begins) {
        leg->spoke_ms = leg->now_ms;
        leg->asked = false;
        voice_moment(leg, "said", does->begins, leg->sound_ms ? 1 : 0);
        if (does->begins[0] && leg->doing == DOING_STREAM) {
            sandbox_realtime_heard(leg->voice->s, str_of(leg->sid), str_of(does->begins));
        }
    }
    if (does->finished) {
        leg->finished_ms = leg->now_ms;
        leg->asked = true;
        leg->sound_ms = leg->quiet_ms = 0;
    }
    if (does->digit) {
        voice_moment(leg, "pressed", (char[]){does->digit, '\0'}, 0);
    }
    if (does->gave_up) {
        voice_moment(leg, "unanswered", NULL, 0);
    }
}

static void gather_tick(struct voice_leg *leg, const struct actor_does *does)
{
    size_t n = strlen(leg->digits);
    int wanted = twiml_get_int(leg->verb, "numDigits", VOICE_DIGITS - 1);
    const char *finish = twiml_get(leg->verb, "finishOnKey", "#");
    bool finished = does->digit && strchr(finish, does->digit);
    if (does->digit && !finished && n + 1 < sizeof leg->digits) {
        leg->digits[n++] = does->digit;
        leg->digits[n] = '\0';
        leg->left_ms = (int64_t)twiml_get_int(leg->verb, "timeout", GATHER_S) * 1000;
    }
    leg->left_ms -= ACTOR_TICK_MS;
    if (!finished && (int)n < wanted && leg->left_ms > 0) {
        return;
    }
    if (n) {
        struct form_pair fields[] = {{STR("Digits"), str_of(leg->digits)}};
        voice_verb_over(leg, fields, 1);
    } else {
        voice_next_verb(leg);
    }
}

/* The verb's share of the tick. */
static void go_on(struct voice_leg *leg, const struct actor_does *does)
{
    switch (leg->doing) {
    case DOING_PASS:
        leg->left_ms -= ACTOR_TICK_MS;
        if (leg->left_ms <= 0) {
            voice_next_verb(leg);
        }
        break;
    case DOING_GATHER:
        gather_tick(leg, does);
        break;
    case DOING_RECORD:
        voice_record_tick(leg, does);
        break;
    case DOING_STREAM:
        voice_stream_tick(leg, does);
        break;
    case DOING_DIAL:
        voice_dial_tick(leg);
        break;
    default:
        break;
    }
}

static bool ends_now(struct voice_leg *leg, const struct actor_does *does)
{
    bool crashes = does->crashes || (leg->crash_at_ms && leg->now_ms >= leg->crash_at_ms);
    bool hangs_up = does->hangs_up || (leg->hangup_at_ms && leg->now_ms >= leg->hangup_at_ms);
    if (crashes) {
        voice_crash(leg);
    } else if (hangs_up) {
        voice_moment(leg, "hung up", NULL, 0);
        voice_end(leg, leg->answered.us ? "completed" : "no-answer");
    }
    return crashes || hangs_up;
}

/* Answering machine detection, which knows what it listens to. */
static void detect(struct voice_leg *leg)
{
    leg->there_ms += ACTOR_TICK_MS;
    if (!leg->taker_url || leg->answered_by || leg->voice->stopping) {
        return;
    }
    bool greeted = leg->spoke_ms && leg->mute_ms >= GREETING_OVER_MS;
    if (leg->machine) {
        leg->answered_by = greeted ? "machine_end_beep" : NULL;
    } else if (greeted || leg->there_ms >= HUMAN_MS) {
        leg->answered_by = "human";
    }
    if (!leg->answered_by && leg->there_ms >= DETECT_MS) {
        leg->answered_by = "unknown";
    }
    if (leg->answered_by) {
        voice_moment(leg, "taken", leg->answered_by, leg->there_ms);
        voice_taken(leg);
    }
}

void voice_tick(struct voice_leg *leg)
{
    struct actor_does does = {0};
    if (leg->doing == DOING_RING) {
        voice_ring_tick(leg);
        return;
    }
    uint8_t heard[PLAYBACK_FRAME];
    bool hears = hear(leg, heard);
    if (!leg->live) {
        return;
    }
    if (leg->answered.us && voice_stream_opens(leg)) { /* nobody is there yet to speak to */
        memset(leg->frame, PLAYBACK_SILENCE, sizeof leg->frame);
        voice_tape(leg, leg->frame, heard);
    } else if (leg->answered.us) {
        note_hearing(leg, hears);
        actor_tick(&leg->actor, hears, &does);
        note_speaking(leg, &does);
        detect(leg);
        voice_tape(leg, leg->frame, heard);
    }
    if (!ends_now(leg, &does)) {
        go_on(leg, &does);
    }
}
