-- SPDX-License-Identifier: Apache-2.0
-- A file's content in pieces, so that a large one is never held whole on its way in or out. What is
-- there already becomes a file of one piece, however large it is.
-- only sqlite
CREATE TABLE attachment_pieces (
  attachment_id {uuid} NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
  content text NOT NULL,
  position integer NOT NULL DEFAULT 0,
  PRIMARY KEY (attachment_id, position)
);
INSERT INTO attachment_pieces (attachment_id, content) SELECT attachment_id, content FROM attachment_contents;
DROP TABLE attachment_contents;
ALTER TABLE attachment_pieces RENAME TO attachment_contents;
-- only postgres
ALTER TABLE attachment_contents ADD COLUMN position integer NOT NULL DEFAULT 0;
ALTER TABLE attachment_contents DROP CONSTRAINT attachment_contents_pkey;
ALTER TABLE attachment_contents ADD PRIMARY KEY (attachment_id, position);
