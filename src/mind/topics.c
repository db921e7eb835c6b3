/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phrase table walked once for each text. A phrase that a "not" precedes does not count for
 * the topics where that turns the meaning round ("it is no emergency", "don't cancel it").
 */
#include "mind/topics.h"

#include "base/utf8.h"

enum strength { WEAK, STRONG };

static const struct phrase {
    enum topic topic;
    enum strength strength;
    const char *text;
} phrases[] = {
#define PHRASE(topic, strength, text) {TOPIC_##topic, strength, text},
#include "mind/phrases.def"
#undef PHRASE
};

static bool can_be_negated(enum topic t)
{
    return t == TOPIC_EMERGENCY || t == TOPIC_COMPLAINT || t == TOPIC_PERSON || t == TOPIC_CANCEL ||
           t == TOPIC_RESCHEDULE || t == TOPIC_BOOK;
}

/* Is the phrase in the text at least once without a "not" before it? */
static bool says(const struct words *w, const struct phrase *f, size_t *first_out)
{
    size_t from = 0, first, last;
    while (words_find(w, f->text, from, &first, &last)) {
        if (!can_be_negated(f->topic) || !words_negated(w, first)) {
            *first_out = first;
            return true;
        }
        from = first + 1;
    }
    return false;
}

void topics_find(const struct words *w, struct topics *out)
{
    struct topics t = {0};
    for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
        const struct phrase *f = &phrases[i];
        size_t first;
        if ((t.has[f->topic] && !t.weak[f->topic]) || !says(w, f, &first)) {
            continue;
        }
        t.has[f->topic] = true;
        t.weak[f->topic] = f->strength == WEAK;
        t.first[f->topic] = first;
    }
    *out = t;
}

bool phrase_word(struct str word)
{
    for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
        const char *at = phrases[i].text;
        while (*at) {
            at += *at == '=';
            size_t n = strcspn(at, " |*");
            if (n == word.n && memcmp(at, word.p, n) == 0) {
                return true;
            }
            at += n;
            at += strspn(at, " |*");
        }
    }
    /* Ordinary words that a misspelt key word looks like. */
    static const char *const ordinary[] = {
        "pleased", "clear",   "clean",    "houses",   "house",   "pride",    "prince",   "spend",
        "spent",   "space",   "place",    "plate",    "later",   "party",    "parks",    "start",
        "state",   "stuff",   "times",    "taken",    "there",   "these",    "where",    "while",
        "world",   "would",   "could",    "house",    "since",   "horse",    "hounds",   "money",
        "month",   "mouth",   "heard",    "heart",    "share",   "shape",    "short",    "shirt",
        "skirt",   "stock",   "stick",    "still",    "style",   "price",    "prize",    "chance",
        "change",  "charm",   "chart",    "cards",    "carpet",  "paris",    "peter",    "marks",
        "opera",   "openly",  "closet",   "clothes",  "cloth",   "bleeding", "breeding", "reading",
        "parting", "packing", "bringing", "greeting", "meeting", "saved",    "safer",    "loyal",
        "loan",    "local",   "focal",    "vocal",    "paid",    "paint",    "point",
    };
    for (size_t i = 0; i < ARRAY_SIZE(ordinary); i++) {
        if (str_eq(word, str_of(ordinary[i]))) {
            return true;
        }
    }
    return false;
}

enum picture_mood picture_mood_of(struct str text)
{
    static const int32_t glad[] = {0x1F44D, 0x2764,  0x1F64F, 0x1F60A, 0x1F600, 0x1F642, 0x1F44C,
                                   0x1F389, 0x1F60D, 0x1F970, 0x1F495, 0x1F44F, 0x263A,  0x1F601};
    static const int32_t angry[] = {0x1F621, 0x1F620, 0x1F92C, 0x1F44E, 0x1F624, 0x1F62D, 0x1F622};
    enum picture_mood mood = PICTURE_NONE;
    struct str s = utf8_prefix(text, WORDS_MAX_BYTES);
    for (int32_t c; (c = utf8_next(&s)) != -1;) {
        for (size_t i = 0; i < ARRAY_SIZE(glad); i++) {
            mood = c == glad[i] && mood != PICTURE_ANGRY ? PICTURE_GLAD : mood;
        }
        for (size_t i = 0; i < ARRAY_SIZE(angry); i++) {
            mood = c == angry[i] ? PICTURE_ANGRY : mood;
        }
        if (mood == PICTURE_NONE && c >= 0x2190) {
            mood = PICTURE_OTHER;
        }
    }
    return mood;
}
