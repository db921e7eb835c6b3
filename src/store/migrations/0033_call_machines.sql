-- SPDX-License-Identifier: Apache-2.0
-- An answering machine that took a call of ours: what it is, in the network's word, and the message
-- that is left there when the stream has ended; no message for what takes none, such as a fax.
ALTER TABLE telephone_calls ADD COLUMN machine varchar(40);
ALTER TABLE telephone_calls ADD COLUMN machine_message text;
