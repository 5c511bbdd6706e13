#include "proxy/site/site.h"

#include <algorithm>

#include "base/check.h"
#include "gateway/configuration/print_configuration.h"

namespace astray::proxy {

const Listener* Site::listener(std::string_view label) const {
  for (const Listener& each : listeners_)
    if (each.settings->name.value.text == label) return &each;
  return nullptr;
}

const VirtualHost& Site::virtual_host(std::string_view label) const {
  const auto found = std::find_if(virtual_hosts_.begin(), virtual_hosts_.end(), [&](const VirtualHost& each) {
    return each.settings->name.value.text == label;
  });
  CHECK(found != virtual_hosts_.end());
  return *found;
}

const gateway::BackSettings& Site::back(BackIndex index) const {
  return configuration_.backs[static_cast<size_t>(index)];
}

bool Site::has_same_backs(const Site& other) const {
  const auto reads_files = [](const gateway::BackSettings& back) { return uses_tls(back.protocol); };
  const auto& backs = configuration_.backs;
  if (std::any_of(backs.begin(), backs.end(), reads_files)) return false;
  gateway::Configuration own, others;
  own.backs = backs;
  others.backs = other.configuration_.backs;
  return gateway::print_configuration(own) == gateway::print_configuration(others);
}

}  // namespace astray::proxy
