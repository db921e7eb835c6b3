/* SPDX-License-Identifier: Apache-2.0 */
/* The inbound journal for those who run the server: what came in, and processing it again. */
#include "ops/inbox.h"

#include "base/settings.h"
#include "ops/holding.h"

struct inbox_config inbox_config_of(const struct settings *s)
{
    return (struct inbox_config){
        .number = s->twilio_number,
        .burst_us = s->burst_wait * 1000,
        .rules = place_rules_of(s),
        .opt_out_replies = s->opt_out_replies,
        .business_name = s->business_name,
    };
}
