#pragma once
// Whom a request asks for, read once from its bytes.
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "names/origin.h"
#include "verdict/connection_facts.h"
#include "verdict/request_facts.h"
#include "verdict/verdict.h"

namespace astray {

/// What a request names, as views into its bytes: RequestFacts for those who do not want copies.
struct RequestNames {
  std::optional<Scheme> scheme{};                      ///< :scheme, or of an absolute-form target
  size_t host_fields = 0;                              ///< how many Host field lines there were
  std::string_view host{};                             ///< the first of them
  std::optional<std::string_view> pseudo_authority{};  ///< :authority
  std::optional<std::string_view> target_authority{};  ///< of an absolute-form target

  static RequestNames of(const RequestFacts& request);
};

/// The asked origin and the text it was read from. The text is borrowed.
struct Asked {
  Origin origin;
  AuthorityField field = AuthorityField::none;
  std::string_view text{};
};

/// The asked origin: of :authority, else of an absolute-form target, else of Host. A request without a scheme
/// has the connection's. Failure: a Verdict with Answer::bad_request, the first of
///  1. authority_duplicated: more than one Host field, even equal ones
///  2. authority_missing: nothing names an authority, or only empty text does; an h1 request lacks Host,
///  which it
///     needs even with an absolute-form target (RFC 9112 §3.2)
///  3. authority_malformed: one of the texts is no authority
///  4. authority_host_conflict, authority_target_conflict: Host names another origin
/// Origins are compared, so case, a trailing dot and the scheme's default port make no difference.
Result<Asked, Verdict> read_asked(const ConnectionFacts& connection, const RequestNames& request);
Result<Asked, Verdict> read_asked(const ConnectionFacts& connection, const RequestFacts& request);

/// Reads the requests of one connection and remembers the last authority, since most requests of a connection
/// repeat it: a repeated one costs a comparison and no allocation.
class AskedReader {
 public:
  AskedReader() = default;
  AskedReader(const AskedReader&) = delete;
  AskedReader& operator=(const AskedReader&) = delete;

  /// As read_asked. The answer's text lives until the next call (or as long as the request, when it is an
  /// error).
  const Result<Asked, Verdict>& read(const ConnectionFacts& connection, const RequestNames& request);

 private:
  std::string text_{};
  AuthorityField field_ = AuthorityField::none;
  Scheme scheme_ = Scheme::https;
  Result<Asked, Verdict> last_ = tl::unexpected(Verdict{});
};

}  // namespace astray
