/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wordings with marks that are filled in: {team} whom it is passed to, {me} the assistant,
 * {business}, {phone}, {number} the emergency number, {consultation}, {name} ", Maria" or "",
 * {hi} a greeting where the manner has none, {write} how they are to turn to us.
 * A wording whose fact is not known is not used.
 */
#include "mind/sentences.h"

#include "base/buf.h"

struct wording {
    enum topic topic;
    const char *text;
};

/* In the order in which repetitions go through them. */
static const struct wording wordings[] = {
    {TOPIC_EMERGENCY, "Please call {number} right now. I am a virtual assistant and cannot help in "
                      "an emergency. I have alerted {team}."},
    {TOPIC_EMERGENCY, "Do not wait for us: call {number} now or go to the nearest emergency room. "
                      "{team} has been alerted."},
    {TOPIC_INJECTION, "I can only help with questions about {business}, and I keep to that."},
    {TOPIC_INJECTION, "I cannot do that. Ask me about {business} and I am glad to help."},
    {TOPIC_PRIVACY, "I cannot share anything about other people's visits or details. I am glad to "
                    "help with your own questions."},
    {TOPIC_PRIVACY, "What concerns other people stays private. What can I do for you yourself?"},
    {TOPIC_MEDICAL, "I cannot give medical advice, but we can offer you {consultation}. I have "
                    "asked {team} to get back to you. If it is urgent, please call a doctor or "
                    "{number}."},
    {TOPIC_MEDICAL,
     "That needs a professional, so I must not answer it myself. I have told {team}, "
     "and you are welcome to {consultation}. If it gets worse, call a doctor."},
    {TOPIC_MEDICAL,
     "I cannot give medical advice; please ask a doctor about it. I have told {team} "
     "as well. If it is urgent, call {number}."},
    {TOPIC_COMPLAINT, "I am sorry about that{name}. I have passed your message to {team}, and a "
                      "person will get back to you."},
    {TOPIC_COMPLAINT, "I am sorry that this was not right. {team} has your message and a person "
                      "will answer you."},
    {TOPIC_PERSON, "Of course. I have asked {team} to get back to you. You can also call us at "
                   "{phone}."},
    {TOPIC_PERSON, "{team} knows that you are waiting for a person. I have reminded them."},
    {TOPIC_PERSON, "A person will get back to you; I have told {team} again."},
    {TOPIC_CANCEL, "I cannot cancel appointments myself yet, so I have passed this to {team}. They "
                   "will confirm the cancellation with you; until then it stands."},
    {TOPIC_CANCEL, "Your cancellation is with {team}. They will confirm it to you."},
    {TOPIC_CANCEL, "I have reminded {team} of your cancellation; they will confirm it."},
    {TOPIC_RESCHEDULE, "I cannot move appointments myself yet, so I have passed your wish to "
                       "{team}. They will confirm a new time with you; until then the old one "
                       "stands."},
    {TOPIC_RESCHEDULE, "Your wish for another time is with {team}. They will confirm it with you."},
    {TOPIC_RESCHEDULE, "I have reminded {team} that you need another time; they will confirm it."},
    {TOPIC_BOOK, "I cannot book appointments myself yet, so I have passed your request to {team}. "
                 "They will confirm a time with you; nothing is booked until then."},
    {TOPIC_BOOK, "Your request is with {team}. They will confirm a time with you; until then "
                 "nothing is booked."},
    {TOPIC_BOOK,
     "I have told {team} again that you would like an appointment. They will confirm it "
     "with you."},
    {TOPIC_AVAILABILITY, "I cannot see the calendar yet and do not want to promise a time, so I "
                         "have asked {team} to tell you what is free."},
    {TOPIC_AVAILABILITY, "{team} will tell you which times are free; I cannot see them from here."},
    {TOPIC_CONFIRM, "Thank you{name}. I cannot see appointments myself yet, so I have passed your "
                    "message to {team}."},
    {TOPIC_CONFIRM, "{team} has your confirmation, thank you."},
    {TOPIC_RESULTS, "That differs from person to person, so {team} will answer it."},
    {TOPIC_RESULTS, "I have no general answer to that; {team} will tell you more."},
    {TOPIC_CARE,
     "I have no instructions for before or after a visit here, so I have asked {team} to "
     "tell you."},
    {TOPIC_CARE, "{team} will tell you what to do before and after a visit."},
    {TOPIC_BOT, "I am {me}, the virtual assistant of {business}, not a person. I can ask a person "
                "to get back to you whenever you like."},
    {TOPIC_BOT,
     "I am a virtual assistant, a computer program. Just say so if you would rather have "
     "a person."},
    {TOPIC_NAME, "I am {me}, the virtual assistant of {business}."},
    {TOPIC_NAME, "My name is {me}; I am the virtual assistant here."},
    {TOPIC_HOW_ARE_YOU, "All is well here, thank you{name}. What can I do for you?"},
    {TOPIC_HOW_ARE_YOU, "As a virtual assistant I am always fine. How can I help?"},
    {TOPIC_GREETING,
     "{hi}{name}! This is {me}, the virtual assistant of {business}. How can I help?"},
    {TOPIC_GREETING, "Hello again{name}! What can I do for you?"},
    {TOPIC_GREETING, "I am here{name}. How can I help?"},
    {TOPIC_THANKS, "You are welcome{name}!"},
    {TOPIC_THANKS, "My pleasure{name}."},
    {TOPIC_THANKS, "Glad to help!"},
    {TOPIC_GOODBYE, "Goodbye{name}, and have a good day!"},
    {TOPIC_GOODBYE, "Bye{name}, take care!"},
    {TOPIC_YES, "Good. Is there anything else I can help with?"},
    {TOPIC_YES, "All right. What else can I do for you?"},
    {TOPIC_NO, "All right. Just {write} whenever you need us."},
    {TOPIC_NO, "Fine. We are here when you need us."},
};

