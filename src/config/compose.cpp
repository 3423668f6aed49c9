#include "config/compose.h"

#include <algorithm>
#include <cstdlib>

#include "config/apply_override.h"
#include "config/config_info.h"
#include "config/hydra_schema.h"
#include "config/interpolation.h"
#include "config/merge.h"
#include "config/sweep.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

void check_sweeps(const std::vector<Override>& overrides, bool multirun) {
  for (const Override& override : overrides) {
    if (!override.is_sweep()) continue;
    if (multirun && override.is_hydra()) {
      throw InputError(concat("`", override.line, "`: hydra's own configuration cannot be swept"), {}, "");
    }
    if (multirun) continue;
    if (override.value->kind == OverrideValue::Kind::choice && override.value->simple) {
      throw InputError(concat("ambiguous value `", override.line, "`"), {},
                       "for a list write key=[a,b], for a text key='a,b', to sweep add --multirun");
    }
    throw InputError(concat("the sweep `", override.line, "` needs --multirun"), {}, "add -m");
  }
}

// Entries of hydra.searchpath as the primary config or the command line gives them.
std::vector<std::string> search_path(Repository& repository, const std::string& primary,
                                     const std::vector<Override>& overrides) {
  NodePtr given;
  for (const Override& override : overrides) {
    if (override.key_element() != "hydra.searchpath" || !override.value || override.is_sweep()) continue;
    given = to_node(*override.value, {std::make_shared<const std::string>(override.line), 0});
    break;
  }
  if (!given && !primary.empty()) {
    const LoadedConfig* loaded = repository.load(primary);
    if (loaded == nullptr) return {};
    if (!loaded->content->is_dict()) {
      throw InputError(concat("primary config '", primary, "' must be a mapping, not a list"), {loaded->file, 1, 0, ""},
                       "write key: value");
    }
    try {
      Resolver resolver{ResolverContext{}};
      const Resolved found = resolver.select(*loaded->content, "hydra.searchpath", false);
      if (found.node == nullptr || found->is_missing()) return {};
      given = resolver.resolve_all(*found);
    } catch (const InterpolationError& error) {
      throw InputError(concat("hydra.searchpath: ", error.what()), {loaded->file, 0, 0, ""}, "");
    }
  }
  if (!given || given->is_null()) return {};
  std::vector<std::string> entries;
  bool valid = given->is_list();
  for (const NodePtr& item : given->items()) {
    valid = valid && item->is_scalar() && item->value().is_text();
    if (valid) entries.push_back(item->value().text);
  }
  if (!valid) {
    throw InputError(concat("hydra.searchpath must be a list of strings, not ", python_str(*given)),
                     given->origin().where("hydra.searchpath"), "write a list of folders");
  }
  return entries;
}

void add_search_path(Repository& repository, const std::vector<std::string>& entries, Composition& out) {
  for (std::string entry : entries) {
    const bool package = entry.rfind("pkg://", 0) == 0;
    if (entry.rfind("file://", 0) == 0) entry.erase(0, 7);
    std::error_code ignored;
    const fs::path folder = fs::absolute(entry, ignored);
    if (package || !fs::is_directory(folder, ignored)) {
      out.warnings.push_back(concat("hydra.searchpath: ", entry, " is not available"));
    }
    if (!package) repository.add("hydra.searchpath in main", folder);
  }
}

// Content of one file, wrapped in its package.
NodePtr wrapped(const LoadedConfig& loaded, const std::string& package) {
  if (package.empty()) return loaded.content->clone();
  NodePtr whole = Node::dict(loaded.content->origin());
  update_key(*whole, package, loaded.content->clone(), false, true);
  return whole;
}

