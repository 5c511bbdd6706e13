#include "proxy/front/tls_front_world_test.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "gateway/configuration/read_configuration.h"
#include "gateway/ownership/authority_table_builder.h"
#include "gateway/ownership/owners.h"
#include "tls/x509.h"

namespace astray::proxy {
namespace {

using astray::test::CertificateBuilder;
using astray::test::TestCertificate;

/// As the gateway builds it: names at the port of each listener that a virtual host belongs to.
std::shared_ptr<const gateway::AuthorityTable> table_of(const gateway::Configuration& configuration,
                                                        const TlsHosts& hosts) {
  gateway::AuthorityTableBuilder builder(UnownedAnswer::misdirected);
  for (const gateway::VirtualHostSettings& virtual_host : configuration.virtual_hosts) {
    const HandshakeFacts& facts = hosts.facts_of(
        static_cast<gateway::VirtualHostIndex>(&virtual_host - configuration.virtual_hosts.data()));
    Ownership owner;
    owner.claim = Claim::by_name;
    owner.policy = facts.policy;
    owner.listener = facts.listener;
    owner.certificate_names = facts.certificate_names;
    const auto index = builder.add_virtual_host(virtual_host.name.value.text, owner);
    EXPECT_EQ(index, facts.virtual_host);
    for (const gateway::ListenerSettings& listener : configuration.listeners) {
      const bool belongs =
          virtual_host.listeners.empty() || virtual_host.listeners.front().value == listener.name.value;
      if (!belongs || !listener.tls) continue;
      const gateway::SchemePort at = gateway::scheme_and_port(listener);
      for (const auto& name : virtual_host.names)
        builder.own(index, at,
                    gateway::OwnedName::parse(name.value.text(), gateway::WildcardReach::any_depth).value());
      if (listener.default_virtual_host && listener.default_virtual_host->value == virtual_host.name.value)
        builder.own_by_default(index, at);
    }
  }
  auto table = std::move(builder).build();
  EXPECT_TRUE(table);
  return std::make_shared<const gateway::AuthorityTable>(std::move(table.value()));
}

template <typename Engine>
std::string drained(Engine& engine) {
  std::string all;
  std::string buffer(1 << 15, '\0');
  while (size_t size = engine.write_to(buffer)) all.append(buffer, 0, size);
  return all;
}

void hear(tls::Client& client, Handshake& seen) {
  while (auto event = client.next_event()) {
    if (auto* done = std::get_if<tls::HandshakeDone>(&*event)) {
      if (!done->peer_chain.empty()) seen.leaf = decode_certificate(done->peer_chain[0]).value().common_name;
      seen.alpn = done->alpn.value_or("");
    }
    if (auto* made = std::get_if<tls::NewSession>(&*event)) seen.session = made->session;
    if (auto* failed = std::get_if<tls::Failure>(&*event))
      seen.failure = failed->alert ? failed->alert->name() : failed->sentence;
  }
}

void hear(tls::Server& server, const TlsFront& front, Handshake& seen) {
  while (auto event = server.next_event()) {
    if (auto* accepted = std::get_if<tls::ClientAccepted>(&*event)) {
      seen.accepted = *accepted;
      seen.facts = front.facts_of(*accepted);
    }
  }
}

}  // namespace

TlsWorld::TlsWorld()
    : keys(tls::TicketKeys::random(MonotonicTime{}).value()),
      authority_(CertificateBuilder().common_name("Servers").authority().build()) {}

void TlsWorld::issue(const std::string& name, const std::vector<std::string>& names,
                     astray::test::TestKey key) {
  TestCertificate site =
      CertificateBuilder().common_name(name).names(names).key(key).issued_by(authority_).build();
  folder_.write(name + ".pem", site.pem() + authority_.pem());
  ::chmod(folder_.write(name + ".key", site.key_pem()).c_str(), 0600);
}

TestCertificate TlsWorld::add_authority(const std::string& name) {
  TestCertificate authority = CertificateBuilder().common_name(name).authority().build();
  folder_.write(name + ".pem", authority.pem());
  return authority;
}

std::string TlsWorld::load(const std::string& listener, const std::string& virtual_hosts) {
  std::string yaml = "listeners:\n  https: {" + listener +
                     "}\nbacks: {app: {addresses: [\"127.0.0.1:80\"]}}\n" + "virtual_hosts:\n" +
                     virtual_hosts;
  auto read = gateway::read_configuration(yaml, folder_.path());
  std::string told;
  for (const auto& problem : read.problems) told += gateway::describe(problem, "gateway") + "\n";
  if (gateway::has_errors(read.problems)) return told;
  auto hosts = TlsHosts::load(read.configuration, keys);
  const auto& problems = hosts ? (*hosts)->warnings() : hosts.error();
  for (const auto& problem : problems) told += gateway::describe(problem, "gateway") + "\n";
  if (!hosts) return told;
  auto table = table_of(read.configuration, **hosts);
  front = TlsFront::make(std::move(*hosts), std::move(table), read.configuration,
                         read.configuration.listeners[0]);
  return told;
}

Handshake TlsWorld::visit(Visitor visitor) const {
  tls::ClientOptions options;
  options.max_version = visitor.version;
  options.sessions = tls::Sessions::kept;
  options.identity = std::move(visitor.identity);
  options.alpn = tls::AlpnList::of(visitor.alpn).value();
  auto client = tls::Client::create(tls::ClientContext::create(std::move(options)).value(),
                                    {std::move(visitor.server_name), std::move(visitor.session), {}})
                    .value();
  auto server = front->accept().value();
  Handshake seen;
  for (int round = 0; round < 5; ++round) {
    std::string to_server = drained(client);
    server.receive(to_server);
    hear(server, *front, seen);
    std::string to_client = drained(server);
    client.receive(to_client);
    hear(client, seen);
  }
  return seen;
}

tls::Identity person_of(const TestCertificate& authority) {
  TestCertificate person = CertificateBuilder().common_name("person").issued_by(authority).build();
  return tls::Identity::parse(person.pem(), person.key_pem(), "person").value();
}

}  // namespace astray::proxy
