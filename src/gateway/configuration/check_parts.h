#pragma once
// The parts of check_configuration.
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "tls/certificate_source.h"

namespace astray::gateway {

struct Checking {
  const Configuration& configuration;
  CertificateSource& certificates;
  std::vector<ConfigurationProblem> problems{};

  void error(SourceSpan place, std::string message) {
    problems.push_back({Severity::error, place, std::move(message)});
  }
  void warning(SourceSpan place, std::string message) {
    problems.push_back({Severity::warning, place, std::move(message)});
  }
};

/// "line 7" for messages that name a second place.
std::string other_place(SourceSpan place);
/// `what` is "listener", "back", …
std::string unknown_label(std::string_view what, std::string_view label,
                          const std::vector<std::string_view>& known);

template <typename T>
const T* find_named(const Named<T>& all, const Label& label) {
  for (const T& each : all)
    if (each.name.value == label) return &each;
  return nullptr;
}
template <typename T>
std::vector<std::string_view> labels_of(const Named<T>& all) {
  std::vector<std::string_view> labels;
  for (const T& each : all) labels.push_back(each.name.value.text);
  return labels;
}

/// The listeners that a virtual host belongs to; those that do not exist are left out.
std::vector<const ListenerSettings*> listeners_of(const Configuration& configuration,
                                                  const VirtualHostSettings& virtual_host);

void check_listeners(Checking& checking);
void check_names(Checking& checking);
void check_certificates(Checking& checking);
void check_routes(Checking& checking);
void check_backs(Checking& checking);
void check_operation(Checking& checking);

}  // namespace astray::gateway
