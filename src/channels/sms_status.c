/* SPDX-License-Identifier: Apache-2.0 */
/* One table from the provider's statuses to ours, one of our ranks. */
#include "channels/sms_status.h"

static const struct {
    struct str theirs;
    const char *ours;
} words[] = {
    {STR("accepted"), "queued"},
    {STR("scheduled"), "queued"},
    {STR("queued"), "queued"},
    {STR("sending"), "queued"},
    {STR("sent"), "sent"},
    {STR("delivered"), "delivered"},
    {STR("partially_delivered"), "delivered"},
    {STR("read"), "delivered"},
    {STR("undelivered"), "undelivered"},
    {STR("failed"), "failed"},
    {STR("canceled"), "failed"},
    {STR("receiving"), "received"},
    {STR("received"), "received"},
};

const char *sms_status_of(struct str provider_status)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (str_eq(words[i].theirs, provider_status)) {
            return words[i].ours;
        }
    }
    return NULL;
}

int sms_status_rank(const char *status)
{
    static const struct {
        struct str status;
        int rank;
    } ranks[] = {
        {STR("queued"), 1},      {STR("sent"), 2},   {STR("delivered"), 3},
        {STR("undelivered"), 3}, {STR("failed"), 3}, {STR("received"), 3},
    };
    struct str s = str_of(status);
    for (size_t i = 0; i < ARRAY_SIZE(ranks); i++) {
        if (str_eq(ranks[i].status, s)) {
            return ranks[i].rank;
        }
    }
    return 0;
}

bool sms_status_advances(const char *from, const char *to)
{
    return sms_status_rank(to) > sms_status_rank(from);
}
