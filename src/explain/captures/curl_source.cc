// Sentences as lib/url.c, connect.c, multi.c, http.c, vtls/openssl.c and src/tool_cb_dbg.c of curl 7.88 and 8 print
// them.
#include "explain/captures/curl_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/utf8.h"
#include "explain/captures/response_source.h"
#include "explain/logs/log_field.h"
#include "explain/story/nowhere.h"
#include "names/ip_address.h"
#include "verdict/reason.h"

namespace astray::explain {
namespace {

constexpr size_t most_printed_bytes = size_t{16} << 20;
constexpr size_t most_body_bytes = size_t{64} << 10;

constexpr std::array<std::string_view, 8> openings = {"  Trying ",    "Connected to ", "Host ",  "Hostname ",
                                                      "Added ",       "IPv6: ",        "Re-using existing ", "Connection #"};

enum class Said : uint8_t { nothing, info, sent, received };
struct Line {
  Said said = Said::nothing;
  std::string_view text;
};

std::string_view take_trace_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == nowhere ? std::string_view() : text.substr(end + 1);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// "12:34:56.789012 " of --trace-time and "[0-1] " of --trace-ids.
std::string_view without_stamp(std::string_view line) {
  if (line.size() > 16 && line[2] == ':' && line[5] == ':' && line[8] == '.' && line[15] == ' ' && is_ascii_digit(line[0]))
    line.remove_prefix(16);
  if (line.size() > 5 && line[0] == '[' && (is_ascii_digit(line[1]) || line[1] == 'x')) {
    const size_t end = line.find("] ");
    if (end != nowhere && end < 24) line.remove_prefix(end + 2);
  }
  return line;
}

/// The value between two texts; "" where they are not there.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t begin = text.find(before);
  if (begin == nowhere) return {};
  const std::string_view rest = text.substr(begin + before.size());
  const size_t end = after.empty() ? rest.size() : rest.find(after);
  return end == nowhere ? std::string_view() : rest.substr(0, end);
}

struct Connection {
  size_t number = 0;  ///< from 1, over all runs: curl's own begin at 0 in each
  std::string host;   ///< that curl says it connected to
  std::string peer;
  std::string verified_host;  ///< that the certificate was held against, which is the SNI
  bool elsewhere = false;  ///< --connect-to or a proxy: the host is not the one that is asked for
  bool tls = false;
  bool certificate_shown = false;
  bool certificate_asked = false;
};

struct Transfer {
  bool open = false;
  bool closed = false;  ///< curl has said that it is over
  std::string method, path, protocol, authority, agent;
  int status = 0;
  std::string server, via, content_type, body;
  bool nosniff = false;
  uint64_t line = 0;
  size_t connection = 0;
};

class CurlTrace {
 public:
  CurlTrace(uint32_t file, Witness& witness) : file_(file), witness_(witness) {}

  void take(std::string_view raw, uint64_t number) {
    const Line line = classify(raw);
    switch (line.said) {
      case Said::nothing:
        // Where output went through a pipe, all bodies come last: whose they are is known of a single one.
        if (transfer_.status != 0 && (!transfer_.closed || transfers_ == 1) && transfer_.body.size() < most_body_bytes)
          transfer_.body += std::string(line.text.substr(0, most_body_bytes)) + "\n";
        witness_.aside();
        break;
      case Said::info:
        take_info(line.text);
        witness_.aside();
        break;
      case Said::sent:
        take_sent(line.text, number);
        break;
      case Said::received:
        take_received(line.text, number);
        break;
    }
  }

  /// Tells of the transfer at hand.
  void end_transfer() {
    if (!transfer_.open) return;
    const Transfer transfer = std::exchange(transfer_, {});
    const Connection none;
    const Connection& connection = transfer.connection == 0 ? none : connections_[transfer.connection - 1];
    const std::string name = fmt::format("connection {}", connection.number);
    Sighting s;
    s.file = file_;
    s.line = transfer.line;
    s.kind = Witnessed::capture;
    if (connection.number != 0) s.connection = Fact::logged(name);
    s.protocol = protocol_of(transfer.protocol);
    if (connection.number != 0) s.scheme = connection.tls ? Scheme::https : Scheme::http;
    s.sni = sni_of(connection);
    if (!transfer.authority.empty()) s.authority = Fact::logged(transfer.authority);
    if (!connection.peer.empty()) s.back = Fact::logged(connection.peer);
    if (connection.certificate_shown) s.client_certificate_asked = connection.certificate_asked;
    s.method = Fact::logged(transfer.method);
    s.path = Fact::logged(transfer.path);
    if (!transfer.agent.empty()) s.agent = Fact::logged(transfer.agent);
    s.rung = Fact::logged(to_string(Reason::never_coalesces));
    s.status = transfer.status;
    const std::string_view body = ascii_trim(transfer.body);
    // An empty body and one that went elsewhere look alike.
    s.written_by = hop_of({.status = transfer.status,
                           .body = body,
                           .body_bytes = std::max<size_t>(body.size(), 1),
                           .server = transfer.server,
                           .via = transfer.via,
                           .content_type = transfer.content_type,
                           .nosniff = transfer.nosniff});
    if (!transfer.server.empty()) s.server_field = Fact::logged(transfer.server);
    witness_.request(s);
  }

