/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pocketsphinx. Decoders are pooled: a turn takes one and gives it back. What a decoder learns of a
 * voice and a line, the mean of its cepstra, belongs to the call and is put into whichever decoder
 * hears the call's next turn; the first turn begins with the mean of its kind of line, since with
 * the model's own, made of wide-band speech, the first turn of a telephone call fails. Decoders of
 * an older language are freed when they come back.
 */
#include <errno.h>
#include <math.h>
#include <pocketsphinx.h>
#include <pthread.h>
#include <sphinxbase/err.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "voice/hear_private.h"
#include "voice/hear_words.h"

#define MODEL "/usr/share/pocketsphinx/model/en-us"
#define DECODERS 64
#define IDLE_MAX 16
#define MEANS 13
#define PROBABLE_MIN (-1e6)

struct decoder {
    ps_decoder_t *ps;
    unsigned generation;
    struct decoder *next;
};

struct sphinx {
    char *model; /* folder; owned */
    int most;
    pthread_mutex_t lock; /* of all below */
    char *folder;         /* of the present language; owned; NULL: none was learned */
    char *key;            /* what it was made of; owned */
    unsigned generation;
    struct decoder *idle;
    int n_idle, n_out;
    pthread_mutex_t learning; /* one at a time, while others hear */
};

struct sphinx_line {
    struct sphinx *sphinx;
    struct decoder *decoder; /* NULL: none is at work */
    mfcc_t mean[MEANS];
    uint32_t noise; /* state of the generator */
};

/* Means of the cepstra at the beginning of a call: of telephone speech (8 kHz, µ-law, brought to 16
 * kHz) and of a good microphone's. */
static const mfcc_t means[][MEANS] = {
    [HEAR_TELEPHONE] = {45.6f, 27.8f, -26.5f, 46.9f, -10.8f, -6.4f, 23, -26.1f, 10.5f, -4.3f, -2.9f,
                        15.4f, -10.2f},
    [HEAR_WIDE] = {51.6f, 3.6f, 6.3f, 22.6f, -1.3f, -0.7f, 5.8f, -6.1f, -3, -3.2f, 6.4f, 2.3f,
                   2.1f},
};

enum { N_DIGITS = 11 };
static const char *const digits[N_DIGITS] = {"zero", "oh",  "one",   "two",   "three", "four",
                                             "five", "six", "seven", "eight", "nine"};

/* ------------------------------------------------------------------------ opening */

static int sphinx_open(const struct hear_config *c, void **out, struct err *e)
{
    const char *model = c->acoustic_model && c->acoustic_model[0] ? c->acoustic_model : MODEL;
    CLEANUP(pool_free) struct pool *p = pool_new();
    if (access(pool_printf(p, "%s/en-us/mdef", model), R_OK) != 0 ||
        access(pool_printf(p, "%s/cmudict-en-us.dict", model), R_OK) != 0) {
        return err_set(e, ERR_UNAVAILABLE,
                       "there is no acoustic model in %.200s: install the package "
                       "pocketsphinx-en-us, or name a speech server",
                       model);
    }
    err_set_logfp(NULL); /* of the whole library: it would write to the standard error */
    struct sphinx *s = xcalloc(1, sizeof *s);
    s->model = xstrdup(model);
    s->most = c->decoders > 0 ? c->decoders : DECODERS;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->learning, NULL);
    *out = s;
    return 0;
}

static void free_decoder(struct decoder *d)
{
    ps_free(d->ps);
    free(d);
}

/* With the lock held, or alone. */
static void free_idle(struct sphinx *s)
{
    while (s->idle) {
        struct decoder *d = s->idle;
        s->idle = d->next;
        free_decoder(d);
    }
    s->n_idle = 0;
}

static void remove_folder(const char *folder)
{
    static const char *const files[] = {"words.dict", "open.lm", "answer.lm"};
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (size_t i = 0; folder && i < ARRAY_SIZE(files); i++) {
        (void)unlink(pool_printf(p, "%s/%s", folder, files[i]));
    }
    if (folder) {
        (void)rmdir(folder);
    }
}

static void sphinx_close(void *backend)
{
    struct sphinx *s = backend;
    free_idle(s);
    remove_folder(s->folder);
    free(s->folder);
    free(s->key);
    free(s->model);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->learning);
    free(s);
}

/* ------------------------------------------------------------------------ learning */

