#pragma once
// The fields of a log line that an explanation needs, whatever the server calls them.
#include <cstdint>
#include <string_view>

#include "explain/logs/time_text.h"
#include "explain/story/sighting.h"

namespace astray::explain {

enum class LogField : uint8_t {
  ignored,
  time,            ///< in any of the forms of time_text.h
  time_seconds,    ///< since 1970, with or without a fraction
  time_milliseconds,
  time_microseconds,
  time_nanoseconds,
  client,          ///< an address
  client_port,
  client_endpoint, ///< address:port
  request_line,    ///< method, target, protocol
  method,
  rewritten_request_line,  ///< whose protocol and authority are not the client's
  rewritten_target,
  target,          ///< a path, or a whole URL, which tells the authority where nothing else does
  protocol,
  status,
  status_after_slash,  ///< Traffic Server's "TCP_MISS/200"
  back_status,     ///< the last of a list, as nginx writes several
  sni,
  authority,
  virtual_host,
  virtual_host_port,  ///< name:port
  handshake_virtual_host,
  connection,
  request_number,       ///< from 1
  requests_before,      ///< from 0 (httpd's %k)
  agent,
  back,
  back_reused,     ///< "true", "1", "r"; "false", "0", "."
  scheme,
  tls,             ///< anything but "-" and "": the scheme is https
  reason,
  details,
  frontend,        ///< HAProxy's, which ends with "~" over TLS
  captures,        ///< HAProxy's "{…}", which is not there when nothing is captured
  message,         ///< a sentence of an error log
  logger,          ///< Caddy's name of the log that a line belongs to
  reused,          ///< the connection carried requests before: "true", "false"; a number says more
  one_word,        ///< of no use, and without a blank in it, which TextFormat sees to
};

/// What readers of lines keep from one line to the next.
struct FieldReader {
  TimeReader times;
  /// Whether the value has the form that the field must have. What it tells is in `sighting`.
  bool read(LogField field, std::string_view value, Sighting& sighting);
};

/// "HTTP/1.1", "HTTP/2.0", "h2", "HTTP/3", …
std::optional<Protocol> protocol_of(std::string_view text);

}  // namespace astray::explain
