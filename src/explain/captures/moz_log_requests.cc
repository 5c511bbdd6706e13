// Lines as netwerk/protocol/http (nsHttpTransaction, nsHttpConnection, nsHttpConnectionMgr, TlsHandshaker),
// netwerk/base/nsSocketTransport2.cpp and security/manager/ssl write them at level 5; Firefox 153 was heard.
#include "explain/captures/moz_log_requests.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "explain/logs/log_field.h"
#include "explain/story/canonical_name.h"
#include "explain/story/nowhere.h"
#include "names/ip_address.h"
#include "verdict/reason.h"

namespace astray::explain {
namespace {

template <typename Map>
typename Map::mapped_type* make_entry(Map& map, const std::string& key) {
  const auto found = map.find(key);
  if (found != map.end()) return &found->second;
  return map.size() >= MozLogRequests::most_objects ? nullptr : &map[key];
}

/// Two processes may have objects at one address.
std::string object_key(std::string_view process, std::string_view address) {
  return fmt::format("{} {}", process, address);
}

/// "" where `before` is not there.
std::string_view text_after(std::string_view text, std::string_view before) {
  const size_t at = text.find(before);
  return at == nowhere ? std::string_view() : text.substr(at + before.size());
}

/// Microseconds since 1970-01-01T00:00:00Z of "2026-11-29 06:23:40.593061 UTC".
std::optional<int64_t> read_stamp(std::string_view stamp, TimeReader& times) {
  if (stamp.empty()) return std::nullopt;
  return times.read(fmt::format("{}T{}Z", stamp.substr(0, 10), stamp.substr(11, 15)));
}

/// SNI carries no addresses (RFC 6066 §3).
Fact sni_for(std::string_view host) {
  if (host.empty()) return {};
  return IpAddress::parse(host) ? Fact{{}, Fact::State::none} : Fact::logged(host);
}

}  // namespace

MozLogRequests::Connection* MozLogRequests::connection(const std::string& key) {
  Connection* const made = make_entry(connections_, key);
  if (made != nullptr && made->number == 0) made->number = ++connections_made_;
  return made;
}

void MozLogRequests::answer(Transaction& transaction, const Thread* response) {
  transaction.pending = false;
  const auto found = connections_.find(transaction.connection);
  const Connection none;
  const Connection& connection = found == connections_.end() ? none : found->second;
  const std::string name = fmt::format("connection {}", connection.number);
  const std::string exchange = std::to_string(transaction.number);
  const auto peer = peers_.find(connection.origin);
  Sighting s;
  s.file = file_;
  s.line = transaction.line;
  s.kind = Witnessed::capture;
  s.time = transaction.time;
  if (connection.number != 0) s.connection = Fact::logged(name);
  s.exchange = Fact::logged(exchange);
  s.protocol = transaction.protocol;
  if (connection.tls) s.scheme = Scheme::https;
  if (connection.tls) s.sni = sni_for(connection.host);
  s.authority = Fact::if_any(transaction.authority);
  s.method = Fact::if_any(transaction.method);
  s.path = Fact::if_any(transaction.path);
  s.agent = Fact::if_any(transaction.agent);
  s.rung = Fact::if_any(transaction.rung);
  if (peer != peers_.end()) s.back = Fact::logged(peer->second);
  // A resumed handshake shows no certificate and asks for none.
  if (connection.client_certificate_asked || connection.certificate_shown)
    s.client_certificate_asked = connection.client_certificate_asked;
  if (response != nullptr) {
    s.status = response->status;
    if (response->protocol) s.protocol = response->protocol;
    s.written_by = hop_of({.status = response->status,
                           .body_bytes = 1,  // not known: not empty, so far as signs go
                           .server = response->server,
                           .via = response->via,
                           .content_type = response->content_type});
    s.server_field = Fact::if_any(response->server);
  }
  witness_.request(s);
}

void MozLogRequests::take_request_line(Thread& thread, std::string_view text) {
  const auto found = transactions_.find(thread.transaction);
  if (found == transactions_.end()) return;
  Transaction& transaction = found->second;
  if (!thread.start_line_read) {
    thread.start_line_read = true;
    const size_t blank = text.find(' ');
    transaction.method = text.substr(0, blank);
    if (blank != nowhere) transaction.path = text.substr(blank + 1, text.find(' ', blank + 1) - blank - 1);
    return;
  }
  const size_t colon = text.find(':');
  if (colon == nowhere) return;
  const std::string_view name = text.substr(0, colon);
  if (ascii_iequals(name, "host")) transaction.authority = ascii_trim(text.substr(colon + 1));
  if (ascii_iequals(name, "user-agent")) transaction.agent = ascii_trim(text.substr(colon + 1));
}

void MozLogRequests::take_response_line(Thread& thread, std::string_view text) {
  if (!thread.start_line_read) {
    thread.start_line_read = true;
    const size_t blank = text.find(' ');
    thread.protocol = protocol_of(text.substr(0, blank));
    Sighting read;
    if (blank != nowhere) FieldReader().read(LogField::status, text.substr(blank + 1, 3), read);
    thread.status = read.status;
    return;
  }
  const size_t colon = text.find(':');
  if (colon == nowhere) return;
  const std::string name = ascii_lower(text.substr(0, colon));
  const std::string_view value = ascii_trim(text.substr(colon + 1));
  if (name == "server") thread.server = value;
  if (name == "via") thread.via = value;
  if (name == "content-type") thread.content_type = value;
}

bool MozLogRequests::begins_head(Thread& thread, const MozLogLine& line, std::string_view process,
                                 uint64_t number) {
  if (line.text == "http request [") {
    // The transaction's first request; later ones of a kept connection have others.
    thread.head = Thread::Head::request;
    thread.start_line_read = false;
    if (const auto found = transactions_.find(thread.transaction); found != transactions_.end())
      found->second.line = number;
    return true;
  }
  if (line.text == "http response [") {
    thread.head = Thread::Head::response;
    thread.start_line_read = false;
    thread.status = 0;
    thread.protocol.reset();
    thread.server.clear();
    thread.via.clear();
    thread.content_type.clear();
    return true;
  }
  if (line.text.starts_with("nsHttpTransaction::Init [this=")) {
    thread.transaction = object_key(process, moz_log_value(line.text, "this="));
    if (Transaction* const made = make_entry(transactions_, thread.transaction)) {
      if (made->pending) answer(*made, nullptr);
      *made = Transaction();
      made->number = ++transactions_made_;
      made->line = number;
    }
    return true;
  }
  if (line.text.starts_with("nsHttpTransaction::ProcessData [this=")) {
    thread.transaction = object_key(process, moz_log_value(line.text, "this="));
    return true;
  }
  return false;
}

void MozLogRequests::take_dispatch(std::string_view text, std::string_view process,
                                   std::optional<int64_t> time) {
  const auto found = transactions_.find(object_key(process, moz_log_value(text, "trans=")));
  if (found == transactions_.end()) return;  // made before the log began, or one that only opens a connection
  Transaction& transaction = found->second;
  transaction.connection = object_key(process, moz_log_value(text, "conn="));
  transaction.pending = true;
  transaction.time = time;
  const std::string_view h2 = moz_log_value(text, "isHttp2=");
  const std::string_view h3 = moz_log_value(text, "isHttp3=");
  transaction.protocol.reset();
  if (h2 == "1" || moz_log_value(text, "isSpdy=") == "1") transaction.protocol = Protocol::h2;
  if (h3 == "1") transaction.protocol = Protocol::h3;
  Connection* const on = connection(transaction.connection);
  const MozLogOrigin asked = moz_log_origin(text_after(text, "ent-ci="));
  if (on == nullptr) return;
  if (on->origin.empty() && !asked.host.empty()) {
    // HTTP/3, and connections whose making was not heard: the first one to use it.
    on->host = asked.host;
    on->origin = asked.host_and_port;
    on->tls = asked.tls;
  }
  transaction.rung = asked.host.empty()                  ? std::string_view()
                     : on->origin == asked.host_and_port ? to_string(Reason::same_origin)
                                                         : to_string(Reason::coalesced);
}

void MozLogRequests::take_connection_line(Thread& thread, const MozLogLine& line, std::string_view process) {
  const std::string_view text = line.text;
  constexpr std::string_view destroying = "Destroying nsHttpConnection @";
  if (text.starts_with(destroying)) {
    connections_.erase(object_key(process, text.substr(destroying.size())));
  } else if (text.starts_with("nsHttpConnection::Init this=") ||
             text.starts_with("HttpConnectionUDP::Init this=")) {
    const std::string key = object_key(process, moz_log_value(text, "this="));
    connections_.erase(key);
    connection(key);
  } else if (const size_t setup = text.find("::SetupSSL "); setup != nowhere) {
    // "TlsHandshaker::SetupSSL 7fe1d0785d00 caps=0x1 KEY"; once nsHttpConnection's own.
    const std::string_view rest = text.substr(setup + 11);
    const MozLogOrigin own = moz_log_origin(text_after(text_after(rest, " caps="), " "));
    if (own.host.empty()) return;
    if (Connection* const made = connection(object_key(process, rest.substr(0, rest.find(' '))))) {
      made->host = own.host;
      made->origin = own.host_and_port;
      made->tls = own.tls;
    }
  } else if (text.find("drive TLS handshake") != nowhere) {
    thread.handshaking = object_key(process, moz_log_value(text, "mOwner="));
  } else if (text.find("::ClientAuthCertificateRequested ") != nowhere) {
    if (Connection* const made = connection(object_key(process, moz_log_value(text, "mOwner="))))
      made->client_certificate_asked = true;
  }
}

void MozLogRequests::take_transport_line(Thread& thread, std::string_view text) {
  constexpr std::string_view trying = "  trying address: ";
  if (text.starts_with("nsSocketTransport::Init [this=")) {
    if (std::string* const origin = make_entry(socket_origins_, std::string(moz_log_value(text, "this="))))
      *origin = moz_log_value(text, "host=");
  } else if (text.starts_with("nsSocketTransport::InitiateSocket [this=")) {
    const auto origin = socket_origins_.find(std::string(moz_log_value(text, "this=")));
    thread.socket_origin = origin == socket_origins_.end() ? std::string() : origin->second;
  } else if (text.starts_with(trying) && !thread.socket_origin.empty()) {
    const size_t colon = thread.socket_origin.rfind(':');
    const std::string_view port =
        colon == nowhere ? std::string_view() : std::string_view(thread.socket_origin).substr(colon);
    if (std::string* const peer = make_entry(peers_, thread.socket_origin)) {
      const std::string_view address = text.substr(trying.size());
      *peer = address.find(':') == nowhere ? fmt::format("{}{}", address, port)
                                           : fmt::format("[{}]{}", address, port);
    }
  }
}

bool MozLogRequests::end_head(Thread& thread) {
  const bool is_answer = thread.head == Thread::Head::response && thread.status >= 200;
  const bool is_switch = thread.head == Thread::Head::response && thread.status == 101;
  thread.head = Thread::Head::none;
  const auto found = transactions_.find(thread.transaction);
  if ((!is_answer && !is_switch) || found == transactions_.end()) return false;
  answer(found->second, &thread);
  return true;
}

void MozLogRequests::end_transaction(const std::string& key) {
  const auto found = transactions_.find(key);
  if (found == transactions_.end()) return;
  if (found->second.pending) answer(found->second, nullptr);
  transactions_.erase(found);
}

bool MozLogRequests::take_http_line(Thread& thread, const MozLogLine& line, std::string_view process,
                                    uint64_t number) {
  constexpr std::string_view destroying = "Destroying nsHttpTransaction @";
  if (thread.head != Thread::Head::none && line.text == "]") return end_head(thread);
  if (thread.head != Thread::Head::none && line.text.starts_with("  ")) {
    const std::string_view text = ascii_trim(line.text);
    if (thread.head == Thread::Head::request) take_request_line(thread, text);
    if (thread.head == Thread::Head::response) take_response_line(thread, text);
  } else if (begins_head(thread, line, process, number)) {
    return false;
  } else if (line.text.starts_with("nsHttpConnectionMgr::DispatchTransaction [")) {
    take_dispatch(line.text, process, read_stamp(line.stamp, times_));
  } else if (line.text.starts_with(destroying)) {
    end_transaction(object_key(process, line.text.substr(destroying.size())));
  } else {
    take_connection_line(thread, line, process);
  }
  return false;
}

void MozLogRequests::take(const MozLogLine& line, uint64_t number) {
  Thread* const thread = make_entry(threads_, std::string(line.thread));
  const std::string_view process = line.thread.substr(0, line.thread.find(':'));
  bool told = false;
  if (thread == nullptr) {
    // More threads than any browser has.
  } else if (line.module == "nsSocketTransport") {
    take_transport_line(*thread, line.text);
  } else if (line.module == "nsHttp") {
    told = take_http_line(*thread, line, process, number);
  } else if (line.module == "pipnss" && line.text.ends_with("starting AuthCertificateHook")) {
    // It names the socket and not the connection; the handshake that this thread drives is meant.
    if (const auto made = connections_.find(thread->handshaking); made != connections_.end())
      made->second.certificate_shown = true;
  }
  if (!told) witness_.aside();
}

void MozLogRequests::finish() {
  std::map<uint64_t, Transaction*> ordered;  // so that one file tells one story
  for (auto& [key, transaction] : transactions_) {
    if (transaction.pending) ordered[transaction.number] = &transaction;
  }
  for (const auto& [number, transaction] : ordered) answer(*transaction, nullptr);
}

}  // namespace astray::explain
