-- SPDX-License-Identifier: Apache-2.0
-- The outbox: which message a job sends, when it was to be sent at first (run_at moves with each
-- attempt), and the moment that was reserved for it at its sending number's pace.
ALTER TABLE jobs ADD COLUMN message_id {uuid};
ALTER TABLE jobs ADD COLUMN due_at {time};
ALTER TABLE jobs ADD COLUMN slot_at {time};

-- When each sending number may send next; all servers go by it.
CREATE TABLE sending_pace (
  sender varchar(80) PRIMARY KEY NOT NULL,
  next_at {time} NOT NULL,
  bulk_at {time} NOT NULL
);
