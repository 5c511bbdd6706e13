#include "servers/nginx/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace astray::nginx {
namespace {

class Parser {
 public:
  Parser(ConfigFiles& files, const std::string& conf_prefix, Problems& problems, DirectiveTree& tree,
         const ParseLimits& limits)
      : files_(files), conf_prefix_(conf_prefix), problems_(problems), tree_(tree), limits_(limits) {}

  Result<SourceFileId> parse_main(const std::string& path) {
    Block top{DirectiveTree::root, last_child(DirectiveTree::root), {}};
    const Result<ConfigFiles::Text>& text = files_.open(path);
    if (!text) return tl::unexpected(text.error());
    parse_file(path, *text, top);
    return text->file;
  }

 private:
  // A block that is being filled. `parent` is `none` for one that is left out.
  struct Block {
    DirectiveId parent;
    DirectiveId last;
    SourceSpan opened_at;
  };

  DirectiveId last_child(DirectiveId parent) const {
    DirectiveId last = DirectiveId::none;
    for (const DirectiveId child : tree_.children(parent)) last = child;
    return last;
  }

  bool is_full(SourceSpan span) {
    if (tree_.size() < limits_.directives) return false;
    problems_.error(span, fmt::format("more than {} directives, includes counted: the rest is left out; "
                                      "look for a file that is included over and over",
                                      limits_.directives));
    return true;
  }

  // Appends the file's statements to the block. Braces are a file's own: it closes what it opens.
  void parse_file(const std::string& path, const ConfigFiles::Text& text, Block& top) {
    including_.push_back(path);
    std::vector<LexProblem> lex_problems;
    Lexer lexer(text.bytes, tree_.arena(), lex_problems);
    std::vector<Block> open;
    bool is_done = false;
    while (!is_done) {
      Block& block = open.empty() ? top : open.back();
      const size_t first_word = tree_.words().size();
      const StatementEnd end = lexer.read(tree_.words());
      for (LexProblem& problem : lex_problems)
        problems_.error({text.file, problem.line, problem.column}, std::move(problem.message));
      lex_problems.clear();
      switch (end) {
        case StatementEnd::file_done:
          if (!open.empty())
            problems_.error(
                open.back().opened_at,
                fmt::format("unexpected end of file, expecting \"}}\" for the block that starts here; "
                            "read as if it ended with the file"));
          is_done = true;
          break;
        case StatementEnd::block_done:
          if (open.empty())
            problems_.error({text.file, lexer.line(), lexer.last_column()},
                            "unexpected \"}\": no block is open in this file; left out");
          else
            open.pop_back();
          break;
        case StatementEnd::semicolon:
          if (is_full(span_of(text.file, first_word))) {
            is_done = true;
          } else {
            add_simple(text.file, first_word, block);
          }
          break;
        case StatementEnd::block_start:
          if (is_full(span_of(text.file, first_word))) {
            is_done = true;
          } else {
            open_block(text.file, first_word, lexer, block, open);
          }
      }
    }
    including_.pop_back();
  }

  SourceSpan span_of(SourceFileId file, size_t first_word) const {
    if (first_word >= tree_.words().size()) return {file, 0, 0};
    return {file, tree_.words()[first_word].line, tree_.words()[first_word].column};
  }

  Directive describe(SourceFileId file, size_t first_word) {
    Directive directive;
    directive.keyword = find_keyword(tree_.words()[first_word].text);
    directive.file = file;
    directive.first_word = static_cast<uint32_t>(first_word);
    directive.word_count = static_cast<uint32_t>(tree_.words().size() - first_word);
    return directive;
  }

  void add_simple(SourceFileId file, size_t first_word, Block& block) {
    if (block.parent == DirectiveId::none) {
      tree_.words().resize(first_word);
      return;
    }
    Directive directive = describe(file, first_word);
    if (directive.keyword == Keyword::include) {
      const SourceSpan span = span_of(file, first_word);
      const bool has_one_argument = directive.word_count == 2;
      const std::string_view pattern =
          has_one_argument ? tree_.words()[first_word + 1].text : std::string_view();
      tree_.words().resize(first_word);
      if (!has_one_argument)
        problems_.error(span, "\"include\" takes one path; left out");
      else
        include(pattern, span, block);
      return;
    }
    if (form_of(directive.keyword) == BlockForm::block && !in_free_text(block)) {
      problems_.error(
          span_of(file, first_word),
          fmt::format("directive \"{}\" has no opening \"{{\"; left out", tree_.words()[first_word].text));
      tree_.words().resize(first_word);
      return;
    }
    block.last = tree_.append(block.parent, block.last, directive);
  }

