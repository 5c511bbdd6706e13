#include "watch/rounds/cell_recorder.h"

#include <gtest/gtest.h>

namespace astray::watch {
namespace {

OutlookRow outlook_row(std::string to, std::vector<std::string_view> clients, ReuseAnswer answer, Reason reason,
                       CellVerdict would_get = CellVerdict::could_not_tell) {
  return {.from = "a.test",
          .to = std::move(to),
          .node = {IpAddress::v4({192, 0, 2, 1}), Port(443)},
          .clients = std::move(clients),
          .answer = answer,
          .reason = reason,
          .would_get = would_get,
          .evidence = OutlookEvidence::none,
          .cell = 0};
}

std::vector<std::string> told(const std::vector<OutlookRow>& outlook) {
  std::vector<std::string> texts;
  for (const CoalescibleRecord& record : coalescible_records(outlook))
    texts.push_back(record.from + ' ' + record.to + ' ' + record.node + " [" + record.clients + "] " +
                    std::string(to_string(record.would_get)));
  return texts;
}

TEST(CoalescibleRecords, JoinTheClientsOfAPair) {
  EXPECT_EQ(told({outlook_row("b.test", {"firefox-h2"}, ReuseAnswer::reuse, Reason::coalesced, CellVerdict::rejected_421),
                  outlook_row("b.test", {"chromium-h2"}, ReuseAnswer::reuse, Reason::coalesced, CellVerdict::rejected_421),
                  outlook_row("b.test", {"curl"}, ReuseAnswer::open_new, Reason::address_differs)}),
            std::vector<std::string>{"a.test b.test 192.0.2.1:443 [chromium-h2,firefox-h2] rejected-421"});
}

TEST(CoalescibleRecords, SayThatNoClientDoesWhereItLasts) {
  EXPECT_EQ(told({outlook_row("b.test", {"chromium-h2"}, ReuseAnswer::open_new, Reason::certificate_gap),
                  outlook_row("c.test", {"chromium-h2"}, ReuseAnswer::open_new, Reason::not_multiplexed),
                  outlook_row("d.test", {"chromium-h2"}, ReuseAnswer::could_not_tell, Reason::facts_missing),
                  outlook_row("e.test", {"chromium-h2"}, ReuseAnswer::open_new, Reason::address_differs),
                  outlook_row("f.test", {"curl"}, ReuseAnswer::open_new, Reason::never_coalesces)}),
            (std::vector<std::string>{"a.test b.test 192.0.2.1:443 [] could-not-tell",
                                      "a.test e.test 192.0.2.1:443 [] could-not-tell"}));
}

}  // namespace
}  // namespace astray::watch
