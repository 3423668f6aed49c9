#pragma once
// What verbs call: from a config folder and overrides to the typed configuration.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/compose.h"
#include "config/study.h"

namespace polyclinic {

struct ValueOrigin {
  std::string key;     // model.lora.rank
  std::string value;   // as YAML writes it, on one line
  std::string origin;  // "configs/model/tiny.yaml:9", "override model.lora.rank=4"
};

struct ComposedStudy {
  StudyConfig config;
  std::string yaml;  // the resolved job configuration, as OmegaConf prints it
  std::vector<std::string> warnings;
};

// Composes, resolves and validates. `now`: seconds since 1970 for ${now:...}.
ComposedStudy compose_study(const ComposeRequest& request, std::int64_t now);

// Leaves of a tree with where each was written.
std::vector<ValueOrigin> value_origins(const Node& tree);

// The folder `configs`: `given`, else environment POLYCLINIC_CONFIGS, else configs/ beside `executable` or in a folder
// above it, else configs/ in the current folder. InputError when there is none.
std::filesystem::path find_config_folder(const std::optional<std::filesystem::path>& given,
                                         const std::filesystem::path& executable);

// Hydra's own options among the words of a command line, and the rest.
struct ConfigArguments {
  std::optional<std::filesystem::path> folder;        // -cp, --config-path
  std::optional<std::filesystem::path> extra_folder;  // -cd, --config-dir
  std::string name = "config";                        // -cn, --config-name
  bool multirun = false;                              // -m, --multirun
  std::vector<std::string> overrides;                 // words without a leading dash
  std::vector<std::string> rest;                      // options that are not Hydra's, in their order
  ComposeRequest request(const std::filesystem::path& executable) const;
};
// `valued`: further options that take a value, which then follows its option in `rest`.
ConfigArguments parse_config_arguments(const std::vector<std::string>& words, const std::vector<std::string>& valued);

// Path of the running program.
std::filesystem::path executable_path();

}  // namespace polyclinic
