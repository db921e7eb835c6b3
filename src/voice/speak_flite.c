/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flite, with its voices slt and kal16. A voice is only read once it is registered and is shared by
 * all threads; what streaming needs belongs to the utterance, so it is set there and never in the
 * voice. flite ends the process at characters outside of ASCII that it cannot place: speak_spelt
 * gives it none.
 */
#include <flite/flite.h>
#include <pthread.h>

#include "base/pool.h"
#include "voice/speak_private.h"

#define PIECE_SAMPLES 800 /* 50 ms: the first sound leaves after so much of it was made */

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

static int stream(const cst_wave *w, int start, int size, int last,
                  struct cst_audio_streaming_info_struct *info)
{
    struct speak_out *o = info->userdata;
    (void)last;
    bool more = size <= 0 || speak_put(o, w->sample_rate, w->samples + start, (size_t)size);
    return more ? CST_AUDIO_STREAM_CONT : CST_AUDIO_STREAM_STOP;
}

static int flite_say(void *backend, struct str sentence, struct speak_out *out, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const char *text = speak_spelt(p, sentence);
    if (!text[0]) {
        return 0;
    }
    cst_utterance *u = new_utterance();
    cst_audio_streaming_info *info = new_audio_streaming_info();
    info->min_buffsize = PIECE_SAMPLES;
    info->asc = stream;
    info->userdata = out;
    utt_set_input_text(u, text);
    feat_set(u->features, "streaming_info", audio_streaming_info_val(info)); /* owned by u now */
    if (!flite_do_synth(u, backend, utt_synth)) {
        return err_set(e, ERR_INTERNAL, "flite could not say a sentence");
    }
    delete_utterance(u);
    return 0;
}

const struct speak_ops speak_flite = {"flite", flite_open, flite_close, flite_say};
