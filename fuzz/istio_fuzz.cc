// Kubernetes objects of Istio. Reading ends, and gives the same twice; every place lies in the file; every listener
// answers, and a name that a server of a Gateway does not have is never answered by that server's routes.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "servers/istio/istio.h"
#include "servers/istio/mesh.h"
#include "servers/envoy/parts.h"
#include "servers/model/behaviour.h"
#include "servers/model/dump.h"
#include "tls/fake_certificate_source.h"

using namespace astray;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 32768) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  MemoryFiles files;
  files.add("/site.yaml", text);
  FakeCertificateSource certificates;
  certificates.declare("/a.pem", {"a.test", "*.a.test"});
  istio_server.recognise(files, "/site.yaml");
  const ReadOptions options{std::nullopt, VersionBasis::given, "", {}, files, certificates};
  const Result<Deployment> read = istio_server.read("/site.yaml", options);
  if (!read) return 0;
  CHECK(dump(*istio_server.read("/site.yaml", options)) == dump(*read));
  const auto lines = static_cast<uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return c == '\n' || c == '\r' || static_cast<uint8_t>(c) >= 0x80;
  }));
  for (const ReadProblem& problem : read->problems) CHECK(problem.span.line <= lines + 1);
  for (const envoy::ListenerPart& part : read->envoy->listeners)
    for (const envoy::Chain& chain : part.chains)
      if (chain.tls && chain.http && !chain.match.server_names.empty())
        for (const envoy::RouteVirtualHost& host : chain.http->routes.virtual_hosts)
          CHECK(std::ranges::any_of(chain.match.server_names, [&](const std::string& name) {
            return istio::covers(name, host.domains.front().text);
          }));
  const auto behaviour = istio_server.behaviour(*read);
  for (size_t i = 0; i < read->listeners.size(); ++i) {
    for (const std::string_view name : {"a.test", "b.a.test", "", "other"}) {
      ConnectionFacts connection;
      connection.sni = RawHost(std::string(name));
      connection.alpn = AlpnOffer::h2;
      RequestFacts request;
      request.pseudo_authority = RawHost("a.test");
      behave(*behaviour, static_cast<ListenerId>(i), connection, request);
    }
  }
  return 0;
}
