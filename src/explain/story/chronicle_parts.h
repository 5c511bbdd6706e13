#pragma once
// Chronicle's memory of names, connections and refusals, for its own .cc files.
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/story/canonical_name.h"
#include "explain/story/chronicle.h"
#include "explain/story/name_list.h"
#include "explain/story/refusals.h"

namespace astray::explain {

/// A name in the form in which names are compared.
struct ComparedName {
  NameId id;
  std::string_view text;
};

/// A request with what was known before it.
struct Chronicle::Heard {
  const Sighting& sighting;
  uint64_t key;                ///< of its connection; 0: not known which
  OpenConnection& connection;  ///< nobody's where the key is 0
  bool known;                  ///< the connection carried requests before
  uint32_t number;             ///< of the request on its connection, from 1; 0: not known
  ComparedName sni;
  ComparedName authority;
  bool refused;
};

inline uint64_t hash_of(std::string_view text, uint64_t seed) {
  const uint64_t hash = std::hash<std::string_view>{}(text);
  return (hash ^ (seed + 0x9e3779b97f4a7c15U + (hash << 6U) + (hash >> 2U))) * 0xff51afd7ed558ccdU;
}
/// What stays the same when the client asks again; nothing when the log does not say who asked. A capture that does not name its
/// client is of one.
inline std::optional<uint64_t> request_key(const Sighting& s, std::string_view authority) {
  if (s.exchange.known()) return hash_of(s.exchange.text, 200 + s.file);
  if (s.kind == Witnessed::capture && !s.client.known()) return hash_of(authority, 300 + s.file);
  if (s.client.known()) return hash_of(s.client.text, hash_of(authority, 3));
  return std::nullopt;
}
inline uint64_t path_key(const Sighting& s) {
  return hash_of(s.path.text, 5);
}
/// One request and its answer, not what somebody says of it.
inline bool is_exchange(const Sighting& sighting) {
  return sighting.kind == Witnessed::access || sighting.kind == Witnessed::capture;
}

struct Chronicle::Parts {
  NameList names{NameList::most_possible};
  OpenConnections connections;
  OpenConnection no_connection{};  ///< stands for those that are not known, and stays as it is
  Refusals refusals;
  std::vector<bool> is_site = std::vector<bool>(NameList::most_possible);  ///< by NameId: requests were for it
  /// By NameId: on the name's own connections client certificates were asked for.
  std::vector<bool> asks_certificates = std::vector<bool>(NameList::most_possible);
  std::optional<int64_t> latest;  ///< of the source that is being read
  std::string sni_buffer;
  std::string authority_buffer;

  explicit Parts(size_t open_connections) : connections(open_connections) {}

  NameId id_of(Fact::State state, std::string_view text, NameId likely) {
    if (state == Fact::State::not_logged) return NameId::not_logged;
    if (state == Fact::State::none) return NameId::none;
    if (likely > NameId::beyond && names.text(likely) == text) return likely;
    return names.add(text);
  }

  /// `likely` are of names in that form. Mostly the name is one of them as it stands; behind a letter there is neither a port nor a dot.
  ComparedName name_of(const Fact& fact, std::initializer_list<NameId> likely, std::string& buffer) {
    if (!fact.text.empty() && is_letter(fact.text.back())) {
      for (const NameId id : likely) {
        if (id > NameId::beyond && names.text(id) == fact.text) return {id, fact.text};
      }
    }
    const std::string_view text = canonical_name(fact.text, buffer);
    return {id_of(fact.state, text, NameId::not_logged), text};
  }

 private:
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
};

}  // namespace astray::explain
