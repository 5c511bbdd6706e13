#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/blocks.h"
#include "io/equal_waits.h"
#include "proxy/back/back_request.h"

namespace astray::proxy {

class BackConnection;
class PooledRequest;
struct BackPool;

/// A request that waits for a connection: what is needed to begin it later.
struct WaitingRequest : QueueLink {
  WaitingRequest(PooledRequest& owner, const BackWish& what, const RequestHead& request_head)
      : request(owner), wish(what), head(request_head) {}
  PooledRequest& request;
  BackWish wish;
  RequestHead head;
  std::string body{};             ///< that came meanwhile
  std::optional<Fields> end{};    ///< end_body() was called
  std::vector<Endpoint> tried{};  ///< in vain
  BackPool* pool = nullptr;       ///< null: the back's addresses are not known yet
};

/// Keeps those that wait.
class WaitingRoom {
 public:
  /// It leaves: destroyed, or its time is up.
  virtual void on_left(WaitingRequest& waiting) = 0;

 protected:
  ~WaitingRoom() = default;
};

class PooledRequest final : public BackRequest, public MadeInBlock, FlushItem, EqualWait {
 public:
  /// All outlive it. `waits`: for the back, while it is the one that is waited for.
  PooledRequest(Loop& loop, WaitingRoom& room, BackResponder& responder, EqualWaits& waits);
  ~PooledRequest() override;

  void send_body(std::string_view bytes) override;
  void end_body(Fields trailers) override;
  size_t unsent() const override;
  void consume(size_t bytes) override;

  // For whoever looks for a connection. None of these calls the responder.
  WaitingRequest& wait(const BackWish& wish, const RequestHead& head);
  /// Null when it does not wait.
  WaitingRequest* waiting() { return waiting_.get(); }
  void start_on(BackConnection& connection, const RequestHead& head);
  /// Begins what waited.
  void start_on(BackConnection& connection);
  /// The responder hears it at the end of the turn.
  void fail_soon(BackFailure failure);

  // For its connection. Each call may destroy the request, and only announce() leaves it as it is else; it
  // has left the connection before take_end() and fail().
  /// Tells the responder of its connection, if it was not told yet. To be called before anything else that
  /// is told.
  void announce();
  void take_interim(int status, Fields fields);
  void take_head(ResponseHead head);
  void take_body(std::string_view bytes);
  void take_end(std::optional<Fields> trailers);
  void fail(BackFailure failure);
  void make_room() { responder_.on_room(); }

  /// The connection lets it go.
  void leave_connection() { connection_ = nullptr; }
  bool has_head() const { return phase_ == Phase::body; }

  /// Its connection's name for it: an HTTP/2 stream, or 0.
  int32_t stream = 0;

 private:
  enum class Phase : uint8_t { head, body, over };
  enum class Sending : uint8_t { nothing, body, all };

  void flush() override;
  void on_wait_over(MonotonicTime now) override;
  /// Something moved: whoever is waited for has all the time again.
  void move();
  bool back_is_awaited() const;
  void time_out();

  Loop& loop_;
  WaitingRoom& room_;
  BackResponder& responder_;
  EqualWaits& waits_;
  std::unique_ptr<WaitingRequest> waiting_;
  BackConnection* connection_ = nullptr;
  std::optional<BackConnectionFacts> facts_;  ///< not yet told
  std::optional<BackFailure> failure_;        ///< not yet told
  Phase phase_ = Phase::head;
  Sending sending_ = Sending::nothing;
  enum class Expectation : uint8_t { none, open } expectation_ = Expectation::none;
  bool is_tunnel_ = false;  ///< both sides may be silent for as long as they like
  size_t unconsumed_ = 0;
  size_t unsent_then_ = 0;
};

}  // namespace astray::proxy
