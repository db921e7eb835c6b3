/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A speech server in the test's own process: keeps what it was asked last and answers as told.
 */
#ifndef SPEECH_FIXTURE_H
#define SPEECH_FIXTURE_H

#include <pthread.h>

#include "base/buf.h"
#include "io/http.h"

struct speech_server {
    struct http_server *server;
    char url[64]; /* with /v1 */
    pthread_mutex_t lock;
    struct buf asked;         /* headers and body of the last request */
    char path[128];           /* and its path */
    int status;               /* of the answers */
    const char *content_type; /* of the answers */
    struct str answer;        /* borrowed */
    _Atomic int requests;
};

void speech_server_start(struct speech_server *s);
void speech_server_stop(struct speech_server *s);
/* Was this in the last request? */
bool speech_server_asked(struct speech_server *s, const char *what);

#endif
