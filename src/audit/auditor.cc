#include "audit/auditor.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "audit/context.h"
#include "audit/left_out.h"

namespace astray {
namespace {

AuditReport::Input summary(const Deployment& deployment) {
  AuditReport::Input input{};
  input.main_file = deployment.main_file;
  input.server = to_string(deployment.server);
  input.version = deployment.version.text();
  input.version_basis = to_string(deployment.version_basis);
  input.listeners = deployment.listeners.size();
  input.virtual_hosts = deployment.virtual_hosts.size();
  std::unordered_set<const Certificate*> certificates;
  for (const VirtualHost& virtual_host : deployment.virtual_hosts) {
    input.names += virtual_host.names.size();
    input.back_edges += virtual_host.back_edges.size();
    for (const CertificateUse& use : virtual_host.tls.certificates)
      if (use.certificate) certificates.insert(use.certificate.get());
  }
  input.certificates = certificates.size();
  return input;
}

void sort_findings(std::vector<Finding>& findings) {
  auto key = [](const Finding& finding) {
    return std::tie(finding.severity, finding.place.file, finding.place.line, finding.place.column,
                    finding.rule_id, finding.from_name, finding.to_name, finding.message);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

}  // namespace

AuditReport audit(const Topology& topology, const Waivers& waivers) {
  AuditReport report;
  AuditContext context = make_context(topology, waivers);
  for (const Rule* rule : all_rules()) rule->check(context, report.findings);
  for (Finding& finding : report.findings) {
    const Waiver* waiver = waivers.covering(finding, topology.now());
    if (!waiver) continue;
    finding.waived = true;
    finding.waiver_reason = waiver->reason;
    ++report.waived;
  }
  sort_findings(report.findings);

  for (size_t site = 0; site < topology.sites().size(); ++site) {
    report.inputs.push_back(summary(topology.deployment(static_cast<SiteId>(site))));
    for (AuditReport::LeftOut& part : left_out(topology, static_cast<SiteId>(site)))
      report.left_out.push_back(std::move(part));
  }
  return report;
}

}  // namespace astray
