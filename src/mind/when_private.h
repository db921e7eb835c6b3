/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The insides of when.h: the words of a text as tokens, and the readers that look for one thing at
 * one place. A reader returns the place after what it read, or 0 when it is not there. Only
 * when*.c include this.
 */
#ifndef MIND_WHEN_PRIVATE_H
#define MIND_WHEN_PRIVATE_H

#include "domain/zone.h"
#include "mind/when.h"

enum token_kind {
    W_OTHER,  /* a word that means nothing here */
    W_STOP,   /* beyond the text's ends */
    W_NUMBER, /* digits; value -1 when they are too many */
    W_HHMM,   /* 2:30, the value in minutes; -1 when it is no time */
    /* those of when_words.def */
    W_WEEKDAY,
    W_MONTH,
    W_TODAY,
    W_TONIGHT,
    W_TOMORROW,
    W_MORROW,
    W_NITE,
    W_YESTERDAY,
    W_DAY,
    W_WEEK,
    W_WEEKEND,
    W_MONTHS,
    W_YEAR,
    W_HOUR,
    W_MINUTE,
    W_PART,
    W_LUNCH,
    W_NOON,
    W_MIDNIGHT,
    W_AM,
    W_PM,
    W_A,
    W_M,
    W_P,
    W_OCLOCK,
    W_O,
    W_CLOCK,
    W_OH,
    W_HALF,
    W_QUARTER,
    W_PAST,
    W_TO,
    W_TILL,
    W_UNTIL,
    W_THROUGH,
    W_BY,
    W_AT,
    W_ON,
    W_IN,
    W_THE,
    W_OF,
    W_FOR,
    W_FROM,
    W_BETWEEN,
    W_AND,
    W_BEFORE,
    W_AFTER,
    W_AROUND,
    W_ISH,
    W_SHARP,
    W_NEXT,
    W_THIS,
    W_COMING,
    W_FOLLOWING,
    W_LAST,
    W_EARLY,
    W_EARLIER,
    W_MID,
    W_LATE,
    W_LATER,
    W_BEGINNING,
    W_END,
    W_OR,
    W_THAT,
    W_SAME,
    W_THING,
    W_AGO,
    W_NOW,
    W_WORK,
    W_SCHOOL,
    W_ANY,
    W_ANYTIME,
    W_ALL,
    W_TIME,
    W_COUPLE,
    W_FEW,
    W_ONWARDS,
    W_THEN,
    W_STARTING,
    W_UNIT,
    W_SOMETIME,
    W_BUT,
    W_IF,
    W_CARD,
    W_ORDINAL,
    W_ORDMARK,
    W_LABEL,
    W_WORD,
    W_NOT,
    W_NO,
    W_CANT,
    W_BUSY,
    W_CAN,
    W_EXCEPT,
    W_ANYTHING,
    W_INSTEAD,
    W_RATHER,
    W_THAN,
    W_WHY,
    W_ME,
    W_TOO,
    W_DATE,
    W_NOTHING,
    W_YOU,
    W_OUT,
    W_I,
    W_BE,
    W_DO,
    W_GOOD,
    W_LEADER,
    W_MOVE,
    W_BIRTH,
    W_OTHERWISE,
    W_STREET,
};

/* What stands between a token and the one before: bits. */
enum {
    GAP_SPACE = 1,
    GAP_COMMA = 2,
    GAP_DASH = 4,
    GAP_SLASH = 8,
    GAP_DOT = 16,   /* without a space after it */
    GAP_STOP = 32,  /* a sentence ends here */
    GAP_MONEY = 64, /* or a number sign */
    GAP_AT = 128,
    GAP_PERCENT = 256,
    GAP_ABOUT = 512, /* ~ */
    GAP_OTHER = 1024,
    GAP_LINE = 2048, /* a line ends here */
};

/* Flags of a word. */
enum {
    F_PLURAL = 1, /* "mondays" */
    F_WEAK = 2,   /* is usually something else: "sat", "may", "sun" */
    F_VERB = 4,   /* even beside a number it may be something else: "may two of us" */
    F_FOLLOW = 8, /* may follow a bare number that is a time: "3 works" */
    F_LEAD = 16,  /* may precede one: "maybe 3" */
};

struct token {
    int16_t value;
    uint16_t gap;
    uint8_t kind, flags, digits;
};

/* More words than this are not read. */
#define TOKENS_MAX 2048
#define FINDINGS_MAX 16

struct finding {
    struct when_mention m;
    int part;        /* PART_... that the window is, else -1 */
    bool half_known; /* the half of the day was said, or cannot be mistaken */
    bool range;      /* "2 to 4": a window whose half can be decided by a part of the day */
    bool settled;    /* "doesn't work" was said after it: what follows is not refused with it */
    bool from_now;   /* "in an hour": never over */
    bool gone;       /* went into another */
};

enum part { PART_MORNING, PART_AFTERNOON, PART_EVENING, PART_NIGHT, PART_NONE = -1 };

struct reader {
    const struct when_context *c;
    struct local_time now;
    size_t n, done;       /* tokens; the first after the last finding */
    int64_t week;         /* Monday of the week talked of in this sentence; -1 */
    int64_t month;        /* first day of the month talked of; -1 */
    int no_month, no_day; /* "February 30"; 0: none was named */
    size_t n_found;
    struct finding found[FINDINGS_MAX];
    struct token t[TOKENS_MAX + 1]; /* the last is what stands after the last word */
};

