/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls, many at once: plays the telephone network and the realtime model on both sides of a server
 * that relays between them. Each call is announced by a signed webhook and opens a media stream as
 * Twilio's do: 20 ms of sound fifty times a second, marks that come back when their sound would
 * have been heard. The model speaks the Realtime protocol as far as the relay needs it.
 *
 *     voice_driver --port N --model-port N --pid N --token T --url PUBLIC_URL --calls N --seconds N
 *
 * Ten seconds of each call: two in which the caller speaks, then an answer of nine seconds, whose
 * sound comes a little faster than it is heard, and into whose eighth second the caller speaks.
 *
 * The first bytes of each piece of sound hold when it was sent, and sound is passed on untouched,
 * so what the other side receives tells how long it took: both network hops and the waiting here,
 * in the one thread that plays everybody, are in it. One process and clock. Prints one JSON object;
 * times are microseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/pool.h"
#include "io/ws_answer.h"
#include "plan.h"

#define WEBHOOK "/api/webhooks/twilio/voice"
#define MEDIA "/ws/twilio/media"
#define ACCOUNT "AC00000000000000000000000000000001"
#define SLOT_US 20000
#define CYCLE 500         /* slots: the caller's ten seconds */
#define CALLER_SPEAKS 100 /* slots of them */
#define DELTA_SLOTS 4     /* the model sends a piece each 80 ms, */
#define DELTA_MS 100      /* of so much sound */
#define ANSWER_DELTAS 90
#define GREETING_DELTAS 20
#define STAMP_CHARS 12 /* base64 of what a piece of sound begins with */
#define MARKS 128
#define IN_MAX (1u << 20)

enum what { SOUND = 'S', SPEAKS = 'B', STOPS = 'E' };

struct leg {
    int fd;
    bool model;
    bool open; /* its head is over */
    bool gone;
    char *in;
    size_t n, room;
};

struct phone {
    struct leg leg;
    char stream[35], call[35];
    int64_t sequence, slot;
    int64_t heard_us; /* when what was sent is over */
    int64_t spoke_us; /* the first sound of an interruption; 0: it was cleared */
    size_t first_mark, n_marks;
    struct {
        int64_t at_us;
        char name[24];
    } marks[MARKS];
};

struct model {
    struct leg leg;
    int64_t answers, slot;
    int left; /* pieces of the answer that is under way */
    bool configured;
};

struct times {
    uint32_t *us;
    size_t n, room;
};

static struct load {
    int port, n;
    const char *token, *url;
    int ep, listening;
    struct phone *phones;
    struct model *models;
    _Atomic int n_phones;
    int n_models, n_configured, lost;
    bool talking; /* sound flows */
    int64_t measure_from_us;
    struct mono zero;
    int64_t next_us; /* when the next slot is due, and whose */
    int64_t turn;
    char sound[160 / 3 * 4 + 8], answer[DELTA_MS * 8 / 3 * 4 + 8];
    struct times in, back, barge, late;
    uint64_t frames_in, frames_back;
} load;

static int64_t now_us(void)
{
    return mono_us_since(load.zero);
}

static void note(struct times *t, int64_t us)
{
    if (now_us() < load.measure_from_us) {
        return;
    }
    if (t->n == t->room) {
        t->room = t->room ? t->room * 2 : 1 << 20;
        t->us = xrealloc(t->us, t->room * sizeof *t->us);
    }
    t->us[t->n++] = (uint32_t)MAX_OF(us, (int64_t)0);
}

