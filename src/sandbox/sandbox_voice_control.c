/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The telephone's part of the sandbox's own interface: who calls whom and what they say, who
 * answers, and what happened. sandbox_voice.h has the paths.
 */
#include "base/json_read.h"
#include "domain/phone.h"
#include "sandbox/sandbox_voice_private.h"

#define LIST_DEFAULT 100
#define LIST_MAX 1000
#define SPEED_MAX 50
#define BYTES_PER_MS 16 /* of a call's sound, both sides */

bool voice_control_is(struct str path)
{
    return str_starts(path, STR("/sandbox/call")) && !str_starts(path, STR("/sandbox/calendar"))
               ? true
               : str_eq(path, STR("/sandbox/people"));
}

/* A number, or what the network sends of a caller who hides theirs. */
static int read_number(struct str text, const char *field, char out[SANDBOX_ADDRESS_BYTES],
                       struct err *e)
{
    char number[PHONE_BYTES];
    if (str_eq(text, STR("anonymous")) || str_eq(text, STR("+266696687")) ||
        str_starts(text, STR("client:")) || str_starts(text, STR("sip:"))) {
        snprintf(out, SANDBOX_ADDRESS_BYTES, STR_FMT, STR_ARG(text));
        return 0;
    }
    struct err why = {0};
    int rc = phone_normalize(text, "1", number, &why);
    if (rc) {
        return err_field(e, rc, field, "%s is a telephone number, such as +15550100: %s", field,
                         err_text(&why, rc));
    }
    snprintf(out, SANDBOX_ADDRESS_BYTES, "%s", number);
    return 0;
}

/* ---- a call to the business ---- */

struct placing {
    struct voice_leg *leg;
    char url[SANDBOX_URL_BYTES + 100];
    bool added;
    char sid[35];
    int64_t seq;
};

static void place(struct voice *v, void *arg)
{
    struct placing *t = arg;
    t->added = voice_add(v, t->leg);
    if (!t->added) {
        return;
    }
    memcpy(t->sid, t->leg->sid, sizeof t->sid);
    t->seq = t->leg->seq;
    t->leg->status = "ringing";
    voice_fetch(t->leg, t->url, NULL, 0);
}

static void read_product(struct sandbox *s, void *arg)
{
    memcpy(arg, s->product_url, sizeof s->product_url);
}

static const char *product_url(struct sandbox *s, struct pool *p, const char *path)
{
    char url[SANDBOX_URL_BYTES];
    sandbox_do(s, read_product, url);
    struct str base = str_of(url);
    while (base.n && base.p[base.n - 1] == '/') {
        base.n--;
    }
    return pool_printf(p, STR_FMT "%s", STR_ARG(base), path);
}

static int read_plan(struct voice *v, struct voice_leg *leg, const json_t *document, struct err *e)
{
    const json_t *speed = json_object_get(document, "speed");
    json_t *script = json_object_get(document, "script");
    leg->speed = speed ? json_number_value(speed) : 1;
    if (!(leg->speed >= 0.1 && leg->speed <= SPEED_MAX)) {
        return err_field(e, ERR_INVALID, "speed", "speed is a number from 0.1 to %d", SPEED_MAX);
    }
    leg->recorded = json_get_bool(document, "record", false);
    leg->hangup_at_ms = json_get_i64(document, "hangup_after_ms", 0);
    leg->crash_at_ms = json_get_i64(document, "crash_after_ms", 0);
    if (!script) {
        return err_field(e, ERR_INVALID, "script", "script is missing: what the caller does");
    }
    return voice_read_script(v->speak, leg->pool, script, &leg->actor, e);
}

