#pragma once
// A connection that is being opened; nobody but the pool includes this.
#include "client/pool.h"

namespace astray::client {

/// Shared by everybody who waits for it; cancelled when the last one leaves.
class Pool::Opening {
 public:
  Opening(Loop& loop, Key wanted) : key(std::move(wanted)), ended(loop) {}

  enum class State : uint8_t { running, open, failed, cancelled } state = State::running;
  Key key;
  Attempt attempt = Attempt::first;
  Port port{443};  ///< that it goes to
  AddressBook::Addresses addresses;
  std::optional<Lease> lease;  ///< for the first who takes it
  uint64_t connection = 0;     ///< its number
  FetchFailure failure;
  size_t interested = 0;
  WaitQueue ended;
  SpawnedTask task;
};

/// One who waits for an opening.
class Pool::Interest {
 public:
  Interest(Pool& pool, std::shared_ptr<Opening> opening) : pool_(pool), opening_(std::move(opening)) {
    ++opening_->interested;
  }
  Interest(const Interest&) = delete;
  Interest& operator=(const Interest&) = delete;
  ~Interest();

 private:
  Pool& pool_;
  std::shared_ptr<Opening> opening_;
};

/// One who waits for room in a bucket, which stays meanwhile.
class Pool::Waiting {
 public:
  Waiting(Pool& pool, Key key) : pool_(pool), key_(std::move(key)) { ++pool_.bucket(key_).waiting; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    --pool_.bucket(key_).waiting;
    pool_.drop_if_empty(key_);
  }

 private:
  Pool& pool_;
  Key key_;
};

}  // namespace astray::client
