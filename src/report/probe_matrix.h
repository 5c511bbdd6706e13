#pragma once
// The names × names matrices of a run for a terminal. Of each cell only its place and its verdict are kept.
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "probe/cell.h"
#include "report/probe_formats.h"

namespace astray {

class ProbeMatrices {
 public:
  explicit ProbeMatrices(const ProbeHumanStyle& style) : style_(style) {}

  /// False when the cell has no place in a matrix: an odd spelling or placement.
  bool add(const ProbeCell& cell);
  /// Every matrix with its head line, names in this order, others behind them.
  std::string text(const std::vector<std::string>& names) const;
  /// What the letters in the matrices mean.
  std::string legend() const;
  bool empty() const { return matrices_.empty(); }

 private:
  using NameId = uint32_t;
  struct Matrix {
    std::unordered_map<uint64_t, CellVerdict> places;  ///< row and column as NameId; the worst of several
    uint8_t offers = 0;                                ///< bits of AlpnOffer
  };
  struct Axis {
    std::vector<NameId> rows, columns;
    std::vector<uint32_t> numbers;  ///< by NameId: what stands above a column; 0: shown nowhere
    uint32_t last_number = 0;
    size_t left_out_rows = 0, left_out_columns = 0;
  };

  NameId id_of(std::string text);
  Axis axis_of(const Matrix& matrix, const std::vector<NameId>& order) const;
  std::string grid(const Matrix& matrix, const Axis& axis) const;

  const ProbeHumanStyle& style_;
  std::vector<std::string> texts_;
  std::unordered_map<std::string, NameId> ids_;
  std::vector<std::pair<std::string, Matrix>> matrices_;  ///< by head line, in the order of the plan
  std::map<std::string, size_t> index_of_matrix_;
  uint32_t verdicts_ = 0;  ///< bits: which letters occur
};

}  // namespace astray
