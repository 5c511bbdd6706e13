#include "watch/detection/small_world_test.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "names/certificate_name.h"
#include "probe/answer_print.h"
#include "report/probe_formats.h"
#include "watch/detection/pages.h"
#include "watch/rounds/cell_recorder.h"

namespace astray::watch::test {
namespace {

std::string name_of(size_t index) {
  return std::string(1, static_cast<char>('a' + index)) + ".example";
}

std::shared_ptr<const Certificate> make_certificate(const std::string& id, const WorldCertificate& made) {
  auto certificate = std::make_shared<Certificate>();
  std::vector<CertificateName> names;
  for (const std::string& name : made.names) names.push_back(CertificateName::parse_dns(name).value());
  certificate->names = CertificateNames(std::move(names));
  certificate->not_before = made.not_before;
  certificate->not_after = made.not_after;
  const uint64_t print = hash_text(id);
  for (size_t i = 0; i < 8; ++i) certificate->fingerprint[i] = static_cast<uint8_t>(print >> (8 * i));
  return certificate;
}

void fill_body(Observation& seen, const std::string& body) {
  seen.body.bytes = body.size();
  seen.body.excerpt = body;
  for (size_t part = 0; part < 4; ++part) {
    const uint64_t print = hash_text(body, part + 1);
    for (size_t i = 0; i < 8; ++i) seen.body.sha256[part * 8 + i] = static_cast<uint8_t>(print >> (8 * i));
  }
}

Observation nobody(ProbeFailure failure) {
  Observation seen;
  seen.stage = Stage::connect;
  seen.failure = failure;
  seen.message = "connection refused";
  return seen;
}

std::string plain(std::string_view text) {
  std::string name = ascii_lower(text.substr(0, text.find(':')));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

constexpr std::string_view nginx_421 =
    "<html>\r\n<head><title>421 Misdirected Request</title></head>\r\n<body>\r\n"
    "<center><h1>421 Misdirected Request</h1></center>\r\n<hr><center>nginx</center>";
constexpr std::string_view httpd_421 =
    "<p>The client needs a new connection for this\nrequest as the requested host name does not match\nthe "
    "Server Name Indication (SNI) in use for this\nconnection.</p>";

}  // namespace

World World::of(size_t nodes, size_t names) {
  World world;
  for (size_t i = 0; i < names; ++i) world.names.push_back(name_of(i));
  world.certificates["all"] = {.names = world.names};
  world.certificates["fallback"] = {.names = {"fallback.test"}};
  for (size_t i = 0; i < nodes; ++i) {
    WorldNode node;
    node.address = fmt::format("192.0.2.{}:443", i + 1);
    for (const std::string& name : world.names)
      node.hosts[name] = {.certificate = "all", .page = "<h1>This is " + name.substr(0, 1) + "</h1>"};
    node.fallback = {.certificate = "fallback", .page = "<h1>Welcome</h1>"};
    world.nodes.push_back(std::move(node));
  }
  return world;
}

void World::everywhere(const std::string& name, const std::function<void(VirtualHost&)>& change) {
  for (WorldNode& node : nodes) change(node.hosts.at(name));
}

Observation World::answer(const ConnectionQuestion& connection, const RequestQuestion& request) const {
  const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const WorldNode& candidate) {
    return candidate.address == connection.node.text();
  });
  if (node == nodes.end() || node->is_silent) return nobody(ProbeFailure::refused);
  const auto host_of = [&](const std::string& name) -> const VirtualHost& {
    const auto found = node->hosts.find(name);
    return found == node->hosts.end() ? node->fallback : found->second;
  };
  const VirtualHost& shaken = host_of(plain(connection.sni.value_or("")));
  const bool offers_h2 = connection.alpn == AlpnOffer::h2;
  Observation seen;
  seen.stage = Stage::done;
  seen.connection_id = 1;
  seen.handshake_done = true;
  seen.tls_version = "TLSv1.3";
  seen.protocol = offers_h2 && shaken.h2 ? Protocol::h2 : Protocol::h1;
  seen.alpn = seen.protocol == Protocol::h2 ? "h2" : "http/1.1";
  seen.certificate = make_certificate(shaken.certificate, certificates.at(shaken.certificate));
  seen.trust = ChainTrust::trusted;
  seen.client_certificate_requested = shaken.demand != Demand::none;
  seen.server = "nginx";
  seen.content_type = "text/html";
  const auto respond = [&](int status, std::string_view body) {
    seen.status = status;
    fill_body(seen, std::string(body));
    return seen;
  };
  if (!request.host || request.host->empty() || request.placement != Placement::usual)
    return respond(400, "<h1>400 Bad Request</h1>");
  const VirtualHost& asked = host_of(plain(*request.host));
  if (asked.demand == Demand::required) {
    if (&asked != &shaken && connection.sni) return respond(421, nginx_421);
    return respond(400, "<html><center>No required SSL certificate was sent</center></html>");
  }
  if (asked.back_misses_sni) return respond(421, httpd_421);
  return respond(asked.status, asked.page);
}

