/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the model says: asking for it when nothing else is being said, passing its sound on, and,
 * when the caller speaks into it, telling the server how much of it was heard.
 *
 * Sound comes faster than it is played, so a reply is often complete at the server while its caller
 * still listens, and the next one may wait behind it. The call says how much was heard of the reply
 * that was playing; which one that was is the one whose place, by the clock, comes nearest.
 */
#include "base/metrics.h"
#include "base/utf8.h"
#include "voice/realtime_private.h"

/* --- asking --- */

void realtime_say_wish(struct realtime *r, const char *words)
{
    bool answers = !words && r->n_wishes > r->asked && !r->wishes[r->n_wishes - 1].words;
    if (!answers && r->n_wishes < REALTIME_WISHES) { /* one answer will do for all there is */
        r->wishes[r->n_wishes++] = (struct realtime_wish){words ? xstrdup(words) : NULL};
    }
    realtime_pump(r);
}

void realtime_pump(struct realtime *r)
{
    if (!r->configured || r->active || r->asked || r->drop_next || !r->n_wishes) {
        return;
    }
    if (r->tools_running && !r->wishes[0].words) {
        return; /* the results are what it is to answer */
    }
    r->asked = true;
    realtime_send_create(r, r->wishes[0].words);
    realtime_expect(r, "a response that was asked for");
}

void realtime_granted(struct realtime *r)
{
    if (r->asked) {
        r->granted = r->wishes[0];
        r->has_granted = true;
        r->n_wishes--;
        memmove(r->wishes, r->wishes + 1, sizeof *r->wishes * r->n_wishes);
        r->asked = false;
    }
}

void realtime_settled(struct realtime *r)
{
    if (r->has_granted) {
        free(r->granted.words);
        r->has_granted = false;
    }
}

/* The server began one by itself just then, and what was asked for must wait until that is done. */
void realtime_refused(struct realtime *r)
{
    if (r->asked) {
        r->asked = false;
    } else if (r->has_granted && r->n_wishes < REALTIME_WISHES) {
        memmove(r->wishes + 1, r->wishes, sizeof *r->wishes * r->n_wishes);
        r->wishes[0] = r->granted;
        r->n_wishes++;
        r->has_granted = false;
    }
}

/* --- lines --- */

void realtime_note_line(struct realtime *r, enum call_speaker who, struct str text)
{
    if (!text.n) {
        return;
    }
    if (r->n_lines == REALTIME_LINES) {
        free(r->lines[0].text);
        memmove(r->lines, r->lines + 1, sizeof *r->lines * (REALTIME_LINES - 1));
        r->n_lines--;
    }
    struct str kept = utf8_prefix(text, REALTIME_LINE_BYTES);
    char *copy = xmalloc(kept.n + 1);
    memcpy(copy, kept.p, kept.n);
    copy[kept.n] = '\0';
    r->lines[r->n_lines++] = (struct realtime_line){who, copy};
}

/* --- the sound of a reply --- */

static int64_t piece_ms(const struct realtime *r, const struct realtime_piece *piece)
{
    return piece->bytes / (int64_t)audio_bytes_per_ms(r->start.form);
}

/* When all that came so far will have been heard. */
static int64_t heard_by(const struct realtime *r)
{
    const struct realtime_piece *last = r->n_pieces ? &r->pieces[r->n_pieces - 1] : NULL;
    return last ? last->starts_ms + last->before_ms + piece_ms(r, last) : 0;
}

void realtime_began(struct realtime *r)
{
    if (!r->began && !r->muted) {
        r->began = true;
        r->spoke = true;
        r->unanswered = false;
        free(r->receipt);
        r->receipt = NULL;
        r->replies++;
        buf_reset(&r->said);
        r->said_items = 0;
        r->start.events->reply_began(r->start.call);
    }
}

static struct realtime_piece *piece_of(struct realtime *r, struct str item)
{
    struct realtime_piece *last = r->n_pieces ? &r->pieces[r->n_pieces - 1] : NULL;
    if (last && last->reply == r->replies && str_eq(item, str_of(last->item))) {
        return last;
    }
    bool same = last && last->reply == r->replies;
    struct realtime_piece piece = {
        .reply = r->replies,
        .before_ms = same ? last->before_ms + piece_ms(r, last) : 0,
        .starts_ms = same ? last->starts_ms : MAX_OF(realtime_now_ms(), heard_by(r)),
    };
    snprintf(piece.item, sizeof piece.item, STR_FMT, STR_ARG(item));
    if (r->n_pieces == REALTIME_PIECES) {
        memmove(r->pieces, r->pieces + 1, sizeof *r->pieces * (REALTIME_PIECES - 1));
        r->n_pieces--;
    }
    r->pieces[r->n_pieces] = piece;
    return &r->pieces[r->n_pieces++];
}

void realtime_sound(struct realtime *r, const struct realtime_event *e)
{
    if (!e->audio.n || !r->began) {
        return;
    }
    struct realtime_piece *piece = piece_of(r, e->item_id);
    piece->bytes += (int64_t)audio_base64_bytes(e->audio.p, e->audio.n);
    r->start.events->audio(r->start.call, e->audio);
}

