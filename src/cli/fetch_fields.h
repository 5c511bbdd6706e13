#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/fetch_data.h"
#include "client/field_list.h"
#include "names/url.h"

namespace astray {

/// The fields that -H and its short forms ask for.
struct FetchFields {
  client::FieldList fields;
  std::vector<std::string> hosts;  ///< values of Host fields, which must be the URL's own
  std::string credentials;         ///< of -u: "USER:PASSWORD", percent-encoded; "" for none
};

/// --header (also "@FILE"), --user-agent, --referer, --cookie, --user, and the types that --data and --json
/// bring. An Error names the option and what it lacks.
Result<FetchFields> parse_fetch_fields(const Arguments& arguments, FetchData::Kind data);

/// Refuses a Host field other than the URL's authority, and names the way to what was meant.
Result<void> check_hosts(const FetchFields& fields, const Url& url);

}  // namespace astray
