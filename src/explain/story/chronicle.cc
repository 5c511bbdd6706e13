#include "explain/story/chronicle.h"

#include <algorithm>
#include <array>

#include "explain/story/canonical_name.h"
#include "explain/story/chronicle_parts.h"

namespace astray::explain {
namespace {

constexpr int64_t clock_tolerance = 300'000'000;  // microseconds
constexpr size_t most_sealed_kinds = 16;

/// 0: the log does not say which connection it was.
uint64_t connection_key(const Sighting& s) {
  // An error log's line stands beside one of the access log: it opens no connection of its own.
  if (!is_exchange(s)) return 0;
  // Clients number from 1 in each capture.
  if (s.kind == Witnessed::capture) return s.connection.known() ? hash_of(s.connection.text, 100 + s.file) | 1U : 0;
  if (s.connection.known()) return hash_of(s.connection.text, static_cast<uint64_t>(s.server)) | 1U;
  if (s.client.known() && s.client_port.known()) return hash_of(s.client_port.text, hash_of(s.client.text, 7)) | 1U;
  return 0;
}

}  // namespace

Chronicle::Chronicle(ChronicleOptions options)
    : options_(std::move(options)), parts_(std::make_unique<Parts>(options_.open_connections)) {}
Chronicle::~Chronicle() = default;

void Chronicle::begin_source(std::string name) {
  story_.sources.emplace_back().name = std::move(name);
  parts_->latest.reset();
}

void Chronicle::end_source(const std::string& format, LogServer server, uint64_t lines, const std::string& failure) {
  SourceNote& note = story_.sources.back();
  note.format = format;
  if (note.server == LogServer::unknown) note.server = server;
  note.lines = lines;
  note.failure = failure;
}

void Chronicle::aside() {
  ++story_.asides;
  if (!story_.sources.empty()) ++story_.sources.back().asides;
}

void Chronicle::trouble(Trouble trouble, uint32_t file, uint64_t line) {
  TroubleNote& note = story_.troubles[static_cast<size_t>(trouble)];
  if (note.count++ == 0) note.first = {file, line};
}

void Chronicle::sealed_connection(const Sighting& s) {
  if (story_.sources.empty()) return;
  SourceNote& note = story_.sources.back();
  note.is_capture = true;
  ++note.sealed_count;
  const std::string_view sni = canonical_name(s.sni.text, parts_->sni_buffer);
  for (SealedConnection& kind : note.sealed) {
    if (kind.sni.state != s.sni.state || kind.sni.text != sni || kind.certificate != s.certificate.text || kind.back != s.back.text) continue;
    ++kind.count;
    return;
  }
  if (note.sealed.size() < most_sealed_kinds)
    note.sealed.push_back({{s.sni.state, std::string(sni)}, std::string(s.certificate.text), std::string(s.back.text), 1});
}

void Chronicle::note_source(const Sighting& s) {
  if (story_.sources.empty()) return;
  SourceNote& note = story_.sources.back();
  ++note.requests;
  note.has_sni = note.has_sni || s.sni.state != Fact::State::not_logged;
  note.has_authority = note.has_authority || s.authority.state != Fact::State::not_logged;
  note.has_connection = note.has_connection || s.connection.known() || s.client_port.known();
  note.has_request_numbers = note.has_request_numbers || s.request_number != 0;
  note.has_time = note.has_time || s.time.has_value();
  note.has_client = note.has_client || s.client.known();
  note.is_error_log = note.is_error_log || s.kind == Witnessed::error;
  note.is_capture = note.is_capture || s.kind == Witnessed::capture;
  note.is_response = note.is_response || s.kind == Witnessed::response || s.kind == Witnessed::other_protocol;
  if (note.server == LogServer::unknown) note.server = s.server;
  if (!s.time) return;
  if (parts_->latest && *s.time < *parts_->latest - clock_tolerance) trouble(Trouble::clock_back, s.file, s.line);
  if (!parts_->latest || *s.time > *parts_->latest) parts_->latest = s.time;
}

void Chronicle::request(const Sighting& s) {
  tell(s, connection_key(s));
}

/// The table of connections lies in memory, far away: what the next sightings need is on its way while others are told.
void Chronicle::requests(std::span<const Sighting> sightings) {
  constexpr size_t ahead = 16;
  std::array<uint64_t, ahead> keys{};
  for (size_t i = 0; i < sightings.size() + ahead; ++i) {
    if (i >= ahead) tell(sightings[i - ahead], keys[i % ahead]);
    if (i >= sightings.size()) continue;
    keys[i % ahead] = connection_key(sightings[i]);
    if (keys[i % ahead] != 0) parts_->connections.fetch(keys[i % ahead]);
  }
}

// The steps of tell(), which is called for each line: inline, or they cost a twentieth of it.
inline bool Chronicle::is_outside(const Sighting& s) const {
  return s.time && ((options_.since && *s.time < *options_.since) || (options_.until && *s.time > *options_.until));
}

inline void Chronicle::count(const Sighting& s) {
  note_source(s);
  ++story_.requests;
  if (!s.time) return;
  if (!story_.first || *s.time < *story_.first) story_.first = s.time;
  if (!story_.last || *s.time > *story_.last) story_.last = s.time;
}

inline void Chronicle::note_names(const Sighting& s, const ComparedName& sni, const ComparedName& authority) {
  if (s.sni.known() && s.authority.known()) {
    ++story_.comparable;
    story_.differing += sni.text != authority.text;
  }
  if (authority.id > NameId::beyond) parts_->is_site[static_cast<size_t>(authority.id)] = true;
  if (sni.id > NameId::beyond && sni.id == authority.id && s.client_certificate_asked == true)
    parts_->asks_certificates[static_cast<size_t>(sni.id)] = true;
}

inline Chronicle::Heard Chronicle::hear(const Sighting& s, uint64_t key) {
  Parts& parts = *parts_;
  bool known = false;
  OpenConnection* connection = &parts.no_connection;
  if (key != 0) {
    const OpenConnections::Found found = parts.connections.find(key);
    connection = &found.connection;
    known = found.known;
  }
  const ComparedName sni = parts.name_of(s.sni, {connection->sni}, parts.sni_buffer);
  const ComparedName authority = parts.name_of(s.authority, {connection->recent[0], sni.id}, parts.authority_buffer);
  note_names(s, sni, authority);
  const NameId client = key == 0 || s.client.state != Fact::State::known
                            ? NameId::not_logged
                            : parts.id_of(s.client.state, s.client.text, connection->client);
  // Every h2 stream has a %k of its own in httpd.
  const uint32_t number = s.server == LogServer::httpd && s.protocol == Protocol::h2 ? 0 : s.request_number;
  if (known && (connection->sni != sni.id || connection->client != client)) {
    if (number <= 1) trouble(Trouble::reused_id, s.file, s.line);
    *connection = OpenConnection{};
    known = false;
  }
  if (key != 0 && !known) {
    connection->sni = sni.id;
    connection->client = client;
    connection->first_authority = authority.id;
  }
  return {s, key, *connection, known, number, sni, authority, is_refusal(s)};
}

/// Whether a refusal is one of a misdirected request: a 404 or 403 for the connection's own name is an ordinary one, and so is one in clear.
inline bool Chronicle::is_misdirected(const Heard& heard) {
  if (!heard.refused) return false;
  const Sighting& s = heard.sighting;
  if (s.status == 421 || !is_exchange(s)) return true;
  const bool other_name = s.sni.known() && s.authority.known() && heard.sni.text != heard.authority.text;
  const bool other_than_before =
      s.sni.state == Fact::State::not_logged && heard.known && heard.connection.first_authority != heard.authority.id;
  return other_name || other_than_before || (s.status == 403 && s.sni.absent() && s.scheme == Scheme::https);
}

/// A request that was not refused may be a retry: of one that was, or of one whose line is still to come.
inline void Chronicle::tell_answer(const Heard& heard) {
  Refusals& refusals = parts_->refusals;
  const Sighting& s = heard.sighting;
  const bool may_be_early = heard.key != 0 && !heard.known && s.time && s.kind == Witnessed::access;
  if (!may_be_early && !refusals.watching()) return;
  const std::optional<uint64_t> request = request_key(s, heard.authority.text);
  if (!request || refusals.answered(*request, s.status, s.time, heard.key) || !may_be_early) return;
  refusals.keep({.request = *request, .path = path_key(s), .time = *s.time, .connection = heard.key, .status = s.status});
}

inline void Chronicle::remember(const Heard& heard) {
  OpenConnection& connection = heard.connection;
  ++connection.requests;
  if (!heard.refused && heard.sighting.status != 0 && connection.first_authority == heard.authority.id) connection.first_answered = true;
  if (connection.recent[0] == heard.authority.id) return;
  std::copy_backward(std::begin(connection.recent), std::end(connection.recent) - 1, std::end(connection.recent));
  connection.recent[0] = heard.authority.id;
}

void Chronicle::tell(const Sighting& s, uint64_t key) {
  if (is_outside(s)) {
    ++story_.outside;
    return;
  }
  count(s);
  const Heard heard = hear(s, key);
  if (is_misdirected(heard)) {
    tell_refusal(heard);
  } else if (s.status != 0) {
    tell_answer(heard);
  }
  if (key != 0) remember(heard);
}

Story Chronicle::finish() {
  parts_->refusals.settle();
  for (size_t file = 0; file < story_.sources.size(); ++file) {
    if (story_.sources[file].is_excerpt()) parts_->refusals.doubt_freshness(static_cast<uint32_t>(file));
  }
  story_.incidents = parts_->refusals.incidents([this](std::string_view name) {
    const NameId id = parts_->names.add(name);
    return id > NameId::beyond && parts_->is_site[static_cast<size_t>(id)];
  });
  for (Incident& incident : story_.incidents) {
    const Evidence& evidence = incident.evidence;
    if (!incident.judgement.attribute && evidence.client_certificate_asked == false && evidence.authority.known()) {
      const NameId id = parts_->names.add(evidence.authority.text);
      if (id > NameId::beyond && parts_->asks_certificates[static_cast<size_t>(id)]) {
        incident.judgement.attribute = Reason::client_authentication_differs;
        incident.judgement.because +=
            "; a connection of its own was asked for a client certificate, and this one was not";
      }
    }
    story_.refused += incident.count;
    story_.by_cause.add(info(incident.judgement.cause).id, incident.count);
    story_.by_hop.add(incident.judgement.sender, incident.count);
    for (const Tally::Row& row : incident.clients.rows(64)) story_.by_client.add(row.text, row.count);
    Retries& all = story_.retries;
    const Retries& more = incident.retries;
    all.succeeded += more.succeeded;
    all.failed += more.failed;
    all.refused_again += more.refused_again;
    all.not_seen += more.not_seen;
    all.unknowable += more.unknowable;
    all.on_fresh += more.on_fresh;
    all.on_same += more.on_same;
  }
  story_.refused += story_.incidents_left_out;
  story_.connections_bound = parts_->connections.bound();
  story_.connections_evicted = parts_->connections.evicted();
  story_.names_left_out = parts_->names.left_out();
  return std::move(story_);
}

}  // namespace astray::explain