static int call(struct sandbox *s, struct http_request *req, struct http_response *res,
                struct err *e)
{
    json_t *document = NULL;
    int rc = json_read(req->pool, req->body, &document, e);
    if (rc) {
        return rc;
    }
    char from[SANDBOX_ADDRESS_BYTES], to[SANDBOX_ADDRESS_BYTES];
    rc = read_number(str_of(json_get_text(document, "from", "")), "from", from, e);
    rc = rc ? rc : read_number(str_of(json_get_text(document, "to", s->number)), "to", to, e);
    if (rc) {
        return rc;
    }
    struct placing t = {.leg = voice_leg_new(from, to, "inbound")};
    struct voice_leg *leg = t.leg;
    rc = read_plan(s->voice, leg, document, e);
    if (rc) {
        voice_leg_free(&leg);
        return rc;
    }
    leg->callback = (struct voice_callback){product_url(s, leg->pool, SANDBOX_VOICE_STATUS_PATH),
                                            VOICE_COMPLETED, 0};
    snprintf(t.url, sizeof t.url, "%s", product_url(s, req->pool, SANDBOX_VOICE_PATH));
    voice_do(s->voice, place, &t);
    if (!t.added) {
        voice_leg_free(&leg);
        return err_set(e, ERR_TOO_MANY, "there are too many calls");
    }
    res->status = 202;
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "sid", t.sid);
    jw_kv_i64(&j, "seq", t.seq);
    jw_object_end(&j);
    return 0;
}

/* ---- what happened ---- */

static void write_head(struct jw *j, const struct voice_leg *leg)
{
    jw_kv_i64(j, "seq", leg->seq);
    jw_kv_text(j, "sid", leg->sid);
    jw_kv_text(j, "parent", leg->parent ? leg->parent->sid : NULL);
    jw_kv_text(j, "direction", leg->direction);
    jw_kv_text(j, "from", leg->from);
    jw_kv_text(j, "to", leg->to);
    jw_kv_text(j, "status", leg->status);
    jw_kv_bool(j, "live", leg->live);
    jw_kv_bool(j, "settled", !leg->live && !leg->jobs && !leg->stream);
    jw_kv_bool(j, "streaming", leg->stream && leg->stream->open);
    jw_kv_i64(j, "ms", leg->now_ms);
    jw_kv_i64(j, "webhook_status", leg->webhook_status);
    jw_kv_i64(j, "frames_sent", leg->frames_sent);
    jw_kv_i64(j, "heard_ms", leg->heard_bytes / 8);
    jw_kv_i64(j, "marks", leg->marks);
    jw_kv_i64(j, "clears", leg->clears);
    jw_kv_i64(j, "answers", leg->answers);
    jw_kv_i64(j, "answer_ms", leg->answers ? leg->answer_ms / leg->answers : 0);
    jw_key(j, "created");
    jw_wall(j, leg->created);
    jw_key(j, "ended");
    jw_wall(j, leg->ended);
}

static void write_moments(struct jw *j, const struct voice_leg *leg)
{
    jw_key(j, "moments");
    jw_array(j);
    for (size_t i = 0; i < leg->n_moments; i++) {
        const struct voice_moment *m = &leg->moments[i];
        jw_object(j);
        jw_kv_i64(j, "at_ms", m->at_ms);
        jw_kv_text(j, "what", m->what);
        jw_kv_text(j, "text", m->text);
        jw_kv_i64(j, "n", m->n);
        jw_object_end(j);
    }
    jw_array_end(j);
}

struct listing {
    struct str with;
    bool live;
    int64_t after, limit;
    struct buf *out;
};

static void write_list(struct voice *v, void *arg)
{
    const struct listing *l = arg;
    struct jw j = jw_to(l->out);
    int64_t n = 0;
    jw_object(&j);
    jw_key(&j, "calls");
    jw_array(&j);
    for (int64_t seq = MAX_OF(l->after + 1, v->first); seq < v->next && n < l->limit; seq++) {
        const struct voice_leg *leg = v->ring[seq % VOICE_LEGS_MAX];
        bool with =
            !l->with.n || str_eq(l->with, str_of(leg->from)) || str_eq(l->with, str_of(leg->to));
        if (with && (leg->live || !l->live)) {
            jw_object(&j);
            write_head(&j, leg);
            jw_object_end(&j);
            n++;
        }
    }
    jw_array_end(&j);
    jw_object_end(&j);
}

