-- SPDX-License-Identifier: Apache-2.0
-- Filters of the inbox under a name: its owner's alone, or everybody's.
CREATE TABLE saved_views (
  id {uuid} PRIMARY KEY NOT NULL,
  owner_kind varchar(10) NOT NULL,
  owner_id varchar(64) NOT NULL,
  owner_name varchar(255) NOT NULL,
  name varchar(40) NOT NULL,
  shared {bool} NOT NULL,
  filters {json} NOT NULL {json_check filters},
  created_at {time} NOT NULL
);
CREATE INDEX saved_views_owner ON saved_views (owner_kind, owner_id);
