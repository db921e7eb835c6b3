/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Twilio's requests about calls become. That a call comes in is only noted: it is begun by its
 * media stream (voice/media_stream.h), which comes a moment later. A call of ours is known by the
 * id in the address that we gave for it, until we know Twilio's.
 */
#include "base/utf8.h"
#include "channels/inbound_call.h"
#include "channels/inbound_sms.h"
#include "channels/inbox.h"
#include "domain/business.h"
#include "domain/telephone.h"

/* The form, and which call of ours the address names; NULL: none. */
static int read_request(struct inbox_work *w, struct form *form, const char **ours_out,
                        struct err *e)
{
    struct str rest = str_of(w->entry.target);
    struct form query = {0};
    struct id id;
    str_cut(&rest, '?');
    int rc = form_parse(w->pool, w->entry.body, form, e);
    if (rc == 0 && rest.p) {
        rc = form_parse(w->pool, rest, &query, e);
    }
    struct str call = form_get(&query, "call");
    *ours_out = rc == 0 && call.p && id_parse(call, &id) ? pool_strdup(w->pool, id.text) : NULL;
    return rc;
}

/* Takes the entry and says whose call it is. *had_out: nothing more is to be done. */
static int take_entry(struct db *db, struct inbox_work *w, const char *ours, const char *call_sid,
                      bool *had_out, struct err *e)
{
    struct arg args[JOURNAL_ARGS];
    struct rows taken;
    struct query take = journal_take(&w->entry, NULL, args, &taken);
    int rc = db_many(db, w->pool, &take, 1, e);
    w->duplicate = *had_out = rc == 0 && taken.n == 0;
    if (rc == 0 && !w->duplicate && ours) {
        rc = telephone_calls_name(db, ours, call_sid, w->now, e);
    }
    return rc;
}

/* ---- a call comes in, or one of ours was picked up ---- */

struct read_call {
    struct inbound_call call;
    const char *ours, *call_sid;
};

static int read_call(struct inbox_work *w, struct err *e)
{
    struct read_call *r = pool_calloc(w->pool, 1, sizeof *r);
    struct form form;
    int rc = read_request(w, &form, &r->ours, e);
    if (rc == 0) {
        rc = inbound_call_read(w->pool, &form, &r->call, e);
    }
    if (rc == 0) {
        r->call_sid = w->entry.provider_id = str_dup(w->pool, r->call.call_sid);
        w->read = r;
    }
    return rc;
}

static int apply_call(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct read_call *r = w->read;
    struct id id = id_new();
    bool had;
    int rc = take_entry(db, w, r->ours, r->call_sid, &had, e);
    if (rc < 0 || had) {
        return rc;
    }
    struct telephone_call_new call = {
        .id = id.text,
        .call_sid = r->call_sid,
        .outbound = r->call.outbound,
        .caller = r->call.caller,
        .called = r->call.called,
        .status = "ringing",
        .at = w->now,
    };
    return telephone_calls_insert(db, &call, e);
}

const struct inbox_kind inbox_twilio_call = {"twilio", "call", true, read_call, apply_call};

/* ---- how it stands ---- */

struct read_call_report {
    struct call_report report;
    const char *ours, *call_sid;
    bool outbound;
};

