// The query of a target that one of our own ports is asked for. Whatever was read, written again as forms
// write it, is read as the same; and every piece between ampersands is one parameter.
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "base/check.h"
#include "web/request.h"

using namespace astray;
using namespace astray::web;

namespace {

std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string written(const std::vector<QueryParameter>& parameters) {
  std::string query;
  for (const QueryParameter& parameter : parameters)
    query += "&" + encoded(parameter.name) + "=" + encoded(parameter.value);
  return query;
}

size_t pieces_between_ampersands(std::string_view query) {
  size_t count = 0;
  for (size_t i = 0; i < query.size(); ++i)
    count += query[i] != '&' && (i == 0 || query[i - 1] == '&') ? 1 : 0;
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string query(reinterpret_cast<const char*>(data), size);
  const auto parameters = parse_query(query);
  CHECK(parse_query(written(parameters)) == parameters);
  CHECK(parameters.size() == pieces_between_ampersands(query));
  for (const QueryParameter& parameter : parameters)
    CHECK(parameter.name.size() + parameter.value.size() <= query.size());
  return 0;
}
