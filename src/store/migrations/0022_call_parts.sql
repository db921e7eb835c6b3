-- SPDX-License-Identifier: Apache-2.0
-- A call whose connection broke goes on in another: each connection is a part of it. part_id: the
-- present one; NULL in calls of older servers. part_at: when it began. earlier: what was said and
-- done in those before it. waits_until: its connection broke, and it may come back until then.
-- holder: who may go on with it, beside knowing the session. wish: what the staff want of it, that
-- its server has not done yet.
ALTER TABLE voice_calls ADD COLUMN part_id {uuid};
ALTER TABLE voice_calls ADD COLUMN part_at {time};
ALTER TABLE voice_calls ADD COLUMN earlier {json} {json_check earlier};
ALTER TABLE voice_calls ADD COLUMN waits_until {time};
ALTER TABLE voice_calls ADD COLUMN holder varchar(120);
ALTER TABLE voice_calls ADD COLUMN wish varchar(20);

-- Of calls with several parts, those behind the first, which has the call's own id.
CREATE TABLE voice_call_parts (
  id {uuid} PRIMARY KEY NOT NULL,
  call_id {uuid} NOT NULL REFERENCES voice_calls (id) ON DELETE CASCADE,
  began_at {time} NOT NULL
);
CREATE INDEX voice_call_parts_call ON voice_call_parts (call_id);

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('voice_call_parts', 'sqlite_autoindex_voice_call_parts_1', '1000 1'),
  ('voice_call_parts', 'voice_call_parts_call', '1000 1');
ANALYZE sqlite_schema;
-- all
