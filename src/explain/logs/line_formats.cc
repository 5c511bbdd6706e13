#include "explain/logs/line_formats.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/check.h"
#include "explain/logs/format_syntax.h"

namespace astray::explain {
namespace {

struct BuiltIn {
  std::string_view name;
  LogServer server;       ///< in whose syntax it is stated
  LogServer written_by;   ///< unknown where several servers write it
  std::string_view format;
};

// The more a format demands, the earlier it stands.
constexpr BuiltIn built_ins[] = {
    {"HAProxy httpslog", LogServer::haproxy, LogServer::haproxy,
     "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r "
     "%[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc"},
    {"HAProxy httplog", LogServer::haproxy, LogServer::haproxy,
     "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"},
    {"Istio", LogServer::envoy, LogServer::envoy,
     "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% "
     "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "
     "\"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
     "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" "
     "\"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% "
     "%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%"},
    {"Envoy's default", LogServer::envoy, LogServer::envoy,
     "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% "
     "%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "
     "\"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" "
     "\"%UPSTREAM_HOST%\""},
    {"Traffic Server squid", LogServer::trafficserver, LogServer::trafficserver,
     "%<cqtq> %<ttms> %<chi> %<crc>/%<pssc> %<psql> %<cqhm> %<pquc> %<caun> %<phr>/%<pqsn> %<psct>"},
};

using enum LogField;

/// AWS documents the fields of an ALB's lines by position; more may be added at the end.
FormatPieces alb_format() {
  FormatPieces format;
  format.server = LogServer::alb;
  format.name = "AWS ALB";
  format.pieces = {{"", ignored},          {" ", time},          {" ", virtual_host}, {" ", client_endpoint},
                   {" ", back},            {" ", ignored},       {" ", ignored},      {" ", ignored},
                   {" ", status},          {" ", back_status},   {" ", ignored},      {" ", ignored},
                   {" \"", request_line},  {"\" \"", agent},     {"\" ", ignored},    {" ", tls},
                   {" ", ignored},         {" \"", ignored},     {"\" \"", sni},      {"\" \"", ignored},
                   {"\" ", ignored}};
  return format;
}

/// Traefik's default: common fields, then a count, router, service and duration.
FormatPieces traefik_format() {
  FormatPieces format;
  format.server = LogServer::traefik;
  format.name = "Traefik common";
  format.pieces = {{"", client},         {" - ", ignored},   {" [", time},       {"] \"", request_line},
                   {"\" ", status},      {" ", ignored},     {" \"", ignored},   {"\" \"", agent},
                   {"\" ", ignored},     {" \"", virtual_host}, {"\" \"", back}, {"\" ", ignored}};
  format.after = "ms";
  return format;
}

/// httpd's three, which nginx and many others write too. `user`: what the user's name may be. As one word a line of the one format is not
/// taken for one of another, and no syslog's stamp for a client.
std::vector<FormatPieces> common_formats(LogField user) {
  std::vector<FormatPiece> common = {{"", client},           {" ", ignored},  {" ", user},    {" [", LogField::time},
                                     {"] \"", request_line}, {"\" ", status}, {" ", ignored}};
  FormatPieces with_agent{LogServer::unknown, "combined", common, "\""};
  with_agent.pieces.push_back({" \"", ignored});
  with_agent.pieces.push_back({"\" \"", agent});
  FormatPieces with_host{LogServer::httpd, "httpd vhost_combined", with_agent.pieces, "\""};
  with_host.pieces.front().before = " ";
  with_host.pieces.insert(with_host.pieces.begin(), {{"", virtual_host}, {":", ignored}});
  common.back().field = one_word;  // the bytes take what is left of the line: combined's other fields too, if they could
  return {with_host, with_agent, {LogServer::unknown, "common", common, ""}};
}

void add_made(FormatPieces pieces, std::vector<TextFormat>& formats) {
  Result<TextFormat> made = TextFormat::make(std::move(pieces));
  CHECK(made);
  formats.push_back(std::move(*made));
}

std::vector<TextFormat> make_loose_ones() {
  std::vector<TextFormat> formats;
  for (FormatPieces& pieces : common_formats(ignored)) add_made(std::move(pieces), formats);
  return formats;
}

std::vector<TextFormat> make_built_ins() {
  std::vector<TextFormat> formats;
  const auto add = [&](FormatPieces pieces) { add_made(std::move(pieces), formats); };
  add(alb_format());
  add(traefik_format());
  for (const BuiltIn& row : built_ins) {
    Result<FormatPieces> pieces = compile_format(row.format, row.server);
    CHECK(pieces);
    pieces->name = row.name;
    pieces->server = row.written_by;
    add(std::move(*pieces));
  }
  for (FormatPieces& pieces : common_formats(one_word)) add(std::move(pieces));
  return formats;
}

/// The words behind a directive: blanks part them, quotes hold them together; up to ';' or the line's end.
std::vector<std::string> words_of(std::string_view text, char end) {
  std::vector<std::string> words;
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == end) return words;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
      continue;
    }
    std::string word;
    if (c == '"' || c == '\'') {
      for (++at; at < text.size() && text[at] != c; ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == c) ++at;
        word += text[at];
      }
      ++at;
    } else {
      for (; at < text.size() && std::string_view(" \t\r\n").find(text[at]) == std::string_view::npos && text[at] != end; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        word += text[at];
      }
    }
    words.push_back(std::move(word));
  }
  return words;
}

