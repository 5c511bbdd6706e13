// A log_format that is a JSON object: which member holds which field.
#include <fmt/format.h>

#include "base/ascii.h"
#include "explain/logs/format_syntax.h"
#include "explain/logs/json_format.h"

namespace astray::explain {
namespace {

/// The template's members, one after the other. Values may be unquoted ($status), so this is no JSON yet.
class Template {
 public:
  Template(std::string_view text, LogServer server) : text_(text), server_(server) {}

  Result<std::vector<JsonField>> read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '{') {
        path_.push_back({});
        ++at_;
      } else if (c == '}') {
        if (path_.empty()) return bad("'}' closes nothing");
        path_.pop_back();
        ++at_;
      } else if (c == '"') {
        const std::string name(quoted());
        blanks();
        if (path_.empty() || at_ >= text_.size() || text_[at_] != ':') return bad("':' is expected behind a member's name");
        ++at_;
        blanks();
        path_.back() = name;
        if (at_ < text_.size() && text_[at_] == '{') continue;
        if (const std::optional<Error> error = add(value())) return tl::unexpected(*error);
      } else if (c == ',' || c == ' ' || c == '\n' || c == '\t') {
        ++at_;
      } else {
        return bad("a member in quotes is expected");
      }
    }
    if (!path_.empty()) return bad("'}' is missing");
    return std::move(fields_);
  }

 private:
  Failure<Error> bad(std::string_view what) const {
    return failure(fmt::format("the JSON log format cannot be understood at byte {}: {}", at_ + 1, what));
  }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  /// What stands in the quotes that open here.
  std::string_view quoted() {
    const size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    const size_t end = std::min(at_, text_.size());
    at_ = std::min(at_ + 1, text_.size());
    return text_.substr(begin, end - begin);
  }
  std::string_view value() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const size_t begin = at_;
    // A field's own braces and brackets hold commas: %{Host}i, %[req.hdr(host)], ${host}.
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (depth == 0 && (c == ',' || c == '}')) break;
      depth += c == '{' || c == '[' || c == '(' ? 1 : c == '}' || c == ']' || c == ')' ? -1 : 0;
    }
    return ascii_trim(text_.substr(begin, at_ - begin));
  }
  std::optional<Error> add(std::string_view text) {
    if (text.find_first_of("$%") == std::string_view::npos) return std::nullopt;
    Result<FormatPieces> compiled = compile_format(text, server_);
    if (!compiled) return compiled.error();
    // Several fields in one member cannot be taken apart with certainty; [%t]'s brackets are no second field.
    if (compiled->pieces.size() != 1 || !compiled->pieces[0].before.empty()) return std::nullopt;
    std::string path;
    for (const std::string& part : path_) path += (path.empty() ? "" : ".") + part;
    fields_.push_back({path, compiled->pieces[0].field, compiled->server});
    return std::nullopt;
  }

  std::string_view text_;
  LogServer server_;
  size_t at_ = 0;
  std::vector<std::string> path_;
  std::vector<JsonField> fields_;
};

}  // namespace

Result<std::vector<JsonField>> compile_json_format(std::string_view text, LogServer server) {
  // httpd's formats have their quotes escaped.
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '"') continue;
    plain += text[i];
  }
  return Template(plain, server == LogServer::unknown ? syntax_of(plain) : server).read();
}

}  // namespace astray::explain
