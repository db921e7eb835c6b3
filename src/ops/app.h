/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operations work with: one for the process, made by the command and handed to every call.
 * Borrowed by all; outlives all.
 */
#ifndef OPS_APP_H
#define OPS_APP_H

struct calendar;
struct chat_limits;
struct model;
struct settings;
struct store;

struct app {
    const struct settings *settings;
    struct store *store;
    struct model *model;        /* the language model; NULL: none */
    struct calendar *calendar;  /* the calendar outside; NULL: none */
    struct chat_limits *chat;   /* of the web chat; NULL: nobody is limited (commands) */
    const char *calendar_wrong; /* a sentence: why it could not be set up; NULL: nothing is wrong */
};

#endif
