// A configuration of nginx, with what it includes behind lines "=== PATH"; the first byte picks the version.
// Whatever it is: reading ends, every place lies in a file, printing the directives and parsing them again
// gives the same directives, and every listener has an answer to hostile names that does not depend on their
// spelling.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "base/check.h"
#include "servers/model/behaviour.h"
#include "servers/model/dump.h"
#include "servers/nginx/nginx.h"
#include "servers/nginx/parser.h"
#include "tls/fake_certificate_source.h"

using namespace astray;

namespace {

constexpr Version versions[] = {{1, 22, 1}, {1, 25, 1}, {1, 29, 1}, {1, 29, 4}, {1, 31, 4}};
constexpr std::string_view main_file = "/etc/nginx/nginx.conf";

/// The texts by path.
std::map<std::string, std::string> split(std::string_view input) {
  std::map<std::string, std::string> texts;
  std::string path(main_file);
  size_t start = 0;
  for (size_t at = input.find("\n=== "); at != std::string_view::npos; at = input.find("\n=== ", start)) {
    const size_t end = std::min(input.find('\n', at + 1), input.size());
    texts.emplace(path, input.substr(start, at + 1 - start));
    path = resolve_path("/etc/nginx", input.substr(at + 5, end - at - 5));
    start = std::min(end + 1, input.size());
  }
  texts.emplace(path, input.substr(start));
  return texts;
}

class Places {
 public:
  Places(const Deployment& deployment, const std::map<std::string, std::string>& texts) {
    for (size_t i = 0; i < deployment.files.size(); ++i) {
      const auto found = texts.find(std::string(deployment.files.path(static_cast<SourceFileId>(i))));
      lines_.push_back(
          found == texts.end()
              ? SIZE_MAX
              : static_cast<size_t>(std::count(found->second.begin(), found->second.end(), '\n')) + 1);
    }
  }
  void check(SourceSpan span) const {
    if (!span.known()) return;
    CHECK(static_cast<size_t>(span.file) < lines_.size());
    CHECK(span.line <= lines_[static_cast<size_t>(span.file)]);
  }

 private:
  std::vector<size_t> lines_;
};

void check_places(const Deployment& deployment, const std::map<std::string, std::string>& texts) {
  const Places places(deployment, texts);
  for (const ReadProblem& problem : deployment.problems) places.check(problem.span);
  for (const Listener& listener : deployment.listeners) {
    places.check(listener.span);
    CHECK(listener.kind == Listener::Kind::passthrough || !listener.virtual_hosts.empty());
    for (const PassthroughRoute& route : listener.routes) places.check(route.span);
  }
  for (const VirtualHost& host : deployment.virtual_hosts) {
    places.check(host.span);
    for (const NamedPattern& name : host.names) places.check(name.span);
    for (const BackEdge& edge : host.back_edges) places.check(edge.span);
    for (const CertificateUse& use : host.tls.certificates) places.check(use.span);
  }
}

/// A parsed configuration with the texts it looks into.
struct Parsed {
  explicit Parsed(MemoryFiles& files) : texts(files, names, problems) {
    const nginx::ParseLimits limits{20'000, 2'000, 50, 20};
    is_parsed =
        nginx::parse_configuration(texts, std::string(main_file), "/etc/nginx", problems, tree, limits)
            .has_value();
  }
  SourceFiles names;
  nginx::Problems problems;
  nginx::ConfigFiles texts;
  nginx::DirectiveTree tree;
  bool is_parsed = false;
};

void check_printing(MemoryFiles& files) {
  const Parsed first(files);
  if (!first.is_parsed) return;
  // What nginx refuses for its length, and a Lua block or an "include" out of place, is not printed in a form
  // that is read the same way again; none of it stands in a configuration that nginx accepts.
  for (size_t i = 1; i < first.tree.size(); ++i) {
    const auto id = static_cast<nginx::DirectiveId>(i);
    if (first.tree.name(id) == "include" || first.tree.at(id).is_lua) return;
    if (first.tree.name(id).size() > 2000) return;
    for (const nginx::Word& word : first.tree.arguments(id))
      if (word.text.size() > 2000) return;
  }
  const std::string once = print(first.tree);
  MemoryFiles again;
  again.add(std::string(main_file), once);
  const Parsed second(again);
  if (once.empty() || once.find('\0') != std::string::npos) return;  // NUL bytes make a file look like UTF-16
  CHECK(second.is_parsed);
  CHECK(print(second.tree) == once);
}

RequestFacts request(std::string_view host, bool is_h1) {
  RequestFacts facts;
  if (is_h1)
    facts.host_fields.emplace_back(std::string(host));
  else
    facts.pseudo_authority = RawHost(std::string(host));
  return facts;
}

void check_answers(const Deployment& deployment) {
  const std::unique_ptr<Behaviour> behaviour = nginx_server.behaviour(deployment);
  const std::string hostile[] = {
      "",     ".",    "a.test", "A.TEST.", "[::1]:1", std::string("a\0b", 3), std::string(300, 'A'),
      "a..b", "\xff", "x:y"};
  const size_t listeners = std::min<size_t>(deployment.listeners.size(), 4);
  for (size_t i = 0; i < listeners; ++i) {
    const auto listener = static_cast<ListenerId>(i);
    for (const std::string& sni : hostile) {
      for (const AlpnOffer alpn : {AlpnOffer::none, AlpnOffer::h2, AlpnOffer::h2_only}) {
        ConnectionFacts connection;
        connection.scheme = deployment.listeners[i].tls.value ? Scheme::https : Scheme::http;
        connection.sni = RawHost(sni);
        connection.alpn = alpn;
        const ExpectedHandshake shaken = behaviour->handshake(listener, connection);
        if (shaken.outcome == HandshakeOutcome::rejected) continue;
        for (const std::string& host : hostile) {
          const ExpectedAnswer answer =
              behaviour->answer(listener, connection, shaken, request(host, shaken.protocol == Protocol::h1));
          CHECK(answer.virtual_host == VirtualHostId::none ||
                static_cast<size_t>(answer.virtual_host) < deployment.virtual_hosts.size());
          // 0: the connection is closed without an answer (return 444).
          CHECK(answer.outcome != AnswerOutcome::reject || answer.status == 0 || answer.status >= 100);
        }
        const auto ask = [&](std::string_view host) {
          return behaviour->answer(listener, connection, shaken,
                                   request(host, shaken.protocol == Protocol::h1));
        };
        CHECK(ask("a.test").virtual_host == ask("A.Test").virtual_host);
        CHECK(ask("a.test").status == ask("a.test.:8443").status);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 64 << 10) return 0;
  const Version version = versions[data[0] % std::size(versions)];
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::map<std::string, std::string> texts = split(input);
  MemoryFiles files;
  for (const auto& [path, text] : texts) files.add(path, text);
  FakeCertificateSource certificates;
  const ReadOptions options{version, VersionBasis::given, "", {}, files, certificates};
  nginx_server.recognise(files, main_file);
  const Result<Deployment> deployment = nginx_server.read(main_file, options);
  if (deployment) {
    check_places(*deployment, texts);
    dump(*deployment);
    check_answers(*deployment);
  } else {
    CHECK(!deployment.error().message.empty());
  }
  check_printing(files);
  return 0;
}
