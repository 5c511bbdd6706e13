#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "report/layout.h"
#include "report/printable.h"
#include "report/probe_cell_json.h"
#include "report/probe_matrix.h"
#include "report/probe_words.h"

namespace astray {
namespace {

constexpr size_t most_spelling_rows = 60;
constexpr size_t most_certificates = 200;
constexpr size_t most_other_protocols = 100;
constexpr size_t shown_pairs = 6;

Role role_of(ProbeSeverity severity) {
  switch (severity) {
    case ProbeSeverity::error:
      return Role::error;
    case ProbeSeverity::warning:
      return Role::warning;
    case ProbeSeverity::info:
      return Role::info;
  }
  return Role::plain;
}

class Human : public CellSink {
 public:
  Human(const ProbeReport& report, const ProbeHumanStyle& style, ByteSink& sink)
      : report_(report), style_(style), palette_(style_.palette), sink_(sink), matrices_(style_) {}

  void cell(const ProbeCell& cell) override {
    evidence_.keep(cell, report_);
    if (cell.verdict == CellVerdict::other_protocol) {
      keep_other_protocol(cell);
    } else if (!matrices_.add(cell)) {
      keep_spelling(cell);
    }
    keep_certificate(cell);
  }

  void finish(const ProbeSummary& summary) override {
    if (!matrices_.empty()) sink_.write(matrices_.text(summary.names) + matrices_.legend() + '\n');
    write_other_protocols();
    write_spellings();
    write_certificates(summary.nodes.size());
    for (const ProbeFinding& finding : summary.findings) write_finding(finding);
    write_outlook(summary);
    write_notes(summary);
    write_counts(summary);
  }

 private:
  /// Cells that are alike in all of this share a row.
  using SpellingKey = std::tuple<std::string, CellVerdict, int>;
  struct SpellingRow {
    uint64_t cells = 0;
    std::vector<std::string_view> offers;  ///< in ALPN, in the order in which they came up
    std::string example;
  };
  struct CertificateKey {
    Digest fingerprint;
    ChainTrust trust;
    auto operator<=>(const CertificateKey&) const = default;
  };
  struct Presented {
    std::string names, problem;
    std::vector<std::string> for_names;
    std::set<std::string> seen, nodes;
  };

  void title(std::string_view text) { sink_.write(palette_.paint(Role::strong, text) + '\n'); }

  static std::string spelling_of(const ProbeCell& cell) {
    const RequestQuestion& request = *cell.request;
    std::string text;
    const auto add = [&](std::string part) { text += (text.empty() ? "" : ", ") + std::move(part); };
    if (cell.connection->sni_spelling != Spelling::plain)
      add(fmt::format("SNI {}", to_string(cell.connection->sni_spelling)));
    if (!request.host) {
      add("Host missing");
    } else if (request.spelling != Spelling::plain) {
      add(fmt::format("Host {}", to_string(request.spelling)));
    }
    if (request.placement != Placement::usual) add(std::string(to_string(request.placement)));
    return text;
  }

  void keep_spelling(const ProbeCell& cell) {
    SpellingKey key(spelling_of(cell), cell.verdict, cell.seen.status);
    auto found = spellings_.find(key);
    if (found == spellings_.end()) {
      if (spellings_.size() == most_spelling_rows) {
        ++spellings_left_out_;
        return;
      }
      found = spellings_.emplace(std::move(key), SpellingRow{0, {}, question_text(cell)}).first;
    }
    SpellingRow& row = found->second;
    ++row.cells;
    const std::string_view offer = to_string(cell.connection->alpn);
    if (std::find(row.offers.begin(), row.offers.end(), offer) == row.offers.end())
      row.offers.push_back(offer);
  }

  /// A status is said where the verdict does not say it.
  static std::string answer_of(CellVerdict verdict, int status) {
    const std::string number = std::to_string(status);
    const bool said = status == 0 || to_string(verdict).find(number) != std::string_view::npos;
    return fmt::format("{} {}{}{}", letter_of(verdict), to_string(verdict), said ? "" : " ",
                       said ? "" : number);
  }

  void keep_other_protocol(const ProbeCell& cell) {
    if (!other_protocols_.insert(cell.sentence).second) return;
    if (other_protocols_.size() <= most_other_protocols) return;
    other_protocols_.erase(cell.sentence);
    ++other_protocols_left_out_;
  }

  void write_other_protocols() {
    if (other_protocols_.empty()) return;
    title("Other protocols");
    for (const std::string& sentence : other_protocols_)
      sink_.write(paragraph(printable(sentence), style_.columns, 2));
    if (other_protocols_left_out_ > 0)
      sink_.write(fmt::format("  and {} like these\n", count(other_protocols_left_out_, "cell")));
    sink_.write("\n");
  }

