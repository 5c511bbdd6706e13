#pragma once
// -w of `astray fetch`: text with variables, as curl reads it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/fetch_outcome.h"

namespace astray {

class WriteOut {
 public:
  /// Writes nothing.
  WriteOut() = default;
  /// "%{http_code}\n": \n, \r and \t, %% for a percent sign, %{variable}, %header{name}. An Error names a
  /// variable that there is not.
  static Result<WriteOut> parse(std::string_view format);

  struct Texts {
    std::string out, err;  ///< what belongs on standard output and, behind %{stderr}, on standard error
  };
  Texts of(const FetchOutcome& outcome) const;
  bool empty() const { return pieces_.empty(); }

 private:
  enum class PieceKind : uint8_t { text, variable, field, json, all_fields, to_out, to_err, on_error };
  struct Piece {
    PieceKind kind;
    std::string text;     ///< also the name of a field
    size_t variable = 0;  ///< its place in the table
  };
  static Result<Piece> named(std::string_view name);

  std::vector<Piece> pieces_;
};

/// Every variable that %{json} shows, in the table's order, for documents and tests.
std::vector<std::string_view> write_out_variables();

}  // namespace astray
