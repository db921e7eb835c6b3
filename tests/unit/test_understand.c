/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a turn means, by a table of turns with what was said before them; then what must never
 * happen: a message stopped for a "don't stop", and anything at all but an answer to what is no
 * text.
 */
#include "tap.h"

#include <stdio.h>

#include "base/buf.h"
#include "domain/facts_seed.h"
#include "domain/zone.h"
#include "mind/understand.h"

static const struct row {
    const char *customer, *assistant, *text, *intent, *acts, *slots;
} rows[] = {
#define TURN(customer, assistant, text, intent, acts, slots)                                       \
    {customer, assistant, text, intent, acts, slots},
#include "understand_rows.def"
#undef TURN
};

struct desk {
    struct pool *pool;
    struct facts facts;
    struct wall now;
};

static struct desk open_desk(void)
{
    struct desk d = {.pool = pool_new()};
    OK(facts_of_demo(d.pool, &d.facts, NULL) == 0);
    OK(zone_load(d.pool, "America/New_York", &d.facts.zone, NULL) == 0);
    OK(wall_parse(STR("2026-03-04T10:00:00-05:00"), &d.now));
    return d;
}

static struct understood hear(struct desk *d, struct talk *talk, const char *said, struct str text)
{
    struct understood u;
    struct understand_in in = {.text = text,
                               .channel = CHANNEL_SMS,
                               .facts = &d->facts,
                               .talk = talk,
                               .said_before = str_of(said),
                               .now = d->now};
    understand(d->pool, &in, &u);
    return u;
}

/* The turn after what the customer and the assistant said before it. */
static struct understood hear_after(struct desk *d, const char *customer, const char *assistant,
                                    struct str text)
{
    struct talk talk = talk_none();
    if (customer[0]) {
        struct understood before = hear(d, &talk, "", str_of(customer));
        talk_note(&talk, &before);
    }
    if (assistant[0]) {
        talk_listen(d->pool, &talk, str_of(assistant), &d->facts, d->now);
    }
    return hear(d, &talk, assistant, text);
}

static void put_word(struct buf *b, const char *name, const char *value)
{
    buf_printf(b, "%s%s=", b->len ? " " : "", name);
    for (const char *c = value; *c; c++) {
        buf_add(b, *c == ' ' ? "_" : c, 1);
    }
}

/* As in the table, in one order. */
static void put_slots(struct buf *b, const struct understood *u)
{
    char text[32];
    int64_t on = understood_day(u);
    int minutes = understood_minutes(u);
    if (on >= 0) {
        int64_t year;
        int month, day;
        civil_from_days(on, &year, &month, &day);
        snprintf(text, sizeof text, "%04d-%02d-%02d", (int)year, month, day);
        put_word(b, "date", text);
    }
    if (minutes >= 0) {
        snprintf(text, sizeof text, "%02d:%02d", minutes / 60, minutes % 60);
        put_word(b, "time", text);
    }
    if (u->window_from >= 0) {
        snprintf(text, sizeof text, "%02d:%02d-%02d:%02d", u->window_from / 60, u->window_from % 60,
                 u->window_to / 60, u->window_to % 60);
        put_word(b, "window", text);
    }
    const struct {
        const char *name, *value;
    } words[] = {{"service", u->service ? u->service->key : NULL},
                 {"provider", u->provider ? u->provider->key : NULL},
                 {"name", u->people.name},
                 {"phone", u->people.phone},
                 {"email", u->people.email}};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (words[i].value) {
            put_word(b, words[i].name, words[i].value);
        }
    }
}

