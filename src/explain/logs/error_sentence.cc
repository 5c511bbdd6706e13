#include "explain/logs/error_sentence.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "explain/logs/time_text.h"
#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {


/// What stands behind `label` up to one of `ends`; not_logged when the label is not there.
Fact behind(std::string_view text, std::string_view label, std::string_view ends) {
  const size_t at = text.find(label);
  if (at == nowhere) return {};
  const std::string_view rest = text.substr(at + label.size());
  return Fact::logged(rest.substr(0, rest.find_first_of(ends)));
}

/// nginx: "… *41 SENTENCE while …, client: 192.0.2.1, server: a.example, request: "GET / HTTP/1.1", host: "b.example""
void read_nginx(std::string_view text, Sighting& sighting) {
  sighting.server = LogServer::nginx;
  if (const size_t star = text.find(": *"); star != nowhere)
    sighting.connection = Fact::logged(text.substr(star + 3, text.find(' ', star + 3) - star - 3));
  sighting.client = behind(text, ", client: ", ",");
  sighting.handshake_virtual_host = behind(text, ", server: ", ",");
  sighting.authority = behind(text, ", host: \"", "\"");
  const Fact request = behind(text, ", request: \"", "\"");
  if (request.known() && request.text.ends_with("HTTP/2.0")) sighting.protocol = Protocol::h2;
  if (request.known() && request.text.ends_with("HTTP/3.0")) sighting.protocol = Protocol::h3;
  if (request.known() && request.text.ends_with("HTTP/1.1")) sighting.protocol = Protocol::h1;
  sighting.status = 421;
}

/// httpd: "[time] [ssl:error] [pid 1:tid 2] [client 192.0.2.1:50000] AH02032: …"
void read_httpd_client(std::string_view text, Sighting& sighting) {
  sighting.server = LogServer::httpd;
  sighting.status = 421;
  const Fact client = behind(text, "[client ", "]");
  if (!client.known()) return;
  const size_t colon = client.text.rfind(':');
  sighting.client = Fact::logged(client.text.substr(0, colon));
  if (colon != nowhere) sighting.client_port = Fact::logged(client.text.substr(colon + 1));
}

bool read_nginx_other_name(std::string_view text, Sighting& sighting) {
  read_nginx(text, sighting);
  sighting.sentence = ErrorSentence::nginx_other_name;
  return true;
}
bool read_nginx_protocol(std::string_view text, Sighting& sighting) {
  read_nginx(text, sighting);
  sighting.sentence = ErrorSentence::nginx_protocol_disabled;
  return true;
}

bool read_httpd_incompatible(std::string_view text, Sighting& sighting) {
  read_httpd_client(text, sighting);
  sighting.sentence = ErrorSentence::httpd_incompatible;
  const size_t at = text.find("Hostname ");
  if (at == nowhere) return true;
  const Fact first = behind(text.substr(at), "Hostname ", " ");
  if (text.find("default host as no SNI was provided", at) != nowhere) {
    sighting.sentence = ErrorSentence::httpd_incompatible_no_sni;
    sighting.sni = Fact::logged("");
    sighting.handshake_virtual_host = first;
  } else {
    sighting.sni = first;
  }
  sighting.authority = behind(text.substr(at), " and hostname ", " ");
  return true;
}
bool read_httpd_no_host(std::string_view text, Sighting& sighting) {
  read_httpd_client(text, sighting);
  sighting.status = 400;
  sighting.sentence = ErrorSentence::httpd_no_host;
  sighting.sni = behind(text, "Hostname ", " ,");
  sighting.authority = Fact::logged("");
  return true;
}
bool read_httpd_sni_required(std::string_view text, Sighting& sighting) {
  read_httpd_client(text, sighting);
  sighting.status = 403;
  sighting.sentence = ErrorSentence::httpd_sni_required;
  sighting.sni = Fact::logged("");
  return true;
}
/// It comes for every status that a hook ends a request with; only 421 is ours.
bool read_httpd_h2(std::string_view text, Sighting& sighting) {
  if (text.find("access_status=") != nowhere && text.find("access_status=421") == nowhere) return false;
  read_httpd_client(text, sighting);
  sighting.protocol = Protocol::h2;
  sighting.sentence = ErrorSentence::httpd_h2_refused;
  return true;
}

bool read_caddy(std::string_view text, Sighting& sighting) {
  sighting.server = LogServer::caddy;
  sighting.sentence = ErrorSentence::caddy_strict_host;
  sighting.kind = Witnessed::error;
  sighting.sni = behind(text, "TLS ServerName (", ")");
  sighting.authority = behind(text, "HTTP Host (", ")");
  if (sighting.status == 0) sighting.status = 421;
  return true;
}

