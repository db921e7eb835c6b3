-- SPDX-License-Identifier: Apache-2.0
-- What language models needed for a conversation: found out with its other figures, from its messages
-- and events, since what those say is not to be read by a report.
ALTER TABLE conversations ADD COLUMN prompt_tokens bigint NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN completion_tokens bigint NOT NULL DEFAULT 0;
CREATE INDEX conversations_tokens ON conversations (initiated_at, channel, prompt_tokens,
  completion_tokens) WHERE prompt_tokens > 0;

-- Those of the last month are counted again; older ones when they change.
-- only sqlite
UPDATE conversations SET unfigured = unfigured + 1
  WHERE initiated_at > strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-31 days');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('conversations', 'conversations_tokens', '500000 1 1 1 1');
ANALYZE sqlite_schema;
-- only postgres
UPDATE conversations SET unfigured = unfigured + 1 WHERE initiated_at > now() - interval '31 days';
-- all
