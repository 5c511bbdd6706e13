#pragma once
// A run of a probe that never took place: names on two nodes that go wrong in every way a report has to show,
// with what strangers might put into names, fields and bodies to be shown as something else than text.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probe/summary.h"

namespace astray::test {

enum class Manners : uint8_t { plain, hostile };

inline constexpr std::string_view markup = "</script><img src=x onerror=document.title='owned'>";

struct SampleShape {
  size_t names = 6;
  size_t nodes = 2;
  Manners manners = Manners::plain;
  bool interrupted = false;
};

class SampleRun {
 public:
  explicit SampleRun(const SampleShape& shape) : shape_(shape) {
    constexpr std::array<std::string_view, 6> first = {"www", "api", "shop", "login", "static", "intern"};
    for (size_t i = 0; i < shape.names; ++i) {
      names_.push_back(i < first.size() ? fmt::format("{}.example.test", first[i])
                                        : fmt::format("tenant-{:03}.customers.example.test", i));
    }
    if (shape.manners == Manners::hostile && shape.names > 2) names_[2] = "</script><b>shop.example.test";
    wildcard_ = certificate({"*.example.test", "example.test"}, 0x11);
    intern_ = certificate({"intern.example.test"}, 0x22);
    customers_ = certificate({"*.customers.example.test"}, 0x33);
  }

  const std::vector<std::string>& names() const { return names_; }

  void feed(CellSink& sink) {
    if (shape_.names == 0) {
      finish(sink);
      return;
    }
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
  static std::shared_ptr<const Certificate> certificate(const std::vector<std::string>& names, uint8_t mark) {
    Certificate made;
    std::vector<CertificateName> parsed;
    for (const std::string& name : names) parsed.push_back(CertificateName::parse_dns(name).value());
    made.names = CertificateNames(std::move(parsed));
    made.has_subject_alternative_names = true;
    made.fingerprint.fill(mark);
    made.subject = "CN=" + names.front();
    made.issuer = "CN=Test CA";
    made.key_type = KeyType::ecdsa;
    return std::make_shared<const Certificate>(std::move(made));
  }

  Endpoint node_at(size_t node) const {
    return Endpoint::parse(node == 0 ? "192.0.2.1:443" : fmt::format("[2001:db8::{:x}]:443", node)).value();
  }

  const std::shared_ptr<const Certificate>& certificate_of(size_t name) const {
    return name == 5 ? intern_ : name > 5 ? customers_ : wildcard_;
  }

  ConnectionQuestion connection(size_t node, ConnectionUse use, const std::optional<std::string>& sni) const {
    return {.node = node_at(node),
            .protocol = PortProtocol::https,
            .sni = sni,
            .sni_spelling = sni ? Spelling::plain : Spelling::none,
            .sni_name = sni.value_or(""),
            .alpn = AlpnOffer::h2,
            .client_certificate = {},
            .session_of = {},
            .use = use,
            .requests = {}};
  }

  void answered(ProbeCell& cell, int status, std::string_view body, size_t certificate) const {
    Observation& seen = cell.seen;
    seen.stage = Stage::done;
    seen.handshake_done = true;
    seen.tls_version = "TLSv1.3";
    seen.alpn = "h2";
    seen.protocol = Protocol::h2;
    seen.certificate = certificate_of(certificate);
    seen.trust = ChainTrust::trusted;
    seen.status = status;
    seen.server = shape_.manners == Manners::hostile ? fmt::format("nginx {}", markup) : "nginx/1.22.1";
    seen.content_type = "text/html";
    seen.body.bytes = body.size();
    seen.body.sha256.fill(static_cast<uint8_t>(body.size()));
    seen.body.excerpt = body;
    seen.connection_id = cell.id;
    seen.request_index = cell.connection->use == ConnectionUse::reused ? 1 : 0;
    seen.timings = {std::chrono::microseconds(820), std::chrono::microseconds(4310 + cell.id % 900),
                    std::chrono::microseconds(1810), std::chrono::microseconds(6480 + cell.id % 700)};
  }

  void refused(ProbeCell& cell) const {
    cell.seen.stage = Stage::connect;
    cell.seen.failure = ProbeFailure::refused;
    cell.seen.message = fmt::format("{} refused the connection", cell.connection->node.text());
    cell.verdict = CellVerdict::failed;
    cell.reason = Reason::facts_missing;
    cell.sentence = fmt::format("Nothing was answered: {}.", cell.seen.message);
  }

  std::string body_of(size_t name) const {
    std::string body =
        fmt::format("<!doctype html>\n<title>{}</title>\n<h1>Site {}</h1>\n", names_[name], name);
    if (shape_.manners == Manners::hostile) body += fmt::format("{}\x1b[31m\xff\x00<!--<script>", markup);
    return body;
  }

  void serve(ProbeCell& cell, size_t sni, size_t host, size_t by) const {
    answered(cell, 200, body_of(by), sni);
    cell.answered_as = names_[by];
    if (by == host) {
      cell.verdict = CellVerdict::own;
      cell.reason = sni == host ? Reason::own_name : Reason::coalesced;
      cell.sentence = fmt::format("{} answered for itself.", names_[host]);
    } else {
      cell.verdict = CellVerdict::misdirected;
      cell.reason = Reason::default_virtual_host;
      cell.sentence = fmt::format("A request for {} on a connection for {} got the answer of {}.",
                                  names_[host], names_[sni], names_[by]);
    }
  }

  void reject(ProbeCell& cell, size_t sni, size_t host) const {
    answered(cell, 421, "<h1>421 Misdirected Request</h1>", sni);
    cell.verdict = CellVerdict::rejected_421;
    cell.answered_by = decltype(cell.answered_by)::nginx;
    cell.reason = Reason::certificate_gap;
    cell.sentence = fmt::format("{} is not answered on a connection for {}: 421.", names_[host], names_[sni]);
  }

  void predict(ProbeCell& cell, int status, size_t by) const {
    Prediction& prediction = cell.prediction;
    prediction.expected.handshake.outcome = HandshakeOutcome::ok;
    prediction.expected.answer.outcome = status == 421 ? AnswerOutcome::reject : AnswerOutcome::serve;
    prediction.expected.answer.status = status == 421 ? 421 : 0;
    prediction.expected.answer.reason = status == 421 ? Reason::certificate_gap : Reason::own_name;
    prediction.virtual_host = names_[by];
    const bool differs = status == 421 && cell.seen.status != 421;
    prediction.agreement = differs ? Agreement::differs : Agreement::agrees;
    if (differs) prediction.difference = fmt::format("status: predicted 421, was {}", cell.seen.status);
  }

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

  SampleShape shape_;
  std::vector<std::string> names_;
  std::shared_ptr<const Certificate> wildcard_, intern_, customers_;
  ProbeSummary summary_;
  std::vector<uint64_t> misdirected_, failed_;
};

}  // namespace astray::test
