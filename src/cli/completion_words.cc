#include "cli/completion_words.h"

#include "audit/rule.h"
#include "explain/story/cause.h"
#include "servers/model/server.h"
#include "verdict/client_profile.h"
#include "verdict/reason.h"

namespace astray {

CompletionWords words_for(ValueKind kind, std::span<const std::string_view> choices) {
  CompletionWords found;
  const auto add_rules = [&] {
    for (const Rule* rule : all_rules()) found.words.push_back(rule->id);
  };
  switch (kind) {
    case ValueKind::flag:
    case ValueKind::text:
      break;
    case ValueKind::path:
    case ValueKind::file:
      found.kind = CompletionWords::Kind::files;
      break;
    case ValueKind::directory:
      found.kind = CompletionWords::Kind::directories;
      break;
    case ValueKind::choice:
      found = {CompletionWords::Kind::words, {choices.begin(), choices.end()}};
      break;
    case ValueKind::rules:
      found.kind = CompletionWords::Kind::word_list;
      add_rules();
      break;
    case ValueKind::clients:
      found.kind = CompletionWords::Kind::word_list;
      for (const ClientProfile* client : all_client_profiles()) found.words.push_back(client->id);
      break;
    case ValueKind::server:
      found.kind = CompletionWords::Kind::words;
      for (const Server& server : all_servers()) found.words.push_back(server.id);
      break;
    case ValueKind::rule_or_reason:
      found.kind = CompletionWords::Kind::words;
      add_rules();
      for (const ReasonInfo& reason : all_reasons()) found.words.push_back(reason.id);
      for (const explain::CauseInfo& cause : explain::all_causes()) {
        if (!find_reason(cause.id)) found.words.push_back(cause.id);
      }
      break;
    case ValueKind::command_name:
      found.kind = CompletionWords::Kind::words;
      for (const Command* command : all_commands()) found.words.push_back(command->name);
      break;
  }
  return found;
}

}  // namespace astray
