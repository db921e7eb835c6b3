/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a media stream; what is said on it is media_play.c's.
 *
 * Why we end a stream is noted before it is closed: whoever is asked what follows, on any server,
 * then knows it. While that is being done on a worker the stream stays, though its socket may go.
 */
#include "voice/media_stream.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/metrics.h"
#include "domain/phone.h"
#include "io/loop.h"
#include "store/telephone_calls.h"
#include "voice/call.h"
#include "voice/call_ticket.h"
#include "voice/desk_private.h"
#include "voice/media_frame.h"
#include "voice/media_private.h"

#define START_WITHIN_MS 10000
#define SILENT_MS 30000
#define SILENT_LOOKS                                                                               \
    3 /* the network sends always, silence too; so often in the longest silence                    \
       */
#define PLAYED_GRACE_MS 3000
#define HANDED_OVER_MS 15000 /* until the network ends the stream of a call that it was told to */
#define QUEUE_MAX_BYTES (2u << 20) /* over two minutes that the peer has not taken */

enum close_code { CLOSE_NORMAL = 1000, CLOSE_PROTOCOL = 1002, CLOSE_POLICY = 1008 };

struct media_streams {
    struct media_streams_config config;
    struct ticket_punch *punch;
    pthread_mutex_t lock;
    struct media_stream *first; /* of those that are calls */
};

/* ---- its end ---- */

static void hang_up(struct media_stream *s, enum call_ending how, const char *why)
{
    s->stage = OVER;
    if (s->call) {
        call_hung_up(&s->call, how, why);
    }
}

static void close_stream(struct media_stream *s, enum close_code code, const char *why)
{
    s->stage = OVER;
    ws_close(s->ws, (uint16_t)code, why);
}

/* The peer broke a rule. `why` is static. */
static void fail(struct media_stream *s, enum close_code code, const char *why)
{
    metric_add(METRIC_media_streams_failed_total, 1);
    log_warn("a call's media stream is closed", LOG_TEXT("why", why));
    hang_up(s, CALL_BROKE, why); /* the network asks what follows, and may come back */
    close_stream(s, code, why);
}

/* ---- its end, by us ---- */

/* What a worker does of it. */
struct parting {
    struct media_stream *stream; /* of the loop's thread */
    struct loop *loop;
    const struct media_streams_config *config;
    char call_sid[48];
    char *summary, *reason; /* of a transfer; NULL: it just ends */
    bool handed_over;
};

static int note_parting(struct db *db, void *arg, struct err *e)
{
    const struct parting *p = arg;
    return telephone_calls_end(db, p->call_sid, p->reason ? "transfer" : "ended", p->summary,
                               p->reason, wall_now(), e);
}

static void stream_free(struct media_stream *s)
{
    free(s);
}

static void parted(void *arg)
{
    struct parting *p = arg;
    struct media_stream *s = p->stream;
    s->parting = false;
    if (s->gone) {
        stream_free(s);
    } else if (p->handed_over) {
        loop_timer_set(s->timer, HANDED_OVER_MS); /* the network stops it now */
    } else if (s->stage == TALKS) {
        close_stream(s, CLOSE_NORMAL, s->why);
    }
    free(p->summary);
    free(p->reason);
    free(p);
}

static void part(void *arg)
{
    struct parting *p = arg;
    struct err e = {0};
    int rc = p->config->store ? store_write(p->config->store, note_parting, p, &e) : 0;
    if (rc < 0) {
        log_error("it could not be noted why a call ends", LOG_TEXT("why", err_text(&e, rc)));
    }
    if (p->reason) {
        rc = handover_do(&p->config->handover, p->call_sid, &e);
        p->handed_over = rc == 0;
        if (rc < 0) { /* then what follows the stream does it */
            log_warn("a call could not be handed over while it went on",
                     LOG_TEXT("why", err_text(&e, rc)));
        }
    }
    loop_call(p->loop, parted, p);
}

/* to: whom it goes to; NULL: it ends. */
static void begin_parting(struct media_stream *s, const struct call_transfer *to)
{
    if (s->parting) {
        return;
    }
    struct parting *p = xcalloc(1, sizeof *p);
    p->stream = s;
    p->loop = ws_loop(s->ws);
    p->config = &s->all->config;
    memcpy(p->call_sid, s->call_sid, sizeof p->call_sid);
    if (to) {
        p->summary = xstrdup(to->summary ? to->summary : "");
        p->reason = xstrdup(to->reason ? to->reason : "");
        loop_timer_stop(s->timer);
    }
    s->parting = true;
    voice_desk_write(s->all->config.desk, s, part, p);
}

