#pragma once
#include <string>
#include <vector>

#include "explain/story/story.h"

namespace astray::explain {

/// A command line of astray probe that would prove the cause, ready to paste; "" where none can: a name is
/// not logged or is none.
std::string proof_of(const Incident& incident);

/// What a source cannot tell, and what would make it tell.
struct Blindness {
  std::string source;
  std::string cannot;   ///< "which SNI a connection had; …"
  std::string remedy;   ///< a line for the server's configuration; "" where there is none
};
std::vector<Blindness> blindnesses(const Story& story);

}  // namespace astray::explain
