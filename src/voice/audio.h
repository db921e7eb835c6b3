/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two forms in which a call's sound travels, always as base64 in JSON: G.711 µ-law at 8 kHz
 * (the telephone network) and 16-bit little-endian PCM at 24 kHz (browsers, models). Where both
 * ends speak the same form nothing is decoded. What listens or speaks here works on samples.
 * Pure; any thread.
 */
#ifndef VOICE_AUDIO_H
#define VOICE_AUDIO_H

#include <stddef.h>
#include <stdint.h>

enum audio_form { AUDIO_ULAW_8K, AUDIO_PCM_24K };

int audio_rate(enum audio_form f);            /* samples a second */
size_t audio_bytes_per_ms(enum audio_form f); /* 8, 48 */

/* G.711; decode(encode(x)) is the nearest value that the code has. */
uint8_t ulaw_of(int16_t sample);
int16_t ulaw_sample(uint8_t code);

/* How much sound a base64 text holds, in bytes before encoding; exact for whole texts. */
size_t audio_base64_bytes(const char *text, size_t n);

#endif
