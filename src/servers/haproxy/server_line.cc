#include "servers/haproxy/server_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace astray::haproxy {
namespace {

constexpr Version has_sni_auto{3, 3, 0};  // CHANGELOG: sni-auto, on by default

bool is_flag(std::string_view word) {
  constexpr std::string_view flags[] = {
      "allow-0rtt", "backup", "check", "check-send-proxy", "check-ssl", "check-via-socks4", "disabled", "enabled",
      "force-sslv3", "force-tlsv10", "force-tlsv11", "force-tlsv12", "force-tlsv13", "no-agent-check", "no-backup",
      "no-check", "no-check-ssl", "no-send-proxy", "no-send-proxy-v2", "no-send-proxy-v2-ssl",
      "no-send-proxy-v2-ssl-cn", "no-ssl", "no-ssl-reuse", "no-sslv3", "no-tls-tickets", "no-tlsv10", "no-tlsv11",
      "no-tlsv12", "no-tlsv13", "no-verifyhost", "send-proxy", "send-proxy-v2", "send-proxy-v2-ssl",
      "send-proxy-v2-ssl-cn", "ssl", "ssl-reuse", "stick", "non-stick", "tls-tickets", "tfo", "sni-auto", "no-sni-auto",
      "check-sni-auto", "no-check-sni-auto", "agent-check", "track-only"};
  return std::find(std::begin(flags), std::end(flags), word) != std::end(flags);
}

bool take_flag(const Line& line, size_t at, ServerLine& server) {
  const std::string_view word = line.word(at);
  if (word == "ssl" || word == "no-ssl")
    server.ssl = word == "ssl";
  else if (word == "disabled" || word == "enabled")
    server.disabled = word == "disabled";
  else if (word == "no-ssl-reuse" || word == "ssl-reuse")
    server.session_reuse = {word == "ssl-reuse", line.span(at), Provenance::set};
  else if (word == "no-verifyhost")
    server.verify_host = {"", line.span(at), Provenance::set};
  else if (word == "sni-auto" || word == "no-sni-auto") {
    server.sni_auto = word == "sni-auto";
    server.sni_auto_span = line.span(at);
  }
  return is_flag(word);
}

void take_value(const Line& line, size_t at, ServerLine& server, Reading& reading) {
  const std::string_view word = line.word(at);
  const std::string_view value = line.word(at + 1);
  const SourceSpan span = line.span(at);
  const bool is_known = at + 1 < line.words.size() && line.words[at + 1].known();
  const Provenance provenance = is_known ? Provenance::set : Provenance::unknowable;
  if (word == "sni") {
    server.sni = is_known ? read_expression(value, line.span(at + 1), reading) : Expression{};
    server.sni_span = span;
  } else if (word == "pool-conn-name") {
    server.pool_name = std::string(value);
    server.pool_name_span = span;
  } else if (word == "verify") {
    server.verify = {value == "required", span, provenance};
  } else if (word == "verifyhost") {
    server.verify_host = {std::string(value), span, provenance};
  } else if (word == "ca-file") {
    server.ca_file = {std::string(value), span, provenance};
  } else if (word == "pool-max-conn") {
    int most = 0;
    std::from_chars(value.data(), value.data() + value.size(), most);
    server.keepalive = {most, span, provenance};
  } else if (word == "alpn" || word == "proto") {
    server.speaks_h2 = value.find("h2") != std::string_view::npos;
  }
}

void take_address(const Line& line, size_t at, ServerLine& server, Reading& reading) {
  const Word& word = line.words[at];
  BackAddress& address = server.address;
  address.span = line.span(at);
  address.host = word.text;
  std::string_view text = word.text;
  if (!word.known()) {
    server.address_known = false;
    reading.problems.warning(address.span, fmt::format("the environment variable {} decides the address and is not "
                                                       "known", word.unknown_for));
    return;
  }
  for (const std::string_view prefix : {"ipv4@", "ipv6@", "tcp4@", "tcp6@", "tcp@", "quic4@", "quic6@"})
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  if (text.starts_with('/') || text.starts_with("unix@") || text.starts_with("abns@")) {
    if (text.starts_with("unix@")) text.remove_prefix(5);
    address.host = fmt::format("unix:{}", text);
    return;
  }
  // "[::1]:443", "::1:443" (the last colon counts), "name:443", or without a port the client's own.
  const size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  const auto port = colon == std::string_view::npos ? std::nullopt : Port::parse(text.substr(colon + 1));
  if (!port) {
    server.address_known = false;  // "the port that the client connected to", an offset, or a mistake
    host = colon == std::string_view::npos ? text : host;
  } else {
    address.port = *port;
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = std::string(host);
  if (const auto ip = IpAddress::parse(host))
    address.ip = *ip;
  else if (host == "localhost")
    address.ip = IpAddress::v4({127, 0, 0, 1});
}

}  // namespace

ServerLine default_server(const Reading& reading) {
  ServerLine server;
  server.sni_auto = reading.version >= has_sni_auto;
  server.verify.value = reading.globals.server_verify;
  server.session_reuse.value = true;
  server.keepalive.value = -1;
  return server;
}

void take_server_words(const Line& line, size_t at, ServerLine& server, Reading& reading) {
  while (at < line.words.size()) {
    if (take_flag(line, at, server)) {
      ++at;
      continue;
    }
    take_value(line, at, server, reading);
    at += 2;
  }
}

std::optional<ServerLine> read_server(const Line& line, const ServerLine& defaults, Reading& reading) {
  ServerLine server = defaults;
  server.span = line.span();
  server.name = line.word(1);
  const bool is_template = line.keyword() == "server-template";
  const size_t at = is_template ? 3 : 2;
  if (line.words.size() <= at) {
    reading.problems.error(line.span(), is_template
                                            ? "'server-template' expects a prefix, a number and an address"
                                            : "'server' expects a name and an address");
    return std::nullopt;
  }
  take_address(line, at, server, reading);
  take_server_words(line, at + 1, server, reading);
  const bool checks = server.ssl && server.verify.known() && server.verify.value;
  if (checks && server.ca_file.value.empty() && server.ca_file.known())
    reading.problems.error(line.span(), "verify is on by default and no ca-file is given: HAProxy does not start; add "
                                        "ca-file, or verify none");
  return server;
}

}  // namespace astray::haproxy
