#include "tls/engine/identity_reader.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <unordered_set>
#include <utility>
#include <vector>

#include "tls/certificate_file.h"
#include "tls/engine/identity_state.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/release.h"
#include "tls/regular_file.h"
#include "tls/x509.h"

namespace astray::tls {
namespace {

using X509Pointer = std::unique_ptr<X509, Release<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, Release<BIO_free>>;
using AuthorityPointer = std::shared_ptr<const EncodedAuthority>;

BioPointer bio_over(std::string_view text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool is_encrypted(std::string_view pem) {
  return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
         pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

/// The first block with a private key, from its BEGIN to its END; "" when there is none that is whole.
std::string_view key_block(std::string_view pem) {
  constexpr std::string_view begin = "-----BEGIN ";
  constexpr std::string_view label_end = "PRIVATE KEY-----";
  for (size_t at = pem.find(begin); at != std::string_view::npos; at = pem.find(begin, at + 1)) {
    std::string_view rest = pem.substr(at);
    std::string_view line = rest.substr(0, rest.find_first_of("\r\n"));
    if (!line.ends_with(label_end)) continue;
    std::string end = fmt::format("-----END {}", line.substr(begin.size()));
    size_t found = rest.find(end);
    return found == std::string_view::npos ? std::string_view() : rest.substr(0, found + end.size());
  }
  return {};
}

/// One PEM block; wiped, since it may be a key.
struct Block {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, static_cast<size_t>(size));
  }
  bool read(BIO* bio) { return PEM_read_bio(bio, &label, &header, &bytes, &size) == 1; }
  bool is(std::string_view other) const { return label == other; }
  bool is_trusted_certificate() const { return is(PEM_STRING_X509_TRUSTED); }
  bool is_certificate() const {
    return is(PEM_STRING_X509) || is(PEM_STRING_X509_OLD) || is_trusted_certificate();
  }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)}; }
};

X509Pointer decode(const Block& block) {
  const unsigned char* at = block.bytes;
  return X509Pointer(block.is_trusted_certificate() ? d2i_X509_AUX(nullptr, &at, block.size)
                                                    : d2i_X509(nullptr, &at, block.size));
}

std::string der_of(X509* certificate) {
  unsigned char* der = nullptr;
  int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

enum class Place : uint8_t { leaf, behind };

constexpr int bits_of_level_2 = 112;  // SP 800-57, table 2

/// As ssl_security_cert() judges for security level 2.
std::string weakness_of(X509* certificate, Place place) {
  if (EVP_PKEY_get_security_bits(X509_get0_pubkey(certificate)) < bits_of_level_2)
    return place == Place::leaf ? "ee key too small" : "ca key too small";
  if ((X509_get_extension_flags(certificate) & EXFLAG_SS) != 0) return "";
  int bits = -1;
  if (X509_get_signature_info(certificate, nullptr, nullptr, &bits, nullptr) != 1) bits = -1;
  return bits < bits_of_level_2 ? "ca md too weak" : "";
}

/// Of a leaf that holds the other half of the key, as its octets tell: the weakness, "" for none. Nothing:
/// ask OpenSSL, which takes ten times as long to set up the certificate's key.
std::optional<std::string> weakness_of_pair(std::string_view leaf_der, const Certificate& certificate,
                                            EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return std::nullopt;
  unsigned char* octets = nullptr;
  size_t size = EVP_PKEY_get1_encoded_public_key(key, &octets);
  std::string point(reinterpret_cast<const char*>(octets), size);
  OPENSSL_free(octets);
  auto encoded = decode_key(leaf_der);
  bool is_told = size > 0 && encoded && encoded->octets == point && encoded->digest_strength > 0;
  if (!is_told) return std::nullopt;
  if (EVP_PKEY_get_security_bits(key) < bits_of_level_2) return "ee key too small";
  return !certificate.self_signed && encoded->digest_strength < bits_of_level_2 ? "ca md too weak" : "";
}

struct Hash {
  using is_transparent = void;
  size_t operator()(std::string_view der) const { return std::hash<std::string_view>()(der); }
  size_t operator()(const AuthorityPointer& authority) const { return (*this)(authority->der); }
};
struct SameBytes {
  using is_transparent = void;
  static std::string_view view(std::string_view der) { return der; }
  static std::string_view view(const AuthorityPointer& authority) { return authority->der; }
  bool operator()(const auto& one, const auto& other) const { return view(one) == view(other); }
};

struct ReleaseDecoder {
  void operator()(OSSL_DECODER_CTX* decoder) const { OSSL_DECODER_CTX_free(decoder); }
};

std::optional<Error> read_secret(const std::string& path, Secret& secret) {
  secret.wipe();
  auto error = read_regular_file(path, max_certificate_file_bytes,
                                 [&](std::string_view bytes) { secret.append(bytes); });
  if (!error) return std::nullopt;
  return Error{fmt::format("{}: {}", error->path, error->message)};
}

Error not_the_key(std::string_view key_name, std::string_view certificate_name) {
  return {fmt::format(
      "{}: this private key does not belong to the first certificate of {}: give the key that the "
      "certificate was issued for",
      key_name, certificate_name)};
}

}  // namespace

