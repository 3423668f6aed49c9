#include "model/config_keys.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

bool ConfigKeys::has(const std::string& key) const {
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

void ConfigKeys::refuse(const std::string& key, const std::string& what, const std::string& mend) const {
  throw InputError(what, {.file = file_.string(), .key = prefix_ + key}, mend);
}

const nlohmann::json& ConfigKeys::at(const std::string& key) const {
  if (!has(key)) refuse(key, "is missing", "give the config.json that came with the weights");
  return object_.at(key);
}

std::int64_t ConfigKeys::integer(const std::string& key) const {
  const nlohmann::json& value = at(key);
  if (!value.is_number_integer()) refuse(key, concat("is ", value.type_name(), ", not a whole number"));
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) refuse(key, "is too large");
  return value.get<std::int64_t>();
}

std::int64_t ConfigKeys::integer(const std::string& key, std::int64_t absent) const {
  return has(key) ? integer(key) : absent;
}

std::int64_t ConfigKeys::positive(const std::string& key) const {
  const std::int64_t value = integer(key);
  // Sizes beyond this are no model's; the bound keeps every product of them far from overflow.
  if (value <= 0 || value > 100'000'000) refuse(key, concat("is ", value, "; it must lie in 1..100000000"));
  return value;
}

std::int64_t ConfigKeys::positive(const std::string& key, std::int64_t absent) const {
  return has(key) ? positive(key) : absent;
}

double ConfigKeys::number(const std::string& key) const {
  const nlohmann::json& value = at(key);
  if (!value.is_number()) refuse(key, concat("is ", value.type_name(), ", not a number"));
  const auto number = value.get<double>();
  if (!std::isfinite(number)) refuse(key, "is not finite");
  return number;
}

double ConfigKeys::number(const std::string& key, double absent) const { return has(key) ? number(key) : absent; }

bool ConfigKeys::boolean(const std::string& key, bool absent) const {
  if (!has(key)) return absent;
  const nlohmann::json& value = at(key);
  if (!value.is_boolean()) refuse(key, concat("is ", value.type_name(), ", not true or false"));
  return value.get<bool>();
}

std::string ConfigKeys::text(const std::string& key) const {
  const nlohmann::json& value = at(key);
  if (!value.is_string()) refuse(key, concat("is ", value.type_name(), ", not a string"));
  return value.get<std::string>();
}

std::string ConfigKeys::text(const std::string& key, const std::string& absent) const {
  return has(key) ? text(key) : absent;
}

ConfigKeys ConfigKeys::nested(const std::string& key) const {
  const nlohmann::json& value = at(key);
  if (!value.is_object()) refuse(key, concat("is ", value.type_name(), ", not an object"));
  return {value, file_, prefix_ + key + "."};
}

}  // namespace polyclinic
