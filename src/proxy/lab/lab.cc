#include "proxy/lab/lab.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "io/listening_socket.h"
#include "tls/certificate_maker.h"
#include "tls/file_certificate_source.h"

namespace astray::proxy {
namespace {

const IpAddress lab_loopback = IpAddress::v4({127, 0, 0, 1});

/// For this user alone; removed with what is in it.
class PrivateFolder {
 public:
  static Result<PrivateFolder> make() {
    std::error_code ignored;
    const std::filesystem::path base = std::filesystem::temp_directory_path(ignored);
    std::string path = (base / "astray-lab-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr)
      return failure(fmt::format("cannot make a folder {}: {}", path, std::strerror(errno)));
    return PrivateFolder(std::move(path));
  }
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  Result<void> write(std::string_view name, std::string_view bytes) const {
    const std::string file = fmt::format("{}/{}", path_, name);
    const FileDescriptor opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const bool written = opened.is_open() && ::write(opened.number(), bytes.data(), bytes.size()) ==
                                                 static_cast<ssize_t>(bytes.size());
    if (!written) return failure(fmt::format("cannot write {}: {}", file, std::strerror(errno)));
    return {};
  }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

constexpr std::string_view blog_yaml = R"(  blog:
    names: [blog.test]
    certificates: [{certificate: shared.pem, key: shared.key}]
    routes: [{backs: [blog]}]
)";

std::string lab_yaml(const Endpoint& front, LabShape shape, const Endpoint& shop, const Endpoint& blog) {
  return fmt::format(R"(listeners:
  https:
    address: "{}"
    public_port: 443
    origin_frames: {{send: {}}}
virtual_hosts:
  shop:
    names: [shop.test]
    certificates: [{{certificate: shared.pem, key: shared.key}}]
    routes: [{{backs: [shop]}}]
{}  accounts:
    names: [accounts.test]
    certificates: [{{certificate: shared.pem, key: shared.key}}]
    client_authentication: {{mode: required, authorities: people.pem}}
    routes: [{{backs: [shop]}}]
  news:
    names: [news.test]
    certificates: [{{certificate: news.pem, key: news.key}}]
    routes: [{{backs: [blog]}}]
backs:
  shop: {{addresses: ["{}"]}}
  blog: {{addresses: ["{}"]}}
operation:
  threads: 1
  admin: off
)",
                     front.text(), shape.origin_frames == LabShape::OriginFrames::on,
                     shape.blog == LabShape::Blog::served ? blog_yaml : "", shop.text(), blog.text());
}

std::string words_of(const std::vector<gateway::ConfigurationProblem>& problems) {
  std::string words;
  for (const auto& problem : problems) words += gateway::describe(problem, "lab") + "\n";
  return words;
}

}  // namespace

/// The steps of Lab::start, in their order.
class Lab::Builder {
 public:
  Builder(EpollLoop& loop, SocketNetwork& network, Instant now)
      : loop_(loop), network_(network), now_(now), lab_(new Lab()) {}

  Result<std::unique_ptr<Lab>> run(LabShape shape) {
    Result<void> done = open_backs();
    if (done) done = open_front();
    if (done) done = make_certificates();
    if (!done) return Failure<Error>(done.error());
    lab_->configuration_ = lab_yaml(lab_->address_, shape, lab_->shop_->address(), lab_->blog_->address());
    done = start_gateway();
    if (!done) return Failure<Error>(done.error());
    return std::move(lab_);
  }

 private:
  Result<std::unique_ptr<LabBack>> open_back(std::string name) {
    auto listener = network_.listen(Endpoint::with_any_port(lab_loopback));
    if (!listener) return failure("cannot listen on loopback: " + describe(listener.error()));
    return std::make_unique<LabBack>(loop_, std::move(*listener), std::move(name));
  }

