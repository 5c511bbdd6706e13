#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "servers/model/behaviour.h"
#include "servers/model/deployment.h"
#include "servers/model/file_source.h"
#include "tls/certificate_source.h"

namespace astray {

struct ReadOptions {
  std::optional<Version> version;        ///< given by the user; absent: the reader asks nobody and assumes the newest it models
  VersionBasis version_basis = VersionBasis::given;  ///< how the caller came to `version`
  std::string prefix;                    ///< nginx -p / httpd ServerRoot; "" lets the reader derive it
  std::vector<std::string> defines;      ///< httpd -D; HAProxy's environment as NAME=VALUE
  FileSource& files;
  CertificateSource& certificates;
};

/// A server that astray can read and predict. The list of them is servers/all_servers.cc.
struct Server {
  ServerKind kind;
  std::string_view id;            ///< "nginx"
  std::string_view display_name;  ///< "nginx", "Apache httpd"
  Version newest;                 ///< assumed when no version is given
  std::string_view versions;      ///< for `astray list servers`: where its behaviour changes

  /// Whether a file or folder looks like this server's configuration.
  bool (*recognise)(FileSource& files, std::string_view path);
  /// A file, or a folder that has the server's main file. Fails only when nothing could be read at all.
  Result<Deployment> (*read)(std::string_view path, const ReadOptions& options);
  std::unique_ptr<Behaviour> (*behaviour)(const Deployment& deployment);
};

std::span<const Server> all_servers();
const Server* find_server(std::string_view id);
const Server& server(ServerKind kind);

}  // namespace astray
