// The list of rules, in the order of their ids. A rule that goes leaves its id behind: ids are never reused.
#include "audit/rule.h"
#include "audit/rules/rules.h"

namespace astray {

std::span<const Rule* const> all_rules() {
  static constexpr const Rule* list[] = {
      &rules::coalesced_names_differ_in_client_authentication,      // AST001
      &rules::coalesced_name_answered_by_other_virtual_host,        // AST002
      &rules::httpd_virtual_hosts_with_unequal_tls_settings,        // AST003
      &rules::http2_off_on_a_coalesced_name,                        // AST004
      &rules::rejecting_default_server_answers_over_h2,             // AST005
      &rules::tls_back_edge_without_sni,                            // AST006
      &rules::back_keepalive_pool_shared_by_several_names,          // AST007
      &rules::sni_differs_from_host_toward_back,                    // AST008
      &rules::configured_name_not_covered_by_certificate,           // AST009
      &rules::unknown_authority_served_by_default_virtual_host,     // AST010
      &rules::name_claimed_twice,                                   // AST011
      &rules::session_resumption_shared_across_client_authorities,  // AST012
      &rules::same_a_but_different_aaaa,                            // AST013
      &rules::tls_passthrough_of_names_sharing_a_certificate,       // AST014
      &rules::sni_not_in_access_log,                                // AST015
      &rules::alt_svc_to_listener_without_the_name,                 // AST016
      &rules::expired_waiver,                                       // AST017
      &rules::strict_sni_host_implied_by_another_site,             // AST018
      &rules::origin_set_wider_than_hosts_or_certificate,          // AST019
      &rules::filter_chains_sharing_a_certificate,                  // AST020
      &rules::exact_sni_filter_with_a_shared_certificate,           // AST021
      &rules::listeners_sharing_a_certificate,                      // AST022
      &rules::router_tls_options_unequal_or_ambiguous,              // AST024
      &rules::name_sent_to_the_wrong_back,                          // AST025
  };
  return list;
}

}  // namespace astray
