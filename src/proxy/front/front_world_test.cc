#include "proxy/front/front_world_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "io/running_test.h"
#include "io/sleep.h"
#include "tls/engine/client_context.h"
#include "tls/file_certificate_source.h"

namespace astray::proxy::test {
namespace {

using astray::test::CertificateBuilder;
using astray::test::TestCertificate;

/// The front's side of a SentRequest.
class ScriptedRequest final : public BackRequest {
 public:
  explicit ScriptedRequest(SentRequest& sent) : sent_(sent) {}
  ~ScriptedRequest() override { sent_.responder = nullptr; }
  void send_body(std::string_view bytes) override {
    EXPECT_FALSE(sent_.trailers) << "a body after its end";
    sent_.body += bytes;
  }
  void end_body(Fields trailers) override {
    EXPECT_FALSE(sent_.trailers) << "two ends of a body";
    sent_.trailers = std::move(trailers);
  }
  size_t unsent() const override { return sent_.unsent; }
  void consume(size_t bytes) override { sent_.consumed += bytes; }

 private:
  SentRequest& sent_;
};

Task<void> pass_time(Loop& loop, Duration duration) {
  SleepUntil sleeping = sleep_for(loop, duration);
  co_await sleeping;
}

Task<std::unique_ptr<Stream>> dial_to(Network& network, Endpoint to) {
  auto stream = co_await network.connect(to);
  co_return astray::test::value_of(std::move(stream));
}

}  // namespace

// ---- backs

std::string SentRequest::field(std::string_view name) const {
  return std::string(http2::first_value(head.fields, name).value_or(""));
}

void SentRequest::connect(Connection connection) {
  ASSERT_FALSE(over());
  responder->on_connection(
      {.id = 77, .peer = Endpoint::parse("10.0.0.9:80").value(), .reused = connection == Connection::reused});
}

void SentRequest::respond(ResponseHead response) {
  ASSERT_FALSE(over());
  responder->on_head(std::move(response));
}

void SentRequest::send_body(std::string_view bytes) {
  ASSERT_FALSE(over());
  responder->on_body(bytes);
}

void SentRequest::end() {
  ASSERT_FALSE(over());
  responder->on_end();
}

void SentRequest::answer(int status, std::string content, Fields fields) {
  connect();
  ResponseHead response{.status = status, .fields = std::move(fields)};
  if (!content.empty()) {
    response.body = gateway::Body::follows;
    response.content_length = content.size();
  }
  const bool ends = content.empty();
  respond(std::move(response));
  if (ends || over()) return;
  send_body(content);
  if (!over()) end();
}

void SentRequest::fail(BackFailure::Kind kind, BackFailure::Processing processing) {
  ASSERT_FALSE(over());
  responder->on_failure({kind, "as the test wants it", processing});
}

std::unique_ptr<BackRequest> ScriptedBacks::send(const BackWish& wish, const RequestHead& head,
                                                 BackResponder& responder) {
  SentRequest& request = sent.emplace_back(SentRequest{.wish = wish, .head = head, .responder = &responder});
  loop_.make_ready(*this);
  return std::make_unique<ScriptedRequest>(request);
}

void ScriptedBacks::on_ready() {
  while (told_ < sent.size()) {
    SentRequest& request = sent[told_++];
    if (when_sent && !request.over()) when_sent(request);
  }
}

// ---- the log

Logged logged(const gateway::LogRecord& record) {
  Logged entry{.authority = std::string(record.authority),
               .virtual_host = std::string(record.virtual_host),
               .listener = std::string(record.listener),
               .error_sentence = std::string(record.error_sentence),
               .number = record.request_number,
               .connection = record.connection_id,
               .request_bytes = record.request_bytes,
               .response_bytes = record.response_bytes,
               .client = record.client,
               .peer = record.peer};
  entry.line = fmt::format("{} {} {}", record.method.empty() ? "-" : record.method,
                           record.target.empty() ? "-" : record.target, record.status);
  if (record.answer)
    entry.line += fmt::format(" {}:{}", to_string(*record.answer), to_string(*record.reason));
  if (record.back) {
    entry.line +=
        fmt::format(" {}:{}x{}", record.back->name, record.back->status.value_or(0), record.back->attempts);
    entry.retried_after_421 = record.back->retried_after_421;
  }
  if (!record.error_kind.empty()) entry.line += fmt::format(" !{}", record.error_kind);
  if (record.tls && record.tls->sni) entry.sni = *record.tls->sni;
  return entry;
}

// ---- the site

SiteFolder::SiteFolder()
    : keys_(tls::TicketKeys::random(MonotonicTime{}).value()),
      authority_(CertificateBuilder().common_name("Servers").authority().build()) {
  issue("a", {"a.example", "www.a.example", "c.example", "closing.example"});
  issue("b", {"b.example"});
}

void SiteFolder::issue(const std::string& name, const std::vector<std::string>& names) {
  const TestCertificate site =
      CertificateBuilder().common_name(name).names(names).issued_by(authority_).build();
  folder_.write(name + ".pem", site.pem() + authority_.pem());
  ::chmod(folder_.write(name + ".key", site.key_pem()).c_str(), 0600);
}

std::shared_ptr<const Site> SiteFolder::build(const std::string& yaml, uint64_t generation) {
  FileCertificateSource certificates;
  gateway::ReadConfiguration read = gateway::read_configuration(yaml, folder_.path());
  std::vector<gateway::ConfigurationProblem> problems = read.problems;
  if (!gateway::has_errors(problems)) {
    problems = gateway::check_configuration(read.configuration, certificates);
    if (!gateway::has_errors(problems)) {
      auto site = Site::build(std::move(read.configuration), certificates, keys_, generation);
      if (site) return *site;
      problems = site.error();
    }
  }
  for (const auto& problem : problems) ADD_FAILURE() << gateway::describe(problem, "site");
  std::abort();
}

std::string front_yaml(std::string_view operation) {
  return fmt::format(R"(
listeners:
  tls: {{address: "10.0.0.1:443"}}
  clear: {{address: "10.0.0.1:80", tls: false, cleartext: serve}}
  proxied: {{address: "10.0.0.1:81", tls: false, cleartext: serve, proxy_protocol: {{from: [0.0.0.0/0]}}}}
virtual_hosts:
  a:
    names: [a.example, www.a.example]
    listeners: [tls, clear, proxied]
    certificates: [{{certificate: a.pem, key: a.key}}]
    routes:
      - {{match: {{prefix: /old}}, redirect: {{status: 302, path: /new}}}}
      - {{match: {{prefix: /}}, backs: [app]}}
  b:
    names: [b.example]
    certificates: [{{certificate: b.pem, key: b.key}}]
    routes: [{{backs: [app]}}]
  c:
    names: [c.example]
    certificates: [{{certificate: a.pem, key: a.key}}]
    routes: [{{match: {{prefix: /c}}, backs: [app]}}]
  closing:
    names: [closing.example]
    certificates: [{{certificate: a.pem, key: a.key}}]
    unowned: close
    routes: [{{backs: [app]}}]
backs:
  app: {{addresses: ["10.0.0.9:80"]}}
{})",
                     operation);
}

