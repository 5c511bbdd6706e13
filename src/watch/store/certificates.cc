#include <fmt/format.h>

#include "watch/store/record_codec.h"
#include "watch/store/sightings.h"

namespace astray::watch {

Certificates::Certificates(Database& database)
    : database_(database),
      put_(database,
           "INSERT INTO certificate(fingerprint, content, seen) VALUES(?1, ?2, ?3) "
           "ON CONFLICT(fingerprint) DO UPDATE SET content = ?2, seen = max(seen, ?3)") {}

void Certificates::add_round(const RoundRecord& round) {
  for (const CertificateRecord& certificate : round.certificates) {
    const auto found = seen_.find(certificate.fingerprint);
    if (found != seen_.end() && found->second >= round.began.unix_seconds - seen_grain) continue;
    const std::string content = encode(certificate);
    put_.with(certificate.fingerprint, Blob{content}, round.began).run();
    seen_.insert_or_assign(certificate.fingerprint, round.began.unix_seconds);
  }
}

std::vector<CertificateRecord> Certificates::all() {
  std::vector<CertificateRecord> certificates;
  Statement statement(database_, "SELECT content FROM certificate ORDER BY fingerprint");
  for (statement.with(); statement.next();) {
    auto certificate = decode_certificate(statement.blob(0));
    if (certificate)
      certificates.push_back(std::move(*certificate));
    else
      database_.note(StoreTrouble::corrupt,
                     fmt::format("store {}: a certificate cannot be read", database_.path()));
  }
  return certificates;
}

}  // namespace astray::watch
