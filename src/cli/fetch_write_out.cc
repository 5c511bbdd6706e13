#include "cli/fetch_write_out.h"

#include <fmt/format.h>

#include <map>

#include "base/ascii.h"
#include "base/json_writer.h"
#include "cli/fetch_variables.h"
#include "cli/parse.h"
#include "report/printable.h"

namespace astray {
namespace {

std::string seconds(Duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000);
}

struct AsText {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(HttpStatus status) const { return fmt::format("{:03}", status.code); }
  std::string operator()(Duration duration) const { return seconds(duration); }
};

struct AsJson {
  JsonWriter& json;
  void operator()(std::monostate) const { json.null(); }
  void operator()(const std::string& text) const { json.string(text); }
  void operator()(int64_t number) const { json.number(number); }
  void operator()(HttpStatus status) const { json.number(status.code); }
  void operator()(Duration duration) const { json.raw(seconds(duration)); }
};

std::string all_variables(const FetchOutcome& outcome) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const FetchVariable& variable : fetch_variables()) {
    json.key(variable.name);
    std::visit(AsJson{json}, variable.value(outcome));
  }
  json.member("astray_version", ASTRAY_VERSION).end_object();
  return out;
}

/// Names in lower case, each with its values in order.
std::string all_fields(const FetchOutcome& outcome) {
  std::map<std::string, std::vector<std::string>> fields;
  if (outcome.head) {
    for (const auto field : outcome.head->fields) {
      fields[ascii_lower(field.name)].emplace_back(field.value);
    }
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto& [name, values] : fields) {
    json.key(name).begin_array();
    for (const std::string& value : values) json.string(value);
    json.end_array();
  }
  json.end_object();
  return out;
}

constexpr std::string_view switches[] = {"json", "header_json", "stdout", "stderr", "onerror"};

}  // namespace

std::vector<std::string_view> write_out_variables() {
  std::vector<std::string_view> names;
  for (const FetchVariable& variable : fetch_variables()) names.push_back(variable.name);
  return names;
}

Result<WriteOut::Piece> WriteOut::named(std::string_view name) {
  if (name == "json") return Piece{PieceKind::json, {}};
  if (name == "header_json") return Piece{PieceKind::all_fields, {}};
  if (name == "stdout") return Piece{PieceKind::to_out, {}};
  if (name == "stderr") return Piece{PieceKind::to_err, {}};
  if (name == "onerror") return Piece{PieceKind::on_error, {}};
  const std::span<const FetchVariable> table = fetch_variables();
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i].name == name) return Piece{PieceKind::variable, {}, i};
  }
  std::vector<std::string_view> candidates = write_out_variables();
  candidates.insert(candidates.end(), std::begin(switches), std::end(switches));
  return failure(fmt::format("--write-out: there is no variable '{}'{}", printable(name),
                             did_you_mean(name, candidates)));
}

Result<WriteOut> WriteOut::parse(std::string_view format) {
  constexpr std::string_view field_begin = "%header{";
  WriteOut parsed;
  std::string text;
  const auto add = [&](Piece piece) {
    if (!text.empty()) parsed.pieces_.push_back({PieceKind::text, std::move(text)});
    text.clear();
    parsed.pieces_.push_back(std::move(piece));
  };
  while (!format.empty()) {
    const char next = format.size() > 1 ? format[1] : '\0';
    if (format.starts_with("%%")) {
      text += '%';
      format.remove_prefix(2);
    } else if (format.starts_with("%{") || format.starts_with(field_begin)) {
      const size_t begin = format.find('{') + 1;
      const size_t end = format.find('}', begin);
      if (end == std::string_view::npos) {
        return failure(fmt::format("--write-out: '{}' lacks its closing brace", printable(format)));
      }
      const std::string_view name = format.substr(begin, end - begin);
      if (begin == field_begin.size()) {
        add({PieceKind::field, std::string(name)});
      } else {
        Result<Piece> piece = named(name);
        if (!piece) return tl::unexpected(piece.error());
        add(std::move(*piece));
      }
      format.remove_prefix(end + 1);
    } else if (format[0] == '\\' && (next == 'n' || next == 'r' || next == 't')) {
      text += next == 'n' ? '\n' : next == 'r' ? '\r' : '\t';
      format.remove_prefix(2);
    } else {
      text += format[0];
      format.remove_prefix(1);
    }
  }
  if (!text.empty()) parsed.pieces_.push_back({PieceKind::text, std::move(text)});
  return parsed;
}

WriteOut::Texts WriteOut::of(const FetchOutcome& outcome) const {
  Texts texts;
  std::string* to = &texts.out;
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case PieceKind::text:
        *to += piece.text;
        break;
      case PieceKind::variable:
        *to += std::visit(AsText{}, fetch_variables()[piece.variable].value(outcome));
        break;
      case PieceKind::field:
        if (outcome.head) *to += outcome.head->fields.find(piece.text).value_or("");
        break;
      case PieceKind::json:
        *to += all_variables(outcome);
        break;
      case PieceKind::all_fields:
        *to += all_fields(outcome);
        break;
      case PieceKind::to_out:
        to = &texts.out;
        break;
      case PieceKind::to_err:
        to = &texts.err;
        break;
      case PieceKind::on_error:
        if (outcome.curl_code == curl_number::ok) return texts;
        break;
    }
  }
  return texts;
}

}  // namespace astray
