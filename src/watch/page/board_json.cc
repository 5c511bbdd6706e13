// Matrix, parity grid and sharing as JSON: a row of cells is one string, a letter for each.
#include <map>

#include "watch/model/json_words.h"
#include "watch/page/page_json.h"

namespace astray::watch {
namespace {

constexpr size_t most_shared_listed = 200;
constexpr size_t most_names_of_shared = 500;
constexpr size_t most_risky_listed = 500;

char cell_letter(const BoardCell& cell) {
  return cell.verdict ? letter_of(*cell.verdict) : '.';
}

void write_names(JsonWriter& json, std::string_view name, const Board& board, const NamePage& page,
                 const std::vector<std::string>& names) {
  write_texts(json, name, names);
  write_number(json, std::string(name) + "_offset", page.offset);
  write_number(json, std::string(name) + "_count", board.count(page));
}

void write_axes(JsonWriter& json, const Board& board) {
  write_texts(json, "nodes", board.nodes());
  json.key("lanes").begin_array();
  for (const Lane& lane : board.lanes()) {
    json.begin_object().member("alpn", to_string(lane.alpn)).member("connection", to_string(lane.use));
    write_number(json, "client_certificate", lane.client_certificate);
    json.end_object();
  }
  json.end_array();
  write_number(json, "left_out", board.left_out());
}

}  // namespace

std::string matrix_json(const Board& board, const MatrixChoice& choice) {
  const std::vector<std::string> rows = board.names(choice.rows);
  const std::vector<std::string> columns = board.names(choice.columns);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_axes(json, board);
  write_names(json, "rows", board, choice.rows, rows);
  write_names(json, "columns", board, choice.columns, columns);
  const std::vector<BoardCell> cells = board.matrix(rows, columns, choice.node, choice.lane);
  std::vector<std::pair<size_t, size_t>> differing;
  json.key("cells").begin_array();
  for (size_t row = 0; row < rows.size(); ++row) {
    std::string letters;
    for (size_t column = 0; column < columns.size(); ++column) {
      const BoardCell& cell = cells[row * columns.size() + column];
      letters += cell_letter(cell);
      if (cell.differs) differing.emplace_back(row, column);
    }
    json.string(letters);
  }
  json.end_array().key("differing").begin_array();
  for (const auto& [row, column] : differing) {
    json.number(static_cast<int64_t>(row));
    json.number(static_cast<int64_t>(column));
  }
  json.end_array().end_object();
  return text += '\n';
}

std::string parity_json(const Board& board, const NamePage& page) {
  const std::vector<std::string> names = board.names(page);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_axes(json, board);
  write_names(json, "names", board, page, names);
  std::string groups;
  JsonWriter groups_json(groups);
  groups_json.begin_array();
  json.key("cells").begin_array();
  for (const std::string& name : names) {
    std::string letters, digits;
    for (const ParityCell& cell : board.parity(name)) {
      letters += cell_letter(cell.cell);
      digits += cell.cell.verdict ? static_cast<char>('0' + cell.group) : '.';
    }
    json.string(letters);
    groups_json.string(digits);
  }
  groups_json.end_array();
  json.end_array().key("groups").raw(groups).end_object();
  return text += '\n';
}

std::string sharing_json(const Board& board, const std::vector<CertificateRecord>& certificates) {
  std::map<std::string_view, const CertificateRecord*> known;
  for (const CertificateRecord& certificate : certificates) known[certificate.fingerprint] = &certificate;
  const auto all = board.shared_certificates(1);
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("shared").begin_array();
  for (size_t i = 0; i < std::min(all.size(), most_shared_listed); ++i) {
    const SharedCertificate& shared = all[i];
    json.begin_object().member("certificate", shared.fingerprint);
    const auto record = known.find(shared.fingerprint);
    const bool found = record != known.end();
    write_text(json, "subject", found ? std::string_view(record->second->subject) : std::string_view());
    write_instant(json, "not_after", found ? std::optional(record->second->not_after) : std::nullopt);
    write_texts(json, "nodes", shared.nodes);
    write_texts(json, "names", shared.names, most_names_of_shared);
    write_number(json, "name_count", shared.names.size());
    write_texts(json, "uncovered", shared.uncovered, most_names_of_shared);
    json.end_object();
  }
  json.end_array();
  write_number(json, "shared_count", all.size());
  json.key("risky").begin_array();
  for (const SharedPair& pair : board.risky_pairs(most_risky_listed)) {
    json.begin_object().member("from", pair.from).member("to", pair.to);
    json.member("verdict", to_string(pair.worst)).end_object();
  }
  json.end_array().end_object();
  return text += '\n';
}

}  // namespace astray::watch
