-- SPDX-License-Identifier: Apache-2.0
-- Visitors of the web chat. key_hash is of the key that only the visitor's browser has, or says that
-- nothing opens it any more. origin: the site on which they began.
CREATE TABLE web_visitors (
  id {uuid} PRIMARY KEY NOT NULL,
  key_hash varchar(64) NOT NULL UNIQUE,
  origin varchar(255) NOT NULL,
  created_at {time} NOT NULL
);

-- What they talked about, oldest first by begun_at. moved_to: where they went on by text or e-mail.
CREATE TABLE web_conversations (
  conversation_id {uuid} PRIMARY KEY NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  visitor_id {uuid} NOT NULL REFERENCES web_visitors (id) ON DELETE CASCADE,
  begun_at {time} NOT NULL,
  moved_to {uuid} REFERENCES conversations (id) ON DELETE SET NULL
);
CREATE INDEX web_conversations_visitor ON web_conversations (visitor_id, begun_at);
CREATE INDEX web_conversations_moved ON web_conversations (moved_to);

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('web_conversations', 'web_conversations_visitor', '100000 2 1'),
  ('web_conversations', 'web_conversations_moved', '100000 20');
ANALYZE sqlite_schema;
-- all
