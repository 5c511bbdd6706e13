#include "explain/chronicle.h"

#include <algorithm>

#include "explain/canonical_name.h"
#include "explain/refusals.h"

namespace astray::explain {
namespace {

constexpr size_t most_names = size_t{1} << 16;
constexpr int64_t clock_tolerance = 300'000'000;  // microseconds
constexpr size_t most_examples = 3;

uint64_t hash_of(std::string_view text, uint64_t seed) {
  const uint64_t hash = std::hash<std::string_view>{}(text);
  return (hash ^ (seed + 0x9e3779b97f4a7c15U + (hash << 6U) + (hash >> 2U))) * 0xff51afd7ed558ccdU;
}

/// 0: the log does not say which connection it was.
uint64_t connection_key(const Sighting& s) {
  // Clients number from 1 in each capture.
  if (s.kind == Witnessed::capture) return s.connection.known() ? hash_of(s.connection.text, 100 + s.file) | 1U : 0;
  if (s.connection.known()) return hash_of(s.connection.text, static_cast<uint64_t>(s.server)) | 1U;
  if (s.client.known() && s.client_port.known()) return hash_of(s.client_port.text, hash_of(s.client.text, 7)) | 1U;
  return 0;
}

std::string connection_name(const Sighting& s) {
  if (s.connection.known()) return std::string(s.connection.text);
  return std::string(s.client.text) + ":" + std::string(s.client_port.text);
}

/// What stays the same when the client asks again; nothing when the log does not say who asked. A capture is
/// of one client.
std::optional<uint64_t> request_key(const Sighting& s, std::string_view authority) {
  if (s.exchange.known()) return hash_of(s.exchange.text, 200 + s.file);
  if (s.kind == Witnessed::capture) return hash_of(authority, 300 + s.file);
  if (s.client.known()) return hash_of(s.client.text, hash_of(authority, 3));
  return std::nullopt;
}

SeenName seen(Fact::State state, std::string_view text) {
  return {state, std::string(text)};
}

void remember(LinePlace place, std::vector<LinePlace>& places) {
  if (places.size() < most_examples) places.push_back(place);
}

}  // namespace

struct Chronicle::Parts {
  NameList names{most_names};
  OpenConnections connections;
  Refusals refusals;
  std::vector<bool> is_site = std::vector<bool>(most_names);  ///< by NameId: requests were for it
  /// By NameId: on the name's own connections client certificates were asked for.
  std::vector<bool> asks_certificates = std::vector<bool>(most_names);
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
};

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

void Chronicle::trouble(Trouble trouble, uint32_t file, uint64_t line) {
  TroubleNote& note = story_.troubles[static_cast<size_t>(trouble)];
  if (note.count++ == 0) note.first = {file, line};
}

void Chronicle::note_source(const Sighting& s) {
  if (story_.sources.empty()) return;
  SourceNote& note = story_.sources.back();
  ++note.requests;
  note.has_sni = note.has_sni || s.sni.state != Fact::State::not_logged;
  note.has_authority = note.has_authority || s.authority.state != Fact::State::not_logged;
  note.has_connection = note.has_connection || s.connection.known() || s.client_port.known();
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
  if (s.time && ((options_.since && *s.time < *options_.since) || (options_.until && *s.time > *options_.until))) {
    ++story_.outside;
    return;
  }
  note_source(s);
  ++story_.requests;
  if (s.time) {
    if (!story_.first || *s.time < *story_.first) story_.first = s.time;
    if (!story_.last || *s.time > *story_.last) story_.last = s.time;
  }

  Parts& parts = *parts_;
  const std::string_view sni = canonical_name(s.sni.text, parts.sni_buffer);
  const std::string_view authority = canonical_name(s.authority.text, parts.authority_buffer);
  if (s.sni.known() && s.authority.known()) {
    ++story_.comparable;
    story_.differing += sni != authority;
  }
  // An error log's line stands beside one of the access log: it opens no connection of its own.
  const bool is_exchange = s.kind == Witnessed::access || s.kind == Witnessed::capture;
  const uint64_t key = is_exchange ? connection_key(s) : 0;
  OpenConnection none;
  bool known = false;
  OpenConnection* connection = &none;
  if (key != 0) {
    const OpenConnections::Found found = parts.connections.find(key);
    connection = &found.connection;
    known = found.known;
  }
  const NameId sni_id = parts.id_of(s.sni.state, sni, connection->sni);
  const NameId authority_id = parts.id_of(s.authority.state, authority, connection->recent[0]);
  if (authority_id > NameId::beyond) parts.is_site[static_cast<size_t>(authority_id)] = true;
  if (sni_id > NameId::beyond && sni_id == authority_id && s.client_certificate_asked == true)
    parts.asks_certificates[static_cast<size_t>(sni_id)] = true;
  const NameId client_id = key == 0 || s.client.state != Fact::State::known
                               ? NameId::not_logged
                               : parts.id_of(s.client.state, s.client.text, connection->client);
  // Every h2 stream has a %k of its own in httpd.
  const uint32_t number = s.server == LogServer::httpd && s.protocol == Protocol::h2 ? 0 : s.request_number;
  if (known && (connection->sni != sni_id || connection->client != client_id)) {
    if (number <= 1) trouble(Trouble::reused_id, s.file, s.line);
    const int64_t look = connection->seen;
    *connection = OpenConnection{};
    connection->key = key;
    connection->seen = look;
    known = false;
  }
  if (key != 0 && !known) {
    connection->sni = sni_id;
    connection->client = client_id;
    connection->first_authority = authority_id;
  }

  const std::optional<uint64_t> request = request_key(s, authority);
  const std::optional<Reason> rung = s.rung.known() ? find_reason(s.rung.text) : std::nullopt;
  const bool refused = is_refusal(s);
  const bool is_sibling = refused && s.status != 421 && is_exchange;
  const bool differs = (s.sni.known() && s.authority.known() && sni != authority) ||
                       (s.sni.state == Fact::State::not_logged && known && connection->first_authority != authority_id);
  // A 404 or 403 for the connection's own name is an ordinary one.
  if (refused && (!is_sibling || differs || (s.status == 403 && s.sni.absent()))) {
    Freshness freshness = Freshness::unknown;
    if (is_exchange) {
      if (number > 1 || known) {
        freshness = Freshness::reused;
      } else if (number == 1 || key != 0) {
        freshness = Freshness::fresh;
      }
    }
    const std::optional<Reason> reason = s.reason.known() ? find_reason(s.reason.text) : std::nullopt;
    const bool answered_before = known && connection->first_answered && connection->first_authority == authority_id;
    const NameId first = s.sni.state == Fact::State::not_logged && known ? connection->first_authority : NameId::not_logged;
    const RefusalKey group_key{.sni = sni_id,
                               .authority = authority_id,
                               .first_authority = first,
                               .server = s.server,
                               .kind = s.kind,
                               .status = s.status,
                               .freshness = freshness,
                               .protocol = s.protocol ? static_cast<int>(*s.protocol) : -1,
                               .scheme = s.scheme ? static_cast<int>(*s.scheme) : -1,
                               .sentence = s.sentence,
                               .reason = reason ? static_cast<int>(*reason) : -1,
                               .no_route = s.status == 404,
                               .back_said_so = s.back_status == 421 && s.status == 421,
                               .answered_before = answered_before,
                               .back_reused = s.back_reused ? static_cast<int>(*s.back_reused) : -1,
                               .written_by = s.written_by,
                               .rung = rung ? static_cast<int>(*rung) : -1,
                               .client_certificate_asked = s.client_certificate_asked ? static_cast<int>(*s.client_certificate_asked) : -1};
    const auto make_evidence = [&] {
      return Evidence{.server = s.server,
                      .told_by = s.kind == Witnessed::error ? s.server : LogServer::unknown,
                      .kind = s.kind,
                      .status = s.status,
                      .sni = seen(s.sni.state, sni),
                      .authority = seen(s.authority.state, authority),
                      .first_authority = std::string(parts.names.text(first)),
                      .freshness = freshness,
                      .answered_before = answered_before,
                      .protocol = s.protocol,
                      .scheme = s.scheme,
                      .sentence = s.sentence,
                      .reason = reason,
                      .no_route = group_key.no_route,
                      .back_said_so = group_key.back_said_so,
                      .back_reused = s.back_reused,
                      .written_by = s.written_by,
                      .rung = rung,
                      .server_field = std::string(s.server_field.text),
                      .client_certificate_asked = s.client_certificate_asked};
    };
    if (options_.on_refused) {
      const Evidence evidence = make_evidence();
      options_.on_refused(s, judge(evidence));
    }
    RefusalGroup* group = parts.refusals.find(group_key, make_evidence);
    if (group == nullptr) {
      ++story_.incidents_left_out;
    } else {
      Incident& incident = group->incident;
      ++incident.count;
      remember({s.file, s.line}, incident.examples);
      if (s.time && (!incident.first || *s.time < *incident.first)) incident.first = s.time;
      if (s.time && (!incident.last || *s.time > *incident.last)) incident.last = s.time;
      if (s.client.known()) incident.clients.add(s.client.text);
      if (s.back.known()) incident.backs.add(s.back.text);
      if (incident.virtual_host.empty()) incident.virtual_host = s.virtual_host.text;
      if (incident.handshake_virtual_host.empty()) incident.handshake_virtual_host = s.handshake_virtual_host.text;
      if (key != 0 && !incident.connection) {
        ConnectionRow row{.id = connection_name(s),
                          .client = std::string(s.client.text),
                          .sni = seen(s.sni.state, sni),
                          .protocol = s.protocol,
                          .requests = connection->requests,
                          .certificate = std::string(s.certificate.text),
                          .authorities = {}};
        for (size_t i = std::size(connection->recent); i-- > 0;) {
          if (connection->recent[i] > NameId::beyond) row.authorities.emplace_back(parts.names.text(connection->recent[i]));
        }
        incident.connection = std::move(row);
      }
      if (is_exchange) {
        if (s.time) story_.over_time.add(*s.time);
        if (request) {
          parts.refusals.watch(*request, hash_of(s.path.text, 5), *group, s.time, key);
        } else {
          ++incident.retries.unknowable;
        }
      }
    }
  } else if (parts.refusals.watching() && request && s.status != 0) {
    parts.refusals.answered(*request, s.status, s.time, key);
  }

  if (key == 0) return;
  ++connection->requests;
  connection->highest_number = std::max(connection->highest_number, number);
  if (!refused && s.status != 0 && connection->first_authority == authority_id) connection->first_answered = true;
  if (connection->recent[0] != authority_id) {
    std::copy_backward(std::begin(connection->recent), std::end(connection->recent) - 1, std::end(connection->recent));
    connection->recent[0] = authority_id;
  }
}

Story Chronicle::finish() {
  parts_->refusals.settle();
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
