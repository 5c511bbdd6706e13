#include <algorithm>

#include <fmt/format.h>

#include "audit/asking.h"
#include "audit/back_answers.h"
#include "audit/context.h"
#include "audit/finding_fold.h"
#include "audit/pattern_example.h"
#include "audit/rules/rules.h"
#include "base/ascii.h"

namespace astray::rules::alt_svc_to_listener_without_the_name {
namespace {

/// What a client meets that follows an alternative.
enum class Meeting : uint8_t {
  the_name,            ///< the virtual host that advertises it
  no_listener,         ///< nothing audited listens there in that protocol
  other_virtual_host,  ///< another one, mostly the default
  rejection,           ///< a fatal alert
  protocol_off,        ///< the virtual host has HTTP/3 off
};

bool is_h3(const AltSvc& alternative) {
  return alternative.protocol == "h3" || alternative.protocol.starts_with("h3-");
}

bool speaks(const Listener& listener, const AltSvc& alternative) {
  if (listener.kind != Listener::Kind::http) return false;
  const Setting<bool>& needed = is_h3(alternative) ? listener.quic : listener.tls;
  return !needed.known() || needed.value;
}

std::string text_of(const AltSvc& alternative) {
  return fmt::format("{}=\"{}:{}\"", alternative.protocol, alternative.host, alternative.port.number());
}

class AdvertisingHost {
 public:
  AdvertisingHost(const Topology& topology, SiteId site, VirtualHostId id)
      : topology_(topology),
        site_(site),
        id_(id),
        deployment_(topology.deployment(site)),
        host_(deployment_.virtual_host(id)) {}

  void report(FindingFold& fold) const {
    for (const AltSvc& alternative : host_.alt_svc) {
      const std::optional<std::vector<Topology::Destination>> targets = targets_of(alternative);
      if (!targets) continue;
      for (const NamedPattern& named : host_.names) {
        for (const std::string& name : example_names(named.pattern)) {
          if (!Hostname::parse(name)) continue;
          report(alternative, *targets, name, fold);
          break;
        }
      }
    }
  }

 private:
  /// Listeners that the alternative may lead to; absent when its host is somebody else's.
  std::optional<std::vector<Topology::Destination>> targets_of(const AltSvc& alternative) const {
    std::vector<Topology::Destination> targets;
    if (is_own_host(alternative.host)) {
      for (size_t site = 0; site < topology_.sites().size(); ++site) {
        if (!targets.empty() && static_cast<SiteId>(site) != site_) continue;
        add_listeners(static_cast<SiteId>(site), alternative, targets);
      }
      return targets;
    }
    BackAddress address{alternative.host, {}, alternative.port, {}};
    if (const auto ip = IpAddress::parse(alternative.host)) address.ip = *ip;
    const auto destination = topology_.destination(address);
    if (!destination) return std::nullopt;
    add_listeners(destination->site, alternative, targets);
    return targets;
  }

  void add_listeners(SiteId site, const AltSvc& alternative,
                     std::vector<Topology::Destination>& targets) const {
    const std::vector<Listener>& listeners = topology_.deployment(site).listeners;
    for (size_t i = 0; i < listeners.size(); ++i)
      if (listeners[i].address.port == alternative.port && listeners[i].address.unix_path.empty() &&
          speaks(listeners[i], alternative))
        targets.push_back({site, static_cast<ListenerId>(i)});
  }

  bool is_own_host(const std::string& host) const {
    if (host.empty()) return true;
    const std::string name = ascii_lower(host);
    return std::ranges::any_of(host_.names, [&](const NamedPattern& named) {
      return named.pattern.kind == PatternKind::exact && named.pattern.text == name;
    });
  }

  void report(const AltSvc& alternative, const std::vector<Topology::Destination>& targets,
              const std::string& name, FindingFold& fold) const {
    Meeting worst = targets.empty() ? Meeting::no_listener : Meeting::the_name;
    std::optional<Topology::Destination> where;
    for (const Topology::Destination& target : targets) {
      const Meeting meeting = meet(alternative, target, name);
      if (meeting == Meeting::the_name) return;  // of several addresses one is the name's own
      worst = meeting;
      where = target;
    }
    if (worst == Meeting::the_name) return;
    fold.add(
        fmt::format("{} {} {}", static_cast<uint32_t>(site_), text_of(alternative), static_cast<int>(worst)),
        [&] { return finding(alternative, where, name, worst); });
  }

  Meeting meet(const AltSvc& alternative, const Topology::Destination& target,
               const std::string& name) const {
    const Behaviour& behaviour = topology_.behaviour(target.site);
    const Deployment& deployment = topology_.deployment(target.site);
    const auto handshake =
        behaviour.handshake(target.listener, connection_for(deployment.listener(target.listener), name));
    if (handshake.outcome == HandshakeOutcome::rejected) return Meeting::rejection;
    const auto owner = behaviour.find_virtual_host(target.listener, name);
    const bool is_this =
        target.site == site_ ? owner.virtual_host == id_ : owner.match != NameMatch::default_host;
    if (owner.virtual_host == VirtualHostId::none || !is_this) return Meeting::other_virtual_host;
    const Setting<bool>& http3 = deployment.virtual_host(owner.virtual_host).http3;
    if (is_h3(alternative) && http3.stated() && !http3.value) return Meeting::protocol_off;
    return Meeting::the_name;
  }

