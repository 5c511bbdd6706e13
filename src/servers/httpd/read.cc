#include "servers/httpd/read.h"

#include <fmt/format.h>

#include <filesystem>
#include <unordered_set>

#include "base/ascii.h"
#include "servers/httpd/evaluator.h"
#include "servers/httpd/listeners.h"
#include "servers/httpd/main_file.h"
#include "servers/httpd/virtual_host.h"
#include "servers/httpd/words.h"

namespace astray::httpd {
namespace {

/// Opens what the virtual hosts name. Each path's problem is told once.
class CertificateLoader {
 public:
  CertificateLoader(CertificateSource& source, Problems& problems) : source_(source), problems_(problems) {}

  void load(std::vector<VirtualHost>& hosts) {
    std::vector<std::string> paths;
    std::unordered_set<std::string_view> seen;
    for (const VirtualHost& host : hosts)
      if (host.tls.enabled.value)
        for (const CertificateUse& use : host.tls.certificates)
          if (use.provenance != Provenance::unknowable && seen.insert(use.path).second)
            paths.push_back(use.path);
    source_.preload(paths);
    for (VirtualHost& host : hosts)
      if (host.tls.enabled.value) load(host);
  }

 private:
  void load(VirtualHost& host) {
    if (host.tls.certificates.empty())
      problems_.error(
          host.span,
          "SSLEngine is on without an SSLCertificateFile (and without a managed domain): httpd refuses to "
          "start; add one");
    for (CertificateUse& use : host.tls.certificates) {
      if (use.provenance == Provenance::unknowable) {
        problems_.warning(use.span, "mod_md obtains this certificate, so its names are not known here");
        continue;
      }
      CertificateResult certificate = source_.load(use.path);
      if (certificate)
        use.certificate = *certificate;
      else if (told_.insert(use.path).second)
        problems_.error(use.span, certificate.error().message);
    }
    ClientAuthorities& authorities = host.tls.client_authorities;
    if (authorities.file.stated())
      add(authorities, source_.load_authorities(authorities.file.value), authorities.file.span);
    if (authorities.path.stated())
      add(authorities, source_.load_authority_directory(authorities.path.value), authorities.path.span);
    size_t named = (authorities.file.stated() ? 1U : 0U) + (authorities.path.stated() ? 1U : 0U);
    if (named == 0 || authorities.trusted_digests.size() != named) return;
    authorities.digest = authorities.trusted_digests.front();
    if (named == 2) *authorities.digest += "+" + authorities.trusted_digests.back();
  }

  void add(ClientAuthorities& authorities, const AuthoritiesResult& result, SourceSpan span) {
    if (result) {
      authorities.trusted_digests.push_back(to_hex((*result)->digest));
      authorities.sets.push_back(*result);
    } else if (told_.insert(result.error().path).second) {
      problems_.error(span, result.error().message);
    }
  }

  CertificateSource& source_;
  Problems& problems_;
  std::unordered_set<std::string> told_;
};

void name_defines(const std::vector<std::string>& defines, Variables& variables) {
  for (const std::string& define : defines) {
    size_t equals = define.find('=');
    if (equals == std::string::npos)
      variables.define(define);
    else
      variables.define(std::string_view(define).substr(0, equals),
                       std::string_view(define).substr(equals + 1));
  }
}

/// Each virtual host takes the main server's lists: few entries, or a flood that nobody means.
void bound_inheritance(ServerStatements& main, size_t virtual_hosts, size_t limit, Problems& problems) {
  size_t items = main.proxy.mappings.size() + main.logs.size() + main.alt_svc.size() +
                 main.tls.openssl_commands.size() + main.tls.certificate_files.size() +
                 main.tls.key_files.size() + main.error_documents.size();
  if (virtual_hosts == 0 || items <= limit / virtual_hosts) return;
  problems.error(
      main.span,
      fmt::format(
          "{} virtual hosts would inherit {} list entries each (ProxyPass, CustomLog, certificates …), "
          "so what the main server lists is left out; state it where it is meant",
          virtual_hosts, items));
  main.proxy.mappings.clear();
  main.logs.clear();
  main.alt_svc.clear();
  main.tls.openssl_commands.clear();
  main.tls.certificate_files.clear();
  main.tls.key_files.clear();
  main.error_documents.clear();
}

void add_virtual_hosts(Deployment& deployment, const std::vector<VirtualHostSection>& sections,
                       Evaluation& evaluation, const Surroundings& around, size_t listener_limit) {
  std::vector<HostAddresses> addresses;
  std::vector<Setting<bool>> proxy_protocol;
  deployment.virtual_hosts.reserve(sections.size() + 1);
  addresses.reserve(sections.size());
  for (const VirtualHostSection& section : sections) {
    ServerStatements own = evaluate_virtual_host(section, evaluation);
    VirtualHost host = make_virtual_host(own, around);
    addresses.push_back({static_cast<VirtualHostId>(deployment.virtual_hosts.size()), host.span,
                         std::move(own.addresses), host.tls.enabled.value});
    proxy_protocol.push_back(own.proxy_protocol);
    deployment.virtual_hosts.push_back(std::move(host));
  }
  auto main = static_cast<VirtualHostId>(deployment.virtual_hosts.size());
  Listeners made = make_listeners(around.global.listens, addresses, main, listener_limit, around.problems);
  deployment.listeners = std::move(made.listeners);
  if (made.uses_main) deployment.virtual_hosts.push_back(make_virtual_host(around.main, around));
  proxy_protocol.push_back(around.main.proxy_protocol);
  for (Listener& listener : deployment.listeners) {
    const VirtualHost& first = deployment.virtual_host(listener.default_virtual_host);
    listener.tls = first.tls.enabled;
    listener.proxy_protocol = proxy_protocol[static_cast<size_t>(listener.default_virtual_host)];
    if (listener.proxy_protocol.provenance == Provenance::default_value)
      listener.proxy_protocol = around.main.proxy_protocol;
  }
}

}  // namespace

Result<Deployment> read(std::string_view path, const ReadOptions& options, const ReadLimits& limits) {
  // Relative includes and certificates start at absolute folders, wherever the user stands.
  std::string here = path.starts_with('/') ? std::string() : std::filesystem::current_path().string() + "/";
  Result<MainFiles> main_files =
      find_main_files(options.files, here.empty() ? path : resolve_path(here, path));
  if (!main_files) return tl::unexpected(main_files.error());

  Deployment deployment;
  deployment.server = ServerKind::httpd;
  deployment.version = options.version.value_or(newest_version);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);

