#include "watch/model/silence.h"

#include <gtest/gtest.h>

namespace astray::watch {
namespace {

Problem problem_of_pair() {
  Problem problem;
  problem.id = "p1";
  problem.from = "a.example";
  problem.to = "b.example";
  problem.affected_names = {"b.example"};
  problem.nodes = {"192.0.2.1:443"};
  problem.opened = Instant{1000};
  return problem;
}

Silence silence_of(std::string problem, std::string from, std::string to, std::string node) {
  Silence silence;
  silence.problem = std::move(problem);
  silence.from = std::move(from);
  silence.to = std::move(to);
  silence.node = std::move(node);
  silence.until = {3000};
  silence.remark = {{2000}, "Ann", ""};
  return silence;
}

TEST(Silence, ConcernsWhatIsNothingBeyondItself) {
  const Problem problem = problem_of_pair();
  const Silence concerning[] = {
      silence_of("p1", "", "", ""),
      silence_of("", "a.example", "b.example", ""),
      silence_of("", "", "b.example", ""),
      silence_of("", "", "", "192.0.2.1:443"),
      silence_of("p1", "a.example", "b.example", "192.0.2.1:443"),
  };
  for (const Silence& silence : concerning) EXPECT_TRUE(concerns(silence, problem));
  const Silence of_others[] = {
      silence_of("p2", "", "", ""),
      silence_of("", "b.example", "b.example", ""),
      silence_of("", "", "a.example", ""),
      silence_of("", "", "", "192.0.2.2:443"),
      silence_of("p1", "", "", "192.0.2.2:443"),
  };
  for (const Silence& silence : of_others) EXPECT_FALSE(concerns(silence, problem));

  Problem larger = problem;
  larger.nodes = {"192.0.2.1:443", "192.0.2.2:443"};
  EXPECT_FALSE(concerns(silence_of("", "", "", "192.0.2.1:443"), larger)) << "it is on another node too";
  EXPECT_TRUE(concerns(silence_of("p1", "", "", ""), larger));
  larger.affected_names = {"b.example", "c.example"};
  EXPECT_FALSE(concerns(silence_of("", "a.example", "b.example", ""), larger)) << "another name suffers too";
  larger.nodes.clear();
  EXPECT_FALSE(concerns(silence_of("", "", "", "192.0.2.1:443"), larger)) << "it is of no node";
}

TEST(Silence, TheLongestThatLastsCounts) {
  const Problem problem = problem_of_pair();
  std::vector<Silence> silences = {silence_of("p1", "", "", ""), silence_of("", "", "", "192.0.2.1:443"),
                                   silence_of("p2", "", "", "")};
  silences[1].until = {5000};
  silences[1].remark.by = "Bob";
  silences[2].until = {9000};
  EXPECT_EQ(silenced_by(silences, problem, {2500})->remark.by, "Bob");
  EXPECT_EQ(silenced_by(silences, problem, {2500})->until, Instant{5000});
  EXPECT_EQ(silenced_by(silences, problem, {5000}), std::nullopt) << "it ends when it says";
}

TEST(Silence, TheEndOfWhatWasToldIsToldAllTheSame) {
  ProblemEvent event;
  event.problem = problem_of_pair();
  for (const ProblemStep step : {ProblemStep::opened, ProblemStep::grown, ProblemStep::resolved}) {
    event.step = step;
    EXPECT_FALSE(event.is_silenced()) << to_string(step);
  }
  event.problem.silenced = Silenced{{{2000}, "Ann", ""}, {3000}};
  event.step = ProblemStep::grown;
  EXPECT_TRUE(event.is_silenced());
  for (const ProblemStep end : {ProblemStep::resolved, ProblemStep::accepted}) {
    event.step = end;
    event.problem.opened = Instant{1000};
    EXPECT_FALSE(event.is_silenced()) << "the receiver was told of its beginning";
    event.problem.opened = Instant{2500};
    EXPECT_TRUE(event.is_silenced());
  }
}

TEST(Silence, PeopleAreQuoted) {
  ProblemEvent event;
  event.problem.acknowledged = Remark{{0}, "Ann", "the certificate is on its way"};
  event.problem.silenced = Silenced{{{0}, "Bob", ""}, {86'400}};
  event.step = ProblemStep::opened;
  EXPECT_EQ(what_people_said(event), "");
  event.step = ProblemStep::acknowledged;
  EXPECT_EQ(what_people_said(event), "acknowledged by Ann: the certificate is on its way");
  event.step = ProblemStep::silenced;
  EXPECT_EQ(what_people_said(event), "silenced until 1970-01-02T00:00:00Z by Bob");
}

}  // namespace
}  // namespace astray::watch
