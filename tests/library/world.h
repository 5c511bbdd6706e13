#pragma once
// What the tests of the library share: a client that trusts the site, listeners that remember.
#include <future>

#include "astray/client.h"
#include "library/site_server.h"

namespace astray::test {

inline http::Options options_for(const SiteServer& site) {
  return {.ca_file = site.ca_file(), .resolve = {site.resolve("a.test"), site.resolve("b.test")}};
}

/// Keeps what it hears. To be read behind the fetch's end.
class Heard : public http::Listener {
 public:
  void on_start(const http::FetchControl& given) override {
    control = given;
    note("start");
  }
  void on_interim(const http::ResponseHead& head) override { note("interim " + std::to_string(head.status)); }
  void on_passed_over(const http::ResponseHead& head) override {
    note("passed over " + std::to_string(head.status));
  }
  http::Demand on_head(const http::ResponseHead& head) override {
    note("head " + std::to_string(head.status));
    return http::Demand::more;
  }
  http::Demand on_body(std::string_view bytes) override {
    if (body.empty()) note("body");
    body += bytes;
    return http::Demand::more;
  }
  void on_trailers(const http::Fields& fields) override { note("trailers " + fields.at(0).value); }
  void on_end(const http::FetchError* given, const http::Report& given_report) override {
    note("end");
    if (given != nullptr) error = *given;
    report = given_report;
  }

  std::string story;  ///< "start, head 200, body, end"
  std::string body;
  std::optional<http::FetchError> error;
  http::Report report;
  http::FetchControl control;

 protected:
  virtual void note(const std::string& what) { story += (story.empty() ? "" : ", ") + what; }
};

}  // namespace astray::test
