#pragma once
// One request from its head to the last byte of its answer: refused, answered here, or carried to a back and
// its answer carried to the client, both as streams that wait for each other.
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "base/blocks.h"
#include "gateway/refusal/trouble.h"
#include "gateway/routing/route_table.h"
#include "io/loop.h"
#include "proxy/exchange/generation.h"
#include "proxy/exchange/journal.h"
#include "proxy/exchange/replay.h"
#include "proxy/exchange/request_judge.h"
#include "proxy/front/front_stream.h"

namespace astray::proxy {

/// What exchanges of a worker work with; all outlive them.
struct ExchangeParts {
  Loop& loop;
  Journal& journal;
  std::minstd_rand& random;  ///< for the choice between weighted backs
};

class Exchange final : public FrontListener, public MadeInBlock, BackResponder {
 public:
  /// All outlive it.
  Exchange(ExchangeParts parts, const ClientConnection& connection, FrontStream& front,
           uint64_t request_number);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// One of these, once; `head` is what is passed on. It may have ended when the call returns.
  void serve(std::shared_ptr<const Generation> generation, RequestHead head, const Judged& judged);
  void refuse(RequestHead head, const Verdict& verdict);
  /// Of a request that cannot be read: `head` has what is known of it.
  void answer_trouble(RequestHead head, gateway::Trouble trouble, std::string_view detail);

  /// The rest of the request does not come, or is none. Answered only while no answer has begun.
  void give_up_request(gateway::Trouble trouble, std::string_view detail);
  bool answer_begun() const { return phase_ == Phase::responding || phase_ == Phase::ended; }

  /// The answer was given or given up; nothing is called any more, and it may be destroyed.
  bool ended() const { return phase_ == Phase::ended; }

  void on_request_body(std::string_view bytes) override;
  void on_request_end(Fields trailers) override;
  void on_client_gone() override;
  void on_front_room() override;

 private:
  enum class Phase : uint8_t {
    judging,
    waiting,     ///< for a back's answer
    responding,  ///< the head of the answer was given
    ended,
  };

  void on_connection(const BackConnectionFacts& facts) override;
  void on_interim(int status, Fields fields) override;
  void on_head(ResponseHead head) override;
  void on_body(std::string_view bytes) override;
  void on_trailers(Fields fields) override;
  void on_end() override;
  void on_failure(BackFailure failure) override;
  void on_room() override;

  void remember(const Verdict& verdict);
  std::string_view asked_authority() const { return asked_authority_ ? *asked_authority_ : head_.authority; }
  void send(Scope scope);
  enum class Retried : uint8_t { no, yes };
  Retried retry_after_421();
  Retried retry_elsewhere(const BackFailure& failure);
  void give_trouble(gateway::Trouble trouble, std::string_view detail);
  void answer(int status, std::string_view content_type, std::string body, Fields fields = {});
  void redirect(int status, std::string_view location);
  gateway::ReceivedOver received_over() const;
  gateway::ReceivedOver back_speaks() const;
  const std::string& back_label() const;
  void release_request_credit();
  void release_response_credit();
  void end();
  void write_record();
  gateway::LogRecord record() const;

  ExchangeParts parts_;
  const ClientConnection& connection_;
  FrontStream& front_;
  Phase phase_ = Phase::judging;

  std::shared_ptr<const Generation> generation_;
  RequestHead head_;
  std::optional<std::string> asked_authority_;  ///< as it was sent; absent: as the head has it
  std::string asked_target_;                    ///< likewise; empty: it was not rewritten
  std::optional<Answer> answer_;
  std::optional<Reason> reason_;
  const VirtualHost* virtual_host_ = nullptr;
  const gateway::Route* route_ = nullptr;

  BackWish wish_{};
  std::unique_ptr<BackRequest> back_;
  Replay replay_;
  size_t held_request_bytes_ = 0;   ///< taken from the client, not yet given back as window
  size_t held_response_bytes_ = 0;  ///< likewise of the back
  BackConnectionFacts back_connection_{};
  uint32_t attempts_ = 0;
  bool has_back_connection_ = false;
  bool retried_after_421_ = false;
  bool retried_elsewhere_ = false;

  // For the log.
  uint64_t request_number_;
  gateway::WallTime began_at_;
  MonotonicTime began_;
  MonotonicTime sent_to_back_{};
  std::optional<Duration> back_took_;
  int status_ = 0;
  int back_status_ = 0;
  uint64_t request_bytes_ = 0;
  uint64_t response_bytes_ = 0;
  std::string_view error_kind_{};
  std::string error_sentence_;
};

}  // namespace astray::proxy
