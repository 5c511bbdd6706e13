#include "simulation/origin.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "io/deadline.h"
#include "simulation/origin_session.h"
#include "support/certificates.h"
#include "tls/engine/server.h"

namespace astray::simulation {
namespace {

/// Ed25519: its signatures have one size, so that every run of a seed has the same bytes in the same places.
test::TestCertificate make_certificate(const Site& site) {
  const std::vector<std::string> names =
      site.certificate_names.empty() ? std::vector{site.name} : site.certificate_names;
  return test::CertificateBuilder().common_name(site.name).names(names).key(test::TestKey::ed25519).build();
}

tls::ServerHost host_of(const Site& site, const OriginOptions& options) {
  const test::TestCertificate certificate = make_certificate(site);
  const bool demands = site.demand == Demand::client_certificate;
  return {tls::Identity::parse(certificate.pem(), certificate.key_pem(), site.name).value(),
          tls::AlpnList::of(options.protocols).value(),
          demands ? tls::ClientAuthentication::required : tls::ClientAuthentication::off,
          demands ? options.client_authorities : "",
          tls::Version::tls1_2,
          tls::Version::tls1_3,
          site.session_scope.empty() ? site.name : site.session_scope};
}

std::shared_ptr<const tls::ServerContext> context_for(const OriginOptions& options) {
  tls::ServerOptions made;
  std::vector<std::string> names;
  for (const Site& site : options.sites) {
    made.hosts.push_back(host_of(site, options));
    names.push_back(site.name);
  }
  made.choose = [names](std::optional<std::string_view> sni) -> tls::HostChoice {
    const auto found = std::find(names.begin(), names.end(), canonical(sni.value_or("")));
    return found == names.end() ? size_t{0} : static_cast<size_t>(found - names.begin());
  };
  return tls::ServerContext::create(std::move(made)).value();
}

/// A number that goes down again.
class Counted {
 public:
  explicit Counted(size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  size_t& count_;
};

/// Everything that waits, out; false: nobody takes it.
Task<bool> flush(Stream& stream, tls::Server& tls, OriginSession* session) {
  std::string buffer(16 * 1024, '\0');
  while (true) {
    if (session != nullptr && tls.output() == tls::Server::Output::none) {
      const size_t size = session->write_to(buffer);
      tls.send(std::string_view(buffer).substr(0, size));
    }
    const size_t size = tls.write_to(buffer);
    if (size == 0) co_return true;
    const Result<void, StreamError> written =
        co_await stream.write_all(std::string_view(buffer).substr(0, size));
    if (!written) co_return false;
  }
}

}  // namespace

std::string certificate_of(const Site& site) {
  return make_certificate(site).pem();
}

std::string Asked::field(std::string_view name) const {
  for (const auto& [known, value] : fields) {
    if (known == name) return value;
  }
  return "";
}

std::string canonical(std::string_view host) {
  std::string text = ascii_lower(host);
  if (const size_t colon = text.rfind(':'); colon != std::string::npos && !text.ends_with(']'))
    text.resize(colon);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Origin::Origin(Loop& loop, Network& network, Endpoint at, OriginOptions options)
    : loop_(loop),
      options_(std::move(options)),
      context_(context_for(options_)),
      listener_(network.listen(at, ListenOptions{4096}).value()),
      connections_(loop, SIZE_MAX),
      accepting_(loop.spawn(accept_all())) {}

Answered Origin::answer(const Asked& asked) const {
  if (options_.answer) {
    if (std::optional<Answered> own = options_.answer(asked)) return *own;
  }
  for (const Site& site : options_.sites) {
    if (site.name == asked.host) return {200, site.body};
  }
  return {200, options_.sites.front().body};
}

Task<void> Origin::accept_all() {
  while (true) {
    auto stream = co_await listener_->accept();
    if (!stream) continue;
    Task<void> serving = serve(std::move(*stream));
    co_await connections_.start(std::move(serving));
  }
}

Task<void> Origin::serve(std::unique_ptr<Stream> stream) {
  ++traffic_.connections;
  traffic_.starts.push_back(loop_.now());
  const Counted open(traffic_.open);
  traffic_.most_open = std::max(traffic_.most_open, traffic_.open);

  tls::Server tls(context_);
  std::unique_ptr<OriginSession> session;
  std::array<char, 4096> input;
  bool over = false;
  while (!over) {
    const Duration patience = session && session->requests() > 0 ? options_.idle : std::chrono::hours(24);
    Task<ReadResult> reading = stream->read_some(input);
    const Result<ReadResult, TimedOut> read =
        co_await with_deadline(loop_, std::move(reading), loop_.now() + patience);
    if (!read || !*read || **read == 0) co_return;
    tls.receive(std::string_view(input.data(), **read));
    while (std::optional<tls::ServerEvent> event = tls.next_event()) {
      if (const auto* accepted = std::get_if<tls::ClientAccepted>(&*event)) {
        ++traffic_.handshakes;
        if (accepted->kind == tls::HandshakeDone::Kind::resumed) ++traffic_.resumed;
        std::string sni = canonical(accepted->server_name.value_or(""));
        session = accepted->alpn == "h2" ? make_http2_session(*this, std::move(sni), loop_.now())
                                         : make_http1_session(*this, std::move(sni));
      } else if (const auto* plaintext = std::get_if<tls::Plaintext>(&*event)) {
        session->receive(plaintext->bytes);
      } else if (std::holds_alternative<tls::PeerClosed>(*event) ||
                 std::holds_alternative<tls::Failure>(*event)) {
        over = true;
      }
    }
    const bool taken = co_await flush(*stream, tls, session.get());
    over = over || !taken || (session && session->over());
  }
  tls.close();
  co_await flush(*stream, tls, nullptr);
}

}  // namespace astray::simulation
