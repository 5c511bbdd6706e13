#include "cli/prediction_matrix.h"

#include <algorithm>
#include <unordered_set>

#include "audit/pattern_example.h"
#include "cli/regex_sample.h"
#include "names/ip_address.h"

namespace astray {
namespace {

bool is_ip_literal(std::string_view name) {
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return IpAddress::parse(name).has_value();
}

/// Names that may stand for a pattern, before the server's own lookup is asked about them.
std::vector<std::string> candidates_for(const ServerNamePattern& pattern) {
  std::vector<std::string> candidates = example_names(pattern);
  if (pattern.kind == PatternKind::regex) {
    if (std::optional<std::string> sample = sample_for_regex(pattern.text))
      candidates.push_back(std::move(*sample));
  }
  return candidates;
}

/// Collects each name once, in the order of the configuration.
class NameCollector {
 public:
  NameCollector(const Site& site, ListenerId listener, ListenerMatrix& matrix)
      : site_(site), listener_(listener), matrix_(matrix) {}

  void add(VirtualHostId virtual_host, const ServerNamePattern& pattern) {
    if (pattern.kind == PatternKind::exact) {
      // nginx's "" is a request without Host, which no handshake can ask for.
      if (!pattern.text.empty()) add_name(pattern.text, "");
      return;
    }
    const std::vector<std::string> candidates = candidates_for(pattern);
    for (const std::string& candidate : candidates) {
      if (site_.behaviour->find_virtual_host(listener_, candidate).virtual_host != virtual_host) continue;
      add_name(candidate, pattern.kind == PatternKind::dotted_suffix && candidate == pattern.text
                              ? ""
                              : pattern.spelled());
      // ".example.com" stands for two kinds of name; every other pattern for one.
      if (pattern.kind != PatternKind::dotted_suffix || candidate != pattern.text) return;
    }
    if (seen_patterns_.insert(pattern.spelled()).second) matrix_.without_sample.push_back(pattern.spelled());
  }

 private:
  void add_name(const std::string& name, const std::string& sample_of) {
    if (!seen_.insert(name).second) return;
    matrix_.hosts.push_back({name, sample_of});
    // RFC 6066 §3: an address is never sent as SNI.
    if (!is_ip_literal(name)) matrix_.snis.push_back({name, sample_of});
  }

