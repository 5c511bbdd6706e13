#pragma once
// Requests on one open connection, one after the other.
#include <cstdint>
#include <memory>
#include <string>

#include "io/loop.h"
#include "io/task.h"
#include "probe/channel.h"
#include "probe/observation.h"
#include "probe/question.h"

namespace astray {

struct ConversationSettings {
  uint64_t body_limit = 64 * 1024;  ///< bytes
  std::string user_agent;
  std::string owner_field;  ///< lower case
  Scheme scheme = Scheme::https;
};

class Conversation {
 public:
  Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  virtual ~Conversation() = default;

  /// Sends the request and reads its answer into `seen`, whose stage follows along: when the task is
  /// cancelled, it says how far it came. Both outlive the task.
  virtual Task<void> ask(const RequestQuestion& request, Observation& seen) = 0;
  /// The time of an ask() that was cancelled is up: puts into `seen` what is known better than that.
  virtual void time_is_up(Observation&) {}
  /// Whether another request may be sent.
  virtual bool open() const = 0;
};

/// The channel and the loop outlive them.
std::unique_ptr<Conversation> make_http1_conversation(Loop& loop, Channel& channel,
                                                      const ConversationSettings& settings);
std::unique_ptr<Conversation> make_http2_conversation(Loop& loop, Channel& channel,
                                                      const ConversationSettings& settings);

/// Collects the head and the body of an answer.
class AnswerReader {
 public:
  AnswerReader(Observation& seen, const ConversationSettings& settings) : seen_(seen), settings_(settings) {}

  /// A field of the final response, its name in any letter case.
  void field(std::string_view name, std::string_view value);
  /// False once the limit is reached: the rest is not waited for.
  bool body(std::string_view bytes);
  /// Everything there is has been read.
  void finish();

 private:
  Observation& seen_;
  const ConversationSettings& settings_;
  std::string body_;
};

}  // namespace astray
