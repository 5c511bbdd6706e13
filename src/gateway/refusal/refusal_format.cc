#include "gateway/refusal/refusal_format.h"

#include <array>
#include <optional>

#include "base/ascii.h"

namespace astray::gateway {
namespace {

struct MediaType {
  std::string_view type, subtype;
};
/// In the order of RefusalFormat, which is also ours where the client has no preference.
constexpr std::array<MediaType, 4> media_types = {
    {{"text", "plain"}, {"text", "html"}, {"application", "problem+json"}, {"application", "json"}}};

constexpr int most_weight = 1000;

struct MediaRange {
  std::string_view type, subtype;
  int weight = most_weight;    ///< thousandths
  bool is_for_others = false;  ///< has parameters that none of our formats has
};

/// Takes what is before the next `separator` outside of quotes, and the separator.
std::string_view take_until(std::string_view& rest, char separator) {
  bool quoted = false;
  size_t i = 0;
  for (; i < rest.size() && (quoted || rest[i] != separator); ++i) {
    if (quoted && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    }
  }
  const std::string_view taken = rest.substr(0, i);
  rest.remove_prefix(i < rest.size() ? i + 1 : rest.size());
  return ascii_trim(taken);
}

/// "1", "0.25": RFC 9110 §12.4.2, in thousandths.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = (text[0] - '0') * most_weight;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int unit = most_weight / 10;
  for (const char digit : text.substr(text.size() > 1 ? 2 : 1)) {
    if (!is_ascii_digit(digit)) return std::nullopt;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  if (weight > most_weight) return std::nullopt;
  return weight;
}

std::optional<MediaRange> parse_range(std::string_view member) {
  MediaRange range;
  std::string_view name = take_until(member, ';');
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size()) return std::nullopt;
  range.type = name.substr(0, slash);
  range.subtype = name.substr(slash + 1);
  if (range.type == "*" && range.subtype != "*") return std::nullopt;
  while (!member.empty()) {
    const std::string_view parameter = take_until(member, ';');
    const size_t equals = parameter.find('=');
    const std::string_view key = parameter.substr(0, equals);
    if (parameter.empty() || ascii_iequals(key, "charset")) continue;
    if (!ascii_iequals(key, "q")) {
      range.is_for_others = true;
      continue;
    }
    const auto weight =
        equals == std::string_view::npos ? std::nullopt : parse_weight(parameter.substr(equals + 1));
    if (!weight) return std::nullopt;
    range.weight = *weight;
    break;  // what follows the weight is no parameter of the type
  }
  return range;
}

/// 0: does not match; 1: */*; 2: text/*; 3: text/html.
int specificity(const MediaRange& range, MediaType format) {
  if (range.is_for_others) return 0;
  if (range.type == "*") return 1;
  if (!ascii_iequals(range.type, format.type)) return 0;
  if (range.subtype == "*") return 2;
  return ascii_iequals(range.subtype, format.subtype) ? 3 : 0;
}

struct Liking {
  int weight = 0;
  int specificity = 0;
  size_t position = 0;

  bool beats(const Liking& other) const {
    if (weight != other.weight) return weight > other.weight;
    if (weight == 0) return false;  // both are refused or not named: ours comes first
    if (specificity != other.specificity) return specificity > other.specificity;
    return position < other.position;
  }
};

}  // namespace

std::string_view content_type(RefusalFormat format) {
  constexpr std::string_view values[] = {"text/plain; charset=utf-8", "text/html; charset=utf-8",
                                         "application/problem+json", "application/json"};
  return values[static_cast<size_t>(format)];
}

RefusalFormat negotiate(std::string_view accept) {
  std::array<Liking, media_types.size()> likings;
  for (size_t position = 0; !accept.empty(); ++position) {
    const auto range = parse_range(take_until(accept, ','));
    if (!range) continue;
    for (size_t i = 0; i < media_types.size(); ++i) {
      const int found = specificity(*range, media_types[i]);
      if (found > likings[i].specificity) likings[i] = {range->weight, found, position};
    }
  }
  size_t best = 0;
  for (size_t i = 1; i < likings.size(); ++i) {
    if (likings[i].beats(likings[best])) best = i;
  }
  return static_cast<RefusalFormat>(best);
}

}  // namespace astray::gateway
