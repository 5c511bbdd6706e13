#include "astray/client.h"

#include "library/collector.h"
#include "library/io_thread.h"
#include "library/running_fetch.h"
#include "library/stream_buffer.h"
#include "library/translate.h"

namespace astray::http {
namespace {

/// Of a body that is collected, unless the request says another.
constexpr uint64_t most_collected = uint64_t{64} * 1024 * 1024;

FetchError would_wait_for_itself() {
  return {ErrorKind::wrong_thread, Phase::prepare,
          "a callback must not wait for a fetch: the thread that it is on carries the fetches; use start()"};
}

FetchError forked() {
  return {ErrorKind::client_closed, Phase::prepare,
          "the client was made before fork(), and its thread is in the parent; make one in this process"};
}

FetchError body_is_taken() {
  return {ErrorKind::invalid_request, Phase::prepare,
          "the body's source is read by another fetch: each needs a source of its own"};
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(Options options);

  const std::optional<FetchError>& error() const { return error_; }
  Fetch start(Request request, Listener& listener);
  Counters counters() const;
  bool is_of_this_process() const { return !io_ || io_->link()->is_of_this_process(); }

 private:
  std::optional<FetchError> error_;
  std::unique_ptr<IoThread> io_;  ///< null: none could be made
};

/// Makes handles.
class FetchStarter {
 public:
  static Fetch handle(std::shared_ptr<RunningFetch> fetch) { return Fetch(std::move(fetch)); }
};

Client::Impl::Impl(Options options) {
  Result<client::Settings> settings = settings_of(options);
  if (!settings) {
    error_ = FetchError{ErrorKind::bad_options, Phase::prepare, std::move(settings.error().message)};
    settings = settings_of({.verification = Verification::off});  // for the thread that tells everybody
  }
  auto io = IoThread::start(std::move(*settings), std::move(options.on_event));
  if (io)
    io_ = std::move(*io);
  else if (!error_)
    error_ = FetchError{ErrorKind::local_limit, Phase::prepare, std::move(io.error().message)};
}

Fetch Client::Impl::start(Request request, Listener& listener) {
  const std::shared_ptr<IoLink> link = io_ ? io_->link() : std::make_shared<IoLink>();
  Result<client::Request, FetchError> made = request_of(request);
  if (error_) made = tl::unexpected(*error_);
  std::shared_ptr<SourceBridge> bridge;
  if (const auto* source = std::get_if<std::shared_ptr<BodySource>>(&request.body); source && *source) {
    bridge = SourceBridge::make(*source, link);
    if (!bridge) made = tl::unexpected(body_is_taken());
  }
  if (made) {
    if (bridge) made->body = bridge;
    if (auto* bytes = std::get_if<std::string>(&request.body)) made->body = std::move(*bytes);
  }
  auto fetch = std::make_shared<RunningFetch>(link, listener, std::move(made), std::move(bridge));
  if (!is_of_this_process())
    fetch->begin_nowhere(forked());
  else if (!io_)
    fetch->begin_nowhere(*error_);
  else
    link->post([fetch, link = link.get()] { fetch->begin(link->table()); });
  return FetchStarter::handle(std::move(fetch));
}

Counters Client::Impl::counters() const {
  return io_ && is_of_this_process() ? io_->counters() : Counters();
}

Client::Client() : Client(Options()) {}
Client::Client(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
  const Client gone(std::move(*this));
  impl_ = std::move(other.impl_);
  return *this;
}

Client::~Client() {
  // In a forked child the thread's memory is there, its locks are as it left them, and itself is not.
  if (impl_ && !impl_->is_of_this_process()) static_cast<void>(impl_.release());
}

const std::optional<FetchError>& Client::error() const {
  return impl_->error();
}

Outcome Client::fetch(Request request) {
  return fetch(std::move(request), std::stop_token());
}

Outcome Client::fetch(Request request, std::stop_token stop) {
  if (is_io_thread()) return {.error = would_wait_for_itself()};
  if (!request.most_body_bytes) request.most_body_bytes = most_collected;
  Collector collector;
  Fetch fetch = impl_->start(std::move(request), collector);
  const std::stop_callback stopping(std::move(stop), [&fetch] { fetch.cancel(); });
  fetch.wait();
  return collector.take();
}

ResponseStream Client::open(Request request) {
  auto stream = std::make_unique<ResponseStream::Impl>();
  if (is_io_thread()) {
    const FetchError error = would_wait_for_itself();
    stream->on_end(&error, Report());
  } else {
    stream->begin(impl_->start(std::move(request), *stream));
  }
  return ResponseStream(std::move(stream));
}

Fetch Client::start(Request request, Listener& listener) {
  return impl_->start(std::move(request), listener);
}

Counters Client::counters() const {
  return impl_->counters();
}

}  // namespace astray::http
