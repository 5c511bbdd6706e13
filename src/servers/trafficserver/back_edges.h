#pragma once
#include "servers/trafficserver/parts.h"
#include "servers/trafficserver/records.h"

namespace astray::trafficserver {

/// What decides how backs are asked, unless a rule or an entry of sni.yaml says otherwise.
struct BackSettings {
  Setting<bool> pristine_host;
  Setting<std::string> sni_policy;         ///< "host", "server_name", "remap", "@name", "verify_with_name_source"
  Setting<int> verify_policy;              ///< 0 no, 1 warn, 2 refuse
  Setting<int> verify_properties;          ///< 1: signature, 2: name
  Setting<bool> session_reuse;
  Setting<int> keepalive;                  ///< 1: connections are kept, 0: not
  Setting<std::string> session_match;      ///< server_session_sharing.match
  std::optional<SourceSpan> parent_rules;  ///< of parent.config: which back is asked, it decides
};
BackSettings read_back_settings(const Records& records, const Version& version);

/// The edge of a map; `sni` for verify_server_* and client_sni_policy.
BackEdge back_edge_of(const RemapRule& rule, const BackSettings& settings, const SniIndex& sni);

}  // namespace astray::trafficserver
