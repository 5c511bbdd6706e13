#include "gateway/routing/request_problem.h"

namespace astray::gateway {

std::string_view to_string(RequestProblem problem) {
  switch (problem) {
    case RequestProblem::bad_method:
      return "bad-method";
    case RequestProblem::bad_target:
      return "bad-target";
    case RequestProblem::dot_segment:
      return "dot-segment";
    case RequestProblem::bad_path_encoding:
      return "bad-path-encoding";
    case RequestProblem::encoded_nul:
      return "encoded-nul";
    case RequestProblem::bad_field_name:
      return "bad-field-name";
    case RequestProblem::bad_field_value:
      return "bad-field-value";
    case RequestProblem::bad_connection_option:
      return "bad-connection-option";
    case RequestProblem::many_connection_options:
      return "many-connection-options";
    case RequestProblem::bad_protocol:
      return "bad-protocol";
  }
  return {};
}

std::string_view describe(RequestProblem problem) {
  switch (problem) {
    case RequestProblem::bad_method:
      return "the method has a character that methods do not have";
    case RequestProblem::bad_target:
      return "the target has a byte that URLs do not have";
    case RequestProblem::dot_segment:
      return "the path has a segment \".\" or \"..\", which is to be resolved before a request is sent";
    case RequestProblem::bad_path_encoding:
      return "the path has a \"%\" without two hexadecimal digits";
    case RequestProblem::encoded_nul:
      return "the path has an encoded NUL";
    case RequestProblem::bad_field_name:
      return "a field name has a character that field names do not have";
    case RequestProblem::bad_field_value:
      return "a field value has a control character";
    case RequestProblem::bad_connection_option:
      return "Connection names a field that is not for one connection alone";
    case RequestProblem::many_connection_options:
      return "Connection has too many options";
    case RequestProblem::bad_protocol:
      return ":protocol has a character that protocols do not have";
  }
  return {};
}

}  // namespace astray::gateway
