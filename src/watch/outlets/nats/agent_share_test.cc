#include "watch/outlets/nats/agent_share.h"

#include <gtest/gtest.h>

#include <random>

namespace astray::watch {
namespace {

using namespace std::chrono_literals;
using Nodes = std::set<std::string>;

const MonotonicTime start{1h};
const Nodes four = {"192.0.2.1:443", "192.0.2.2:443", "192.0.2.3:443", "192.0.2.4:443"};

AgentNote note_of(const std::string& instance, const Nodes& nodes) {
  return {.agent = "agent " + instance, .instance = instance, .every = 1s, .nodes = nodes};
}

/// Rounds of agents that hear each other before each round, until their shares have come to rest.
struct Region {
  explicit Region(size_t count, const Nodes& nodes = four) {
    for (size_t i = 0; i < count; ++i) add(nodes);
  }
  void add(const Nodes& nodes) {
    const std::string instance = "i" + std::to_string(agents.size());
    agents.emplace_back("agent " + instance, instance);
    known.push_back(nodes);
  }
  std::vector<Nodes> round() {
    now += 5s;
    for (size_t from = 0; from < agents.size(); ++from)
      for (AgentShare& to : agents) to.hear(note_of("i" + std::to_string(from), known[from]), now);
    std::vector<Nodes> asked;
    for (size_t i = 0; i < agents.size(); ++i) asked.push_back(agents[i].take(known[i], now));
    return asked;
  }
  std::vector<AgentShare> agents;
  std::vector<Nodes> known;
  MonotonicTime now = start;
};

/// How many agents ask each node.
std::map<std::string, size_t> times_asked(const std::vector<Nodes>& asked) {
  std::map<std::string, size_t> times;
  for (const Nodes& nodes : asked)
    for (const std::string& node : nodes) ++times[node];
  return times;
}

TEST(AgentShare, OneAloneAsksAll) {
  AgentShare alone("a", "i");
  EXPECT_EQ(alone.take(four, start), four);
  EXPECT_EQ(alone.take(four, start + 1min), four);
}

TEST(AgentShare, EachNodeIsAskedOnceAndAllHaveAsMuchToDo) {
  Region region(2);
  region.round();
  const std::vector<Nodes> asked = region.round();
  EXPECT_EQ(asked[0].size(), 2U);
  EXPECT_EQ(asked[1].size(), 2U);
  EXPECT_EQ(times_asked(asked).size(), 4U);
}

TEST(AgentShare, WhoLosesANodeAsksItOnceMore) {
  Region region(1);
  region.round();
  region.add(four);
  const std::vector<Nodes> joined = region.round();
  EXPECT_EQ(joined[0], four) << "the other may not have known yet";
  const std::vector<Nodes> settled = region.round();
  for (const auto& [node, times] : times_asked(settled)) EXPECT_EQ(times, 1U) << node;
}

TEST(AgentShare, WhatADeadAgentAskedIsTakenOverWhenItsNotesAreMissed) {
  AgentShare left("a", "i0");
  left.hear(note_of("i1", four), start);
  left.take(four, start);
  EXPECT_EQ(left.take(four, start + 3s).size(), 2U) << "three notes may be late by the time of their way";
  EXPECT_EQ(left.take(four, start + 3501ms), four);
}

TEST(AgentShare, OfAgentsThatKnowOtherNodesNoneIsLeftOut) {
  Region region(0);
  region.add({"192.0.2.1:443", "192.0.2.2:443", "192.0.2.3:443"});
  region.add({"192.0.2.2:443", "192.0.2.3:443"});
  region.add({});
  region.round();
  const auto times = times_asked(region.round());
  EXPECT_EQ(times, (std::map<std::string, size_t>{
                       {"192.0.2.1:443", 1}, {"192.0.2.2:443", 1}, {"192.0.2.3:443", 1}}));
}

TEST(AgentShare, WhateverComesAndGoesAllNodesAreAsked) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto some_nodes = [&] {
      Nodes nodes;
      for (int i = 0; i < 12; ++i)
        if (random() % 2 == 0) nodes.insert("n" + std::to_string(i));
      return nodes;
    };
    Region region(0);
    for (size_t i = 0; i < 1 + seed % 5; ++i) region.add(some_nodes());
    for (int round = 0; round < 10; ++round) {
      if (random() % 3 == 0) region.known[random() % region.known.size()] = some_nodes();
      if (random() % 5 == 0) region.add(some_nodes());
      Nodes all;
      for (const Nodes& nodes : region.known) all.insert(nodes.begin(), nodes.end());
      EXPECT_EQ(times_asked(region.round()).size(), all.size());
    }
  }
}

TEST(AgentShare, SaysThatTwoHaveOneName) {
  AgentShare agent("berlin", "i0");
  AgentNote other = note_of("i1", four);
  agent.hear(other, start);
  EXPECT_FALSE(agent.trouble());
  other.agent = "berlin";
  agent.hear(other, start);
  ASSERT_TRUE(agent.trouble());
  EXPECT_NE(agent.trouble()->find("berlin"), std::string::npos);
  agent.take(four, start + 1min);
  EXPECT_FALSE(agent.trouble()) << "it has gone";
}

TEST(AgentNote, IsReadAsItWasWritten) {
  const AgentNote note{.agent = "a \"b\"", .instance = "i", .every = 1500ms, .nodes = four};
  const Result<AgentNote> read = read_agent_note(write_agent_note(note));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->agent, note.agent);
  EXPECT_EQ(read->instance, note.instance);
  EXPECT_EQ(read->every, note.every);
  EXPECT_EQ(read->nodes, note.nodes);
}

TEST(AgentNote, SaysWhatIsWrongWithAMessage) {
  const auto error_of = [](std::string_view json) {
    const Result<AgentNote> note = read_agent_note(json);
    return note ? "" : note.error().message;
  };
  EXPECT_EQ(error_of("[]"), "it is no JSON object");
  EXPECT_EQ(error_of(R"({"version":2})"), "it is of another version of astray");
  EXPECT_EQ(error_of(R"({"version":1,"agent":"","instance":"i"})"), "\"agent\" is no text");
  EXPECT_EQ(error_of(R"({"version":1,"agent":"a","instance":5})"), "\"instance\" is no text");
  EXPECT_EQ(error_of(R"({"version":1,"agent":"a","instance":"i","every_ms":0,"nodes":[]})"),
            "\"every_ms\" is no time that is possible");
  EXPECT_EQ(error_of(R"({"version":1,"agent":"a","instance":"i","every_ms":600001,"nodes":[]})"),
            "\"every_ms\" is no time that is possible");
  EXPECT_EQ(error_of(R"({"version":1,"agent":"a","instance":"i","every_ms":5,"nodes":5})"),
            "\"nodes\" is no array");
  EXPECT_EQ(error_of(R"({"version":1,"agent":"a","instance":"i","every_ms":5,"nodes":[5]})"),
            "a node is no text");
  EXPECT_EQ(error_of(R"({"version":1,"agent":"a","instance":"i","every_ms":5,"nodes":["n"]})"), "");
}

}  // namespace
}  // namespace astray::watch