/* --- tokens (when_words.c) --- */
void when_tokens(struct reader *r, const struct words *w);

/* Any place may be asked for, also before the first and after the last token. */
static inline const struct token *tok(const struct reader *r, size_t i)
{
    static const struct token stop = {.kind = W_STOP, .gap = GAP_STOP};
    return i <= r->n ? &r->t[i] : &stop;
}

static inline bool is(const struct reader *r, size_t i, enum token_kind k)
{
    return tok(r, i)->kind == k;
}

/* Does token i go on with the same phrase as the one before it? */
static inline bool goes_on(const struct reader *r, size_t i)
{
    return !(tok(r, i)->gap &
             (GAP_STOP | GAP_COMMA | GAP_MONEY | GAP_SLASH | GAP_PERCENT | GAP_DOT | GAP_OTHER));
}

/* The same, where a comma does no harm: "Tuesday, March 10". */
static inline bool goes_on_loosely(const struct reader *r, size_t i)
{
    return !(tok(r, i)->gap & (GAP_STOP | GAP_MONEY | GAP_SLASH | GAP_PERCENT));
}

/* Is token i of that kind, in the same phrase? */
static inline bool on(const struct reader *r, size_t i, enum token_kind k)
{
    return is(r, i, k) && goes_on(r, i);
}

/* The place after token i when it is one, else i. */
static inline size_t skip(const struct reader *r, size_t i, enum token_kind k)
{
    return on(r, i, k) ? i + 1 : i;
}

/* --- numbers (when_numbers.c) --- */

/* "9", "nine", "twenty one". Not money, nor a part of a longer number. */
size_t read_number(const struct reader *r, size_t i, int *value);

/* A number, "a", "a couple of", "a few" (vague). */
size_t read_amount(const struct reader *r, size_t i, int *value, bool *vague);

/* "9th", "ninth", "twenty first": 1 to 31. */
size_t read_ordinal(const struct reader *r, size_t i, int *value);

/* Does what comes at i make the number before it a count: "areas", "minutes", "%"? */
bool counted_by(const struct reader *r, size_t i);

/* May what comes at i follow a number that is a time or a day: nothing, "works", "on", "please"? */
bool may_follow(const struct reader *r, size_t i);

/* Is an appointment to be moved, by a word shortly before i: "move it from 3 to 4"? */
bool moves(const struct reader *r, size_t i);

/* Does the last finding end just before token i? */
static inline bool ends_finding(const struct reader *r, size_t i)
{
    return r->n_found > 0 && r->done == i && i > 0;
}

/* am, pm, o'clock, or -ish: what makes the number before i no day. */
bool half_at(const struct reader *r, size_t i);

/* Is token i one of a row of numbers, such as a telephone number? */
bool in_number_row(const struct reader *r, size_t i);

/* --- days --- */

struct days {
    int64_t first, last, other; /* other: only when ambiguous */
    bool vague, ambiguous;
    bool week, month; /* a week, or a month, that what follows may be a day of */
    int part;         /* "tonight" brings PART_EVENING */
};

static inline struct days one_day(int64_t day)
{
    return (struct days){.first = day, .last = day, .part = PART_NONE};
}

/* March 9, 9th of March, 3/9, 2026-03-09, the 9th; also a whole month (when_calendar.c). */
size_t read_calendar(const struct reader *r, size_t i, struct days *out);

/* Only a day given by its number: a weekday stands before it. */
size_t read_calendar_day(const struct reader *r, size_t i, struct days *out);

/* February 30: no day at all, and its number is no other day's. */
size_t skip_no_day(struct reader *r, size_t i);
int64_t add_months(int64_t day, int months);

/* The first day of its month. */
int64_t month_of(int64_t day);

/* Weekdays, weeks, weekends (when_weeks.c). */
size_t read_weekday(const struct reader *r, size_t i, struct days *out);
size_t read_week(const struct reader *r, size_t i, struct days *out);

/* Any expression of a day or days at that place (when_days.c). */
size_t find_days(struct reader *r, size_t i);

/* What is over and nobody can come to: "yesterday", "last week", "2 days ago". Reports nothing. */
size_t skip_past(const struct reader *r, size_t i);

/* --- times --- */

struct clock_time {
    int minutes;     /* since midnight, as most people mean it when the half is not known */
    bool half_known; /* am, pm, noon, 14:30 */
    bool certain;    /* it is a time whatever stands around it */
    bool with_minutes;
    bool vague;
    bool word; /* begins with a number in letters */
};

/* A time of day, wherever it stands (when_times.c). */
size_t read_clock(const struct reader *r, size_t i, struct clock_time *out);

/* A time that what is around it makes one. */
size_t find_time(struct reader *r, size_t i);

/* "in an hour", "an hour later", "same time". */
size_t find_relative_time(struct reader *r, size_t i);

/* Parts of a day and windows (when_windows.c). */
size_t find_window(struct reader *r, size_t i);
void part_window(enum part p, int *from, int *to);

/* --- findings (when.c) --- */
struct local_time when_local(const struct when_context *c, struct wall at);
struct finding *report(struct reader *r, enum when_kind kind, size_t first, size_t end);
void report_days(struct reader *r, size_t first, size_t end, const struct days *d);
void report_part(struct reader *r, size_t first, size_t end, enum part p);

#endif
