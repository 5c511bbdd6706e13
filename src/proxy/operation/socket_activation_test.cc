#include "proxy/operation/socket_activation.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "io/socket_address.h"

namespace astray::proxy {
namespace {

constexpr int first_given = 700;  // far from what the test itself has open

enum class Given { listens, bound, datagram, local, pipe };

/// Puts a descriptor where the service manager would.
void give(int number, Given kind, const char* address = "127.0.0.1") {
  int descriptor = -1;
  if (kind == Given::pipe) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    close(ends[1]);
    descriptor = ends[0];
  } else {
    const SocketAddress at(Endpoint::with_any_port(IpAddress::parse(address).value()));
    descriptor = socket(kind == Given::local ? AF_UNIX : at.family(),
                        kind == Given::datagram ? SOCK_DGRAM : SOCK_STREAM, 0);
    ASSERT_GE(descriptor, 0);
    ASSERT_TRUE(kind == Given::local || bind(descriptor, at.data(), at.size()) == 0);
    ASSERT_TRUE(kind != Given::listens || listen(descriptor, 1) == 0);
  }
  ASSERT_EQ(dup2(descriptor, number), number);
  close(descriptor);
}

bool is_open(int number) {
  return fcntl(number, F_GETFD) >= 0;
}

TEST(SocketActivation, TakesWhatIsGiven) {
  give(first_given, Given::listens);
  give(first_given + 1, Given::listens, "::1");
  {
    const auto sockets = take_activated_sockets({.process = "42", .descriptors = "2", .names = "https:other"},
                                                42, first_given);
    ASSERT_TRUE(sockets) << sockets.error().message;
    ASSERT_EQ(sockets->size(), 2u);
    EXPECT_EQ((*sockets)[0].name, "https");
    EXPECT_EQ((*sockets)[1].name, "other");
    EXPECT_EQ((*sockets)[0].address.address.text(), "127.0.0.1");
    EXPECT_EQ((*sockets)[1].address.address.text(), "::1");
    EXPECT_NE((*sockets)[0].address.port.number(), 0);
    for (const ActivatedSocket& socket : *sockets) {
      EXPECT_EQ(fcntl(socket.descriptor.number(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
      EXPECT_EQ(fcntl(socket.descriptor.number(), F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    }
  }
  EXPECT_FALSE(is_open(first_given));
}

TEST(SocketActivation, NamesMayBeFewerOrNone) {
  give(first_given, Given::listens);
  give(first_given + 1, Given::listens);
  const auto sockets =
      take_activated_sockets({.process = "42", .descriptors = "2", .names = ":"}, 42, first_given);
  ASSERT_TRUE(sockets);
  EXPECT_EQ((*sockets)[0].name, "");
  EXPECT_EQ((*sockets)[1].name, "");
}

struct NoneCase {
  ActivationVariables variables;
};
const NoneCase none_cases[] = {
    {{}},
    {{.process = "42"}},
    {{.descriptors = "1"}},
    {{.process = "43", .descriptors = "1"}},  // a parent's, left in the environment
    {{.process = "42", .descriptors = "0"}},
};

TEST(SocketActivation, NoneForUs) {
  give(first_given, Given::listens);
  for (const NoneCase& c : none_cases) {
    const auto sockets = take_activated_sockets(c.variables, 42, first_given);
    ASSERT_TRUE(sockets) << sockets.error().message;
    EXPECT_TRUE(sockets->empty());
  }
  EXPECT_TRUE(is_open(first_given)) << "what is not ours is not closed";
  close(first_given);
}

TEST(SocketActivation, VariablesThatMakeNoSense) {
  const auto error_of = [](std::string_view process, std::string_view descriptors) {
    const auto sockets =
        take_activated_sockets({.process = process, .descriptors = descriptors}, 42, first_given);
    return sockets ? "" : sockets.error().message;
  };
  EXPECT_EQ(error_of("me", "1"), "LISTEN_PID is me; expected the number of a process");
  EXPECT_EQ(error_of("-42", "1"), "LISTEN_PID is -42; expected the number of a process");
  for (const char* bad : {"", "-1", "1 ", "1001", "99999999999999999999", "0x1"})
    EXPECT_EQ(error_of("42", bad), "LISTEN_FDS is " + std::string(bad) + "; expected a number up to 1000");
  EXPECT_EQ(error_of("42", "1"), "descriptor 700 of LISTEN_FDS cannot be used (EBADF)");
}

TEST(SocketActivation, DescriptorsThatAreNoListeners) {
  for (const Given kind : {Given::bound, Given::datagram, Given::local, Given::pipe}) {
    give(first_given, Given::listens);
    give(first_given + 1, kind);
    const auto sockets = take_activated_sockets({.process = "42", .descriptors = "2"}, 42, first_given);
    ASSERT_FALSE(sockets);
    EXPECT_EQ(
        sockets.error().message,
        "descriptor 701 of LISTEN_FDS is no listening TCP socket; the socket unit needs ListenStream= with a "
        "port, and Accept=no");
    EXPECT_FALSE(is_open(first_given)) << "an error leaves none open";
    EXPECT_FALSE(is_open(first_given + 1));
  }
}

}  // namespace
}  // namespace astray::proxy
