#include "gateway/routing/path.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "http1/characters.h"

namespace astray::gateway {
namespace {

enum class ByteKind : uint8_t {
  forbidden,
  plain,  ///< means itself, and nothing else
  odd,    ///< some readers encode it
  dot,
  slash,
  backslash,
  parameters,  ///< ';'
  percent,
};

constexpr bool is_plain_in_path(unsigned char byte) {
  if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9'))
    return true;
  // Unreserved, sub-delims, ':' and '@' of RFC 3986 §3.3, without '.' and ';'.
  return std::string_view("-_~!$&'()*+,=:@").find(static_cast<char>(byte)) != std::string_view::npos;
}

constexpr std::array<ByteKind, 256> byte_kinds = [] {
  std::array<ByteKind, 256> kinds{};
  for (size_t byte = 0x21; byte < 0x7f; ++byte)
    kinds[byte] = is_plain_in_path(static_cast<unsigned char>(byte)) ? ByteKind::plain : ByteKind::odd;
  kinds['.'] = ByteKind::dot;
  kinds['/'] = ByteKind::slash;
  kinds['\\'] = ByteKind::backslash;
  kinds[';'] = ByteKind::parameters;
  kinds['%'] = ByteKind::percent;
  kinds['#'] = ByteKind::forbidden;
  return kinds;
}();

ByteKind kind_of(char byte) {
  return byte_kinds[static_cast<unsigned char>(byte)];
}

bool may_be_problem(char byte) {
  const ByteKind kind = kind_of(byte);
  return kind == ByteKind::dot || kind == ByteKind::percent || kind == ByteKind::forbidden;
}

/// What "%xy" at `at` stands for.
std::optional<char> decoded(std::string_view path, size_t at) {
  if (at + 2 >= path.size()) return std::nullopt;
  const int high = http1::hex_digit(path[at + 1]);
  const int low = http1::hex_digit(path[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

/// Reads a segment's bytes and tells whether it is "." or "..", as far as its parameters.
class DotSegment {
 public:
  void take(ByteKind kind) {
    if (closed_) return;
    if (kind == ByteKind::parameters)
      closed_ = true;
    else if (kind == ByteKind::dot)
      ++dots_;
    else
      others_ = true;
  }
  bool seen() const { return !others_ && (dots_ == 1 || dots_ == 2); }

 private:
  size_t dots_ = 0;
  bool others_ = false;
  bool closed_ = false;
};

void append_encoded(std::string& text, char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  text += '%';
  text += digits[value >> 4];
  text += digits[value & 15];
}

}  // namespace

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view query_of(std::string_view target) {
  const size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark);
}

std::string_view describe(PathProblem problem) {
  switch (problem) {
    case PathProblem::forbidden_byte:
      return "it has a byte that no URL has";
    case PathProblem::dot_segment:
      return "it has a segment . or ..";
    case PathProblem::bad_encoding:
      return "it has a % without two hexadecimal digits";
    case PathProblem::encoded_nul:
      return "it has an encoded NUL";
  }
  return {};
}

std::optional<PathProblem> path_problem(std::string_view path) {
  // Without these there is nothing to look for.
  if (std::ranges::none_of(path, may_be_problem)) return std::nullopt;
  DotSegment segment;
  for (size_t at = 0; at < path.size(); ++at) {
    ByteKind kind = kind_of(path[at]);
    if (kind == ByteKind::percent) {
      const std::optional<char> byte = decoded(path, at);
      if (!byte) return PathProblem::bad_encoding;
      if (*byte == '\0') return PathProblem::encoded_nul;
      kind = kind_of(*byte);
      at += 2;
    } else if (kind == ByteKind::forbidden) {
      return PathProblem::forbidden_byte;
    }
    if (kind == ByteKind::slash || kind == ByteKind::backslash) {
      if (segment.seen()) return PathProblem::dot_segment;
      segment = {};
    } else {
      segment.take(kind);
    }
  }
  if (segment.seen()) return PathProblem::dot_segment;
  return std::nullopt;
}

bool is_canonical(std::string_view path) {
  bool behind_slash = false;
  for (char byte : path) {
    const ByteKind kind = kind_of(byte);
    if (kind != ByteKind::plain && kind != ByteKind::dot && (kind != ByteKind::slash || behind_slash))
      return false;
    behind_slash = kind == ByteKind::slash;
  }
  return true;
}

std::string canonical_path(std::string_view path) {
  std::string canonical;
  canonical.reserve(path.size());
  bool in_parameters = false;
  for (size_t at = 0; at < path.size(); ++at) {
    char byte = path[at];
    if (byte == '%') {
      const std::optional<char> encoded = decoded(path, at);
      CHECK(encoded);
      byte = *encoded;
      at += 2;
    }
    const ByteKind kind = kind_of(byte);
    if (kind == ByteKind::slash || kind == ByteKind::backslash) {
      in_parameters = false;
      if (!canonical.ends_with('/')) canonical += '/';
    } else if (kind == ByteKind::parameters) {
      in_parameters = true;
    } else if (in_parameters) {
      continue;
    } else if (kind == ByteKind::plain || kind == ByteKind::dot) {
      canonical += byte;
    } else {
      append_encoded(canonical, byte);
    }
  }
  return canonical;
}

}  // namespace astray::gateway
