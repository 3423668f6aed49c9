#include "config/config_info.h"

#include <algorithm>

#include "config/yaml_write.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

using Row = std::vector<std::string>;

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

// Hydra leaves a blank behind the header of one of its tables.
std::string table(const std::vector<Row>& rows, const char* behind_header = "") {
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::size_t total = 3 * widths.size() + 1 + std::string_view(behind_header).size();
  for (std::size_t width : widths) total += width;
  const std::string rule(total, '-');
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += "|";
    for (std::size_t i = 0; i < rows[r].size(); ++i) out += concat(" ", padded(rows[r][i], widths[i]), " |");
    out += r == 0 ? concat(behind_header, "\n", rule, "\n") : "\n";
  }
  return out + rule + "\n";
}

std::string defaults(const Composition& composition) {
  std::vector<Row> rows = {{"Config path", "Package", "_self_", "Parent"}};
  for (const ResultDefault& item : composition.defaults.items) {
    rows.push_back({item.config_path, item.package, item.is_self ? "True" : "False",
                    item.parent.empty() ? "<root>" : item.parent});
  }
  return "\nDefaults List\n*************\n" + table(rows, " ");
}

std::string label(const DefaultNode& node) {
  if (node.item.kind == DefaultItem::Kind::self) return "_self_";
  if (node.item.kind == DefaultItem::Kind::config) return node.item.path;
  std::string value = node.item.is_null ? "null" : "";
  for (const std::string& option : node.item.values) value += (value.empty() ? "" : ", ") + option;
  return node.override_key() + ": " + (node.item.is_list ? "[" + value + "]" : value);
}

void tree(const DefaultNode& node, std::size_t depth, std::string& out) {
  out += std::string(2 * depth, ' ') + label(node) + (node.children.empty() ? "" : ":") + "\n";
  for (const auto& child : node.children) tree(*child, depth + 1, out);
}

std::string defaults_tree(const Composition& composition) {
  std::string out = "\nDefaults Tree\n*************\n<root>:\n";
  for (const auto& child : composition.defaults.tree->children) tree(*child, 1, out);
  return out;
}

std::string search_path(const Composition& composition) {
  std::vector<Row> rows = {{"Provider", "Search path"}};
  for (const ConfigSource& source : composition.sources) rows.push_back({source.provider, source.name()});
  rows.push_back({"schema", "structured://"});
  return "\nConfig search path\n******************\n" + table(rows);
}

}  // namespace

std::string config_info(const Composition& composition, const std::string& what) {
  if (what == "defaults") return defaults(composition);
  if (what == "defaults-tree") return defaults_tree(composition);
  if (what == "searchpath") return search_path(composition);
  if (what == "config" || what == "all") {
    return search_path(composition) + defaults_tree(composition) + defaults(composition) + "Config\n******\n" +
           write_yaml(*composition.job()) + "\n";
  }
  throw InputError(concat("--info ", what), {}, "give all, config, defaults, defaults-tree or searchpath");
}

const Node* find_node(const Node& root, const std::string& key) {
  const Node* node = &root;
  for (const std::string& part : split_key(key)) {
    Scalar index;
    if (node->is_dict()) {
      node = node->find(part);
    } else if (node->is_list() && python_int(part, &index) && index.integer >= 0 &&
               static_cast<std::size_t>(index.integer) < node->size()) {
      node = node->items()[static_cast<std::size_t>(index.integer)].get();
    } else {
      return nullptr;
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

bool is_study(const Composition& composition) {
  for (const ConfigSource& source : composition.sources) {
    if (source.provider != "main") continue;
    std::error_code ignored;
    bool all = true;
    for (const char* group : {"model", "task", "strategy"}) {
      all = all && std::filesystem::is_directory(source.folder / group, ignored);
    }
    return all;
  }
  return false;
}

}  // namespace polyclinic
