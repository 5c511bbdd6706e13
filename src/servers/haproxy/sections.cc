#include "servers/haproxy/sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "servers/haproxy/conditional_block.h"

namespace astray::haproxy {
namespace {

constexpr size_t most_lines = 4'000'000;
constexpr size_t deepest_block = 32;

struct SectionWord {
  std::string_view word;
  SectionKind kind;
};
constexpr SectionWord section_words[] = {
    {"global", SectionKind::global},     {"defaults", SectionKind::defaults}, {"frontend", SectionKind::frontend},
    {"backend", SectionKind::backend},   {"listen", SectionKind::listen},     {"peers", SectionKind::other},
    {"resolvers", SectionKind::other},   {"userlist", SectionKind::other},    {"mailers", SectionKind::other},
    {"cache", SectionKind::other},       {"program", SectionKind::other},     {"http-errors", SectionKind::other},
    {"ring", SectionKind::other},        {"log-forward", SectionKind::other}, {"fcgi-app", SectionKind::other},
    {"crt-store", SectionKind::other},   {"traces", SectionKind::other},      {"acme", SectionKind::other},
    {"log-profile", SectionKind::other}, {"healthcheck", SectionKind::other}};

const SectionWord* find_section(std::string_view word) {
  const auto* found = std::find_if(std::begin(section_words), std::end(section_words),
                                   [&](const SectionWord& each) { return each.word == word; });
  return found == std::end(section_words) ? nullptr : found;
}

/// One level of .if.
struct Block {
  Truth taken = Truth::no;   ///< this branch
  Truth earlier = Truth::no; ///< one of the branches before it
  SourceSpan span{};
  bool has_else = false;
};

class SectionReader {
 public:
  SectionReader(Version version, SourceFiles& names, Problems& problems, Sections& sections)
      : version_(version), names_(names), problems_(problems), sections_(sections) {}

  void read(const std::string& path, std::string_view text) {
    const SourceFileId file = names_.add(path);
    uint32_t number = 0;
    in_section_ = false;
    while (!text.empty()) {
      const size_t end = text.find('\n');
      take_line(file, ++number, text.substr(0, end));
      if (++lines_ > most_lines) {
        problems_.error({file, number, 1}, fmt::format("more than {} lines: the rest is not read", most_lines));
        break;
      }
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    for (const Block& block : blocks_)
      problems_.error(block.span, ".if without .endif in this file; HAProxy refuses it");
    blocks_.clear();
  }

 private:
  void take_line(SourceFileId file, uint32_t number, std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || text[first] == '#') return;
    CutLine cut = cut_line(text, sections_.environment);
    Line line{file, number, std::move(cut.words)};
    if (line.words.empty()) return;
    if (!cut.problem.empty()) return problems_.error(line.span(), cut.problem);
    if (line.keyword().starts_with('.') && line.keyword().size() > 1 && line.words.front().known())
      return take_directive(line);
    const Truth included = included_here();
    if (included == Truth::no) return;
    if (included == Truth::unknown) return leave_out(line);
    const SectionWord* section = find_section(line.keyword());
    if (section != nullptr) return begin(line, section->kind);
    if (!in_section_) return problems_.error(line.span(), fmt::format(
        "'{}' stands before any section; expecting global, defaults, frontend, backend or listen first",
        line.keyword()));
    if (sections_.all.back().kind == SectionKind::global) take_environment(line);
    sections_.all.back().lines.push_back(std::move(line));
  }

  // What an unknown condition decides is left out, and said.
  void leave_out(const Line& line) {
    if (!blocks_told_) {
      problems_.warning(line.span(), "whether this line and those up to .endif count depends on a condition that "
                                     "nobody here knows (an environment variable, a feature of the build); they "
                                     "are left out, and what their section answers is taken as unknown");
      blocks_told_ = true;
    }
    if (in_section_) sections_.all.back().complete = false;
  }

  Truth included_here() const {
    Truth included = Truth::yes;
    for (const Block& block : blocks_) included = both(included, block.taken);
    return included;
  }

  void take_directive(const Line& line) {
    const std::string_view keyword = line.keyword();
    if (keyword == ".if") {
      if (blocks_.size() == deepest_block)
        return problems_.error(line.span(), fmt::format("more than {} nested .if", deepest_block));
      blocks_.push_back({judge(line), Truth::no, line.span()});
      blocks_told_ = false;
    } else if (keyword == ".elif" || keyword == ".else") {
      if (blocks_.empty() || blocks_.back().has_else)
        return problems_.error(line.span(), fmt::format("{} without an open .if", keyword));
      Block& block = blocks_.back();
      block.earlier = either(block.earlier, block.taken);
      block.has_else = keyword == ".else";
      block.taken = both(!block.earlier, block.has_else ? Truth::yes : judge(line));
      blocks_told_ = false;
    } else if (keyword == ".endif") {
      if (blocks_.empty()) return problems_.error(line.span(), ".endif without an open .if");
      blocks_.pop_back();
    } else if (keyword != ".notice" && keyword != ".warning" && keyword != ".diag" && keyword != ".alert") {
      problems_.error(line.span(), fmt::format("'{}' is no directive; expecting .if, .elif, .else, .endif, .diag, "
                                               ".notice, .warning or .alert", keyword));
    } else if (keyword == ".alert" && included_here() == Truth::yes) {
      problems_.error(line.span(), "HAProxy stops here: .alert");
    }
  }

