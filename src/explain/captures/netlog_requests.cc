#include "explain/captures/netlog_requests.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "explain/logs/log_field.h"
#include "explain/story/canonical_name.h"
#include "explain/story/nowhere.h"
#include "names/ip_address.h"
#include "tls/certificate_file.h"
#include "verdict/reason.h"

namespace astray::explain {
namespace {

constexpr size_t most_streams = 4096;

/// The host of "pm/ssl/https://a.example:8443 <null>", as Chrome names the pool's groups.
std::string_view host_of_group(std::string_view group) {
  const size_t scheme = group.find("https://");
  if (scheme == nowhere) return {};
  const std::string_view rest = group.substr(scheme + 8);
  return rest.substr(0, rest.find_first_of(" /<"));
}

std::string names_of(std::string_view pem) {
  const CertificateResult certificate = read_certificate_bytes(pem, "NetLog");
  std::string text;
  if (!certificate) return text;
  for (const CertificateName& name : (*certificate)->names) text += (text.empty() ? "" : ",") + name.text();
  return text;
}

/// ":status: 421" or "HTTP/1.1 421 Misdirected Request", as Chrome writes all versions.
int status_of(const std::vector<std::string_view>& headers) {
  for (std::string_view header : headers) {
    if (header.starts_with(":status:")) {
      header = ascii_trim(header.substr(8));
    } else if (header.starts_with("HTTP/")) {
      header = header.substr(std::min(header.find(' '), header.size() - 1) + 1);
    } else {
      continue;
    }
    Sighting read;
    FieldReader().read(LogField::status, header.substr(0, 3), read);
    return read.status;
  }
  return 0;
}

/// SNI carries no addresses (RFC 6066 §3), and Chrome sends none for them.
Fact sni_of(std::string_view host, std::string& buffer) {
  if (host.empty()) return {};
  const std::string_view name = canonical_name(host, buffer);
  const bool is_address = name.front() == '[' || IpAddress::parse(name).has_value();
  return is_address ? Fact{{}, Fact::State::none} : Fact::logged(name);
}

/// Fields of a response, that may say who wrote it.
AnswerSigns signs_of(int status, const std::vector<std::string_view>& headers) {
  AnswerSigns signs;
  signs.status = status;
  signs.body_bytes = 1;  // not known: not empty, so far as signs go
  for (const std::string_view header : headers) {
    const size_t colon = header.find(':', 1);
    if (colon == nowhere) continue;
    const std::string name = ascii_lower(header.substr(0, colon));
    const std::string_view value = ascii_trim(header.substr(colon + 1));
    if (name == "server") signs.server = value;
    if (name == "via") signs.via = value;
    if (name == "content-type") signs.content_type = value;
    if (name == "content-length" && value == "0") signs.body_bytes = 0;
  }
  return signs;
}

std::string list_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ",").append(name);
  return text;
}

/// Why a request was put on a connection that was opened for `host`. `mapped_before`: the pool had the authority's name on it.
std::string_view rung_of(std::string_view host, std::string_view authority, bool mapped_before) {
  std::string left;
  std::string right;
  if (canonical_name(host, left) == canonical_name(authority, right)) return to_string(Reason::same_origin);
  return to_string(mapped_before ? Reason::pooled_alias : Reason::coalesced);
}

}  // namespace

template <typename Map>
typename Map::mapped_type* NetLogRequests::make(Map& map, uint64_t id) {
  const auto found = map.find(id);
  if (found != map.end()) return &found->second;
  return map.size() >= most_sources ? nullptr : &map[id];
}

NetLogRequests::Asked NetLogRequests::read_asked(const NetLogRecord& record, uint64_t line) const {
  Asked asked{.authority = {}, .method = {}, .path = {}, .agent = {}, .time = record.time, .line = line};
  const std::string_view start = record.line;
  if (!start.empty()) {
    const size_t blank = start.find(' ');
    asked.method = start.substr(0, blank);
    if (blank != nowhere) asked.path = start.substr(blank + 1, start.find(' ', blank + 1) - blank - 1);
  }
  for (const std::string_view header : record.headers) {
    const size_t colon = header.find(':', 1);
    if (colon == nowhere) continue;
    const std::string name = ascii_lower(header.substr(0, colon));
    const std::string_view value = ascii_trim(header.substr(colon + 1));
    if (name == ":authority" || name == "host") asked.authority = value;
    if (name == ":method") asked.method = value;
    if (name == ":path") asked.path = value;
    if (name == ":scheme") asked.scheme = value == "http" ? Scheme::http : Scheme::https;
    if (name == "user-agent") asked.agent = value;
  }
  return asked;
}

