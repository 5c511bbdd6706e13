#include "servers/caddy/caddyfile_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace astray::caddy {
namespace {

bool is_open(const Token& token) { return token.text == "{" && !token.is_quoted; }
bool is_close(const Token& token) { return token.text == "}" && !token.is_quoted; }

/// {args.0} (Caddy up to 2.6) and {args[0]} in one word.
std::string with_arguments(std::string text, const std::vector<Token>& arguments) {
  for (size_t at = text.find("{args"); at != std::string::npos; at = text.find("{args", at + 1)) {
    const size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    std::string_view index = std::string_view(text).substr(at + 5, end - at - 5);
    if (index.starts_with('.')) index.remove_prefix(1);
    else if (index.starts_with('[') && index.ends_with(']')) index = index.substr(1, index.size() - 2);
    else continue;
    size_t number = 0;
    const auto [rest, error] = std::from_chars(index.data(), index.data() + index.size(), number);
    if (error != std::errc() || rest != index.data() + index.size() || number >= arguments.size()) continue;
    text.replace(at, end - at + 1, arguments[number].text);
  }
  return text;
}

class TreeReader {
 public:
  TreeReader(FileSource& files, const Environment& environment, Deployment& deployment)
      : files_(files), environment_(environment), deployment_(deployment) {}

  CaddyfileTree run(const std::string& path, std::string_view text) {
    std::vector<Token> tokens = tokenize(path, text);
    size_t at = 0;
    if (!tokens.empty() && is_open(tokens.front())) {
      at = 1;
      tree_.global_options = directives(tokens, at, 1);
      expect_close(tokens, at, tokens.front().span);
    }
    sites(tokens, at, 0);
    for (const UnknownVariable& each : unknown_)
      warn(each.span, fmt::format("the environment variable {0} is not known here, so what it decides cannot be told; "
                                  "--define {0}=VALUE says what it is",
                                  each.name));
    return std::move(tree_);
  }

