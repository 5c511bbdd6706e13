#pragma once
// What -v and --trace tell on standard error or into a file.
#include <memory>
#include <string>
#include <string_view>

#include "cli/console.h"
#include "cli/fetch_plan.h"
#include "client/telemetry.h"
#include "io/file_descriptor.h"

namespace astray {

/// "HTTP/2 200 ", then its fields, then an empty line: as curl shows a head.
std::string head_text(const client::ResponseHead& head);
std::string fields_text(const client::FieldList& fields);

class FetchStory final : public client::Telemetry {
 public:
  /// The console outlives it. An Error when the trace's file cannot be written.
  static Result<std::unique_ptr<FetchStory>> begin(const FetchPlan& plan, Console& console);

  void on_event(const client::PoolEvent& event) override;
  /// "> " lines: what was sent. `number` counts from 0.
  void tell_request(size_t number, const client::Request& request, const client::ResponseHead* answer);
  /// "< " lines.
  void tell_head(size_t number, const client::ResponseHead& head);
  void tell_trailers(size_t number, const client::FieldList& fields);
  /// "* " lines about the end.
  void tell_end(size_t number, const FetchOutcome& outcome);
  void tell(size_t number, std::string_view sentence);

 private:
  FetchStory(const FetchPlan& plan, Console& console);
  void lines(size_t number, char sign, std::string_view text);

  Console& console_;
  Narration narration_;
  TraceForm trace_;
  std::string user_agent_;
  enum class Numbers : uint8_t { left_out, shown } numbers_;
  FileDescriptor trace_file_;
  std::unique_ptr<Output> trace_output_;  ///< of the file; null: standard error
};

}  // namespace astray