void NetLogRequests::answer(const Asked& asked, const std::string& host, uint64_t socket_id, std::string_view connection,
                            Protocol protocol, const NetLogRecord* response) {
  const auto found = sockets_.find(socket_id);
  const Socket none;
  const Socket& socket = found == sockets_.end() ? none : found->second;
  std::string buffer;
  const std::string exchange = std::to_string(asked.exchange);
  Sighting s;
  s.file = file_;
  s.line = asked.line;
  s.kind = Witnessed::capture;
  s.time = asked.time;
  s.connection = Fact::if_any(connection);
  if (const size_t colon = socket.local.rfind(':'); colon != nowhere) {
    s.client = Fact::logged(std::string_view(socket.local).substr(0, colon));
    s.client_port = Fact::logged(std::string_view(socket.local).substr(colon + 1));
  }
  s.back = Fact::if_any(socket.remote);
  s.certificate = Fact::if_any(socket.certificate);
  s.client_certificate_asked = socket.client_certificate_asked;
  s.protocol = protocol;
  s.scheme = asked.scheme;
  s.sni = sni_of(host, buffer);
  s.authority = Fact::if_any(asked.authority);
  s.method = Fact::if_any(asked.method);
  s.path = Fact::if_any(asked.path);
  s.agent = Fact::if_any(asked.agent);
  s.rung = Fact::if_any(asked.rung);
  if (asked.exchange != 0) s.exchange = Fact::logged(exchange);
  if (response != nullptr) {
    s.status = status_of(response->headers);
    const AnswerSigns signs = signs_of(s.status, response->headers);
    s.written_by = hop_of(signs);
    s.server_field = Fact::if_any(signs.server);
  }
  witness_.request(s);
}

void NetLogRequests::answer_request(Request& request, const NetLogRecord* response) {
  request.pending = false;
  if (request.protocol == Protocol::h3) {
    const auto session = sessions_.find(request.quic_session);
    const std::string host = session == sessions_.end() ? std::string() : session->second.host;
    const auto how = jobs_.find(request.job);
    if (!host.empty() && how != jobs_.end())
      request.asked.rung = rung_of(host, request.asked.authority, how->second.how == NetLogEvent::quic_found_session);
    answer(request.asked, host, request.quic_session,
           request.quic_session == 0 ? std::string() : fmt::format("QUIC session {}", request.quic_session), Protocol::h3, response);
    return;
  }
  const auto job = jobs_.find(request.job);
  const uint64_t socket = job == jobs_.end() ? 0 : job->second.socket;
  const auto found = sockets_.find(socket);
  if (found != sockets_.end()) request.asked.scheme = found->second.host.empty() ? Scheme::http : Scheme::https;
  answer(request.asked, found == sockets_.end() ? std::string() : found->second.host, socket,
         socket == 0 ? std::string() : fmt::format("socket {}", socket), Protocol::h1, response);
}

void NetLogRequests::send_on_session(const NetLogRecord& record, uint64_t line) {
  Session* const session = make(sessions_, record.source);
  if (session == nullptr || !record.stream || session->streams.size() >= most_streams) return;
  Asked asked = read_asked(record, line);
  // The stream was made for a job, and the job for a URL request; old versions refer to the latter at once.
  if (const auto job = jobs_.find(record.dependency); job != jobs_.end()) {
    asked.exchange = job->second.request;
    if (job->second.session == record.source && !session->host.empty())
      asked.rung = rung_of(session->host, asked.authority, job->second.how == NetLogEvent::found_session);
  } else if (requests_.contains(record.dependency)) {
    asked.exchange = record.dependency;
  }
  session->streams[*record.stream] = std::move(asked);
}

void NetLogRequests::end_session(Session& session, uint64_t id) {
  for (const auto& [stream, asked] : session.streams)
    answer(asked, session.host, session.socket, fmt::format("HTTP/2 session {}", id), Protocol::h2, nullptr);
  session.streams.clear();
}

void NetLogRequests::take_request_event(const NetLogRecord& record, uint64_t line) {
  Request* const request = make(requests_, record.source);
  if (request == nullptr) return;
  switch (record.event) {
    case NetLogEvent::bound_to_job:
      request->job = record.dependency;
      if (Job* const job = make(jobs_, record.dependency)) job->request = record.source;
      break;
    case NetLogEvent::bound_to_quic_session:
      request->quic_session = record.dependency;
      break;
    case NetLogEvent::send_headers_h1:
    case NetLogEvent::send_headers_h3:
      request->protocol = record.event == NetLogEvent::send_headers_h1 ? Protocol::h1 : Protocol::h3;
      request->asked = read_asked(record, line);
      request->asked.exchange = record.source;
      request->pending = true;
      break;
    case NetLogEvent::send_headers_h2:
      request->protocol = Protocol::h2;  // its session tells
      request->pending = false;
      break;
    case NetLogEvent::read_response_headers:
      if (request->pending && status_of(record.headers) >= 200) answer_request(*request, &record);
      break;
    default:  // request_alive
      if (record.phase != NetLogPhase::end) break;
      if (request->pending) answer_request(*request, nullptr);
      jobs_.erase(request->job);
      requests_.erase(record.source);
      break;
  }
}

