#include "probe/outlook.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "names/origin.h"
#include "verdict/judge_retry.h"

namespace astray {
namespace {

std::optional<Host> host_of(const std::string& name) {
  auto host = Host::parse(name);
  if (!host) return std::nullopt;
  return std::move(*host);
}

std::vector<Origin> origins_of(const std::vector<std::string>& texts) {
  std::vector<Origin> origins;
  for (const std::string& text : texts) {
    if (auto origin = Origin::parse(text)) origins.push_back(std::move(*origin));
  }
  return origins;
}

std::string list(const std::vector<std::string_view>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string_view getting(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::misdirected:
      return "another virtual host's answer";
    case CellVerdict::authentication_bypass:
      return "an answer without the client certificate it demands";
    case CellVerdict::rejected_400:
      return "400";
    case CellVerdict::rejected_403:
      return "403";
    case CellVerdict::rejected_404:
      return "404";
    default:
      return "421";
  }
}

bool is_status_page(CellVerdict verdict) {
  return verdict == CellVerdict::rejected_400 || verdict == CellVerdict::rejected_403 ||
         verdict == CellVerdict::rejected_404;
}

}  // namespace

/// What DNS says of a name; for names that the user pinned, the addresses they were pinned to.
class Outlook::AddressBook {
 public:
  AddressBook(std::span<const ResolvedName> resolved, const std::vector<ProbeNode>& nodes) {
    for (const ResolvedName& name : resolved) {
      if (!name.addresses.empty()) addresses_[name.name] = name.addresses;
    }
    std::unordered_map<std::string, std::vector<IpAddress>> pinned;
    for (const ProbeNode& node : nodes) {
      for (size_t i = 0; i < node.names.size(); ++i) {
        const bool is_pinned = i < node.name_addresses.size() && node.name_addresses[i] == 0;
        if (is_pinned) pinned[node.names[i]].push_back(node.endpoint.address);
      }
    }
    for (auto& [name, addresses] : pinned) addresses_.try_emplace(name, std::move(addresses));
  }
  std::optional<std::span<const IpAddress>> find(const std::string& name) const {
    const auto found = addresses_.find(name);
    if (found == addresses_.end()) return std::nullopt;
    return std::span<const IpAddress>(found->second);
  }

