-- SPDX-License-Identifier: Apache-2.0
-- How the staff work through conversations: whose one is, whether a person is needed, what is put
-- off, unread, tagged and noted; and indexes for the list's filters.

ALTER TABLE conversations ADD COLUMN assigned_to {uuid} REFERENCES staff_users (id) ON DELETE SET NULL;
-- Somebody of the staff should look: the assistant asked for it and nobody has taken it over since.
ALTER TABLE conversations ADD COLUMN needs_person {bool} NOT NULL DEFAULT {false};
-- Put off until then, or until the customer writes.
ALTER TABLE conversations ADD COLUMN snoozed_until {time};

-- Partial: a conversation that is none of this costs nothing when its activity moves.
CREATE INDEX conversations_assigned ON conversations (assigned_to, last_activity_at DESC, id DESC)
  WHERE assigned_to IS NOT NULL;
CREATE INDEX conversations_needs_person ON conversations (last_activity_at DESC, id DESC)
  WHERE needs_person = {true};
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX conversations_outcome ON conversations (outcome, last_activity_at DESC, id DESC)
  WHERE outcome IS NOT NULL;
CREATE INDEX conversations_sentiment ON conversations (sentiment, last_activity_at DESC, id DESC)
  WHERE sentiment IS NOT NULL;
CREATE INDEX conversations_initiated ON conversations (initiated_at);

-- A row: this member of the staff has not seen the customer's last words.
CREATE TABLE conversation_unreads (
  user_id {uuid} NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
  conversation_id {uuid} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  since {time} NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
);
CREATE INDEX conversation_unreads_conversation ON conversation_unreads (conversation_id);

CREATE TABLE tags (
  id {uuid} PRIMARY KEY NOT NULL,
  name varchar(60) NOT NULL UNIQUE,
  colour varchar(7) NOT NULL,
  created_at {time} NOT NULL
);
CREATE TABLE conversation_tags (
  conversation_id {uuid} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  tag_id {uuid} NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  PRIMARY KEY (conversation_id, tag_id)
);
CREATE INDEX conversation_tags_tag ON conversation_tags (tag_id, conversation_id);

-- What the staff tell each other; never sent.
CREATE TABLE conversation_notes (
  id {uuid} PRIMARY KEY NOT NULL,
  conversation_id {uuid} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  author_kind varchar(10) NOT NULL,
  author_id varchar(60) NOT NULL,
  author_name varchar(255) NOT NULL,
  content text NOT NULL,
  created_at {time} NOT NULL
);
CREATE INDEX conversation_notes_conversation ON conversation_notes (conversation_id, created_at);

-- Open ones that the assistant asked a person to look at, after whoever last took them over.
UPDATE conversations SET needs_person = {true} WHERE status = 'active' AND id IN (
  SELECT e.conversation_id FROM communication_events e WHERE e.event_type = 'escalation_requested'
  AND NOT EXISTS (SELECT 1 FROM communication_events h WHERE h.conversation_id = e.conversation_id
    AND h.event_type = 'taken_over' AND h.timestamp >= e.timestamp));

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('conversations', 'conversations_assigned', '100000 5000 1 1'),
  ('conversations', 'conversations_needs_person', '1000 1 1'),
  ('conversations', 'conversations_snoozed', '1000 1'),
  ('conversations', 'conversations_outcome', '900000 150000 1 1'),
  ('conversations', 'conversations_sentiment', '900000 220000 1 1'),
  ('conversations', 'conversations_initiated', '1000000 1'),
  ('conversation_unreads', 'sqlite_autoindex_conversation_unreads_1', '20000 2000 1'),
  ('conversation_unreads', 'conversation_unreads_conversation', '20000 2'),
  ('conversation_tags', 'sqlite_autoindex_conversation_tags_1', '200000 2 1'),
  ('conversation_tags', 'conversation_tags_tag', '200000 10000 1'),
  ('conversation_notes', 'conversation_notes_conversation', '200000 2 1');
ANALYZE sqlite_schema;
-- all