void NetLogRequests::take_socket_event(const NetLogRecord& record) {
  Socket* const socket = make(sockets_, record.source);
  if (socket == nullptr) return;
  switch (record.event) {
    case NetLogEvent::tcp_connect:
      if (!record.local.empty()) socket->local = record.local;
      if (!record.remote.empty()) socket->remote = record.remote;
      break;
    case NetLogEvent::ssl_connect:
      // A resumed handshake shows no certificate and asks for none.
      if (record.phase == NetLogPhase::end && !socket->client_certificate_asked && !socket->certificate.empty())
        socket->client_certificate_asked = false;
      break;
    case NetLogEvent::certificates_received:
      if (!record.certificate.empty()) socket->certificate = names_of(record.certificate);
      break;
    default:
      socket->client_certificate_asked = true;
      break;
  }
}

void NetLogRequests::take_quic_event(const NetLogRecord& record) {
  Socket* const socket = make(sockets_, record.source);
  if (socket == nullptr) return;
  if (socket->local.empty()) socket->local = record.local;
  if (socket->remote.empty()) socket->remote = record.remote;
  if (socket->certificate.empty()) socket->certificate = list_of(record.subjects);
}

void NetLogRequests::take(const NetLogRecord& record, uint64_t line) {
  switch (record.event) {
    case NetLogEvent::other:
      witness_.aside();
      break;
    case NetLogEvent::request_alive:
    case NetLogEvent::bound_to_job:
    case NetLogEvent::bound_to_quic_session:
    case NetLogEvent::send_headers_h1:
    case NetLogEvent::send_headers_h2:
    case NetLogEvent::send_headers_h3:
    case NetLogEvent::read_response_headers:
      take_request_event(record, line);
      break;
    case NetLogEvent::found_session:
    case NetLogEvent::found_session_by_address:
    case NetLogEvent::session_available:
    case NetLogEvent::quic_found_session:
      if (Job* const job = make(jobs_, record.source)) {
        job->session = record.dependency;
        job->how = record.event;
      }
      break;
    case NetLogEvent::job_got_socket:
      if (Job* const job = make(jobs_, record.source)) job->socket = record.dependency;
      break;
    case NetLogEvent::connect_job_created:
      if (const std::string_view host = host_of_group(record.group); !host.empty()) {
        if (std::string* const known = make(connect_hosts_, record.source)) *known = host;
      }
      break;
    case NetLogEvent::connect_job_set_socket:
      if (const auto host = connect_hosts_.find(record.source); host != connect_hosts_.end()) {
        if (Socket* const socket = make(sockets_, record.dependency)) socket->host = host->second;
      }
      break;
    case NetLogEvent::session:
    case NetLogEvent::quic_session:
      if (Session* const session = make(sessions_, record.source)) {
        if (!record.host.empty()) session->host = record.host;
        if (record.phase != NetLogPhase::end) break;
        end_session(*session, record.source);
        sessions_.erase(record.source);
        if (record.event == NetLogEvent::quic_session) sockets_.erase(record.source);
      }
      break;
    case NetLogEvent::session_initialized:
      if (Session* const session = make(sessions_, record.source)) session->socket = record.dependency;
      break;
    case NetLogEvent::session_send_headers:
      send_on_session(record, line);
      break;
    case NetLogEvent::session_receive_headers: {
      const auto session = sessions_.find(record.source);
      if (session == sessions_.end() || !record.stream) break;
      const auto asked = session->second.streams.find(*record.stream);
      if (asked == session->second.streams.end() || status_of(record.headers) < 200) break;  // trailers, 1xx
      answer(asked->second, session->second.host, session->second.socket, fmt::format("HTTP/2 session {}", record.source),
             Protocol::h2, &record);
      session->second.streams.erase(asked);
      break;
    }
    case NetLogEvent::socket_alive:
      if (record.phase == NetLogPhase::end) sockets_.erase(record.source);
      break;
    case NetLogEvent::quic_packet_received:
    case NetLogEvent::quic_certificate_verified:
      take_quic_event(record);
      break;
    case NetLogEvent::tcp_connect:
    case NetLogEvent::ssl_connect:
    case NetLogEvent::certificates_received:
    case NetLogEvent::client_certificate_asked:
      take_socket_event(record);
      break;
  }
}

void NetLogRequests::finish() {
  // In the order of their numbers, so that one file tells one story.
  const std::map<uint64_t, Session*> sessions = [this] {
    std::map<uint64_t, Session*> ordered;
    for (auto& [id, session] : sessions_) ordered[id] = &session;
    return ordered;
  }();
  for (const auto& [id, session] : sessions) end_session(*session, id);
  std::map<uint64_t, Request*> requests;
  for (auto& [id, request] : requests_) requests[id] = &request;
  for (const auto& [id, request] : requests) {
    if (request->pending) answer_request(*request, nullptr);
  }
}

}  // namespace astray::explain
