#include "probe/virtual_host_drift.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

struct OwnAnswer {
  std::string_view name;
  uint32_t virtual_host;
  uint64_t page;
  Agreement agreement = Agreement::agrees;
  int status = 200;
};

struct DriftCase {
  std::string_view what;
  std::vector<OwnAnswer> answers;
  std::vector<std::string> drifted;
};

std::vector<std::string> drifted(const std::vector<OwnAnswer>& answers) {
  NameTable names;
  VirtualHostDrift drift;
  uint64_t id = 0;
  for (const OwnAnswer& answer : answers) {
    ProbeCell cell;
    cell.id = ++id;
    cell.seen.status = answer.status;
    cell.prediction.agreement = answer.agreement;
    cell.prediction.virtual_host = "host";
    cell.prediction.expected.answer.virtual_host = static_cast<VirtualHostId>(answer.virtual_host);
    AnswerPrint print;
    print.exact = answer.page;
    drift.add(NodeIndex{0}, names.add(std::string(answer.name)), cell, print);
  }
  const std::vector<ProbeNode> nodes = {
      {{IpAddress::v4({127, 0, 0, 1}), Port(443)}, PortProtocol::https, {}}};
  ProbeFindings findings;
  drift.find(names, nodes, findings);
  std::vector<std::string> notes, found;
  for (const ProbeFinding& finding : findings.finish(notes)) found.push_back(finding.to);
  return found;
}

TEST(VirtualHostDrift, IsToldByTheOtherNamesOfTheVirtualHost) {
  const DriftCase cases[] = {
      {"a renamed name falls to another virtual host",
       {{"a", 0, 1}, {"elsewhere", 1, 1}, {"alias.b", 1, 2}},
       {"elsewhere"}},
      {"two virtual hosts may have equal pages", {{"a", 0, 1}, {"b", 1, 1}, {"alias.b", 1, 1}}, {}},
      {"one virtual host may have a page for each name", {{"a", 0, 1}, {"b", 1, 2}, {"alias.b", 1, 3}}, {}},
      {"a name alone in its virtual host tells nothing", {{"a", 0, 1}, {"b", 1, 1}}, {}},
      {"what differs already is told elsewhere",
       {{"a", 0, 1}, {"elsewhere", 1, 1, Agreement::differs}, {"alias.b", 1, 2}},
       {}},
      {"error pages are nobody's own",
       {{"a", 0, 1, Agreement::agrees, 404}, {"b", 1, 1}, {"alias.b", 1, 2}},
       {}},
      {"the first answer of a name counts", {{"a", 0, 1}, {"b", 1, 2}, {"b", 1, 1}, {"alias.b", 1, 2}}, {}},
  };
  for (const DriftCase& each : cases) {
    SCOPED_TRACE(each.what);
    EXPECT_EQ(drifted(each.answers), each.drifted);
  }
}

}  // namespace
}  // namespace astray
