#include "watch/outlets/nats/nats_connection.h"

#include <fmt/format.h>
#include <nats/nats.h>

#include "names/authority.h"

namespace astray::watch {
namespace {

constexpr int64_t patience_milliseconds = 2000;
constexpr int64_t nanoseconds_in_hour = 3'600'000'000'000;
constexpr char stream_name[] = "ASTRAY";
const char* const stream_subjects[] = {"astray.>"};

template <typename T, void (*destroy)(T*)>
struct NatsDestroyer {
  void operator()(T* object) const { destroy(object); }
};
using OptionsHandle = std::unique_ptr<natsOptions, NatsDestroyer<natsOptions, natsOptions_Destroy>>;
using ConnectionHandle =
    std::unique_ptr<natsConnection, NatsDestroyer<natsConnection, natsConnection_Destroy>>;
using JetStreamHandle = std::unique_ptr<jsCtx, NatsDestroyer<jsCtx, jsCtx_Destroy>>;
using SubscriptionHandle =
    std::unique_ptr<natsSubscription, NatsDestroyer<natsSubscription, natsSubscription_Destroy>>;
using MessageHandle = std::unique_ptr<natsMsg, NatsDestroyer<natsMsg, natsMsg_Destroy>>;

NatsFailure failure_of(const NatsSettings& settings, natsStatus status, std::string_view what) {
  // What the library says of the last call of this thread: more than its status does.
  const char* detail = nats_GetLastError(nullptr);
  const std::string_view said = detail != nullptr && *detail != '\0' ? detail : natsStatus_GetText(status);
  return {fmt::format("{} {}: {}", what, shown_address(settings), said), status == NATS_MAX_PAYLOAD};
}

/// The library knows no scheme for TLS, and without a name to expect it takes any trusted certificate.
natsStatus set_server(natsOptions* options, const std::string& url) {
  constexpr std::string_view tls_scheme = "tls://";
  if (!url.starts_with(tls_scheme)) return natsOptions_SetURL(options, url.c_str());
  const auto authority = Authority::parse(std::string_view(url).substr(tls_scheme.size()));
  if (!authority) return NATS_INVALID_ARG;
  natsStatus status = natsOptions_SetSecure(options, true);
  if (status == NATS_OK) status = natsOptions_SetExpectedHostname(options, authority->host.text().c_str());
  return status == NATS_OK ? natsOptions_SetURL(options, ("nats://" + authority->text()).c_str()) : status;
}

}  // namespace

struct NatsConnection::Handles {
  NatsSettings settings;
  ConnectionHandle connection;
  JetStreamHandle stream;
  SubscriptionHandle subscription;
  std::vector<MessageHandle> handed_on;
  bool hears_what_is_said = false;  ///< and no stream

