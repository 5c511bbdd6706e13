#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/console.h"
#include "watch/rounds/round.h"

namespace astray {

/// The configurations that a watcher holds its nodes against: read again when one of their files, or a certificate
/// that they name, has changed. While they cannot be read, what they said before counts.
class WatchedConfigurations {
 public:
  explicit WatchedConfigurations(Console& console) : console_(console) {}

  std::shared_ptr<const watch::Configured> read(const watch::WatchSettings& settings);

 private:
  /// What tells a file from what it was: device, inode, size, time of change.
  using Stamps = std::map<std::string, std::string>;
  static Stamps stamps_of(const std::set<std::string>& paths);
  watch::Configured read_anew(const watch::WatchSettings& settings);

  Console& console_;
  std::shared_ptr<const watch::Configured> configured_;
  std::vector<std::string> asked_for_;  ///< paths and servers of the settings that it was read for
  std::set<std::string> files_;         ///< and folders, that were read
  Stamps stamps_;
};

}  // namespace astray
