// Loading a model folder from a warm page cache, beside copying the same bytes in memory. Prints one JSON line.
#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "model/mapped_file.h"
#include "model/trunk.h"
#ifdef POLYCLINIC_CUDA
#include <cuda_runtime.h>
#endif

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

template <typename Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
#ifdef POLYCLINIC_CUDA
  cudaDeviceSynchronize();
#endif
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Every byte of the weight files into a buffer that exists, by all threads; also warms the page cache.
double copy_seconds(const fs::path& folder, std::size_t& bytes) {
  constexpr std::size_t piece = std::size_t{64} << 20;
  const std::unique_ptr<char[]> buffer(new char[piece]());
  double sum = 0;
  bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    const MappedFile file(entry.path());
    bytes += file.bytes().size();
    sum += seconds_of([&] {
      for (std::size_t at = 0; at < file.bytes().size(); at += piece) {
        const std::size_t size = std::min(piece, file.bytes().size() - at);
        at::parallel_for(0, static_cast<std::int64_t>(size), 1 << 20, [&](std::int64_t begin, std::int64_t end) {
          std::memcpy(buffer.get() + begin, file.bytes().data() + at + begin, static_cast<std::size_t>(end - begin));
        });
      }
    });
  }
  return sum;
}

double peak_host_gib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / (1 << 20);
  }
  return 0;
}

int main_of(int argc, char** argv) {
  std::string model, device = "cpu", dtype = "bfloat16";
  TrunkOptions options;
  std::int64_t passes = 3;
  CLI::App app("Loading a model folder, beside copying its bytes");
  app.add_option("--model", model, "a folder in HF layout")->required();
  app.add_option("--device", device);
  app.add_option("--dtype", dtype);
  app.add_option("--passes", passes);
  app.add_flag("--nf4", options.nf4);
  CLI11_PARSE(app, argc, argv);
  options.device = at::Device(device);
  options.dtype = dtype == "bfloat16" ? at::kBFloat16 : dtype == "float16" ? at::kHalf : at::kFloat;
  double load = 1e9;
  for (std::int64_t i = 0; i < passes; ++i) {
    load = std::min(load, seconds_of([&] { Trunk::load(model, options); }));
  }
  const double host = peak_host_gib();
  std::size_t bytes = 0;
  copy_seconds(model, bytes);
  double copy = 1e9;
  for (std::int64_t i = 0; i < passes; ++i) copy = std::min(copy, copy_seconds(model, bytes));
  const nlohmann::ordered_json out = {{"model", model},
                                      {"device", device},
                                      {"dtype", dtype},
                                      {"nf4", options.nf4},
                                      {"threads", at::get_num_threads()},
                                      {"gib", static_cast<double>(bytes) / (1 << 30)},
                                      {"load_seconds", load},
                                      {"load_gb_per_s", static_cast<double>(bytes) / load / 1e9},
                                      {"copy_gb_per_s", static_cast<double>(bytes) / copy / 1e9},
                                      {"peak_host_gib", host}};
  std::printf("%s\n", out.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace polyclinic

int main(int argc, char** argv) {
  try {
    return polyclinic::main_of(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_loading: %s\n", error.what());
    return 1;
  }
}
