#include "audit/client_answers.h"

namespace astray {

std::vector<const ClientProfile*> default_audit_clients() {
  std::vector<const ClientProfile*> clients;
  for (std::string_view id : {"chromium-h2", "firefox-h2", "safari", "okhttp", "curl"})
    if (const ClientProfile* profile = find_client_profile(id)) clients.push_back(profile);
  return clients;
}

}  // namespace astray