static const char *const unknown_wordings[] = {
    "This is {me} at {business}. I do not know the answer to that, so I have asked {team} to get "
    "back "
    "to you.",
    "I am not sure about that one either. {team} will answer you.",
    "That is beyond what I know; I have told {team} that you are waiting for an answer.",
};

/* The value of a mark; NULL: not known. */
static const char *value_of(const struct speaker *s, struct str mark,
                            const struct sentence_mark *more, size_t n_more)
{
    for (size_t i = 0; i < n_more; i++) {
        if (str_eq(mark, str_of(more[i].mark))) {
            return more[i].value;
        }
    }
    const struct facts *f = s->facts;
    const char *team = f->escalation_contact ? f->escalation_contact : "our team";
    const struct {
        const char *mark, *value;
    } values[] = {
        {"team", team},
        {"me", f->assistant_name ? f->assistant_name : "the assistant"},
        {"business", f->business_name ? f->business_name : "this business"},
        {"phone", s->channel == CHANNEL_VOICE ? NULL : f->phone},
        {"number", f->emergency_number ? f->emergency_number : "your local emergency number"},
        {"consultation", f->consultation},
        {"hi", s->channel == CHANNEL_EMAIL ? NULL : "Hi"}, /* a letter begins with it anyway */
        {"write", s->channel == CHANNEL_VOICE ? "call" : "write"},
        {"name",
         s->name && s->channel != CHANNEL_EMAIL ? pool_printf(s->pool, ", %s", s->name) : ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (str_eq(mark, str_of(values[i].mark))) {
            return values[i].value;
        }
    }
    return NULL;
}

const char *sentence_fill(const struct speaker *s, const char *wording,
                          const struct sentence_mark *more, size_t n_more)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 2000);
    size_t sentence = 0; /* where the current one begins in b */
    bool missing = false;
    for (const char *at = wording; *at; at++) {
        if (*at == '{') {
            size_t n = strcspn(at + 1, "}");
            const char *value = value_of(s, (struct str){at + 1, n}, more, n_more);
            missing = missing || !value;
            bool starts = b.len == sentence && value && value[0] >= 'a' && value[0] <= 'z';
            buf_puts(&b, value ? value : "");
            if (starts && !buf_failed(&b)) {
                b.data[sentence] = (char)(b.data[sentence] - ('a' - 'A'));
            }
            at += n + 1;
            continue;
        }
        buf_putc(&b, *at);
        bool ends = strchr(".?!", *at) && (at[1] == ' ' || at[1] == '\0');
        if (ends && missing) {
            b.len = sentence;
            missing = false;
        }
        if (ends && at[1] == ' ') {
            at++;
            if (b.len > 0) {
                buf_putc(&b, ' ');
            }
            sentence = b.len;
        }
    }
    return str_dup(s->pool, str_trim(buf_str(&b)));
}

