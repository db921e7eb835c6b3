-- SPDX-License-Identifier: Apache-2.0
-- Secrets that nobody sets: made when they are first needed, the same for all servers of a database.
CREATE TABLE installation_keys (
  name varchar(40) PRIMARY KEY NOT NULL,
  secret varchar(100) NOT NULL,
  created_at {time} NOT NULL
);

-- What became of an e-mail that was sent, and why, as far as it is told.
ALTER TABLE email_details ADD COLUMN error_code varchar(20);
ALTER TABLE email_details ADD COLUMN error_message text;
ALTER TABLE email_details ADD COLUMN delivered_at {time};
ALTER TABLE email_details ADD COLUMN failed_at {time};
