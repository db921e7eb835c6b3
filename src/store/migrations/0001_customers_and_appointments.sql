-- Customers, appointments and daily figures: the tables that a voice-only installation has
-- already, so nothing here may mind that they exist. Ids stay integers.

CREATE TABLE IF NOT EXISTS customers (
  id {identity},
  name varchar(255) NOT NULL,
  phone varchar(20) UNIQUE,
  email varchar(255) UNIQUE,
  is_new_client {bool} DEFAULT {true},
  has_allergies {bool},
  is_pregnant {bool},
  notes text,
  created_at {time} DEFAULT {now},
  updated_at {time} DEFAULT {now}
);

CREATE TABLE IF NOT EXISTS appointments (
  id {identity},
  customer_id integer NOT NULL REFERENCES customers (id),
  calendar_event_id varchar(255) UNIQUE,
  appointment_datetime {time} NOT NULL,
  service_type varchar(100) NOT NULL,
  provider varchar(100),
  duration_minutes integer DEFAULT 60,
  status varchar(50) DEFAULT 'scheduled',
  booked_by varchar(50) DEFAULT 'ai',
  special_requests text,
  cancellation_reason text,
  created_at {time} DEFAULT {now},
  updated_at {time} DEFAULT {now},
  cancelled_at {time}
);

CREATE TABLE IF NOT EXISTS daily_metrics (
  id {identity},
  date {time} NOT NULL UNIQUE,
  total_calls integer DEFAULT 0,
  total_talk_time_seconds integer DEFAULT 0,
  avg_call_duration_seconds integer DEFAULT 0,
  appointments_booked integer DEFAULT 0,
  appointments_rescheduled integer DEFAULT 0,
  appointments_cancelled integer DEFAULT 0,
  avg_satisfaction_score {float},
  calls_escalated integer DEFAULT 0,
  conversion_rate {float},
  updated_at {time} DEFAULT {now}
);

CREATE INDEX IF NOT EXISTS appointments_customer ON appointments (customer_id, appointment_datetime DESC);
CREATE INDEX IF NOT EXISTS appointments_datetime ON appointments (appointment_datetime DESC);

-- only postgres
-- A customer who writes e-mail has no telephone number: the old model's NOT NULL goes.
ALTER TABLE customers ALTER COLUMN phone DROP NOT NULL;
-- all
