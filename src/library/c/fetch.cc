// Fetches that are heard and streams of astray.h.
#include "library/c/handles.h"
#include "library/io_link.h"

using namespace astray::http;  // NOLINT: these are its functions, for C

namespace {

Demand demand_of(int answer) {
  if (answer == ASTRAY_PAUSE) return Demand::pause;
  return answer == ASTRAY_MORE ? Demand::more : Demand::cancel;
}

}  // namespace

/// Its own listener. A callback may free it: nothing of it is touched behind one.
struct astray_fetch final : Listener {
  explicit astray_fetch(const astray_listener& listener) : heard_(listener) {}

  void begin(Client& client, Request request, std::shared_ptr<BodySource> source) {
    // A callback that steers waits until the handle is there.
    const std::lock_guard lock(mutex_);
    source_ = std::move(source);
    fetch_ = client.start(std::move(request), *this);
  }
  FetchControl control() {
    const std::lock_guard lock(mutex_);
    return fetch_.control();
  }
  Fetch take() {
    const std::lock_guard lock(mutex_);
    return std::move(fetch_);
  }
  bool wait(uint64_t milliseconds) {
    control();  // begin() is over behind this
    if (milliseconds == ASTRAY_UNKNOWN) return fetch_.wait();
    constexpr uint64_t most = uint64_t{365} * 24 * 3600 * 1000;
    return fetch_.wait_for(std::chrono::milliseconds(std::min(milliseconds, most)));
  }
  int tell_body_ready() {
    const std::lock_guard lock(mutex_);
    if (!source_) return ASTRAY_WRONG_ORDER;
    source_->ready();
    return ASTRAY_OK;
  }

  void on_interim(const ResponseHead& head) override {
    const astray_head shown(head);
    if (heard_.on_interim != nullptr) heard_.on_interim(heard_.user, this, &shown);
  }
  void on_passed_over(const ResponseHead& head) override {
    const astray_head shown(head);
    if (heard_.on_passed_over != nullptr) heard_.on_passed_over(heard_.user, this, &shown);
  }
  Demand on_head(const ResponseHead& head) override {
    head_ = head;
    const astray_head shown(head);
    return heard_.on_head == nullptr ? Demand::more : demand_of(heard_.on_head(heard_.user, this, &shown));
  }
  Demand on_body(std::string_view bytes) override {
    if (heard_.on_body == nullptr) return Demand::more;
    return demand_of(heard_.on_body(heard_.user, this, bytes.data(), bytes.size()));
  }
  void on_trailers(const Fields& fields) override {
    trailers_ = fields;
    const astray_fields shown{&fields};
    if (heard_.on_trailers != nullptr) heard_.on_trailers(heard_.user, this, &shown);
  }
  void on_end(const FetchError* error, const Report& report) override {
    if (heard_.on_end == nullptr) return;
    const auto problem = error == nullptr ? std::nullopt : std::optional(*error);
    const astray_outcome outcome(Outcome{problem, std::move(head_), {}, std::move(trailers_), report});
    heard_.on_end(heard_.user, this, &outcome);
  }

 private:
  const astray_listener heard_;
  ResponseHead head_;
  Fields trailers_;
  std::mutex mutex_;
  std::shared_ptr<BodySource> source_;
  Fetch fetch_;
};

astray_fetch* astray_client_start(astray_client* client, const astray_request* request,
                                  const astray_listener* listener) {
  if (client == nullptr || request == nullptr || listener == nullptr) return nullptr;
  if (listener->struct_size != sizeof(astray_listener)) return nullptr;
  return c::guarded(
      [&] {
        auto fetch = std::make_unique<astray_fetch>(*listener);
        std::shared_ptr<BodySource> source;
        Request made = c::request_of(*request, source);
        // From here on a callback may free it.
        astray_fetch* const handle = fetch.release();
        try {
          handle->begin(client->client, std::move(made), std::move(source));
        } catch (const std::bad_alloc&) {
          delete handle;  // nothing began
          throw;
        }
        return handle;
      },
      nullptr);
}

void astray_fetch_free(astray_fetch* fetch) {
  if (fetch == nullptr) return;
  { const Fetch gone = fetch->take(); }
  delete fetch;
}

int astray_fetch_cancel(astray_fetch* fetch) {
  if (fetch == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    fetch->control().cancel();
    return ASTRAY_OK;
  });
}

int astray_fetch_resume(astray_fetch* fetch) {
  if (fetch == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    fetch->control().resume();
    return ASTRAY_OK;
  });
}

int astray_fetch_body_ready(astray_fetch* fetch) {
  if (fetch == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&] { return fetch->tell_body_ready(); });
}

int astray_fetch_wait(astray_fetch* fetch, uint64_t milliseconds) {
  if (fetch == nullptr) return ASTRAY_INVALID_ARGUMENT;
  if (is_io_thread()) return ASTRAY_WRONG_THREAD;
  return fetch->wait(milliseconds) ? 1 : 0;
}

astray_stream::astray_stream(ResponseStream opened)
    : stream(std::move(opened)), control(stream.control()), head(stream.head()) {
  if (stream.error()) note_end();
}

void astray_stream::note_end() {
  if (!outcome)
    outcome.emplace(Outcome{stream.error(), stream.head(), {}, stream.trailers(), stream.report()});
}

astray_stream* astray_client_open(astray_client* client, const astray_request* request) {
  if (client == nullptr || request == nullptr) return nullptr;
  return c::guarded(
      [&] {
        std::shared_ptr<BodySource> source;
        return new astray_stream(client->client.open(c::request_of(*request, source)));
      },
      nullptr);
}

void astray_stream_free(astray_stream* stream) {
  delete stream;
}

const astray_head* astray_stream_head(const astray_stream* stream) {
  return stream == nullptr || stream->head.head.status == 0 ? nullptr : &stream->head;
}

int64_t astray_stream_read(astray_stream* stream, char* buffer, size_t size) {
  if (stream == nullptr || buffer == nullptr || size == 0) return ASTRAY_INVALID_ARGUMENT;
  if (is_io_thread()) return ASTRAY_WRONG_THREAD;
  return c::guarded(
      [&]() -> int64_t {
        const size_t count = stream->stream.read({buffer, size});
        if (count != 0) return static_cast<int64_t>(count);
        stream->note_end();
        return stream->stream.error() ? ASTRAY_FAILED : 0;
      },
      ASTRAY_NO_MEMORY);
}

int astray_stream_cancel(astray_stream* stream) {
  if (stream == nullptr) return ASTRAY_INVALID_ARGUMENT;
  return c::guarded_code([&]() -> int {
    stream->control.cancel();
    return ASTRAY_OK;
  });
}

const astray_outcome* astray_stream_outcome(const astray_stream* stream) {
  return stream == nullptr || !stream->outcome ? nullptr : &*stream->outcome;
}
