#include "audit/hops.h"

#include <algorithm>

#include "audit/asking.h"
#include "audit/passthrough_routes.h"
#include "base/ascii.h"
#include "names/authority.h"

namespace astray {
namespace {

constexpr int max_depth = 8;

/// A name as an expression makes it.
struct Made {
  std::optional<std::string> text;
  bool known = true;
};

bool is_address(std::string_view host) {
  if (host.starts_with('[')) return true;
  return IpAddress::parse(host).has_value();
}

/// "be", "127.0.0.1:8443": what stands between "://" and the path of a target.
std::string host_and_port(std::string_view target) {
  if (const size_t socket_end = target.find('|'); socket_end != std::string_view::npos)
    target.remove_prefix(socket_end + 1);  // httpd: "unix:/run/be.sock|https://be/"
  if (const size_t scheme_end = target.find("://"); scheme_end != std::string_view::npos)
    target.remove_prefix(scheme_end + 3);
  if (target.starts_with("unix:")) return "localhost";
  return std::string(target.substr(0, target.find_first_of("/?#")));
}

/// Without the port that the protocol would have anyway: neither server writes it into Host.
std::string without_default_port(std::string text, BackProtocol protocol) {
  const std::string_view port = uses_tls(protocol) ? ":443" : ":80";
  if (text.ends_with(port)) text.resize(text.size() - port.size());
  return text;
}

Made back_host(const BackEdge& edge, const BackAddress& address) {
  // A balancer's members are named each; an nginx upstream is named as a whole, by proxy_pass.
  if (edge.target.starts_with("balancer:") || edge.target.empty()) {
    const std::string host =
        address.ip && address.ip->family() == IpFamily::v6 ? "[" + address.ip->text() + "]" : address.host;
    if (host.starts_with("unix:")) return {"localhost", true};
    return {without_default_port(host + ":" + std::to_string(address.port.number()), edge.protocol), true};
  }
  if (edge.target.find('$') != std::string::npos) return {std::nullopt, false};
  return {without_default_port(host_and_port(edge.target), edge.protocol), true};
}

/// nginx $server_name: the first name as written, less the dot of ".example.com".
std::string first_name(const VirtualHost& front) {
  if (front.names.empty()) return "";
  const ServerNamePattern& first = front.names.front().pattern;
  return first.kind == PatternKind::dotted_suffix ? first.text : first.spelled();
}

Made make(const Setting<NameExpression>& setting, const VirtualHost& front, const BackEdge& edge,
          const BackAddress& address, const std::string& front_name) {
  if (!setting.known()) return {std::nullopt, false};
  switch (setting.value.kind) {
    case NameExpression::Kind::none:
      return {};
    case NameExpression::Kind::fixed:
      return {setting.value.text, true};
    case NameExpression::Kind::request_host:
    case NameExpression::Kind::request_host_raw:
      return {front_name, true};
    case NameExpression::Kind::front_sni: {
      const bool has_sni = (!front.tls.enabled.known() || front.tls.enabled.value) && !is_address(front_name);
      return {has_sni ? front_name : std::string(), front.tls.enabled.known()};
    }
    case NameExpression::Kind::first_name:
      return {first_name(front), true};
    case NameExpression::Kind::back_host:
      if (!setting.value.text.empty()) return {setting.value.text, true};
      return back_host(edge, address);
    case NameExpression::Kind::unknowable:
      return {std::nullopt, false};
  }
  return {std::nullopt, false};
}

std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(0, std::min(text.find(']'), text.size() - 1) + 1);
  return text.substr(0, text.find(':'));
}

bool speaks_http(BackProtocol protocol) {
  switch (protocol) {
    case BackProtocol::http:
    case BackProtocol::https:
    case BackProtocol::grpc:
    case BackProtocol::grpcs:
      return true;
    case BackProtocol::fastcgi:
    case BackProtocol::uwsgi:
    case BackProtocol::scgi:
    case BackProtocol::ajp:
    case BackProtocol::tcp:
      return false;
  }
  return false;
}

/// Walks the hops of one request, and remembers where it has been.
class Walk {
 public:
  explicit Walk(const Topology& topology) : topology_(topology) {}

  void from_virtual_host(SiteId site, VirtualHostId front, const std::string& front_name, int depth) {
    if (depth == max_depth || front == VirtualHostId::none) return;
    if (!enter(site, static_cast<uint32_t>(front), Step::Kind::virtual_host, front_name)) return;
    const VirtualHost& host = topology_.deployment(site).virtual_host(front);
    for (const BackEdge& edge : host.back_edges)
      for (const BackAddress& address : edge.addresses)
        send({site, front, &edge, &address, front_name, names_sent(host, edge, address, front_name), {}, {}},
             edge.protocol, depth);
    path_.pop_back();
  }

  std::vector<Hop> hops;

 private:
  struct Step {
    enum class Kind : uint8_t { virtual_host, listener };
    Kind kind;
    SiteId site;
    uint32_t id;
    std::string name;
    bool operator==(const Step&) const = default;
  };

  bool enter(SiteId site, uint32_t id, Step::Kind kind, const std::string& name) {
    Step step{kind, site, id, name};
    if (std::ranges::find(path_, step) != path_.end()) return false;
    path_.push_back(std::move(step));
    return true;
  }

