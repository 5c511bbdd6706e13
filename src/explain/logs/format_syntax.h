#pragma once
// Log formats in the servers' own syntax, compiled.
#include <string_view>

#include "base/result.h"
#include "explain/logs/text_format.h"

namespace astray::explain {

/// nginx's log_format: "$remote_addr [$time_local] …", ${braces} too.
Result<FormatPieces> compile_nginx_format(std::string_view text);
/// httpd's LogFormat: "%h %t \"%r\" %>s %{SSL_TLS_SNI}x …".
Result<FormatPieces> compile_httpd_format(std::string_view text);
/// HAProxy's log-format: "%ci:%cp [%tr] %ft %ST %{+Q}r %[ssl_fc_sni] …".
Result<FormatPieces> compile_haproxy_format(std::string_view text);
/// Envoy's text_format: "[%START_TIME%] %RESPONSE_CODE% %REQUESTED_SERVER_NAME% …".
Result<FormatPieces> compile_envoy_format(std::string_view text);
/// Traffic Server's: "%<chi> %<pssc> %<cssn> …".
Result<FormatPieces> compile_trafficserver_format(std::string_view text);
/// astray gateway's: "{time} {client.address} \"{http.method} {http.path}\" {http.status}"; "{{" and "}}" are braces.
Result<FormatPieces> compile_astray_format(std::string_view text);

/// Whose syntax a format is written in, by its first field; unknown when it has none.
LogServer syntax_of(std::string_view text);
/// By that, or as `server` when it is known. The error says what is not understood and what could be meant.
Result<FormatPieces> compile_format(std::string_view text, LogServer server = LogServer::unknown);

}  // namespace astray::explain