// ---- the world

class FrontWorld::Keeper final : public FrontKeeper, public Journal, public ReadyItem {
 public:
  explicit Keeper(FrontWorld& world) : world_(world) {}
  Loop& loop() override { return world_.loop; }
  WireBuffers& buffers() override { return buffers_; }
  const std::shared_ptr<const Generation>& generation() override { return present; }
  Journal& journal() override { return *this; }
  std::minstd_rand& random() override { return random_; }
  uint64_t next_connection_id() override { return ++ids_; }
  void on_handshake_done(const ClientConnection&) override { ++world_.handshakes; }
  void on_handshake_failed(std::optional<tls::FailureKind> kind) override {
    world_.failed_handshakes.emplace_back(kind ? "failed" : "timeout");
  }
  void on_finished(FrontConnection& connection) override {
    for (const FrontConnection* each : finished_) EXPECT_NE(each, &connection) << "finished twice";
    finished_.push_back(&connection);
    world_.loop.make_ready(*this);
  }
  gateway::WallTime wall_time() override { return gateway::WallTime{}; }
  std::string_view http_date() override { return "Thu, 01 Jan 1970 00:00:00 GMT"; }
  void on_request_ended(const gateway::LogRecord& record) override { world_.log.push_back(logged(record)); }
  void on_back_answered(const std::string&, Duration) override {}
  void on_back_failed(const std::string&, BackFailure::Kind) override {}
  void on_back_misdirected(const std::string&) override {}