  void keep_certificate(const ProbeCell& cell) {
    const Certificate* certificate = cell.seen.certificate.get();
    // A resumed session has the certificate of the name it was got for.
    if (certificate == nullptr || cell.connection->use != ConnectionUse::fresh || cell.connection->session_of)
      return;
    const CertificateKey key{certificate->fingerprint, cell.seen.trust};
    auto found = certificates_.find(key);
    if (found == certificates_.end()) {
      if (certificates_.size() == most_certificates) {
        ++certificates_left_out_;
        return;
      }
      std::vector<std::string> names;
      for (const CertificateName& name : certificate->names) names.push_back(name.text());
      found = certificates_.emplace(key, Presented{names_text(names, 4), cell.seen.trust_problem, {}, {}, {}})
                  .first;
    }
    Presented& presented = found->second;
    const std::string name = cell.connection->sni.value_or("(no SNI)");
    if (presented.seen.insert(name).second) presented.for_names.push_back(name);
    presented.nodes.insert(cell.connection->node.text());
  }

  void write_spellings() {
    if (spellings_.empty()) return;
    title("Other spellings");
    Table table({"SPELLING", "ALPN", "ANSWER", "CELLS", "FOR EXAMPLE"});
    for (const auto& [key, row] : spellings_) {
      const auto& [spelling, verdict, status] = key;
      table.add({{spelling},
                 {fmt::format("{}", fmt::join(row.offers, ", "))},
                 {answer_of(verdict, status), astray::role_of(verdict)},
                 {std::to_string(row.cells)},
                 {row.example}});
    }
    sink_.write(table.text(style_.columns, 2, palette_));
    if (spellings_left_out_ > 0)
      sink_.write(fmt::format("  and {} of other kinds\n", count(spellings_left_out_, "cell")));
    sink_.write("\n");
  }

  void write_certificates(size_t nodes) {
    if (certificates_.empty()) return;
    title("Certificates");
    std::vector<std::string> head = {"SHA-256", "TRUST"};
    if (nodes > 1) head.emplace_back("NODES");
    head.insert(head.end(), {"NAMES IN IT", "PRESENTED FOR"});
    Table table(head);
    for (const auto& [key, presented] : certificates_) {
      std::string trust(to_string(key.trust));
      if (!presented.problem.empty()) trust += ": " + printable(presented.problem);
      std::vector<Table::Cell> row = {
          {to_hex(key.fingerprint).substr(0, 16) + "…", Role::code},
          {trust, key.trust == ChainTrust::untrusted ? Role::warning : Role::plain}};
      if (nodes > 1) row.push_back({fmt::format("{} of {}", presented.nodes.size(), nodes)});
      row.push_back({presented.names.empty() ? "none" : presented.names});
      row.push_back({names_text(presented.for_names, 6)});
      table.add(std::move(row));
    }
    sink_.write(table.text(style_.columns, 2, palette_));
    if (certificates_left_out_ > 0)
      sink_.write(fmt::format("  and others, in {}\n", count(certificates_left_out_, "cell")));
    sink_.write("\n");
  }

  void write_finding(const ProbeFinding& finding) {
    std::string text = palette_.paint(
        role_of(finding.severity), fmt::format("{}[{}]", to_string(finding.severity), rule_id(finding.kind)));
    const std::string pair = pair_text(finding.from, finding.to);
    if (!pair.empty()) text += ' ' + palette_.paint(Role::strong, pair);
    text += '\n' + paragraph(printable(finding.sentence), style_.columns, 2);
    const auto labelled = [&](std::string_view label, Role role, std::string_view what) {
      const int indent = static_cast<int>(label.size()) + 3;
      const std::vector<std::string> lines = wrap(what, style_.columns - indent);
      for (size_t i = 0; i < lines.size(); ++i)
        text += (i == 0 ? "  " + palette_.paint(role, label) + ' '
                        : std::string(static_cast<size_t>(indent), ' ')) +
                lines[i] + '\n';
    };
    if (!finding.nodes.empty()) labelled("at:", Role::faint, names_text(finding.nodes, 8));
    // Three cells show it as well as ten.
    size_t shown = 0;
    for (const uint64_t cell : finding.cells) {
      const KeptEvidence::Line* line = shown < 3 ? evidence_.find(cell) : nullptr;
      if (line == nullptr) continue;
      labelled(fmt::format("cell {}:", cell), Role::faint, line->text);
      // In one line, however long: it is there to be copied.
      if (shown++ == 0) text += "  " + palette_.paint(Role::faint, "again:") + ' ' + line->command + '\n';
    }
    if (finding.cell_count > shown) text += fmt::format("  {} in all\n", count(finding.cell_count, "cell"));
    if (!finding.next_step.empty()) labelled("next:", Role::good, printable(finding.next_step));
    sink_.write(text + '\n');
  }

