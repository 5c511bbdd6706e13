#include "report/rule_address.h"

#include <algorithm>

namespace astray {
namespace {
constexpr std::string_view homepage = ASTRAY_HOMEPAGE;
}  // namespace

const std::string_view project_address = homepage.empty() ? std::string_view("urn:astray") : homepage;

std::string address_of(const Rule& rule) {
  if (homepage.empty()) return "urn:astray:rule:" + std::string(rule.id);
  std::string file(rule.name);
  std::replace(file.begin(), file.end(), '-', '_');
  return std::string(homepage) + "/blob/main/src/audit/rules/" + file + ".md";
}

}  // namespace astray
