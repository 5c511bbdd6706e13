#include "names/url_path.h"

#include <uriparser/Uri.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/check.h"

namespace astray {
namespace {

// One bit for each UrlPart that may hold the byte as it is.
constexpr uint8_t bit(UrlPart part) {
  return static_cast<uint8_t>(1 << static_cast<int>(part));
}

constexpr std::array<uint8_t, 256> allowed = [] {
  std::array<uint8_t, 256> table{};
  constexpr uint8_t everywhere =
      bit(UrlPart::userinfo) | bit(UrlPart::path) | bit(UrlPart::query) | bit(UrlPart::fragment);
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = everywhere;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<size_t>(c)] = everywhere;
  for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = everywhere;
  for (char c : {'-', '.', '_', '~', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=', ':'})
    table[static_cast<uint8_t>(c)] = everywhere;
  table['@'] = table['/'] = bit(UrlPart::path) | bit(UrlPart::query) | bit(UrlPart::fragment);
  table['?'] = bit(UrlPart::query) | bit(UrlPart::fragment);
  return table;
}();

constexpr bool is_hex_digit(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

/// uriparser's tree of a URI. It points into the text it was parsed from.
class Uri {
 public:
  Uri() = default;
  explicit Uri(const std::string& text) {
    // The text is encoded already, so that only a defect of ours, or no memory, ends here.
    CHECK(uriParseSingleUriExA(&uri_, text.data(), text.data() + text.size(), nullptr) == URI_SUCCESS);
  }
  Uri(const Uri&) = delete;
  Uri& operator=(const Uri&) = delete;
  ~Uri() { uriFreeUriMembersA(&uri_); }

  UriUriA* get() { return &uri_; }

 private:
  UriUriA uri_{};
};

std::string_view view(const UriTextRangeA& range) {
  return {range.first, static_cast<size_t>(range.afterLast - range.first)};
}

/// Path, query and fragment, encoded part by part.
std::string encoded_reference(std::string_view raw) {
  const size_t hash = std::min(raw.find('#'), raw.size());
  const std::string_view before = raw.substr(0, hash);
  const size_t mark = std::min(before.find('?'), before.size());
  std::string encoded = percent_encoded(before.substr(0, mark), UrlPart::path);
  if (mark != before.size()) encoded += '?' + percent_encoded(before.substr(mark + 1), UrlPart::query);
  if (hash != raw.size()) encoded += '#' + percent_encoded(raw.substr(hash + 1), UrlPart::fragment);
  return encoded;
}

UrlPath resolved(const std::string& base, const std::string& reference) {
  Uri base_uri(base), reference_uri(reference), absolute;
  CHECK(uriAddBaseUriA(absolute.get(), reference_uri.get(), base_uri.get()) == URI_SUCCESS);

  UrlPath path;
  for (const UriPathSegmentA* segment = absolute.get()->pathHead; segment != nullptr;
       segment = segment->next) {
    path.target += '/';
    path.target += view(segment->text);
  }
  if (path.target.empty()) path.target = "/";
  // uriparser puts a "." before two empty segments, lest they be taken for an authority; there is one here.
  if (path.target.starts_with("/.//")) path.target.erase(0, 2);
  if (absolute.get()->query.first != nullptr) {
    path.target += '?';
    path.target += view(absolute.get()->query);
  }
  if (absolute.get()->fragment.first != nullptr) path.fragment = view(absolute.get()->fragment);
  return path;
}

// Stands for any authority: uriparser treats paths by whether there is one.
constexpr std::string_view some_authority = "http://h";

}  // namespace

std::string percent_encoded(std::string_view raw, UrlPart part) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    const auto byte = static_cast<uint8_t>(raw[i]);
    const bool escape =
        byte == '%' && i + 2 < raw.size() && is_hex_digit(raw[i + 1]) && is_hex_digit(raw[i + 2]);
    if (escape || (allowed[byte] & bit(part)) != 0) {
      encoded += raw[i];
    } else {
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return encoded;
}

UrlPath absolute_path(std::string_view rest) {
  const std::string text = std::string(some_authority) + encoded_reference(rest);
  return resolved(text, text);
}

UrlPath relative_path(std::string_view base_target, std::string_view reference) {
  std::string encoded = encoded_reference(reference);
  // "1:2" is no scheme, yet RFC 3986 §4.2 wants no colon in the first segment.
  const size_t first_end = std::min(encoded.find_first_of("/?#"), encoded.size());
  if (encoded.substr(0, first_end).find(':') != std::string::npos) encoded.insert(0, "./");
  return resolved(std::string(some_authority) + std::string(base_target), encoded);
}

}  // namespace astray
