// A configuration of the gateway. Whatever it is: reading ends with a bounded list of problems, each at a
// place in the file; checking ends; and what reads without errors is printed as a text that reads as the
// same.
#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/print_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "tls/fake_certificate_source.h"

using namespace astray;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 16384) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const gateway::ReadConfiguration read = gateway::read_configuration(text, "/etc/astray");
  CHECK(read.problems.size() <= gateway::max_read_problems + 1);
  // yaml-cpp ends lines at more bytes than "\n".
  const auto lines = static_cast<uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return c == '\n' || c == '\r' || static_cast<uint8_t>(c) >= 0x80;
  }));
  for (const gateway::ConfigurationProblem& problem : read.problems) {
    CHECK(problem.place.line <= lines + 1);
    CHECK(!problem.message.empty());
    CHECK(problem.severity == gateway::Severity::error);
  }

  FakeCertificateSource certificates;
  certificates.declare("/etc/astray/a.pem", {"a.example", "*.a.example", "192.0.2.1"});
  gateway::check_configuration(read.configuration, certificates);

  if (gateway::has_errors(read.problems)) return 0;
  const std::string printed = gateway::print_configuration(read.configuration);
  const gateway::ReadConfiguration again = gateway::read_configuration(printed, "/elsewhere");
  CHECK(again.problems.empty());
  CHECK(gateway::print_configuration(again.configuration) == printed);
  return 0;
}
