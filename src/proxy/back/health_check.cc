#include "proxy/back/health_check.h"

namespace astray::proxy {

HealthCheck::HealthCheck(HealthCheckParts parts, BackPlace place, std::string sni,
                         std::optional<Host> verified, std::shared_ptr<AddressHealth> health)
    : parts_(parts),
      place_(std::move(place)),
      sni_(std::move(sni)),
      verified_(std::move(verified)),
      health_(std::move(health)),
      waits_(parts.loop, 2 * parts.settings.health.active->timeout) {
  parts_.loop.timers().set(*this, parts_.loop.now());
}

HealthCheck::~HealthCheck() = default;

RequestHead HealthCheck::question() const {
  const gateway::ActiveHealthSettings& settings = *parts_.settings.health.active;
  RequestHead head{.method = "GET",
                   .scheme = gateway::uses_tls(parts_.settings.protocol) ? Scheme::https : Scheme::http,
                   .authority = settings.host ? settings.host->text() : place_.endpoint.text(),
                   .target = settings.path.text};
  head.fields.push_back({"user-agent", "astray-health-check"});
  return head;
}

void HealthCheck::on_deadline(MonotonicTime now) {
  // Still asking: no answer in time is a bad one.
  if (stage_ == Stage::asking) return settle(AddressHealth::Check::bad);
  clear();
  stage_ = Stage::asking;
  asked_at_ = now;
  const gateway::Milliseconds timeout = parts_.settings.health.active->timeout;
  parts_.loop.timers().set(*this, now + timeout);
  task_ = parts_.loop.spawn(ask());
}

Task<void> HealthCheck::ask() {
  const gateway::Milliseconds timeout = parts_.settings.health.active->timeout;
  OpenWish wish{.to = place_.endpoint,
                .protocol = parts_.settings.protocol,
                .sni = sni_,
                .verified = verified_,
                .timeout = timeout};
  Task<Result<OpenedBack, BackFailure>> opens =
      open_back({parts_.loop, parts_.network, parts_.prepared, parts_.wall_clock}, std::move(wish));
  Result<OpenedBack, BackFailure> opened = co_await std::move(opens);
  if (stage_ != Stage::asking) co_return;
  if (!opened) {
    settle(AddressHealth::Check::bad);
    co_return;
  }
  std::string early = std::move(opened->early);
  const BackConnectionLimits once{.requests = 1, .idle = timeout};
  connection_ = make_back_connection(parts_.settings.protocol,
                                     {parts_.loop, parts_.buffers, *this, once, ++parts_.connection_ids},
                                     std::move(*opened));
  connection_->begin(std::move(early));
  WaitingRoom& room = *this;
  BackResponder& responder = *this;
  request_ = std::make_unique<PooledRequest>(parts_.loop, room, responder, waits_);
  request_->start_on(*connection_, question());
}

void HealthCheck::on_head(ResponseHead head) {
  const bool is_good = head.status >= 200 && head.status < 400;
  settle(is_good ? AddressHealth::Check::good : AddressHealth::Check::bad);
}

void HealthCheck::on_failure(BackFailure) {
  settle(AddressHealth::Check::bad);
}

void HealthCheck::settle(AddressHealth::Check check) {
  if (stage_ != Stage::asking) return;
  stage_ = Stage::resting;
  health_->note_check(check, *parts_.settings.health.active);
  parts_.loop.timers().set(*this, asked_at_ + parts_.settings.health.active->interval);
  // Connection and request may be on the stack.
  parts_.loop.make_ready(*this);
}

void HealthCheck::on_ready() {
  clear();
}

void HealthCheck::clear() {
  request_.reset();
  connection_.reset();
  task_.cancel();
}

}  // namespace astray::proxy
