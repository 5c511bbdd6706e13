#include "io/epoll_loop.h"

#include <fcntl.h>

#include <memory>

#include "io/file_descriptor.h"
#include "io/running_test.h"
#include "io/sleep.h"
#include "io/waking_watch.h"

namespace astray {
namespace {

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    read = FileDescriptor(ends[0]);
    write = FileDescriptor(ends[1]);
  }
  void put(std::string_view bytes) const {
    EXPECT_EQ(::write(write.number(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  FileDescriptor read;
  FileDescriptor write;
};

class Counting final : public DescriptorWatch {
 public:
  Counting(EpollLoop& loop, int descriptor, Interest interest, Trigger trigger)
      : DescriptorWatch(loop, descriptor, interest, trigger) {}
  void on_readiness(Readiness readiness) override {
    ++calls;
    last = readiness;
    victim.reset();
  }
  int calls = 0;
  Readiness last;
  std::unique_ptr<Counting> victim;
};

Task<void> turns(Loop& loop, int count) {
  for (int i = 0; i < count; ++i) co_await next_turn(loop);
}

TEST(EpollLoop, EdgeIsToldOnceAndLevelAsLongAsItLasts) {
  EpollLoop loop;
  Pipe one, other;
  Counting edge(loop, one.read.number(), Interest::read, Trigger::edge);
  Counting level(loop, other.read.number(), Interest::read, Trigger::level);
  one.put("x");
  other.put("x");
  test::run(loop, turns(loop, 5));
  EXPECT_EQ(edge.calls, 1);
  EXPECT_GE(level.calls, 5);
  EXPECT_TRUE(edge.last.read);
  EXPECT_FALSE(edge.last.write);
  one.put("y");
  test::run(loop, turns(loop, 5));
  EXPECT_EQ(edge.calls, 2);
}

TEST(EpollLoop, TellsOfTheOtherSideThatHungUp) {
  EpollLoop loop;
  Pipe pipe;
  Counting watch(loop, pipe.read.number(), Interest::read, Trigger::edge);
  pipe.write.reset();
  test::run(loop, turns(loop, 2));
  EXPECT_EQ(watch.calls, 1);
  EXPECT_TRUE(watch.last.hang_up);
  EXPECT_TRUE(watch.last.read);
}

TEST(EpollLoop, InterestChooses) {
  EpollLoop loop;
  Pipe pipe;
  Counting watch(loop, pipe.write.number(), Interest::read, Trigger::level);
  test::run(loop, turns(loop, 2));
  EXPECT_EQ(watch.calls, 0);
  watch.set_interest(Interest::write);
  test::run(loop, turns(loop, 2));
  EXPECT_GT(watch.calls, 0);
  EXPECT_TRUE(watch.last.write);
}

TEST(EpollLoop, WatchThatDiesInTheTurnOfItsEventIsNotCalled) {
  EpollLoop loop;
  Pipe one, other;
  Counting first(loop, one.read.number(), Interest::read, Trigger::edge);
  Counting second(loop, other.read.number(), Interest::read, Trigger::edge);
  // Whichever is called first destroys the victim, whose event is in the same batch.
  Pipe third;
  first.victim = std::make_unique<Counting>(loop, third.read.number(), Interest::read, Trigger::edge);
  one.put("x");
  other.put("x");
  third.put("x");
  test::run(loop, turns(loop, 3));
  EXPECT_EQ(first.calls, 1);
  EXPECT_EQ(second.calls, 1);
  EXPECT_EQ(loop.watched(), 2u);
}

Task<void> note_wake(WaitQueue& queue, const Loop& loop, uint64_t& turn) {
  co_await queue.wait();
  turn = loop.turn_number();
}

TEST(EpollLoop, WhoWaitsForASocketIsWokenInTheTurnOfItsEvent) {
  EpollLoop loop;
  Pipe pipe;
  WaitQueue queue(loop);
  WakingWatch watch(loop, pipe.read.number(), queue);
  uint64_t woken_in = 0;
  SpawnedTask waiter = loop.spawn(note_wake(queue, loop, woken_in));
  loop.turn();
  EXPECT_EQ(woken_in, 0u);
  pipe.put("x");
  loop.turn();
  EXPECT_EQ(woken_in, loop.turn_number());
}

}  // namespace
}  // namespace astray
