#include "report/probe_words.h"

#include <gtest/gtest.h>

#include <set>

namespace astray {
namespace {

ConnectionQuestion connection_to(std::string_view node, std::optional<std::string> sni) {
  return {.node = Endpoint::parse(node).value(),
          .protocol = PortProtocol::https,
          .sni = sni,
          .sni_spelling = sni ? Spelling::plain : Spelling::none,
          .sni_name = sni.value_or(""),
          .alpn = AlpnOffer::h2,
          .client_certificate = {},
          .session_of = {},
          .use = ConnectionUse::fresh,
          .requests = {}};
}

RequestQuestion request_for(std::optional<std::string> host) {
  RequestQuestion request;
  request.host = host;
  request.name = host.value_or("");
  return request;
}

class Words : public ::testing::Test {
 protected:
  ProbeCell cell() {
    ProbeCell made;
    made.id = 7;
    made.connection = &connection;
    made.request = &request;
    return made;
  }
  ProbeReport report{"1.2.3", ShownPaths("/"), {"client one.pem"}};
  ConnectionQuestion connection = connection_to("192.0.2.1:443", "a.test");
  RequestQuestion request = request_for("b.test");
};

TEST(ProbeVerdicts, EachHasItsLetterWeightAndWords) {
  std::set<char> letters;
  std::set<int> weights;
  std::set<std::string_view> legends;
  for (size_t i = 0; i < cell_verdicts; ++i) {
    const CellVerdict verdict = static_cast<CellVerdict>(i);
    letters.insert(letter_of(verdict));
    weights.insert(weight_of(verdict));
    legends.insert(legend_of(verdict));
    EXPECT_EQ(is_misdirection(verdict), role_of(verdict) == Role::error) << to_string(verdict);
    // "The worst of several" must never hide a misdirection behind a silence, nor a silence behind an answer.
    if (!is_misdirection(verdict)) {
      EXPECT_LT(weight_of(verdict), weight_of(CellVerdict::false_421)) << to_string(verdict);
    }
  }
  EXPECT_EQ(letters.size(), cell_verdicts);
  EXPECT_EQ(weights.size(), cell_verdicts);
  EXPECT_EQ(legends.size(), cell_verdicts);
  EXPECT_GT(weight_of(CellVerdict::could_not_tell), weight_of(CellVerdict::own));
  EXPECT_GT(weight_of(CellVerdict::could_not_tell), weight_of(CellVerdict::rejected_421));
}

TEST(ShellWord, QuotesWhatAShellWouldRead) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a.test", "a.test"},
      {"a.test@192.0.2.1:443", "a.test@192.0.2.1:443"},
      {"", "''"},
      {"a@[2001:db8::1]:443", "'a@[2001:db8::1]:443'"},
      {"$(reboot)", "'$(reboot)'"},
      {"it's", "'it'\\''s'"},
      {"a b", "'a b'"},
      {"*", "'*'"},
      {"~", "'~'"},
      {"a\nb", "'a\nb'"},
      {"!x", "'!x'"},
  };
  for (const auto& [text, word] : cases) EXPECT_EQ(shell_word(text), word);
}

TEST_F(Words, CommandRepeatsTheCell) {
  EXPECT_EQ(repeat_command(cell(), report),
            "astray probe b.test@192.0.2.1:443 a.test@192.0.2.1:443 --sni a.test --host b.test --alpn h2 "
            "--connection fresh");
  request = request_for("a.test");
  connection.use = ConnectionUse::reused;
  connection.client_certificate = 0;
  EXPECT_EQ(repeat_command(cell(), report),
            "astray probe a.test@192.0.2.1:443 --sni a.test --host a.test --alpn h2 --connection reused "
            "--client-cert 'client one.pem'");
  connection = connection_to("[2001:db8::1]:8443", std::nullopt);
  request.host.reset();
  request.name.clear();
  EXPECT_EQ(
      repeat_command(cell(), report),
      "astray probe https://[2001:db8::1]:8443/ --sni none --host missing --alpn h2 --connection fresh");
  request = request_for("a.test");
  request.host = "";
  connection.session_of = "c.test";
  EXPECT_EQ(repeat_command(cell(), report),
            "astray probe 'a.test@[2001:db8::1]:8443' 'c.test@[2001:db8::1]:8443' --sni none --host empty "
            "--alpn h2 --connection fresh --resume");
  request.placement = Placement::two_host_fields;
  request.other = "b.test";
  connection = connection_to("192.0.2.1:443", "nobody.invalid");
  connection.sni_spelling = Spelling::unknown;
  connection.sni_name.clear();
  EXPECT_EQ(
      repeat_command(cell(), report),
      "astray probe a.test@192.0.2.1:443 b.test@192.0.2.1:443 --sni unknown --host two-host-fields --alpn h2 "
      "--connection fresh");
  // What could be read as a word of the option goes as bytes.
  request = request_for("unknown");
  connection = connection_to("192.0.2.1:443", "=x.test");
  EXPECT_EQ(repeat_command(cell(), report),
            "astray probe unknown@192.0.2.1:443 '=x.test@192.0.2.1:443' --sni '==x.test' --host '=unknown' "
            "--alpn h2 "
            "--connection fresh");
}