static int make_folder(char **out, struct err *e)
{
    const char *where = getenv("TMPDIR");
    CLEANUP(pool_free) struct pool *p = pool_new();
    char *path = pool_printf(p, "%s/ava-hear-XXXXXX", where && where[0] ? where : "/tmp");
    if (!mkdtemp(path)) {
        return err_set(e, ERR_IO, "the recogniser's words need a folder in %s: %s",
                       where && where[0] ? where : "/tmp", strerror(errno));
    }
    *out = xstrdup(path);
    return 0;
}

static void adopt(struct sphinx *s, char *folder, char *key)
{
    pthread_mutex_lock(&s->lock);
    char *old_folder = s->folder, *old_key = s->key;
    s->folder = folder;
    s->key = key;
    s->generation++;
    free_idle(s);
    pthread_mutex_unlock(&s->lock);
    remove_folder(old_folder);
    free(old_folder);
    free(old_key);
}

static int sphinx_learn(void *backend, const struct facts *f, struct err *e)
{
    struct sphinx *s = backend;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct str key = hear_words_key(p, f);
    pthread_mutex_lock(&s->learning);
    bool same = s->key && str_eq(key, str_of(s->key)); /* changed only by who holds learning */
    char *folder = NULL;
    int rc = same ? 0 : make_folder(&folder, e);
    if (rc == 0 && !same) {
        const char *dictionary = pool_printf(p, "%s/cmudict-en-us.dict", s->model);
        rc = hear_words_write(f, dictionary, folder, e);
        if (rc == 0) {
            adopt(s, folder, xstrdup(key.p));
        } else {
            remove_folder(folder);
            free(folder);
        }
    }
    pthread_mutex_unlock(&s->learning);
    return rc;
}

/* ------------------------------------------------------------------------ decoders */

/*
 * Any number of digits: one state, and a way back to it for each. Not by ps_set_jsgf_string, which
 * leaks what it parses.
 */
static bool listen_for_digits(ps_decoder_t *ps)
{
    logmath_t *logs = ps_get_logmath(ps);
    float32 weight = (float32)cmd_ln_float32_r(ps_get_config(ps), "-lw");
    fsg_model_t *fsg = fsg_model_init("digits", logs, weight, 1);
    if (!fsg) {
        return false;
    }
    const double share = 1.0 / N_DIGITS;
    int32 each = (int32)((float32)logmath_log(logs, share) * weight);
    for (int i = 0; i < N_DIGITS; i++) {
        fsg_model_trans_add(fsg, 0, 0, each, fsg_model_word_add(fsg, digits[i]));
    }
    fsg->start_state = fsg->final_state = 0;
    bool ok = ps_set_fsg(ps, "digits", fsg) == 0; /* keeps a reference of its own */
    fsg_model_free(fsg);
    return ok;
}

static ps_decoder_t *make_ps(const char *model, const char *folder)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    cmd_ln_t *config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", pool_printf(p, "%s/en-us", model),
                                   "-dict", pool_printf(p, "%s/words.dict", folder), "-samprate",
                                   "16000", "-fwdflat", "no", "-bestpath", "yes", "-remove_noise",
                                   "no", "-remove_silence", "no", "-dither", "no", NULL);
    ps_decoder_t *ps = config ? ps_init(config) : NULL;
    if (config) {
        cmd_ln_free_r(config);
    }
    if (ps && (ps_set_lm_file(ps, "open", pool_printf(p, "%s/open.lm", folder)) < 0 ||
               ps_set_lm_file(ps, "answer", pool_printf(p, "%s/answer.lm", folder)) < 0 ||
               !listen_for_digits(ps))) {
        ps_free(ps);
        ps = NULL;
    }
    return ps;
}

/* An idle one, else a new one. ERR_UNAVAILABLE: all are at work. */
static int take_decoder(struct sphinx *s, struct decoder **out, struct err *e)
{
    pthread_mutex_lock(&s->lock);
    struct decoder *d = s->idle;
    bool room = s->n_out < s->most, learned = s->folder != NULL;
    char *folder = NULL;
    unsigned generation = s->generation;
    if (d && room) {
        s->idle = d->next;
        s->n_idle--;
    } else if (learned && room) {
        folder = xstrdup(s->folder);
    }
    s->n_out += learned && room;
    pthread_mutex_unlock(&s->lock);
    if (!learned || !room) {
        return err_set(e, ERR_UNAVAILABLE,
                       learned ? "all decoders are at work"
                               : "the recogniser has learned no words yet");
    }
    if (!d || !room) {
        ps_decoder_t *ps = make_ps(s->model, folder);
        free(folder);
        if (!ps) {
            pthread_mutex_lock(&s->lock);
            s->n_out--;
            pthread_mutex_unlock(&s->lock);
            return err_set(e, ERR_INTERNAL, "the recogniser cannot be started");
        }
        d = xcalloc(1, sizeof *d);
        *d = (struct decoder){.ps = ps, .generation = generation};
    }
    d->next = NULL;
    *out = d;
    return 0;
}

