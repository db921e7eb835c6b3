/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was heard in a call, as a file: Opus in Ogg (RFC 7845), stereo, the caller on the left and
 * the assistant on the right, both where they were in time. It is written once a second while the
 * call goes on, so that of a server that is killed a file remains which plays; recordings.h makes
 * an attachment of it.
 *
 * Called on the call's loop thread, where nothing is computed: the sound is handed, as it came, to
 * the desk's workers. A disk that fails ends the recording, never the call.
 */
#ifndef VOICE_RECORDING_H
#define VOICE_RECORDING_H

#include <stdint.h>

#include "base/str.h"
#include "voice/audio.h"

struct recording;
struct voice_desk;

#define RECORDING_PART ".part" /* the file's ending while it is written */
#define RECORDING_DONE ".opus"

/* Times are monotonic, in us. The file is DIRECTORY/NAME.part; the directory exists. */
struct recording *recording_new(struct voice_desk *d, const char *directory, const char *name,
                                enum audio_form form, int64_t now_us);

void recording_heard(struct recording *r, struct str base64, int64_t now_us); /* the caller's */
/* The assistant's, as it is given to the transport: it plays behind what it was given before. */
void recording_said(struct recording *r, struct str base64, int64_t now_us);
/* What was said and not played yet never will be. */
void recording_cleared(struct recording *r, int64_t now_us);

/* Ends it and names the file NAME.opus, in a moment. Accepts NULL; nulls the pointer. */
void recording_end(struct recording **r, int64_t now_us);

#endif
