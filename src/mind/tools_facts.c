/* SPDX-License-Identifier: Apache-2.0 */
/* The tools that only read the business's facts: they need no store and cannot fail. */
#include "base/buf.h"
#include "mind/articles.h"
#include "mind/tools_private.h"

#define ARTICLES_MAX 3

static void put_cents(struct buf *b, const char *currency, int cents)
{
    buf_printf(b, cents % 100 ? "%s%d.%02d" : "%s%d", currency, cents / 100, cents % 100);
}

/* "$250 to $600", "$199", "free", or NULL when it is not known. */
static const char *price_text(const struct tool_ctx *c, const struct facts_service *s)
{
    const char *currency = c->config->facts->currency ? c->config->facts->currency : "$";
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 100);
    if (s->price_from_cents < 0) {
        return NULL;
    }
    if (s->price_from_cents == 0 && s->price_to_cents <= 0) {
        return "free";
    }
    put_cents(&b, currency, s->price_from_cents);
    if (s->price_to_cents > s->price_from_cents) {
        buf_puts(&b, " to ");
        put_cents(&b, currency, s->price_to_cents);
    }
    return str_dup(c->pool, buf_str(&b));
}

static bool gives(const struct facts_provider *p, const char *service)
{
    const char *const *s = p->services;
    while (s && *s && strcmp(*s, service) != 0) {
        s++;
    }
    return !s || *s;
}

static json_t *service_json(const struct tool_ctx *c, const struct facts_service *s)
{
    const struct facts *f = c->config->facts;
    json_t *names = json_array();
    for (size_t i = 0; i < f->n_providers; i++) {
        if (gives(&f->providers[i], s->key)) {
            json_array_append_new(names, json_string(f->providers[i].name));
        }
    }
    return json_pack("{s:s, s:s, s:o, s:i, s:o, s:o, s:o, s:o}", "key", s->key, "name", s->name,
                     "description", tools_text(s->description), "minutes", s->duration_minutes,
                     "price", tools_text(price_text(c, s)), "preparation",
                     tools_text(s->preparation), "aftercare", tools_text(s->aftercare), "providers",
                     names);
}

int tool_get_service_info(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                          struct err *e)
{
    const struct facts *f = c->config->facts;
    json_t *list = json_array();
    (void)e;
    for (size_t i = 0; i < f->n_services; i++) {
        if (!in->service_given || in->service == &f->services[i]) {
            json_array_append_new(list, service_json(c, &f->services[i]));
        }
    }
    *out = json_pack("{s:o}", "services", list);
    return 0;
}

/* "Mon, Wed": the days of the provider's hours, or of the business's. */
static const char *days_text(const struct tool_ctx *c, const struct facts_provider *p)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const struct facts *f = c->config->facts;
    const struct facts_hours *hours = p->n_hours ? p->hours : f->hours;
    size_t n = p->n_hours ? p->n_hours : f->n_hours;
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 100);
    for (int day = 1; day <= 7; day++) {
        bool works = false;
        for (size_t i = 0; i < n; i++) {
            works = works || hours[i].weekday == day;
        }
        if (works) {
            buf_printf(&b, "%s%s", b.len ? ", " : "", names[day - 1]);
        }
    }
    return str_dup(c->pool, buf_str(&b));
}

static json_t *provider_json(const struct tool_ctx *c, const struct facts_provider *p)
{
    const struct facts *f = c->config->facts;
    json_t *names = json_array();
    for (size_t i = 0; i < f->n_services; i++) {
        if (gives(p, f->services[i].key)) {
            json_array_append_new(names, json_string(f->services[i].name));
        }
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "key", p->key, "name", p->name, "title",
                     tools_text(p->title), "credentials", tools_text(p->credentials), "about",
                     tools_text(p->about), "services", names, "days", days_text(c, p));
}

int tool_get_provider_info(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                           struct err *e)
{
    const struct facts *f = c->config->facts;
    json_t *list = json_array();
    (void)e;
    for (size_t i = 0; i < f->n_providers; i++) {
        if (!in->provider_given || in->provider == &f->providers[i]) {
            json_array_append_new(list, provider_json(c, &f->providers[i]));
        }
    }
    *out = json_pack("{s:o}", "providers", list);
    return 0;
}

int tool_get_faq_answer(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                        struct err *e)
{
    struct article_match matches[ARTICLES_MAX];
    size_t n =
        articles_search(c->pool, c->config->facts, str_of(in->question), matches, ARTICLES_MAX);
    json_t *list = json_array();
    (void)e;
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:f}", "question", matches[i].article->question, "answer",
                            matches[i].article->answer, "score", matches[i].score));
    }
    *out = json_pack("{s:o}", "articles", list);
    return 0;
}
