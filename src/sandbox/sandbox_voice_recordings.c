/* SPDX-License-Identifier: Apache-2.0 */
/* Twilio's REST resource Recordings: what Record kept, its WAV, and its end. */
#include "sandbox/sandbox_voice_private.h"

#define WAV_MAX_BYTES (VOICE_SOUND_BYTES * 2 + 64)

static void write_one(struct jw *j, const struct voice *v, const struct voice_recording *r)
{
    char uri[160], seconds[24];
    snprintf(uri, sizeof uri, "/2010-04-01/Accounts/%s/Recordings/%s.json", v->s->account, r->sid);
    snprintf(seconds, sizeof seconds, "%zu", (r->n + 7999) / 8000);
    jw_object(j);
    jw_kv_text(j, "sid", r->sid);
    jw_kv_text(j, "account_sid", v->s->account);
    jw_kv_text(j, "call_sid", r->call_sid);
    jw_kv_text(j, "status", r->status);
    jw_kv_text(j, "source", r->source);
    jw_kv_text(j, "duration", seconds);
    jw_kv_i64(j, "channels", 1);
    jw_kv_null(j, "price");
    jw_kv_text(j, "price_unit", "USD");
    sandbox_rest_date(j, "date_created", r->created);
    sandbox_rest_date(j, "date_updated", r->created);
    sandbox_rest_date(j, "start_time", r->created);
    jw_kv_text(j, "api_version", "2010-04-01");
    jw_kv_text(j, "uri", uri);
    jw_object_end(j);
}

struct task {
    struct str sid, call;
    bool deletes, sound, found;
    struct buf *out;
};

static void do_one(struct voice *v, void *arg)
{
    struct task *t = arg;
    struct voice_recording *r = voice_find_recording(v, t->sid);
    t->found = r != NULL;
    if (r && t->deletes) {
        free(r->ulaw);
        *r = (struct voice_recording){0};
    } else if (r && t->sound) {
        voice_write_wav(t->out, (const uint8_t *)r->ulaw, r->n, 1);
    } else if (r) {
        struct jw j = jw_to(t->out);
        write_one(&j, v, r);
    }
}

static void do_list(struct voice *v, void *arg)
{
    struct task *t = arg;
    struct jw j = jw_to(t->out);
    int64_t n = 0;
    jw_object(&j);
    jw_key(&j, "recordings");
    jw_array(&j);
    for (int64_t i = 0; i < VOICE_RECORDINGS; i++) {
        int64_t at = v->recordings_next - i;
        const struct voice_recording *r = at > 0 ? &v->recordings[at % VOICE_RECORDINGS] : NULL;
        if (r && r->sid[0] && (!t->call.n || str_eq(t->call, str_of(r->call_sid)))) {
            write_one(&j, v, r);
            n++;
        }
    }
    jw_array_end(&j);
    jw_kv_i64(&j, "page", 0);
    jw_kv_i64(&j, "page_size", VOICE_RECORDINGS);
    jw_kv_i64(&j, "start", 0);
    jw_kv_i64(&j, "end", MAX_OF(n - 1, 0));
    jw_kv_null(&j, "next_page_uri");
    jw_object_end(&j);
}

static void list(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct form f = {0};
    int ignored UNUSED = form_parse(req->pool, req->query, &f, NULL);
    struct task t = {.call = form_get(&f, "CallSid"), .out = &res->body};
    voice_do(s->voice, do_list, &t);
    res->status = 200;
    res->content_type = "application/json;charset=utf-8";
}

static void one(struct sandbox *s, struct str name, struct http_request *req,
                struct http_response *res)
{
    struct str tail = {name.p + MIN_OF(name.n, (size_t)34), name.n - MIN_OF(name.n, (size_t)34)};
    struct task t = {
        .sid = {name.p, name.n - tail.n},
        .deletes = req->method == HTTP_DELETE,
        .sound = tail.n == 0 || str_eq(tail, STR(".wav")),
        .out = &res->body,
    };
    bool known = t.sound || str_eq(tail, STR(".json"));
    t.sound = t.sound && !t.deletes;
    if (known) {
        voice_do(s->voice, do_one, &t);
    }
    if (!t.found || buf_failed(&res->body)) {
        sandbox_rest_error(res, 404, 20404, "The requested resource was not found");
        return;
    }
    res->status = t.deletes ? 204 : 200;
    res->content_type = t.deletes ? NULL
                        : t.sound ? "audio/x-wav"
                                  : "application/json;charset=utf-8";
}

bool voice_rest_recordings(struct sandbox *s, struct str rest, struct http_request *req,
                           struct http_response *res)
{
    struct str prefix = STR("Recordings/");
    if (str_eq(rest, STR("Recordings.json")) && req->method == HTTP_GET) {
        list(s, req, res);
    } else if (str_starts(rest, prefix) && req->method & (HTTP_GET | HTTP_DELETE)) {
        one(s, (struct str){rest.p + prefix.n, rest.n - prefix.n}, req, res);
    } else {
        return false;
    }
    return true;
}
