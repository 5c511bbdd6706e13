// Each row cites where the client does this; the numbers are steps of its own order.
#include "verdict/reuse_world.h"

namespace astray::other_clients_test {
namespace {

using test::ReuseCase;
using test::ReuseWorld;
using enum ReuseAnswer;

class OtherClientsReuse : public testing::TestWithParam<ReuseCase> {};
TEST_P(OtherClientsReuse, IsJudged) {
  test::expect_judged(GetParam());
}

constexpr auto name_of = [](const auto& test) { return test.param.name; };
constexpr auto nothing = [](ReuseWorld&) {};
constexpr auto over_h1 = [](ReuseWorld& w) { w.over(Protocol::h1); };
constexpr auto over_h3 = [](ReuseWorld& w) { w.over(Protocol::h3); };
constexpr auto own = [](ReuseWorld& w) { w.request.origin = w.connection.origin; };

INSTANTIATE_TEST_SUITE_P(
    Safari, OtherClientsReuse,
    testing::Values(ReuseCase{"coalesces_h2", "safari", nothing, reuse, Reason::coalesced, ""},
                    ReuseCase{"coalesces_h3", "safari", over_h3, reuse, Reason::coalesced, ""},
                    ReuseCase{"another_address", "safari", [](ReuseWorld& w) { w.resolve({"192.0.2.2"}); },
                              open_new, Reason::address_differs, "same-address"},
                    ReuseCase{"not_covered", "safari", [](ReuseWorld& w) { w.certify({"a.example"}); },
                              open_new, Reason::certificate_gap, "certificate-covers"},
                    ReuseCase{
                        "client_certificate_is_unmeasured", "safari",
                        [](ReuseWorld& w) { w.connection.client_certificate = ClientCertificateUse::sent; },
                        could_not_tell, Reason::facts_missing, "unmeasured"}),
    name_of);

// RealConnection.isEligible, steps 1 to 8.
INSTANTIATE_TEST_SUITE_P(
    OkHttp, OtherClientsReuse,
    testing::Values(
        ReuseCase{"coalesces", "okhttp", nothing, reuse, Reason::coalesced, ""},
        ReuseCase{"step_1_out_of_streams", "okhttp", [](ReuseWorld& w) { w.connection.streams_left = 0; },
                  open_new, Reason::not_accepting, "room"},
        ReuseCase{"step_1_no_new_exchanges", "okhttp",
                  [](ReuseWorld& w) { w.connection.liveness = Liveness::draining; }, open_new,
                  Reason::not_accepting, "alive"},
        ReuseCase{"step_2_other_settings", "okhttp",
                  [](ReuseWorld& w) { w.request.partition = Partition::other; }, open_new,
                  Reason::partition_differs, "same-partition"},
        ReuseCase{"step_2_port", "okhttp",
                  [](ReuseWorld& w) { w.request.origin = test::origin("https://b.example:8443"); }, open_new,
                  Reason::port_differs, "same-port"},
        ReuseCase{"step_3_same_host", "okhttp", own, reuse, Reason::same_origin, "same-origin"},
        ReuseCase{"step_3_same_host_over_h1", "okhttp",
                  [](ReuseWorld& w) {
                    own(w);
                    w.over(Protocol::h1);
                  },
                  reuse, Reason::same_origin, "same-origin"},
        ReuseCase{"step_4_h1", "okhttp", over_h1, open_new, Reason::not_multiplexed, "h2"},
        ReuseCase{"step_5_no_routes_yet", "okhttp", [](ReuseWorld& w) { w.request.dns.reset(); },
                  could_not_tell, Reason::dns_unanswered, "dns-answer"},
        ReuseCase{"step_5_proxied", "okhttp",
                  [](ReuseWorld& w) { w.connection.route = w.request.route = Route::proxied; }, open_new,
                  Reason::proxied, "direct"},
        ReuseCase{"step_5_another_address", "okhttp", [](ReuseWorld& w) { w.resolve({"192.0.2.2"}); },
                  open_new, Reason::address_differs, "same-address"},
        ReuseCase{"step_6_own_verifier", "okhttp",
                  [](ReuseWorld& w) { w.request.verifier = HostnameVerifier::custom; }, open_new,
                  Reason::partition_differs, "built-in-verifier"},
        ReuseCase{"step_7_marked", "okhttp",
                  [](ReuseWorld& w) { w.connection.mark = CoalescingMark::marked; }, open_new,
                  Reason::marked_not_coalescing, "no-mark"},
        ReuseCase{"step_7_not_covered", "okhttp", [](ReuseWorld& w) { w.certify({"a.example"}); }, open_new,
                  Reason::certificate_gap, "certificate-covers"},
        ReuseCase{"step_8_pinner", "okhttp", [](ReuseWorld& w) { w.request.pins = KeyPins::violated; },
                  open_new, Reason::key_pin_mismatch, "pins"},
        // The mark is about other names; a client certificate and an ORIGIN frame (#3678) are not looked at.
        ReuseCase{"marked_for_its_own_name", "okhttp",
                  [](ReuseWorld& w) {
                    own(w);
                    w.connection.mark = CoalescingMark::marked;
                  },
                  reuse, Reason::same_origin, "same-origin"},
        ReuseCase{"client_certificate", "okhttp",
                  [](ReuseWorld& w) { w.connection.client_certificate = ClientCertificateUse::sent; }, reuse,
                  Reason::coalesced, ""},
        ReuseCase{"origin_frame", "okhttp", [](ReuseWorld& w) { w.list_origins({"https://c.example"}); },
                  reuse, Reason::coalesced, ""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Own, OtherClientsReuse,
    testing::Values(ReuseCase{"strict_coalesces", "strict", nothing, reuse, Reason::coalesced, ""},
                    ReuseCase{"strict_wants_dns_in_spite_of_an_origin_frame", "strict",
                              [](ReuseWorld& w) {
                                w.list_origins({"https://b.example"});
                                w.resolve({"192.0.2.2"});
                              },
                              open_new, Reason::address_differs, "same-address"},
                    ReuseCase{"strict_shares_no_client_certificate", "strict",
                              [](ReuseWorld& w) {
                                w.connection.client_certificate = ClientCertificateUse::sent;
                                w.request.client_certificate_sharing = ClientCertificateSharing::allowed;
                              },
                              open_new, Reason::client_certificate_sent, "no-client-certificate"},
                    ReuseCase{"strict_waits_for_settings", "strict",
                              [](ReuseWorld& w) { w.connection.settings = SettingsState::awaited; }, open_new,
                              Reason::not_accepting, "settings"},
                    // RFC 8336 §2.4: a set waives DNS for what it names and forbids the rest.
                    ReuseCase{"rfc_origin_set_waives_dns", "rfc9113",
                              [](ReuseWorld& w) {
                                w.list_origins({"https://b.example"});
                                w.request.dns.reset();
                              },
                              reuse, Reason::origin_set_includes, ""},
                    ReuseCase{"rfc_origin_set_restricts", "rfc9113",
                              [](ReuseWorld& w) { w.list_origins({"https://c.example"}); }, open_new,
                              Reason::origin_set_excludes, "origin-set"},
                    // RFC 9113 §9.1.1: without TLS the address decides.
                    ReuseCase{"rfc_in_clear", "rfc9113",
                              [](ReuseWorld& w) {
                                w.connection.origin = test::origin("http://a.example");
                                w.request.origin = test::origin("http://b.example");
                                w.certify({});
                              },
                              reuse, Reason::coalesced, ""},
                    ReuseCase{"rfc_in_clear_at_another_address", "rfc9113",
                              [](ReuseWorld& w) {
                                w.connection.origin = test::origin("http://a.example");
                                w.request.origin = test::origin("http://b.example");
                                w.resolve({"192.0.2.2"});
                              },
                              open_new, Reason::address_differs, "authoritative-address"},
                    ReuseCase{"rfc_https_never_in_clear", "rfc9113",
                              [](ReuseWorld& w) { w.connection.origin = test::origin("http://a.example"); },
                              open_new, Reason::scheme_mismatch, "same-scheme"},
                    ReuseCase{"rfc_h1", "rfc9113", over_h1, open_new, Reason::not_multiplexed,
                              "multiplexed"}),
    name_of);

}  // namespace
}  // namespace astray::other_clients_test
