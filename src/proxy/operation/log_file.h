#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/monotonic_time.h"
#include "base/result.h"
#include "io/file_descriptor.h"

namespace astray::proxy {

/// The open end of a log: a file, or whatever else a path or standard output leads to. For one thread, which
/// may wait; nothing here waits longer than it is told, unless the disk itself does.
class LogFile {
 public:
  /// Appends to what is there, or makes a new file with mode 0640. "-" and /dev/stdout are
  /// standard output, whatever that is; /dev/stderr likewise. The error names the
  /// path. A pipe by name (mkfifo) needs a reader by then.
  static Result<LogFile> open(std::string path);

  struct Progress {
    size_t bytes = 0;      ///< that went out
    int system_error = 0;  ///< errno, why no more did; EAGAIN: nobody takes them; 0: all went out
  };
  /// In pieces until all is out, an error comes, or a pipe, socket or terminal had no room for so long.
  Progress write(std::string_view bytes, Duration patience);

  const std::string& path() const { return path_; }

 private:
  enum class Pace : uint8_t {
    disk,   ///< writes are short waits that nobody can cut short
    reader  ///< asked first whether there is room, since a write could wait for ever
  };
  LogFile(std::string path, FileDescriptor file, Pace pace)
      : path_(std::move(path)), file_(std::move(file)), pace_(pace) {}

  std::string path_;
  FileDescriptor file_;
  Pace pace_;
};

}  // namespace astray::proxy