static void end_when_played(struct media_stream *s)
{
    if (s->ending && s->stage == TALKS && s->n_marks == 0) {
        begin_parting(s, NULL);
    }
}

static void stream_end(void *t, const char *why, bool now)
{
    struct media_stream *s = t;
    if (s->stage != TALKS) {
        return;
    }
    s->how = CALL_WE_ENDED;
    s->why = why;
    if (now) {
        media_play_clear(s);
        begin_parting(s, NULL);
        return;
    }
    s->ending = true;
    media_play_mark(s);
    loop_timer_set(s->timer, media_play_left_ms(s) + PLAYED_GRACE_MS);
    end_when_played(s);
}

static void stream_transfer(void *t, const struct call_transfer *to)
{
    struct media_stream *s = t;
    if (s->stage == TALKS) {
        s->how = CALL_TRANSFERRED;
        s->why = "transferred";
        begin_parting(s, to);
    }
}

static void stream_drop(void *t)
{
    struct media_stream *s = t;
    s->how = CALL_BROKE;
    if (s->stage != OVER) {
        close_stream(s, CLOSE_NORMAL, "the call goes on in another stream");
    }
}

/* ---- what comes back ---- */

static void take_sound(struct media_stream *s, const struct media_frame *f)
{
    if (f->chunk <= s->chunk || f->at_ms < s->now_ms) {
        fail(s, CLOSE_PROTOCOL, "the stream's sound came out of order");
        return;
    }
    if (s->chunk && f->chunk > s->chunk + 1) {
        metric_add(METRIC_media_gaps_total, (uint64_t)(f->chunk - s->chunk - 1));
    }
    s->chunk = f->chunk;
    s->now_ms = f->at_ms;
    call_audio(s->call, f->sound);
}

static const struct call_transport_ops stream_ops = {
    .name = "twilio",
    .audio = media_play,
    .reply_end = media_play_end,
    .clear = media_play_clear,
    .end = stream_end,
    .drop = stream_drop,
};

/* The same where there is somebody who takes calls over. */
static const struct call_transport_ops stream_ops_with_person = {
    .name = "twilio",
    .audio = media_play,
    .reply_end = media_play_end,
    .clear = media_play_clear,
    .transfer = stream_transfer,
    .end = stream_end,
    .drop = stream_drop,
};

/* ---- its beginning ---- */

static bool admit(struct media_stream *s, struct pool *p, const struct media_frame *f)
{
    const struct media_streams_config *c = &s->all->config;
    struct wall now = wall_now();
    struct call_ticket ticket = {f->call_sid, f->from, f->to, f->direction};
    bool ours = !c->account || !c->account[0] || str_eq(f->account_sid, str_of(c->account));
    bool good = ours && call_ticket_ok(p, c->key, &ticket, f->token, now) &&
                ticket_punch_once(s->all->punch, f->token, now);
    if (!good) {
        metric_add(METRIC_webhooks_refused_total, 1);
        fail(s, CLOSE_POLICY, "the stream has no ticket of its call that is still good");
    }
    return good;
}

static int64_t look_every(const struct media_stream *s)
{
    int64_t silent_ms = s->all->config.silent_ms ? s->all->config.silent_ms : SILENT_MS;
    return MAX_OF(silent_ms / SILENT_LOOKS, 1);
}

/* The number, if it is one: who hides theirs comes with a word in its place. */
static const char *number_of_party(struct pool *p, struct str text)
{
    return text.p && phone_is_e164(text) ? str_dup(p, text) : NULL;
}

static void list_stream(struct media_stream *s)
{
    struct media_streams *m = s->all;
    pthread_mutex_lock(&m->lock);
    s->next = m->first;
    s->link = &m->first;
    if (s->next) {
        s->next->link = &s->next;
    }
    m->first = s;
    pthread_mutex_unlock(&m->lock);
}

static void unlist_stream(struct media_stream *s)
{
    pthread_mutex_lock(&s->all->lock); /* a neighbour that leaves writes our link too */
    if (s->link) {
        *s->link = s->next;
        if (s->next) {
            s->next->link = s->link;
        }
    }
    pthread_mutex_unlock(&s->all->lock);
}

