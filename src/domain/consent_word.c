/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text is reduced to its letters, word by word. A digit, or a letter outside of ASCII, means
 * that it says something else.
 */
#include "domain/consent_word.h"

#include "base/utf8.h"

#define LETTERS_MAX 64 /* of a text that can be such a word, said a few times */

struct keyword {
    const char *text;
    enum consent_word word;
    bool twilios;
    bool ambiguous;
    bool spanish;
};

static const struct keyword keywords[] = {
    {"STOP", CONSENT_WORD_STOP, true, false, false},
    {"STOPALL", CONSENT_WORD_STOP, true, false, false},
    {"UNSUBSCRIBE", CONSENT_WORD_STOP, true, false, false},
    {"CANCEL", CONSENT_WORD_STOP, true, true, false},
    {"END", CONSENT_WORD_STOP, true, false, false},
    {"QUIT", CONSENT_WORD_STOP, true, false, false},
    {"REVOKE", CONSENT_WORD_STOP, true, false, false},
    {"OPTOUT", CONSENT_WORD_STOP, true, false, false},
    {"ALTO", CONSENT_WORD_STOP, false, false, true},
    {"PARAR", CONSENT_WORD_STOP, false, false, true},
    {"PARE", CONSENT_WORD_STOP, false, false, true},
    {"BAJA", CONSENT_WORD_STOP, false, false, true},
    {"DETENER", CONSENT_WORD_STOP, false, false, true},
    {"ARRET", CONSENT_WORD_STOP, false, false, false},
    {"START", CONSENT_WORD_START, true, false, false},
    {"UNSTOP", CONSENT_WORD_START, true, false, false},
    {"YES", CONSENT_WORD_YES, true, false, false},
    {"HELP", CONSENT_WORD_HELP, true, false, false},
    {"INFO", CONSENT_WORD_HELP, true, false, false},
    {"AYUDA", CONSENT_WORD_HELP, false, false, true},
};

/* Neither letter nor digit: what stands around words. Pictures and typographic marks are above
 * U+2000; the letters of other scripts lie between, and beyond. */
static bool is_around(int32_t c)
{
    if (c < 0) {
        return false;
    }
    if (c < 0x80) {
        return !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9');
    }
    return c < 0xC0 || (c >= 0x2000 && c < 0x2C00) || (c >= 0x3000 && c <= 0x303F) ||
           (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || (c >= 0xFF00 && c <= 0xFF0F) ||
           (c >= 0x1F000 && c < 0x20000);
}

/* The letters of the text in capitals; 0 when it has more, or other ones. */
static size_t letters_of(struct str text, char out[LETTERS_MAX])
{
    size_t n = 0;
    for (int32_t c; (c = utf8_next(&text)) != -1;) {
        if (is_around(c)) {
            continue;
        }
        if (c >= 0x80 || (c >= '0' && c <= '9') || n == LETTERS_MAX) {
            return 0;
        }
        out[n++] = (char)(c & ~0x20);
    }
    return n;
}

/* Is it the word, and nothing else, once or again and again? */
static bool repeats(const char *letters, size_t n, struct str word)
{
    bool same = n > 0 && word.n > 0 && n % word.n == 0;
    for (size_t i = 0; same && i < n; i += word.n) {
        same = memcmp(letters + i, word.p, word.n) == 0;
    }
    return same;
}

struct consent_said consent_word_in(struct str text)
{
    char letters[LETTERS_MAX];
    struct str trimmed = str_trim(text);
    size_t n = letters_of(trimmed, letters);
    for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
        const struct keyword *k = &keywords[i];
        if (repeats(letters, n, str_of(k->text))) {
            return (struct consent_said){
                .word = k->word,
                .as = k->text,
                .exact = k->twilios && str_eq_nocase(trimmed, str_of(k->text)),
                .ambiguous = k->ambiguous,
                .in_spanish = k->spanish,
            };
        }
    }
    return (struct consent_said){.word = CONSENT_WORD_NONE};
}
