#pragma once
#include "probe_page/sample_cells.h"

namespace astray::test {

/// Feeds the whole run to a sink, with the findings that it makes.
class SampleRun : public SampleCells {
 public:
  using SampleCells::SampleCells;

  void feed(CellSink& sink) {
    if (shape_.names == 0) return finish(sink);
    for (size_t node = 0; node < shape_.nodes; ++node) {
      for (const ConnectionUse use : {ConnectionUse::fresh, ConnectionUse::reused}) {
        for (size_t sni = 0; sni < names_.size(); ++sni)
          for (size_t host = 0; host < names_.size(); ++host) pair(sink, node, use, sni, host);
      }
      odd(sink, node);
    }
    finish(sink);
  }

 private:
  void pair(CellSink& sink, size_t node, ConnectionUse use, size_t sni, size_t host) {
    ConnectionQuestion asked = connection(node, use, names_[sni]);
    RequestQuestion request;
    request.host = names_[host];
    request.name = names_[host];
    ProbeCell cell;
    begin(cell, asked, request);
    const bool covered = certificate_of(sni) == certificate_of(host);
    if (node == 1 && sni == 4) {
      refused(cell);
    } else if (sni == 1 && host == 2 && node == 0) {
      serve(cell, sni, host, 1);
    } else if (sni == 3 && host == 3 && use == ConnectionUse::fresh && node == 1) {
      reject(cell, sni, host);
      cell.verdict = CellVerdict::false_421;
      cell.sentence = fmt::format("{} answered 421 although the connection was its own.", names_[host]);
    } else if (sni == 0 && host == 5 && use == ConnectionUse::reused) {
      serve(cell, sni, host, 5);
      cell.verdict = CellVerdict::authentication_bypass;
      cell.reason = Reason::client_authentication_differs;
      cell.sentence = fmt::format(
          "{} demands a client certificate, and was served without one on a "
          "connection for {}.",
          names_[host], names_[sni]);
    } else if (sni == 5 && host == 0) {
      serve(cell, sni, host, 0);
      cell.verdict = CellVerdict::could_not_tell;
      cell.reason = Reason::facts_missing;
      cell.answered_as.clear();
      cell.sentence =
          fmt::format("Status 200 for {}, with a page that no name's own answer is like.", names_[host]);
    } else if (covered) {
      serve(cell, sni, host, host);
    } else {
      reject(cell, sni, host);
    }
    if (cell.seen.status != 0 && node == 0)
      predict(cell, covered && host != 2 ? 200 : sni == host ? 200 : 421, host);
    end(sink, cell);
  }

  void odd(CellSink& sink, size_t node) {
    struct Odd {
      std::optional<std::string> sni, host;
      Spelling sni_spelling, spelling;
      Placement placement;
      CellVerdict verdict;
      int status;
    };
    const std::string name = names_[0];
    const std::vector<Odd> odds = {
        {std::nullopt, name, Spelling::none, Spelling::plain, Placement::usual, CellVerdict::own, 200},
        {"nobody.invalid", "nobody.invalid", Spelling::unknown, Spelling::unknown, Placement::usual,
         CellVerdict::default_answer, 200},
        {name, "nobody.invalid", Spelling::plain, Spelling::unknown, Placement::usual,
         CellVerdict::rejected_404, 404},
        {name, "WWW.EXAMPLE.TEST", Spelling::plain, Spelling::upper_case, Placement::usual, CellVerdict::own,
         200},
        {name, name + ".", Spelling::plain, Spelling::trailing_dot, Placement::usual,
         CellVerdict::rejected_421, 421},
        {name, "", Spelling::plain, Spelling::empty, Placement::usual, CellVerdict::rejected_400, 400},
        {name, std::nullopt, Spelling::plain, Spelling::none, Placement::usual, CellVerdict::rejected_400,
         400},
        {name, name, Spelling::plain, Spelling::plain, Placement::authority_conflict,
         CellVerdict::misdirected, 200},
    };
    for (const Odd& odd : odds) {
      ConnectionQuestion asked = connection(node, ConnectionUse::fresh, odd.sni);
      asked.sni_spelling = odd.sni_spelling;
      if (odd.sni_spelling == Spelling::unknown) asked.sni_name.clear();
      RequestQuestion request;
      request.host = odd.host;
      request.spelling = odd.spelling;
      request.placement = odd.placement;
      if (odd.placement != Placement::usual) request.other = names_.back();
      request.name = odd.host && odd.spelling != Spelling::unknown && !odd.host->empty() ? name : "";
      ProbeCell cell;
      begin(cell, asked, request);
      answered(cell, odd.status, fmt::format("status {}", odd.status), 0);
      cell.verdict = odd.verdict;
      cell.reason = Reason::authority_malformed;
      cell.sentence = fmt::format("Asked oddly, it answered {}.", odd.status);
      end(sink, cell);
    }
  }

