#include "report/probe_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/plan_sections.h"
#include "report/printable.h"

namespace astray {

int weight_of(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::own:
      return 0;
    case CellVerdict::indistinct:
      return 1;
    case CellVerdict::default_answer:
      return 2;
    case CellVerdict::rejected_421:
      return 3;
    case CellVerdict::rejected_404:
      return 4;
    case CellVerdict::rejected_403:
      return 5;
    case CellVerdict::rejected_400:
      return 6;
    case CellVerdict::rejected_handshake:
      return 7;
    case CellVerdict::other_protocol:
      return 8;
    case CellVerdict::could_not_tell:
      return 9;
    case CellVerdict::failed:
      return 10;
    case CellVerdict::false_421:
      return 11;
    case CellVerdict::misdirected:
      return 12;
    case CellVerdict::authentication_bypass:
      return 13;
  }
  return 9;
}

Role role_of(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::own:
      return Role::good;
    case CellVerdict::indistinct:
    case CellVerdict::default_answer:
      return Role::plain;
    case CellVerdict::misdirected:
    case CellVerdict::authentication_bypass:
    case CellVerdict::false_421:
      return Role::error;
    case CellVerdict::rejected_421:
    case CellVerdict::rejected_400:
    case CellVerdict::rejected_403:
    case CellVerdict::rejected_404:
    case CellVerdict::rejected_handshake:
      return Role::info;
    case CellVerdict::other_protocol:
    case CellVerdict::failed:
    case CellVerdict::could_not_tell:
      return Role::warning;
  }
  return Role::plain;
}

std::string_view legend_of(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::own:
      return "the name's own answer";
    case CellVerdict::indistinct:
      return "answered; nothing tells the names apart";
    case CellVerdict::default_answer:
      return "nobody's name, answered by a default";
    case CellVerdict::misdirected:
      return "misdirected: another name's answer";
    case CellVerdict::authentication_bypass:
      return "served without the client certificate it demands";
    case CellVerdict::false_421:
      return "421 although the connection was right";
    case CellVerdict::rejected_421:
      return "421";
    case CellVerdict::rejected_400:
      return "400";
    case CellVerdict::rejected_403:
      return "403";
    case CellVerdict::rejected_404:
      return "404";
    case CellVerdict::rejected_handshake:
      return "TLS alert";
    case CellVerdict::other_protocol:
      return "FTP or SMTP answered";
    case CellVerdict::failed:
      return "no answer";
    case CellVerdict::could_not_tell:
      return "could not tell";
  }
  return "could not tell";
}

std::string_view to_string(ChainTrust trust) {
  switch (trust) {
    case ChainTrust::not_checked:
      return "not-checked";
    case ChainTrust::trusted:
      return "trusted";
    case ChainTrust::untrusted:
      return "untrusted";
  }
  return "not-checked";
}

std::string shell_word(std::string_view text) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == ':' || c == '@' || c == '/' || c == ',' || c == '%' || c == '+';
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), bare)) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + '\'';
}

namespace {

/// As --sni and --host take it: a word, or the very bytes.
std::string axis_word(const std::optional<std::string>& text, Spelling spelling, std::string_view not_sent) {
  if (!text) return std::string(not_sent);
  if (text->empty()) return "empty";
  if (spelling == Spelling::unknown) return "unknown";
  // What could be taken for a word of the option is marked as bytes.
  return text->find_first_of(".:[") == std::string::npos || text->starts_with('=') ? '=' + *text : *text;
}

}  // namespace