static int list(struct sandbox *s, struct http_request *req, struct http_response *res,
                struct err *e)
{
    struct form f;
    int rc = form_parse(req->pool, req->query, &f, e);
    if (rc) {
        return rc;
    }
    struct listing l = {.with = form_get(&f, "with"), .limit = LIST_DEFAULT, .out = &res->body};
    struct str after = form_get(&f, "after"), limit = form_get(&f, "limit");
    struct str live = form_get(&f, "live");
    if (after.p && (!str_to_i64(after, &l.after) || l.after < 0 || l.after == INT64_MAX)) {
        return err_field(e, ERR_INVALID, "after", "after is a call's seq");
    }
    if (limit.p && (!str_to_i64(limit, &l.limit) || l.limit < 1 || l.limit > LIST_MAX)) {
        return err_field(e, ERR_INVALID, "limit", "limit is 1 to %d", LIST_MAX);
    }
    if (live.p && !str_to_bool(live, &l.live)) {
        return err_field(e, ERR_INVALID, "live", "live is true or false");
    }
    voice_do(s->voice, write_list, &l);
    return 0;
}

struct one {
    struct str sid;
    bool sound, found, live;
    int64_t after_ms;              /* of the sound */
    const struct voice_said *said; /* NULL: not asked for */
    struct pool *pool;             /* of a new script, which the call takes */
    struct actor actor;
    struct buf *out;
};

static void drop_pool(void *arg)
{
    struct pool *p = arg;
    pool_free(&p);
}

static void do_one(struct voice *v, void *arg)
{
    struct one *o = arg;
    struct voice_leg *leg = voice_find(v, o->sid);
    o->found = leg != NULL;
    if (!leg) {
        return;
    }
    o->live = leg->live;
    if (o->pool && leg->live) {
        pool_on_free(leg->pool, drop_pool, o->pool);
        o->pool = NULL;
        leg->actor = o->actor;
    }
    if (o->sound) {
        size_t from = (size_t)MIN_OF(o->after_ms, (int64_t)leg->tape_n / BYTES_PER_MS);
        from *= BYTES_PER_MS;
        voice_write_wav(o->out, leg->tape ? leg->tape + from : NULL, leg->tape_n - from, 2);
        return;
    }
    struct jw j = jw_to(o->out);
    jw_object(&j);
    write_head(&j, leg);
    write_moments(&j, leg);
    if (o->said) {
        jw_kv_raw(&j, "words", o->said->segments);
        jw_kv_str(&j, "conversation_id", o->said->conversation_id);
    }
    jw_object_end(&j);
}

/* What else is wanted of a call: its words, or its sound from some time on. */
static int read_wishes(struct sandbox *s, struct http_request *req, struct one *o, struct err *e)
{
    struct form f;
    int rc = form_parse(req->pool, req->query, &f, e);
    if (rc) {
        return rc;
    }
    struct str after = form_get(&f, "after_ms"), words = form_get(&f, "words");
    bool with_words = false;
    if (after.p && (!str_to_i64(after, &o->after_ms) || o->after_ms < 0)) {
        return err_field(e, ERR_INVALID, "after_ms", "after_ms is a number of milliseconds");
    }
    if (words.p && !str_to_bool(words, &with_words)) {
        return err_field(e, ERR_INVALID, "words", "words is true or false");
    }
    if (with_words && !o->sound) {
        struct voice_said *said = pool_alloc(req->pool, sizeof *said);
        voice_words_read(s, req->pool, str_dup(req->pool, o->sid), said);
        o->said = said;
    }
    return 0;
}

