#pragma once
// Makes a topology of a page's case, as the command line makes one of real files.
#include <memory>
#include <string>
#include <vector>

#include "audit/auditor.h"
#include "audit/rule_page_test.h"
#include "audit/topology.h"
#include "audit/waivers.h"
#include "base/result.h"

namespace astray::test {

struct BuiltCase {
  std::unique_ptr<const Topology> topology;
  Waivers waivers;
};

/// An Error names the line of the page. A configuration that reads with problems is one too, unless the case
/// says `problems allowed` among its options: a typing error must not make a case silent.
Result<BuiltCase> build(const PageCase& page_case);

/// "error high open.test -> priv.test /etc/nginx/nginx.conf:12", with " +3" behind it when it stands for
/// further pairs; rules about one name have no " -> ".
std::string expect_line(const Finding& finding);
/// The lines of every fence of that kind, comments ('#') and blank lines left out.
std::vector<std::string> lines_of(const PageCase& page_case, std::string_view fence_kind);

}  // namespace astray::test