  Problems problems;
  TextArena arena;
  TreeReader reader(options.files, deployment.files, problems, arena, deployment.version, limits);
  reader.set_server_root(options.prefix.empty() ? main_files->server_root
                                                : resolve_path(here, options.prefix));
  reader.set_shown_folder(here);
  name_defines(options.defines, reader.variables());
  std::string environment = main_files->folder + "/envvars";
  if (options.files.kind(environment) == FileSource::Kind::file)
    if (Result<std::string> text = options.files.read(environment))
      read_environment_file(*text, main_files->folder, reader.variables());

  if (main_files->is_sites_folder)
    problems.warning(
        {},
        fmt::format(
            "{} has no apache2.conf or httpd.conf, so its *.conf files are read as a sites folder: what the "
            "main file states (Listen, modules, inherited settings) is missing",
            main_files->folder));
  for (const std::string& file : main_files->paths) {
    Result<SourceFileId> id = reader.read(file);
    if (id) continue;
    if (!main_files->is_sites_folder) return tl::unexpected(id.error());
    problems.error({}, "a file is left out: " + id.error().message);
  }

  GlobalStatements global;
  Evaluation evaluation{problems, arena, reader.server_root(), global, deployment.version};
  std::vector<VirtualHostSection> sections;
  ServerStatements main = evaluate_main(reader.tree(), evaluation, sections);
  bound_inheritance(main, sections.size(), limits.inherited_items, problems);
  if (deployment.version < oldest_version)
    problems.warning(
        {}, fmt::format("httpd before {} compared SNI and Host in another way; {} is predicted as {}",
                        oldest_version.text(), deployment.version.text(), oldest_version.text()));
  deployment.sni_policy = global.sni_policy;
  if (!deployment.sni_policy.stated()) deployment.sni_policy.value = SniPolicy::secure;
  ManagedNames managed(global.managed_domains);
  Surroundings around{main,    global, reader.modules(), managed, reader.server_root(), deployment.version,
                      problems};
  add_virtual_hosts(deployment, sections, evaluation, around, limits.listeners);
  if (deployment.listeners.empty())
    problems.error(
        {},
        "neither Listen nor <VirtualHost> was read, so there is nothing to predict; give httpd's main file");
  CertificateLoader(options.certificates, problems).load(deployment.virtual_hosts);
  deployment.problems = problems.take();
  return deployment;
}

bool recognise(FileSource& files, std::string_view path) {
  Result<MainFiles> found = find_main_files(files, path);
  if (!found) return false;
  constexpr size_t enough_lines = 4000;
  TextArena arena;
  for (const std::string& file : found->paths) {
    Result<std::string> text = files.read(file);
    if (!text) continue;
    LineReader lines(*text, SourceFileId::none, arena);
    for (size_t i = 0; i < enough_lines; ++i) {
      std::optional<LogicalLine> line = lines.next();
      if (!line) break;
      if (line->text.empty() || line->text[0] == '#' || line->text.ends_with(';') ||
          line->text.ends_with('{'))
        continue;
      std::string_view rest = line->text;
      std::string_view word = take_word(rest, arena);
      for (std::string_view telling :
           {"<VirtualHost", "<IfModule", "<Directory", "LoadModule", "ServerRoot", "ServerAlias",
            "IncludeOptional", "SSLEngine", "<Macro", "<IfDefine", "<Location", "DocumentRoot"})
        if (ascii_iequals(word, telling) ||
            (word.ends_with('>') && ascii_iequals(word.substr(0, word.size() - 1), telling)))
          return true;
    }
  }
  return false;
}

}  // namespace astray::httpd
