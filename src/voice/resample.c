/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quality 3 is speexdsp's for speech: the ear hears no difference to the better ones at telephone
 * rates, and it needs a fraction of the time. The filter's delay is skipped at the beginning and
 * given at the end, so that nothing is shifted.
 */
#include "voice/resample.h"

#include <speex/speex_resampler.h>
#include <stdlib.h>

#include "base/pool.h"

#define PIECE 1024

struct resample {
    SpeexResamplerState *speex; /* NULL: the rates are equal */
};

struct resample *resample_new(int from, int to)
{
    struct resample *r = xcalloc(1, sizeof *r);
    int error = 0;
    if (from != to) {
        r->speex = speex_resampler_init(1, (spx_uint32_t)from, (spx_uint32_t)to,
                                        SPEEX_RESAMPLER_QUALITY_VOIP, &error);
        if (!r->speex) { /* out of memory, or rates that its callers do not use */
            abort();
        }
        speex_resampler_skip_zeros(r->speex);
    }
    return r;
}

void resample_free(struct resample **r)
{
    if (r && *r) {
        if ((*r)->speex) {
            speex_resampler_destroy((*r)->speex);
        }
        free(*r);
        *r = NULL;
    }
}

bool resample_run(struct resample *r, const int16_t *samples, size_t n, samples_fn *out, void *arg)
{
    if (!r->speex) {
        return n == 0 || out(arg, samples, n);
    }
    while (n > 0) {
        int16_t piece[PIECE];
        spx_uint32_t taken = (spx_uint32_t)MIN_OF(n, PIECE), made = PIECE;
        speex_resampler_process_int(r->speex, 0, samples, &taken, piece, &made);
        samples += taken;
        n -= taken;
        if (made > 0 && !out(arg, piece, made)) {
            return false;
        }
    }
    return true;
}

bool resample_end(struct resample *r, samples_fn *out, void *arg)
{
    static const int16_t silence[256];
    size_t left = r->speex ? (size_t)speex_resampler_get_input_latency(r->speex) : 0;
    while (left > 0) {
        size_t n = MIN_OF(left, ARRAY_SIZE(silence));
        if (!resample_run(r, silence, n, out, arg)) {
            return false;
        }
        left -= n;
    }
    return true;
}
