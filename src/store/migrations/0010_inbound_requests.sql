-- SPDX-License-Identifier: Apache-2.0
-- The inbound journal: what providers sent, as it came, beside what became of it. It takes the place
-- of provider_receipts, whose rows move here; they are as many as webhooks came in the days that
-- receipts were kept, so the move is short.
--
-- (provider, kind, provider_id) makes a request count once. kind is what it is to us: message,
-- status. proof says what vouches for it: the check of its signature, or "list" when it never came
-- and was read from the provider's own list. A genuine request that could not be processed is
-- "failed", with the reason, and waits to be processed again. message_id is the message that it
-- became or is about; no foreign key, for the journal outlives it.
CREATE TABLE inbound_requests (
  id {uuid} PRIMARY KEY NOT NULL,
  provider varchar(20) NOT NULL,
  kind varchar(30) NOT NULL,
  provider_id varchar(100) NOT NULL,
  received_at {time} NOT NULL,
  target varchar(2000) NOT NULL,
  headers {json} NOT NULL {json_check headers},
  proof varchar(30) NOT NULL,
  state varchar(10) NOT NULL CHECK (state IN ('done', 'failed')),
  error text,
  message_id {uuid},
  body text NOT NULL,
  UNIQUE (provider, kind, provider_id)
);

-- Their ids are made from their times, as ids of version 7 are.
-- only sqlite
INSERT INTO inbound_requests (id, provider, kind, provider_id, received_at, target, headers, proof,
    state, message_id, body)
  SELECT lower(substr(t, 1, 8) || '-' || substr(t, 9, 4) || '-7' || substr(r, 1, 3) || '-8' ||
      substr(r, 4, 3) || '-' || substr(r, 7, 12)), provider, kind, provider_id, received_at, '', '{}',
      'signature', 'done', message_id, coalesce(request, '')
    FROM (SELECT *, hex(randomblob(9)) AS r, printf('%012x', CAST(strftime('%s', received_at) AS
      integer) * 1000) AS t FROM provider_receipts);
-- only postgres
INSERT INTO inbound_requests (id, provider, kind, provider_id, received_at, target, headers, proof,
    state, message_id, body)
  SELECT (t || '7' || substr(r, 1, 3) || '8' || substr(r, 4, 15))::uuid, provider, kind, provider_id,
      received_at, '', '{}', 'signature', 'done', message_id, coalesce(request, '')
    FROM (SELECT *, md5(random()::text || provider_id) AS r, lpad(to_hex((extract(epoch FROM
      received_at) * 1000)::bigint), 12, '0') AS t FROM provider_receipts) AS old;
-- all
DROP TABLE provider_receipts;
