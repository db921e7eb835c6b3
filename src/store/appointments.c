/* SPDX-License-Identifier: Apache-2.0 */
/*
 * booked_times is written only here. Every statement on it names the appointment or is guarded by
 * the primary key, so none can take another's time away.
 */
#include "store/appointments.h"

const struct sql booking_day_lock = {
    "INSERT INTO booking_days (day) VALUES ($1) ON CONFLICT (day) DO UPDATE SET day = "
    "excluded.day"};

const struct sql appointments_taken = {
    "SELECT id, appointment_datetime, duration_minutes, buffer_minutes, provider_key, provider "
    "FROM appointments WHERE appointment_datetime >= $1 AND appointment_datetime < $2 AND "
    "status = 'scheduled' ORDER BY appointment_datetime, id"};

#define COLUMNS                                                                                    \
    "SELECT id, customer_id, appointment_datetime, service_type, provider, provider_key, "         \
    "duration_minutes, buffer_minutes, status, conversation_id FROM appointments "

const struct sql appointments_lock = {COLUMNS "WHERE id = $1 {for_update}"};
const struct sql appointments_coming = {
    COLUMNS "WHERE customer_id = $1 AND appointment_datetime >= $2 AND status = 'scheduled' "
            "ORDER BY appointment_datetime, id LIMIT 50"};

const struct sql appointments_agreed = {
    COLUMNS "WHERE conversation_id = $1 AND appointment_datetime >= $2 AND status = 'scheduled' "
            "ORDER BY appointment_datetime, id LIMIT 50"};

const struct sql appointments_add = {
    "INSERT INTO appointments (customer_id, appointment_datetime, service_type, provider, "
    "provider_key, duration_minutes, buffer_minutes, status, booked_by, special_requests, "
    "conversation_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'scheduled', "
    "$8, {put appointments.special_requests $9}, $10, $11, $11) RETURNING id"};

const struct sql appointments_move = {
    "UPDATE appointments SET appointment_datetime = $2, service_type = $3, provider = $4, "
    "provider_key = $5, duration_minutes = $6, buffer_minutes = $7, special_requests = "
    "coalesce({put appointments.special_requests $8}, special_requests), updated_at = $9, "
    "revision = revision + 1 WHERE id = $1"};

const struct sql appointments_cancel = {
    "UPDATE appointments SET status = 'cancelled', cancellation_reason = "
    "{put appointments.cancellation_reason $2}, cancelled_at = $3, updated_at = $3, "
    "revision = revision + 1 WHERE id = $1"};

const struct sql appointments_restore = {"UPDATE appointments SET status = 'scheduled', "
                                         "cancellation_reason = NULL, cancelled_at = NULL, "
                                         "updated_at = $2, revision = revision + 1 WHERE id = $1"};

const struct sql appointments_drop = {"DELETE FROM appointments WHERE id = $1"};

const struct sql appointments_close = {
    "UPDATE appointments SET status = $2, updated_at = $3, revision = revision + 1 WHERE id = $1"};

const struct sql appointments_note = {
    "UPDATE appointments SET special_requests = {put appointments.special_requests $2}, "
    "updated_at = $3, revision = revision + 1 WHERE id = $1"};

const struct sql appointments_link = {
    "UPDATE appointments SET link_key = coalesce(link_key, $2) WHERE id = $1 RETURNING link_key"};

const struct sql appointments_relink = {
    "UPDATE appointments SET link_key = $2 WHERE id = $1 RETURNING link_key"};

#define WHOLE                                                                                      \
    "SELECT a.id, a.customer_id, u.name, a.appointment_datetime, a.service_type, a.provider, "     \
    "a.duration_minutes, a.status, a.booked_by, a.special_requests, a.cancellation_reason, "       \
    "a.cancelled_at, a.created_at, a.provider_key, a.buffer_minutes, a.conversation_id, "          \
    "a.revision, a.updated_at FROM appointments a LEFT JOIN customers u ON u.id = a.customer_id "

const struct sql appointments_whole = {WHOLE "WHERE a.id = $1"};

const struct sql appointments_of_link = {WHOLE
                                         "WHERE a.link_key = $1 AND a.appointment_datetime >= $2"};

const struct sql appointments_feed = {
    WHOLE "WHERE a.appointment_datetime >= $1 AND a.status NOT IN ('cancelled', 'rescheduled') AND "
          "({as_text $3} IS NULL OR a.provider_key = {as_text $3}) "
          "ORDER BY a.appointment_datetime, a.id LIMIT $2"};

const struct sql appointments_for_calendar = {
    "SELECT a.id, a.appointment_datetime, a.service_type, a.provider, a.provider_key, "
    "a.duration_minutes, a.status, a.conversation_id, a.revision, a.created_at, "
    "a.calendar_event_id, a.calendar_id, a.calendar_revision, u.name FROM appointments a "
    "LEFT JOIN customers u ON u.id = a.customer_id WHERE a.id = $1"};

const struct sql appointments_not_shown = {
    "SELECT id FROM appointments WHERE appointment_datetime >= $1 AND ((status = 'scheduled' AND "
    "(calendar_revision IS NULL OR calendar_revision <> revision)) OR (status = 'cancelled' AND "
    "calendar_id IS NOT NULL)) ORDER BY appointment_datetime, id LIMIT $2"};

const struct sql appointments_name_event = {
    "UPDATE appointments SET calendar_event_id = $2, calendar_id = $3, calendar_revision = NULL "
    "WHERE id = $1"};

const struct sql appointments_event_shows = {
    "UPDATE appointments SET calendar_revision = $2 WHERE id = $1"};

const struct sql times_take = {
    "WITH RECURSIVE slots (n) AS (SELECT {as_int $2} UNION ALL SELECT n + 1 FROM slots WHERE "
    "n + 1 < {as_int $3}) INSERT INTO booked_times (provider_key, slot, appointment_id) "
    "SELECT {as_text $1}, n, {as_int $4} FROM slots WHERE NOT EXISTS (SELECT 1 FROM booked_times b "
    "WHERE "
    "b.provider_key = {as_text $1} AND b.slot = n AND b.appointment_id = {as_int $4}) ORDER BY n "
    "ON CONFLICT (provider_key, slot) DO NOTHING RETURNING slot"};

const struct sql times_forget = {
    "DELETE FROM booked_times WHERE provider_key = $1 AND slot >= $2 AND slot < $3 AND "
    "appointment_id IN (SELECT id FROM appointments WHERE coalesce(status, '') <> 'scheduled' AND "
    "id = booked_times.appointment_id)"};

const struct sql times_count = {"SELECT count(*) FROM booked_times WHERE provider_key = $1 AND "
                                "slot >= $2 AND slot < $3 AND appointment_id = $4"};

const struct sql times_keep = {"DELETE FROM booked_times WHERE appointment_id = $4 AND NOT "
                               "(provider_key = $1 AND slot >= $2 AND slot < $3)"};
