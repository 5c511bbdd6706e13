#pragma once
#include <optional>
#include <string>

#include "cli/fetch_file.h"
#include "cli/fetch_plan.h"
#include "cli/fetch_progress.h"
#include "cli/fetch_retry.h"
#include "cli/fetch_story.h"
#include "cli/fetch_turns.h"
#include "client/response.h"
#include "io/wait_queue.h"

namespace astray {

/// What all transfers of a call share. All of it outlives them.
struct FetchPlaces {
  const FetchPlan& plan;
  OutputTurns& turns;
  FetchStory& story;
  FetchProgressLine& progress;
  FetchFile* heads;  ///< of --dump-header; null: none, or standard output
};

/// One URL: hears its answer and sends it where it belongs.
class FetchTransfer final : public client::ResponseConsumer {
 public:
  FetchTransfer(Loop& loop, const FetchPlaces& places, size_t number);

  const FetchTarget& target() const { return places_.plan.targets[number_]; }
  /// For one attempt; `body` replaces the target's where -T names one.
  client::Request begin_attempt(const client::Body& body);
  RetryJudge& retries() { return retries_; }
  FetchOutcome& outcome() { return outcome_; }
  /// After the last attempt: concludes, writes what is left to write, passes the turn on.
  void finish(Console& console);

  /// Opened when the transfer cannot go on: its file cannot be written, nobody reads, a signal came.
  Gate& stopped() { return stopped_; }
  void interrupt();
  bool finished() const { return finished_; }
  /// False when its answer would go to a standard output that nobody reads any more.
  bool wanted();
  /// Whether it ended for that, which is no failure.
  bool unread() const { return unread_; }

  void on_interim(const client::ResponseHead& head) override;
  void on_passed_over(const client::ResponseHead& head) override;
  void on_head(const client::ResponseHead& head, client::BodyFlow& flow) override;
  client::Demand on_body(std::string_view bytes) override;
  void on_trailers(const client::FieldList& fields) override;

 private:
  enum class BodyGoes : uint8_t { nowhere, to_output } body_goes_ = BodyGoes::to_output;
  client::Demand write(std::string_view bytes);
  void show_head(std::string_view text);
  void tell_request(const client::ResponseHead* answer);
  void fail_to_write(std::string problem);

  FetchPlaces places_;
  size_t number_;
  Gate stopped_;
  RetryJudge retries_;
  FetchOutcome outcome_;
  std::optional<FetchFile> file_;
  client::Request told_;  ///< what -v shows of the request, without its body
  bool request_told_ = false;
  bool unread_ = false;
  bool finished_ = false;
};

}  // namespace astray
