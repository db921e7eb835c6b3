/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a request apart that http_scan.h has let through; it relies on every check made there and
 * makes none again.
 */
#ifndef IO_HTTP_REQUEST_H
#define IO_HTTP_REQUEST_H

struct http_request;
struct http_scan;

/*
 * Method, target, path, query, headers and body of the request that `bytes` begins with and that
 * the scanner has just seen to its end. They are borrowed from `bytes`, where chunks are put
 * together in place, or live in r->pool. 0, or ERR_MALFORMED with *why_out a sentence.
 */
int http_request_parse(struct http_request *r, const struct http_scan *s, char *bytes,
                       const char **why_out);

#endif