static int one(struct sandbox *s, struct str rest, struct http_request *req,
               struct http_response *res, struct err *e)
{
    struct str sound = STR("/audio");
    struct one o = {.sid = rest, .out = &res->body};
    int rc = 0;
    if (req->method == HTTP_GET) {
        o.sound = str_ends(rest, sound);
        o.sid.n -= o.sound ? sound.n : 0;
        res->content_type = o.sound ? "audio/x-wav" : res->content_type;
        rc = read_wishes(s, req, &o, e);
    } else {
        json_t *document = NULL;
        rc = json_read(req->pool, req->body, &document, e);
        o.pool = rc ? NULL : pool_new();
        rc = rc ? rc
                : voice_read_script(s->voice->speak, o.pool, json_object_get(document, "script"),
                                    &o.actor, e);
    }
    bool changes = o.pool != NULL;
    if (rc == 0) {
        voice_do(s->voice, do_one, &o);
    }
    pool_free(&o.pool);
    if (rc == 0 && !o.found) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such call");
    } else if (rc == 0 && changes && !o.live) {
        rc = err_set(e, ERR_CONFLICT, "the call has ended");
    }
    return rc;
}

/* ---- who answers ---- */

static void set_person(struct voice *v, void *arg)
{
    voice_set_person(v, arg);
}

/* What a machine does of which nothing else was said. */
static json_t *machine_greeting(void)
{
    return json_pack("[{s:i}, {s:s}, {s:i, s:i}, {s:i}]", "silence", 300, "say",
                     "Nobody is here at the moment. Please leave a message after the tone.", "tone",
                     1000, "ms", 400, "silence", 60000);
}

static int read_person(struct voice *v, const json_t *document, struct voice_person *p,
                       struct err *e)
{
    static const char *const known[][2] = {
        {"yes", "yes"}, {"no", "no"}, {"busy", "busy"}, {"failed", "failed"}, {"machine", "yes"}};
    const char *answers = json_get_text(document, "answers", "yes");
    json_t *script = json_object_get(document, "script");
    p->machine = strcmp(answers, "machine") == 0;
    int rc = read_number(str_of(json_get_text(document, "number", "")), "number", p->number, e);
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        p->answers = strcmp(answers, known[i][0]) == 0 ? known[i][1] : p->answers;
    }
    p->after_ms = (int)MAX_OF(MIN_OF(json_get_i64(document, "after_ms", 500), 600000), 0);
    if (rc == 0 && !p->answers) {
        rc = err_field(e, ERR_INVALID, "answers", "answers is yes, no, busy, failed or machine");
    }
    json_t *greeting = p->machine && !script ? machine_greeting() : NULL;
    if (rc == 0 && (script || greeting)) {
        struct actor c = {0};
        rc = voice_read_script(v->speak, p->pool, script ? script : greeting, &c, e);
        p->steps = c.steps;
        p->n_steps = c.n;
    }
    json_decref(greeting);
    return rc;
}

static int people(struct sandbox *s, struct http_request *req, struct http_response *res,
                  struct err *e)
{
    json_t *document = NULL;
    int rc = json_read(req->pool, req->body, &document, e);
    struct voice_person p = {.pool = pool_new()};
    rc = rc ? rc : read_person(s->voice, document, &p, e);
    if (rc) {
        pool_free(&p.pool);
        return rc;
    }
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "number", p.number);
    jw_kv_text(&j, "answers", p.machine ? "machine" : p.answers);
    jw_object_end(&j);
    voice_do(s->voice, set_person, &p);
    return 0;
}

int voice_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                  struct err *e)
{
    struct str prefix = STR("/sandbox/calls/");
    bool post = req->method == HTTP_POST, get = req->method == HTTP_GET;
    if (post && str_eq(req->path, STR("/sandbox/call"))) {
        return call(s, req, res, e);
    }
    if (post && str_eq(req->path, STR("/sandbox/people"))) {
        return people(s, req, res, e);
    }
    if (get && str_eq(req->path, STR("/sandbox/calls"))) {
        return list(s, req, res, e);
    }
    if ((get || post) && str_starts(req->path, prefix)) {
        return one(s, (struct str){req->path.p + prefix.n, req->path.n - prefix.n}, req, res, e);
    }
    return err_set(e, ERR_METHOD, "the path takes another method");
}
