#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "report/predictions.h"
#include "report/printable.h"

namespace astray {
namespace {

constexpr int widest_name = 40;
constexpr int alpn_columns = 10;  // h2-only→h2
constexpr int answer_columns = 10;
constexpr int reason_columns = 29;  // client-authentication-differs

std::string shown(const AskedName& name) {
  if (!name.text) return "(none)";
  return name.text->empty() ? "\"\"" : printable(*name.text);
}

int widest(const std::vector<AskedName>& names, std::string_view head) {
  int columns = columns_of(head);
  for (const AskedName& name : names) columns = std::max(columns, columns_of(shown(name)));
  return std::min(columns, widest_name);
}

}  // namespace

std::string PredictionTable::cell(std::string_view text, int width) const {
  const int columns = columns_of(text);
  if (columns > width) {
    // The end of a long name tells more than its beginning.
    size_t at = 0;
    int left = columns;
    while (left > width - 1) {
      const Utf8Character character = utf8_at(text, at);
      left -= columns_of(character.code_point);
      at += character.size;
    }
    return "…" + std::string(text.substr(at)) + std::string(static_cast<size_t>(width - 1 - left), ' ') +
           "  ";
  }
  return std::string(text) + std::string(static_cast<size_t>(width - columns), ' ') + "  ";
}

void PredictionTable::begin_deployment(const Deployment& deployment) {
  deployment_ = &deployment;
}

void PredictionTable::begin_listener(std::string_view address, const Listener& listener,
                                     const std::vector<AskedName>& snis,
                                     const std::vector<AskedName>& hosts) {
  hosts_ = &hosts;
  sni_columns_ = widest(snis, "SNI");
  host_columns_ = widest(hosts, "HOST");
  const std::string file(paths_.of(deployment_->files.path(listener.span.file)));
  text_ += fmt::format("{}{}  {} {} ({})  {}{}\n", text_.empty() ? "" : "\n",
                       palette_.paint(Role::strong, printable(address)), to_string(deployment_->server),
                       deployment_->version.text(), to_string(deployment_->version_basis), printable(file),
                       listener.span.line > 0 ? fmt::format(":{}", listener.span.line) : "");
  text_ += palette_.paint(Role::faint, "  " + cell("SNI", sni_columns_) + cell("HOST", host_columns_) +
                                           cell("ALPN", alpn_columns) + cell("ANSWER", answer_columns) +
                                           cell("WHY", reason_columns) + "BY") +
           '\n';
}

void PredictionTable::begin_connection(const AskedConnection& connection) {
  const bool in_clear = connection.handshake.outcome == HandshakeOutcome::cleartext;
  connection_ = "  " + cell(in_clear ? "(clear)" : shown(connection.sni), sni_columns_);
  const bool settled = in_clear || connection.handshake.outcome == HandshakeOutcome::ok;
  const std::string_view negotiated = to_string(connection.handshake.protocol);
  const std::string_view offered = to_string(connection.alpn);
  alert_ = connection.handshake.alert;
  if (in_clear) {
    protocol_ = cell(negotiated, alpn_columns);
  } else if (!settled || offered == negotiated) {
    protocol_ = cell(offered, alpn_columns);
  } else {
    protocol_ = cell(fmt::format("{}→{}", offered, negotiated), alpn_columns);
  }
}

void PredictionTable::answer(size_t host, const ExpectedAnswer& answer) {
  std::string what;
  Role role = Role::plain;
  switch (answer.outcome) {
    case AnswerOutcome::serve:
      what = answer.status == 0 ? "serve" : fmt::format("serve {}", answer.status);
      role = answer.reason == Reason::default_virtual_host ? Role::warning : Role::good;
      break;
    case AnswerOutcome::reject:
      what = answer.status == 0 ? "alert" : fmt::format("reject {}", answer.status);
      role = Role::error;
      break;
    case AnswerOutcome::unknowable:
      what = "unknowable";
      role = Role::warning;
      break;
  }
  std::string by;
  if (answer.virtual_host != VirtualHostId::none)
    by = printable(deployment_->virtual_host(answer.virtual_host).label());
  if (!alert_.empty()) by = alert_;
  if (answer.source.known()) {
    const std::string file = printable(paths_.of(deployment_->files.path(answer.source.file)));
    by +=
        fmt::format("{}{}:{}", by.empty() ? "" : "  ", palette_.paint(Role::faint, file), answer.source.line);
  }
  text_ += connection_ + cell(shown((*hosts_)[host]), host_columns_) + protocol_ +
           palette_.paint(role, cell(what, answer_columns)) + cell(to_string(answer.reason), reason_columns) +
           by + '\n';
  if (text_.size() >= large_piece_bytes) finish();
}

void PredictionTable::finish() {
  sink_.write(text_);
  text_.clear();
}

}  // namespace astray
