#include "report/palette.h"

namespace astray {
namespace {

// SGR parameters (ECMA-48 §8.3.117) of the eight colours that every terminal theme defines.
std::string_view parameters(Role role) {
  switch (role) {
    case Role::plain:
      return "";
    case Role::strong:
      return "1";
    case Role::faint:
      return "2";
    case Role::error:
      return "1;31";
    case Role::warning:
      return "1;33";
    case Role::info:
      return "1;34";
    case Role::good:
      return "1;32";
    case Role::place:
      return "34";
    case Role::code:
      return "36";
  }
  return "";
}

}  // namespace

std::string Palette::paint(Role role, std::string_view text) const {
  if (kind_ == Kind::none || role == Role::plain || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  out += parameters(role);
  out += 'm';
  out += text;
  out += "\x1b[0m";
  return out;
}

}  // namespace astray
