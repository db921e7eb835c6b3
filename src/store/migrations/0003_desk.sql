-- SPDX-License-Identifier: Apache-2.0
-- What the desk itself needs: totals, the change feed, jobs, provider receipts, who may sign in,
-- and the facts of the business.

-- Exact totals without counting rows, kept by triggers so that no writer can forget them. A total
-- is the sum over its slots: on PostgreSQL writers spread over eight so as not to queue for one row.
CREATE TABLE counters (
  kind varchar(30) NOT NULL,
  channel varchar(20) NOT NULL,
  status varchar(50) NOT NULL,
  slot integer NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (kind, channel, status, slot)
);

-- only sqlite
CREATE TRIGGER conversations_counted_insert AFTER INSERT ON conversations BEGIN
  INSERT INTO counters VALUES ('conversations', NEW.channel, NEW.status, 0, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER conversations_counted_delete AFTER DELETE ON conversations BEGIN
  UPDATE counters SET n = n - 1
    WHERE kind = 'conversations' AND channel = OLD.channel AND status = OLD.status AND slot = 0;
END;
CREATE TRIGGER conversations_counted_update AFTER UPDATE OF channel, status ON conversations
  WHEN OLD.channel <> NEW.channel OR OLD.status <> NEW.status BEGIN
  UPDATE counters SET n = n - 1
    WHERE kind = 'conversations' AND channel = OLD.channel AND status = OLD.status AND slot = 0;
  INSERT INTO counters VALUES ('conversations', NEW.channel, NEW.status, 0, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER customers_counted_insert AFTER INSERT ON customers BEGIN
  INSERT INTO counters VALUES ('customers', '', '', 0, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER customers_counted_delete AFTER DELETE ON customers BEGIN
  UPDATE counters SET n = n - 1 WHERE kind = 'customers' AND channel = '' AND status = '' AND slot = 0;
END;
CREATE TRIGGER appointments_counted_insert AFTER INSERT ON appointments BEGIN
  INSERT INTO counters VALUES ('appointments', '', coalesce(NEW.status, ''), 0, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER appointments_counted_delete AFTER DELETE ON appointments BEGIN
  UPDATE counters SET n = n - 1 WHERE kind = 'appointments' AND channel = ''
    AND status = coalesce(OLD.status, '') AND slot = 0;
END;
CREATE TRIGGER appointments_counted_update AFTER UPDATE OF status ON appointments
  WHEN coalesce(OLD.status, '') <> coalesce(NEW.status, '') BEGIN
  UPDATE counters SET n = n - 1 WHERE kind = 'appointments' AND channel = ''
    AND status = coalesce(OLD.status, '') AND slot = 0;
  INSERT INTO counters VALUES ('appointments', '', coalesce(NEW.status, ''), 0, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- only postgres
CREATE FUNCTION count_conversations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO counters SELECT 'conversations', channel, status, pg_backend_pid() % 8, -count(*)
      FROM old_rows GROUP BY channel, status ORDER BY channel, status
      ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n + EXCLUDED.n;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO counters SELECT 'conversations', channel, status, pg_backend_pid() % 8, count(*)
      FROM new_rows GROUP BY channel, status ORDER BY channel, status
      ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n + EXCLUDED.n;
  END IF;
  RETURN NULL;
END $$;
-- A transition table cannot be had for UPDATE OF; a row trigger with a condition is cheaper anyway.
CREATE FUNCTION count_conversation_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counters VALUES ('conversations', OLD.channel, OLD.status, pg_backend_pid() % 8, -1)
    ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n - 1;
  INSERT INTO counters VALUES ('conversations', NEW.channel, NEW.status, pg_backend_pid() % 8, 1)
    ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER conversations_counted_insert AFTER INSERT ON conversations
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_conversations();
CREATE TRIGGER conversations_counted_delete AFTER DELETE ON conversations
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_conversations();
CREATE TRIGGER conversations_counted_update AFTER UPDATE OF channel, status ON conversations
  FOR EACH ROW WHEN (OLD.channel <> NEW.channel OR OLD.status <> NEW.status)
  EXECUTE FUNCTION count_conversation_change();
CREATE FUNCTION count_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO counters SELECT 'customers', '', '', pg_backend_pid() % 8, count(*) FROM new_rows
      ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n + EXCLUDED.n;
  ELSE
    INSERT INTO counters SELECT 'customers', '', '', pg_backend_pid() % 8, -count(*) FROM old_rows
      ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n + EXCLUDED.n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER customers_counted_insert AFTER INSERT ON customers
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_customers();
CREATE TRIGGER customers_counted_delete AFTER DELETE ON customers
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_customers();
CREATE FUNCTION count_appointments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO counters VALUES ('appointments', '', coalesce(OLD.status, ''), pg_backend_pid() % 8, -1)
      ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n - 1;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO counters VALUES ('appointments', '', coalesce(NEW.status, ''), pg_backend_pid() % 8, 1)
      ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n + 1;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_counted AFTER INSERT OR DELETE OR UPDATE OF status ON appointments
  FOR EACH ROW EXECUTE FUNCTION count_appointments();
-- all

INSERT INTO counters SELECT 'customers', '', '', 0, count(*) FROM customers;
INSERT INTO counters SELECT 'conversations', channel, status, 0, count(*) FROM conversations
  GROUP BY channel, status;
INSERT INTO counters SELECT 'appointments', '', coalesce(status, ''), 0, count(*) FROM appointments
  GROUP BY coalesce(status, '');

-- What changed, in commit order for a reader that allows for gaps: the source of the live sockets.
CREATE TABLE changes (
  id {bigidentity},
  at {time} NOT NULL,
  kind varchar(30) NOT NULL,
  conversation_id {uuid},
  message_id {uuid},
  customer_id integer
);

-- Work to be done after a commit, and again when it failed. Done jobs are deleted. Jobs of one lane
-- run one at a time, in the order of their ids.
CREATE TABLE jobs (
  id {uuid} PRIMARY KEY NOT NULL,
  kind varchar(30) NOT NULL,
  lane varchar(60) NOT NULL,
  payload {json} NOT NULL {json_check payload},
  state varchar(10) NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'dead')),
  run_at {time} NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  attempted_at {time},
  locked_by varchar(60),
  locked_until {time},
  last_error text,
  created_at {time} NOT NULL
);
CREATE INDEX jobs_due ON jobs (kind, state, run_at);
CREATE INDEX jobs_lane ON jobs (lane, id);

-- One row for each webhook that a provider's id names: what makes it count once.
CREATE TABLE provider_receipts (
  provider varchar(20) NOT NULL,
  provider_id varchar(100) NOT NULL,
  kind varchar(30) NOT NULL,
  received_at {time} NOT NULL,
  message_id {uuid},
  request text,
  PRIMARY KEY (provider, provider_id, kind)
);
CREATE INDEX provider_receipts_received ON provider_receipts (received_at);

-- Where the assistant stands in a conversation, so that any server can take the next turn.
CREATE TABLE conversation_states (
  conversation_id {uuid} PRIMARY KEY NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  state {json} NOT NULL {json_check state},
  updated_at {time} NOT NULL
);

-- The answer to a POST that carried an Idempotency-Key.
CREATE TABLE idempotency_keys (
  actor varchar(60) NOT NULL,
  key varchar(100) NOT NULL,
  operation varchar(60) NOT NULL,
  body_sha256 varchar(64) NOT NULL,
  status integer NOT NULL,
  answer text NOT NULL,
  created_at {time} NOT NULL,
  PRIMARY KEY (actor, key)
);

CREATE TABLE staff_users (
  id {uuid} PRIMARY KEY NOT NULL,
  email varchar(255) NOT NULL UNIQUE,
  name varchar(255) NOT NULL,
  role varchar(20) NOT NULL,
  password_hash varchar(200) NOT NULL,
  created_at {time} NOT NULL,
  disabled_at {time}
);

CREATE TABLE staff_sessions (
  token_hash varchar(64) PRIMARY KEY NOT NULL,
  user_id {uuid} NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL
);

CREATE TABLE api_tokens (
  id {uuid} PRIMARY KEY NOT NULL,
  name varchar(100) NOT NULL,
  token_hash varchar(64) NOT NULL UNIQUE,
  role varchar(20) NOT NULL,
  created_at {time} NOT NULL,
  expires_at {time},
  revoked_at {time}
);

-- The business's own facts, from which the assistant answers.
CREATE TABLE business_facts (
  key varchar(60) PRIMARY KEY NOT NULL,
  value text NOT NULL,
  updated_at {time} NOT NULL
);

CREATE TABLE services (
  id {uuid} PRIMARY KEY NOT NULL,
  key varchar(60) NOT NULL UNIQUE,
  name varchar(255) NOT NULL,
  description text,
  duration_minutes integer NOT NULL,
  price_from_cents integer,
  price_to_cents integer,
  synonyms {list} {json_check synonyms},
  position integer NOT NULL DEFAULT 0,
  active {bool} NOT NULL DEFAULT {true}
);

-- weekday: 1 Monday to 7 Sunday (ISO 8601); opens and closes: HH:MM in the business's zone.
CREATE TABLE opening_hours (
  id {uuid} PRIMARY KEY NOT NULL,
  weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  opens varchar(5) NOT NULL,
  closes varchar(5) NOT NULL
);

-- only sqlite
-- What the planner goes by: the proportions of a large installation, written down, so that a plan
-- is the same in an empty database and a full one. Without them it takes the index of the channel
-- or the status, which names a third of all rows, before that of the customer, which names ten.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1 WHERE tbl IN ('appointments', 'conversations', 'communication_messages',
  'communication_events', 'sms_details', 'email_details', 'jobs');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('appointments', 'appointments_customer', '200000 4 1'),
  ('appointments', 'appointments_datetime', '200000 2'),
  ('conversations', 'conversations_customer', '1000000 10 1'),
  ('conversations', 'conversations_activity', '1000000 1'),
  ('conversations', 'conversations_channel', '1000000 200000 1'),
  ('conversations', 'conversations_status', '1000000 300000 1'),
  ('communication_messages', 'communication_messages_conversation', '5000000 5 1'),
  ('communication_events', 'communication_events_conversation', '2000000 3 1'),
  ('communication_events', 'communication_events_type', '2000000 200000 1'),
  ('communication_events', 'communication_events_message', '2000000 2'),
  ('sms_details', 'sms_details_provider', '4000000 1'),
  ('sms_details', 'sms_details_status', '4000000 800000'),
  ('email_details', 'email_details_provider', '1000000 1'),
  ('email_details', 'email_details_in_reply_to', '1000000 2'),
  ('jobs', 'jobs_due', '2000 500 300 1'),
  ('jobs', 'jobs_lane', '2000 2 1');
ANALYZE sqlite_schema;
-- all
