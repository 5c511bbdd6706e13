// The settings of the watcher. Whatever they are: reading ends with a bounded list of problems, each at a place in the
// file; what reads without errors keeps every bound that the reader promises, and reads as the same a second time.
#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "gateway/configuration/reading_problems.h"
#include "servers/model/file_source.h"
#include "tls/fake_certificate_source.h"
#include "watch/settings/settings_reader.h"

using namespace astray;

namespace {

std::vector<std::string> texts_of(const watch::WatchSettings& settings) {
  std::vector<std::string> texts;
  for (const ProbeTarget& target : settings.targets) texts.push_back(target.text);
  for (const watch::LogSettings& log : settings.logs) texts.push_back(log.path + log.node + log.format);
  for (const watch::WebhookSettings& webhook : settings.webhooks) texts.push_back(webhook.url + webhook.secret_file);
  texts.push_back(settings.store.path);
  texts.push_back(std::to_string(settings.pace.interval.count()));
  return texts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 16384) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The machine's authorities are the same for every input, and take long.
  const std::string yaml = std::string(text) + "\nquestions: {authorities: none}\n";
  MemoryFiles files;
  files.add("/etc/astray/names.txt", "a.example\nb.example@192.0.2.1\n");
  FakeCertificateSource certificates;
  const auto read = [&](std::string_view what) {
    return watch::read_settings(what, "/etc/astray/watch.yaml", files, certificates);
  };
  const watch::ReadSettings settings = read(text.find("questions") == std::string_view::npos ? yaml : text);
  CHECK(settings.problems.size() <= gateway::max_read_problems + 1);
  // yaml-cpp ends lines at more bytes than "\n".
  const auto lines = static_cast<uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return c == '\n' || c == '\r' || static_cast<uint8_t>(c) >= 0x80;
  }));
  for (const gateway::ConfigurationProblem& problem : settings.problems) {
    CHECK(problem.place.line <= lines + 3);
    CHECK(!problem.message.empty());
  }
  if (gateway::has_errors(settings.problems)) return 0;

  const watch::WatchSettings& good = settings.settings;
  CHECK(!good.targets.empty() || !good.configurations.empty() || !good.logs.empty());
  CHECK(good.pace.interval >= std::chrono::seconds(1) && good.pace.interval <= std::chrono::hours(24));
  CHECK(good.pace.jitter >= 0 && good.pace.jitter <= 1);
  CHECK(good.pace.cells_per_round >= 1 && good.pace.cells_per_round <= 1'000'000);
  CHECK(!good.axes.alpns.empty() && !good.axes.uses.empty() && !good.clients.empty());
  CHECK(good.probe.contact.min_version <= good.probe.contact.max_version);
  for (const watch::LogSettings& log : good.logs) CHECK(log.path.starts_with('/') && !log.node.empty());
  for (const watch::WebhookSettings& webhook : good.webhooks) CHECK(webhook.url.starts_with("http"));
  CHECK(texts_of(read(text.find("questions") == std::string_view::npos ? yaml : text).settings) == texts_of(good));
  return 0;
}
