#include "cli/fetch_numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "report/printable.h"

namespace astray {

Result<std::optional<uint64_t>> parse_count(const Arguments& arguments, std::string_view option,
                                            uint64_t least, uint64_t most) {
  const std::string_view text = arguments.value(option);
  if (!arguments.has(option) && text.empty()) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return failure(
        fmt::format("{}: '{}' is no whole number from {} to {}", option, printable(text), least, most));
  }
  return number;
}

Result<std::optional<Duration>> parse_seconds(const Arguments& arguments, std::string_view option) {
  constexpr double most = 1e8;  // some years; nanoseconds of it fit well
  const std::string_view text = arguments.value(option);
  if (!arguments.has(option) && text.empty()) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < 0 ||
      number > most) {
    return failure(fmt::format("{}: '{}' is no number of seconds", option, printable(text)));
  }
  return Duration(static_cast<int64_t>(number * 1e9));
}

Result<std::optional<uint64_t>> parse_bytes(const Arguments& arguments, std::string_view option) {
  const std::string_view text = arguments.value(option);
  if (!arguments.has(option) && text.empty()) return std::nullopt;
  uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  uint64_t unit = 1;
  bool good = error == std::errc() && last - end <= 1;
  if (good && end != last) {
    const char letter = ascii_lower(*end);
    unit = letter == 'k' ? uint64_t{1} << 10 : letter == 'm' ? uint64_t{1} << 20 : uint64_t{1} << 30;
    good = letter == 'k' || letter == 'm' || letter == 'g';
  }
  if (!good || number > UINT64_MAX / unit) {
    return failure(
        fmt::format("{}: '{}' is no number of bytes, such as 500, 64k, 10M or 1G", option, printable(text)));
  }
  return number * unit;
}

}  // namespace astray