NodePtr merge_all(Repository& repository, const std::vector<ResultDefault>& items) {
  NodePtr root = Node::dict();
  for (const ResultDefault& item : items) {
    const LoadedConfig& loaded = *repository.load(item.config_path);
    NodePtr content = wrapped(loaded, item.package);
    if (!item.primary && item.config_path != "hydra/config" && content->is_dict()) {
      const Node* hydra = content->find("hydra");
      if (hydra != nullptr && hydra->is_dict() && hydra->find("searchpath") != nullptr) {
        throw InputError(concat("in '", item.config_path, "': hydra.searchpath is taken from the primary config only"),
                         hydra->find("searchpath")->origin().where("hydra.searchpath"), "move it there");
      }
    }
    try {
      merge_into(*root, *content, false);
    } catch (const MergeError& error) {
      throw InputError(concat("in '", item.config_path, "': ", error.what()), error.origin().where(error.key()),
                       "give both the same kind");
    }
    if (item.config_path == "hydra/config") close_hydra(*root);
  }
  return root;
}

NodePtr text_node(const std::string& text) { return Node::scalar(Scalar::of_text(text)); }

std::string override_dirname(const Node& job, const std::vector<Override>& overrides) {
  const auto setting = [&](const char* name) { return job.find("config")->find("override_dirname")->find(name); };
  std::vector<std::string> lines;
  for (const Override& override : overrides) {
    if (override.is_hydra()) continue;
    bool excluded = false;
    for (const NodePtr& key : setting("exclude_keys")->items()) {
      excluded = excluded || python_str(*key) == override.key;
    }
    if (!excluded) lines.push_back(override.line);
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) {
    if (!out.empty()) out += python_str(*setting("item_sep"));
    for (char c : line) out += c == '=' ? python_str(*setting("kv_sep")) : std::string(1, c);
  }
  return out;
}

// A line is itself kept as a value, so OmegaConf reads what stands in its braces.
void check_line(const Node& line) {
  if (!line.is_interpolation()) return;
  try {
    parse_interpolation(line.value().text);
  } catch (const InterpolationSyntaxError& error) {
    throw InputError(concat("override `", line.value().text, "`: ", error.what()), {},
                     "inside ${...} use the other kind of quotes than around it");
  }
}

void copy_environment(Node& job) {
  for (const NodePtr& name : job.find("env_copy")->items()) {
    const char* value = std::getenv(python_str(*name).c_str());
    if (value == nullptr) {
      throw InputError(concat("the environment has no variable ", python_str(*name)),
                       name->origin().where("hydra.job.env_copy"), "set it, or leave it out");
    }
    Node* copies = job.find("env_set");
    if (copies->is_dict()) copies->set(python_str(*name), text_node(value));
  }
}

void fill_runtime(Node& runtime, const Composition& out) {
  Node* choices = runtime.find("choices");
  for (const auto& [key, value] : out.defaults.choices) {
    choices->set(key, value ? text_node(*value) : Node::scalar(Scalar::of_null()));
  }
  runtime.set("version", text_node("1.3.2"));
  runtime.set("version_base", text_node("1.3"));
  runtime.set("cwd", text_node(fs::current_path().string()));
  NodePtr sources = Node::list();
  const auto add = [&](const std::string& path, const char* schema, const std::string& provider) {
    Node* entry = sources->append(Node::dict());
    entry->set("path", text_node(path));
    entry->set("schema", text_node(schema));
    entry->set("provider", text_node(provider));
  };
  for (const ConfigSource& source : out.sources) {
    const bool builtin = source.folder.empty();
    add(builtin ? "hydra.conf" : source.folder.string(), builtin ? "pkg" : "file", source.provider);
  }
  add("", "structured", "schema");
  runtime.set("config_sources", std::move(sources));
}