  void on_ready() override {
    for (const FrontConnection* done : std::exchange(finished_, {}))
      std::erase_if(world_.connections, [&](const auto& each) { return each.get() == done; });
  }

  std::shared_ptr<const Generation> present;

 private:
  FrontWorld& world_;
  WireBuffers buffers_;
  std::minstd_rand random_{1};
  uint64_t ids_ = 0;
  std::vector<const FrontConnection*> finished_;
};

FrontWorld::FrontWorld(const std::string& yaml) : keeper_(std::make_unique<Keeper>(*this)) {
  reload(yaml);
  for (const Listener& each : keeper_->present->site->listeners()) {
    listeners_.push_back(network.listen(each.settings->address.value).value());
    accepting_.push_back(loop.spawn(accept(*listeners_.back(), each.settings->name.value.text)));
  }
}

FrontWorld::~FrontWorld() {
  connections.clear();
}

Task<void> FrontWorld::accept(StreamListener& listener, std::string label) {
  for (;;) {
    auto stream = co_await listener.accept();
    if (!stream) continue;
    connections.push_back(std::make_unique<FrontConnection>(
        *keeper_, *keeper_->present->site->listener(label), std::move(*stream)));
  }
}

void FrontWorld::reload(const std::string& yaml) {
  const uint64_t generation = keeper_->present ? keeper_->present->site->generation() + 1 : 1;
  keeper_->present = std::make_shared<const Generation>(Generation{folder.build(yaml, generation), backs});
}

std::unique_ptr<Stream> FrontWorld::dial(std::string_view to, const fake::Link& link) {
  const Endpoint endpoint = Endpoint::parse(to).value();
  network.set_link(endpoint, link);
  return astray::test::run(loop, dial_to(network, endpoint));
}

FrontClient& FrontWorld::connect(std::string_view to, fake::Link link) {
  return clients_.emplace_back(loop, dial(to, link), std::nullopt);
}

FrontClient& FrontWorld::connect_tls(std::optional<std::string> sni, std::vector<std::string> alpn,
                                     fake::Link link) {
  tls::ClientOptions options;
  options.alpn = tls::AlpnList::of(std::move(alpn)).value();
  auto context = tls::ClientContext::create(std::move(options)).value();
  tls::Client engine = tls::Client::create(std::move(context), {std::move(sni), {}, {}}).value();
  return clients_.emplace_back(loop, dial("10.0.0.1:443", link), std::move(engine));
}

Http2User& FrontWorld::connect_h2(std::string sni, http2::Options options, fake::Link link) {
  FrontClient& client = connect_tls(std::move(sni), {"h2"}, link);
  auto& [user, transport] = users_.emplace_back(
      std::piecewise_construct, std::forward_as_tuple(loop, client, options), std::forward_as_tuple(&client));
  run();
  EXPECT_EQ(transport->alpn, "h2");
  return user;
}

FrontClient& FrontWorld::client_of(const Http2User& user) {
  for (auto& [each, client] : users_)
    if (&each == &user) return *client;
  std::abort();
}

void FrontWorld::run(Duration duration) {
  astray::test::run(loop, pass_time(loop, duration));
}

std::string FrontWorld::lines() const {
  std::string all;
  for (const Logged& each : log) all += (all.empty() ? "" : ", ") + each.line;
  return all;
}

}  // namespace astray::proxy::test
