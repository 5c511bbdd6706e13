#include "probe/answer_print.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray {
namespace {

/// Stands where a sent name stood; no page has it.
constexpr char name_mark = '\1';
/// Shorter texts occur in pages by chance.
constexpr size_t shortest_name = 3;

std::string without_names(std::string_view text, const std::vector<std::string>& sent) {
  std::string folded = ascii_lower(text);
  for (const std::string& name : sent) {
    for (size_t at = folded.find(name); at != std::string::npos; at = folded.find(name, at + 1))
      folded.replace(at, name.size(), 1, name_mark);
  }
  return folded;
}

std::string_view media_type(std::string_view content_type) {
  return ascii_trim(content_type.substr(0, content_type.find(';')));
}

}  // namespace

uint64_t hash_text(std::string_view text, uint64_t basis) {
  uint64_t hash = basis;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  // The length keeps two chained texts apart from others with the same bytes.
  return hash_number(text.size(), hash);
}

uint64_t hash_number(uint64_t number, uint64_t basis) {
  uint64_t hash = basis;
  for (int i = 0; i < 8; ++i) {
    hash = (hash ^ (number & 0xff)) * 0x100000001b3u;
    number >>= 8;
  }
  return hash;
}

std::vector<std::string> sent_names(const ConnectionQuestion& connection, const RequestQuestion& request) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view text) {
    const std::string lower = ascii_lower(text);
    if (lower.size() >= shortest_name && std::find(names.begin(), names.end(), lower) == names.end())
      names.push_back(lower);
  };
  if (request.host) add(*request.host);
  add(request.name);
  add(request.other);
  if (connection.sni) add(*connection.sni);
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return names;
}

AnswerPrint print_of(const Observation& seen, const std::vector<std::string>& sent) {
  AnswerPrint print;
  const uint64_t status = hash_number(static_cast<uint64_t>(seen.status));
  const std::string_view digest(reinterpret_cast<const char*>(seen.body.sha256.data()),
                                seen.body.sha256.size());
  print.exact = hash_text(digest, hash_number(seen.body.bytes, hash_text(seen.location, status)));
  if (!seen.owner.empty()) {
    print.exact = print.folded = print.outline = hash_text(seen.owner, status);
    return print;
  }
  const std::string location = without_names(seen.location, sent);
  if (!seen.body.truncated && seen.body.bytes == seen.body.excerpt.size()) {
    print.folded = hash_text(without_names(seen.body.excerpt, sent), hash_text(location, status));
    if (print.folded == 0) print.folded = 1;
  }
  print.outline = hash_text(ascii_lower(media_type(seen.content_type)), hash_text(location, status));
  return print;
}

}  // namespace astray
