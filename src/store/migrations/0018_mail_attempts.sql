-- SPDX-License-Identifier: Apache-2.0
-- Of so many attempts to send the e-mail it is certain that none was taken: when that is all there
-- were, nothing has to be waited for before the next.
ALTER TABLE email_details ADD COLUMN attempts_untaken integer;
