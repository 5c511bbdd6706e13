#include "proxy/operation/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

#include "io/error_text.h"

namespace astray::proxy {
namespace {

constexpr size_t most_record_bytes = 1 << 20;  // of the databases' lines; groups can have many members
constexpr int most_groups = 65536;             // NGROUPS_MAX

/// uid_t and gid_t; the highest means "none" to the system calls.
std::optional<uint32_t> numeric_id(std::string_view digits) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number == UINT32_MAX)
    return std::nullopt;
  return number;
}

/// getpwnam_r, getgrnam_r and their like, with room as they need it. Null: there is no such entry.
template <typename Record, typename Key>
Result<const Record*> look_up(int (*call)(Key, Record*, char*, size_t, Record**), Key key, Record& record,
                              std::vector<char>& room) {
  room.resize(4096);
  for (;;) {
    Record* found = nullptr;
    const int error = call(key, &record, room.data(), room.size(), &found);
    if (error == ERANGE && room.size() < most_record_bytes) {
      room.resize(2 * room.size());
    } else if (error != 0 && error != EINTR && error != ENOENT) {
      return failure(with_system_error("cannot read the user database", error));
    } else if (error != EINTR) {
      return found;
    }
  }
}

Result<gid_t> find_group(std::string_view group) {
  if (const auto number = numeric_id(group)) return gid_t{*number};
  ::group record{};
  std::vector<char> room;
  const std::string name(group);
  const auto found = look_up(getgrnam_r, name.c_str(), record, room);
  if (!found) return Failure<Error>(found.error());
  if (*found == nullptr) return failure(fmt::format("there is no group {} here", group));
  return (*found)->gr_gid;
}

std::vector<gid_t> other_groups(const char* user, gid_t group) {
  std::vector<gid_t> groups(64);
  for (;;) {
    int count = static_cast<int>(groups.size());
    const bool all = getgrouplist(user, group, groups.data(), &count) >= 0;
    groups.resize(static_cast<size_t>(std::clamp(count, 0, most_groups)));
    if (all || count >= most_groups) return groups;
  }
}

Failure<Error> cannot_become(std::string_view what, const Identity& identity) {
  return failure(with_system_error(fmt::format("cannot {} {}", what, identity.name), errno));
}

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

bool has_no_capability() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  Capabilities held{};
  if (syscall(SYS_capget, &header, held.data()) != 0) return false;
  return std::ranges::all_of(held, [](const __user_cap_data_struct& part) {
    return part.effective == 0 && part.permitted == 0 && part.inheritable == 0;
  });
}

bool drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const Capabilities none{};
  return syscall(SYS_capset, &header, none.data()) == 0 && has_no_capability();
}

bool is_now(const Identity& identity) {
  uid_t real = 0, effective = 0, saved = 0;
  gid_t real_group = 0, effective_group = 0, saved_group = 0;
  return getresuid(&real, &effective, &saved) == 0 &&
         getresgid(&real_group, &effective_group, &saved_group) == 0 && real == identity.user &&
         effective == identity.user && saved == identity.user && real_group == identity.group &&
         effective_group == identity.group && saved_group == identity.group;
}

/// Tries the way back. Whoever gets there must not go on.
bool can_return() {
  return setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || setegid(0) == 0 || setgroups(0, nullptr) == 0;
}

}  // namespace

Result<Identity> find_identity(std::string_view user, std::optional<std::string_view> group) {
  Identity identity{.name = std::string(user)};
  passwd record{};
  std::vector<char> room;
  const auto number = numeric_id(user);
  const auto found = number ? look_up(getpwuid_r, uid_t{*number}, record, room)
                            : look_up(getpwnam_r, identity.name.c_str(), record, room);
  if (!found) return Failure<Error>(found.error());
  if (*found != nullptr) {
    identity.user = record.pw_uid;
    identity.group = record.pw_gid;
    if (!group) identity.groups = other_groups(record.pw_name, record.pw_gid);
  } else if (!number) {
    return failure(fmt::format("there is no user {} here", user));
  } else if (!group) {
    return failure(
        fmt::format("the user database has no user {} and so no group for it; say the group too", user));
  } else {
    identity.user = *number;
  }
  if (group) {
    const auto found_group = find_group(*group);
    if (!found_group) return Failure<Error>(found_group.error());
    identity.group = *found_group;
  }
  if (identity.user == 0)
    return failure(fmt::format("user {} is root, who gives nothing up; name another user, or none", user));
  if (identity.group == 0)
    return failure(fmt::format("the group of user {} would be root's; say another group", user));
  return identity;
}

Result<void> give_up_capabilities() {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 || !drop_capabilities())
    return failure(with_system_error("cannot give up capabilities", errno));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return failure(with_system_error("cannot forbid new privileges", errno));
  return {};
}

Result<void> become(const Identity& identity) {
  if (geteuid() != 0) {
    // Started as that user, who has nothing to give up but what a unit may have left.
    if (!is_now(identity))
      return failure(fmt::format(
          "only root can become {}; start as root or as that user, or leave the user out", identity.name));
  } else {
    if (setgroups(identity.groups.size(), identity.groups.data()) != 0)
      return cannot_become("take on the groups of", identity);
    if (setresgid(identity.group, identity.group, identity.group) != 0)
      return cannot_become("take on the group of", identity);
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) return cannot_become("give up capabilities as", identity);
    if (setresuid(identity.user, identity.user, identity.user) != 0) return cannot_become("become", identity);
  }
  if (auto given_up = give_up_capabilities(); !given_up) return given_up;
  if (!is_now(identity) || can_return() || !is_now(identity))
    return failure(
        fmt::format("became {}, but root is not left behind; the system keeps a way back", identity.name));
  return {};
}

Result<uint64_t> raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return failure(with_system_error("cannot read the limit of open descriptors", errno));
  if (limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
      return failure(with_system_error(
          fmt::format("cannot raise the limit of open descriptors to {}", limit.rlim_max), errno));
  }
  return uint64_t{limit.rlim_cur};
}

}  // namespace astray::proxy
