#pragma once
// An origin server for demonstrations: says who it is, and keeps the names that it was asked for.
#include <string>
#include <vector>

#include "io/loop.h"
#include "io/network.h"
#include "io/task_group.h"

namespace astray::proxy {

class LabBack {
 public:
  /// `listener` is on loopback; requests are answered while the loop runs and this lives. All outlive it.
  LabBack(Loop& loop, std::unique_ptr<StreamListener> listener, std::string name);

  const std::string& name() const { return name_; }
  Endpoint address() const { return listener_->local(); }
  /// The Host of each request, in order.
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  Task<void> accept_all();
  Task<void> serve(std::unique_ptr<Stream> stream);

  Loop& loop_;
  std::unique_ptr<StreamListener> listener_;
  std::string name_;
  std::vector<std::string> asked_;
  TaskGroup connections_;
  SpawnedTask accepting_;  ///< goes before what it uses
};

}  // namespace astray::proxy
