/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a language model's server can answer: the body read as an answer and as a refusal, its
 * content as a reply, the reply's claims against results that the same bytes make up, and the reply
 * fitted to every channel. Beside crashes it looks for broken promises.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/json_read.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "mind/claims.h"
#include "mind/evidence.h"
#include "mind/manner.h"
#include "mind/model_answer.h"
#include "mind/model_reply.h"
#include "mind/prompt.h"
#include "mind/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void claim(struct pool *p, struct str text)
{
    struct claims c;
    struct evidence v = {0};
    claims_find(p, text, &c);
    must(c.n <= CLAIMS_MAX);
    for (size_t i = 0; i < c.n; i++) {
        must(c.list[i].n_times <= CLAIM_TIMES_MAX);
        for (size_t k = 0; k < c.list[i].n_times; k++) {
            must(c.list[i].times[k].minutes >= 0 && c.list[i].times[k].minutes < 1440);
        }
        /* Nothing was confirmed: only a claim without times to offer can pass. */
        must(c.list[i].kind >= CLAIM_FREE || evidence_refutes(p, &v, &c, "book", 20000));
    }
    for (int channel = 0; channel < N_CHANNELS; channel++) {
        const char *fitted = manner_fit(p, (enum channel)channel, text);
        must(strlen(fitted) <= manner_room((enum channel)channel));
        must(utf8_valid(str_of(fitted)));
    }
}

static void reply(struct pool *p, struct str content)
{
    struct model_reply r;
    if (model_reply_read(p, content, &r, NULL) == 0) {
        must(r.text.n > 0 && r.text.n <= MODEL_REPLY_MAX && utf8_valid(r.text));
        must(r.confidence >= 0 && r.confidence <= 1);
        claim(p, r.text);
    }
}

static void result(struct pool *p, const json_t *args)
{
    static const char *const tools[] = {"search_customer", "check_availability",
                                        "book_appointment"};
    struct evidence v = {0};
    for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
        evidence_add(&v, tools[i], args);
    }
    must(v.n_free <= EVIDENCE_MAX && v.n_own <= EVIDENCE_MAX);
    must(receipt_of(p, CHANNEL_VOICE, args).text.n > 0);
    must(prompt_result(p, args).p != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str body = {pool_strndup(p, (const char *)data, size), size};
    struct model_answer a;
    struct model_refusal why;
    model_refusal_read(p, body, &why);
    must(strlen(why.code) < sizeof why.code);
    (void)model_refusal_names(&why, "schema");
    if (utf8_valid(body)) {
        reply(p, body);
        claim(p, body);
    }
    if (model_answer_read(p, body, &a, NULL)) {
        return 0;
    }
    must(a.n_calls <= MODEL_CALLS_MAX && utf8_valid(a.content));
    must(a.usage.prompt_tokens >= 0 && a.usage.completion_tokens >= 0);
    for (size_t i = 0; i < a.n_calls; i++) {
        must(a.calls[i].id[0] && a.calls[i].name[0]);
        for (size_t k = 0; k < i; k++) {
            must(strcmp(a.calls[i].id, a.calls[k].id) != 0);
        }
        if (a.calls[i].args) {
            result(p, a.calls[i].args);
        }
    }
    must(json_dump_to_pool(p, model_answer_message(p, &a)).n > 0);
    reply(p, a.content);
    return 0;
}
