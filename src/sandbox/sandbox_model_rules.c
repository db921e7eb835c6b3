/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model made of rules: it reads the last message and the results of the tools that it has called
 * since, and calls the next one or answers. It takes service names, the calendar, and the customer
 * from Ava's own instructions (mind/prompt.h), as a real model would, only by their form. Good for
 * a demonstration and for tests of the way; no measure of how a real one does.
 */
#include <ctype.h>

#include "base/json_read.h"
#include "mind/evidence.h"
#include "mind/receipt.h"
#include "mind/say.h"
#include "sandbox/sandbox_model_private.h"

struct thinking {
    struct pool *pool;
    const json_t *request, *messages;
    const char *told;                   /* the instructions */
    const char *system, *text, *before; /* lower case: these, last user and assistant text */
    const char *raw;                    /* the user's text as it is */
    size_t from;                        /* messages after the user's last */
    struct model_say *say;
};

static void drop(void *arg)
{
    json_decref(arg);
}

static char *lower(struct pool *p, const char *s)
{
    char *copy = pool_strdup(p, s);
    for (char *c = copy; *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return copy;
}

static bool has(const char *text, const char *words)
{
    struct str rest = str_of(words);
    for (struct str word; rest.p && (word = str_cut(&rest, '|')).p;) {
        if (memmem(text, strlen(text), word.p, word.n)) {
            return true;
        }
    }
    return false;
}

/* --- saying --- */

static void say_intent(struct thinking *t, const char *intent, bool person, bool ends,
                       const char *reply)
{
    json_t *o = json_pack("{s:s,s:s,s:f,s:b,s:n,s:b}", "reply", reply, "intent", intent,
                          "confidence", 0.9, "wants_person", person, "reason", "ends", ends);
    t->say->content = json_dump_to_pool(t->pool, o).p;
    json_decref(o);
}

static bool offered(const struct thinking *t, const char *tool)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(t->request, "tools"), i, one) {
        if (strcmp(json_get_text(json_object_get(one, "function"), "name", ""), tool) == 0) {
            return strcmp(json_get_text(t->request, "tool_choice", "auto"), "none") != 0;
        }
    }
    return false;
}

/* Takes args. */
static bool call(struct thinking *t, const char *tool, json_t *args)
{
    if (offered(t, tool)) {
        struct str text = json_dump_to_pool(t->pool, args);
        const char *id = pool_printf(t->pool, "call_%zu", json_array_size(t->messages));
        t->say->calls =
            json_pack("[{s:s,s:s,s:s%}]", "id", id, "name", tool, "arguments", text.p, text.n);
        pool_on_free(t->pool, drop, t->say->calls);
        t->say->finish = "tool_calls";
    }
    json_decref(args);
    return t->say->calls != NULL;
}

/* --- what was called since the user's last message --- */

static const char *name_of_call(const struct thinking *t, const char *id)
{
    for (size_t i = t->from; i < json_array_size(t->messages); i++) {
        size_t k;
        json_t *one;
        json_array_foreach (json_object_get(json_array_get(t->messages, i), "tool_calls"), k, one) {
            if (strcmp(json_get_text(one, "id", ""), id) == 0) {
                return json_get_text(json_object_get(one, "function"), "name", "");
            }
        }
    }
    return "";
}

/* The last result of a tool in this turn; NULL: it was not called. */
static json_t *result_of(const struct thinking *t, const char *tool)
{
    json_t *found = NULL;
    for (size_t i = t->from; i < json_array_size(t->messages); i++) {
        const json_t *m = json_array_get(t->messages, i);
        const char *id = json_get_text(m, "tool_call_id", NULL);
        if (id && strcmp(name_of_call(t, id), tool) == 0) {
            json_t *result = NULL;
            const char *content = json_get_text(m, "content", "");
            found = json_read(t->pool, str_of(content), &result, NULL) == 0 ? result : found;
        }
    }
    return found;
}

/* --- reading --- */

/* Is a word of the key, such as "facial" of signature_facial, in the text? */
static bool has_part(const char *text, const char *key)
{
    struct str rest = str_of(key);
    for (struct str word; rest.p && (word = str_cut(&rest, '_')).p;) {
        if (word.n > 3 && memmem(text, strlen(text), word.p, word.n)) {
            return true;
        }
    }
    return false;
}

/*
 * The key of a service of the instructions that the text names, rather by its whole name than by a
 * part of it; NULL: none.
 */
