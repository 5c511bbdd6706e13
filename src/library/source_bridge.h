#pragma once
// A BodySource of the interface, as the client reads it. On the I/O thread, but for its making and ready().
#include <memory>
#include <mutex>

#include "astray/body.h"
#include "client/request.h"
#include "library/io_link.h"

namespace astray::http {

class SourceBridge final : public client::BodySource, public std::enable_shared_from_this<SourceBridge> {
 public:
  /// Null: another fetch reads the source.
  static std::shared_ptr<SourceBridge> make(std::shared_ptr<http::BodySource> source,
                                            std::shared_ptr<IoLink> link);

  /// The fetch is over.
  void close();

  Piece read(size_t most) override;
  bool rewind() override;
  bool is_replayable() const override;
  std::optional<uint64_t> length() const override;
  void set_reader(Reader* reader) override { reader_ = reader; }
  void tell_ready();

 private:
  explicit SourceBridge(std::shared_ptr<http::BodySource> source) : source_(std::move(source)) {}
  std::shared_ptr<http::BodySource> source_;  ///< null: closed
  std::unique_ptr<char[]> buffer_;
  std::string why_;
  Reader* reader_ = nullptr;
};

/// Where a source calls when it has something.
class BodySource::Link {
 public:
  enum class Taken : uint8_t { now, before };
  Taken take(std::shared_ptr<IoLink> io, std::weak_ptr<SourceBridge> bridge);
  void release();
  void ready();

 private:
  std::mutex mutex_;
  std::shared_ptr<IoLink> io_;
  std::weak_ptr<SourceBridge> bridge_;
};

}  // namespace astray::http
