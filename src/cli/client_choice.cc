#include "cli/client_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/client_answers.h"
#include "cli/parse.h"
#include "report/printable.h"

namespace astray {

Result<std::vector<const ClientProfile*>> parse_clients(const Arguments& arguments) {
  if (!arguments.has("--client")) return default_audit_clients();
  std::vector<const ClientProfile*> clients;
  for (const std::string& text : arguments.list("--client")) {
    const ClientProfile* client = find_client_profile(text);
    if (client == nullptr) {
      std::vector<std::string_view> known;
      for (const ClientProfile* each : all_client_profiles()) known.push_back(each->id);
      return failure(fmt::format("--client: '{}' is no client{} (astray list clients shows them all)",
                                 printable(text), did_you_mean(text, known)));
    }
    if (std::find(clients.begin(), clients.end(), client) == clients.end()) clients.push_back(client);
  }
  return clients;
}

}  // namespace astray
