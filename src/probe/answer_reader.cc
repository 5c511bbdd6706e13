#include <algorithm>

#include "base/ascii.h"
#include "probe/conversation.h"
#include "tls/x509.h"

namespace astray {
namespace {

/// Of a field that is kept: enough to tell who wrote it, too little to fill memory with.
constexpr size_t most_value_bytes = 1024;

}  // namespace

void AnswerReader::field(std::string_view name, std::string_view value) {
  const std::string lower = ascii_lower(name);
  const auto keep = [&](std::string& into) {
    if (!into.empty()) into += ", ";
    into += value.substr(0, most_value_bytes);
    into.resize(std::min(into.size(), most_value_bytes));
  };
  if (!settings_.owner_field.empty() && lower == settings_.owner_field) keep(seen_.owner);
  if (lower == "server") keep(seen_.server);
  if (lower == "via") keep(seen_.via);
  if (lower == "location") keep(seen_.location);
  if (lower == "content-type") keep(seen_.content_type);
  if (lower == "alt-svc") keep(seen_.alt_svc);
  if (lower == "x-content-type-options" && ascii_lower(value) == "nosniff") seen_.nosniff = true;
}

bool AnswerReader::body(std::string_view bytes) {
  const size_t room = settings_.body_limit - body_.size();
  body_ += bytes.substr(0, room);
  if (bytes.size() > room) seen_.body.truncated = true;
  return !seen_.body.truncated;
}

void AnswerReader::finish() {
  seen_.body.bytes = body_.size();
  seen_.body.sha256 = sha256(body_);
  seen_.body.excerpt = body_.substr(0, BodyPrint::excerpt_bytes);
}

}  // namespace astray
