#include "servers/haproxy/bind.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "servers/haproxy/certificates.h"
#include "servers/haproxy/tls_options.h"

namespace astray::haproxy {
namespace {

constexpr Version has_default_alpn{2, 8, 0};     // "h2,http/1.1" where neither alpn nor no-alpn stands
constexpr Version has_default_list{3, 0, 0};     // `*` filters, default-crt; a default's own versions count
constexpr unsigned most_ports = 1024;

bool lists(std::string_view protocols, std::string_view wanted) {
  while (!protocols.empty()) {
    const size_t comma = protocols.find(',');
    if (protocols.substr(0, comma) == wanted) return true;
    protocols.remove_prefix(comma == std::string_view::npos ? protocols.size() : comma + 1);
  }
  return false;
}

/// Words of a bind line that take a value and say nothing of TLS.
bool has_value(std::string_view word) {
  constexpr std::string_view words[] = {
      "backlog", "id",      "interface", "level",  "maxconn",   "mode",  "mss",       "name",
      "namespace", "nice",  "process",   "proto",  "shards",    "gid",   "group",     "uid",
      "user",    "tcp-ut",  "severity-output", "expose-fd", "thread", "nbconn", "quic-cc-algo", "label",
      "quic-socket", "guid-prefix", "idle-ping", "cc", "tcp-md5sig", "tcp-ss", "ktls", "ech", "default-crl"};
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

class BindReader {
 public:
  BindReader(const Line& line, bool http, Reading& reading) : line_(line), http_(http), reading_(reading) {}

  Bind read() {
    bind_.span = line_.span();
    if (line_.words.size() < 2) {
      reading_.problems.error(line_.span(), "'bind' expects an address, such as :443");
      return std::move(bind_);
    }
    bind_.addresses = read_addresses(line_.words[1], line_.span(1), bind_.addresses_known, reading_.problems);
    bind_.quic = line_.word(1).starts_with("quic");
    options_ = default_options(reading_);
    take_words();
    if (bind_.ssl || bind_.quic) settle_tls();
    return std::move(bind_);
  }

 private:
  void take_words() {
    for (size_t i = 2; i < line_.words.size();) {
      const std::string_view word = line_.word(i);
      if (const size_t taken = options_.take(line_, i, reading_); taken != 0) {
        i += taken;
      } else if (word == "ssl") {
        bind_.ssl = true;
        ++i;
      } else if (word == "accept-proxy") {
        bind_.proxy_protocol = true;
        ++i;
      } else if (word == "crt" || word == "crt-list" || word == "default-crt") {
        sources_.push_back(i);
        i += 2;
      } else {
        if (word == "proto" && line_.word(i + 1) == "h2") bind_.has_proto_h2 = true;
        i += has_value(word) ? 2 : 1;
      }
    }
  }

  void settle_tls() {
    options_.load_authorities(reading_);
    bind_.strict_sni = options_.strict_sni;
    bind_.versions = options_.tls.versions.value;
    if (!options_.alpn) {
      const bool by_default = http_ && reading_.version >= has_default_alpn;
      options_.alpn = by_default ? "h2,http/1.1" : "";
    }
    bind_.alpn = *options_.alpn;
    CertificateReader certificates(options_, bind_, reading_);
    for (const size_t at : sources_) {
      const size_t first = bind_.contexts.size();
      const bool is_default = line_.word(at) == "default-crt";
      if (line_.word(at) == "crt-list")
        certificates.read_list(line_, at + 1);
      else
        certificates.read_path(line_, at + 1);
      for (size_t i = first; is_default && i < bind_.contexts.size(); ++i) bind_.contexts[i].is_default = true;
      if (is_default && reading_.version < has_default_list)
        reading_.problems.error(line_.span(at), "'default-crt' exists from HAProxy 3.0 on");
    }
    bind_.default_keeps_versions = reading_.version >= has_default_list;
    settle_defaults();
    if (bind_.contexts.empty() && bind_.certificates_known && !bind_.strict_sni)
      reading_.problems.error(bind_.span, "'bind … ssl' without any certificate; HAProxy does not start: name one "
                                          "with crt or crt-list, or use strict-sni");
    bind_.index();
  }

  void settle_defaults() {
    const std::vector<TlsContext>& contexts = bind_.contexts;
    const bool has_list = reading_.version >= has_default_list;
    for (size_t i = 0; i < (has_list ? contexts.size() : std::min<size_t>(1, contexts.size())); ++i)
      if (contexts[i].is_default) bind_.defaults.push_back(static_cast<ContextId>(i));
  }

  const Line& line_;
  bool http_;
  Reading& reading_;
  Bind bind_;
  TlsOptions options_;
  std::vector<size_t> sources_;  ///< words that name certificates, in order
};

std::string_view without_protocol(std::string_view text) {
  for (const std::string_view prefix : {"ipv4@", "ipv6@", "tcp4@", "tcp6@", "tcp@", "quic4@", "quic6@", "mptcp4@",
                                        "mptcp6@", "mptcp@", "stream+ipv4@", "stream+ipv6@"})
    if (text.starts_with(prefix)) return text.substr(prefix.size());
  return text;
}

}  // namespace

bool TlsContext::speaks_h2() const {
  return lists(alpn, "h2");
}
bool TlsContext::speaks_h1() const {
  return lists(alpn, "http/1.1");
}

void Bind::index() {
  for (size_t i = 0; i < contexts.size(); ++i) {
    has_unknown_names_ = has_unknown_names_ || !contexts[i].names_known;
    for (const NamedPattern& name : contexts[i].names) {
      auto& table = name.pattern.kind == PatternKind::exact ? exact_ : wildcard_;
      table[name.pattern.text].push_back(static_cast<ContextId>(i));
    }
  }
}

std::vector<ContextId> Bind::named(std::string_view sni) const {
  std::vector<ContextId> candidates;
  if (const auto found = exact_.find(std::string(sni)); found != exact_.end()) candidates = found->second;
  const size_t dot = sni.find('.');
  if (dot == std::string_view::npos) return candidates;
  const auto found = wildcard_.find(std::string(sni.substr(dot + 1)));
  if (found == wildcard_.end()) return candidates;
  for (const ContextId id : found->second) {
    const auto& excluded = contexts[static_cast<size_t>(id)].excluded;
    if (std::find(excluded.begin(), excluded.end(), sni) == excluded.end()) candidates.push_back(id);
  }
  return candidates;
}

Bind::Choice Bind::preferred(const std::vector<ContextId>& candidates) const {
  Choice best;
  int best_rank = -1;
  for (const ContextId id : candidates) {
    const Certificate* certificate = contexts[static_cast<size_t>(id)].certificate();
    // Whose key nobody knows may come before the others.
    if (certificate == nullptr && candidates.size() > 1) best.known = false;
    const KeyType key = certificate == nullptr ? KeyType::other : certificate->key_type;
    const int rank = key == KeyType::ecdsa ? 2 : key == KeyType::rsa ? 1 : 0;
    if (rank <= best_rank) continue;
    best_rank = rank;
    best.context = id;
  }
  return best;
}

Bind::Choice Bind::choose(std::string_view sni) const {
  const bool is_complete = certificates_known && !has_unknown_names_;
  if (!sni.empty()) {
    Choice choice = preferred(named(sni));
    choice.by_name = choice.context != ContextId::none;
    choice.known = choice.known && is_complete;
    if (choice.by_name) return choice;
  }
  // Without SNI, names do not matter; but a list that was not read may start with another default.
  const bool is_known = sni.empty() ? certificates_known || strict_sni : is_complete;
  if (strict_sni) return {ContextId::none, false, is_known};
  Choice choice = preferred(defaults);
  choice.known = choice.known && is_known;
  return choice;
}

std::vector<ListenAddress> read_addresses(const Word& word, SourceSpan span, bool& known, Problems& problems) {
  std::vector<ListenAddress> addresses;
  if (!word.known()) {
    known = false;
    problems.warning(span, fmt::format("the environment variable {} decides the address and is not known; give it "
                                       "with --define {}=VALUE", word.unknown_for, word.unknown_for));
    return addresses;
  }
  std::string_view rest = word.text;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    std::string_view text = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    ListenAddress address;
    if (text.starts_with('/') || text.starts_with("unix@") || text.starts_with("abns@") || text.starts_with("abnsz@")) {
      if (text.starts_with("unix@")) text.remove_prefix(5);
      address.unix_path = std::string(text);
      addresses.push_back(std::move(address));
      continue;
    }
    if (text.starts_with("fd@") || text.starts_with("sockpair@") || text.starts_with("rhttp@")) {
      known = false;
      problems.warning(span, fmt::format("{}: where it listens is not in the configuration", text));
      continue;
    }
    text = without_protocol(text);
    const size_t colon = text.rfind(':');
    const std::string_view host = text.substr(0, colon);
    std::string_view ports = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    const size_t dash = ports.find('-');
    const auto first = Port::parse(ports.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : Port::parse(ports.substr(dash + 1));
    if (!first || !last || last->number() < first->number() ||
        unsigned{last->number()} - first->number() >= most_ports) {
      problems.error(span, fmt::format("'{}' is no address to listen at; expecting address:port, *:port or :port, "
                                       "where a range has at most {} ports", text, most_ports));
      continue;
    }
    if (!host.empty() && host != "*") {
      std::string_view bare = host;
      if (bare.starts_with('[') && bare.ends_with(']')) bare = bare.substr(1, bare.size() - 2);
      const auto ip = IpAddress::parse(bare);
      if (!ip) {
        known = false;
        problems.warning(span, fmt::format("'{}' is a name that HAProxy looks up when it starts: where it listens "
                                           "is not known", host));
        continue;
      }
      if (*ip != IpAddress::v4({0, 0, 0, 0})) address.ip = *ip;
    }
    for (unsigned port = first->number(); port <= last->number(); ++port) {
      address.port = Port(static_cast<uint16_t>(port));
      addresses.push_back(address);
    }
  }
  return addresses;
}

Bind read_bind(const Line& line, bool http, Reading& reading) {
  return BindReader(line, http, reading).read();
}

}  // namespace astray::haproxy