// What the program itself writes below `hydra`; check_hydra has seen to the kinds.
void fill_hydra(Composition& out, const ComposeRequest& request) {
  Node* hydra = out.root->find("hydra");
  if (hydra == nullptr || !hydra->is_dict()) {
    throw InputError("the `hydra` node was replaced", {}, "leave it a mapping");
  }
  Node* runtime = hydra->find("runtime");
  Node* job = hydra->find("job");
  Node* lists = hydra->find("overrides");
  if (!runtime->is_dict() || !job->is_dict() || !lists->is_dict()) {
    throw InputError("hydra.runtime, hydra.job and hydra.overrides are filled by the program", {}, "do not set them");
  }
  for (const Override& override : out.overrides) {
    Node* list = lists->find(override.is_hydra() ? "hydra" : "task");
    const NodePtr line = text_node(override.line);
    check_line(*line);
    if (list->is_list()) list->append(line->clone());
  }
  copy_environment(*job);
  fill_runtime(*runtime, out);
  if (job->find("name")->is_missing()) job->set("name", text_node(request.job_name));
  job->set("override_dirname", text_node(override_dirname(*job, out.overrides)));
  job->set("config_name", request.name.empty() ? Node::scalar(Scalar::of_null()) : text_node(request.name));
}

std::vector<Override> parse_all(const std::vector<std::string>& lines) {
  std::vector<Override> overrides;
  overrides.reserve(lines.size());
  for (const std::string& line : lines) overrides.push_back(parse_override(line));
  return overrides;
}

Repository open_sources(const ComposeRequest& request) {
  Repository repository;
  repository.add_builtin();
  std::error_code ignored;
  const fs::path folder = fs::absolute(request.folder, ignored).lexically_normal();
  if (!fs::is_directory(folder, ignored)) {
    throw InputError("primary config directory not found", {folder.string(), 0, 0, ""},
                     "give the folder with --config-path");
  }
  repository.add("main", folder);
  if (request.extra_folder) {
    const fs::path extra = fs::absolute(*request.extra_folder, ignored).lexically_normal();
    if (!fs::is_directory(extra, ignored)) {
      throw InputError("additional config directory not found", {extra.string(), 0, 0, ""}, "check --config-dir");
    }
    repository.add("command-line", extra);
  }
  return repository;
}

}  // namespace

NodePtr Composition::job() const {
  NodePtr copy = root->clone();
  copy->erase(Scalar::of_text("hydra"));
  return copy;
}

Composition compose(const ComposeRequest& request) {
  Composition out;
  Repository repository = open_sources(request);
  out.overrides = parse_all(request.overrides);
  add_search_path(repository, search_path(repository, request.name, out.overrides), out);
  out.sources = repository.sources();
  check_sweeps(out.overrides, request.multirun);
  out.defaults = build_defaults(repository, request.name, out.overrides, request.multirun);
  out.root = merge_all(repository, out.defaults.items);
  for (const Override& override : out.defaults.value_overrides) {
    apply_override(*out.root, override, is_study(out));
  }
  check_hydra(*out.root);
  fill_hydra(out, request);
  return out;
}

NodePtr resolved(const Node& tree, const Node* hydra, std::int64_t now) {
  Resolver resolver({hydra, now});
  try {
    return resolver.resolve_all(tree);
  } catch (const InterpolationError& error) {
    throw InputError(error.what(), tree.origin().where(tree.full_key()), "");
  }
}

std::vector<std::vector<std::string>> expand_multirun(const ComposeRequest& request) {
  ComposeRequest master = request;
  master.multirun = true;
  const Composition composition = compose(master);
  std::vector<std::string> lines;
  const Node* sweeper = composition.hydra().find("sweeper");
  const Node* params = sweeper != nullptr && sweeper->is_dict() ? sweeper->find("params") : nullptr;
  if (params != nullptr && params->is_dict()) {
    const NodePtr plain = resolved(*params, &composition.hydra(), 0);
    for (const Node::Entry& entry : plain->entries()) {
      lines.push_back(concat(python_str(entry.key), "=", python_str(*entry.node)));
    }
  }
  for (const Override& override : composition.overrides) {
    if (!override.is_hydra()) lines.push_back(override.line);
  }
  const Repository repository = open_sources(request);
  const auto options = [&](const std::string& group) { return repository.options(group); };
  return expand_sweeps(parse_all(lines), options);
}

}  // namespace polyclinic
