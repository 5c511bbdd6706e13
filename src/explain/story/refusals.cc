#include "explain/story/refusals.h"

#include <algorithm>
#include <utility>

namespace astray::explain {
namespace {

/// Error logs mostly have local time without a zone, and zones differ by quarters of an hour: whether the two
/// could have been at one time, so far as that can be told.
bool could_be_at_one_time(const Incident& a, const Incident& b) {
  constexpr int64_t quarter = 900'000'000;  // microseconds
  constexpr int64_t apart = 2'000'000;
  if (!a.first || !b.first) return true;
  const int64_t least = *b.first - *a.last - apart;
  const int64_t most = *b.last - *a.first + apart;
  // Whether a multiple of a quarter of an hour lies within.
  const int64_t below = least >= 0 ? (least + quarter - 1) / quarter : -(-least / quarter);
  return below * quarter <= most;
}

/// Whether what an error log said fits what an access log has.
bool tells_of(const Incident& error_log, const Incident& access_log) {
  const Evidence& error = error_log.evidence;
  const Evidence& access = access_log.evidence;
  if ((access.kind != Witnessed::access && access.kind != Witnessed::capture) || access.status != error.status) return false;
  if (error.authority.known() && access.authority.known() && error.authority.text != access.authority.text) return false;
  return could_be_at_one_time(error_log, access_log);
}

bool share_a_client(const Incident& a, const Incident& b) {
  const std::vector<Tally::Row> left = a.clients.rows(64);
  const std::vector<Tally::Row> right = b.clients.rows(64);
  if (left.empty() || right.empty()) return true;  // nothing speaks against it
  return std::any_of(left.begin(), left.end(), [&](const Tally::Row& row) {
    return std::any_of(right.begin(), right.end(), [&](const Tally::Row& other) { return row.text == other.text; });
  });
}

/// How the logs stand to each other.
enum class Hops : uint8_t { one, front_and_back, strangers };
Hops hops_of(const Incident& error, const Incident& access) {
  const LogServer server = access.evidence.server;
  const bool may_be_one = server == error.evidence.server || server == LogServer::unknown;
  if (may_be_one && share_a_client(error, access)) {
    const SeenName& told = error.evidence.sni;
    const SeenName& logged = access.evidence.sni;
    const bool both = told.state != Fact::State::not_logged && logged.state != Fact::State::not_logged;
    if (both && told != logged) return Hops::strangers;
    // nginx compares the names only where an SNI came.
    if (error.evidence.sentence == ErrorSentence::nginx_other_name && logged.absent()) return Hops::strangers;
    return Hops::one;
  }
  // The client of the back is the front, and that of the front somebody else.
  if (!may_be_one || access.evidence.back_said_so || server == LogServer::unknown) return Hops::front_and_back;
  return Hops::strangers;
}

/// What the error log of the same hop adds.
void join(const Incident& error, Incident& access) {
  Evidence& evidence = access.evidence;
  if (evidence.sni.state == Fact::State::not_logged) evidence.sni = error.evidence.sni;
  if (evidence.authority.state == Fact::State::not_logged) evidence.authority = error.evidence.authority;
  if (!evidence.protocol) evidence.protocol = error.evidence.protocol;
  evidence.sentence = error.evidence.sentence;
  evidence.told_by = error.evidence.server;
  access.error_examples = error.examples;
  if (access.handshake_virtual_host.empty()) access.handshake_virtual_host = error.handshake_virtual_host;
}

/// What the logs of a back add to those of the front: the SNI that counts is the one that the back got.
void join_behind(const Incident& back, Incident& front) {
  Evidence& evidence = front.evidence;
  const LogServer logs = evidence.server;
  const std::optional<Scheme> scheme = evidence.scheme;
  evidence = back.evidence;
  evidence.kind = Witnessed::access;
  evidence.scheme = scheme;
  evidence.server = logs;
  evidence.told_by = back.evidence.told_by;
  front.error_examples = back.error_examples.empty() ? back.examples : back.error_examples;
  if (!back.virtual_host.empty()) front.virtual_host = back.virtual_host;
  front.handshake_virtual_host = back.handshake_virtual_host;
  front.connection.reset();  // to the front, of which the SNI is another one
}

/// Whether the connection was fresh to the one and not to the other.
bool tell_unlike(const Evidence& seen, const Evidence& logged) {
  return seen.freshness != Freshness::unknown && logged.freshness != Freshness::unknown && seen.freshness != logged.freshness;
}

/// Whether a capture may have recorded what an access log has. Both have a zone: the clocks of two machines may be
/// apart by this much.
bool captured(const Incident& capture, const Incident& access) {
  constexpr int64_t apart = 2'000'000;  // microseconds
  const Evidence& seen = capture.evidence;
  const Evidence& logged = access.evidence;
  if (logged.kind != Witnessed::access || logged.status != seen.status || capture.count > access.count) return false;
  const auto agree = [](const SeenName& a, const SeenName& b) {
    return a.state == Fact::State::not_logged || b.state == Fact::State::not_logged || a == b;
  };
  // Without the Host nothing says that it is one request.
  if (!seen.authority.known() || seen.authority != logged.authority || !agree(seen.sni, logged.sni)) return false;
  if (seen.protocol && logged.protocol && seen.protocol != logged.protocol) return false;
  if (tell_unlike(seen, logged) && !logged.freshness_by_place) return false;
  if (capture.first && access.first && (*capture.first > *access.last + apart || *capture.last < *access.first - apart)) return false;
  return share_a_client(capture, access);
}

/// The refused request's line stands before that of the request which opened its connection: the client knows the order.
void put_in_order(const Incident& capture, Incident& access) {
  access.evidence.freshness = capture.evidence.freshness;
  access.evidence.freshness_by_place = false;
  if (!access.connection || !capture.connection) return;
  access.connection->requests = capture.connection->requests;
  access.connection->authorities = capture.connection->authorities;
}

/// Retries of which one does not know how they went.
uint64_t missed(const Retries& retries) {
  return retries.not_seen + retries.unknowable;
}

/// What the client recorded adds to what the server logged.
void join_captured(const Incident& capture, Incident& access) {
  Evidence& evidence = access.evidence;
  const Evidence& seen = capture.evidence;
  if (evidence.sni.state == Fact::State::not_logged) evidence.sni = seen.sni;
  if (!evidence.protocol) evidence.protocol = seen.protocol;
  if (!evidence.scheme) evidence.scheme = seen.scheme;
  if (evidence.freshness == Freshness::unknown) evidence.freshness = seen.freshness;
  if (tell_unlike(seen, evidence)) put_in_order(capture, access);
  if (evidence.written_by == HopSoftware::none) evidence.written_by = seen.written_by;
  if (evidence.server_field.empty()) evidence.server_field = seen.server_field;
  // Of requests that were not captured these are not known, and they need not be the same.
  if (capture.count == access.count) {
    evidence.rung = seen.rung;
    evidence.client_certificate_asked = seen.client_certificate_asked;
    if (missed(capture.retries) < missed(access.retries)) access.retries = capture.retries;
  }
  access.captured_examples = capture.examples;
  if (!access.connection) access.connection = capture.connection;
  if (capture.connection && access.connection->certificate.empty()) access.connection->certificate = capture.connection->certificate;
}

void add(Retries& to, const Retries& more) {
  to.succeeded += more.succeeded;
  to.failed += more.failed;
  to.refused_again += more.refused_again;
  to.not_seen += more.not_seen;
  to.unknowable += more.unknowable;
  to.on_fresh += more.on_fresh;
  to.on_same += more.on_same;
}

bool same_story(const Incident& a, const Incident& b) {
  return a.judgement.cause == b.judgement.cause && a.judgement.sender == b.judgement.sender &&
         a.evidence.sni == b.evidence.sni && a.evidence.authority == b.evidence.authority &&
         a.evidence.status == b.evidence.status && a.evidence.freshness == b.evidence.freshness &&
         a.judgement.confidence == b.judgement.confidence;
}

/// Groups that differ in nothing that a reader sees are one.
void merge(Incident& into, Incident&& more) {
  into.count += more.count;
  if (more.first && (!into.first || *more.first < *into.first)) into.first = more.first;
  if (more.last && (!into.last || *more.last > *into.last)) into.last = more.last;
  for (const Tally::Row& row : more.clients.rows(64)) into.clients.add(row.text, row.count);
  for (const Tally::Row& row : more.backs.rows(16)) into.backs.add(row.text, row.count);
  for (const LinePlace& place : more.examples) {
    if (into.examples.size() < 3) into.examples.push_back(place);
  }
  add(into.retries, more.retries);
  if (!into.connection) into.connection = std::move(more.connection);
}

}  // namespace

bool Refusals::too_late(const Watch& watch, std::optional<int64_t> time) const {
  return time && watch.time && *time - *watch.time > patience;
}

void Refusals::give_up(Watch& watch) {
  Retries& retries = watch.group->incident.retries;
  if (watch.earlier_status == 0) {
    ++retries.not_seen;
  } else {
    ++(watch.earlier_status < 400 ? retries.succeeded : retries.failed);
    ++retries.on_fresh;
  }
  tags_[static_cast<size_t>(&watch - watches_.data())] = 0;
  watch = Watch{};
  --watched_;
}

/// A retry is for the same path, and begins when the request before it has been refused. Logs may have whole seconds.
int Refusals::status_logged_before(const Watch& watch) {
  Answer& answer = answers_[watch.request % most_answers];
  if (answer.status == 0 || answer.request != watch.request || answer.path != watch.path || answer.connection == watch.connection) return 0;
  if (!watch.time || answer.time < *watch.time || answer.time - *watch.time > patience) return 0;
  return std::exchange(answer, {}).status;
}

void Refusals::watch(uint64_t request, uint64_t path, RefusalGroup& group, std::optional<int64_t> time, uint64_t connection) {
  Watch& watch = slot(request);
  uint32_t in_a_row = 1;
  if (watch.group != nullptr && watch.request == request && !too_late(watch, time)) {
    Retries& retries = watch.group->incident.retries;
    ++retries.refused_again;
    if (connection != 0 && watch.connection != 0) ++(connection == watch.connection ? retries.on_same : retries.on_fresh);
    if (path == watch.path) in_a_row = watch.in_a_row + 1;
  } else if (watch.group != nullptr) {
    give_up(watch);
    ++watched_;
  } else {
    ++watched_;
  }
  if (in_a_row >= storm_begins) group.in_storms += in_a_row == storm_begins ? storm_begins : 1;
  watch = Watch{request, &group, time, connection, path, in_a_row};
  watch.earlier_status = status_logged_before(watch);
  tags_[request % most_watched] = tag_of(request);
}

bool Refusals::settle_answered(uint64_t request, int status, std::optional<int64_t> time, uint64_t connection) {
  Watch& watch = slot(request);
  if (watch.group == nullptr || watch.request != request) return false;
  if (too_late(watch, time)) {
    give_up(watch);
    return false;
  }
  Retries& retries = watch.group->incident.retries;
  ++(status < 400 ? retries.succeeded : retries.failed);
  if (connection != 0 && watch.connection != 0) ++(connection == watch.connection ? retries.on_same : retries.on_fresh);
  tags_[request % most_watched] = 0;
  watch = Watch{};
  --watched_;
  return true;
}

void Refusals::settle() {
  for (Watch& watch : watches_) {
    if (watch.group != nullptr) give_up(watch);
  }
}

void Refusals::doubt_freshness(uint32_t file) {
  for (auto& [key, group] : groups_) {
    Evidence& evidence = group.incident.evidence;
    if (evidence.freshness_by_place && group.incident.examples[0].file == file) evidence.freshness = Freshness::unknown;
  }
}

/// A client that asks again on the same connection has another rung for that; the log of the server knows none of it.
void Refusals::merge_captures() {
  std::vector<RefusalGroup*> told;
  for (auto& [key, group] : groups_) {
    if (key.kind != Witnessed::capture || group.in_storms > 0) continue;
    Incident& more = group.incident;
    more.judgement = judge(more.evidence);
    const auto same = std::find_if(told.begin(), told.end(), [&](const RefusalGroup* other) {
      const Incident& into = other->incident;
      return into.examples[0].file == more.examples[0].file && into.evidence.protocol == more.evidence.protocol && same_story(into, more);
    });
    if (same == told.end()) {
      told.push_back(&group);
    } else {
      merge((*same)->incident, std::move(more));
      group.joined = true;
    }
  }
}

void Refusals::join_capture(RefusalGroup& capture) {
  RefusalGroup* found = nullptr;
  for (auto& [key, access] : groups_) {
    if (!access.incident.captured_examples.empty() || !captured(capture.incident, access.incident)) continue;
    const bool agree = !tell_unlike(capture.incident.evidence, access.incident.evidence);
    if (found == nullptr || agree) found = &access;
    if (agree) break;
  }
  if (found == nullptr) return;
  join_captured(capture.incident, found->incident);
  capture.joined = true;
}

void Refusals::join_error(RefusalGroup& error) {
  std::vector<RefusalGroup*> fronts;
  RefusalGroup* own = nullptr;  // the access log of the same hop
  for (auto& [key, access] : groups_) {
    if (access.joined || !tells_of(error.incident, access.incident)) continue;
    const Hops hops = hops_of(error.incident, access.incident);
    if (hops == Hops::strangers) continue;
    error.joined = true;
    if (access.incident.evidence.sentence != ErrorSentence::none) continue;
    if (hops == Hops::one) {
      join(error.incident, access.incident);
      if (own == nullptr) own = &access;
    } else {
      fronts.push_back(&access);
    }
  }
  for (RefusalGroup* front : fronts) {
    join_behind(own != nullptr ? own->incident : error.incident, front->incident);
    // The front's line and the back's are one request.
    if (own == nullptr) continue;
    own->incident.count -= std::min(own->incident.count, front->incident.count);
    own->joined = own->incident.count == 0;
  }
}

std::vector<Incident> Refusals::incidents(const std::function<bool(std::string_view)>& is_a_site) {
  merge_captures();
  for (auto& [key, group] : groups_) {
    if (key.kind == Witnessed::capture && !group.joined) join_capture(group);
  }
  std::vector<RefusalGroup*> errors;
  for (auto& [key, group] : groups_) {
    if (key.kind == Witnessed::error) errors.push_back(&group);
  }
  // A sentence with names says more than one without.
  std::stable_sort(errors.begin(), errors.end(), [](const RefusalGroup* a, const RefusalGroup* b) {
    return a->incident.evidence.authority.known() > b->incident.evidence.authority.known();
  });
  bool httpd_said_more = false;
  for (RefusalGroup* error : errors) {
    const ErrorSentence sentence = error->incident.evidence.sentence;
    httpd_said_more = httpd_said_more || sentence == ErrorSentence::httpd_incompatible ||
                      sentence == ErrorSentence::httpd_incompatible_no_sni;
    join_error(*error);
    // AH03367 follows AH02032 for one request.
    if (sentence == ErrorSentence::httpd_h2_refused && httpd_said_more) error->joined = true;
  }
  for (auto& [key, group] : groups_) {
    Evidence& evidence = group.incident.evidence;
    evidence.sni_is_a_site = evidence.sni.known() && is_a_site(evidence.sni.text);
  }

  std::vector<Incident> all;
  for (auto& [key, group] : groups_) {
    if (group.joined) continue;
    Incident& incident = group.incident;
    incident.judgement = judge(incident.evidence);
    if (group.in_storms > 0) {
      Incident storm = incident;
      storm.count = group.in_storms;
      storm.judgement.because =
          "one client sent the same request at least ten times in a row; the 421 itself: " + storm.judgement.because;
      storm.judgement.cause = Cause::retry_storm;
      storm.judgement.confidence = Confidence::certain;
      storm.retries = {};
      incident.count -= group.in_storms;
      all.push_back(std::move(storm));
    }
    if (incident.count == 0) continue;
    const auto same = std::find_if(all.begin(), all.end(), [&](const Incident& other) { return same_story(other, incident); });
    if (same != all.end()) {
      merge(*same, std::move(incident));
    } else {
      all.push_back(std::move(incident));
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Incident& a, const Incident& b) { return a.count > b.count; });
  return all;
}

}  // namespace astray::explain
