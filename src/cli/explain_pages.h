#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace astray {

/// The page of a rule, a reason or a cause, by id or name in any case; "" when there is none of that name.
std::string find_explain_page(const std::string& asked);
/// Every id and name that has a page.
std::vector<std::string_view> explain_page_ids();

}  // namespace astray
