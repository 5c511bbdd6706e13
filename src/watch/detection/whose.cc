#include "watch/detection/whose.h"

#include <algorithm>

#include "watch/detection/aspects.h"
#include "watch/detection/pages.h"

namespace astray::watch {
namespace {

/// What the records of other names (or of unknown ones) were used to show.
bool showed_certificate(const RoundView& view, std::span<const size_t> records,
                        std::string_view fingerprint) {
  return std::any_of(records.begin(), records.end(), [&](size_t record) {
    if (const CellAnswer* established = view.established(record))
      return established->certificate == fingerprint;
    const std::vector<size_t> peers = view.peers(record);
    return std::any_of(peers.begin(), peers.end(), [&](size_t peer) {
      const CellAnswer* usual = view.established(peer);
      return (usual != nullptr ? usual : &view.now(peer))->certificate == fingerprint;
    });
  });
}

bool shows_page(const RoundView& view, std::span<const size_t> records, std::string_view page) {
  return std::any_of(records.begin(), records.end(),
                     [&](size_t record) { return is_same_page(view.now(record).page, page); });
}

/// Whether the page is theirs on other nodes, or was on this one before: a page that came over several names
/// at once is nobody's.
bool page_was_theirs(const RoundView& view, std::span<const size_t> records, std::string_view page) {
  bool elsewhere = false;
  for (const size_t record : records) {
    for (const size_t peer : view.peers(record)) {
      if (is_same_page(view.now(peer).page, page)) return true;
      elsewhere = elsewhere || !view.now(peer).page.empty();
    }
  }
  if (elsewhere) return false;
  return std::any_of(records.begin(), records.end(), [&](size_t record) {
    const CellAnswer* established = view.established(record);
    return established != nullptr && is_same_page(established->page, page);
  });
}

/// Whether the asked name is known to have had another page.
bool had_another_page(const RoundView& view, size_t record) {
  const std::string_view page = view.now(record).page;
  if (const CellAnswer* established = view.established(record); established != nullptr) {
    if (is_same_page(established->page, page)) return false;
    if (!established->page.empty()) return true;
  }
  return false;
}

/// Whether other nodes have another page for the name, and none this one.
bool peers_have_another_page(const RoundView& view, size_t record) {
  const std::string_view page = view.now(record).page;
  bool another = false;
  for (const size_t peer : view.peers(record)) {
    const CellAnswer* established = view.established(peer);
    const std::string_view theirs = established != nullptr ? established->page : view.now(peer).page;
    if (theirs.empty()) continue;
    if (is_same_page(theirs, page)) return false;
    another = true;
  }
  return another;
}

/// Whether the page is the one that the asked name had, or has on other nodes: then its virtual host is
/// there.
bool has_own_page(const RoundView& view, size_t record) {
  const std::string_view page = view.now(record).page;
  if (const CellAnswer* established = view.established(record);
      established != nullptr && !established->page.empty())
    return is_same_page(established->page, page);
  const std::vector<size_t> peers = view.peers(record);
  return std::any_of(peers.begin(), peers.end(), [&](size_t peer) {
    const CellAnswer* established = view.established(peer);
    return is_same_page((established != nullptr ? established : &view.now(peer))->page, page);
  });
}

/// Whether a problem said already that this certificate is the name's own, and lacks it.
bool is_known_gap(const RoundView& view, size_t record) {
  const std::vector<const Problem*> problems = view.covering(record);
  return std::any_of(problems.begin(), problems.end(), [&](const Problem* problem) {
    return problem->kind == ProblemKind::certificate_gap &&
           CauseKey::parse(problem->cause_key).what == view.now(record).certificate;
  });
}

constexpr std::string_view owner_prefix = "as ";
constexpr std::string_view default_owner = "default";

/// As a problem told that shows in the same certificate or page.
std::optional<Owner> known_owner(const RoundView& view, size_t record) {
  const CellAnswer& now = view.now(record);
  const auto is_shown = [&](const CellRecord& evidence) {
    const CellAnswer& then = evidence.answer;
    return (!then.certificate_covers && !now.certificate_covers && then.certificate == now.certificate) ||
           is_same_page(then.page, now.page);
  };
  for (const Problem* problem : view.covering(record)) {
    if (problem->kind != ProblemKind::default_answering && problem->kind != ProblemKind::misdirected)
      continue;
    if (std::none_of(problem->evidence.begin(), problem->evidence.end(), is_shown)) continue;
    std::string name = CauseKey::parse(problem->cause_key).what;
    if (name.starts_with(owner_prefix)) name.erase(0, owner_prefix.size());
    if (name == default_owner) name.clear();
    return Owner{.name = std::move(name),
                 .is_default = problem->kind == ProblemKind::default_answering,
                 .problem = problem};
  }
  return std::nullopt;
}

}  // namespace

std::string what_of(const Owner& owner) {
  return std::string(owner_prefix) + (owner.name.empty() ? std::string(default_owner) : owner.name);
}

std::optional<Owner> owner_of_certificate(const RoundView& view, size_t record) {
  const CellKey& key = view.record(record).key;
  const std::string& fingerprint = view.now(record).certificate;
  if (is_known_gap(view, record) || has_own_page(view, record)) return std::nullopt;
  if (std::optional<Owner> known = known_owner(view, record)) return known;
  std::optional<Owner> owner;
  if (showed_certificate(view, view.answers_to_nobody(key.node), fingerprint))
    owner = Owner{.name = {}, .is_default = true, .problem = nullptr};
  for (const auto& [name, records] : view.own_answers(key.node)) {
    if (name == view.subject(record).to || !showed_certificate(view, records, fingerprint)) continue;
    if (!view.now(records.front()).certificate_covers) continue;
    return Owner{.name = std::string(name), .is_default = owner.has_value(), .problem = nullptr};
  }
  return owner;
}

std::optional<Owner> owner_of_page(const RoundView& view, size_t record) {
  const CellKey& key = view.record(record).key;
  const std::string_view page = view.now(record).page;
  if (page.empty()) return std::nullopt;
  if (std::optional<Owner> known = known_owner(view, record)) return known;
  const bool known_by_past = had_another_page(view, record);
  const bool known_by_peers = peers_have_another_page(view, record);
  if (!known_by_past && !known_by_peers) return std::nullopt;
  const bool under_way = !view.covering(record).empty();
  std::optional<Owner> owner;
  const auto is_theirs = [&](std::span<const size_t> records) {
    return shows_page(view, records, page) && (under_way || page_was_theirs(view, records, page));
  };
  if (is_theirs(view.answers_to_nobody(key.node)))
    owner = Owner{.name = {}, .is_default = true, .problem = nullptr};
  for (const auto& [name, records] : view.own_answers(key.node)) {
    if (name == view.subject(record).to || !is_theirs(records)) continue;
    return Owner{.name = std::string(name), .is_default = owner.has_value(), .problem = nullptr};
  }
  return owner;
}

}  // namespace astray::watch
