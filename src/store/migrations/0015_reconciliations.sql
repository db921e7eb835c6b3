-- SPDX-License-Identifier: Apache-2.0
-- How far the comparison with a provider's own list of messages has come, for each account.
-- begun_at: since when the account is ours; what came before is not taken in by itself. alive_at: when
-- a server was last there to take webhooks. ordered_at: the last comparison. reached_at: up to
-- there the last one that came through has looked.
CREATE TABLE reconciliations (
  provider varchar(20) NOT NULL,
  account varchar(100) NOT NULL,
  begun_at {time} NOT NULL,
  alive_at {time} NOT NULL,
  ordered_at {time} NOT NULL,
  reached_at {time} NOT NULL,
  PRIMARY KEY (provider, account)
);
