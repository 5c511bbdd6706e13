#include "audit/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "audit/asking.h"
#include "audit/hops.h"
#include "audit/pattern_example.h"
#include "audit/tiers.h"
#include "audit/wording.h"

namespace astray {
namespace {

constexpr size_t facts = static_cast<size_t>(ComparedFact::hops) + 1;
using Facts = std::array<std::string, facts>;

std::string& of(Facts& all, ComparedFact fact) {
  return all[static_cast<size_t>(fact)];
}

std::string answer_text(const ExpectedAnswer& answer) {
  switch (answer.outcome) {
    case AnswerOutcome::serve:
      return answer.status == 0 ? "served" : fmt::format("answered {}", answer.status);
    case AnswerOutcome::reject:
      return answer.status == 0 ? fmt::format("refused ({})", to_string(answer.reason))
                                : fmt::format("refused with {} ({})", answer.status, to_string(answer.reason));
    case AnswerOutcome::unknowable:
      return "could not tell";
  }
  return "";
}

std::string handshake_text(const ExpectedHandshake& handshake) {
  switch (handshake.outcome) {
    case HandshakeOutcome::ok:
      return "completes";
    case HandshakeOutcome::rejected:
      return fmt::format("is refused with the alert {}", handshake.alert);
    case HandshakeOutcome::cleartext:
      return "none: in clear";
    case HandshakeOutcome::unknowable:
      return "could not tell";
  }
  return "";
}

std::string certificate_text(const ExpectedHandshake& handshake, const std::string& name) {
  if (handshake.outcome != HandshakeOutcome::ok) return "";
  if (handshake.certificate == nullptr || !handshake.certificate->certificate) return "could not tell";
  const CertificateNames& names = handshake.certificate->certificate->names;
  const auto host = Host::parse(name);
  if (host && names.cover(*host)) return "covers the name";
  constexpr size_t most = 4;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + names[i].text();
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return fmt::format("does not cover the name, but {}", text.empty() ? "nothing" : text);
}

std::string client_authentication_text(const TlsSettings& tls) {
  if (!tls.client_authentication.known()) return "could not tell";
  if (tls.client_authentication.value == ClientAuthentication::off) return "none";
  return fmt::format("{}{}", to_string(tls.client_authentication.value),
                     tls.client_authorities.digest ? ", authorities " + tls.client_authorities.digest->substr(0, 12) : "");
}

/// One side: its fronts by port, and what they say to a name.
class Side {
 public:
  explicit Side(const Topology& topology) : topology_(topology) {
    const std::vector<bool> fronts = fronts_of(topology);
    for (size_t site = 0; site < fronts.size(); ++site)
      if (fronts[site]) add_front(static_cast<SiteId>(site));
  }

  const std::map<uint16_t, std::set<std::string>>& names_by_port() const { return names_; }

  struct Answered {
    Facts facts;
    Place place;
  };
  /// Several listeners of a port may claim a name: their answers stand side by side, each once.
  Answered ask(const std::string& name, uint16_t port) const {
    std::vector<Topology::Destination> asked;
    const auto listeners = listeners_.find(port);
    for (const Topology::Destination& each : listeners->second)
      if (topology_.behaviour(each.site).find_virtual_host(each.listener, name).match != NameMatch::default_host)
        asked.push_back(each);
    if (asked.empty()) asked = listeners->second;  // nobody claims it: what the defaults answer
    std::array<std::set<std::string>, facts> values;
    Answered answered;
    for (const Topology::Destination& each : asked) {
      Facts one = ask_one(each, name, answered.place);
      for (size_t i = 0; i < facts; ++i) values[i].insert(std::move(one[i]));
    }
    for (size_t i = 0; i < facts; ++i)
      for (const std::string& value : values[i]) answered.facts[i] += (answered.facts[i].empty() ? "" : "; or ") + value;
    return answered;
  }

