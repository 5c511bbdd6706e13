// What becomes of a request that was refused: it joins those that were refused alike, and its client is watched.
#include "explain/story/chronicle_parts.h"

namespace astray::explain {
namespace {

constexpr size_t most_examples = 3;

void keep(LinePlace place, std::vector<LinePlace>& places) {
  if (places.size() < most_examples) places.push_back(place);
}

SeenName seen(const Fact& fact, const ComparedName& name) {
  return {fact.state, std::string(name.text)};
}

template <typename T>
int code_of(const std::optional<T>& value) {
  return value ? static_cast<int>(*value) : -1;
}

std::string connection_name(const Sighting& s) {
  if (s.connection.known()) return std::string(s.connection.text);
  return std::string(s.client.text) + ":" + std::string(s.client_port.text);
}

Freshness freshness_of(const Sighting& s, uint32_t number, bool known, uint64_t key) {
  if (!is_exchange(s)) return Freshness::unknown;
  if (number > 1 || known) return Freshness::reused;
  return number == 1 || key != 0 ? Freshness::fresh : Freshness::unknown;
}

/// Where and when, and whose.
void add_place(const Sighting& s, Incident& incident) {
  ++incident.count;
  keep({s.file, s.line}, incident.examples);
  if (s.time && (!incident.first || *s.time < *incident.first)) incident.first = s.time;
  if (s.time && (!incident.last || *s.time > *incident.last)) incident.last = s.time;
  if (s.client.known()) incident.clients.add(s.client.text);
  if (s.back.known()) incident.backs.add(s.back.text);
  if (incident.virtual_host.empty()) incident.virtual_host = s.virtual_host.text;
  if (incident.handshake_virtual_host.empty()) incident.handshake_virtual_host = s.handshake_virtual_host.text;
}

ConnectionRow row_of(const Sighting& s, const ComparedName& sni, const OpenConnection& connection, const NameList& names) {
  ConnectionRow row{.id = connection_name(s),
                    .client = std::string(s.client.text),
                    .sni = seen(s.sni, sni),
                    .protocol = s.protocol,
                    .requests = connection.requests,
                    .certificate = std::string(s.certificate.text),
                    .authorities = {}};
  for (size_t i = std::size(connection.recent); i-- > 0;) {
    if (connection.recent[i] > NameId::beyond) row.authorities.emplace_back(names.text(connection.recent[i]));
  }
  return row;
}

}  // namespace

void Chronicle::tell_refusal(const Heard& heard) {
  Parts& parts = *parts_;
  const Sighting& s = heard.sighting;
  const Freshness freshness = freshness_of(s, heard.number, heard.known, heard.key);
  const std::optional<Reason> reason = s.reason.known() ? find_reason(s.reason.text) : std::nullopt;
  const std::optional<Reason> rung = s.rung.known() ? find_reason(s.rung.text) : std::nullopt;
  const OpenConnection& connection = heard.connection;
  const bool answered_before = heard.known && connection.first_answered && connection.first_authority == heard.authority.id;
  const NameId first = s.sni.state == Fact::State::not_logged && heard.known ? connection.first_authority : NameId::not_logged;
  const RefusalKey group_key{.sni = heard.sni.id,
                             .authority = heard.authority.id,
                             .first_authority = first,
                             .server = s.server,
                             .kind = s.kind,
                             .status = s.status,
                             .freshness = freshness,
                             .protocol = code_of(s.protocol),
                             .scheme = code_of(s.scheme),
                             .sentence = s.sentence,
                             .reason = code_of(reason),
                             .no_route = s.status == 404,
                             .back_said_so = s.back_status == 421 && s.status == 421,
                             .answered_before = answered_before,
                             .back_reused = code_of(s.back_reused),
                             .written_by = s.written_by,
                             .rung = code_of(rung),
                             .client_certificate_asked = code_of(s.client_certificate_asked)};
  const auto make_evidence = [&] {
    return Evidence{.server = s.server,
                    .told_by = s.kind == Witnessed::error ? s.server : LogServer::unknown,
                    .kind = s.kind,
                    .status = s.status,
                    .sni = seen(s.sni, heard.sni),
                    .authority = seen(s.authority, heard.authority),
                    .first_authority = std::string(parts.names.text(first)),
                    .freshness = freshness,
                    .freshness_by_place = freshness == Freshness::fresh && heard.number == 0 && s.kind == Witnessed::access,
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
  if (!story_.sources.empty()) ++story_.sources.back().refused;
  if (options_.on_refused) options_.on_refused(s, judge(make_evidence()));

  RefusalGroup* const group = parts.refusals.find(group_key, make_evidence);
  if (group == nullptr) {
    ++story_.incidents_left_out;
    return;
  }
  Incident& incident = group->incident;
  add_place(s, incident);
  if (heard.key != 0 && !incident.connection) incident.connection = row_of(s, heard.sni, connection, parts.names);
  if (!is_exchange(s)) return;
  if (s.time) story_.over_time.add(*s.time);
  if (const std::optional<uint64_t> request = request_key(s, heard.authority.text)) {
    parts.refusals.watch(*request, path_key(s), *group, s.time, heard.key);
  } else {
    ++incident.retries.unknowable;
  }
}

}  // namespace astray::explain