/* Every slot of the one list is in the other. */
static bool lists_in(const char *some, struct str all)
{
    struct str rest = str_of(some);
    for (struct str slot; rest.p && (slot = str_cut(&rest, ' ')).p;) {
        struct str others = all;
        bool found = slot.n == 0;
        for (struct str other; !found && others.p && (other = str_cut(&others, ' ')).p;) {
            found = str_eq(slot, other);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static unsigned acts_of(const char *names)
{
    unsigned acts = 0;
    struct str rest = str_of(names);
    for (struct str name; rest.p && (name = str_cut(&rest, ',')).p;) {
        for (int i = 0; i < N_ACTS; i++) {
            acts |= str_eq(name, str_of(act_name((enum act_bit)i))) ? 1U << i : 0;
        }
    }
    return acts;
}

static void check_row(struct desk *d, const struct row *row)
{
    struct understood u = hear_after(d, row->customer, row->assistant, str_of(row->text));
    struct buf b;
    buf_init(&b, 4096);
    put_slots(&b, &u);
    buf_add(&b, "", 1);
    const char *got = b.data;
    if (row->intent[0]) {
        EQ_STR(intent_name(u.intent), row->intent);
    }
    OK_MSG(lists_in(row->slots, str_of(got)) && lists_in(got, str_of(row->slots)), "%s: %s, not %s",
           row->text, got, row->slots);
    OK_MSG((u.acts & acts_of(row->acts)) == acts_of(row->acts), "%s: acts %x", row->text, u.acts);
    OK(u.confidence > 0 && u.confidence <= 1);
    buf_clear(&b);
}

TEST(what_turns_mean)
{
    struct desk d = open_desk();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("\"%s\"", rows[i].text);
        check_row(&d, &rows[i]);
    }
    OK(ARRAY_SIZE(rows) >= 140);
    pool_free(&d.pool);
}

/* A day at the edge of a span that is refused is not in it. */
TEST(a_refused_day_is_not_offered)
{
    struct desk d = open_desk();
    struct understood u = hear_after(&d, "", "", STR("botox next week, any day but monday"));
    OK(u.span_from > 0 && weekday_of_days(u.span_from) == 2);
    u = hear_after(&d, "", "", STR("botox next week"));
    OK(u.span_from > 0 && weekday_of_days(u.span_from) == 1);
    pool_free(&d.pool);
}

/* What is no "stop" must not silence the business. */
TEST(nothing_is_stopped_by_mistake)
{
    static const char *const texts[] = {
        "dont stop",
        "don't stop sending the reminders",
        "can i stop by tomorrow",
        "the pain won't stop",
        "when should i stop retinol",
        "which bus stop is closest",
        "stop it, you are too funny",
        "i want to cancel",
        "remove me from friday and put me on monday",
    };
    struct desk d = open_desk();
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct understood u = hear_after(&d, "", "", str_of(texts[i]));
        OK_MSG(u.intent != INTENT_opt_out, "%s", texts[i]);
    }
    pool_free(&d.pool);
}

/* Whatever comes is heard, and what is chosen was offered. */
static void check_any(struct desk *d, struct str text)
{
    struct talk talk = talk_none();
    talk_listen(d->pool, &talk, STR("I have Friday at 10 AM or 2 PM. Which one?"), &d->facts,
                d->now);
    struct understood u = hear(d, &talk, "Which one?", text);
    OK(u.intent >= 0 && u.intent < N_INTENTS && u.acts != 0);
    OK(u.choice >= -1 && u.choice < (int)talk.n_offers);
    OK(u.minutes >= -1 && u.minutes < 1440);
}

TEST(what_is_no_text)
{
    static const char *const texts[] = {
        "",
        " ",
        "\n\n\n",
        "😀😀😀",
        "💉💋❓",
        "....",
        "\xE2\x80\x8B\xE2\x80\x8B",
        "预约明天下午两点",
        "Хочу записаться на завтра",
        "أريد موعدا غدا",
        "quiero una cita para mañana",
        "<script>alert(1)</script>",
        "'; DROP TABLE messages; --",
        "%s%s%n",
        "99999999999999999999999999",
        "0/0/0 99:99 am pm",
    };
    struct desk d = open_desk();
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        tap_case("\"%s\"", texts[i]);
        check_any(&d, str_of(texts[i]));
    }
    pool_free(&d.pool);
}

TEST(a_megabyte)
{
    static const char *const parts[] = {
        "botox tomorrow at 2 with daniel ", "a", "1 ", "\n", "é", "stop "};
    struct desk d = open_desk();
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        struct buf b;
        buf_init(&b, 2u << 20);
        while (b.len < 1u << 20) {
            buf_puts(&b, parts[i]);
        }
        check_any(&d, buf_str(&b));
        buf_clear(&b);
    }
    pool_free(&d.pool);
}

int main(void)
{
    return tap_run();
}
