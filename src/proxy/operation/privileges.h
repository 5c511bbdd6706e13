#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace astray::proxy {

/// Who the process becomes once its ports are open.
struct Identity {
  std::string name{};  ///< for messages
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups{};  ///< others that the user database gives the user; none when a group was said
};

/// By name or number. Without a group, it is the user's own. The error says which name is unknown, and that
/// root is nobody to become.
Result<Identity> find_identity(std::string_view user, std::optional<std::string_view> group);

/// Gives up what root may do, for ever: user, groups, capabilities, and gaining any by running programs
/// (PR_SET_NO_NEW_PRIVS). Verified: afterwards there is no way back. Of the whole process, so it is called
/// before other threads start. After an error the process may be half changed and must end.
Result<void> become(const Identity& identity);

/// The last part of become(), for a process that was started as its user and with a capability for its ports.
Result<void> give_up_capabilities();

/// Raises the soft limit of open descriptors to the hard one. The limit by now.
Result<uint64_t> raise_descriptor_limit();

}  // namespace astray::proxy
