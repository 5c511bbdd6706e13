// The format of the access log, to the first line feed; behind it what a peer sent, in every text of a
// request. Whatever it is, one line of printable ASCII comes of it, and JSON has the members that it has for
// harmless texts.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "gateway/log/log_format.h"

using namespace astray;
using namespace astray::gateway;

namespace {

std::string written(const LogFormat& format, std::string_view text) {
  LogRecord record;
  record.tls = LoggedTls{.sni = text, .cipher = text, .virtual_host = text};
  record.listener = record.authority = record.method = record.target = record.virtual_host = text;
  record.user_agent = text;
  record.back = LoggedBack{.name = text};
  record.error_kind = record.error_sentence = text;
  std::string line;
  format.write(line, record);
  CHECK(!line.empty() && line.back() == '\n');
  CHECK(std::all_of(line.begin(), line.end() - 1, [](char c) { return c >= 0x20 && c < 0x7f; }));
  return line;
}

/// Quotes, colons and commas outside of strings; a string is one "s".
std::string json_shape(std::string_view line) {
  std::string shape;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      for (++i; i < line.size() && line[i] != '"'; ++i) i += line[i] == '\\' ? 1 : 0;
      CHECK(i < line.size());
      shape += 's';
    } else if (line[i] == ',' || line[i] == ':' || line[i] == '{' || line[i] == '}') {
      shape += line[i];
    }
  }
  return shape;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\n'), input.size());
  const std::string format_text = input.substr(0, end);
  const std::string sent = end < input.size() ? input.substr(end + 1) : "";
  const auto format = LogFormat::parse(format_text);
  CHECK(format || !format.error().message.empty());
  if (format &&
      format_text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789{}._ \"=[]|-") == std::string::npos)
    written(*format, sent);
  if (sent.empty() || sent.front() == '?') return 0;  // with an empty path, that member is not there
  static const LogFormat json = LogFormat::parse("json").value();
  const std::string harmless = sent.find('?') == std::string::npos ? "x" : "x?x";
  CHECK(json_shape(written(json, sent)) == json_shape(written(json, harmless)));
  return 0;
}
