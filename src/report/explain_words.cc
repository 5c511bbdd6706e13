#include "report/explain_words.h"

#include <fmt/format.h>

#include "report/printable.h"

namespace astray {

std::string words_of(const explain::SeenName& name) {
  if (name.known()) return printable(name.text);
  return name.absent() ? "none" : "not logged";
}

std::string words_of(const explain::Story& story, const explain::LinePlace& place) {
  const std::string name = place.file < story.sources.size() ? story.sources[place.file].name : "?";
  return fmt::format("{}:{}", printable(name), place.line);
}

std::string_view words_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::h1:
      return "HTTP/1.1";
    case Protocol::h2:
      return "HTTP/2";
    case Protocol::h3:
      return "HTTP/3";
  }
  return {};
}

std::string words_of(const explain::Retries& retries) {
  std::string text;
  const auto add = [&](uint64_t count, std::string_view what) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  };
  add(retries.succeeded, "asked again and served");
  add(retries.failed, "asked again and failed otherwise");
  add(retries.refused_again, "asked again and refused again");
  add(retries.not_seen, "not asked again");
  add(retries.unknowable, "unknowable (the client is not logged)");
  if (retries.on_fresh + retries.on_same > 0)
    text += fmt::format("; {} on another connection, {} on the same", retries.on_fresh, retries.on_same);
  return text;
}

std::string words_of(const explain::Evidence& evidence) {
  std::string text = fmt::format("SNI {}, Host {}", words_of(evidence.sni), words_of(evidence.authority));
  std::string connection;
  if (evidence.freshness != explain::Freshness::unknown)
    connection = fmt::format("a {}", to_string(evidence.freshness));
  if (evidence.protocol)
    connection += fmt::format("{}{}", connection.empty() ? "an " : " ", words_of(*evidence.protocol));
  if (!connection.empty()) text += fmt::format(", on {} connection", connection);
  return text;
}

std::string share(uint64_t part, uint64_t whole) {
  return whole == 0 ? std::string()
                    : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace astray
