#include "cli/instant_text.h"

#include <charconv>
#include <chrono>

namespace astray {
namespace {

/// Exactly `digits` digits at `at`; -1 when they are none.
int number_at(std::string_view text, size_t at, size_t digits) {
  int value = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + digits, value);
  return error == std::errc{} && end == begin + digits && *begin != '-' ? value : -1;
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text) {
  constexpr size_t date_size = 10;
  constexpr size_t whole_size = 20;
  if (text.size() != date_size && text.size() != whole_size) return std::nullopt;
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  int64_t seconds = std::chrono::sys_days(date).time_since_epoch() / std::chrono::seconds(1);
  if (text.size() == whole_size) {
    const int hour = number_at(text, 11, 2);
    const int minute = number_at(text, 14, 2);
    const int second = number_at(text, 17, 2);
    const bool form = text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] == 'Z';
    if (!form || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
      return std::nullopt;
    seconds += hour * 3600 + minute * 60 + second;
  }
  return Instant{seconds};
}

Instant now() {
  return {
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

}  // namespace astray