static const char *service_in(const struct thinking *t, const char *text)
{
    struct str rest = str_of(t->system);
    const char *by_part = NULL;
    bool list = false;
    for (struct str row; rest.p && (row = str_cut(&rest, '\n')).p;) {
        list = str_starts(row, STR("services, with")) || (list && str_starts(row, STR("- ")));
        ptrdiff_t open = str_index(row, '(', 0), close = open < 0 ? -1 : str_index(row, ')', open);
        if (!list || close < 0 || open < 3) {
            continue;
        }
        const char *name = pool_strndup(t->pool, row.p + 2, (size_t)open - 3);
        char *key = pool_strndup(t->pool, row.p + open + 1, (size_t)(close - open) - 1);
        if (has(text, name) || has(text, key)) {
            return key;
        }
        by_part = !by_part && has_part(text, key) ? key : by_part;
    }
    return by_part;
}

/* The service of the conversation: in the last message that names one. */
static const char *service_of(const struct thinking *t)
{
    for (size_t i = t->from; i > 0; i--) {
        const json_t *m = json_array_get(t->messages, i - 1);
        if (strcmp(json_get_text(m, "role", ""), "system") != 0) {
            const char *key = service_in(t, lower(t->pool, json_get_text(m, "content", "")));
            if (key) {
                return key;
            }
        }
    }
    return NULL;
}

/* "YYYY-MM-DD" of the day that the text names, by the calendar of the instructions; NULL: none. */
static const char *day_in(const struct thinking *t, const char *text)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const char *calendar = strstr(t->system, "the days from today:");
    if (!calendar) {
        return NULL;
    }
    calendar += strlen("the days from today:");
    if (has(text, "today|tomorrow")) {
        const char *at = calendar + (has(text, "tomorrow") ? strlen(" mon 2026-03-02,") : 0);
        return pool_strndup(t->pool, at + 5, 10);
    }
    for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
        const char *full[] = {"monday", "tuesday",  "wednesday", "thursday",
                              "friday", "saturday", "sunday"};
        const char *at = has(text, full[i]) ? strstr(calendar, days[i]) : NULL;
        if (at) {
            return pool_strndup(t->pool, at + 4, 10);
        }
    }
    return NULL;
}

/* Minutes since midnight of the time that the text names; -1: none. */
static int time_in(const char *text)
{
    if (has(text, "noon")) {
        return 720;
    }
    for (const char *c = text; *c; c++) {
        bool begins = isdigit((unsigned char)*c) && (c == text || !isalnum((unsigned char)c[-1]));
        if (!begins || (c > text && (c[-1] == '-' || c[-1] == ':'))) {
            continue;
        }
        char *end;
        long hour = strtol(c, &end, 10), minute = 0;
        bool colon = *end == ':' && isdigit((unsigned char)end[1]);
        minute = colon ? strtol(end + 1, &end, 10) : 0;
        end += *end == ' ';
        bool pm = strncmp(end, "pm", 2) == 0 || strncmp(end, "p.m", 3) == 0;
        bool am = strncmp(end, "am", 2) == 0 || strncmp(end, "a.m", 3) == 0;
        bool at = c >= text + 3 && strncmp(c - 3, "at ", 3) == 0;
        if (hour > 23 || minute > 59 || !(colon || pm || am || at)) {
            continue;
        }
        hour = hour % 12 + (pm || (!am && hour < 8) || (!am && hour >= 12) ? 12 : 0);
        return (int)(hour * 60 + minute);
    }
    return -1;
}

/* The customer's name, from the instructions or from what was just said; NULL: not known. */
static const char *name_of(const struct thinking *t)
{
    const char *known = strstr(t->told, "\"customer\":{\"name\":\"");
    const char *said = strcasestr(t->raw, "name is ");
    said = said ? said + strlen("name is ") : NULL;
    if (!said && has(t->before, "your name|what name") && strlen(t->raw) < 40 &&
        isupper((unsigned char)t->raw[0])) {
        said = t->raw;
    }
    if (said) {
        return pool_strndup(t->pool, said, strcspn(said, ".,!?\n"));
    }
    return known ? pool_strndup(t->pool, known + 20, strcspn(known + 20, "\"")) : NULL;
}

/* A number after a word in the instructions, such as the first appointment's id; -1: none. */
static int64_t number_after(const struct thinking *t, const char *word)
{
    const char *at = strstr(t->system, word);
    return at ? strtoll(at + strlen(word), NULL, 10) : -1;
}

/* --- arranging --- */