 private:
  std::unordered_map<std::string, std::vector<IpAddress>> addresses_;
};

void Outlook::add(NodeIndex node, const ProbeCell& cell) {
  const ConnectionQuestion& connection = *cell.connection;
  const RequestQuestion& request = *cell.request;
  if (connection.protocol != PortProtocol::https || connection.session_of ||
      connection.sni_spelling != Spelling::plain || request.spelling != Spelling::plain ||
      request.placement != Placement::usual || connection.sni_name == request.name || cell.seen.status == 0)
    return;
  const NameId from = names_.find(connection.sni_name);
  const NameId to = names_.find(request.name);
  if (from == NameId::none || to == NameId::none) return;
  const uint64_t key = hash_number(static_cast<uint64_t>(from) << 32 | static_cast<uint32_t>(to),
                                   hash_number(static_cast<uint64_t>(node)));
  const auto [place, added] = places_.try_emplace(key, pairs_.size());
  if (added) pairs_.push_back({.node = node, .from = from, .to = to});
  Pair& pair = pairs_[place->second];
  const bool reused = connection.use == ConnectionUse::reused;
  uint32_t& known = reused ? pair.reused_cell : pair.fresh_cell;
  // The first tells: plans begin without a client certificate. But clients coalesce over HTTP/2 alone.
  const bool better = reused && pair.reused_protocol == Protocol::h1 && cell.seen.protocol != Protocol::h1;
  if (known != 0 && !better) return;
  known = static_cast<uint32_t>(cell.id);
  (reused ? pair.reused : pair.fresh) = cell.verdict;
  if (reused) pair.reused_protocol = cell.seen.protocol;
}

const Baseline* Outlook::carrier(NodeIndex node, NameId name) const {
  const Baseline* best = nullptr;
  for (const Baseline& baseline : baselines_.at(node, name)) {
    if (baseline.status == 0 && baseline.certificate == nullptr) continue;
    if (best == nullptr || (best->protocol == Protocol::h1 && baseline.protocol != Protocol::h1))
      best = &baseline;
  }
  return best;
}

bool Outlook::is_served_on_its_own(NodeIndex node, NameId name) const {
  const std::vector<Baseline>& known = baselines_.at(node, name);
  return std::any_of(known.begin(), known.end(),
                     [](const Baseline& baseline) { return baseline.verdict == CellVerdict::own; });
}

std::vector<OutlookRow> Outlook::rows_of(const Pair& pair, const AddressBook& book,
                                         std::span<const ClientProfile* const> clients) const {
  std::vector<OutlookRow> rows;
  const Baseline* own = carrier(pair.node, pair.from);
  const std::optional<Host> from = host_of(names_.text(pair.from));
  const std::optional<Host> to = host_of(names_.text(pair.to));
  if (own == nullptr || !from || !to) return rows;
  const Endpoint& node = nodes_.at(static_cast<size_t>(pair.node)).endpoint;
  const std::vector<Origin> origin_set = origins_of(own->origin_set);
  PooledConnection connection{.origin = {Scheme::https, *from, node.port}};
  connection.protocol = own->protocol;
  connection.peer = node.address;
  connection.peer_port = node.port;
  connection.origin_dns = book.find(names_.text(pair.from));
  if (own->certificate != nullptr) connection.certificate_names = own->certificate->names.in_file_order();
  connection.trust =
      own->trust == ChainTrust::untrusted ? CertificateTrust::overridden : CertificateTrust::accepted;
  if (own->client_certificate && own->client_certificate_requested)
    connection.client_certificate = ClientCertificateUse::sent;
  if (own->origin_frame) connection.origin_set = std::span<const Origin>(origin_set);
  NewRequest request{.origin = {Scheme::https, *to, node.port}, .dns = book.find(names_.text(pair.to))};

  for (const ClientProfile* client : clients) {
    if (client->coalescing == Coalescing::never) continue;
    const ReuseVerdict verdict = judge_reuse(*client, connection, request);
    const auto same = std::find_if(rows.begin(), rows.end(), [&](const OutlookRow& row) {
      return row.answer == verdict.answer && row.reason == verdict.reason;
    });
    if (same != rows.end()) {
      same->clients.push_back(client->id);
      continue;
    }
    OutlookRow row{
        .from = names_.text(pair.from), .to = names_.text(pair.to), .node = node, .clients = {client->id}};
    row.answer = verdict.answer;
    row.reason = verdict.reason;
    if (pair.reused_cell != 0) {
      row.evidence = OutlookEvidence::reused_connection;
      row.would_get = pair.reused;
      row.cell = pair.reused_cell;
    } else if (pair.fresh_cell != 0) {
      row.evidence = OutlookEvidence::fresh_connection;
      row.would_get = pair.fresh;
      row.cell = pair.fresh_cell;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<OutlookRow> Outlook::rows(std::span<const ResolvedName> resolved,
                                      std::span<const ClientProfile* const> clients, ProbeFindings& findings,
                                      std::vector<std::string>& notes) const {
  const AddressBook book(resolved, nodes_);
  std::vector<OutlookRow> reusing, others;
  uint64_t left_out = 0;
  for (const Pair& pair : pairs_) {
    for (OutlookRow& row : rows_of(pair, book, clients)) {
      const bool reuses = row.answer == ReuseAnswer::reuse;
      if (reuses) find_hazards(row, pair, findings);
      std::vector<OutlookRow>& kept = reuses ? reusing : others;
      if (kept.size() < most_rows) {
        kept.push_back(std::move(row));
      } else {
        ++left_out;
      }
    }
  }
  const size_t room = most_rows - reusing.size();
  if (others.size() > room) {
    left_out += others.size() - room;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(room), others.end());
  }
  reusing.insert(reusing.end(), std::make_move_iterator(others.begin()),
                 std::make_move_iterator(others.end()));
  if (left_out > 0) {
    notes.push_back(fmt::format(
        "{} further rows of the coalescing outlook are left out; findings are made of all", left_out));
  }
  return reusing;
}

void Outlook::find_hazards(const OutlookRow& row, const Pair& pair, ProbeFindings& findings) const {
  const auto tell = [&](const std::vector<std::string_view>& clients, ProbeSeverity severity,
                        std::string_view then, std::string_view next_step) {
    if (clients.empty()) return;
    ProbeFinding finding{.kind = ProbeFindingKind::coalescing_hazard,
                         .severity = severity,
                         .from = row.from,
                         .to = row.to,
                         .sentence = {},
                         .next_step = {},
                         .nodes = {},
                         .cells = {}};
    finding.sentence =
        fmt::format("{} would send requests for {} on the connection opened for {} and get {}{}{}",
                    list(clients), row.to, row.from, getting(row.would_get), then,
                    row.evidence == OutlookEvidence::fresh_connection
                        ? " (seen on a fresh connection with that SNI, as no reused one was asked)"
                        : "");
    finding.next_step = next_step;
    ProbeFinding* kept = findings.add(
        std::move(finding), fmt::format("{} {} {}", row.to, to_string(row.would_get), list(clients)));
    if (kept != nullptr) ProbeFindings::add_evidence(*kept, row.node.text(), row.cell);
  };

  if (row.answer != ReuseAnswer::reuse || row.evidence == OutlookEvidence::none) return;
  if (row.would_get == CellVerdict::misdirected || row.would_get == CellVerdict::authentication_bypass) {
    tell(row.clients, ProbeSeverity::error, "",
         "have the server answer 421 for names that the connection may not carry, or give the names "
         "certificates or addresses that keep clients from coalescing them");
    return;
  }
  // What the name gets on its own is no hazard of coalescing.
  if (!is_served_on_its_own(pair.node, pair.to)) return;
  if (is_status_page(row.would_get)) {
    tell(row.clients, ProbeSeverity::error, ", which no client tries again",
         "answer 421 instead, so that clients try again on a connection of their own, or keep the names "
         "from being "
         "coalesced (certificates that do not cover each other's names)");
  }
  if (row.would_get != CellVerdict::rejected_421) return;
  std::vector<std::string_view> retrying, showing;
  for (const std::string_view id : row.clients) {
    const ClientProfile* client = find_client_profile(id);
    const bool retries =
        client != nullptr && judge_retry(*client, {}).answer == RetryAnswer::retry_on_fresh_connection;
    (retries ? retrying : showing).push_back(id);
  }
  tell(retrying, ProbeSeverity::info, ", and try again on a connection of their own: a detour, no failure",
       "nothing has to be done; certificates that do not cover each other's names save the detour");
  tell(showing, ProbeSeverity::warning, ", which they do not reliably try again: people see the 421",
       "keep these names from being coalesced: certificates that do not cover each other's names, or "
       "addresses of "
       "their own");
}

}  // namespace astray
