#include <fmt/format.h>

#include <chrono>
#include <set>
#include <tuple>

#include "audit/context.h"
#include "audit/rules/rules.h"
#include "audit/wording.h"

namespace astray::rules::configured_name_not_covered_by_certificate {
namespace {

enum class Defect { expired, not_yet_valid, common_name_only, gap };

std::string day_text(Instant instant) {
  auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(instant.unix_seconds)));
  std::chrono::year_month_day date(days);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

/// Why a wildcard of the certificate that looks as if it covered the name does not.
std::string wildcard_gap(const Certificate& certificate, const Hostname& name) {
  for (const CertificateName& entry : certificate.names) {
    if (!entry.is_wildcard() || !entry.host().name()) continue;
    std::string_view base = entry.host().name()->text();
    if (name.text() == base) return fmt::format(": {} does not cover {} itself", entry.text(), base);
    if (name.text().ends_with(base) && name.text()[name.text().size() - base.size() - 1] == '.')
      return fmt::format(": {} stands for one label, and {} has more before {}", entry.text(), name.text(),
                         base);
  }
  return "";
}

/// What was told already: one finding for each defect of a certificate.
using Told = std::set<std::tuple<SiteId, const Certificate*, Defect>>;

class Coverage {
 public:
  Coverage(const Topology& topology, const CoalescingGroup& group, Told& told, std::vector<Finding>& findings)
      : topology_(topology),
        group_(group),
        certificate_(*group.certificate->certificate),
        told_(told),
        findings_(findings) {}

  void check() {
    if (certificate_.expired_at(topology_.now())) report(Defect::expired);
    if (certificate_.not_yet_valid_at(topology_.now())) report(Defect::not_yet_valid);
    if (group_.uncovered.empty()) return;
    report(certificate_.common_name_only() ? Defect::common_name_only : Defect::gap);
  }

 private:
  void report(Defect defect) {
    const NameSample* example = nullptr;
    size_t names = group_.uncovered_names;
    if (!group_.uncovered.empty()) example = &group_.uncovered.front();
    if (defect == Defect::expired || defect == Defect::not_yet_valid) {
      for (const NameClass& each : group_.classes) {
        if (!presents_this(each)) continue;
        names += each.names;
        if (example == nullptr || each.example.span < example->span) example = &each.example;
      }
    }
    if (example == nullptr || !told_.insert({group_.site, &certificate_, defect}).second) return;

    Finding finding;
    finding.rule_id = rule.id;
    finding.severity = Severity::error;
    finding.confidence = Confidence::high;
    // A self-signed certificate is refused by every browser anyway, so clients of this name are told to look
    // away.
    if (defect == Defect::gap && certificate_.self_signed) finding.severity = Severity::warning;
    finding.from_name = example->name;
    finding.place = topology_.place(group_.site, example->span, "name " + example->name);
    finding.related.push_back(topology_.place(group_.site, group_.certificate->span, "its certificate"));
    finding.further = names - 1;
    describe(defect, *example, finding);
    finding.answers.push_back({"every client", "refuses the certificate before any request is sent", 0,
                               defect == Defect::gap || defect == Defect::common_name_only
                                   ? Reason::certificate_gap
                                   : Reason::certificate_error});
    findings_.push_back(std::move(finding));
  }

  bool presents_this(const NameClass& each) const {
    return each.handshake.certificate != nullptr &&
           each.handshake.certificate->certificate.get() == &certificate_;
  }

  void describe(Defect defect, const NameSample& example, Finding& finding) const {
    const std::string& path = group_.certificate->path;
    finding.fix.place = finding.related.front();
    switch (defect) {
      case Defect::expired:
        finding.message = fmt::format("{} is served with {}, which expired on {}.", example.name, path,
                                      day_text(certificate_.not_after));
        finding.fix.advice = fmt::format("Renew {}.", path);
        return;
      case Defect::not_yet_valid:
        finding.message = fmt::format("{} is served with {}, which is not valid before {}.", example.name,
                                      path, day_text(certificate_.not_before));
        finding.fix.advice = fmt::format("Serve a certificate that is valid now in place of {}.", path);
        return;
      case Defect::common_name_only:
        finding.message = fmt::format(
            "{} is served with {}, which has the common name {} and no subjectAltName: clients have matched "
            "no common "
            "names since 2017 (RFC 9525 §2).",
            example.name, path, certificate_.common_name);
        finding.fix.advice = fmt::format("Reissue {} with {} as subjectAltName.", path, example.name);
        return;
      case Defect::gap: {
        auto host = Hostname::parse(example.name);
        finding.message = fmt::format("{} is served with {}, which does not cover it{}.", example.name, path,
                                      host ? wildcard_gap(certificate_, *host) : "");
        finding.fix.advice =
            fmt::format("Add {} to {}, or give it a certificate of its own.", example.name, path);
        return;
      }
    }
  }

  const Topology& topology_;
  const CoalescingGroup& group_;
  const Certificate& certificate_;
  Told& told_;
  std::vector<Finding>& findings_;
};

void check(const AuditContext& context, std::vector<Finding>& findings) {
  Told told;
  for (const CoalescingGroup& group : context.groups)
    Coverage(context.topology, group, told, findings).check();
}

}  // namespace

constinit const Rule rule = {
    .id = "AST009",
    .name = "configured-name-not-covered-by-certificate",
    .severity = Severity::error,
    .confidence = Confidence::high,
    .summary = "a configured name is served with a certificate that no client accepts for it",
    .check = check,
};

}  // namespace astray::rules::configured_name_not_covered_by_certificate
