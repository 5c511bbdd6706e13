#pragma once
// What an audit does with one set of configurations; a comparison does it twice.
#include <optional>
#include <string>
#include <vector>

#include "audit/auditor.h"
#include "cli/inputs.h"
#include "tls/file_certificate_source.h"

namespace astray {

/// What the command line says about every side.
struct AuditSettings {
  InputOptions reading;
  DnsView dns;
  std::vector<const ClientProfile*> clients;
  Instant now;
  std::vector<StatedEdge> edges;
  Waivers waivers;
};

class AuditedSide {
 public:
  AuditedSide(const AuditSettings& settings, Console& console, Progress& progress);

  /// Reads, joins and judges. An Error when options and configurations do not fit; what could not be read is told on
  /// the console, and is in unread().
  std::optional<Error> read(const std::vector<std::string>& configurations);

  /// False: nothing could be read, so there is no topology and an empty report.
  bool has_topology() const { return topology_.has_value(); }
  const Topology& topology() const { return *topology_; }
  AuditReport& report() { return report_; }
  const std::vector<std::string>& unread() const { return inputs_.unread(); }
  /// Whether everything that decides could be read.
  bool complete() const { return inputs_.unread().empty() && !inputs_.has_errors(); }
  SourceText& source() { return inputs_.source(); }

 private:
  const AuditSettings& settings_;
  Console& console_;
  Progress& progress_;
  FileCertificateSource certificates_;
  Inputs inputs_;
  std::optional<Topology> topology_;
  AuditReport report_;
};

}  // namespace astray
