// Loads a tokenizer and encodes a list of texts on one thread; prints one JSON line. bench/tokenizer_peer.py runs it
// beside HF `tokenizers` on the same texts.
//   bench_tokenizer TOKENIZER TEXTS.json [REPEATS]      TEXTS.json: a list of strings
//   bench_tokenizer TOKENIZER --long BYTES              one word of that many bytes, for the scaling of long words
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "text/tokenizer.h"

namespace polyclinic {
namespace {

// Time of this thread, so that neighbours on the machine count less.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::vector<std::string> read_texts(int argc, char** argv) {
  if (std::string(argv[2]) != "--long")
    return nlohmann::json::parse(read_file(argv[2])).get<std::vector<std::string>>();
  const std::size_t size = argc > 3 ? std::stoul(argv[3]) : 1000000;
  std::string word;
  for (std::size_t i = 0; i < size; ++i) word += static_cast<char>('a' + (i * i + i / 7) % 26);
  return {word};
}

int run(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench_tokenizer TOKENIZER TEXTS.json [REPEATS] | TOKENIZER --long BYTES\n");
    return 2;
  }
  const std::vector<std::string> texts = read_texts(argc, argv);
  const int repeats = std::string(argv[2]) != "--long" && argc > 3 ? std::stoi(argv[3]) : 3;
  const double start = cpu_seconds();
  const Tokenizer tokenizer = Tokenizer::from_folder(argv[1]);
  const double load = cpu_seconds() - start;
  double first = 0, best = 1e30;
  std::size_t tokens = 0, bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  for (int repeat = 0; repeat < repeats; ++repeat) {
    tokens = 0;
    const double begin = cpu_seconds();
    for (const std::string& text : texts) tokens += tokenizer.encode(text, true).size();
    const double seconds = cpu_seconds() - begin;
    if (repeat == 0) first = seconds;
    best = std::min(best, seconds);
  }
  const nlohmann::ordered_json out = {{"load_seconds", load}, {"texts", texts.size()},  {"bytes", bytes},
                                      {"tokens", tokens},     {"first_seconds", first}, {"best_seconds", best}};
  std::printf("%s\n", out.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace polyclinic

int main(int argc, char** argv) {
  try {
    return polyclinic::run(argc, argv);
  } catch (const polyclinic::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.code());
  }
}
