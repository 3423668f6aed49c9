// The groups that Hydra brings along, so that `override hydra/job_logging: none` and ${hydra:job.name} compose as
// they do there. Values are Hydra 1.3's; the help texts are our own.
#include <string>
#include <vector>

#include "config/repository.h"

namespace polyclinic::detail {
namespace {

struct Builtin {
  const char* path;
  const char* text;
};

constexpr Builtin kFiles[] = {
    {"hydra/config", R"(defaults:
  - output: default
  - launcher: basic
  - sweeper: basic
  - help: default
  - hydra_help: default
  - hydra_logging: default
  - job_logging: default
  - callbacks: null
  - env: default
  - _self_
mode: null
searchpath: []
run: {dir: '???'}
sweep: {dir: '???', subdir: '???'}
hydra_logging: ???
job_logging: ???
sweeper: ???
launcher: ???
callbacks: {}
help: {app_name: '???', header: '???', footer: '???', template: '???'}
hydra_help: {hydra_help: '???', template: '???'}
output_subdir: .hydra
overrides: {hydra: [], task: []}
job:
  name: ???
  chdir: null
  override_dirname: ???
  id: ???
  num: ???
  config_name: ???
  env_set: {}
  env_copy: []
  config:
    override_dirname: {kv_sep: '=', item_sep: ',', exclude_keys: []}
runtime: {version: '???', version_base: '???', cwd: '???', config_sources: '???', output_dir: '???', choices: {}}
verbose: false
)"},
    {"hydra/output/default", R"(# @package hydra
run:
  dir: outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}
sweep:
  dir: multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}
  subdir: ${hydra.job.num}
)"},
    {"_dummy_empty_config_", ""},
    {"hydra/launcher/basic", "_target_: hydra._internal.core_plugins.basic_launcher.BasicLauncher\n"},
    {"hydra/sweeper/basic",
     "_target_: hydra._internal.core_plugins.basic_sweeper.BasicSweeper\nmax_batch_size: null\nparams: null\n"},
    {"hydra/help/default", R"(app_name: ${hydra.job.name}
header: ${hydra.help.app_name}
footer: polyclinic config --help
template: ${hydra.help.header}
)"},
    {"hydra/hydra_help/default", "template: polyclinic config --help\n"},
    {"hydra/env/default", ""},
    {"hydra/hydra_logging/default", R"(version: 1
formatters: {simple: {format: '[%(asctime)s][HYDRA] %(message)s'}}
handlers: {console: {class: logging.StreamHandler, formatter: simple, stream: 'ext://sys.stdout'}}
root: {level: INFO, handlers: [console]}
loggers: {logging_example: {level: DEBUG}}
disable_existing_loggers: false
)"},
    {"hydra/hydra_logging/disabled", "version: 1\nroot: {level: ERROR}\ndisable_existing_loggers: true\n"},
    {"hydra/hydra_logging/none", "version: 1\nroot: null\ndisable_existing_loggers: false\n"},
    {"hydra/hydra_logging/hydra_debug", R"(version: 1
formatters: {simple: {format: '[%(asctime)s][%(name)s][%(levelname)s] - %(message)s'}}
handlers:
  file: {class: logging.FileHandler, mode: w, formatter: simple, filename: 'hydra-${hydra.job.name}.log', delay: true}
root: {level: ERROR, handlers: [file]}
loggers: {hydra: {level: DEBUG}}
disable_existing_loggers: false
)"},
    {"hydra/job_logging/default", R"(version: 1
formatters: {simple: {format: '[%(asctime)s][%(name)s][%(levelname)s] - %(message)s'}}
handlers:
  console: {class: logging.StreamHandler, formatter: simple, stream: 'ext://sys.stdout'}
  file: {class: logging.FileHandler, formatter: simple, filename: '${hydra.runtime.output_dir}/${hydra.job.name}.log'}
root: {level: INFO, handlers: [console, file]}
disable_existing_loggers: false
)"},
    {"hydra/job_logging/stdout", R"(version: 1
formatters: {simple: {format: '%(message)s'}}
handlers: {console: {class: logging.StreamHandler, formatter: simple, stream: 'ext://sys.stdout'}}
root: {level: INFO, handlers: [console]}
disable_existing_loggers: false
)"},
    {"hydra/job_logging/disabled", "version: 1\nroot: {level: ERROR}\ndisable_existing_loggers: true\n"},
    {"hydra/job_logging/none", "version: 1\nroot: null\ndisable_existing_loggers: false\n"},
};

}  // namespace

const char* builtin_config(const std::string& path) {
  for (const Builtin& file : kFiles) {
    if (path == file.path) return file.text;
  }
  return nullptr;
}

std::vector<std::string> builtin_paths() {
  std::vector<std::string> paths;
  for (const Builtin& file : kFiles) paths.emplace_back(file.path);
  return paths;
}

}  // namespace polyclinic::detail