static int compare_times(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static unsigned part(const struct times *t, double p)
{
    return t->n ? t->us[(size_t)((double)(t->n - 1) * p)] : 0;
}

static void print_times(const char *name, struct times *t)
{
    qsort(t->us, t->n, sizeof *t->us, compare_times);
    printf("\"%s\": {\"n\": %zu, \"p50\": %u, \"p99\": %u, \"p999\": %u, \"max\": %u}, ", name,
           t->n, part(t, 0.5), part(t, 0.99), part(t, 0.999), part(t, 1));
}

/* ---- frames ---- */

static void lose(struct leg *leg)
{
    if (!leg->gone) {
        leg->gone = true;
        load.lost++;
        close(leg->fd);
    }
}

/* One frame. A client's mask is zero, which is one as good as any other to who takes it off. */
static void send_frame(struct leg *leg, const char *text, size_t n)
{
    char frame[4096] = {(char)0x81, (char)(leg->model ? 0 : 0x80)};
    size_t at = 2;
    if (leg->gone || n > sizeof frame - 16) {
        return;
    }
    if (n < 126) {
        frame[1] |= (char)n;
    } else {
        frame[1] |= 126;
        frame[at++] = (char)(n >> 8);
        frame[at++] = (char)n;
    }
    if (!leg->model) {
        memset(frame + at, 0, 4);
        at += 4;
    }
    memcpy(frame + at, text, n);
    if (write(leg->fd, frame, at + n) != (ssize_t)(at + n)) {
        fprintf(stderr, "voice_driver: the server takes no more: %s\n", strerror(errno));
        lose(leg);
    }
}

static void send_text(struct leg *leg, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void send_text(struct leg *leg, const char *fmt, ...)
{
    char text[3000];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    send_frame(leg, text, (size_t)n);
}

/* ---- what a piece of sound says of itself ---- */

static void stamp(char *base64, enum what what)
{
    unsigned char bytes[9] = {(unsigned char)what};
    char text[STAMP_CHARS + 1];
    int64_t now = now_us();
    memcpy(bytes + 1, &now, sizeof now);
    EVP_EncodeBlock((unsigned char *)text, bytes, sizeof bytes);
    memcpy(base64, text, STAMP_CHARS);
}

static enum what read_stamp(const char *base64, int64_t *at_us)
{
    unsigned char bytes[9];
    EVP_DecodeBlock(bytes, (const unsigned char *)base64, STAMP_CHARS);
    memcpy(at_us, bytes + 1, sizeof *at_us);
    return (enum what)bytes[0];
}

/* Loud noise, in base64. */
static void make_sound(char *to, size_t n)
{
    unsigned char bytes[DELTA_MS * 8];
    uint64_t random = 88172645463325252u;
    for (size_t i = 0; i < n; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        bytes[i] = (unsigned char)(0x90 + random % 32 + (random >> 32 & 1) * 0x60 % 128);
    }
    EVP_EncodeBlock((unsigned char *)to, bytes, (int)n);
}

/* ---- the telephone network ---- */

static void phone_say(struct phone *p, enum what what)
{
    char text[1024];
    stamp(load.sound, what);
    int n = snprintf(text, sizeof text,
                     "{\"event\":\"media\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"%s\","
                     "\"media\":{\"track\":\"inbound\",\"chunk\":\"%lld\",\"timestamp\":\"%lld\","
                     "\"payload\":\"%s\"}}",
                     (long long)++p->sequence, p->stream, (long long)p->slot + 1,
                     (long long)p->slot * 20, load.sound);
    send_frame(&p->leg, text, (size_t)n);
}

static void return_mark(struct phone *p)
{
    send_text(&p->leg,
              "{\"event\":\"mark\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"%s\","
              "\"mark\":{\"name\":\"%s\"}}",
              (long long)++p->sequence, p->stream, p->marks[p->first_mark % MARKS].name);
    p->first_mark++;
    p->n_marks--;
}

static void phone_slot(struct phone *p, int64_t now)
{
    int64_t at = p->slot % CYCLE;
    while (p->n_marks && p->marks[p->first_mark % MARKS].at_us <= now) {
        return_mark(p);
    }
    if (at == 0 && p->heard_us > now) {
        p->spoke_us = now_us();
    }
    phone_say(p, at == 0 ? SPEAKS : at == CALLER_SPEAKS ? STOPS : SOUND);
    p->slot++;
}

/* What is between `key` and the next quotation mark; NUL-terminated in place. */
static char *value_of(char *text, const char *key)
{
    char *at = strstr(text, key);
    char *end = at ? strchr(at + strlen(key), '"') : NULL;
    if (!end) {
        return NULL;
    }
    *end = '\0';
    return at + strlen(key);
}

static void phone_hears(struct phone *p, char *text, size_t n)
{
    int64_t now = now_us(), at;
    if (strncmp(text, "{\"event\":\"media\"", 16) == 0) {
        const char *payload = strstr(text, "\"payload\":\"");
        if (payload) {
            read_stamp(payload + 11, &at);
            note(&load.back, now - at);
            load.frames_back++;
        }
        int64_t us = (int64_t)(n - (size_t)(payload ? payload - text : 0)) / 4 * 3 / 8 * 1000;
        p->heard_us = MAX_OF(p->heard_us, now) + us;
    } else if (strncmp(text, "{\"event\":\"mark\"", 15) == 0 && p->n_marks < MARKS) {
        size_t i = (p->first_mark + p->n_marks++) % MARKS;
        const char *name = value_of(text, "\"name\":\"");
        p->marks[i].at_us = p->heard_us;
        snprintf(p->marks[i].name, sizeof p->marks[i].name, "%s", name ? name : "");
    } else if (strncmp(text, "{\"event\":\"clear\"", 16) == 0) {
        if (p->spoke_us) {
            note(&load.barge, now - p->spoke_us);
        }
        p->spoke_us = 0;
        p->heard_us = now;
        while (p->n_marks) {
            return_mark(p);
        }
    }
}

/* ---- the model ---- */

static void model_begins(struct model *m, int deltas)
{
    m->answers++;
    m->left = deltas;
    m->slot = 0;
    send_text(&m->leg,
              "{\"type\":\"response.created\",\"event_id\":\"e\",\"response\":{\"object\":"
              "\"realtime.response\",\"id\":\"r%lld\",\"status\":\"in_progress\",\"output\":[]}}",
              (long long)m->answers);
}

static void model_ends(struct model *m, bool cut)
{
    static const char words[] = "Of course, and thank you for calling us.";
    long long n = (long long)m->answers;
    m->left = 0;
    if (!cut) {
        send_text(&m->leg,
                  "{\"type\":\"response.output_audio_transcript.done\",\"event_id\":\"e\","
                  "\"response_id\":\"r%lld\",\"item_id\":\"i%lld\",\"output_index\":0,"
                  "\"content_index\":0,\"transcript\":\"%s\"}",
                  n, n, words);
        send_text(&m->leg,
                  "{\"type\":\"response.output_audio.done\",\"event_id\":\"e\",\"response_id\":"
                  "\"r%lld\",\"item_id\":\"i%lld\",\"output_index\":0,\"content_index\":0}",
                  n, n);
    }
    send_text(&m->leg,
              "{\"type\":\"response.done\",\"event_id\":\"e\",\"response\":{\"object\":"
              "\"realtime.response\",\"id\":\"r%lld\",\"status\":\"%s\",\"output\":[{\"id\":"
              "\"i%lld\",\"object\":\"realtime.item\",\"type\":\"message\",\"role\":\"assistant\","
              "\"status\":\"%s\",\"content\":[{\"type\":\"output_audio\",\"transcript\":\"%s\"}]}]"
              "%s}}",
              n, cut ? "cancelled" : "completed", n, cut ? "incomplete" : "completed", words,
              cut ? ",\"status_details\":{\"type\":\"cancelled\",\"reason\":\"turn_detected\"}"
                  : "");
}

static void model_slot(struct model *m)
{
    if (m->left == 0 || m->slot++ % DELTA_SLOTS) {
        return;
    }
    stamp(load.answer, SOUND);
    send_text(&m->leg,
              "{\"type\":\"response.output_audio.delta\",\"event_id\":\"event_%lld\","
              "\"response_id\":\"r%lld\",\"item_id\":\"i%lld\",\"output_index\":0,"
              "\"content_index\":0,\"delta\":\"%s\"}",
              (long long)m->slot, (long long)m->answers, (long long)m->answers, load.answer);
    if (--m->left == 0) {
        model_ends(m, false);
    }
}

static void model_hears_sound(struct model *m, const char *base64)
{
    int64_t at;
    enum what what = read_stamp(base64, &at);
    note(&load.in, now_us() - at);
    load.frames_in++;
    if (what == SPEAKS) {
        send_text(&m->leg, "{\"type\":\"input_audio_buffer.speech_started\",\"event_id\":\"e\","
                           "\"audio_start_ms\":0,\"item_id\":\"u\"}");
        if (m->left) {
            model_ends(m, true);
        }
    } else if (what == STOPS) {
        send_text(&m->leg, "{\"type\":\"input_audio_buffer.speech_stopped\",\"event_id\":\"e\","
                           "\"audio_end_ms\":2000,\"item_id\":\"u\"}");
        send_text(&m->leg, "{\"type\":\"input_audio_buffer.committed\",\"event_id\":\"e\","
                           "\"item_id\":\"u\"}");
        send_text(&m->leg,
                  "{\"type\":\"conversation.item.input_audio_transcription.completed\","
                  "\"event_id\":\"e\",\"item_id\":\"u\",\"content_index\":0,\"transcript\":"
                  "\"Could you tell me whether you are open on Saturdays?\"}");
        model_begins(m, ANSWER_DELTAS);
    }
}

static void model_hears(struct model *m, const char *text)
{
    static const char append[] = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"";
    if (strncmp(text, append, sizeof append - 1) == 0) {
        model_hears_sound(m, text + sizeof append - 1);
    } else if (strstr(text, "\"session.update\"")) {
        send_text(&m->leg, "{\"type\":\"session.updated\",\"event_id\":\"e\",\"session\":{\"type\":"
                           "\"realtime\",\"id\":\"s\"}}");
        load.n_configured += !m->configured;
        m->configured = true;
    } else if (strstr(text, "\"response.create\"") && !m->left) {
        model_begins(m, GREETING_DELTAS);
    }
}

/* The upgrade's request is whole: it is answered, and the model says hello. */
static bool model_opens(struct model *m)
{
    char *end = memmem(m->leg.in, m->leg.n, "\r\n\r\n", 4), accept[WS_ACCEPT_BYTES], answer[300];
    const char *key = end ? strcasestr(m->leg.in, "sec-websocket-key: ") : NULL;
    if (!key) {
        return false;
    }
    ws_accept_of((struct str){key + 19, WS_KEY_BYTES - 1}, accept);
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                     accept);
    if (write(m->leg.fd, answer, (size_t)n) != n) {
        plan_fail("voice_driver", "an upgrade could not be answered");
    }
    m->leg.n = 0; /* the server waits for the answer before it says more */
    m->leg.open = true;
    send_text(&m->leg, "{\"type\":\"session.created\",\"event_id\":\"e\",\"session\":{\"type\":"
                       "\"realtime\",\"id\":\"s\"}}");
    return true;
}

/* ---- sockets ---- */

/* The next frame in the buffer: its length with its head, 0 when it is not whole. */
static size_t next_frame(struct leg *leg, size_t at, char **payload, size_t *n)
{
    const unsigned char *p = (const unsigned char *)leg->in + at;
    size_t left = leg->n - at, head = 2, mask = 0;
    if (left < 2) {
        return 0;
    }
    *n = p[1] & 127;
    mask = p[1] & 128 ? 4 : 0;
    head += *n == 126 ? 2 : *n == 127 ? 8 : 0;
    if (left < head + mask) {
        return 0;
    }
    if (*n >= 126) {
        *n = 0;
        for (size_t i = 2; i < head; i++) {
            *n = *n << 8 | p[i];
        }
    }
    *payload = leg->in + at + head + mask;
    return left < head + mask + *n ? 0 : head + mask + *n;
}

/* Takes the mask off; of a piece of sound only where it is looked at. */
static void unmask(char *payload, size_t n)
{
    const char *mask = payload - 4;
    size_t most =
        n < 400 && (payload[10] ^ mask[2]) == 'n' && (payload[11] ^ mask[3]) == 'p' ? 64 : n;
    for (size_t i = 0; i < MIN_OF(n, most); i++) {
        payload[i] = (char)(payload[i] ^ mask[i % 4]);
    }
}

static void take_frames(struct leg *leg)
{
    size_t at = 0, n, whole;
    char *payload;
    while (!leg->gone && (whole = next_frame(leg, at, &payload, &n))) {
        int opcode = leg->in[at] & 15;
        char after = payload[n];
        if (leg->model) {
            unmask(payload, n);
        }
        payload[n] = '\0';
        if (opcode == 8) {
            lose(leg);
        } else if (opcode == 9) {
            char pong[6] = {(char)0x8a, (char)(leg->model ? 0 : 0x80)};
            ssize_t ignored UNUSED = write(leg->fd, pong, leg->model ? 2 : 6);
        } else if (leg->model) {
            model_hears((struct model *)(void *)leg, payload);
        } else {
            phone_hears((struct phone *)(void *)leg, payload, n);
        }
        payload[n] = after;
        at += whole;
    }
    leg->n -= at;
    memmove(leg->in, leg->in + at, leg->n);
}

static void on_readable(struct leg *leg)
{
    if (leg->gone) {
        return;
    }
    if (leg->room - leg->n < 4096 && leg->room < IN_MAX) {
        leg->room = leg->room ? leg->room * 2 : 8192;
        leg->in = xrealloc(leg->in, leg->room + 1);
    }
    ssize_t n = read(leg->fd, leg->in + leg->n, leg->room - leg->n);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            lose(leg);
        }
        return;
    }
    leg->n += (size_t)n;
    leg->in[leg->n] = '\0';
    if (leg->open || (leg->model && model_opens((struct model *)(void *)leg))) {
        take_frames(leg);
    }
}

