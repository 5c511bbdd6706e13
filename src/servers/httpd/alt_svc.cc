#include "servers/httpd/alt_svc.h"

#include "servers/httpd/words.h"

namespace astray::httpd {
namespace {

/// The end of the alternative that begins the text: a comma outside of quotes, or the text's end.
size_t alternative_end(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted)
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == ',' && !quoted)
      return i;
  }
  return text.size();
}

}  // namespace

AltSvcField parse_alt_svc(std::string_view value, SourceSpan span) {
  AltSvcField field;
  value = trim(value);
  if (value == "clear") return field;
  while (!value.empty()) {
    size_t end = alternative_end(value);
    std::string_view alternative = trim(value.substr(0, end));
    value = trim(value.substr(end < value.size() ? end + 1 : end));
    size_t equals = alternative.find('=');
    size_t open = equals == std::string_view::npos ? equals : alternative.find('"', equals);
    size_t close = open == std::string_view::npos ? open : alternative.find('"', open + 1);
    if (equals == 0 || open != equals + 1 || close == std::string_view::npos) {
      field.readable = false;
      continue;
    }
    std::string_view authority = alternative.substr(open + 1, close - open - 1);
    size_t colon = authority.rfind(':');
    std::optional<Port> port;
    if (colon != std::string_view::npos) port = Port::parse(authority.substr(colon + 1));
    if (!port) {
      field.readable = false;
      continue;
    }
    field.alternatives.push_back(
        {span, std::string(alternative.substr(0, equals)), std::string(authority.substr(0, colon)), *port});
  }
  return field;
}

}  // namespace astray::httpd
