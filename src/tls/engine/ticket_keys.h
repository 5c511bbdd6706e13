#pragma once
// The keys that session tickets are sealed with (RFC 8446 §4.6.1, RFC 5077). Whoever has them can read what
// was said on each connection of TLS 1.2 that got such a ticket: so they change, live in memory alone or in a
// file that nobody else can read, are wiped when they are gone, and are never told to anyone.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/monotonic_time.h"
#include "base/result.h"

namespace astray::tls {

struct TicketKeySet;

/// One key seals; all of them open. Shared by any number of contexts, so that a reload keeps tickets. Each
/// handshake takes the keys as they are at that moment, from any thread.
///
/// A ticket is not bound to a host by its key: ServerHost::session_scope does that.
///
/// The file holds 1 to 16 keys of 80 bytes each, the one that seals first: 16 bytes of name, 32 of the HMAC
/// key, 32 of the AES key, which is nginx's ssl_session_ticket_key and HAProxy's tls-ticket-keys. Either raw
/// and one behind the other, or each in base64 on a line of its own, where blank lines and those that begin
/// with '#' do not count. To rotate, put a new key on top once every server knows it (give it to them further
/// down first), load() the file again and call take_over().
class TicketKeys {
 public:
  /// A random key seals for this long …
  static constexpr std::chrono::hours sealing_time{12};
  /// … and opens for this long after it was made.
  static constexpr std::chrono::hours opening_time{24};

  /// Random keys of this process. Fails when the system has no randomness.
  static Result<std::shared_ptr<TicketKeys>> random(MonotonicTime now);
  /// Those of a file. The error says what is wrong and what to do: not readable, readable for everybody, no
  /// key, a key of another size, one that nobody drew at random, two of the same name.
  static Result<std::shared_ptr<TicketKeys>> load(const std::string& path);

  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  /// When rotate() has to be called; nothing for a file's keys, whose time others know.
  std::optional<MonotonicTime> next_rotation() const;
  /// Makes a new key once the present one has sealed for long enough, and drops those whose time is over. On
  /// an error everything stays as it was.
  std::optional<Error> rotate(MonotonicTime now);
  /// Whether they are of a file, not random ones.
  bool of_file() const { return !path_.empty(); }
  /// Has `other`'s keys and their nature from now on, in every context that shares these: a reload that was
  /// taken up.
  void take_over(const TicketKeys& other);

 private:
  friend class TicketSealing;
  TicketKeys(std::string path, std::shared_ptr<const TicketKeySet> keys);
  std::shared_ptr<const TicketKeySet> keys() const;
  void replace(std::shared_ptr<const TicketKeySet> keys);

  std::string path_;          ///< "": random keys. For the owner's thread alone
  mutable std::mutex mutex_;  ///< held for the copy of a pointer, once a handshake
  std::shared_ptr<const TicketKeySet> keys_;
};

}  // namespace astray::tls
