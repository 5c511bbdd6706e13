#include "names/authority.h"

#include "base/check.h"
#include "naive_names.h"

using namespace astray;

namespace {

/// "", ":" or ":" and a port.
bool naive_port(std::string_view text, std::optional<Port>& port) {
  if (text.empty() || text == ":") return true;
  if (text[0] != ':' || !naive::consists_of(text.substr(1), "0123456789")) return false;
  text.remove_prefix(1);
  while (!text.empty() && text[0] == '0') text.remove_prefix(1);
  if (text.empty() || text.size() > 5 || std::stoi(std::string(text)) > 65535) return false;
  port = Port(static_cast<uint16_t>(std::stoi(std::string(text))));
  return true;
}

bool has_userinfo_or_bad_character(std::string_view text) {
  for (char c : text)
    if (c == '@' || (c >= 0 && c <= 0x20) || c == 0x7f || c == '/' || c == '?' || c == '#') return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = naive::text_of(data, size);
  if (size > 512) return 0;  // trying every split is quadratic
  auto authority = Authority::parse(text);
  CHECK(Authority::parse(naive::swap_case(text)) == authority);

  // Every way to cut the text into a host and a port: at most one may hold, and it is the answer.
  std::optional<Authority> expected;
  for (size_t cut = 1; cut <= text.size(); ++cut) {
    if (cut < text.size() && text[cut] != ':') continue;
    std::optional<Port> port;
    auto host = Host::parse(text.substr(0, cut));
    if (!host || !naive_port(text.substr(cut), port)) continue;
    CHECK(!expected);
    expected = Authority{*host, port};
  }
  CHECK(authority.has_value() == expected.has_value());
  if (!authority) {
    CHECK(!describe(authority.error()).empty());
    CHECK((authority.error() == AuthorityError::empty) == text.empty());
    bool says_userinfo = authority.error() == AuthorityError::userinfo;
    bool says_character = authority.error() == AuthorityError::bad_character;
    CHECK((says_userinfo || says_character) == has_userinfo_or_bad_character(text));
    if (says_userinfo) CHECK(text.find('@') != std::string_view::npos);
    return 0;
  }
  CHECK(*authority == *expected);
  CHECK(Authority::parse(authority->text()) == *authority);
  CHECK(naive::lower(authority->text()) == authority->text());
  return 0;
}
