#pragma once
// What the handles of astray.h hold, and what all its functions do first.
#include <mutex>
#include <new>
#include <optional>
#include <string>

#include "astray.h"
#include "astray/client.h"

namespace astray::http::c {

/// Calls; memory that is short becomes a code, since nobody on the other side can catch.
template <typename Function>
auto guarded(Function function, decltype(function()) when_memory_is_short) noexcept -> decltype(function()) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return when_memory_is_short;
  }
}
template <typename Function>
int guarded_code(Function function) noexcept {
  return guarded(function, static_cast<int>(ASTRAY_NO_MEMORY));
}

/// Sets one thing by its name; an error is what is wrong with the name or the value.
using Problem = std::optional<std::string>;
Problem set_option(Options& options, std::string_view name, const char* value);
Problem set_request(Request& request, std::string_view name, const char* value);

}  // namespace astray::http::c

struct astray_options {
  astray::http::Options options;
  std::string error;
};

struct astray_client {
  astray::http::Client client;
  std::string error;
};

/// A struct of callbacks becomes a source of its own for each fetch.
struct astray_request {
  astray::http::Request request;
  std::optional<astray_body_source> source;
  std::string error;
};

struct astray_upload {
  astray::http::PushBody body;
};

struct astray_fields {
  const astray::http::Fields* fields = nullptr;
};

/// A view.
struct astray_head {
  explicit astray_head(const astray::http::ResponseHead& shown) : head(shown), fields{&shown.fields} {}
  const astray::http::ResponseHead& head;
  const astray_fields fields;
};

struct astray_outcome {
  explicit astray_outcome(astray::http::Outcome made);
  astray_outcome(const astray_outcome&) = delete;
  astray_outcome& operator=(const astray_outcome&) = delete;

  const astray::http::Outcome outcome;
  const astray_head head;
  const astray_fields trailers;
  std::string error_kind, error_phase, carriage;  // with a NUL behind them
};

struct astray_stream {
  explicit astray_stream(astray::http::ResponseStream opened);
  astray_stream(const astray_stream&) = delete;
  astray_stream& operator=(const astray_stream&) = delete;
  void note_end();

  astray::http::ResponseStream stream;
  const astray::http::FetchControl control;
  const astray_head head;
  std::optional<astray_outcome> outcome;  ///< once the end was read
};

namespace astray::http::c {

/// The request of one fetch; `made` hears which source is read, if any.
Request request_of(const astray_request& request, std::shared_ptr<BodySource>& made);

}  // namespace astray::http::c
