/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reply of the assistant that is overtaken before it is sent: the customer has written another
 * text that it does not answer, or a person has taken the conversation over. It is withdrawn at the
 * last moment, and in the first case what it answered waits again, to be answered with the new
 * text. A reply after which something stands (a booking) is not withdrawn, nor one for an
 * emergency.
 */
#ifndef CHANNELS_OVERTAKEN_H
#define CHANNELS_OVERTAKEN_H

#include "domain/jobs.h"

/*
 * For a job that sends a message of that conversation and was not tried before. burst_max_us: as in
 * struct answer_config. *withdrawn_out: the job is done, nothing is to be sent.
 */
NODISCARD int overtaken_withdraw(struct job_run *run, const char *conversation_id,
                                 const char *message_id, int64_t burst_max_us, bool *withdrawn_out,
                                 struct err *e);

#endif
