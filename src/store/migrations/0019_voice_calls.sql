-- SPDX-License-Identifier: Apache-2.0
-- Servers with calls: a lease each, by which all their calls live. instance: the same for all lives
-- of a server, of which only one can be.
CREATE TABLE voice_servers (
  id {uuid} PRIMARY KEY NOT NULL,
  instance varchar(60),
  lease_ends_at {time} NOT NULL
);
CREATE INDEX voice_servers_lease ON voice_servers (lease_ends_at);

-- Calls. live until they are finished; then kept and events_kept, what is known of one that goes on,
-- are of no use any more.
CREATE TABLE voice_calls (
  id {uuid} PRIMARY KEY NOT NULL,
  conversation_id {uuid} NOT NULL UNIQUE REFERENCES conversations (id) ON DELETE CASCADE,
  server_id {uuid} NOT NULL,
  transport varchar(20) NOT NULL,
  session_id varchar(255) NOT NULL,
  outbound {bool} NOT NULL DEFAULT {false},
  live {bool} NOT NULL DEFAULT {true},
  started_at {time} NOT NULL,
  kept_at {time},
  kept {json} {json_check kept},
  events_kept integer NOT NULL DEFAULT 0,
  ended_at {time},
  message_id {uuid} REFERENCES communication_messages (id) ON DELETE SET NULL
);
CREATE INDEX voice_calls_live ON voice_calls (live, server_id);
CREATE INDEX voice_calls_session ON voice_calls (session_id, started_at);
CREATE INDEX voice_calls_message ON voice_calls (message_id);

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('voice_calls', 'sqlite_autoindex_voice_calls_1', '100000 1'),
  ('voice_calls', 'sqlite_autoindex_voice_calls_2', '100000 1'),
  ('voice_calls', 'voice_calls_live', '100000 50000 10000'),
  ('voice_calls', 'voice_calls_session', '100000 1 1'),
  ('voice_calls', 'voice_calls_message', '100000 1'),
  ('voice_servers', 'sqlite_autoindex_voice_servers_1', '10 1'),
  ('voice_servers', 'voice_servers_lease', '10 1');
ANALYZE sqlite_schema;
-- all
