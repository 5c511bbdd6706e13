#pragma once
// What the files of the plan's sections share.
#include <cstdint>
#include <memory>
#include <utility>

#include "probe/plan_sections.h"

namespace astray {

/// The last digit of a number in a mixed radix, which is taken off.
inline size_t take_digit(uint64_t& number, size_t radix) {
  const uint64_t digit = number % radix;
  number /= radix;
  return static_cast<size_t>(digit);
}

/// A section without connections is left out.
template <typename Section, typename... Arguments>
void add_section(PlanSections& sections, Arguments&&... arguments) {
  auto section = std::make_unique<const Section>(std::forward<Arguments>(arguments)...);
  if (section->connections() > 0) sections.push_back(std::move(section));
}

/// Every value of the axes with every other.
void add_product(const NodeAxes& axes, PlanSections& sections);

}  // namespace astray
