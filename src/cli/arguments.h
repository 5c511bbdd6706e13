#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace astray {

/// One option or operand.
struct Given {
  std::string_view option;  ///< "--request"; "" of an operand
  std::string value;
};

/// What stood on the command line behind the command's name, checked against the command's table.
class Arguments {
 public:
  explicit Arguments(const Command& command) : command_(&command) {}

  const Command& command() const { return *command_; }
  bool has(std::string_view option) const { return values_.find(option) != values_.end(); }
  /// The last one given, or the option's default.
  std::string_view value(std::string_view option) const;
  /// Every one given, in order; empty when there is none.
  const std::vector<std::string>& values(std::string_view option) const;
  /// The values of an option that takes lists: each split at its commas. `--host ''` is one empty element.
  std::vector<std::string> list(std::string_view option) const;
  const std::vector<std::string>& operands() const { return operands_; }

  /// The command's own options and the operands as they stood, for the few whose order among each other means
  /// something.
  const std::vector<Given>& in_order() const { return in_order_; }

  void add(std::string_view option, std::vector<std::string> values);
  void add_operand(std::string operand) { operands_.push_back(std::move(operand)); }
  void add_in_order(Given given) { in_order_.push_back(std::move(given)); }

 private:
  const Command* command_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> operands_;
  std::vector<Given> in_order_;
};

}  // namespace astray
