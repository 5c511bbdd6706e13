#pragma once
// Many requests at once on one connection (RFC 9113). Internal to back/.
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "http2/client.h"
#include "proxy/back/back_connection.h"
#include "proxy/back/back_messages.h"
#include "proxy/back/open_back.h"
#include "proxy/back/pooled_request.h"

namespace astray::proxy {

class Http2Back final : public BackConnection, Timer {
 public:
  Http2Back(BackConnectionParts parts, OpenedBack opened, BackConnectionFacts facts);

  void start(PooledRequest& request, const RequestHead& head) override;
  void send_body(PooledRequest& request, std::string_view bytes) override;
  void end_body(PooledRequest& request, Fields trailers) override;
  size_t unsent(const PooledRequest& request) const override;
  void consume(PooledRequest& request, size_t bytes) override;
  void cancel(PooledRequest& request) override;
  void time_out(PooledRequest& request) override;
  uint32_t room() const override;
  Capacity capacity() const override { return capacity_; }
  bool idle() const override { return live_.empty() && early_.empty(); }
  void close() override;

 private:
  struct Live {
    PooledRequest* request;
    std::string method;
    enum class Upload : uint8_t { over, open } upload = Upload::over;
    enum class Use : uint8_t { exchange, tunnel } use = Use::exchange;
    std::optional<uint64_t> announced_left{};  ///< of Content-Length, bytes
    size_t unconsumed = 0;
    uint64_t begun_at = 0;  ///< outputs_ then: equal now, nothing of it was written
    uint64_t inputs_then = 0;
    bool is_above = false;  ///< half of most_unsent
    std::optional<Fields> trailers{};
  };
  using Streams = std::unordered_map<http2::StreamId, Live>;
  /// An extended CONNECT that waits to learn from SETTINGS whether it may be sent (RFC 8441 §3).
  struct Early {
    PooledRequest* request;
    RequestHead head;
    std::string body{};
    std::optional<Fields> end{};
  };
  enum class ExtendedConnect : uint8_t { unknown, allowed, refused };

  void on_bytes(std::string_view bytes) override;
  void on_wire_end(const client::WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void on_deadline(MonotonicTime now) override;
  void drain();
  void take(Http2Client::Event& event, const std::optional<Http2Client::Event>& next);
  void take_head(http2::ResponseHead head, StreamEnds ends);
  void take_body(const http2::BodyData& data);
  void take_reset(const http2::StreamReset& reset);
  void take_end(http2::StreamId id);
  void take_settings(const http2::SettingsReceived& settings);
  /// Announced; the end when it did not survive that.
  Streams::iterator told(http2::StreamId id);
  void begin_stream(PooledRequest& request, const RequestHead& head);
  std::vector<Early>::iterator find_early(const PooledRequest& request);
  PooledRequest* release(Streams::iterator stream);
  void after_release();
  void note_upload(http2::StreamId id, Live& stream);
  void make_room();
  void fail_all(BackFailure::Kind kind, const std::string& sentence);
  void set_engine_timer();

  Http2Client engine_;
  Streams live_;
  std::vector<Early> early_;
  ExtendedConnect extended_connect_ = ExtendedConnect::unknown;
  Capacity capacity_ = Capacity::awaited;
  uint64_t outputs_ = 0;
  uint64_t inputs_ = 0;
  size_t above_ = 0;        ///< streams with is_above
  std::string last_words_;  ///< of GOAWAY
  bool over_ = false;
};

}  // namespace astray::proxy
