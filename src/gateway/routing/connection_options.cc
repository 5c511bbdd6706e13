#include "gateway/routing/connection_options.h"

#include <algorithm>

#include "base/ascii.h"
#include "gateway/routing/field_role.h"
#include "http1/characters.h"
#include "http1/fields.h"

namespace astray::gateway {
namespace {

// Not all that there are, but those whose absence lets a request do more than its presence does.
constexpr std::string_view kept_for_everyone[] = {
    "authorization", "cache-control", "content-encoding", "content-type", "cookie", "origin", "via"};

bool may_be_named(std::string_view name) {
  const std::string lower = ascii_lower(name);
  const FieldRole role = role_of(lower);
  if (role == FieldRole::typed || role == FieldRole::claim) return false;
  return std::ranges::find(kept_for_everyone, lower) == std::end(kept_for_everyone);
}

}  // namespace

std::optional<RequestProblem> ConnectionOptions::add(std::string_view value) {
  while (const auto option = http1::take_list_element(value)) {
    if (size_ == names_.size()) return RequestProblem::many_connection_options;
    if (!http1::is_token(*option) || !may_be_named(*option)) return RequestProblem::bad_connection_option;
    names_[size_++] = *option;
  }
  return std::nullopt;
}

bool ConnectionOptions::has(std::string_view name) const {
  return std::any_of(names_.begin(), names_.begin() + size_,
                     [&](std::string_view each) { return ascii_iequals(each, name); });
}

}  // namespace astray::gateway
