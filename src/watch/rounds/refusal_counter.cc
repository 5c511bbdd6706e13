#include "watch/rounds/refusal_counter.h"

#include <map>

#include <fmt/format.h>

#include "explain/logs/log_source.h"
#include "explain/text_bytes.h"
#include "verdict/misdirected_status.h"

namespace astray::watch {
namespace {


using Pair = std::pair<std::string, std::string>;

class RefusalWitness final : public explain::Witness {
 public:
  void request(const explain::Sighting& sighting) override {
    const bool is_error = sighting.kind == explain::Witnessed::error;
    if (sighting.status != misdirected_status && !is_error) return;
    Pair pair(sighting.sni.text, sighting.authority.text);
    if (counts_.size() >= RefusalCounter::most_pairs && counts_.count(pair) == 0) pair = {};
    ++counts_[std::move(pair)];
  }
  void trouble(explain::Trouble trouble, uint32_t, uint64_t) override {
    if (trouble == explain::Trouble::unreadable_line) ++unreadable_;
  }

  const std::map<Pair, uint64_t>& counts() const { return counts_; }
  uint64_t unreadable() const { return unreadable_; }

 private:
  std::map<Pair, uint64_t> counts_;
  uint64_t unreadable_ = 0;
};

}  // namespace

Result<RefusalCounter> RefusalCounter::of(const std::vector<LogSettings>& logs) {
  RefusalCounter counter;
  for (const LogSettings& each : logs) {
    Log log{.settings = each, .file = FollowedLog(each.path), .formats = {}};
    if (!each.format.empty()) {
      if (std::optional<Error> error = log.formats.add(each.format, "that was given"))
        return failure(fmt::format("the format of the log {}: {}", each.path, error->message));
    }
    counter.logs_.push_back(std::move(log));
  }
  return counter;
}

RefusalCounter::Counted RefusalCounter::count() {
  Counted counted;
  for (Log& log : logs_) {
    Result<std::string> lines = log.file.read_new(most_bytes);
    if (!lines) {
      counted.troubles.push_back(lines.error().message);
      continue;
    }
    if (lines->empty()) continue;
    explain::TextBytes bytes(std::move(*lines));
    explain::SourceOptions options;
    if (!log.formats.empty()) options.given = &log.formats;
    RefusalWitness witness;
    const Result<explain::SourceSummary> read = explain::read_log(bytes, options, witness);
    if (!read) counted.troubles.push_back(fmt::format("the log {}: {}", log.settings.path, read.error().message));
    if (read && read->lines > 0 && witness.unreadable() == read->lines)
      counted.troubles.push_back(
          fmt::format("the log {} is in no format that astray knows: say its format in logs", log.settings.path));
    for (const auto& [pair, count] : witness.counts())
      counted.refusals.push_back({log.settings.node, pair.first, pair.second, count});
  }
  return counted;
}

void RefusalCounter::take_over(RefusalCounter& other) {
  for (Log& log : logs_) {
    for (Log& followed : other.logs_) {
      if (log.settings.path == followed.settings.path) log.file = std::move(followed.file);
    }
  }
}

}  // namespace astray::watch
