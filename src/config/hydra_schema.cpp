#include "config/hydra_schema.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "config/yaml_write.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

enum class Type { text, whole, boolean, mode, texts, mapping };

struct Field {
  const char* key;  // below `hydra`
  Type type;
  bool optional = false;
};

constexpr Field kFields[] = {
    {"mode", Type::mode, true},
    {"searchpath", Type::texts},
    {"run", Type::mapping},
    {"run.dir", Type::text},
    {"sweep", Type::mapping},
    {"sweep.dir", Type::text},
    {"sweep.subdir", Type::text},
    {"hydra_logging", Type::mapping},
    {"job_logging", Type::mapping},
    {"callbacks", Type::mapping},
    {"help", Type::mapping},
    {"help.app_name", Type::text},
    {"help.header", Type::text},
    {"help.footer", Type::text},
    {"help.template", Type::text},
    {"hydra_help", Type::mapping},
    {"hydra_help.template", Type::text},
    {"output_subdir", Type::text, true},
    {"overrides", Type::mapping},
    {"overrides.hydra", Type::texts},
    {"overrides.task", Type::texts},
    {"job", Type::mapping},
    {"job.name", Type::text},
    {"job.chdir", Type::boolean, true},
    {"job.id", Type::text},
    {"job.num", Type::whole},
    {"job.config_name", Type::text, true},
    {"job.env_set", Type::mapping},
    {"job.env_copy", Type::texts},
    {"job.config", Type::mapping},
    {"job.config.override_dirname", Type::mapping},
    {"job.config.override_dirname.kv_sep", Type::text},
    {"job.config.override_dirname.item_sep", Type::text},
    {"job.config.override_dirname.exclude_keys", Type::texts},
    {"runtime", Type::mapping},
    {"runtime.choices", Type::mapping},
};

constexpr const char* kClosed[] = {"hydra",           "hydra.run",        "hydra.sweep",
                                   "hydra.help",      "hydra.hydra_help", "hydra.job",
                                   "hydra.overrides", "hydra.job.config", "hydra.job.config.override_dirname",
                                   "hydra.runtime"};

Node* at_key(Node& root, const std::string& key) {
  Node* node = &root;
  for (const std::string& part : split_key(key)) {
    if (node != nullptr) node = node->is_dict() ? node->find(part) : nullptr;
  }
  return node;
}

const char* name_of(Type type) {
  switch (type) {
    case Type::text:
      return "a text";
    case Type::whole:
      return "a whole number";
    case Type::boolean:
      return "true or false";
    case Type::mode:
      return "RUN or MULTIRUN";
    case Type::texts:
      return "a list of texts";
    case Type::mapping:
      break;
  }
  return "a mapping";
}

bool is_one_of(const std::string& text, std::initializer_list<const char*> words) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return lower == word; });
}

// What OmegaConf keeps of a scalar in a field of this type; nothing when it refuses.
std::optional<Scalar> converted(const Scalar& value, Type type) {
  Scalar number;
  switch (type) {
    case Type::text:
      return Scalar::of_text(python_str(value));
    case Type::whole:
      if (value.kind == Scalar::Kind::integer) return value;
      if (value.is_text() && python_int(value.text, &number)) return number;
      return std::nullopt;
    case Type::boolean:
      if (value.kind == Scalar::Kind::boolean) return value;
      if (value.kind == Scalar::Kind::integer) return Scalar::of(!value.text.empty() || value.integer != 0);
      if (is_one_of(python_str(value), {"yes", "y", "on", "true", "1"})) return Scalar::of(true);
      if (is_one_of(python_str(value), {"no", "n", "off", "false", "0"})) return Scalar::of(false);
      return std::nullopt;
    case Type::mode:
      if (value.is_text() && (value.text == "RUN" || value.text == "MULTIRUN")) return value;
      return std::nullopt;
    case Type::texts:
    case Type::mapping:
      break;
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const Node& node, const Field& field) {
  const std::string key = concat("hydra.", field.key);
  throw InputError(concat(name_of(field.type), " is needed, not `", inline_yaml(node), "`"), node.origin().where(key),
                   field.optional ? "give one, or null" : concat("give ", key, " one"));
}

void check(Node& node, const Field& field) {
  if (node.is_interpolation() || node.is_missing()) return;
  if (node.is_null()) {
    if (!field.optional) refuse(node, field);
  } else if (field.type == Type::mapping) {
    if (!node.is_dict()) refuse(node, field);
  } else if (field.type == Type::texts) {
    if (!node.is_list()) refuse(node, field);
    for (const NodePtr& item : node.items()) {
      if (!item->is_scalar() || item->is_null()) refuse(node, field);
    }
  } else {
    const std::optional<Scalar> value = node.is_scalar() ? converted(node.value(), field.type) : std::nullopt;
    if (!value) refuse(node, field);
    if (!(*value == node.value())) node.parent()->set(node.key_in_parent(), Node::scalar(*value, node.origin()));
  }
}

}  // namespace

void close_hydra(Node& root) {
  for (const char* key : kClosed) {
    if (Node* node = at_key(root, key)) node->set_closed(true);
  }
  // A launcher or sweeper of the user's own has its own keys.
  for (const auto& [key, own] :
       {std::pair("hydra.launcher", "BasicLauncher"), std::pair("hydra.sweeper", "BasicSweeper")}) {
    Node* node = at_key(root, key);
    const Node* target = node != nullptr && node->is_dict() ? node->find("_target_") : nullptr;
    if (target != nullptr && python_str(*target).ends_with(own)) node->set_closed(true);
  }
}

void check_hydra(Node& root) {
  for (const Field& field : kFields) {
    if (Node* node = at_key(root, concat("hydra.", field.key))) check(*node, field);
  }
}

}  // namespace polyclinic
