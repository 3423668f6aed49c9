// Our scorer beside the official script on the same files:
//   bench_score_files TASK GOLD PRED [name=value ...] [--official "COMMAND"]
// COMMAND is the user's own copy of the script with its arguments, run by the shell. Prints one JSON line; seconds are
// the least of five for ours (in this process, files read each time) and of two for the command.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tasks/scorer.h"

namespace {

double least_seconds(int times, const std::function<void()>& work) {
  double best = 1e300;
  for (int i = 0; i < times; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: bench_score_files TASK GOLD PRED [name=value ...] [--official COMMAND]\n");
    return 2;
  }
  polyclinic::ScoreOptions options;
  std::string official;
  for (int i = 4; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    if (word == "--official" && i + 1 < argc) {
      official = argv[++i];
    } else if (equals != std::string::npos) {
      options[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  try {
    std::size_t documents = 0;
    nlohmann::ordered_json out = {{"task", argv[1]}};
    const double ours =
        least_seconds(5, [&] { documents = polyclinic::score(argv[1], argv[2], argv[3], options).documents.size(); });
    out["documents"] = documents;
    out["seconds"] = ours;
    if (!official.empty()) {
      int status = 0;
      const double theirs = least_seconds(2, [&] { status |= std::system((official + " > /dev/null 2>&1").c_str()); });
      out["official_seconds"] = theirs;
      out["official_status"] = status;
      out["times_faster"] = theirs / ours;
    }
    std::printf("%s\n", out.dump().c_str());
  } catch (const polyclinic::Error& error) {
    std::fprintf(stderr, "bench_score_files: %s\n", error.what());
    return static_cast<int>(error.code());
  }
  return 0;
}
