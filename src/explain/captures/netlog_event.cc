#include "explain/captures/netlog_event.h"

#include <simdjson.h>

#include <charconv>
#include <unordered_map>

#include "base/utf8.h"
#include "explain/captures/json_pieces.h"

namespace astray::explain {
namespace {

namespace dom = simdjson::dom;  // which judges a whole event before any of it is used
static_assert(JsonPieces::padding >= simdjson::SIMDJSON_PADDING);

constexpr int64_t microseconds = 1000;  // of a millisecond
constexpr int64_t latest_time = INT64_MAX / 4 / microseconds;

struct Name {
  std::string_view text;
  NetLogEvent event;
};

constexpr Name event_names[] = {
    {"REQUEST_ALIVE", NetLogEvent::request_alive},
    {"HTTP_STREAM_REQUEST_BOUND_TO_JOB", NetLogEvent::bound_to_job},
    {"HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION", NetLogEvent::bound_to_quic_session},
    {"HTTP_TRANSACTION_SEND_REQUEST_HEADERS", NetLogEvent::send_headers_h1},
    {"HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS", NetLogEvent::send_headers_h2},
    {"HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS", NetLogEvent::send_headers_h3},
    {"HTTP_TRANSACTION_READ_RESPONSE_HEADERS", NetLogEvent::read_response_headers},
    {"HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION", NetLogEvent::found_session},
    {"HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION_FROM_IP_POOL", NetLogEvent::found_session_by_address},
    {"HTTP_STREAM_JOB_HTTP2_SESSION_AVAILABLE", NetLogEvent::session_available},
    {"SOCKET_POOL_BOUND_TO_SOCKET", NetLogEvent::job_got_socket},
    {"SOCKET_POOL_CONNECT_JOB_CREATED", NetLogEvent::connect_job_created},
    {"CONNECT_JOB_SET_SOCKET", NetLogEvent::connect_job_set_socket},
    {"HTTP2_SESSION", NetLogEvent::session},
    {"HTTP2_SESSION_INITIALIZED", NetLogEvent::session_initialized},
    {"HTTP2_SESSION_SEND_HEADERS", NetLogEvent::session_send_headers},
    {"HTTP2_SESSION_RECV_HEADERS", NetLogEvent::session_receive_headers},
    {"QUIC_SESSION", NetLogEvent::quic_session},
    {"QUIC_SESSION_POOL_USE_EXISTING_SESSION", NetLogEvent::quic_found_session},
    {"QUIC_SESSION_PACKET_RECEIVED", NetLogEvent::quic_packet_received},
    {"QUIC_SESSION_CERTIFICATE_VERIFIED", NetLogEvent::quic_certificate_verified},
    {"TCP_CONNECT", NetLogEvent::tcp_connect},
    {"SSL_CONNECT", NetLogEvent::ssl_connect},
    {"SSL_CERTIFICATES_RECEIVED", NetLogEvent::certificates_received},
    {"SSL_CLIENT_CERT_REQUESTED", NetLogEvent::client_certificate_asked},
    {"SOCKET_ALIVE", NetLogEvent::socket_alive},
};

/// What event names began with in older versions, and begin with now.
constexpr std::pair<std::string_view, std::string_view> renamed[] = {
    {"SPDY_SESSION", "HTTP2_SESSION"},
    {"QUIC_STREAM_FACTORY", "QUIC_SESSION_POOL"},
};

std::string modern(std::string_view name) {
  for (const auto& [before, now] : renamed) {
    if (name.starts_with(before)) return std::string(now) + std::string(name.substr(before.size()));
  }
  return std::string(name);
}

NetLogEvent event_of(std::string_view text) {
  const std::string name = modern(text);
  for (const Name& each : event_names) {
    if (each.text == name) return each.event;
  }
  return NetLogEvent::other;
}

/// A number, or digits in quotes, as Chrome writes times.
std::optional<int64_t> number_of(dom::element value) {
  int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view text_of(dom::element value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

void read_list(dom::element value, std::vector<std::string_view>& into, size_t most) {
  dom::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return;
  for (const dom::element each : array) {
    if (into.size() == most) return;
    into.push_back(text_of(each));
  }
}

uint64_t id_of(dom::element value) {
  uint64_t id = 0;
  return value["id"].get_uint64().get(id) == simdjson::SUCCESS ? id : 0;
}

constexpr size_t most_headers = 256;
constexpr size_t most_subjects = 256;

void read_parameter(std::string_view key, dom::element value, NetLogRecord& record) {
  if (key == "headers") {
    read_list(value, record.headers, most_headers);
  } else if (key == "certificates") {
    std::vector<std::string_view> list;
    read_list(value, list, 1);
    if (!list.empty()) record.certificate = list.front();
  } else if (key == "source_dependency") {
    record.dependency = id_of(value);
  } else if (key == "stream_id" || key == "port") {
    uint64_t number = 0;
    if (value.get_uint64().get(number) == simdjson::SUCCESS) (key == "port" ? record.port : record.stream) = number;
  } else if (key == "host") {
    record.host = text_of(value);
  } else if (key == "line") {
    record.line = text_of(value);
  } else if (key == "group_id") {
    record.group = text_of(value);
  } else if (key == "subjects") {
    read_list(value, record.subjects, most_subjects);
  } else if (key == "local_address" || key == "self_address") {
    record.local = text_of(value);
  } else if (key == "remote_address" || key == "peer_address") {
    record.remote = text_of(value);
  } else if (key == "next_proto") {
    record.protocol = text_of(value);
  }
}

}  // namespace

struct NetLogReader::Parts {
  dom::parser parser;
  std::unordered_map<int64_t, NetLogEvent> events;
  int64_t begin_phase = -1;
  int64_t end_phase = -1;
  int64_t tick_offset = 0;  ///< milliseconds from Chrome's ticks to 1970
  bool has_constants = false;
  std::string client;
  std::string repaired;

  bool read_constants(std::string_view text) {
    dom::element document;
    dom::object root;
    if (parser.parse(text.data(), text.size(), false).get(document) != simdjson::SUCCESS ||
        document.get_object().get(root) != simdjson::SUCCESS)
      return false;
    dom::object types;
    if (root["logEventTypes"].get_object().get(types) != simdjson::SUCCESS) return false;
    for (const dom::key_value_pair& field : types) {
      int64_t number = 0;
      const NetLogEvent event = event_of(field.key);
      if (event != NetLogEvent::other && field.value.get_int64().get(number) == simdjson::SUCCESS) events[number] = event;
    }
    dom::object phases;
    if (root["logEventPhase"].get_object().get(phases) != simdjson::SUCCESS) return false;
    if (phases["PHASE_BEGIN"].get_int64().get(begin_phase) != simdjson::SUCCESS ||
        phases["PHASE_END"].get_int64().get(end_phase) != simdjson::SUCCESS)
      return false;
    dom::element offset;
    if (root["timeTickOffset"].get(offset) == simdjson::SUCCESS) tick_offset = number_of(offset).value_or(0);
    dom::object info;
    if (root["clientInfo"].get_object().get(info) == simdjson::SUCCESS) {
      std::string_view name;
      std::string_view version;
      if (info["name"].get_string().get(name) == simdjson::SUCCESS) client = name;
      if (info["version"].get_string().get(version) == simdjson::SUCCESS) client += " " + std::string(version);
    }
    return has_constants = true;
  }

  bool read_event(std::string_view text, NetLogRecord& record) {
    dom::element document;
    dom::object root;
    if (parser.parse(text.data(), text.size(), false).get(document) != simdjson::SUCCESS ||
        document.get_object().get(root) != simdjson::SUCCESS)
      return false;
    int64_t type = 0;
    if (root["type"].get_int64().get(type) != simdjson::SUCCESS) return false;
    const auto found = events.find(type);
    if (found == events.end()) return true;
    record.event = found->second;
    dom::element value;
    if (root["source"].get(value) != simdjson::SUCCESS) return false;
    record.source = id_of(value);
    int64_t phase = -1;
    if (root["phase"].get_int64().get(phase) == simdjson::SUCCESS) {
      if (phase == begin_phase) record.phase = NetLogPhase::begin;
      if (phase == end_phase) record.phase = NetLogPhase::end;
    }
    if (root["time"].get(value) == simdjson::SUCCESS) {
      const std::optional<int64_t> ticks = number_of(value);
      if (ticks && *ticks >= 0 && *ticks < latest_time && tick_offset > -latest_time && tick_offset < latest_time)
        record.time = (*ticks + tick_offset) * microseconds;
    }
    dom::object params;
    if (root["params"].get_object().get(params) != simdjson::SUCCESS) return true;
    for (const dom::key_value_pair& field : params) read_parameter(field.key, field.value, record);
    return true;
  }
};

NetLogReader::NetLogReader() : parts_(std::make_unique<Parts>()) {}
NetLogReader::~NetLogReader() = default;
bool NetLogReader::read_constants(std::string_view text) {
  return parts_->read_constants(text);
}
bool NetLogReader::has_constants() const {
  return parts_->has_constants;
}
const std::string& NetLogReader::client() const {
  return parts_->client;
}

NetLogReader::Outcome NetLogReader::read_event(std::string_view text, NetLogRecord& record) {
  if (parts_->read_event(text, record)) return Outcome::read;
  const std::string& repaired = parts_->repaired = well_formed_utf8(text);
  if (repaired == text) return Outcome::not_an_event;
  parts_->repaired.reserve(repaired.size() + JsonPieces::padding);
  record = {};
  return parts_->read_event(parts_->repaired, record) ? Outcome::read_after_repair : Outcome::not_an_event;
}

}  // namespace astray::explain
