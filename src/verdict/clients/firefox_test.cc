// Each row cites where the client does this; the numbers are steps of its own order.
#include "verdict/reuse_world.h"

namespace astray::firefox_test {
namespace {

using test::ReuseCase;
using test::ReuseWorld;
using enum ReuseAnswer;

class FirefoxReuse : public testing::TestWithParam<ReuseCase> {};
TEST_P(FirefoxReuse, IsJudged) {
  test::expect_judged(GetParam());
}

constexpr auto name_of = [](const auto& test) { return test.param.name; };
constexpr auto nothing = [](ReuseWorld&) {};
constexpr auto over_h3 = [](ReuseWorld& w) { w.over(Protocol::h3); };
constexpr auto own = [](ReuseWorld& w) { w.request.origin = w.connection.origin; };

// nsHttpConnectionMgr, Http2Session::RealJoinConnection, CommonSocketControl::IsAcceptableForHost.
INSTANTIATE_TEST_SUITE_P(
    FirefoxH2, FirefoxReuse,
    testing::Values(
        ReuseCase{"coalesces", "firefox-h2", nothing, reuse, Reason::coalesced, ""},
        ReuseCase{"own_entry", "firefox-h2", own, reuse, Reason::same_origin, "same-key"},
        ReuseCase{"retry_is_always_fresh", "firefox-h2",
                  [](ReuseWorld& w) {
                    own(w);
                    w.request.attempt = Attempt::after_421;
                  },
                  open_new, Reason::retry_on_fresh_connection, "first-attempt"},
        ReuseCase{"webtransport", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.request.kind = RequestKind::webtransport;
                    w.connection.extended_connect = ExtendedConnect::on;
                  },
                  open_new, Reason::extended_connect_off, "not-webtransport"},
        ReuseCase{"websocket", "firefox-h2", [](ReuseWorld& w) { w.request.kind = RequestKind::websocket; },
                  open_new, Reason::extended_connect_off, "extended-connect"},
        ReuseCase{"websocket_of_its_own_name", "firefox-h2",
                  [](ReuseWorld& w) {
                    own(w);
                    w.request.kind = RequestKind::websocket;
                  },
                  open_new, Reason::extended_connect_off, "extended-connect"},
        ReuseCase{"websocket_with_extended_connect", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.request.kind = RequestKind::websocket;
                    w.connection.extended_connect = ExtendedConnect::on;
                  },
                  reuse, Reason::coalesced, ""},
        // 2: an ORIGIN hit needs no DNS.
        ReuseCase{"origin_frame_waives_dns", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.list_origins({"https://b.example"});
                    w.request.dns.reset();
                  },
                  reuse, Reason::origin_set_includes, ""},
        ReuseCase{"origin_frame_names_another_port", "firefox-h2",
                  [](ReuseWorld& w) { w.list_origins({"https://b.example:8443"}); }, open_new,
                  Reason::origin_set_excludes, "origin-set"},
        // 3: the DNS keys.
        ReuseCase{"through_a_proxy", "firefox-h2",
                  [](ReuseWorld& w) { w.connection.route = w.request.route = Route::proxied; }, open_new,
                  Reason::proxied, "direct"},
        ReuseCase{"another_partition", "firefox-h2",
                  [](ReuseWorld& w) { w.request.partition = Partition::other; }, open_new,
                  Reason::partition_differs, "same-partition"},
        ReuseCase{"dns_unknown", "firefox-h2", [](ReuseWorld& w) { w.request.dns.reset(); }, could_not_tell,
                  Reason::dns_unanswered, "origin-key-or-dns-key"},
        ReuseCase{"disjoint_addresses", "firefox-h2", [](ReuseWorld& w) { w.resolve({"198.51.100.1"}); },
                  open_new, Reason::address_differs, "origin-key-or-dns-key"},
        // A name keeps its keys, whatever DNS says later; the certificate is asked each time.
        ReuseCase{"alias_after_dns_moved", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.listed_origins = {w.request.origin};
                    w.connection.aliases = w.listed_origins;
                    w.resolve({"198.51.100.1"});
                  },
                  reuse, Reason::coalesced, ""},
        ReuseCase{"alias_is_not_for_the_retry", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.listed_origins = {w.request.origin};
                    w.connection.aliases = w.listed_origins;
                    w.request.attempt = Attempt::after_421;
                  },
                  open_new, Reason::retry_on_fresh_connection, "first-attempt"},
        // bug 1680249: 0.0.0.0 and :: give no key.
        ReuseCase{"unspecified_addresses", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.a_addresses = w.b_addresses = {test::address("0.0.0.0"), test::address("::")};
                    w.connection.origin_dns = w.a_addresses;
                    w.connection.peer = test::address("0.0.0.0");
                    w.request.dns = w.b_addresses;
                  },
                  open_new, Reason::address_differs, "origin-key-or-dns-key"},
        // 4: JoinConnection.
        ReuseCase{"draining", "firefox-h2", [](ReuseWorld& w) { w.connection.liveness = Liveness::draining; },
                  open_new, Reason::not_accepting, "alive"},
        ReuseCase{"settings_awaited", "firefox-h2",
                  [](ReuseWorld& w) { w.connection.settings = SettingsState::awaited; }, open_new,
                  Reason::not_accepting, "settings"},
        ReuseCase{"origin_frame_restricts", "firefox-h2",
                  [](ReuseWorld& w) { w.list_origins({"https://c.example"}); }, open_new,
                  Reason::origin_set_excludes, "origin-set"},
        ReuseCase{"empty_origin_frame_means_the_sni_alone", "firefox-h2",
                  [](ReuseWorld& w) { w.list_origins({}); }, open_new, Reason::origin_set_excludes,
                  "origin-set"},
        ReuseCase{"another_port", "firefox-h2",
                  [](ReuseWorld& w) { w.request.origin = test::origin("https://b.example:8443"); }, open_new,
                  Reason::port_differs, "same-port"},
        ReuseCase{"clicked_through", "firefox-h2",
                  [](ReuseWorld& w) { w.connection.trust = CertificateTrust::overridden; }, open_new,
                  Reason::certificate_error, "certificate-accepted"},
        ReuseCase{"client_certificate", "firefox-h2",
                  [](ReuseWorld& w) { w.connection.client_certificate = ClientCertificateUse::sent; },
                  open_new, Reason::client_certificate_sent, "no-client-certificate"},
        ReuseCase{"not_covered", "firefox-h2", [](ReuseWorld& w) { w.certify({"a.example"}); }, open_new,
                  Reason::certificate_gap, "certificate-covers"},
        ReuseCase{"pin_violated", "firefox-h2", [](ReuseWorld& w) { w.request.pins = KeyPins::violated; },
                  open_new, Reason::key_pin_mismatch, "pins"},
        ReuseCase{"no_transparency_check", "firefox-h2",
                  [](ReuseWorld& w) { w.request.transparency = Transparency::not_met; }, reuse,
                  Reason::coalesced, ""},
        // 5, bug 1420777: the reached address must be in the new answer.
        ReuseCase{"dns_sets_merely_overlap", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.resolve({"192.0.2.2", "192.0.2.3"});
                  },
                  open_new, Reason::address_differs, "connected-address"},
        ReuseCase{"aggressive_takes_overlapping_sets", "firefox-h2-aggressive",
                  [](ReuseWorld& w) {
                    w.resolve({"192.0.2.2", "192.0.2.3"});
                  },
                  reuse, Reason::coalesced, ""},
        ReuseCase{"aggressive_leaves_disjoint_sets", "firefox-h2-aggressive",
                  [](ReuseWorld& w) { w.resolve({"198.51.100.1"}); }, open_new, Reason::address_differs,
                  "origin-key-or-dns-key"},
        // Same A, other AAAA: reached over IPv6, the new name does not have that address.
        ReuseCase{"same_a_other_aaaa", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.a_addresses = {test::address("192.0.2.1"), test::address("2001:db8::1")};
                    w.connection.origin_dns = w.a_addresses;
                    w.connection.peer = test::address("2001:db8::1");
                    w.resolve({"192.0.2.1", "2001:db8::2"});
                  },
                  open_new, Reason::address_differs, "connected-address"},
        ReuseCase{"reached_address_unknown", "firefox-h2", [](ReuseWorld& w) { w.connection.peer.reset(); },
                  could_not_tell, Reason::dns_unanswered, "connected-address"},
        ReuseCase{"reached_address_unknown_but_all_shared", "firefox-h2",
                  [](ReuseWorld& w) {
                    w.connection.peer.reset();
                    w.resolve({"192.0.2.2", "192.0.2.1"});
                  },
                  reuse, Reason::coalesced, ""}),
    name_of);

// Http3Session::RealJoinConnection.
INSTANTIATE_TEST_SUITE_P(
    FirefoxH3, FirefoxReuse,
    testing::Values(ReuseCase{"coalesces", "firefox-h3", over_h3, reuse, Reason::coalesced, ""},
                    ReuseCase{"no_origin_frame", "firefox-h3",
                              [](ReuseWorld& w) {
                                w.over(Protocol::h3);
                                w.list_origins({"https://c.example"});
                              },
                              reuse, Reason::coalesced, ""},
                    ReuseCase{"h2", "firefox-h3", nothing, open_new, Reason::not_multiplexed, "h3"}),
    name_of);

}  // namespace
}  // namespace astray::firefox_test
