/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers in digits and letters, and the one question that decides most: is it a number of
 * something, or may it be a time or a day?
 */
#include "mind/when_private.h"

size_t read_number(const struct reader *r, size_t i, int *value)
{
    const struct token *t = tok(r, i);
    if (t->gap & GAP_MONEY) {
        return 0;
    }
    if (t->kind == W_NUMBER && t->value >= 0) {
        *value = t->value;
        return i + 1;
    }
    if (t->kind != W_CARD) {
        return 0;
    }
    *value = t->value;
    const struct token *next = tok(r, i + 1);
    if (t->value >= 20 && on(r, i + 1, W_CARD) && next->value < 10) {
        *value += next->value;
        return i + 2;
    }
    return i + 1;
}

size_t read_amount(const struct reader *r, size_t i, int *value, bool *vague)
{
    *vague = false;
    size_t at = is(r, i, W_A) ? i + 1 : i;
    if (is(r, at, W_COUPLE) || is(r, at, W_FEW)) {
        *value = is(r, at, W_COUPLE) ? 2 : 3;
        *vague = true;
        return skip(r, at + 1, W_OF);
    }
    if (at > i) {
        *value = 1;
        return at;
    }
    size_t end = read_number(r, i, value);
    return end && *value <= 400 ? end : 0;
}

size_t read_ordinal(const struct reader *r, size_t i, int *value)
{
    const struct token *t = tok(r, i), *next = tok(r, i + 1);
    if (t->gap & GAP_MONEY) {
        return 0;
    }
    size_t end = 0;
    if (t->kind == W_NUMBER && next->kind == W_ORDMARK &&
        (next->gap == 0 || (next->gap == GAP_SPACE && next->value == 1))) {
        *value = t->value;
        end = i + 2;
    } else if (t->kind == W_ORDINAL) {
        *value = t->value;
        end = i + 1;
    } else if (t->kind == W_CARD && t->value >= 20 && next->kind == W_ORDINAL && next->value < 10 &&
               goes_on(r, i + 1)) {
        *value = t->value + next->value;
        end = i + 2;
    }
    return end && *value >= 1 && *value <= 31 ? end : 0;
}

bool counted_by(const struct reader *r, size_t i)
{
    const struct token *t = tok(r, i);
    if (t->gap & GAP_PERCENT) {
        return true;
    }
    if (t->gap & (GAP_STOP | GAP_COMMA)) {
        return false;
    }
    switch (t->kind) {
    case W_UNIT:
    case W_DAY:
    case W_WEEK:
    case W_MONTHS:
    case W_YEAR:
    case W_HOUR:
    case W_MINUTE:
    case W_STREET:
    case W_WEEKEND:
    case W_COUPLE:
    case W_FEW:
    case W_OTHERWISE:
    case W_TIME:
        return true;
    case W_OR:
    case W_TO: { /* two or three times */
        int value;
        size_t end = goes_on(r, i + 1) ? read_number(r, i + 1, &value) : 0;
        return end && !is(r, end, W_OR) && !is(r, end, W_TO) && !is(r, end, W_OF) &&
               counted_by(r, end);
    }
    case W_OF:
        return true; /* two of us; a day's "of March" is looked for before */
    case W_WEEKDAY:
    case W_PART:
        return t->flags & F_PLURAL; /* two Fridays */
    case W_ORDMARK:
        return t->gap == 0 || is(r, i + 1, W_STREET);
    case W_OTHER:
        return (t->flags & F_PLURAL) || t->gap == 0 || is(r, i + 1, W_STREET) ||
               is(r, i + 1, W_ORDMARK);
    default:
        return (t->kind == W_ORDINAL || t->kind == W_CARD) && is(r, i + 1, W_STREET);
    }
}

bool may_follow(const struct reader *r, size_t i)
{
    const struct token *t = tok(r, i);
    if (t->gap & GAP_PERCENT) {
        return false;
    }
    if ((t->gap & (GAP_STOP | GAP_COMMA | GAP_AT)) || (t->flags & F_FOLLOW)) {
        return true;
    }
    if (t->kind == W_MONTH) {
        return !(t->flags & F_VERB) || t->gap == GAP_SPACE;
    }
    return t->kind == W_PART && !is(r, i + 1, W_OTHERWISE);
}

bool moves(const struct reader *r, size_t i)
{
    for (size_t back = 1; back <= 6 && back <= i && !(tok(r, i - back + 1)->gap & GAP_STOP);
         back++) {
        if (is(r, i - back, W_MOVE)) {
            return true;
        }
    }
    return false;
}

bool half_at(const struct reader *r, size_t i)
{
    return on(r, i, W_AM) || on(r, i, W_PM) || on(r, i, W_OCLOCK) || on(r, i, W_ISH) ||
           ((is(r, i, W_P) || is(r, i, W_A)) &&
            (tok(r, i)->gap == 0 || (tok(r, i + 1)->kind == W_M && goes_on(r, i + 1))));
}

static bool numeric(const struct reader *r, size_t i)
{
    return is(r, i, W_NUMBER) || is(r, i, W_CARD) || is(r, i, W_OH);
}

static bool same_row(const struct reader *r, size_t i)
{
    return !(tok(r, i)->gap & (GAP_STOP | GAP_COMMA | GAP_SLASH)) || tok(r, i)->gap == GAP_COMMA;
}

bool in_number_row(const struct reader *r, size_t i)
{
    size_t first = i, last = i, numbers = 0;
    while (first > r->done && numeric(r, first - 1) && same_row(r, first)) {
        first--;
    }
    while (numeric(r, last + 1) && same_row(r, last + 1)) {
        last++;
    }
    for (size_t k = first; k <= last; k++) {
        const struct token *t = tok(r, k);
        if (t->kind == W_NUMBER && (t->value < 0 || t->digits > 4)) {
            return true;
        }
        bool tens = t->kind == W_CARD && t->value >= 20 && k < last && is(r, k + 1, W_CARD) &&
                    tok(r, k + 1)->value < 10;
        bool oh = t->kind == W_OH && k < last;
        numbers += !tens && !oh;
    }
    return numbers > 2;
}