void realtime_reply_over(struct realtime *r)
{
    if (!r->began) {
        return;
    }
    r->began = false;
    struct str words = buf_str(&r->said);
    realtime_note_line(r, CALL_ASSISTANT, words);
    r->start.events->said(r->start.call, words, true);
    r->start.events->reply_done(r->start.call);
}

/* --- interruption --- */

static int64_t distance(const struct realtime *r, const struct realtime_piece *piece, int64_t now,
                        int64_t heard_ms)
{
    int64_t until = piece->before_ms + piece_ms(r, piece);
    int64_t at = MAX_OF(0, MIN_OF(now - piece->starts_ms, until));
    return llabs(at - heard_ms);
}

/* The reply that was playing when so much of it had been heard. */
static int64_t playing(const struct realtime *r, int64_t heard_ms)
{
    int64_t now = realtime_now_ms(), best = -1, found = r->replies;
    for (size_t i = 0; i < r->n_pieces; i++) {
        const struct realtime_piece *piece = &r->pieces[i];
        bool last_of_reply = i + 1 == r->n_pieces || piece[1].reply != piece->reply;
        int64_t off = distance(r, piece, now, heard_ms);
        if (last_of_reply && (best < 0 || off < best)) {
            best = off;
            found = piece->reply;
        }
    }
    return found;
}

void realtime_interrupt(struct realtime *r, int64_t heard_ms)
{
    int64_t reply = playing(r, heard_ms);
    if (r->active && !r->muted) {
        r->muted = true;
        realtime_send_cancel(r);
    }
    for (size_t i = 0; i < r->n_pieces; i++) {
        const struct realtime_piece *piece = &r->pieces[i];
        int64_t total = piece_ms(r, piece);
        int64_t heard = piece->reply < reply ? total : 0;
        if (piece->reply == reply) {
            heard = MAX_OF(0, MIN_OF(heard_ms - piece->before_ms, total));
        }
        if (heard < total && piece->item[0]) {
            realtime_send_truncate(r, piece->item, heard);
        }
    }
    r->n_pieces = 0;
    if (r->began) {
        realtime_note_line(r, CALL_ASSISTANT, buf_str(&r->said));
        r->began = false;
    }
}

/* Answers that nobody has been asked for yet are not wanted beside what is said instead. */
static void put_first(struct realtime *r, const char *words)
{
    size_t n = r->asked;
    for (size_t i = n; i < r->n_wishes; i++) {
        bool kept = r->wishes[i].words && n + 1 < REALTIME_WISHES;
        if (kept) {
            r->wishes[n++] = r->wishes[i];
        } else {
            free(r->wishes[i].words);
        }
    }
    memmove(r->wishes + r->asked + 1, r->wishes + r->asked, sizeof *r->wishes * (n - r->asked));
    r->wishes[r->asked] = (struct realtime_wish){words ? xstrdup(words) : NULL};
    r->n_wishes = n + 1;
}

void realtime_withdraw(struct realtime *r, const char *instead)
{
    bool unheard = r->began || heard_by(r) > realtime_now_ms();
    metric_add(METRIC_realtime_withdrawn_total, 1);
    r->drop_next = !r->active && (r->asked || r->due);
    put_first(r, instead);
    if (unheard && r->start.events->withdrawn) {
        r->start.events->withdrawn(r->start.call);
    }
    if (realtime_over(r)) {
        return;
    }
    if (r->active && !r->muted) { /* nothing of it had been heard */
        r->muted = true;
        realtime_send_cancel(r);
    }
    realtime_pump(r);
}

void realtime_part(struct realtime *r)
{
    bool ends = r->ends, transfers = r->transfers;
    r->ends = r->transfers = false;
    if (transfers) {
        struct call_transfer to = {r->transfer_summary, r->transfer_reason};
        r->start.events->transfer(r->start.call, &to);
    } else if (ends) {
        r->start.events->goodbye(r->start.call);
    }
}

/* --- the end --- */

void realtime_forget_calls(struct realtime *r)
{
    for (size_t i = 0; i < r->n_calls; i++) {
        free(r->calls[i].id);
        free(r->calls[i].name);
        free(r->calls[i].args);
    }
    r->n_calls = 0;
}

void realtime_reply_reset(struct realtime *r)
{
    r->cut_short = r->began;
    realtime_reply_over(r);
    realtime_forget_calls(r);
    if (r->asked || !r->spoke) {
        realtime_refused(r); /* what was asked for and has not been said is asked for again */
    }
    realtime_settled(r);
    r->active = r->muted = r->asked = r->committing = r->due = r->drop_next = false;
    r->response[0] = '\0';
    r->n_pieces = 0; /* the new session knows none of these items */
    buf_reset(&r->heard);
}

void realtime_reply_clear(struct realtime *r)
{
    realtime_forget_calls(r);
    realtime_settled(r);
    for (size_t i = 0; i < r->n_wishes; i++) {
        free(r->wishes[i].words);
    }
    for (size_t i = 0; i < r->n_lines; i++) {
        free(r->lines[i].text);
    }
    r->n_wishes = r->n_lines = 0;
    buf_clear(&r->said);
    buf_clear(&r->heard);
    free(r->transfer_summary);
    free(r->transfer_reason);
    free(r->receipt);
    r->transfer_summary = r->transfer_reason = r->receipt = NULL;
}
