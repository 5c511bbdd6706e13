#include "client/fetch_flow.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "client/prepare.h"

namespace astray::client {
namespace {

/// How often a request goes out again because a server said that it had not looked at it.
constexpr uint32_t most_resends = 3;

astray::RequestBody body_facts(const Body& body) {
  if (body.index() == 0) return astray::RequestBody::none;
  return is_replayable(body) ? astray::RequestBody::replayable : astray::RequestBody::streaming;
}

RequestBody redirect_body(const Body& body) {
  if (body.index() == 0) return RequestBody::none;
  return is_replayable(body) ? RequestBody::replayable : RequestBody::once;
}

FetchFailure redirect_refused(std::string sentence) {
  return {FailureKind::redirect_refused, Phase::response_head, std::move(sentence), Processing::possible};
}

}  // namespace

std::string_view to_string(Carriage carriage) {
  constexpr std::string_view words[] = {"none", "opened", "reused", "coalesced"};
  return words[static_cast<size_t>(carriage)];
}

FetchFlow::FetchFlow(Loop& loop, Pool& pool, Identities& identities, Counters& counters,
                     const Settings& settings, Request request, ResponseConsumer& consumer, uint64_t number)
    : loop_(loop),
      pool_(pool),
      identities_(identities),
      counters_(counters),
      settings_(settings),
      request_(std::move(request)),
      consumer_(consumer),
      number_(number),
      began_(loop.now()),
      attempt_began_(began_),
      wish_{.request = number, .origin = request_.url.origin(), .timeouts = request_.timeouts} {}

FetchFlow::~FetchFlow() = default;

void FetchFlow::fail(FetchFailure failure) {
  next_ = Next::end;
  phase_ = failure.phase;
  report_.failure = std::move(failure);
}

Task<void> FetchFlow::run() {
  do {
    next_ = Next::end;
    attempt_began_ = loop_.now();
    Result<OutgoingHead, FetchFailure> head = prepare(request_, settings_);
    if (!head) {
      fail(std::move(head.error()));
      break;
    }
    outgoing_ = std::move(*head);
    Task<bool> finding = find_connection();
    const bool found = co_await std::move(finding);
    if (!found) break;
    Task<void> attempting = attempt();
    co_await std::move(attempting);
    if (next_ != Next::end && !rewind(request_.body)) {
      fail({FailureKind::body_source_failed, Phase::request,
            "the request's body cannot be read again from its beginning", Processing::possible});
    }
  } while (next_ != Next::end);
}

Task<bool> FetchFlow::find_connection() {
  wish_.origin = origin();
  TransportIdentity identity{request_.versions, distinct_identity(request_), std::nullopt};
  const Result<const Proxy*> proxy = settings_.proxies.proxy_for(request_.url);
  if (!proxy) {
    fail({FailureKind::proxy_failed, Phase::prepare, proxy.error().message, Processing::impossible});
    co_return false;
  }
  if (*proxy != nullptr) {
    identity.proxy = **proxy;
    if (request_.url.scheme == Scheme::http) {
      outgoing_.form = OutgoingHead::Form::absolute;
      outgoing_.proxy_authorization = (*proxy)->authorization.value_or("");
    }
  }
  wish_.identity = identities_.id_of(identity);
  if (const std::optional<Lease> now = pool_.acquire_now(wish_)) {
    settle(*now);
    co_return true;
  }
  phase_ = Phase::wait;
  wish_.progress = std::make_shared<Phase>(Phase::wait);
  Task<Result<Lease, FetchFailure>> acquiring = pool_.acquire(wish_);
  const Result<Lease, FetchFailure> lease = co_await std::move(acquiring);
  if (!lease) {
    fail(lease.error());
    co_return false;
  }
  settle(*lease);
  co_return true;
}

void FetchFlow::settle(const Lease& lease) {
  connection_ = lease.connection;
  const Established& facts = connection_->established();
  if (lease.carriage == Carriage::opened) ++report_.connections_opened;
  CarriedOn& carried = report_.carried_on;
  carried.connection = facts.id;
  carried.carriage = lease.carriage;
  carried.server_name = facts.server_name;
  carried.opened_for = facts.origin.text();
  carried.tls_version = facts.tls_version;
  carried.cipher = facts.cipher;
  carried.resumed = facts.resumed;
  carried.local = facts.local;
  carried.peer = facts.peer;
  Timings& timings = report_.timings;
  const auto since = [&](MonotonicTime time) {
    return time == MonotonicTime{} ? Duration{} : time - attempt_began_;
  };
  timings = {since(lease.resolved_at), since(lease.connected_at), since(lease.secured_at),
             loop_.now() - attempt_began_};
  timings.redirected = attempt_began_ - began_;
}

Task<void> FetchFlow::attempt() {
  phase_ = Phase::request;
  redirect_.reset();
  decoder_.reset();
  ++counters_.requests;
  Exchange exchange(loop_, outgoing_, request_.body, request_.trailers, request_.timeouts, *this);
  Exchange::Run running = exchange.run(*connection_);
  co_await running;
  finish_attempt(exchange);
}

void FetchFlow::finish_attempt(const Exchange& exchange) {
  report_.body_bytes = exchange.body_bytes();
  report_.head_bytes += exchange.head_bytes();
  if (exchange.got_head()) {
    report_.status = exchange.status();
    report_.protocol = exchange.protocol();
    report_.timings.first_byte = exchange.first_byte() - attempt_began_;
  }
  report_.uploaded_bytes = exchange.uploaded_bytes();
  if (const auto& failure = exchange.failure()) {
    if (may_resend(*failure)) {
      ++report_.retries;
      next_ = Next::same_url;
      wish_.attempt = Attempt::first;
      return;
    }
    return fail(*failure);
  }
  if (next_ == Next::other_url) {
    if (redirect_->body == Redirect::Body::dropped) request_.body = std::monostate{};
    request_.method = redirect_->method;
    redirect_->strip(request_.fields);
    if (redirect_->to == Redirect::To::other_origin) request_.identity.reset();
    request_.url = std::move(redirect_->url);
    wish_.attempt = Attempt::first;
    retries_after_421_ = 0;
    return;
  }
  if (next_ == Next::end) finish_body();
}

/// GOAWAY and REFUSED_STREAM alone (RFC 9113 §8.7): a server that just closes may have acted on the request.
bool FetchFlow::may_resend(const FetchFailure& failure) const {
  const bool untouched = failure.processing == Processing::impossible && failure.kind == FailureKind::reset;
  return untouched && report_.retries < most_resends && is_replayable(request_.body);
}

void FetchFlow::finish_body() {
  phase_ = Phase::done;
  if (!decoder_) return;
  const Result<void> complete = decoder_->finish();
  if (!complete)
    fail(
        {FailureKind::decoding_failed, Phase::response_body, complete.error().message, Processing::possible});
}

HeadDecision FetchFlow::judge(const ResponseHead& head) {
  phase_ = Phase::response_body;
  if (head.status == 421) return judge_misdirected(head);
  if (head.status / 100 == 3) return judge_redirected(head);
  return HeadDecision::deliver;
}

HeadDecision FetchFlow::judge_misdirected(const ResponseHead& head) {
  ++counters_.misdirected;
  const Origin asked = origin();
  const bool own = connection_->established().origin == asked;
  const MisdirectedAnswer answer{
      .carried_by = own ? CarriedBy::own_connection : CarriedBy::coalesced_connection,
      .body = body_facts(request_.body),
      .earlier_retries = retries_after_421_,
      .protocol = head.protocol};
  const RetryVerdict verdict = judge_retry(profile_of(settings_.coalescing), answer);
  pool_.tell(PoolEventKind::misdirected, number_, asked, connection_, std::nullopt, {},
             to_string(answer.carried_by));
  if (!report_.misdirected) report_.misdirected = Misdirected{0, connection_->id(), answer.carried_by, {}};
  ++report_.misdirected->answers;
  report_.misdirected->verdict = verdict;
  const bool retries = verdict.answer == RetryAnswer::retry_on_fresh_connection;
  pool_.tell(retries ? PoolEventKind::retried : PoolEventKind::returned, number_, asked, connection_,
             verdict.reason);
  // What was learnt holds also where this very request cannot be sent again.
  RetryMemory memory = profile_of(settings_.coalescing).retry.memory;
  memory.closes_connection = own && memory.closes_own_connection;
  pool_.note_misdirected(*connection_, asked, memory);
  if (!retries) return HeadDecision::deliver;
  ++counters_.retried;
  ++report_.retries;
  ++retries_after_421_;
  wish_.attempt = Attempt::after_421;
  next_ = Next::same_url;
  consumer_.on_passed_over(head);
  return HeadDecision::pass_over;
}

HeadDecision FetchFlow::judge_redirected(const ResponseHead& head) {
  const auto location = head.fields.find("Location");
  const RedirectFacts facts{.method = request_.method,
                            .url = request_.url,
                            .body = redirect_body(request_.body),
                            .status = head.status,
                            .location = location,
                            .followed = static_cast<int>(report_.redirects)};
  Result<Redirect, NoRedirect> redirect = judge_redirect(facts, request_.redirects);
  if (!redirect) {
    if (location) {
      if (const auto target = request_.url.resolve(*location)) report_.redirect_target = target->text();
    }
    // Where redirects are not followed, and what leads nowhere, is a response like any other.
    if (request_.redirects.limit == 0 || redirect.error() == NoRedirect::other_status ||
        redirect.error() == NoRedirect::no_location)
      return HeadDecision::deliver;
    report_.failure = redirect_refused(
        fmt::format("the redirect ({}) is not followed: {}", head.status, describe(redirect.error())));
    return HeadDecision::deliver;
  }
  if (request_.redirects.limit == 0) {
    report_.redirect_target = redirect->url.text();
    return HeadDecision::deliver;
  }
  ++report_.redirects;
  pool_.tell(PoolEventKind::redirected, number_, origin(), connection_, std::nullopt, {},
             redirect->url.text());
  redirect_ = std::move(*redirect);
  next_ = Next::other_url;
  consumer_.on_passed_over(head);
  return HeadDecision::pass_over;
}

void FetchFlow::head(const ResponseHead& head, BodyFlow& flow) {
  consumer_.on_head(head, flow);
  if (request_.decoding == Decoding::as_sent) return;
  std::string codings;
  for (const Field& field : head.fields) {
    if (ascii_iequals(field.name, "Content-Encoding"))
      codings += (codings.empty() ? "" : ", ") + std::string(field.value);
  }
  if (codings.empty()) return;
  Result<ContentDecoder> decoder = ContentDecoder::create(codings);
  if (decoder) {
    decoder_ = std::move(*decoder);
  } else {
    report_.failure = {FailureKind::decoding_failed, Phase::response_body, decoder.error().message,
                       Processing::possible};
  }
}

Result<void> FetchFlow::write(std::string_view bytes) {
  delivered_ += bytes.size();
  if (delivered_ > request_.most_body_bytes) return failure("");
  if (consumer_.on_body(bytes) == Demand::pause) demand_ = Demand::pause;
  return {};
}

Result<Demand, FetchFailure> FetchFlow::body(std::string_view bytes) {
  if (report_.failure) return tl::unexpected(*report_.failure);
  demand_ = Demand::more;
  const Result<void> delivered = decoder_ ? decoder_->decode(bytes, *this) : write(bytes);
  if (delivered) return demand_;
  if (delivered_ > request_.most_body_bytes) {
    return tl::unexpected(FetchFailure{
        FailureKind::too_large, Phase::response_body,
        fmt::format("the body is longer than {} bytes", request_.most_body_bytes), Processing::possible});
  }
  return tl::unexpected(FetchFailure{FailureKind::decoding_failed, Phase::response_body,
                                     delivered.error().message, Processing::possible});
}

void FetchFlow::time_is_up() {
  const double seconds = std::chrono::duration<double>(*request_.timeouts.total).count();
  if (phase_ == Phase::wait && wish_.progress) phase_ = *wish_.progress;
  const Processing processing = phase_ < Phase::request ? Processing::impossible : Processing::possible;
  fail({FailureKind::timed_out, phase_, fmt::format("gave up after {:g} s", seconds), processing});
}

FetchReport FetchFlow::take_report() {
  report_.url = request_.url;
  report_.timings.total = loop_.now() - began_;
  return std::move(report_);
}

}  // namespace astray::client
