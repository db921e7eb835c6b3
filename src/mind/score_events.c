/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, by the events: only what succeeded was done. */
#include "base/json_read.h"
#include "mind/score_private.h"

/* What an action does, by how its name begins. */
static enum deed deed_named(const char *name)
{
    static const struct {
        const char *starts;
        enum deed deed;
    } rows[] = {
        {"book", DEED_BOOKED},     {"schedul", DEED_BOOKED}, {"creat", DEED_BOOKED},
        {"ma", DEED_BOOKED},       {"confirm", DEED_BOOKED}, {"add", DEED_BOOKED},
        {"resched", DEED_MOVED},   {"mov", DEED_MOVED},      {"chang", DEED_MOVED},
        {"updat", DEED_MOVED},     {"modif", DEED_MOVED},    {"cancel", DEED_CANCELLED},
        {"delet", DEED_CANCELLED},
    };
    struct str s = str_of(name), prefix = STR("appointment_");
    s = str_starts(s, prefix) ? (struct str){s.p + prefix.n, s.n - prefix.n} : s;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (str_starts(s, str_of(rows[i].starts))) {
            return rows[i].deed;
        }
    }
    return DEED_NONE;
}

/* A tool's name must say besides that it is about appointments: update_customer moves none. */
static enum deed deed_of_tool(const char *name)
{
    bool ours = strstr(name, "appointment") || strstr(name, "book") || strstr(name, "schedul");
    return ours ? deed_named(name) : DEED_NONE;
}

static bool is_any(const char *s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(s, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Did the call do what its tool is for? A result without any sign of it counts as none. */
static bool succeeded(const json_t *details)
{
    static const char *const done[] = {"booked",    "rescheduled", "cancelled", "canceled",
                                       "moved",     "scheduled",   "success",   "ok",
                                       "confirmed", "done"};
    json_t *result = json_object_get(details, "result");
    const json_t *places[] = {result, details};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        const json_t *success = json_object_get(places[i], "success");
        if (json_is_false(success) || json_object_get(places[i], "error")) {
            return false;
        }
        const char *status = json_is_string(places[i]) ? json_string_value(places[i])
                                                       : json_get_text(places[i], "status", NULL);
        if (status) {
            return is_any(status, done, ARRAY_SIZE(done));
        }
        if (json_is_true(success)) {
            return true;
        }
    }
    return false;
}

/* Which intent tells most about a conversation. */
static int weight_of_intent(const char *intent)
{
    static const char *const rising[] = {
        "other",    "greeting",     "thanks",  "goodbye",       "small_talk",
        "location", "payment",      "care",    "provider_info", "service_info",
        "confirm",  "availability", "book",    "reschedule",    "cancel",
        "person",   "medical",      "opt_out", "complaint",     "emergency"};
    for (size_t i = 0; i < ARRAY_SIZE(rising); i++) {
        if (strcmp(intent, rising[i]) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void read_intent(struct happened *h, const char *intent)
{
    if (weight_of_intent(intent) >= 0 &&
        (!h->intent || weight_of_intent(intent) > weight_of_intent(h->intent))) {
        h->intent = intent;
    }
    h->last_intent = weight_of_intent(intent) >= 0 ? intent : h->last_intent;
    h->complained = h->complained || strcmp(intent, "complaint") == 0;
    h->wished = strcmp(intent, "reschedule") == 0 ? DEED_MOVED
                : strcmp(intent, "cancel") == 0   ? DEED_CANCELLED
                : strcmp(intent, "book") == 0 || strcmp(intent, "availability") == 0
                    ? (h->wished ? h->wished : DEED_BOOKED)
                    : h->wished;
    h->asked = h->asked || strcmp(intent, "service_info") == 0 || strcmp(intent, "payment") == 0 ||
               strcmp(intent, "location") == 0 || strcmp(intent, "care") == 0 ||
               strcmp(intent, "provider_info") == 0;
    h->emergency = h->emergency || strcmp(intent, "emergency") == 0;
    h->medical = h->medical || strcmp(intent, "medical") == 0;
}

/* The service and time that a result, the arguments or an action's details name. */
static void read_appointment(struct happened *h, const json_t *from)
{
    const char *service = json_get_text(from, "service_name", json_get_text(from, "service", NULL));
    const char *start = json_get_text(from, "start", json_get_text(from, "start_time", NULL));
    h->service = service ? service : h->service;
    h->start = start ? start : h->start;
}

static void read_call(struct happened *h, const json_t *details)
{
    enum deed deed =
        deed_of_tool(json_get_text(details, "name", json_get_text(details, "function", "")));
    h->recorded = true;
    if (deed == DEED_NONE) {
        const json_t *args = json_object_get(details, "args");
        const char *service = json_get_text(args, "service", NULL);
        h->service = h->service || !service ? h->service : service;
        return;
    }
    if (succeeded(details)) {
        h->deed = deed;
        read_appointment(h, json_object_get(details, "args"));
        read_appointment(h, json_object_get(details, "result"));
    } else {
        h->failed_calls++;
    }
}

static void read_event(struct happened *h, const char *type, const json_t *details)
{
    if (strcmp(type, "intent_detected") == 0) {
        read_intent(h, json_get_text(details, "intent", ""));
    } else if (strcmp(type, "escalation_requested") == 0) {
        h->escalations++;
        h->escalated_for = json_get_text(details, "reason", "");
        h->complained = h->complained || strstr(h->escalated_for, "complain");
    } else if (strcmp(type, "appointment_action") == 0) {
        enum deed deed = deed_named(json_get_text(details, "action", ""));
        h->deed = deed ? deed : h->deed;
        h->recorded = true;
        read_appointment(h, details);
    } else if (strcmp(type, "function_called") == 0) {
        read_call(h, details);
    } else if (strcmp(type, "opt_out") == 0) {
        h->opted_out = true;
    } else if (strcmp(type, "error") == 0 || strcmp(type, "delivery_failed") == 0) {
        h->errors++;
    }
}

void happened_read(struct pool *p, const struct score_in *in, struct happened *out)
{
    struct happened h = {.escalated_for = ""};
    for (size_t i = 0; i < in->n_events; i++) {
        json_t *details = NULL;
        const struct score_event *e = &in->events[i];
        if (e->details.n && json_read(p, e->details, &details, NULL) < 0) {
            details = NULL; /* that it happened still counts */
        }
        read_event(&h, e->type, details);
    }
    *out = h;
}
