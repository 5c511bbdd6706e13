#include "explain/line_formats.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/check.h"
#include "explain/format_syntax.h"

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
    {"httpd vhost_combined", LogServer::httpd, LogServer::httpd,
     "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\""},
    {"combined", LogServer::httpd, LogServer::unknown,
     "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""},
    {"common", LogServer::httpd, LogServer::unknown, "%h %l %u %t \"%r\" %>s %b"},
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

std::vector<TextFormat> make_built_ins() {
  std::vector<TextFormat> formats;
  const auto add = [&](FormatPieces pieces) {
    Result<TextFormat> made = TextFormat::make(std::move(pieces));
    CHECK(made);
    formats.push_back(std::move(*made));
  };
  add(alb_format());
  add(traefik_format());
  for (const BuiltIn& row : built_ins) {
    Result<FormatPieces> pieces = compile_format(row.format, row.server);
    CHECK(pieces);
    pieces->name = row.name;
    pieces->server = row.written_by;
    add(std::move(*pieces));
  }
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

}  // namespace

std::optional<Error> LineFormats::add(std::string_view format, std::string_view name, LogServer server) {
  format = ascii_trim(format);
  if (format.starts_with('{') && format.find(':') != std::string_view::npos && format.find('"') != std::string_view::npos) {
    Result<std::vector<JsonField>> fields = compile_json_format(format);
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

const std::vector<TextFormat>& built_in_formats() {
  static const std::vector<TextFormat> formats = make_built_ins();
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
    } else if (line.starts_with("log-format ")) {
      const std::vector<std::string> words = words_of(line.substr(11), '\n');
      if (!words.empty()) formats.add(words[0], "log-format", LogServer::haproxy);
    }
    at = end + 1;
  }
  return formats;
}

}  // namespace astray::explain
