#include "servers/nginx/read.h"

#include <fmt/format.h>

#include <algorithm>

#include "servers/nginx/config_files.h"
#include "servers/nginx/http.h"
#include "servers/nginx/listeners.h"
#include "servers/nginx/parser.h"
#include "servers/nginx/stream.h"
#include "servers/nginx/tls.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string without_trailing_slashes(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

// Blocks that stand in http { } or stream { } or at the top, and in no other server's configuration.
bool is_telling_block(Keyword keyword) {
  switch (keyword) {
    case Keyword::http:
    case Keyword::server:
    case Keyword::upstream:
    case Keyword::stream:
    case Keyword::events:
    case Keyword::map:
    case Keyword::location:
      return true;
    default:
      return false;
  }
}

bool looks_like_nginx(std::string_view text) {
  if (is_configuration_dump(text)) return true;
  // A statement has a name: this is JSON, or a Caddyfile with global options.
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') return false;
  constexpr size_t enough = 64 << 10;
  text = text.substr(0, enough);
  WordArena arena;
  std::vector<LexProblem> problems;
  Lexer lexer(text, arena, problems);
  std::vector<Word> words;
  for (StatementEnd end = lexer.read(words); end != StatementEnd::file_done; end = lexer.read(words)) {
    // Apache httpd's sections would lex as words.
    if (!words.empty() && words.front().text.starts_with('<')) return false;
    if (end == StatementEnd::block_start && !words.empty() &&
        is_telling_block(find_keyword(words.front().text)))
      return true;
    words.clear();
    problems.clear();
  }
  return false;
}

/// What there is to parse.
struct Input {
  std::string main_file;
  std::vector<std::string> fragments;  ///< instead of a main file: what http { } would include
  std::string conf_prefix;
  std::string root;  ///< of a copied file system
};

std::vector<std::string> find_fragments(FileSource& files, const std::string& folder) {
  std::vector<std::string> fragments;
  for (const std::string& path : files.glob(folder + "/*.conf")) {
    if (files.kind(path) != FileSource::Kind::file) continue;
    const Result<std::string> text = files.read(path);
    if (text && looks_like_nginx(*text)) fragments.push_back(path);
  }
  return fragments;
}

Result<Input> find_input(const std::string& path, FileSource& files) {
  Input input;
  switch (files.kind(path)) {
    case FileSource::Kind::missing:
      return failure(fmt::format("{}: no such file or directory; check the path", path));
    case FileSource::Kind::other:
      return failure(
          fmt::format("{}: is neither a file nor a directory; expecting nginx.conf, a folder that has it, "
                      "or the output of `nginx -T`",
                      path));
    case FileSource::Kind::file:
      input.main_file = path;
      input.conf_prefix = folder_of(path);
      return input;
    case FileSource::Kind::directory:
      break;
  }
  const std::string folder = without_trailing_slashes(path);
  if (files.kind(folder + "/nginx.conf") == FileSource::Kind::file) {
    input.main_file = folder + "/nginx.conf";
    input.conf_prefix = folder;
    return input;
  }
  if (files.kind(folder + "/etc/nginx/nginx.conf") == FileSource::Kind::file) {
    input.main_file = folder + "/etc/nginx/nginx.conf";
    input.conf_prefix = folder + "/etc/nginx";
    input.root = folder;
    return input;
  }
  input.fragments = find_fragments(files, folder);
  input.conf_prefix = folder;
  if (input.fragments.empty())
    return failure(
        fmt::format("{}: no nginx configuration found; expecting nginx.conf or etc/nginx/nginx.conf in it, "
                    "or *.conf files with server blocks",
                    path));
  return input;
}

bool has_block(const DirectiveTree& tree, Keyword keyword) {
  return tree.find(DirectiveTree::root, keyword) != DirectiveId::none;
}

class Reader {
 public:
  Reader(const ReadOptions& options, Deployment& deployment)
      : options_(options),
        deployment_(deployment),
        files_(options.files, deployment.files, problems_),
        certificates_(options.certificates) {}

