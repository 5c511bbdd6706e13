#pragma once
// Why a request was misdirected: what a story ends with. A cause says what has to be changed; a reason
// (verdict/reason.h) says what one server compared.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "verdict/reason.h"

namespace astray::explain {

enum class Cause : uint8_t {
  coalesced,              ///< a client put it on a connection that another virtual host answers
  policy_differs,         ///< SNI's and Host's virtual hosts differ in TLS settings or client authentication
  certificate_gap,
  sni_missing,            ///< a proxy, or an old client, sends none
  host_rewritten,         ///< SNI and Host differ from the first request on: somebody sets the one or the other
  back_pool_shared,       ///< a proxy sends several names over one connection
  tenant_mapping,         ///< a CDN or hosting platform does not map the name to this tenant
  protocol_off,
  stale_connection,       ///< it was answered here before: a reload or a DNS change
  application_allow_list, ///< SNI = Host on a fresh connection: the site itself does not want the name
  name_not_served,        ///< nobody here owns the name
  port_or_scheme,
  host_missing,
  retry_storm,
  other_protocol,         ///< FTP's or SMTP's 421
  could_not_tell,
};
inline constexpr size_t cause_count = 16;

struct CauseInfo {
  Cause cause;
  std::string_view id;        ///< stable: "back-pool-shared"; the page's name
  std::string_view sentence;  ///< no full stop
  std::string_view fix;       ///< what to do, one or two sentences
};

/// In the order of the enumeration.
std::span<const CauseInfo> all_causes();
const CauseInfo& info(Cause cause);
std::optional<Cause> find_cause(std::string_view id);
/// The long page in Markdown, embedded from explain/causes/<id>.md.
std::string_view page(Cause cause);

/// What a server's own reason for its 421 amounts to; nothing for reasons that refuse no request.
std::optional<Cause> cause_of(Reason reason);

/// How far the evidence carries.
enum class Confidence : uint8_t {
  certain,   ///< a server said so itself
  likely,    ///< what was logged leaves one explanation that is common
  possible,  ///< one of several
  none,      ///< could not tell
};
std::string_view to_string(Confidence confidence);

}  // namespace astray::explain