  Finding finding(const AltSvc& alternative, const std::optional<Topology::Destination>& where,
                  const std::string& name, Meeting meeting) const {
    Finding made;
    made.rule_id = "AST016";
    made.severity = meeting == Meeting::other_virtual_host ? Severity::error : Severity::warning;
    made.confidence = meeting == Meeting::no_listener ? Confidence::medium : Confidence::high;
    made.from_name = name;
    made.place = topology_.place(site_, alternative.span, "Alt-Svc of " + host_.label());
    const std::string sends = fmt::format("{} tells clients of {} to come back by Alt-Svc {}",
                                          server_text(deployment_), name, text_of(alternative));
    const std::string_view over = is_h3(alternative) ? "QUIC" : "TLS";
    switch (meeting) {
      case Meeting::no_listener:
        made.message = fmt::format(
            "{}, but nothing in the audited configurations listens there for {}. That a port mapping "
            "or another server makes up for it was not given; otherwise clients try in vain.",
            sends, over);
        break;
      case Meeting::other_virtual_host: {
        const VirtualHostId answering =
            topology_.behaviour(where->site).find_virtual_host(where->listener, name).virtual_host;
        const std::string label = answering == VirtualHostId::none
                                      ? "none"
                                      : topology_.deployment(where->site).virtual_host(answering).label();
        made.message = fmt::format(
            "{}, but the listener {} does not know the name: its virtual host {} answers in its place.",
            sends, listener_text(*where), label);
        if (answering != VirtualHostId::none)
          made.related.push_back(virtual_host_place(topology_, where->site, answering, "which answers"));
        break;
      }
      case Meeting::rejection:
        made.message = fmt::format(
            "{}, but the listener {} ends the handshake for it: clients try in vain, and go on without "
            "the alternative.",
            sends, listener_text(*where));
        break;
      case Meeting::protocol_off:
        made.message = fmt::format(
            "{}, but its virtual host has HTTP/3 off: {} answers 421 there, and clients have to drop "
            "the alternative (RFC 7838 §6).",
            sends, server_text(topology_.deployment(where->site)));
        break;
      case Meeting::the_name:
        break;
    }
    made.fix = fix(alternative, meeting);
    return made;
  }

  std::string listener_text(const Topology::Destination& where) const {
    return topology_.deployment(where.site).listener(where.listener).address.text();
  }

  Fix fix(const AltSvc& alternative, Meeting meeting) const {
    Fix made;
    made.place = topology_.place(site_, host_.span, "virtual host " + host_.label());
    const std::string_view quic = is_h3(alternative) ? " quic" : " ssl";
    switch (deployment_.server) {
      case ServerKind::nginx:
        if (meeting == Meeting::protocol_off) {
          made.advice = "Turn HTTP/3 on, or take the header away.";
          made.directives = "http3 on;";
        } else {
          made.advice =
              "Let the virtual host listen where the header leads, or name the port that clients reach it "
              "at.";
          made.directives = fmt::format("listen {}{};", alternative.port.number(), quic);
        }
        break;
      case ServerKind::astray:
        made.advice = "Take the header away, or give the virtual host a listener where it leads.";
        made.directives = "response_headers: {remove: [Alt-Svc]}";
        break;
      case ServerKind::haproxy:
        made.advice = "Take the header away, or bind the frontend where it leads.";
        made.directives = "http-response del-header Alt-Svc";
        break;
      case ServerKind::caddy:
        made.advice = "Take the header away, or give the site an address with the port that it leads to.";
        made.directives = "header -Alt-Svc";
        break;
      case ServerKind::h2o:
        made.advice = "Take the header away, or give the host a listen entry where it leads.";
        made.directives = "header.unset: Alt-Svc";
        break;
      case ServerKind::traefik:
        made.advice = "Advertise the port where HTTP/3 is, or do without it.";
        made.directives = "http3: {advertisedPort: 443}";
        break;
      case ServerKind::envoy:
      case ServerKind::istio:
        made.advice = "Take the header away, or add a listener where it leads.";
        made.directives = "response_headers_to_remove: [alt-svc]";
        break;
      case ServerKind::trafficserver:
        made.advice = "Take the header away, or add a port to proxy.config.http.server_ports where it leads.";
        made.directives = fmt::format("CONFIG proxy.config.http.server_ports STRING 443:ssl {}:ssl", alternative.port.number());
        break;
      case ServerKind::kubernetes:
        made.advice = "Take the header away, or add a listener where it leads.";
        made.directives = "responseHeaderModifier: {remove: [alt-svc]}";
        break;
      case ServerKind::httpd:
        made.advice = "Take the header away, or give the virtual host the address that it leads to.";
        made.directives = is_h3(alternative) ? "Header unset Alt-Svc"
                                             : fmt::format("Listen {} https", alternative.port.number());
        break;
    }
    return made;
  }

  const Topology& topology_;
  SiteId site_;
  VirtualHostId id_;
  const Deployment& deployment_;
  const VirtualHost& host_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  FindingFold fold(findings);
  for (size_t site = 0; site < context.topology.sites().size(); ++site) {
    const auto id = static_cast<SiteId>(site);
    const size_t hosts = context.topology.deployment(id).virtual_hosts.size();
    for (size_t host = 0; host < hosts; ++host)
      AdvertisingHost(context.topology, id, static_cast<VirtualHostId>(host)).report(fold);
  }
}

}  // namespace

const Rule rule = {
    .id = "AST016",
    .name = "alt-svc-to-listener-without-the-name",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "Alt-Svc leads clients to an address where the name is not served",
    .check = check,
};

}  // namespace astray::rules::alt_svc_to_listener_without_the_name
