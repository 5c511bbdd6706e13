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
      if (line_.word(at) == "crt-list")
        certificates.read_list(line_, at + 1);
      else
        certificates.read_path(line_, at + 1);
      if (line_.word(at) == "default-crt" && reading_.version < has_default_list)
        reading_.problems.error(line_.span(at), "'default-crt' exists from HAProxy 3.0 on");
    }
    // The first that is declared is the default one, also beside those that are said to be.
    if (!bind_.contexts.empty()) bind_.default_context = ContextId{0};
    bind_.default_keeps_versions = reading_.version >= has_default_list;
    if (bind_.contexts.empty() && bind_.certificates_known && !bind_.strict_sni)
      reading_.problems.error(bind_.span, "'bind … ssl' without any certificate; HAProxy does not start: name one "
                                          "with crt or crt-list, or use strict-sni");
    bind_.index();
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

Bind::Choice Bind::choose(std::string_view sni) const {
  const bool is_complete = certificates_known && !has_unknown_names_;
  if (!sni.empty()) {
    if (const auto found = exact_.find(std::string(sni)); found != exact_.end())
      return {found->second.front(), true, true};
    const size_t dot = sni.find('.');
    if (dot != std::string_view::npos) {
      const auto found = wildcard_.find(std::string(sni.substr(dot + 1)));
      if (found != wildcard_.end())
        for (const ContextId id : found->second) {
          const auto& excluded = contexts[static_cast<size_t>(id)].excluded;
          if (std::find(excluded.begin(), excluded.end(), sni) == excluded.end()) return {id, true, is_complete};
        }
    }
  }
  // Without SNI, names do not matter; but a list that was not read may start with another default.
  const bool is_known = sni.empty() ? certificates_known || strict_sni : is_complete;
  if (strict_sni) return {ContextId::none, false, is_known};
  return {default_context, false, is_known};
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
