#include "watch/page/board.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/ascii.h"
#include "report/probe_words.h"
#include "watch/detection/names_of_round.h"

namespace astray::watch {
namespace {

static_assert(cell_verdicts < Board::verdict_mask);

uint8_t packed(const CellAnswer& answer) {
  auto byte = static_cast<uint8_t>(static_cast<uint8_t>(answer.verdict) + 1);
  if (answer.agreement == Agreement::differs) byte |= Board::differs_bit;
  if (answer.certificate_covers && !answer.certificate.empty()) byte |= Board::covers_bit;
  return byte;
}

uint64_t pair_key(uint32_t from, uint32_t to) {
  return uint64_t{from} << 32 | to;
}

/// Of what nodes of one name should answer alike. Never 0.
uint64_t parity_digest(const CellAnswer& answer) {
  uint64_t digest = 14695981039346656037U;  // FNV-1a
  const auto add = [&](std::string_view bytes) {
    for (const char c : bytes) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211U;
    digest = (digest ^ 0x100) * 1099511628211U;
  };
  for (const std::string* text : {&answer.protocol, &answer.certificate, &answer.page, &answer.answered_as})
    add(*text);
  for (const int number : {static_cast<int>(answer.verdict), static_cast<int>(answer.failure), answer.status,
                           answer.client_certificate_requested ? 1 : 0})
    add(std::to_string(number));
  return digest == 0 ? 1 : digest;
}

bool has_part(std::string_view name, std::string_view lower_part) {
  return lower_part.empty() || ascii_lower(name).find(lower_part) != std::string::npos;
}

template <typename Id>
std::optional<Id> find_id(const std::unordered_map<std::string, Id>& ids, const std::string& text) {
  const auto found = ids.find(text);
  if (found == ids.end()) return std::nullopt;
  return found->second;
}

}  // namespace

void Board::add_worse(BoardCell& cell, uint8_t byte) {
  if (byte == 0) return;
  const auto verdict = static_cast<CellVerdict>((byte & verdict_mask) - 1);
  if (!cell.verdict || weight_of(verdict) > weight_of(*cell.verdict)) cell.verdict = verdict;
  cell.differs = cell.differs || (byte & differs_bit) != 0;
}

Board::Board(const std::vector<std::string>& nodes, BoardLimits limits) : limits_(limits) {
  for (const std::string& node : nodes) intern_node(node);
}

std::optional<uint32_t> Board::name_id(const std::string& name) const {
  return find_id(name_ids_, name);
}

std::optional<uint32_t> Board::intern_name(const std::string& name) {
  if (const auto known = find_id(name_ids_, name)) return known;
  if (names_.size() >= limits_.names) return std::nullopt;
  const auto id = static_cast<uint32_t>(names_.size());
  const auto place = std::ranges::lower_bound(
      by_letters_, name, {}, [&](uint32_t other) -> const std::string& { return names_[other]; });
  by_letters_.insert(place, id);
  names_.push_back(name);
  own_.emplace_back(stride());
  name_ids_.emplace(name, id);
  return id;
}

std::optional<uint32_t> Board::intern_node(const std::string& node) {
  if (const auto known = find_id(node_ids_, node)) return known;
  if (nodes_.size() >= limits_.nodes) return std::nullopt;
  if (nodes_.size() == node_room_) grow(node_room_ * 2, lane_room_);
  const auto id = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back(node);
  node_ids_.emplace(node, id);
  return id;
}

std::optional<size_t> Board::intern_lane(const Lane& lane) {
  const auto known = std::ranges::find(lanes_, lane);
  if (known != lanes_.end()) return static_cast<size_t>(known - lanes_.begin());
  if (lanes_.size() >= limits_.lanes) return std::nullopt;
  if (lanes_.size() == lane_room_) grow(node_room_, lane_room_ * 2);
  lanes_.push_back(lane);
  return lanes_.size() - 1;
}

uint32_t Board::intern_certificate(const std::string& fingerprint) {
  if (fingerprint.empty()) return 0;
  const auto [at, added] =
      certificate_ids_.emplace(fingerprint, static_cast<uint32_t>(certificates_.size() + 1));
  if (added) certificates_.push_back(fingerprint);
  return at->second;
}

void Board::grow(size_t node_room, size_t lane_room) {
  const auto moved = [&](const auto& old, auto& into, size_t pieces) {
    for (size_t piece = 0; piece < pieces; ++piece)
      for (size_t node = 0; node < node_room_; ++node)
        for (size_t lane = 0; lane < lane_room_; ++lane)
          into[piece * node_room * lane_room + node * lane_room + lane] =
              old[piece * stride() + node * lane_room_ + lane];
  };
  std::vector<uint8_t> cells(pairs_.size() * node_room * lane_room);
  moved(cells_, cells, pairs_.size());
  for (std::vector<Own>& own : own_) {
    std::vector<Own> larger(node_room * lane_room);
    moved(own, larger, 1);
    own = std::move(larger);
  }
  cells_ = std::move(cells);
  node_room_ = node_room;
  lane_room_ = lane_room;
}

const uint8_t* Board::cells_of(uint32_t from, uint32_t to) const {
  const auto found = pairs_.find(pair_key(from, to));
  return found == pairs_.end() ? nullptr : &cells_[found->second * stride()];
}

uint8_t* Board::place_of(uint32_t from, uint32_t to, uint32_t node, size_t lane) {
  auto found = pairs_.find(pair_key(from, to));
  if (found == pairs_.end()) {
    const bool crowded = from != to && pairs_.size() >= limits_.pairs;
    if (crowded || cells_.size() + stride() > limits_.cell_bytes) return nullptr;
    found = pairs_.emplace(pair_key(from, to), static_cast<uint32_t>(pairs_.size())).first;
    cells_.resize(cells_.size() + stride());
  }
  return &cells_[found->second * stride() + node * lane_room_ + lane];
}

void Board::note(const CellKey& key, const CellAnswer& answer) {
  const auto from = intern_name(key.sni);
  const auto to = intern_name(key.authority);
  const auto node = intern_node(key.node);
  const auto lane = intern_lane({key.alpn, key.use, key.client_certificate});
  uint8_t* place = from && to && node && lane ? place_of(*from, *to, *node, *lane) : nullptr;
  if (place == nullptr) {
    ++left_out_;
    return;
  }
  *place = packed(answer);
  if (key.is_baseline() && !is_unknown_name(key.authority)) note_own({*from, *node, *lane}, answer);
}

void Board::note_own(Place place, const CellAnswer& answer) {
  Own& own = own_[place.name][place.node * lane_room_ + place.lane];
  own.digest = parity_digest(answer);
  own.certificate = intern_certificate(answer.certificate);
  own.covers = answer.certificate_covers;
}

bool Board::fits(uint32_t name, const NamePage& page, std::string_view lower_part) const {
  if (!has_part(names_[name], lower_part)) return false;
  return page.which == NamePage::Which::every ||
         std::ranges::any_of(own_[name], [](const Own& own) { return own.digest != 0; });
}

size_t Board::count(const NamePage& page) const {
  const std::string part = ascii_lower(page.filter);
  return static_cast<size_t>(
      std::ranges::count_if(by_letters_, [&](uint32_t name) { return fits(name, page, part); }));
}

std::vector<std::string> Board::names(const NamePage& page) const {
  const std::string part = ascii_lower(page.filter);
  std::vector<std::string> found;
  size_t skipped = 0;
  for (const uint32_t id : by_letters_) {
    if (found.size() == page.most) break;
    if (!fits(id, page, part)) continue;
    if (skipped++ >= page.offset) found.push_back(names_[id]);
  }
  return found;
}

BoardCell Board::cell_of(const uint8_t* cells, std::optional<size_t> node, std::optional<size_t> lane) const {
  BoardCell cell;
  if (cells == nullptr) return cell;
  for (size_t n = node.value_or(0); n < (node ? *node + 1 : nodes_.size()); ++n)
    for (size_t l = lane.value_or(0); l < (lane ? *lane + 1 : lanes_.size()); ++l)
      add_worse(cell, cells[n * lane_room_ + l]);
  return cell;
}

BoardCell Board::cell(std::string_view from, std::string_view to, std::optional<size_t> node,
                      std::optional<size_t> lane) const {
  return matrix({std::string(from)}, {std::string(to)}, node, lane).front();
}

std::vector<BoardCell> Board::matrix(const std::vector<std::string>& rows,
                                     const std::vector<std::string>& columns, std::optional<size_t> node,
                                     std::optional<size_t> lane) const {
  std::vector<std::optional<uint32_t>> column_ids;
  for (const std::string& column : columns) column_ids.push_back(name_id(column));
  std::vector<BoardCell> cells;
  cells.reserve(rows.size() * columns.size());
  for (const std::string& row : rows) {
    const auto from = name_id(row);
    for (const auto& to : column_ids)
      cells.push_back(cell_of(from && to ? cells_of(*from, *to) : nullptr, node, lane));
  }
  return cells;
}

std::vector<uint8_t> Board::groups_of(uint32_t name) const {
  std::vector<uint8_t> groups(nodes_.size());
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    std::map<uint64_t, size_t> nodes_with;  // by digest
    for (size_t node = 0; node < nodes_.size(); ++node)
      if (const uint64_t digest = own_[name][node * lane_room_ + lane].digest) ++nodes_with[digest];
    std::vector<uint64_t> by_frequency;
    for (const auto& [digest, count] : nodes_with) by_frequency.push_back(digest);
    std::ranges::stable_sort(by_frequency, std::greater(),
                             [&](uint64_t digest) { return nodes_with.at(digest); });
    for (size_t node = 0; node < nodes_.size(); ++node) {
      const auto place = std::ranges::find(by_frequency, own_[name][node * lane_room_ + lane].digest);
      if (place == by_frequency.end()) continue;
      const auto group = static_cast<uint8_t>(std::min<std::ptrdiff_t>(place - by_frequency.begin(), 9));
      groups[node] = std::max(groups[node], group);
    }
  }
  return groups;
}

std::vector<ParityCell> Board::parity(std::string_view name) const {
  std::vector<ParityCell> row(nodes_.size());
  const auto id = name_id(std::string(name));
  const uint8_t* cells = id ? cells_of(*id, *id) : nullptr;
  if (cells == nullptr) return row;
  const std::vector<uint8_t> groups = groups_of(*id);
  for (size_t node = 0; node < nodes_.size(); ++node) {
    row[node].group = groups[node];
    for (size_t lane = 0; lane < lanes_.size(); ++lane)
      if (own_[*id][node * lane_room_ + lane].digest != 0)
        add_worse(row[node].cell, cells[node * lane_room_ + lane]);
  }
  return row;
}

}  // namespace astray::watch
