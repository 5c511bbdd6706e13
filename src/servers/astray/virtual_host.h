#pragma once
#include "gateway/configuration/configuration.h"
#include "servers/model/deployment.h"
#include "tls/certificate_source.h"

namespace astray::own_gateway {

/// Of a configuration whose text was read without problems. `at_root` is the status that a GET of "/" gets
/// without a back.
VirtualHost model_of(const gateway::Configuration& configuration,
                     const gateway::VirtualHostSettings& settings, CertificateSource& certificates,
                     const Setting<int>& at_root);

/// A setting without a place of its own: it stands as `set` at its section where it differs from the default.
template <typename T>
Setting<T> setting_of(T value, T by_default, SourceSpan section) {
  if (value == by_default) return {std::move(value), {}, Provenance::default_value};
  return {std::move(value), section, Provenance::set};
}

}  // namespace astray::own_gateway
