#include "servers/model/dump.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace astray {
namespace {

class Printer {
 public:
  explicit Printer(const Deployment& deployment) : deployment_(deployment) {}

  std::string print() {
    line(0, "{} {} ({})", to_string(deployment_.server), deployment_.version.text(),
         to_string(deployment_.version_basis));
    if (deployment_.sni_policy.provenance != Provenance::default_value)
      line(0, "sni_policy {}", text(deployment_.sni_policy));
    for (const ReadProblem& problem : deployment_.problems)
      line(0, "{} {}: {}", problem.severity == ReadProblem::Severity::error ? "error" : "warning",
           problem.span.known() ? place(problem.span) : "-", problem.message);
    for (const Listener& listener : deployment_.listeners) print_listener(listener);
    for (size_t i = 0; i < deployment_.virtual_hosts.size(); ++i) print_virtual_host(i);
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void line(size_t depth, fmt::format_string<Args...> format, Args&&... args) {
    out_.append(2 * depth, ' ');
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  std::string place(SourceSpan span) const {
    if (!span.known()) return "(nowhere)";
    std::string_view path = deployment_.files.path(span.file);
    path.remove_prefix(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
    return fmt::format("{}:{}:{}", path, span.line, span.column);
  }

  static std::string value_text(bool value) { return value ? "on" : "off"; }
  static std::string value_text(int value) { return std::to_string(value); }
  static std::string value_text(const std::string& value) { return fmt::format("\"{}\"", value); }
  static std::string value_text(ClientAuthentication value) { return std::string(to_string(value)); }
  static std::string value_text(SniPolicy value) { return std::string(to_string(value)); }
  static std::string value_text(uint8_t versions) {
    constexpr std::string_view names[] = {"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
    std::string text;
    for (size_t bit = 0; bit < std::size(names); ++bit)
      if ((versions >> bit & 1) != 0) text += fmt::format("{}{}", text.empty() ? "" : "+", names[bit]);
    return text.empty() ? "none" : text;
  }
  static std::string value_text(const NameExpression& name) {
    return name.text.empty() ? std::string(to_string(name.kind))
                             : fmt::format("{} \"{}\"", to_string(name.kind), name.text);
  }

  template <typename T>
  std::string text(const Setting<T>& setting) const {
    if (setting.provenance == Provenance::default_value) return value_text(setting.value) + " default";
    return fmt::format(
        "{} @{}{}", setting.known() ? value_text(setting.value) : std::string("?"), place(setting.span),
        setting.provenance == Provenance::set ? std::string()
                                              : fmt::format(" {}", to_string(setting.provenance)));
  }

  template <typename T>
  void setting(size_t depth, std::string_view name, const Setting<T>& value) {
    if (value.provenance != Provenance::default_value) line(depth, "{} {}", name, text(value));
  }

  void print_listener(const Listener& listener) {
    constexpr std::string_view kinds[] = {"http", "passthrough", "tcp"};
    line(0, "listener {} {} @{}", listener.address.text(), kinds[static_cast<size_t>(listener.kind)],
         place(listener.span));
    if (listener.public_port) line(1, "public_port {}", listener.public_port->number());
    setting(1, "tls", listener.tls);
    setting(1, "http2", listener.http2);
    setting(1, "quic", listener.quic);
    setting(1, "proxy_protocol", listener.proxy_protocol);
    std::string hosts;
    for (const VirtualHostId id : listener.virtual_hosts)
      hosts += fmt::format(" #{}", static_cast<size_t>(id));
    if (!hosts.empty()) line(1, "virtual_hosts{}", hosts);
    for (const StatedOrigin& origin : listener.origin_set) line(1, "origin {} @{}", origin.text, place(origin.span));
    if (listener.default_virtual_host != VirtualHostId::none)
      line(1, "default #{}{}", static_cast<size_t>(listener.default_virtual_host),
           listener.default_is_explicit ? "" : " (the first)");
    for (const PassthroughRoute& route : listener.routes) {
      line(1, "route {} @{}",
           route.name ? fmt::format("{} {}", to_string(route.name->kind), route.name->spelled())
                      : std::string("default"),
           place(route.span));
      print_back_edge(2, route.back);
    }
  }

  void print_tls(const TlsSettings& tls) {
    setting(1, "tls", tls.enabled);
    for (const CertificateUse& use : tls.certificates) {
      line(1, "certificate {} @{}{}{}", use.path, place(use.span),
           use.provenance == Provenance::set ? std::string() : fmt::format(" {}", to_string(use.provenance)),
           use.certificate ? "" : " (not read)");
      if (!use.key_path.empty()) line(2, "key {}", use.key_path);
    }
    setting(1, "versions", tls.versions);
    setting(1, "ciphers", tls.ciphers);
    setting(1, "ciphersuites", tls.ciphersuites);
    setting(1, "client_authentication", tls.client_authentication);
    setting(1, "client_authorities.file", tls.client_authorities.file);
    setting(1, "client_authorities.path", tls.client_authorities.path);
    if (tls.client_authorities.digest) line(1, "client_authorities.digest known");
    setting(1, "verify_depth", tls.verify_depth);
    setting(1, "revocation_list", tls.revocation_list);
    setting(1, "session_tickets", tls.session_tickets);
    setting(1, "session_ticket_keys", tls.session_ticket_keys);
    setting(1, "session_cache", tls.session_cache);
    setting(1, "reject_handshake", tls.reject_handshake);
    for (const std::string& other : tls.other) line(1, "other {}", other);
  }

  void print_virtual_host(size_t index) {
    const VirtualHost& host = deployment_.virtual_hosts[index];
    line(0, "virtual_host #{} @{}", index, place(host.span));
    for (const NamedPattern& name : host.names)
      line(1, "name {} {} @{}", to_string(name.pattern.kind),
           name.pattern.text.empty() ? std::string("\"\"") : name.pattern.spelled(), place(name.span));
    print_tls(host.tls);
    setting(1, "http2", host.http2);
    setting(1, "http3", host.http3);
    setting(1, "fixed_status", host.fixed_status);
    setting(1, "strict_sni", host.strict_sni);
    for (const ErrorPage& page : host.error_pages)
      line(1, "error_page {} as {} @{}", page.status, page.sent == 0 ? std::string("?") : std::to_string(page.sent),
           place(page.span));
    for (const AccessLog& log : host.access_logs)
      line(1, "access_log {} {} @{}", log.format,
           !log.known     ? "unknown"
           : log.logs_sni ? "with SNI"
                          : "without SNI",
           place(log.span));
    for (const AltSvc& alternative : host.alt_svc)
      line(1, "alt_svc {}={}:{} @{}", alternative.protocol, alternative.host, alternative.port.number(),
           place(alternative.span));
    for (const BackEdge& edge : host.back_edges) print_back_edge(1, edge);
  }

  void print_back_edge(size_t depth, const BackEdge& edge) {
    line(depth, "back {}{} {}{} @{}", edge.location.empty() ? "" : edge.location + " ",
         to_string(edge.protocol), edge.target,
         edge.pool.empty() ? std::string() : fmt::format(" pool {}", edge.pool), place(edge.span));
    for (const BackAddress& address : edge.addresses)
      line(depth + 1, "address {}:{}{} @{}", address.host, address.port.number(),
           address.ip && address.ip->text() != address.host ? fmt::format(" = {}", address.ip->text())
                                                            : std::string(),
           place(address.span));
    if (!edge.addresses_known) line(depth + 1, "addresses ?");
    // All of these are shown, defaults too: what a back edge sends without being told is the point.
    line(depth + 1, "host {}", text(edge.host));
    if (uses_tls(edge.protocol)) {
      line(depth + 1, "sni {}", text(edge.sni));
      line(depth + 1, "verify {}, name {}", text(edge.verify), text(edge.verify_name));
      line(depth + 1, "session_reuse {}", text(edge.session_reuse));
    }
    line(depth + 1, "keepalive {}{}", text(edge.keepalive),
         edge.pool_ignores_sni ? ", pool ignores SNI" : "");
  }

  const Deployment& deployment_;
  std::string out_;
};

}  // namespace

std::string dump(const Deployment& deployment) {
  return Printer(deployment).print();
}

}  // namespace astray
