#pragma once
// How outlets speak HTTP: one client, and so one pool of connections, for all of them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/monotonic_time.h"
#include "base/result.h"
#include "client/client.h"

namespace astray::watch {

/// A POST that does no harm when it comes twice: its receiver knows it again.
struct Message {
  Url url;
  client::FieldList fields{};
  std::string body{};
  Duration timeout = std::chrono::seconds(10);  ///< over everything, connecting included
};

struct Acknowledgement {
  int status = 0;
  std::string body;                     ///< at most Sender::most_answer bytes of it
  std::optional<Duration> retry_after;  ///< RFC 9110 §10.2.3, in seconds; a date is not understood
  std::string location;                 ///< of a redirect, which is not followed

  bool is_success() const { return status >= 200 && status <= 299; }
};

class Sender {
 public:
  /// The three outlive it. settings.wall_clock must be set.
  Sender(Loop& loop, Network& network, Resolver& resolver, client::Settings settings);

  /// What was answered, whatever the status; the error says in one clause why there is no answer. A kept
  /// connection that turns out to be closed is replaced, and the message sent again on a fresh one.
  Task<Result<Acknowledgement>> send(Message message);

  static constexpr size_t most_answer = 4096;

 private:
  client::Client client_;
};

/// What is wrong with a status that is no success, with the first line of the answer: "it answers 400 (field
/// x is unknown)".
std::string describe_refusal(const Acknowledgement& answer);

/// `path` below the URL's own: "http://a.example/x/" and "/api" make "http://a.example/x/api".
Url below(const Url& base, std::string_view path);

}  // namespace astray::watch