 private:
  void complain(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
  }
  void warn(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::warning, span, std::move(message)});
  }

  std::vector<Token> tokenize(const std::string& path, std::string_view text) {
    const SourceFileId file = deployment_.files.add(path);
    if (text.size() > max_caddyfile_bytes) {
      complain({file, 0, 0}, fmt::format("{} bytes are too many; expected at most {}", text.size(), max_caddyfile_bytes));
      return {};
    }
    return tokens_of(text, file, environment_, unknown_);
  }

  bool spend(size_t tokens, SourceSpan span) {
    spent_ += tokens;
    if (spent_ <= max_caddyfile_tokens) return true;
    if (!is_exhausted_)
      complain(span, fmt::format("imports make more than {} words of this file; the rest is not read", max_caddyfile_tokens));
    is_exhausted_ = true;
    return false;
  }

  /// The words that an `import` line stands for; `depth` counts imports within imports.
  std::vector<Token> imported(const std::vector<Token>& line, size_t depth) {
    const SourceSpan span = line.front().span;
    if (line.size() < 2) {
      complain(span, "import names nothing; expected a snippet or a file");
      return {};
    }
    if (depth >= max_caddyfile_depth || ++imports_ > max_caddyfile_imports) {
      if (!is_exhausted_)
        complain(span, fmt::format("imports are nested or repeated without end (more than {} deep, or {} in all)",
                                   max_caddyfile_depth, max_caddyfile_imports));
      is_exhausted_ = true;
      return {};
    }
    std::vector<Token> found = tokens_named(line[1]);
    if (!spend(found.size(), span)) return {};
    const std::vector<Token> arguments(line.begin() + 2, line.end());
    std::vector<Token> replaced;
    for (Token& token : found) {
      if (token.text == "{args[:]}") {
        for (Token argument : arguments) {
          argument.begins_line = token.begins_line && replaced.empty();
          replaced.push_back(std::move(argument));
        }
        continue;
      }
      token.text = with_arguments(std::move(token.text), arguments);
      replaced.push_back(std::move(token));
    }
    if (!replaced.empty()) replaced.front().begins_line = true;
    return replaced;
  }

  std::vector<Token> tokens_named(const Token& name) {
    if (const auto snippet = snippets_.find(name.text); snippet != snippets_.end()) return snippet->second;
    if (name.text.find("{$") != std::string::npos) {
      warn(name.span, fmt::format("import {}: which file that is, only the environment knows; it is not read", name.text));
      return {};
    }
    const std::string_view from = deployment_.files.path(name.span.file);
    const std::string pattern = resolve_path(from.substr(0, from.rfind('/')), name.text);
    const bool is_pattern = pattern.find_first_of("*?[") != std::string::npos;
    const std::vector<std::string> paths = files_.glob(pattern);
    if (paths.empty() && !is_pattern)
      complain(name.span, fmt::format("import {}: there is neither a snippet ({}) before this line nor a file {}",
                                      name.text, name.text, pattern));
    std::vector<Token> all;
    for (const std::string& path : paths) {
      if (is_pattern && path.substr(path.rfind('/') + 1).starts_with('.')) continue;
      const Result<std::string> text = files_.read(path);
      if (!text) {
        complain(name.span, "import: " + text.error().message);
        continue;
      }
      std::vector<Token> more = tokenize(path, *text);
      all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    return all;
  }

  /// From `at` to the end of its line, blocks left to the caller.
  static std::vector<Token> line_at(const std::vector<Token>& tokens, size_t at) {
    std::vector<Token> line;
    for (size_t i = at; i < tokens.size() && (i == at || !tokens[i].begins_line); ++i) line.push_back(tokens[i]);
    return line;
  }

  /// Up to a brace that closes, which is left, or the end.
  std::vector<Directive> directives(const std::vector<Token>& tokens, size_t& at, size_t depth, size_t imports = 0) {
    std::vector<Directive> found;
    if (depth > max_caddyfile_depth) {
      complain(tokens[at < tokens.size() ? at : tokens.size() - 1].span,
               fmt::format("blocks are nested more than {} deep; the rest is not read", max_caddyfile_depth));
      at = tokens.size();
      is_exhausted_ = true;
      return found;
    }
    while (at < tokens.size() && !is_close(tokens[at]) && !is_exhausted_) {
      if (tokens[at].text == "import") {
        const std::vector<Token> line = line_at(tokens, at);
        at += line.size();
        const std::vector<Token> inner = imported(line, imports);
        size_t inside = 0;
        while (inside < inner.size() && !is_exhausted_) {
          std::vector<Directive> more = directives(inner, inside, depth + 1, imports + 1);
          found.insert(found.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
          if (inside < inner.size()) complain(inner[inside++].span, "this brace closes nothing");
        }
        continue;
      }
      found.push_back(directive(tokens, at, depth, imports));
    }
    return found;
  }

  Directive directive(const std::vector<Token>& tokens, size_t& at, size_t depth, size_t imports) {
    Directive made;
    made.name = tokens[at++];
    while (at < tokens.size() && !tokens[at].begins_line) {
      const bool ends_line = at + 1 >= tokens.size() || tokens[at + 1].begins_line;
      if (is_close(tokens[at])) break;
      if (is_open(tokens[at]) && ends_line) {
        const SourceSpan opened = tokens[at++].span;
        made.has_block = true;
        made.block = directives(tokens, at, depth + 1, imports);
        expect_close(tokens, at, opened);
        break;
      }
      made.arguments.push_back(tokens[at++]);
    }
    return made;
  }

  void expect_close(const std::vector<Token>& tokens, size_t& at, SourceSpan opened) {
    if (at < tokens.size() && is_close(tokens[at])) {
      ++at;
    } else if (!is_exhausted_) {
      complain(opened, "this block is not closed; expected a line with '}' at its end");
    }
  }

  void sites(const std::vector<Token>& tokens, size_t at, size_t imports) {
    while (at < tokens.size() && !is_exhausted_) {
      if (tokens[at].text == "import") {
        const std::vector<Token> line = line_at(tokens, at);
        at += line.size();
        sites(imported(line, imports), 0, imports + 1);
        continue;
      }
      if (is_close(tokens[at])) {
        complain(tokens[at++].span, "this brace closes nothing");
        continue;
      }
      site(tokens, at, imports);
    }
  }

  /// Addresses may go on in the next line behind a comma.
  std::vector<Token> addresses(const std::vector<Token>& tokens, size_t& at) {
    std::vector<Token> found;
    bool goes_on = true;
    while (at < tokens.size() && !is_open(tokens[at]) && (goes_on || !tokens[at].begins_line)) {
      Token token = tokens[at++];
      goes_on = token.text.ends_with(',');
      if (goes_on) token.text.pop_back();
      if (token.text.size() > 1 && token.text.ends_with('{') && token.text.find('}') == std::string::npos) {
        complain(token.span, fmt::format("'{}' ends with a brace; expected a blank before it", token.text));
        token.text.pop_back();
      }
      if (!token.text.empty()) found.push_back(std::move(token));
    }
    return found;
  }

  void site(const std::vector<Token>& tokens, size_t& at, size_t imports) {
    SiteBlock made;
    made.span = tokens[at].span;
    made.addresses = addresses(tokens, at);
    const bool has_braces = at < tokens.size() && is_open(tokens[at]);
    if (made.addresses.empty()) {
      complain(made.span, "a block without an address; global options stand first in the file, and all else needs one");
    }
    if (!has_braces) {
      // The only site of a file needs no braces.
      made.directives = directives(tokens, at, 1, imports);
    } else {
      const SourceSpan opened = tokens[at++].span;
      const std::string& first = made.addresses.empty() ? opened_without_name : made.addresses.front().text;
      if (made.addresses.size() == 1 && first.starts_with('(') && first.ends_with(')'))
        return snippet(first.substr(1, first.size() - 2), tokens, at, opened);
      made.directives = directives(tokens, at, 1, imports);
      expect_close(tokens, at, opened);
    }
    if (!made.addresses.empty()) tree_.sites.push_back(std::move(made));
  }

  void snippet(const std::string& name, const std::vector<Token>& tokens, size_t& at, SourceSpan opened) {
    std::vector<Token> kept;
    for (size_t nesting = 1; at < tokens.size(); ++at) {
      if (is_close(tokens[at]) && --nesting == 0) break;
      if (is_open(tokens[at])) ++nesting;
      kept.push_back(tokens[at]);
    }
    expect_close(tokens, at, opened);
    if (!snippets_.emplace(name, std::move(kept)).second)
      complain(opened, fmt::format("the snippet ({}) is defined twice; the first counts here, and Caddy refuses both", name));
  }

  static inline const std::string opened_without_name{};

  FileSource& files_;
  const Environment& environment_;
  Deployment& deployment_;
  CaddyfileTree tree_;
  std::map<std::string, std::vector<Token>, std::less<>> snippets_;
  std::vector<UnknownVariable> unknown_;
  size_t imports_ = 0;
  size_t spent_ = 0;
  bool is_exhausted_ = false;
};

}  // namespace

CaddyfileTree read_caddyfile(const std::string& path, std::string_view text, FileSource& files,
                             const Environment& environment, Deployment& deployment) {
  return TreeReader(files, environment, deployment).run(path, text);
}

}  // namespace astray::caddy
