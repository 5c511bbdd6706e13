#include "http1/target.h"

#include "base/ascii.h"
#include "http1/characters.h"

namespace astray::http1 {
namespace {

bool is_scheme(std::string_view text) {
  if (text.empty() || !((text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z')) return false;
  for (char c : text) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    if (!letter && !is_ascii_digit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(TargetForm form) {
  switch (form) {
    case TargetForm::origin:
      return "origin";
    case TargetForm::absolute:
      return "absolute";
    case TargetForm::authority:
      return "authority";
    case TargetForm::asterisk:
      return "asterisk";
  }
  return "";
}

Result<Target, FailureReason> parse_target(std::string_view method, std::string_view text) {
  const Failure<FailureReason> bad(FailureReason::bad_target);
  if (text.empty()) return bad;
  for (char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f || c == '#') return bad;

  Target target;
  if (method == "CONNECT") {
    if (text.find_first_of("/?@") != std::string_view::npos || text == "*") return bad;
    target.form = TargetForm::authority;
    target.authority = text;
    return target;
  }
  if (text.front() == '/') {
    target.form = TargetForm::origin;
    target.path_and_query = text;
    return target;
  }
  if (text == "*") {
    if (method != "OPTIONS") return bad;
    target.form = TargetForm::asterisk;
    return target;
  }
  const size_t mark = text.find("://");
  if (mark == std::string_view::npos || !is_scheme(text.substr(0, mark))) return bad;
  target.form = TargetForm::absolute;
  target.scheme = text.substr(0, mark);
  if (ascii_iequals(target.scheme, "http")) target.known_scheme = Scheme::http;
  if (ascii_iequals(target.scheme, "https")) target.known_scheme = Scheme::https;
  const std::string_view rest = text.substr(mark + 3);
  const size_t path = rest.find_first_of("/?");
  target.authority = rest.substr(0, path);
  if (path != std::string_view::npos) target.path_and_query = rest.substr(path);
  return target;
}

}  // namespace astray::http1