  // In these blocks a line is a key with a value, whatever it looks like.
  bool in_free_text(const Block& block) const {
    switch (tree_.at(block.parent).keyword) {
      case Keyword::map:
      case Keyword::geo:
      case Keyword::split_clients:
      case Keyword::types:
        return true;
      default:
        return false;
    }
  }

  void open_block(SourceFileId file, size_t first_word, Lexer& lexer, Block& block,
                  std::vector<Block>& open) {
    const SourceSpan span = span_of(file, first_word);
    const bool is_unnamed = first_word == tree_.words().size();
    if (block.parent == DirectiveId::none || is_unnamed ||
        open.size() >= static_cast<size_t>(limits_.block_depth)) {
      if (!is_unnamed && block.parent != DirectiveId::none)
        problems_.error(span, fmt::format("blocks are nested more than {} deep; this one is left out",
                                          limits_.block_depth));
      tree_.words().resize(first_word);
      open.push_back({DirectiveId::none, DirectiveId::none, span});
      return;
    }
    Directive directive = describe(file, first_word);
    directive.is_block = true;
    if (tree_.words()[first_word].text.ends_with("_by_lua_block")) {
      directive.is_lua = true;
      tree_.words().push_back({lexer.read_lua_body(), span.line, span.column});
      ++directive.word_count;
      block.last = tree_.append(block.parent, block.last, directive);
      return;
    }
    if (form_of(directive.keyword) == BlockForm::simple || in_free_text(block)) {
      problems_.error(
          span,
          fmt::format("directive \"{}\" is not terminated by \";\"; it is left out with the block behind "
                      "it",
                      tree_.words()[first_word].text));
      tree_.words().resize(first_word);
      open.push_back({DirectiveId::none, DirectiveId::none, span});
      return;
    }
    block.last = tree_.append(block.parent, block.last, directive);
    open.push_back({block.last, DirectiveId::none, span});
  }

  void include(std::string_view pattern, SourceSpan span, Block& block) {
    const auto [resolved, is_new] = resolved_.try_emplace(pattern);
    if (is_new) resolved->second = files_.locate(resolve_path(conf_prefix_, pattern));
    const std::string& path = resolved->second;
    if (path.find_first_of("*?[") == std::string::npos) {
      include_file(path, span, block);
      return;
    }
    // A pattern that matches nothing is no error, to nginx either.
    for (const std::string& match : files_.matches(path)) include_file(match, span, block);
  }

  void include_file(const std::string& path, SourceSpan span, Block& block) {
    const auto loop = std::find(including_.begin(), including_.end(), path);
    if (loop != including_.end()) {
      std::string chain;
      for (auto file = loop; file != including_.end(); ++file) chain += fmt::format("{} includes ", *file);
      problems_.error(span, fmt::format("include loop: {}{}; the include is left out", chain, path));
      return;
    }
    if (including_.size() >= static_cast<size_t>(limits_.include_depth)) {
      problems_.error(span, fmt::format("includes are nested more than {} deep; {} is left out",
                                        limits_.include_depth, path));
      return;
    }
    if (++files_parsed_ > limits_.files) {
      problems_.error(
          span, fmt::format("more than {} files, inclusions counted: the rest is left out", limits_.files));
      return;
    }
    const Result<ConfigFiles::Text>& text = files_.open(path);
    if (!text) {
      problems_.error(span, fmt::format("the included file is left out: {}", text.error().message));
      return;
    }
    parse_file(path, *text, block);
  }

  ConfigFiles& files_;
  const std::string& conf_prefix_;
  Problems& problems_;
  DirectiveTree& tree_;
  const ParseLimits& limits_;
  std::vector<std::string_view> including_;
  std::unordered_map<std::string_view, std::string> resolved_;  ///< a snippet is included by many servers
  size_t files_parsed_ = 0;
};

}  // namespace

Result<SourceFileId> parse_configuration(ConfigFiles& files, const std::string& path,
                                         const std::string& conf_prefix, Problems& problems,
                                         DirectiveTree& tree, const ParseLimits& limits) {
  return Parser(files, conf_prefix, problems, tree, limits).parse_main(path);
}

void parse_configurations(ConfigFiles& files, const std::vector<std::string>& paths,
                          const std::string& conf_prefix, Problems& problems, DirectiveTree& tree,
                          const ParseLimits& limits) {
  for (const std::string& path : paths) {
    Result<SourceFileId> file = parse_configuration(files, path, conf_prefix, problems, tree, limits);
    if (!file) problems.error({}, fmt::format("a file is left out: {}", file.error().message));
  }
}

}  // namespace astray::nginx
