/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends e-mail, as the settings have it. */
#ifndef CLI_MAIL_OF_SETTINGS_H
#define CLI_MAIL_OF_SETTINGS_H

#include "channels/mail_outbox.h"

struct settings;

/*
 * provider NULL: e-mail is not sent. Borrows from the settings; key, public_url, night and
 * burst_max_us are the caller's to fill. ERR_CONFIG with the setting that is wrong, also when it
 * concerns SendGrid's events.
 */
NODISCARD int mail_of_settings(const struct settings *s, struct mail_outbox_config *out,
                               struct err *e);

#endif
