#include "audit/left_out.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace astray {
namespace {

class LeftOutList {
 public:
  LeftOutList(const Topology& topology, SiteId site) : topology_(topology), site_(site) {}

  /// A setting that several virtual hosts inherit is one entry.
  void add(SourceSpan span, std::string what, std::string message) {
    if (!seen_.insert({span, what + message}).second) return;
    list_.push_back({topology_.place(site_, span, std::move(what)), std::move(message)});
  }

  template <typename T>
  void add_if_unknowable(const Setting<T>& setting, const VirtualHost& owner, std::string_view what) {
    if (setting.known()) return;
    add(setting.span.known() ? setting.span : owner.span, std::string(what),
        fmt::format("{} is decided by a variable or by what was not read; what depends on it was not judged",
                    what));
  }

  std::vector<AuditReport::LeftOut> take() { return std::move(list_); }

 private:
  const Topology& topology_;
  SiteId site_;
  std::set<std::pair<SourceSpan, std::string>> seen_;
  std::vector<AuditReport::LeftOut> list_;
};

void add_unknowable_parts(const VirtualHost& virtual_host, LeftOutList& list) {
  for (const NamedPattern& name : virtual_host.names)
    if (name.pattern.kind == PatternKind::unknowable)
      list.add(name.span, "name",
               fmt::format("the name '{}' cannot be known from the configuration; it was not audited",
                           name.pattern.text));
  const TlsSettings& tls = virtual_host.tls;
  for (const CertificateUse& use : tls.certificates)
    if (use.provenance == Provenance::unknowable)
      list.add(
          use.span, "certificate",
          fmt::format("the certificate '{}' is decided by a variable; names that need it were not judged",
                      use.path));
  list.add_if_unknowable(tls.client_authentication, virtual_host, "client authentication");
  list.add_if_unknowable(tls.versions, virtual_host, "the list of TLS versions");
  list.add_if_unknowable(tls.reject_handshake, virtual_host, "whether the handshake is rejected");
  list.add_if_unknowable(virtual_host.http2, virtual_host, "whether HTTP/2 is on");
  list.add_if_unknowable(virtual_host.fixed_status, virtual_host, "the answer to a request");
  for (const BackEdge& edge : virtual_host.back_edges)
    if (!edge.addresses_known)
      list.add(edge.span, "back address",
               fmt::format("the address behind '{}' is decided by a variable; the hop was not followed",
                           edge.target));
}

}  // namespace

std::vector<AuditReport::LeftOut> left_out(const Topology& topology, SiteId site) {
  const Deployment& deployment = topology.deployment(site);
  LeftOutList list(topology, site);
  for (const ReadProblem& problem : deployment.problems)
    list.add(problem.span, problem.severity == ReadProblem::Severity::error ? "error" : "warning",
             problem.message);
  for (const VirtualHost& virtual_host : deployment.virtual_hosts) add_unknowable_parts(virtual_host, list);
  return list.take();
}

}  // namespace astray
