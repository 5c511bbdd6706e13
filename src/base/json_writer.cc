#include "base/json_writer.h"

#include <array>
#include <charconv>

#include "base/check.h"
#include "base/utf8.h"

namespace astray {
namespace {

/// 0: copied as it is; 1: needs \u00XX; 2: starts a multi-byte sequence or is ill-formed; else the letter
/// behind '\'.
constexpr std::array<char, 256> make_classes() {
  std::array<char, 256> classes{};
  for (int byte = 0; byte < 0x20; ++byte) classes[static_cast<size_t>(byte)] = 1;
  for (int byte = 0x80; byte < 0x100; ++byte) classes[static_cast<size_t>(byte)] = 2;
  classes[0x7f] = 1;
  classes['"'] = '"';
  classes['\\'] = '\\';
  classes['\b'] = 'b';
  classes['\f'] = 'f';
  classes['\n'] = 'n';
  classes['\r'] = 'r';
  classes['\t'] = 't';
  return classes;
}
constexpr std::array<char, 256> classes = make_classes();

void append_escape(std::string& out, unsigned code_unit) {
  constexpr char digits[] = "0123456789abcdef";
  const char text[] = {'\\',
                       'u',
                       digits[code_unit >> 12 & 15],
                       digits[code_unit >> 8 & 15],
                       digits[code_unit >> 4 & 15],
                       digits[code_unit & 15]};
  out.append(text, sizeof text);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t copied = 0;
  size_t i = 0;
  while (i < text.size()) {
    const char kind = classes[static_cast<unsigned char>(text[i])];
    if (kind == 0) {
      ++i;
      continue;
    }
    if (kind == 2) {
      const Utf8Character character = utf8_at(text, i);
      if (character.well_formed && character.code_point != 0x2028 && character.code_point != 0x2029) {
        i += character.size;
        continue;
      }
      out.append(text, copied, i - copied);
      if (character.well_formed) {
        append_escape(out, character.code_point);
      } else {
        out += utf8_replacement;
      }
      i += character.size;
      copied = i;
      continue;
    }
    out.append(text, copied, i - copied);
    if (kind == 1) {
      append_escape(out, static_cast<unsigned char>(text[i]));
    } else {
      out += '\\';
      out += kind;
    }
    copied = ++i;
  }
  out.append(text, copied, i - copied);
  out += '"';
}

void append_json_number(std::string& out, int64_t number) {
  char digits[24];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end.ptr);
}

void JsonWriter::break_line() {
  if (layout_ == Layout::compact) return;
  out_ += '\n';
  out_.append(2 * open_.size(), ' ');
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) return;
  CHECK(open_.back().bracket == '[');
  if (!open_.back().empty) out_ += ',';
  open_.back().empty = false;
  break_line();
}

JsonWriter& JsonWriter::begin(char bracket) {
  separate();
  out_ += bracket;
  open_.push_back({bracket, true});
  return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
  CHECK(!open_.empty() && !after_key_);
  CHECK((open_.back().bracket == '{') == (bracket == '}'));
  const bool empty = open_.back().empty;
  open_.pop_back();
  if (!empty) break_line();
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  CHECK(!open_.empty() && open_.back().bracket == '{' && !after_key_);
  if (!open_.back().empty) out_ += ',';
  open_.back().empty = false;
  break_line();
  append_json_string(out_, name);
  out_ += layout_ == Layout::indented ? ": " : ":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  separate();
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(int64_t value) {
  separate();
  append_json_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  return raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::member_if_any(std::string_view name, std::string_view value) {
  return value.empty() ? *this : member(name, value);
}

}  // namespace astray
