#pragma once
// What makes a problem this one and no other (Problem::cause_key), as it is made and read again.
#include <cstdint>
#include <string>
#include <string_view>

namespace astray::watch {

/// What a problem is about, and so what it spreads over.
enum class Scope : uint8_t {
  watcher,      ///< the round itself, or the watcher
  node,         ///< whole nodes
  certificate,  ///< one certificate, wherever it is presented
  own,          ///< names' own answers
  pair,         ///< answers on other names' connections, or to names spelled oddly
};

struct CauseKey {
  Scope scope = Scope::watcher;
  /// The same thing has the same text, wherever it shows: "h2 → http/1.1", a fingerprint.
  std::string what;
  /// Where it was first seen, for what is known by its place; "" for what `what` alone tells.
  std::string seed;

  /// "own|h2 → http/1.1|192.0.2.1:443 a.example".
  std::string text() const;
  /// Scope::watcher and all of the text as `what` where it is none of ours.
  static CauseKey parse(std::string_view text);
};

}  // namespace astray::watch
