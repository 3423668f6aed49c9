#pragma once
// Typed access to the keys of one JSON object; every complaint names the file and the key.
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace polyclinic {

class ConfigKeys {
 public:
  // `prefix`: "rope_parameters." for a nested object. The object outlives this.
  ConfigKeys(const nlohmann::json& object, std::filesystem::path file, std::string prefix = "")
      : object_(object), file_(std::move(file)), prefix_(std::move(prefix)) {}

  bool has(const std::string& key) const;  // present and not null
  std::int64_t integer(const std::string& key) const;
  std::int64_t integer(const std::string& key, std::int64_t absent) const;
  double number(const std::string& key) const;
  double number(const std::string& key, double absent) const;
  bool boolean(const std::string& key, bool absent) const;
  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& absent) const;
  std::int64_t positive(const std::string& key) const;  // integer > 0
  std::int64_t positive(const std::string& key, std::int64_t absent) const;
  const nlohmann::json& at(const std::string& key) const;  // present and not null
  ConfigKeys nested(const std::string& key) const;         // an object
  [[noreturn]] void refuse(const std::string& key, const std::string& what, const std::string& mend = "") const;

 private:
  const nlohmann::json& object_;
  std::filesystem::path file_;
  std::string prefix_;
};

}  // namespace polyclinic
