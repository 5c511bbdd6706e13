#include "explain/logs/time_text.h"

#include <fmt/format.h>

#include <chrono>

#include "base/ascii.h"

namespace astray::explain {
namespace {

using std::chrono::sys_days;

constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr int64_t second = 1'000'000;

/// Takes parts of a text from its front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  std::optional<int> digits(size_t count) {
    if (text_.size() < count) return std::nullopt;
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_ascii_digit(text_[i])) return std::nullopt;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }
  std::optional<int> month_name() {
    if (text_.size() < 3) return std::nullopt;
    const size_t at = months.find(text_.substr(0, 3));
    if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
    text_.remove_prefix(3);
    return static_cast<int>(at / 3) + 1;
  }
  bool one_of(std::string_view characters) {
    if (text_.empty() || characters.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Microseconds of ".123456789", if there is such a thing.
  int64_t fraction() {
    if (text_.size() < 2 || (text_[0] != '.' && text_[0] != ',') || !is_ascii_digit(text_[1])) return 0;
    text_.remove_prefix(1);
    int64_t value = 0;
    int64_t unit = second / 10;
    while (!text_.empty() && is_ascii_digit(text_.front())) {
      value += (text_.front() - '0') * unit;
      unit /= 10;
      text_.remove_prefix(1);
    }
    return value;
  }
  /// Seconds east of UTC; 0 without a zone.
  std::optional<int> zone() {
    if (text_.empty() || one_of("Z")) return 0;
    if (text_.front() == ' ') text_.remove_prefix(1);
    if (text_ == "UTC" || text_ == "GMT") return text_ = {}, 0;
    const bool west = !text_.empty() && text_.front() == '-';
    if (!one_of("+-")) return std::nullopt;
    const std::optional<int> hours = digits(2);
    one_of(":");
    const std::optional<int> minutes = digits(2);
    if (!hours || !minutes) return std::nullopt;
    const int offset = *hours * 3600 + *minutes * 60;
    return west ? -offset : offset;
  }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

struct Parts {
  std::optional<int> year{}, month{}, day{}, hour{}, minute{}, second{};
};

bool clock_of(Scanner& text, Parts& parts) {
  parts.hour = text.digits(2);
  if (!text.one_of(":")) return false;
  parts.minute = text.digits(2);
  if (!text.one_of(":")) return false;
  parts.second = text.digits(2);
  return parts.hour && parts.minute && parts.second;
}

std::optional<int64_t> microseconds(const Parts& parts) {
  if (!parts.year || !parts.month || !parts.day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*parts.year),
                                         std::chrono::month(static_cast<unsigned>(*parts.month)),
                                         std::chrono::day(static_cast<unsigned>(*parts.day))};
  if (!date.ok() || *parts.hour > 23 || *parts.minute > 59 || *parts.second > 60) return std::nullopt;
  const int64_t days = sys_days(date).time_since_epoch().count();
  return (days * 86400 + *parts.hour * 3600 + *parts.minute * 60 + *parts.second) * second;
}

/// 10/Oct/2000:13:55:36.123 -0700
std::optional<int64_t> common(std::string_view text) {
  Scanner scan(text);
  Parts parts;
  parts.day = scan.digits(2);
  if (!scan.one_of("/")) return std::nullopt;
  parts.month = scan.month_name();
  if (!scan.one_of("/")) return std::nullopt;
  parts.year = scan.digits(4);
  if (!scan.one_of(":") || !clock_of(scan, parts)) return std::nullopt;
  const int64_t fraction = scan.fraction();
  const std::optional<int> zone = scan.zone();
  const std::optional<int64_t> time = microseconds(parts);
  if (!zone || !time || !scan.done()) return std::nullopt;
  return *time + fraction - *zone * second;
}

/// 2000-10-10T13:55:36.123+02:00
std::optional<int64_t> iso(std::string_view text) {
  Scanner scan(text);
  Parts parts;
  parts.year = scan.digits(4);
  if (!scan.one_of("-/")) return std::nullopt;
  parts.month = scan.digits(2);
  if (!scan.one_of("-/")) return std::nullopt;
  parts.day = scan.digits(2);
  if (!scan.one_of("T t") || !clock_of(scan, parts)) return std::nullopt;
  const int64_t fraction = scan.fraction();
  const std::optional<int> zone = scan.zone();
  const std::optional<int64_t> time = microseconds(parts);
  if (!zone || !time || !scan.done()) return std::nullopt;
  return *time + fraction - *zone * second;
}

/// Tue Oct 10 13:55:36.123456 2000
std::optional<int64_t> ctime_like(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  Scanner scan(text.substr(4));
  Parts parts;
  parts.month = scan.month_name();
  if (!scan.one_of(" ")) return std::nullopt;
  parts.day = scan.one_of(" ") ? scan.digits(1) : scan.digits(2);
  if (!scan.one_of(" ") || !clock_of(scan, parts)) return std::nullopt;
  const int64_t fraction = scan.fraction();
  if (!scan.one_of(" ")) return std::nullopt;
  parts.year = scan.digits(4);
  const std::optional<int64_t> time = microseconds(parts);
  if (!time || !scan.done()) return std::nullopt;
  return *time + fraction;
}

}  // namespace

std::optional<int64_t> TimeReader::read(std::string_view text) {
  if (text == last_ && last_time_) return last_time_;
  std::optional<int64_t> time;
  if (text.size() > 2 && text[2] == '/') {
    time = common(text);
  } else if (!text.empty() && is_ascii_digit(text.front())) {
    time = iso(text);
  } else {
    time = ctime_like(text);
  }
  if (time) {
    last_.assign(text);
    last_time_ = time;
  }
  return time;
}

std::string time_text(int64_t microseconds) {
  const int64_t fraction = ((microseconds % second) + second) % second;
  const int64_t seconds = (microseconds - fraction) / second;
  const int64_t clock = ((seconds % 86400) + 86400) % 86400;
  const std::chrono::year_month_day date{sys_days(std::chrono::days((seconds - clock) / 86400))};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock / 3600, clock / 60 % 60, clock % 60);
  if (fraction != 0) text += fmt::format(".{:06}", fraction);
  return text + "Z";
}

}  // namespace astray::explain
