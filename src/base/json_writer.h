#pragma once
// JSON text (RFC 8259), appended to a string that the caller owns. Fast enough to stand in the inner loop of
// `astray predict`; correct for any bytes, since configurations hold any bytes.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace astray {

/// `text` in quotes. Bytes that are no UTF-8 become U+FFFD, one for each maximal subpart of an ill-formed
/// sequence (Unicode 15 §3.9, table 3-8), so that every parser accepts the result. U+2028, U+2029 and DEL are
/// escaped too: they end lines or vanish in what shows JSON to people.
void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, int64_t number);

/// Objects and arrays with their commas. A defect in the nesting is a defect of ours and stops the process.
class JsonWriter {
 public:
  enum class Layout : uint8_t { compact, indented };
  explicit JsonWriter(std::string& out, Layout layout = Layout::compact) : out_(out), layout_(layout) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& string(std::string_view value);
  JsonWriter& number(int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);

  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).string(value); }
  JsonWriter& member(std::string_view name, const char* value) { return key(name).string(value); }
  /// Left out when empty.
  JsonWriter& member_if_any(std::string_view name, std::string_view value);

  /// Whether everything that was begun is ended.
  bool complete() const { return open_.empty() && !after_key_; }

 private:
  JsonWriter& begin(char bracket);
  JsonWriter& end(char bracket);
  void separate();
  void break_line();

  struct Level {
    char bracket;
    bool empty;
  };
  std::string& out_;
  Layout layout_;
  std::vector<Level> open_;
  bool after_key_ = false;
};

}  // namespace astray
