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

/// The path ends at the first "?", and a query begins behind it (RFC 3986 §3.4).
void write_path(LogValueWriter& to, std::string_view target) {
  to.text_if_any(target.substr(0, target.find('?')));
}
void write_query(LogValueWriter& to, std::string_view target) {
  const size_t mark = target.find('?');
  mark == std::string_view::npos ? to.none() : to.text(target.substr(mark + 1));
}

template <typename Write>
void write_of_tls(LogValueWriter& to, const LogRecord& record, Write write) {
  record.tls ? write(*record.tls) : to.none();
}
template <typename Write>
void write_of_back(LogValueWriter& to, const LogRecord& record, Write write) {
  record.back ? write(*record.back) : to.none();
}

// None of the functions captures anything.
constexpr std::array all_fields = {
    LogField{"time", "when the request's head was complete, UTC, with microseconds", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.time(r.time); }},
    LogField{"astray.duration", "seconds from then to the last byte of the response", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.duration(r.duration); }},
    LogField{"astray.client.address",
             "address and port of the client, as a PROXY header says where there is one", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.endpoint_if_any(r.client); },
             LogScope::connection},
    LogField{"astray.client.peer", "address and port of whoever sent that PROXY header", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.endpoint_if_any(r.peer); },
             LogScope::connection},
    LogField{"astray.listener", "label of the listener", label_bytes,
             [](LogValueWriter& to, const LogRecord& r) { to.text_if_any(r.listener); },
             LogScope::connection},
    LogField{"astray.connection.id", "number of the connection, unique while the process lives", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.number(r.connection_id); },
             LogScope::connection},
    LogField{"astray.connection.request", "which request of its connection it is, counted from 1", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.number(r.request_number); }},
    LogField{"astray.connection.reused", "whether the connection carried requests before", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.flag(r.request_number > 1); }},
    LogField{"astray.connection.trusted_gateway",
             "whether a trusted gateway sent it (RFC 9110 §7.4): the authority alone was judged", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.flag(r.sender == Peer::trusted_gateway); },
             LogScope::connection},
    LogField{"astray.tls.sni", "the name in the TLS handshake, as sent", name_bytes,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_tls(to, r, [&](const LoggedTls& tls) { to.text_if_any(tls.sni); });
             },
             LogScope::connection},
    LogField{"astray.tls.version", "`TLSv1.2` or `TLSv1.3`", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_tls(to, r, [&](const LoggedTls& tls) { to.word(to_string(tls.version)); });
             },
             LogScope::connection},
    LogField{"astray.tls.cipher", "the cipher suite, by its IANA name", label_bytes,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_tls(to, r, [&](const LoggedTls& tls) { to.text_if_any(tls.cipher); });
             },
             LogScope::connection},
    LogField{"astray.tls.resumed", "whether the TLS session was resumed", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_tls(to, r, [&](const LoggedTls& tls) { to.flag(tls.resumed); });
             },
             LogScope::connection},
    LogField{"astray.tls.client_certificate", "whether the client showed a certificate that was verified", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_tls(to, r, [&](const LoggedTls& tls) { to.flag(tls.client_certificate); });
             },
             LogScope::connection},
    LogField{"astray.tls.virtual_host", "label of the virtual host that answered the handshake", label_bytes,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_tls(to, r, [&](const LoggedTls& tls) { to.text_if_any(tls.virtual_host); });
             },
             LogScope::connection},
    LogField{"astray.http.protocol", "`h1` or `h2`", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.word(to_string(r.protocol)); },
             LogScope::connection},
    LogField{"astray.http.scheme", "`http` or `https`", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.word(to_string(r.scheme)); }},
    LogField{"astray.http.authority", "the name in the request (Host or :authority), as sent", name_bytes,
             [](LogValueWriter& to, const LogRecord& r) { to.text_if_any(r.authority); }},
    LogField{"astray.http.virtual_host", "label of the virtual host that owns the authority", label_bytes,
             [](LogValueWriter& to, const LogRecord& r) { to.text_if_any(r.virtual_host); }},
    LogField{"astray.http.method", "the method", method_bytes,
             [](LogValueWriter& to, const LogRecord& r) { to.text_if_any(r.method); }},
    LogField{"astray.http.path", "the target up to its query", target_bytes,
             [](LogValueWriter& to, const LogRecord& r) { write_path(to, r.target); }},
    LogField{"astray.http.query", "what stands behind the `?`; often personal", target_bytes,
             [](LogValueWriter& to, const LogRecord& r) { write_query(to, r.target); }},
    LogField{"astray.http.user_agent", "User-Agent, as sent", agent_bytes,
             [](LogValueWriter& to, const LogRecord& r) { to.text_if_any(r.user_agent); }},
    LogField{"astray.http.status", "status of the response", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               r.status == 0 ? to.none() : to.number(static_cast<uint64_t>(r.status));
             }},
    LogField{"astray.http.request_bytes", "bytes of the request's body", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.number(r.request_bytes); }},
    LogField{"astray.http.response_bytes", "bytes of the response's body", 0,
             [](LogValueWriter& to, const LogRecord& r) { to.number(r.response_bytes); }},
    LogField{"astray.answer", "what was judged: `serve`, `misdirected`, …", 0,
             [](LogValueWriter& to, const LogRecord& r) { r.answer ? to.word(to_string(*r.answer)) : to.none(); }},
    LogField{"astray.reason", "why: the id of a reason, as in the response", 0,
             [](LogValueWriter& to, const LogRecord& r) { r.reason ? to.word(to_string(*r.reason)) : to.none(); }},
    LogField{"astray.back.name", "label of the back that was asked last", label_bytes,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_back(to, r, [&](const LoggedBack& back) { to.text_if_any(back.name); });
             }},
    LogField{"astray.back.address", "its address and port", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_back(to, r, [&](const LoggedBack& back) { to.endpoint_if_any(back.address); });
             }},
    LogField{"astray.back.connection.id", "number of the connection to it", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_back(to, r, [&](const LoggedBack& back) { to.number_if_any(back.connection_id); });
             }},
    LogField{"astray.back.connection.reused", "whether that carried requests before", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_back(to, r, [&](const LoggedBack& back) {
                 back.connection_id ? to.flag(back.reused) : to.none();
               });
             }},
    LogField{"astray.back.status", "what it answered", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_back(to, r, [&](const LoggedBack& back) {
                 back.status ? to.number(static_cast<uint64_t>(*back.status)) : to.none();
               });
             }},
    LogField{"astray.back.duration", "seconds that it took to begin its answer", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_back(to, r, [&](const LoggedBack& back) { back.duration ? to.duration(*back.duration) : to.none(); });
             }},
    LogField{"astray.back.attempts", "how often backs were asked", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_back(to, r, [&](const LoggedBack& back) { to.number(back.attempts); });
             }},
    LogField{"astray.back.retried_after_421",
             "whether a back answered 421, and was asked again on a connection of its own", 0,
             [](LogValueWriter& to, const LogRecord& r) {
               write_of_back(to, r, [&](const LoggedBack& back) { to.flag(back.retried_after_421); });
             }},
    LogField{"astray.error.kind", "what went wrong: `closed-early`, `timed-out`, …", label_bytes,
             [](LogValueWriter& to, const LogRecord& r) { to.text_if_any(r.error_kind); }},
    LogField{"astray.error.sentence", "the same for people", sentence_bytes,
             [](LogValueWriter& to, const LogRecord& r) { to.text_if_any(r.error_sentence); }},
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
