/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which backend hears. pocketsphinx stands behind a server, when its model is there: a turn that
 * the server cannot hear, it hears from the samples that were kept for it.
 */
#include "voice/hear.h"

#include <stdlib.h>

#include "voice/hear_private.h"

#define KEPT_MAX (60 * HEAR_RATE)

struct hear {
    const struct hear_ops *ops;
    void *backend;
    void *spare; /* pocketsphinx's; NULL: it is the backend, or cannot be had */
};

struct hearing {
    struct hear *hear;
    void *line, *spare_line;
    enum hear_what what;
    int16_t *kept; /* of this turn, for the spare */
    size_t n_kept, room;
};

int hear_new(const struct hear_config *c, struct hear **out, struct err *e)
{
    struct hear h = {.ops = c->url && c->url[0] ? &hear_server : &hear_sphinx};
    int rc = h.ops->open(c, &h.backend, e);
    if (rc == 0 && h.ops != &hear_sphinx && hear_sphinx.open(c, &h.spare, NULL) < 0) {
        h.spare = NULL;
    }
    if (rc == 0) {
        *out = xcalloc(1, sizeof **out);
        **out = h;
    }
    return rc;
}

void hear_free(struct hear **h)
{
    if (h && *h) {
        (*h)->ops->close((*h)->backend);
        if ((*h)->spare) {
            hear_sphinx.close((*h)->spare);
        }
        free(*h);
        *h = NULL;
    }
}

const char *hear_name(const struct hear *h)
{
    return h->ops->name;
}

int hear_learn(struct hear *h, const struct facts *f, struct err *e)
{
    int rc = h->ops->learn(h->backend, f, e);
    if (rc == 0 && h->spare) {
        rc = hear_sphinx.learn(h->spare, f, e);
    }
    return rc;
}

struct hearing *hearing_new(struct hear *h, enum hear_line line)
{
    struct hearing *g = xcalloc(1, sizeof *g);
    g->hear = h;
    g->line = h->ops->line_new(h->backend, line);
    g->spare_line = h->spare ? hear_sphinx.line_new(h->spare, line) : NULL;
    return g;
}

void hearing_free(struct hearing **g)
{
    if (g && *g) {
        (*g)->hear->ops->line_free((*g)->line);
        if ((*g)->spare_line) {
            hear_sphinx.line_free((*g)->spare_line);
        }
        free((*g)->kept);
        free(*g);
        *g = NULL;
    }
}

int hearing_begin(struct hearing *g, enum hear_what what, struct err *e)
{
    g->what = what;
    g->n_kept = 0;
    return g->hear->ops->begin(g->line, what, e);
}

static void keep(struct hearing *g, const int16_t *samples, size_t n)
{
    n = MIN_OF(n, KEPT_MAX - g->n_kept);
    if (g->n_kept + n > g->room) {
        g->room = MAX_OF(2 * g->room, g->n_kept + n + 4 * (size_t)HEAR_RATE);
        g->kept = xrealloc(g->kept, g->room * sizeof *g->kept);
    }
    if (n > 0) {
        memcpy(g->kept + g->n_kept, samples, n * sizeof *samples);
        g->n_kept += n;
    }
}

void hearing_samples(struct hearing *g, const int16_t *samples, size_t n)
{
    if (g->spare_line) {
        keep(g, samples, n);
    }
    g->hear->ops->samples(g->line, samples, n);
}

int hearing_end(struct hearing *g, struct pool *p, struct heard *out, struct err *e)
{
    *out = (struct heard){.text = STR("")};
    int rc = g->hear->ops->end(g->line, p, out, e);
    if (rc < 0 && g->spare_line) {
        rc = hear_sphinx.begin(g->spare_line, g->what, e);
        if (rc == 0) {
            hear_sphinx.samples(g->spare_line, g->kept, g->n_kept);
            rc = hear_sphinx.end(g->spare_line, p, out, e);
        }
    }
    return rc;
}

void hearing_drop(struct hearing *g)
{
    (void)g->hear->ops->end(g->line, NULL, NULL, NULL);
}
