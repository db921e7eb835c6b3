/* SPDX-License-Identifier: Apache-2.0 */
/* Segments against Twilio's calculator (data/sms_segments.json), and texts cut to a number. */
#include "base/pool.h"
#include "base/utf8.h"
#include "domain/sms_text.h"
#include "tap.h"
#include "vectors.h"

static struct str repeat(struct pool *p, const char *what, int times)
{
    size_t n = strlen(what);
    char *out = pool_alloc(p, n * (size_t)times + 1);
    for (int i = 0; i < times; i++) {
        memcpy(out + n * (size_t)i, what, n);
    }
    return (struct str){out, n * (size_t)times};
}

TEST(counts_as_the_calculator_does)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const json_t *all = vectors_load(p, "sms_segments.json");
    EQ_INT(json_array_size(all), 19);
    size_t i;
    json_t *v;
    json_array_foreach (all, i, v) {
        tap_case("row %zu", i);
        struct sms_size got = sms_measure(str_of(json_get_text(v, "text", "")));
        EQ_STR(got.gsm7 ? "GSM-7" : "UCS-2", json_get_text(v, "encoding", "?"));
        EQ_INT(got.units, json_get_i64(v, "units", -1));
        EQ_INT(got.segments, json_get_i64(v, "segments", -1));
    }
}

TEST(knows_every_character_of_gsm7)
{
    struct str basic = STR("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
    struct sms_size got = sms_measure(basic);
    OK(got.gsm7);
    EQ_INT(got.units, 127); /* 128 places, one of which is the escape itself */
    got = sms_measure(STR("\f^{}\\[~]|€"));
    OK(got.gsm7);
    EQ_INT(got.units, 20);
    static const char *const outside[] = {"`", "\t", "ê", "á", "í", "ó", "ú", "ç", "’", "–", "…"};
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
        tap_case("%s", outside[i]);
        OK(!sms_measure(str_of(outside[i])).gsm7);
    }
}

TEST(never_splits_a_pair)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *text = pool_printf(p, STR_FMT "{" STR_FMT, STR_ARG(repeat(p, "a", 152)),
                             STR_ARG(repeat(p, "b", 151)));
    struct sms_size got = sms_measure(str_of(text));
    EQ_INT(got.units, 305);
    EQ_INT(got.segments, 2);
    /* 306 septets would be two parts, but the pair at the edge left one of the first unused. */
    text = pool_printf(p, "%sb", text);
    got = sms_measure(str_of(text));
    EQ_INT(got.units, 306);
    EQ_INT(got.segments, 3);
    text = pool_printf(p, STR_FMT "😜", STR_ARG(repeat(p, "a", 133)));
    got = sms_measure(str_of(text));
    EQ_INT(got.units, 135);
    EQ_INT(got.segments, 3);
}

TEST(counts_broken_text_as_ucs2)
{
    struct sms_size got = sms_measure(STR("a\xff"));
    OK(!got.gsm7);
    EQ_INT(got.units, 2);
}

TEST(makes_text_plain)
{
    static const struct {
        const char *text, *plain;
    } rows[] = {
        {"It’s “on” – see you at 3…", "It's \"on\" - see you at 3..."},
        {"a\u00a0b\u2009c\td\u200be", "a b c de"},
        {"• one\n• two", "- one\n- two"},
        {"Zoë & María ☃", "Zoë & María ☃"}, /* no look-alike: left as it is */
        {"plain", "plain"},
        {"", ""},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        EQ_VIEW(sms_plain(p, str_of(rows[i].text)), rows[i].plain);
    }
    OK(sms_measure(sms_plain(p, STR("It’s “on” – see you at 3…"))).gsm7);
    EQ_VIEW(sms_plain(p, repeat(p, "\t", 1000)), str_dup(p, repeat(p, " ", 1000)));
    EQ_INT(sms_plain(p, repeat(p, "…", 1000)).n, 3000);
}

TEST(leaves_alone_what_fits)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str text = repeat(p, "a", 306);
    EQ_VIEW(sms_fit(p, text, 2), text.p);
    EQ_VIEW(sms_fit(p, STR(""), 1), "");
}

TEST(cuts_at_a_word)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str cut = sms_fit(p, repeat(p, "word, ", 60), 1);
    EQ_VIEW(cut, pool_printf(p, STR_FMT "word...", STR_ARG(repeat(p, "word, ", 25))));
    EQ_INT(sms_measure(cut).segments, 1);
}

TEST(cuts_an_endless_word_and_whole_characters)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str cut = sms_fit(p, repeat(p, "a", 400), 2);
    EQ_INT(cut.n, 306);
    cut = sms_fit(p, repeat(p, "ą", 100), 1);
    EQ_INT(sms_measure(cut).units, 70);
    OK(utf8_valid(cut));
    OK(str_ends(cut, STR("ą...")));
}

/* The character that makes it UCS-2 may be cut off, and then more fits: never less than that. */
TEST(fills_what_the_encoding_allows)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *text = pool_printf(p, STR_FMT " ☃", STR_ARG(repeat(p, "a", 158)));
    EQ_INT(sms_measure(str_of(text)).segments, 3);
    struct str cut = sms_fit(p, str_of(text), 1);
    EQ_INT(sms_measure(cut).segments, 1);
    EQ_INT(cut.n, 160);
}

TEST(fits_at_every_length)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    static const char *const units[] = {"ab ", "{ ", "ą b", "😜x ", "a’"};
    for (size_t u = 0; u < ARRAY_SIZE(units); u++) {
        for (int n = 1; n < 250; n += 7) {
            for (int most = 1; most <= 3; most++) {
                tap_case("%d times %s in %d", n, units[u], most);
                struct str text = repeat(p, units[u], n);
                struct str cut = sms_fit(p, text, most);
                if (sms_measure(cut).segments > most || !utf8_valid(cut) || cut.n > text.n + 3) {
                    OK_MSG(false, "%zu bytes, %d segments", cut.n, sms_measure(cut).segments);
                }
            }
        }
    }
    OK(true);
}

int main(void)
{
    return tap_run();
}
