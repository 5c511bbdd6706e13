#pragma once
// Every rule, each in the namespace and the .cc of its name, which its helpers share; all_rules.cc lists them.
#include "audit/rule.h"

namespace astray::rules {

namespace coalesced_names_differ_in_client_authentication { extern const Rule rule; }
namespace coalesced_name_answered_by_other_virtual_host { extern const Rule rule; }
namespace httpd_virtual_hosts_with_unequal_tls_settings { extern const Rule rule; }
namespace http2_off_on_a_coalesced_name { extern const Rule rule; }
namespace rejecting_default_server_answers_over_h2 { extern const Rule rule; }
namespace tls_back_edge_without_sni { extern const Rule rule; }
namespace back_keepalive_pool_shared_by_several_names { extern const Rule rule; }
namespace sni_differs_from_host_toward_back { extern const Rule rule; }
namespace configured_name_not_covered_by_certificate { extern const Rule rule; }
namespace unknown_authority_served_by_default_virtual_host { extern const Rule rule; }
namespace name_claimed_twice { extern const Rule rule; }
namespace session_resumption_shared_across_client_authorities { extern const Rule rule; }
namespace same_a_but_different_aaaa { extern const Rule rule; }
namespace tls_passthrough_of_names_sharing_a_certificate { extern const Rule rule; }
namespace sni_not_in_access_log { extern const Rule rule; }
namespace alt_svc_to_listener_without_the_name { extern const Rule rule; }
namespace expired_waiver { extern const Rule rule; }
namespace strict_sni_host_implied_by_another_site { extern const Rule rule; }
namespace origin_set_wider_than_hosts_or_certificate { extern const Rule rule; }
namespace filter_chains_sharing_a_certificate { extern const Rule rule; }
namespace exact_sni_filter_with_a_shared_certificate { extern const Rule rule; }
namespace router_tls_options_unequal_or_ambiguous { extern const Rule rule; }
namespace listeners_sharing_a_certificate { extern const Rule rule; }
namespace name_sent_to_the_wrong_back { extern const Rule rule; }

}  // namespace astray::rules
