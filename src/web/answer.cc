#include "web/answer.h"

namespace astray::web {

Answer plain_answer(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}

Answer json_answer(std::string body) {
  return {.content_type = "application/json", .body = std::move(body)};
}

std::vector<std::string> common_field_lines() {
  return {"Cache-Control: no-store",
          // A page's icon is an empty data: URL, so that browsers ask for none.
          "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
          "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "Cross-Origin-Resource-Policy: same-origin", "Referrer-Policy: no-referrer",
          "X-Content-Type-Options: nosniff"};
}

}  // namespace astray::web
