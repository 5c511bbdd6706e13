#pragma once
// A listener that keeps everything.
#include "astray/listener.h"

namespace astray::http {

class Collector final : public Listener {
 public:
  Demand on_head(const ResponseHead& head) override {
    outcome_.head = head;
    return Demand::more;
  }
  Demand on_body(std::string_view bytes) override {
    outcome_.body.append(bytes);
    return Demand::more;
  }
  void on_trailers(const Fields& fields) override { outcome_.trailers = fields; }
  void on_end(const FetchError* error, const Report& report) override {
    if (error != nullptr) outcome_.error = *error;
    outcome_.report = report;
  }

  /// After the end.
  Outcome take() { return std::move(outcome_); }

 private:
  Outcome outcome_;
};

}  // namespace astray::http