 private:
  Line classify(std::string_view raw) {
    const std::string_view line = without_stamp(raw);
    if (line.starts_with("== Info: ")) return dump_ = Said::nothing, Line{Said::info, line.substr(9)};
    if (line.starts_with("=> Send header")) return dump_ = Said::sent, Line{};
    if (line.starts_with("<= Recv header")) return dump_ = Said::received, Line{};
    if (line.starts_with("=> ")) return dump_ = Said::info, Line{};  // data of which nothing is read
    if (line.starts_with("<= ")) return dump_ = line.starts_with("<= Recv data") ? Said::nothing : Said::info, Line{};
    // "0040: text" of --trace-ascii.
    if (line.size() >= 6 && line[4] == ':' && line[5] == ' ' &&
        line.substr(0, 4).find_first_not_of("0123456789abcdef") == nowhere)
      return dump_ == Said::info ? Line{} : Line{dump_, line.substr(6)};
    if (line.starts_with("* ")) return {Said::info, line.substr(2)};
    if (line.starts_with("> ")) return {Said::sent, line.substr(2)};
    if (line.starts_with("< ")) return {Said::received, line.substr(2)};
    if (line == ">" || line == "<") return {line == ">" ? Said::sent : Said::received, {}};
    if (line.starts_with("{ [") || line.starts_with("} [")) return {};
    // A body without a line feed, or the progress meter, and then curl's own words.
    for (const std::string_view mark : {std::string_view("* "), std::string_view("== Info: ")}) {
      for (const std::string_view opening : openings) {
        const size_t at = line.find(fmt::format("{}{}", mark, opening));
        if (at != nowhere) return {Said::info, line.substr(at + mark.size())};
      }
    }
    return {Said::nothing, line};
  }

  Connection* current() { return at_ == 0 ? nullptr : &connections_[at_ - 1]; }

  void take_info(std::string_view info) {
    if (info.starts_with("Connecting to hostname: ")) {
      next_elsewhere_ = true;
    } else if (info.starts_with("Connected to ") || info.starts_with("Established connection to ")) {
      end_transfer();
      Connection& connection = connections_.emplace_back();
      at_ = connection.number = connections_.size();
      connection.host = between(info, " to ", " (");
      const std::string_view address = between(info, " (", ")");  // "(192.0.2.1)", "(192.0.2.1 port 443)"
      const std::string_view port = between(info, " port ", "");
      connection.peer = fmt::format("{}:{}", address.substr(0, address.find(' ')), port.substr(0, port.find_first_not_of("0123456789")));
      connection.elsewhere = std::exchange(next_elsewhere_, false);
    } else if (info.starts_with("Re-using existing ")) {
      end_transfer();
      const std::string_view host = between(info, "with host ", "");
      const auto found = std::find_if(connections_.rbegin(), connections_.rend(), [&](const Connection& c) { return c.host == host; });
      at_ = found == connections_.rend() ? 0 : found->number;
    } else if (info.starts_with("Connection #") || info.starts_with("Closing connection") || info.starts_with("closing connection")) {
      transfer_.closed = true;
    } else if (Connection* const connection = current(); connection != nullptr) {
      if (info.starts_with("ALPN") || info.starts_with("SSL connection using") || info.starts_with("TLSv1")) connection->tls = true;
      if (info.find("Request CERT") != nowhere) connection->certificate_asked = true;
      if (info.find("(IN), TLS handshake, Certificate (11)") != nowhere) connection->certificate_shown = true;
      if (info.starts_with(" subjectAltName: host \"")) connection->verified_host = between(info, "host \"", "\"");
      if (info.find("roxy tunnel to ") != nowhere || info.starts_with("allocate connect buffer") ||
          info.starts_with("CONNECT "))
        connection->elsewhere = true;
    }
  }

