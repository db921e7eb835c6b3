-- SPDX-License-Identifier: Apache-2.0
-- What the analytics count of a conversation, found out from its messages and events once it has
-- changed, so that a report reads one narrow index and nothing else.

ALTER TABLE conversations ADD COLUMN unfigured integer NOT NULL DEFAULT 1; -- changes since the rest was found out
ALTER TABLE conversations ADD COLUMN heard_at {time}; -- the customer's first words
ALTER TABLE conversations ADD COLUMN answered_at {time}; -- the first words of ours after them
ALTER TABLE conversations ADD COLUMN answered_by varchar(10); -- assistant, staff, both
ALTER TABLE conversations ADD COLUMN escalated {bool} NOT NULL DEFAULT {false};
-- How far it got: 1 an appointment was wanted, 2 and times were looked for, 3 and it was booked,
-- 4 and the customer came.
ALTER TABLE conversations ADD COLUMN progress integer NOT NULL DEFAULT 0;

CREATE INDEX conversations_unfigured ON conversations (initiated_at DESC) WHERE unfigured > 0;
DROP INDEX conversations_initiated;
CREATE INDEX conversations_initiated ON conversations (initiated_at, channel, satisfaction_score,
  completed_at, heard_at, answered_at, answered_by, escalated, progress);
CREATE INDEX appointments_conversation ON appointments (conversation_id)
  WHERE conversation_id IS NOT NULL;

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('conversations', 'conversations_unfigured', '1000 1'),
  ('conversations', 'conversations_initiated', '1000000 1 1 1 1 1 1 1 1 1'),
  ('appointments', 'appointments_conversation', '100000 1');
ANALYZE sqlite_schema;
-- all
