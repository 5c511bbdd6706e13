#include "gateway/routing/field_role.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace astray::gateway {
namespace {

struct KnownName {
  std::string_view name;
  FieldRole role;
};

constexpr KnownName known_names[] = {
    {"te", FieldRole::connection},
    {"host", FieldRole::typed},
    {"proxy", FieldRole::connection},
    {"expect", FieldRole::typed},
    {"upgrade", FieldRole::connection},
    {"forwarded", FieldRole::claim},
    {"x-real-ip", FieldRole::claim},
    {"connection", FieldRole::connection},
    {"keep-alive", FieldRole::connection},
    {"client-cert", FieldRole::claim},
    {"x-rewrite-url", FieldRole::claim},
    {"content-length", FieldRole::typed},
    {"http2-settings", FieldRole::connection},
    {"x-original-url", FieldRole::claim},
    {"x-original-host", FieldRole::claim},
    {"proxy-connection", FieldRole::connection},
    {"client-cert-chain", FieldRole::claim},
    {"transfer-encoding", FieldRole::connection},
    {"proxy-authenticate", FieldRole::connection},
    {"proxy-authorization", FieldRole::connection},
};
static_assert(std::ranges::is_sorted(known_names, {},
                                     [](const KnownName& known) { return known.name.size(); }));
constexpr std::string_view claim_prefix = "x-forwarded-";

/// Of names of one size.
bool is_spelled(std::string_view name, std::string_view known) {
  for (size_t i = 0; i < known.size(); ++i)
    if (name[i] != known[i] && !(name[i] == '_' && known[i] == '-')) return false;
  return true;
}

constexpr size_t longest_name = std::end(known_names)[-1].name.size();
/// Where the names of each size begin; one more for the end of the last.
constexpr std::array<uint8_t, longest_name + 2> size_begins = [] {
  std::array<uint8_t, longest_name + 2> begins{};
  for (const KnownName& known : known_names)
    for (size_t larger = known.name.size() + 1; larger < begins.size(); ++larger) ++begins[larger];
  return begins;
}();

constexpr uint32_t first_letters = [] {
  uint32_t letters = 0;
  for (const KnownName& known : known_names) letters |= uint32_t{1} << (known.name.front() - 'a');
  return letters;
}();

/// Most fields of most requests begin otherwise.
bool may_be_known(char first) {
  return first >= 'a' && first <= 'z' && ((first_letters >> (first - 'a')) & 1) != 0;
}

}  // namespace

FieldRole role_of(std::string_view name) {
  if (name.empty() || !may_be_known(name.front())) return FieldRole::end_to_end;
  if (name.size() <= longest_name) {
    for (size_t i = size_begins[name.size()]; i < size_begins[name.size() + 1]; ++i)
      if (is_spelled(name, known_names[i].name)) return known_names[i].role;
  }
  const bool is_claim = name.front() == claim_prefix.front() && name.size() >= claim_prefix.size() &&
                        is_spelled(name.substr(0, claim_prefix.size()), claim_prefix);
  return is_claim ? FieldRole::claim : FieldRole::end_to_end;
}

}  // namespace astray::gateway
