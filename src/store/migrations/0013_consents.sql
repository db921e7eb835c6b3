-- SPDX-License-Identifier: Apache-2.0
-- Who may be written to. Rows are added and never changed: what holds for an address on a channel
-- is its newest row, and why is in the row. seq, not id, gives the order, since the clocks of two
-- servers may differ and a revocation must not seem older than what it revokes.
CREATE TABLE consents (
  seq {bigidentity},
  id {uuid} NOT NULL UNIQUE,
  address varchar(255) NOT NULL,
  channel varchar(20) NOT NULL CHECK (channel IN ('voice', 'sms', 'email', 'whatsapp', 'web')),
  purpose varchar(20) NOT NULL CHECK (purpose IN ('all', 'reminder', 'marketing')),
  state varchar(10) NOT NULL CHECK (state IN ('granted', 'revoked')),
  source varchar(30) NOT NULL,
  evidence {json} NOT NULL {json_check evidence},
  actor varchar(80) NOT NULL,
  at {time} NOT NULL
);
CREATE INDEX consents_address ON consents (address, channel, purpose, seq);

-- The links with which somebody unsubscribes: random, and in clear, since each e-mail has it again.
CREATE TABLE unsubscribe_links (
  link_key varchar(40) PRIMARY KEY NOT NULL,
  address varchar(255) NOT NULL,
  channel varchar(20) NOT NULL,
  purpose varchar(20) NOT NULL,
  created_at {time} NOT NULL
);
CREATE UNIQUE INDEX unsubscribe_links_address ON unsubscribe_links (address, channel, purpose);

-- Where the customer lives, when it is known better than by the telephone number.
ALTER TABLE customers ADD COLUMN time_zone varchar(64);

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('consents', 'consents_address', '100000 2 2 2 1'),
  ('unsubscribe_links', 'unsubscribe_links_address', '100000 2 2 1');
ANALYZE sqlite_schema;
-- all
