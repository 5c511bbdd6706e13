#include "http2/hpack/static_table.h"

namespace astray::http2::hpack {
namespace {

constexpr size_t text_bytes() {
  size_t bytes = 0;
  for (const StaticPair& pair : static_pairs) bytes += pair.name.size() + pair.value.size();
  return bytes;
}
constexpr std::array<char, text_bytes()> make_text() {
  std::array<char, text_bytes()> text{};
  size_t at = 0;
  for (const StaticPair& pair : static_pairs) {
    for (const char c : pair.name) text[at++] = c;
    for (const char c : pair.value) text[at++] = c;
  }
  return text;
}
constexpr std::array<char, text_bytes()> text = make_text();

constexpr std::array<Line, static_lines + 1> make_lines() {
  std::array<Line, static_lines + 1> lines{};
  size_t at = 0;
  for (size_t i = 0; i <= static_lines; ++i) {
    lines[i] = {text.data() + at, static_cast<uint16_t>(static_pairs[i].name.size()),
                static_cast<uint16_t>(static_pairs[i].value.size())};
    at += lines[i].size();
  }
  return lines;
}

// Names by their last byte, one in the middle, and size; a place that is taken leads to the next.
constexpr size_t places = 256;
constexpr size_t place_of(std::string_view name) {
  const auto byte = [&](size_t at) { return static_cast<size_t>(static_cast<uint8_t>(name[at])); };
  return (byte(name.size() - 1) * 3 + byte(name.size() / 2) * 11 + name.size() * 17) % places;
}
constexpr std::array<uint8_t, places> make_index() {
  std::array<uint8_t, places> index{};
  for (size_t i = 1; i <= static_lines; ++i) {
    if (static_pairs[i].name == static_pairs[i - 1].name) continue;
    size_t place = place_of(static_pairs[i].name);
    while (index[place] != 0) place = (place + 1) % places;
    index[place] = static_cast<uint8_t>(i);
  }
  return index;
}
constexpr std::array<uint8_t, places> names = make_index();

}  // namespace

constexpr std::array<Line, static_lines + 1> static_table = make_lines();

size_t find_static_name(std::string_view name) {
  if (name.empty()) return 0;
  for (size_t place = place_of(name); names[place] != 0; place = (place + 1) % places) {
    if (same_text(static_table[names[place]].name(), name)) return names[place];
  }
  return 0;
}

}  // namespace astray::http2::hpack
