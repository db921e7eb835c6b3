/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a media stream: those that Twilio documents, and what is made of all others. */
#include "base/codec.h"
#include "tap.h"
#include "voice/call_ticket.h"
#include "voice/media_frame.h"

#define SID "MZ0123456789abcdef0123456789abcdef"
#define CALL "CA0123456789abcdef0123456789abcdef"
#define MEDIA                                                                                      \
    "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"" SID                           \
    "\",\"media\":{\"track\":\"inbound\",\"chunk\":\"1\",\"timestamp\":\"5\",\"payload\":\"/"      \
    "+8=\"}}"
#define START_WITH(format)                                                                         \
    "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"streamSid\":\"" SID                           \
    "\",\"start\":{\"streamSid\":\"" SID "\",\"accountSid\":\"AC1\",\"callSid\":\"" CALL           \
    "\",\"tracks\":[\"inbound\"],\"customParameters\":{\"token\":\"t\",\"from\":\"+15550100\"},"   \
    "\"mediaFormat\":" format "}}"

#define SOUND(payload)                                                                             \
    "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"M\",\"media\":{"                \
    "\"track\":\"inbound\",\"chunk\":\"1\",\"timestamp\":\"5\",\"payload\":\"" payload "\"}}"

static struct pool *pool;

static int read_it(const char *text, struct media_frame *f)
{
    struct err e = {0};
    *f = (struct media_frame){.event = MEDIA_OTHER};
    pool = pool ? pool : pool_new();
    pool_clear(pool);
    int rc = media_frame_read(pool, str_of(text), f, &e);
    OK(rc == 0 || e.text[0]);
    return rc;
}

TEST(sound_is_read_in_place)
{
    struct media_frame f;
    const char *text = MEDIA;
    OK(media_frame_scan(str_of(text), &f));
    EQ_INT(f.event, MEDIA_SOUND);
    EQ_INT(f.sequence, 3);
    EQ_INT(f.chunk, 1);
    EQ_INT(f.at_ms, 5);
    EQ_VIEW(f.sound, "/+8=");
    EQ_VIEW(f.stream_sid, SID);
    OK(f.sound.p > text && f.sound.p < text + strlen(text));
}

TEST(sound_in_another_order_with_spaces_is_read_in_one_pass_too)
{
    struct media_frame f;
    OK(media_frame_scan(
        STR(" { \"media\" : {\"payload\":\"AAAA\",\"timestamp\":\"0\", \"chunk\":\"7\",\n"
            "\"track\":\"inbound\"} , \"streamSid\":\"" SID
            "\", \"sequenceNumber\":\"9\",\"event\":\"media\"}\n"),
        &f));
    EQ_INT(f.sequence, 9);
    EQ_INT(f.chunk, 7);
    EQ_VIEW(f.sound, "AAAA");
}

/* What the scanner leaves to the parser, and which is sound all the same. */
static const char *const unusual[] = {
    "{\"event\":\"media\",\"sequenceNumber\":3,\"streamSid\":\"" SID
    "\",\"media\":{\"track\":\"inbound\",\"chunk\":1,\"timestamp\":5,\"payload\":\"/+8=\"}}",
    "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"" SID
    "\",\"media\":{\"track\":\"inbound\",\"chunk\":\"1\",\"timestamp\":\"5\",\"payload\":\"\\/"
    "+8=\"}}",
    "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"" SID
    "\",\"new\":[1,{}],\"media\":{\"chunk\":\"1\",\"timestamp\":\"5\",\"payload\":\"/+8=\"}}",
};

TEST(sound_of_an_unusual_form_is_read_by_the_parser)
{
    for (size_t i = 0; i < ARRAY_SIZE(unusual); i++) {
        struct media_frame f;
        OK(!media_frame_scan(str_of(unusual[i]), &f));
        if (EQ_INT(read_it(unusual[i], &f), 0)) {
            EQ_INT(f.event, MEDIA_SOUND);
            EQ_VIEW(f.sound, "/+8=");
            EQ_INT(f.chunk, 1);
            EQ_INT(f.at_ms, 5);
        }
    }
}

