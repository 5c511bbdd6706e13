// Writes an nginx configuration of a hosting provider's shape, with real certificates, that both `nginx -t` and
// `astray audit` accept:
//   make_nginx_sites FOLDER BLOCKS NAMES_PER_BLOCK CERTIFICATES
// Blocks are spread evenly over the certificates; each certificate covers its blocks' names with one wildcard per
// block group. One block in a thousand demands client certificates, so that there is something to find.
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using File = std::unique_ptr<std::FILE, Free>;

void require(bool ok, const char* what) {
  if (ok) return;
  fmt::print(stderr, "make_nginx_sites: {} failed\n", what);
  std::exit(2);
}

File open(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"));
  require(file != nullptr, path.c_str());
  return file;
}

void write_certificate(const std::string& path, EVP_PKEY* key, int serial, const std::string& name, bool authority) {
  std::unique_ptr<X509, Free> certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3650L * 86400);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  X509_set_pubkey(certificate.get(), key);
  const std::string names = fmt::format("DNS:*.{0},DNS:{0}", name);
  std::unique_ptr<X509_EXTENSION, Free> extension(
      authority ? X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE")
                : X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
  require(extension != nullptr, "building an extension");
  X509_add_ext(certificate.get(), extension.get(), -1);
  require(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "signing");
  require(PEM_write_X509(open(path).get(), certificate.get()) == 1, "writing a certificate");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: make_nginx_sites FOLDER BLOCKS NAMES_PER_BLOCK CERTIFICATES\n");
    return 2;
  }
  const std::string folder = std::filesystem::absolute(argv[1]);
  const int blocks = std::atoi(argv[2]), names = std::atoi(argv[3]), certificates = std::atoi(argv[4]);
  require(blocks > 0 && names > 0 && certificates > 0 && certificates <= blocks, "reading the numbers");
  std::filesystem::create_directories(folder + "/tls");
  std::filesystem::create_directories(folder + "/sites");

  // One key for all: nginx loads it afresh for every block either way.
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr, "making a key");
  require(PEM_write_PrivateKey(open(folder + "/tls/key.pem").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "writing the key");
  write_certificate(folder + "/tls/ca.pem", key.get(), 1, "bench-client-ca", true);
  for (int i = 0; i < certificates; ++i)
    write_certificate(fmt::format("{}/tls/{}.pem", folder, i), key.get(), i + 2, fmt::format("group{}.example", i), false);

  std::ofstream(folder + "/nginx.conf") << fmt::format(
      "daemon off;\npid {0}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n"
      "  client_body_temp_path {0}/tmp; proxy_temp_path {0}/tmp; fastcgi_temp_path {0}/tmp; uwsgi_temp_path {0}/tmp;\n  scgi_temp_path {0}/tmp;\n"
      "  access_log off;\n  server_names_hash_max_size {1};\n  server_names_hash_bucket_size 128;\n"
      "  ssl_certificate_key {0}/tls/key.pem;\n  include {0}/sites/*.conf;\n}}\n",
      folder, 2 * blocks * names);

  constexpr int blocks_per_file = 1000;
  std::ofstream site;
  for (int b = 0; b < blocks; ++b) {
    if (b % blocks_per_file == 0) {
      site.close();
      site.open(fmt::format("{}/sites/{:06}.conf", folder, b / blocks_per_file));
    }
    const int group = static_cast<int>(static_cast<long>(b) * certificates / blocks);
    std::string text = "server {\n  listen 127.0.0.1:8443 ssl http2;\n  server_name";
    for (int n = 0; n < names; ++n) text += fmt::format(" n{}-{}.group{}.example", b, n, group);
    text += fmt::format(";\n  ssl_certificate {}/tls/{}.pem;\n", folder, group);
    if (b % 1000 == 500) text += fmt::format("  ssl_verify_client on;\n  ssl_client_certificate {}/tls/ca.pem;\n", folder);
    text += "  location / {\n    proxy_pass http://127.0.0.1:8080;\n    proxy_set_header Host $host;\n  }\n}\n";
    site << text;
  }
  return 0;
}