  void write_outlook(const ProbeSummary& summary) {
    if (summary.outlook.empty()) return;
    // Clients that do alike are told in one sentence, with the pairs it is true of.
    struct Group {
      uint64_t pairs = 0;
      std::vector<std::string> examples;
      std::set<std::string> nodes;
    };
    using Key = std::tuple<int, std::string, std::string>;  ///< urgency, sentence, clients
    std::map<Key, Group> groups;
    for (const OutlookRow& row : summary.outlook) {
      std::vector<std::string> clients(row.clients.begin(), row.clients.end());
      Group& group = groups[{urgency(row), sentence_of(row), names_text(clients, 40)}];
      if (++group.pairs <= shown_pairs) group.examples.push_back(pair_text(row.from, row.to));
      group.nodes.insert(row.node.text());
    }
    title("Coalescing outlook");
    for (const auto& [key, group] : groups) {
      const auto& [urgency, sentence, clients] = key;
      std::string pairs;
      for (const std::string& example : group.examples) pairs += (pairs.empty() ? "" : ", ") + example;
      if (group.pairs > group.examples.size())
        pairs += fmt::format(" and {} more", group.pairs - group.examples.size());
      sink_.write(paragraph(
          fmt::format("{} {} ({}{}): {}", clients, sentence, count(group.pairs, "pair"),
                      group.nodes.size() > 1 ? fmt::format(", {} nodes", group.nodes.size()) : "", pairs),
          style_.columns, 2));
    }
    sink_.write("\n");
  }

  /// Small is urgent: the map's order is the order of the report.
  static int urgency(const OutlookRow& row) {
    switch (row.answer) {
      case ReuseAnswer::reuse:
        return -weight_of(row.would_get);
      case ReuseAnswer::could_not_tell:
        return 1;
      case ReuseAnswer::open_new:
        return 2;
    }
    return 1;
  }

  static std::string sentence_of(const OutlookRow& row) {
    switch (row.answer) {
      case ReuseAnswer::reuse:
        if (row.evidence == OutlookEvidence::none)
          return "would reuse the connection; what comes then was not asked";
        return fmt::format("would reuse the connection and get: {}{}", legend_of(row.would_get),
                           row.evidence == OutlookEvidence::fresh_connection
                               ? " (seen on a fresh connection with the same two names)"
                               : "");
      case ReuseAnswer::open_new:
        return fmt::format("would open a new connection, because of {}", to_string(row.reason));
      case ReuseAnswer::could_not_tell:
        break;
    }
    return fmt::format("may or may not reuse the connection: {}", to_string(row.reason));
  }

  void write_notes(const ProbeSummary& summary) {
    if (summary.notes.empty()) return;
    title("Notes");
    for (const std::string& note : summary.notes) sink_.write(paragraph(printable(note), style_.columns, 2));
    sink_.write("\n");
  }

  void write_counts(const ProbeSummary& summary) {
    std::string text;
    const auto findings = [&](ProbeSeverity severity, std::string_view what) {
      const size_t number = count_of(summary, severity);
      if (number == 0) return;
      if (!text.empty()) text += ", ";
      text += palette_.paint(role_of(severity),
                             what == "info" ? fmt::format("{} info", number) : count(number, what));
    };
    findings(ProbeSeverity::error, "error");
    findings(ProbeSeverity::warning, "warning");
    findings(ProbeSeverity::info, "info");
    const bool nothing = summary.count(CellVerdict::failed) == summary.cells;
    const uint64_t silent = summary.count(CellVerdict::failed) + summary.count(CellVerdict::could_not_tell) +
                            summary.count(CellVerdict::indistinct);
    if (nothing) {
      text = palette_.paint(Role::warning, "no evidence: nothing was answered") + (text.empty() ? "" : "; ") +
             text;
    } else if (text.empty()) {
      text = palette_.paint(silent == 0 ? Role::good : Role::warning,
                            silent == 0 ? "no findings" : "no findings in what could be told");
    }
    text += '\n';
    std::string verdicts;
    for (size_t i = 0; i < cell_verdicts; ++i) {
      const CellVerdict verdict = static_cast<CellVerdict>(i);
      if (summary.count(verdict) == 0) continue;
      verdicts +=
          fmt::format("{}{} {}", verdicts.empty() ? ": " : ", ", summary.count(verdict), to_string(verdict));
    }
    const double seconds = std::chrono::duration<double>(summary.took).count();
    text += paragraph(fmt::format("{} on {} to {} in {:.2f} s{}", count(summary.cells, "cell"),
                                  count(summary.connections, "connection"),
                                  count(summary.nodes.size(), "node"), seconds, verdicts),
                      style_.columns, 2);
    if (summary.predicted > 0)
      text += fmt::format("  prediction: {} of {} as the configuration says\n", summary.agreeing,
                          count(summary.predicted, "cell"));
    if (summary.interrupted)
      text += "  " + palette_.paint(Role::warning, "interrupted: this is what was asked until then") + '\n';
    sink_.write(text);
  }

  const ProbeReport& report_;
  const ProbeHumanStyle style_;
  const Palette& palette_;
  ByteSink& sink_;
  ProbeMatrices matrices_;
  KeptEvidence evidence_;
  std::set<std::string> other_protocols_;  ///< sentences
  uint64_t other_protocols_left_out_ = 0;
  std::map<SpellingKey, SpellingRow> spellings_;
  uint64_t spellings_left_out_ = 0;
  std::map<CertificateKey, Presented> certificates_;
  uint64_t certificates_left_out_ = 0;
};

}  // namespace

std::unique_ptr<CellSink> probe_human(const ProbeReport& report, const ProbeHumanStyle& style,
                                      ByteSink& sink) {
  return std::make_unique<Human>(report, style, sink);
}

}  // namespace astray
