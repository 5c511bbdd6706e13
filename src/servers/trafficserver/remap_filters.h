#pragma once
// .definefilter, .activatefilter and their like, and the @-options of a rule that let requests through or not
// (process_filter_opt in RemapConfig.cc, PerformACLFiltering in UrlRewrite.cc).
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "servers/trafficserver/lines.h"
#include "servers/trafficserver/remap.h"

namespace astray::trafficserver {

/// What one filter says of a GET from a client whose address is not known.
struct Filter {
  std::string name;
  SourceSpan span;
  bool allows = true;
  bool restricts_method = false, has_get = false;
  bool restricts_address = false;  ///< src_ip, in_ip, internal: not all clients are treated alike
};

/// Takes "action=deny", "method=get" and their like; the '@' is off. False: it is no option of a filter.
bool take_filter_option(std::string_view option, Filter& filter);

class Filters {
 public:
  void define(Filter filter);
  void remove(std::string_view name);
  /// False: no filter is called so.
  bool activate(std::string_view name);
  bool deactivate(std::string_view name);
  /// Of the active ones and then the rule's own.
  std::pair<FilterOutcome, SourceSpan> judge(const std::vector<Filter>& own, const Version& version) const;

 private:
  std::vector<Filter> defined_;
  std::vector<std::string> active_;
};

}  // namespace astray::trafficserver
