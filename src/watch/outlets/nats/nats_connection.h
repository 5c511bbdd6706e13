#pragma once
// One connection to NATS, used from one thread; every call may wait.
#include <memory>
#include <string>
#include <vector>

#include "watch/outlets/nats/nats_link.h"

namespace astray::watch {

class NatsConnection {
 public:
  static Result<std::unique_ptr<NatsConnection>, NatsFailure> open(const NatsSettings& settings);
  ~NatsConnection();

  Result<void, NatsFailure> publish(const NatsMessage& message);
  /// `durable`: as NatsFollowing's.
  Result<void, NatsFailure> follow(const std::string& subject, const std::string& durable);
  /// What has come by then, or after a while nothing. Each is acknowledged by the next call.
  Result<std::vector<std::string>, NatsFailure> next();

 private:
  struct Handles;
  explicit NatsConnection(std::unique_ptr<Handles> handles);
  Result<void, NatsFailure> make_stream();
  Result<void, NatsFailure> say(const NatsMessage& message);
  Result<std::vector<std::string>, NatsFailure> next_said();
  std::unique_ptr<Handles> handles_;
};

}  // namespace astray::watch