 private:
  void add_front(SiteId site) {
    const Deployment& deployment = topology_.deployment(site);
    for (size_t i = 0; i < deployment.listeners.size(); ++i) {
      const Listener& listener = deployment.listeners[i];
      if (listener.kind != Listener::Kind::http || !listener.address.unix_path.empty()) continue;
      const uint16_t port = listener.named_port().number();
      listeners_[port].push_back({site, static_cast<ListenerId>(i)});
      std::set<std::string>& names = names_[port];
      for (const VirtualHostId id : listener.virtual_hosts)
        for (const NamedPattern& named : deployment.virtual_host(id).names)
          for (std::string& name : example_names(named.pattern)) {
            if (!Hostname::parse(name)) continue;
            names.insert(std::move(name));
            break;
          }
    }
  }

  Facts ask_one(const Topology::Destination& at, const std::string& name, Place& place) const {
    Facts said;
    const Deployment& deployment = topology_.deployment(at.site);
    const Listener& listener = deployment.listener(at.listener);
    const Behaviour& behaviour = topology_.behaviour(at.site);
    const VirtualHostId owner = behaviour.find_virtual_host(at.listener, name).virtual_host;
    std::optional<ClientCertificate> certificate;
    if (owner != VirtualHostId::none) certificate = accepted_certificate(deployment.virtual_host(owner));
    const bool in_clear = listener.tls.known() && !listener.tls.value;
    const Expected expected = in_clear ? ask_in_clear(at, name) : ask_fresh(topology_, at.site, at.listener, name, certificate);
    const ExpectedHandshake& handshake = expected.handshake;

    of(said, ComparedFact::handshake) = handshake_text(handshake);
    of(said, ComparedFact::certificate) = certificate_text(handshake, name);
    if (handshake.outcome == HandshakeOutcome::ok) of(said, ComparedFact::protocol) = to_string(handshake.protocol);
    of(said, ComparedFact::answer) = answer_text(expected.answer);
    const VirtualHostId answering = expected.answer.virtual_host;
    if (answering == VirtualHostId::none) return said;
    const VirtualHost& host = deployment.virtual_host(answering);
    if (!place.known()) place = block_place(topology_, at.site, answering);
    of(said, ComparedFact::owner) =
        fmt::format("{}{}", host.label(), expected.answer.match == NameMatch::default_host ? ", by default" : "");
    if (!in_clear) {
      of(said, ComparedFact::client_authentication) = client_authentication_text(host.tls);
      of(said, ComparedFact::without_sni) = without_sni(at, name);
    }
    if (expected.answer.outcome == AnswerOutcome::serve) of(said, ComparedFact::hops) = hops_text(at.site, answering, name);
    return said;
  }

  Expected ask_in_clear(const Topology::Destination& at, const std::string& name) const {
    const Listener& listener = topology_.deployment(at.site).listener(at.listener);
    ConnectionFacts connection;
    connection.scheme = Scheme::http;
    connection.local_address = listener.address.ip;
    connection.local_port = listener.address.port;
    connection.alpn = AlpnOffer::none;
    RequestFacts request;
    const Port port = listener.named_port();
    request.host_fields.emplace_back(port == Port::of(Scheme::http) ? name : fmt::format("{}:{}", name, port.number()));
    return behave(topology_.behaviour(at.site), at.listener, connection, request);
  }

  std::string without_sni(const Topology::Destination& at, const std::string& name) const {
    const Deployment& deployment = topology_.deployment(at.site);
    const Listener& listener = deployment.listener(at.listener);
    const Behaviour& behaviour = topology_.behaviour(at.site);
    ConnectionFacts connection = connection_for(listener, std::nullopt);
    const ExpectedHandshake handshake = behaviour.handshake(at.listener, connection);
    if (handshake.outcome != HandshakeOutcome::ok) return "handshake " + handshake_text(handshake);
    connection.protocol = handshake.protocol;
    if (handshake.virtual_host != VirtualHostId::none)
      connection.policy = digest(deployment.virtual_host(handshake.virtual_host).tls);
    return answer_text(behaviour.answer(at.listener, connection, handshake,
                                        request_for(name, listener.named_port(), connection.protocol)));
  }

