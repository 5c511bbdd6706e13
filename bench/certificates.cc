// How long the gateway takes to load many virtual hosts with a certificate each, and what they take of
// memory:
//   cmake --preset bench && ninja -C build/bench certificates && build/bench/bench/certificates [HOSTS]
//
// HOSTS (10,000) virtual hosts, each with a P-256 certificate and key of its own in files of its own and the
// certificate of one authority behind it. What is measured is TlsHosts::load (files read, keys held against
// their certificates, names decoded, policies digested); what malloc holds more afterwards, for hosts that
// nobody asked for; and a first and a second handshake with each of the first 1,000, of which the first
// builds what OpenSSL needs. Times are CPU time of this thread.
#include <fmt/format.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>

#include "gateway/configuration/read_configuration.h"
#include "gateway/ownership/authority_table_builder.h"
#include "proxy/front/tls_front.h"
#include "tls/engine/client.h"

namespace {

using namespace astray;

/// Of this thread: others use the machine too.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

size_t held_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::string name_of(size_t number) {
  return fmt::format("www.shop-{}.customers.example", number);
}

struct Pair {
  std::shared_ptr<EVP_PKEY> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::shared_ptr<X509> certificate{X509_new(), X509_free};
};

Pair make_pair(const std::string& name, long serial, const Pair* issuer) {
  Pair made;
  X509* x509 = made.certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 86400 * 90);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(issuer != nullptr ? issuer->certificate.get() : x509));
  X509_set_pubkey(x509, made.key.get());
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
  X509_add_ext(x509, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(x509, issuer != nullptr ? issuer->key.get() : made.key.get(), EVP_sha256());
  return made;
}

void write_files(const std::string& folder, size_t number, const Pair& authority) {
  const Pair site = make_pair(name_of(number), static_cast<long>(number + 2), &authority);
  std::FILE* file = std::fopen(fmt::format("{}/{}.pem", folder, number).c_str(), "w");
  PEM_write_X509(file, site.certificate.get());
  PEM_write_X509(file, authority.certificate.get());
  std::fclose(file);
  file = std::fopen(fmt::format("{}/{}.key", folder, number).c_str(), "w");
  PEM_write_PrivateKey(file, site.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

gateway::Configuration configuration_of(const std::string& folder, size_t count) {
  gateway::Configuration configuration =
      gateway::read_configuration(
          "listeners: {https: {address: \"127.0.0.1:443\"}}\nvirtual_hosts: {v: {names: [v.example]}}\n", "")
          .configuration;
  const gateway::VirtualHostSettings pattern = configuration.virtual_hosts.at(0);
  configuration.virtual_hosts.clear();
  for (size_t i = 0; i < count; ++i) {
    gateway::VirtualHostSettings host = pattern;
    host.name.value.text = fmt::format("shop_{}", i);
    host.names = {{gateway::NamePattern{false, Host::parse(name_of(i)).value()}, {}}};
    host.certificates = {
        {{{fmt::format("{}/{}.pem", folder, i)}, {}}, {{fmt::format("{}/{}.key", folder, i)}, {}}, {}}};
    configuration.virtual_hosts.push_back(std::move(host));
  }
  return configuration;
}

std::shared_ptr<const gateway::AuthorityTable> table_of(const gateway::Configuration& configuration,
                                                        const proxy::TlsHosts& hosts) {
  gateway::AuthorityTableBuilder builder(UnownedAnswer::misdirected);
  for (size_t i = 0; i < hosts.size(); ++i) {
    const auto& facts = hosts.facts_of(static_cast<gateway::VirtualHostIndex>(i));
    Ownership owner;
    owner.claim = Claim::by_name;
    owner.policy = facts.policy;
    owner.certificate_names = facts.certificate_names;
    const auto& settings = configuration.virtual_hosts[i];
    builder.own(builder.add_virtual_host(settings.name.value.text, owner), {Scheme::https, Port(443)},
                settings.names[0].value.host);
  }
  return std::make_shared<const gateway::AuthorityTable>(std::move(builder).build().value());
}

template <typename Engine>
std::string drained(Engine& engine) {
  std::string all;
  std::string buffer(1 << 14, '\0');
  while (size_t size = engine.write_to(buffer)) all.append(buffer, 0, size);
  return all;
}

/// Microseconds of the server's side.
double handshake(const proxy::TlsFront& front, const std::shared_ptr<const tls::ClientContext>& clients,
                 size_t number) {
  auto client = tls::Client::create(clients, {name_of(number), {}, {}}).value();
  double spent = 0;
  auto server = front.accept().value();
  bool accepted = false;
  while (!accepted) {
    const std::string hello = drained(client);
    if (hello.empty()) std::abort();
    const double start = cpu_seconds();
    server.receive(hello);
    while (auto event = server.next_event())
      accepted = accepted || std::holds_alternative<tls::ClientAccepted>(*event);
    const std::string answer = drained(server);
    spent += cpu_seconds() - start;
    client.receive(answer);
    while (client.next_event()) {
    }
  }
  return spent * 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10000;
  const std::string folder =
      std::filesystem::temp_directory_path() / fmt::format("astray-certificates-{}", ::getpid());
  std::filesystem::create_directories(folder);
  const Pair authority = make_pair("Bench CA", 1, nullptr);
  for (size_t i = 0; i < count; ++i) write_files(folder, i, authority);
  const gateway::Configuration configuration = configuration_of(folder, count);

  malloc_trim(0);
  const size_t before = held_bytes();
  const double start = cpu_seconds();
  auto hosts = proxy::TlsHosts::load(configuration, tls::TicketKeys::random(MonotonicTime{}).value());
  const double loaded = cpu_seconds() - start;
  std::filesystem::remove_all(folder);
  if (!hosts) {
    fmt::print("{}\n", gateway::describe(hosts.error().front(), "gateway"));
    return 1;
  }
  const size_t after = held_bytes();
  const std::shared_ptr<const proxy::TlsHosts> shared = std::move(*hosts);
  fmt::print("load: {:.2f} s for {} hosts, {:.0f} us and {} bytes a host\n", loaded, count,
             loaded * 1e6 / static_cast<double>(count), (after - before) / count);

  auto front = proxy::TlsFront::make(shared, table_of(configuration, *shared), configuration,
                                     configuration.listeners.at(0));
  auto clients = tls::ClientContext::create({}).value();
  const size_t asked = std::min<size_t>(count, 1000);
  double first = 0;
  double second = 0;
  const size_t unused = held_bytes();
  for (size_t i = 0; i < asked; ++i) first += handshake(*front, clients, i);
  const size_t used = held_bytes();
  for (size_t i = 0; i < asked; ++i) second += handshake(*front, clients, i);
  fmt::print("handshake: first of a host {:.0f} us, second {:.0f} us; {} bytes a host that was asked for\n",
             first / static_cast<double>(asked), second / static_cast<double>(asked),
             (used - unused) / asked);
  return 0;
}
