#include "proxy/front/tls_hosts.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <map>
#include <tuple>
#include <utility>

#include "gateway/ownership/common_names.h"
#include "gateway/ownership/handshake_policy.h"
#include "tls/certificate_file.h"
#include "tls/engine/identity_reader.h"
#include "tls/regular_file.h"

namespace astray::proxy {
namespace {

using gateway::CertificateFiles;
using gateway::ClientCertificateMode;
using gateway::Configuration;
using gateway::ConfigurationProblem;
using gateway::FilePath;
using gateway::Placed;
using gateway::Severity;
using gateway::VirtualHostSettings;

tls::ClientAuthentication authentication_of(ClientCertificateMode mode) {
  switch (mode) {
    case ClientCertificateMode::none:
      return tls::ClientAuthentication::off;
    case ClientCertificateMode::optional:
      return tls::ClientAuthentication::optional;
    case ClientCertificateMode::required:
      break;
  }
  return tls::ClientAuthentication::required;
}

tls::Version version_of(gateway::TlsVersion version) {
  return version == gateway::TlsVersion::tls1_2 ? tls::Version::tls1_2 : tls::Version::tls1_3;
}

tls::AlpnList alpn_of(const VirtualHostSettings& virtual_host) {
  std::vector<std::string> names;
  for (gateway::HttpVersion version : virtual_host.protocols) {
    names.emplace_back(version == gateway::HttpVersion::h2 ? "h2" : "http/1.1");
    // What speaks 1.1 answers 1.0, and some clients ask for that alone (curl --http1.0).
    if (version == gateway::HttpVersion::http1_1) names.emplace_back("http/1.0");
  }
  return tls::AlpnList::of(names).value();
}

}  // namespace

class TlsHostsLoader {
 public:
  TlsHostsLoader(const Configuration& configuration, std::shared_ptr<const tls::TicketKeys> ticket_keys)
      : configuration_(configuration), made_(new TlsHosts()) {
    options_.ticket_keys = std::move(ticket_keys);
  }

  Result<std::shared_ptr<const TlsHosts>, TlsHosts::Problems> load() && {
    for (const VirtualHostSettings& virtual_host : configuration_.virtual_hosts) add(virtual_host);
    for (const tls::HostProblem& problem : tls::ServerContext::problems_of(options_)) {
      const VirtualHostSettings& whose = configuration_.virtual_hosts[made_->virtual_hosts_[problem.host]];
      error(whose.name.place, fmt::format("virtual host {}: {}", whose.name.value.text, problem.message));
    }
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    if (options_.hosts.empty()) return std::shared_ptr<const TlsHosts>(std::move(made_));
    auto context = tls::ServerContext::create(std::move(options_));
    if (!context) {
      error({}, std::move(context.error().message));
      return tl::unexpected(std::move(problems_));
    }
    made_->context_ = std::move(*context);
    return std::shared_ptr<const TlsHosts>(std::move(made_));
  }

 private:
  struct Authorities {
    tls::TrustStore trust;
    std::shared_ptr<const CertificateAuthorities> content;
  };

  void error(SourceSpan place, std::string message) {
    problems_.push_back({Severity::error, place, std::move(message)});
  }

  void add(const VirtualHostSettings& virtual_host) {
    const auto index = static_cast<gateway::VirtualHostIndex>(made_->facts_.size());
    std::vector<tls::Identity> identities;
    for (const CertificateFiles& files : virtual_host.certificates) {
      if (auto identity = identity_of(files)) identities.push_back(std::move(*identity));
    }
    const Authorities* authorities = authorities_of(virtual_host);
    const CertificateAuthorities* content = authorities != nullptr ? authorities->content.get() : nullptr;
    std::span<const CertificateName> names = names_of(identities);
    made_->facts_.push_back({index, policy_of(virtual_host, content), listener_of(virtual_host), names});
    made_->hosts_.emplace_back();
    const bool knows_clients = virtual_host.client_authentication.mode != ClientCertificateMode::none;
    if (identities.empty() || (knows_clients && authorities == nullptr)) return;  // the latter was told
    made_->hosts_.back() = options_.hosts.size();
    made_->virtual_hosts_.push_back(index);
    options_.hosts.push_back({identities.front(), alpn_of(virtual_host),
                              authentication_of(virtual_host.client_authentication.mode), "",
                              version_of(virtual_host.tls.minimum.value),
                              version_of(virtual_host.tls.maximum),
                              session_scope_of(virtual_host, content, names)});
    tls::ServerHost& host = options_.hosts.back();
    host.other_identities.assign(identities.begin() + 1, identities.end());
    for (const gateway::PlainText& cipher : virtual_host.tls.ciphers) host.ciphers.push_back(cipher.text);
    if (authorities != nullptr) {
      host.client_trust = authorities->trust;
      host.client_depth = static_cast<int>(virtual_host.client_authentication.depth);
    }
  }

