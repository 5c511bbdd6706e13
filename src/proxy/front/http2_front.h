#pragma once
// HTTP/2 from a client, for the .cc files of it alone: a connection and its streams.
#include <memory>
#include <string>
#include <vector>

#include "base/blocks.h"
#include "http2/server.h"
#include "http2/stream_table.h"
#include "io/timers.h"
#include "proxy/front/front_protocol.h"

namespace astray::proxy {

using http2::StreamId;

class Http2Front;

/// One request and its answer.
class Http2Stream final : public FrontStream, public MadeInBlock {
 public:
  Http2Stream(Http2Front& front, StreamId id) : front_(front), id_(id) {}

  void inform(int status, const Fields& fields) override;
  void respond(ResponseHead head) override;
  void send_body(std::string_view bytes) override;
  void end_body(Fields trailers) override;
  void abort() override;
  size_t unsent() const override;
  void consume(size_t bytes) override;

  StreamId id() const { return id_; }
  /// What the client is to do next.
  Waiting waits_for() const;
  /// Since this was asked last.
  bool client_took_some();

 private:
  friend class Http2Front;
  Http2Front& front_;
  StreamId id_;
  std::unique_ptr<Exchange> exchange_;
  bool request_ended_ = false;
  bool answer_ended_ = false;
  bool is_connect_ = false;  ///< extended: 101 is told as 200
  bool wants_room_ = false;
  size_t held_bytes_ = 0;     ///< of the request, not consumed: the client's window
  uint64_t given_bytes_ = 0;  ///< of the answer
  uint64_t taken_bytes_ = 0;  ///< of those, when it was last asked whether the client takes any
  MonotonicTime since_{};
};

class Http2Front final : public FrontProtocol, Timer {
 public:
  Http2Front(FrontHost& host, std::span<const std::string> origins);

  void on_bytes(std::string_view bytes) override;
  void on_wire_end(const WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void go_away() override;
  Patience patience() const override;
  void on_impatience(Waiting waiting) override;
  bool idle() const override { return streams_.empty(); }

  FrontHost& host() { return host_; }
  Http2Server& engine() { return engine_; }
  void flush_soon() { host_.wire().flush_soon(); }
  void want_room(Http2Stream& stream);
  void finish(Http2Stream& stream);

 private:
  void tell_origins(std::span<const std::string> origins);
  /// The engine's time: SETTINGS that do not come, floods that are forgotten.
  void on_deadline(MonotonicTime now) override;
  void watch_engine();
  void drain();
  void take(Http2Server::Event& event);
  void begin(http2::RequestHead& head);
  void begin_exchange(Http2Stream& stream, http2::RequestHead& head);
  void all_gone();
  void close();
  void remove_finished();
  void decline_rest();
  void finish_sent();

  FrontHost& host_;
  Http2Server engine_;
  http2::StreamTable<Http2Stream> streams_;
  std::vector<StreamId> finished_;        ///< to be removed when none of their calls is under way
  std::vector<StreamId> answered_early_;  ///< whose requests still come
  std::vector<StreamId> sending_;         ///< all is said, and some of it waits for the client's window
  std::vector<StreamId> wants_room_;
  std::string names_;                     ///< of the request that is being judged; memory that is used again
  bool going_away_ = false;
  bool closing_ = false;
  MonotonicTime idle_since_;
};

}  // namespace astray::proxy
