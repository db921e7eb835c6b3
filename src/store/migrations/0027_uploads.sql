-- SPDX-License-Identifier: Apache-2.0
-- Files that a member of the staff has chosen for a message which is not sent yet. They become the
-- message's attachments when it is; what is never sent is thrown away after some days.
CREATE TABLE uploads (
  id {uuid} PRIMARY KEY NOT NULL,
  conversation_id {uuid} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  owner_kind varchar(10) NOT NULL,
  owner_id varchar(64) NOT NULL,
  filename varchar(500) NOT NULL,
  declared_type varchar(255) NOT NULL,
  size_bytes bigint NOT NULL,
  created_at {time} NOT NULL
);
CREATE INDEX uploads_conversation ON uploads (conversation_id);
CREATE INDEX uploads_created_at ON uploads (created_at);

-- In base64, in the pieces in which it came, so that one that was lost on its way is sent again alone.
CREATE TABLE upload_pieces (
  upload_id {uuid} NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  position integer NOT NULL,
  size_bytes integer NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (upload_id, position)
);

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('uploads', 'uploads_conversation', '200 2'),
  ('uploads', 'uploads_created_at', '200 1'),
  ('upload_pieces', 'sqlite_autoindex_upload_pieces_1', '800 4 1');
ANALYZE sqlite_schema;
-- all
