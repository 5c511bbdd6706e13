#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "explain/story/name_list.h"
#include "explain/story/story.h"

namespace astray::explain {

/// What makes two refused requests alike.
struct RefusalKey {
  NameId sni, authority, first_authority;
  LogServer server;
  Witnessed kind;
  int status;
  Freshness freshness;
  int protocol;  ///< -1: unknown
  int scheme;
  ErrorSentence sentence;
  int reason;
  bool no_route, back_said_so, answered_before;
  int back_reused;
  HopSoftware written_by;
  int rung;
  int client_certificate_asked;

  auto tie() const {
    return std::tie(sni, authority, first_authority, server, kind, status, freshness, protocol, scheme, sentence, reason,
                    no_route, back_said_so, answered_before, back_reused, written_by, rung, client_certificate_asked);
  }
  bool operator<(const RefusalKey& other) const { return tie() < other.tie(); }
};

/// Refused requests that are alike, while sources are read.
struct RefusalGroup {
  Incident incident;
  uint64_t in_storms = 0;  ///< requests that a client sent at least for the tenth time in a row
  bool joined = false;     ///< of an error log or a capture: an access log has the same requests
};

/// All groups up to a bound, and what became of each request.
class Refusals {
 public:
  static constexpr size_t most_groups = 4096;

  /// The group, or nullptr when there is no room for another one; `evidence` is made when it is new.
  template <typename MakeEvidence>
  RefusalGroup* find(const RefusalKey& key, const MakeEvidence& make) {
    const auto found = groups_.find(key);
    if (found != groups_.end()) return &found->second;
    if (groups_.size() >= most_groups) return nullptr;
    RefusalGroup& group = groups_[key];
    group.incident.evidence = make();
    return &group;
  }

  /// Watches for what the client does next. `request` is a hash of client and authority: nginx does not know
  /// the path yet when it refuses. `path` is a hash that tells a repetition from a page's other parts.
  void watch(uint64_t request, uint64_t path, RefusalGroup& group, std::optional<int64_t> time, uint64_t connection);
  /// A request that was not refused: it may be the retry of one that was, and then the answer is true.
  bool answered(uint64_t request, int status, std::optional<int64_t> time, uint64_t connection) {
    return tags_[request % most_watched] == tag_of(request) && settle_answered(request, status, time, connection);
  }
  /// The same of one that nobody watches for, the first of its connection. Lines are written when requests end, by whichever thread
  /// comes to it: that of a retry may stand before that of the request which was refused.
  struct Answer {
    uint64_t request = 0;
    uint64_t path = 0;
    int64_t time = 0;
    uint64_t connection = 0;
    int status = 0;  ///< 0: there is none
  };
  void keep(const Answer& answer) { answers_[answer.request % most_answers] = answer; }
  bool watching() const { return watched_ > 0; }
  /// Ends all watches.
  void settle();
  /// Of an excerpt: that a connection's first line was that of its first request is not known.
  void doubt_freshness(uint32_t file);

  /// Joins captures and error logs with access logs, judges, and takes the storms apart. `is_a_site`: whether requests were
  /// for that name.
  std::vector<Incident> incidents(const std::function<bool(std::string_view)>& is_a_site);

 private:
  static constexpr size_t most_watched = 8192;
  static constexpr size_t most_answers = 1024;
  static constexpr int64_t patience = 30'000'000;  // microseconds
  static constexpr uint32_t storm_begins = 10;
  struct Watch {
    uint64_t request = 0;
    RefusalGroup* group = nullptr;
    std::optional<int64_t> time;
    uint64_t connection = 0;
    uint64_t path = 0;
    uint32_t in_a_row = 0;
    int earlier_status = 0;  ///< of its retry, where that has been logged before; 0: it has not
  };
  Watch& slot(uint64_t request) { return watches_[request % most_watched]; }
  static uint16_t tag_of(uint64_t request) { return static_cast<uint16_t>(request >> 48U) | 1U; }
  bool settle_answered(uint64_t request, int status, std::optional<int64_t> time, uint64_t connection);
  void give_up(Watch& watch);
  bool too_late(const Watch& watch, std::optional<int64_t> time) const;
  int status_logged_before(const Watch& watch);

  void merge_captures();
  void join_capture(RefusalGroup& capture);
  void join_error(RefusalGroup& error);
  std::map<RefusalKey, RefusalGroup> groups_;
  std::vector<Watch> watches_ = std::vector<Watch>(most_watched);
  /// Almost every request is no retry: a look at two bytes says so. 0 where nothing is watched.
  std::vector<uint16_t> tags_ = std::vector<uint16_t>(most_watched);
  size_t watched_ = 0;
  std::vector<Answer> answers_ = std::vector<Answer>(most_answers);
};

}  // namespace astray::explain