TEST_F(Words, CommandNamesTheProtocolWhereThePortDoesNot) {
  connection = connection_to("192.0.2.1:8080", "a.test");
  request = request_for("a.test");
  EXPECT_EQ(repeat_command(cell(), report),
            "astray probe https://a.test:8080 --node 192.0.2.1 --sni a.test --host a.test --alpn h2 "
            "--connection fresh");
}

TEST_F(Words, EvidenceTellsWhatWasSentAndWhatCame) {
  ProbeCell made = cell();
  made.seen.failure = ProbeFailure::timed_out;
  EXPECT_EQ(evidence_line(made),
            "SNI a.test, Host b.test over h2, fresh, at 192.0.2.1:443 → no answer (timed-out)");
  made.seen.failure = ProbeFailure::tls_alert;
  made.seen.alert = "unrecognized_name";
  EXPECT_EQ(evidence_line(made),
            "SNI a.test, Host b.test over h2, fresh, at 192.0.2.1:443 → TLS alert unrecognized_name");
  made.seen.status = 200;
  made.seen.server = "x\x1b]0;owned\x07";
  made.answered_as = "a.test";
  made.prediction.agreement = Agreement::differs;
  made.prediction.difference = "status: predicted 421, was 200";
  EXPECT_EQ(evidence_line(made),
            "SNI a.test, Host b.test over h2, fresh, at 192.0.2.1:443 → 200, server x\\x1b]0;owned\\x07, the "
            "answer of "
            "a.test; status: predicted 421, was 200");
}

TEST_F(Words, EvidenceIsKeptOfWhatFindingsPointAtAndNeverTooMuch) {
  KeptEvidence kept;
  ProbeCell made = cell();
  for (const CellVerdict verdict : {CellVerdict::own, CellVerdict::rejected_421}) {
    made.verdict = verdict;
    kept.keep(made, report);
  }
  EXPECT_EQ(kept.find(7), nullptr);
  made.verdict = CellVerdict::misdirected;
  kept.keep(made, report);
  ASSERT_NE(kept.find(7), nullptr);
  EXPECT_EQ(kept.find(7)->text, evidence_line(made));
  for (uint64_t id = 8; id < 8 + KeptEvidence::most; ++id) {
    made.id = id;
    kept.keep(made, report);
  }
  EXPECT_NE(kept.find(6 + KeptEvidence::most), nullptr);
  EXPECT_EQ(kept.find(7 + KeptEvidence::most), nullptr);
}

TEST(NamesText, ListsAFew) {
  EXPECT_EQ(names_text({}, 3), "");
  EXPECT_EQ(names_text({"a"}, 3), "a");
  EXPECT_EQ(names_text({"a", "b"}, 3), "a and b");
  EXPECT_EQ(names_text({"a", "b", "c"}, 3), "a, b and c");
  EXPECT_EQ(names_text({"a", "b", "c", "d"}, 2), "a, b and 2 more");
  EXPECT_EQ(pair_text("a", "b"), "a → b");
  EXPECT_EQ(pair_text("", "b\x1b"), "b\\x1b");
  EXPECT_EQ(pair_text("a", "a"), "a");
}

}  // namespace
}  // namespace astray
