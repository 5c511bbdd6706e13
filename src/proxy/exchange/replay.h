#pragma once
// What was sent of a request's body, as long as that is little: so that it can be sent once more.
#include <string>
#include <string_view>

#include "gateway/message.h"

namespace astray::proxy {

class Replay {
 public:
  static constexpr size_t most_bytes = size_t{64} * 1024;

  void keep_body(std::string_view bytes) {
    if (body_.size() + bytes.size() > most_bytes) return give_up();
    body_.append(bytes);
  }
  void keep_end(const gateway::Fields& trailers) {
    ended_ = true;
    trailers_ = trailers;
  }
  /// The answer has begun, or the body is too long: it will not be sent again.
  void give_up() {
    possible_ = false;
    body_ = std::string();
  }

  bool possible() const { return possible_; }
  std::string_view body() const { return body_; }
  bool ended() const { return ended_; }
  const gateway::Fields& trailers() const { return trailers_; }

 private:
  bool possible_ = true;
  bool ended_ = false;
  std::string body_;
  gateway::Fields trailers_;
};

}  // namespace astray::proxy
