-- SPDX-License-Identifier: Apache-2.0
-- One person who had become two customers, and what the staff note of a customer.

-- The record of somebody who is another customer by now, always the last of a chain: it keeps its
-- number and address, so that they lead there, and its id stays good.
ALTER TABLE customers ADD COLUMN merged_into integer;
CREATE INDEX customers_merged ON customers (merged_into) WHERE merged_into IS NOT NULL;

-- snapshot: both as they were, and what was made of them.
CREATE TABLE customer_merges (
  id {uuid} PRIMARY KEY NOT NULL,
  kept_id integer NOT NULL REFERENCES customers (id),
  merged_id integer NOT NULL REFERENCES customers (id),
  actor varchar(80) NOT NULL,
  actor_name varchar(255) NOT NULL,
  snapshot {json} NOT NULL {json_check snapshot},
  at {time} NOT NULL,
  undone_at {time},
  undone_by varchar(255)
);
CREATE INDEX customer_merges_kept ON customer_merges (kept_id, at);
CREATE INDEX customer_merges_merged ON customer_merges (merged_id, at);

-- What the merged one had, a row each; and consents that were revoked because they were with the
-- other one (was: granted, or none).
CREATE TABLE customer_merge_rows (
  merge_id {uuid} NOT NULL REFERENCES customer_merges (id) ON DELETE CASCADE,
  conversation_id {uuid},
  appointment_id integer,
  call_id {uuid},
  note_id {uuid},
  customer_id integer,
  consent_id {uuid},
  was varchar(10)
);
CREATE INDEX customer_merge_rows_merge ON customer_merge_rows (merge_id);

-- Two who look alike and are not the same.
CREATE TABLE customer_distinct (
  low_id integer NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  high_id integer NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  said_by varchar(255) NOT NULL,
  at {time} NOT NULL,
  PRIMARY KEY (low_id, high_id)
);

CREATE TABLE customer_notes (
  id {uuid} PRIMARY KEY NOT NULL,
  customer_id integer NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  author_kind varchar(10) NOT NULL,
  author_id varchar(60) NOT NULL,
  author_name varchar(255) NOT NULL,
  content text NOT NULL,
  created_at {time} NOT NULL
);
CREATE INDEX customer_notes_customer ON customer_notes (customer_id, created_at, id);

-- Whatever is written for a customer while they are merged is the other's: no writer need know.
-- only sqlite
CREATE TRIGGER conversations_customer_kept_insert AFTER INSERT ON conversations
  WHEN (SELECT merged_into FROM customers WHERE id = NEW.customer_id) IS NOT NULL BEGIN
  UPDATE conversations SET customer_id = (SELECT merged_into FROM customers WHERE id = NEW.customer_id)
    WHERE id = NEW.id;
END;
CREATE TRIGGER conversations_customer_kept_update AFTER UPDATE OF customer_id ON conversations
  WHEN (SELECT merged_into FROM customers WHERE id = NEW.customer_id) IS NOT NULL BEGIN
  UPDATE conversations SET customer_id = (SELECT merged_into FROM customers WHERE id = NEW.customer_id)
    WHERE id = NEW.id;
END;
CREATE TRIGGER appointments_customer_kept AFTER INSERT ON appointments
  WHEN (SELECT merged_into FROM customers WHERE id = NEW.customer_id) IS NOT NULL BEGIN
  UPDATE appointments SET customer_id = (SELECT merged_into FROM customers WHERE id = NEW.customer_id)
    WHERE id = NEW.id;
END;
CREATE TRIGGER telephone_calls_customer_kept AFTER INSERT ON telephone_calls
  WHEN (SELECT merged_into FROM customers WHERE id = NEW.customer_id) IS NOT NULL BEGIN
  UPDATE telephone_calls SET customer_id = (SELECT merged_into FROM customers WHERE id = NEW.customer_id)
    WHERE id = NEW.id;
END;
CREATE TRIGGER customer_notes_customer_kept AFTER INSERT ON customer_notes
  WHEN (SELECT merged_into FROM customers WHERE id = NEW.customer_id) IS NOT NULL BEGIN
  UPDATE customer_notes SET customer_id = (SELECT merged_into FROM customers WHERE id = NEW.customer_id)
    WHERE id = NEW.id;
END;
CREATE TRIGGER customers_counted_merge AFTER UPDATE OF merged_into ON customers
  WHEN (OLD.merged_into IS NULL) <> (NEW.merged_into IS NULL) BEGIN
  UPDATE counters SET n = n + CASE WHEN NEW.merged_into IS NULL THEN 1 ELSE -1 END
    WHERE kind = 'customers' AND channel = '' AND status = '' AND slot = 0;
END;
-- only postgres
-- The lock makes a writer wait for a merge that is under way, and read what it came to.
CREATE FUNCTION keep_customer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept integer;
BEGIN
  SELECT merged_into INTO kept FROM customers WHERE id = NEW.customer_id FOR KEY SHARE;
  NEW.customer_id := coalesce(kept, NEW.customer_id);
  RETURN NEW;
END $$;
CREATE TRIGGER conversations_customer_kept BEFORE INSERT OR UPDATE OF customer_id ON conversations
  FOR EACH ROW WHEN (NEW.customer_id IS NOT NULL) EXECUTE FUNCTION keep_customer();
CREATE TRIGGER appointments_customer_kept BEFORE INSERT ON appointments
  FOR EACH ROW EXECUTE FUNCTION keep_customer();
CREATE TRIGGER telephone_calls_customer_kept BEFORE INSERT ON telephone_calls
  FOR EACH ROW WHEN (NEW.customer_id IS NOT NULL) EXECUTE FUNCTION keep_customer();
CREATE TRIGGER customer_notes_customer_kept BEFORE INSERT ON customer_notes
  FOR EACH ROW EXECUTE FUNCTION keep_customer();
CREATE FUNCTION count_merged_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counters VALUES ('customers', '', '', pg_backend_pid() % 8,
    CASE WHEN NEW.merged_into IS NULL THEN 1 ELSE -1 END)
    ON CONFLICT (kind, channel, status, slot) DO UPDATE SET n = counters.n + EXCLUDED.n;
  RETURN NULL;
END $$;
CREATE TRIGGER customers_counted_merge AFTER UPDATE OF merged_into ON customers FOR EACH ROW
  WHEN ((OLD.merged_into IS NULL) <> (NEW.merged_into IS NULL)) EXECUTE FUNCTION count_merged_customer();
-- only sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('customers', 'customers_merged', '1000 1'),
  ('customer_merges', 'customer_merges_kept', '1000 1 1'),
  ('customer_merges', 'customer_merges_merged', '1000 1 1'),
  ('customer_merge_rows', 'customer_merge_rows_merge', '10000 10'),
  ('customer_notes', 'customer_notes_customer', '100000 2 1 1');
ANALYZE sqlite_schema;
-- all
