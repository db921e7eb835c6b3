-- SPDX-License-Identifier: Apache-2.0
-- WhatsApp. Its users may hide their number from businesses, who then know them by an id of their
-- own (user_id); address is what stands in customers.phone and in a message's numbers: the number
-- when it is known, else "wa:" and a digest of that id.
CREATE TABLE whatsapp_contacts (
  user_id varchar(140) PRIMARY KEY NOT NULL,
  address varchar(20) NOT NULL,
  username varchar(255),
  updated_at {time} NOT NULL
);
CREATE INDEX whatsapp_contacts_address ON whatsapp_contacts (address);

-- Texts that Meta has approved beforehand: all that may be sent to somebody who has not written for
-- a day. body has {{1}}, {{2}}, ... where values go; content_sid is Twilio's name for it.
CREATE TABLE whatsapp_templates (
  name varchar(512) NOT NULL,
  language varchar(20) NOT NULL,
  body text NOT NULL,
  content_sid varchar(34),
  approved {bool} NOT NULL,
  updated_at {time} NOT NULL,
  PRIMARY KEY (name, language)
);

-- When the customer read a message of ours, where the channel tells.
ALTER TABLE sms_details ADD COLUMN read_at {time};
