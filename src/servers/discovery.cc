#include "servers/discovery.h"

#include <algorithm>
#include <optional>

namespace astray {
namespace {

/// The customary names of main files, by server: below a folder of that server's, another configuration of it is
/// known by this name alone, since whatever else lies there is a part of the first.
struct MainFileName {
  ServerKind server;
  std::string_view name;
};
constexpr MainFileName main_file_names[] = {
    {ServerKind::nginx, "nginx.conf"},  {ServerKind::httpd, "httpd.conf"}, {ServerKind::httpd, "apache2.conf"},
    {ServerKind::haproxy, "haproxy.cfg"}, {ServerKind::caddy, "Caddyfile"}, {ServerKind::h2o, "h2o.conf"},
    {ServerKind::envoy, "envoy.yaml"},  {ServerKind::astray, "gateway.yaml"}, {ServerKind::trafficserver, "records.config"},
    {ServerKind::trafficserver, "records.yaml"}, {ServerKind::traefik, "traefik.yml"}, {ServerKind::traefik, "traefik.yaml"},
    {ServerKind::traefik, "traefik.toml"},
};

/// Of one API server's objects several programs read their own, side by side.
bool reads_kubernetes_objects(ServerKind kind) {
  return kind == ServerKind::istio || kind == ServerKind::kubernetes || kind == ServerKind::traefik;
}

std::string joined(const std::string& folder, std::string_view name) {
  return folder.ends_with('/') ? folder + std::string(name) : folder + '/' + std::string(name);
}

class Search {
 public:
  explicit Search(FileSource& files) : files_(files) {}

  void look_into(const std::string& folder, std::vector<const Server*> claimed, int level) {
    const std::vector<FileSource::Entry> entries = files_.list(folder);
    std::vector<const Server*> here = recognising(
        folder, [&](const Server& server) { return !has(claimed, server) || main_file(entries, server.kind); });
    if (may_share(here)) {
      for (const Server* server : here) result_.found.push_back({folder, server});
    } else {
      // Each takes the folder for its own: the customary names tell whose main files lie here.
      std::erase_if(here, [&](const Server* server) { return !main_file(entries, server->kind); });
      for (const Server* server : here)
        result_.found.push_back({joined(folder, *main_file(entries, server->kind)), server});
    }
    claimed.insert(claimed.end(), here.begin(), here.end());
    for (const FileSource::Entry& entry : entries) {
      if (entry.name.starts_with('.')) continue;
      const std::string path = joined(folder, entry.name);
      if (entry.kind == FileSource::Kind::file) look_at_file(path, claimed);
      if (entry.kind != FileSource::Kind::directory || entry.is_link) continue;
      if (level == most_levels) ++result_.files_left_out;
      else look_into(path, claimed, level + 1);
    }
  }

  Discovery take() { return std::move(result_); }

 private:
  static bool has(const std::vector<const Server*>& servers, const Server& server) {
    return std::find(servers.begin(), servers.end(), &server) != servers.end();
  }

  static std::optional<std::string_view> main_file(const std::vector<FileSource::Entry>& entries, ServerKind kind) {
    for (const MainFileName& known : main_file_names) {
      if (known.server != kind) continue;
      for (const FileSource::Entry& entry : entries)
        if (entry.name == known.name && entry.kind == FileSource::Kind::file) return known.name;
    }
    return std::nullopt;
  }

  /// Whether what these servers recognise can be all of theirs at once.
  static bool may_share(const std::vector<const Server*>& servers) {
    return servers.size() <= 1 || std::all_of(servers.begin(), servers.end(), [](const Server* server) {
             return reads_kubernetes_objects(server->kind);
           });
  }

  template <typename Wanted>
  std::vector<const Server*> recognising(const std::string& path, Wanted wanted) {
    std::vector<const Server*> servers;
    for (const Server& server : all_servers())
      if (wanted(server) && server.recognise(files_, path)) servers.push_back(&server);
    return servers;
  }

  void look_at_file(const std::string& path, const std::vector<const Server*>& claimed) {
    if (looked_at_ == most_files) {
      ++result_.files_left_out;
      return;
    }
    ++looked_at_;
    std::vector<const Server*> servers =
        recognising(path, [&](const Server& server) { return !has(claimed, server); });
    if (servers.empty()) {
      ++result_.unrecognised_files;
    } else if (may_share(servers)) {
      for (const Server* server : servers) result_.found.push_back({path, server});
    } else {
      result_.ambiguous.push_back({path, std::move(servers)});
    }
  }

  FileSource& files_;
  Discovery result_;
  size_t looked_at_ = 0;
};

}  // namespace

Discovery discover(FileSource& files, std::string_view folder) {
  std::string from(folder);
  while (from.size() > 1 && from.ends_with('/')) from.pop_back();
  Search search(files);
  search.look_into(from, {}, 1);
  return search.take();
}

}  // namespace astray
