// Each row cites where the client does this; the numbers are steps of its own order.
#include "verdict/reuse_world.h"

namespace astray::chromium_test {
namespace {

using test::ReuseCase;
using test::ReuseWorld;
using enum ReuseAnswer;

class ChromiumReuse : public testing::TestWithParam<ReuseCase> {};
TEST_P(ChromiumReuse, IsJudged) {
  test::expect_judged(GetParam());
}

constexpr auto name_of = [](const auto& test) { return test.param.name; };
constexpr auto nothing = [](ReuseWorld&) {};
constexpr auto over_h1 = [](ReuseWorld& w) { w.over(Protocol::h1); };
constexpr auto over_h3 = [](ReuseWorld& w) { w.over(Protocol::h3); };
constexpr auto own = [](ReuseWorld& w) { w.request.origin = w.connection.origin; };

// net/spdy: FindAvailableSession, OnHostResolutionCompleteShared, CompareForAliasing, CanPool.
INSTANTIATE_TEST_SUITE_P(
    ChromiumH2, ChromiumReuse,
    testing::Values(
        ReuseCase{"coalesces", "chromium-h2", nothing, reuse, Reason::coalesced, ""},
        ReuseCase{"own_session", "chromium-h2", own, reuse, Reason::same_origin, "same-key"},
        ReuseCase{"own_session_needs_no_dns", "chromium-h2",
                  [](ReuseWorld& w) {
                    own(w);
                    w.request.dns.reset();
                  },
                  reuse, Reason::same_origin, "same-key"},
        ReuseCase{"own_name_in_another_partition", "chromium-h2",
                  [](ReuseWorld& w) {
                    own(w);
                    w.resolve({"192.0.2.1"});
                    w.request.partition = Partition::other;
                  },
                  open_new, Reason::partition_differs, "same-partition"},
        // A mapped alias is sticky: neither DNS nor the certificate is asked again.
        ReuseCase{"alias_after_dns_moved", "chromium-h2",
                  [](ReuseWorld& w) {
                    w.listed_origins = {w.request.origin};
                    w.connection.aliases = w.listed_origins;
                    w.resolve({"198.51.100.1"});
                    w.certify({"a.example"});
                  },
                  reuse, Reason::pooled_alias, "mapped-alias"},
        ReuseCase{"alias_is_not_for_the_retry", "chromium-h2",
                  [](ReuseWorld& w) {
                    w.listed_origins = {w.request.origin};
                    w.connection.aliases = w.listed_origins;
                    w.request.attempt = Attempt::after_421;
                  },
                  open_new, Reason::retry_on_fresh_connection, "pooling-enabled"},
        ReuseCase{"own_session_even_for_the_retry", "chromium-h2",
                  [](ReuseWorld& w) {
                    own(w);
                    w.request.attempt = Attempt::after_421;
                  },
                  reuse, Reason::same_origin, "same-key"},
        // 1: direct alone.
        ReuseCase{"through_a_proxy", "chromium-h2",
                  [](ReuseWorld& w) { w.connection.route = w.request.route = Route::proxied; }, open_new,
                  Reason::proxied, "direct"},
        // 2: DNS always, whatever an ORIGIN frame said; an HTTPS record without h2 leaves the A and AAAA
        // records.
        ReuseCase{"origin_frame_is_not_heard", "chromium-h2",
                  [](ReuseWorld& w) {
                    w.list_origins({"https://b.example"});
                    w.resolve({"198.51.100.1"});
                  },
                  open_new, Reason::address_differs, "same-address"},
        ReuseCase{"origin_frame_does_not_restrict", "chromium-h2",
                  [](ReuseWorld& w) { w.list_origins({"https://c.example"}); }, reuse, Reason::coalesced, ""},
        ReuseCase{"dns_unknown", "chromium-h2", [](ReuseWorld& w) { w.request.dns.reset(); }, could_not_tell,
                  Reason::dns_unanswered, "dns-answer"},
        ReuseCase{"no_address_at_all", "chromium-h2", [](ReuseWorld& w) { w.resolve({}); }, open_new,
                  Reason::dns_unanswered, "dns-answer"},
        ReuseCase{"https_record_without_h2", "chromium-h2",
                  [](ReuseWorld& w) { w.request.service_record = ServiceRecord::forbids_protocol; }, reuse,
                  Reason::coalesced, ""},
        // 3: any address of the new host against the one that the session reached, with the port.
        ReuseCase{"one_of_several_addresses", "chromium-h2",
                  [](ReuseWorld& w) {
                    w.resolve({"2001:db8::1", "198.51.100.1", "192.0.2.1"});
                  },
                  reuse, Reason::coalesced, ""},
        ReuseCase{"shares_an_address_that_was_not_reached", "chromium-h2",
                  [](ReuseWorld& w) { w.resolve({"192.0.2.2"}); }, open_new, Reason::address_differs,
                  "same-address"},
        ReuseCase{"another_port", "chromium-h2",
                  [](ReuseWorld& w) { w.request.origin = test::origin("https://b.example:8443"); }, open_new,
                  Reason::port_differs, "same-peer-port"},
        ReuseCase{"the_endpoint_has_the_port_that_counts", "chromium-h2",
                  [](ReuseWorld& w) {
                    w.connection.peer_port = Port(8443);
                    w.request.origin = test::origin("https://b.example:8443");
                  },
                  reuse, Reason::coalesced, ""},
        // 4: CompareForAliasing.
        ReuseCase{"another_partition", "chromium-h2",
                  [](ReuseWorld& w) { w.request.partition = Partition::other; }, open_new,
                  Reason::partition_differs, "same-partition"},
        // 5: WebSocket needs extended CONNECT.
        ReuseCase{"websocket", "chromium-h2", [](ReuseWorld& w) { w.request.kind = RequestKind::websocket; },
                  open_new, Reason::extended_connect_off, "extended-connect"},
        // 6: VerifyDomainAuthentication.
        ReuseCase{"draining", "chromium-h2",
                  [](ReuseWorld& w) { w.connection.liveness = Liveness::draining; }, open_new,
                  Reason::not_accepting, "alive"},
        ReuseCase{"clicked_through", "chromium-h2",
                  [](ReuseWorld& w) { w.connection.trust = CertificateTrust::overridden; }, open_new,
                  Reason::certificate_error, "certificate-accepted"},
        ReuseCase{"client_certificate", "chromium-h2",
                  [](ReuseWorld& w) { w.connection.client_certificate = ClientCertificateUse::sent; },
                  open_new, Reason::client_certificate_sent, "client-certificate-shared"},
        ReuseCase{"client_certificate_shared_by_policy", "chromium-h2",
                  [](ReuseWorld& w) {
                    w.connection.client_certificate = ClientCertificateUse::sent;
                    w.request.client_certificate_sharing = ClientCertificateSharing::allowed;
                  },
                  reuse, Reason::coalesced, ""},
        ReuseCase{"not_covered", "chromium-h2", [](ReuseWorld& w) { w.certify({"a.example"}); }, open_new,
                  Reason::certificate_gap, "certificate-covers"},
        ReuseCase{"pin_violated", "chromium-h2", [](ReuseWorld& w) { w.request.pins = KeyPins::violated; },
                  open_new, Reason::key_pin_mismatch, "pins"},
        ReuseCase{"no_transparency", "chromium-h2",
                  [](ReuseWorld& w) { w.request.transparency = Transparency::not_met; }, open_new,
                  Reason::transparency_missing, "transparency"},
        // Not checked: SETTINGS, free streams (requests queue).
        ReuseCase{"settings_awaited", "chromium-h2",
                  [](ReuseWorld& w) { w.connection.settings = SettingsState::awaited; }, reuse,
                  Reason::coalesced, ""},
        ReuseCase{"out_of_streams", "chromium-h2", [](ReuseWorld& w) { w.connection.streams_left = 0; },
                  reuse, Reason::coalesced, ""},
        ReuseCase{"h1_has_one_authority", "chromium-h2", over_h1, open_new, Reason::not_multiplexed, "h2"},
        // A gap is final, whatever the addresses turn out to be.
        ReuseCase{"gap_without_dns", "chromium-h2",
                  [](ReuseWorld& w) {
                    w.request.dns.reset();
                    w.certify({"a.example"});
                  },
                  open_new, Reason::certificate_gap, "certificate-covers"}),
    name_of);

// net/quic: FindExistingSession, CanWaiveIpMatching.
INSTANTIATE_TEST_SUITE_P(
    ChromiumH3, ChromiumReuse,
    testing::Values(ReuseCase{"coalesces", "chromium-h3", over_h3, reuse, Reason::coalesced, ""},
                    ReuseCase{"origin_frame_waives_dns", "chromium-h3",
                              [](ReuseWorld& w) {
                                w.over(Protocol::h3);
                                w.list_origins({"https://b.example"});
                                w.request.dns.reset();
                              },
                              reuse, Reason::origin_set_includes, ""},
                    ReuseCase{"origin_frame_does_not_restrict", "chromium-h3",
                              [](ReuseWorld& w) {
                                w.over(Protocol::h3);
                                w.list_origins({"https://c.example"});
                              },
                              reuse, Reason::coalesced, ""},
                    ReuseCase{"origin_frame_does_not_waive_the_certificate", "chromium-h3",
                              [](ReuseWorld& w) {
                                w.over(Protocol::h3);
                                w.list_origins({"https://b.example"});
                                w.certify({"a.example"});
                              },
                              open_new, Reason::certificate_gap, "certificate-covers"},
                    ReuseCase{"same_alternative_waives_dns", "chromium-h3",
                              [](ReuseWorld& w) {
                                w.over(Protocol::h3);
                                w.request.destination = Destination::alternative_of_the_connection;
                                w.request.dns.reset();
                              },
                              reuse, Reason::coalesced, ""},
                    ReuseCase{"another_address", "chromium-h3",
                              [](ReuseWorld& w) {
                                w.over(Protocol::h3);
                                w.resolve({"192.0.2.2"});
                              },
                              open_new, Reason::address_differs, "address-or-origin-set"},
                    ReuseCase{"h2_is_another_pool", "chromium-h3", nothing, open_new, Reason::not_multiplexed,
                              "h3"}),
    name_of);

}  // namespace
}  // namespace astray::chromium_test