static void watch(struct leg *leg)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = leg};
    int on = 1;
    setsockopt(leg->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(leg->fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(load.ep, EPOLL_CTL_ADD, leg->fd, &ev)) {
        plan_fail("voice_driver", strerror(errno));
    }
}

static void accept_models(void)
{
    int fd;
    while (load.n_models < load.n && (fd = accept(load.listening, NULL, NULL)) >= 0) {
        struct model *m = &load.models[load.n_models++];
        m->leg.fd = fd;
        m->leg.model = true;
        watch(&m->leg);
    }
}

/* ---- how a call begins; in a thread of its own, so that those which have begun go on ---- */

static int connect_to(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a)) {
        plan_fail("voice_driver", strerror(errno));
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void sign(const char *text, char signature[32])
{
    unsigned char mac[20];
    unsigned n = 0;
    HMAC(EVP_sha1(), load.token, (int)strlen(load.token), (const unsigned char *)text, strlen(text),
         mac, &n);
    EVP_EncodeBlock((unsigned char *)signature, mac, (int)n);
}

/* Asks and reads an answer until `end` is seen in it. */
static void ask(int fd, const char *request, const char *end, char *answer, size_t room)
{
    size_t n = 0, length = strlen(request);
    if (write(fd, request, length) != (ssize_t)length) {
        plan_fail("voice_driver", "a request was not taken");
    }
    answer[0] = '\0';
    while (n + 1 < room && !strstr(answer, end)) {
        ssize_t got = read(fd, answer + n, room - 1 - n);
        if (got <= 0) {
            fprintf(stderr, "%s\n", answer);
            plan_fail("voice_driver", "the server answered otherwise than was expected");
        }
        n += (size_t)got;
        answer[n] = '\0';
    }
}

/* The call's webhook; its ticket. */
static char *announce(int fd, const char *call, const char *from, char *answer, size_t room)
{
    char form[500], text[600], signature[32], request[1500], *value;
    snprintf(text, sizeof text,
             "%s" WEBHOOK "AccountSid" ACCOUNT
             "CallSid%sCallStatusringingDirectioninboundFrom%sTo+15550199999",
             load.url, call, from);
    int n = snprintf(form, sizeof form,
                     "AccountSid=" ACCOUNT "&CallSid=%s&CallStatus=ringing&Direction=inbound&From="
                     "%%2B%s&To=%%2B15550199999",
                     call, from + 1);
    sign(text, signature);
    snprintf(request, sizeof request,
             "POST " WEBHOOK " HTTP/1.1\r\nHost: a\r\nContent-Type: "
             "application/x-www-form-urlencoded\r\nX-Twilio-Signature: %s\r\nContent-Length: "
             "%d\r\n\r\n%s",
             signature, n, form);
    ask(fd, request, "</Response>", answer, room);
    value = value_of(answer, "name=\"token\" value=\"");
    if (!value) {
        plan_fail("voice_driver", answer);
    }
    return value;
}

static void begin_call(int webhook, int i)
{
    struct phone *p = &load.phones[i];
    char answer[4000], text[200], signature[32], request[600], from[20];
    snprintf(p->call, sizeof p->call, "CA%032x", i + 1);
    snprintf(p->stream, sizeof p->stream, "MZ%032x", i + 1);
    snprintf(from, sizeof from, "+1415555%04d", i);
    const char *ticket = announce(webhook, p->call, from, answer, sizeof answer);
    char upgraded[4000];
    snprintf(text, sizeof text, "wss%s" MEDIA, load.url + strlen("https"));
    sign(text, signature);
    snprintf(request, sizeof request,
             "GET " MEDIA " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "X-Twilio-Signature: %s\r\n\r\n",
             signature);
    p->leg.fd = connect_to(load.port);
    p->leg.open = true;
    ask(p->leg.fd, request, "\r\n\r\n", upgraded, sizeof upgraded);
    send_text(&p->leg, "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}");
    send_text(&p->leg,
              "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"streamSid\":\"%s\",\"start\":{"
              "\"streamSid\":\"%s\",\"accountSid\":\"" ACCOUNT "\",\"callSid\":\"%s\",\"tracks\":["
              "\"inbound\"],\"customParameters\":{\"token\":\"%s\",\"from\":\"%s\",\"to\":"
              "\"+15550199999\",\"direction\":\"inbound\"},\"mediaFormat\":{\"encoding\":"
              "\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1}}}",
              p->stream, p->stream, p->call, ticket, from);
    p->sequence = 1;
    p->slot = 0;
    watch(&p->leg);
    atomic_store(&load.n_phones, i + 1);
}

static void *begin_calls(void *arg)
{
    int webhook = connect_to(load.port);
    for (int i = 0; i < load.n; i++) {
        begin_call(webhook, i);
    }
    close(webhook);
    return arg;
}

/* ---- the whole ---- */

/* Everybody's slot comes once in 20 ms, one after another. */
static void send_due(void)
{
    for (int64_t now = now_us(); load.next_us <= now; now = now_us()) {
        int i = (int)(load.turn++ % load.n);
        note(&load.late, now - load.next_us);
        phone_slot(&load.phones[i], now);
        model_slot(&load.models[i]);
        load.next_us += SLOT_US / load.n;
    }
}

static void turn(int wait_ms)
{
    struct epoll_event events[256];
    int came = epoll_wait(load.ep, events, ARRAY_SIZE(events), wait_ms);
    for (int i = 0; i < came; i++) {
        if (events[i].data.ptr) {
            on_readable(events[i].data.ptr);
        } else {
            accept_models();
        }
        if (load.talking && i % 16 == 15) {
            send_due();
        }
    }
}

static void set_up(int model_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)model_port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct rlimit files;
    int on = 1;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    load.phones = xcalloc((size_t)load.n, sizeof *load.phones);
    load.models = xcalloc((size_t)load.n, sizeof *load.models);
    load.ep = epoll_create1(EPOLL_CLOEXEC);
    load.listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(load.listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct epoll_event ev = {.events = EPOLLIN};
    if (bind(load.listening, (struct sockaddr *)&a, sizeof a) || listen(load.listening, 4096) ||
        epoll_ctl(load.ep, EPOLL_CTL_ADD, load.listening, &ev)) {
        plan_fail("voice_driver", strerror(errno));
    }
    make_sound(load.sound, 160);
    make_sound(load.answer, (size_t)DELTA_MS * 8);
}

/* The server's processor time in seconds, and its resident memory in KiB. */
static void look_at(int pid, double *seconds, int64_t *kib)
{
    char path[64], text[2000] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    const char *at = strrchr(text, ')');
    long long user = 0, system = 0, pages = 0;
    if (!at || sscanf(at,
                      ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %*d %*d %*d %*d "
                      "%*d %*d %*u %*u %lld",
                      &user, &system, &pages) != 3) {
        plan_fail("voice_driver", "the server is gone");
    }
    fclose(f);
    *seconds = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    *kib = pages * sysconf(_SC_PAGESIZE) / 1024;
}

static double used_s(const struct rusage *r)
{
    return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) +
           (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e6;
}

static void wait_for_all(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, begin_calls, NULL);
    int64_t until = now_us() + 120 * 1000000LL;
    while ((atomic_load(&load.n_phones) < load.n || load.n_configured < load.n) &&
           now_us() < until) {
        turn(10);
    }
    if (load.n_configured < load.n) {
        fprintf(stderr, "%d telephones, %d models, %d with a session, %d lost\n", load.n_phones,
                load.n_models, load.n_configured, load.lost);
        plan_fail("voice_driver", "not all calls came about");
    }
    pthread_join(thread, NULL);
}