  Truth judge(const Line& line) {
    std::string text;
    for (size_t i = 1; i < line.words.size(); ++i) {
      if (!text.empty()) text += ' ';
      text += line.words[i].text;
    }
    const BlockCondition condition = judge_block_condition(text, version_, sections_.environment);
    if (!condition.problem.empty()) problems_.error(line.span(1), condition.problem);
    return condition.truth;
  }

  void begin(const Line& line, SectionKind kind) {
    Section& section = sections_.all.emplace_back();
    section.kind = kind;
    section.span = line.span();
    in_section_ = true;
    size_t next = 1;
    if (line.word(next) != "from" || kind != SectionKind::defaults) section.name = line.word(next++);
    if (line.word(next) == "from") section.from = line.word(next + 1);
    for (const Word& word : line.words)
      if (!word.known()) problems_.warning(line.span(), fmt::format("the environment variable {} decides this line "
          "and is not known; give it with --define {}=VALUE", word.unknown_for, word.unknown_for));
    const bool needs_name =
        kind == SectionKind::frontend || kind == SectionKind::backend || kind == SectionKind::listen;
    if (needs_name && section.name.empty())
      problems_.error(line.span(), fmt::format("'{}' expects a name", line.keyword()));
  }

  void take_environment(const Line& line) {
    Environment& environment = sections_.environment;
    if (line.keyword() == "setenv")
      environment.set(std::string(line.word(1)), std::string(line.word(2)));
    else if (line.keyword() == "presetenv")
      environment.set_if_absent(std::string(line.word(1)), std::string(line.word(2)));
    else if (line.keyword() == "unsetenv")
      for (size_t i = 1; i < line.words.size(); ++i) environment.unset(line.words[i].text);
  }

  Version version_;
  SourceFiles& names_;
  Problems& problems_;
  Sections& sections_;
  std::vector<Block> blocks_;
  size_t lines_ = 0;
  bool in_section_ = false;
  bool blocks_told_ = false;
};

}  // namespace

std::vector<std::string> configuration_files(FileSource& files, std::string_view path) {
  std::string name(path);
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  if (files.kind(name) != FileSource::Kind::directory) return {name};
  for (const char* main : {"/haproxy.cfg", "/etc/haproxy/haproxy.cfg"})
    if (files.kind(name + main) == FileSource::Kind::file) return {name + main};
  std::vector<std::string> found;
  for (const std::string& each : files.glob(name + "/*.cfg"))
    if (files.kind(each) == FileSource::Kind::file) found.push_back(each);
  return found;
}

bool looks_like_haproxy(std::string_view text) {
  constexpr size_t enough = 64 << 10;
  text = text.substr(0, enough);
  const Environment nothing;
  bool in_section = false;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const CutLine cut = cut_line(line, nothing);
    if (cut.words.empty()) continue;
    const std::string& first = cut.words.front().text;
    if (!in_section) {
      // Other servers' files have words such as `defaults` or `cache`, too: sections of HAProxy are lines without
      // braces or colons, and what follows says more.
      const SectionWord* section = find_section(first);
      if (first.starts_with('.')) continue;
      if (section == nullptr || cut.words.size() > 4) return false;
      for (const Word& word : cut.words)
        if (word.text.find_first_of("{};=<") != std::string::npos) return false;
      in_section = true;
      const bool is_proxy = section->kind == SectionKind::frontend || section->kind == SectionKind::backend ||
                            section->kind == SectionKind::listen;
      if (is_proxy && cut.words.size() >= 2) return true;
      continue;
    }
    constexpr std::string_view telling[] = {"mode",    "bind",    "timeout", "maxconn", "log",
                                            "frontend", "backend", "listen",  "defaults", "nbthread",
                                            "daemon",  "stats",   "chroot",  "option",  "server"};
    if (first.find_first_of("{};=<") != std::string::npos) return false;
    if (std::find(std::begin(telling), std::end(telling), first) != std::end(telling) && !line.ends_with(';') &&
        !line.ends_with('{'))
      return true;
  }
  return false;
}

Result<Sections> read_sections(const std::vector<std::string>& paths, FileSource& files, Version version,
                               const std::vector<std::string>& given, SourceFiles& names, Problems& problems) {
  Sections sections;
  for (const std::string& define : given) {
    const size_t equals = define.find('=');
    sections.environment.set(define.substr(0, equals),
                             equals == std::string::npos ? std::string() : define.substr(equals + 1));
  }
  sections.environment.set("HAPROXY_BRANCH", fmt::format("{}.{}", version.major, version.minor));
  SectionReader reader(version, names, problems, sections);
  for (const std::string& path : paths) {
    const Result<std::string> text = files.read(path);
    if (!text) return tl::unexpected(text.error());
    if (text->find('\0') != std::string::npos)
      return failure(fmt::format("{}: has NUL bytes and is no HAProxy configuration; expecting text", path));
    reader.read(path, *text);
  }
  return sections;
}

}  // namespace astray::haproxy
