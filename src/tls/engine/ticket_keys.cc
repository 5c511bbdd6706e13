#include "tls/engine/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "tls/engine/openssl_error.h"
#include "tls/engine/ticket_key_set.h"

namespace astray::tls {
namespace {

template <size_t size>
bool draw(std::array<unsigned char, size>& bytes) {
  return RAND_priv_bytes(bytes.data(), static_cast<int>(size)) == 1;
}

Error no_randomness() {
  return {"a key for session tickets cannot be made: " + take_openssl_sentence()};
}

}  // namespace

TicketKey::~TicketKey() {
  OPENSSL_cleanse(mac_key.data(), mac_key.size());
  OPENSSL_cleanse(cipher_key.data(), cipher_key.size());
}

std::shared_ptr<const TicketKey> random_ticket_key(MonotonicTime now) {
  auto key = std::make_shared<TicketKey>();
  key->made = now;
  if (!draw(key->name) || !draw(key->mac_key) || !draw(key->cipher_key)) return nullptr;
  return key;
}

Result<std::shared_ptr<TicketKeys>> TicketKeys::random(MonotonicTime now) {
  auto key = random_ticket_key(now);
  if (!key) return astray::Failure<Error>(no_randomness());
  auto keys = std::make_shared<TicketKeySet>();
  keys->keys.push_back(std::move(key));
  return std::shared_ptr<TicketKeys>(new TicketKeys("", std::move(keys)));
}

Result<std::shared_ptr<TicketKeys>> TicketKeys::load(const std::string& path) {
  auto keys = read_ticket_key_file(path);
  if (!keys) return astray::Failure<Error>(std::move(keys.error()));
  return std::shared_ptr<TicketKeys>(new TicketKeys(path, std::move(*keys)));
}

TicketKeys::TicketKeys(std::string path, std::shared_ptr<const TicketKeySet> keys)
    : path_(std::move(path)), keys_(std::move(keys)) {}

TicketKeys::~TicketKeys() = default;

std::shared_ptr<const TicketKeySet> TicketKeys::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

void TicketKeys::replace(std::shared_ptr<const TicketKeySet> keys) {
  std::lock_guard lock(mutex_);
  keys_.swap(keys);
}

std::optional<MonotonicTime> TicketKeys::next_rotation() const {
  if (!path_.empty()) return std::nullopt;
  auto now_in_use = keys();
  MonotonicTime next = now_in_use->keys.front()->made + sealing_time;
  for (const auto& key : now_in_use->keys) next = std::min<MonotonicTime>(next, key->made + opening_time);
  return next;
}

std::optional<Error> TicketKeys::rotate(MonotonicTime now) {
  if (!path_.empty()) return std::nullopt;
  auto before = keys();
  auto after = std::make_shared<TicketKeySet>();
  if (now >= before->keys.front()->made + sealing_time) {
    after->keys.push_back(random_ticket_key(now));
    if (!after->keys.front()) return no_randomness();
  }
  for (const auto& key : before->keys) {
    if (now < key->made + opening_time) after->keys.push_back(key);
  }
  replace(std::move(after));
  return std::nullopt;
}

void TicketKeys::take_over(const TicketKeys& other) {
  path_ = other.path_;
  replace(other.keys());
}

}  // namespace astray::tls
