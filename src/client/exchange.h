#pragma once
// One attempt at a request on one connection. The connection reads the request out of it and tells it the
// answer; the fetch waits for its end.
#include <coroutine>
#include <optional>

#include "client/outgoing.h"
#include "client/response.h"
#include "io/loop.h"

namespace astray::client {

class Connection;

/// What becomes of a response whose head has come.
enum class HeadDecision : uint8_t {
  deliver,    ///< to the consumer
  pass_over,  ///< its body is not wanted
};

class Exchange final : BodySource::Reader, BodyFlow, Timer {
 public:
  /// Decides over a head, and gets what is delivered.
  class Receiver {
   public:
    virtual HeadDecision judge(const ResponseHead& head) = 0;
    /// The whole of the request is on its way.
    virtual void sent() = 0;
    virtual void interim(const ResponseHead& head) = 0;
    virtual void head(const ResponseHead& head, BodyFlow& flow) = 0;
    /// An Error ends the fetch.
    virtual Result<Demand, FetchFailure> body(std::string_view bytes) = 0;
    virtual void trailers(const FieldList& fields) = 0;

   protected:
    ~Receiver() = default;
  };

  /// All outlive it.
  Exchange(Loop& loop, const OutgoingHead& head, Body& body, const FieldList& trailers,
           const Timeouts& timeouts, Receiver& receiver);
  ~Exchange();

  /// `co_await exchange.run(connection)`: sends, and ends when the response is complete, passed over, or
  /// failed.
  class Run;
  Run run(Connection& connection);

  // For the connection.
  const OutgoingHead& request() const { return head_; }
  const FieldList& trailers() const { return trailers_; }
  Upload& upload() { return upload_; }
  bool body_is_held() const { return expectation_ == Expectation::waiting; }
  void on_interim(const ResponseHead& head);
  /// The connection stops the exchange when it is passed over.
  HeadDecision on_head(ResponseHead head);
  Demand on_body(std::string_view bytes);
  void on_trailers(const FieldList& fields);
  void on_end();
  void on_failure(FetchFailure failure);
  /// Bytes of the body went out.
  void on_upload_progress();

  bool ended() const { return ended_; }
  bool got_head() const { return status_ != 0; }
  int status() const { return status_; }
  Protocol protocol() const { return protocol_; }
  const std::optional<FetchFailure>& failure() const { return failure_; }
  MonotonicTime first_byte() const { return first_byte_; }
  uint64_t body_bytes() const { return body_bytes_; }
  uint64_t uploaded_bytes() const { return upload_.bytes_read(); }
  uint64_t head_bytes() const { return head_bytes_; }

 private:
  /// Of "Expect: 100-continue".
  enum class Expectation : uint8_t { none, waiting, over };

  void body_is_ready() override;
  void resume() override;
  void on_deadline(MonotonicTime now) override;
  void set_timer();
  void finish();
  void leave();

  Loop& loop_;
  const OutgoingHead& head_;
  const FieldList& trailers_;
  const Timeouts& timeouts_;
  Receiver& receiver_;
  Upload upload_;
  Connection* connection_ = nullptr;
  Expectation expectation_ = Expectation::none;
  bool paused_ = false;
  bool ended_ = false;
  int status_ = 0;
  Protocol protocol_ = Protocol::h1;
  HeadDecision decision_ = HeadDecision::deliver;
  std::optional<FetchFailure> failure_;
  MonotonicTime first_byte_{};
  MonotonicTime sent_at_{};
  MonotonicTime moved_at_{};
  uint64_t body_bytes_ = 0;
  uint64_t head_bytes_ = 0;
  Resumption resumption_;
  bool waits_ = false;
};

/// The awaitable of run().
class Exchange::Run {
 public:
  explicit Run(Exchange& exchange) : exchange_(exchange) {}
  bool await_ready() const { return exchange_.ended_; }
  void await_suspend(std::coroutine_handle<> coroutine) {
    exchange_.resumption_.set(coroutine);
    exchange_.waits_ = true;
  }
  void await_resume() const {}

 private:
  Exchange& exchange_;
};

}  // namespace astray::client
