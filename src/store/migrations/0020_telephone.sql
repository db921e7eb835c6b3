-- SPDX-License-Identifier: Apache-2.0
-- Calls on the telephone network, as the network tells of them; what was said in one stands in
-- voice_calls. call_sid: the network's name of it, NULL of one that we have not placed yet. sequence:
-- the number of the last report, -1 before the first. ending: why its stream was ended by us, so that
-- whoever is asked what follows knows it; with transfer, summary and reason are for the person.
-- purpose and opening: what one that we place is for, and what is said first.
CREATE TABLE telephone_calls (
  id {uuid} PRIMARY KEY NOT NULL,
  call_sid varchar(64) UNIQUE,
  outbound {bool} NOT NULL,
  caller text,
  called text,
  status varchar(20) NOT NULL,
  sequence integer NOT NULL,
  ending varchar(10) CHECK (ending IN ('ended', 'transfer')),
  summary text,
  reason varchar(200),
  customer_id integer REFERENCES customers (id) ON DELETE SET NULL,
  purpose varchar(20),
  opening text,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
);
CREATE INDEX telephone_calls_updated ON telephone_calls (updated_at);