static const char *const wrong[] = {
    "",
    "nonsense",
    "[]",
    "{}",
    "{\"event\":7}",
    "{\"event\":\"media\"}",
    MEDIA "x",
    /* no number, none that is one, a stream without a name */
    "{\"event\":\"media\",\"streamSid\":\"M\",\"media\":{\"chunk\":\"1\",\"timestamp\":\"5\","
    "\"payload\":\"AAAA\"}}",
    "{\"event\":\"media\",\"sequenceNumber\":\"-3\",\"streamSid\":\"M\",\"media\":{\"chunk\":\"1\","
    "\"timestamp\":\"5\",\"payload\":\"AAAA\"}}",
    "{\"event\":\"media\",\"sequenceNumber\":\"99999999999999999999\",\"streamSid\":\"M\","
    "\"media\":{\"chunk\":\"1\",\"timestamp\":\"5\",\"payload\":\"AAAA\"}}",
    "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"\",\"media\":{\"chunk\":\"1\","
    "\"timestamp\":\"5\",\"payload\":\"AAAA\"}}",
    /* no sound, none that is base64, none that is whole; one that would end its string */
    SOUND(""),
    SOUND("AAA"),
    SOUND("AA==AA=="),
    SOUND("A==="),
    SOUND("AA-_"),
    SOUND("AA\\\","),
    "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"M\",\"media\":{\"track\":"
    "\"inbound\",\"chunk\":\"0\",\"timestamp\":\"5\",\"payload\":\"AAAA\"}}",
    "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"M\",\"media\":7}",
    /* twice the same */
    "{\"event\":\"media\",\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"M\","
    "\"media\":{\"track\":\"inbound\",\"chunk\":\"1\",\"timestamp\":\"5\",\"payload\":\"AAAA\"}}",
    /* other events */
    "{\"event\":\"connected\",\"protocol\":\"Party\"}",
    "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"streamSid\":\"M\"}",
    "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"streamSid\":\"M\",\"start\":{\"callSid\":"
    "\"CAx\"}}",
    START_WITH("{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":16000,\"channels\":1}"),
    START_WITH("{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":2}"),
    START_WITH("{\"encoding\":\"audio/opus\",\"sampleRate\":8000,\"channels\":1}"),
    START_WITH("null"),
    "{\"event\":\"dtmf\",\"sequenceNumber\":\"5\",\"streamSid\":\"M\",\"dtmf\":{\"digit\":\"12\"}}",
    "{\"event\":\"dtmf\",\"sequenceNumber\":\"5\",\"streamSid\":\"M\",\"dtmf\":{\"digit\":\"x\"}}",
    "{\"event\":\"dtmf\",\"sequenceNumber\":\"5\",\"streamSid\":\"M\",\"dtmf\":{\"digit\":\"\"}}",
    "{\"event\":\"mark\",\"sequenceNumber\":\"4\",\"streamSid\":\"M\",\"mark\":{}}",
    "{\"event\":\"stop\",\"streamSid\":\"M\",\"stop\":{}}",
};

TEST(what_is_wrong_is_refused_in_words)
{
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct media_frame f;
        OK(!media_frame_scan(str_of(wrong[i]), &f));
        tap_case("%s", wrong[i]);
        EQ_INT(read_it(wrong[i], &f), ERR_MALFORMED);
    }
}

TEST(more_than_a_second_of_sound_is_refused)
{
    struct media_frame f;
    struct buf b CLEANUP(buf_clear);
    for (int more = 0; more <= 1; more++) {
        buf_init(&b, 1 << 16);
        buf_puts(&b, "{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"M\",\"media\":{"
                     "\"track\":\"inbound\",\"chunk\":\"1\",\"timestamp\":\"5\",\"payload\":\"");
        for (int i = 0; i < MEDIA_SOUND_MAX_BYTES / 3 + more; i++) {
            buf_puts(&b, "////");
        }
        buf_puts(&b, "\"}}");
        EQ_INT(read_it(buf_str(&b).p, &f), more ? ERR_MALFORMED : 0);
        buf_clear(&b);
    }
}

