#pragma once
// A log that is read on from round to round.
#include <string>

#include "base/result.h"
#include "io/file_descriptor.h"
#include "watch/model/round_record.h"

namespace astray::watch {

/// Begins at the end of what is there: what was written before the watcher is no news. When another file has the
/// path (logrotate), the old one is read to its end and the new one from its beginning; a file that became shorter
/// (copytruncate) is read from its beginning.
class FollowedLog {
 public:
  explicit FollowedLog(std::string path);

  /// Whole lines that were written since the last call, at most `most` bytes of them; the rest comes with the next
  /// calls. An Error says why the file cannot be read, each time that it cannot.
  Result<std::string> read_new(size_t most);

 private:
  Result<void> open_at_path();
  Result<void> read_lines(size_t most, std::string& lines);
  bool is_replaced() const;

  std::string path_;
  FileDescriptor file_;
  uint64_t read_up_to_ = 0;
};

}  // namespace astray::watch
