#pragma once
// What backs need of files, loaded once: certificates, keys, authorities.
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "gateway/configuration/back_settings.h"
#include "tls/engine/client_context.h"
#include "tls/engine/trust.h"

namespace astray::proxy {

struct PreparedBack {
  std::shared_ptr<const tls::ClientContext> tls{};  ///< null in clear
  tls::TrustStore trust{};                          ///< empty in clear and where `verify: off` says so
};

/// In the order of the settings. Immutable: all threads share it.
using PreparedBacks = std::shared_ptr<const std::vector<PreparedBack>>;

/// Reads the files that the settings name. The error says which back, which file and what is wrong.
Result<PreparedBacks> prepare_backs(std::span<const gateway::BackSettings> settings);

}  // namespace astray::proxy