struct IdentityReader::State {
  EVP_PKEY* decoded = nullptr;  ///< where the decoder puts a key
  std::unique_ptr<OSSL_DECODER_CTX, ReleaseDecoder> decoder{
      OSSL_DECODER_CTX_new_for_pkey(&decoded, "PEM", nullptr, nullptr, 0, nullptr, nullptr)};
  std::unordered_set<AuthorityPointer, Hash, SameBytes> authorities;
  Secret certificate_text{max_certificate_file_bytes};
  Secret key_text{max_certificate_file_bytes};

  struct Chain {
    std::string leaf_der;
    Certificate certificate;
    std::vector<AuthorityPointer> behind;
  };
  enum class Reading : uint8_t { done, failed };
  static Reading read_leaf(const Block& block, Chain& chain);
  Result<Chain> read_chain(std::string_view pem, std::string_view name);
  AuthorityPointer authority_of(const Block& block);
  Result<KeyPointer> read_key(std::string_view block, std::string_view pem, std::string_view name);
};

AuthorityPointer IdentityReader::State::authority_of(const Block& block) {
  if (auto known = authorities.find(block.view()); known != authorities.end()) return *known;
  X509Pointer certificate = decode(block);
  if (!certificate) return nullptr;
  auto made = std::make_shared<EncodedAuthority>();
  made->der = der_of(certificate.get());
  made->weakness = weakness_of(certificate.get(), Place::behind);
  return *authorities.insert(std::move(made)).first;
}

IdentityReader::State::Reading IdentityReader::State::read_leaf(const Block& block, Chain& chain) {
  chain.leaf_der = block.view();
  auto certificate = decode_certificate(chain.leaf_der);
  if (!certificate || block.is_trusted_certificate()) {
    // Attributes or other bytes may stand behind it, which OpenSSL leaves out.
    X509Pointer leaf = decode(block);
    if (!leaf) return Reading::failed;
    chain.leaf_der = der_of(leaf.get());
    certificate = decode_certificate(chain.leaf_der);
  }
  if (!certificate) return Reading::failed;
  chain.certificate = std::move(*certificate);
  return Reading::done;
}

Result<IdentityReader::State::Chain> IdentityReader::State::read_chain(std::string_view pem,
                                                                       std::string_view name) {
  Chain chain;
  size_t count = 0;
  bool intact = true;
  BioPointer bio = bio_over(pem);
  ERR_clear_error();
  while (intact) {
    Block block;
    intact = block.read(bio.get());
    if (!intact || !block.is_certificate()) continue;
    if (count == 0) {
      intact = read_leaf(block, chain) == Reading::done;
    } else {
      chain.behind.push_back(authority_of(block));
      intact = chain.behind.back() != nullptr;
    }
    count += intact ? 1 : 0;
    if (count > max_chain_length) {
      return failure(fmt::format("{}: more than {} certificates, expected a certificate and its chain", name,
                                 max_chain_length));
    }
  }
  if (auto error = problem_of_certificates(name, count)) return astray::Failure<Error>(std::move(*error));
  return chain;
}

