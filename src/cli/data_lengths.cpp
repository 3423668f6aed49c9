#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/task_data.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "data/lengths.h"
#include "tasks/official_text.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  TaskDataArguments data;
  std::string tokenizer, svg, write;
  double percent = 99;
  std::size_t limit = 4096, bins = 16;
};

// The file with the value of its max_seq_len replaced; all else, comments too, stays. InputError when it has no such
// key or several.
std::string with_max_seq_len(const std::string& text, std::size_t value, const std::string& file) {
  std::string out;
  int found = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    const std::size_t key = line.find_first_not_of(" \t");
    if (key != std::string::npos && line.compare(key, 12, "max_seq_len:") == 0) {
      ++found;
      const std::size_t begin = std::min(line.find_first_not_of(" \t", key + 12), line.size());
      const std::size_t stop = std::min(line.find_first_of(" \t\r#", begin), line.size());
      const std::string before = line.substr(0, key + 12) + " ";
      line = concat(before, value, line.substr(stop));
    }
    out += line;
    if (end < text.size()) out += '\n';
    at = end + 1;
  }
  if (found != 1) {
    throw InputError(concat("the file has ", found, " keys max_seq_len"), {file},
                     "give preprocessing one line max_seq_len:");
  }
  return out;
}

Json to_json(const Lengths& lengths, std::size_t suggested, const Arguments& arguments) {
  Json out = {{"examples", lengths.count()}, {"mean", lengths.mean()}};
  for (const double percent : {50.0, 90.0, 95.0, 99.0, 100.0}) {
    if (lengths.count() > 0) out["percentiles"][number_text(percent)] = lengths.percentile(percent);
  }
  for (const Lengths::Bin& bin : lengths.histogram(arguments.bins)) {
    out["histogram"].push_back({{"low", bin.low}, {"high", bin.high}, {"count", bin.count}});
  }
  out["max_seq_len"] = suggested;
  return out;
}

void print(const Json& table) {
  std::printf("%s examples, mean %.1f tokens\n", table["examples"].dump().c_str(), table["mean"].get<double>());
  for (const auto& [percent, value] : table["percentiles"].items())
    std::printf("  %5s %%  <= %s tokens\n", percent.c_str(), value.dump().c_str());
  std::size_t most = 1;
  for (const Json& bin : table["histogram"]) most = std::max(most, bin["count"].get<std::size_t>());
  for (const Json& bin : table["histogram"]) {
    const std::size_t count = bin["count"].get<std::size_t>();
    std::printf("  %6zu .. %6zu %8zu %s\n", bin["low"].get<std::size_t>(), bin["high"].get<std::size_t>() - 1, count,
                std::string((count * 50 + most - 1) / most, '#').c_str());
  }
  std::printf("max_seq_len: %s\n", table["max_seq_len"].dump().c_str());
}

int run(const Arguments& arguments) {
  Diagnostics found(Diagnostics::Mode::collect);
  std::vector<Example> examples;
  for (Split& split : read_splits(arguments.data, found)) {
    examples.insert(examples.end(), std::make_move_iterator(split.examples.begin()),
                    std::make_move_iterator(split.examples.end()));
  }
  if (examples.empty())
    throw InputError("there are no examples", {arguments.data.path}, "look at `polyclinic data check`");
  const bool file = std::filesystem::is_regular_file(arguments.tokenizer);
  const Tokenizer tokenizer =
      file ? Tokenizer::from_file(arguments.tokenizer) : Tokenizer::from_folder(arguments.tokenizer);
  const Lengths lengths = measure_lengths(examples, tokenizer);
  const std::size_t suggested = lengths.suggested_max_seq_len(arguments.percent, arguments.limit);
  const Json table = to_json(lengths, suggested, arguments);
  arguments.data.json ? (void)std::printf("%s\n", table.dump(2).c_str()) : print(table);
  if (!arguments.svg.empty()) write_file_atomic(arguments.svg, lengths_svg(lengths, arguments.data.task, suggested));
  if (!arguments.write.empty()) {
    write_file_atomic(arguments.write, with_max_seq_len(read_file(arguments.write), suggested, arguments.write));
    std::fprintf(stderr, "note: %s: max_seq_len is now %zu\n", arguments.write.c_str(), suggested);
  }
  return 0;
}

}  // namespace

std::function<int()> declare_data_lengths(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  declare_task_data(command, arguments->data);
  command.add_option("--tokenizer", arguments->tokenizer, "tokenizer.json or model folder")->required();
  command.add_option("--percentile", arguments->percent, "share of the examples that max_seq_len must hold")
      ->check(CLI::Range(0.001, 100.0))
      ->capture_default_str();
  command.add_option("--limit", arguments->limit, "the model's own longest sequence")->capture_default_str();
  command.add_option("--bins", arguments->bins, "bars of the histogram")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  command.add_option("--svg", arguments->svg, "write the histogram as an SVG file");
  command.add_option("--write", arguments->write, "set max_seq_len in this task file; the rest of it stays as it is");
  return [arguments] { return run(*arguments); };
}

}  // namespace polyclinic
