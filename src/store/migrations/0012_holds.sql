-- SPDX-License-Identifier: Apache-2.0
-- Who answers a conversation in the assistant's place.

-- The last person who took it over. A lease: it holds until ends_at, unless it was given back
-- before (over). note is what they left for the assistant.
CREATE TABLE conversation_holds (
  conversation_id {uuid} PRIMARY KEY NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  holder_kind varchar(10) NOT NULL,
  holder_id varchar(60) NOT NULL,
  holder_name varchar(255) NOT NULL,
  since {time} NOT NULL,
  ends_at {time} NOT NULL,
  over {bool} NOT NULL DEFAULT {false},
  note text
);
CREATE INDEX conversation_holds_ends ON conversation_holds (over, ends_at);

-- The state before the assistant's last turn, for a reply that is withdrawn before it was sent.
ALTER TABLE conversation_states ADD COLUMN state_before {json};

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('conversation_holds', 'sqlite_autoindex_conversation_holds_1', '100000 1'),
  ('conversation_holds', 'conversation_holds_ends', '100000 50000 1');
ANALYZE sqlite_schema;
-- all
