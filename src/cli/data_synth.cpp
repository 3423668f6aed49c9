#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <memory>

#include "tasks/synth.h"

namespace polyclinic {

std::function<int()> declare_data_synth(CLI::App& command) {
  const auto options = std::make_shared<SynthOptions>();
  command.add_option("--task", options->task, "name of a task, or all")->capture_default_str();
  command.add_option("--notes", options->notes, "notes of each task, over train, dev and test")->capture_default_str();
  command.add_option("--seed", options->seed, "the same seed gives the same bytes")->capture_default_str();
  command.add_option("--out", options->out, "folder that gets the corpora")->required();
  command.add_option("--transfer", options->transfer, "what the tasks teach about each other: none, weak or strong")
      ->capture_default_str();
  command.add_flag("--plain", options->plain, "only the training texts, one file a note, for pre-training");
  return [options] {
    write_synth(*options);
    std::printf("wrote %s\n", options->out.string().c_str());
    return 0;
  };
}

}  // namespace polyclinic
