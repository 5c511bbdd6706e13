#pragma once
// A line of MOZ_LOG, taken apart (xpcom/base/Logging.cpp of Firefox):
//   2026-11-29 06:23:40.593061 UTC - [Parent 13080: Socket Thread]: V/nsHttp TEXT
// The stamp is there with the option "timestamp"; the process has no word of its own while it starts.
#include <optional>
#include <string>
#include <string_view>

namespace astray::explain {

struct MozLogLine {
  std::string_view stamp;   ///< "2026-11-29 06:23:40.593061 UTC"; "" when it was not asked for
  std::string_view thread;  ///< "13080: Socket Thread": with its process, of which one file may have several
  std::string_view module;  ///< "nsHttp"
  std::string_view text;    ///< with its indentation
};

/// Nothing for the second and later lines of a message of several, which bear no mark.
std::optional<MozLogLine> read_moz_log_line(std::string_view line);

/// A value of "… name=7fe1d2455400 …", "" where the name is not there. The name is looked for with its "=".
std::string_view moz_log_value(std::string_view text, std::string_view name);

/// What follows a text, up to a blank, a comma or a bracket; "" where the text is not there.
std::string_view moz_log_word_after(std::string_view text, std::string_view before);

/// The origin that a connection is for, out of the key by which Firefox tells connections apart
/// (nsHttpConnectionInfo::BuildHashKey): ".S........[tlsflags0x00000000]a.example:443^partitionKey=…".
struct MozLogOrigin {
  std::string_view host;
  std::string_view host_and_port;
  bool tls = false;  ///< end to end
};
MozLogOrigin moz_log_origin(std::string_view key);

}  // namespace astray::explain