static const char *slot_words(struct pool *p, const json_t *slot)
{
    struct evidence_moment m;
    if (!evidence_moment_of(json_get_text(slot, "start", NULL), &m)) {
        return "";
    }
    return pool_printf(p, "%s at %s", receipt_day(p, m.day), say_time(p, CHANNEL_WEB, m.minutes));
}

static void say_slots(struct thinking *t, const char *intent, const char *first,
                      const json_t *slots)
{
    const char *list = "";
    size_t n = MIN_OF(json_array_size(slots), (size_t)3);
    for (size_t i = 0; i < n; i++) {
        list = pool_printf(t->pool, "%s%s%s", list,
                           i == 0       ? ""
                           : i + 1 == n ? " or "
                                        : ", ",
                           slot_words(t->pool, json_array_get(slots, i)));
    }
    say_intent(t, intent, false, false,
               n ? pool_printf(t->pool, "%sI have %s. Which suits you?", first, list)
                 : "There is nothing free then. Which other day would suit you?");
}

/* The slot that the customer chose, by its time or its place in the list. */
static const json_t *chosen_slot(const struct thinking *t, const json_t *slots)
{
    int minutes = time_in(t->text);
    size_t i;
    json_t *slot;
    json_array_foreach (slots, i, slot) {
        struct evidence_moment m;
        if (evidence_moment_of(json_get_text(slot, "start", NULL), &m) && m.minutes == minutes) {
            return slot;
        }
    }
    bool choosing = has(t->before, "which suits you");
    return choosing && has(t->text, "first|earliest|yes") ? json_array_get(slots, 0)
           : choosing && has(t->text, "second")           ? json_array_get(slots, 1)
           : choosing && has(t->text, "third|last")       ? json_array_get(slots, 2)
                                                          : NULL;
}

/* A day or a time that was named before counts on while the booking goes on. */
static void recall(const struct thinking *t, const char **day, int *minutes)
{
    int seen = 0;
    for (size_t i = t->from; i > 0 && seen < 4 && (!*day || *minutes < 0); i--) {
        const json_t *m = json_array_get(t->messages, i - 1);
        if (strcmp(json_get_text(m, "role", ""), "user") == 0) {
            const char *text = lower(t->pool, json_get_text(m, "content", ""));
            *day = *day ? *day : day_in(t, text);
            *minutes = *minutes < 0 ? time_in(text) : *minutes;
            seen++;
        }
    }
}

static void look_for_times(struct thinking *t, const char *service)
{
    const char *day = NULL;
    int minutes = -1;
    recall(t, &day, &minutes);
    json_t *args = json_pack("{s:s}", "service", service);
    if (day) {
        json_object_set_new(args, "date_from", json_string(day));
        json_object_set_new(args, "date_to", json_string(day));
    }
    if (minutes >= 0) {
        json_object_set_new(args, "time_from",
                            json_sprintf("%02d:%02d", minutes / 60, minutes % 60));
    }
    if (!call(t, "check_availability", args)) {
        say_intent(t, "book", true, false, "A colleague will get back to you about a time.");
    }
}

static bool answer_done(struct thinking *t, const char *tool, const char *intent)
{
    const json_t *done = result_of(t, tool);
    if (!done) {
        return false;
    }
    const char *status = json_get_text(done, "status", "");
    if (strcmp(status, "booked") == 0 || strcmp(status, "rescheduled") == 0 ||
        strcmp(status, "cancelled") == 0) {
        say_intent(t, intent, false, false,
                   str_dup(t->pool, receipt_of(t->pool, CHANNEL_WEB, done).text));
    } else if (strcmp(status, "needs_name") == 0) {
        say_intent(t, intent, false, false, "What name may I put it under?");
    } else if (json_array_size(json_object_get(done, "alternatives"))) {
        say_slots(t, intent, "That time is gone. ", json_object_get(done, "alternatives"));
    } else {
        say_intent(t, intent, true, false, "That did not work; a colleague will get back to you.");
    }
    return true;
}

static void book(struct thinking *t)
{
    const char *service = service_of(t), *name = name_of(t);
    if (answer_done(t, "book_appointment", "book")) {
        return;
    }
    if (!service) {
        say_intent(t, "book", false, false, "Which treatment would you like?");
        return;
    }
    const json_t *found = result_of(t, "check_availability");
    if (!found) {
        look_for_times(t, service);
        return;
    }
    const json_t *slots = json_object_get(found, "slots");
    const json_t *slot = chosen_slot(t, slots);
    bool named = has(t->before, "your name|what name");
    slot = slot ? slot : named ? json_array_get(slots, 0) : NULL;
    if (!slot) {
        say_slots(t, "book", "", slots);
    } else if (!name) {
        say_intent(t, "book", false, false, "Gladly. What name may I put it under?");
    } else {
        call(t, "book_appointment",
             json_pack("{s:s,s:s,s:s,s:s}", "service", service, "start",
                       json_get_text(slot, "start", ""), "provider",
                       json_get_text(slot, "provider", ""), "name", name));
    }
}