static const char *fill(const struct speaker *s, const char *wording)
{
    return sentence_fill(s, wording, NULL, 0);
}

static bool usable(const struct speaker *s, const char *wording)
{
    return s->facts->consultation || !strstr(wording, "{consultation}");
}

const char *sentence_of(const struct speaker *s, enum topic t, int before)
{
    const char *fit[8];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(wordings) && n < ARRAY_SIZE(fit); i++) {
        if (wordings[i].topic == t && usable(s, wordings[i].text)) {
            fit[n++] = wordings[i].text;
        }
    }
    if (t == TOPIC_OPT_OUT) {
        bool texts = s->channel == CHANNEL_SMS || s->channel == CHANNEL_WHATSAPP;
        return texts ? "You will get no more texts from us. Reply START if you change your mind."
                     : "I have noted that you do not want any more messages from us.";
    }
    if (n == 0) {
        return sentence_unknown(s, before);
    }
    /* The first introduces and is said once; a single wording has nothing to vary with. */
    size_t which = before == 0 || n == 1 ? 0 : 1 + (size_t)(before - 1) % (n - 1);
    if (before > 0 && n == 2) {
        which = (size_t)before % 2;
    }
    return fill(s, fit[which]);
}

const char *sentence_unknown(const struct speaker *s, int before)
{
    return fill(s, unknown_wordings[(size_t)before % ARRAY_SIZE(unknown_wordings)]);
}

const char *sentence_asked_team(const struct speaker *s)
{
    return fill(s, "I have asked {team} to get back to you on that.");
}

const char *sentence_help(const struct speaker *s)
{
    bool texts = s->channel == CHANNEL_SMS || s->channel == CHANNEL_WHATSAPP;
    return pool_printf(s->pool, "%s%s",
                       fill(s,
                            "{business}: ask me about hours, services, prices and directions, or "
                            "leave a request for {team}. Call us at {phone}."),
                       texts ? " Reply STOP to get no more texts." : "");
}

const char *sentence_wordless(const struct speaker *s)
{
    return fill(s, "I can only read words. Tell me how I can help, or wait for {team}: I have told "
                   "them that you wrote.");
}

const char *sentence_files(const struct speaker *s, size_t n, enum attachment_kind kind)
{
    static const struct {
        const char *one, *many, *cannot;
    } rows[] = {
        [ATTACHMENT_PICTURE] = {"photo", "photos", "look at pictures"},
        [ATTACHMENT_FILM] = {"video", "videos", "watch videos"},
        [ATTACHMENT_SOUND] = {"recording", "recordings", "listen to recordings"},
        [ATTACHMENT_CONTACT] = {"contact", "contacts", "open contact cards"},
        [ATTACHMENT_FILE] = {"file", "files", "open files"},
    };
    return fill(
        s, pool_printf(
               s->pool, "Thank you for the %s. I can't %s, so I have passed %s on to {team}.",
               n > 1 ? rows[kind].many : rows[kind].one, rows[kind].cannot, n > 1 ? "them" : "it"));
}

const char *sentence_again(int before)
{
    static const char *const openings[] = {"Once more: ", "To say it again: ", "As before: "};
    return before == 0 ? "" : openings[(size_t)(before - 1) % ARRAY_SIZE(openings)];
}