  std::string hops_text(SiteId site, VirtualHostId host, const std::string& name) const {
    std::set<std::string> told;
    std::string text;
    for (const Hop& hop : follow(topology_, site, host, name)) {
      std::string one = fmt::format("{} with {}{}", to_string(hop.edge->protocol),
                                    uses_tls(hop.edge->protocol)
                                        ? fmt::format("SNI {}, ", hop.sent.sni_known ? hop.sent.sni.value_or("none") : "unknowable")
                                        : "",
                                    fmt::format("Host {}", hop.sent.host_known ? hop.sent.host.value_or("none") : "unknowable"));
      if (hop.expected) {
        one += ": " + answer_text(hop.expected->answer);
        if (hop.expected->answer.virtual_host != VirtualHostId::none)
          one += " by " + topology_.deployment(hop.destination->site).virtual_host(hop.expected->answer.virtual_host).label();
      }
      if (told.insert(one).second) text += (text.empty() ? "" : "; ") + one;
    }
    return text;
  }

  const Topology& topology_;
  std::map<uint16_t, std::vector<Topology::Destination>> listeners_;
  std::map<uint16_t, std::set<std::string>> names_;
};

/// Of findings, what makes two the same although their files are not.
std::tuple<std::string_view, std::string, std::string> identity(const Finding& finding) {
  return {finding.rule_id, finding.from_name, finding.to_name};
}

std::vector<Finding> only_in_first(const std::vector<Finding>& first, const std::vector<Finding>& second) {
  std::set<std::tuple<std::string_view, std::string, std::string>> known;
  for (const Finding& finding : second)
    if (!finding.waived) known.insert(identity(finding));
  std::vector<Finding> only;
  for (const Finding& finding : first)
    if (!finding.waived && !known.contains(identity(finding))) only.push_back(finding);
  return only;
}

}  // namespace

std::string_view to_string(ComparedFact fact) {
  switch (fact) {
    case ComparedFact::owner:
      return "answered by";
    case ComparedFact::answer:
      return "answer";
    case ComparedFact::handshake:
      return "handshake";
    case ComparedFact::certificate:
      return "certificate";
    case ComparedFact::protocol:
      return "protocol";
    case ComparedFact::client_authentication:
      return "client certificate";
    case ComparedFact::without_sni:
      return "without SNI";
    case ComparedFact::hops:
      return "toward the back";
  }
  return "";
}

TopologyComparison compare_topologies(const Topology& a, const std::vector<Finding>& findings_a, const Topology& b,
                                      const std::vector<Finding>& findings_b) {
  TopologyComparison comparison;
  const Side side_a(a);
  const Side side_b(b);
  std::map<uint16_t, std::set<std::string>> all = side_a.names_by_port();
  for (const auto& [port, names] : side_b.names_by_port()) all[port].insert(names.begin(), names.end());
  for (const auto& [port, names] : all) {
    const bool in_a = side_a.names_by_port().contains(port);
    if (!in_a || !side_b.names_by_port().contains(port)) {
      comparison.lone_ports.push_back({Port(port), in_a, names.size()});
      continue;
    }
    for (const std::string& name : names) {
      ++comparison.names;
      Side::Answered in_first = side_a.ask(name, port);
      Side::Answered in_second = side_b.ask(name, port);
      if (in_first.facts == in_second.facts) continue;
      if (comparison.differences.size() == most_differences) {
        ++comparison.further_differences;
        continue;
      }
      NameDifference difference{name, Port(port), {}, std::move(in_first.place), std::move(in_second.place)};
      for (size_t i = 0; i < facts; ++i)
        if (in_first.facts[i] != in_second.facts[i])
          difference.facts.push_back(
              {static_cast<ComparedFact>(i), std::move(in_first.facts[i]), std::move(in_second.facts[i])});
      comparison.differences.push_back(std::move(difference));
    }
  }
  comparison.only_in_a = only_in_first(findings_a, findings_b);
  comparison.only_in_b = only_in_first(findings_b, findings_a);
  return comparison;
}

}  // namespace astray