  Result<void> open_backs() {
    auto shop = open_back("shop");
    if (!shop) return Failure<Error>(shop.error());
    auto blog = open_back("blog");
    if (!blog) return Failure<Error>(blog.error());
    lab_->shop_ = std::move(*shop);
    lab_->blog_ = std::move(*blog);
    return {};
  }

  Result<void> open_front() {
    auto socket = open_listening_socket(Endpoint::with_any_port(lab_loopback), {});
    if (!socket) return failure("cannot listen on loopback: " + describe(socket.error()));
    lab_->address_ = local_endpoint(*socket);
    sockets_.push_back({std::move(*socket), lab_->address_, "lab"});
    return {};
  }

  Result<void> make_certificates() {
    auto servers = CertificateMaker::create("astray lab", now_);
    if (!servers) return Failure<Error>(servers.error());
    auto people = CertificateMaker::create("astray lab people", now_);
    if (!people) return Failure<Error>(people.error());
    auto shared = servers->make("shop.test", {"shop.test", "blog.test", "accounts.test", "wiki.test"});
    auto news = servers->make("news.test", {"news.test"});
    auto person = people->make("Ada", {});
    for (const auto* made : {&shared, &news, &person})
      if (!*made) return Failure<Error>(made->error());
    auto folder = PrivateFolder::make();
    if (!folder) return Failure<Error>(folder.error());
    folder_.emplace(std::move(*folder));
    const std::pair<std::string_view, std::string> files[] = {{"shared.pem", shared->certificate_pem},
                                                              {"shared.key", shared->key_pem},
                                                              {"news.pem", news->certificate_pem},
                                                              {"news.key", news->key_pem},
                                                              {"people.pem", people->authority_pem()}};
    for (const auto& [name, text] : files) {
      const Result<void> written = folder_->write(name, text);
      if (!written) return written;
    }
    return prepare_client(servers->authority_pem(), *person);
  }

  Result<void> prepare_client(const std::string& authority, const CertificateMaker::Made& person) {
    auto trust = tls::TrustStore::parse(authority, "the lab's authority");
    if (!trust) return Failure<Error>(trust.error());
    auto identity = tls::Identity::parse(person.certificate_pem, person.key_pem, "the lab's person");
    if (!identity) return Failure<Error>(identity.error());
    client::Settings& settings = lab_->client_settings_;
    settings.trust = std::move(*trust);
    settings.client_certificate = std::move(*identity);
    settings.connect_to.push_back(
        {.host = {}, .port = Port(443), .to_host = Host(lab_loopback), .to_port = lab_->address_.port});
    settings.wall_clock = [now = now_] { return now; };
    return {};
  }

  /// The files are read here, and gone before the first request.
  Result<void> start_gateway() {
    FileCertificateSource certificates;
    gateway::ReadConfiguration read = gateway::read_configuration(lab_->configuration_, folder_->path());
    if (!read.problems.empty()) return failure(words_of(read.problems));
    const auto problems = gateway::check_configuration(read.configuration, certificates);
    if (gateway::has_errors(problems)) return failure(words_of(problems));
    auto keys = tls::TicketKeys::random(loop_.now());
    if (!keys) return Failure<Error>(keys.error());
    auto site = Site::build(std::move(read.configuration), certificates, std::move(*keys), 1);
    if (!site) return failure(words_of(site.error()));
    folder_.reset();
    auto started = Gateway::start(
        std::move(*site), std::move(sockets_), [](std::string_view) {}, [] {});
    if (!started) return Failure<Error>(started.error());
    lab_->gateway_ = std::move(*started);
    return {};
  }

  EpollLoop& loop_;
  SocketNetwork& network_;
  Instant now_;
  std::unique_ptr<Lab> lab_;
  std::vector<ActivatedSocket> sockets_;
  std::optional<PrivateFolder> folder_;
};

Result<std::unique_ptr<Lab>> Lab::start(EpollLoop& loop, SocketNetwork& network, LabShape shape,
                                        Instant now) {
  return Builder(loop, network, now).run(shape);
}

}  // namespace astray::proxy
