#pragma once
// The command line of `astray fetch`, checked: what is asked of whom, and where the answers go.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/fetch_outcome.h"
#include "cli/fetch_write_out.h"
#include "client/request.h"
#include "client/settings.h"
#include "names/endpoint.h"

namespace astray {

/// Where the body of one URL goes.
struct FetchOutput {
  enum class Kind : uint8_t { standard_output, file };
  Kind kind = Kind::standard_output;
  std::string path;  ///< of a file, its folder in front
};

struct FetchTarget {
  std::string text;  ///< as given
  client::Request request;
  std::string upload{};  ///< the file of -T; "" for none; the body is made from it when it is sent
  FetchOutput output{};
  std::string referer{};
};

enum class CreateFolders : uint8_t { no, yes };
/// Whether response heads are written in front of bodies (-i, -I).
enum class ShowHeads : uint8_t { no, yes };
/// -s says nothing but what -v or --trace ask for; -sS says errors.
enum class Loudness : uint8_t { silent, errors, usual };
enum class Narration : uint8_t { none, verbose };
enum class TraceForm : uint8_t { none, text, json };

/// --retry and what belongs to it.
struct RetryPlan {
  uint32_t most = 0;
  std::optional<Duration> delay{};      ///< nothing: 1 s, doubled each time up to 10 minutes
  std::optional<Duration> most_time{};  ///< no retry begins later than this
  enum class Refused : uint8_t { final, retried } refused_connections = Refused::final;
  enum class Errors : uint8_t { transient, all } errors = Errors::transient;
};

struct FetchPlan {
  client::Settings settings;
  std::vector<Endpoint> dns_servers;
  std::vector<FetchTarget> targets;
  CreateFolders create_folders = CreateFolders::no;
  ShowHeads show_heads = ShowHeads::no;
  std::string head_file;  ///< -D; "" for none, "-" for standard output
  FailOn fail_on = FailOn::nothing;
  RetryPlan retry;
  WriteOut write_out;
  Loudness loudness = Loudness::usual;
  Narration narration = Narration::none;
  TraceForm trace = TraceForm::none;
  std::string trace_file;  ///< "": standard error
  size_t most_at_once = 1;
};

/// An Error names the option, what was wrong with it and what was expected.
Result<FetchPlan> parse_fetch_plan(const Arguments& arguments);

}  // namespace astray
