/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages of the sandbox: a telephone and a mailbox for a person. Their files are in page/,
 * embedded as they are.
 */
#ifndef SANDBOX_SANDBOX_PAGE_H
#define SANDBOX_SANDBOX_PAGE_H

#include "io/http.h"

extern const struct str sandbox_page_html;
extern const struct str sandbox_page_css;
extern const struct str sandbox_page_js;
extern const struct str sandbox_page_call_css;
extern const struct str sandbox_page_call_js;
extern const struct str sandbox_page_icon;
extern const struct str sandbox_page_mail_html;
extern const struct str sandbox_page_mail_css;
extern const struct str sandbox_page_mail_js;
extern const struct str sandbox_page_common_js;

/* Answers when the path is one of the page's; false: it is not. Any thread. */
bool sandbox_page_serve(struct http_request *req, struct http_response *res);

#endif
