#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/task_data.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

struct Counts {
  std::size_t examples = 0, characters = 0, mentions = 0, discontiguous = 0, overlapping = 0, relations = 0;
  std::set<std::string> groups;
  std::map<std::string, std::size_t> mention_types, relation_types, labels;
};

bool overlaps_another(const std::vector<Mention>& mentions, std::size_t at) {
  for (std::size_t i = 0; i < mentions.size(); ++i) {
    if (i == at) continue;
    for (const Span& a : mentions[at].fragments) {
      for (const Span& b : mentions[i].fragments) {
        if (a.begin < b.end && b.begin < a.end) return true;
      }
    }
  }
  return false;
}

Counts count(const Split& split) {
  Counts out;
  out.examples = split.examples.size();
  for (const Example& e : split.examples) {
    out.characters += count_code_points(e.text) + count_code_points(e.second_text);
    if (!e.group.empty()) out.groups.insert(e.group);
    out.mentions += e.mentions.size();
    out.relations += e.relations.size();
    for (std::size_t m = 0; m < e.mentions.size(); ++m) {
      ++out.mention_types[e.mentions[m].type];
      if (e.mentions[m].fragments.size() > 1) ++out.discontiguous;
      if (overlaps_another(e.mentions, m)) ++out.overlapping;
    }
    for (const Relation& r : e.relations) ++out.relation_types[r.type];
    for (const std::string& label : e.labels) ++out.labels[label];
  }
  return out;
}

Json to_json(const Counts& c) {
  Json out = {{"examples", c.examples}, {"characters", c.characters}};
  if (!c.groups.empty()) out["groups"] = c.groups.size();
  if (c.mentions > 0) {
    out["mentions"] = c.mentions;
    out["discontiguous"] = c.discontiguous;
    out["overlapping"] = c.overlapping;
    out["mention_types"] = c.mention_types;
  }
  if (c.relations > 0) out["relations"] = c.relations;
  if (c.relations > 0) out["relation_types"] = c.relation_types;
  if (!c.labels.empty()) out["labels"] = c.labels;
  return out;
}

// "name: value" lines; a table of counts one level deeper.
void print(const Json& counts) {
  for (const auto& [name, value] : counts.items()) {
    if (!value.is_object()) {
      std::printf("  %-24s %10s\n", name.c_str(), value.dump().c_str());
      continue;
    }
    std::printf("  %s\n", name.c_str());
    for (const auto& [key, number] : value.items()) std::printf("    %-40s %10s\n", key.c_str(), number.dump().c_str());
  }
}

int run(const TaskDataArguments& arguments) {
  Diagnostics found(Diagnostics::Mode::collect);
  Json out = Json::object();
  for (const Split& split : read_splits(arguments, found)) out[split.name] = to_json(count(split));
  if (arguments.json) {
    std::printf("%s\n", out.dump(2).c_str());
  } else {
    for (const auto& [name, counts] : out.items()) {
      std::printf("%s\n", name.c_str());
      print(counts);
    }
  }
  if (found.errors() > 0) {
    std::fprintf(stderr, "note: %zu items with defects are not counted: see `polyclinic data check`\n", found.errors());
  }
  return 0;
}

}  // namespace

std::function<int()> declare_data_stats(CLI::App& command) {
  const auto arguments = std::make_shared<TaskDataArguments>();
  declare_task_data(command, *arguments);
  return [arguments] { return run(*arguments); };
}

}  // namespace polyclinic