static int read_call_status(struct inbox_work *w, struct err *e)
{
    struct read_call_report *r = pool_calloc(w->pool, 1, sizeof *r);
    struct form form;
    int rc = read_request(w, &form, &r->ours, e);
    if (rc == 0) {
        rc = call_report_read(&form, &r->report, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct str status = form_get(&form, "CallStatus"), direction = form_get(&form, "Direction");
    r->outbound = direction.p && str_starts(direction, STR("outbound"));
    r->call_sid = str_dup(w->pool, r->report.call_sid);
    w->entry.provider_id =
        pool_printf(w->pool, "%s:" STR_FMT ":%lld", r->call_sid, STR_ARG(utf8_prefix(status, 20)),
                    (long long)r->report.sequence);
    w->read = r;
    return 0;
}

static int apply_call_status(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct read_call_report *r = w->read;
    bool had, news;
    int rc = take_entry(db, w, r->ours, r->call_sid, &had, e);
    if (rc < 0 || had || !r->report.status) { /* a status that we do not know */
        return rc;
    }
    struct telephone_report report = {
        .call_sid = r->call_sid,
        .status = r->report.status,
        .final = r->report.final,
        .outbound = r->outbound,
        .sequence = r->report.sequence,
        .at = w->now,
    };
    return telephone_report(db, w->pool, &report, &news, e);
}

const struct inbox_kind inbox_twilio_call_status = {"twilio", "call_status", true, read_call_status,
                                                    apply_call_status};

/* ---- a message that somebody left ---- */

struct read_recording {
    struct call_recording recording;
    const char *ours, *call_sid;
};

static int read_recording(struct inbox_work *w, struct err *e)
{
    struct read_recording *r = pool_calloc(w->pool, 1, sizeof *r);
    struct form form;
    int rc = read_request(w, &form, &r->ours, e);
    if (rc == 0) {
        rc = call_recording_read(&form, &r->recording, e);
    }
    if (rc < 0) {
        return rc;
    }
    r->call_sid = str_dup(w->pool, r->recording.call_sid);
    w->entry.provider_id = pool_printf(w->pool, STR_FMT "%s", STR_ARG(r->recording.recording_sid),
                                       r->recording.completed ? "" : ":absent");
    w->read = r;
    return 0;
}

static int apply_recording(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct read_recording *r = w->read;
    bool had;
    int rc = take_entry(db, w, r->ours, r->call_sid, &had, e);
    if (rc < 0 || had || !r->recording.completed) {
        return rc;
    }
    struct voicemail mail = {
        .call_sid = r->call_sid,
        .recording_sid = str_dup(w->pool, r->recording.recording_sid),
        .provider = "twilio",
        .url = pool_printf(w->pool, STR_FMT ".wav", STR_ARG(r->recording.url)),
        .duration_s = r->recording.duration_s,
        .at = w->now,
    };
    return telephone_voicemail(db, w->pool, &mail, &w->message, e);
}

const struct inbox_kind inbox_twilio_recording = {"twilio", "recording", false, read_recording,
                                                  apply_recording};

/* ---- a person was dialled, and talked or did not ---- */

struct read_dialled {
    const char *call_sid, *status;
    bool answered;
};

static int read_call_dialled(struct inbox_work *w, struct err *e)
{
    struct read_dialled *r = pool_calloc(w->pool, 1, sizeof *r);
    struct inbound_call call = {.outbound = false};
    struct form form = {0};
    const char *ours;
    int rc = read_request(w, &form, &ours, e);
    if (rc == 0) {
        rc = inbound_call_read(w->pool, &form, &call, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct str dialled = form_get(&form, "DialCallSid");
    bool named = dialled.p && twilio_sid_ok(dialled, "CA");
    r->call_sid = str_dup(w->pool, call.call_sid);
    r->answered = call_was_answered(&form);
    r->status = call_dial_status(&form);
    w->entry.provider_id =
        pool_printf(w->pool, "%s:" STR_FMT, r->call_sid, STR_ARG(named ? dialled : STR("dialled")));
    w->read = r;
    return 0;
}

static int apply_call_dialled(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct read_dialled *r = w->read;
    struct telephone_dialled dialled = {r->call_sid, r->status, r->answered, w->now};
    bool had;
    int rc = take_entry(db, w, NULL, r->call_sid, &had, e);
    return rc < 0 || had ? rc : telephone_dialled(db, w->pool, &dialled, e);
}

const struct inbox_kind inbox_twilio_call_dialled = {"twilio", "call_dialled", true,
                                                     read_call_dialled, apply_call_dialled};

/* ---- who took a call of ours, a person or a machine ---- */

struct read_taken {
    struct call_taker taker;
    const char *ours, *call_sid;
};

static int read_call_taken(struct inbox_work *w, struct err *e)
{
    struct read_taken *r = pool_calloc(w->pool, 1, sizeof *r);
    struct form form;
    int rc = read_request(w, &form, &r->ours, e);
    if (rc == 0) {
        rc = call_taker_read(&form, &r->taker, e);
    }
    if (rc < 0) {
        return rc;
    }
    r->call_sid = str_dup(w->pool, r->taker.call_sid);
    w->entry.provider_id = pool_printf(w->pool, "%s:taken", r->call_sid);
    w->read = r;
    return 0;
}

/* What a machine hears: whose call it was, and nothing that is not for everybody's ears. */
static int message_of(struct db *db, struct inbox_work *w, const char **out, struct err *e)
{
    const struct inbox_config *c = w->config;
    struct facts f = {0};
    if (c->machine_message && c->machine_message[0]) {
        *out = c->machine_message;
        return 0;
    }
    int rc = business_load(db, w->pool, &f, e);
    if (rc < 0 && rc != ERR_NOT_FOUND) {
        return rc;
    }
    const char *business = c->business_name && c->business_name[0] ? c->business_name
                           : rc == 0 && f.business_name            ? f.business_name
                                                                   : "us";
    *out = pool_printf(w->pool,
                       "Hello, this is a message from %s. We tried to reach you. Please call us "
                       "back at this number when it suits you. Thank you, and goodbye.",
                       business);
    return 0;
}

static int apply_call_taken(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct read_taken *r = w->read;
    const char *message = NULL;
    bool had;
    int rc = take_entry(db, w, r->ours, r->call_sid, &had, e);
    if (rc < 0 || had || !r->taker.machine) {
        return rc;
    }
    if (r->taker.hears) {
        rc = message_of(db, w, &message, e);
    }
    struct telephone_machine machine = {r->call_sid, r->taker.answered_by, message, w->now};
    return rc < 0 ? rc : telephone_machine(db, w->pool, &machine, e);
}

const struct inbox_kind inbox_twilio_call_taken = {"twilio", "call_taken", false, read_call_taken,
                                                   apply_call_taken};