static void give_decoder(struct sphinx *s, struct decoder *d)
{
    pthread_mutex_lock(&s->lock);
    s->n_out--;
    bool keep = d->generation == s->generation && s->n_idle < IDLE_MAX;
    if (keep) {
        d->next = s->idle;
        s->idle = d;
        s->n_idle++;
    }
    pthread_mutex_unlock(&s->lock);
    if (!keep) {
        free_decoder(d);
    }
}

/* ------------------------------------------------------------------------ hearing */

static void *sphinx_line_new(void *backend, enum hear_line line)
{
    struct sphinx_line *l = xcalloc(1, sizeof *l);
    l->sphinx = backend;
    l->noise = 1;
    memcpy(l->mean, means[line], sizeof l->mean);
    return l;
}

static int sphinx_end(void *line, struct pool *p, struct heard *out, struct err *e);

static void sphinx_line_free(void *line)
{
    (void)sphinx_end(line, NULL, NULL, NULL);
    free(line);
}

static int sphinx_begin(void *line, enum hear_what what, struct err *e)
{
    static const char *const names[] = {"open", "answer", "digits"};
    struct sphinx_line *l = line;
    (void)sphinx_end(line, NULL, NULL, NULL);
    struct decoder *d = NULL;
    int rc = take_decoder(l->sphinx, &d, e);
    if (rc < 0) {
        return rc;
    }
    cmn_live_set(ps_get_feat(d->ps)->cmn_struct, l->mean);
    ps_start_stream(d->ps);
    if (ps_set_search(d->ps, names[what]) < 0 || ps_start_utt(d->ps) < 0) {
        give_decoder(l->sphinx, d);
        return err_set(e, ERR_INTERNAL, "the recogniser cannot begin");
    }
    l->decoder = d;
    return 0;
}

/* Digital silence has no logarithm: one unit of noise, of this call's own generator, as the
 * library's is shared by all threads. */
static void sphinx_samples(void *line, const int16_t *samples, size_t n)
{
    struct sphinx_line *l = line;
    int16_t piece[1024];
    while (l->decoder && n > 0) {
        size_t now = MIN_OF(n, ARRAY_SIZE(piece));
        for (size_t i = 0; i < now; i++) {
            l->noise = l->noise * 1664525u + 1013904223u;
            int s = samples[i] + (int)(l->noise >> 31);
            piece[i] = (int16_t)MIN_OF(s, INT16_MAX);
        }
        (void)ps_process_raw(l->decoder->ps, piece, now, FALSE, FALSE);
        samples += now;
        n -= now;
    }
}

/* The hypothesis's words, without the numbers of pronunciations: "the(2)". */
static struct str plain(struct pool *p, const char *hypothesis)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 4096);
    bool inside = false;
    for (; *hypothesis; hypothesis++) {
        inside = *hypothesis == '(' || (inside && *hypothesis != ' ');
        if (!inside) {
            buf_putc(&b, *hypothesis);
        }
    }
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

static int sphinx_end(void *line, struct pool *p, struct heard *out, struct err *e)
{
    struct sphinx_line *l = line;
    struct decoder *d = l->decoder;
    if (!d) {
        return p ? err_set(e, ERR_UNAVAILABLE, "no decoder was at work") : 0;
    }
    (void)ps_end_utt(d->ps);
    if (p) {
        const char *hypothesis = ps_get_hyp(d->ps, NULL);
        out->text = plain(p, hypothesis ? hypothesis : "");
        out->poorly = true;
        double log = logmath_log_to_ln(ps_get_logmath(d->ps), ps_get_prob(d->ps));
        out->confidence = out->text.n && log > PROBABLE_MIN ? exp(log) : 0;
        cmn_live_get(ps_get_feat(d->ps)->cmn_struct, l->mean);
    }
    l->decoder = NULL;
    give_decoder(l->sphinx, d);
    return 0;
}

const struct hear_ops hear_sphinx = {"pocketsphinx", sphinx_open,     sphinx_close,
                                     sphinx_learn,   sphinx_line_new, sphinx_line_free,
                                     sphinx_begin,   sphinx_samples,  sphinx_end};