  std::optional<tls::Identity> identity_of(const CertificateFiles& files) {
    auto [known, is_new] =
        identities_.try_emplace(std::tuple(files.certificate.value.text, files.key.value.text,
                                           files.staple ? files.staple->value.text : std::string()));
    if (is_new) known->second = read(files);
    return known->second;
  }

  std::optional<tls::Identity> read(const CertificateFiles& files) {
    auto identity = reader_.load(files.certificate.value.text, files.key.value.text);
    if (!identity) {
      const bool is_about_key = identity.error().message.starts_with(files.key.value.text + ":");
      error(is_about_key ? files.key.place : files.certificate.place, std::move(identity.error().message));
      return std::nullopt;
    }
    warn_of_readable_key(files.key);
    if (!files.staple) return std::move(*identity);
    auto with_staple = read_staple(*identity, files.staple->value.text);
    if (with_staple) return std::move(*with_staple);
    error(files.staple->place, std::move(with_staple.error().message));
    return std::nullopt;
  }

  static Result<tls::Identity> read_staple(const tls::Identity& identity, const std::string& path) {
    constexpr size_t most_bytes = size_t{64} << 10;  // what a handshake message of it can carry, about
    std::string der;
    auto trouble = read_regular_file(path, most_bytes, [&](std::string_view bytes) { der += bytes; });
    if (trouble) return failure(fmt::format("{}: {}", trouble->path, trouble->message));
    return identity.with_staple(der, path);
  }

  void warn_of_readable_key(const Placed<FilePath>& key) {
    struct stat about {};
    if (::stat(key.value.text.c_str(), &about) != 0 || (about.st_mode & S_IROTH) == 0) return;
    made_->warnings_.push_back(
        {Severity::warning, key.place,
         fmt::format("{}: everybody on this machine may read this private key; `chmod 640` it",
                     key.value.text)});
  }

  const Authorities* authorities_of(const VirtualHostSettings& virtual_host) {
    const auto& clients = virtual_host.client_authentication;
    if (clients.mode == ClientCertificateMode::none) return nullptr;
    if (!clients.authorities) {
      error(virtual_host.name.place,
            fmt::format("virtual host {} asks clients for certificates and names no authorities; add "
                        "client_authentication.authorities",
                        virtual_host.name.value.text));
      return nullptr;
    }
    auto [known, is_new] = authorities_.try_emplace(clients.authorities->value.text);
    if (is_new) known->second = read_authorities(*clients.authorities);
    return known->second ? &*known->second : nullptr;
  }

  std::optional<Authorities> read_authorities(const Placed<FilePath>& file) {
    const std::string& path = file.value.text;
    std::string pem;
    auto trouble =
        read_regular_file(path, max_authorities_file_bytes, [&](std::string_view bytes) { pem += bytes; });
    if (trouble) {
      error(file.place, fmt::format("{}: {}", trouble->path, trouble->message));
      return std::nullopt;
    }
    auto trust = tls::TrustStore::parse(pem, path);
    if (!trust) {
      error(file.place, std::move(trust.error().message));
      return std::nullopt;
    }
    auto content = read_authorities_bytes(pem, path);
    if (!content) {
      error(file.place, std::move(content.error().message));
      return std::nullopt;
    }
    return Authorities{std::move(*trust), std::move(*content)};
  }

  std::span<const CertificateName> names_of(const std::vector<tls::Identity>& identities) {
    if (identities.empty()) return {};
    if (identities.size() == 1) return identities.front().certificate().names.in_file_order();
    std::vector<const Certificate*> certificates;
    for (const tls::Identity& each : identities) certificates.push_back(&each.certificate());
    return made_->common_names_.emplace_back(gateway::common_names(certificates));
  }

  const Configuration& configuration_;
  std::shared_ptr<TlsHosts> made_;
  tls::ServerOptions options_;
  TlsHosts::Problems problems_;
  tls::IdentityReader reader_;
  std::map<std::tuple<std::string, std::string, std::string>, std::optional<tls::Identity>> identities_;
  std::map<std::string, std::optional<Authorities>> authorities_;
};

Result<std::shared_ptr<const TlsHosts>, TlsHosts::Problems> TlsHosts::load(
    const Configuration& configuration, std::shared_ptr<const tls::TicketKeys> ticket_keys) {
  return TlsHostsLoader(configuration, std::move(ticket_keys)).load();
}

}  // namespace astray::proxy