static void move(struct thinking *t)
{
    int64_t id = number_after(t, "\"appointment_id\":");
    const char *at = strstr(t->system, "\"appointment_id\":");
    const char *service = at ? strstr(at, "\"service\":\"") : NULL;
    if (answer_done(t, "reschedule_appointment", "reschedule")) {
        return;
    }
    if (id < 0 || !service) {
        say_intent(t, "reschedule", false, false, "I find no appointment of yours.");
        return;
    }
    service = pool_strndup(t->pool, service + 11, strcspn(service + 11, "\""));
    const json_t *found = result_of(t, "check_availability");
    if (!found) {
        look_for_times(t, service);
        return;
    }
    const json_t *slot = chosen_slot(t, json_object_get(found, "slots"));
    if (slot) {
        call(t, "reschedule_appointment",
             json_pack("{s:I,s:s}", "appointment_id", (json_int_t)id, "start",
                       json_get_text(slot, "start", "")));
    } else {
        say_slots(t, "reschedule", "", json_object_get(found, "slots"));
    }
}

static void cancel(struct thinking *t)
{
    int64_t id = number_after(t, "\"appointment_id\":");
    if (answer_done(t, "cancel_appointment", "cancel")) {
        return;
    }
    if (id < 0) {
        say_intent(t, "cancel", false, false, "I find no appointment of yours.");
    } else {
        call(t, "cancel_appointment", json_pack("{s:I}", "appointment_id", (json_int_t)id));
    }
}

/* --- questions --- */

/* The line of the instructions that begins so, as it is written there. */
static const char *fact(const struct thinking *t, const char *name)
{
    const char *system = json_get_text(json_array_get(t->messages, 0), "content", "");
    const char *at = strstr(system, pool_printf(t->pool, "\n%s: ", name));
    at = at ? at + strlen(name) + 3 : NULL;
    return at ? pool_strndup(t->pool, at, strcspn(at, "\n")) : NULL;
}

static bool tell_fact(struct thinking *t, const char *words, const char *name, const char *intent)
{
    const char *text = has(t->text, words) ? fact(t, name) : NULL;
    if (text) {
        say_intent(t, intent, false, false, text);
    }
    return text != NULL;
}

static void ask_about_service(struct thinking *t, const char *member, const char *intent)
{
    const char *service = service_of(t);
    const json_t *found = result_of(t, "get_service_info");
    if (!found && service) {
        call(t, "get_service_info", json_pack("{s:s}", "service", service));
    }
    if (t->say->calls) {
        return;
    }
    const json_t *first = json_array_get(json_object_get(found, "services"), 0);
    const char *text = json_get_text(first, member, NULL);
    bool known = text && text[0];
    say_intent(t, intent, !known, false,
               known ? pool_printf(t->pool, "%s: %s", json_get_text(first, "name", ""), text)
                     : "I do not know that; a colleague will answer you.");
}

static void ask_faq(struct thinking *t)
{
    const json_t *found = result_of(t, "get_faq_answer");
    if (!found && call(t, "get_faq_answer", json_pack("{s:s}", "question", t->raw))) {
        return;
    }
    const json_t *first = json_array_get(json_object_get(found, "articles"), 0);
    const char *text = json_get_text(first, "answer", NULL);
    say_intent(t, "other", !text, false, text ? text : "I do not know; a colleague will answer.");
}

static void want_person(struct thinking *t)
{
    if (!result_of(t, "escalate") &&
        call(t, "escalate", json_pack("{s:s}", "reason", "the customer asks for a person"))) {
        return;
    }
    say_intent(t, "person", true, false, "I have told a colleague, who will get back to you.");
}