  const Site& site_;
  ListenerId listener_;
  ListenerMatrix& matrix_;
  std::unordered_set<std::string> seen_;
  std::unordered_set<std::string> seen_patterns_;
};

/// How closely a listener fits the address that a client connects to: the closest takes the connection, as
/// bind() has it.
enum class Fit { none, everywhere, own_family, exact };

Fit fit_of(const Deployment& deployment, const Listener& listener, const ListenAddress& wanted) {
  if (listener.address == wanted) return Fit::exact;
  if (!listener.address.unix_path.empty() || !wanted.unix_path.empty() || !wanted.ip) return Fit::none;
  if (listener.address.port != wanted.port) return Fit::none;
  const IpFamily family = wanted.ip->family();
  if (listener.address.ip) {
    const bool is_own = listener.address.ip->is_unspecified() && listener.address.ip->family() == family;
    return is_own ? Fit::own_family : Fit::none;
  }
  // nginx's "*" is 0.0.0.0, as the gateway's is, where the others' take both families.
  const bool is_ipv4_alone = deployment.server == ServerKind::nginx || deployment.server == ServerKind::astray;
  return is_ipv4_alone && family == IpFamily::v6 ? Fit::none : Fit::everywhere;
}

}  // namespace

ListenerMatrix matrix_of(const Site& site, ListenerId listener, const MatrixOptions& options) {
  ListenerMatrix matrix;
  if (!options.snis || !options.hosts) {
    matrix.snis.push_back({});
    NameCollector collector(site, listener, matrix);
    for (const VirtualHostId id : site.deployment->listener(listener).virtual_hosts) {
      for (const NamedPattern& name : site.deployment->virtual_host(id).names)
        collector.add(id, name.pattern);
    }
    matrix.snis.push_back({std::string(unknown_name), ""});
    matrix.hosts.push_back({std::string(unknown_name), ""});
  }
  if (options.snis) matrix.snis = *options.snis;
  if (options.hosts) matrix.hosts = *options.hosts;
  return matrix;
}

std::vector<AskedListener> chosen_listeners(const Deployment& deployment, const MatrixOptions& options) {
  std::vector<AskedListener> chosen;
  const auto add = [&](size_t index, const ListenAddress& address) {
    chosen.push_back({static_cast<ListenerId>(index), address.text(), address.ip, address.port});
  };
  if (options.addresses.empty()) {
    for (size_t i = 0; i < deployment.listeners.size(); ++i) add(i, deployment.listeners[i].address);
    return chosen;
  }
  for (const ListenAddress& wanted : options.addresses) {
    std::optional<size_t> best;
    Fit best_fit = Fit::none;
    for (size_t i = 0; i < deployment.listeners.size(); ++i) {
      const Listener& listener = deployment.listeners[i];
      if (listener.kind != Listener::Kind::http) continue;
      const Fit fit = fit_of(deployment, listener, wanted);
      if (fit <= best_fit) continue;
      best = i;
      best_fit = fit;
    }
    if (best) add(*best, wanted);
  }
  return chosen;
}

void predict(const Site& site, const AskedListener& asked, const ListenerMatrix& matrix,
             const MatrixOptions& options, PredictionWriter& writer, const ByteSink& sink) {
  const Listener& listener = site.deployment->listener(asked.listener);
  const Behaviour& behaviour = *site.behaviour;
  writer.begin_listener(asked.address, listener, matrix.snis, matrix.hosts);

  // Host fields in both places where a request can carry them; a cell only swaps the name in and out.
  std::vector<RawHost> hosts;
  hosts.reserve(matrix.hosts.size());
  for (const AskedName& host : matrix.hosts) hosts.emplace_back(host.text.value_or(""));

  const auto ask = [&](const AskedName& sni, AlpnOffer alpn, Scheme scheme) {
    ConnectionFacts connection;
    connection.scheme = scheme;
    connection.local_address = asked.local_address;
    connection.local_port = asked.local_port;
    if (sni.text) connection.sni = RawHost(*sni.text);
    connection.alpn = alpn;
    connection.client_certificate = options.client_certificate;
    const ExpectedHandshake handshake = behaviour.handshake(asked.listener, connection);
    connection.protocol = handshake.protocol;
    if (handshake.certificate != nullptr && handshake.certificate->certificate != nullptr) {
      connection.certificate_names = handshake.certificate->certificate->names.in_file_order();
    }
    if (handshake.virtual_host != VirtualHostId::none) {
      connection.policy = digest(site.deployment->virtual_host(handshake.virtual_host).tls);
    }
    writer.begin_connection({sni, alpn, handshake});

    if (handshake.outcome == HandshakeOutcome::rejected ||
        handshake.outcome == HandshakeOutcome::unknowable) {
      ExpectedAnswer same;
      same.outcome =
          handshake.outcome == HandshakeOutcome::rejected ? AnswerOutcome::reject : AnswerOutcome::unknowable;
      same.reason = handshake.reason;
      same.source = handshake.source;
      for (size_t i = 0; i < hosts.size() && sink.wanted(); ++i) writer.answer(i, same);
      return;
    }
    RequestFacts request;
    const bool pseudo_fields = handshake.protocol != Protocol::h1;
    if (pseudo_fields) {
      request.scheme = scheme;
      request.pseudo_authority.emplace();
    } else {
      request.host_fields.emplace_back();
    }
    RawHost& slot = pseudo_fields ? *request.pseudo_authority : request.host_fields.front();
    RequestFacts without_host;
    without_host.scheme = request.scheme;
    for (size_t i = 0; i < hosts.size() && sink.wanted(); ++i) {
      if (!matrix.hosts[i].text) {
        writer.answer(i, behaviour.answer(asked.listener, connection, handshake, without_host));
        continue;
      }
      std::swap(slot, hosts[i]);
      writer.answer(i, behaviour.answer(asked.listener, connection, handshake, request));
      std::swap(slot, hosts[i]);
    }
  };

  // A setting that nothing decides is asked about as TLS: the behaviour says that it cannot tell.
  const bool in_clear = listener.tls.known() && !listener.tls.value;
  if (in_clear) {
    ask(AskedName{}, AlpnOffer::none, Scheme::http);
    return;
  }
  for (const AskedName& sni : matrix.snis) {
    for (const AlpnOffer alpn : options.alpn) ask(sni, alpn, Scheme::https);
  }
}

}  // namespace astray
