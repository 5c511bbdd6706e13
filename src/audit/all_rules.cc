// The list of rules, in the order of their ids. A rule that goes leaves its id behind: ids are never reused.
#include "audit/rule.h"
#include "audit/rules/rules.h"

namespace astray {

std::span<const Rule* const> all_rules() {
  static constexpr const Rule* list[] = {
      &rules::coalesced_names_differ_in_client_authentication::rule,      // AST001
      &rules::coalesced_name_answered_by_other_virtual_host::rule,        // AST002
      &rules::httpd_virtual_hosts_with_unequal_tls_settings::rule,        // AST003
      &rules::http2_off_on_a_coalesced_name::rule,                        // AST004
      &rules::rejecting_default_server_answers_over_h2::rule,             // AST005
      &rules::tls_back_edge_without_sni::rule,                            // AST006
      &rules::back_keepalive_pool_shared_by_several_names::rule,          // AST007
      &rules::sni_differs_from_host_toward_back::rule,                    // AST008
      &rules::configured_name_not_covered_by_certificate::rule,           // AST009
      &rules::unknown_authority_served_by_default_virtual_host::rule,     // AST010
      &rules::name_claimed_twice::rule,                                   // AST011
      &rules::session_resumption_shared_across_client_authorities::rule,  // AST012
      &rules::same_a_but_different_aaaa::rule,                            // AST013
      &rules::tls_passthrough_of_names_sharing_a_certificate::rule,       // AST014
      &rules::sni_not_in_access_log::rule,                                // AST015
      &rules::alt_svc_to_listener_without_the_name::rule,                 // AST016
      &rules::expired_waiver::rule,                                       // AST017
      &rules::strict_sni_host_implied_by_another_site::rule,             // AST018
      &rules::origin_set_wider_than_hosts_or_certificate::rule,          // AST019
      &rules::filter_chains_sharing_a_certificate::rule,                  // AST020
      &rules::exact_sni_filter_with_a_shared_certificate::rule,           // AST021
      &rules::listeners_sharing_a_certificate::rule,                      // AST022
      &rules::router_tls_options_unequal_or_ambiguous::rule,              // AST024
      &rules::name_sent_to_the_wrong_back::rule,                          // AST025
  };
  return list;
}

}  // namespace astray
