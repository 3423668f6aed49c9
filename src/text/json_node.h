#pragma once
// A value of a small JSON tree with its key path, so that every refusal can say where. For sources only.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

class JsonNode {
 public:
  JsonNode(const nlohmann::json& value, std::string file, std::string path)
      : value_(&value), file_(std::move(file)), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  const std::string& file() const { return file_; }
  bool is_null() const { return value_->is_null(); }
  bool is_zero() const { return value_->is_number() && value_->get<double>() == 0; }
  bool is_array() const { return value_->is_array(); }
  bool has(const char* key) const { return value_->is_object() && value_->contains(key) && !(*value_)[key].is_null(); }

  JsonNode at(const char* key) const {
    if (!value_->is_object()) wrong("an object");
    const auto found = value_->find(key);
    if (found == value_->end()) throw InputError("the key is missing", where(key), "download the file again");
    return {*found, file_, path_.empty() ? key : path_ + '.' + key};
  }
  std::string text() const {
    if (!value_->is_string()) wrong("a string");
    return value_->get<std::string>();
  }
  bool truth() const {
    if (!value_->is_boolean()) wrong("true or false");
    return value_->get<bool>();
  }
  std::int64_t integer() const {
    if (!value_->is_number_integer()) wrong("a whole number");
    return value_->get<std::int64_t>();
  }
  std::string text(const char* key) const { return at(key).text(); }
  std::string text(const char* key, const char* absent) const { return has(key) ? text(key) : absent; }
  bool truth(const char* key, bool absent) const { return has(key) ? at(key).truth() : absent; }

  template <typename F>
  void each(F&& f) const {
    if (!value_->is_array()) wrong("a list");
    for (std::size_t i = 0; i < value_->size(); ++i) f(JsonNode((*value_)[i], file_, concat(path_, '[', i, ']')));
  }

  Where where(const char* key = "") const {
    const bool both = !path_.empty() && *key != '\0';
    return {file_, 0, 0, both ? path_ + '.' + key : path_ + key};
  }
  [[noreturn]] void wrong(const char* wanted) const {
    throw InputError(concat(wanted, " expected, found ", value_->type_name()), where(), "download the file again");
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw InputError(what, where(), "Polyclinic reads the BPE tokenizers of Llama, Mistral, Gemma and Phi-3");
  }

 private:
  const nlohmann::json* value_;
  std::string file_;
  std::string path_;
};

}  // namespace polyclinic
