#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "servers/model/behaviour.h"
#include "servers/model/deployment.h"

namespace astray {

/// Numbers for "the server cannot tell these two virtual hosts apart but by their names".
class Treatments {
 public:
  struct Ids {
    uint32_t
        exact;  ///< every setting that any server compares is the same text: paths, spelling, the certificate
    uint32_t policy;  ///< the same policy by content
  };
  Ids of(const VirtualHost& virtual_host, const ExpectedHandshake& handshake);

 private:
  static uint32_t number(std::unordered_map<std::string, uint32_t>& known, const std::string& key);
  std::unordered_map<std::string, uint32_t> exact_;
  std::unordered_map<std::string, uint32_t> policies_;
};

}  // namespace astray
