/* Shared by the files of the journey. */
#pragma once

#include "cli/journey.h"

#define FN_JOURNEY_CASE    "丹人社办〔2026〕0001号"

/* The regular call of the journey's grant. */
FnCall fn_journey_call(const FnJourney *journey);
/* Asks for resident @index; the answer must be refused with @code (HTTP @status). */
gboolean fn_journey_refused(FnJourney *journey, const FnCall *call, const char *body, long status, const char *code, GError **error);
gboolean fn_journey_answered(FnJourney *journey, const FnCall *call, const char *body, FnAnswer *answer_out, GError **error);
/* {"keys":{"id_number":…},"fields":[…]} for resident @index; @fields NULL: all granted. Caller frees. */
char *fn_journey_body(guint index, const char *fields);
/* Public key of the keeper's @purpose. Caller frees. */
char *fn_journey_key(const FnJourney *journey, const char *purpose, GError **error);
/* An application on the residents register of @consumer for @system that was sent; its case. Caller frees. */
char *fn_journey_apply(FnJourney *journey, const char *consumer, const char *system, GError **error);
gboolean fn_journey_advance(FnJourney *journey, gint64 minutes, GError **error);

/* A step of the case @id, with these words; and the same when it must be refused with @code. */
gboolean fn_journey_take(FnCity *city, const char *who, const char *id, const char *name, const char *say, GError **error);
gboolean fn_journey_not_taken(FnCity *city, const char *who, const char *id, const char *name, const char *code, GError **error);
/* The digest of what @who would sign with @name. Caller frees. */
char *fn_journey_seen(FnCity *city, const char *who, const char *id, const char *name, GError **error);

/* Steps, by file. */
gboolean fn_step_publish(FnJourney *journey, GError **error);
gboolean fn_step_find(FnJourney *journey, GError **error);
gboolean fn_step_apply(FnJourney *journey, GError **error);
gboolean fn_step_query(FnJourney *journey, GError **error);
gboolean fn_step_refusals(FnJourney *journey, GError **error);
gboolean fn_step_other_grants(FnJourney *journey, GError **error);
gboolean fn_step_certificates(FnJourney *journey, GError **error);
gboolean fn_step_suspend(FnJourney *journey, GError **error);
gboolean fn_step_reversal(FnJourney *journey, GError **error);
gboolean fn_step_lookup(FnJourney *journey, GError **error);
gboolean fn_step_aggregate(FnJourney *journey, GError **error);
gboolean fn_step_batch(FnJourney *journey, GError **error);
gboolean fn_step_receipt(FnJourney *journey, GError **error);
gboolean fn_step_scan(FnJourney *journey, GError **error);
gboolean fn_step_log(FnJourney *journey, GError **error);
gboolean fn_step_registers(FnJourney *journey, GError **error);
gboolean fn_step_signed(FnJourney *journey, GError **error);
gboolean fn_step_account(FnJourney *journey, GError **error);
gboolean fn_step_office(FnJourney *journey, GError **error);
gboolean fn_step_inspection(FnJourney *journey, GError **error);
gboolean fn_step_reload(FnJourney *journey, GError **error);
gboolean fn_step_misuse(FnJourney *journey, GError **error);
gboolean fn_step_entered(FnJourney *journey, GError **error);
gboolean fn_step_silent_logs(FnJourney *journey, GError **error);
gboolean fn_step_cut_stream(FnJourney *journey, GError **error);
gboolean fn_step_kill(FnJourney *journey, GError **error);
gboolean fn_step_verify(FnJourney *journey, GError **error);
