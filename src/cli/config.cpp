// polyclinic config: the composed configuration, as Hydra's --cfg and --info print it, validated by the schema.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>

#include "config/compose.h"
#include "config/config_info.h"
#include "config/schema.h"
#include "config/study_compose.h"
#include "config/yaml_write.h"
#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

struct Options {
  std::string cfg = "job";
  std::string package;
  std::string info;
  bool resolve = false;
  bool origin = false;
  bool options = false;
  bool canonical = false;
  bool validate = true;
};

constexpr const char* kHelp =
    "Words without a dash are overrides in Hydra's grammar: key=value +key=value ++key=value ~key group=option.\n"
    "  -c, --cfg job|hydra|all    which part to print (job)\n"
    "  --resolve                  resolve interpolations\n"
    "  -p, --package KEY          only this node\n"
    "  -i, --info WHAT            all | config | defaults | defaults-tree | searchpath\n"
    "  --origin                   each value with the file and line, or the override, that set it\n"
    "  --options                  every option: default, limits, meaning\n"
    "  --canonical                every option with its value, defaults included\n"
    "  --no-validate              do not check against the schema\n"
    "  -cn, --config-name NAME    primary config (config)\n"
    "  -cp, --config-path DIR     config folder (POLYCLINIC_CONFIGS, or configs/ near the program or here)\n"
    "  -cd, --config-dir DIR      a further folder that is searched after it\n"
    "  -m, --multirun             print the overrides of each job of a sweep";

Options parse_options(const std::vector<std::string>& words) {
  Options out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-c" || word == "--cfg") {
      out.cfg = words[++i];
      if (out.cfg != "job" && out.cfg != "hydra" && out.cfg != "all") {
        throw InputError(concat("--cfg ", out.cfg), {}, "give job, hydra or all");
      }
    } else if (word == "-p" || word == "--package") {
      out.package = words[++i];
    } else if (word == "-i" || word == "--info") {
      out.info = words[++i];
    } else if (word == "--resolve") {
      out.resolve = true;
    } else if (word == "--origin") {
      out.origin = true;
    } else if (word == "--options") {
      out.options = true;
    } else if (word == "--canonical") {
      out.canonical = true;
    } else if (word == "--no-validate") {
      out.validate = false;
    } else {
      throw InputError(concat("unknown option ", word), {}, "see polyclinic config --help");
    }
  }
  return out;
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// What --cfg chooses, in Hydra's order: `hydra` first.
NodePtr chosen(const Composition& composition, const std::string& cfg) {
  if (cfg == "job") return composition.job();
  NodePtr tree = composition.root->clone();
  if (cfg == "hydra") {
    NodePtr only = Node::dict();
    only->set("hydra", tree->find("hydra")->clone());
    only->find("hydra")->erase(Scalar::of_text("help"));
    only->find("hydra")->erase(Scalar::of_text("hydra_help"));
    return only;
  }
  return tree;
}

void print_tree(const Composition& composition, const Options& options, std::int64_t now) {
  NodePtr tree = chosen(composition, options.cfg);
  if (options.resolve || options.origin) tree = resolved(*tree, &composition.hydra(), now);
  const Node* node = tree.get();
  const bool part = !options.package.empty() && options.package != "_global_";
  if (part) node = find_node(*tree, options.package);
  if (node == nullptr) {
    throw InputError(concat("package '", options.package, "' not found in config"), {}, "see --cfg all");
  }
  if (options.origin) {
    const std::string prefix = part ? options.package + "." : "";
    for (const ValueOrigin& value : value_origins(*node)) {
      print(concat(prefix, value.key, ": ", value.value, "  # ", value.origin.empty() ? "hydra" : value.origin, "\n"));
    }
  } else if (node->is_scalar()) {
    print(python_str(*node) + "\n");
  } else {
    if (part) print(concat("# @package ", options.package, "\n"));
    print(write_yaml(*node));
  }
}

int run(std::vector<std::string> words) {
  if (!words.empty() && (words.back() == "-i" || words.back() == "--info")) words.emplace_back("all");
  const std::vector<std::string> valued = {"-c", "--cfg", "-p", "--package", "-i", "--info"};
  const ConfigArguments arguments = parse_config_arguments(words, valued);
  if (std::any_of(words.begin(), words.end(), [](const std::string& w) { return w == "-h" || w == "--help"; })) {
    std::printf("polyclinic config: print the composed configuration\n%s\n", kHelp);
    return 0;
  }
  const Options options = parse_options(arguments.rest);
  if (options.options) {
    print(study_options_text());
    return 0;
  }
  const ComposeRequest request = arguments.request(executable_path());
  if (arguments.multirun && options.info.empty()) {
    for (const std::vector<std::string>& job : expand_multirun(request)) {
      std::string line;
      for (const std::string& override : job) line += (line.empty() ? "" : " ") + override;
      print(line + "\n");
    }
    return 0;
  }
  const std::int64_t now = static_cast<std::int64_t>(std::time(nullptr));
  const Composition composition = compose(request);
  for (const std::string& warning : composition.warnings) std::fprintf(stderr, "polyclinic: %s\n", warning.c_str());
  if (!options.info.empty()) {
    print(config_info(composition, options.info));
    return 0;
  }
  const bool study = options.validate && options.cfg != "hydra" && is_study(composition);
  StudyConfig typed;
  if (study || options.canonical) typed = decode_study(*resolved(*composition.job(), &composition.hydra(), now));
  if (options.canonical) {
    print(canonical_yaml(typed));
  } else {
    print_tree(composition, options, now);
  }
  return 0;
}

}  // namespace

std::function<int()> declare_config(CLI::App& command) {
  command.prefix_command();  // overrides and Hydra's own options are read by this verb
  command.set_help_flag();
  command.footer(kHelp);
  return [&command] { return run(command.remaining()); };
}

}  // namespace polyclinic
