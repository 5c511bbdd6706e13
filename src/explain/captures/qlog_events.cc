// draft-ietf-quic-qlog-main-schema and draft-ietf-quic-qlog-h3-events, whose HTTP events were called http:,
// h3: and http3: in turn; draft-pardue-httpbis-qlog-h2-events has the same for HTTP/2.
#include "explain/captures/qlog_events.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.h"
#include "explain/logs/log_field.h"
#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {

namespace dom = simdjson::dom;

std::string_view qlog_text(const dom::object& object, std::string_view name) {
  std::string_view text;
  return object[name].get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::optional<double> qlog_number(const dom::object& object, std::string_view name) {
  double number = 0;
  if (object[name].get_double().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

/// Milliseconds as microseconds; nothing for what no clock shows.
std::optional<int64_t> from_milliseconds(double milliseconds) {
  constexpr double latest = 253402300800e3;  // the year 10000
  if (!(milliseconds > -latest && milliseconds < latest)) return std::nullopt;
  return static_cast<int64_t>(milliseconds * 1000);
}

/// Addresses of 0.3 ("dst_ip", "dst_port") and of 0.4 ("remote": {"ip_v4", "port_v4"}).
std::string peer_in(const dom::object& data, std::string_view member, std::string_view old_prefix) {
  dom::object side;
  std::string_view address = qlog_text(data, fmt::format("{}_ip", old_prefix));
  std::optional<double> port = qlog_number(data, fmt::format("{}_port", old_prefix));
  if (data[member].get_object().get(side) == simdjson::SUCCESS) {
    const bool v4 = !qlog_text(side, "ip_v4").empty();
    address = qlog_text(side, v4 ? "ip_v4" : "ip_v6");
    port = qlog_number(side, v4 ? "port_v4" : "port_v6");
  }
  if (address.empty() || !port || !(*port >= 0 && *port <= 65535)) return std::string(address);
  const bool v6 = address.find(':') != nowhere;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "", static_cast<int>(*port));
}

struct QlogRequest {
  std::string authority, method, path, agent;
  std::optional<Scheme> scheme{};
  std::optional<int64_t> time{};
  uint64_t line = 0;
};

struct QlogConnection {
  uint64_t number = 0;
  std::string back;
  Protocol protocol = Protocol::h3;
  std::map<uint64_t, QlogRequest> streams;
};

/// Of an event's name: what stands before the colon; nothing where it is not about a frame of HTTP.
std::optional<Protocol> http_frame(std::string_view name) {
  const size_t colon = name.find(':');
  if (colon == nowhere) return std::nullopt;
  const std::string_view what = name.substr(colon + 1);
  if (what != "frame_created" && what != "frame_parsed") return std::nullopt;
  const std::string_view space = name.substr(0, colon);
  if (space == "http" || space == "h3" || space == "http3") return Protocol::h3;
  if (space == "h2" || space == "http2") return Protocol::h2;
  return std::nullopt;
}

}  // namespace

struct QlogEvents::Parts {
  uint32_t file;
  Witness& witness;
  dom::parser parser{};
  TimeReader times{};
  std::map<std::string, QlogConnection> connections{};
  uint64_t traces = 0;
  std::string group{};            ///< of the trace, for events that have none of their own
  std::optional<double> begin{};  ///< milliseconds since 1970 at which the trace's clock begins
  bool is_delta = false;          ///< times count from the event before
  double latest = 0;

  bool parse(std::string_view text, dom::object& object) {
    dom::element document;
    return parser.parse(text.data(), text.size(), false).get(document) == simdjson::SUCCESS &&
           document.get_object().get(object) == simdjson::SUCCESS;
  }
  void begin_trace(const dom::object& common);
  std::optional<int64_t> time_of(const dom::object& event);
  bool take(const dom::object& event, uint64_t line);
  void take_head(const dom::array& fields, QlogConnection& connection, uint64_t stream,
                 std::optional<int64_t> time, uint64_t line);
  void tell(const QlogConnection& connection, const QlogRequest& request, const AnswerSigns* answer);
};

QlogEvents::QlogEvents(uint32_t file, Witness& witness)
    : parts_(new Parts{.file = file, .witness = witness}) {}
QlogEvents::~QlogEvents() = default;

void QlogEvents::Parts::begin_trace(const dom::object& common) {
  ++traces;
  const std::string_view id =
      !qlog_text(common, "group_id").empty() ? qlog_text(common, "group_id") : qlog_text(common, "ODCID");
  group = id.empty() ? std::string() : std::string(id);
  begin.reset();
  latest = 0;
  const std::string_view format = qlog_text(common, "time_format");
  is_delta = format == "delta" || format == "relative_to_previous_event";
  dom::object reference;
  if (const std::optional<double> milliseconds = qlog_number(common, "reference_time")) {
    begin = milliseconds;
  } else if (common["reference_time"].get_object().get(reference) == simdjson::SUCCESS) {
    // Of a monotonic clock the begin is unknown.
    if (const std::optional<int64_t> time = times.read(qlog_text(reference, "epoch")))
      begin = static_cast<double>(*time) / 1000;
  } else if (format.empty() || format == "absolute") {
    begin = 0;
  }
}

std::optional<int64_t> QlogEvents::Parts::time_of(const dom::object& event) {
  const std::optional<double> time = qlog_number(event, "time");
  if (!time) return std::nullopt;
  latest = is_delta ? latest + *time : *time;
  if (!begin) return std::nullopt;
  return from_milliseconds(*begin + latest);
}

void QlogEvents::Parts::tell(const QlogConnection& connection, const QlogRequest& request,
                             const AnswerSigns* answer) {
  const std::string name = fmt::format("connection {}", connection.number);
  Sighting s;
  s.file = file;
  s.line = request.line;
  s.kind = Witnessed::capture;
  s.time = request.time;
  s.connection = Fact::logged(name);
  s.back = Fact::if_any(connection.back);
  s.protocol = connection.protocol;
  s.scheme = request.scheme;
  s.authority = Fact::if_any(request.authority);
  s.method = Fact::if_any(request.method);
  s.path = Fact::if_any(request.path);
  s.agent = Fact::if_any(request.agent);
  if (answer != nullptr) {
    s.status = answer->status;
    s.written_by = hop_of(*answer);
    s.server_field = Fact::if_any(answer->server);
  }
  witness.request(s);
}

void QlogEvents::Parts::take_head(const dom::array& fields, QlogConnection& connection, uint64_t stream,
                                  std::optional<int64_t> time, uint64_t line) {
  QlogRequest request;
  request.time = time;
  request.line = line;
  AnswerSigns signs;
  signs.body_bytes = 1;  // not known: not empty, so far as signs go
  for (auto element : fields) {
    dom::object field;
    if (element.get_object().get(field) != simdjson::SUCCESS) continue;
    const std::string name = ascii_lower(qlog_text(field, "name"));
    const std::string_view value = qlog_text(field, "value");
    if (name == ":authority" || (name == "host" && request.authority.empty())) request.authority = value;
    if (name == ":method") request.method = value;
    if (name == ":path") request.path = value;
    if (name == ":scheme") request.scheme = value == "http" ? Scheme::http : Scheme::https;
    if (name == "user-agent") request.agent = value;
    if (name == "server") signs.server = value;
    if (name == "via") signs.via = value;
    if (name == "content-type") signs.content_type = value;
    Sighting read;
    if (name == ":status" && FieldReader().read(LogField::status, value, read)) signs.status = read.status;
  }
  if (!request.method.empty()) {
    if (connection.streams.size() < most_open_requests) connection.streams[stream] = std::move(request);
  } else if (signs.status >= 200) {
    QlogRequest asked;  // perhaps before the log began
    asked.line = line;
    if (const auto found = connection.streams.find(stream); found != connection.streams.end()) {
      asked = std::move(found->second);
      connection.streams.erase(found);
    }
    tell(connection, asked, &signs);
  }
}

bool QlogEvents::Parts::take(const dom::object& event, uint64_t line) {
  const std::string_view name = qlog_text(event, "name");
  if (name.empty()) return false;
  const std::optional<int64_t> time = time_of(event);
  witness.aside();
  const std::optional<Protocol> protocol = http_frame(name);
  const bool starts = name.ends_with(":connection_started");
  dom::object data;
  if ((!protocol && !starts) || event["data"].get_object().get(data) != simdjson::SUCCESS) return true;
  const std::string_view own = qlog_text(event, "group_id");
  const std::string key = !own.empty()     ? std::string(own)
                          : !group.empty() ? group
                                           : fmt::format("trace {}", traces);
  if (connections.size() >= most_connections && connections.count(key) == 0) return false;
  QlogConnection& connection = connections[key];
  if (connection.number == 0) connection.number = connections.size();
  if (starts) {
    connection.back = peer_in(data, "remote", "dst");
    return true;
  }
  connection.protocol = *protocol;
  dom::object frame;
  dom::array fields;
  uint64_t stream = 0;
  if (data["frame"].get_object().get(frame) != simdjson::SUCCESS ||
      !ascii_iequals(qlog_text(frame, "frame_type"), "headers") ||
      frame["headers"].get_array().get(fields) != simdjson::SUCCESS)
    return true;
  if (data["stream_id"].get_uint64().get(stream) != simdjson::SUCCESS) return false;
  take_head(fields, connection, stream, time, line);
  return true;
}

bool QlogEvents::begin_trace(std::string_view common_fields) {
  dom::object common;
  if (!parts_->parse(common_fields, common)) return false;
  parts_->begin_trace(common);
  return true;
}

bool QlogEvents::take(std::string_view event, uint64_t line) {
  dom::object object;
  return parts_->parse(event, object) && parts_->take(object, line);
}

bool QlogEvents::take_record(std::string_view record, uint64_t line) {
  dom::object object;
  if (!parts_->parse(record, object)) return false;
  dom::object trace;
  if (object["trace"].get_object().get(trace) != simdjson::SUCCESS) return parts_->take(object, line);
  dom::object common;
  if (trace["common_fields"].get_object().get(common) == simdjson::SUCCESS) parts_->begin_trace(common);
  parts_->witness.aside();
  return true;
}

void QlogEvents::finish() {
  for (const auto& [key, connection] : parts_->connections) {
    for (const auto& [stream, request] : connection.streams) parts_->tell(connection, request, nullptr);
  }
}

}  // namespace astray::explain
