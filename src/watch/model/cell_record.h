#pragma once
// What a round keeps of one cell: the question, so that it is known again in the next round, and the answer.
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/monotonic_time.h"
#include "probe/cell.h"
#include "probe/question.h"

namespace astray::watch {

/// A question as it is known again from round to round. Everything else about it (path, body limit, versions
/// of TLS) comes from the settings and is the same for all.
struct CellKey {
  std::string node;       ///< "192.0.2.1:443"
  std::string sni;        ///< as sent; "" when none was
  std::string authority;  ///< as sent in Host or :authority; "" when none was
  AlpnOffer alpn = AlpnOffer::h2;
  ConnectionUse use = ConnectionUse::fresh;
  /// 0: none was presented; else the place among the settings' client certificates, from 1.
  uint32_t client_certificate = 0;

  auto operator<=>(const CellKey&) const = default;
  bool operator==(const CellKey&) const = default;
  /// A name's own answer: what every other answer is held against.
  bool is_baseline() const { return use == ConnectionUse::fresh && sni == authority && !sni.empty(); }
};

/// What the answer says, without what differs between any two answers (times, nonces). Two equal ones are the
/// same answer: the store keeps how long it was given, not how often.
struct CellAnswer {
  CellVerdict verdict = CellVerdict::could_not_tell;
  Reason reason = Reason::facts_missing;
  ProbeFailure failure = ProbeFailure::none;
  Agreement agreement = Agreement::not_predicted;
  int status = 0;                  ///< 0: none came
  std::string protocol;            ///< negotiated: "h2", "http/1.1"; "" when no handshake was done
  std::string certificate;         ///< SHA-256 of the leaf, hexadecimal; "" when none was seen
  bool certificate_covers = true;  ///< the authority (true also where no certificate was seen)
  bool client_certificate_requested = false;
  ChainTrust trust = ChainTrust::not_checked;
  std::string answered_as;  ///< the known name whose own answer this is; "" when not told
  std::string answered_by;  ///< software of the hop that sent a 421, "httpd"; "" when not told
  std::string difference;   ///< from the prediction; "" when there is none
  std::string source;       ///< what in the configuration decided, "nginx.conf:12:3"; "" when nothing did
  /// Digest of a name's own page, or of the one that unknown names get, hexadecimal (detection/pages.h); "" for
  /// other answers, and where the page changes from request to request.
  std::string page;

  bool operator==(const CellAnswer&) const = default;
};

struct CellRecord {
  CellKey key;
  CellAnswer answer;
  std::string sentence;  ///< one sentence for people
  /// The whole cell as `astray probe --format json` writes it. Kept for answers that are not good ones, ""
  /// for others.
  std::string evidence;
  /// Of the whole cell, connecting included. No part of the answer: it differs each time.
  Duration took{};
};

/// A certificate that a node presented, by its fingerprint.
struct CertificateRecord {
  std::string fingerprint;  ///< SHA-256, hexadecimal
  std::vector<std::string> names;
  std::string subject, issuer;
  Instant not_before, not_after;
};

/// Who would put a request for the second of two names on a connection that was made for the first.
struct CoalescibleRecord {
  std::string from, to, node;
  std::string clients;  ///< ids, in alphabetical order, separated by commas; "": none, since the certificate or the addresses are others
  CellVerdict would_get = CellVerdict::could_not_tell;

  bool operator==(const CoalescibleRecord&) const = default;
};

}  // namespace astray::watch
