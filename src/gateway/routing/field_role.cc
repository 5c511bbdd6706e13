#include "gateway/routing/field_role.h"

#include <algorithm>

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

bool is_spelled(std::string_view name, std::string_view known) {
  return std::ranges::equal(name, known, [](char a, char b) { return a == b || (a == '_' && b == '-'); });
}

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
  for (const KnownName& known : known_names) {
    if (known.name.size() > name.size()) break;
    if (known.name.size() == name.size() && is_spelled(name, known.name)) return known.role;
  }
  if (name.size() >= claim_prefix.size() && is_spelled(name.substr(0, claim_prefix.size()), claim_prefix))
    return FieldRole::claim;
  return FieldRole::end_to_end;
}

}  // namespace astray::gateway
