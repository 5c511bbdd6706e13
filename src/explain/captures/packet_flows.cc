#include "explain/captures/packet_flows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {

// TLS handshake messages (RFC 8446 §4, RFC 5246 §7.4).
constexpr std::string_view client_hello = "1";
constexpr std::string_view certificate_message = "11";
constexpr std::string_view certificate_request = "13";
constexpr std::string_view application_data = "23";  // RFC 8446 §5.1
// Frames of HTTP/2 (RFC 9113 §6).
constexpr std::string_view headers_frame = "1";

std::optional<uint64_t> number_in(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool contains(const std::vector<std::string_view>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::string endpoint(std::string_view address, std::string_view port) {
  if (address.empty()) return {};
  return address.find(':') == nowhere ? fmt::format("{}:{}", address, port)
                                      : fmt::format("[{}]:{}", address, port);
}

}  // namespace

void PacketFlows::orient(const PacketRow& row, Flow& flow, bool from_client) {
  if (!flow.client.empty()) return;
  const bool v6 = row.has(PacketField::ipv6_source);
  const std::string_view source = row.one(v6 ? PacketField::ipv6_source : PacketField::ipv4_source);
  const std::string_view target = row.one(v6 ? PacketField::ipv6_target : PacketField::ipv4_target);
  const bool udp = !row.has(PacketField::tcp_source);
  const std::string_view source_port = row.one(udp ? PacketField::udp_source : PacketField::tcp_source);
  const std::string_view target_port = row.one(udp ? PacketField::udp_target : PacketField::tcp_target);
  // Of a tunnel's packet the innermost address is the last one.
  const auto innermost = [](std::string_view values) {
    return values.substr(values.rfind(packet_value_separator) + 1);
  };
  flow.client = innermost(from_client ? source : target);
  flow.client_port = innermost(from_client ? source_port : target_port);
  flow.server = innermost(from_client ? target : source);
  flow.server_port = innermost(from_client ? target_port : source_port);
}

void PacketFlows::take_handshake(const PacketRow& row, Flow& flow) {
  const std::vector<std::string_view> messages = row.all(PacketField::handshake);
  if (contains(messages, client_hello)) {
    orient(row, flow, true);
    // A second one, after HelloRetryRequest, has the same.
    if (!flow.hello_seen)
      flow.sni = row.all(PacketField::server_name).empty() ? std::string_view()
                                                           : row.all(PacketField::server_name).front();
    flow.hello_seen = true;
  }
  if (contains(messages, certificate_message) && flow.certificate.empty()) {
    for (const std::string_view name : row.all(PacketField::certificate_name))
      flow.certificate += (flow.certificate.empty() ? "" : ",") + std::string(name);
  }
  if (contains(messages, certificate_request)) flow.certificate_asked = true;
}

void PacketFlows::tell(const Flow& flow, std::string_view connection, const Asked& asked,
                       const Answered* answered, Protocol protocol) {
  const std::string back = endpoint(flow.server, flow.server_port);
  Sighting s;
  s.file = file_;
  s.line = asked.line;
  s.kind = Witnessed::capture;
  s.time = asked.time;
  s.connection = Fact::logged(connection);
  s.client = Fact::if_any(flow.client);
  s.client_port = Fact::if_any(flow.client_port);
  s.back = Fact::if_any(back);
  s.protocol = protocol;
  if (flow.hello_seen) {
    s.scheme = Scheme::https;
    s.sni = Fact::logged(flow.sni);
  } else if (!flow.sealed_data) {
    s.scheme = Scheme::http;
  }
  s.certificate = Fact::if_any(flow.certificate);
  // A resumed handshake shows no certificate and asks for none.
  if (flow.certificate_asked || !flow.certificate.empty())
    s.client_certificate_asked = flow.certificate_asked;
  s.authority = Fact::if_any(asked.authority);
  s.method = Fact::if_any(asked.method);
  s.path = Fact::if_any(asked.path);
  s.agent = Fact::if_any(asked.agent);
  if (answered != nullptr) {
    s.status = answered->status;
    s.written_by = hop_of({.status = answered->status,
                           .body_bytes = 1,  // not known: not empty, so far as signs go
                           .server = answered->server,
                           .via = answered->via,
                           .content_type = answered->content_type});
    s.server_field = Fact::if_any(answered->server);
  }
  witness_.request(s);
}

void PacketFlows::take_http1(const PacketRow& row, Flow& flow, std::string_view connection, uint64_t line) {
  const auto at = [](const std::vector<std::string_view>& values, size_t i) {
    return i < values.size() ? values[i] : std::string_view();
  };
  const std::vector<std::string_view> methods = row.all(PacketField::method);
  for (size_t i = 0; i < methods.size() && flow.requests.size() < most_open_requests; ++i) {
    orient(row, flow, true);
    Sighting read;
    fields_.read(LogField::time_seconds, row.one(PacketField::time), read);
    Asked asked;
    asked.line = line;
    asked.time = read.time;
    asked.method = methods[i];
    asked.path = at(row.all(PacketField::uri), i);
    asked.authority = at(row.all(PacketField::host), i);
    asked.agent = at(row.all(PacketField::agent), i);
    flow.requests.push_back(std::move(asked));
  }
  const std::vector<std::string_view> statuses = row.all(PacketField::status);
  for (size_t i = 0; i < statuses.size(); ++i) {
    Sighting read;
    fields_.read(LogField::status, statuses[i], read);
    if (read.status < 200 && read.status != 101) continue;
    orient(row, flow, false);
    Answered answered;
    answered.status = read.status;
    answered.server = at(row.all(PacketField::server), i);
    answered.content_type = at(row.all(PacketField::content_type), i);
    // The request may have been sent before the capture began.
    const Asked asked = flow.requests.empty()
                            ? Asked{.authority = {}, .method = {}, .path = {}, .agent = {}, .line = line}
                            : std::move(flow.requests.front());
    if (!flow.requests.empty()) flow.requests.pop_front();
    tell(flow, connection, asked, &answered, Protocol::h1);
  }
}

bool PacketFlows::take_http2(const PacketRow& row, Flow& flow, std::string_view connection, uint64_t line) {
  // Frames have a type and a stream each; the fields of all heads of a packet come in one list. A head begins
  // with pseudo-header fields (RFC 9113 §8.3), trailers have none.
  const std::vector<std::string_view> types = row.all(PacketField::h2_type);
  const std::vector<std::string_view> streams = row.all(PacketField::h2_stream);
  const std::vector<std::string_view> names = row.all(PacketField::h2_name);
  const std::vector<std::string_view> values = row.all(PacketField::h2_value);
  if (types.size() != streams.size() || names.size() != values.size()) return false;
  std::vector<uint64_t> with_head;
  for (size_t i = 0; i < types.size(); ++i) {
    const std::optional<uint64_t> stream = number_in(streams[i]);
    if (types[i] == headers_frame && stream) with_head.push_back(*stream);
  }
  std::vector<Head> heads;
  bool in_pseudo = false;
  for (size_t i = 0; i < names.size(); ++i) {
    const bool pseudo = names[i].starts_with(':');
    if (pseudo && (!in_pseudo || names[i] == ":status")) heads.emplace_back();
    in_pseudo = pseudo;
    if (heads.empty()) continue;  // trailers
    Head& head = heads.back();
    if (names[i] == ":authority" || (names[i] == "host" && head.asked.authority.empty()))
      head.asked.authority = values[i];
    if (names[i] == ":method") head.asked.method = values[i];
    if (names[i] == ":path") head.asked.path = values[i];
    if (names[i] == "user-agent") head.asked.agent = values[i];
    if (names[i] == "server") head.answered.server = values[i];
    if (names[i] == "via") head.answered.via = values[i];
    if (names[i] == "content-type") head.answered.content_type = values[i];
    Sighting read;
    if (names[i] == ":status" && fields_.read(LogField::status, values[i], read))
      head.answered.status = read.status;
  }
  if (heads.empty()) return true;
  if (heads.size() != with_head.size()) {
    // Trailers follow their head's frames on the same stream.
    std::vector<uint64_t> distinct;
    for (const uint64_t stream : with_head) {
      if (std::find(distinct.begin(), distinct.end(), stream) == distinct.end()) distinct.push_back(stream);
    }
    with_head = std::move(distinct);
  }
  if (heads.size() != with_head.size()) return false;
  for (size_t i = 0; i < heads.size(); ++i) {
    Head& head = heads[i];
    if (!head.asked.method.empty()) {
      if (flow.streams.size() >= most_open_requests) return false;
      orient(row, flow, true);
      Sighting read;
      fields_.read(LogField::time_seconds, row.one(PacketField::time), read);
      head.asked.time = read.time;
      head.asked.line = line;
      flow.streams[with_head[i]] = std::move(head.asked);
    } else if (head.answered.status >= 200) {
      orient(row, flow, false);
      Asked asked;
      asked.line = line;
      if (const auto found = flow.streams.find(with_head[i]); found != flow.streams.end()) {
        asked = std::move(found->second);
        flow.streams.erase(found);
      }
      tell(flow, connection, asked, &head.answered, Protocol::h2);
    }
  }
  return true;
}

bool PacketFlows::take(const PacketRow& row) {
  const uint64_t line = number_in(row.one(PacketField::number)).value_or(0);
  const bool quic = !row.has(PacketField::tcp_stream) && row.has(PacketField::quic_connection);
  const std::string_view number = row.one(quic ? PacketField::quic_connection : PacketField::tcp_stream);
  if (number.empty()) {
    witness_.aside();  // HTTP over UDP, as SSDP has it
    return true;
  }
  const std::string key = fmt::format("{} {}", quic ? "QUIC connection" : "TCP stream",
                                      number.substr(0, number.find(packet_value_separator)));
  if (flows_.size() >= most_flows && flows_.count(key) == 0) make_room();
  const auto [found, is_new] = flows_.try_emplace(key);
  Flow& flow = found->second;
  if (is_new) flow.line = line;
  connections_ += is_new;
  flow.last = line;
  flow.quic = quic;
  take_handshake(row, flow);
  flow.sealed_data = flow.sealed_data || quic ||
                     contains(row.all(PacketField::record_type), application_data) ||
                     contains(row.all(PacketField::outer_record_type), application_data);
  bool fits = true;
  if (row.has(PacketField::h2_type)) {
    flow.readable = true;
    fits = take_http2(row, flow, key, line);
  }
  if (row.has(PacketField::method) || row.has(PacketField::status)) {
    flow.readable = true;
    take_http1(row, flow, key, line);
  }
  witness_.aside();
  return fits;
}

void PacketFlows::close(const Flow& flow, std::string_view connection) {
  for (const Asked& asked : flow.requests) tell(flow, connection, asked, nullptr, Protocol::h1);
  for (const auto& [stream, asked] : flow.streams) tell(flow, connection, asked, nullptr, Protocol::h2);
  if (flow.readable || !flow.hello_seen || !flow.sealed_data) return;
  const std::string back = endpoint(flow.server, flow.server_port);
  Sighting s;
  s.file = file_;
  s.line = flow.line;
  s.kind = Witnessed::capture;
  s.protocol = flow.quic ? std::optional(Protocol::h3) : std::nullopt;
  s.sni = Fact::logged(flow.sni);
  s.certificate = Fact::if_any(flow.certificate);
  s.client = Fact::if_any(flow.client);
  s.back = Fact::if_any(back);
  witness_.sealed_connection(s);
}

void PacketFlows::make_room() {
  std::vector<std::pair<uint64_t, std::string_view>> by_silence;
  for (const auto& [key, flow] : flows_) by_silence.emplace_back(flow.last, key);
  const auto middle = by_silence.begin() + static_cast<std::ptrdiff_t>(by_silence.size() / 4);
  std::nth_element(by_silence.begin(), middle, by_silence.end());
  std::sort(by_silence.begin(), middle);
  for (auto silent = by_silence.begin(); silent != middle; ++silent) {
    const auto found = flows_.find(std::string(silent->second));
    close(found->second, found->first);
    flows_.erase(found);
  }
}

void PacketFlows::finish() {
  std::multimap<uint64_t, std::string_view> ordered;  // by their first packets
  for (const auto& [key, flow] : flows_) ordered.emplace(flow.line, key);
  for (const auto& [line, key] : ordered) close(flows_.find(std::string(key))->second, key);
}

}  // namespace astray::explain