Result<KeyPointer> IdentityReader::State::read_key(std::string_view block, std::string_view pem,
                                                   std::string_view name) {
  ERR_clear_error();
  auto* bytes = reinterpret_cast<const unsigned char*>(block.data());
  size_t size = block.size();
  decoded = nullptr;
  bool may_decode = !block.empty() && !is_encrypted(block) && decoder != nullptr;
  bool ok = may_decode && OSSL_DECODER_from_data(decoder.get(), &bytes, &size) == 1;
  KeyPointer key(std::exchange(decoded, nullptr));
  if (ok && key) return key;
  std::string reason = take_openssl_sentence();
  if (is_encrypted(pem)) {
    return failure(
        fmt::format("{}: the private key is encrypted, and no pass phrase is asked for: write a plain copy "
                    "with `openssl pkey -in {} -out plain.key`",
                    name, name));
  }
  if (pem.find("PRIVATE KEY-----") == std::string_view::npos) {
    return failure(fmt::format(
        "{}: no private key in it, expected PEM with a line \"-----BEGIN PRIVATE KEY-----\"", name));
  }
  return failure(fmt::format("{}: the private key cannot be read ({}): replace the file by an intact one",
                             name, reason));
}

IdentityReader::IdentityReader() : state_(std::make_unique<State>()) {}
IdentityReader::~IdentityReader() = default;

Result<Identity> IdentityReader::load(const std::string& certificate_path, const std::string& key_path) {
  if (auto error = read_secret(certificate_path, state_->certificate_text))
    return astray::Failure<Error>(std::move(*error));
  if (auto error = read_secret(key_path, state_->key_text)) return astray::Failure<Error>(std::move(*error));
  auto read_identity =
      read(state_->certificate_text.text(), certificate_path, state_->key_text.text(), key_path);
  state_->certificate_text.wipe();
  state_->key_text.wipe();
  return read_identity;
}

Result<Identity> IdentityReader::parse(std::string_view certificate_pem, std::string_view key_pem,
                                       std::string_view name) {
  return read(certificate_pem, name, key_pem, name);
}

Result<Identity> IdentityReader::read(std::string_view certificate_pem, std::string_view certificate_name,
                                      std::string_view key_pem, std::string_view key_name) {
  auto chain = state_->read_chain(certificate_pem, certificate_name);
  if (!chain) return astray::Failure<Error>(chain.error());
  std::string_view block = key_block(key_pem);
  auto key = state_->read_key(block, key_pem, key_name);
  if (!key) return astray::Failure<Error>(key.error());
  auto weakness = weakness_of_pair(chain->leaf_der, chain->certificate, key->get());
  if (!weakness) {
    auto* at = reinterpret_cast<const unsigned char*>(chain->leaf_der.data());
    X509Pointer leaf(d2i_X509(nullptr, &at, static_cast<long>(chain->leaf_der.size())));
    if (!leaf) {
      return failure(fmt::format("{}: certificate 1 cannot be read ({}): replace the file by an intact one",
                                 certificate_name, take_openssl_sentence()));
    }
    if (X509_check_private_key(leaf.get(), key->get()) != 1) {
      ERR_clear_error();
      return astray::Failure<Error>(not_the_key(key_name, certificate_name));
    }
    weakness = weakness_of(leaf.get(), Place::leaf);
  }
  auto made = std::make_shared<Identity::State>();
  made->leaf_der = std::move(chain->leaf_der);
  made->certificate = std::move(chain->certificate);
  made->certificate.chain_length = static_cast<int>(1 + chain->behind.size());
  made->weakness = std::move(*weakness);
  made->chain = std::move(chain->behind);
  auto kept = std::make_unique<Secret>(block.size());
  kept->append(block);
  made->key_pem = std::move(kept);
  return Identity(std::move(made));
}

}  // namespace astray::tls
