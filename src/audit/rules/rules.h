#pragma once
// Every rule, each defined in the .cc of its name; all_rules.cc lists them.
#include "audit/rule.h"

namespace astray::rules {

extern const Rule coalesced_names_differ_in_client_authentication;
extern const Rule coalesced_name_answered_by_other_virtual_host;
extern const Rule httpd_virtual_hosts_with_unequal_tls_settings;
extern const Rule http2_off_on_a_coalesced_name;
extern const Rule rejecting_default_server_answers_over_h2;
extern const Rule tls_back_edge_without_sni;
extern const Rule back_keepalive_pool_shared_by_several_names;
extern const Rule sni_differs_from_host_toward_back;
extern const Rule configured_name_not_covered_by_certificate;
extern const Rule unknown_authority_served_by_default_virtual_host;
extern const Rule name_claimed_twice;
extern const Rule session_resumption_shared_across_client_authorities;
extern const Rule same_a_but_different_aaaa;
extern const Rule tls_passthrough_of_names_sharing_a_certificate;
extern const Rule sni_not_in_access_log;
extern const Rule alt_svc_to_listener_without_the_name;
extern const Rule expired_waiver;
extern const Rule strict_sni_host_implied_by_another_site;
extern const Rule origin_set_wider_than_hosts_or_certificate;
extern const Rule filter_chains_sharing_a_certificate;
extern const Rule exact_sni_filter_with_a_shared_certificate;
extern const Rule router_tls_options_unequal_or_ambiguous;
extern const Rule listeners_sharing_a_certificate;
extern const Rule name_sent_to_the_wrong_back;

}  // namespace astray::rules
