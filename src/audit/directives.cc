#include "audit/directives.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace astray::directives {
namespace {

constexpr std::string_view refuse_line = "http-request deny deny_status 421";
constexpr std::string_view unmapped_is_refused = "CONFIG proxy.config.url_remap.remap_required INT 1  # and no map of \"/\": 404";
constexpr Version http2_directive{1, 25, 1};   // "http2 on;" instead of a parameter of listen
constexpr Version reject_handshake{1, 19, 4};  // ssl_reject_handshake

std::string ssl_protocol(uint8_t versions) {
  std::string line = "SSLProtocol -all";
  constexpr std::pair<uint8_t, std::string_view> names[] = {{tls_version::ssl3, "SSLv3"},
                                                            {tls_version::tls1_0, "TLSv1"},
                                                            {tls_version::tls1_1, "TLSv1.1"},
                                                            {tls_version::tls1_2, "TLSv1.2"},
                                                            {tls_version::tls1_3, "TLSv1.3"}};
  for (auto [bit, name] : names)
    if ((versions & bit) != 0) line += fmt::format(" +{}", name);
  return line;
}

std::string_view verify_client(ClientAuthentication mode) {
  switch (mode) {
    case ClientAuthentication::off:
      return "none";
    case ClientAuthentication::optional:
      return "optional";
    case ClientAuthentication::optional_no_ca:
      return "optional_no_ca";
    case ClientAuthentication::required:
      return "require";
  }
  return "";
}

std::vector<std::string> sorted_paths(const TlsSettings& tls, std::string CertificateUse::*path) {
  std::vector<std::string> paths;
  for (const CertificateUse& use : tls.certificates) paths.push_back(use.*path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

void add_text(std::vector<std::string>& lines, std::string_view directive, const Setting<std::string>& wanted,
              const Setting<std::string>& present, std::string_view when_absent) {
  if (wanted.value == present.value) return;
  lines.push_back(wanted.value.empty() ? std::string(when_absent)
                                       : fmt::format("{} {}", directive, wanted.value));
}

std::string secret_name(std::string_view name) {
  std::string secret(name);
  std::replace(secret.begin(), secret.end(), '.', '-');
  return secret;
}

}  // namespace

std::string own_certificate(ServerKind server, std::string_view name) {
  if (server == ServerKind::caddy) return fmt::format("tls /etc/ssl/{0}.crt /etc/ssl/{0}.key", name);
  if (server == ServerKind::h2o)
    return fmt::format("certificate-file: /etc/ssl/{0}.crt\nkey-file: /etc/ssl/{0}.key", name);
  if (server == ServerKind::envoy)
    return fmt::format(
        "tls_certificates:\n- certificate_chain: {{filename: /etc/ssl/{0}.crt}}\n"
        "  private_key: {{filename: /etc/ssl/{0}.key}}",
        name);
  if (server == ServerKind::traefik)
    return fmt::format("tls:\n  certificates:\n  - {{certFile: /etc/ssl/{0}.crt, keyFile: /etc/ssl/{0}.key}}", name);
  if (server == ServerKind::istio) return fmt::format("tls: {{mode: SIMPLE, credentialName: {}}}", secret_name(name));
  if (server == ServerKind::trafficserver) return fmt::format("ssl_cert_name={0}.crt ssl_key_name={0}.key", name);
  if (server == ServerKind::kubernetes) return fmt::format("tls: {{certificateRefs: [{{name: {}}}]}}", secret_name(name));
  if (server == ServerKind::astray)
    return fmt::format("certificates: [{{certificate: /etc/ssl/{0}.crt, key: /etc/ssl/{0}.key}}]", name);
  if (server == ServerKind::haproxy) return fmt::format("bind :443 ssl crt /etc/ssl/{}.pem", name);
  if (server == ServerKind::httpd)
    return fmt::format("SSLCertificateFile /etc/ssl/{0}.crt\nSSLCertificateKeyFile /etc/ssl/{0}.key", name);
  return fmt::format("ssl_certificate /etc/ssl/{0}.crt;\nssl_certificate_key /etc/ssl/{0}.key;", name);
}

std::string own_address(const Deployment& deployment, Port port, std::string_view address) {
  if (deployment.server == ServerKind::caddy) return fmt::format("bind {}", address);
  if (deployment.server == ServerKind::h2o) return fmt::format("listen: {{host: {}, port: {}}}", address, port.number());
  if (deployment.server == ServerKind::envoy)
    return fmt::format("address: {{socket_address: {{address: {}, port_value: {}}}}}", address, port.number());
  if (deployment.server == ServerKind::traefik)
    return fmt::format("entryPoints:\n  own: {{address: \"{}:{}\"}}", address, port.number());
  if (deployment.server == ServerKind::istio)
    return fmt::format("selector: {{istio: another-gateway}}  # a Service with the address {}", address);
  if (deployment.server == ServerKind::trafficserver)
    return fmt::format("CONFIG proxy.config.http.server_ports STRING {}:ssl:ip-in={}", port.number(), address);
  if (deployment.server == ServerKind::kubernetes)
    return fmt::format("addresses: [{{type: IPAddress, value: {}}}]  # of a Gateway of its own", address);
  if (deployment.server == ServerKind::astray)
    return fmt::format("listeners:\n  own: {{address: \"{}:{}\"}}", address, port.number());
  if (deployment.server == ServerKind::haproxy)
    return fmt::format("bind {}:{} ssl crt /etc/ssl/own.pem", address, port.number());
  if (deployment.server == ServerKind::httpd)
    return fmt::format("Listen {0}:{1}\n<VirtualHost {0}:{1}>", address, port.number());
  return fmt::format("listen {}:{} ssl;", address, port.number());
}

std::string http2_on(const Deployment& deployment, Port port) {
  if (deployment.server == ServerKind::caddy) return "servers {\n\tprotocols h1 h2 h3\n}";
  if (deployment.server == ServerKind::h2o) return "# h2o speaks HTTP/2 on every TLS listener";
  if (deployment.server == ServerKind::traefik) return "alpnProtocols: [h2, http/1.1]";
  if (deployment.server == ServerKind::envoy || deployment.server == ServerKind::istio)
    return "alpn_protocols: [h2, http/1.1]";
  if (deployment.server == ServerKind::trafficserver) return "http2: on  # of the name's entry in sni.yaml";
  if (deployment.server == ServerKind::kubernetes) return "# HTTP/2 is the implementation's to switch on";
  if (deployment.server == ServerKind::astray) return "protocols: [h2, http/1.1]";
  if (deployment.server == ServerKind::haproxy)
    return fmt::format("bind :{} ssl … alpn h2,http/1.1", port.number());
  if (deployment.server == ServerKind::httpd) return "Protocols h2 http/1.1";
  if (deployment.version >= http2_directive) return "http2 on;";
  return fmt::format("listen {} ssl http2;", port.number());
}

std::string refuse_everything(ServerKind server) {
  if (server == ServerKind::caddy) return "respond 421";
  if (server == ServerKind::h2o) return "mruby.handler: 'proc {|env| [421, {}, []]}'";
  if (server == ServerKind::envoy)
    return "- name: misdirected\n  domains: [\"*\"]\n  routes: [{match: {prefix: /}, direct_response: {status: 421}}]";
  if (server == ServerKind::trafficserver) return std::string(unmapped_is_refused);
  if (server == ServerKind::traefik) return "# Traefik answers 404 itself to whom no router takes";
  if (server == ServerKind::istio) return "http: [{directResponse: {status: 421}}]";
  if (server == ServerKind::kubernetes) return "# without this default; what nobody owns is refused";
  if (server == ServerKind::astray) return "unowned: 421";
  if (server == ServerKind::haproxy) return std::string(refuse_line);
  return server == ServerKind::httpd ? "Redirect 421 /" : "location / { return 421; }";
}

std::string refusing_default(const Deployment& deployment, Port port, const CertificateUse* certificate) {
  if (deployment.server == ServerKind::caddy) return fmt::format(":{} {{\n\trespond 421\n}}", port.number());
  if (deployment.server == ServerKind::h2o)
    return "hosts:\n  \"*\":\n    paths:\n      \"/\":\n        mruby.handler: 'proc {|env| [421, {}, []]}'";
  if (deployment.server == ServerKind::traefik) return "tls:\n  options:\n    default: {sniStrict: true}";
  if (deployment.server == ServerKind::envoy || deployment.server == ServerKind::istio)
    return refuse_everything(deployment.server);
  if (deployment.server == ServerKind::trafficserver) return std::string(unmapped_is_refused);
  if (deployment.server == ServerKind::kubernetes) return refuse_everything(deployment.server);
  if (deployment.server == ServerKind::astray) return "unknown_sni: reject\nmissing_sni: reject";
  if (deployment.server == ServerKind::haproxy)
    return fmt::format("default_backend unlisted\nbackend unlisted\n    {}", refuse_line);
  if (deployment.server == ServerKind::httpd) {
    std::string lines =
        fmt::format("<VirtualHost *:{}>\n    ServerName unlisted.invalid\n    SSLEngine on\n", port.number());
    if (certificate != nullptr) {
      lines += fmt::format("    SSLCertificateFile {}\n", certificate->path);
      if (!certificate->key_path.empty())
        lines += fmt::format("    SSLCertificateKeyFile {}\n", certificate->key_path);
    }
    return lines + "    Redirect 421 /\n</VirtualHost>";
  }
  std::string lines =
      fmt::format("server {{\n    listen {} ssl default_server;\n    server_name \"\";\n", port.number());
  if (deployment.version >= reject_handshake) {
    lines += "    ssl_reject_handshake on;\n";
  } else if (certificate != nullptr) {
    lines += fmt::format("    ssl_certificate {};\n", certificate->path);
    if (!certificate->key_path.empty())
      lines += fmt::format("    ssl_certificate_key {};\n", certificate->key_path);
  }
  return lines + "    location / { return 421; }\n}";
}

std::vector<std::string> equal_tls(const TlsSettings& wanted, const TlsSettings& present) {
  std::vector<std::string> lines;
  if (sorted_paths(wanted, &CertificateUse::path) != sorted_paths(present, &CertificateUse::path))
    for (const CertificateUse& use : wanted.certificates) lines.push_back("SSLCertificateFile " + use.path);
  if (sorted_paths(wanted, &CertificateUse::key_path) != sorted_paths(present, &CertificateUse::key_path))
    for (const CertificateUse& use : wanted.certificates)
      if (!use.key_path.empty()) lines.push_back("SSLCertificateKeyFile " + use.key_path);
  if (wanted.versions.value != present.versions.value) lines.push_back(ssl_protocol(wanted.versions.value));
  add_text(lines, "SSLCipherSuite", wanted.ciphers, present.ciphers, "# without SSLCipherSuite");
  add_text(lines, "SSLCipherSuite TLSv1.3", wanted.ciphersuites, present.ciphersuites,
           "# without SSLCipherSuite TLSv1.3");
  if (wanted.client_authentication.value != present.client_authentication.value)
    lines.push_back(fmt::format("SSLVerifyClient {}", verify_client(wanted.client_authentication.value)));
  if (wanted.verify_depth.value != present.verify_depth.value)
    lines.push_back(fmt::format("SSLVerifyDepth {}", wanted.verify_depth.value));
  add_text(lines, "SSLCACertificateFile", wanted.client_authorities.file, present.client_authorities.file,
           "# without SSLCACertificateFile");
  add_text(lines, "SSLCACertificatePath", wanted.client_authorities.path, present.client_authorities.path,
           "# without SSLCACertificatePath");
  for (const std::string& line : wanted.other)
    if (std::find(present.other.begin(), present.other.end(), line) == present.other.end())
      lines.push_back(line);
  for (const std::string& line : present.other)
    if (std::find(wanted.other.begin(), wanted.other.end(), line) == wanted.other.end())
      lines.push_back("# without " + line);
  return lines;
}

}  // namespace astray::directives
