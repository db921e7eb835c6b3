/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring by a language model: what is believed, what is mended, and who scores when it cannot. */
#include "mind/score_model.h"

#include "model_fixture.h"
#include "tap.h"

#define SCORE(score, sentiment, outcome)                                                           \
    "{`reply`:{`satisfaction_score`:" score ",`sentiment`:`" sentiment "`,`outcome`:`" outcome     \
    "`,`subject`:`Haircut`,`summary`:`They asked.`,`confidence`:0.7,`reason`:`thanks`}}"

static const struct score_message talk[] = {
    {true, {"I want a haircut, this is taking ages", 37}, {0}},
    {false, {"Sorry. When would suit you?", 27}, {0}},
    {true, {"Tuesday. Thanks, great!", 23}, {0}},
};

static struct score_out scored(struct desk *d, size_t n_events)
{
    static const struct score_event events[] = {
        {"appointment_action", {"{\"action\":\"booked\"}", 19}}};
    struct score_in in = {"sms", ARRAY_SIZE(talk), talk, n_events, events};
    struct score_out out;
    score_take_best(d->model, d->pool, &in, &out);
    return out;
}

TEST(a_model_scores_and_is_checked)
{
    struct desk d CLEANUP(desk_clear);
    desk_init(&d);
    desk_script(&d, SCORE("8", "mixed", "info_request"));
    struct score_out s = scored(&d, 0);
    EQ_INT(s.satisfaction, 8);
    EQ_STR(s.sentiment, "mixed");
    EQ_STR(s.outcome, "info_request");
    EQ_STR(s.scored_by, "model");
    EQ_STR(s.subject, "Haircut");
    OK(desk_asked(&d, "taking ages") && desk_asked(&d, "json_schema"));
    /* What happened is not the model's to judge. */
    desk_script(&d, SCORE("8", "positive", "unresolved"));
    s = scored(&d, 1);
    EQ_STR(s.outcome, "appointment_scheduled");
    EQ_STR(s.scored_by, "model");
    /* What cannot be judged is said so, not made up. */
    desk_script(&d, SCORE("null", "neutral", "unresolved"));
    EQ_INT(scored(&d, 0).satisfaction, 0);
}

TEST(a_bad_score_is_mended_once_and_else_made_locally)
{
    static const char *const bad[] = {SCORE("11", "positive", "complaint"),
                                      SCORE("0", "positive", "complaint"),
                                      SCORE("`9`", "positive", "complaint"),
                                      SCORE("7", "happy", "complaint"),
                                      SCORE("7", "positive", "won"),
                                      "{`content`:`eight`}",
                                      "{`content`:`{}`}",
                                      "{`content`:`[8]`}"};
    struct desk d CLEANUP(desk_clear);
    desk_init(&d);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        tap_case("%s", bad[i]);
        desk_script(&d, bad[i]);
        desk_script(&d, SCORE("4", "negative", "complaint"));
        struct score_out s = scored(&d, 0);
        EQ_STR(s.scored_by, "model");
        EQ_INT(s.satisfaction, 4);
        desk_script(&d, bad[i]);
        desk_script(&d, bad[i]);
        s = scored(&d, 0);
        EQ_STR(s.scored_by, "local");
        OK(strstr(s.reason, "language model"));
    }
    sandbox_free(&d.sandbox);
    d.model_config.attempts = 1;
    desk_renew(&d);
    EQ_STR(scored(&d, 0).scored_by, "local");
}

int main(void)
{
    return tap_run();
}
