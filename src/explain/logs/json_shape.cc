#include "explain/logs/json_shape.h"

#include <cstdint>

#include "base/ascii.h"

namespace astray::explain {
namespace {

/// Nonzero where a byte is no plain one. Without a branch, so that compilers make vectors of it.
constexpr uint8_t strange(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return static_cast<uint8_t>((byte < 0x20) | (byte >= 0x80) | (byte == '\\'));
}

/// Takes a line apart for which no parser is needed.
class ShapeScanner {
 public:
  explicit ShapeScanner(std::string_view line) : line_(line) {}

  bool done() const { return at_ == line_.size(); }
  bool take(char c) {
    if (done() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (take(' ')) {
    }
  }
  /// From the quote on.
  bool text() {
    if (!take('"')) return false;
    const size_t end = line_.find('"', at_);
    if (end == std::string_view::npos) return false;
    at_ = end;
    return take('"');
  }
  size_t at() const { return at_; }
  void move(size_t to) { at_ = to; }
  char front() const { return done() ? '\0' : line_[at_]; }

 private:
  std::string_view line_;
  size_t at_ = 0;
};

}  // namespace

bool JsonShape::is_plain(std::string_view line) {
  constexpr size_t step = 64;
  size_t at = 0;
  for (; at + step <= line.size(); at += step) {
    uint8_t any = 0;
    for (size_t i = 0; i < step; ++i) any |= strange(line[at + i]);
    if (any != 0) return false;
  }
  uint8_t any = 0;
  for (; at < line.size(); ++at) any |= strange(line[at]);
  return any == 0;
}

const char* JsonShape::number_end(const char* at, const char* end) {
  const char* const begin = at;
  if (at < end && *at == '-') ++at;
  const char* const digits = at;
  while (at < end && (is_ascii_digit(*at) || *at == '.')) ++at;
  return at == digits || !is_ascii_digit(*digits) || at == begin ? nullptr : at;
}

std::optional<std::vector<const char*>> JsonShape::learn(std::string_view line) {
  *this = JsonShape();
  std::vector<const char*> names;
  ShapeScanner scanner(line);
  size_t value_end = 0;
  bool more = scanner.take('{');
  while (more) {
    scanner.blanks();
    names.push_back(line.data() + scanner.at() + 1);
    more = scanner.text();
    scanner.blanks();
    more = more && scanner.take(':');
    scanner.blanks();
    if (!more) break;
    Value value;
    value.quoted = scanner.front() == '"';
    if (value.quoted) {
      value.before = line.substr(value_end, scanner.at() + 1 - value_end);
      more = scanner.text();
      value_end = scanner.at() - 1;
    } else {
      value.before = line.substr(value_end, scanner.at() - value_end);
      const char* const end = number_end(line.data() + scanner.at(), line.data() + line.size());
      more = end != nullptr;
      if (more) scanner.move(static_cast<size_t>(end - line.data()));
      value_end = scanner.at();
    }
    values_.push_back(std::move(value));
    scanner.blanks();
    if (more && scanner.take('}') && scanner.done()) {
      after_ = line.substr(value_end);
      return names;
    }
    more = more && scanner.take(',');
  }
  *this = JsonShape();
  return std::nullopt;
}

}  // namespace astray::explain
