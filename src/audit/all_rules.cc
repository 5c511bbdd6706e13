// The list of rules, in the order of their ids. A rule that goes leaves its id behind: ids are never reused.
#include "audit/rule.h"
#include "audit/rules/rules.h"

namespace astray {

std::span<const Rule* const> all_rules() {
  static constexpr const Rule* list[] = {
      &rules::coalesced_names_differ_in_client_authentication,  // AST001
      &rules::coalesced_name_answered_by_other_virtual_host,    // AST002
      &rules::httpd_virtual_hosts_with_unequal_tls_settings,    // AST003
      &rules::http2_off_on_a_coalesced_name,                    // AST004
  };
  return list;
}

}  // namespace astray
