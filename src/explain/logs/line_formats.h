#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "explain/logs/json_format.h"
#include "explain/logs/text_format.h"

namespace astray::explain {

/// Formats that lines are tried with, in order.
struct LineFormats {
  std::vector<TextFormat> text;
  std::vector<JsonField> json;

  bool empty() const { return text.empty() && json.empty(); }
  /// Adds a format in a server's syntax; a JSON object too. `name` is for messages and reports.
  std::optional<Error> add(std::string_view format, std::string_view name, LogServer server = LogServer::unknown);
  /// As --log-format has it: whose syntax it is may stand before it, "astray:{time} {http.status}".
  std::optional<Error> add_given(std::string_view format);
};

/// The formats that servers write without being told, and those of `option httplog`, `option httpslog`,
/// vhost_combined, Istio, AWS ALB and the like.
const std::vector<TextFormat>& built_in_formats();
/// The common ones once more, for users whose names have blanks in them. Whatever stands before a line fits into such a name, so they
/// are for lines that nothing else reads.
const std::vector<TextFormat>& loose_formats();

/// Formats that a configuration states: nginx's log_format, httpd's LogFormat and CustomLog, HAProxy's
/// log-format. Commands are found by their words; what includes leave out is not there.
LineFormats formats_in_configuration(std::string_view text);

}  // namespace astray::explain