RoundRecord Rounds::ask_all(const World& world, const Weather& weather) {
  RoundRecord round;
  round.began = now;
  std::vector<std::string> names = world.names;
  std::shuffle(names.begin(), names.end(), random_);
  names.resize(std::min(names.size(), weather.names_a_round));
  std::sort(names.begin(), names.end());
  std::vector<ProbeNode> nodes;
  std::vector<ResolvedName> resolved;
  for (const WorldNode& node : world.nodes) {
    ProbeNode asked{
        .endpoint = Endpoint::parse(node.address).value(), .protocol = PortProtocol::https, .names = names};
    asked.name_addresses.assign(names.size(), 0);
    nodes.push_back(std::move(asked));
    round.nodes.push_back({.node = node.address, .names = names});
  }
  for (const std::string& name : names) {
    resolved.push_back({.name = name, .addresses = {}});
    for (const ProbeNode& node : nodes) resolved.back().addresses.push_back(node.endpoint.address);
  }
  const Plan plan(nodes, Axes{});
  Assessor assessor(nodes, resolved, predictor, {find_client_profile("chromium-h2")});
  const ProbeReport report{.astray_version = "0", .paths = ShownPaths(""), .client_certificates = {}};
  std::bernoulli_distribution fails(weather.failing), is_asked(weather.pairs);
  std::set<std::string> certificates;
  Plan::Cursor cursor(plan);
  while (const auto connection = cursor.next()) {
    const bool failing = fails(random_);
    for (const RequestQuestion& request : connection->requests) {
      const std::optional<CellKey> key = key_of(*connection, request);
      const bool is_own = key && key->use == ConnectionUse::fresh && key->sni == key->authority;
      if (!is_own && !is_asked(random_)) continue;
      Observation seen = failing ? nobody(ProbeFailure::reset) : world.answer(*connection, request);
      const ProbeCell cell = assessor.assess(*connection, request, std::move(seen));
      if (cell.seen.certificate && certificates.insert(to_hex(cell.seen.certificate->fingerprint)).second)
        round.certificates.push_back(record_of(*cell.seen.certificate));
      if (key) round.answers.push_back(record_of(cell, *key, report));
    }
  }
  round.coalescible = coalescible_records(assessor.summarize().outlook);
  keep_steady_pages(round);
  return round;
}

std::string Rounds::ask(const World& world) {
  now.unix_seconds += 60;
  RoundRecord round = ask_all(world, weather_);
  round.troubles = std::exchange(troubles, {});
  round.refusals = std::exchange(refusals, {});
  std::vector<std::optional<CellAnswer>> before;
  for (const CellRecord& record : round.answers) {
    const auto found = latest_.find(record.key);
    before.push_back(found == latest_.end() ? std::nullopt : std::optional(found->second));
  }
  DetectionPast past;
  past.before = before;
  past.problems = unresolved_;
  for (const CoalescibleRecord& pair : round.coalescible)
    if (const auto known = coalescible_.find(pair.node + ' ' + pair.from + ' ' + pair.to); known != coalescible_.end())
      past.coalescible.push_back(known->second);
  past.mean_refusals = mean_refusals;
  past.rounds_before = rounds_++;
  past.names = world.names;
  for (const WorldNode& node : world.nodes) past.nodes.push_back(node.address);

  const std::vector<Suspicion> suspicions = detector_.detect(round, past);
  EXPECT_LE(suspicions.size(), Detector::most_suspicions);
  std::vector<std::optional<CellAnswer>> confirmed(suspicions.size());
  if (asks_again && !suspicions.empty()) {
    const RoundRecord second =
        ask_all(second_world != nullptr ? *second_world : world, {.failing = weather_.failing});
    for (size_t i = 0; i < suspicions.size(); ++i) {
      for (const CellRecord& record : second.answers) {
        if (record.key == suspicions[i].key) confirmed[i] = record.answer;
      }
    }
  }
  detector_.settle(round, suspicions, confirmed);

  for (const CellRecord& record : round.answers) {
    if (record.answer.verdict != CellVerdict::failed) latest_[record.key] = record.answer;
  }
  for (const CoalescibleRecord& pair : round.coalescible)
    coalescible_[pair.node + ' ' + pair.from + ' ' + pair.to] = pair;
  unresolved_.clear();
  for (const Problem& problem : round.problems) {
    if (problem.state == ProblemState::suspected || problem.state == ProblemState::open)
      unresolved_.push_back(problem);
  }
  std::string told;
  for (const ProblemEvent& event : round.events) {
    std::vector<std::string> nodes;
    for (const std::string& node : event.problem.nodes) nodes.push_back(node.substr(8, node.find(':') - 8));
    told += fmt::format("{} {} {} {}\n", to_string(event.step), to_string(event.problem.kind),
                        fmt::join(event.problem.affected_names, ","), fmt::join(nodes, ","));
  }
  last_ = std::move(round);
  return told;
}

const Problem* Rounds::problem() const {
  return unresolved_.empty() ? nullptr : &unresolved_.front();
}

}  // namespace astray::watch::test
