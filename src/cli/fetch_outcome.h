#pragma once
// What came of one URL of `astray fetch`, and what that means for those who asked.
#include <cstdint>
#include <optional>
#include <string>

#include "cli/exit_code.h"
#include "client/response.h"

namespace astray {

/// Whether a status of 400 and above is a failure (-f), and whether its body is written all the same.
enum class FailOn : uint8_t { nothing, bad_status, bad_status_with_body };

/// Numbers of curl's manual page ("EXIT CODES") that are ours to give where no FetchFailure says why.
namespace curl_number {
constexpr int ok = 0;
constexpr int http_status = 22;
constexpr int write_failed = 23;
constexpr int interrupted = 42;
}  // namespace curl_number

struct FetchOutcome {
  size_t number = 0;  ///< counts from 0, in the order of the command line
  std::string url;    ///< as given
  std::string method;
  std::string referer;
  client::FetchReport report;
  std::optional<client::ResponseHead> head;
  uint32_t retries = 0;  ///< of --retry
  std::string filename;  ///< the body went there; "" for standard output
  bool interrupted = false;
  std::string write_problem;  ///< why a file could not be written; "" when all could

  ExitCode exit_code = ExitCode::success;
  int curl_code = curl_number::ok;  ///< what curl would have ended with
  std::string message;              ///< "" where all is well: "phase: what happened; what to do next"
};

/// curl's number for a failure.
int curl_number_of(const client::FetchFailure& failure, const client::FetchReport& report);
/// Fills in exit_code, curl_code and message.
void conclude(FetchOutcome& outcome, FailOn fail_on);

}  // namespace astray
