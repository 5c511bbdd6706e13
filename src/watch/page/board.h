#pragma once
// The answers of the present, small enough to draw hundreds of names against each other at once: what the
// last round that asked each question found. Kept in memory, since a matrix of the store's rows would take
// seconds.
//
// Words: a *lane* is a way of asking (protocols offered, fresh or reused connection, client certificate). A
// cell of the matrix is the worst of its lanes and nodes.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "watch/model/cell_record.h"

namespace astray::watch {

struct BoardLimits {
  size_t names = 20'000;
  size_t nodes = 1'000;
  size_t lanes = 16;
  size_t pairs = 250'000;  ///< of two names; those of one name with itself always have their place
  size_t cell_bytes = size_t{48} * 1024 * 1024;  ///< one byte for each pair, node and lane
};

struct Lane {
  AlpnOffer alpn = AlpnOffer::h2;
  ConnectionUse use = ConnectionUse::fresh;
  uint32_t client_certificate = 0;  ///< as in CellKey
  bool operator==(const Lane&) const = default;
};

/// Which of the known names, in the order of their letters.
struct NamePage {
  std::string filter{};  ///< part of the name, in any letter case; "" takes all
  size_t offset = 0;
  size_t most = 200;
  /// `watched`: those alone that have an own answer; not the name that nobody configures, nor odd spellings.
  enum class Which : uint8_t { every, watched };
  Which which = Which::every;
};

/// A verdict, or nothing where the question was never asked.
struct BoardCell {
  std::optional<CellVerdict> verdict{};
  bool differs = false;  ///< some answer of it differs from its prediction
};

/// How the names' own answers of one node compare with those of its peers.
struct ParityCell {
  BoardCell cell{};
  /// 0: as most nodes answer; 1, 2, …: otherwise, the same number for the same answers.
  uint8_t group = 0;
};

/// Names that share a certificate and addresses: those that it covers may share connections.
struct SharedCertificate {
  std::string fingerprint;  ///< SHA-256, hexadecimal
  std::vector<std::string> nodes;
  std::vector<std::string> names;      ///< that the certificate covers
  std::vector<std::string> uncovered;  ///< that get it all the same
};

/// What a client would get that put `to` on the connection of `from`, both covered by its certificate.
struct SharedPair {
  std::string from, to;
  CellVerdict worst = CellVerdict::could_not_tell;
};

class Board {
 public:
  /// `nodes`: known from the start, in this order; others come behind them.
  explicit Board(const std::vector<std::string>& nodes = {}, BoardLimits limits = {});

  void note(const CellKey& key, const CellAnswer& answer);

  const std::vector<std::string>& nodes() const { return nodes_; }
  const std::vector<Lane>& lanes() const { return lanes_; }
  /// How many names there are that fit, whatever offset and number the page has.
  size_t count(const NamePage& page) const;
  std::vector<std::string> names(const NamePage& page) const;
  /// Questions that found no room.
  uint64_t left_out() const { return left_out_; }

  /// `node`, `lane`: absent is the worst of all.
  BoardCell cell(std::string_view from, std::string_view to, std::optional<size_t> node,
                 std::optional<size_t> lane) const;
  /// Row by row.
  std::vector<BoardCell> matrix(const std::vector<std::string>& rows, const std::vector<std::string>& columns,
                                std::optional<size_t> node, std::optional<size_t> lane) const;
  /// In the order of nodes().
  std::vector<ParityCell> parity(std::string_view name) const;
  /// Those of at least `least` names, the ones of most names first.
  std::vector<SharedCertificate> shared_certificates(size_t least) const;
  /// Pairs on shared certificates whose answer on a reused connection is neither the name's own nor a 421,
  /// the worst first; at most so many.
  std::vector<SharedPair> risky_pairs(size_t most) const;

  /// Of a packed cell: a verdict + 1, and whether the certificate covered what was asked for.
  static constexpr uint8_t verdict_mask = 0x1f, covers_bit = 0x40, differs_bit = 0x80;

 private:
  /// A name's own answer in one lane at one node.
  struct Own {
    uint64_t digest = 0;       ///< of what peers should answer alike; 0: never asked
    uint32_t certificate = 0;  ///< place in certificates_, from 1; 0: none
    bool covers = false;
  };
  struct Place {
    uint32_t name, node;
    size_t lane;
  };

  bool fits(uint32_t name, const NamePage& page, std::string_view lower_part) const;
  std::optional<uint32_t> name_id(const std::string& name) const;
  BoardCell cell_of(const uint8_t* cells, std::optional<size_t> node, std::optional<size_t> lane) const;
  std::optional<uint32_t> intern_name(const std::string& name);
  std::optional<uint32_t> intern_node(const std::string& node);
  std::optional<size_t> intern_lane(const Lane& lane);
  uint32_t intern_certificate(const std::string& fingerprint);
  uint8_t* place_of(uint32_t from, uint32_t to, uint32_t node, size_t lane);
  const uint8_t* cells_of(uint32_t from, uint32_t to) const;
  void grow(size_t node_room, size_t lane_room);
  void note_own(Place place, const CellAnswer& answer);
  std::vector<uint8_t> groups_of(uint32_t name) const;
  bool has_own(uint32_t name, size_t node) const;
  /// On reused connections whose certificate covers the second name too, at nodes that have both.
  BoardCell when_shared(uint32_t to, const uint8_t* cells) const;
  static void add_worse(BoardCell& cell, uint8_t byte);
  size_t stride() const { return node_room_ * lane_room_; }

  BoardLimits limits_;
  std::vector<std::string> names_;  // by id
  std::unordered_map<std::string, uint32_t> name_ids_;
  std::vector<uint32_t> by_letters_;  // ids
  std::vector<std::string> nodes_;
  std::unordered_map<std::string, uint32_t> node_ids_;
  std::vector<Lane> lanes_;
  std::vector<std::string> certificates_;
  std::unordered_map<std::string, uint32_t> certificate_ids_;

  // Of each pair: node_room_ × lane_room_ packed cells, 0: never asked.
  std::unordered_map<uint64_t, uint32_t> pairs_;
  std::vector<uint8_t> cells_;
  size_t node_room_ = 4, lane_room_ = 2;
  std::vector<std::vector<Own>> own_;  // by name: node_room_ × lane_room_ of them
  uint64_t left_out_ = 0;
};

}  // namespace astray::watch
