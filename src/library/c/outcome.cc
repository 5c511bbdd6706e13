// What came, as astray.h shows it.
#include "library/c/handles.h"

using namespace astray::http;  // NOLINT: these are its functions, for C

astray_outcome::astray_outcome(Outcome made)
    : outcome(std::move(made)),
      head(outcome.head),
      trailers{&outcome.trailers},
      carriage(to_string(outcome.report.connection.carriage)) {
  if (!outcome.error) return;
  error_kind = to_string(outcome.error->kind);
  error_phase = to_string(outcome.error->phase);
}

namespace {

uint64_t nanoseconds(std::chrono::nanoseconds time) {
  return static_cast<uint64_t>(std::max<int64_t>(time.count(), 0));
}

}  // namespace

uint64_t astray_outcome_number(const astray_outcome* outcome, int number) {
  if (outcome == nullptr) return 0;
  const Outcome& shown = outcome->outcome;
  const Report& report = shown.report;
  const Timings& timings = report.timings;
  switch (number) {
    case ASTRAY_STATUS:
      return static_cast<uint64_t>(shown.head.status);
    case ASTRAY_MAY_HAVE_BEEN_PROCESSED:
      return !shown.error || shown.error->may_have_been_processed ? 1 : 0;
    case ASTRAY_CONNECTION_ID:
      return report.connection.id;
    case ASTRAY_SESSION_RESUMED:
      return report.connection.resumed ? 1 : 0;
    case ASTRAY_CONNECTIONS_OPENED:
      return report.connections_opened;
    case ASTRAY_REDIRECTS:
      return report.redirects;
    case ASTRAY_RETRIES:
      return report.retries;
    case ASTRAY_MISDIRECTED_ANSWERS:
      return report.misdirected ? report.misdirected->answers : 0;
    case ASTRAY_MISDIRECTED_FIRST_CONNECTION:
      return report.misdirected ? report.misdirected->first_connection : 0;
    case ASTRAY_HEAD_BYTES:
      return report.head_bytes;
    case ASTRAY_BODY_BYTES:
      return report.body_bytes;
    case ASTRAY_UPLOADED_BYTES:
      return report.uploaded_bytes;
    case ASTRAY_TIME_RESOLVED:
      return nanoseconds(timings.resolved);
    case ASTRAY_TIME_CONNECTED:
      return nanoseconds(timings.connected);
    case ASTRAY_TIME_SECURED:
      return nanoseconds(timings.secured);
    case ASTRAY_TIME_SENT_FROM:
      return nanoseconds(timings.sent_from);
    case ASTRAY_TIME_FIRST_BYTE:
      return nanoseconds(timings.first_byte);
    case ASTRAY_TIME_REDIRECTED:
      return nanoseconds(timings.redirected);
    case ASTRAY_TIME_TOTAL:
      return nanoseconds(timings.total);
    default:
      return 0;
  }
}

const char* astray_outcome_text(const astray_outcome* outcome, int text) {
  if (outcome == nullptr) return "";
  const Outcome& shown = outcome->outcome;
  const Report& report = shown.report;
  const ConnectionInfo& connection = report.connection;
  switch (text) {
    case ASTRAY_ERROR_KIND:
      return outcome->error_kind.c_str();
    case ASTRAY_ERROR_PHASE:
      return outcome->error_phase.c_str();
    case ASTRAY_ERROR_SENTENCE:
      return shown.error ? shown.error->sentence.c_str() : "";
    case ASTRAY_HTTP_VERSION:
      return shown.head.version.c_str();
    case ASTRAY_REASON_PHRASE:
      return shown.head.reason_phrase.c_str();
    case ASTRAY_URL:
      return report.url.c_str();
    case ASTRAY_CARRIAGE:
      return outcome->carriage.c_str();
    case ASTRAY_SNI:
      return connection.server_name.c_str();
    case ASTRAY_OPENED_FOR:
      return connection.opened_for.c_str();
    case ASTRAY_LOCAL:
      return connection.local.c_str();
    case ASTRAY_PEER:
      return connection.peer.c_str();
    case ASTRAY_TLS_VERSION:
      return connection.tls_version.c_str();
    case ASTRAY_CIPHER:
      return connection.cipher.c_str();
    case ASTRAY_MISDIRECTED_CARRIED_BY:
      return report.misdirected ? report.misdirected->carried_by.c_str() : "";
    case ASTRAY_MISDIRECTED_VERDICT:
      return report.misdirected ? report.misdirected->verdict.c_str() : "";
    case ASTRAY_MISDIRECTED_REASON:
      return report.misdirected ? report.misdirected->reason.c_str() : "";
    case ASTRAY_REDIRECT_TARGET:
      return report.redirect_target.c_str();
    default:
      return "";
  }
}

const char* astray_outcome_body(const astray_outcome* outcome, size_t* size) {
  if (size != nullptr) *size = outcome == nullptr ? 0 : outcome->outcome.body.size();
  return outcome == nullptr ? "" : outcome->outcome.body.c_str();
}

const astray_head* astray_outcome_head(const astray_outcome* outcome) {
  return outcome == nullptr ? nullptr : &outcome->head;
}

const astray_fields* astray_outcome_trailers(const astray_outcome* outcome) {
  return outcome == nullptr ? nullptr : &outcome->trailers;
}

void astray_outcome_free(astray_outcome* outcome) {
  delete outcome;
}

int astray_head_status(const astray_head* head) {
  return head == nullptr ? 0 : head->head.status;
}

const astray_fields* astray_head_fields(const astray_head* head) {
  return head == nullptr ? nullptr : &head->fields;
}

size_t astray_fields_count(const astray_fields* fields) {
  return fields == nullptr ? 0 : fields->fields->size();
}

const char* astray_fields_name(const astray_fields* fields, size_t index) {
  return index < astray_fields_count(fields) ? (*fields->fields)[index].name.c_str() : nullptr;
}

const char* astray_fields_value(const astray_fields* fields, size_t index) {
  return index < astray_fields_count(fields) ? (*fields->fields)[index].value.c_str() : nullptr;
}

const char* astray_fields_find(const astray_fields* fields, const char* name) {
  if (fields == nullptr || name == nullptr) return nullptr;
  const std::string* value = find(*fields->fields, name);
  return value == nullptr ? nullptr : value->c_str();
}
