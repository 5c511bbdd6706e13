#include "gateway/configuration/check_configuration.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "gateway/configuration/check_parts.h"

namespace astray::gateway {

std::string other_place(SourceSpan place) {
  return fmt::format("line {}", place.line);
}

std::string unknown_label(std::string_view what, std::string_view label,
                          const std::vector<std::string_view>& known) {
  if (known.empty()) return fmt::format("there is no {} {}: none is described", what, label);
  constexpr size_t shown = 10;
  const auto first = std::vector<std::string_view>(
      known.begin(), known.begin() + static_cast<ptrdiff_t>(std::min(known.size(), shown)));
  return fmt::format("there is no {} {}; expected {}{}{}", what, label, fmt::join(first, ", "),
                     known.size() > shown ? ", …" : "", did_you_mean(label, known));
}

std::vector<const ListenerSettings*> listeners_of(const Configuration& configuration,
                                                  const VirtualHostSettings& virtual_host) {
  std::vector<const ListenerSettings*> found;
  for (const ListenerSettings& listener : configuration.listeners) {
    const bool belongs = virtual_host.listeners.empty()
                             ? listener.tls
                             : std::ranges::any_of(virtual_host.listeners, [&](const Placed<Label>& label) {
                                 return label.value == listener.name.value;
                               });
    if (belongs) found.push_back(&listener);
  }
  return found;
}

std::vector<ConfigurationProblem> check_configuration(const Configuration& configuration,
                                                      CertificateSource& certificates) {
  Checking checking{configuration, certificates};
  check_listeners(checking);
  check_names(checking);
  check_certificates(checking);
  check_routes(checking);
  check_backs(checking);
  check_operation(checking);
  std::ranges::stable_sort(checking.problems, {}, &ConfigurationProblem::place);
  return std::move(checking.problems);
}

}  // namespace astray::gateway
