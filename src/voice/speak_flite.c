/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flite, with its voices slt and kal16. A voice is only read once it is registered and is shared by
 * all threads; what streaming needs belongs to the utterance, so it is set there and never in the
 * voice. flite ends the process at characters outside of ASCII that it cannot place: speak_spelt
 * gives it none.
 */
#include <flite/flite.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/pool.h"
#include "voice/speak_private.h"

#define PIECE_SAMPLES 800 /* 50 ms: the first sound leaves after so much of it was made */
#define LONG 48           /* characters; the first clause of a longer sentence is said by itself */
#define CLAUSE_MIN 8      /* characters of it, and of what is left */
#define SILENT 60         /* of 32767; flite begins with 0.2 s of it */

/* Declared by no header of flite. */
cst_voice *register_cmu_us_slt(const char *voxdir);
cst_voice *register_cmu_us_kal16(const char *voxdir);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static cst_voice *slt, *kal16;

static void init(void)
{
    flite_init();
    slt = register_cmu_us_slt(NULL);
    kal16 = register_cmu_us_kal16(NULL);
}

static int flite_open(const struct speak_config *c, void **out, struct err *e)
{
    pthread_once(&once, init);
    const char *name = c->voice && c->voice[0] ? c->voice : "slt";
    if (strcmp(name, "slt") == 0) {
        *out = slt;
    } else if (strcmp(name, "kal16") == 0) {
        *out = kal16;
    } else {
        return err_set(e, ERR_CONFIG, "there is no voice %.40s: flite has slt and kal16", name);
    }
    return 0;
}

static void flite_close(void *backend)
{
    (void)backend; /* the voices live as long as the process */
}

struct saying {
    struct speak_out *out;
    bool begun; /* there was sound */
};

static int stream(const cst_wave *w, int start, int size, int last,
                  struct cst_audio_streaming_info_struct *info)
{
    struct saying *s = info->userdata;
    (void)last;
    while (!s->begun && size > 0) {
        s->begun = abs(w->samples[start]) > SILENT;
        start += !s->begun;
        size -= !s->begun;
    }
    bool more = size <= 0 || speak_put(s->out, w->sample_rate, w->samples + start, (size_t)size);
    return more ? CST_AUDIO_STREAM_CONT : CST_AUDIO_STREAM_STOP;
}

static int synthesise(cst_voice *voice, const char *text, struct saying *s, struct err *e)
{
    cst_utterance *u = new_utterance();
    cst_audio_streaming_info *info = new_audio_streaming_info();
    info->min_buffsize = PIECE_SAMPLES;
    info->asc = stream;
    info->userdata = s;
    utt_set_input_text(u, text);
    feat_set(u->features, "streaming_info", audio_streaming_info_val(info)); /* owned by u now */
    if (!flite_do_synth(u, voice, utt_synth)) {
        return err_set(e, ERR_INTERNAL, "flite could not say a sentence");
    }
    delete_utterance(u);
    return 0;
}

/* Where the second clause of a long sentence begins: all of a clause is computed before its first
 * sound. */
static size_t second_clause(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = CLAUSE_MIN; n > LONG && i + CLAUSE_MIN < n; i++) {
        if (strchr(",;:", text[i]) && text[i + 1] == ' ') {
            return i + 2;
        }
    }
    return 0;
}

static int flite_say(void *backend, struct str sentence, struct speak_out *out, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct saying s = {.out = out};
    const char *text = speak_spelt(p, sentence);
    if (!text[0]) {
        return 0;
    }
    size_t second = second_clause(text);
    int rc = second ? synthesise(backend, pool_strndup(p, text, second), &s, e) : 0;
    return rc < 0 || out->stopped ? rc : synthesise(backend, text + second, &s, e);
}

const struct speak_ops speak_flite = {"flite", flite_open, flite_close, flite_say};
