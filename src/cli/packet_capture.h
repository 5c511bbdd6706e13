#pragma once
// Packet captures are taken apart by tshark (Wireshark), which knows all protocols and their keys.
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "explain/source.h"

namespace astray {

/// Whether the file is a pcap or pcapng, also behind gzip, which tshark undoes. What cannot be read is none.
bool is_packet_capture_file(const std::string& path);

/// What tshark prints of a capture. It is a program of its own that is found on PATH, looks up no name, and
/// is killed when it takes too long.
class TsharkBytes : public explain::ByteSource {
 public:
  static constexpr std::chrono::seconds usual_limit{600};

  /// `key_log`: a file as SSLKEYLOGFILE makes it; "" for none. A pcapng may have its keys in it.
  static Result<std::unique_ptr<TsharkBytes>> start(const std::string& path, const std::string& key_log,
                                                    std::chrono::milliseconds limit = usual_limit);
  /// Ends tshark.
  ~TsharkBytes() override;
  /// An Error at the end when tshark failed, with what it said: all that it printed before was handed out.
  Result<size_t> read(char* into, size_t size) override;
  /// What it complained of until its end, in one line; "" when it said nothing.
  std::string complaints() const;

 private:
  TsharkBytes(std::string path, pid_t process, int output, int complaints, std::chrono::milliseconds limit)
      : path_(std::move(path)),
        process_(process),
        output_(output),
        complaints_(complaints),
        limit_(limit),
        deadline_(std::chrono::steady_clock::now() + limit) {}
  Result<size_t> end();
  void stop();

  std::string path_;
  pid_t process_;  ///< -1 when it has ended
  int output_;
  int complaints_;  ///< an unnamed file that its stderr goes to
  std::chrono::milliseconds limit_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace astray