static void think_turn(struct thinking *t)
{
    bool booking = has(t->before, "which suits you|what name|which treatment|which other day");
    if (has(t->text, "person|human|manager")) {
        want_person(t);
    } else if (has(t->text, "cancel") && !has(t->text, "policy|fee")) {
        cancel(t);
    } else if (has(t->text, "reschedule|move my|change my") ||
               (booking && has(t->system, "\"appointment_id\":") && has(t->before, "moved"))) {
        move(t);
    } else if (has(t->text, "how much|price|cost")) {
        ask_about_service(t, "price", "service_info");
    } else if (has(t->text, "aftercare|afterwards|after my")) {
        ask_about_service(t, "aftercare", "care");
    } else if (has(t->text, "prepare|preparation|before my")) {
        ask_about_service(t, "preparation", "care");
    } else if (booking || has(t->text, "book|appointment|schedule|come in|available|opening")) {
        book(t);
    } else if (has(t->text, "thank|bye")) {
        bool ends = has(t->text, "bye");
        say_intent(t, ends ? "goodbye" : "thanks", false, ends, "You're welcome! Have a good day.");
    } else if (!tell_fact(t, "hours|open|close", "Opening hours", "location") &&
               !tell_fact(t, "park", "Parking", "location") &&
               !tell_fact(t, "where|address", "Address", "location") &&
               !tell_fact(t, "pay|card|deposit", "Payment", "payment")) {
        if (has(t->text, "hello|hi ") || strlen(t->text) < 4) {
            say_intent(t, "greeting", false, false, "Hello! How can I help you?");
        } else {
            ask_faq(t);
        }
    }
}

static int count_of(const char *text, const char *words)
{
    int n = 0;
    struct str rest = str_of(words);
    for (struct str word; rest.p && (word = str_cut(&rest, '|')).p;) {
        const char *at = text;
        while ((at = memmem(at, strlen(at), word.p, word.n))) {
            at += word.n;
            n++;
        }
    }
    return n;
}

/* The question of mind/score_model.c: a transcript and what happened. */
static void think_score(struct thinking *t)
{
    int good = count_of(t->text, "thank|great|perfect|love|wonderful|appreciate");
    int bad = count_of(t->text, "angry|terrible|ridiculous|unacceptable|waiting|worst|rude|refund");
    bool booked = has(t->text, "\"booked\""), moved = has(t->text, "\"rescheduled\"");
    bool cancelled = has(t->text, "\"cancelled\""), arranged = booked || moved || cancelled;
    int score = 6 + MIN_OF(good, 2) - 2 * MIN_OF(bad, 2) + arranged;
    const char *outcome = booked      ? "appointment_scheduled"
                          : moved     ? "appointment_rescheduled"
                          : cancelled ? "appointment_cancelled"
                          : bad       ? "complaint"
                                      : "info_request";
    const char *sentiment = good && bad ? "mixed"
                            : bad       ? "negative"
                            : good      ? "positive"
                                        : "neutral";
    json_t *o = json_pack("{s:i,s:s,s:s,s:s,s:s,s:f,s:s}", "satisfaction_score", score, "sentiment",
                          sentiment, "outcome", outcome, "subject", "A talk with the front desk",
                          "summary", "Judged by the sandbox's rules.", "confidence", 0.5, "reason",
                          pool_printf(t->pool, "%d glad words, %d angry ones", good, bad));
    t->say->content = json_dump_to_pool(t->pool, o).p;
    json_decref(o);
}

void sandbox_model_think(struct pool *p, const json_t *request, struct model_say *out)
{
    struct thinking t = {.pool = p,
                         .request = request,
                         .say = out,
                         .told = "",
                         .system = "",
                         .before = "",
                         .messages = json_object_get(request, "messages"),
                         .raw = "",
                         .text = ""};
    size_t i;
    json_t *m;
    json_array_foreach (t.messages, i, m) {
        const char *role = json_get_text(m, "role", "");
        const char *content = json_get_text(m, "content", "");
        if (strcmp(role, "user") == 0 && !str_starts(str_of(content), STR("[Note by"))) {
            t.raw = content;
            t.from = i + 1;
        } else if (strcmp(role, "system") == 0) {
            t.told = content;
            t.system = lower(p, content);
        }
    }
    for (i = 0; i + 1 < t.from; i++) {
        m = json_array_get(t.messages, i);
        if (strcmp(json_get_text(m, "role", ""), "assistant") == 0) {
            t.before = lower(p, json_get_text(m, "content", ""));
        }
    }
    t.text = lower(p, t.raw);
    const json_t *named =
        json_object_get(json_object_get(request, "response_format"), "json_schema");
    if (strstr(t.system, "\"reply\"") ||
        json_object_get(json_object_get(named, "schema"), "reply")) {
        think_turn(&t);
    } else if (strstr(t.system, "\"satisfaction_score\"")) {
        think_score(&t);
    } else {
        out->content = "I am the sandbox's model, and only know Ava's own questions.";
    }
}
