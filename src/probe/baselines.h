#pragma once
// The names' own answers, to hold every other answer against. Memory grows with names × nodes × protocols.
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "probe/answer_print.h"
#include "probe/cell.h"
#include "probe/name_table.h"

namespace astray {

enum class NodeIndex : uint32_t {};

/// How a server turns away who has no (fitting) client certificate.
enum class ClientRefusal : uint8_t { none, certificate_missing, certificate_untrusted };
ClientRefusal client_refusal(const Observation& seen);

/// What a name gets on a fresh connection whose SNI and Host it is.
struct Baseline {
  uint64_t cell = 0;
  AlpnOffer alpn = AlpnOffer::h1;
  ClientCertificateIndex client_certificate{};
  int status = 0;  ///< 0: no answer
  ProbeFailure failure = ProbeFailure::none;
  CellVerdict verdict = CellVerdict::could_not_tell;
  ClientRefusal refusal = ClientRefusal::none;
  Protocol protocol = Protocol::h1;
  AnswerPrint print{};
  std::shared_ptr<const Certificate> certificate{};
  ChainTrust trust = ChainTrust::not_checked;
  bool client_certificate_requested = false;
  bool origin_frame = false;
  std::vector<std::string> origin_set{};
};

/// Which names give one answer.
struct Owners {
  NameId first = NameId::none, second = NameId::none, last = NameId::none;
  uint32_t count = 0;  ///< different names

  void add(NameId name);
  /// One of them that is not `name`; none when there is no other.
  NameId other_than(NameId name) const;
  bool has_others(NameId name) const { return other_than(name) != NameId::none; }
};

class Baselines {
 public:
  void add(NodeIndex node, NameId name, Baseline baseline);
  /// What a node answers where no known name is asked for.
  void add_default(NodeIndex node, const AnswerPrint& print);
  /// Whether such a request gets this answer but for the names in it. That alone does not tell a virtual
  /// host: one page for all names may say which was asked for.
  bool resembles_default(NodeIndex node, const AnswerPrint& print) const;

  /// Every baseline of the name at the node, in the order of the plan.
  const std::vector<Baseline>& at(NodeIndex node, NameId name) const;
  /// The one of this offer and client certificate; else another offer's of the same certificate; null: none.
  const Baseline* find(NodeIndex node, NameId name, AlpnOffer alpn, ClientCertificateIndex certificate) const;

  const Owners& owners_of_exact(NodeIndex node, const AnswerPrint& print) const;
  const Owners& owners_of_folded(NodeIndex node, const AnswerPrint& print) const;
  /// At any node.
  const Owners& owners_of_exact(const AnswerPrint& print) const;
  /// Names of the node whose page changes between requests, with this outline.
  const Owners& changing_owners(NodeIndex node, const AnswerPrint& print) const;

  /// Whether any node gives the name this answer on a connection of its own.
  bool is_own_anywhere(NameId name, const AnswerPrint& print) const;
  /// Whether the name was never seen to have another answer of its own.
  bool is_steady(NameId name) const;
  /// Whether another node than this has answered the name.
  bool known_elsewhere(NodeIndex node, NameId name) const;

  /// Whether the name's page differs between two requests for it, as nonces, dates or counters make it.
  /// Absent: it was seen only once, so nobody knows.
  std::optional<bool> changes(NodeIndex node, NameId name) const;

 private:
  enum class Level : uint8_t { exact, folded, outline, anywhere, default_folded };
  static uint64_t key(NodeIndex node, Level level, uint64_t print);
  const Owners& owners(uint64_t key) const;

  std::unordered_map<uint64_t, std::vector<Baseline>> by_name_;
  std::unordered_map<uint64_t, Owners> owners_;
  std::unordered_set<uint64_t> own_anywhere_;                             ///< of name and exact print
  std::unordered_map<uint32_t, uint32_t> different_answers_;              ///< by name
  std::unordered_map<uint32_t, std::vector<NodeIndex>> answering_nodes_;  ///< by name
};

}  // namespace astray