/* The calls are in different places of their ten seconds. */
static void spread(void)
{
    for (int i = 0; i < load.n; i++) {
        load.phones[i].slot = (int64_t)i * 7919 % CYCLE;
    }
}

static void hang_up_all(void)
{
    for (int i = 0; i < load.n; i++) {
        struct phone *p = &load.phones[i];
        send_text(&p->leg,
                  "{\"event\":\"stop\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"%s\",\"stop\":{"
                  "\"accountSid\":\"" ACCOUNT "\",\"callSid\":\"%s\"}}",
                  (long long)++p->sequence, p->stream, p->call);
    }
    int64_t until = now_us() + 15 * 1000000LL;
    while (load.lost < 2 * load.n && now_us() < until) {
        turn(10);
    }
}

int main(int argc, char **argv)
{
    struct rusage own[2];
    signal(SIGPIPE, SIG_IGN);
    int pid = (int)plan_number(argc, argv, "pid", NULL);
    double seconds = plan_number(argc, argv, "seconds", "20"), cpu[2];
    int64_t warmup_us = (int64_t)(plan_number(argc, argv, "warmup", "12") * 1e6), kib[3];
    load.port = (int)plan_number(argc, argv, "port", NULL);
    load.n = (int)plan_number(argc, argv, "calls", "100");
    load.token = plan_option(argc, argv, "token", NULL);
    load.url = plan_option(argc, argv, "url", NULL);
    load.zero = mono_now();
    load.measure_from_us = INT64_MAX;
    set_up((int)plan_number(argc, argv, "model-port", NULL));
    look_at(pid, &cpu[0], &kib[0]);
    wait_for_all();
    look_at(pid, &cpu[0], &kib[1]);
    spread();
    load.next_us = now_us();
    load.measure_from_us = load.next_us + warmup_us;
    load.talking = true;
    int64_t end = load.measure_from_us + (int64_t)(seconds * 1e6);
    while (now_us() < load.measure_from_us) {
        send_due();
        turn(1);
    }
    look_at(pid, &cpu[0], &kib[2]);
    load.frames_in = load.frames_back = 0;
    getrusage(RUSAGE_SELF, &own[0]);
    while (now_us() < end) {
        send_due();
        turn(1);
    }
    look_at(pid, &cpu[1], &kib[2]);
    getrusage(RUSAGE_SELF, &own[1]);
    load.measure_from_us = INT64_MAX;
    int lost = load.lost;
    load.talking = false;
    hang_up_all();
    printf("{\"calls\": %d, ", load.n);
    print_times("in", &load.in);
    print_times("back", &load.back);
    print_times("barge_in", &load.barge);
    print_times("driver_late", &load.late);
    printf("\"frames_in\": %.0f, \"frames_back\": %.0f, \"cores\": %.3f, \"kib_before\": %lld, "
           "\"kib_open\": %lld, \"kib_talking\": %lld, \"kib_per_call\": %.1f, \"lost\": %d, "
           "\"closed\": %d, \"driver_cores\": %.3f}\n",
           (double)load.frames_in / seconds, (double)load.frames_back / seconds,
           (cpu[1] - cpu[0]) / seconds, (long long)kib[0], (long long)kib[1], (long long)kib[2],
           (double)(kib[2] - kib[0]) / load.n, lost, load.lost,
           (used_s(&own[1]) - used_s(&own[0])) / seconds);
    return 0;
}
