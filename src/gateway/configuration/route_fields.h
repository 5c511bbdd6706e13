#pragma once
#include "gateway/configuration/fields.h"
#include "gateway/configuration/route_settings.h"

namespace astray::gateway {

template <>
struct KeysOf<HeaderMatch> {
  static constexpr std::string_view choice[] = {"value", "regex"};
  static constexpr Need choice_need = Need::optional;
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"name", "the field; with neither `value` nor `regex` it must be there", Need::required},
          s.name);
    visit(Key{"value", "its whole value"}, s.value);
    visit(Key{"regex", "found in its value"}, s.regex);
  }
};

template <>
struct KeysOf<MatchSettings> {
  static constexpr std::string_view choice[] = {"prefix", "exact", "regex"};
  static constexpr Need choice_need = Need::optional;
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"prefix", "the path begins with these segments: /a takes /a and /a/b, not /ab"}, s.prefix);
    visit(Key{"exact", "the path is this"}, s.exact);
    visit(Key{"regex", "found in the path (PCRE2)"}, s.regex);
    visit(Key{"methods", "any of these methods"}, s.methods);
    visit(Key{"headers", "all of these"}, s.headers);
  }
};

template <>
struct KeysOf<WeightedBack> {
  template <typename S>
  static auto& shorthand(S& s) {
    return s.back;
  }
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"back", "a label of `backs`", Need::required}, s.back);
    visit(Key{.name = "weight", .text = "its share of the requests", .most = 65535}, s.weight);
  }
};

template <>
struct KeysOf<RedirectSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"status", "of the answer"}, s.status);
    visit(Key{"scheme", "if another"}, s.scheme);
    visit(Key{"authority", "host and port, if others"}, s.authority);
    visit(Key{"path", "if another; the query stays"}, s.path);
  }
};

template <>
struct KeysOf<PathRewriteSettings> {
  static constexpr std::string_view choice[] = {"prefix", "path"};
  static constexpr Need choice_need = Need::optional;
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"prefix", "stands in for the prefix that matched"}, s.prefix);
    visit(Key{"path", "stands in for the whole path; the query stays"}, s.path);
  }
};

template <>
struct KeysOf<HeaderEditSettings> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"remove", "first: fields that go"}, s.remove);
    visit(Key{"set", "then: fields that have this value and no other"}, s.set);
    visit(Key{"add", "then: fields that get one more value"}, s.add);
  }
};

template <>
struct KeysOf<HostRewriteSettings> {
  static constexpr std::string_view word = "preserve";
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"rewrite", "the authority that the back is asked for", Need::required}, s.rewrite);
  }
};

template <>
struct KeysOf<SniRewriteSettings> {
  static constexpr std::string_view word = "preserve";
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"rewrite", "the name in the handshake with the back", Need::required}, s.rewrite);
  }
};

template <>
struct KeysOf<RouteSettings> {
  static constexpr std::string_view choice[] = {"backs", "redirect"};
  static constexpr Need choice_need = Need::required;
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"match", "what a request must be like; nothing said: any request"}, s.match);
    visit(Key{"backs", "where it goes; a label alone stands for {back: label}", Need::filled}, s.backs);
    visit(Key{"redirect", "or where the client is sent"}, s.redirect);
    visit(Key{"rewrite", "the path toward the back"}, s.rewrite);
    visit(Key{"request_headers", "toward the back"}, s.request_headers);
    visit(Key{"response_headers", "toward the client"}, s.response_headers);
    visit(Key{"host", "the authority toward the back: what the client asked for, or another"}, s.host);
    visit(Key{"sni", "the SNI toward a back with TLS: the name that the client asked for, or another"},
          s.sni);
  }
};

}  // namespace astray::gateway
