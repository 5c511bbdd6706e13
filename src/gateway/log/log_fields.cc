#include "gateway/log/log_fields.h"

#include <array>

namespace astray::gateway {
namespace {

constexpr std::string_view key_prefix = "astray.";
constexpr size_t label_bytes = 64;
constexpr size_t name_bytes = 320;  // a host name, a port, and room for what is no name
constexpr size_t method_bytes = 32;
constexpr size_t target_bytes = 2048;
constexpr size_t agent_bytes = 512;
constexpr size_t sentence_bytes = 512;

LogValue text_value(std::string_view value) {
  return value.empty() ? LogValue() : LogValue(value);
}
LogValue number_value(uint64_t value) {
  return value;
}
template <typename T>
LogValue optional_value(const std::optional<T>& value) {
  return value ? LogValue(*value) : LogValue();
}

/// The path ends at the first "?", and a query begins behind it (RFC 3986 §3.4).
LogValue path_value(std::string_view target) {
  return text_value(target.substr(0, target.find('?')));
}
LogValue query_value(std::string_view target) {
  const size_t mark = target.find('?');
  return mark == std::string_view::npos ? LogValue() : LogValue(target.substr(mark + 1));
}

LogValue of_tls(const LogRecord& record, LogValue (*value)(const LoggedTls&)) {
  return record.tls ? value(*record.tls) : LogValue();
}
LogValue of_back(const LogRecord& record, LogValue (*value)(const LoggedBack&)) {
  return record.back ? value(*record.back) : LogValue();
}

// None of the functions captures anything.
constexpr std::array all_fields = {
    LogField{"time", "when the request's head was complete, UTC, with microseconds", 0,
             [](const LogRecord& r) { return LogValue(r.time); }},
    LogField{"astray.duration", "seconds from then to the last byte of the response", 0,
             [](const LogRecord& r) { return LogValue(r.duration); }},
    LogField{"astray.client.address",
             "address and port of the client, as a PROXY header says where there is one", 0,
             [](const LogRecord& r) { return optional_value(r.client); },
             LogScope::connection},
    LogField{"astray.client.peer", "address and port of whoever sent that PROXY header", 0,
             [](const LogRecord& r) { return optional_value(r.peer); },
             LogScope::connection},
    LogField{"astray.listener", "label of the listener", label_bytes,
             [](const LogRecord& r) { return text_value(r.listener); },
             LogScope::connection},
    LogField{"astray.connection.id", "number of the connection, unique while the process lives", 0,
             [](const LogRecord& r) { return number_value(r.connection_id); },
             LogScope::connection},
    LogField{"astray.connection.request", "which request of its connection it is, counted from 1", 0,
             [](const LogRecord& r) { return number_value(r.request_number); }},
    LogField{"astray.connection.reused", "whether the connection carried requests before", 0,
             [](const LogRecord& r) { return LogValue(r.request_number > 1); }},
    LogField{"astray.connection.trusted_gateway",
             "whether a trusted gateway sent it (RFC 9110 §7.4): the authority alone was judged", 0,
             [](const LogRecord& r) { return LogValue(r.sender == Peer::trusted_gateway); },
             LogScope::connection},
    LogField{"astray.tls.sni", "the name in the TLS handshake, as sent", name_bytes,
             [](const LogRecord& r) {
               return of_tls(r, [](const LoggedTls& tls) { return optional_value(tls.sni); });
             },
             LogScope::connection},
    LogField{"astray.tls.version", "`TLSv1.2` or `TLSv1.3`", 0,
             [](const LogRecord& r) {
               return of_tls(r, [](const LoggedTls& tls) { return LogValue(to_string(tls.version)); });
             },
             LogScope::connection},
    LogField{"astray.tls.cipher", "the cipher suite, by its IANA name", label_bytes,
             [](const LogRecord& r) {
               return of_tls(r, [](const LoggedTls& tls) { return text_value(tls.cipher); });
             },
             LogScope::connection},
    LogField{"astray.tls.resumed", "whether the TLS session was resumed", 0,
             [](const LogRecord& r) {
               return of_tls(r, [](const LoggedTls& tls) { return LogValue(tls.resumed); });
             },
             LogScope::connection},
    LogField{"astray.tls.client_certificate", "whether the client showed a certificate that was verified", 0,
             [](const LogRecord& r) {
               return of_tls(r, [](const LoggedTls& tls) { return LogValue(tls.client_certificate); });
             },
             LogScope::connection},
    LogField{"astray.tls.virtual_host", "label of the virtual host that answered the handshake", label_bytes,
             [](const LogRecord& r) {
               return of_tls(r, [](const LoggedTls& tls) { return text_value(tls.virtual_host); });
             },
             LogScope::connection},
    LogField{"astray.http.protocol", "`h1` or `h2`", 0,
             [](const LogRecord& r) { return LogValue(to_string(r.protocol)); },
             LogScope::connection},
    LogField{"astray.http.scheme", "`http` or `https`", 0,
             [](const LogRecord& r) { return LogValue(to_string(r.scheme)); }},
    LogField{"astray.http.authority", "the name in the request (Host or :authority), as sent", name_bytes,
             [](const LogRecord& r) { return text_value(r.authority); }},
    LogField{"astray.http.virtual_host", "label of the virtual host that owns the authority", label_bytes,
             [](const LogRecord& r) { return text_value(r.virtual_host); }},
    LogField{"astray.http.method", "the method", method_bytes,
             [](const LogRecord& r) { return text_value(r.method); }},
    LogField{"astray.http.path", "the target up to its query", target_bytes,
             [](const LogRecord& r) { return path_value(r.target); }},
    LogField{"astray.http.query", "what stands behind the `?`; often personal", target_bytes,
             [](const LogRecord& r) { return query_value(r.target); }},
    LogField{"astray.http.user_agent", "User-Agent, as sent", agent_bytes,
             [](const LogRecord& r) { return optional_value(r.user_agent); }},
    LogField{"astray.http.status", "status of the response", 0,
             [](const LogRecord& r) {
               return r.status == 0 ? LogValue() : number_value(static_cast<uint64_t>(r.status));
             }},
    LogField{"astray.http.request_bytes", "bytes of the request's body", 0,
             [](const LogRecord& r) { return number_value(r.request_bytes); }},
    LogField{"astray.http.response_bytes", "bytes of the response's body", 0,
             [](const LogRecord& r) { return number_value(r.response_bytes); }},
    LogField{"astray.answer", "what was judged: `serve`, `misdirected`, …", 0,
             [](const LogRecord& r) { return r.answer ? LogValue(to_string(*r.answer)) : LogValue(); }},
    LogField{"astray.reason", "why: the id of a reason, as in the response", 0,
             [](const LogRecord& r) { return r.reason ? LogValue(to_string(*r.reason)) : LogValue(); }},
    LogField{"astray.back.name", "label of the back that was asked last", label_bytes,
             [](const LogRecord& r) {
               return of_back(r, [](const LoggedBack& back) { return text_value(back.name); });
             }},
    LogField{"astray.back.address", "its address and port", 0,
             [](const LogRecord& r) {
               return of_back(r, [](const LoggedBack& back) { return optional_value(back.address); });
             }},
    LogField{"astray.back.connection.id", "number of the connection to it", 0,
             [](const LogRecord& r) {
               return of_back(r, [](const LoggedBack& back) { return optional_value(back.connection_id); });
             }},
    LogField{"astray.back.connection.reused", "whether that carried requests before", 0,
             [](const LogRecord& r) {
               return of_back(r, [](const LoggedBack& back) {
                 return back.connection_id ? LogValue(back.reused) : LogValue();
               });
             }},
    LogField{"astray.back.status", "what it answered", 0,
             [](const LogRecord& r) {
               return of_back(r, [](const LoggedBack& back) {
                 return back.status ? number_value(static_cast<uint64_t>(*back.status)) : LogValue();
               });
             }},
    LogField{"astray.back.duration", "seconds that it took to begin its answer", 0,
             [](const LogRecord& r) {
               return of_back(r, [](const LoggedBack& back) { return optional_value(back.duration); });
             }},
    LogField{"astray.back.attempts", "how often backs were asked", 0,
             [](const LogRecord& r) {
               return of_back(r, [](const LoggedBack& back) { return number_value(back.attempts); });
             }},
    LogField{"astray.back.retried_after_421",
             "whether a back answered 421, and was asked again on a connection of its own", 0,
             [](const LogRecord& r) {
               return of_back(r, [](const LoggedBack& back) { return LogValue(back.retried_after_421); });
             }},
    LogField{"astray.error.kind", "what went wrong: `closed-early`, `timed-out`, …", label_bytes,
             [](const LogRecord& r) { return text_value(r.error_kind); }},
    LogField{"astray.error.sentence", "the same for people", sentence_bytes,
             [](const LogRecord& r) { return text_value(r.error_sentence); }},
};

}  // namespace

std::string_view LogField::short_key() const {
  return key.starts_with(key_prefix) ? key.substr(key_prefix.size()) : key;
}

std::span<const LogField> log_fields() {
  return all_fields;
}

const LogField* find_log_field(std::string_view name) {
  for (const LogField& field : all_fields)
    if (name == field.key || name == field.short_key()) return &field;
  return nullptr;
}

}  // namespace astray::gateway
