/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"
#include "voice/audio.h"

/* Values as in G.711's tables. */
TEST(ulaw_has_its_tables_values)
{
    static const struct {
        uint8_t code;
        int sample;
    } rows[] = {{0xFF, 0},     {0x7F, 0},      {0xFE, 8},      {0xD5, 716},    {0x8F, 16764},
                {0x80, 32124}, {0x00, -32124}, {0x01, -31100}, {0x0F, -16764}, {0x10, -15996}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EQ_INT(ulaw_sample(rows[i].code), rows[i].sample);
    }
    EQ_INT(ulaw_of(0), 0xFF);
    EQ_INT(ulaw_of(100), 0xF2);
    EQ_INT(ulaw_of(-100), 0x72);
    EQ_INT(ulaw_of(1000), 0xCE);
    EQ_INT(ulaw_of(-1000), 0x4E);
    EQ_INT(ulaw_of(32767), 0x80);
    EQ_INT(ulaw_of(-32768), 0x00);
    for (int u = 0; u < 256; u++) {
        EQ_INT(ulaw_of(ulaw_sample((uint8_t)u)), u == 0x7F ? 0xFF : u);
    }
}

TEST(base64_tells_how_much_sound_it_holds)
{
    EQ_INT(audio_base64_bytes("", 0), 0);
    EQ_INT(audio_base64_bytes("AA==", 4), 1);
    EQ_INT(audio_base64_bytes("AAA=", 4), 2);
    EQ_INT(audio_base64_bytes("AAAA", 4), 3);
    EQ_INT(audio_base64_bytes("AA", 2), 1);
    EQ_INT(audio_base64_bytes("AAA", 3), 2);
    EQ_INT((int)(audio_bytes_per_ms(AUDIO_ULAW_8K) * 20), 160);
    EQ_INT((int)(audio_bytes_per_ms(AUDIO_PCM_24K) * 20), 960);
    EQ_INT(audio_rate(AUDIO_PCM_24K), 24000);
}

int main(void)
{
    return tap_run();
}
