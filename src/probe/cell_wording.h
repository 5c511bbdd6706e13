#pragma once
// The parts that sentences about cells are made of.
#include <string>

#include "probe/observation.h"
#include "probe/question.h"

namespace astray {

/// "b.example", "b.example (sent as B.EXAMPLE)", "a request without Host".
std::string asked_text(const RequestQuestion& request);
/// "on the connection opened for a.example (h2)", "on a fresh connection with SNI a.example (h1)".
std::string connection_text(const ConnectionQuestion& connection, const Observation& seen);
/// "301 to https://b.example/", "404".
std::string answer_text(const Observation& seen);
/// "192.0.2.1:443 answered b.example on the connection opened for a.example (h2) with 200".
std::string answered_text(const ConnectionQuestion& connection, const RequestQuestion& request,
                          const Observation& seen);

}  // namespace astray
