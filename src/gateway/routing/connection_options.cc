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

bool is_for_everyone(std::string_view lower_name) {
  const FieldRole role = role_of(lower_name);
  return role == FieldRole::typed || role == FieldRole::claim ||
         std::ranges::find(kept_for_everyone, lower_name) != std::end(kept_for_everyone);
}

}  // namespace

std::optional<RequestProblem> ConnectionOptions::add(std::string_view value) {
  while (const auto option = http1::take_list_element(value)) {
    // What nearly every client says needs no look at fields.
    if (ascii_iequals(*option, "keep-alive") || ascii_iequals(*option, "close")) continue;
    if (ascii_iequals(*option, "upgrade")) {
      upgrade_ = true;
      continue;
    }
    const std::string lower = ascii_lower(*option);
    if (role_of(lower) == FieldRole::connection) continue;
    if (!http1::is_token(*option) || is_for_everyone(lower)) return RequestProblem::bad_connection_option;
    if (size_ == names_.size()) return RequestProblem::many_connection_options;
    names_[size_++] = *option;
  }
  return std::nullopt;
}

bool ConnectionOptions::names(std::string_view lower_name) const {
  return std::any_of(names_.begin(), names_.begin() + size_,
                     [&](std::string_view each) { return ascii_iequals(each, lower_name); });
}

}  // namespace astray::gateway