bool read_traefik(std::string_view text, Sighting& sighting) {
  sighting.server = LogServer::traefik;
  sighting.sentence = ErrorSentence::traefik_options_differ;
  sighting.kind = Witnessed::error;
  // In JSON these stand in members of their own.
  if (const Fact sni = behind(text, "req.TLS.ServerName=", " "); sni.state != Fact::State::not_logged)
    sighting.sni = sni;
  if (const Fact host = behind(text, "req.Host=", " "); host.state != Fact::State::not_logged)
    sighting.authority = host;
  sighting.status = 421;
  return true;
}

bool read_trafficserver(std::string_view text, Sighting& sighting) {
  if (text.find("action=continue") != nowhere) return false;  // host_sni_policy 1 warns alone
  sighting.server = LogServer::trafficserver;
  sighting.sentence = ErrorSentence::trafficserver_sni_host;
  sighting.kind = Witnessed::error;
  sighting.status = 403;
  const bool none = text.find("No SNI for TLS request") != nowhere;
  sighting.sni = none ? Fact::logged("") : behind(text, " sni=", " ");
  sighting.authority = none ? behind(text, "with hostname ", " ") : behind(text, " host=", " ");
  return true;
}

/// Traffic Server: "[Nov 28 22:38:50.123] [ET_NET 0] WARNING: …", "[Nov 28 22:38:50.123] traffic_server NOTE: …". It has no year.
bool is_diagnostic_of_traffic_server(std::string_view line) {
  constexpr std::string_view levels[] = {" DIAG: ", " DEBUG: ", " STATUS: ", " NOTE: ", " WARNING: ", " ERROR: ", " FATAL: ", " ALERT: ",
                                         " EMERGENCY: "};
  const size_t end = line.find("] ");
  if (end != std::string_view("[Nov 28 22:38:50.123").size() || line[4] != ' ' || line[16] != '.') return false;
  const size_t colon = line.find(": ", end);
  if (colon == nowhere) return false;
  const std::string_view head = line.substr(end, colon + 2 - end);
  return std::any_of(std::begin(levels), std::end(levels), [&](std::string_view level) { return head.ends_with(level); });
}

/// HAProxy, of a connection of mode tcp: "192.0.2.1:50000 [28/Nov/2026:22:38:50.123] f b/s 0/0/5007 212 -- …" (tcplog), of which an HTTP
/// request's line differs by its five times; `rest` is what stands behind the stamp.
bool is_tcp_line_of_haproxy(std::string_view rest) {
  for (int skipped = 0; skipped < 2; ++skipped) {
    const size_t blank = rest.find(' ');
    if (blank == nowhere) return false;
    rest.remove_prefix(blank + 1);
  }
  const std::string_view times = rest.substr(0, rest.find(' '));
  return times.find_first_not_of("0123456789/+-") == nowhere && std::count(times.begin(), times.end(), '/') == 2;
}

struct KnownSentence {
  std::string_view part;  ///< by which it is recognised
  bool (*read)(std::string_view text, Sighting& sighting);
};

// Parts as they stand in nginx' src/http/ngx_http_request.c and v2/ngx_http_v2.c; httpd's
// modules/ssl/ssl_engine_kernel.c and modules/http2/h2_request.c; Caddy's modules/caddyhttp/server.go; Traefik's
// pkg/middlewares/snicheck/snicheck.go; Traffic Server's proxy/http/HttpSM.cc.
constexpr KnownSentence sentences[] = {
    {"the server name different from the one that was negotiated", read_nginx_other_name},
    {"for which the negotiated protocol is disabled", read_nginx_protocol},
    {"have no compatible SSL setup", read_httpd_incompatible},
    {"AH02032", read_httpd_incompatible},
    {"provided via SNI, but no hostname", read_httpd_no_host},
    {"AH02031", read_httpd_no_host},
    {"No hostname was provided via SNI for a name based", read_httpd_sni_required},
    {"AH02033", read_httpd_sni_required},
    {"AH03367", read_httpd_h2},
    {"strict host matching: TLS ServerName", read_caddy},
    {"TLS options difference: SNI", read_traefik},
    {"SNI/hostname mismatch sni=", read_trafficserver},
    {"No SNI for TLS request with hostname", read_trafficserver},
};

struct SentenceWords {
  std::string_view name;
  std::string_view meaning;
};

