/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Ava said and understood in a call. The telephone network knows sounds alone, so it is read
 * from her own database, where it is kept while a call goes on; for a person who watches. A sandbox
 * that is nowhere near that database does without.
 */
#include "base/json_read.h"
#include "sandbox/sandbox_voice_private.h"
#include "store/store.h"
#include "store/voice_calls.h"

#define CONNECTIONS 2
#define CACHE_KIB 1024
#define BUSY_MS 2000

struct voice_words {
    char *database;      /* owned; NULL: not to be had */
    struct store *store; /* the desk's; NULL: nobody has asked yet, or it could not be opened */
};

struct voice_words *voice_words_new(const char *database)
{
    struct voice_words *w = xcalloc(1, sizeof *w);
    w->database = database ? xstrdup(database) : NULL;
    return w;
}

void voice_words_free(struct voice_words **pw)
{
    struct voice_words *w = *pw;
    if (w) {
        store_free(&w->store);
        free(w->database);
        free(w);
        *pw = NULL;
    }
}

/* Opened when it is first wanted: the product makes it, and may begin after us. */
static void find_store(struct sandbox *s, void *arg)
{
    struct voice_words *w = s->voice->words;
    if (!w->store && w->database) {
        struct store_config config = {.url = w->database,
                                      .connections = CONNECTIONS,
                                      .cache_kib = CACHE_KIB,
                                      .busy_ms = BUSY_MS};
        if (store_open(&config, &w->store, NULL)) {
            w->store = NULL;
        }
    }
    *(struct store **)arg = w->store;
}

void voice_words_read(struct sandbox *s, struct pool *p, const char *call_sid,
                      struct voice_said *out)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct voice_call_said said;
    json_t *document = NULL;
    *out = (struct voice_said){.segments = STR("[]"), .conversation_id = STR("")};
    struct store *store = NULL;
    sandbox_do(s, find_store, &store);
    if (!store || store_borrow(store, &db, NULL) ||
        voice_calls_said(db, p, call_sid, &said, NULL)) {
        return;
    }
    out->conversation_id = said.conversation_id;
    struct str text = said.live ? said.kept : said.segments;
    if (text.n && json_read(p, text, &document, NULL) == 0) {
        const json_t *lines = said.live ? json_object_get(document, "segments") : document;
        out->segments = json_is_array(lines) ? json_dump_to_pool(p, lines) : out->segments;
    }
}
