#include "report/probe_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/utf8.h"
#include "report/layout.h"
#include "report/printable.h"
#include "report/probe_words.h"

namespace astray {
namespace {

constexpr int widest_axis_name = 34;
constexpr std::string_view no_sni = "(no SNI)";
constexpr std::string_view words_in_clear = "(in clear)";
constexpr std::string_view unknown_name = "(unknown name)";

/// The name's row or column; nothing for what is spelled oddly.
std::optional<std::string> place_of(const std::optional<std::string>& text, Spelling spelling) {
  if (!text) return std::nullopt;
  switch (spelling) {
    case Spelling::plain:
    case Spelling::literal:
      return printable(*text);
    case Spelling::unknown:
      return std::string(unknown_name);
    default:
      return std::nullopt;
  }
}

std::optional<std::string> row_of(const ConnectionQuestion& connection) {
  if (connection.session_of) return printable(*connection.session_of);
  if (connection.sni_spelling == Spelling::none) {
    const bool tls = connection.protocol == PortProtocol::https ||
                     connection.protocol == PortProtocol::ftps || connection.protocol == PortProtocol::smtps;
    return std::string(tls ? no_sni : words_in_clear);
  }
  return place_of(connection.sni, connection.sni_spelling);
}

/// The beginning of a long name tells the names of a site apart, its end tells the sites apart.
std::string shortened(const std::string& name, int columns) {
  if (columns_of(name) <= columns) return name;
  // Names on the wire are ASCII, and whatever is not was made printable: cutting between characters is
  // enough.
  std::vector<std::string> characters;
  for (size_t at = 0; at < name.size();) {
    const Utf8Character character = utf8_at(name, at);
    characters.push_back(name.substr(at, character.size));
    at += character.size;
  }
  const size_t kept = static_cast<size_t>(columns - 1);
  const size_t head = std::min(kept / 2, characters.size());
  const size_t tail = std::min(kept - kept / 2, characters.size() - head);
  std::string out;
  for (size_t i = 0; i < head; ++i) out += characters[i];
  out += "…";
  for (size_t i = characters.size() - tail; i < characters.size(); ++i) out += characters[i];
  return out;
}

uint64_t place(uint32_t row, uint32_t column) {
  return uint64_t{row} << 32 | column;
}

/// Worth a row of its own where there is not room for all.
bool says_something(CellVerdict verdict) {
  return weight_of(verdict) >= weight_of(CellVerdict::other_protocol);
}

std::string right(std::string_view text, int width) {
  return std::string(static_cast<size_t>(std::max(0, width - columns_of(text))), ' ') + std::string(text);
}

}  // namespace

ProbeMatrices::NameId ProbeMatrices::id_of(std::string text) {
  const auto [entry, added] = ids_.emplace(std::move(text), static_cast<NameId>(texts_.size()));
  if (added) texts_.push_back(entry->first);
  return entry->second;
}

bool ProbeMatrices::add(const ProbeCell& cell) {
  const ConnectionQuestion& connection = *cell.connection;
  if (cell.request->placement != Placement::usual) return false;
  std::optional<std::string> row = row_of(connection);
  std::optional<std::string> column = place_of(cell.request->host, cell.request->spelling);
  if (!row || !column) return false;
  std::string head = fmt::format("{}://{}, {}", to_string(connection.protocol), connection.node.text(),
                                 connection.session_of                    ? "resumed TLS sessions"
                                 : connection.use == ConnectionUse::fresh ? "fresh connections"
                                                                          : "reused connections");
  if (connection.client_certificate)
    head += fmt::format(", client certificate {}", *connection.client_certificate + 1);
  const auto [entry, added] = index_of_matrix_.emplace(head, matrices_.size());
  if (added) matrices_.emplace_back(head, Matrix());
  Matrix& matrix = matrices_[entry->second].second;
  matrix.offers |= static_cast<uint8_t>(1U << static_cast<unsigned>(connection.alpn));
  const auto [at, first] =
      matrix.places.emplace(place(id_of(std::move(*row)), id_of(std::move(*column))), cell.verdict);
  if (!first && weight_of(cell.verdict) > weight_of(at->second)) at->second = cell.verdict;
  verdicts_ |= 1U << static_cast<unsigned>(cell.verdict);
  return true;
}

ProbeMatrices::Axis ProbeMatrices::axis_of(const Matrix& matrix, const std::vector<NameId>& order) const {
  // Bits: it occurs, it has something to say.
  std::vector<uint8_t> row(texts_.size()), column(texts_.size());
  for (const auto& [at, verdict] : matrix.places) {
    const uint8_t bits = says_something(verdict) ? 3 : 1;
    row[at >> 32] |= bits;
    column[at & UINT32_MAX] |= bits;
  }
  const bool whole =
      static_cast<size_t>(std::count_if(row.begin(), row.end(), [](uint8_t b) { return b != 0; })) <=
      style_.whole_matrix_names;
  Axis axis;
  axis.numbers.resize(texts_.size());
  const uint8_t wanted = whole ? 1 : 2;
  for (const NameId id : order) {
    if (((row[id] | column[id]) & wanted) != 0) axis.numbers[id] = ++axis.last_number;
    if ((row[id] & wanted) != 0)
      axis.rows.push_back(id);
    else if (row[id] != 0)
      ++axis.left_out_rows;
    if ((column[id] & wanted) != 0)
      axis.columns.push_back(id);
    else if (column[id] != 0)
      ++axis.left_out_columns;
  }
  return axis;
}

std::string ProbeMatrices::grid(const Matrix& matrix, const Axis& axis) const {
  const Palette& palette = style_.palette;
  // Columns bear numbers; what they stand for is written at the row of that number, or below.
  const std::vector<uint32_t>& number_of = axis.numbers;
  std::string further;
  for (const NameId id : axis.columns) {
    if (!std::binary_search(axis.rows.begin(), axis.rows.end(), id,
                            [&](NameId a, NameId b) { return number_of[a] < number_of[b]; })) {
      further += fmt::format("{}{} {}", further.empty() ? "" : ", ", number_of[id], texts_[id]);
    }
  }
  int name_columns = columns_of("SNI");
  for (const NameId id : axis.rows)
    name_columns = std::max(name_columns, std::min(widest_axis_name, columns_of(texts_[id])));
  const int number_columns = static_cast<int>(std::to_string(axis.last_number).size());
  const int width = number_columns + 1;
  const int before = 2 + number_columns + 1 + name_columns + 1;
  const size_t fitting = static_cast<size_t>(std::max(1, (style_.columns - before) / width));

  std::string out;
  for (size_t begin = 0; begin < axis.columns.size(); begin += fitting) {
    const size_t end = std::min(axis.columns.size(), begin + fitting);
    std::string head(static_cast<size_t>(before), ' ');
    for (size_t i = begin; i < end; ++i) head += right(std::to_string(number_of[axis.columns[i]]), width);
    out += palette.paint(Role::faint, head) + '\n';
    for (const NameId row : axis.rows) {
      const std::string name = shortened(texts_[row], name_columns);
      out += "  " + palette.paint(Role::faint, right(std::to_string(number_of[row]), number_columns)) + ' ' +
             name + std::string(static_cast<size_t>(name_columns - columns_of(name) + 1), ' ');
      for (size_t i = begin; i < end; ++i) {
        const auto found = matrix.places.find(place(row, axis.columns[i]));
        out += std::string(static_cast<size_t>(width - 1), ' ');
        if (found == matrix.places.end()) {
          out += palette.paint(Role::faint, "·");
        } else {
          out += palette.paint(role_of(found->second), std::string(1, letter_of(found->second)));
        }
      }
      out += '\n';
    }
  }
  if (!further.empty()) out += paragraph("columns besides: " + further, style_.columns, 2);
  return out;
}

std::string ProbeMatrices::text(const std::vector<std::string>& names) const {
  std::vector<NameId> order;
  std::vector<uint8_t> placed(texts_.size());
  const auto put = [&](NameId id) {
    if (placed[id]++ == 0) order.push_back(id);
  };
  for (const std::string& name : names) {
    if (const auto found = ids_.find(printable(name)); found != ids_.end()) put(found->second);
  }
  for (NameId id = 0; id < texts_.size(); ++id)
    if (!texts_[id].starts_with('(')) put(id);
  for (NameId id = 0; id < texts_.size(); ++id) put(id);

  std::string out;
  for (const auto& [head, matrix] : matrices_) {
    std::string offers;
    for (const AlpnOffer offer : {AlpnOffer::none, AlpnOffer::h1, AlpnOffer::h2, AlpnOffer::h2_only})
      if ((matrix.offers >> static_cast<unsigned>(offer) & 1U) != 0)
        offers += fmt::format("{}{}", offers.empty() ? "" : ", ", to_string(offer));
    const bool several = (matrix.offers & (matrix.offers - 1)) != 0;
    out +=
        style_.palette.paint(Role::strong, head) +
        style_.palette.paint(Role::faint, fmt::format("  ({}{})", several ? "the worst of " : "", offers)) +
        "\n";
    const Axis axis = axis_of(matrix, order);
    if (axis.rows.empty() || axis.columns.empty()) {
      out += fmt::format("  {} by {}: each is the name's own answer or a refusal\n",
                         count(axis.left_out_rows, "name"), axis.left_out_columns);
    } else {
      out += grid(matrix, axis);
      if (axis.left_out_rows + axis.left_out_columns > 0)
        out +=
            paragraph(fmt::format("left out: {} and {} in which each answer is the name's own or a refusal",
                                  count(axis.left_out_rows, "row"), count(axis.left_out_columns, "column")),
                      style_.columns, 2);
    }
    out += '\n';
  }
  return out;
}

std::string ProbeMatrices::legend() const {
  std::string words = "rows: the name in SNI; columns: the name asked for. ";
  for (size_t i = 0; i < cell_verdicts; ++i) {
    const CellVerdict verdict = static_cast<CellVerdict>(i);
    if ((verdicts_ >> i & 1U) != 0) words += fmt::format("{}: {}; ", letter_of(verdict), legend_of(verdict));
  }
  words += "·: not asked";
  return paragraph(words, style_.columns, 2);
}

}  // namespace astray
