-- SPDX-License-Identifier: Apache-2.0
-- Files that came with messages. A row is made with the message; a job fetches the file from the
-- provider and settles the row: stored, refused (too large, of a type that is not taken), or failed
-- (could not be had; why is in reason).
CREATE TABLE attachments (
  id {uuid} PRIMARY KEY NOT NULL,
  conversation_id {uuid} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  message_id {uuid} NOT NULL REFERENCES communication_messages (id) ON DELETE CASCADE,
  position integer NOT NULL,
  provider varchar(20) NOT NULL,
  url text NOT NULL,
  declared_type varchar(255) NOT NULL,
  filename varchar(500),
  state varchar(10) NOT NULL CHECK (state IN ('waiting', 'stored', 'refused', 'failed')),
  content_type varchar(100),
  size_bytes bigint,
  sha256 varchar(64),
  reason text,
  created_at {time} NOT NULL,
  settled_at {time},
  UNIQUE (message_id, position)
);
CREATE INDEX attachments_conversation ON attachments (conversation_id, message_id, position);

-- The file itself, in base64, apart from the row that lists read. In the database and not beside
-- it, so that it is written with its row or not at all, goes with the customer's other data when
-- that is erased, is encrypted and backed up with it, and is there for every server.
CREATE TABLE attachment_contents (
  attachment_id {uuid} PRIMARY KEY NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
  content text NOT NULL
);

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('attachments', 'attachments_conversation', '200000 2 1 1');
ANALYZE sqlite_schema;
-- all
