#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "audit/finding.h"
#include "audit/topology.h"

namespace astray {

struct AuditContext;  // audit/context.h: the topology with what several rules share, computed once

/// A rule is constant-initialised data in rules/<bad_pattern>.cc; its page is rules/<bad_pattern>.md, whose
/// fenced configurations are its tests. Rules ask behave() questions, they do not match directives.
struct Rule {
  std::string_view id;        ///< "AST001"; never reused
  std::string_view name;      ///< the bad pattern: "coalesced-names-differ-in-client-authentication"
  Severity severity;          ///< the highest it reports
  Confidence confidence;      ///< the highest it reports
  std::string_view summary;   ///< one sentence
  void (*check)(const AuditContext& context, std::vector<Finding>& findings);
};

/// The explicit ordered list (all_rules.cc).
std::span<const Rule* const> all_rules();
/// By id or by name; nullptr if there is none.
const Rule* find_rule(std::string_view id_or_name);
/// The rule's Markdown page, embedded from rules/<bad_pattern>.md.
std::string_view page(const Rule& rule);

}  // namespace astray
