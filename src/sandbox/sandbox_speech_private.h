/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_SANDBOX_SPEECH_PRIVATE_H
#define SANDBOX_SANDBOX_SPEECH_PRIVATE_H

#include "sandbox/sandbox_private.h"
#include "sandbox/sandbox_speech.h"

struct speech_desk *speech_desk_new(void);
void speech_desk_free(struct speech_desk **d);

/* A request under /v1/audio/, and those to /sandbox/speech. */
void sandbox_speech_serve(struct sandbox *s, struct http_request *req, struct http_response *res);
int sandbox_speech_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                           struct err *e);

#endif
