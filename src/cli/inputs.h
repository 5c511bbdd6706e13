#pragma once
// From the operands of a command line to deployments that can be asked.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/topology.h"
#include "base/result.h"
#include "cli/configuration_files.h"
#include "cli/input_options.h"
#include "cli/progress.h"
#include "report/source_text.h"
#include "tls/rooted_certificate_source.h"

namespace astray {

/// Configurations as they are read, one after the other.
class Inputs {
 public:
  Inputs(InputOptions options, CertificateSource& certificates, Console& console, Progress& progress);

  /// Reads every configuration; what cannot be read at all is in unread(). An Error only when the options do
  /// not fit the configurations.
  std::optional<Error> read(const std::vector<std::string>& configurations);

  /// One message for each configuration of which nothing could be read.
  const std::vector<std::string>& unread() const { return unread_; }
  std::vector<Site> take_sites() { return std::move(sites_); }
  /// Whether a part of what was read had an error in it.
  bool has_errors() const { return has_errors_; }
  SourceText& source() { return source_; }

 private:
  struct Chosen {
    const Server* server;
    std::optional<Version> version;
    VersionBasis basis;
  };
  /// One input: an operand, or what was found in a folder that is one.
  struct Input {
    std::string path;
    const Server* server = nullptr;  ///< that recognised it in a folder
  };
  std::vector<Input> inputs_of(const std::vector<std::string>& configurations);
  /// Nothing where the folder is to be read as one configuration.
  std::vector<Input> found_in(const std::string& folder, size_t of_how_many);
  std::optional<Error> unmet_choice(const std::vector<std::string>& configurations,
                                    const std::vector<Input>& inputs) const;
  Result<Chosen> choose(const Input& input, const std::string& path, size_t of_how_many);
  Result<Chosen> recognise(const std::string& configuration, const std::string& path, size_t of_how_many);
  /// The most definite of --server and --binary for this server; nothing where they do not speak of it.
  std::optional<Chosen> general_choice(const Server& server) const;
  Result<Site> read_one(const Input& input, size_t of_how_many);
  void say_what_is_assumed(const Input& input, const Deployment& deployment, const Server& server);

  InputOptions options_;
  RootedCertificateSource certificates_;
  Console& console_;
  Progress& progress_;
  ConfigurationFiles files_;
  SourceText source_;
  std::string dump_version_text_;  ///< what stands before the first file of an `nginx -T` on standard input
  std::vector<Site> sites_;
  std::vector<std::string> unread_;
  std::set<const Server*> assumed_;  ///< whose newest version was said to be assumed
  bool has_errors_ = false;
};

}  // namespace astray
