// The resolvers of OmegaConf 2.3 and Hydra 1.3.
#include <cstdlib>
#include <ctime>

#include "config/interpolation.h"

namespace polyclinic {
namespace {

Resolved made_scalar(Scalar value, const Node& at) {
  Resolved r;
  NodePtr node = Node::scalar(std::move(value), at.origin());
  node->set_parent(const_cast<Node*>(at.parent()));
  r.owned = std::shared_ptr<Node>(std::move(node));
  r.node = r.owned.get();
  return r;
}

Resolved made_container(NodePtr node, const Node& at) {
  node->set_parent(const_cast<Node*>(at.parent()));
  Resolved r;
  r.owned = std::shared_ptr<Node>(std::move(node));
  r.node = r.owned.get();
  return r;
}

[[noreturn]] void refuse(const std::string& type, const std::string& why) {
  throw InterpolationError(type + " raised while resolving interpolation: " + why);
}

void expect_arguments(const std::string& name, std::size_t given, std::size_t low, std::size_t high) {
  if (given < low || given > high) {
    refuse("TypeError", name + " takes " + std::to_string(low) + (high > low ? " or " + std::to_string(high) : "") +
                            " arguments, not " + std::to_string(given));
  }
}

const std::string& text_argument(const std::string& name, const Node& argument) {
  if (!argument.is_scalar() || !argument.value().is_text()) {
    refuse("TypeError", "`" + name + "` requires a string as input, but obtained `" + python_str(argument) + "`");
  }
  return argument.value().text;
}

Resolved environment(const std::vector<Resolved>& args, const Node& at) {
  expect_arguments("oc.env", args.size(), 1, 2);
  const std::string name = text_argument("oc.env", *args[0]);
  if (const char* value = std::getenv(name.c_str())) return made_scalar(Scalar::of_text(value), at);
  if (args.size() < 2) refuse("KeyError", "\"Environment variable '" + name + "' not found\"");
  if (args[1]->is_null()) return made_scalar(Scalar::of_null(), at);
  return made_scalar(Scalar::of_text(python_str(*args[1])), at);
}

std::string formatted_time(const std::string& format, std::int64_t now) {
  const std::time_t seconds = static_cast<std::time_t>(now);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::string out(256 + 16 * format.size(), '\0');
  out.resize(std::strftime(out.data(), out.size(), format.c_str(), &parts));
  return out;
}

}  // namespace

Resolved Resolver::evaluate_resolver(const Expression& e, const Node& at) {
  std::string name;
  for (const Expression& part : e.name_parts) {
    if (part.kind == Expression::Kind::literal) {
      name += part.value.text;
      continue;
    }
    const Resolved inner = evaluate(part, at);
    if (!inner->is_scalar() || !inner->value().is_text()) {
      throw InterpolationError("The name of a resolver must be a string, but it is " + python_str(*inner));
    }
    name += inner->value().text;
  }
  std::vector<Resolved> args;
  for (const Expression& part : e.parts) args.push_back(evaluate(part, at));
  return call(name, args, at);
}

Resolved Resolver::decode(const std::vector<Resolved>& args, const Node& at) {
  expect_arguments("oc.decode", args.size(), 1, 1);
  if (args[0]->is_null()) return made_scalar(Scalar::of_null(), at);
  try {
    return evaluate(parse_element(text_argument("oc.decode", *args[0])), at);
  } catch (const InterpolationSyntaxError& error) {
    refuse("GrammarParseError", error.what());
  }
}

Resolved Resolver::entries_of(const std::string& name, const std::vector<Resolved>& args, const Node& at) {
  expect_arguments(name, args.size(), 1, 1);
  const std::string& key = text_argument(name, *args[0]);
  const Resolved found = select(at.parent() != nullptr ? *at.parent() : at, key, true);
  if (found.node == nullptr) refuse("ConfigKeyError", "Key not found: '" + key + "'");
  if (!found->is_dict()) refuse("TypeError", "`" + name + "` cannot be applied to " + python_str(*found));
  NodePtr list = Node::list(at.origin());
  for (const Node::Entry& entry : found->entries()) {
    const bool keys = name == "oc.dict.keys";
    const std::string reference = std::string(key[0] == '.' ? "." : "") + key + "." + python_str(entry.key);
    list->append(Node::scalar(keys ? entry.key : Scalar::of_text("${" + reference + "}"), at.origin()));
  }
  return made_container(std::move(list), at);
}

Resolved Resolver::call(const std::string& name, const std::vector<Resolved>& args, const Node& at) {
  const Node& parent = at.parent() != nullptr ? *at.parent() : at;
  if (name == "oc.env") return environment(args, at);
  if (name == "oc.decode") return decode(args, at);
  if (name == "oc.create") {
    expect_arguments(name, args.size(), 1, 1);
    if (args[0]->is_container()) return made_container(args[0]->clone(), at);
    if (args[0]->is_null()) return made_container(Node::dict(at.origin()), at);
    refuse("ValidationError", "oc.create takes a list or a dict");
  }
  if (name == "oc.select") {
    expect_arguments(name, args.size(), 1, 2);
    const std::string& key = text_argument(name, *args[0]);
    Resolved found = select(parent, key, false);
    if (found.node != nullptr && !found->is_missing()) return found;
    return args.size() > 1 ? args[1] : made_scalar(Scalar::of_null(), at);
  }
  if (name == "oc.dict.keys" || name == "oc.dict.values") return entries_of(name, args, at);
  if (name == "oc.deprecated") {
    expect_arguments(name, args.size(), 1, 2);
    const std::string& key = text_argument(name, *args[0]);
    Resolved found = select(parent, key, false);
    if (found.node == nullptr) refuse("ConfigKeyError", "In oc.deprecated: Key not found: '" + key + "'");
    return found;
  }
  if (name == "now") {
    expect_arguments(name, args.size(), 1, 1);
    return made_scalar(Scalar::of_text(formatted_time(text_argument(name, *args[0]), context_.now)), at);
  }
  if (name == "hydra") {
    expect_arguments(name, args.size(), 1, 1);
    if (context_.hydra == nullptr) refuse("ValueError", "HydraConfig was not set");
    Resolved found = select_from(*context_.hydra, text_argument(name, *args[0]), false);
    if (found.node == nullptr || found->is_missing()) return made_scalar(Scalar::of_null(), at);
    return found;
  }
  throw InterpolationError("Unsupported interpolation type " + name);
}

}  // namespace polyclinic