std::string repeat_command(const ProbeCell& cell, const ProbeReport& report) {
  const ConnectionQuestion& connection = *cell.connection;
  const RequestQuestion& request = *cell.request;
  const std::string node = connection.node.text();
  // An endpoint may stand behind a name only where the port itself says what is spoken.
  const bool usual = usual_protocol(connection.node.port) == connection.protocol;
  const auto target = [&](std::string_view name) {
    if (usual) return fmt::format("{}@{}", name, node);
    return fmt::format("{}://{}:{}", to_string(connection.protocol), name, connection.node.port.number());
  };

  std::string command = "astray probe";
  const auto add = [&](std::string_view option, std::string_view value) {
    command += fmt::format(" {} {}", option, shell_word(value));
  };
  // The asked name comes first, since the next one is the other name of a conflict. The others' own answers
  // are needed to know them again, and a session is got for a target's name only.
  std::vector<std::string_view> names;
  const auto add_name = [&](std::string_view name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  add_name(request.name);
  add_name(connection.sni_name);
  if (request.other != unconfigured_name) add_name(request.other);
  if (connection.session_of) add_name(*connection.session_of);
  for (const std::string_view name : names) command += ' ' + shell_word(target(name));
  if (names.empty()) {
    command += fmt::format(" {}://{}/", to_string(connection.protocol), node);
  } else if (!usual) {
    add("--node", connection.node.address.text());
  }
  add("--sni", axis_word(connection.sni, connection.sni_spelling, "none"));
  add("--host", request.placement == Placement::usual ? axis_word(request.host, request.spelling, "missing")
                                                      : std::string(to_string(request.placement)));
  add("--alpn", to_string(connection.alpn));
  add("--connection", to_string(connection.use));
  if (connection.session_of) command += " --resume";
  if (connection.client_certificate && *connection.client_certificate < report.client_certificates.size())
    add("--client-cert", report.client_certificates[*connection.client_certificate]);
  return command;
}

namespace {

/// Not sent and sent empty are told apart.
std::string sent_text(const std::optional<std::string>& text) {
  if (!text) return "(none)";
  return text->empty() ? "\"\"" : printable(*text);
}

}  // namespace

std::string question_text(const ProbeCell& cell) {
  const ConnectionQuestion& connection = *cell.connection;
  const RequestQuestion& request = *cell.request;
  std::string text = fmt::format("SNI {}, Host {}", sent_text(connection.sni), sent_text(request.host));
  if (request.placement != Placement::usual) text += fmt::format(" ({})", to_string(request.placement));
  text += fmt::format(" over {}, {}", to_string(connection.alpn), to_string(connection.use));
  if (connection.session_of) text += fmt::format(", session of {}", printable(*connection.session_of));
  if (connection.client_certificate) text += ", with a client certificate";
  text += fmt::format(", at {}", connection.node.text());
  return text;
}

std::string evidence_line(const ProbeCell& cell) {
  const Observation& seen = cell.seen;
  std::string text = question_text(cell) + " → ";
  if (seen.status != 0) {
    text += fmt::format("{}", seen.status);
  } else if (!seen.alert.empty()) {
    text += fmt::format("TLS alert {}", seen.alert);
  } else {
    text += fmt::format("no answer ({})", to_string(seen.failure));
  }
  if (!seen.server.empty()) text += fmt::format(", server {}", printable(seen.server));
  if (seen.certificate != nullptr) {
    std::vector<std::string> names;
    for (const CertificateName& name : seen.certificate->names) names.push_back(name.text());
    text += fmt::format(", certificate {}", names.empty() ? "without names" : names_text(names, 3));
  }
  if (!seen.owner.empty()) text += fmt::format(", owner {}", printable(seen.owner));
  if (!cell.answered_as.empty()) text += fmt::format(", the answer of {}", printable(cell.answered_as));
  if (cell.prediction.agreement == Agreement::differs)
    text += fmt::format("; {}", printable(cell.prediction.difference));
  return text;
}

void KeptEvidence::keep(const ProbeCell& cell, const ProbeReport& report) {
  const bool telling = is_misdirection(cell.verdict) || cell.verdict == CellVerdict::failed ||
                       cell.verdict == CellVerdict::could_not_tell ||
                       cell.verdict == CellVerdict::other_protocol ||
                       cell.prediction.agreement == Agreement::differs;
  if (!telling || lines_.size() >= most) return;
  lines_.emplace(cell.id, Line{evidence_line(cell), printable(repeat_command(cell, report))});
}

const KeptEvidence::Line* KeptEvidence::find(uint64_t cell) const {
  const auto found = lines_.find(cell);
  return found == lines_.end() ? nullptr : &found->second;
}

std::string pair_text(std::string_view from, std::string_view to) {
  if (from.empty()) return printable(to);
  if (to.empty() || from == to) return printable(from);
  return fmt::format("{} → {}", printable(from), printable(to));
}

std::string names_text(const std::vector<std::string>& names, size_t most) {
  std::string text;
  const size_t shown = std::min(names.size(), most);
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) text += shown == names.size() && i + 1 == shown ? " and " : ", ";
    text += printable(names[i]);
  }
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace astray
