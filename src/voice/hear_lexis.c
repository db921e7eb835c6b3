/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words, and how they sound: as CMU's dictionary has it; words in capitals letter by letter; what
 * the dictionary lacks, as names of treatments, by flite's letter-to-sound rules. Only the words of
 * the language are taken from the dictionary: with all of it a decoder would start a hundred times
 * slower.
 */
#include <ctype.h>
#include <flite/flite.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "voice/hear_words_private.h"

#define SLOTS (1u << 15) /* and so at most half as many words */
#define LINE_MAX_BYTES 512
#define NAME_MAX_BYTES 400

cst_lexicon *cmu_lex_init(void); /* declared by no header of flite */

static const char *const letter_sounds[26] = {"EY",
                                              "B IY",
                                              "S IY",
                                              "D IY",
                                              "IY",
                                              "EH F",
                                              "JH IY",
                                              "EY CH",
                                              "AY",
                                              "JH EY",
                                              "K EY",
                                              "EH L",
                                              "EH M",
                                              "EH N",
                                              "OW",
                                              "P IY",
                                              "K Y UW",
                                              "AA R",
                                              "EH S",
                                              "T IY",
                                              "Y UW",
                                              "V IY",
                                              "D AH B AH L Y UW",
                                              "EH K S",
                                              "W AY",
                                              "Z IY"};

static const char *const small_numbers[] = {
    "zero",     "one",     "two",     "three",     "four",     "five",     "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"};

/* ------------------------------------------------------------------------ words */

void lexis_init(struct lexis *l, struct pool *p)
{
    *l = (struct lexis){.pool = p, .n = NGRAM_FIRST, .room = SLOTS / 2, .slots = SLOTS};
    l->words = pool_calloc(p, l->room, sizeof *l->words);
    l->letters = pool_calloc(p, l->room, sizeof *l->letters);
    l->table = pool_calloc(p, l->slots, sizeof *l->table);
}

static size_t slot_of(const struct lexis *l, struct str word)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < word.n; i++) {
        h = (h ^ (unsigned char)word.p[i]) * 16777619u;
    }
    size_t at = h & (l->slots - 1);
    while (l->table[at] && !str_eq(word, str_of(l->words[l->table[at]]))) {
        at = (at + 1) & (l->slots - 1);
    }
    return at;
}

uint32_t lexis_find(const struct lexis *l, struct str word)
{
    return l->table[slot_of(l, word)];
}

uint32_t lexis_add(struct lexis *l, struct str word)
{
    size_t at = slot_of(l, word);
    if (!l->table[at] && l->n < l->room) {
        l->words[l->n] = str_dup(l->pool, word);
        l->table[at] = (uint32_t)l->n++;
    }
    return l->table[at];
}

/* ------------------------------------------------------------------------ facts' texts */

static bool in_capitals(struct str w)
{
    bool capitals = w.n >= 2 && w.n <= 4;
    for (size_t i = 0; i < w.n; i++) {
        capitals = capitals && isupper((unsigned char)w.p[i]);
    }
    return capitals;
}

static const char *written_out(struct str w)
{
    static const struct {
        const char *written, *said;
    } rows[] = {{"dr", "doctor"}, {"st", "saint"}, {"mr", "mister"}, {"mrs", "missus"}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (str_eq_nocase(w, str_of(rows[i].written))) {
            return rows[i].said;
        }
    }
    int64_t number;
    return str_to_i64(w, &number) && number >= 0 && number <= 20 ? small_numbers[number] : NULL;
}

static void add_spoken(struct lexis *l, struct buf *to, struct str w)
{
    const char *said = written_out(w);
    buf_puts(to, to->len ? " " : "");
    if (said) {
        buf_puts(to, said);
        return;
    }
    size_t at = to->len;
    for (size_t i = 0; i < w.n; i++) {
        buf_putc(to, (char)tolower((unsigned char)w.p[i]));
    }
    if (l && in_capitals(w) && !buf_failed(to)) {
        uint32_t n = lexis_add(l, (struct str){to->data + at, to->len - at});
        l->letters[n] = n != 0;
    }
}

const char *hear_spoken(struct pool *p, struct lexis *l, const char *text)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 2 * NAME_MAX_BYTES);
    struct str s = utf8_prefix(str_of(text), NAME_MAX_BYTES);
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && (isalnum((unsigned char)s.p[i]) || (s.p[i] == '\'' && i > from))) {
            i++;
        }
        if (i > from) {
            add_spoken(l, &b, (struct str){s.p + from, i - from});
        } else if (s.p[i++] == '&') {
            buf_puts(&b, b.len ? " and" : "and");
        }
    }
    return str_dup(p, buf_str(&b));
}

/* ------------------------------------------------------------------------ sounds */

static void add_phone(struct buf *to, const char *flite)
{
    static const char *const others[][2] = {{"ax", "AH"},   {"el", "AH L"}, {"em", "AH M"},
                                            {"en", "AH N"}, {"axr", "ER"},  {"ix", "IH"}};
    size_t n = strlen(flite);
    n -= n > 0 && isdigit((unsigned char)flite[n - 1]); /* the stress */
    buf_puts(to, to->len ? " " : "");
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (str_eq((struct str){flite, n}, str_of(others[i][0]))) {
            buf_puts(to, others[i][1]);
            return;
        }
    }
    for (size_t i = 0; i < n; i++) {
        buf_putc(to, (char)toupper((unsigned char)flite[i]));
    }
}

const char *hear_letter_to_sound(struct pool *p, const char *word)
{
    cst_lexicon *lexicon = cmu_lex_init();
    cst_val *phones = lex_lookup(lexicon, word, NULL, NULL);
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, LINE_MAX_BYTES);
    for (const cst_val *v = phones; v; v = val_cdr(v)) {
        add_phone(&b, val_string(val_car(v)));
    }
    delete_val(phones);
    return str_dup(p, buf_str(&b));
}

static const char *spelt(struct pool *p, const char *word)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, LINE_MAX_BYTES);
    for (; *word; word++) {
        buf_printf(&b, "%s%s", b.len ? " " : "", letter_sounds[(*word - 'a') % 26]);
    }
    return str_dup(p, buf_str(&b));
}

/* The lines of the dictionary whose words are in the language: "word(2) W ER D". */
static void copy_known(const struct lexis *l, FILE *from, FILE *to, bool *known)
{
    char line[LINE_MAX_BYTES];
    while (fgets(line, sizeof line, from)) {
        size_t n = strcspn(line, " (\t");
        uint32_t word = lexis_find(l, (struct str){line, n});
        if (word && !l->letters[word]) {
            fputs(line, to);
            known[word] = true;
        }
    }
}

int lexis_write(const struct lexis *l, const char *dictionary, const char *path, struct err *e)
{
    FILE *from = fopen(dictionary, "re"), *to = from ? fopen(path, "we") : NULL;
    bool *known = pool_calloc(l->pool, l->n, sizeof *known);
    if (to) {
        copy_known(l, from, to, known);
        for (size_t i = NGRAM_FIRST; i < l->n; i++) {
            const char *sound = known[i]        ? ""
                                : l->letters[i] ? spelt(l->pool, l->words[i])
                                                : hear_letter_to_sound(l->pool, l->words[i]);
            if (sound[0]) {
                fprintf(to, "%s %s\n", l->words[i], sound);
            }
        }
    }
    bool failed = !to || ferror(to) != 0;
    if (from) {
        (void)fclose(from);
    }
    if ((to && fclose(to) != 0) || failed) {
        return err_set(e, ERR_IO, "the recogniser's words cannot be taken from %s to %s",
                       dictionary, path);
    }
    return 0;
}