static void begin(struct media_stream *s, struct pool *p, const struct media_frame *f)
{
    if (!admit(s, p, f)) {
        return;
    }
    s->placed = voice_desk_enter(s->all->config.desk);
    if (!s->placed) { /* since the webhook; whoever asks what follows is told */
        fail(s, CLOSE_POLICY, "all lines are busy");
        return;
    }
    snprintf(s->sid, sizeof s->sid, STR_FMT, STR_ARG(f->stream_sid));
    snprintf(s->call_sid, sizeof s->call_sid, STR_FMT, STR_ARG(f->call_sid));
    int n = snprintf(s->head, sizeof s->head,
                     "{\"event\":\"media\",\"streamSid\":\"%s\",\"media\":{\"payload\":\"", s->sid);
    s->head_n = (size_t)n;
    s->stage = TALKS;
    loop_timer_set(s->timer, look_every(s));
    bool outbound = f->direction.p && str_starts(f->direction, STR("outbound"));
    const char *from = number_of_party(p, f->from), *to = number_of_party(p, f->to);
    struct call_who who = {
        .session_id = str_dup(p, f->call_sid),
        .transport = stream_ops.name,
        .outbound = outbound,
        .caller = outbound ? to : from,
        .called = outbound ? from : to,
        .opening = f->opening.n ? str_dup(p, f->opening) : NULL,
    };
    const struct call_transport_ops *ops =
        handover_possible(&s->all->config.handover) ? &stream_ops_with_person : &stream_ops;
    list_stream(s);
    s->call = call_new(s->all->config.desk, &who, AUDIO_ULAW_8K, ops, s);
}

/* ---- messages ---- */

/* Is it of this stream, and behind the last one? */
static bool in_order(struct media_stream *s, const struct media_frame *f)
{
    if (!str_eq(f->stream_sid, str_of(s->sid))) {
        fail(s, CLOSE_PROTOCOL, "a message of another stream came");
        return false;
    }
    if (f->sequence <= s->sequence) {
        fail(s, CLOSE_PROTOCOL, "the stream's messages came out of order");
        return false;
    }
    s->sequence = f->sequence;
    return true;
}

static void take_first(struct media_stream *s, struct pool *p, const struct media_frame *f)
{
    if (s->stage == AWAITS_CONNECTED && f->event == MEDIA_CONNECTED) {
        s->stage = AWAITS_START;
    } else if (s->stage == AWAITS_START && f->event == MEDIA_START) {
        s->sequence = f->sequence;
        begin(s, p, f);
    } else if (f->event != MEDIA_OTHER) {
        fail(s, CLOSE_PROTOCOL, "the stream did not begin with connected and start");
    }
}

static void take_message(struct media_stream *s, struct pool *p, const struct media_frame *f)
{
    if (s->stage < TALKS) {
        take_first(s, p, f);
        return;
    }
    if (f->event == MEDIA_OTHER || (f->event != MEDIA_CONNECTED && !in_order(s, f))) {
        return;
    }
    switch (f->event) {
    case MEDIA_SOUND:
        take_sound(s, f);
        break;
    case MEDIA_DIGIT:
        call_digit(s->call, f->digit);
        break;
    case MEDIA_MARK:
        media_play_heard(s, f->mark);
        end_when_played(s);
        break;
    case MEDIA_STOP:
        hang_up(s, s->how == CALL_TRANSFERRED ? CALL_TRANSFERRED : CALL_HUNG_UP, NULL);
        close_stream(s, CLOSE_NORMAL, "");
        break;
    default:
        fail(s, CLOSE_PROTOCOL, "the stream began a second time");
        break;
    }
}

static void read_slowly(struct media_stream *s, struct str text)
{
    struct media_frame f;
    struct err e = {0};
    struct pool *p CLEANUP(pool_free) = pool_new();
    if (media_frame_read(p, text, &f, &e) < 0) {
        log_warn("a call's media stream is not understood", LOG_TEXT("why", e.text));
        fail(s, CLOSE_PROTOCOL, "the stream had a message that is not in its protocol");
        return;
    }
    take_message(s, p, &f);
}

static void stream_message(struct ws *ws UNUSED, void *arg, bool is_text, struct str data)
{
    struct media_stream *s = arg;
    struct media_frame f;
    s->looks = 0;
    if (s->stage == OVER) {
        return; /* what was on its way */
    }
    if (!is_text) {
        fail(s, CLOSE_PROTOCOL, "the stream had a message that is not in its protocol");
    } else if (media_frame_scan(data, &f)) {
        take_message(s, NULL, &f);
    } else {
        read_slowly(s, data);
    }
}

