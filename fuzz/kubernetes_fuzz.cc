// Kubernetes objects of the Gateway API and of Ingress. What holds for every reader (configuration_input.h), and: what the
// most specific listener of a port owns is never served on the connection of another where the API asks for 421; and the
// same objects as the gateway's own configuration end in a configuration or in problems with their places.
#include <string>
#include <string_view>

#include "base/check.h"
#include "configuration_input.h"
#include "servers/kubernetes/gateway_configuration.h"
#include "servers/kubernetes/kubernetes.h"
#include "servers/kubernetes/parts.h"

using namespace astray;

namespace {

void check_isolation(const Deployment& deployment) {
  if (deployment.kubernetes == nullptr) return;
  const auto behaviour = kubernetes_server.behaviour(deployment);
  for (size_t i = 0; i < deployment.listeners.size(); ++i) {
    const kubernetes::PortPart& port = deployment.kubernetes->ports[deployment.kubernetes->part_of[i]];
    if (port.crossing != kubernetes::Crossing::misdirected || deployment.listeners[i].kind != Listener::Kind::http) continue;
    for (const kubernetes::ListenerPart& from : port.listeners) {
      for (const kubernetes::ListenerPart& to : port.listeners) {
        if (&from == &to || !from.tls || from.hostname.empty() || to.hostname.empty() || from.hostname.starts_with('*') ||
            to.hostname.starts_with('*') || from.hostname == to.hostname)
          continue;
        ConnectionFacts connection;
        connection.sni = RawHost(from.hostname);
        connection.alpn = AlpnOffer::h2;
        RequestFacts request;
        request.pseudo_authority = RawHost(to.hostname);
        const Expected expected = behave(*behaviour, static_cast<ListenerId>(i), connection, request);
        CHECK(expected.answer.outcome != AnswerOutcome::serve);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 32768) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const fuzz::ConfigurationInput input = fuzz::cut_configuration(bytes, "/k8s/site.yaml");
  fuzz::check_reader(kubernetes_server, input, Version{1, 6, 0});
  if (const auto deployment = fuzz::read_input(kubernetes_server, input, Version{1, 6, 0})) check_isolation(*deployment);
  MemoryFiles files;
  for (const auto& [path, text] : input.texts) files.add(path, text);
  const auto made = kubernetes::read_manifest_gateway(files, input.main, kubernetes::PrivateKeys::left);
  if (!made) return 0;
  for (const gateway::ConfigurationProblem& problem : made->problems) CHECK(!problem.message.empty());
  for (const auto& [name, pem] : made->pem) CHECK(!name.ends_with("tls.key"));
  return 0;
}
