#include "cli/fetch_variables.h"

#include <chrono>

#include "verdict/connection_facts.h"

namespace astray {
namespace {

using Outcome = const FetchOutcome&;

FetchValue text(std::string value) {
  if (value.empty()) return std::monostate();
  return value;
}

FetchValue number(uint64_t value) {
  return static_cast<int64_t>(value);
}

FetchValue status(Outcome o) {
  return HttpStatus{o.report.status};
}

FetchValue field(Outcome o, std::string_view name) {
  if (!o.head) return std::monostate();
  const auto value = o.head->fields.find(name);
  return value ? FetchValue(std::string(*value)) : FetchValue(std::monostate());
}

FetchValue http_version(Outcome o) {
  if (!o.head) return std::string("0");
  if (o.head->protocol == Protocol::h2) return std::string("2");
  return std::string(o.head->is_http_1_0 ? "1.0" : "1.1");
}

FetchValue speed(uint64_t bytes, Duration total) {
  const double seconds = std::chrono::duration<double>(total).count();
  return number(seconds > 0 ? static_cast<uint64_t>(static_cast<double>(bytes) / seconds) : 0);
}

FetchValue address(const std::optional<Endpoint>& endpoint) {
  return endpoint ? text(endpoint->address.text()) : std::monostate();
}

FetchValue port(const std::optional<Endpoint>& endpoint) {
  return number(endpoint ? endpoint->port.number() : 0);
}

FetchValue scheme(Outcome o) {
  return o.report.url ? text(std::string(to_string(o.report.url->scheme))) : std::monostate();
}

FetchValue effective_url(Outcome o) {
  return text(o.report.url ? o.report.url->text() : o.url);
}

/// A reused connection needs neither DNS nor TCP: as soon as it was there, it was connected.
Duration not_before(Duration at, Duration earlier) {
  return at > earlier ? at : earlier;
}

constexpr FetchVariable variables[] = {
    {"astray_421s",
     [](Outcome o) { return number(o.report.misdirected ? o.report.misdirected->answers : 0); }},
    {"astray_coalesced",
     [](Outcome o) { return number(o.report.carried_on.carriage == client::Carriage::coalesced); }},
    {"astray_opened_for", [](Outcome o) { return text(o.report.carried_on.opened_for); }},
    {"astray_sni", [](Outcome o) { return text(o.report.carried_on.server_name); }},
    {"conn_id", [](Outcome o) { return number(o.report.carried_on.connection); }},
    {"content_type", [](Outcome o) { return field(o, "content-type"); }},
    {"errormsg", [](Outcome o) { return text(o.curl_code != curl_number::ok ? o.message : ""); }},
    {"exitcode", [](Outcome o) { return number(static_cast<uint64_t>(o.curl_code)); }},
    {"filename_effective", [](Outcome o) { return text(o.filename); }},
    {"http_code", status},
    {"http_version", http_version},
    {"local_ip", [](Outcome o) { return address(o.report.carried_on.local); }},
    {"local_port", [](Outcome o) { return port(o.report.carried_on.local); }},
    {"method", [](Outcome o) { return text(o.method); }},
    {"num_connects", [](Outcome o) { return number(o.report.connections_opened); }},
    {"num_headers", [](Outcome o) { return number(o.head ? o.head->fields.size() : 0); }},
    {"num_redirects", [](Outcome o) { return number(o.report.redirects); }},
    {"num_retries", [](Outcome o) { return number(o.retries); }},
    {"redirect_url", [](Outcome o) { return text(o.report.redirect_target); }},
    {"referer", [](Outcome o) { return text(o.referer); }},
    {"remote_ip", [](Outcome o) { return address(o.report.carried_on.peer); }},
    {"remote_port", [](Outcome o) { return port(o.report.carried_on.peer); }},
    {"response_code", status},
    {"scheme", scheme},
    {"size_download", [](Outcome o) { return number(o.report.body_bytes); }},
    {"size_header", [](Outcome o) { return number(o.report.head_bytes); }},
    {"size_upload", [](Outcome o) { return number(o.report.uploaded_bytes); }},
    {"speed_download", [](Outcome o) { return speed(o.report.body_bytes, o.report.timings.total); }},
    {"speed_upload", [](Outcome o) { return speed(o.report.uploaded_bytes, o.report.timings.total); }},
    {"ssl_verify_result",
     [](Outcome o) {
       const auto& failure = o.report.failure;
       return number(failure && failure->kind == client::FailureKind::certificate_refused);
     }},
    {"time_appconnect", [](Outcome o) { return FetchValue(o.report.timings.secured); }},
    {"time_connect", [](Outcome o) { return FetchValue(o.report.timings.connected); }},
    {"time_namelookup", [](Outcome o) { return FetchValue(o.report.timings.resolved); }},
    {"time_pretransfer", [](Outcome o) { return FetchValue(o.report.timings.sent_from); }},
    {"time_redirect", [](Outcome o) { return FetchValue(o.report.timings.redirected); }},
    {"time_starttransfer",
     [](Outcome o) {
       return FetchValue(not_before(o.report.timings.first_byte, o.report.timings.sent_from));
     }},
    {"time_total", [](Outcome o) { return FetchValue(o.report.timings.total); }},
    {"url", [](Outcome o) { return text(o.url); }},
    {"url_effective", effective_url},
    {"urlnum", [](Outcome o) { return number(o.number); }},
    {"xfer_id", [](Outcome o) { return number(o.number); }},
};

}  // namespace

std::span<const FetchVariable> fetch_variables() {
  return variables;
}

}  // namespace astray
