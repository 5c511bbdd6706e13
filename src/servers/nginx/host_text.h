#pragma once
// What nginx makes of the bytes of a Host, an :authority or an SNI before it looks the name up
// (ngx_http_validate_host): port and one trailing dot removed, letters folded, some bytes refused.
#include <array>
#include <string>
#include <string_view>

#include "servers/model/version.h"

namespace astray::nginx {

class HostText {
 public:
  /// Allocates only for a host of more than 256 bytes with a capital letter in it. `bytes` must outlive this
  /// object.
  HostText(std::string_view bytes, Version version);
  HostText(const HostText&) = delete;
  HostText& operator=(const HostText&) = delete;

  /// nginx answers 400 to a request with an invalid one, and takes an invalid SNI for none.
  bool is_valid() const { return is_valid_; }
  std::string_view name() const { return name_; }

 private:
  void fold(std::string_view host);

  bool is_valid_ = false;
  std::string_view name_;
  std::array<char, 256> room_;
  std::string more_room_;
};

/// Whether a request target "http://HOST[:PORT]/" with this authority gets past the request line's parser.
bool is_parsable_target_authority(std::string_view authority);

}  // namespace astray::nginx
