-- SPDX-License-Identifier: Apache-2.0
-- Lists are in the order (last_activity_at, id). An index that ends with the time leaves the ids to
-- be sorted: one sort for each distinct time, which is one a row, and on SQLite a third of the
-- whole request's work. With the id at its end the index gives the order itself.

DROP INDEX IF EXISTS conversations_customer;
DROP INDEX IF EXISTS conversations_activity;
DROP INDEX IF EXISTS conversations_channel;
DROP INDEX IF EXISTS conversations_status;
CREATE INDEX conversations_customer ON conversations (customer_id, last_activity_at DESC, id DESC);
CREATE INDEX conversations_activity ON conversations (last_activity_at DESC, id DESC);
CREATE INDEX conversations_channel ON conversations (channel, last_activity_at DESC, id DESC);
CREATE INDEX conversations_status ON conversations (status, last_activity_at DESC, id DESC);
DROP INDEX IF EXISTS appointments_customer;
DROP INDEX IF EXISTS appointments_datetime;
CREATE INDEX appointments_customer ON appointments (customer_id, appointment_datetime DESC, id DESC);
CREATE INDEX appointments_datetime ON appointments (appointment_datetime, id);

-- only sqlite
DELETE FROM sqlite_stat1 WHERE tbl IN ('appointments', 'conversations');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('appointments', 'appointments_customer', '200000 4 1 1'),
  ('appointments', 'appointments_datetime', '200000 2 1'),
  ('conversations', 'conversations_customer', '1000000 10 1 1'),
  ('conversations', 'conversations_activity', '1000000 1 1'),
  ('conversations', 'conversations_channel', '1000000 200000 1 1'),
  ('conversations', 'conversations_status', '1000000 300000 1 1');
ANALYZE sqlite_schema;
-- all
