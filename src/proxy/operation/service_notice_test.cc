#include "proxy/operation/service_notice.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "support/temporary_folder.h"

namespace astray::proxy {
namespace {

/// The service manager's end. `name`: as NOTIFY_SOCKET has it.
class NoticeReceiver {
 public:
  explicit NoticeReceiver(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const bool is_abstract = name[0] == '@';
    if (is_abstract) address.sun_path[0] = '\0';
    const auto size =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1));
    EXPECT_EQ(bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  /// The next message; "" when none is there.
  std::string receive() const {
    char buffer[4096];
    const ssize_t size = recv(socket_.number(), buffer, sizeof buffer, MSG_DONTWAIT);
    return size < 0 ? "" : std::string(buffer, static_cast<size_t>(size));
  }

 private:
  FileDescriptor socket_;
};

TEST(ServiceNotice, TellsOverPathsAndAbstractNames) {
  const astray::test::TemporaryFolder folder;
  for (const std::string& name : {folder.path_of("notify"), fmt::format("@astray-test-{}", getpid())}) {
    const NoticeReceiver receiver(name);
    auto notice = ServiceNotice::to(name);
    ASSERT_TRUE(notice) << notice.error().message;
    EXPECT_TRUE(notice->is_heard());
    EXPECT_TRUE(notice->ready());
    EXPECT_EQ(receiver.receive(), "READY=1");
    EXPECT_TRUE(notice->reloading(MonotonicTime(std::chrono::nanoseconds(1'234'567'890))));
    EXPECT_EQ(receiver.receive(), "RELOADING=1\nMONOTONIC_USEC=1234567");
    EXPECT_TRUE(notice->stopping());
    EXPECT_EQ(receiver.receive(), "STOPPING=1");
    EXPECT_TRUE(notice->status("3 listeners\nREADY=1"));
    EXPECT_EQ(receiver.receive(), "STATUS=3 listeners READY=1") << "a sentence is one line";
    EXPECT_TRUE(notice->status(std::string(1000, 'x')));
    EXPECT_EQ(receiver.receive().size(), 7u + 256u);
    EXPECT_EQ(receiver.receive(), "");
  }
}

TEST(ServiceNotice, NobodyWantsToKnow) {
  for (const std::optional<std::string_view> socket : {std::optional<std::string_view>(), {""}}) {
    auto notice = ServiceNotice::to(socket);
    ASSERT_TRUE(notice);
    EXPECT_FALSE(notice->is_heard());
    EXPECT_TRUE(notice->ready());
    EXPECT_TRUE(notice->status("x"));
  }
}

TEST(ServiceNotice, SaysWhatIsWrong) {
  const astray::test::TemporaryFolder folder;
  const auto error_of = [](const std::string& socket) {
    const auto notice = ServiceNotice::to(socket);
    return notice ? "" : notice.error().message;
  };
  EXPECT_EQ(error_of("notify"), "NOTIFY_SOCKET is notify; expected a path, or @ and a name");
  EXPECT_EQ(error_of("@"), "NOTIFY_SOCKET is @; expected a path, or @ and a name");
  EXPECT_EQ(error_of("/" + std::string(107, 'x')),
            "NOTIFY_SOCKET is longer than the 107 bytes that a socket's name may have");
  EXPECT_EQ(error_of("@" + std::string(108, 'x')),
            "NOTIFY_SOCKET is longer than the 107 bytes that a socket's name may have");
  const std::string missing = folder.path_of("missing");
  EXPECT_EQ(error_of(missing), "cannot reach the service manager at " + missing + " (ENOENT)");
}

TEST(ServiceNotice, AManagerThatLeftIsAnError) {
  const astray::test::TemporaryFolder folder;
  const std::string name = folder.path_of("notify");
  auto receiver = std::make_unique<NoticeReceiver>(name);
  auto notice = ServiceNotice::to(name);
  ASSERT_TRUE(notice);
  receiver.reset();
  const auto told = notice->ready();
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().message, "cannot tell the service manager at " + name + " (ECONNREFUSED)");
}

}  // namespace
}  // namespace astray::proxy
