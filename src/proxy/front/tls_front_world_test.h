#pragma once
// A gateway's TLS side in memory: certificates in a folder, a configuration over them, and clients.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/front/tls_front.h"
#include "support/certificates.h"
#include "support/temporary_folder.h"
#include "tls/engine/client.h"

namespace astray::proxy {

/// What a client sees of a connection, and what the gateway does.
struct Handshake {
  std::optional<tls::ClientAccepted> accepted;  ///< without what it borrows
  std::optional<HandshakeFacts> facts;
  std::string leaf;     ///< common name of the certificate that the client was shown
  std::string alpn;     ///< "" when there was none
  std::string failure;  ///< the client's: "unrecognized_name", the alert; "" when all is well
  std::optional<tls::Session> session;
  bool resumed() const { return accepted && accepted->kind == tls::HandshakeDone::Kind::resumed; }
};

struct Visitor {
  tls::Version version = tls::Version::tls1_3;
  std::optional<std::string> server_name = "a.example";
  std::optional<tls::Session> session{};
  std::optional<tls::Identity> identity{};
  std::vector<std::string> alpn{};
};

/// Folder, configuration and tickets' keys of one gateway over several reloads.
class TlsWorld {
 public:
  TlsWorld();

  /// `name`.pem and `name`.key for these names.
  void issue(const std::string& name, const std::vector<std::string>& names,
             astray::test::TestKey key = astray::test::TestKey::ecdsa);
  /// An authority of client certificates, `name`.pem.
  astray::test::TestCertificate add_authority(const std::string& name);

  /// `virtual_hosts` is the YAML of them without routes, each on a line: "a: {names: …}". Paths are relative
  /// to the folder. A failure is told as "gateway:LINE:COLUMN: …" lines.
  std::string load(const std::string& listener, const std::string& virtual_hosts);
  Handshake visit(Visitor visitor) const;

  const astray::test::TemporaryFolder& folder() const { return folder_; }
  /// Of what was loaded last without errors.
  std::shared_ptr<const TlsFront> front;
  std::shared_ptr<tls::TicketKeys> keys;

 private:
  astray::test::TemporaryFolder folder_;
  astray::test::TestCertificate authority_;
};

/// A client certificate.
tls::Identity person_of(const astray::test::TestCertificate& authority);

}  // namespace astray::proxy
