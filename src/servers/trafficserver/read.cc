#include "servers/trafficserver/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/ascii.h"
#include "servers/trafficserver/back_edges.h"
#include "servers/trafficserver/lines.h"
#include "servers/trafficserver/parts.h"
#include "servers/trafficserver/records.h"
#include "servers/trafficserver/server_ports.h"
#include "servers/trafficserver/virtual_hosts.h"

namespace astray::trafficserver {
namespace {

/// What marks one of our main files, by its name.
struct MainFile {
  std::string_view name;
  std::string_view mark;
};
constexpr MainFile main_files[] = {{"records.yaml", "records:"}, {"records.config", "proxy.config."}, {"remap.config", "map"}};

/// Global plugins that answer no request for "/" of a site.
constexpr std::string_view harmless_everywhere[] = {"compress.so", "gzip.so", "healthchecks.so", "stats_over_http.so",
                                                 "system_stats.so", "tcpinfo.so", "xdebug.so"};

std::string name_of(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

bool is_main_file(FileSource& files, const std::string& path) {
  const auto known = std::ranges::find(main_files, name_of(path), &MainFile::name);
  if (known == std::end(main_files) || files.kind(path) != FileSource::Kind::file) return false;
  const Result<std::string> text = files.read(path);
  return text && text->find(known->mark) != std::string::npos;
}

std::optional<std::string> main_file(FileSource& files, std::string_view path) {
  std::string folder(path);
  if (files.kind(folder) != FileSource::Kind::directory) return folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  for (const MainFile& each : main_files)
    if (is_main_file(files, fmt::format("{}/{}", folder, each.name))) return fmt::format("{}/{}", folder, each.name);
  return std::nullopt;
}

class FolderReader {
 public:
  FolderReader(const ReadOptions& options, std::string folder, Deployment& deployment)
      : options_(options), folder_(std::move(folder)), deployment_(deployment), records_(options.defines) {}

  void run(std::string_view main_name) {
    read_records(main_name);
    read_certificates();
    if (const auto [file, text] = load("proxy.config.ssl.servername.filename", "sni.yaml"); text)
      parts_.sni = read_sni_yaml(*file, *text, folder_, options_, deployment_);
    parts_.rules = read_remap_config(path_of(records_.text({"proxy.config.url_remap.filename"}, "remap.config").value), folder_, options_,
                                     deployment_);
    read_server_ports(records_.text({"proxy.config.http.server_ports"}, "8080 8080:ipv6"), deployment_, parts_);
    take_settings();
    BackSettings backs = read_back_settings(records_, deployment_.version);
    if (const auto [file, text] = load("proxy.config.http.parent_proxy.file", "parent.config"); text)
      if (const std::vector<Line> lines = lines_of(*text, *file, Continuation::none); !lines.empty())
        backs.parent_rules = lines.front().span_at(0);
    read_plugins();
    make_virtual_hosts(backs, parts_, deployment_);
    deployment_.trafficserver = std::make_shared<Parts>(std::move(parts_));
  }

 private:
  std::string path_of(std::string_view name) const { return resolve_path(folder_, name); }

  /// Relative folders begin where Traffic Server is installed, which only --prefix says; its own default is the
  /// folder of its configuration.
  std::string folder_of(std::initializer_list<std::string_view> names) const {
    const Setting<std::string> stated = records_.text(names, "");
    if (stated.value.empty()) return folder_;
    return resolve_path(options_.prefix.empty() ? folder_ : options_.prefix, stated.value);
  }

  /// The file that a record names; nothing where there is none.
  std::pair<std::optional<SourceFileId>, std::optional<std::string>> load(std::string_view record, std::string_view name) {
    const std::string path = path_of(records_.text({record}, name).value);
    if (options_.files.kind(path) != FileSource::Kind::file) return {};
    Result<std::string> text = options_.files.read(path);
    if (!text) {
      deployment_.problems.push_back({ReadProblem::Severity::error, {}, text.error().message});
      return {};
    }
    return {deployment_.files.add(path), *std::move(text)};
  }

  void read_records(std::string_view main_name) {
    const bool is_yaml = main_name == "records.yaml" || (main_name != "records.config" && deployment_.version >= has_records_yaml);
    const auto [file, text] = load("", is_yaml ? "records.yaml" : "records.config");
    if (!text) return;
    if (is_yaml) records_.read_yaml(*file, *text, deployment_);
    else records_.read_config(*file, *text, deployment_);
  }

  void read_certificates() {
    const CertificateFolders folders{folder_of({"proxy.config.ssl.server.cert.path"}), folder_of({"proxy.config.ssl.server.private_key.path"})};
    constexpr std::string_view record = "proxy.config.ssl.server.multicert.filename";
    const bool is_stated = records_.text({record}, "").provenance == Provenance::set;
    if (!is_stated && options_.files.kind(path_of("ssl_multicert.config")) != FileSource::Kind::file) {
      // The form that follows the 10.x releases.
      if (const auto [file, text] = load(record, "ssl_multicert.yaml"); text)
        parts_.certificates = read_multicert_yaml(*file, *text, folders, options_, deployment_);
      return;
    }
    const auto [file, text] = load(record, "ssl_multicert.config");
    if (!text) return;
    const bool is_yaml = deployment_.files.path(*file).ends_with(".yaml");
    parts_.certificates = is_yaml ? read_multicert_yaml(*file, *text, folders, options_, deployment_)
                                  : read_multicert_config(*file, *text, folders, options_, deployment_);
  }

  void take_settings() {
    parts_.host_sni_policy = records_.number({"proxy.config.http.host_sni_policy"}, 2);
    const Setting<int> required = records_.number({"proxy.config.url_remap.remap_required"}, 1);
    parts_.remap_required = {required.value != 0, required.span, required.provenance};
    parts_.no_host_redirect = records_.text({"proxy.config.header.parse.no_host_url_redirect"}, "");
    const Setting<int> level = records_.number({"proxy.config.ssl.client.certification_level"}, 0);
    constexpr ClientAuthentication of_level[] = {ClientAuthentication::off, ClientAuthentication::optional, ClientAuthentication::required};
    parts_.client_authentication = {of_level[std::clamp(level.value, 0, 2)], level.span, level.provenance};
    take_versions();
    take_authorities(level.value != 0);
    const Setting<int> tickets = records_.number({"proxy.config.ssl.server.session_ticket.enable"}, 1);
    parts_.session_tickets = {tickets.value != 0, tickets.span, tickets.provenance};
    const Setting<int> cache = records_.number({"proxy.config.ssl.session_cache", "proxy.config.ssl.session_cache.mode",
                                                "proxy.config.ssl.session_cache.value", "proxy.config.ssl.session_cache.enabled"}, 2);
    parts_.session_cache = {cache.value != 0 ? std::to_string(cache.value) : "", cache.span, cache.provenance};
  }

  void take_versions() {
    const auto enabled = [&](std::initializer_list<std::string_view> names, int fallback, uint8_t bit) {
      const Setting<int> stated = records_.number(names, fallback);
      if (stated.stated()) parts_.versions = {parts_.versions.value, stated.span, Provenance::set};
      if (stated.value != 0) parts_.versions.value = static_cast<uint8_t>(parts_.versions.value | bit);
    };
    enabled({"proxy.config.ssl.TLSv1"}, 0, tls_version::tls1_0);
    enabled({"proxy.config.ssl.TLSv1_1"}, 0, tls_version::tls1_1);
    enabled({"proxy.config.ssl.TLSv1_2"}, 1, tls_version::tls1_2);
    enabled({"proxy.config.ssl.TLSv1_3", "proxy.config.ssl.TLSv1_3.enabled"}, 1, tls_version::tls1_3);
    // From 10.0: 0 to 3 stand for TLS 1.0 to 1.3, and where one is stated they alone count.
    const Setting<int> least = records_.number({"proxy.config.ssl.server.version.min"}, -1);
    const Setting<int> most = records_.number({"proxy.config.ssl.server.version.max"}, -1);
    if (least.value < 0 && most.value < 0) return;
    uint8_t bits = 0;
    for (int version = std::max(least.value, 0); version <= (most.value < 0 ? 3 : std::min(most.value, 3)); ++version)
      bits = static_cast<uint8_t>(bits | (tls_version::tls1_0 << version));
    parts_.versions = {bits, least.stated() ? least.span : most.span, Provenance::set};
  }

  /// The CAs of clients, where no entry of sni.yaml names others.
  void take_authorities(bool is_needed) {
    const Setting<std::string> file = records_.text({"proxy.config.ssl.CA.cert.filename"}, "");
    const std::string folder = folder_of({"proxy.config.ssl.CA.cert.path"});
    if (file.value.empty()) return;
    ClientAuthorities& made = parts_.authorities;
    made.file = {resolve_path(folder, file.value), file.span, file.provenance};
    const AuthoritiesResult loaded = options_.certificates.load_authorities(made.file.value);
    if (!loaded) {
      if (is_needed) deployment_.problems.push_back({ReadProblem::Severity::error, file.span, loaded.error().message});
      return;
    }
    made.sets.push_back(*loaded);
    made.digest = to_hex((*loaded)->digest);
    made.trusted_digests.push_back(*made.digest);
  }

  void read_plugins() {
    const auto [file, text] = load("", "plugin.config");
    if (!text) return;
    for (const Line& line : lines_of(*text, *file, Continuation::none)) {
      const Word first = words_of(line).front();
      if (std::ranges::find(harmless_everywhere, name_of(first.text)) != std::end(harmless_everywhere)) continue;
      parts_.plugin = Stated<std::string>{first.text, line.span_at(first.at)};
      return;
    }
  }

  const ReadOptions& options_;
  std::string folder_;
  Deployment& deployment_;
  Records records_;
  Parts parts_;
};

}  // namespace

bool recognise(FileSource& files, std::string_view path) {
  const std::optional<std::string> file = main_file(files, path);
  return file && is_main_file(files, *file);
}

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  const std::optional<std::string> file = main_file(options.files, path);
  if (!file)
    return failure(fmt::format("{}: expected Traffic Server's configuration in this folder (records.config or records.yaml, and remap.config)", path));
  if (const Result<std::string> text = options.files.read(*file); !text) return tl::unexpected(text.error());
  Deployment deployment;
  deployment.server = ServerKind::trafficserver;
  const std::string main_name = name_of(*file);
  deployment.version = options.version.value_or(main_name == "records.config" ? newest_9 : newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  std::error_code ignored;
  const std::string absolute = std::filesystem::absolute(*file, ignored).lexically_normal().string();
  FolderReader(options, absolute.substr(0, absolute.rfind('/')), deployment).run(main_name);
  return deployment;
}

}  // namespace astray::trafficserver
