-- SPDX-License-Identifier: Apache-2.0
-- The six omnichannel tables. Names, columns and checks are what owners' reports rely on.

CREATE TABLE IF NOT EXISTS conversations (
  id {uuid} PRIMARY KEY NOT NULL,
  customer_id integer REFERENCES customers (id),
  channel varchar(20) NOT NULL CHECK (channel IN ('voice', 'sms', 'email', 'whatsapp', 'web')),
  status varchar(20) NOT NULL CHECK (status IN ('active', 'completed', 'failed')),
  initiated_at {time} NOT NULL,
  last_activity_at {time} NOT NULL,
  completed_at {time},
  satisfaction_score integer CHECK (satisfaction_score BETWEEN 1 AND 10),
  sentiment varchar(20) CHECK (sentiment IN ('positive', 'neutral', 'negative', 'mixed')),
  outcome varchar(50) CHECK (outcome IN ('appointment_scheduled', 'appointment_rescheduled',
    'appointment_cancelled', 'info_request', 'complaint', 'unresolved')),
  subject varchar(255),
  ai_summary text,
  metadata {json} DEFAULT {empty_json} {json_check metadata},
  created_at {time} NOT NULL DEFAULT {now},
  updated_at {time} NOT NULL DEFAULT {now}
);

CREATE TABLE IF NOT EXISTS communication_messages (
  id {uuid} PRIMARY KEY NOT NULL,
  conversation_id {uuid} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  direction varchar(10) NOT NULL CHECK (direction IN ('inbound', 'outbound')),
  content text NOT NULL,
  sent_at {time} NOT NULL,
  processed {bool} NOT NULL DEFAULT {false},
  processing_error text,
  metadata {json} DEFAULT {empty_json} {json_check metadata},
  created_at {time} NOT NULL DEFAULT {now}
);

CREATE TABLE IF NOT EXISTS voice_call_details (
  message_id {uuid} PRIMARY KEY NOT NULL REFERENCES communication_messages (id) ON DELETE CASCADE,
  recording_url varchar(500),
  duration_seconds integer NOT NULL,
  transcript_segments {json} {json_check transcript_segments},
  function_calls {json} {json_check function_calls},
  audio_quality_score {float},
  interruption_count integer DEFAULT 0
);

CREATE TABLE IF NOT EXISTS email_details (
  message_id {uuid} PRIMARY KEY NOT NULL REFERENCES communication_messages (id) ON DELETE CASCADE,
  subject varchar(500) NOT NULL,
  body_html text,
  body_text text NOT NULL,
  from_address varchar(255) NOT NULL,
  to_address varchar(255) NOT NULL,
  cc_addresses {list} {json_check cc_addresses},
  bcc_addresses {list} {json_check bcc_addresses},
  in_reply_to varchar(500),
  "references" {list} {json_check "references"},
  attachments {json} {json_check attachments},
  provider_message_id varchar(255),
  delivery_status varchar(50),
  opened_at {time},
  clicked_at {time}
);

-- An outbound message has no provider id until the provider has taken it: '' until then.
CREATE TABLE IF NOT EXISTS sms_details (
  message_id {uuid} PRIMARY KEY NOT NULL REFERENCES communication_messages (id) ON DELETE CASCADE,
  from_number varchar(20) NOT NULL,
  to_number varchar(20) NOT NULL,
  provider_message_id varchar(255) NOT NULL,
  delivery_status varchar(20) CHECK (delivery_status IN ('queued', 'sent', 'delivered', 'failed',
    'undelivered', 'received')),
  error_code varchar(10),
  error_message text,
  segments integer DEFAULT 1,
  media_urls {list} {json_check media_urls},
  delivered_at {time},
  failed_at {time}
);

CREATE TABLE IF NOT EXISTS communication_events (
  id {uuid} PRIMARY KEY NOT NULL,
  conversation_id {uuid} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  message_id {uuid} REFERENCES communication_messages (id) ON DELETE CASCADE,
  event_type varchar(50) NOT NULL,
  timestamp {time} NOT NULL,
  details {json} DEFAULT {empty_json} {json_check details},
  created_at {time} NOT NULL DEFAULT {now}
);

-- (channel, ...) and (status, ...) carry the activity time, so that a filtered list is read in its
-- order and stops at the page's end, however rare the channel.
CREATE INDEX IF NOT EXISTS conversations_customer ON conversations (customer_id, last_activity_at DESC);
CREATE INDEX IF NOT EXISTS conversations_activity ON conversations (last_activity_at DESC);
CREATE INDEX IF NOT EXISTS conversations_channel ON conversations (channel, last_activity_at DESC);
CREATE INDEX IF NOT EXISTS conversations_status ON conversations (status, last_activity_at DESC);
CREATE INDEX IF NOT EXISTS communication_messages_conversation ON communication_messages (conversation_id, sent_at);
CREATE INDEX IF NOT EXISTS communication_events_conversation ON communication_events (conversation_id, timestamp);
CREATE INDEX IF NOT EXISTS communication_events_type ON communication_events (event_type, timestamp DESC);
CREATE INDEX IF NOT EXISTS communication_events_message ON communication_events (message_id);
CREATE INDEX IF NOT EXISTS sms_details_provider ON sms_details (provider_message_id);
CREATE INDEX IF NOT EXISTS sms_details_status ON sms_details (delivery_status);
CREATE INDEX IF NOT EXISTS email_details_provider ON email_details (provider_message_id);
CREATE INDEX IF NOT EXISTS email_details_in_reply_to ON email_details (in_reply_to);
