/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections each client address has open: a hash table of chains under one lock, asked
 * twice in a connection's life. It holds one entry for an address with open connections and so
 * never more entries than there are connections.
 */
#include "io/http_private.h"

#define BUCKETS 1024u

struct address {
    struct address *next;
    int open;
    char text[48];
};

struct http_addresses {
    pthread_mutex_t lock;
    int per_address;
    struct address *buckets[BUCKETS];
};

struct http_addresses *addresses_new(int per_address)
{
    struct http_addresses *a = xcalloc(1, sizeof *a);
    pthread_mutex_init(&a->lock, NULL);
    a->per_address = per_address;
    return a;
}

void addresses_free(struct http_addresses **a)
{
    if (!*a) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct address *e = (*a)->buckets[i], *next; e; e = next) {
            next = e->next;
            free(e);
        }
    }
    pthread_mutex_destroy(&(*a)->lock);
    free(*a);
    *a = NULL;
}

/* Where the pointer to its entry is, or would be. */
static struct address **place(struct http_addresses *a, const char *text)
{
    unsigned hash = 2166136261u; /* FNV-1a */
    for (const char *p = text; *p; p++) {
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    }
    struct address **at = &a->buckets[hash % BUCKETS];
    while (*at && strcmp((*at)->text, text) != 0) {
        at = &(*at)->next;
    }
    return at;
}

bool addresses_add(struct http_addresses *a, const char *text)
{
    pthread_mutex_lock(&a->lock);
    struct address **at = place(a, text);
    if (!*at) {
        *at = xcalloc(1, sizeof **at);
        snprintf((*at)->text, sizeof(*at)->text, "%s", text);
    }
    bool fits = (*at)->open < a->per_address;
    (*at)->open += fits;
    pthread_mutex_unlock(&a->lock);
    return fits;
}

void addresses_drop(struct http_addresses *a, const char *text)
{
    pthread_mutex_lock(&a->lock);
    struct address **at = place(a, text);
    if (*at && --(*at)->open <= 0) {
        struct address *gone = *at;
        *at = gone->next;
        free(gone);
    }
    pthread_mutex_unlock(&a->lock);
}
