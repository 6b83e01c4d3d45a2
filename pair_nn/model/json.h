/// A strict reader of JSON text (RFC 8259) for headers that cannot be trusted: bounded depth, no recursion beyond it, no guesses.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sswnn {
namespace json {

struct Value {
  enum class Kind { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  bool boolean = false;
  double number = 0;
  std::string string;
  std::vector<Value> items;                              // of an array
  std::vector<std::pair<std::string, Value>> members;    // of an object, in order

  /// The member of that name, or null.
  const Value *find(const std::string &name) const;
};

/// @throws ModelError naming the position; duplicate keys, trailing text and more than 64 levels are refused
Value parse(const char *begin, std::size_t size);

}    // namespace json
}    // namespace sswnn
