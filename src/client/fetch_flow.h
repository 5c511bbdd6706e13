#pragma once
// One fetch from beginning to end: a connection, the request, and what follows from the answer: another
// attempt after a 421, another URL after a redirect, or the response for the consumer.
#include <memory>

#include "client/content_decoder.h"
#include "client/exchange.h"
#include "client/pool.h"
#include "client/redirect.h"
#include "client/response.h"

namespace astray::client {

class FetchFlow final : Exchange::Receiver, ContentSink {
 public:
  /// All outlive it.
  FetchFlow(Loop& loop, Pool& pool, Identities& identities, Counters& counters, const Settings& settings,
            Request request, ResponseConsumer& consumer, uint64_t number);
  ~FetchFlow();

  Task<void> run();
  /// The time of the whole is up while run() was under way, which is cancelled by now.
  void time_is_up();
  FetchReport take_report();

 private:
  /// What comes next.
  enum class Next : uint8_t { end, same_url, other_url };

  // Exchange::Receiver
  HeadDecision judge(const ResponseHead& head) override;
  void sent() override {
    if (phase_ == Phase::request) phase_ = Phase::response_head;
  }
  void interim(const ResponseHead& head) override { consumer_.on_interim(head); }
  void head(const ResponseHead& head, BodyFlow& flow) override;
  Result<Demand, FetchFailure> body(std::string_view bytes) override;
  void trailers(const FieldList& fields) override { consumer_.on_trailers(fields); }
  // ContentSink
  Result<void> write(std::string_view bytes) override;

  Task<bool> find_connection();
  Task<void> attempt();
  void settle(const Lease& lease);
  HeadDecision judge_misdirected(const ResponseHead& head);
  HeadDecision judge_redirected(const ResponseHead& head);
  void finish_attempt(const Exchange& exchange);
  void finish_body();
  bool may_resend(const FetchFailure& failure) const;
  void fail(FetchFailure failure);
  Origin origin() const { return request_.url.origin(); }

  Loop& loop_;
  Pool& pool_;
  Identities& identities_;
  Counters& counters_;
  const Settings& settings_;
  Request request_;
  ResponseConsumer& consumer_;
  uint64_t number_;
  MonotonicTime began_;
  MonotonicTime attempt_began_;
  OutgoingHead outgoing_;
  PoolWish wish_;
  Connection* connection_ = nullptr;
  Next next_ = Next::end;
  Phase phase_ = Phase::prepare;
  uint8_t retries_after_421_ = 0;
  std::optional<Redirect> redirect_;
  std::optional<ContentDecoder> decoder_;
  uint64_t delivered_ = 0;
  Demand demand_ = Demand::more;
  FetchReport report_;
};

}  // namespace astray::client
