#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "audit/asking.h"
#include "audit/back_answers.h"
#include "audit/client_answers.h"
#include "audit/context.h"
#include "audit/finding_fold.h"
#include "audit/passthrough_routes.h"
#include "audit/pattern_example.h"
#include "audit/rules/rules.h"

namespace astray::rules::tls_passthrough_of_names_sharing_a_certificate {
namespace {

/// Of the servers behind a name's parent domain, so many are held against each carrier: a listener of
/// thousands of routes below one wildcard needs no more to be found out.
constexpr size_t riders_per_carrier = 16;

/// A name, the route that its connections take, and what the server at its end shows for it.
struct RoutedName {
  std::string name;
  const PassthroughRoute* route;
  Topology::Destination end;
  ExpectedHandshake handshake;

  const Certificate* certificate() const {
    if (handshake.outcome != HandshakeOutcome::ok || handshake.certificate == nullptr) return nullptr;
    return handshake.certificate->certificate.get();
  }
  bool may_carry() const { return certificate() != nullptr && handshake.protocol == Protocol::h2; }
};

bool is_elsewhere(const RoutedName& a, const RoutedName& b) {
  return a.end.site != b.end.site || a.end.listener != b.end.listener;
}

std::string_view parent_of(std::string_view name) {
  const size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

/// One listener that sends connections on by their SNI.
class Passthrough {
 public:
  Passthrough(const Topology& topology, SiteId site, ListenerId id)
      : topology_(topology),
        site_(site),
        listener_(topology.deployment(site).listener(id)),
        routes_(listener_),
        server_(server_text(topology.deployment(site))) {
    for (const PassthroughRoute& route : listener_.routes) collect(route);
    for (const RoutedName& routed : names_) {
      by_name_.emplace(routed.name, &routed);
      std::vector<const RoutedName*>& below = by_parent_[std::string(parent_of(routed.name))];
      const bool is_new_end =
          std::ranges::none_of(below, [&](const RoutedName* held) { return !is_elsewhere(*held, routed); });
      if (below.size() < riders_per_carrier && is_new_end) below.push_back(&routed);
    }
  }

  void report(FindingFold& fold, std::vector<Finding>& findings) const {
    std::unordered_set<std::string> carriers;
    for (const RoutedName& carrier : names_) {
      if (!carrier.may_carry()) continue;
      // One carrier for each certificate and end: its other names are carried alike.
      if (!carriers
               .insert(fmt::format("{} {}/{}", fmt::ptr(carrier.certificate()),
                                   static_cast<uint32_t>(carrier.end.site),
                                   static_cast<uint32_t>(carrier.end.listener)))
               .second)
        continue;
      for (const RoutedName* rider : riders_of(carrier)) judge(carrier, *rider, fold);
    }
    if (const auto pair = siblings_without_configuration())
      findings.push_back(could_not_tell(*pair->first, *pair->second));
  }

 private:
  void collect(const PassthroughRoute& route) {
    std::optional<Topology::Destination> end;
    for (const BackAddress& address : route.back.addresses)
      if (!end) end = topology_.destination(address, site_);
    if (end && topology_.deployment(end->site).listener(end->listener).kind != Listener::Kind::http)
      end.reset();
    if (!end) {
      if (route.name && route.name->kind != PatternKind::regex) unread_.push_back(&route);
      return;
    }
    if (route.name)
      for (const std::string& name : example_names(*route.name))
        if (add(name, route, *end)) break;
    // What the route lets through by pattern or by default is named behind it.
    if (route.name && route.name->kind == PatternKind::exact) return;
    const Deployment& back = topology_.deployment(end->site);
    for (const VirtualHostId id : back.listener(end->listener).virtual_hosts)
      for (const NamedPattern& named : back.virtual_host(id).names)
        if (named.pattern.kind == PatternKind::exact) add(named.pattern.text, route, *end);
  }

  bool add(const std::string& name, const PassthroughRoute& route, const Topology::Destination& end) {
    const PassthroughRoutes::Choice choice = routes_.choose(name);
    if (choice.route != &route || !choice.certain || !Hostname::parse(name)) return false;
    const Listener& listener = topology_.deployment(end.site).listener(end.listener);
    names_.push_back({name, &route, end,
                      topology_.behaviour(end.site).handshake(end.listener, connection_for(listener, name))});
    return true;
  }

  /// Names that the carrier's certificate covers and that end elsewhere.
  std::vector<const RoutedName*> riders_of(const RoutedName& carrier) const {
    std::vector<const RoutedName*> riders;
    for (const CertificateName& name : carrier.certificate()->names) {
      const std::string host = name.host().text();
      if (name.is_wildcard()) {
        if (const auto below = by_parent_.find(host); below != by_parent_.end())
          for (const RoutedName* rider : below->second)
            if (is_elsewhere(carrier, *rider)) riders.push_back(rider);
      } else if (const auto exact = by_name_.find(host); exact != by_name_.end()) {
        if (is_elsewhere(carrier, *exact->second)) riders.push_back(exact->second);
      }
    }
    return riders;
  }

  /// The address that clients connect to, if both names have one and it is this listener's.
  bool share_an_address(const std::string& a, const std::string& b) const {
    const auto of_a = topology_.dns().addresses(*Hostname::parse(a));
    const auto of_b = topology_.dns().addresses(*Hostname::parse(b));
    if (of_a.empty() || of_b.empty()) return true;
    return std::ranges::any_of(
        of_a, [&](const IpAddress& ip) { return std::ranges::find(of_b, ip) != of_b.end(); });
  }

  void judge(const RoutedName& carrier, const RoutedName& rider, FindingFold& fold) const {
    if (!share_an_address(carrier.name, rider.name)) return;
    Comparison comparison =
        compare(topology_, carrier.end.site, carrier.end.listener, carrier.name, rider.name);
    comparison.fresh = ask_fresh(topology_, rider.end.site, rider.end.listener, rider.name);
    const auto owner =
        topology_.behaviour(carrier.end.site).find_virtual_host(carrier.end.listener, rider.name);
    const bool is_served_there_too =
        comparison.coalesced.outcome == AnswerOutcome::serve && owner.match != NameMatch::default_host;
    if (is_served_there_too) return;
    const std::optional<ClientCertificate> no_certificate;
    RideAnswers answers =
        ride_answers(topology_, {carrier.end.site, carrier.end.listener, std::nullopt, carrier.name,
                                 rider.name, no_certificate, comparison, listener_.address.port});
    if (answers.worst == RideOutcome::never_rides) return;
    fold.add(fmt::format("{} {}/{} {}", fmt::ptr(carrier.certificate()), static_cast<uint32_t>(site_),
                         static_cast<uint32_t>(listener_.address.port.number()),
                         static_cast<int>(severity_of(comparison, answers))),
             [&] { return finding(carrier, rider, comparison, std::move(answers)); });
  }

  static Severity severity_of(const Comparison& comparison, const RideAnswers& answers) {
    if (comparison.coalesced.outcome == AnswerOutcome::serve) return Severity::error;
    return answers.worst == RideOutcome::retries ? Severity::info : Severity::warning;
  }

  Finding finding(const RoutedName& carrier, const RoutedName& rider, const Comparison& comparison,
                  RideAnswers answers) const {
    Finding made;
    made.rule_id = "AST014";
    made.severity = severity_of(comparison, answers);
    made.confidence = answers.addresses_assumed ? Confidence::medium : Confidence::high;
    if (comparison.coalesced.outcome == AnswerOutcome::unknowable) made.confidence = Confidence::low;
    made.from_name = carrier.name;
    made.to_name = rider.name;
    made.place = topology_.place(site_, carrier.route->span, "route of " + carrier.name);
    made.related.push_back(topology_.place(site_, rider.route->span, "route of " + rider.name));
    made.related.push_back(virtual_host_place(topology_, carrier.end.site, carrier.handshake.virtual_host,
                                              "which gets the requests"));
    if (rider.handshake.virtual_host != VirtualHostId::none)
      made.related.push_back(
          virtual_host_place(topology_, rider.end.site, rider.handshake.virtual_host, "which is meant"));
    made.message = fmt::format(
        "{} at {} sends TLS connections on by their SNI: {} to {}, {} to {}. The certificate that {} shows "
        "covers {} too and "
        "its connections speak h2, so a client puts requests for {} on a connection for {}, where they "
        "bypass this listener: "
        "{}.{}",
        server_, listener_.address.text(), carrier.name, back_text(topology_, carrier.end), rider.name,
        back_text(topology_, rider.end), carrier.name, rider.name, rider.name, carrier.name,
        consequence(carrier, comparison),
        answers.addresses_assumed ? " That both names have one address was assumed (--dns says more)." : "");
    made.answers = std::move(answers.answers);
    made.fix = fix(carrier, rider);
    return made;
  }

  std::string consequence(const RoutedName& carrier, const Comparison& comparison) const {
    const ExpectedAnswer& answer = comparison.coalesced;
    switch (answer.outcome) {
      case AnswerOutcome::serve:
        return fmt::format("the wrong server answers them, from its virtual host {}",
                           topology_.deployment(carrier.end.site).virtual_host(answer.virtual_host).label());
      case AnswerOutcome::reject:
        return fmt::format("the wrong server answers {}", answer.status);
      case AnswerOutcome::unknowable:
        return "what the wrong server answers could not be told";
    }
    return "";
  }

  Fix fix(const RoutedName& carrier, const RoutedName& rider) const {
    Fix made;
    const Deployment& back = topology_.deployment(carrier.end.site);
    const VirtualHostId host = carrier.handshake.virtual_host;
    made.place = virtual_host_place(topology_, carrier.end.site, host, "which shows the certificate");
    if (carrier.handshake.certificate != nullptr)
      made.place = topology_.place(carrier.end.site, carrier.handshake.certificate->span,
                                   "certificate of " + carrier.name);
    made.advice = fmt::format(
        "Give {} a certificate that does not cover {}; or let the server behind offer HTTP/1.1 alone.",
        carrier.name, rider.name);
    const std::string path = fmt::format("/etc/ssl/{}.pem", carrier.name);
    switch (back.server) {
      case ServerKind::nginx:
        made.directives = fmt::format("ssl_certificate {};", path);
        break;
      case ServerKind::astray:
        made.directives = fmt::format("certificates: [{{certificate: {0}, key: {0}}}]", path);
        break;
      case ServerKind::haproxy:
        made.directives = fmt::format("bind :443 ssl crt {}", path);
        break;
      case ServerKind::caddy:
        made.directives = fmt::format("tls {0} {0}", path);
        break;
      case ServerKind::h2o:
        made.directives = fmt::format("certificate-file: {0}\nkey-file: {0}", path);
        break;
      case ServerKind::envoy:
        made.directives = fmt::format(
            "tls_certificates:\n- certificate_chain: {{filename: {0}}}\n  private_key: {{filename: {0}}}", path);
        break;
      case ServerKind::traefik:
        made.directives = fmt::format("tls:\n  certificates:\n  - {{certFile: {0}, keyFile: {0}}}", path);
        break;
      case ServerKind::istio:
        made.directives = "tls: {mode: SIMPLE, credentialName: a-secret-of-its-own}";
        break;
      case ServerKind::trafficserver:
        made.directives = fmt::format("ssl_cert_name={0} ssl_key_name={0}", path);
        break;
      case ServerKind::kubernetes:
        made.directives = "tls: {certificateRefs: [{name: a-secret-of-its-own}]}";
        break;
      case ServerKind::httpd:
        made.directives = fmt::format("SSLCertificateFile {}", path);
        break;
    }
    return made;
  }

  /// Two routes below one domain whose ends were not given: one wildcard certificate may cover both.
  std::optional<std::pair<const PassthroughRoute*, const PassthroughRoute*>> siblings_without_configuration()
      const {
    std::unordered_map<std::string_view, const PassthroughRoute*> first_below;
    for (const PassthroughRoute* route : unread_) {
      const std::string_view below = route->name->kind == PatternKind::exact
                                         ? parent_of(route->name->text)
                                         : std::string_view(route->name->text);
      if (below.find('.') == std::string_view::npos && below.size() < 2) continue;
      const auto [entry, is_new] = first_below.try_emplace(below, route);
      if (!is_new && entry->second->back.target != route->back.target) return std::pair(entry->second, route);
    }
    return std::nullopt;
  }

  Finding could_not_tell(const PassthroughRoute& one, const PassthroughRoute& other) const {
    Finding made;
    made.rule_id = "AST014";
    made.severity = Severity::info;
    made.confidence = Confidence::low;
    made.from_name = one.name->spelled();
    made.to_name = other.name->spelled();
    made.place = topology_.place(site_, one.span, "route of " + made.from_name);
    made.related.push_back(topology_.place(site_, other.span, "route of " + made.to_name));
    made.message = fmt::format(
        "{} at {} sends TLS connections on by their SNI: {} to {}, {} to {}. Whether one certificate covers "
        "both could not be "
        "told, since the configurations behind were not given: if it does and they speak h2, clients take a "
        "connection for one "
        "to ask for the other, and the wrong server answers.",
        server_, listener_.address.text(), made.from_name, one.back.target, made.to_name, other.back.target);
    made.fix.advice = "Audit the configurations behind together with this one.";
    made.fix.place = made.place;
    return made;
  }

  const Topology& topology_;
  SiteId site_;
  const Listener& listener_;
  PassthroughRoutes routes_;
  std::string server_;
  std::vector<RoutedName> names_;
  std::unordered_map<std::string, const RoutedName*> by_name_;
  std::unordered_map<std::string, std::vector<const RoutedName*>> by_parent_;
  std::vector<const PassthroughRoute*> unread_;  ///< their ends were not given
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  FindingFold fold(findings);
  for (size_t site = 0; site < context.topology.sites().size(); ++site) {
    const auto id = static_cast<SiteId>(site);
    const std::vector<Listener>& listeners = context.topology.deployment(id).listeners;
    for (size_t i = 0; i < listeners.size(); ++i)
      if (listeners[i].kind == Listener::Kind::passthrough)
        Passthrough(context.topology, id, static_cast<ListenerId>(i)).report(fold, findings);
  }
}

}  // namespace

const Rule rule = {
    .id = "AST014",
    .name = "tls-passthrough-of-names-sharing-a-certificate",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary =
        "a listener sends TLS connections on by their SNI, and names that one certificate covers go to "
        "different servers",
    .check = check,
};

}  // namespace astray::rules::tls_passthrough_of_names_sharing_a_certificate