  void take_sent(std::string_view text, uint64_t number) {
    const size_t first = text.find(' ');
    const size_t last = text.rfind(' ');
    if (first != nowhere && last > first && text.substr(last + 1).starts_with("HTTP/") && text.substr(0, first).find(':') == nowhere) {
      end_transfer();
      transfer_.open = true;
      ++transfers_;
      transfer_.line = number;
      transfer_.connection = at_;
      transfer_.method = text.substr(0, first);
      transfer_.path = text.substr(first + 1, last - first - 1);
      transfer_.protocol = text.substr(last + 1);
      return;
    }
    const size_t colon = text.find(':');
    if (colon == nowhere) return;
    if (ascii_iequals(text.substr(0, colon), "host")) transfer_.authority = ascii_trim(text.substr(colon + 1));
    if (ascii_iequals(text.substr(0, colon), "user-agent")) transfer_.agent = ascii_trim(text.substr(colon + 1));
  }

  void take_received(std::string_view text, uint64_t number) {
    // Of FTP or SMTP, which have requests of another kind.
    if (!transfer_.open && is_other_protocols_421(text)) {
      Sighting s;
      s.file = file_;
      s.line = number;
      s.kind = Witnessed::other_protocol;
      s.status = 421;
      witness_.request(s);
      return;
    }
    if (text.starts_with("HTTP/")) {
      Sighting read;
      FieldReader().read(LogField::status, text.substr(std::min(text.find(' '), text.size() - 1) + 1, 3), read);
      transfer_.status = read.status;
      return;
    }
    const size_t colon = text.find(':');
    if (colon == nowhere) return;
    const std::string name = ascii_lower(text.substr(0, colon));
    const std::string_view value = ascii_trim(text.substr(colon + 1));
    if (name == "server") transfer_.server = value;
    if (name == "via") transfer_.via = value;
    if (name == "content-type") transfer_.content_type = value;
    if (name == "x-content-type-options") transfer_.nosniff = ascii_iequals(value, "nosniff");
  }

  static Fact sni_of(const Connection& connection) {
    const std::string_view host = !connection.verified_host.empty() ? std::string_view(connection.verified_host)
                                  : connection.elsewhere            ? std::string_view()
                                                                    : std::string_view(connection.host);
    if (!connection.tls || host.empty()) return {};
    return IpAddress::parse(host) ? Fact{{}, Fact::State::none} : Fact::logged(host);
  }

  uint32_t file_;
  Witness& witness_;
  std::vector<Connection> connections_;
  size_t at_ = 0;  ///< number of the connection in use; 0: not told
  bool next_elsewhere_ = false;
  Transfer transfer_;
  uint64_t transfers_ = 0;
  Said dump_ = Said::nothing;
};

}  // namespace

bool is_curl_trace(std::string_view head) {
  while (!head.empty()) {
    const std::string_view line = without_stamp(take_trace_line(head));
    if (line.starts_with("== Info: ") || line.starts_with("  % Total    % Received")) return true;
    if (!line.starts_with("* ")) continue;
    if (std::any_of(openings.begin(), openings.end(), [&](std::string_view each) { return line.substr(2).starts_with(each); })) return true;
  }
  return false;
}

Result<SourceSummary> read_curl_trace(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  std::string text;
  std::optional<Error> error;
  std::string chunk(size_t{64} << 10, '\0');
  bool more = true;
  while (more && text.size() < most_printed_bytes) {
    const Result<size_t> got = bytes.read(chunk.data(), std::min(chunk.size(), most_printed_bytes - text.size()));
    if (!got) error = got.error();
    more = got && *got > 0;
    if (more) text.append(chunk, 0, *got);
  }
  if (std::string repaired = well_formed_utf8(text); repaired != text) {
    text = std::move(repaired);
    witness.trouble(Trouble::bad_utf8, options.file, 1);
  }
  SourceSummary summary{.format = "trace of curl", .server = LogServer::unknown, .bytes = text.size(), .lines = 0};
  CurlTrace trace(options.file, witness);
  std::string_view rest = text;
  while (!rest.empty()) trace.take(take_trace_line(rest), ++summary.lines);
  trace.end_transfer();
  if (more && !error) witness.trouble(Trouble::truncated, options.file, summary.lines);
  if (error) return tl::unexpected(*error);
  return summary;
}

}  // namespace astray::explain
