#include <fmt/format.h>

#include "report/probe_words.h"
#include "watch/history/history.h"

namespace astray::watch {
namespace {

/// Enough of a fingerprint to tell two apart by eye, and to find it.
constexpr size_t shown_of_fingerprint = 12;

std::string fingerprint_text(const std::string& fingerprint) {
  return fingerprint.empty() ? "none" : fingerprint.substr(0, shown_of_fingerprint);
}

std::string_view or_none(std::string_view text) {
  return text.empty() ? "none" : text;
}

class Differences {
 public:
  void note(std::string_view what, std::string_view before, std::string_view now) {
    if (before == now) return;
    text_ += fmt::format("{}{} {} → {}", text_.empty() ? "" : ", ", what, or_none(before), or_none(now));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string_view yes_or_no(bool value) {
  return value ? "yes" : "no";
}

}  // namespace

std::string way_text(const CellKey& key) {
  std::string text = fmt::format("{}, {}", to_string(key.alpn), to_string(key.use));
  if (key.client_certificate != 0) text += fmt::format(", client certificate {}", key.client_certificate);
  return text;
}

std::string answer_text(const CellAnswer& answer) {
  std::string text(legend_of(answer.verdict));
  if (!answer.answered_as.empty() && answer.verdict != CellVerdict::own)
    text += fmt::format(" (as {})", answer.answered_as);
  if (answer.failure != ProbeFailure::none) text += fmt::format(", {}", to_string(answer.failure));
  if (answer.status != 0) text += fmt::format(", {}", answer.status);
  if (!answer.protocol.empty()) text += fmt::format(", {}", answer.protocol);
  if (!answer.certificate.empty())
    text += fmt::format(", certificate {}{}", fingerprint_text(answer.certificate),
                        answer.certificate_covers ? "" : " without the name");
  return text;
}

std::string change_text(const CellAnswer& before, const CellAnswer& now) {
  Differences differences;
  differences.note("verdict", to_string(before.verdict), to_string(now.verdict));
  differences.note("reason", to_string(before.reason), to_string(now.reason));
  differences.note("failure", to_string(before.failure), to_string(now.failure));
  differences.note("status", fmt::format("{}", before.status), fmt::format("{}", now.status));
  differences.note("protocol", before.protocol, now.protocol);
  differences.note("certificate", fingerprint_text(before.certificate), fingerprint_text(now.certificate));
  differences.note("certificate covers the name", yes_or_no(before.certificate_covers),
                   yes_or_no(now.certificate_covers));
  differences.note("client certificate asked for", yes_or_no(before.client_certificate_requested),
                   yes_or_no(now.client_certificate_requested));
  differences.note("trust", to_string(before.trust), to_string(now.trust));
  differences.note("answered as", before.answered_as, now.answered_as);
  differences.note("421 by", before.answered_by, now.answered_by);
  differences.note("agreement", to_string(before.agreement), to_string(now.agreement));
  differences.note("difference from the configuration", before.difference, now.difference);
  differences.note("decided at", before.source, now.source);
  return differences.take();
}

}  // namespace astray::watch
