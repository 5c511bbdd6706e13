#include "explain/captures/moz_log_line.h"

#include "base/ascii.h"
#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {

constexpr std::string_view stamp_form = "0000-00-00 00:00:00.000000 UTC";

bool is_stamp(std::string_view text) {
  if (text.size() < stamp_form.size()) return false;
  for (size_t i = 0; i < stamp_form.size(); ++i) {
    if (stamp_form[i] == '0' ? !is_ascii_digit(text[i]) : text[i] != stamp_form[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<MozLogLine> read_moz_log_line(std::string_view line) {
  MozLogLine read;
  if (is_stamp(line)) {
    read.stamp = line.substr(0, stamp_form.size());
    line.remove_prefix(stamp_form.size());
    if (!line.starts_with(" - ")) return std::nullopt;
    line.remove_prefix(3);
  }
  const size_t end = line.find("]: ");
  if (!line.starts_with('[') || end == nowhere || line.size() < end + 6) return std::nullopt;
  // "(null) 13080: Socket Thread", "Parent 13080: Main Thread"; before Firefox 60 "13080:Main Thread".
  const std::string_view who = line.substr(1, end - 1);
  const size_t colon = who.find(':');
  if (colon == nowhere) return std::nullopt;
  const size_t blank = who.rfind(' ', colon);
  read.thread = blank == nowhere ? who : who.substr(blank + 1);
  line.remove_prefix(end + 3);
  if (line[1] != '/' || std::string_view("EWIDV").find(line[0]) == nowhere) return std::nullopt;
  const size_t module_end = line.find(' ');
  if (module_end == nowhere) return std::nullopt;
  read.module = line.substr(2, module_end - 2);
  read.text = line.substr(module_end + 1);
  return read;
}

std::string_view moz_log_word_after(std::string_view text, std::string_view before) {
  const size_t at = text.find(before);
  if (at == nowhere) return {};
  const std::string_view rest = text.substr(at + before.size());
  return rest.substr(0, rest.find_first_of(" ,[]()"));
}

std::string_view moz_log_value(std::string_view text, std::string_view name) {
  for (size_t at = text.find(name); at != nowhere; at = text.find(name, at + 1)) {
    // "conn=" is not the end of "ent-conn=".
    if (at == 0 || text[at - 1] == ' ' || text[at - 1] == '[')
      return moz_log_word_after(text.substr(at), name);
  }
  return {};
}

MozLogOrigin moz_log_origin(std::string_view key) {
  constexpr std::string_view flags = "[tlsflags0x";
  MozLogOrigin origin;
  const size_t begin = key.find(flags);
  const size_t end = begin == nowhere ? nowhere : key.find(']', begin);
  if (end == nowhere) return origin;
  origin.tls = begin >= 2 && key[1] == 'S';
  std::string_view rest = key.substr(end + 1);
  rest = rest.substr(0, rest.find_first_of("^ <([{"));
  const size_t colon = rest.rfind(':');
  if (colon == nowhere) return origin;
  origin.host = rest.substr(0, colon);
  origin.host_and_port = rest;
  return origin;
}

}  // namespace astray::explain
