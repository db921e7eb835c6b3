-- SPDX-License-Identifier: Apache-2.0
-- Customers of whom nothing is left that says who they are, and who took it away.
ALTER TABLE customers ADD COLUMN erased_at {time};
ALTER TABLE customers ADD COLUMN erased_by varchar(255);