  /// `protocol` is what the back terminates, also where a passthrough listener lies between.
  void send(Hop hop, BackProtocol protocol, int depth) {
    hop.destination = topology_.destination(*hop.address, hop.front_site);
    if (!hop.destination || !speaks_http(protocol)) {
      hops.push_back(std::move(hop));
      return;
    }
    const Topology::Destination destination = *hop.destination;
    const Listener& listener = topology_.deployment(destination.site).listener(destination.listener);
    if (listener.kind != Listener::Kind::http) {
      const SentNames sent = hop.sent;
      const std::string front_name = hop.front_name;
      hops.push_back(std::move(hop));
      pass_through(destination, listener, front_name, sent, protocol, depth + 1);
      return;
    }
    if (hop.sent.sni_known && hop.sent.host_known)
      hop.expected = ask_back(topology_, destination, protocol, hop.sent);
    const std::optional<Expected> expected = hop.expected;
    const std::string next_name = hop.sent.host ? lookup_name(*hop.sent.host) : std::string();
    hops.push_back(std::move(hop));
    if (expected && expected->answer.outcome == AnswerOutcome::serve)
      from_virtual_host(destination.site, expected->answer.virtual_host, next_name, depth + 1);
  }

  void pass_through(const Topology::Destination& at, const Listener& listener, const std::string& front_name,
                    const SentNames& sent, BackProtocol protocol, int depth) {
    if (depth == max_depth || !sent.sni_known) return;
    if (!enter(at.site, static_cast<uint32_t>(at.listener), Step::Kind::listener, sent.sni.value_or("")))
      return;
    const PassthroughRoutes::Choice choice = PassthroughRoutes(listener).choose(sent.sni);
    if (choice.route != nullptr && choice.certain) {
      for (const BackAddress& address : choice.route->back.addresses)
        send({at.site, VirtualHostId::none, &choice.route->back, &address, front_name, sent, {}, {}},
             protocol, depth);
    }
    path_.pop_back();
  }

  const Topology& topology_;
  std::vector<Step> path_;
};

}  // namespace

std::string lookup_name(std::string_view host) {
  std::string name = ascii_lower(without_port(host));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

SentNames names_sent(const VirtualHost& front, const BackEdge& edge, const BackAddress& address,
                     const std::string& front_name) {
  SentNames sent;
  if (edge.protocol == BackProtocol::tcp) {
    sent.host = front_name;
    if (!is_address(front_name)) sent.sni = front_name;
    return sent;
  }
  Made host = make(edge.host, front, edge, address, front_name);
  sent.host_known = host.known;
  if (host.text && !host.text->empty()) sent.host = std::move(host.text);
  if (!uses_tls(edge.protocol)) return sent;

  const Made sni = make(edge.sni, front, edge, address, front_name);
  sent.sni_known = sni.known;
  if (sni.text) {
    const std::string_view name = without_port(*sni.text);
    if (!name.empty() && !is_address(name)) sent.sni = std::string(name);
  }
  return sent;
}

std::optional<std::string> name_verified(const VirtualHost& front, const BackEdge& edge,
                                         const BackAddress& address, const std::string& front_name) {
  if (!uses_tls(edge.protocol) || !edge.verify.known() || !edge.verify.value) return std::nullopt;
  const Made name = make(edge.verify_name, front, edge, address, front_name);
  if (!name.known || !name.text || name.text->empty()) return std::nullopt;
  return std::string(without_port(*name.text));
}

Expected ask_back(const Topology& topology, const Topology::Destination& destination, BackProtocol protocol,
                  const SentNames& sent) {
  const Behaviour& behaviour = topology.behaviour(destination.site);
  const Deployment& deployment = topology.deployment(destination.site);
  const ListenAddress& address = deployment.listener(destination.listener).address;
  const bool is_grpc = protocol == BackProtocol::grpc || protocol == BackProtocol::grpcs;
  ConnectionFacts connection;
  connection.scheme = uses_tls(protocol) ? Scheme::https : Scheme::http;
  connection.local_address = address.ip;
  connection.local_port = address.port;
  connection.alpn = is_grpc ? AlpnOffer::h2_only : AlpnOffer::none;
  connection.protocol = is_grpc ? Protocol::h2 : Protocol::h1;
  if (sent.sni) connection.sni = RawHost(*sent.sni);

  RequestFacts request;
  if (sent.host) {
    if (is_grpc) {
      request.scheme = connection.scheme;
      request.pseudo_authority = RawHost(*sent.host);
    } else {
      request.host_fields.emplace_back(*sent.host);
    }
    const VirtualHostId owner =
        behaviour.find_virtual_host(destination.listener, lookup_name(*sent.host)).virtual_host;
    if (owner != VirtualHostId::none)
      connection.client_certificate = accepted_certificate(deployment.virtual_host(owner));
  }
  return behave(behaviour, destination.listener, connection, request);
}

std::vector<Hop> follow(const Topology& topology, SiteId site, VirtualHostId front,
                        const std::string& front_name) {
  Walk walk(topology);
  walk.from_virtual_host(site, front, front_name, 0);
  return std::move(walk.hops);
}

}  // namespace astray