// In the order of the enumeration.
constexpr std::array meanings = {
    SentenceWords{"", ""},
    SentenceWords{"nginx's \"different from the one that was negotiated\"",
                  "the Host's server verifies client certificates, and Host and SNI are not the same text; nginx "
                  "compares nothing where ssl_verify_client is off"},
    SentenceWords{"nginx's \"the negotiated protocol is disabled\"",
                  "HTTP/2 or HTTP/3 was negotiated for another server of the port and is off in the Host's"},
    SentenceWords{"AH02031", "the handshake had an SNI and the request has no Host"},
    SentenceWords{"AH02032",
                  "the virtual hosts of SNI and Host differ in protocols, ciphers, certificate files or client "
                  "verification"},
    SentenceWords{"AH02032 without SNI",
                  "no SNI came, so httpd (2.4.64 and later) took the first virtual host's TLS settings, which are not "
                  "those of the Host's virtual host"},
    SentenceWords{"AH02033", "no SNI came, and SSLStrictSNIVHostCheck insists on one"},
    SentenceWords{"AH03367", "a hook of httpd ended an HTTP/2 request with 421; of its own modules mod_ssl does that, and says "
                             "what differs in AH02032 (level error)"},
    SentenceWords{"Caddy's \"strict host matching\"",
                  "strict_sni_host is on, which it is by itself as soon as one site of the server asks for client "
                  "certificates; SNI and Host must then be one name"},
    SentenceWords{"Traefik's \"TLS options difference\"",
                  "the routers of SNI and Host have different tls.options"},
    SentenceWords{"Traffic Server's host_sni_policy",
                  "the Host's entry in sni.yaml has verify_client or ip_allow, and the SNI is another name"},
};

}  // namespace

bool read_error_sentence(std::string_view text, Sighting& sighting) {
  for (const KnownSentence& known : sentences) {
    if (text.find(known.part) == nowhere) continue;
    const Witnessed before = sighting.kind;
    sighting.kind = Witnessed::error;
    if (known.read(text, sighting)) return true;
    sighting.kind = before;
  }
  return false;
}

bool is_error_log_line(std::string_view line, Sighting& sighting) {
  if (line.size() < 20) return false;
  TimeReader times;
  // nginx: "2026/11/28 22:38:50 [info] 12#12: …"
  if (line.size() > 22 && line[4] == '/' && line[7] == '/' && line[20] == '[') {
    sighting.time = times.read(line.substr(0, 19));
    if (sighting.time) sighting.server = LogServer::nginx;
    return sighting.time.has_value();
  }
  // HAProxy: "[NOTICE]   (12) : haproxy version is 2.6.12"
  // and, where no other format is set: "Connect from 192.0.2.1:50000 to 192.0.2.80:443 (f/TCP)"
  if (line.starts_with("[NOTICE] ") || line.starts_with("[WARNING] ") || line.starts_with("[ALERT] ") || line.starts_with("Connect from ")) {
    sighting.server = LogServer::haproxy;
    return true;
  }
  // httpd: "[Sat Nov 28 22:38:50.123456 2026] [ssl:error] …"
  if (line.front() == '[') {
    if (is_diagnostic_of_traffic_server(line)) {
      sighting.server = LogServer::trafficserver;
      return true;
    }
    const size_t end = line.find(']');
    if (end == nowhere) return false;
    sighting.time = times.read(line.substr(1, end - 1));
    if (sighting.time && line.substr(end).starts_with("] [")) sighting.server = LogServer::httpd;
    return sighting.time.has_value() && sighting.server == LogServer::httpd;
  }
  // HAProxy, of a session that came to no request: "192.0.2.1:50000 [28/Nov/2026:22:38:50.123] f/1: SSL handshake failure"
  if (const size_t open = line.find(" ["); open != nowhere && open < 48) {
    const size_t close = line.find("] ", open);
    const size_t colon = close == nowhere ? nowhere : line.find(": ", close);
    if (close != nowhere && is_tcp_line_of_haproxy(line.substr(close + 2))) {
      sighting.time = times.read(line.substr(open + 2, close - open - 2));
      if (sighting.time) sighting.server = LogServer::haproxy;
      return sighting.time.has_value();
    }
    const std::string_view label = colon == nowhere ? std::string_view() : line.substr(close + 2, colon - close - 2);
    // Frontend and bind line, and no request behind them.
    if (label.find(' ') == nowhere && label.find('/') != nowhere && line.find('"', colon) == nowhere) {
      sighting.time = times.read(line.substr(open + 2, close - open - 2));
      if (sighting.time) return true;
    }
  }
  // Traefik: time="2026-11-28T22:38:50Z" level=debug …, 2026-11-28T22:38:50Z DBG …
  if (line.starts_with("time=\"")) {
    sighting.time = times.read(line.substr(6, line.find('"', 6) - 6));
    return sighting.time.has_value();
  }
  const size_t blank = line.find(' ');
  if (blank == nowhere || blank < 19 || !is_ascii_digit(line.front())) return false;
  sighting.time = times.read(line.substr(0, blank));
  constexpr std::string_view levels[] = {"DBG", "INF", "WRN", "ERR", "TRC", "FTL", "DEBUG", "INFO", "WARN", "ERROR"};
  const std::string_view rest = line.substr(blank + 1);
  for (const std::string_view level : levels) {
    if (sighting.time && rest.starts_with(level)) return true;
  }
  return false;
}

std::string_view meaning_of(ErrorSentence sentence) {
  return meanings[static_cast<size_t>(sentence)].meaning;
}
std::string_view name_of(ErrorSentence sentence) {
  return meanings[static_cast<size_t>(sentence)].name;
}

}  // namespace astray::explain
