-- SPDX-License-Identifier: Apache-2.0
-- Links that calendars follow without signing in.

-- The customer's, to their appointment: random, and in clear, since each confirmation has it again.
-- NULL: it was booked before there were links, or by another program, and not moved since.
ALTER TABLE appointments ADD COLUMN link_key varchar(40);
CREATE UNIQUE INDEX appointments_link ON appointments (link_key);

-- The staff's, to the appointments of a provider; the provider '' is everybody's. The key is stored
-- as its hash only.
CREATE TABLE calendar_feeds (
  provider_key varchar(60) PRIMARY KEY NOT NULL,
  key_hash varchar(64) NOT NULL UNIQUE,
  created_at {time} NOT NULL
);

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('appointments', 'appointments_link', '200000 1');
ANALYZE sqlite_schema;
-- all
