#include "probe/fake_world_test.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/ascii.h"
#include "names/certificate_name.h"
#include "probe/answer_print.h"

namespace astray::test {

std::shared_ptr<const Certificate> certificate_for(const std::vector<std::string>& names) {
  auto certificate = std::make_shared<Certificate>();
  std::vector<CertificateName> parsed;
  uint64_t print = 7;
  for (const std::string& name : names) {
    parsed.push_back(CertificateName::parse_dns(name).value());
    print = hash_text(name, print);
  }
  certificate->names = CertificateNames(std::move(parsed));
  for (size_t i = 0; i < 8; ++i) certificate->fingerprint[i] = static_cast<uint8_t>(print >> (8 * i));
  return certificate;
}

Observation page(int status, const std::string& body, const std::string& location) {
  Observation seen;
  seen.stage = Stage::done;
  seen.status = status;
  seen.server = "nginx";
  seen.location = location;
  seen.content_type = "text/html";
  seen.body.bytes = body.size();
  seen.body.excerpt = body.substr(0, BodyPrint::excerpt_bytes);
  for (size_t part = 0; part < 4; ++part) {
    const uint64_t print = hash_text(body, part + 1);
    for (size_t i = 0; i < 8; ++i) seen.body.sha256[part * 8 + i] = static_cast<uint8_t>(print >> (8 * i));
  }
  return seen;
}

Endpoint endpoint(std::string_view text) {
  return Endpoint::parse(text).value();
}

ConnectionQuestion connection_to(std::string_view node, const std::string& sni, AlpnOffer alpn) {
  ConnectionQuestion question{.node = endpoint(node),
                              .protocol = PortProtocol::https,
                              .sni = std::nullopt,
                              .sni_spelling = sni.empty() ? Spelling::none : Spelling::plain,
                              .sni_name = sni,
                              .alpn = alpn,
                              .client_certificate = std::nullopt,
                              .session_of = std::nullopt,
                              .use = ConnectionUse::fresh,
                              .requests = {}};
  if (!sni.empty()) question.sni = sni;
  return question;
}

RequestQuestion request_of(const std::string& host) {
  RequestQuestion request;
  request.host = host;
  request.name = host;
  return request;
}

ProbeNode https_node(std::string_view where, std::vector<std::string> names) {
  ProbeNode node{.endpoint = endpoint(where), .protocol = PortProtocol::https, .names = std::move(names)};
  node.name_addresses.assign(node.names.size(), 0);
  return node;
}

std::string canonical(std::string_view host) {
  std::string text = ascii_lower(host);
  if (const size_t colon = text.rfind(':'); colon != std::string::npos && !text.ends_with(']'))
    text.resize(colon);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void fill_connection(Observation& seen, const ConnectionQuestion& connection,
                     std::shared_ptr<const Certificate> certificate) {
  seen.connection_id = 1;
  const bool h2 = connection.alpn == AlpnOffer::h2 || connection.alpn == AlpnOffer::h2_only;
  seen.protocol = h2 ? Protocol::h2 : Protocol::h1;
  if (connection.protocol != PortProtocol::https) return;
  seen.handshake_done = true;
  seen.tls_version = "TLSv1.3";
  seen.alpn = h2 ? "h2" : "http/1.1";
  seen.certificate = std::move(certificate);
  seen.trust = ChainTrust::trusted;
}

FakeWorld::FakeWorld(std::vector<FakeSite> sites) : sites_(std::move(sites)) {}

const FakeSite& FakeWorld::site_of(const std::string& name) const {
  const auto found =
      std::find_if(sites_.begin(), sites_.end(), [&](const FakeSite& site) { return site.name == name; });
  return found == sites_.end() ? sites_.front() : *found;
}

Observation FakeWorld::answer(const ConnectionQuestion& connection, const RequestQuestion& request) const {
  const FakeSite& shaken = site_of(canonical(connection.sni.value_or("")));
  const bool asks = shaken.demand == Demand::client_certificate;
  const auto respond = [&](Observation seen) {
    fill_connection(seen, connection, certificate_for(shaken.certificate_names));
    seen.client_certificate_requested = asks;
    return seen;
  };
  if (!request.host || request.host->empty()) return respond(page(400, "<h1>400 Bad Request</h1>"));
  switch (request.placement) {
    case Placement::absolute_conflict:
    case Placement::authority_conflict:
    case Placement::two_host_fields:
      return respond(page(400, "<h1>400 Bad Request</h1>"));
    default:
      break;
  }
  const std::string host = canonical(*request.host);
  const FakeSite& site = site_of(host);
  if (site.demand == Demand::client_certificate) {
    // nginx forgets an SNI that no site is named.
    const bool known = connection.sni && shaken.name == canonical(*connection.sni);
    if (known && shaken.name != host)
      return respond(page(421,
                          "<html>\r\n<head><title>421 Misdirected Request</title></head>\r\n<body>\r\n"
                          "<center><h1>421 Misdirected Request</h1></center>\r\n<hr><center>nginx</center>"));
    if (!connection.client_certificate)
      return respond(page(400, "<html><center>No required SSL certificate was sent</center></html>"));
  }
  return respond(page(200, site.body));
}

size_t RunResult::count(ProbeFindingKind kind) const {
  return static_cast<size_t>(
      std::count_if(summary.findings.begin(), summary.findings.end(),
                    [&](const ProbeFinding& finding) { return finding.kind == kind; }));
}

const ProbeFinding* RunResult::find(ProbeFindingKind kind) const {
  const auto found = std::find_if(summary.findings.begin(), summary.findings.end(),
                                  [&](const ProbeFinding& finding) { return finding.kind == kind; });
  return found == summary.findings.end() ? nullptr : &*found;
}

const SeenCell* RunResult::cell(const std::string& sni, const std::string& host, ConnectionUse use) const {
  const auto found = std::find_if(cells.begin(), cells.end(), [&](const SeenCell& cell) {
    return cell.connection.use == use && cell.connection.sni.value_or("") == sni &&
           cell.request.host == host && cell.request.placement == Placement::usual &&
           !cell.connection.session_of;
  });
  return found == cells.end() ? nullptr : &*found;
}

RunResult run(const std::vector<ProbeNode>& nodes, const Axes& axes, const FakeWorld::Answer& answer,
              const Predictor* predictor) {
  RunResult result;
  const Plan plan(nodes, axes);
  std::vector<const ClientProfile*> clients;
  for (const std::string_view id : {"chromium-h2", "firefox-h2", "safari", "okhttp", "curl"})
    clients.push_back(find_client_profile(id));
  Assessor assessor(nodes, {}, predictor, clients);
  Plan::Cursor cursor(plan);
  while (const auto connection = cursor.next()) {
    for (const RequestQuestion& request : connection->requests) {
      const ProbeCell cell = assessor.assess(*connection, request, answer(*connection, request));
      EXPECT_FALSE(cell.sentence.empty());
      result.cells.push_back(
          {*connection, request, cell.verdict, cell.reason, cell.sentence, cell.answered_as});
    }
  }
  EXPECT_EQ(result.cells.size(), plan.cells());
  result.summary = assessor.summarize();
  EXPECT_EQ(result.summary.cells, plan.cells());
  EXPECT_EQ(result.summary.connections, plan.connections());
  return result;
}

}  // namespace astray::test
