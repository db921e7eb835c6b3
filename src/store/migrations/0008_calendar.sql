-- SPDX-License-Identifier: Apache-2.0
-- A calendar outside. appointments.calendar_event_id (the event's id there) is an old column; an
-- event that has one without calendar_id was made by another program.

-- A provider's own calendar, by its id there.
ALTER TABLE providers ADD COLUMN calendar varchar(255);

-- The calendar in which the event is, or is about to be made.
ALTER TABLE appointments ADD COLUMN calendar_id varchar(255);
-- The appointment's revision that the event shows; NULL: not known to be there.
ALTER TABLE appointments ADD COLUMN calendar_revision integer;
