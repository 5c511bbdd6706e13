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

/// The names, and cells as they could have come from their nodes.
class SampleCells {
 public:
  explicit SampleCells(const SampleShape& shape) : shape_(shape) {
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

 protected:
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

  SampleShape shape_;
  std::vector<std::string> names_;
  std::shared_ptr<const Certificate> wildcard_, intern_, customers_;
};

}  // namespace astray::test
