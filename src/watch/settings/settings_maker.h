#pragma once
#include "gateway/configuration/reading_problems.h"
#include "servers/model/file_source.h"
#include "tls/certificate_source.h"
#include "watch/settings/said_settings.h"
#include "watch/settings/settings.h"

namespace astray::watch {

/// From what was written to what is meant: defaults filled in, named files opened, values held against each other.
class SettingsMaker {
 public:
  /// `folder` is what relative paths begin with. Borrows the sources.
  SettingsMaker(std::string folder, FileSource& files, CertificateSource& certificates)
      : folder_(std::move(folder)), files_(files), certificates_(certificates) {}

  WatchSettings make(SaidSettings said);
  std::vector<gateway::ConfigurationProblem> take_problems() { return problems_.take(); }

 private:
  void make_targets(SaidSettings& said, WatchSettings& settings);
  void make_questions(const SaidQuestions& said, WatchSettings& settings);
  void make_client_certificate(const SaidClientCertificate& said, WatchSettings& settings);
  tls::TrustStore trust(const Placed<AuthoritiesText>& said);
  void make_outlets(SaidSettings& said, WatchSettings& settings);
  /// The path of a file with a secret; "" where none is said. A complaint where the file is not there.
  std::string secret(const std::optional<Placed<FilePath>>& said, std::string_view what);

  std::string folder_;
  FileSource& files_;
  CertificateSource& certificates_;
  gateway::ReadingProblems problems_;
};

}  // namespace astray::watch