  Result<void> read(Input input) {
    if (input.fragments.empty()) {
      Result<std::string> text = options_.files.read(input.main_file);
      if (!text) return tl::unexpected(text.error());
      if (is_configuration_dump(*text)) {
        input.main_file = files_.use_dump(std::move(*text));
        input.conf_prefix = folder_of(input.main_file);
      } else {
        files_.use_text(input.main_file, std::move(*text));
      }
    }
    if (!options_.prefix.empty()) input.conf_prefix = options_.prefix;
    files_.set_root(input.root);
    if (input.fragments.empty()) {
      Result<SourceFileId> parsed =
          parse_configuration(files_, input.main_file, input.conf_prefix, problems_, tree_);
      if (!parsed) return tl::unexpected(parsed.error());
    } else {
      parse_configurations(files_, input.fragments, input.conf_prefix, problems_, tree_);
    }
    return build(input);
  }

  std::vector<ReadProblem> take_problems() { return problems_.take(); }

 private:
  Result<void> build(const Input& input) {
    const Reading reading{tree_, deployment_.version, input.conf_prefix, files_, certificates_, problems_};
    certificates_.preload(reading);
    Listeners listeners(deployment_, problems_);
    const bool is_main = has_block(tree_, Keyword::http) || has_block(tree_, Keyword::stream) ||
                         has_block(tree_, Keyword::events);
    if (!is_main) {
      if (!has_block(tree_, Keyword::server))
        return failure(fmt::format(
            "{}: no http, stream or server block in it: nothing to audit; expecting nginx.conf, a "
            "folder that has it, or the output of `nginx -T`",
            deployment_.main_file));
      problems_.warning(
          {}, fmt::format("{}: read as what http {{ }} includes, since no http block stands in it; settings "
                          "of the real http {{ }} are not known and count as nginx's defaults",
                          deployment_.main_file));
      read_http(DirectiveTree::root, reading, deployment_, listeners);
      return {};
    }
    bool has_http = false;
    for (const DirectiveId block : tree_.children(DirectiveTree::root)) {
      const Keyword keyword = tree_.at(block).keyword;
      if (keyword == Keyword::http && has_http)
        problems_.error(tree_.span(block),
                        "\"http\" directive is duplicate: nginx will not start; this one is left out");
      if (keyword == Keyword::http && !has_http) read_http(block, reading, deployment_, listeners);
      if (keyword == Keyword::stream) read_stream(block, reading, deployment_, listeners);
      if (keyword == Keyword::server)
        problems_.error(tree_.span(block),
                        "\"server\" directive is not allowed here, outside of http { }; left out");
      has_http = has_http || keyword == Keyword::http;
    }
    return {};
  }

  const ReadOptions& options_;
  Deployment& deployment_;
  Problems problems_;
  ConfigFiles files_;
  CertificateLoader certificates_;
  DirectiveTree tree_;
};

}  // namespace

bool recognise(FileSource& files, std::string_view path) {
  const std::string name = without_trailing_slashes(path);
  switch (files.kind(name)) {
    case FileSource::Kind::directory:
      return files.kind(name + "/nginx.conf") == FileSource::Kind::file ||
             files.kind(name + "/etc/nginx/nginx.conf") == FileSource::Kind::file ||
             !find_fragments(files, name).empty();
    case FileSource::Kind::file: {
      const Result<std::string> text = files.read(name);
      return text && looks_like_nginx(*text);
    }
    case FileSource::Kind::missing:
    case FileSource::Kind::other:
      break;
  }
  return false;
}

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  Deployment deployment;
  deployment.server = ServerKind::nginx;
  deployment.version = options.version.value_or(newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  Result<Input> input = find_input(std::string(path), options.files);
  if (!input) return tl::unexpected(input.error());
  Reader reader(options, deployment);
  if (Result<void> done = reader.read(std::move(*input)); !done) return tl::unexpected(done.error());
  deployment.problems = reader.take_problems();
  return deployment;
}

}  // namespace astray::nginx
