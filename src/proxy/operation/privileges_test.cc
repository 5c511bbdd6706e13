#include "proxy/operation/privileges.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace astray::proxy {
namespace {

std::string error_of(std::string_view user, std::optional<std::string_view> group = std::nullopt) {
  const auto identity = find_identity(user, group);
  return identity ? "" : identity.error().message;
}

TEST(Privileges, Identities) {
  // These are the same in every Debian (base-passwd).
  const auto nobody = find_identity("nobody", std::nullopt);
  ASSERT_TRUE(nobody) << nobody.error().message;
  EXPECT_EQ(nobody->user, 65534u);
  EXPECT_EQ(nobody->group, 65534u);
  EXPECT_EQ(nobody->groups, std::vector<gid_t>{65534});
  const auto with_group = find_identity("nobody", "daemon");
  ASSERT_TRUE(with_group);
  EXPECT_EQ(with_group->group, 1u);
  EXPECT_TRUE(with_group->groups.empty());
  const auto numbers = find_identity("4000000", "4000001");
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->user, 4000000u);
  EXPECT_EQ(numbers->group, 4000001u);
  EXPECT_TRUE(numbers->groups.empty());
}

TEST(Privileges, WhoIsNobodyToBecome) {
  EXPECT_EQ(error_of("no-such-user"), "there is no user no-such-user here");
  EXPECT_EQ(error_of("nobody", "no-such-group"), "there is no group no-such-group here");
  EXPECT_EQ(error_of("4000000"),
            "the user database has no user 4000000 and so no group for it; say the group too");
  EXPECT_EQ(error_of("root"), "user root is root, who gives nothing up; name another user, or none");
  EXPECT_EQ(error_of("0", "daemon"), "user 0 is root, who gives nothing up; name another user, or none");
  EXPECT_EQ(error_of("nobody", "0"), "the group of user nobody would be root's; say another group");
  EXPECT_EQ(error_of("4294967295", "1"), "there is no user 4294967295 here")
      << "it means \"none\" to the kernel";
  EXPECT_EQ(error_of(""), "there is no user  here");
}

/// Runs in a process of its own, since there is no way back: its report, and nothing when it is good.
std::string in_a_child(std::string (*run)()) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const std::string report = run();
    const ssize_t written = write(ends[1], report.data(), report.size());
    _exit(written == static_cast<ssize_t>(report.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string report;
  std::array<char, 1024> buffer{};
  for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;)
    report.append(buffer.data(), static_cast<size_t>(count));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? report : report + " (the child failed)";
}

std::string become_nobody() {
  const auto identity = find_identity("nobody", std::nullopt);
  if (!identity) return identity.error().message;
  const auto became = become(*identity);
  if (!became) return became.error().message;
  if (getuid() != 65534 || geteuid() != 65534 || getgid() != 65534) return "not nobody";
  if (setuid(0) == 0 || setgid(0) == 0) return "root again";
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return "new privileges are possible";
  std::array<gid_t, 64> groups{};
  const int count = getgroups(static_cast<int>(groups.size()), groups.data());
  if (count != 1 || groups[0] != 65534) return "other groups are left";
  if (open("/etc/shadow", O_RDONLY) >= 0) return "reads what root alone may read";
  // Once more, as a process that was started as the user does it.
  const auto again = become(*identity);
  if (!again) return "again: " + again.error().message;
  const auto daemon = find_identity("daemon", std::nullopt);
  const auto other = become(*daemon);
  return other ? "became somebody else" : other.error().message;
}

TEST(Privileges, AreGivenUpForEver) {
  if (geteuid() != 0) GTEST_SKIP() << "root alone has something to give up";
  EXPECT_EQ(in_a_child(become_nobody),
            "only root can become daemon; start as root or as that user, or leave the user out");
}

std::string give_up_all() {
  const auto given_up = give_up_capabilities();
  if (!given_up) return given_up.error().message;
  if (setgroups(0, nullptr) == 0) return "root without capabilities still sets groups";
  return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? "" : "new privileges are possible";
}

TEST(Privileges, CapabilitiesAlone) {
  EXPECT_EQ(in_a_child(give_up_all), "");
}

std::string raise_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 100);
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, 200);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return "no limit can be set";
  const auto raised = raise_descriptor_limit();
  if (!raised) return raised.error().message;
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur == limit.rlim_max && *raised == limit.rlim_cur ? "" : "not the hard limit";
}

TEST(Privileges, DescriptorsUpToTheHardLimit) {
  EXPECT_EQ(in_a_child(raise_limit), "");
}

}  // namespace
}  // namespace astray::proxy
