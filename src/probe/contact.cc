#include "probe/contact.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "http1/other_protocol.h"
#include "io/deadline.h"
#include "names/raw_host.h"
#include "probe/line_exchange.h"

namespace astray {
namespace {

std::vector<std::string> protocols_of(AlpnOffer offer) {
  switch (offer) {
    case AlpnOffer::none:
      return {};
    case AlpnOffer::h1:
      return {"http/1.1"};
    case AlpnOffer::h2:
      return {"h2", "http/1.1"};
    case AlpnOffer::h2_only:
      return {"h2"};
  }
  return {};
}

Result<tls::AlpnList> alpn_of(AlpnOffer offer) {
  const std::vector<std::string> protocols = protocols_of(offer);
  if (protocols.empty()) return tls::AlpnList();
  return tls::AlpnList::of(protocols);
}

std::string_view waiting_for(Stage stage) {
  switch (stage) {
    case Stage::resolve:
      return "waiting for DNS";
    case Stage::connect:
      return "connecting";
    case Stage::handshake:
      return "in the TLS handshake";
    case Stage::session:
      return "getting a TLS session";
    case Stage::request:
      return "sending the request";
    case Stage::response_head:
      return "waiting for the head of the answer";
    case Stage::response_body:
      return "reading the body";
    case Stage::done:
      break;
  }
  return "";
}

}  // namespace

Result<std::shared_ptr<const tls::ClientContext>> Contacts::context(const ContextKey& key) {
  const auto known = contexts_.find(key);
  if (known != contexts_.end()) return known->second;
  const auto& [offer, certificate, sessions] = key;
  const Result<tls::AlpnList> alpn = alpn_of(offer);
  if (!alpn) return tl::unexpected(alpn.error());
  tls::ClientOptions options;
  options.alpn = *alpn;
  if (certificate) options.identity = settings_.client_certificates.at(*certificate);
  options.min_version = settings_.min_version;
  options.max_version = settings_.max_version;
  options.sessions = sessions;
  Result<std::shared_ptr<const tls::ClientContext>> made = tls::ClientContext::create(std::move(options));
  if (made) contexts_.emplace(key, *made);
  return made;
}

void Contacts::judge_chain(const std::vector<std::string>& chain, const std::string& name,
                           Observation& seen) {
  if (chain.empty()) return;
  const tls::LeafCache::Decoded& leaf = leaves_.decode(chain.front());
  if (!leaf) {
    seen.trust = ChainTrust::untrusted;
    seen.trust_problem = "the certificate cannot be decoded: " + leaf.error();
    return;
  }
  seen.certificate = *leaf;
  const auto host = Host::parse(name);
  if (settings_.trust.empty() || !host) return;
  // Bounded: a hostile peer may show a new certificate each time.
  constexpr size_t most_answers = 10'000;
  if (trust_.size() >= most_answers) trust_.clear();
  const std::pair key((*leaf)->fingerprint, name);
  auto known = trust_.find(key);
  if (known == trust_.end()) {
    const std::vector<std::string_view> views(chain.begin(), chain.end());
    known = trust_.emplace(key, tls::check_trust(views, *host, settings_.trust, settings_.now)).first;
  }
  seen.trust = known->second.trusted() ? ChainTrust::trusted : ChainTrust::untrusted;
  seen.trust_problem = known->second.sentence;
}

Trouble Contact::timeout_of(Stage stage) const {
  const std::string_view first_bytes = channel_ ? channel_->first_bytes() : std::string_view();
  const bool is_foreign =
      !first_bytes.empty() && http1::recognise_other(first_bytes) != http1::OtherProtocol::tls;
  if (stage == Stage::handshake && is_foreign && first_bytes.size() > 1) return not_tls(first_bytes);
  const double seconds = std::chrono::duration<double>(contacts_.settings_.timeout).count();
  return {ProbeFailure::timed_out, fmt::format("gave up after {:g} s {}", seconds, waiting_for(stage))};
}

Task<bool> Contact::open(std::optional<tls::Session> session) {
  began_ = contacts_.loop_.now();
  seen_.connection_id = ++contacts_.opened_;
  seen_.stage = Stage::connect;
  conversation_settings_ = {contacts_.settings_.body_limit, contacts_.settings_.user_agent,
                            contacts_.settings_.owner_field,
                            question_.protocol == PortProtocol::http ? Scheme::http : Scheme::https};
  Task<bool> opening = connect_and_shake_hands(std::move(session));
  const Result<bool, TimedOut> opened =
      co_await with_deadline(contacts_.loop_, std::move(opening), began_ + contacts_.settings_.timeout);
  if (!opened) report(timeout_of(seen_.stage), seen_);
  co_return opened.value_or(false);
}

Task<bool> Contact::connect_and_shake_hands(std::optional<tls::Session> session) {
  Result<std::unique_ptr<Stream>, ConnectError> stream = co_await contacts_.network_.connect(question_.node);
  seen_.timings.connect = contacts_.loop_.now() - began_;
  if (!stream) {
    report(trouble_of(stream.error()), seen_);
    co_return false;
  }
  const bool tls = question_.protocol == PortProtocol::https || question_.protocol == PortProtocol::ftps ||
                   question_.protocol == PortProtocol::smtps;
  if (tls) {
    const bool secured = co_await shake_hands(std::move(*stream), std::move(session));
    if (!secured) co_return false;
  } else {
    channel_ = std::make_unique<Channel>(std::move(*stream));
    conversation_ = make_http1_conversation(contacts_.loop_, *channel_, conversation_settings_);
  }
  seen_.stage = Stage::request;
  co_return true;
}

Task<bool> Contact::shake_hands(std::unique_ptr<Stream> stream, std::optional<tls::Session> session) {
  seen_.stage = Stage::handshake;
  const Result<std::shared_ptr<const tls::ClientContext>> context =
      contacts_.context({question_.alpn, question_.client_certificate, sessions_});
  if (!context) {
    report({ProbeFailure::local_limit, context.error().message}, seen_);
    co_return false;
  }
  tls::ClientParameters parameters{question_.sni, std::move(session), std::nullopt};
  Result<tls::Client, tls::ServerNameRefusal> engine = tls::Client::create(*context, std::move(parameters));
  if (!engine) {
    report({ProbeFailure::local_limit, fmt::format("this SNI cannot be sent: {}", to_string(engine.error()))},
           seen_);
    co_return false;
  }
  channel_ = std::make_unique<Channel>(std::move(stream), std::move(*engine));
  const Result<Secured, Trouble> secured = co_await channel_->handshake();
  seen_.timings.handshake = contacts_.loop_.now() - began_;
  if (!secured) {
    report(secured.error(), seen_);
    co_return false;
  }
  settle(*secured);
  const std::vector<std::string> offered = protocols_of(question_.alpn);
  if (!secured->alpn.empty() && std::find(offered.begin(), offered.end(), secured->alpn) == offered.end()) {
    // OpenSSL 3.0's client takes whatever a server chooses (RFC 7301 §3.1 does not).
    report({ProbeFailure::alpn_not_offered,
            fmt::format("the server chose the protocol \"{}\", which was not offered ({})",
                        RawHost(secured->alpn).printable(), fmt::join(offered, ", "))},
           seen_);
    co_return false;
  }
  co_return true;
}

void Contact::settle(const Secured& secured) {
  seen_.handshake_done = true;
  seen_.tls_version = tls::to_string(secured.version);
  seen_.alpn = secured.alpn;
  seen_.resumed = secured.resumed;
  seen_.client_certificate_requested = secured.client_certificate_requested;
  seen_.protocol = secured.alpn == "h2" ? Protocol::h2 : Protocol::h1;
  contacts_.judge_chain(secured.chain, question_.sni_name, seen_);
  conversation_ = seen_.protocol == Protocol::h2
                      ? make_http2_conversation(contacts_.loop_, *channel_, conversation_settings_)
                      : make_http1_conversation(contacts_.loop_, *channel_, conversation_settings_);
}

Task<Observation> Contact::ask(RequestQuestion request) {
  Observation seen = seen_;
  const MonotonicTime asked = contacts_.loop_.now();
  seen.request_index = requests_++;
  const MonotonicTime from = seen.request_index == 0 ? began_ : asked;
  Task<void> asking = conversation_->ask(request, seen);
  const Result<void, TimedOut> answered =
      co_await with_deadline(contacts_.loop_, std::move(asking), from + contacts_.settings_.timeout);
  if (!answered) {
    broken_ = true;
    report(timeout_of(seen.stage), seen);
    conversation_->time_is_up(seen);
  }
  // TLS 1.3: a client hears only now that its certificate, or the lack of one, was refused in the handshake.
  if (seen.failure == ProbeFailure::tls_alert && seen.status == 0 && seen.request_index == 0) {
    seen.stage = Stage::handshake;
    seen.handshake_done = false;
  }
  seen.timings.total = contacts_.loop_.now() - from;
  co_return seen;
}

Task<Observation> Contact::ask_line_protocol() {
  Observation seen = seen_;
  const LineExchange exchange = co_await astray::ask_line_protocol(
      contacts_.loop_, *channel_, question_.node.port, began_ + contacts_.settings_.timeout, seen);
  if (exchange == LineExchange::time_is_up) {
    broken_ = true;
    Trouble trouble = timeout_of(seen.stage);
    trouble.message += " (FTP and SMTP servers greet first)";
    report(trouble, seen);
  }
  seen.timings.total = contacts_.loop_.now() - began_;
  co_return seen;
}

Task<void> Contact::close() {
  constexpr Duration patience = std::chrono::seconds(1);
  if (!channel_ || !seen_.handshake_done || broken_) co_return;
  Task<void> closing = channel_->close();
  (void)co_await with_deadline(contacts_.loop_, std::move(closing), contacts_.loop_.now() + patience);
}

std::optional<tls::Session> Contact::session() const {
  if (!channel_ || channel_->sessions().empty()) return std::nullopt;
  return channel_->sessions().back();
}

}  // namespace astray
