-- SPDX-License-Identifier: Apache-2.0
-- What booking keeps beside the old columns of appointments (service_type stays the service's key,
-- provider the provider's name), the taken times, and the results of tools.

ALTER TABLE appointments ADD COLUMN provider_key varchar(60);
-- Kept free after it, as the service wanted when it was booked.
ALTER TABLE appointments ADD COLUMN buffer_minutes integer NOT NULL DEFAULT 0;
-- Where it was agreed.
ALTER TABLE appointments ADD COLUMN conversation_id {uuid};
-- How often it was changed: the SEQUENCE of its iCalendar entry.
ALTER TABLE appointments ADD COLUMN revision integer NOT NULL DEFAULT 0;

-- A row for each five minutes that an appointment with its buffer takes of a provider: the primary
-- key is what makes a double booking impossible. slot counts five minutes since 1970-01-01 UTC; a
-- business without named providers is the provider ''.
CREATE TABLE booked_times (
  provider_key varchar(60) NOT NULL,
  slot bigint NOT NULL,
  appointment_id integer NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
  PRIMARY KEY (provider_key, slot)
);
CREATE INDEX booked_times_appointment ON booked_times (appointment_id);

-- A row for each day (since 1970-01-01) that was ever booked into. Who books locks it first, so
-- those who want times of one day go one after another and see what the others took.
CREATE TABLE booking_days (
  day integer PRIMARY KEY NOT NULL
);

-- What a tool that writes has answered, under the turn's key and the call's number: a turn that is
-- taken again finds it here and does nothing twice.
CREATE TABLE tool_results (
  key varchar(200) PRIMARY KEY NOT NULL,
  result text NOT NULL,
  created_at {time} NOT NULL
);
CREATE INDEX tool_results_created ON tool_results (created_at);

-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('booked_times', 'sqlite_autoindex_booked_times_1', '1000000 100000 1'),
  ('booked_times', 'booked_times_appointment', '1000000 9');
ANALYZE sqlite_schema;
-- all