  NatsFailure failed(natsStatus status, std::string_view what) const {
    return failure_of(settings, status, what);
  }
};

NatsConnection::NatsConnection(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
NatsConnection::~NatsConnection() = default;

Result<std::unique_ptr<NatsConnection>, NatsFailure> NatsConnection::open(const NatsSettings& settings) {
  natsOptions* made_options = nullptr;
  natsStatus status = natsOptions_Create(&made_options);
  const OptionsHandle options(made_options);
  if (status == NATS_OK) status = set_server(options.get(), settings.url);
  const std::string name = settings.agent.empty() ? "astray watch" : "astray watch " + settings.agent;
  if (status == NATS_OK) status = natsOptions_SetName(options.get(), name.c_str());
  if (status == NATS_OK) status = natsOptions_SetTimeout(options.get(), patience_milliseconds);
  // Whoever uses this opens another one, and says why.
  if (status == NATS_OK) status = natsOptions_SetAllowReconnect(options.get(), false);
  if (status == NATS_OK && !settings.credentials_file.empty())
    status =
        natsOptions_SetUserCredentialsFromFiles(options.get(), settings.credentials_file.c_str(), nullptr);
  natsConnection* made_connection = nullptr;
  if (status == NATS_OK) status = natsConnection_Connect(&made_connection, options.get());
  ConnectionHandle connection(made_connection);
  if (status != NATS_OK) return Failure<NatsFailure>(failure_of(settings, status, "cannot connect to"));
  jsOptions wait;
  jsOptions_Init(&wait);
  wait.Wait = patience_milliseconds;
  jsCtx* made_stream = nullptr;
  status = natsConnection_JetStream(&made_stream, connection.get(), &wait);
  JetStreamHandle stream(made_stream);
  if (status != NATS_OK) return Failure<NatsFailure>(failure_of(settings, status, "no JetStream at"));
  std::unique_ptr<NatsConnection> opened(new NatsConnection(
      std::make_unique<Handles>(Handles{settings, std::move(connection), std::move(stream), nullptr, {}, false})));
  if (Result<void, NatsFailure> ready = opened->make_stream(); !ready)
    return Failure<NatsFailure>(std::move(ready.error()));
  return opened;
}

Result<void, NatsFailure> NatsConnection::make_stream() {
  jsStreamConfig wanted;
  jsStreamConfig_Init(&wanted);
  wanted.Name = stream_name;
  wanted.Subjects = const_cast<const char**>(stream_subjects);
  wanted.SubjectsLen = 1;
  wanted.MaxAge = 24 * nanoseconds_in_hour;
  wanted.Duplicates = nanoseconds_in_hour;
  jsErrCode code{};
  jsStreamInfo* info = nullptr;
  natsStatus status = js_GetStreamInfo(&info, handles_->stream.get(), stream_name, nullptr, &code);
  // There it is left as its owner made it.
  if (status == NATS_NOT_FOUND) status = js_AddStream(&info, handles_->stream.get(), &wanted, nullptr, &code);
  jsStreamInfo_Destroy(info);
  if (status == NATS_OK) return {};
  return Failure<NatsFailure>(handles_->failed(status, "no stream ASTRAY at"));
}

Result<void, NatsFailure> NatsConnection::say(const NatsMessage& message) {
  natsStatus status =
      natsConnection_Publish(handles_->connection.get(), message.subject.c_str(), message.payload.data(),
                             static_cast<int>(message.payload.size()));
  // Nobody acknowledges it: that it went as far as the server is all that can be known.
  if (status == NATS_OK) status = natsConnection_FlushTimeout(handles_->connection.get(), patience_milliseconds);
  if (status == NATS_OK) return {};
  return Failure<NatsFailure>(handles_->failed(status, "cannot speak to"));
}

Result<void, NatsFailure> NatsConnection::publish(const NatsMessage& message) {
  if (message.id.empty()) return say(message);
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MaxWait = patience_milliseconds;
  options.MsgId = message.id.c_str();
  jsErrCode code{};
  const natsStatus status =
      js_Publish(nullptr, handles_->stream.get(), message.subject.c_str(), message.payload.data(),
                 static_cast<int>(message.payload.size()), &options, &code);
  if (status == NATS_OK) return {};
  return Failure<NatsFailure>(handles_->failed(status, "no acknowledgement of"));
}

Result<void, NatsFailure> NatsConnection::follow(const std::string& subject, const std::string& durable) {
  jsErrCode code{};
  natsSubscription* made = nullptr;
  handles_->hears_what_is_said = durable.empty();
  const natsStatus status =
      durable.empty() ? natsConnection_SubscribeSync(&made, handles_->connection.get(), subject.c_str())
                      : js_PullSubscribe(&made, handles_->stream.get(), subject.c_str(), durable.c_str(), nullptr,
                                         nullptr, &code);
  handles_->subscription.reset(made);
  if (status == NATS_OK) return {};
  return Failure<NatsFailure>(handles_->failed(status, "no consumer at"));
}

Result<std::vector<std::string>, NatsFailure> NatsConnection::next_said() {
  constexpr size_t most_messages = 1000;
  constexpr int64_t wait_milliseconds = 200;
  std::vector<std::string> payloads;
  while (payloads.size() < most_messages) {
    natsMsg* made = nullptr;
    // Only the first is waited for.
    const natsStatus status = natsSubscription_NextMsg(&made, handles_->subscription.get(),
                                                       payloads.empty() ? wait_milliseconds : 1);
    const MessageHandle message(made);
    if (status == NATS_TIMEOUT) break;
    if (status != NATS_OK) return Failure<NatsFailure>(handles_->failed(status, "lost"));
    payloads.emplace_back(natsMsg_GetData(made), static_cast<size_t>(natsMsg_GetDataLength(made)));
  }
  return payloads;
}

Result<std::vector<std::string>, NatsFailure> NatsConnection::next() {
  if (handles_->hears_what_is_said) return next_said();
  for (const MessageHandle& message : handles_->handed_on) {
    const natsStatus status = natsMsg_Ack(message.get(), nullptr);
    if (status != NATS_OK) return Failure<NatsFailure>(handles_->failed(status, "lost"));
  }
  handles_->handed_on.clear();
  constexpr int most_messages = 20;
  constexpr int64_t wait_milliseconds = 500;
  natsMsgList list{};
  jsErrCode code{};
  const natsStatus status =
      natsSubscription_Fetch(&list, handles_->subscription.get(), most_messages, wait_milliseconds, &code);
  std::vector<std::string> payloads;
  for (int i = 0; i < list.Count; ++i) {
    MessageHandle message(std::exchange(list.Msgs[i], nullptr));
    payloads.emplace_back(natsMsg_GetData(message.get()),
                          static_cast<size_t>(natsMsg_GetDataLength(message.get())));
    handles_->handed_on.push_back(std::move(message));
  }
  natsMsgList_Destroy(&list);
  if (status == NATS_OK || status == NATS_TIMEOUT) return payloads;
  return Failure<NatsFailure>(handles_->failed(status, "lost"));
}

}  // namespace astray::watch
