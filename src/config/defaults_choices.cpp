#include "config/defaults_choices.h"

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

using Kind = DefaultItem::Kind;

bool takes_text(const OverrideValue& v) {
  return v.kind == OverrideValue::Kind::quoted || (v.kind == OverrideValue::Kind::scalar && v.scalar.is_text());
}

DefaultItem item_of(const Override& override) {
  DefaultItem item;
  item.kind = Kind::group;
  item.path = override.key;
  item.package = override.package == "_here_" ? "" : override.package;
  item.external = true;
  item.chosen_by = override.line;
  const OverrideValue& value = *override.value;
  item.is_list = value.kind == OverrideValue::Kind::list;
  if (!item.is_list && !takes_text(value)) refuse_options(override.line);
  if (!item.is_list) item.values.push_back(value.scalar.text);
  if (!item.is_list && value.scalar.text == "_self_") item.kind = Kind::self;
  for (const OverrideValue& option : value.items) {
    item.not_names = item.not_names || !takes_text(option);
    item.values.push_back(option.scalar.text);
  }
  return item;
}

}  // namespace

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

[[noreturn]] void refuse_options(const std::string& override) {
  throw InputError(concat("`", override, "`: a config group takes the name of an option or a list of names"), {},
                   "quote a name that reads as a number; ~group chooses none");
}

DefaultsChoices::DefaultsChoices(Repository& repository, const std::vector<Override>& overrides) {
  for (const Override& override : overrides) {
    if (!override.is_sweep()) add(repository, override);
  }
}

void DefaultsChoices::add_override(const DefaultNode& node, const std::string& from, const std::string& file) {
  const std::string key = node.override_key();
  if (find(key) != nullptr) return;
  Choice choice;
  choice.value = node.item;
  choice.from = from;
  choice.where = {file, node.item.line, 0, key};
  choices_.emplace_back(key, std::move(choice));
}

void DefaultsChoices::apply(DefaultNode& node) {
  Choice* choice = node.item.kind == Kind::group ? find(node.override_key()) : nullptr;
  if (choice == nullptr) return;
  node.item.is_null = choice->value.is_null;
  node.item.is_list = choice->value.is_list;
  node.item.values = choice->value.values;
  node.item.not_names = choice->value.not_names;
  node.item.chosen_by = choice->value.chosen_by;
  choice->used = true;
}

bool DefaultsChoices::deletes(const DefaultNode& node) {
  if (node.item.kind != Kind::group) return false;
  for (Deletion& deletion : deletions_) {
    if (deletion.key != node.override_key()) continue;
    if (deletion.value && deletion.value != node.name()) return false;
    deletion.used = true;
    return true;
  }
  return false;
}

void DefaultsChoices::record(const DefaultNode& node) {
  if (node.item.kind != Kind::group) return;
  const std::string key = node.override_key();
  groups_[node.group_path()].insert(key);
  for (const auto& [name, value] : known) {
    if (name != key) continue;
    if (value != node.name()) {
      throw InputError(concat("multiple values for ", key), {},
                       concat("to override a value write `override ", key, ": ", value.value_or("null"), "`"));
    }
    return;
  }
  known.emplace_back(key, node.name());
}

void DefaultsChoices::require_all_used() const {
  for (const auto& [key, choice] : choices_) {
    if (choice.used) continue;
    const auto group = groups_.find(key.substr(0, key.find('@')));
    std::string mend = "no match in the defaults list";
    if (group != groups_.end()) {
      mend = concat("did you mean to override ", group->second.size() > 1 ? "one of " : "",
                    list_of({group->second.begin(), group->second.end()}), "?");
    }
    if (choice.external) mend += concat("; to append to the defaults list use +", key, "=...");
    throw InputError(concat(choice.from.empty() ? "" : "in '" + choice.from + "': ", "could not override '", key, "'"),
                     choice.where, mend);
  }
  for (const Deletion& deletion : deletions_) {
    if (deletion.used) continue;
    throw InputError(concat("could not delete '", deletion.key, deletion.value ? "=" + *deletion.value : "", "'"), {},
                     "no match in the defaults list");
  }
}

DefaultsChoices::Choice* DefaultsChoices::find(const std::string& key) {
  for (auto& [name, choice] : choices_) {
    if (name == key) return &choice;
  }
  return nullptr;
}

void DefaultsChoices::add(Repository& repository, const Override& override) {
  const bool dict = override.value && override.value->kind == OverrideValue::Kind::dict;
  if (dict || !repository.has_group(override.key)) {
    values.push_back(override);
    return;
  }
  const bool none =
      !override.value || (override.value->kind == OverrideValue::Kind::scalar && override.value->scalar.is_null());
  if (override.type == Override::Type::force_add) {
    throw InputError(concat("`", override.line, "`: ++ does not add a config group"), {}, "write + instead");
  }
  if (override.type == Override::Type::remove) {
    if (!none && !takes_text(*override.value)) {
      throw InputError(concat("`", override.line, "`: the option to delete is a name"), {}, "");
    }
    add_deletion(override, none);
    return;
  }
  DefaultItem item = item_of(override);
  if (override.type == Override::Type::add) {
    appended.push_back(std::move(item));
    return;
  }
  const std::string key = override.key_with_package();
  Choice choice;
  choice.value = std::move(item);
  choice.external = true;
  choice.where.file = "override " + override.line;
  if (Choice* there = find(key)) {
    *there = std::move(choice);
  } else {
    choices_.emplace_back(key, std::move(choice));
  }
}

void DefaultsChoices::add_deletion(const Override& override, bool none) {
  Deletion deletion{override.key_with_package(), std::nullopt, false};
  if (!none) deletion.value = override.value->scalar.text;
  for (Deletion& there : deletions_) {
    if (there.key == deletion.key) {
      there = deletion;
      return;
    }
  }
  deletions_.push_back(std::move(deletion));
}

}  // namespace polyclinic
