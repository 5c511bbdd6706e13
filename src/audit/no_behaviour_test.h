#pragma once
#include "servers/model/behaviour.h"

namespace astray::test {

/// Answers nothing: a topology only keeps behaviours.
class NoBehaviour : public Behaviour {
 public:
  ExpectedHandshake handshake(ListenerId, const ConnectionFacts&) const override { return {}; }
  ExpectedAnswer answer(ListenerId, const ConnectionFacts&, const ExpectedHandshake&,
                        const RequestFacts&) const override {
    return {};
  }
  Lookup find_virtual_host(ListenerId, std::string_view) const override {
    return {VirtualHostId::none, NameMatch::default_host};
  }
};

}  // namespace astray::test
