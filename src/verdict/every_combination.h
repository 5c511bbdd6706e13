#pragma once
// For tests over small worlds: runs a body once for every combination of the choices it makes.
#include <cstddef>
#include <initializer_list>
#include <vector>

namespace astray::test {

class EveryCombination {
 public:
  /// body(EveryCombination&) makes its choices with of(), always in the same order up to the point where an
  /// earlier choice led elsewhere. Returns how often it ran.
  template <typename Body>
  static size_t run(Body body) {
    EveryCombination choices;
    size_t count = 0;
    do {
      choices.depth_ = 0;
      body(choices);
      ++count;
    } while (choices.advance());
    return count;
  }

  template <typename T>
  T of(std::initializer_list<T> values) {
    return *(values.begin() + pick(values.size()));
  }
  template <typename T>
  const T& of(const std::vector<T>& values) {
    return values[pick(values.size())];
  }

 private:
  struct Digit {
    size_t value, count;
  };

  size_t pick(size_t count) {
    if (depth_ == digits_.size()) digits_.push_back({0, count});
    return digits_[depth_++].value;
  }

  bool advance() {
    digits_.resize(depth_);
    while (!digits_.empty() && ++digits_.back().value == digits_.back().count) digits_.pop_back();
    return !digits_.empty();
  }

  std::vector<Digit> digits_;
  size_t depth_ = 0;
};

}  // namespace astray::test
