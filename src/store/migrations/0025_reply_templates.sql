-- SPDX-License-Identifier: Apache-2.0
-- What the staff answer again and again. channel NULL: good for any. The body has {{places}} that
-- are filled in when it is taken (domain/reply_template.h).
CREATE TABLE reply_templates (
  id {uuid} PRIMARY KEY NOT NULL,
  name varchar(80) NOT NULL UNIQUE,
  channel varchar(20),
  body text NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
);