/* ---- the socket ---- */

static void look(void *arg)
{
    struct media_stream *s = arg;
    if (s->stage == OVER) {
        return;
    }
    if (s->stage < TALKS) {
        fail(s, CLOSE_POLICY, "the stream did not begin in time");
    } else if (s->how == CALL_TRANSFERRED) { /* it was told to, and does not stop */
        close_stream(s, CLOSE_NORMAL, s->why);
    } else if (s->ending) { /* its marks did not come */
        begin_parting(s, NULL);
    } else if (++s->looks > SILENT_LOOKS) {
        fail(s, CLOSE_POLICY, "nothing came on the stream for too long");
    } else {
        loop_timer_set(s->timer, look_every(s));
    }
}

static void stream_open(struct ws *ws, void *arg)
{
    struct media_stream *s = arg;
    s->ws = ws_ref(ws);
    s->timer = loop_timer_new(ws_loop(ws), look, s);
    loop_timer_set(s->timer, START_WITHIN_MS);
    metric_add(METRIC_media_streams_total, 1);
}

static void stream_closed(struct ws *ws, void *arg)
{
    struct media_stream *s = arg;
    const char *fault = ws_fault(ws);
    unlist_stream(s);
    if (s->placed) {
        voice_desk_left(s->all->config.desk);
    }
    hang_up(s, s->how,
            s->how != CALL_BROKE ? NULL
            : fault              ? fault
                                 : "the stream's connection broke");
    loop_timer_free(&s->timer);
    if (s->ws) {
        ws_unref(&s->ws);
    }
    s->gone = true;
    if (!s->parting) {
        stream_free(s);
    }
}

const struct ws_ops media_stream_ws_ops = {
    .open = stream_open,
    .message = stream_message,
    .closed = stream_closed,
    .message_max_bytes = MEDIA_FRAME_MAX_BYTES,
    .queue_max_bytes = QUEUE_MAX_BYTES,
};

struct media_stream *media_stream_new(struct media_streams *m)
{
    struct media_stream *s = xcalloc(1, sizeof *s);
    s->all = m;
    s->how = CALL_BROKE;
    return s;
}

struct media_streams *media_streams_new(const struct media_streams_config *c)
{
    struct media_streams *m = xcalloc(1, sizeof *m);
    m->config = *c;
    m->punch = ticket_punch_new();
    pthread_mutex_init(&m->lock, NULL);
    return m;
}

void media_streams_free(struct media_streams **m)
{
    if (m && *m) {
        ticket_punch_free(&(*m)->punch);
        pthread_mutex_destroy(&(*m)->lock);
        free(*m);
        *m = NULL;
    }
}

bool media_streams_room(const struct media_streams *m)
{
    return voice_desk_room(m->config.desk);
}

struct str media_streams_key(const struct media_streams *m)
{
    return m->config.key;
}

const struct handover_config *media_streams_handover(const struct media_streams *m)
{
    return &m->config.handover;
}

struct over {
    struct media_streams *all;
    char call_sid[48];
};

/* Its stream, if it lives on this loop; or on any (NULL). Under the lock. */
static struct media_stream *find_stream(struct media_streams *m, const char *call_sid,
                                        const struct loop *loop)
{
    struct media_stream *s = m->first;
    while (s && (strcmp(s->call_sid, call_sid) != 0 || (loop && ws_loop(s->ws) != loop))) {
        s = s->next;
    }
    return s;
}

static void over_here(void *arg)
{
    struct over *o = arg;
    pthread_mutex_lock(&o->all->lock);
    struct media_stream *s = find_stream(o->all, o->call_sid, loop_here());
    pthread_mutex_unlock(&o->all->lock);
    if (s && s->stage != OVER) { /* only this thread takes it away */
        hang_up(s, s->how == CALL_BROKE ? CALL_HUNG_UP : s->how, NULL);
        close_stream(s, CLOSE_NORMAL, "the call is over");
    }
    free(o);
}

void media_streams_over(struct media_streams *m, const char *call_sid)
{
    pthread_mutex_lock(&m->lock);
    struct media_stream *s = find_stream(m, call_sid, NULL);
    struct loop *loop = s ? ws_loop(s->ws) : NULL;
    pthread_mutex_unlock(&m->lock);
    if (s) {
        struct over *o = xcalloc(1, sizeof *o);
        o->all = m;
        snprintf(o->call_sid, sizeof o->call_sid, "%s", call_sid);
        loop_call(loop, over_here, o);
    }
}
