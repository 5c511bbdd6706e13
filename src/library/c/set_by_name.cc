// Options and requests, set by names and words. docs/library.md lists them; a test holds the two together.
#include <fmt/format.h>

#include <charconv>
#include <climits>
#include <span>

#include "library/c/handles.h"
#include "names/raw_host.h"

namespace astray::http::c {
namespace {

std::string shown(std::string_view text) {
  return RawHost(std::string(text)).printable();
}

template <typename Value>
struct Word {
  std::string_view word;
  Value value;
};

template <typename Value>
Problem set_word(Value& target, std::string_view text,
                 std::span<const Word<std::type_identity_t<Value>>> words) {
  std::string expected;
  for (const Word<Value>& word : words) {
    if (word.word == text) {
      target = word.value;
      return std::nullopt;
    }
    expected += fmt::format("{}'{}'", expected.empty() ? "" : ", ", word.word);
  }
  return fmt::format("'{}' is none of {}", shown(text), expected);
}

Problem read_number(std::string_view text, uint64_t most, uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number <= most) return std::nullopt;
  return fmt::format("'{}' is no number from 0 to {}", shown(text), most);
}

Problem set_number(uint32_t& target, std::string_view text) {
  uint64_t number = 0;
  if (Problem problem = read_number(text, UINT32_MAX, number)) return problem;
  target = static_cast<uint32_t>(number);
  return std::nullopt;
}

template <typename Target>
Problem set_milliseconds(Target& target, std::string_view text) {
  uint64_t number = 0;
  if (Problem problem = read_number(text, uint64_t{100} * 365 * 24 * 3600 * 1000, number)) return problem;
  target = std::chrono::milliseconds(number);
  return std::nullopt;
}

/// One name: how it is set from text, and how it goes back to what a new one has.
template <typename Target>
struct Setter {
  std::string_view name;
  Problem (*set)(Target& target, std::string_view text);
  void (*reset)(Target& target);
};

template <auto member, typename Target>
void reset(Target& target) {
  target.*member = Target().*member;
}
template <auto member, typename Target>
Problem text(Target& target, std::string_view text) {
  target.*member = std::string(text);
  return std::nullopt;
}
template <auto member, typename Target>
Problem number(Target& target, std::string_view text) {
  return set_number(target.*member, text);
}
template <auto member>
Problem one_more(Options& options, std::string_view text) {
  (options.*member).emplace_back(text);
  return std::nullopt;
}
template <auto member>
Problem milliseconds(Options& options, std::string_view text) {
  return set_milliseconds(options.*member, text);
}
template <auto member>
Problem timeout(Request& request, std::string_view text) {
  return set_milliseconds(request.timeouts.*member, text);
}
template <auto member>
void reset_timeout(Request& request) {
  request.timeouts.*member = Timeouts().*member;
}

template <auto member>
Problem tls_version(Options& options, std::string_view text) {
  static constexpr Word<TlsVersion> words[] = {{"1.0", TlsVersion::tls1_0},
                                               {"1.1", TlsVersion::tls1_1},
                                               {"1.2", TlsVersion::tls1_2},
                                               {"1.3", TlsVersion::tls1_3}};
  return set_word(options.*member, text, words);
}

Problem coalescing(Options& options, std::string_view text) {
  static constexpr Word<Coalescing> words[] = {{"off", Coalescing::off},
                                               {"strict", Coalescing::strict},
                                               {"rfc9113", Coalescing::rfc9113},
                                               {"origin-frame", Coalescing::origin_frame}};
  return set_word(options.coalescing, text, words);
}

Problem verification(Options& options, std::string_view text) {
  static constexpr Word<Verification> words[] = {{"on", Verification::on}, {"off", Verification::off}};
  return set_word(options.verification, text, words);
}

Problem families(Options& options, std::string_view text) {
  static constexpr Word<AddressFamilies> words[] = {
      {"both", AddressFamilies::both}, {"4", AddressFamilies::v4_only}, {"6", AddressFamilies::v6_only}};
  return set_word(options.families, text, words);
}

constexpr Setter<Options> option_setters[] = {
    {"coalescing", coalescing, reset<&Options::coalescing>},
    {"verification", verification, reset<&Options::verification>},
    {"ca_file", text<&Options::ca_file>, reset<&Options::ca_file>},
    {"client_certificate_file", text<&Options::client_certificate_file>,
     reset<&Options::client_certificate_file>},
    {"client_key_file", text<&Options::client_key_file>, reset<&Options::client_key_file>},
    {"min_tls", tls_version<&Options::min_tls>, reset<&Options::min_tls>},
    {"max_tls", tls_version<&Options::max_tls>, reset<&Options::max_tls>},
    {"proxy", text<&Options::proxy>, [](Options& options) { options.proxy.reset(); }},
    {"no_proxy", text<&Options::no_proxy>, reset<&Options::no_proxy>},
    {"resolve", one_more<&Options::resolve>, reset<&Options::resolve>},
    {"connect_to", one_more<&Options::connect_to>, reset<&Options::connect_to>},
    {"families", families, reset<&Options::families>},
    {"user_agent", text<&Options::user_agent>, reset<&Options::user_agent>},
    {"connections_per_origin", number<&Options::connections_per_origin>,
     reset<&Options::connections_per_origin>},
    {"connections", number<&Options::connections>, reset<&Options::connections>},
    {"streams_per_connection", number<&Options::streams_per_connection>,
     reset<&Options::streams_per_connection>},
    {"idle_timeout", milliseconds<&Options::idle_timeout>, reset<&Options::idle_timeout>},
    {"dns_lifetime", milliseconds<&Options::dns_lifetime>, reset<&Options::dns_lifetime>},
};

Problem versions(Request& request, std::string_view text) {
  static constexpr Word<HttpVersions> words[] = {{"h2-or-h1", HttpVersions::h2_or_h1},
                                                 {"h1-only", HttpVersions::h1_only},
                                                 {"h2-only", HttpVersions::h2_only}};
  return set_word(request.versions, text, words);
}

Problem decoding(Request& request, std::string_view text) {
  static constexpr Word<Decoding> words[] = {{"as-sent", Decoding::as_sent}, {"decoded", Decoding::decoded}};
  return set_word(request.decoding, text, words);
}

Problem downgrade(Request& request, std::string_view text) {
  static constexpr Word<Redirects::Downgrade> words[] = {{"refused", Redirects::Downgrade::refused},
                                                         {"allowed", Redirects::Downgrade::allowed}};
  return set_word(request.redirects.https_to_http, text, words);
}

Problem most_body_bytes(Request& request, std::string_view text) {
  return read_number(text, UINT64_MAX, request.most_body_bytes.emplace());
}

constexpr Setter<Request> request_setters[] = {
    {"url", text<&Request::url>, reset<&Request::url>},
    {"method", text<&Request::method>, reset<&Request::method>},
    {"versions", versions, reset<&Request::versions>},
    {"decoding", decoding, reset<&Request::decoding>},
    {"redirects",
     [](Request& request, std::string_view text) { return set_number(request.redirects.most, text); },
     [](Request& request) { request.redirects.most = Redirects().most; }},
    {"https_to_http", downgrade,
     [](Request& request) { request.redirects.https_to_http = Redirects().https_to_http; }},
    {"most_body_bytes", most_body_bytes, reset<&Request::most_body_bytes>},
    {"resolve_timeout", timeout<&Timeouts::resolve>, reset_timeout<&Timeouts::resolve>},
    {"connect_timeout", timeout<&Timeouts::connect>, reset_timeout<&Timeouts::connect>},
    {"handshake_timeout", timeout<&Timeouts::handshake>, reset_timeout<&Timeouts::handshake>},
    {"head_timeout", timeout<&Timeouts::head>, reset_timeout<&Timeouts::head>},
    {"idle_timeout", timeout<&Timeouts::idle>, reset_timeout<&Timeouts::idle>},
    {"total_timeout", timeout<&Timeouts::total>, reset_timeout<&Timeouts::total>},
};

/// A value that is not taken leaves everything as it was.
template <typename Target>
Problem set(std::span<const Setter<Target>> setters, Target& target, std::string_view name,
            const char* value) {
  std::string known;
  for (const Setter<Target>& setter : setters) {
    if (setter.name != name) {
      known += fmt::format("{}{}", known.empty() ? "" : ", ", setter.name);
      continue;
    }
    if (value == nullptr) {
      setter.reset(target);
      return std::nullopt;
    }
    Target changed = target;
    if (const Problem problem = setter.set(changed, value)) return fmt::format("{}: {}", name, *problem);
    target = std::move(changed);
    return std::nullopt;
  }
  return fmt::format("there is nothing named '{}'; there are {}", shown(name), known);
}

}  // namespace

Problem set_option(Options& options, std::string_view name, const char* value) {
  return set<Options>(option_setters, options, name, value);
}

Problem set_request(Request& request, std::string_view name, const char* value) {
  return set<Request>(request_setters, request, name, value);
}

}  // namespace astray::http::c
