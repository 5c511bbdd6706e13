#include "library/translate.h"

#include "base/check.h"

namespace astray::http {
namespace {

// What both sides count in the same order is cast.
static_assert(static_cast<int>(ErrorKind::client_closed) + 1 ==
              static_cast<int>(client::FailureKind::client_closed));
static_assert(static_cast<int>(ErrorKind::malformed_response) + 1 ==
              static_cast<int>(client::FailureKind::malformed_response));
static_assert(static_cast<int>(client::FailureKind::client_closed) + 1 == client::failure_kind_count);
static_assert(static_cast<int>(Phase::done) == static_cast<int>(client::Phase::done));
static_assert(static_cast<int>(Carriage::coalesced) == static_cast<int>(client::Carriage::coalesced));
static_assert(static_cast<int>(EventKind::evicted) + 1 == client::pool_event_kind_count);
static_assert(static_cast<int>(EventKind::misdirected) ==
              static_cast<int>(client::PoolEventKind::misdirected));

std::string text_of(const std::optional<Endpoint>& endpoint) {
  return endpoint ? endpoint->text() : std::string();
}

ConnectionInfo connection_of(const client::CarriedOn& carried) {
  return {carried.connection,     static_cast<Carriage>(carried.carriage),
          carried.server_name,    carried.opened_for,
          text_of(carried.local), text_of(carried.peer),
          carried.tls_version,    carried.cipher,
          carried.resumed};
}

std::string version_text(const client::ResponseHead& head) {
  if (head.is_http_1_0) return "HTTP/1.0";
  return head.protocol == Protocol::h2 ? "HTTP/2" : "HTTP/1.1";
}

}  // namespace

client::FailureKind failure_kind_of(ErrorKind kind) {
  CHECK(kind <= ErrorKind::client_closed);
  return static_cast<client::FailureKind>(static_cast<int>(kind) + 1);
}

FetchError error_of(client::FetchFailure failure) {
  CHECK(failure.kind != client::FailureKind::none);
  return {static_cast<ErrorKind>(static_cast<int>(failure.kind) - 1), static_cast<Phase>(failure.phase),
          std::move(failure.sentence), failure.processing == client::Processing::possible};
}

client::FieldList field_list_of(const Fields& fields) {
  client::FieldList list;
  for (const Field& field : fields) list.add(field.name, field.value);
  return list;
}

Fields fields_of(const client::FieldList& list) {
  Fields fields;
  fields.reserve(list.size());
  for (const client::Field& field : list)
    fields.push_back({std::string(field.name), std::string(field.value)});
  return fields;
}

ResponseHead head_of(const client::ResponseHead& head) {
  return {head.status, version_text(head), head.reason_phrase, fields_of(head.fields)};
}

Report report_of(const client::FetchReport& report) {
  Report made;
  if (report.url) made.url = report.url->text();
  made.connection = connection_of(report.carried_on);
  const client::Timings& timings = report.timings;
  made.timings = {timings.resolved,   timings.connected,  timings.secured, timings.sent_from,
                  timings.first_byte, timings.redirected, timings.total};
  made.connections_opened = report.connections_opened;
  made.redirects = report.redirects;
  made.retries = report.retries;
  if (const std::optional<client::Misdirected>& misdirected = report.misdirected) {
    made.misdirected = {misdirected->answers, misdirected->first_connection,
                        std::string(to_string(misdirected->carried_by)),
                        std::string(to_string(misdirected->verdict.answer)),
                        std::string(to_string(misdirected->verdict.reason))};
  }
  made.head_bytes = report.head_bytes;
  made.body_bytes = report.body_bytes;
  made.uploaded_bytes = report.uploaded_bytes;
  made.redirect_target = report.redirect_target;
  return made;
}

Event event_of(const client::PoolEvent& event) {
  return {static_cast<EventKind>(event.kind),
          event.time,
          event.request,
          event.connection,
          event.authority,
          event.server_name,
          event.address,
          event.protocol,
          event.reason ? to_string(*event.reason) : std::string_view(),
          event.rung,
          event.detail};
}

Counters counters_of(const client::Counters& counters, size_t connections) {
  return {counters.fetches,     counters.requests, counters.opened,    counters.resumed,
          counters.open_failed, counters.reused,   counters.coalesced, counters.not_coalesced,
          counters.misdirected, counters.retried,  counters.evicted,   connections};
}

}  // namespace astray::http
