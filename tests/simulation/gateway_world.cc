#include "simulation/gateway_world.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/check.h"
#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "support/certificates.h"
#include "tls/file_certificate_source.h"

namespace astray::simulation {

class GatewayFiles::Issuer {
 public:
  test::TestCertificate certificate =
      test::CertificateBuilder().common_name("Gateways").key(test::TestKey::ed25519).authority().build();
};

GatewayFiles::GatewayFiles()
    : keys_(tls::TicketKeys::random(MonotonicTime{}).value()), issuer_(std::make_shared<Issuer>()) {}

void GatewayFiles::issue(const std::string& name, const std::vector<std::string>& names) {
  const test::TestCertificate site = test::CertificateBuilder()
                                         .common_name(name)
                                         .names(names)
                                         .key(test::TestKey::ed25519)
                                         .issued_by(issuer_->certificate)
                                         .build();
  folder_.write(name + ".pem", site.pem() + issuer_->certificate.pem());
  ::chmod(folder_.write(name + ".key", site.key_pem()).c_str(), 0600);
}

std::string GatewayFiles::authority() const {
  return issuer_->certificate.pem();
}

std::shared_ptr<const proxy::Site> GatewayFiles::build(const std::string& yaml, uint64_t generation) {
  FileCertificateSource certificates;
  gateway::ReadConfiguration read = gateway::read_configuration(yaml, folder_.path());
  for (const auto& problem : read.problems) ADD_FAILURE() << gateway::describe(problem, "site");
  for (const auto& problem : gateway::check_configuration(read.configuration, certificates))
    if (problem.severity == gateway::Severity::error) ADD_FAILURE() << gateway::describe(problem, "site");
  auto site = proxy::Site::build(std::move(read.configuration), certificates, keys_, generation);
  CHECK(site);
  return *site;
}

/// The site outlives the backs that were made for it.
struct GatewayInMemory::WorkerBacks {
  WorkerBacks(std::shared_ptr<const proxy::Site> of, proxy::BacksParts parts)
      : site(std::move(of)), backs(std::move(parts)) {}
  std::shared_ptr<const proxy::Site> site;
  proxy::Backs backs;
};

GatewayInMemory::GatewayInMemory(fake::VirtualLoop& loop, fake::Network& network, fake::Resolver& resolver,
                                 uint64_t seed)
    : loop_(loop),
      network_(network),
      resolver_(resolver),
      seed_(seed),
      random_(static_cast<uint32_t>(seed)) {}

GatewayInMemory::~GatewayInMemory() {
  connections_.clear();
}

void GatewayInMemory::adopt(std::shared_ptr<const proxy::Site> site) {
  const bool keeps = generation_ != nullptr && generation_->site->has_same_backs(*site);
  std::shared_ptr<proxy::BackSender> sender = keeps ? generation_->backs : nullptr;
  if (!keeps) {
    for (const auto& each : backs_) each->backs.drain();
    backs_.push_back(std::make_shared<WorkerBacks>(
        site, proxy::BacksParts{.loop = loop_,
                                .network = network_,
                                .resolver = resolver_,
                                .settings = site->configuration().backs,
                                .prepared = site->prepared_backs(),
                                .health = health_,
                                .connection_ids = back_ids_,
                                .wall_clock = [] { return test::instant("2026-11-01"); },
                                .seed = seed_}));
    sender = std::shared_ptr<proxy::BackSender>(backs_.back(), &backs_.back()->backs);
  }
  generation_ = std::make_shared<const proxy::Generation>(proxy::Generation{site, std::move(sender)});
  if (!listeners_.empty()) return;
  for (const proxy::Listener& each : site->listeners()) {
    listeners_.push_back(network_.listen(each.settings->address.value).value());
    accepting_.push_back(loop_.spawn(accept(*listeners_.back(), each.settings->name.value.text)));
  }
}

Task<void> GatewayInMemory::accept(StreamListener& listener, std::string label) {
  for (;;) {
    auto stream = co_await listener.accept();
    if (!stream) continue;
    proxy::FrontKeeper& keeper = *this;
    connections_.push_back(std::make_unique<proxy::FrontConnection>(
        keeper, *generation_->site->listener(label), std::move(*stream)));
  }
}

void GatewayInMemory::drain() {
  accepting_.clear();
  listeners_.clear();
  for (const auto& each : connections_) each->go_away();
  for (const auto& each : backs_) each->backs.drain();
}

void GatewayInMemory::abort_one(size_t which) {
  if (!connections_.empty()) connections_[which % connections_.size()]->abort();
}

uint64_t GatewayInMemory::back_connections() const {
  uint64_t open = 0;
  for (const auto& each : backs_)
    for (size_t i = 0; i < each->backs.count(); ++i)
      open += each->backs.counters(proxy::BackIndex{static_cast<uint32_t>(i)}).open_now;
  return open;
}

void GatewayInMemory::on_finished(proxy::FrontConnection& connection) {
  finished_.push_back(&connection);
  loop_.make_ready(*this);
}

void GatewayInMemory::on_ready() {
  for (const proxy::FrontConnection* done : std::exchange(finished_, {}))
    std::erase_if(connections_, [&](const auto& each) { return each.get() == done; });
}

void GatewayInMemory::on_request_ended(const gateway::LogRecord& record) {
  served.push_back({.connection = record.connection_id,
                    .handshake = record.tls ? std::string(record.tls->virtual_host) : "",
                    .virtual_host = std::string(record.virtual_host),
                    .authority = std::string(record.authority),
                    .answer = record.answer,
                    .status = record.status});
}

}  // namespace astray::simulation