TEST(the_other_events_are_read)
{
    struct media_frame f;
    EQ_INT(read_it("{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}", &f), 0);
    EQ_INT(f.event, MEDIA_CONNECTED);
    EQ_INT(
        read_it(START_WITH("{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1}"),
                &f),
        0);
    EQ_INT(f.event, MEDIA_START);
    EQ_VIEW(f.call_sid, CALL);
    EQ_VIEW(f.account_sid, "AC1");
    EQ_VIEW(f.token, "t");
    EQ_VIEW(f.from, "+15550100");
    OK(!f.to.p);
    EQ_INT(read_it("{\"event\":\"dtmf\",\"sequenceNumber\":\"5\",\"streamSid\":\"" SID
                   "\",\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"#\"}}",
                   &f),
           0);
    EQ_INT(f.event, MEDIA_DIGIT);
    EQ_INT(f.digit, '#');
    EQ_INT(read_it("{\"event\":\"mark\",\"sequenceNumber\":\"4\",\"streamSid\":\"" SID
                   "\",\"mark\":{\"name\":\"m1\"}}",
                   &f),
           0);
    EQ_INT(f.event, MEDIA_MARK);
    EQ_VIEW(f.mark, "m1");
    EQ_INT(read_it("{\"event\":\"stop\",\"sequenceNumber\":\"9\",\"streamSid\":\"" SID
                   "\",\"stop\":{\"accountSid\":\"AC1\",\"callSid\":\"" CALL "\"}}",
                   &f),
           0);
    EQ_INT(f.event, MEDIA_STOP);
    EQ_INT(f.sequence, 9);
}

TEST(what_is_not_known_is_left_alone)
{
    struct media_frame f;
    EQ_INT(read_it("{\"event\":\"weather\",\"sequenceNumber\":\"4\"}", &f), 0);
    EQ_INT(f.event, MEDIA_OTHER);
    EQ_INT(
        read_it("{\"event\":\"media\",\"sequenceNumber\":\"3\",\"streamSid\":\"M\",\"media\":{"
                "\"track\":\"outbound\",\"chunk\":\"1\",\"timestamp\":\"5\",\"payload\":\"AAAA\"}}",
                &f),
        0);
    EQ_INT(f.event, MEDIA_OTHER);
}

TEST(a_ticket_is_good_for_its_call_and_for_a_while)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str key = STR("secret");
    struct wall now = wall_now(), until = {now.us + CALL_TICKET_SECONDS * US_PER_SECOND};
    struct wall after = {until.us + 2 * US_PER_SECOND};
    struct call_ticket t = {STR(CALL), STR("+15550100"), STR("+15550199"), STR("inbound")};
    struct str token = str_of(call_ticket_sign(p, key, &t, until));
    OK(call_ticket_ok(p, key, &t, token, now));
    OK(call_ticket_ok(p, key, &t, token, until));
    OK(!call_ticket_ok(p, key, &t, token, after));
    OK(!call_ticket_ok(p, STR("other"), &t, token, now));
    OK(!call_ticket_ok(p, STR(""), &t, token, now));
    OK(!call_ticket_ok(p, key, &t, STR("1764288000"), now));
    OK(!call_ticket_ok(p, key, &t, STR(""), now));
    OK(!call_ticket_ok(p, key, &t, (struct str){NULL, 0}, now));
    /* A later time is not made by writing one. */
    struct str mac = token;
    str_cut(&mac, '.');
    OK(!call_ticket_ok(p, key, &t,
                       str_of(pool_printf(p, "%lld." STR_FMT, (long long)(after.us / US_PER_SECOND),
                                          STR_ARG(mac))),
                       now));
    struct call_ticket another = t;
    another.from = STR("+15550101");
    OK(!call_ticket_ok(p, key, &another, token, now));
}

TEST(a_ticket_is_used_once)
{
    struct ticket_punch *punch CLEANUP(ticket_punch_free) = ticket_punch_new();
    struct wall now = wall_now(), later = {now.us + (CALL_TICKET_SECONDS + 2) * US_PER_SECOND};
    OK(ticket_punch_once(punch, STR("a"), now));
    OK(ticket_punch_once(punch, STR("b"), now));
    OK(!ticket_punch_once(punch, STR("a"), now));
    OK(ticket_punch_once(punch, STR("c"),
                         later)); /* by then it is the ticket's own time that ends it */
    OK(ticket_punch_once(punch, STR("a"), later));
}

int main(void)
{
    int rc = tap_run();
    pool_free(&pool);
    return rc;
}
