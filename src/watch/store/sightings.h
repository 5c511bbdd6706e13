#pragma once
// What a round saw beside answers: certificates, pairs of names that clients put together, 421s in logs.
#include <span>
#include <vector>

#include "watch/store/terms.h"

namespace astray::watch {

class Certificates {
 public:
  explicit Certificates(Database& database);
  void add_round(const RoundRecord& round);
  std::vector<CertificateRecord> all();
  void forget_cached() { seen_.clear(); }

 private:
  Database& database_;
  Statement put_;
  std::unordered_map<std::string, int64_t> seen_;  ///< when, by fingerprint
};

class Coalescibles {
 public:
  Coalescibles(Database& database, Terms& terms);
  void add_round(const RoundRecord& round);
  /// What is known of the same pairs, in their order.
  std::vector<CoalescibleRecord> among(std::span<const CoalescibleRecord> pairs);

 private:
  Terms& terms_;
  Statement find_, put_;
};

class Refusals {
 public:
  explicit Refusals(Database& database);
  void add_round(const RoundRecord& round);
  std::vector<RefusalCount> between(Instant from, Instant until, size_t most);

 private:
  Statement add_, between_;
};

}  // namespace astray::watch
