#pragma once
// Hydra's override grammar: `key=value`, `+key=value`, `++key=value`, `~key`, sweeps and functions.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/node.h"
#include "config/scalar.h"

namespace polyclinic {

// A parsed value. Sweeps are values too, so that functions can take them.
struct OverrideValue {
  enum class Kind { scalar, quoted, list, dict, choice, range, interval, glob };
  Kind kind = Kind::scalar;
  Scalar scalar;                              // scalar; quoted: its text
  char quote = 0;                             // quoted: ' or "
  std::vector<OverrideValue> items;           // list, choice; dict: key, value, key, value
  bool simple = false;                        // choice written as a,b
  bool shuffle = false;                       // choice, range
  Scalar start, stop, step;                   // range; interval: start and stop
  std::vector<std::string> include, exclude;  // glob

  bool is_sweep() const {
    return kind == Kind::choice || kind == Kind::range || kind == Kind::interval || kind == Kind::glob;
  }
};

struct Override {
  enum class Type { change, add, force_add, remove };
  Type type = Type::change;
  std::string key;                     // dotted key or group path
  std::optional<std::string> package;  // after @
  std::optional<OverrideValue> value;  // absent only in `~key`
  std::string line;                    // as given

  bool is_sweep() const { return value && value->is_sweep(); }
  bool is_hydra() const { return key.rfind("hydra.", 0) == 0 || key.rfind("hydra/", 0) == 0; }
  std::string key_with_package() const { return package ? key + "@" + *package : key; }
  std::string key_element() const;  // with its prefix: "+db@a"
};

// InputError that shows the line and where in it.
Override parse_override(const std::string& line);

// The value as configuration nodes. InputError for a sweep inside a container or a null key.
NodePtr to_node(const OverrideValue& value, const Origin& origin);

// As the basic sweeper writes it into a job's override: p\,q  [1,2]  {a:1}  True.
std::string value_text(const OverrideValue& value);

// The elements of a discrete sweep as texts. `options`: what a glob selects from. InputError for an interval.
std::vector<std::string> sweep_texts(const Override& override, const std::vector<std::string>& options);

namespace detail {
// name(args, key=value): override_functions.cpp. Throws std::invalid_argument with the reason.
OverrideValue call_function(const std::string& name, std::vector<OverrideValue> args,
                            std::vector<std::pair<std::string, OverrideValue>> named);
std::vector<Scalar> range_values(const OverrideValue& range);
bool glob_matches(std::string_view pattern, std::string_view name);
}  // namespace detail

}  // namespace polyclinic