  void begin(ProbeCell& cell, const ConnectionQuestion& asked, const RequestQuestion& request) {
    cell.id = ++summary_.cells;
    cell.connection = &asked;
    cell.request = &request;
  }

  void end(CellSink& sink, const ProbeCell& cell) {
    ++summary_.by_verdict.at(static_cast<size_t>(cell.verdict));
    ++summary_.connections;
    if (cell.prediction.agreement != Agreement::not_predicted) ++summary_.predicted;
    if (cell.prediction.agreement == Agreement::agrees) ++summary_.agreeing;
    if (cell.verdict == CellVerdict::misdirected && misdirected_.size() < 10) misdirected_.push_back(cell.id);
    if (cell.verdict == CellVerdict::failed && failed_.size() < 10) failed_.push_back(cell.id);
    sink.cell(cell);
  }

  void finish(CellSink& sink) {
    summary_.names = names_;
    summary_.interrupted = shape_.interrupted;
    summary_.took = std::chrono::milliseconds(1234);
    for (size_t node = 0; node < shape_.nodes; ++node) summary_.nodes.push_back(node_at(node).text());
    if (names_.size() > 5) add_findings();
    summary_.notes.push_back("2 addresses of www.example.test did not answer and were left out.");
    if (shape_.manners == Manners::hostile) summary_.notes.push_back(fmt::format("A note with {}.", markup));
    sink.finish(summary_);
  }

  void add_findings() {
    summary_.findings.push_back(
        {ProbeFindingKind::misdirected,
         ProbeSeverity::error,
         names_[1],
         names_[2],
         fmt::format("A request for {} on a connection for {} gets the answer of {}.", names_[2], names_[1],
                     names_[1]),
         "Give each name a server block of its own, or answer 421 where SNI and Host differ.",
         {node_at(0).text()},
         misdirected_,
         misdirected_.size() + 3});
    summary_.findings.push_back({ProbeFindingKind::parity,
                                 ProbeSeverity::warning,
                                 "",
                                 names_[3],
                                 fmt::format("The nodes answer a request for {} differently.", names_[3]),
                                 "Bring the nodes to one configuration.",
                                 summary_.nodes,
                                 {1, 2},
                                 2});
    summary_.findings.push_back({ProbeFindingKind::not_answered,
                                 ProbeSeverity::info,
                                 "",
                                 names_[4],
                                 fmt::format("No answer came for {}.", names_[4]),
                                 "Look whether it listens.",
                                 {node_at(1).text()},
                                 failed_,
                                 failed_.size()});
    for (size_t from = 0; from < names_.size(); ++from) {
      for (size_t to = 0; to < names_.size(); ++to) {
        if (from == to) continue;
        const bool covered = certificate_of(from) == certificate_of(to);
        OutlookRow row{.from = names_[from], .to = names_[to], .node = node_at(0), .clients = {}};
        row.clients = {"chromium-h2", "okhttp"};
        row.answer = covered ? ReuseAnswer::reuse : ReuseAnswer::open_new;
        row.reason = covered ? Reason::coalesced : Reason::certificate_gap;
        row.would_get = from == 1 && to == 2 ? CellVerdict::misdirected : CellVerdict::own;
        row.evidence = covered ? OutlookEvidence::reused_connection : OutlookEvidence::none;
        row.cell = covered ? names_.size() * (names_.size() + from) + to + 1 : 0;
        summary_.outlook.push_back(row);
        row.clients = {"curl"};
        row.answer = ReuseAnswer::open_new;
        row.reason = Reason::never_coalesces;
        row.evidence = OutlookEvidence::none;
        row.cell = 0;
        summary_.outlook.push_back(row);
        if (to == from + 1) {
          row.clients = {"safari"};
          row.answer = ReuseAnswer::could_not_tell;
          row.reason = Reason::dns_unanswered;
          summary_.outlook.push_back(row);
        }
      }
    }
  }

  ProbeSummary summary_;
  std::vector<uint64_t> misdirected_, failed_;
};

}  // namespace astray::test
