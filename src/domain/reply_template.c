/* SPDX-License-Identifier: Apache-2.0 */
/* A place that nobody fills in would go to a customer as it stands, so an unknown one is refused.
 */
#include "domain/reply_template.h"

#include <string.h>

#include "base/attr.h"

const char *const reply_template_places[] = {"customer_first_name",
                                             "customer_name",
                                             "business_name",
                                             "business_phone",
                                             "my_name",
                                             "my_first_name",
                                             NULL};

static bool is_known(struct str name)
{
    for (const char *const *p = reply_template_places; *p; p++) {
        if (str_eq(name, str_of(*p))) {
            return true;
        }
    }
    return false;
}

static int unknown(struct err *e)
{
    return err_field(e, ERR_INVALID, "body",
                     "places are {{customer_first_name}}, {{customer_name}}, {{business_name}}, "
                     "{{business_phone}}, {{my_name}} and {{my_first_name}}");
}

int reply_template_check(struct str body, struct err *e)
{
    for (size_t i = 0; i + 1 < body.n; i++) {
        if (body.p[i] != '{' || body.p[i + 1] != '{') {
            continue;
        }
        size_t begin = i + 2, end = begin;
        while (end + 1 < body.n && !(body.p[end] == '}' && body.p[end + 1] == '}')) {
            end++;
        }
        struct str name = {body.p + begin, end - begin};
        if (end + 1 >= body.n || !is_known(str_trim(name))) {
            return unknown(e);
        }
        i = end + 1;
    }
    return 0;
}
