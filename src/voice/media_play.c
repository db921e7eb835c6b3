/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions are bytes of sound since the stream began. All up to `heard` was confirmed by a mark;
 * beyond it what the caller has heard is told by the stream's own clock, the timestamps of what
 * comes in, and never more than was sent. Marks are numbered; those that a clear made void come
 * back too, and are known by their numbers.
 */
#include <stdio.h>

#include "voice/media_private.h"

#define PIECE_CHARS 2136       /* base64 of 200 ms; four characters each stand for themselves */
#define MARK_EVERY_BYTES 800   /* 100 ms */
#define MARK_SELDOM_BYTES 8000 /* when many are out */
#define MARKS_MANY 64
#define MARKS_FOR_ENDS 96 /* the rest is for the ends of replies */

static struct media_mark *mark_of(struct media_stream *s, int64_t number)
{
    return &s->marks[(size_t)number % MEDIA_MARKS];
}

static void send_mark(struct media_stream *s, bool end)
{
    char text[MEDIA_HEAD_BYTES];
    int64_t number = s->first_mark + (int64_t)s->n_marks;
    if (s->n_marks == MEDIA_MARKS) { /* never in practice: then the last one stands for this too */
        mark_of(s, number - 1)->end |= end;
        return;
    }
    *mark_of(s, number) = (struct media_mark){s->sent, end};
    s->n_marks++;
    s->marked = s->sent;
    int n = snprintf(text, sizeof text,
                     "{\"event\":\"mark\",\"streamSid\":\"%s\",\"mark\":{\"name\":\"%lld\"}}",
                     s->sid, (long long)number);
    ws_put_text(s->ws, (struct str){text, (size_t)n});
}

static void send_piece(struct media_stream *s, struct str piece)
{
    static const char tail[] = "\"}}";
    char text[MEDIA_HEAD_BYTES + PIECE_CHARS + sizeof tail];
    memcpy(text, s->head, s->head_n);
    memcpy(text + s->head_n, piece.p, piece.n);
    memcpy(text + s->head_n + piece.n, tail, sizeof tail);
    ws_put_text(s->ws, (struct str){text, s->head_n + piece.n + sizeof tail - 1});
    if (s->sent == s->heard) {
        s->heard_ms = s->now_ms; /* nothing was playing: it plays from now on */
    }
    s->sent += (int64_t)audio_base64_bytes(piece.p, piece.n);
    int64_t every = s->n_marks < MARKS_MANY ? MARK_EVERY_BYTES : MARK_SELDOM_BYTES;
    if (s->sent - s->marked >= every && s->n_marks < MARKS_FOR_ENDS) {
        send_mark(s, false);
    }
}

void media_play(void *t, struct str base64)
{
    struct media_stream *s = t;
    while (s->stage == TALKS && base64.n) {
        size_t n = MIN_OF(base64.n, (size_t)PIECE_CHARS);
        send_piece(s, (struct str){base64.p, n});
        base64 = (struct str){base64.p + n, base64.n - n};
    }
}

void media_play_end(void *t)
{
    struct media_stream *s = t;
    if (s->stage == TALKS) {
        send_mark(s, true);
    }
}

/* Where the caller is with what was sent. */
static int64_t position(const struct media_stream *s)
{
    return MIN_OF(s->sent, s->heard + (s->now_ms - s->heard_ms) * MEDIA_BYTES_PER_MS);
}

/* Where the reply ends that is playing. */
static int64_t reply_to(struct media_stream *s)
{
    for (int64_t i = 0; i < (int64_t)s->n_marks; i++) {
        const struct media_mark *m = mark_of(s, s->first_mark + i);
        if (m->end) {
            return m->at;
        }
    }
    return s->sent;
}

int64_t media_play_clear(void *t)
{
    struct media_stream *s = t;
    int64_t heard = MIN_OF(position(s), reply_to(s)) - s->reply_from;
    if (s->stage == TALKS && s->heard < s->sent) {
        char text[MEDIA_HEAD_BYTES];
        int n = snprintf(text, sizeof text, "{\"event\":\"clear\",\"streamSid\":\"%s\"}", s->sid);
        ws_put_text(s->ws, (struct str){text, (size_t)n});
    }
    s->first_mark += (int64_t)s->n_marks;
    s->n_marks = 0;
    s->heard = s->marked = s->reply_from = s->sent;
    s->heard_ms = s->now_ms;
    return MAX_OF(heard, 0) / MEDIA_BYTES_PER_MS;
}

void media_play_heard(struct media_stream *s, struct str name)
{
    int64_t number;
    if (!str_to_i64(name, &number) || number < s->first_mark ||
        number >= s->first_mark + (int64_t)s->n_marks) {
        return; /* of what was cleared, or none of ours */
    }
    while (s->n_marks && s->first_mark <= number) {
        struct media_mark m = *mark_of(s, s->first_mark);
        s->first_mark++;
        s->n_marks--;
        s->heard = m.at;
        s->heard_ms = s->now_ms;
        if (m.end) {
            s->reply_from = m.at;
            if (s->call) {
                call_played(s->call); /* which may clear, say more, or end */
            }
        }
    }
}

void media_play_mark(struct media_stream *s)
{
    if (s->sent > s->marked) {
        send_mark(s, false);
    }
}

int64_t media_play_left_ms(const struct media_stream *s)
{
    return (s->sent - position(s)) / MEDIA_BYTES_PER_MS;
}