/// Behind "format:" of Traffic Server's logging.yaml; "" of any other line.
std::string_view traffic_server_format(std::string_view line) {
  if (line.starts_with("- ")) line = ascii_trim(line.substr(2));
  constexpr std::string_view key = "format:";
  return line.starts_with(key) && line.find("%<") != std::string_view::npos ? line.substr(key.size()) : std::string_view();
}

/// A template of an object: {"status":$status,…}, with its quotes escaped or not. In astray's syntax a name follows the brace.
bool is_object(std::string_view format) {
  if (!format.starts_with('{')) return false;
  const size_t at = format.find_first_not_of(" \t\r\n\\", 1);
  return at != std::string_view::npos && format[at] == '"' && format.find(':') != std::string_view::npos;
}

/// astray's JSON, perhaps without some fields: known without being told.
bool is_astray_json(std::string_view format) {
  return format == "json" || format.starts_with("json -");
}

}  // namespace

std::optional<Error> LineFormats::add(std::string_view format, std::string_view name, LogServer server) {
  format = ascii_trim(format);
  if (is_astray_json(format) && (server == LogServer::unknown || server == LogServer::astray)) return std::nullopt;
  if (server != LogServer::astray && is_object(format)) {
    Result<std::vector<JsonField>> fields = compile_json_format(format, server);
    if (!fields) return fields.error();
    json.insert(json.end(), fields->begin(), fields->end());
    return std::nullopt;
  }
  Result<FormatPieces> pieces = compile_format(format, server);
  if (!pieces) return pieces.error();
  pieces->name = name;
  Result<TextFormat> made = TextFormat::make(std::move(*pieces));
  if (!made) return made.error();
  text.push_back(std::move(*made));
  return std::nullopt;
}

std::optional<Error> LineFormats::add_given(std::string_view format) {
  LogServer server = LogServer::unknown;
  const size_t colon = format.find(':');
  // "nginx: $status" is a format that begins with a word.
  if (colon != std::string_view::npos && colon + 1 < format.size() && format[colon + 1] != ' ')
    server = find_log_server(format.substr(0, colon)).value_or(LogServer::unknown);
  if (server != LogServer::unknown) format.remove_prefix(colon + 1);
  return add(format, "that was given", server);
}

const std::vector<TextFormat>& built_in_formats() {
  static const std::vector<TextFormat> formats = make_built_ins();
  return formats;
}

const std::vector<TextFormat>& loose_formats() {
  static const std::vector<TextFormat> formats = make_loose_ones();
  return formats;
}

LineFormats formats_in_configuration(std::string_view text) {
  LineFormats formats;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = ascii_trim(text.substr(at, end - at));
    // A format that is not understood is not what the lines are in either; nothing is lost.
    if (line.starts_with("log_format ")) {
      std::vector<std::string> words = words_of(text.substr(text.find("log_format ", at) + 11), ';');
      std::string format;
      for (size_t i = 1; i < words.size(); ++i) format += words[i].starts_with("escape=") ? "" : words[i];
      if (words.size() > 1) formats.add(format, "log_format " + words[0], LogServer::nginx);
    } else if (ascii_istarts_with(line, "LogFormat ")) {
      const std::vector<std::string> words = words_of(line.substr(10), '\n');
      if (!words.empty()) formats.add(words[0], "LogFormat " + (words.size() > 1 ? words[1] : ""), LogServer::httpd);
    } else if (ascii_istarts_with(line, "CustomLog ")) {
      const std::vector<std::string> words = words_of(line.substr(10), '\n');
      if (words.size() > 1 && words[1].find('%') != std::string::npos)
        formats.add(words[1], "CustomLog " + words[0], LogServer::httpd);
    } else if (const std::string_view stated = traffic_server_format(line); !stated.empty()) {
      const std::vector<std::string> words = words_of(stated, '\n');
      if (!words.empty()) formats.add(words[0], "format of logging.yaml", LogServer::trafficserver);
    } else if (line.starts_with("log-format ")) {
      const std::vector<std::string> words = words_of(line.substr(11), '\n');
      if (!words.empty()) formats.add(words[0], "log-format", LogServer::haproxy);
    }
    at = end + 1;
  }
  return formats;
}

}  // namespace astray::explain
