// Options, clients and the blocking fetch of astray.h.
#include <algorithm>

#include "library/c/handles.h"
#include "library/io_link.h"

using namespace astray::http;  // NOLINT: these are its functions, for C

const char* astray_version() {
  return version().data();
}

astray_options* astray_options_new() {
  return c::guarded([] { return new astray_options(); }, nullptr);
}

void astray_options_free(astray_options* options) {
  delete options;
}

int astray_options_set(astray_options* options, const char* name, const char* value) {
  if (options == nullptr || name == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    c::Problem problem = c::set_option(options->options, name, value);
    if (!problem) return ASTRAY_OK;
    options->error = std::move(*problem);
    return ASTRAY_INVALID_ARGUMENT;
  });
}

const char* astray_options_error(const astray_options* options) {
  return options == nullptr ? "the options are NULL" : options->error.c_str();
}

int astray_options_set_trace(astray_options* options, int format, astray_line_callback write, void* user) {
  if (options == nullptr) return ASTRAY_INVALID_ARGUMENT;
  if (format != ASTRAY_TRACE_TEXT && format != ASTRAY_TRACE_JSON) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    if (write == nullptr) {
      options->options.on_event = {};
      return ASTRAY_OK;
    }
    options->options.on_event = [format, write, user](const Event& event) {
      const std::string line = format == ASTRAY_TRACE_JSON ? to_json(event) : to_text(event);
      write(user, line.c_str(), line.size());
    };
    return ASTRAY_OK;
  });
}

astray_client* astray_client_new(const astray_options* options) {
  return c::guarded(
      [&] {
        std::unique_ptr<astray_client> made(
            new astray_client{Client(options == nullptr ? Options() : options->options), {}});
        if (made->client.error()) made->error = made->client.error()->sentence;
        return made.release();
      },
      nullptr);
}

void astray_client_free(astray_client* client) {
  delete client;
}

const char* astray_client_error(const astray_client* client) {
  return client == nullptr ? "the client is NULL" : client->error.c_str();
}

int astray_client_counters(const astray_client* client, uint64_t* values, size_t count) {
  if (client == nullptr || (values == nullptr && count != 0)) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    const Counters counters = client->client.counters();
    const uint64_t known[] = {counters.fetches,   counters.requests,      counters.opened,
                              counters.resumed,   counters.open_failed,   counters.reused,
                              counters.coalesced, counters.not_coalesced, counters.misdirected,
                              counters.retried,   counters.evicted,       counters.connections};
    static_assert(std::size(known) == ASTRAY_CONNECTIONS + 1);
    std::fill_n(values, count, 0);
    std::copy_n(known, std::min(count, std::size(known)), values);
    return ASTRAY_OK;
  });
}

astray_outcome* astray_client_fetch(astray_client* client, const astray_request* request) {
  if (client == nullptr || request == nullptr) return nullptr;
  return c::guarded(
      [&] {
        std::shared_ptr<BodySource> source;
        return new astray_outcome(client->client.fetch(c::request_of(*request, source)));
      },
      nullptr);
}
