-- SPDX-License-Identifier: Apache-2.0
-- What the assistant needs to book and to answer: more of each service, who gives them and when,
-- where, when it is closed, and the answers to questions that are often asked. A provider or an
-- article that is no longer offered stays, not active, since appointments and seeds name its key.

ALTER TABLE services ADD COLUMN preparation text;
ALTER TABLE services ADD COLUMN aftercare text;
ALTER TABLE services ADD COLUMN buffer_minutes integer NOT NULL DEFAULT 0;

-- services: keys of services; NULL: all of them.
CREATE TABLE providers (
  id {uuid} PRIMARY KEY NOT NULL,
  key varchar(60) NOT NULL UNIQUE,
  name varchar(255) NOT NULL,
  title varchar(255),
  credentials varchar(100),
  about text,
  services {list} {json_check services},
  synonyms {list} {json_check synonyms},
  position integer NOT NULL DEFAULT 0,
  active {bool} NOT NULL DEFAULT {true}
);

-- As opening_hours; a provider without any works whenever the business is open.
CREATE TABLE provider_hours (
  id {uuid} PRIMARY KEY NOT NULL,
  provider_key varchar(60) NOT NULL REFERENCES providers (key) ON DELETE CASCADE,
  weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  opens varchar(5) NOT NULL,
  closes varchar(5) NOT NULL
);
CREATE INDEX provider_hours_provider ON provider_hours (provider_key, weekday, opens);

CREATE TABLE locations (
  id {uuid} PRIMARY KEY NOT NULL,
  key varchar(60) NOT NULL UNIQUE,
  name varchar(255) NOT NULL,
  address text,
  phone varchar(60),
  directions text,
  parking text,
  position integer NOT NULL DEFAULT 0,
  active {bool} NOT NULL DEFAULT {true}
);

-- Days of the business's calendar, YYYY-MM-DD, both included; provider_key NULL: nobody works.
CREATE TABLE closures (
  id {uuid} PRIMARY KEY NOT NULL,
  first_day varchar(10) NOT NULL,
  last_day varchar(10) NOT NULL,
  provider_key varchar(60) REFERENCES providers (key) ON DELETE CASCADE,
  reason varchar(255),
  CHECK (first_day <= last_day)
);
CREATE INDEX closures_last_day ON closures (last_day);

CREATE TABLE faq_articles (
  id {uuid} PRIMARY KEY NOT NULL,
  key varchar(60) NOT NULL UNIQUE,
  question text NOT NULL,
  answer text NOT NULL,
  category varchar(60),
  synonyms {list} {json_check synonyms},
  position integer NOT NULL DEFAULT 0,
  active {bool} NOT NULL DEFAULT {true}
);
