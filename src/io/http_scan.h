/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches the bytes of a connection before evhttp reads them, and finds the first fault in the
 * framing of its requests (RFC 9112, strictly: what a proxy in front could read in another way is
 * refused, never guessed). It knows where each request begins and ends, and holds the limits.
 * It keeps nothing of what passes by, and does not look at what a request means.
 */
#ifndef IO_HTTP_SCAN_H
#define IO_HTTP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_scan {
    size_t header_max; /* of request line and fields together */
    size_t body_max;
    const char *large_path; /* what begins with it may have bodies of large_max; NULL: nothing */
    size_t large_max;
    unsigned complete; /* requests seen to their end */
    int bad;           /* 0, or the ERR_ code of the fault; nothing is looked at after it */
    const char *why;   /* of bad: a sentence for the client */
    bool large;        /* the request begins with large_path */
    /* The rest is the scanner's own. */
    uint8_t state;
    uint8_t field;   /* which of the fields that matter the value belongs to */
    uint8_t n_text;  /* bytes in text; sizeof text: it was longer */
    uint8_t slashes; /* of the target, as far as the third: there its path begins */
    uint8_t n_path;  /* bytes of the target so far that are large_path's */
    bool in_port, http_1_0, may_have_body, has_host, has_length, chunked;
    int fields;
    size_t head_bytes;
    uint64_t left;     /* of the body or the chunk */
    uint64_t body_sum; /* chunks so far */
    uint64_t length;   /* of the body, by its Content-Length */
    char text[24];     /* the word being read, in lower case but for the method */
};

void http_scan_init(struct http_scan *s, size_t header_max, size_t body_max);

/* The next n bytes of the connection. */
void http_scan_bytes(struct http_scan *s, const char *p, size_t n);

/* What a run of bytes is. */
enum http_scan_kind {
    HTTP_SCAN_PLAIN, /* of a head, of a body with a Content-Length, of the end behind the last chunk
                      */
    HTTP_SCAN_FRAME, /* between the data of chunks */
    HTTP_SCAN_CHUNK, /* a chunk's data */
    HTTP_SCAN_LAST,  /* the end of the last chunk's size: no data come any more */
};

/* The next bytes, as far as they are of one kind; how many those are: all n only when nothing else
 * follows, or at a fault. */
size_t http_scan_some(struct http_scan *s, const char *p, size_t n, enum http_scan_kind *kind);

/* Are chunks coming next, or some of one? */
bool http_scan_in_chunks(const struct http_scan *s);

/* Between two requests: of the next one nothing has come. */
bool http_scan_between(const struct http_scan *s);

/* How much has come of a body with a Content-Length of at least so much, which is still coming; 0:
 * there is none. */
size_t http_scan_body_so_far(const struct http_scan *s, size_t least);

#endif
